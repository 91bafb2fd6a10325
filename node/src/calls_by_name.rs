//! Calls by function and arguments: interfaces read once, functions found once, arguments encoded call by call. What types
//! and values mean is `lanevm_core::abi`'s.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use lanevm_core::{
    CallData, Column,
    abi::{Abi, Function, Kind as TypeKind, Type},
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
    pub(crate) function: Rc<Function>,
}

/// Most characters of the interfaces that an engine remembers. Past that it forgets all of them, and reads again.
const MOST_REMEMBERED: usize = 8 << 20;

/// An interface that was read, and the functions found in it.
#[derive(Debug)]
struct Interface {
    abi: Rc<Abi>,
    functions: RefCell<HashMap<String, Rc<Function>>>,
}

/// Interfaces that an engine's batches have named so far, by their JSON: each is read once, each function found once.
#[derive(Debug, Default)]
pub(crate) struct Interfaces {
    known: RefCell<HashMap<String, Rc<Interface>>>,
    characters: RefCell<usize>,
}

fn wrong(message: String) -> Fault {
    Fault::new(Kind::Abi, message)
}

impl Interfaces {
    fn read(&self, text: String) -> Result<Rc<Interface>, Fault> {
        if let Some(known) = self.known.borrow().get(&text) {
            return Ok(Rc::clone(known));
        }
        let abi = Abi::parse(&text).map_err(|error| wrong(format!("The ABI cannot be read: {error}.")))?;
        let interface = Rc::new(Interface { abi: Rc::new(abi), functions: RefCell::default() });
        let mut characters = self.characters.borrow_mut();
        if *characters + text.len() > MOST_REMEMBERED {
            self.known.borrow_mut().clear();
            *characters = 0;
        }
        *characters += text.len();
        self.known.borrow_mut().insert(text, Rc::clone(&interface));
        Ok(interface)
    }
}

impl Interface {
    fn function(&self, name: &str) -> Result<Named, Fault> {
        let known = self.functions.borrow().get(name).cloned();
        let function = match known {
            Some(known) => known,
            None => {
                let found = self.abi.function(name).map_err(|error| wrong(format!("functionName: {error}.")))?;
                let found = Rc::new(found.clone());
                self.functions.borrow_mut().insert(name.to_owned(), Rc::clone(&found));
                found
            }
        };
        Ok(Named { abi: Rc::clone(&self.abi), function })
    }
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
                Meanings::of_function((*named.abi).clone(), Some((*named.function).clone()))
            }
            _ => Meanings::default(),
        }
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
    pub(crate) fn into_calls(
        self,
        interfaces: &Interfaces,
        count: usize,
        data: &CallData,
    ) -> Result<(NamedCalls, CallData), Fault> {
        let read: Vec<_> = self.interfaces.into_iter().map(|text| interfaces.read(text)).collect::<Result<_, _>>()?;
        let mut functions = Vec::with_capacity(self.functions.len());
        for (at, name) in &self.functions {
            let interface = read
                .get(*at as usize)
                .ok_or_else(|| Fault::new(Kind::Argument, format!("There is no interface {at}.")))?;
            functions.push(interface.function(name)?);
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
