//! Hex text to bytes, with errors that say where. It refuses to guess: nothing is padded or dropped.

use thiserror::Error;

/// Why a text is not hex.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HexError {
    /// A character that is no hex digit.
    #[error("character {character:?} at position {position} is not a hex digit; use 0-9 and a-f, with or without 0x")]
    NotHex {
        /// The character.
        character: char,
        /// Its position in the text, counted in characters from 1.
        position: usize,
    },
    /// An odd number of digits.
    #[error("{digits} hex digits make no whole number of bytes; one digit is missing or one too many")]
    OddLength {
        /// Hex digits found.
        digits: usize,
    },
    /// A placeholder of the Solidity compiler for a library's address.
    #[error("the bytecode is not linked: library placeholder at position {position}; put the library's address there")]
    Unlinked {
        /// Position of the placeholder, counted in characters from 1.
        position: usize,
    },
    /// More bytes than are accepted.
    #[error("{bytes} bytes are more than the {most} that are accepted")]
    TooLong {
        /// Bytes given.
        bytes: usize,
        /// Bytes accepted.
        most: usize,
    },
    /// A text of the wrong length for what it should be.
    #[error("{found} bytes where {expected} are needed")]
    Length {
        /// Bytes given.
        found: usize,
        /// Bytes needed.
        expected: usize,
    },
}

/// Reads hex, with or without `0x`; white space is skipped.
///
/// # Errors
/// See [`HexError`].
pub fn parse(text: &str) -> Result<Vec<u8>, HexError> {
    let body = text.trim_start();
    let skipped = text.chars().count() - body.chars().count();
    let (body, skipped) = match body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")) {
        Some(rest) => (rest, skipped + 2),
        None => (body, skipped),
    };
    let mut bytes = Vec::with_capacity(body.len() / 2);
    let mut half = None;
    let mut digits = 0;
    for (index, character) in body.chars().enumerate() {
        if character.is_whitespace() {
            continue;
        }
        let position = skipped + index + 1;
        let Some(digit) = character.to_digit(16) else {
            return Err(if character == '_' || character == '$' {
                HexError::Unlinked { position }
            } else {
                HexError::NotHex { character, position }
            });
        };
        digits += 1;
        let digit = digit as u8;
        half = match half {
            None => Some(digit << 4),
            Some(high) => {
                bytes.push(high | digit);
                None
            }
        };
    }
    if half.is_some() {
        return Err(HexError::OddLength { digits });
    }
    Ok(bytes)
}

/// Reads exactly `N` bytes of hex.
///
/// # Errors
/// See [`HexError`].
pub fn parse_exact<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let bytes = parse(text)?;
    <[u8; N]>::try_from(bytes.as_slice()).map_err(|_| HexError::Length { found: bytes.len(), expected: N })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_with_prefix_and_white_space() {
        assert_eq!(parse(" 0x60 01\n60ff").unwrap(), [0x60, 1, 0x60, 0xff]);
        assert_eq!(parse("").unwrap(), [0u8; 0]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        assert_eq!(parse("0x60zz"), Err(HexError::NotHex { character: 'z', position: 5 }));
        assert_eq!(parse("0x600"), Err(HexError::OddLength { digits: 3 }));
        assert_eq!(parse("73__$abc$__"), Err(HexError::Unlinked { position: 3 }));
        assert_eq!(parse_exact::<20>("0x1234"), Err(HexError::Length { found: 2, expected: 20 }));
    }
}
