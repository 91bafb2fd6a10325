//! Numbers, addresses and bytes in the spellings that files have: JSON numbers, decimal text, hex text.

use alloy_primitives::{Address, U256};

use super::{
    code::CodeError,
    error::{ReadError, ReadErrorKind, cut},
    json::{At, Json},
};
use crate::hexadecimal;

/// The number of a text: decimal, or hex with `0x`; `None` where it is none.
fn digits(text: &str) -> Option<Result<U256, usize>> {
    let text = text.trim();
    // How the fillers of ethereum/tests spell numbers that are too wide for some field.
    let text = text.strip_prefix("0x:bigint").map_or(text, |wide| wide.trim_start_matches([' ', ':']));
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None => (text, 10),
    };
    // `0x` alone is zero, as RPC servers of old write it.
    if digits.is_empty() {
        return (radix == 16).then_some(Ok(U256::ZERO));
    }
    let fits = digits.bytes().all(|byte| if radix == 16 { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() });
    fits.then(|| {
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(U256::ZERO);
        }
        // No number of 256 bits has more digits; a longer text is not computed.
        if digits.len() > 78 {
            return Err(256);
        }
        U256::from_str_radix(digits, radix).map_err(|_| 256)
    })
}

/// A number of 256 bits.
pub(super) fn word(at: At<'_>) -> Result<U256, ReadError> {
    let wrong = || at.wrong("a number (decimal digits, or 0x and hex digits)");
    match at.json {
        Json::Text(text) => match digits(text) {
            Some(Ok(word)) => Ok(word),
            Some(Err(bits)) => Err(at.error(ReadErrorKind::TooLarge { found: cut(text), bits })),
            None => Err(wrong()),
        },
        Json::Number(number) => match number.as_u64() {
            Some(small) => Ok(U256::from(small)),
            None if number.is_f64() => Err(at.error(ReadErrorKind::Inexact(cut(&number.to_string())))),
            None => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// A number of 64 bits.
pub(super) fn narrow(at: At<'_>) -> Result<u64, ReadError> {
    let word = word(at)?;
    u64::try_from(word).map_err(|_| at.error(ReadErrorKind::TooLarge { found: word.to_string(), bits: 64 }))
}

/// A storage word: as [`word`], and 64 bare hex digits; where a node dumped it (`dumped`), any bare digits are hex.
pub(super) fn storage_word(at: At<'_>, text: &str, dumped: bool) -> Result<U256, ReadError> {
    let text = text.trim();
    let bare = (dumped || text.len() == 64) && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let read = if bare { digits(&format!("0x{text}")) } else { digits(text) };
    match read {
        Some(Ok(word)) => Ok(word),
        Some(Err(bits)) => Err(at.error(ReadErrorKind::TooLarge { found: cut(text), bits })),
        None => {
            let found = format!("the text {:?}", cut(text));
            Err(at.error(ReadErrorKind::Wrong { found, wanted: "a storage word (0x and up to 64 hex digits)" }))
        }
    }
}

/// Whether a text is an address, with `0x` or without.
pub(super) fn address(text: &str) -> Option<Address> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    // White space is no part of an address, even where hex may have it.
    (digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| hexadecimal::parse_exact::<20>(digits).ok().map(Address::new))
        .flatten()
}

/// Bytes of hex.
pub(super) fn bytes(at: At<'_>) -> Result<Vec<u8>, ReadError> {
    let text = at.text()?;
    hexadecimal::parse(text).map_err(|error| at.error(ReadErrorKind::Code(CodeError::Hex(error))))
}
