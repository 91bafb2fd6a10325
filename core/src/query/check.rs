//! A filter's tree to a test of rows: columns are found, kinds are checked, literals get the kind of what they are compared
//! with, and no number can need more bits than are computed. After this nothing can go wrong.

use super::{
    columns::{Column, Columns, Kind, Word},
    error::{QueryError, QueryErrorKind as Wrong},
    number::{Int, MAX_BITS},
    syntax::{Arithmetic, Comparison, Expression, Field, Node},
};
use crate::nearest::nearest;
use alloy_primitives::U256;

/// A number of a row.
#[derive(Clone, Debug)]
pub(super) enum Number {
    Constant(Int),
    Column(usize),
    Negative(Box<Self>),
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
}

/// Bytes or text of a row.
#[derive(Clone, Debug)]
pub(super) enum Slice {
    Constant(Vec<u8>),
    Column(usize),
}

/// A test of a row.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Constant(bool),
    /// A column of true and false.
    Column(usize),
    Has(usize),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    Numbers(Comparison, Number, Number),
    /// The constants are sorted.
    NumberIn(Number, Vec<Int>),
    /// Whether the code's bit is set.
    Codes(usize, u128),
    SameCodes(usize, usize),
    Same(Slice, Slice),
    SameBools(Box<Self>, Box<Self>),
    /// The constants are sorted.
    SliceIn(usize, Vec<Vec<u8>>),
    Contains(Slice, Slice),
}

/// What an expression is, before it is known what it is compared with.
enum Typed {
    Test(Test),
    Number(Number, usize),
    Slice(usize, Kind),
    Codes(usize, &'static [Word]),
    Hex(Vec<u8>, String),
    Text(Vec<u8>),
    /// A name that is no column: a word, perhaps.
    Word(String),
}

impl Typed {
    const fn name(&self) -> &'static str {
        match self {
            Self::Test(_) => "true or false",
            Self::Number(..) => "a number",
            Self::Slice(_, kind) => kind.name(),
            Self::Codes(..) | Self::Word(_) => "a word",
            Self::Hex(..) => "hex",
            Self::Text(_) => "text",
        }
    }
}

struct Checker<'a> {
    text: &'a str,
    columns: &'a mut dyn Columns,
}

/// Checks a filter.
pub(super) fn check(text: &str, expression: &Expression, columns: &mut dyn Columns) -> Result<Test, QueryError> {
    Checker { text, columns }.test(expression)
}

/// Finds the column that an expression names.
pub(super) fn column(text: &str, expression: &Expression, columns: &mut dyn Columns) -> Result<Column, QueryError> {
    let Node::Field(field) = &expression.node else {
        let kind = Wrong::Unexpected { found: "an expression".into(), wanted: "the name of a column" };
        return Err(QueryError::at(text, &expression.bytes, kind));
    };
    match columns.find(field) {
        Some(column) => Ok(column),
        None => Checker { text, columns }.unknown(expression, field),
    }
}

/// What an expression gives for each row.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// A column's value.
    Column(Column),
    /// A number.
    Number(Number),
    /// An answer.
    Test(Test),
}

/// Checks an expression that stands for a value.
pub(super) fn term(text: &str, expression: &Expression, columns: &mut dyn Columns) -> Result<Term, QueryError> {
    if matches!(expression.node, Node::Field(_)) {
        return column(text, expression, columns).map(Term::Column);
    }
    let mut checker = Checker { text, columns };
    match checker.typed(expression)? {
        Typed::Number(number, _) => Ok(Term::Number(number)),
        Typed::Test(test) => Ok(Term::Test(test)),
        Typed::Slice(id, kind) => Ok(Term::Column(Column { id, kind })),
        Typed::Codes(id, words) => Ok(Term::Column(Column { id, kind: Kind::Codes(words) })),
        Typed::Hex(_, digits) => {
            checker.hex_number(expression, &digits).map(|number| Term::Number(Number::Constant(number)))
        }
        other => checker.wrong(expression, Wrong::WrongKind { found: other.name(), wanted: "a value of lanes" }),
    }
}

fn is_bare(field: &Field) -> bool {
    !field.other && field.arguments.is_none() && field.steps.is_empty()
}

