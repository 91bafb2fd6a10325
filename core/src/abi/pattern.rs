//! Call data of which parts vary from call to call: bytes and the places to lay numbers over where what varies are words,
//! so that a device can do it; a list of what varies otherwise. What the holes' JSON means, the caller knows.

use serde_json::Value as Json;

pub use super::value::Bounds;
use super::{
    arguments::Hole,
    error::AbiError,
    items::Function,
    types::{Kind, Type},
    value::{Field, Value},
};

/// A place in call data where a number varies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub offset: usize,
    /// Bytes; the number's low ones stand there, big-endian. 32 but for `bytesN` (N) and `function` (24).
    pub width: usize,
    /// The type.
    pub ty: Type,
    /// The numbers of the type.
    pub bounds: Bounds,
    /// Which argument: `args[1][0].amount`.
    pub path: String,
    /// What the arguments have there.
    pub json: Json,
}

/// An argument that varies as a whole and takes more or less than a word, such as a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The type.
    pub ty: Type,
    /// Which argument.
    pub path: String,
    /// What the arguments have there.
    pub json: Json,
}

/// Call data with what varies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPattern {
    /// The bytes, with zero where a word varies.
    pub data: Vec<u8>,
    /// Words that vary, in order.
    pub places: Vec<Place>,
    /// What varies and is no word. Where there is any, each call's data is encoded of its own, by
    /// [`Function::encode_filled`]; `data` and `places` are then those of empty values.
    pub whole: Vec<Whole>,
}

/// The least value of a type: zero, false, empty.
fn least(ty: &Type) -> Value {
    match ty.kind() {
        Kind::Bytes => Value::Bytes(Vec::new()),
        Kind::String => Value::Text(String::new()),
        Kind::Array(_) => Value::Array(Vec::new()),
        Kind::FixedArray(element, len) => Value::Array(vec![least(element); *len]),
        Kind::Tuple(params) => {
            let field = |param: &super::types::Param| Field { name: param.name.clone(), value: least(&param.ty) };
            Value::Tuple(params.iter().map(field).collect())
        }
        // Zero is a value of every type of one word.
        _ => Value::from_word(ty, alloy_primitives::U256::ZERO).unwrap_or(Value::Bool(false)),
    }
}

impl Function {
    /// Call data of arguments in which JSON objects stand where a value varies. (An object for a tuple is the tuple; its
    /// fields can vary.)
    ///
    /// # Errors
    /// What is wrong with which argument. Holes are not looked into.
    pub fn pattern(&self, args: &[Json]) -> Result<CallPattern, AbiError> {
        let mut holes: Vec<(usize, Type, Json)> = Vec::new();
        let mut fill = |hole: Hole<'_>| {
            holes.push((hole.leaf, hole.ty.clone(), hole.json.clone()));
            Ok(Some(least(hole.ty)))
        };
        let mut leaves = Vec::new();
        let data = self.inputs.encode_args(&self.selector, args, &mut fill, Some(&mut leaves))?;
        let mut paths = paths(&self.inputs, args).into_iter();
        let (mut places, mut whole) = (Vec::new(), Vec::new());
        for (leaf, ty, json) in holes {
            let path = paths.next().unwrap_or_default();
            match (Bounds::of(&ty), leaves.get(leaf)) {
                (Some(bounds), Some(&offset)) => {
                    places.push(Place { offset, width: bounds.width, ty, bounds, path, json });
                }
                _ => whole.push(Whole { ty, path, json }),
            }
        }
        Ok(CallPattern { data, places, whole })
    }

    /// Call data of arguments whose holes are filled, in order, as one call has them.
    ///
    /// # Errors
    /// What is wrong with which argument, or what `fill` says is.
    pub fn encode_filled(
        &self,
        args: &[Json],
        mut fill: impl FnMut(Hole<'_>) -> Result<Value, AbiError>,
    ) -> Result<Vec<u8>, AbiError> {
        self.inputs.encode_args(&self.selector, args, &mut |hole| fill(hole).map(Some), None)
    }
}

/// The paths of holes, in order: the walk of [`super::arguments`] again, over arguments that it has read.
fn paths(inputs: &Type, args: &[Json]) -> Vec<String> {
    fn walk(ty: &Type, json: &Json, path: &str, found: &mut Vec<String>) {
        match (ty.kind(), json) {
            (Kind::Tuple(params), Json::Array(list)) => {
                for (at, (param, json)) in params.iter().zip(list).enumerate() {
                    walk(&param.ty, json, &format!("{path}[{at}]"), found);
                }
            }
            (Kind::Tuple(params), Json::Object(given)) => {
                for param in params.iter() {
                    if let Some(json) = given.get(&*param.name) {
                        walk(&param.ty, json, &format!("{path}.{}", param.name), found);
                    }
                }
            }
            (_, Json::Object(_)) => found.push(path.to_owned()),
            (Kind::Array(element) | Kind::FixedArray(element, _), Json::Array(list)) => {
                for (at, json) in list.iter().enumerate() {
                    walk(element, json, &format!("{path}[{at}]"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (at, (param, json)) in inputs.fields().iter().zip(args).enumerate() {
        walk(&param.ty, json, &format!("args[{at}]"), &mut found);
    }
    found
}
