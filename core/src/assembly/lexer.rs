//! Assembly text to words with their places, one after another and without a copy. It knows no instruction.

use std::{iter::Peekable, ops::Range, str::CharIndices};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word that begins with a letter, `_`, `.` or `$`.
    Word,
    /// A word that begins with a digit.
    Number,
    /// A word with a colon behind it; the text is without the colon.
    Label,
    /// A word with `@` before it; the text is without it.
    Reference,
    /// A character that nothing begins with.
    Other(char),
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// From 1.
    pub(super) line: u32,
    /// In characters from 1.
    pub(super) columns: Range<u32>,
}

/// Cuts a text into tokens.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    characters: Peekable<CharIndices<'a>>,
    line: u32,
    column: u32,
}

const fn inside(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '$')
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, characters: text.char_indices().peekable(), line: 1, column: 1 }
    }

    fn bump(&mut self) {
        if let Some((_, character)) = self.characters.next() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
    }

    fn here(&mut self) -> usize {
        self.characters.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn skip_line(&mut self) {
        while self.characters.peek().is_some_and(|(_, character)| *character != '\n') {
            self.bump();
        }
    }

    /// The text of a word that begins here.
    fn word(&mut self) -> &'a str {
        let start = self.here();
        while self.characters.peek().is_some_and(|(_, character)| inside(*character)) {
            self.bump();
        }
        let end = self.here();
        &self.text[start..end]
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (at, character) = *self.characters.peek()?;
            let (line, column) = (self.line, self.column);
            let rest = &self.text[at..];
            if character.is_whitespace() || character == ',' || character == '\u{feff}' {
                self.bump();
                continue;
            }
            if matches!(character, ';' | '#') || rest.starts_with("//") {
                self.skip_line();
                continue;
            }
            let (kind, text) = if character == '@' {
                self.bump();
                (Kind::Reference, self.word())
            } else if inside(character) {
                let text = self.word();
                if self.characters.peek().is_some_and(|(_, next)| *next == ':') {
                    self.bump();
                    (Kind::Label, text)
                } else if character.is_ascii_digit() {
                    (Kind::Number, text)
                } else {
                    (Kind::Word, text)
                }
            } else {
                self.bump();
                (Kind::Other(character), &rest[..character.len_utf8()])
            };
            return Some(Token { kind, text, line, columns: column..self.column });
        }
    }
}

/// The first word of a text, with its colon if it is a label.
pub(super) fn first_word(text: &str) -> Option<String> {
    let token = Lexer::new(text).next()?;
    match token.kind {
        Kind::Word => Some(token.text.to_owned()),
        Kind::Label => Some(format!("{}:", token.text)),
        Kind::Number | Kind::Reference | Kind::Other(_) => None,
    }
}
