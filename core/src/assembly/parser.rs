//! Assembly's words to what stands one after the other in the code: bytes, pushes of labels, labels. Where things come to
//! stand is the layout's.

use std::{collections::HashMap, ops::Range};

use alloy_primitives::U256;
use lanevm_shaders::{Fork, facts::Instruction};

use super::{
    error::{ProblemKind, Problems, cut},
    lexer::{Kind, Lexer, Token},
    names::{is_push, mnemonic, nearest_mnemonic},
};
use crate::hexadecimal;

const JUMPDEST: u8 = 0x5b;
pub(super) const PUSH0: u8 = 0x5f;

/// What an item puts into the code.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Bytes of [`Parsed::bytes`].
    Bytes(Range<u32>),
    /// A push of a label: of so many bytes, or of as few as will do.
    PushLabel {
        /// Bytes of the value, 1 to 32, where the text says so.
        width: Option<u8>,
        label: u32,
    },
    /// A label, with its JUMPDEST or without code.
    Label { label: u32, jumpdest: bool },
}

/// Something that stands in the code, and its place in the text.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) content: Content,
    pub(super) line: u32,
    pub(super) columns: Range<u32>,
}

/// A label.
#[derive(Clone, Debug)]
pub(super) struct Label<'a> {
    pub(super) name: &'a str,
    /// Where it stands first.
    pub(super) stands: Option<(u32, Range<u32>)>,
    pub(super) jumpdest: bool,
    pub(super) used: bool,
}

/// A text, parsed.
#[derive(Debug, Default)]
pub(super) struct Parsed<'a> {
    pub(super) items: Vec<Item>,
    pub(super) bytes: Vec<u8>,
    pub(super) labels: Vec<Label<'a>>,
    ids: HashMap<&'a str, u32>,
}

impl<'a> Parsed<'a> {
    fn label(&mut self, name: &'a str) -> u32 {
        let next = self.labels.len() as u32;
        let id = *self.ids.entry(name).or_insert(next);
        if id == next {
            self.labels.push(Label { name, stands: None, jumpdest: false, used: false });
        }
        id
    }

    fn item(&mut self, content: Content, token: &Token<'_>) {
        self.items.push(Item { content, line: token.line, columns: token.columns.clone() });
    }

    fn bytes(&mut self, bytes: &[u8], token: &Token<'_>) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.item(Content::Bytes(start..start + bytes.len() as u32), token);
    }

    fn stand(&mut self, token: &Token<'a>, jumpdest: bool, problems: &mut Problems) {
        let id = self.label(token.text);
        let label = &mut self.labels[id as usize];
        if let Some((first, _)) = label.stands {
            let kind = ProblemKind::DuplicateLabel { name: cut(token.text), first };
            problems.add(token.line, token.columns.clone(), kind);
            return;
        }
        label.stands = Some((token.line, token.columns.clone()));
        label.jumpdest = jumpdest;
        self.item(Content::Label { label: id, jumpdest }, token);
    }
}

/// Whether a word is a directive.
pub(super) const fn is_directive(word: &str) -> bool {
    word.eq_ignore_ascii_case(".data") || word.eq_ignore_ascii_case("db") || word.eq_ignore_ascii_case(".mark")
}

/// A number: decimal, or hex with `0x`; `None` where it is none, or needs more than 256 bits.
fn number(text: &str) -> Option<U256> {
    // `_` separates digits, as in Solidity.
    let digits = text.replace('_', "");
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None => (digits.as_str(), 10),
    };
    match digits.trim_start_matches('0') {
        "" => (!digits.is_empty()).then_some(U256::ZERO),
        // No word has more digits.
        long if long.len() > 78 => None,
        short => U256::from_str_radix(short, radix).ok(),
    }
}

