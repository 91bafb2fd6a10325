//! What can be wrong with a dropped file, where, and what to do about it. It finds nothing itself.

use thiserror::Error;

use super::{MAX_TEXT, MAX_UNPACKED, code::CodeError};
use crate::assembly::Problem;

/// Why a text could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}{kind}", .path.as_ref().map_or_else(String::new, |path| format!("{path}: ")))]
pub struct ReadError {
    /// Where in the JSON, as `$.contracts["a.sol"].A`; `None` for the text as a whole.
    pub path: Option<String>,
    /// What is wrong, in words that say what to do.
    pub kind: ReadErrorKind,
}

impl ReadError {
    pub(super) const fn whole(kind: ReadErrorKind) -> Self {
        Self { path: None, kind }
    }
}

/// What is wrong with a text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Too long.
    #[error("the text has {bytes} bytes, more than the {MAX_TEXT} that are read")]
    TooLong {
        /// Bytes given.
        bytes: usize,
    },
    /// No JSON.
    #[error("line {line}, column {column}: this is no JSON: {what}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the reader says.
        what: String,
    },
    /// JSON of no format that is known.
    #[error("this is none of the files that are read here: {0}")]
    Unknown(String),
    /// A known format, but of the other kind.
    #[error("this is {found}; {instead}")]
    Elsewhere {
        /// What it is.
        found: &'static str,
        /// Where it belongs.
        instead: &'static str,
    },
    /// Something of the wrong kind.
    #[error("{found} stands where {wanted} is needed")]
    Wrong {
        /// What stands there.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// Something that must be there and is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A number that JSON numbers do not hold exactly.
    #[error("the number {0} is not exact in JSON; write it as a text of decimal digits or 0x and hex digits")]
    Inexact(String),
    /// A number that does not fit.
    #[error("the number {found} needs more than {bits} bits")]
    TooLarge {
        /// The number, cut to 80 characters.
        found: String,
        /// Bits that fit.
        bits: usize,
    },
    /// Code that cannot be read.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// Something that stands twice.
    #[error("{what} `{name}` stands here twice; remove one of the two")]
    Twice {
        /// What it is.
        what: &'static str,
        /// Its name, cut to 80 characters.
        name: String,
    },
    /// Both of two ways to say the same.
    #[error("an account has `state` or `stateDiff`, not both")]
    BothStates,
    /// A packed text that cannot be unpacked.
    #[error("the packed state cannot be unpacked: {0}")]
    Packed(&'static str),
    /// A packed text that is too long when unpacked.
    #[error("the packed state has more than {MAX_UNPACKED} bytes when unpacked")]
    Bomb,
    /// A compiler's output without contracts, with what the compiler said.
    #[error("the compiler failed: {0}")]
    Compiler(String),
    /// An answer of a node that is an error.
    #[error("the node answered with an error: {0}")]
    Node(String),
    /// Assembly with errors.
    #[error("the assembly has errors; the first: {}", .0.first().map_or_else(String::new, ToString::to_string))]
    Assembly(Vec<Problem>),
}

/// Texts of files as messages show them: at most 80 characters.
pub(super) fn cut(text: &str) -> String {
    if text.chars().nth(80).is_none() {
        return text.to_owned();
    }
    text.chars().take(79).chain(['…']).collect()
}
