//! Data to values, as Solidity's decoder reads it: what it reverts on is not decoded. Work is linear in what comes out,
//! because every value and every copied byte is counted before it is made; offsets that overlap or go backwards gain nothing.

use alloy_primitives::{B256, U256, hex::encode_prefixed};
use serde::{Serialize, Serializer};

use super::{
    MAX_BYTES, MAX_VALUES, cut,
    error::DecodeError,
    items::{CustomError, Event, Function},
    types::{Kind, Param, Type},
    value::{Field, Value},
};

const WORD: usize = 32;

/// Values, or data that are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decoded {
    /// The values, with their parameters' names.
    Values(Vec<Field>),
    /// What could not be decoded.
    Undecoded {
        /// The data as hex; cut behind [`MAX_BYTES`], with `…`.
        hex: String,
        /// Why.
        #[serde(serialize_with = "words")]
        reason: DecodeError,
    },
}

fn words<S: Serializer>(reason: &DecodeError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}

impl Decoded {
    /// The values, where there are any.
    pub fn values(&self) -> Option<&[Field]> {
        match self {
            Self::Values(fields) => Some(fields),
            Self::Undecoded { .. } => None,
        }
    }

    pub(super) fn of(result: Result<Vec<Field>, DecodeError>, data: &[u8]) -> Self {
        result.map_or_else(|reason| Self::Undecoded { hex: hex(data), reason }, Self::Values)
    }
}

/// Data as hex, at most [`MAX_BYTES`] of it.
pub(super) fn hex(data: &[u8]) -> String {
    let mut text = encode_prefixed(&data[..data.len().min(MAX_BYTES)]);
    if data.len() > MAX_BYTES {
        text.push('…');
    }
    text
}

/// Reads data; counts what it makes.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    data: &'a [u8],
    /// Values made so far, or known to come.
    values: usize,
    /// Bytes copied so far.
    bytes: usize,
    /// Values looked at so far: the work that was done.
    pub(super) steps: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, values: 0, bytes: 0, steps: 0 }
    }

    fn count(&mut self, values: usize) -> Result<(), DecodeError> {
        self.values += values;
        if self.values > MAX_VALUES { Err(DecodeError::TooManyValues) } else { Ok(()) }
    }

    /// Checks that so many bytes of the data stand at a place.
    fn need(&self, ty: &Type, at: usize, need: U256) -> Result<usize, DecodeError> {
        let rest = self.data.len().saturating_sub(at);
        if need > U256::from(rest) {
            return Err(DecodeError::Short { what: cut(&ty.to_string()), at, need, len: self.data.len() });
        }
        Ok(need.to::<usize>())
    }

    fn word(&self, ty: &Type, at: usize) -> Result<U256, DecodeError> {
        self.need(ty, at, U256::from(WORD))?;
        Ok(U256::from_be_slice(&self.data[at..at + WORD]))
    }

    /// The fields of a tuple whose head begins at a place. All of the head must be there.
    pub(super) fn tuple(&mut self, ty: &Type, params: &[Param], base: usize) -> Result<Vec<Field>, DecodeError> {
        self.need(ty, base, U256::from(ty.head_words() * WORD))?;
        self.count(params.len())?;
        let mut fields = Vec::with_capacity(params.len());
        let mut head = base;
        for param in params {
            fields.push(Field { name: param.name.clone(), value: self.value(&param.ty, base, head)? });
            head += param.ty.words() * WORD;
        }
        Ok(fields)
    }

    /// A value whose head stands at a place; its offset counts from `base`.
    fn value(&mut self, ty: &Type, base: usize, head: usize) -> Result<Value, DecodeError> {
        self.steps += 1;
        if !ty.is_dynamic() {
            return self.at(ty, head);
        }
        let offset = self.word(ty, head)?;
        let start = U256::from(base).saturating_add(offset);
        if start > U256::from(self.data.len()) {
            return Err(DecodeError::Offset { at: head, offset, len: self.data.len() });
        }
        self.at(ty, start.to::<usize>())
    }

    /// A value that stands at a place.
    fn at(&mut self, ty: &Type, at: usize) -> Result<Value, DecodeError> {
        Ok(match ty.kind() {
            Kind::Bytes => Value::Bytes(self.copied(ty, at)?),
            Kind::String => match String::from_utf8(self.copied(ty, at)?) {
                Ok(text) => Value::Text(text),
                Err(error) => Value::Bytes(error.into_bytes()),
            },
            Kind::Array(element) => {
                let len = self.word(ty, at)?;
                let heads = len.saturating_mul(U256::from(element.words() * WORD));
                self.need(ty, at + WORD, heads)?;
                self.array(element, len.to::<usize>(), at + WORD)?
            }
            Kind::FixedArray(element, len) => {
                self.need(ty, at, U256::from(len * element.words() * WORD))?;
                self.array(element, *len, at)?
            }
            Kind::Tuple(params) => Value::Tuple(self.tuple(ty, params, at)?),
            _ => {
                let word = self.word(ty, at)?;
                let dirty = || DecodeError::Dirty { what: ty.to_string(), at, word };
                Value::from_word(ty, word).ok_or_else(dirty)?
            }
        })
    }

    /// The elements whose heads begin at a place. The heads are there.
    fn array(&mut self, element: &Type, len: usize, base: usize) -> Result<Value, DecodeError> {
        self.count(len)?;
        let mut list = Vec::with_capacity(len);
        for index in 0..len {
            list.push(self.value(element, base, base + index * element.words() * WORD)?);
        }
        Ok(Value::Array(list))
    }

    /// The bytes whose length stands at a place. Solidity asks for no padding behind them.
    fn copied(&mut self, ty: &Type, at: usize) -> Result<Vec<u8>, DecodeError> {
        let len = self.word(ty, at)?;
        let len = self.need(ty, at + WORD, len)?;
        self.bytes = self.bytes.saturating_add(len);
        if self.bytes > MAX_BYTES {
            return Err(DecodeError::TooManyBytes);
        }
        Ok(self.data[at + WORD..at + WORD + len].to_vec())
    }
}

