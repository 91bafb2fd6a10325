//! The scalars of a document: quantities, addresses and hashes as JSON writes them. How they vary is [`super::vary`]'s.

use alloy_primitives::{Address, B256, U256, hex};
use serde_json::Value;

use super::{
    error::{DocumentError, shown},
    object::Read,
};
use crate::hexadecimal;

/// A value that stands in a document as one JSON text or number.
pub trait Scalar: Copy + PartialEq {
    /// What it is, for messages.
    const WHAT: &'static str;
    /// Its name in the schema.
    const NAME: &'static str;
    /// The greatest value, as a word.
    const MAX: U256;

    /// Reads it.
    ///
    /// # Errors
    /// It is something else, or out of range.
    fn read(value: &Value) -> Result<Self, DocumentError>;

    /// The text that is written.
    fn text(&self) -> String;

    /// The word it is.
    fn word(&self) -> U256;

    /// The scalar a word is; of a word over [`Self::MAX`] the low bits.
    fn of_word(word: U256) -> Self;
}

/// A number from 0 to 2^256-1: decimal or 0x text, or a JSON number. A text of digits alone is decimal.
pub(super) fn quantity(value: &Value) -> Read<U256> {
    let expected = "a whole number from 0 to 2^256-1, as decimal or 0x text";
    let read = match value {
        Value::Number(number) => number.as_u64().map(U256::from),
        Value::String(text) => quantity_text(text),
        _ => None,
    };
    read.ok_or_else(|| DocumentError::here(shown(value), expected))
}

/// [`quantity`], of a text.
pub(super) fn quantity_text(text: &str) -> Option<U256> {
    let (digits, radix, most) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16, 64),
        None => (text, 10, 78),
    };
    // More leading zeros than a number can have digits are no way to write one.
    if digits.is_empty() || digits.len() > most || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    U256::from_str_radix(digits, u64::from(radix)).ok()
}

/// Exactly `N` bytes of hex.
fn bytes<const N: usize>(value: &Value, what: &str) -> Read<[u8; N]> {
    let expected = || format!("{what}: {N} bytes of hex");
    let Value::String(text) = value else {
        return Err(DocumentError::here(shown(value), expected()));
    };
    // Long texts are no address; a message about their last digit would help nobody.
    let read = if text.len() > 4 * N { None } else { Some(hexadecimal::parse_exact::<N>(text)) };
    match read {
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(why)) => Err(DocumentError::here(format!("{}: {why}", shown(value)), expected())),
        None => Err(DocumentError::here(shown(value), expected())),
    }
}

impl Scalar for U256 {
    const WHAT: &'static str = "a whole number from 0 to 2^256-1, as decimal or 0x text";
    const NAME: &'static str = "Quantity";
    const MAX: Self = Self::MAX;

    fn read(value: &Value) -> Read<Self> {
        quantity(value)
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn word(&self) -> Self {
        *self
    }

    fn of_word(word: Self) -> Self {
        word
    }
}

impl Scalar for u64 {
    const WHAT: &'static str = "a whole number from 0 to 2^64-1, as decimal or 0x text";
    const NAME: &'static str = "Quantity64";
    const MAX: U256 = U256::from_limbs([Self::MAX, 0, 0, 0]);

    fn read(value: &Value) -> Read<Self> {
        let read = quantity(value).ok().and_then(|number| Self::try_from(number).ok());
        read.ok_or_else(|| DocumentError::here(shown(value), Self::WHAT))
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn word(&self) -> U256 {
        U256::from(*self)
    }

    fn of_word(word: U256) -> Self {
        word.as_limbs()[0]
    }
}

impl Scalar for Address {
    const WHAT: &'static str = "an address: 20 bytes of hex";
    const NAME: &'static str = "Address";
    const MAX: U256 = U256::from_limbs([u64::MAX, u64::MAX, u32::MAX as u64, 0]);

    fn read(value: &Value) -> Read<Self> {
        bytes(value, "an address").map(Self::new)
    }

    fn text(&self) -> String {
        hex::encode_prefixed(self)
    }

    fn word(&self) -> U256 {
        self.into_word().into()
    }

    fn of_word(word: U256) -> Self {
        Self::from_word(word.into())
    }
}

impl Scalar for B256 {
    const WHAT: &'static str = "a hash: 32 bytes of hex";
    const NAME: &'static str = "Hash";
    const MAX: U256 = U256::MAX;

    fn read(value: &Value) -> Read<Self> {
        bytes(value, "a hash").map(Self::new)
    }

    fn text(&self) -> String {
        hex::encode_prefixed(self)
    }

    fn word(&self) -> U256 {
        (*self).into()
    }

    fn of_word(word: U256) -> Self {
        word.into()
    }
}
