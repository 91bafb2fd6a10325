//! A filter's text to tokens with their places.

use std::ops::Range;

use winnow::{
    LocatingSlice, ModalResult, Parser,
    combinator::{alt, preceded},
    stream::Location,
    token::{any, one_of, take_while},
};

use super::error::{QueryError, QueryErrorKind};

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a word of the language.
    Name(String),
    /// Begins with a digit: decimal digits, with point and exponent.
    Number(String),
    /// The digits behind `0x`.
    Hex(String),
    /// A text, its escapes resolved.
    Text(String),
    /// An operator or a bracket.
    Sign(&'static str),
}

impl Token {
    /// The token as messages show it, cut to 40 characters.
    pub(super) fn shown(&self) -> String {
        let cut = |text: &str| text.chars().take(40).collect::<String>();
        match self {
            Self::Name(text) | Self::Number(text) => format!("`{}`", cut(text)),
            Self::Hex(text) => format!("`0x{}`", cut(text)),
            Self::Text(text) => format!("the text {:?}", cut(text)),
            Self::Sign(sign) => format!("`{sign}`"),
        }
    }
}

type Input<'a> = LocatingSlice<&'a str>;

/// Longer ones first.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "<>", "<", ">", "=", "!", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", "%",
];

fn name(input: &mut Input<'_>) -> ModalResult<Token> {
    (
        one_of(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$'),
        take_while(0.., |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$'),
    )
        .take()
        .map(|text: &str| Token::Name(text.to_owned()))
        .parse_next(input)
}

fn hex(input: &mut Input<'_>) -> ModalResult<Token> {
    preceded(alt(("0x", "0X")), take_while(0.., |c: char| c.is_ascii_alphanumeric() || c == '_'))
        .map(|digits: &str| Token::Hex(digits.replace('_', "")))
        .parse_next(input)
}

/// Digits, perhaps a point and digits, perhaps an exponent; letters that follow at once belong to it and make it wrong.
fn number(input: &mut Input<'_>) -> ModalResult<Token> {
    (
        one_of(|c: char| c.is_ascii_digit()),
        take_while(0.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')),
    )
        .take()
        .map(|text: &str| Token::Number(text.replace('_', "")))
        .parse_next(input)
}

fn text(input: &mut Input<'_>) -> ModalResult<Token> {
    let quote = one_of(['"', '\'']).parse_next(input)?;
    let mut text = String::new();
    // Each turn takes a character: bounded by the text.
    loop {
        let character = any.parse_next(input)?;
        if character == quote {
            return Ok(Token::Text(text));
        }
        text.push(if character == '\\' {
            match any.parse_next(input)? {
                'n' => '\n',
                't' => '\t',
                other => other,
            }
        } else {
            character
        });
    }
}

fn sign(input: &mut Input<'_>) -> ModalResult<Token> {
    for sign in SIGNS {
        if input.starts_with(sign) {
            take_while(sign.len()..=sign.len(), |_: char| true).parse_next(input)?;
            return Ok(Token::Sign(sign));
        }
    }
    winnow::combinator::fail.parse_next(input)
}

/// All tokens of a text, with the bytes they stand at.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, Range<usize>)>, QueryError> {
    let mut input = Input::new(source);
    let mut found = Vec::new();
    loop {
        let skipped: ModalResult<&str> = take_while(0.., |c: char| c.is_whitespace()).parse_next(&mut input);
        debug_assert!(skipped.is_ok(), "nothing is enough");
        let start = input.current_token_start();
        let Some(first) = input.chars().next() else { return Ok(found) };
        match alt((name, hex, number, text, sign)).parse_next(&mut input) {
            Ok(token) => found.push((token, start..input.previous_token_end())),
            Err(_) if matches!(first, '"' | '\'') => {
                return Err(QueryError::at(source, &(start..source.len()), QueryErrorKind::OpenText));
            }
            Err(_) => {
                let bytes = start..start + first.len_utf8();
                return Err(QueryError::at(source, &bytes, QueryErrorKind::UnexpectedCharacter(first)));
            }
        }
    }
}
