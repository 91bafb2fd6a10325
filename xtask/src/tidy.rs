//! Rules of this repository that no compiler checks. Each names the file and the way out.

mod words;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{child, place};

/// Words that name no subject: a file or module called so has none.
const EMPTY_NAMES: [&str; 4] = ["utils", "helpers", "common", "manager"];

/// Lines of a Rust file past which it should be split by noun. Tests and tables may be longer.
const MOST_LINES: usize = 700;

/// What neither page nor package does: text becomes markup or code by these, and the page's policy forbids some of them.
const UNSAFE_WORDS: [&str; 10] = [
    "inner_html",
    "innerHTML",
    "outer_html",
    "outerHTML",
    "insertAdjacentHTML",
    "insert_adjacent_html",
    "document.write",
    "eval(",
    "new Function",
    "\"style\"",
];

/// Checks every rule.
///
/// # Errors
/// All breaches, one a line.
pub(crate) fn check() -> Result<()> {
    let mut breaches = Vec::new();
    for path in files()? {
        if is_rust(&path) {
            let text = fs::read_to_string(place::root().join(&path))?;
            breaches.extend(rust_file(&path, &text));
            if words::is_judged(&path) {
                breaches.extend(words::misplaced(&path, &text));
            }
        }
        if is_of_the_page(&path) {
            breaches.extend(unsafe_words(&path, &fs::read_to_string(place::root().join(&path))?));
        }
        breaches.extend(file_name(&path));
    }
    breaches.extend(code_map()?);
    breaches.extend(readme()?);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// The files of the repository: tracked, or new and not ignored.
fn files() -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(place::root());
    let listed = child::output(&mut git).context("the files to check are those git knows")?;
    Ok(listed.lines().map(PathBuf::from).filter(|path| place::root().join(path).is_file()).collect())
}

/// A Rust file opens with `//!`, and is not endless.
fn rust_file(path: &Path, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push(format!("{}: the first line is not `//!`; say what the file holds and what not", path.display()));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        breaches.push(format!("{}: {lines} lines; split it by noun below {MOST_LINES}", path.display()));
    }
    breaches
}

/// Whether a file is code or markup of the page or the package.
fn is_of_the_page(path: &Path) -> bool {
    let code =
        path.extension().is_some_and(|extension| ["rs", "js", "mjs", "ts", "html"].iter().any(|one| extension == *one));
    code && ["web", "node/ts", "node/src", "index.html"].iter().any(|place| path.starts_with(place))
}

/// Text stays text: no markup or code is made of it, and no style stands in an attribute.
fn unsafe_words(path: &Path, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let word = UNSAFE_WORDS.into_iter().find(|word| line.contains(word));
        let attribute = line
            .split_once("style=")
            .is_some_and(|(before, _)| before.is_empty() || before.ends_with(char::is_whitespace));
        if let Some(word) = word.or_else(|| attribute.then_some("style=")) {
            breaches.push(format!(
                "{}:{}: `{word}`; set text, properties and classes instead: the page's policy forbids the rest",
                path.display(),
                index + 1
            ));
        }
    }
    breaches
}

fn file_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    EMPTY_NAMES
        .contains(&stem.as_ref())
        .then(|| format!("{}: `{stem}` names no subject; name what the file is about", path.display()))
}

/// ARCHITECTURE.md speaks of every member of the workspace.
fn code_map() -> Result<Vec<String>> {
    let map = fs::read_to_string(place::root().join("ARCHITECTURE.md")).context("ARCHITECTURE.md is missing")?;
    let manifest = fs::read_to_string(place::root().join("Cargo.toml"))?;
    let members =
        manifest.lines().find_map(|line| line.strip_prefix("members = ")).context("Cargo.toml: no members")?;
    let members: Vec<String> = serde_json::from_str(members).context("Cargo.toml: members stand on one line")?;
    Ok(members
        .into_iter()
        .filter(|member| !map.contains(&format!("`{member}/`")))
        .map(|member| format!("ARCHITECTURE.md: the code map says nothing of `{member}/`"))
        .collect())
}

/// The JavaScript of README.md stands in node/README.md too, whose examples run as tests.
fn readme() -> Result<Vec<String>> {
    let read = |path: &str| fs::read_to_string(place::root().join(path)).with_context(|| format!("{path} is missing"));
    Ok(untested(&read("README.md")?, &read("node/README.md")?))
}

fn untested(front: &str, tested: &str) -> Vec<String> {
    let known = script_blocks(tested);
    script_blocks(front)
        .into_iter()
        .filter(|block| !known.contains(block))
        .map(|block| {
            format!("README.md: an example that node/README.md does not hold, so that no test runs it:\n{block}")
        })
        .collect()
}

fn script_blocks(text: &str) -> Vec<&str> {
    text.split("```js\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        check().unwrap();
    }

    #[test]
    fn an_untested_example_is_found() {
        let tested = "```js\na()\n```\ntext\n```js\nb()\n```\n";
        assert_eq!(untested("```js\nb()\n```\n", tested), Vec::<String>::new());
        assert_eq!(untested("```js\nc()\n```\n", tested).len(), 1);
    }

    #[test]
    fn breaches_are_found() {
        let path = Path::new("core/src/utils.rs");
        assert!(rust_file(path, "fn main() {}\n")[0].contains("//!"));
        assert_eq!(rust_file(path, "//! Fine.\n"), Vec::<String>::new());
        let long = format!("//! Long.\n{}", "\n".repeat(MOST_LINES));
        assert_eq!(rust_file(path, &long).len(), 1);
        assert!(file_name(path).is_some());
        let page = Path::new("web/src/page/text.rs");
        assert!(is_of_the_page(page) && is_of_the_page(Path::new("index.html")) && !is_of_the_page(path));
        for line in ["<p style=\"x\">", "view! { <p style=x> }", "p.set_inner_html(x)", "eval(x)", "new Function(x)"] {
            assert_eq!(unsafe_words(page, line).len(), 1, "{line}");
        }
        assert_eq!(unsafe_words(page, "<p style:width=x class=\"a\">\n// the evaluation\n"), Vec::<String>::new());
        assert!(file_name(Path::new("core/src/batch.rs")).is_none());
    }
}
