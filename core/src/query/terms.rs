//! Columns that are computed: an expression of other columns, with or without a name of its own, read like any column.

use super::{
    check::{self, Term},
    columns::{Column, Columns, Kind, Value},
    error::{QueryError, QueryErrorKind},
    evaluate, parser,
    syntax::Field,
};

/// Where the numbers of computed columns begin; those of others lie below.
const COMPUTED: usize = 1 << 30;

/// Most columns with a name of their own.
const MOST: usize = 64;

/// Longest expression with a name of its own, in bytes: names stand for all of it wherever they are written.
const LONGEST: usize = 1024;

/// Columns, and what is computed of them.
#[derive(Debug)]
pub struct Terms<C> {
    columns: C,
    terms: Vec<Term>,
    named: Vec<(String, Column)>,
    /// Whether a name is being given: its expression names no other, so that what a name stands for stays small.
    naming: bool,
}

/// The name that a text gives its column, and where the expression begins: `profit = ret.out - arg.in`. Nothing where it is
/// an expression alone.
pub fn own_name(text: &str) -> Option<(&str, usize)> {
    let at = text.find('=')?;
    let name = text[..at].trim();
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_' || first == b'$');
    let is_name = begins && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$');
    (is_name && !text[at + 1..].starts_with('=')).then_some((name, at + 1))
}

impl<C: Columns> Terms<C> {
    /// These columns, and none that is computed yet.
    pub const fn new(columns: C) -> Self {
        Self { columns, terms: Vec::new(), named: Vec::new(), naming: false }
    }

    /// The columns below.
    pub const fn inner(&self) -> &C {
        &self.columns
    }

    /// Whether a name was given to a column here.
    pub fn is_own(&self, name: &str) -> bool {
        self.named.iter().any(|(known, _)| known == name)
    }

    /// The column that a text stands for: a name, or an expression, whose numbers are exact. A number that 256 bits do not
    /// hold (signed ones where it is negative) is absent. A text `name = expression` stands for the expression, and from
    /// then on the name does too.
    ///
    /// # Errors
    /// The first mistake, with its place and what to do; a name that is another column's.
    pub fn column(&mut self, text: &str) -> Result<Column, QueryError> {
        let (name, begin) = own_name(text).map_or((None, 0), |(name, begin)| (Some(name), begin));
        // Places are those of the whole text.
        let shift = text[..begin].chars().count();
        let shifted = |error: QueryError| QueryError {
            columns: error.columns.start + shift..error.columns.end + shift,
            kind: error.kind,
        };
        let expression = &text[begin..];
        let wrong = |kind| QueryError::at(expression, &(0..expression.len()), kind);
        let parsed = parser::parse(expression).map_err(shifted)?;
        let Some(parsed) = parsed else {
            let kind = QueryErrorKind::Unexpected { found: "the end".into(), wanted: "a column or an expression" };
            return Err(shifted(wrong(kind)));
        };
        if let Some(name) = name {
            if self.is_own(name) || parser::is_keyword(name) || self.columns.find(&Field::named(name)).is_some() {
                return Err(QueryError::at(text, &(0..begin - 1), QueryErrorKind::TakenName(name.to_owned())));
            }
            if self.named.len() >= MOST {
                return Err(QueryError::at(text, &(0..begin - 1), QueryErrorKind::TooManyNames(MOST)));
            }
            if text.len() > LONGEST {
                return Err(QueryError::at(text, &(LONGEST..text.len()), QueryErrorKind::LongColumn(LONGEST)));
            }
        }
        self.naming = name.is_some();
        let term = check::term(expression, &parsed, self);
        self.naming = false;
        let term = term.map_err(shifted)?;
        let kind = match &term {
            Term::Column(column) => column.kind,
            Term::Number(_) => Kind::Number,
            Term::Test(_) => Kind::Bool,
        };
        let column = match term {
            Term::Column(column) => column,
            term => {
                self.terms.push(term);
                Column { id: COMPUTED + self.terms.len() - 1, kind }
            }
        };
        if let Some(name) = name {
            self.named.push((name.to_owned(), column));
        }
        Ok(column)
    }
}

impl<C: Columns> Columns for Terms<C> {
    fn find(&mut self, field: &Field) -> Option<Column> {
        let plain = !field.other && field.arguments.is_none() && field.steps.is_empty();
        let own = self.named.iter().find(|(name, _)| plain && !self.naming && *name == field.root);
        own.map(|(_, column)| *column).or_else(|| self.columns.find(field))
    }

    fn why_not(&self, field: &Field) -> Option<String> {
        if self.naming && self.is_own(&field.root) {
            return Some("a column with a name of its own is made of the run's columns alone".into());
        }
        self.columns.why_not(field)
    }

    fn names(&self) -> Vec<String> {
        let own = self.named.iter().map(|(name, _)| name.clone());
        self.columns.names().into_iter().chain(own).collect()
    }

    /// Not deep: what has a name is made of columns that are not computed.
    fn value(&self, row: usize, column: usize) -> Value<'_> {
        let Some(term) = column.checked_sub(COMPUTED) else { return self.columns.value(row, column) };
        match self.terms.get(term) {
            Some(Term::Number(number)) => {
                evaluate::number(number, self, row).and_then(super::Int::value).unwrap_or(Value::Absent)
            }
            Some(Term::Test(test)) => evaluate::test(test, self, row).map_or(Value::Absent, Value::Bool),
            Some(Term::Column(column)) => self.columns.value(row, column.id),
            None => Value::Absent,
        }
    }
}
