//! Interfaces that nobody gave: what some analysis of bytecode says of selectors and arguments. The analysis itself is not
//! here; whoever has one hands over what it found.

use alloy_primitives::hex;
use serde_json::{Value as Json, json};

use super::{
    error::ParseError,
    items::{Function, Item, Mutability},
    lines,
    lookup::Abi,
    types::{Kind, Param, Type},
};

/// A function that bytecode seems to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guess {
    /// Its selector.
    pub selector: [u8; 4],
    /// The types of its arguments, without parentheses: `address,uint256[]`.
    pub arguments: String,
    /// What it seems to do.
    pub mutability: Mutability,
    /// The signature that functions of this selector commonly have, `transfer(address,uint256)`; empty where none is known.
    /// It counts only where its selector is this one.
    pub signature: String,
}

/// Something that finds functions in bytecode, such as evmole.
pub trait Guesser {
    /// The functions that runtime bytecode seems to have. It must end soon, whatever the bytecode.
    fn guess(&self, code: &[u8]) -> Vec<Guess>;
}

impl Abi {
    /// An interface of guesses. Functions are named by their common signature, or by their selectors, `f_a9059cbb`, and give back
    /// nothing that is known.
    ///
    /// # Errors
    /// If the types of a guess are none; the place is the guess's number.
    pub fn from_guesses(guesses: &[Guess]) -> Result<Self, ParseError> {
        let mut abi = Self::default();
        for (index, guess) in guesses.iter().enumerate() {
            let read = |signature: &str| {
                let items = lines::read(&format!("function {signature}"), &format!("guess {index}, "))?;
                Ok(items.into_iter().find_map(|item| match item {
                    Item::Function(function) => Some(function),
                    _ => None,
                }))
            };
            // A signature that hashes to the selector says more of types than any analysis.
            let common = if guess.signature.is_empty() { Ok(None) } else { read(&guess.signature) };
            let common = common.ok().flatten().filter(|function| function.selector == guess.selector);
            let function = match common {
                Some(function) => Some(function),
                None => read(&format!("f_{}({})", hex::encode(guess.selector), guess.arguments))?,
            };
            // A name that is made up does not hash to the selector.
            abi.functions.extend(function.map(|function| Function {
                selector: guess.selector,
                mutability: guess.mutability,
                outputs: Type::none(),
                guessed: true,
                ..function
            }));
        }
        Ok(abi)
    }

    /// The functions that were guessed, as JSON: items that say so, each with its selector. Reading it gives them back.
    pub fn guessed_json(&self) -> Json {
        let item = |function: &Function| {
            json!({
                "type": "function",
                "name": function.name,
                "inputs": function.inputs.fields().iter().map(parameter).collect::<Vec<_>>(),
                "outputs": [],
                "stateMutability": function.mutability,
                "guessed": true,
                "selector": hex::encode_prefixed(function.selector),
            })
        };
        self.functions.iter().filter(|function| function.guessed).map(item).collect()
    }
}

/// A parameter as compilers write it.
fn parameter(param: &Param) -> Json {
    let mut suffix = String::new();
    let mut ty = &param.ty;
    loop {
        match ty.kind() {
            Kind::Array(element) => {
                suffix.insert_str(0, "[]");
                ty = element;
            }
            Kind::FixedArray(element, length) => {
                suffix.insert_str(0, &format!("[{length}]"));
                ty = element;
            }
            Kind::Tuple(fields) => {
                // Types are nested no deeper than their bound.
                let components: Vec<Json> = fields.iter().map(parameter).collect();
                return json!({ "name": &*param.name, "type": format!("tuple{suffix}"), "components": components });
            }
            _ => return json!({ "name": &*param.name, "type": format!("{ty}{suffix}") }),
        }
    }
}
