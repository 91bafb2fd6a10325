//! What can be wrong with assembly text, where, and what to do about it. It finds nothing itself.

use std::{fmt, ops::Range};

use lanevm_shaders::Fork;
use thiserror::Error;

use super::MAX_TEXT;
use crate::program::MAX_CODE;

/// Most problems that are reported of one text.
pub const MAX_PROBLEMS: usize = MAX_ERRORS + MAX_WARNINGS;

/// Most errors among them; the last one says that there are more.
const MAX_ERRORS: usize = 100;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// There is code, but perhaps not the code that was meant.
    Warning,
    /// There is no code.
    Error,
}

/// A problem and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: u32,
    /// Columns, counted in characters from 1; the end is the first column that does not belong to it.
    pub columns: Range<u32>,
    /// What it is. As text it says what to do.
    pub kind: ProblemKind,
}

impl Problem {
    /// How bad it is.
    pub const fn severity(&self) -> Severity {
        match self.kind {
            ProblemKind::UnusedLabel { .. } | ProblemKind::NotInFork { .. } | ProblemKind::DoubleJumpdest { .. } => {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity() {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{}:{}: {severity}: {}", self.line, self.columns.start, self.kind)
    }
}

/// What a problem is, in words that say what to do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProblemKind {
    /// A word that is no instruction.
    #[error("`{word}` is no instruction{}", hint(.suggestion.as_deref()))]
    UnknownMnemonic {
        /// The word, cut to 40 characters.
        word: String,
        /// The nearest mnemonic, if one is near.
        suggestion: Option<String>,
    },
    /// A character that nothing begins with.
    #[error("`{}` begins nothing here; comments begin with `;`, `#` or `//`", .0.escape_debug())]
    UnexpectedCharacter(char),
    /// A PUSH without its value.
    #[error("{mnemonic} needs a value on the same line: a number, 0x and hex digits, or a label")]
    MissingValue {
        /// The instruction.
        mnemonic: String,
    },
    /// A value that belongs to no instruction.
    #[error("the value `{word}` belongs to no instruction; {}", .after.as_ref().map_or_else(
        || "write PUSH before it, or .data for raw bytes".to_owned(),
        |after| format!("{after} takes none"),
    ))]
    StrayValue {
        /// The value, cut to 40 characters.
        word: String,
        /// The instruction before it, which takes none.
        after: Option<String>,
    },
    /// A number that is none.
    #[error("`{word}` is no number; write decimal digits, or 0x and hex digits")]
    BadNumber {
        /// The text, cut to 40 characters.
        word: String,
    },
    /// A value of more bytes than its PUSH holds.
    #[error("the value needs {needed} bytes, and {mnemonic} holds {held}; {}", wider(*.needed))]
    TooWide {
        /// The instruction.
        mnemonic: String,
        /// Bytes the value needs.
        needed: usize,
        /// Bytes the instruction holds.
        held: usize,
    },
    /// A label that stands nowhere.
    #[error("no line has the label `{name}`; {}", missing(.name, .suggestion.as_deref()))]
    MissingLabel {
        /// The label, cut to 40 characters.
        name: String,
        /// The nearest label, if one is near.
        suggestion: Option<String>,
    },
    /// A label that stands twice.
    #[error("the label `{name}` stands on line {first} already; rename one of the two")]
    DuplicateLabel {
        /// The label, cut to 40 characters.
        name: String,
        /// The line it stood on first.
        first: u32,
    },
    /// A label that nothing pushes.
    #[error("nothing pushes the label `{name}`; its JUMPDEST stays")]
    UnusedLabel {
        /// The label, cut to 40 characters.
        name: String,
    },
    /// A JUMPDEST right after a label.
    #[error(
        "the label `{name}` is a JUMPDEST already; remove this one, or write `.mark {name}` for a label without code"
    )]
    DoubleJumpdest {
        /// The label, cut to 40 characters.
        name: String,
    },
    /// A directive that is none.
    #[error(
        "`{word}` is no directive; there are .data (also db) for raw bytes, and .mark for a label without JUMPDEST"
    )]
    UnknownDirective {
        /// The word, cut to 40 characters.
        word: String,
    },
    /// A directive without what it needs.
    #[error("{directive} needs {what} on the same line")]
    MissingOperand {
        /// The directive.
        directive: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// Raw bytes that are none.
    #[error("raw bytes are written as 0x and an even number of hex digits, not `{word}`")]
    BadData {
        /// The text, cut to 40 characters.
        word: String,
    },
    /// An instruction that the fork does not define.
    #[error("{mnemonic} exists from {since} on; in {fork} it is an undefined instruction")]
    NotInFork {
        /// The instruction.
        mnemonic: &'static str,
        /// The fork that brought it.
        since: Fork,
        /// The fork assembled for.
        fork: Fork,
    },
    /// More code than a program may have.
    #[error("the code has more than {MAX_CODE} bytes, the most a program may have")]
    CodeTooLong,
    /// A text that is too long to be read.
    #[error("the text has {bytes} bytes, more than the {MAX_TEXT} that are assembled")]
    TextTooLong {
        /// Bytes given.
        bytes: usize,
    },
    /// More problems than are reported.
    #[error("there are more problems; mend these first")]
    More,
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(
        || "; write a mnemonic such as ADD, a label `name:`, or a comment after `;`".to_owned(),
        |name| format!("; did you mean {name}?"),
    )
}

fn wider(needed: usize) -> String {
    if needed <= 32 { format!("use PUSH{needed}, or PUSH for the shortest") } else { "a word has 32".to_owned() }
}

fn missing(name: &str, suggestion: Option<&str>) -> String {
    if let Some(near) = suggestion {
        return format!("did you mean `{near}`?");
    }
    if name.len() <= 64 && name.chars().all(|character| character.is_ascii_hexdigit()) {
        return format!("write `{name}:` where it should stand, or 0x{name} if it is a number");
    }
    format!("write `{name}:` where it should stand")
}

/// Words of the text as messages show them: never longer than 40 characters.
pub(super) fn cut(word: &str) -> String {
    if word.chars().nth(40).is_none() {
        return word.to_owned();
    }
    word.chars().take(39).chain(['…']).collect()
}

/// Most warnings that are reported of one text.
const MAX_WARNINGS: usize = 50;

/// Problems as they are found.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
    warnings: usize,
}

impl Problems {
    /// Adds one, if there is room for it. Warnings never take the room of errors.
    pub(super) fn add(&mut self, line: u32, columns: Range<u32>, kind: ProblemKind) {
        let mut problem = Problem { line, columns, kind };
        if problem.severity() == Severity::Warning {
            if self.warnings < MAX_WARNINGS {
                self.warnings += 1;
                self.found.push(problem);
            }
        } else if !self.is_full() {
            if self.errors() + 1 == MAX_ERRORS {
                problem.kind = ProblemKind::More;
            }
            self.found.push(problem);
        }
    }

    const fn errors(&self) -> usize {
        self.found.len() - self.warnings
    }

    /// Whether as many errors were found as are reported: looking for more is in vain.
    pub(super) const fn is_full(&self) -> bool {
        self.errors() >= MAX_ERRORS
    }

    /// All, in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| (problem.line, problem.columns.start));
        self.found
    }
}
