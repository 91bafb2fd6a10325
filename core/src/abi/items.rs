//! What an interface has: functions, events, errors, a constructor. They hold names and types; arguments and data are
//! coded by the modules beside this one.

use alloy_primitives::{B256, keccak256};
use serde::Serialize;

use super::{
    error::{Problem, TypeError},
    types::{Param, Type},
};

/// What a function may do, as Solidity says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mutability {
    /// Reads nothing.
    Pure,
    /// Changes nothing.
    View,
    /// Takes no value.
    #[default]
    NonPayable,
    /// Takes value.
    Payable,
}

fn signature(name: &str, inputs: &Type) -> String {
    format!("{name}{inputs}")
}

fn selector(signature: &str) -> [u8; 4] {
    let hash = keccak256(signature);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub inputs: Type,
    /// What it gives back.
    pub outputs: Type,
    /// What it may do.
    pub mutability: Mutability,
    /// The first four bytes of its call data.
    pub selector: [u8; 4],
    /// Whether nobody gave it, but an analysis of bytecode: the name may be made up, and its outputs are not known.
    pub guessed: bool,
}

impl Function {
    /// A function; its selector comes of its signature.
    pub fn new(name: impl Into<String>, inputs: Type, outputs: Type, mutability: Mutability) -> Self {
        let name = name.into();
        let selector = selector(&signature(&name, &inputs));
        Self { name, inputs, outputs, mutability, selector, guessed: false }
    }

    /// Name and types, as in `transfer(address,uint256)`.
    pub fn signature(&self) -> String {
        signature(&self.name, &self.inputs)
    }
}

/// An error that a contract defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomError {
    /// Its name.
    pub name: String,
    /// What it says.
    pub inputs: Type,
    /// The first four bytes of its data.
    pub selector: [u8; 4],
}

impl CustomError {
    /// An error; its selector comes of its signature.
    pub fn new(name: impl Into<String>, inputs: Type) -> Self {
        let name = name.into();
        let selector = selector(&signature(&name, &inputs));
        Self { name, inputs, selector }
    }

    /// Name and types.
    pub fn signature(&self) -> String {
        signature(&self.name, &self.inputs)
    }
}

/// What runs when a contract is made. Its arguments stand behind the creation code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constructor {
    /// What it takes.
    pub inputs: Type,
    /// Payable or not.
    pub mutability: Mutability,
}

/// An input of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInput {
    /// Name and type.
    pub param: Param,
    /// Whether it is a topic.
    pub indexed: bool,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its inputs, in order.
    pub inputs: Vec<EventInput>,
    /// Whether its first topic is not its own.
    pub anonymous: bool,
    /// The inputs that stand in a log's data.
    pub(super) unindexed: Type,
    signature: String,
    topic: B256,
}

impl Event {
    /// An event.
    ///
    /// # Errors
    /// If more inputs are indexed than a log has topics, or the types exceed the bounds.
    pub fn new(name: impl Into<String>, inputs: Vec<EventInput>, anonymous: bool) -> Result<Self, Problem> {
        let name = name.into();
        let indexed = inputs.iter().filter(|input| input.indexed).count();
        let most = if anonymous { 4 } else { 3 };
        if indexed > most {
            return Err(Problem::Indexed(indexed, most));
        }
        let of = |all: bool| {
            let some = inputs.iter().filter(|input| all || !input.indexed);
            Type::parameters(some.map(|input| input.param.clone()).collect())
        };
        let signature = signature(&name, &of(true)?);
        Ok(Self { topic: keccak256(&signature), unindexed: of(false)?, signature, name, inputs, anonymous })
    }

    /// Name and types.
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// The first topic of its logs, unless it is anonymous: the hash of its signature.
    pub const fn topic(&self) -> B256 {
        self.topic
    }

    /// Topics of its logs.
    pub fn topics(&self) -> usize {
        usize::from(!self.anonymous) + self.inputs.iter().filter(|input| input.indexed).count()
    }
}

/// An item of JSON whose types are refused: the rest of the interface can be used without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// `function`, `event`, `error` or `constructor`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// Where its type stands.
    pub place: String,
    /// Why it is refused.
    pub reason: TypeError,
}

/// An item as it is read.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Function(Function),
    Event(Event),
    Error(CustomError),
    Constructor(Constructor),
    Unusable(Unusable),
    /// `fallback` and `receive`, which take and give raw bytes.
    Raw,
}
