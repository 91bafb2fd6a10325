//! Arguments as JSON, read as values of their types. What does not fit is refused at its path; nothing is rounded, cut or
//! filled up. Places where a value varies are holes, which the caller's closure fills.

use alloy_primitives::{Address, U256};
use serde_json::Value as Json;

use super::{
    MAX_BYTES, MAX_VALUES, cut,
    error::{AbiError, Cause},
    json::found,
    types::{Kind, Param, Type},
    value::{Bounds, Field, Value, named},
};
use crate::hexadecimal::{self, HexError};

/// A JSON object where a value belongs that is no tuple.
#[derive(Clone, Copy, Debug)]
pub struct Hole<'a> {
    /// The object.
    pub json: &'a Json,
    /// The type of the value.
    pub ty: &'a Type,
    /// The number of the word among all values without parts, in order; that of the first where the hole has several.
    pub leaf: usize,
}

/// Fills a hole, or leaves it, which is an error unless the JSON is a value.
pub(super) type Fill<'a> = dyn FnMut(Hole<'_>) -> Result<Option<Value>, AbiError> + 'a;

/// Reads arguments; counts what it makes.
pub(super) struct Reader<'a, 'b> {
    pub(super) fill: &'a mut Fill<'b>,
    values: usize,
    bytes: usize,
    leaves: usize,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub(super) const fn new(fill: &'a mut Fill<'b>) -> Self {
        Self { fill, values: 0, bytes: 0, leaves: 0 }
    }

    fn count(&mut self, values: usize) -> Result<(), AbiError> {
        self.values += values;
        if self.values > MAX_VALUES { Err(Cause::TooManyValues.here()) } else { Ok(()) }
    }

    fn copy(&mut self, bytes: usize) -> Result<(), AbiError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_BYTES { Err(Cause::TooManyBytes(self.bytes).here()) } else { Ok(()) }
    }

    /// The values of these parameters, in order.
    pub(super) fn list(&mut self, params: &[Param], args: &[Json]) -> Result<Value, AbiError> {
        if params.len() != args.len() {
            return Err(Cause::Count { found: args.len(), expected: params.len() }.here());
        }
        self.count(args.len())?;
        let mut fields = Vec::with_capacity(args.len());
        for (at, (param, json)) in params.iter().zip(args).enumerate() {
            let value = self.value(&param.ty, json).map_err(|error| error.at(at))?;
            fields.push(Field { name: param.name.clone(), value });
        }
        Ok(Value::Tuple(fields))
    }

    fn value(&mut self, ty: &Type, json: &Json) -> Result<Value, AbiError> {
        if json.is_object() && !matches!(ty.kind(), Kind::Tuple(_)) {
            let hole = Hole { json, ty, leaf: self.leaves };
            if let Some(value) = (self.fill)(hole)? {
                let leaves = leaves(&value);
                self.count(leaves)?;
                self.leaves += leaves;
                return Ok(value);
            }
        }
        match ty.kind() {
            Kind::Array(element) => self.array(ty, element, None, json),
            Kind::FixedArray(element, len) => self.array(ty, element, Some(*len), json),
            Kind::Tuple(params) => match json {
                Json::Array(list) => self.list(params, list),
                Json::Object(_) => self.object(params, json),
                _ => Err(kind(ty, json, "an array of its fields, or an object by their names").here()),
            },
            _ => {
                self.leaves += 1;
                self.scalar(ty, json)
            }
        }
    }

    fn array(&mut self, ty: &Type, element: &Type, len: Option<usize>, json: &Json) -> Result<Value, AbiError> {
        let Json::Array(list) = json else { return Err(kind(ty, json, "an array").here()) };
        if let Some(expected) = len.filter(|len| *len != list.len()) {
            return Err(Cause::Count { found: list.len(), expected }.here());
        }
        self.count(list.len())?;
        let values = list.iter().enumerate().map(|(at, json)| self.value(element, json).map_err(|error| error.at(at)));
        Ok(Value::Array(values.collect::<Result<_, _>>()?))
    }

    fn object(&mut self, params: &[Param], json: &Json) -> Result<Value, AbiError> {
        let Json::Object(given) = json else { return Err(Cause::Unnamed.here()) };
        if !named(params.iter().map(|param| &*param.name)) {
            return Err(Cause::Unnamed.here());
        }
        let known = |field: &str| params.iter().any(|param| *param.name == *field);
        // More fields than there are include one that is not: few are looked at, however many are given.
        if let Some(field) = given.keys().take(params.len() + 1).find(|field| !known(field)) {
            let known: Vec<String> = params.iter().take(20).map(|param| cut(&param.name)).collect();
            return Err(Cause::NoField { field: cut(field), known: known.join(", ") }.here());
        }
        self.count(params.len())?;
        let mut fields = Vec::with_capacity(params.len());
        for param in params {
            let json = given.get(&*param.name).ok_or_else(|| Cause::Missing(param.name.to_string()).here())?;
            let value = self.value(&param.ty, json).map_err(|error| error.field(&param.name))?;
            fields.push(Field { name: param.name.clone(), value });
        }
        Ok(Value::Tuple(fields))
    }

    fn scalar(&mut self, ty: &Type, json: &Json) -> Result<Value, AbiError> {
        match (ty.kind(), json) {
            (Kind::String, Json::String(text)) => {
                self.copy(text.len())?;
                Ok(Value::Text(text.clone()))
            }
            (Kind::String, _) => Err(kind(ty, json, "a text").here()),
            (Kind::Bytes, Json::String(text)) => {
                self.copy(text.len() / 2)?;
                Ok(Value::Bytes(hexadecimal::parse(text).map_err(|error| Cause::Hex(error).here())?))
            }
            (Kind::Bytes, _) => Err(kind(ty, json, "hex, as in \"0x1234\"").here()),
            _ => scalar(ty, json).map_err(Cause::here),
        }
    }
}

