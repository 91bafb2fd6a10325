//! The steps of a document: what each lane calls, and with what. How they become columns is [`super::lower`]'s.

use alloy_primitives::{Address, Bytes, U256};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    AbiCall, Transaction, Vary, abi,
    error::DocumentError,
    hex_bytes,
    object::{Object, Read, array, count, name},
    transaction::transaction,
};
use crate::template::MAX_DATA;

/// The gas limit where none is given: 2^24, the most a transaction may have from Osaka on (EIP-7825).
pub const DEFAULT_GAS: u64 = 1 << 24;

/// Most fields laid over one call's data.
pub const MAX_FIELDS: usize = 10_000;

/// Most call data of one list.
pub const MAX_LISTED: usize = 100_000;

/// What a step calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum To {
    /// Not said: the account that holds the step's program.
    #[default]
    Unsaid,
    /// `null`: creates a contract, with the call data as init code.
    Create,
    /// An account.
    Account(Vary<Address>),
}

impl To {
    const fn is_unsaid(&self) -> bool {
        matches!(self, Self::Unsaid)
    }
}

impl Serialize for To {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unsaid | Self::Create => serializer.serialize_none(),
            Self::Account(address) => address.serialize(serializer),
        }
    }
}

/// A part of the call data that varies.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Field {
    /// What people call it; it changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Name"))]
    pub name: Option<String>,
    /// First byte.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Count"))]
    pub offset: usize,
    /// Bytes, 1 to 32: 32 where it is left out.
    #[serde(default, skip_serializing_if = "is_word")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Count"))]
    pub width: usize,
    /// What stands there, big-endian.
    pub value: Vary<U256>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
const fn is_word(width: &usize) -> bool {
    *width == 32
}

/// Call data as bytes, with parts that vary.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CallBytes {
    /// The bytes before fields are laid over them.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Hex"))]
    pub hex: Bytes,
    /// Fields, laid over the bytes in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Call data of which each lane has one, in turn: for data of different lengths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CallList {
    /// The data, at least one.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::schema::Hex>", length(min = 1)))]
    pub list: Vec<Bytes>,
    /// The axis along which they go; without one, with the lane's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Name"))]
    pub axis: Option<String>,
}

/// The data of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Calldata {
    /// Bytes.
    Bytes(CallBytes),
    /// One of several, in turn.
    List(CallList),
    /// A function and its arguments.
    Abi(AbiCall),
}

impl Default for Calldata {
    fn default() -> Self {
        Self::Bytes(CallBytes::default())
    }
}

impl Calldata {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Bytes> for Calldata {
    fn from(hex: Bytes) -> Self {
        Self::Bytes(CallBytes { hex, fields: Vec::new() })
    }
}

/// One call in each lane.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Step {
    /// The name of the program that runs. At level `frame` it runs in the place of the code at `to`. A step has a program,
    /// or `to`, or at level `frame` both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Name"))]
    pub program: Option<String>,
    /// The account called; `null` creates a contract. Left out beside a program, it is the one account of the state that
    /// holds the program; at level `frame`, where no account does, the address `0xc0c0…c0`.
    #[serde(default, skip_serializing_if = "To::is_unsaid")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vary<Address>>"))]
    pub to: To,
    /// CALLER; the zero address where it is left out.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub from: Vary<Address>,
    /// Value in wei; 0 where it is left out.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub value: Vary<U256>,
    /// Gas limit; 16,777,216 where it is left out.
    #[serde(default, skip_serializing_if = "is_default_gas")]
    pub gas: Vary<u64>,
    /// Call data; none where it is left out.
    #[serde(default, skip_serializing_if = "Calldata::is_default")]
    pub calldata: Calldata,
    /// What its transaction has beyond that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Transaction"))]
    pub transaction: Option<Transaction>,
}

fn is_default_gas(gas: &Vary<u64>) -> bool {
    *gas == Vary::Fixed(DEFAULT_GAS)
}

impl Default for Step {
    fn default() -> Self {
        Self {
            program: None,
            to: To::default(),
            from: Vary::default(),
            value: Vary::default(),
            gas: Vary::Fixed(DEFAULT_GAS),
            calldata: Calldata::default(),
            transaction: None,
        }
    }
}

fn field(value: &Value) -> Read<Field> {
    let mut object = Object::of(value, "a field of the call data")?;
    let field = Field {
        name: object.optional("name", name)?,
        offset: object.required("offset", |value| count(value, 0, MAX_DATA as u64))? as usize,
        width: object.optional("width", |value| count(value, 1, 32))?.unwrap_or(32) as usize,
        value: object.required("value", Vary::read)?,
    };
    object.done()?;
    Ok(field)
}

fn calldata(value: &Value) -> Read<Calldata> {
    let mut object = Object::of(value, "call data")?;
    if object.has("function") {
        return abi::call(object).map(Calldata::Abi);
    }
    if !object.has("hex") && object.has("args") {
        return Err(DocumentError::here("args without a function", "the function that takes them").within("function"));
    }
    if object.has("list") {
        let list = object
            .required("list", |value| array(value, "call data", MAX_LISTED, |value| hex_bytes(value, MAX_DATA)))?;
        if list.is_empty() {
            return Err(DocumentError::here("an array of 0", "at least one call data").within("list"));
        }
        let axis = object.optional("axis", name)?;
        object.done()?;
        return Ok(Calldata::List(CallList { list, axis }));
    }
    let bytes = CallBytes {
        hex: object.required("hex", |value| hex_bytes(value, MAX_DATA))?,
        fields: object.optional("fields", |value| array(value, "fields", MAX_FIELDS, field))?.unwrap_or_default(),
    };
    object.done()?;
    Ok(Calldata::Bytes(bytes))
}

pub(super) fn step(value: &Value) -> Read<Step> {
    let mut object = Object::of(value, "a step")?;
    let step = Step {
        program: object.optional("program", name)?,
        to: object
            .optional("to", |value| match value {
                Value::Null => Ok(To::Create),
                value => Vary::read(value).map(To::Account),
            })?
            .unwrap_or_default(),
        from: object.optional("from", Vary::read)?.unwrap_or_default(),
        value: object.optional("value", Vary::read)?.unwrap_or_default(),
        gas: object.optional("gas", Vary::read)?.unwrap_or(Vary::Fixed(DEFAULT_GAS)),
        calldata: object.optional("calldata", calldata)?.unwrap_or_default(),
        transaction: object.optional("transaction", transaction)?,
    };
    object.done()?;
    Ok(step)
}
