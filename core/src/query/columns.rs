//! What a filter and a table ask of lanes: named columns with a kind, and a value for each row. It holds none.

use alloy_primitives::{Address, U256};
use lanevm_shaders::Class;

use super::syntax::Field;

/// A word of a column of codes, such as `revert`, and the codes that it means, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// Bit `n` stands for code `n`.
    pub codes: u128,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers, exact, of either sign, of at most 256 bits.
    Number,
    /// True or false.
    Bool,
    /// Bytes: return data, addresses, hashes.
    Bytes,
    /// Text.
    Text,
    /// One of a few codes, each below 128, which words name; words may overlap.
    Codes(&'static [Word]),
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Bytes => "bytes",
            Self::Text => "text",
            Self::Codes(_) => "a word",
        }
    }
}

/// A row's value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// The row has none: a decoded return value of a lane that reverted, the third log of a lane with two.
    Absent,
    /// A number.
    Number(i128),
    /// An unsigned number of 256 bits.
    Word(U256),
    /// A signed number of 256 bits, as two's complement.
    Signed(U256),
    /// True or false.
    Bool(bool),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Bytes that stand nowhere to be borrowed from, such as an address that is computed: the first so many of 32.
    Short([u8; 32], u8),
    /// Text.
    Text(&'a str),
    /// A code, below 128.
    Code(u8),
}

impl Value<'_> {
    /// An address as bytes.
    pub fn address(address: &Address) -> Self {
        let mut bytes = [0; 32];
        bytes[..20].copy_from_slice(address.as_slice());
        Self::Short(bytes, 20)
    }

    /// The bytes of bytes or text.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Short(bytes, length) => bytes.get(..usize::from(*length)),
            Self::Text(text) => Some(text.as_bytes()),
            _ => None,
        }
    }
}

/// A column that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What [`Columns::value`] is asked for.
    pub id: usize,
    /// What it holds.
    pub kind: Kind,
}

/// Columns of lanes, by name.
pub trait Columns {
    /// The column of a name; `None` where there is none. Columns such as `slot("0x01")` may be made here.
    fn find(&mut self, field: &Field) -> Option<Column>;

    /// Why there is no such column, in a sentence's second half; `None` where there is no more to say than that.
    fn why_not(&self, field: &Field) -> Option<String> {
        let _ = field;
        None
    }

    /// Names of columns, to suggest one where a name is misspelt.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// A row's value. It is of the column's kind, or absent.
    fn value(&self, row: usize, column: usize) -> Value<'_>;
}

const fn bits(class: Class) -> u128 {
    let mut codes = 0;
    let mut index = 0;
    while index < lanevm_shaders::Status::ALL.len() {
        let status = lanevm_shaders::Status::ALL[index];
        if status.class() as u8 == class as u8 {
            codes |= 1 << (status as u8);
        }
        index += 1;
    }
    codes
}

const CLASSES: [Class; 7] = [
    Class::Unfinished,
    Class::Success,
    Class::Revert,
    Class::Halt,
    Class::Rejected,
    Class::MissingState,
    Class::HostLimit,
];

const WORDS: usize = lanevm_shaders::Status::ALL.len() + CLASSES.len();

const fn status_words() -> [Word; WORDS] {
    let mut words = [Word { name: "", codes: 0 }; WORDS];
    let mut at = 0;
    while at < CLASSES.len() {
        words[at] = Word { name: CLASSES[at].name(), codes: bits(CLASSES[at]) };
        at += 1;
    }
    while at < WORDS {
        let status = lanevm_shaders::Status::ALL[at - CLASSES.len()];
        words[at] = Word { name: status.name(), codes: 1 << (status as u8) };
        at += 1;
    }
    words
}

/// The words for how a lane ended: classes such as `success` and `halt` first, then each status's own name. The first of
/// two equal words counts, so that `unfinished` is the class.
pub static STATUS_WORDS: [Word; WORDS] = status_words();
