//! Interfaces that nobody gave: what some analysis of bytecode says of selectors and arguments. The analysis itself is not
//! here; whoever has one hands over what it found.

use super::{
    error::ParseError,
    items::{Function, Mutability},
    lookup::Abi,
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
}

/// Something that finds functions in bytecode, such as evmole.
pub trait Guesser {
    /// The functions that runtime bytecode seems to have. It must end soon, whatever the bytecode.
    fn guess(&self, code: &[u8]) -> Vec<Guess>;
}

impl Abi {
    /// An interface of guesses. Functions are named by their selectors, `f_a9059cbb`, and give back nothing that is known.
    ///
    /// # Errors
    /// If the types of a guess are none; the place is the guess's number.
    pub fn from_guesses(guesses: &[Guess]) -> Result<Self, ParseError> {
        let mut abi = Self::default();
        for (index, guess) in guesses.iter().enumerate() {
            let name = format!("f_{}", alloy_primitives::hex::encode(guess.selector));
            let text = format!("function {name}({})", guess.arguments);
            let prefix = format!("guess {index}, ");
            for item in super::lines::read(&text, &prefix)? {
                if let super::items::Item::Function(function) = item {
                    // The name is made up, so that its hash is not the selector.
                    abi.functions.push(Function { selector: guess.selector, mutability: guess.mutability, ..function });
                }
            }
        }
        Ok(abi)
    }
}