/// Values without parts.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(leaves).sum(),
        Value::Tuple(fields) => fields.iter().map(|field| leaves(&field.value)).sum(),
        _ => 1,
    }
}

fn kind(ty: &Type, json: &Json, expected: &'static str) -> Cause {
    Cause::Kind { found: found(json), ty: cut(&ty.to_string()), expected }
}

/// Reads a value of a type of one word.
pub(super) fn scalar(ty: &Type, json: &Json) -> Result<Value, Cause> {
    match ty.kind() {
        Kind::Bool => match json {
            Json::Bool(value) => Ok(Value::Bool(*value)),
            Json::String(text) if text == "true" => Ok(Value::Bool(true)),
            Json::String(text) if text == "false" => Ok(Value::Bool(false)),
            _ => Err(kind(ty, json, "true or false")),
        },
        Kind::Address => match json {
            Json::String(text) => address(text).map(Value::Address),
            _ => Err(kind(ty, json, "40 digits of hex, as in \"0x00…01\"")),
        },
        Kind::FixedBytes(width) => fixed(ty, usize::from(*width), json),
        Kind::Function => fixed(ty, 24, json),
        Kind::Uint(_) => number(ty, json).map(Value::Uint),
        Kind::Int(_) => number(ty, json).map(Value::Int),
        _ => Err(kind(ty, json, "a value of one word")),
    }
}

fn fixed(ty: &Type, width: usize, json: &Json) -> Result<Value, Cause> {
    let Json::String(text) = json else { return Err(kind(ty, json, "hex, as in \"0x1234\"")) };
    if text.len() > 2 * MAX_BYTES {
        return Err(Cause::TooManyBytes(text.len() / 2));
    }
    let bytes = hexadecimal::parse(text)?;
    if bytes.len() != width {
        return Err(HexError::Length { found: bytes.len(), expected: width }.into());
    }
    Ok(Value::Bytes(bytes))
}

fn address(text: &str) -> Result<Address, Cause> {
    if text.len() > 2 * MAX_BYTES {
        return Err(Cause::TooManyBytes(text.len() / 2));
    }
    let address = Address::from(hexadecimal::parse_exact::<20>(text)?);
    let digits = text.trim();
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let mixed =
        digits.bytes().any(|byte| byte.is_ascii_lowercase()) && digits.bytes().any(|byte| byte.is_ascii_uppercase());
    if mixed && digits != &address.to_checksum(None)[2..] {
        return Err(Cause::Checksum(cut(text)));
    }
    Ok(address)
}

/// Reads a number of a type of one word, signed ones into two's complement.
pub(super) fn number(ty: &Type, json: &Json) -> Result<U256, Cause> {
    const EXPECTED: &str = "a whole number, in decimal or as 0x…, in quotes past 2^53";
    let Some(bounds) = Bounds::of(ty) else { return Err(kind(ty, json, "a value of one word")) };
    let text = match json {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => return Err(kind(ty, json, EXPECTED)),
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, &*text),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(kind(ty, json, EXPECTED));
    }
    let outside = || Cause::Range {
        value: cut(&text),
        ty: ty.to_string(),
        min: bounds.show(bounds.min),
        max: bounds.show(bounds.max),
    };
    let short = digits.trim_start_matches('0');
    // 2^256 has 78 digits in decimal.
    let size = if short.len() > 78 {
        None
    } else {
        U256::from_str_radix(if short.is_empty() { "0" } else { short }, radix.into()).ok()
    };
    let size = size.ok_or_else(outside)?;
    // In two's complement the halves meet at 2^255: a size past it is none of the sign's.
    let most = if negative { bounds.min.wrapping_neg() } else { bounds.max };
    if size > most || (negative && !bounds.signed && !size.is_zero()) {
        return Err(outside());
    }
    Ok(if negative { size.wrapping_neg() } else { size })
}

/// The number that a value of a type of one word is: of fixed bytes and addresses their bytes, big-endian.
fn number_of(value: &Value) -> Option<U256> {
    Some(match value {
        Value::Uint(number) | Value::Int(number) => *number,
        Value::Address(address) => address.into_word().into(),
        Value::Bool(value) => U256::from(*value),
        Value::Bytes(bytes) if bytes.len() <= 32 => U256::from_be_slice(bytes),
        _ => return None,
    })
}

impl Type {
    /// Reads a value of a type of one word as the number that a generator makes: one of [`Bounds`]. What stands for a value
    /// among arguments stands for it here; addresses, bools and fixed bytes can be numbers too, in decimal.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn number(&self, json: &Json) -> Result<U256, Cause> {
        let decimal = match json {
            Json::Number(_) => true,
            Json::String(text) => text.len() <= 78 && text.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        // Digits alone are hex where they are as long as hex must be.
        if decimal && !matches!(self.kind(), Kind::Uint(_) | Kind::Int(_)) && scalar(self, json).is_err() {
            return number(self, json);
        }
        let value = scalar(self, json)?;
        number_of(&value).ok_or_else(|| kind(self, json, "a value of one word"))
    }

    /// Reads one value.
    ///
    /// # Errors
    /// What is wrong with it; the path begins at the value.
    pub fn read(&self, json: &Json) -> Result<Value, AbiError> {
        Reader::new(&mut |_| Ok(None)).value(self, json)
    }
}
