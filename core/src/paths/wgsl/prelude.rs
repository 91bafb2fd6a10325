//! The linked text around a way's function: everything it calls, and nothing else. It knows no way.

use std::collections::HashSet;

/// How the function begins that the host writes.
const HOLE: &str = "fn way(lane: u32)";

/// A kernel's text with this body of its function.
pub(super) fn around(body: &str) -> String {
    let parts = parts(lanevm_shaders::WAY.wgsl());
    let function = format!("{HOLE} {{\n{body}}}\n");
    // Texts refer to functions by their names: from those in use one comes to all others.
    let mut used: HashSet<&str> = HashSet::new();
    let mut todo: Vec<&str> =
        parts.iter().filter(|part| name(part).is_none_or(|name| name == "main")).copied().collect();
    todo.push(&function);
    let named: Vec<(&str, &str)> = parts.iter().filter_map(|part| name(part).map(|name| (name, *part))).collect();
    while let Some(text) = todo.pop() {
        let words: HashSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for (name, part) in &named {
            if words.contains(name) && *name != "way" && used.insert(name) {
                todo.push(part);
            }
        }
    }
    let kept = |part: &&&str| name(part).is_none_or(|name| name == "main" || used.contains(name));
    let mut text: String = parts.iter().filter(kept).copied().collect();
    text.push_str(&function);
    text
}

/// A text cut before each function and after its end.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut at = 0;
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("fn ") {
            parts.push(&text[from..at]);
            from = at;
            inside = true;
        }
        at += line.len();
        if inside && line.trim_end() == "}" && line.starts_with('}') {
            parts.push(&text[from..at]);
            from = at;
            inside = false;
        }
    }
    parts.push(&text[from..]);
    parts
}

/// The function that a part is.
fn name(part: &str) -> Option<&str> {
    part.strip_prefix("fn ")?.split('(').next()
}
