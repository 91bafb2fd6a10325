//! Where the page's English stands: in `web/src/words/`, and nowhere else. It reads Rust as far as strings, comments and
//! brackets go, and judges each string by itself and by what stands around it.

use std::path::Path;

/// Code whose strings people do not read.
const OTHERS: [&str; 2] = ["words", "tests.rs"];

/// What speaks to those who write the program: macros and methods whose messages no reader of the page sees.
const INTERNAL: [&str; 9] = [
    "expect",
    "panic!",
    "unreachable!",
    "assert!",
    "assert_eq!",
    "assert_ne!",
    "debug_assert!",
    "debug_assert_eq!",
    "debug_struct",
];

/// What looks like English and is none, with the reason.
const NAMES: [(&str, &str); 13] = [
    ("ArrowDown", "a key, as browsers name it"),
    ("ArrowLeft", "a key, as browsers name it"),
    ("ArrowRight", "a key, as browsers name it"),
    ("ArrowUp", "a key, as browsers name it"),
    ("End", "a key, as browsers name it"),
    ("Enter", "a key, as browsers name it"),
    ("Escape", "a key, as browsers name it"),
    ("Files", "what is dragged, as browsers name it"),
    ("Home", "a key, as browsers name it"),
    ("PageDown", "a key, as browsers name it"),
    ("PageUp", "a key, as browsers name it"),
    ("Tab", "a key, as browsers name it"),
    ("not ({text})", "the filter language"),
];

/// Attributes whose text is read out or shown.
const SPOKEN: [&str; 5] = ["aria-label", "title", "placeholder", "label", "alt"];

/// Whether a file's strings are judged.
pub(super) fn is_judged(path: &Path) -> bool {
    ["browser", "page", "form", "engine"].iter().any(|part| path.starts_with(Path::new("web/src").join(part)))
        && path.extension().is_some_and(|extension| extension == "rs")
        && !path.iter().any(|part| OTHERS.iter().any(|other| part == *other))
}

/// The strings of a file that are English for the page's reader.
pub(super) fn misplaced(path: &Path, text: &str) -> Vec<String> {
    // Tests stand last in a file.
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    literals(text)
        .into_iter()
        .filter(Literal::is_english)
        .map(|literal| {
            format!(
                "{}:{}: “{}” is read by people; give it a name in `web/src/words/`",
                path.display(),
                text[..literal.at].lines().count().max(1),
                literal.text
            )
        })
        .collect()
}

/// A string of the code.
#[derive(Debug)]
struct Literal<'a> {
    /// Where it begins.
    at: usize,
    /// What stands between the quotes, as it is written.
    text: &'a str,
    /// The code before it.
    before: &'a str,
    /// The code after it.
    after: &'a str,
    /// Whether it stands in the brackets of one of [`INTERNAL`].
    internal: bool,
}

impl Literal<'_> {
    fn is_english(&self) -> bool {
        if self.internal || self.is_technical() || NAMES.iter().any(|(name, _)| *name == self.text) {
            return false;
        }
        let text = without_places(self.text);
        let lettered = text.chars().filter(|character| character.is_alphabetic()).count() > 1;
        is_phrase(&text) || begins_capital(&text) || (lettered && (self.is_between_tags() || self.is_spoken()))
    }

    /// Text that is matched, compared, or of a language of its own.
    fn is_technical(&self) -> bool {
        let (before, after) = (self.before.trim_end(), self.after.trim_start());
        let compared = ["==", "!=", " |"].iter().any(|sign| before.ends_with(sign))
            || ["=>", "| "].iter().any(|sign| after.starts_with(sign));
        let attribute = attribute(self.before);
        let class = attribute == "class" || before.ends_with("reason =");
        // `(prefers-color-scheme: dark)`
        let media = self.text.starts_with('(') && self.text.ends_with(')') && self.text.matches(' ').count() == 1;
        let filter = self.text.split(' ').any(|part| ["==", "!=", "<", "<=", ">", ">="].contains(&part));
        // Names under which the browser keeps things, and of workers.
        let kept = self.text.starts_with("lanevm ");
        compared || class || (media && self.text.contains(": ")) || (filter && !SPOKEN.contains(&attribute)) || kept
    }

    /// A child of an element: it follows a tag or a block that stands between tags, or a tag follows it.
    fn is_between_tags(&self) -> bool {
        let (before, after) = (self.before.trim_end(), self.after.trim_start());
        let arrow = before.ends_with("=>") || before.ends_with("->");
        let tag = after.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c == '/' || c.is_alphabetic()));
        attribute(self.before).is_empty() && ((before.ends_with('>') && !arrow) || tag)
    }

    fn is_spoken(&self) -> bool {
        SPOKEN.contains(&attribute(self.before))
    }
}