/// Parses a text.
pub(super) fn parse<'a>(text: &'a str, fork: Fork, problems: &mut Problems) -> Parsed<'a> {
    let mut parsed = Parsed::default();
    let mut tokens = Lexer::new(text).peekable();
    // The name of the instruction before, and the label if it was one.
    let mut after: Option<String> = None;
    let mut label_before: Option<&str> = None;
    while let Some(token) = tokens.next() {
        if problems.is_full() {
            break;
        }
        let mut wrong = |kind| problems.add(token.line, token.columns.clone(), kind);
        let before = label_before.take();
        match token.kind {
            Kind::Other(character) => wrong(ProblemKind::UnexpectedCharacter(character)),
            Kind::Number | Kind::Reference => {
                wrong(ProblemKind::StrayValue { word: cut(token.text), after: after.take() });
            }
            Kind::Label => {
                parsed.stand(&token, true, problems);
                label_before = Some(token.text);
                after = None;
            }
            Kind::Word => {
                let on_line = |next: &Token<'_>| next.line == token.line;
                after = None;
                if is_directive(token.text) {
                    let data = !token.text.eq_ignore_ascii_case(".mark");
                    let mut found = false;
                    while let Some(operand) =
                        tokens.next_if(|next| on_line(next) && (next.kind == Kind::Number || !data && !found))
                    {
                        found = true;
                        directive(&mut parsed, &operand, data, problems);
                        if !data {
                            break;
                        }
                    }
                    if !found {
                        let (directive, what) =
                            if data { (".data", "0x and hex digits") } else { (".mark", "a label's name") };
                        problems.add(
                            token.line,
                            token.columns.clone(),
                            ProblemKind::MissingOperand { directive, what },
                        );
                    }
                } else if is_push(token.text) {
                    let value = tokens.next_if(|next| on_line(next) && !matches!(next.kind, Kind::Other(_)));
                    push(&mut parsed, &token, None, value.as_ref(), fork, problems);
                } else if let Some(instruction) = mnemonic(token.text) {
                    if instruction.since > fork {
                        let kind =
                            ProblemKind::NotInFork { mnemonic: instruction.name, since: instruction.since, fork };
                        problems.add(token.line, token.columns.clone(), kind);
                    }
                    if instruction.immediate > 0 {
                        let value = tokens.next_if(|next| on_line(next) && !matches!(next.kind, Kind::Other(_)));
                        push(&mut parsed, &token, Some(instruction), value.as_ref(), fork, problems);
                    } else {
                        if let Some(name) = before.filter(|_| instruction.byte == JUMPDEST) {
                            let kind = ProblemKind::DoubleJumpdest { name: cut(name) };
                            problems.add(token.line, token.columns.clone(), kind);
                        }
                        parsed.bytes(&[instruction.byte], &token);
                        after = Some(instruction.name.to_owned());
                    }
                } else if token.text.starts_with('.') {
                    wrong(ProblemKind::UnknownDirective { word: cut(token.text) });
                    while tokens.next_if(|next| on_line(next) && next.kind == Kind::Number).is_some() {}
                } else {
                    let suggestion = nearest_mnemonic(token.text);
                    wrong(ProblemKind::UnknownMnemonic { word: cut(token.text), suggestion });
                    // Its value is no second mistake.
                    tokens.next_if(|next| on_line(next) && matches!(next.kind, Kind::Number | Kind::Reference));
                }
            }
        }
    }
    parsed
}

fn directive<'a>(parsed: &mut Parsed<'a>, operand: &Token<'a>, data: bool, problems: &mut Problems) {
    if !data {
        if matches!(operand.kind, Kind::Word | Kind::Reference) {
            parsed.stand(operand, false, problems);
        } else {
            let kind = ProblemKind::MissingOperand { directive: ".mark", what: "a label's name" };
            problems.add(operand.line, operand.columns.clone(), kind);
        }
        return;
    }
    match operand.text.strip_prefix("0x").map(hexadecimal::parse) {
        Some(Ok(bytes)) => parsed.bytes(&bytes, operand),
        _ => problems.add(operand.line, operand.columns.clone(), ProblemKind::BadData { word: cut(operand.text) }),
    }
}

/// A push with its value; `width` is none for PUSH without a width.
fn push<'a>(
    parsed: &mut Parsed<'a>,
    token: &Token<'a>,
    fixed: Option<&Instruction>,
    value: Option<&Token<'a>>,
    fork: Fork,
    problems: &mut Problems,
) {
    let Some(value) = value.filter(|value| !value.text.is_empty()) else {
        let mnemonic = fixed.map_or("PUSH", |instruction| instruction.name).to_owned();
        return problems.add(token.line, token.columns.clone(), ProblemKind::MissingValue { mnemonic });
    };
    // What goes wrong with a push stands at its value; what is laid out stands at both.
    let whole = Token { columns: token.columns.start..value.columns.end, ..token.clone() };
    if matches!(value.kind, Kind::Word | Kind::Reference) {
        let label = parsed.label(value.text);
        parsed.labels[label as usize].used = true;
        let width = fixed.map(|instruction| instruction.immediate);
        return parsed.item(Content::PushLabel { width, label }, &Token { columns: value.columns.clone(), ..whole });
    }
    let Some(number) = (value.kind == Kind::Number).then(|| number(value.text)).flatten() else {
        let digits = value.text.bytes().filter(u8::is_ascii_hexdigit).count();
        let kind = match value.text.strip_prefix("0x") {
            Some(hex) if digits > 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => ProblemKind::TooWide {
                mnemonic: fixed.map_or("PUSH", |instruction| instruction.name).to_owned(),
                needed: hex.trim_start_matches('0').len().div_ceil(2),
                held: fixed.map_or(32, |instruction| usize::from(instruction.immediate)),
            },
            _ => ProblemKind::BadNumber { word: cut(value.text) },
        };
        return problems.add(value.line, value.columns.clone(), kind);
    };
    let needed = number.byte_len();
    let width = match fixed {
        Some(instruction) => usize::from(instruction.immediate),
        None if needed == 0 && fork < Fork::Shanghai => 1,
        None => needed,
    };
    if needed > width {
        let mnemonic = fixed.map_or("PUSH", |instruction| instruction.name).to_owned();
        let kind = ProblemKind::TooWide { mnemonic, needed, held: width };
        return problems.add(value.line, value.columns.clone(), kind);
    }
    let mut bytes = [0; 33];
    bytes[0] = PUSH0 + width as u8;
    bytes[1..=width].copy_from_slice(&number.to_be_bytes::<32>()[32 - width..]);
    parsed.bytes(&bytes[..=width], &whole);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_is_no_mnemonic() {
        for word in [".data", "db", ".mark"] {
            assert!(is_directive(word) && mnemonic(word).is_none());
        }
    }
}
