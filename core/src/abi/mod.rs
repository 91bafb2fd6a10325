//! The one bounded door to ABI text and ABI data: interfaces read, arguments encoded, results, events and errors decoded.
//! Nothing here trusts what it reads: sizes are checked before anything is allocated. It runs no call and varies no value;
//! [`crate::template`] does. `docs/abi.md` says what is accepted.

mod arguments;
mod decode;
mod encode;
mod error;
mod guess;
mod items;
mod json;
mod lines;
mod lookup;
mod pattern;
mod revert;
mod scan;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub use self::{
    arguments::Hole,
    decode::Decoded,
    error::{AbiError, Cause, DecodeError, LookupError, ParseError, Problem, TypeError},
    guess::{Guess, Guesser},
    items::{Constructor, CustomError, Event, EventInput, Function, Mutability, Unusable},
    lookup::{Abi, DecodedEvent},
    pattern::{Bounds, CallPattern, Place, Whole},
    revert::{Revert, RevertKind, panic_words},
    types::{Kind, Param, Type},
    value::{Field, Value},
};

/// Most arrays and tuples inside one another.
pub const MAX_DEPTH: usize = 16;
/// Most values of one call, result, event or error. Each scalar, array and tuple is one.
pub const MAX_VALUES: usize = 10_000;
/// Most bytes that encoding makes, or that decoding copies out of `bytes` and `string` values.
pub const MAX_BYTES: usize = 1 << 20;
/// Most bytes of ABI text.
pub const MAX_TEXT: usize = 8 << 20;
/// Most functions, events, errors and structs of one ABI.
pub const MAX_ITEMS: usize = 10_000;

/// Text of unknown length as it may stand in a message.
fn cut(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
