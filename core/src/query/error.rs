//! What can be wrong with a filter, where, and what to do about it. It finds nothing itself.

use std::ops::Range;

use thiserror::Error;

use super::{MAX_DEPTH, MAX_TEXT, number::MAX_BITS};

/// A mistake in a filter and its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("column {}: {kind}", .columns.start)]
pub struct QueryError {
    /// Columns of the text, counted in characters from 1; the end is the first that does not belong to it.
    pub columns: Range<usize>,
    /// What it is. As text it says what to do.
    pub kind: QueryErrorKind,
}

impl QueryError {
    /// A mistake at these bytes of the text.
    pub(super) fn at(text: &str, bytes: &Range<usize>, kind: QueryErrorKind) -> Self {
        let column = |at: usize| text.char_indices().take_while(|(start, _)| *start < at).count() + 1;
        let start = column(bytes.start);
        Self { columns: start..column(bytes.end).max(start + 1), kind }
    }
}

/// What a mistake is, in words that say what to do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// The text is too long.
    #[error("the filter has {bytes} bytes, more than the {MAX_TEXT} that are read")]
    TooLong {
        /// Bytes given.
        bytes: usize,
    },
    /// Too much within one another.
    #[error("more than {MAX_DEPTH} operations within one another; split the filter")]
    TooDeep,
    /// A character that nothing begins with.
    #[error("`{}` begins nothing in a filter{}", .0.escape_debug(), other_spelling(*.0))]
    UnexpectedCharacter(char),
    /// A text without its end.
    #[error("the text has no closing quote")]
    OpenText,
    /// Something stands where it cannot.
    #[error("{found} stands where {wanted} is needed")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What could stand there.
        wanted: &'static str,
    },
    /// An operator of other languages.
    #[error("`{found}` is written `{meant}` here")]
    OtherOperator {
        /// The operator found.
        found: String,
        /// The one of this language.
        meant: &'static str,
    },
    /// Comparisons in a chain.
    #[error("comparisons do not chain; write `a < b and b < c`")]
    Chained,
    /// A number that is none.
    #[error("`{0}` is no number; write digits, 0x and hex digits, 1e18, or 1.5 ether")]
    BadNumber(String),
    /// A number with a fraction.
    #[error("`{0}` is no whole number; all numbers here are whole, as the EVM's are")]
    NotWhole(String),
    /// A number too large.
    #[error("`{0}` needs more than 256 bits, the most a number may have")]
    TooLarge(String),
    /// A result that could be too large.
    #[error("the result could need {bits} bits; {MAX_BITS} are computed exactly")]
    TooWide {
        /// Bits that the result could need.
        bits: usize,
    },
    /// A division by the number zero.
    #[error("this divides by zero, which has no answer in any lane")]
    DivisionByZero,
    /// No such column.
    #[error("there is no column `{field}`{}", .detail)]
    UnknownField {
        /// The name.
        field: String,
        /// Why, or what was meant.
        detail: String,
    },
    /// A word that the column does not know.
    #[error("`{field}` is never `{word}`; it can be {words}")]
    UnknownWord {
        /// The column.
        field: String,
        /// The word.
        word: String,
        /// The words it knows.
        words: String,
    },
    /// Two things that cannot be compared.
    #[error("{left} cannot be compared with {right}{}", .hint)]
    Incomparable {
        /// The left side's kind.
        left: &'static str,
        /// The right side's kind.
        right: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// An order of what has none.
    #[error("{0} has no order; use ==, !=, in or contains")]
    NoOrder(&'static str),
    /// Something of the wrong kind.
    #[error("{found} stands where {wanted} is needed")]
    WrongKind {
        /// The kind found.
        found: &'static str,
        /// The kind needed.
        wanted: &'static str,
    },
    /// A column's own name that another has.
    #[error("`{0}` is a column or a word already; choose another name")]
    TakenName(String),
    /// Too many columns with names of their own.
    #[error("more than {0} columns with names of their own")]
    TooManyNames(usize),
    /// A column with a name of its own whose text is too long.
    #[error("a column with a name of its own has at most {0} bytes")]
    LongColumn(usize),
    /// Hex digits that make no bytes.
    #[error("bytes are written as an even number of hex digits")]
    OddHex,
}

const fn other_spelling(character: char) -> &'static str {
    match character {
        '&' => "; write `and`",
        '|' => "; write `or`",
        '^' => "; powers of ten are written 1e18",
        _ => "",
    }
}
