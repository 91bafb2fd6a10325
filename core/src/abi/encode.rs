//! Values to bytes. The size is known and within bounds before the first byte is written.

use alloy_primitives::U256;
use serde_json::Value as Json;

use super::{
    MAX_BYTES, MAX_VALUES,
    arguments::{Fill, Reader},
    cut,
    error::{AbiError, Cause},
    items::{Constructor, CustomError, Function},
    types::{Kind, Type},
    value::{Bounds, Field, Value},
};

const WORD: usize = 32;

/// Bytes of so many in whole words.
const fn padded(bytes: usize) -> usize {
    bytes.div_ceil(WORD) * WORD
}

/// What a value takes behind its head, or in it where it is static. Counts values; both are within bounds.
fn measure(ty: &Type, value: &Value, values: &mut usize) -> Result<usize, Cause> {
    *values += 1;
    if *values > MAX_VALUES {
        return Err(Cause::TooManyValues);
    }
    let mismatch = || Cause::Mismatch(cut(&ty.to_string()));
    let mut part = |ty: &Type, value: &Value| -> Result<usize, Cause> {
        Ok(measure(ty, value, values)? + if ty.is_dynamic() { WORD } else { 0 })
    };
    let bytes = match (ty.kind(), value) {
        (Kind::Bytes | Kind::String, Value::Bytes(bytes)) => WORD + padded(bytes.len()),
        (Kind::String, Value::Text(text)) => WORD + padded(text.len()),
        (Kind::Array(element), Value::Array(list)) => {
            list.iter().try_fold(WORD, |sum, value| part(element, value).map(|bytes| sum + bytes))?
        }
        (Kind::FixedArray(element, len), Value::Array(list)) if list.len() == *len => {
            list.iter().try_fold(0, |sum, value| part(element, value).map(|bytes| sum + bytes))?
        }
        (Kind::Tuple(params), Value::Tuple(fields)) if params.len() == fields.len() => {
            let mut both = params.iter().zip(fields);
            both.try_fold(0, |sum, (param, field)| part(&param.ty, &field.value).map(|bytes| sum + bytes))?
        }
        _ => word(ty, value).map(|_| WORD).ok_or_else(mismatch)?,
    };
    if bytes > MAX_BYTES { Err(Cause::TooManyBytes(bytes)) } else { Ok(bytes) }
}

/// The word of a value of a type of one word. `None` where it is none of the type's.
fn word(ty: &Type, value: &Value) -> Option<U256> {
    let word = match (ty.kind(), value) {
        (Kind::Uint(_), Value::Uint(word)) | (Kind::Int(_), Value::Int(word)) => *word,
        (Kind::Address, Value::Address(address)) => address.into_word().into(),
        (Kind::Bool, Value::Bool(value)) => U256::from(*value),
        (Kind::FixedBytes(_) | Kind::Function, Value::Bytes(bytes)) => {
            let bounds = Bounds::of(ty)?;
            let mut word = [0; WORD];
            word.get_mut(..bytes.len())?.copy_from_slice(bytes);
            return (bytes.len() == bounds.width).then_some(U256::from_be_bytes(word));
        }
        _ => return None,
    };
    Bounds::of(ty)?.holds(word).then_some(word)
}

/// Writes values that were measured.
struct Writer<'a> {
    out: Vec<u8>,
    /// Bytes before the first whole word.
    start: usize,
    /// Where each value without parts stands, in order; not kept where none is asked for.
    leaves: Option<&'a mut Vec<usize>>,
}