impl Checker<'_> {
    fn wrong<T>(&self, expression: &Expression, kind: Wrong) -> Result<T, QueryError> {
        Err(QueryError::at(self.text, &expression.bytes, kind))
    }

    fn unknown<T>(&self, expression: &Expression, field: &Field) -> Result<T, QueryError> {
        let detail = match self.columns.why_not(field) {
            Some(why) => format!(": {why}"),
            None => {
                let names = self.columns.names();
                let near = nearest(&field.to_string(), names.iter().map(String::as_str));
                near.map_or_else(
                    || format!("; columns are {}", some(names.iter().map(String::as_str))),
                    |near| format!("; did you mean `{near}`?"),
                )
            }
        };
        self.wrong(expression, Wrong::UnknownField { field: field.to_string().chars().take(80).collect(), detail })
    }

    fn test(&mut self, expression: &Expression) -> Result<Test, QueryError> {
        match self.typed(expression)? {
            Typed::Test(test) => Ok(test),
            Typed::Word(_) => match &expression.node {
                Node::Field(field) => self.unknown(expression, field),
                _ => self.wrong(expression, Wrong::WrongKind { found: "a word", wanted: "a comparison" }),
            },
            other => self.wrong(expression, Wrong::WrongKind { found: other.name(), wanted: "a comparison" }),
        }
    }

    fn column(&mut self, field: &Field) -> Option<Typed> {
        let Column { id, kind } = self.columns.find(field)?;
        Some(match kind {
            Kind::Number => Typed::Number(Number::Column(id), 256),
            Kind::Bool => Typed::Test(Test::Column(id)),
            Kind::Bytes | Kind::Text => Typed::Slice(id, kind),
            Kind::Codes(words) => Typed::Codes(id, words),
        })
    }

    fn typed(&mut self, expression: &Expression) -> Result<Typed, QueryError> {
        Ok(match &expression.node {
            Node::Number(number) => Typed::Number(Number::Constant(*number), number.bits()),
            Node::Hex(digits) => {
                let padded = if digits.len() % 2 == 0 { digits.clone() } else { format!("0{digits}") };
                Typed::Hex(crate::hexadecimal::parse(&padded).unwrap_or_default(), digits.clone())
            }
            Node::Text(text) => Typed::Text(text.clone().into_bytes()),
            Node::Bool(value) => Typed::Test(Test::Constant(*value)),
            Node::Field(field) => match self.column(field) {
                Some(typed) => typed,
                None if is_bare(field) => Typed::Word(field.root.clone()),
                None => return self.unknown(expression, field),
            },
            Node::Has(field) => match self.columns.find(field) {
                Some(column) => Typed::Test(Test::Has(column.id)),
                None => return self.unknown(expression, field),
            },
            Node::Negative(inner) => {
                let (number, bits) = self.number(inner)?;
                Typed::Number(
                    match number {
                        Number::Constant(number) => Number::Constant(number.negated()),
                        other => Number::Negative(Box::new(other)),
                    },
                    bits,
                )
            }
            Node::Arithmetic(operator, left, right) => {
                let (a, a_bits) = self.number(left)?;
                let (b, b_bits) = self.number(right)?;
                let bits = match operator {
                    Arithmetic::Add | Arithmetic::Subtract => a_bits.max(b_bits) + 1,
                    Arithmetic::Multiply => a_bits + b_bits,
                    Arithmetic::Divide => a_bits,
                    Arithmetic::Remainder => a_bits.min(b_bits),
                };
                if bits > MAX_BITS {
                    return self.wrong(expression, Wrong::TooWide { bits });
                }
                let divides = matches!(operator, Arithmetic::Divide | Arithmetic::Remainder);
                if divides && matches!(b, Number::Constant(Int::ZERO)) {
                    return self.wrong(right, Wrong::DivisionByZero);
                }
                Typed::Number(Number::Arithmetic(*operator, Box::new(a), Box::new(b)), bits)
            }
            Node::Compare(comparison, left, right) => {
                Typed::Test(self.compare(expression, *comparison, left, right)?)
            }
            Node::In(negated, item, list) => {
                let test = self.among(item, list)?;
                Typed::Test(if *negated { Test::Not(Box::new(test)) } else { test })
            }
            Node::Not(inner) => Typed::Test(Test::Not(Box::new(self.test(inner)?))),
            Node::And(parts) => Typed::Test(Test::And(self.tests(parts)?)),
            Node::Or(parts) => Typed::Test(Test::Or(self.tests(parts)?)),
        })
    }

    fn tests(&mut self, parts: &[Expression]) -> Result<Vec<Test>, QueryError> {
        parts.iter().map(|part| self.test(part)).collect()
    }

    fn number(&mut self, expression: &Expression) -> Result<(Number, usize), QueryError> {
        match self.typed(expression)? {
            Typed::Number(number, bits) => Ok((number, bits)),
            Typed::Hex(_, digits) => {
                let number = self.hex_number(expression, &digits)?;
                Ok((Number::Constant(number), number.bits()))
            }
            Typed::Word(_) => match &expression.node {
                Node::Field(field) => self.unknown(expression, field),
                _ => self.wrong(expression, Wrong::WrongKind { found: "a word", wanted: "a number" }),
            },
            other => self.wrong(expression, Wrong::WrongKind { found: other.name(), wanted: "a number" }),
        }
    }

    fn hex_number(&self, expression: &Expression, digits: &str) -> Result<Int, QueryError> {
        match U256::from_str_radix(digits.trim_start_matches('0'), 16) {
            Ok(word) => Ok(Int::of_word(word)),
            Err(_) => {
                self.wrong(expression, Wrong::TooLarge(format!("0x{}", digits.chars().take(40).collect::<String>())))
            }
        }
    }

    fn compare(
        &mut self,
        whole: &Expression,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
    ) -> Result<Test, QueryError> {
        let (mut a, mut b) = (self.typed(left)?, self.typed(right)?);
        // A word of the one side is that word, even where a column has its name.
        if let Some(word) = word_for(&a, right) {
            b = word;
        } else if let Some(word) = word_for(&b, left) {
            a = word;
        }
        if comparison == Comparison::Contains {
            return self.contains(left, a, right, b);
        }
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let test = match (a, b) {
            (a @ (Typed::Number(..) | Typed::Hex(..)), b @ (Typed::Number(..) | Typed::Hex(..))) => {
                let a = self.as_number(left, a)?;
                let b = self.as_number(right, b)?;
                return Ok(Test::Numbers(comparison, a, b));
            }
            (a, _) if !equality && !matches!(a, Typed::Word(_)) => return self.wrong(whole, Wrong::NoOrder(a.name())),
            (Typed::Codes(column, words), Typed::Word(word)) => self.word(left, right, column, words, &word)?,
            (Typed::Word(word), Typed::Codes(column, words)) => self.word(right, left, column, words, &word)?,
            (Typed::Codes(a, words), Typed::Codes(b, others)) if words == others => Test::SameCodes(a, b),
            (Typed::Word(_), _) => return self.test(left),
            (_, Typed::Word(_)) => return self.test(right),
            (Typed::Test(a), Typed::Test(b)) => Test::SameBools(Box::new(a), Box::new(b)),
            (Typed::Slice(a, kind), Typed::Slice(b, other)) if kind == other => {
                Test::Same(Slice::Column(a), Slice::Column(b))
            }
            (Typed::Slice(a, kind), literal @ (Typed::Hex(..) | Typed::Text(_))) => {
                let constant = self.literal(right, kind, literal)?;
                Test::Same(Slice::Column(a), Slice::Constant(constant))
            }
            (literal @ (Typed::Hex(..) | Typed::Text(_)), Typed::Slice(b, kind)) => {
                let constant = self.literal(left, kind, literal)?;
                Test::Same(Slice::Column(b), Slice::Constant(constant))
            }
            (a, b) => {
                let hint = match (&a, &b) {
                    (Typed::Codes(..), Typed::Text(_)) | (Typed::Text(_), Typed::Codes(..)) => "; write the word alone",
                    (Typed::Slice(_, Kind::Bytes), Typed::Number(..))
                    | (Typed::Number(..), Typed::Slice(_, Kind::Bytes)) => "; write bytes as 0x and hex digits",
                    _ => "",
                };
                return self.wrong(whole, Wrong::Incomparable { left: a.name(), right: b.name(), hint });
            }
        };
        Ok(if comparison == Comparison::NotEqual { Test::Not(Box::new(test)) } else { test })
    }

    fn as_number(&self, expression: &Expression, typed: Typed) -> Result<Number, QueryError> {
        match typed {
            Typed::Hex(_, digits) => self.hex_number(expression, &digits).map(Number::Constant),
            Typed::Number(number, _) => Ok(number),
            other => self.wrong(expression, Wrong::WrongKind { found: other.name(), wanted: "a number" }),
        }
    }

    fn word(
        &self,
        side: &Expression,
        at: &Expression,
        column: usize,
        words: &'static [Word],
        word: &str,
    ) -> Result<Test, QueryError> {
        let known = words.iter().find(|known| known.name.eq_ignore_ascii_case(word));
        let Some(known) = known else {
            let names = words.iter().map(|word| word.name);
            let words = nearest(word, names.clone()).map_or_else(|| some(names), |near| format!("`{near}`, for one"));
            let field = self.text.get(side.bytes.clone()).unwrap_or_default().chars().take(80).collect();
            return self.wrong(at, Wrong::UnknownWord { field, word: word.chars().take(40).collect(), words });
        };
        Ok(Test::Codes(column, known.codes))
    }

    /// A literal as bytes of the kind of a column.
    fn literal(&self, expression: &Expression, kind: Kind, literal: Typed) -> Result<Vec<u8>, QueryError> {
        match literal {
            Typed::Hex(_, digits) if kind == Kind::Bytes && digits.len() % 2 == 1 => {
                self.wrong(expression, Wrong::OddHex)
            }
            Typed::Hex(bytes, _) if kind == Kind::Bytes => Ok(bytes),
            Typed::Text(text) if kind == Kind::Text => Ok(text),
            other => {
                let hint = if kind == Kind::Text {
                    "; write the text in quotes"
                } else {
                    "; write bytes as 0x and hex digits"
                };
                self.wrong(expression, Wrong::Incomparable { left: kind.name(), right: other.name(), hint })
            }
        }
    }

    fn contains(&self, left: &Expression, a: Typed, right: &Expression, b: Typed) -> Result<Test, QueryError> {
        let Typed::Slice(column, kind) = a else {
            return self.wrong(left, Wrong::WrongKind { found: a.name(), wanted: "bytes or text" });
        };
        let needle = match b {
            Typed::Slice(column, other) if other == kind => Slice::Column(column),
            literal => Slice::Constant(self.literal(right, kind, literal)?),
        };
        Ok(Test::Contains(Slice::Column(column), needle))
    }

    fn among(&mut self, item: &Expression, list: &[Expression]) -> Result<Test, QueryError> {
        match self.typed(item)? {
            typed @ (Typed::Number(..) | Typed::Hex(..)) => {
                let number = self.as_number(item, typed)?;
                let mut constants = Vec::with_capacity(list.len());
                for entry in list {
                    match self.number(entry)?.0 {
                        Number::Constant(constant) => constants.push(constant),
                        _ => {
                            let wanted = "a number as it stands, not computed,";
                            return self.wrong(entry, Wrong::WrongKind { found: "a column or a sum", wanted });
                        }
                    }
                }
                constants.sort_unstable();
                Ok(Test::NumberIn(number, constants))
            }
            Typed::Codes(column, words) => {
                let mut codes = 0;
                for entry in list {
                    let Node::Field(field) = &entry.node else {
                        return self.wrong(entry, Wrong::WrongKind { found: "a value", wanted: "a word" });
                    };
                    if let Test::Codes(_, bits) = self.word(item, entry, column, words, &field.root)? {
                        codes |= bits;
                    }
                }
                Ok(Test::Codes(column, codes))
            }
            Typed::Slice(column, kind) => {
                let mut constants = Vec::with_capacity(list.len());
                for entry in list {
                    let literal = self.typed(entry)?;
                    constants.push(self.literal(entry, kind, literal)?);
                }
                constants.sort_unstable();
                Ok(Test::SliceIn(column, constants))
            }
            Typed::Word(_) => self.test(item),
            other => self.wrong(item, Wrong::WrongKind { found: other.name(), wanted: "a column before `in`" }),
        }
    }
}

/// The word that an expression is for a column of codes.
fn word_for(column: &Typed, expression: &Expression) -> Option<Typed> {
    let (Typed::Codes(_, words), Node::Field(field)) = (column, &expression.node) else { return None };
    let known = is_bare(field) && words.iter().any(|word| word.name.eq_ignore_ascii_case(&field.root));
    known.then(|| Typed::Word(field.root.clone()))
}

/// The first few of some names.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut shown: Vec<String> = Vec::new();
    for name in names.take(40).map(|name| format!("`{name}`")) {
        if shown.len() < 13 && !shown.contains(&name) {
            shown.push(name);
        }
    }
    if shown.len() == 13 {
        shown[12] = "others".into();
    }
    if shown.is_empty() { "none".into() } else { shown.join(", ") }
}