/// The attribute whose value comes next; empty if none does.
fn attribute(before: &str) -> &str {
    let Some(before) = before.strip_suffix('=') else { return "" };
    let begin = before.rfind(|character: char| !character.is_alphanumeric() && character != '-').map_or(0, |at| at + 1);
    &before[begin..]
}

/// Stands for a place of a format string.
const PLACE: char = '\0';

/// The text with [`PLACE`] for each place of a format string.
fn without_places(text: &str) -> String {
    let text = text.replace("{{", "").replace("}}", "").replace("\\n", " ");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((head, tail)) = rest.split_once('{') {
        out.push_str(head);
        out.push(PLACE);
        rest = tail.split_once('}').map_or("", |(_, tail)| tail);
    }
    out + rest
}

/// Two words side by side, or a word and a place.
fn is_phrase(text: &str) -> bool {
    let parts: Vec<&str> = text.split_whitespace().collect();
    parts.windows(2).any(|pair| match (is_word(pair[0]), is_word(pair[1])) {
        (true, true) => true,
        (true, false) => pair[0].len() > 1 && pair[1].contains(PLACE),
        (false, true) => pair[1].len() > 1 && pair[0].contains(PLACE),
        (false, false) => false,
    })
}

/// Letters, with the marks that stand around and in words.
fn is_word(part: &str) -> bool {
    let inner =
        part.trim_matches(|character: char| !character.is_alphabetic() && !"{}_0123456789=<>+*/\0".contains(character));
    !inner.is_empty() && inner.chars().all(|character| character.is_alphabetic() || "-'’".contains(character))
}

/// A capital letter and a small one.
fn begins_capital(text: &str) -> bool {
    let mut letters = text.trim_start_matches([' ', '“', '(']).chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

/// The strings of Rust code. Comments and characters are passed over; raw strings are read as they stand.
fn literals(code: &str) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    // For each bracket that is open: whether it is, or stands in, one of [`INTERNAL`].
    let mut open: Vec<bool> = Vec::new();
    let mut at = 0;
    while let Some(next) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = match next {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' => character(rest),
            '"' | 'r' if !is_within_name(code, at) || next == '"' => match quoted(rest) {
                Some((begin, end, length)) => {
                    found.push(Literal {
                        at,
                        text: &rest[begin..end],
                        before: &code[..at],
                        after: &rest[length..],
                        internal: open.last().is_some_and(|internal| *internal),
                    });
                    length
                }
                None => next.len_utf8(),
            },
            '(' | '[' | '{' => {
                let name = called(&code[..at]);
                open.push(open.last().is_some_and(|internal| *internal) || INTERNAL.contains(&name));
                1
            }
            ')' | ']' | '}' => {
                open.pop();
                1
            }
            _ => next.len_utf8(),
        };
        at += length;
    }
    found
}

/// Whether the letter at a place goes on a name.
fn is_within_name(code: &str, at: usize) -> bool {
    code[..at].ends_with(|character: char| character.is_alphanumeric() || character == '_')
}

/// The name of what a bracket calls, with a macro's mark.
fn called(before: &str) -> &str {
    let name = before.strip_suffix('!').unwrap_or(before);
    let begin = name
        .rfind(|character: char| !character.is_alphanumeric() && character != '_')
        .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
    &before[begin..]
}

/// How long a character is with its quotes; a quote that begins none, as a lifetime's, is one.
fn character(code: &str) -> usize {
    let inner = &code[1..];
    if let Some(escaped) = inner.strip_prefix('\\') {
        // The quote after the escaped character, which may be a quote itself.
        return escaped.char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(1, |(end, _)| end + 3);
    }
    match inner.chars().next() {
        Some(one) if inner[one.len_utf8()..].starts_with('\'') => one.len_utf8() + 2,
        _ => 1,
    }
}

