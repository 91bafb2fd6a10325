//! A filter's text as a tree. It knows no columns and computes nothing.

use std::{fmt, ops::Range};

use super::number::Int;

/// A name as a filter writes it: `gas`, `ret.amountOut`, `logs[0].topic0`, `slot("0x01")`, `other.gas`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Field {
    /// Whether `other.` stands before it: the same lane's in the run that this one is compared with.
    pub other: bool,
    /// The first name, of what follows `other.`.
    pub root: String,
    /// What stands in parentheses behind it, without quotes.
    pub arguments: Option<Vec<String>>,
    /// What follows.
    pub steps: Vec<Step>,
}

/// A step into a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// `.name`
    Name(String),
    /// `[index]`
    Index(u32),
}

impl Field {
    /// A field that is a name alone.
    pub fn named(root: &str) -> Self {
        Self { root: root.to_owned(), ..Self::default() }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.other { "other." } else { "" }, self.root)?;
        if let Some(arguments) = &self.arguments {
            let quoted: Vec<String> = arguments.iter().map(|argument| format!("{argument:?}")).collect();
            write!(f, "({})", quoted.join(", "))?;
        }
        for step in &self.steps {
            match step {
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// An operation on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// A part of a filter, with the bytes of the text that it stands at.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) node: Node,
    pub(super) bytes: Range<usize>,
    /// How much stands within one another here.
    pub(super) depth: usize,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Number(Int),
    /// Digits behind `0x`: a number or bytes, as what it is compared with.
    Hex(String),
    Text(String),
    Bool(bool),
    Field(Field),
    Has(Field),
    Negative(Box<Expression>),
    Arithmetic(Arithmetic, Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// Whether it is not, the item, the list.
    In(bool, Box<Expression>, Vec<Expression>),
    Not(Box<Expression>),
    /// At least two.
    And(Vec<Expression>),
    /// At least two.
    Or(Vec<Expression>),
}
