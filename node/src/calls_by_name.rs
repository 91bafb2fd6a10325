//! Calls by function and arguments: interfaces read once, functions found once, arguments encoded call by call. What types
//! and values mean is `lanevm_core::abi`'s.

use std::rc::Rc;

use lanevm_core::{
    CallData, Column,
    abi::{Abi, Function, Kind as TypeKind, Revert, Type},
    lane_meaning::Meanings,
};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use serde_json::Value as Json;

use crate::{
    bytes::{column, index},
    fault::{Fault, Kind},
};

/// What the front says of calls by name.
#[derive(Deserialize)]
pub(crate) struct NamedDescription {
    /// Interfaces as JSON.
    interfaces: Vec<String>,
    /// Index of the interface, and the function's name or signature.
    functions: Vec<(u32, String)>,
    /// Index of each call's function, or 2^32-1; 4 bytes each.
    function: ByteBuf,
    /// A JSON array of arguments for each call that has a function, one behind another.
    args: String,
}

/// A function that calls name.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) abi: Rc<Abi>,
    pub(crate) function: Function,
}

/// The functions that a batch's calls name.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamedCalls {
    functions: Vec<Named>,
    of: Column<Option<u32>>,
}

impl NamedCalls {
    /// The number of the function that a call names.
    pub(crate) fn number(&self, call: usize) -> Option<u32> {
        *self.of.get(call)
    }

    /// The function that a call names.
    pub(crate) fn get(&self, call: usize) -> Option<&Named> {
        self.functions.get(self.number(call)? as usize)
    }

    /// What data mean in calls that all name the same function; nothing where they do not.
    pub(crate) fn meanings(&self) -> Meanings {
        match (self.functions.as_slice(), &self.of) {
            ([named], Column::All(Some(_))) => {
                Meanings::of_function((*named.abi).clone(), Some(named.function.clone()))
            }
            _ => Meanings::default(),
        }
    }

    /// What revert data of a call say.
    pub(crate) fn revert(&self, call: usize, data: &[u8]) -> Revert {
        Revert::describe(data, self.get(call).map(|named| &*named.abi))
    }
}

/// How the front writes integers that no number of JSON holds: `{"":"18446744073709551616"}`. Where an integer is asked for
/// it becomes decimal text; elsewhere it stays what no other type takes.
const INTEGER: &str = "{\"\":";

fn integer(value: Json, ty: &Type) -> Json {
    let digits = match &value {
        Json::Object(fields) if fields.len() == 1 => fields.get("").and_then(Json::as_str),
        _ => None,
    };
    if let Some(digits) = digits {
        return match ty.kind() {
            TypeKind::Uint(_) | TypeKind::Int(_) => digits.into(),
            _ => value,
        };
    }
    match (value, ty.kind()) {
        (Json::Array(items), TypeKind::Array(of) | TypeKind::FixedArray(of, _)) => {
            items.into_iter().map(|item| integer(item, of)).collect()
        }
        (Json::Array(items), TypeKind::Tuple(_)) => integers(items, ty).into(),
        (Json::Object(mut fields), TypeKind::Tuple(params)) => {
            for param in params.iter() {
                if let Some(field) = fields.get_mut(&*param.name) {
                    *field = integer(field.take(), &param.ty);
                }
            }
            fields.into()
        }
        (value, _) => value,
    }
}

/// Values of a tuple's fields, as far as there are fields.
fn integers(values: Vec<Json>, ty: &Type) -> Vec<Json> {
    let mut fields = ty.fields().iter();
    values
        .into_iter()
        .map(|value| match fields.next() {
            Some(field) => integer(value, &field.ty),
            None => value,
        })
        .collect()
}

impl NamedDescription {
    /// The functions, and the data of all calls: `data` has those that name none.
    pub(crate) fn into_calls(self, count: usize, data: &CallData) -> Result<(NamedCalls, CallData), Fault> {
        let wrong = |message: String| Fault::new(Kind::Abi, message);
        let mut interfaces = Vec::with_capacity(self.interfaces.len());
        for text in &self.interfaces {
            let abi = Abi::parse(text).map_err(|error| wrong(format!("The ABI cannot be read: {error}.")))?;
            interfaces.push(Rc::new(abi));
        }
        let mut functions = Vec::with_capacity(self.functions.len());
        for (at, name) in &self.functions {
            let abi = interfaces
                .get(*at as usize)
                .ok_or_else(|| Fault::new(Kind::Argument, format!("There is no interface {at}.")))?;
            let function = abi.function(name).map_err(|error| wrong(format!("functionName: {error}.")))?.clone();
            functions.push(Named { abi: Rc::clone(abi), function });
        }
        let of = match column::<4, _>(&self.function, "function", count, index)? {
            // One function for one call is one for all.
            Column::Each(each) if each.windows(2).all(|pair| pair[0] == pair[1]) => {
                Column::All(each.first().copied().flatten())
            }
            of => of,
        };
        let large = self.args.contains(INTEGER);
        let mut rows = serde_json::Deserializer::from_str(&self.args).into_iter::<Vec<Json>>();
        let mut encoded = CallData::default();
        for call in 0..count {
            let Some(function) = *of.get(call) else {
                encoded.push(&data.get(call));
                continue;
            };
            let named = functions
                .get(function as usize)
                .ok_or_else(|| Fault::new(Kind::Argument, format!("There is no function {function}.")))?;
            let args = match rows.next() {
                Some(Ok(args)) => args,
                Some(Err(error)) => return Err(wrong(format!("calls[{call}].args cannot be read: {error}."))),
                None => return Err(wrong(format!("calls[{call}].args is missing."))),
            };
            let args = if large { integers(args, &named.function.inputs) } else { args };
            let bytes = named.function.encode(&args).map_err(|error| {
                wrong(format!("calls[{call}].{} ({}): {}.", error.path, named.function.signature(), error.cause))
            })?;
            encoded.push(&bytes);
        }
        Ok((NamedCalls { functions, of }, encoded))
    }
}
