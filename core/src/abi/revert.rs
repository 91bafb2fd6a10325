//! What a revert says, in words: Solidity's own errors and panics, and those of an interface. Texts of a contract are given
//! as they are; whoever shows them escapes them.

use alloy_primitives::{U256, hex::encode_prefixed};
use serde::Serialize;

use super::{
    Decoded, cut,
    decode::hex,
    lookup::Abi,
    types::{Param, Type},
    value::{Field, Value},
};

/// `Error(string)`.
const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// `Panic(uint256)`.
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// What kind of revert it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RevertKind {
    /// No data.
    Empty,
    /// `require(…, "text")` or `revert("text")`.
    Error {
        /// The text.
        text: String,
    },
    /// `assert` and what the compiler checks.
    Panic {
        /// The code.
        #[serde(serialize_with = "number")]
        code: U256,
    },
    /// An error of the interface.
    Custom {
        /// Its name.
        name: String,
        /// Name and types.
        signature: String,
        /// What it says.
        fields: Vec<Field>,
    },
    /// Data of an error that is known, but not as it encodes; see the reason.
    Undecoded {
        /// The data.
        hex: String,
        /// Why it is not decoded.
        reason: String,
    },
    /// Data of no error that is known.
    Unknown {
        /// The data.
        hex: String,
    },
}

/// A revert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revert {
    /// What it says, for people.
    pub words: String,
    /// What it is, for programs.
    pub kind: RevertKind,
}

fn number<S: serde::Serializer>(code: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(code)
}

/// What a code of `Panic(uint256)` means, as Solidity's documentation lists them.
pub fn panic_words(code: U256) -> Option<&'static str> {
    Some(match u64::try_from(code).ok()? {
        0x00 => "a panic that the compiler inserted",
        0x01 => "an assertion failed",
        0x11 => "an arithmetic operation overflowed or underflowed",
        0x12 => "a division or modulo by zero",
        0x21 => "a value that the enum does not have",
        0x22 => "a storage byte array that is encoded wrongly",
        0x31 => "pop on an empty array",
        0x32 => "an index out of bounds",
        0x41 => "too much memory, or an array that is too large",
        0x51 => "a call of a function variable that was never set",
        _ => return None,
    })
}

fn one(ty: &str) -> Type {
    let param = Type::named(ty).map(|ty| Param { name: "".into(), ty });
    param.and_then(|param| Type::parameters(vec![param])).unwrap_or_else(|_| Type::none())
}

/// A value for people; long ones are cut.
fn shown(value: &Value) -> String {
    match value.to_json() {
        serde_json::Value::String(text) if matches!(value, Value::Text(_)) => format!("{:?}", cut(&text)),
        serde_json::Value::String(text) => cut(&text),
        json => cut(&json.to_string()),
    }
}

impl Revert {
    const fn of(words: String, kind: RevertKind) -> Self {
        Self { words, kind }
    }

    /// What revert data says. Errors that the interface does not have are `Error(string)`, `Panic(uint256)` or unknown.
    pub fn describe(data: &[u8], abi: Option<&Abi>) -> Self {
        let Some(selector) = data.first_chunk::<4>() else {
            return if data.is_empty() {
                Self::of("reverted without a reason".into(), RevertKind::Empty)
            } else {
                let words = format!("reverted with {} bytes, too few for an error", data.len());
                Self::of(words, RevertKind::Unknown { hex: hex(data) })
            };
        };
        let undecoded = |name: &str, decoded| {
            let reason = match decoded {
                Decoded::Undecoded { reason, .. } => reason.to_string(),
                Decoded::Values(_) => String::new(),
            };
            Self::of(format!("{name}, not decoded: {reason}"), RevertKind::Undecoded { hex: hex(data), reason })
        };
        match *selector {
            ERROR => match Decoded::of(one("string").decode_behind(ERROR, data), data) {
                Decoded::Values(fields) => {
                    let text = match fields.into_iter().next().map(|field| field.value) {
                        Some(Value::Text(text)) => text,
                        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
                        _ => String::new(),
                    };
                    Self::of(text.clone(), RevertKind::Error { text })
                }
                other => undecoded("Error(string)", other),
            },
            PANIC => match Decoded::of(one("uint256").decode_behind(PANIC, data), data) {
                Decoded::Values(fields) => {
                    let code = match fields.first().map(|field| &field.value) {
                        Some(Value::Uint(code)) => *code,
                        _ => U256::ZERO,
                    };
                    let meaning = panic_words(code).unwrap_or("a code that Solidity does not use");
                    Self::of(format!("panic {code:#04x}: {meaning}"), RevertKind::Panic { code })
                }
                other => undecoded("Panic(uint256)", other),
            },
            selector => {
                let error = abi.and_then(|abi| abi.errors.iter().find(|error| error.selector == selector));
                let Some(error) = error else {
                    let words = format!("an unknown error: {} and {} bytes", encode_prefixed(selector), data.len() - 4);
                    return Self::of(words, RevertKind::Unknown { hex: hex(data) });
                };
                match error.decode(data) {
                    Decoded::Values(fields) => {
                        let parts: Vec<String> = fields.iter().take(8).map(said).collect();
                        let more = if fields.len() > 8 { ", …" } else { "" };
                        let words = format!("{}({}{more})", error.name, parts.join(", "));
                        let (name, signature) = (error.name.clone(), error.signature());
                        Self::of(words, RevertKind::Custom { name, signature, fields })
                    }
                    other => undecoded(&cut(&error.signature()), other),
                }
            }
        }
    }
}

fn said(field: &Field) -> String {
    let value = shown(&field.value);
    if field.name.is_empty() { value } else { format!("{}: {value}", field.name) }
}
