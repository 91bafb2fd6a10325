//! Decoded values, their JSON, and what numbers a type has. How values stand in data, the coders beside this know.

use std::{collections::BTreeSet, sync::Arc};

use alloy_primitives::{Address, B256, I256, U256, hex::encode_prefixed};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::types::{Kind, Type};

/// A value of an ABI type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An unsigned integer.
    Uint(U256),
    /// A signed integer in two's complement.
    Int(U256),
    /// An address.
    Address(Address),
    /// A truth value.
    Bool(bool),
    /// `bytes`, `bytesN` or `function`, or a string that is no UTF-8.
    Bytes(Vec<u8>),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Self>),
    /// A tuple.
    Tuple(Vec<Field>),
    /// Of an indexed input that takes more than a word: the hash of its value, which is all that a log has.
    Hash(B256),
}

/// A value with the name of its parameter or field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The name; empty where it has none.
    #[serde(serialize_with = "name")]
    pub name: Arc<str>,
    /// The value.
    pub value: Value,
}

fn name<S: Serializer>(name: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name)
}

impl Value {
    /// The JSON: integers as decimal strings, addresses with their checksum, bytes as hex, a tuple as an object if all its
    /// fields have names of their own, else as an array. A hash is `{"hash": "0x…"}`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Uint(word) => word.to_string().into(),
            Self::Int(word) => I256::from_raw(*word).to_string().into(),
            Self::Address(address) => address.to_checksum(None).into(),
            Self::Bool(value) => (*value).into(),
            Self::Bytes(bytes) => encode_prefixed(bytes).into(),
            Self::Text(text) => text.clone().into(),
            Self::Array(list) => list.iter().map(Self::to_json).collect(),
            Self::Tuple(fields) if named(fields.iter().map(|field| &*field.name)) => {
                Json::Object(fields.iter().map(|field| (field.name.to_string(), field.value.to_json())).collect())
            }
            Self::Tuple(fields) => fields.iter().map(|field| field.value.to_json()).collect(),
            Self::Hash(hash) => serde_json::json!({ "hash": hash.to_string() }),
        }
    }

    /// The value of a type of one word, by its word. `None` where the word is none of the type's, or the type is no word.
    pub fn from_word(ty: &Type, word: U256) -> Option<Self> {
        let bytes = word.to_be_bytes::<32>();
        let left =
            |width: usize| bytes[width..].iter().all(|byte| *byte == 0).then(|| Self::Bytes(bytes[..width].to_vec()));
        match ty.kind() {
            Kind::Uint(_) => Bounds::of(ty)?.holds(word).then_some(Self::Uint(word)),
            Kind::Int(_) => Bounds::of(ty)?.holds(word).then_some(Self::Int(word)),
            Kind::Address => Bounds::of(ty)?.holds(word).then(|| Self::Address(Address::from_word(word.into()))),
            Kind::Bool => Bounds::of(ty)?.holds(word).then(|| Self::Bool(!word.is_zero())),
            Kind::FixedBytes(width) => left(usize::from(*width)),
            Kind::Function => left(24),
            _ => None,
        }
    }

    /// The value of a type of one word, by its number: of fixed bytes the number that they are in big-endian. `None` where
    /// the number is none of the type's, or the type is no word.
    pub fn from_number(ty: &Type, number: U256) -> Option<Self> {
        let bounds = Bounds::of(ty)?;
        let shift = 256 - 8 * bounds.width;
        if bounds.holds(number) { Self::from_word(ty, number << shift) } else { None }
    }
}

/// Whether each of these names is there, and once.
pub(super) fn named<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = BTreeSet::new();
    names.into_iter().all(|name| !name.is_empty() && seen.insert(name))
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

/// The numbers of a type of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Least number; of signed types in two's complement.
    pub min: U256,
    /// Greatest number.
    pub max: U256,
    /// Whether they are in two's complement.
    pub signed: bool,
    /// Bytes of the word that the number takes, its first ones: 32 but for fixed bytes.
    pub width: usize,
}

impl Bounds {
    /// The numbers of a type; `None` if it is no word.
    pub fn of(ty: &Type) -> Option<Self> {
        let ones = |bits: usize| if bits == 0 { U256::ZERO } else { U256::MAX >> (256 - bits) };
        let of = |bits: usize, width| Self { min: U256::ZERO, max: ones(bits), signed: false, width };
        Some(match ty.kind() {
            Kind::Uint(bits) => of(usize::from(*bits), 32),
            Kind::Int(bits) => {
                let max = ones(usize::from(*bits) - 1);
                Self { min: !max, max, signed: true, width: 32 }
            }
            Kind::Address => of(160, 32),
            Kind::Bool => of(1, 32),
            Kind::FixedBytes(width) => of(usize::from(*width) * 8, usize::from(*width)),
            Kind::Function => of(192, 24),
            _ => return None,
        })
    }

    /// Whether the number is one of the type's.
    pub fn holds(&self, number: U256) -> bool {
        if self.signed {
            (I256::from_raw(self.min)..=I256::from_raw(self.max)).contains(&I256::from_raw(number))
        } else {
            number <= self.max
        }
    }

    /// The number as people write it.
    pub fn show(&self, number: U256) -> String {
        if self.signed { I256::from_raw(number).to_string() } else { number.to_string() }
    }
}
