//! Words and signs of human-readable ABI text, with their places. It knows no grammar; that is [`super::lines`]'.

use super::{
    cut,
    error::{ParseError, Problem},
};

/// A word, a sign, or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, a keyword or a number.
    Word(&'a str),
    /// A sign: one of `( ) [ ] { } , ;`.
    Sign(char),
    /// What cannot stand in such text.
    Odd(char),
    /// The end of the text.
    End,
}

/// A reader of tokens that looks one ahead.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// Put before the place in errors, as `abi[3], `.
    prefix: &'a str,
    at: usize,
    next: Token<'a>,
    next_at: usize,
}

const fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$' | '.')
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, prefix: &'a str) -> Self {
        let mut scanner = Self { text, prefix, at: 0, next: Token::End, next_at: 0 };
        scanner.advance();
        scanner
    }

    fn skip_blanks(&mut self) {
        // Bounded by the text: each turn takes some of it.
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn advance(&mut self) {
        self.skip_blanks();
        self.next_at = self.at;
        let rest = &self.text[self.at..];
        let word = rest.len() - rest.trim_start_matches(is_word).len();
        let (token, len) = match rest.chars().next() {
            None => (Token::End, 0),
            Some(_) if word > 0 => (Token::Word(&rest[..word]), word),
            Some(sign) if "()[]{},;".contains(sign) => (Token::Sign(sign), 1),
            Some(odd) => (Token::Odd(odd), odd.len_utf8()),
        };
        self.at += len;
        self.next = token;
    }

    pub(super) const fn peek(&self) -> Token<'a> {
        self.next
    }

    /// Where the next token stands, in bytes.
    pub(super) const fn place(&self) -> usize {
        self.next_at
    }

    pub(super) fn take(&mut self) -> Token<'a> {
        let token = self.next;
        self.advance();
        token
    }

    /// Takes the sign if it is next.
    pub(super) fn sign(&mut self, sign: char) -> bool {
        let is = self.next == Token::Sign(sign);
        if is {
            self.advance();
        }
        is
    }

    /// Takes the word if it is next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let is = self.next == Token::Word(word);
        if is {
            self.advance();
        }
        is
    }

    /// Takes a name.
    pub(super) fn name(&mut self, expected: &'static str) -> Result<&'a str, ParseError> {
        match self.next {
            Token::Word(word) if is_name(word) => {
                self.advance();
                Ok(word)
            }
            _ => Err(self.found(expected)),
        }
    }

    pub(super) fn expect(&mut self, sign: char, expected: &'static str) -> Result<(), ParseError> {
        if self.sign(sign) { Ok(()) } else { Err(self.found(expected)) }
    }

    /// The error that something else stands here.
    pub(super) fn found(&self, expected: &'static str) -> ParseError {
        let found = match self.next {
            Token::Word(word) => format!("`{}`", cut(word)),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::Odd(odd) => format!("{odd:?}"),
            Token::End => "the end".into(),
        };
        self.error(self.next_at, Problem::Found { found, expected })
    }

    /// An error at a place of the text.
    pub(super) fn error(&self, at: usize, problem: impl Into<Problem>) -> ParseError {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ParseError { place: format!("{}line {line}, column {column}", self.prefix), problem: problem.into() }
    }
}

/// Longest name, in bytes: decoded values repeat their fields' names.
pub(super) const MAX_NAME: usize = 256;

/// Whether the word is a name of Solidity, and of a length to be shown.
pub(super) fn is_name(word: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '$';
    word.len() <= MAX_NAME
        && word.chars().all(plain)
        && word.chars().next().is_some_and(|first| !first.is_ascii_digit())
}