/// Where the text of a string that begins here lies, and how long the whole is.
fn quoted(code: &str) -> Option<(usize, usize, usize)> {
    if let Some(raw) = code.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        raw[hashes..].strip_prefix('"')?;
        let (begin, close) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
        let end = begin + code[begin..].find(&close)?;
        return Some((begin, end, end + close.len()));
    }
    let mut characters = code.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' => return Some((1, at, at + 1)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<String> {
        literals(code).into_iter().filter(Literal::is_english).map(|literal| literal.text.to_owned()).collect()
    }

    #[test]
    fn english_is_found_wherever_it_stands() {
        for (code, text) in [
            ("view! { <button>\"Run\"</button> }", "Run"),
            ("view! { <dt>\"caller\"</dt> }", "caller"),
            ("view! { <p>{lanes}\n \" wei\"\n </p> }", " wei"),
            ("view! { <section aria-label=\"lanes\"> }", "lanes"),
            ("view! { <input placeholder=\"status == revert\"> }", "status == revert"),
            ("let words = \"no lane ended\";", "no lane ended"),
            ("let words = format!(\"{} bytes\", len);", "{} bytes"),
            ("let words = format!(\"depth {depth}\");", "depth {depth}"),
            ("words.push_str(\" (cut off: {lacking} bytes follow)\")", " (cut off: {lacking} bytes follow)"),
            ("Stage::First => \"the first of two\",", "the first of two"),
            ("Self::Lane => \"Lane\",", "Lane"),
            ("let raw = r#\"it is \"raw\"\"#;", "it is \"raw\""),
            ("f('\"', \"a word\", '\\'', x)", "a word"),
            ("fn f<'a>(x: &'a str) { g(\"two words\") }", "two words"),
            ("expect(x); \"said after\"", "said after"),
        ] {
            assert_eq!(found(code), [text], "{code}");
        }
    }

    #[test]
    fn what_is_no_english_passes() {
        for code in [
            "view! { <div class=\"pane results\" role=\"group\" data-note=\"reading\"> }",
            "// \"a comment\"\n/// \"Another\"\nlet x = 1; /* \"a third\" */",
            "map.get(\"gas_limit\").expect(\"the map holds it\")",
            "panic!(\"no {} is left\", f(\"nothing is\"))",
            "debug_assert!(x > 1, \"it is more\")",
            "#![allow(unreachable_pub, reason = \"the macro makes them public\")]",
            "match key { \"ArrowDown\" | \"j\" => 1, (\"Enter\", None) => 2, \"Stopped\" => 3, _ => 4 }",
            "if key == \"Escape\" && kind != \"Other\" {}",
            "format!(\"gas >= {from} and gas <= {to}\")",
            "format!(\"f-{name}-error\")",
            "format!(\"{path}: {message}\")",
            "format!(\"{}px\", 4)",
            "format!(\"68px minmax(84px, 1.1fr) 76px {} 36px\", each)",
            "use_media_query(\"(prefers-color-scheme: dark)\")",
            "const CPU: &str = \"lanevm cpu\";",
            "view! { <b>{words::CPU}</b> \" · \" <span>\"→\"</span> }",
            "if a > \"b\".len() { \"success\" } else { \"halt\" }",
        ] {
            assert_eq!(found(code), Vec::<String>::new(), "{code}");
        }
    }

    #[test]
    fn a_misplaced_string_is_told_with_its_line() {
        let path = Path::new("web/src/page/lane.rs");
        assert!(is_judged(path));
        let code = "//! It.\n\nfn f() -> &'static str {\n    \"Not here\"\n}\n\n#[cfg(test)]\nmod tests {\n    const X: &str = \"In a test\";\n}\n";
        let told = misplaced(path, code);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("web/src/page/lane.rs:4: “Not here”"), "{told:?}");
        for other in ["web/src/words/lane.rs", "web/src/form/tests.rs", "web/src/protocol.rs", "core/src/lib.rs"] {
            assert!(!is_judged(Path::new(other)), "{other}");
        }
    }
}
