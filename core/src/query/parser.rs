//! A filter's tokens to its tree, by precedence: `or`, `and`, `not`, comparisons, sums, products, signs. How deep it goes is
//! bounded.

use std::ops::Range;

use super::{
    MAX_DEPTH, MAX_TEXT,
    error::{QueryError, QueryErrorKind as Kind},
    lexer::{Token, tokens},
    number::Int,
    syntax::{Arithmetic, Comparison, Expression, Field, Node, Step},
};
use alloy_primitives::U256;

type Parsed = Result<Expression, QueryError>;

/// Parses a filter; `None` for one of white space alone.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, QueryError> {
    if text.len() > MAX_TEXT {
        return Err(QueryError::at(text, &(0..0), Kind::TooLong { bytes: text.len() }));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    if parser.tokens.is_empty() {
        return Ok(None);
    }
    let expression = parser.any()?;
    match parser.peek() {
        None => Ok(Some(expression)),
        Some(_) => Err(parser.unexpected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
}

/// The words of the language; no column has such a name.
const KEYWORDS: &[&str] = &["and", "or", "not", "in", "contains", "has", "true", "false"];

/// Whether a name is a word of the language.
pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) || name == "other"
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// The bytes of the next token; the text's end where there is none.
    fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.text.len()..self.text.len(), |(_, bytes)| bytes.clone())
    }

    /// The end of the token before.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |(_, bytes)| bytes.end)
    }

    fn wrong(&self, bytes: &Range<usize>, kind: Kind) -> QueryError {
        QueryError::at(self.text, bytes, kind)
    }

    fn unexpected(&self, wanted: &'static str) -> QueryError {
        let other = |meant| Kind::OtherOperator { found: self.peek().map_or_else(String::new, Token::bare), meant };
        let kind = match self.peek() {
            Some(Token::Sign("=")) => other("=="),
            Some(Token::Sign("<>")) => other("!="),
            Some(Token::Sign("&&")) => other("and"),
            Some(Token::Sign("||")) => other("or"),
            Some(Token::Sign("!")) => other("not"),
            found => Kind::Unexpected { found: found.map_or_else(|| "the end".into(), Token::shown), wanted },
        };
        self.wrong(&self.here(), kind)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(name)) if name.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str, wanted: &'static str) -> Result<(), QueryError> {
        if self.sign(sign) { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    /// Goes one level down, back up after `inner`.
    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth == MAX_DEPTH {
            return Err(self.wrong(&self.here(), Kind::TooDeep));
        }
        self.depth += 1;
        let parsed = inner(self);
        self.depth -= 1;
        parsed
    }

    /// A node over parts, which are within it.
    fn node(&self, start: usize, parts: usize, node: Node) -> Parsed {
        let bytes = start..self.end();
        if parts >= MAX_DEPTH {
            return Err(self.wrong(&bytes, Kind::TooDeep));
        }
        Ok(Expression { node, bytes, depth: parts + 1 })
    }

    fn any(&mut self) -> Parsed {
        self.list("or", Self::all, Node::Or)
    }

    fn all(&mut self) -> Parsed {
        self.list("and", Self::not, Node::And)
    }

    /// Parts with a word between them.
    fn list(&mut self, word: &str, part: fn(&mut Self) -> Parsed, node: fn(Vec<Expression>) -> Node) -> Parsed {
        let first = part(self)?;
        if !self.word(word) {
            return Ok(first);
        }
        let start = first.bytes.start;
        let mut parts = vec![first, part(self)?];
        while self.word(word) {
            parts.push(part(self)?);
        }
        let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0);
        self.node(start, depth, node(parts))
    }

    fn not(&mut self) -> Parsed {
        let start = self.here().start;
        if !self.word("not") {
            return self.comparison();
        }
        let inner = self.deeper(Self::not)?;
        self.node(start, inner.depth, Node::Not(Box::new(inner)))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        let start = left.bytes.start;
        let before = self.at;
        let negated = self.word("not");
        if self.word("in") {
            let list = self.items()?;
            let depth = list.iter().map(|item| item.depth).max().unwrap_or(0).max(left.depth);
            return self.node(start, depth, Node::In(negated, Box::new(left), list));
        }
        if negated {
            let contains = self.word("contains");
            self.at = before;
            let kind = Kind::Unexpected {
                found: "`not`".into(),
                wanted: if contains { "`contains` (write `not` before the whole comparison)" } else { "an operator" },
            };
            return Err(self.wrong(&self.here(), kind));
        }
        let Some(comparison) = self.comparator() else { return Ok(left) };
        let right = self.sum()?;
        if self.comparator().is_some() {
            self.at -= 1;
            return Err(self.wrong(&self.here(), Kind::Chained));
        }
        self.node(start, left.depth.max(right.depth), Node::Compare(comparison, Box::new(left), Box::new(right)))
    }

    fn comparator(&mut self) -> Option<Comparison> {
        let comparison = match self.peek()? {
            Token::Sign("==") => Comparison::Equal,
            Token::Sign("!=") => Comparison::NotEqual,
            Token::Sign("<") => Comparison::Less,
            Token::Sign("<=") => Comparison::LessOrEqual,
            Token::Sign(">") => Comparison::Greater,
            Token::Sign(">=") => Comparison::GreaterOrEqual,
            Token::Name(name) if name.eq_ignore_ascii_case("contains") => Comparison::Contains,
            _ => return None,
        };
        self.at += 1;
        Some(comparison)
    }

    fn items(&mut self) -> Result<Vec<Expression>, QueryError> {
        self.expect("(", "a list in parentheses")?;
        let mut items = vec![self.sum()?];
        while self.sign(",") {
            items.push(self.sum()?);
        }
        self.expect(")", "`,` or `)`")?;
        Ok(items)
    }

    fn sum(&mut self) -> Parsed {
        self.chain(Self::product, &[("+", Arithmetic::Add), ("-", Arithmetic::Subtract)])
    }

    fn product(&mut self) -> Parsed {
        let operators = [("*", Arithmetic::Multiply), ("/", Arithmetic::Divide), ("%", Arithmetic::Remainder)];
        self.chain(Self::signed, &operators)
    }

    /// Operations of one rank, from left to right; each holds the one before.
    fn chain(&mut self, part: fn(&mut Self) -> Parsed, operators: &[(&str, Arithmetic)]) -> Parsed {
        let mut left = part(self)?;
        loop {
            let Some((_, operator)) = operators.iter().find(|(sign, _)| self.sign(sign)) else { return Ok(left) };
            let right = part(self)?;
            let (start, depth) = (left.bytes.start, left.depth.max(right.depth));
            left = self.node(start, depth, Node::Arithmetic(*operator, Box::new(left), Box::new(right)))?;
        }
    }

    fn signed(&mut self) -> Parsed {
        let start = self.here().start;
        if !self.sign("-") {
            return self.primary();
        }
        let inner = self.deeper(Self::signed)?;
        self.node(start, inner.depth, Node::Negative(Box::new(inner)))
    }

    fn primary(&mut self) -> Parsed {
        let bytes = self.here();
        let Some(token) = self.peek().cloned() else { return Err(self.unexpected("a column, a number or a text")) };
        self.at += 1;
        let node = match token {
            Token::Sign("(") => {
                let inner = self.deeper(Self::any)?;
                self.expect(")", "`)`")?;
                return Ok(Expression { bytes: bytes.start..self.end(), ..inner });
            }
            Token::Number(text) => Node::Number(self.number(&text, &bytes)?),
            Token::Hex(digits) => {
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(self.wrong(&bytes, Kind::BadNumber(format!("0x{}", short(&digits)))));
                }
                Node::Hex(digits)
            }
            Token::Text(text) => Node::Text(text),
            Token::Name(name) if name.eq_ignore_ascii_case("true") => Node::Bool(true),
            Token::Name(name) if name.eq_ignore_ascii_case("false") => Node::Bool(false),
            Token::Name(name) if name.eq_ignore_ascii_case("has") => {
                self.expect("(", "a column in parentheses")?;
                let field = self.field()?;
                self.expect(")", "`)`")?;
                Node::Has(field)
            }
            Token::Name(name) if !KEYWORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) => {
                self.at -= 1;
                Node::Field(self.field()?)
            }
            Token::Name(_) | Token::Sign(_) => {
                self.at -= 1;
                return Err(self.unexpected("a column, a number or a text"));
            }
        };
        self.node(bytes.start, 0, node)
    }

    fn field(&mut self) -> Result<Field, QueryError> {
        let Some(Token::Name(mut root)) = self.peek().cloned() else { return Err(self.unexpected("a column's name")) };
        self.at += 1;
        let other = root == "other" && self.sign(".");
        if other {
            let Some(Token::Name(name)) = self.peek().cloned() else { return Err(self.unexpected("a column's name")) };
            self.at += 1;
            root = name;
        }
        let mut field = Field { other, root, ..Field::default() };
        if self.sign("(") {
            field.arguments = Some(self.arguments()?);
        }
        // Each turn takes a token: bounded by the text.
        loop {
            if self.sign(".") {
                let Some(Token::Name(name)) = self.peek().cloned() else { return Err(self.unexpected("a name")) };
                self.at += 1;
                field.steps.push(Step::Name(name));
            } else if self.sign("[") {
                let index = match self.peek() {
                    Some(Token::Number(text)) => text.parse().ok(),
                    _ => None,
                };
                let Some(index) = index else { return Err(self.unexpected("an index, such as 0")) };
                self.at += 1;
                field.steps.push(Step::Index(index));
                self.expect("]", "`]`")?;
            } else {
                return Ok(field);
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<String>, QueryError> {
        let mut arguments = Vec::new();
        loop {
            arguments.push(match self.peek().cloned() {
                Some(Token::Text(text) | Token::Number(text) | Token::Name(text)) => text,
                Some(Token::Hex(digits)) => format!("0x{digits}"),
                _ => return Err(self.unexpected("a text, a number or a name")),
            });
            self.at += 1;
            if !self.sign(",") {
                self.expect(")", "`,` or `)`")?;
                return Ok(arguments);
            }
        }
    }

    /// A decimal number with its exponent and the unit behind it.
    fn number(&mut self, text: &str, bytes: &Range<usize>) -> Result<Int, QueryError> {
        let units: [(&str, i64); 3] = [("ether", 18), ("gwei", 9), ("wei", 0)];
        let unit = units.iter().find(|(unit, _)| self.word(unit));
        let bytes = &(bytes.start..self.end());
        let shown = || match unit {
            Some((unit, _)) => format!("{} {unit}", short(text)),
            None => short(text),
        };
        let bad = || self.wrong(bytes, Kind::BadNumber(shown()));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<u16>().map_err(|_| bad())?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(bad()),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (mantissa, ""),
        };
        let digits: String = [whole, fraction].concat();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad());
        }
        let digits = digits.trim_start_matches('0');
        let zeros = i64::from(exponent) + unit.map_or(0, |(_, zeros)| *zeros) - fraction.len() as i64;
        if digits.is_empty() {
            return Ok(Int::ZERO);
        }
        let too_large = || self.wrong(bytes, Kind::TooLarge(shown()));
        let kept = match usize::try_from(zeros) {
            // No word has 80 digits.
            Ok(zeros) if digits.len() + zeros < 80 => [digits, &"0".repeat(zeros)].concat(),
            Ok(_) => return Err(too_large()),
            Err(_) => {
                let cut = zeros.unsigned_abs() as usize;
                match digits.len().checked_sub(cut).map(|kept| digits.split_at(kept)) {
                    Some((kept, rest)) if rest.bytes().all(|byte| byte == b'0') => kept.to_owned(),
                    _ => return Err(self.wrong(bytes, Kind::NotWhole(shown()))),
                }
            }
        };
        U256::from_str_radix(&kept, 10).map(Int::of_word).map_err(|_| too_large())
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

impl Token {
    /// An operator as it was written.
    fn bare(&self) -> String {
        match self {
            Self::Sign(sign) => (*sign).to_owned(),
            _ => self.shown(),
        }
    }
}
