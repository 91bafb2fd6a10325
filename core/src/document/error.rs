//! What can be wrong with a document: where, what was found, and what is allowed. It checks nothing.

use std::fmt;

use serde_json::Value;
use thiserror::Error;

/// Most characters of a foreign text that a message repeats.
const SHOWN: usize = 60;

/// Why a document is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}: found {found}; expected {expected}", if path.is_empty() { "the document" } else { path.as_str() })]
pub struct DocumentError {
    /// Where: a JSON path such as `steps[0].calldata.args[1].range`; empty for the document itself. For what is no document
    /// yet, the place in it, such as `line 3, column amount`.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub expected: String,
}

impl DocumentError {
    /// An error at the place that is being read; what reads around it adds the path.
    pub fn here(found: impl fmt::Display, expected: impl fmt::Display) -> Self {
        Self::at("", found, expected)
    }

    /// An error at a path.
    pub fn at(path: impl Into<String>, found: impl fmt::Display, expected: impl fmt::Display) -> Self {
        Self { path: path.into(), found: found.to_string(), expected: expected.to_string() }
    }

    /// The error, seen from the object around it.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{}{dot}{}", segment(name), self.path);
        self
    }

    /// The error, seen from the array around it.
    #[must_use]
    pub fn within_index(mut self, index: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("[{index}]{dot}{}", self.path);
        self
    }
}

/// A field's name as part of a path: quoted where it is no plain word.
pub(super) fn segment(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.len() <= SHOWN && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("[{}]", quoted(name))
}

/// A foreign text for a message: cut, and with everything escaped that does not show as itself.
pub(super) fn quoted(text: &str) -> String {
    let mut shown = String::from("\"");
    for c in text.chars().take(SHOWN) {
        match c {
            '"' => shown.push_str("\\\""),
            '\\' => shown.push_str("\\\\"),
            ' '..='~' => shown.push(c),
            c if c.is_alphanumeric() => shown.push(c),
            c => shown.extend(c.escape_unicode()),
        }
    }
    shown.push('"');
    if text.chars().nth(SHOWN).is_some() {
        shown.push_str("… (cut)");
    }
    shown
}

/// A JSON value for a message.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(values) => format!("an array of {}", values.len()),
        Value::Object(fields) if fields.is_empty() => "an object without fields".into(),
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().take(4).map(|name| quoted(name)).collect();
            format!("an object with {}{}", names.join(", "), if fields.len() > 4 { ", …" } else { "" })
        }
    }
}

/// Names as a message lists them: `a, b or c`.
pub(super) fn listed<N: fmt::Display>(names: &[N], or: &str) -> String {
    match names {
        [] => "none".into(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(ToString::to_string).collect();
            format!("{} {or} {last}", first.join(", "))
        }
    }
}
