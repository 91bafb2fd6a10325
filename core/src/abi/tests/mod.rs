//! Tests of the ABI door: committed vectors, laws against another implementation, hostile input, and every message.

mod hostile;
mod laws;
mod messages;
mod parsing;
mod patterns;
mod vectors;

use serde_json::Value as Json;

use super::{Abi, Function};

/// The one function of a header.
fn function(header: &str) -> Function {
    Abi::parse(header).expect("an interface").functions.remove(0)
}

/// The arguments of a JSON array.
fn args(json: Json) -> Vec<Json> {
    match json {
        Json::Array(list) => list,
        other => panic!("{other} is no array"),
    }
}

/// Bytes of words written as hex, in any layout.
fn words(text: &str) -> Vec<u8> {
    crate::hexadecimal::parse(text).expect("hex")
}