impl Writer<'_> {
    fn put(&mut self, at: usize, word: U256) {
        self.out[at..at + WORD].copy_from_slice(&word.to_be_bytes::<WORD>());
    }

    /// Writes values whose heads begin where the bytes end, and what belongs behind them.
    fn group<'v>(&mut self, words: usize, parts: impl Iterator<Item = (&'v Type, &'v Value)>) {
        let base = self.out.len();
        self.out.resize(base + words * WORD, 0);
        let mut head = base;
        for (ty, value) in parts {
            if ty.is_dynamic() {
                self.put(head, U256::from(self.out.len() - base));
                self.behind(ty, value);
            } else {
                self.within(head, ty, value);
            }
            head += ty.words() * WORD;
        }
    }

    /// Writes a static value in its head.
    fn within(&mut self, at: usize, ty: &Type, value: &Value) {
        match (ty.kind(), value) {
            (Kind::FixedArray(element, _), Value::Array(list)) => {
                for (index, value) in list.iter().enumerate() {
                    self.within(at + index * element.words() * WORD, element, value);
                }
            }
            (Kind::Tuple(params), Value::Tuple(fields)) => {
                let mut at = at;
                for (param, field) in params.iter().zip(fields) {
                    self.within(at, &param.ty, &field.value);
                    at += param.ty.words() * WORD;
                }
            }
            _ => {
                // Values were measured: one that is no word of its type did not come this far.
                self.put(at, word(ty, value).unwrap_or_default());
                self.leaf(at);
            }
        }
    }

    /// Writes a dynamic value where the bytes end.
    fn behind(&mut self, ty: &Type, value: &Value) {
        match (ty.kind(), value) {
            (Kind::Array(element), Value::Array(list)) => {
                self.length(list.len());
                self.group(element.words() * list.len(), list.iter().map(|value| (&**element, value)));
            }
            (Kind::FixedArray(element, len), Value::Array(list)) => {
                self.group(element.words() * len, list.iter().map(|value| (&**element, value)));
            }
            (Kind::Tuple(params), Value::Tuple(fields)) => {
                let parts = params.iter().zip(fields).map(|(param, field)| (&param.ty, &field.value));
                self.group(ty.head_words(), parts);
            }
            (_, Value::Bytes(bytes)) => self.bytes(bytes),
            (_, Value::Text(text)) => self.bytes(text.as_bytes()),
            _ => {}
        }
    }

    fn length(&mut self, length: usize) {
        let at = self.out.len();
        self.out.resize(at + WORD, 0);
        self.put(at, U256::from(length));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.leaf(self.out.len());
        self.length(bytes.len());
        self.out.extend_from_slice(bytes);
        self.out.resize(padded(self.out.len() - self.start) + self.start, 0);
    }

    fn leaf(&mut self, at: usize) {
        if let Some(leaves) = &mut self.leaves {
            leaves.push(at);
        }
    }
}

impl Type {
    /// The encoding of parameters behind some bytes that go before it, such as a selector.
    pub(super) fn encode_behind(
        &self,
        before: &[u8],
        value: &Value,
        leaves: Option<&mut Vec<usize>>,
    ) -> Result<Vec<u8>, Cause> {
        let bytes = measure(self, value, &mut 0)?;
        let mut out = Vec::with_capacity(before.len() + bytes);
        out.extend_from_slice(before);
        let mut writer = Writer { start: before.len() % WORD, out, leaves };
        if let (Kind::Tuple(params), Value::Tuple(fields)) = (self.kind(), value) {
            let parts = params.iter().zip(fields).map(|(param, field)| (&param.ty, &field.value));
            writer.group(self.head_words(), parts);
        }
        Ok(writer.out)
    }

    /// Reads arguments and encodes them behind some bytes.
    pub(super) fn encode_args(
        &self,
        before: &[u8],
        args: &[Json],
        fill: &mut Fill<'_>,
        leaves: Option<&mut Vec<usize>>,
    ) -> Result<Vec<u8>, AbiError> {
        let value = Reader::new(fill).list(self.fields(), args).map_err(|error| error.of("args"))?;
        self.encode_behind(before, &value, leaves).map_err(|cause| cause.here().of("args"))
    }
}

impl Function {
    /// Call data: the selector and the arguments.
    ///
    /// Integers are JSON integers or decimal or 0x texts, addresses and bytes hex, arrays arrays, tuples arrays or objects.
    ///
    /// # Errors
    /// What is wrong with which argument.
    pub fn encode(&self, args: &[Json]) -> Result<Vec<u8>, AbiError> {
        self.inputs.encode_args(&self.selector, args, &mut |_| Ok(None), None)
    }

    /// Call data of values, as decoding gives them.
    ///
    /// # Errors
    /// If they are not of the function's types, or too many.
    pub fn encode_values(&self, values: &[Field]) -> Result<Vec<u8>, Cause> {
        self.inputs.encode_behind(&self.selector, &Value::Tuple(values.to_vec()), None)
    }

    /// Return data of values: what a contract that answers so gives back.
    ///
    /// # Errors
    /// What is wrong with which value.
    pub fn encode_outputs(&self, values: &[Json]) -> Result<Vec<u8>, AbiError> {
        self.outputs.encode_args(&[], values, &mut |_| Ok(None), None)
    }
}

impl CustomError {
    /// The data of such a revert.
    ///
    /// # Errors
    /// What is wrong with which argument.
    pub fn encode(&self, args: &[Json]) -> Result<Vec<u8>, AbiError> {
        self.inputs.encode_args(&self.selector, args, &mut |_| Ok(None), None)
    }
}

impl Constructor {
    /// The arguments as bytes that are put behind the creation code.
    ///
    /// # Errors
    /// What is wrong with which argument.
    pub fn encode(&self, args: &[Json]) -> Result<Vec<u8>, AbiError> {
        self.inputs.encode_args(&[], args, &mut |_| Ok(None), None)
    }
}
