//! The filter language: one text that says of a lane whether it is meant. `docs/filter.md` is its grammar and meaning. What
//! columns lanes have is the caller's to say ([`Columns`]); this module holds no lanes.

mod check;
mod columns;
mod error;
mod evaluate;
mod lexer;
mod number;
mod parser;
mod sort;
mod syntax;
mod terms;

pub use self::{
    columns::{Column, Columns, Kind, STATUS_WORDS, Value, Word},
    error::{QueryError, QueryErrorKind},
    number::{Int, MAX_BITS},
    sort::{Direction, compare, sort},
    syntax::{Field, Step},
    terms::{Terms, own_name},
};

/// Longest text of a filter, in bytes.
pub const MAX_TEXT: usize = 16 * 1024;

/// Most operations, parentheses and `not`s within one another.
pub const MAX_DEPTH: usize = 64;

/// Reads the name of a column, as a table's head or a plot's axis has it: `gas`, `ret.amountOut`, `slot("0x01")`.
///
/// # Errors
/// The text is no name, or there is no such column; with its place and what to do.
pub fn column(text: &str, columns: &mut dyn Columns) -> Result<Column, QueryError> {
    match parser::parse(text)? {
        Some(expression) => check::column(text, &expression, columns),
        None => {
            let kind = QueryErrorKind::Unexpected { found: "the end".into(), wanted: "the name of a column" };
            Err(QueryError::at(text, &(0..text.len()), kind))
        }
    }
}

/// A filter, checked against the columns that it will be asked of.
#[derive(Clone, Debug)]
pub struct Query {
    test: check::Test,
}

impl Query {
    /// Reads a filter and finds its columns. A text of white space alone is a filter that every lane passes.
    ///
    /// # Errors
    /// The first mistake, with its place and what to do.
    pub fn new(text: &str, columns: &mut dyn Columns) -> Result<Self, QueryError> {
        let parsed = parser::parse(text)?;
        let test = match parsed {
            Some(expression) => check::check(text, &expression, columns)?,
            None => check::Test::Constant(true),
        };
        Ok(Self { test })
    }

    /// Whether the row passes: `None` where that depends on something that the row does not have.
    pub fn answer<C: Columns + ?Sized>(&self, columns: &C, row: usize) -> Option<bool> {
        evaluate::test(&self.test, columns, row)
    }

    /// Whether the row passes. A row that lacks what the filter asks for does not.
    pub fn matches<C: Columns + ?Sized>(&self, columns: &C, row: usize) -> bool {
        self.answer(columns, row) == Some(true)
    }

    /// The rows of `rows` that pass, in their order.
    pub fn select<C: Columns + ?Sized>(&self, columns: &C, rows: impl IntoIterator<Item = u32>) -> Vec<u32> {
        rows.into_iter().filter(|row| self.matches(columns, *row as usize)).collect()
    }
}
