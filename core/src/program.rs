//! Programs: bytecode with its hash, and reading it from hex. Decoding for a device is the engine's.

use alloy_primitives::{B256, Bytes, keccak256};

use crate::hexadecimal::{self, HexError};

/// The most code a program may hold: well above EIP-3860's 49,152 bytes of init code, so that hostile sizes are measured
/// and not refused, yet bounded.
pub const MAX_CODE: usize = 16 * 1024 * 1024;

/// EVM bytecode. Any bytes are a program: undefined opcodes and truncated PUSH data are the EVM's to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    code: Bytes,
    hash: B256,
}

impl Program {
    /// A program of these bytes.
    pub fn new(code: impl Into<Bytes>) -> Self {
        let code = code.into();
        let hash = keccak256(&code);
        Self { code, hash }
    }

    /// Reads a program from hex, with or without `0x`, white space allowed anywhere.
    ///
    /// # Errors
    /// Names the first character that is not hex, an odd number of digits, unlinked library placeholders, or a size over
    /// [`MAX_CODE`].
    pub fn from_hex(text: &str) -> Result<Self, HexError> {
        let code = hexadecimal::parse(text)?;
        if code.len() > MAX_CODE {
            return Err(HexError::TooLong { bytes: code.len(), most: MAX_CODE });
        }
        Ok(Self::new(code))
    }

    /// The bytes.
    pub fn code(&self) -> &Bytes {
        &self.code
    }

    /// keccak-256 of the bytes.
    pub const fn hash(&self) -> B256 {
        self.hash
    }
}