impl Type {
    /// The parameters of an item from the data that encodes them. What stands behind is passed over, as Solidity does.
    pub(super) fn decode(&self, data: &[u8]) -> Result<Vec<Field>, DecodeError> {
        Reader::new(data).tuple(self, self.fields(), 0)
    }

    /// The same, behind a selector.
    pub(super) fn decode_behind(&self, selector: [u8; 4], data: &[u8]) -> Result<Vec<Field>, DecodeError> {
        match data.strip_prefix(&selector) {
            Some(rest) => self.decode(rest),
            None => Err(DecodeError::Selector {
                found: encode_prefixed(&data[..data.len().min(4)]),
                expected: encode_prefixed(selector),
            }),
        }
    }
}

impl Function {
    /// What the function gave back.
    pub fn decode_outputs(&self, data: &[u8]) -> Decoded {
        Decoded::of(self.outputs.decode(data), data)
    }

    /// What the function was called with.
    pub fn decode_inputs(&self, data: &[u8]) -> Decoded {
        Decoded::of(self.inputs.decode_behind(self.selector, data), data)
    }
}

impl CustomError {
    /// What the error says.
    pub fn decode(&self, data: &[u8]) -> Decoded {
        Decoded::of(self.inputs.decode_behind(self.selector, data), data)
    }
}

impl Event {
    /// What a log of this event says. Of an indexed input that is no word a log has only the hash.
    pub fn decode(&self, topics: &[B256], data: &[u8]) -> Decoded {
        Decoded::of(self.fields(topics, data), data)
    }

    fn fields(&self, topics: &[B256], data: &[u8]) -> Result<Vec<Field>, DecodeError> {
        if topics.len() != self.topics() {
            return Err(DecodeError::Topics { found: topics.len(), expected: self.topics() });
        }
        let mut topics = topics.iter();
        if !self.anonymous {
            let (expected, found) = (self.topic(), *topics.next().unwrap_or(&B256::ZERO));
            if found != expected {
                return Err(DecodeError::Topic { found: found.into(), expected: expected.into() });
            }
        }
        let mut values = self.unindexed.decode(data)?.into_iter();
        let mut fields = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let ty = &input.param.ty;
            if !input.indexed {
                fields.extend(values.next());
                continue;
            }
            let topic = *topics.next().unwrap_or(&B256::ZERO);
            let value = if ty.is_word() {
                let word = topic.into();
                let dirty = || DecodeError::Dirty { what: format!("{ty} (indexed)"), at: 0, word };
                Value::from_word(ty, word).ok_or_else(dirty)?
            } else {
                Value::Hash(topic)
            };
            fields.push(Field { name: input.param.name.clone(), value });
        }
        Ok(fields)
    }
}
