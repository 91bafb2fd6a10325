//! JSON text to a tree, within bounds: bytes, depth, values. No name stands twice in an object, and numbers are those that
//! every JSON reader agrees on. What the tree means is not known here.

use std::{cell::RefCell, collections::BTreeMap, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};

use super::error::{DocumentError, quoted, segment};

/// Most bytes of a document's JSON, as text or inflated from a link.
pub const MAX_BYTES: usize = 32 << 20;

/// Most levels of arrays and objects within each other.
pub const MAX_DEPTH: usize = 64;

/// Most values (numbers, texts, arrays, objects) of one document.
pub const MAX_VALUES: usize = 1 << 22;

/// The greatest whole number that every reader of JSON keeps exactly: 2^53 - 1.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Where the reader stands, and what it has met.
#[derive(Default)]
struct Reading {
    path: Vec<String>,
    values: usize,
    /// What is wrong, where it is not the JSON itself.
    refused: Option<(String, String)>,
}

impl Reading {
    fn path(&self) -> String {
        self.path.concat().trim_start_matches('.').to_owned()
    }

    fn refuse(&mut self, found: String, expected: impl fmt::Display) {
        self.refused = Some((found, expected.to_string()));
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Seed<'r>(&'r RefCell<Reading>);

impl Seed<'_> {
    /// Notes what is wrong; the error that goes up the reader only stops it.
    fn refuse<T, E: Error>(self, found: impl Into<String>, expected: impl fmt::Display) -> Result<T, E> {
        self.0.borrow_mut().refuse(found.into(), expected);
        Err(E::custom("refused"))
    }

    /// Steps into an array or object.
    fn enter<E: Error>(self) -> Result<(), E> {
        let depth = self.0.borrow().path.len();
        if depth >= MAX_DEPTH {
            return self.refuse("arrays or objects within each other", format!("at most {MAX_DEPTH} levels"));
        }
        self.0.borrow_mut().path.push(String::new());
        Ok(())
    }

    fn number<E: Error>(self, number: impl fmt::Display) -> Result<Value, E> {
        self.refuse(number.to_string(), "a whole number below 2^53, or any other number as text")
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let values = {
            let mut reading = self.0.borrow_mut();
            reading.values += 1;
            reading.values
        };
        if values > MAX_VALUES {
            return self.refuse(format!("more than {MAX_VALUES} values"), "fewer values");
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        if number > MAX_NUMBER { self.number(number) } else { Ok(Value::Number(Number::from(number))) }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        if number.unsigned_abs() > MAX_NUMBER { self.number(number) } else { Ok(Value::Number(Number::from(number))) }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        self.number(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut values = Vec::new();
        loop {
            if let Some(last) = self.0.borrow_mut().path.last_mut() {
                *last = format!("[{}]", values.len());
            }
            let Some(value) = array.next_element_seed(self)? else { break };
            values.push(value);
        }
        self.0.borrow_mut().path.pop();
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        self.enter()?;
        // By name, so that what is written is in one order, whatever map serde_json was built with.
        let mut fields = BTreeMap::new();
        loop {
            if let Some(last) = self.0.borrow_mut().path.last_mut() {
                last.clear();
            }
            let Some(name) = object.next_key::<String>()? else { break };
            if let Some(last) = self.0.borrow_mut().path.last_mut() {
                let name = segment(&name);
                *last = if name.starts_with('[') { name } else { format!(".{name}") };
            }
            if fields.contains_key(&name) {
                return self.refuse(format!("the field {} a second time", quoted(&name)), "every field once");
            }
            let value = object.next_value_seed(self)?;
            fields.insert(name, value);
        }
        self.0.borrow_mut().path.pop();
        Ok(Value::Object(fields.into_iter().collect()))
    }
}

/// Reads a text.
///
/// # Errors
/// What is not JSON, or past the bounds above, with its path.
pub(super) fn parse(text: &str) -> Result<Value, DocumentError> {
    if text.len() > MAX_BYTES {
        return Err(DocumentError::here(format!("{} bytes", text.len()), format!("at most {MAX_BYTES}")));
    }
    let reading = RefCell::new(Reading::default());
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Seed(&reading).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        let reading = reading.into_inner();
        match &reading.refused {
            Some((found, expected)) => DocumentError::at(reading.path(), found, expected),
            None => DocumentError::at(reading.path(), format!("JSON that ends or breaks here: {error}"), "JSON"),
        }
    })
}
