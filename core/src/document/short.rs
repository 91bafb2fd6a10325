//! The short form of links, `code=0x…&calldata=…&fork=…`, for tools that know nothing of documents: one call of one
//! program. It says less than a document and is never written by lanevm.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use lanevm_shaders::Fork;
use serde_json::Value;

use super::{
    Account, Calldata, Document, DocumentError, LEVELS, PROGRAM_ADDRESS, ProgramEntry, Scalar, Step,
    error::{listed, quoted},
    fork, hex_bytes,
    object::{Read, one_of},
};
use crate::{program::MAX_CODE, template::MAX_DATA};

/// The keys there are.
const KEYS: [&str; 11] =
    ["code", "calldata", "caller", "to", "value", "gas", "fork", "level", "chainId", "number", "timestamp"];

/// The name of the program.
const PROGRAM: &str = "main";

/// A value with its `%xx` read.
fn unescaped(text: &str) -> Read<String> {
    let wrong = || DocumentError::here(quoted(text), "text in which % stands before two hex digits, in UTF-8");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(wrong()) };
        bytes.push((high << 4 | low) as u8);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// The values by key.
fn pairs(text: &str) -> Read<BTreeMap<&str, Value>> {
    let mut pairs = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !KEYS.contains(&key) {
            let expected = format!("only {}", listed(&KEYS, "and"));
            return Err(DocumentError::here("a key of this name, which means nothing in a link", expected).within(key));
        }
        let value = unescaped(value).map_err(|error| error.within(key))?;
        if pairs.insert(key, Value::String(value)).is_some() {
            return Err(DocumentError::here("the key a second time", "every key once").within(key));
        }
    }
    Ok(pairs)
}

/// A fork in any of its spellings: other tools write it.
fn any_fork(value: &Value) -> Read<Fork> {
    value.as_str().and_then(Fork::parse).map_or_else(|| fork(value), Ok)
}

/// Reads the short form. Paths of errors are its keys.
pub(super) fn read(text: &str) -> Result<Document, DocumentError> {
    let pairs = pairs(text)?;
    fn get<T>(pairs: &BTreeMap<&str, Value>, key: &str, read: impl FnOnce(&Value) -> Read<T>) -> Read<Option<T>> {
        pairs.get(key).map(|value| read(value).map_err(|error| error.within(key))).transpose()
    }
    let code = get(&pairs, "code", |value| hex_bytes(value, MAX_CODE))?
        .ok_or_else(|| DocumentError::at("code", "nothing", "the code of the program as hex"))?;
    let data = get(&pairs, "calldata", |value| hex_bytes(value, MAX_DATA))?.unwrap_or_default();
    let caller = get(&pairs, "caller", Address::read)?.unwrap_or_default();
    let to = get(&pairs, "to", Address::read)?.unwrap_or(PROGRAM_ADDRESS);
    let value = get(&pairs, "value", U256::read)?.unwrap_or_default();
    let default = Step::default();
    let step = Step {
        program: Some(PROGRAM.into()),
        from: caller.into(),
        value: value.into(),
        gas: get(&pairs, "gas", u64::read)?.map_or(default.gas, Into::into),
        calldata: Calldata::from(data),
        to: default.to,
        transaction: None,
    };
    let mut document = Document::new(get(&pairs, "fork", any_fork)?.unwrap_or(Fork::LATEST), vec![step]);
    document.level = get(&pairs, "level", |value| one_of(value, &LEVELS))?.unwrap_or_default();
    if let Some(chain_id) = get(&pairs, "chainId", u64::read)? {
        document.chain_id = chain_id.into();
    }
    if let Some(number) = get(&pairs, "number", U256::read)? {
        document.block.number = number.into();
    }
    if let Some(timestamp) = get(&pairs, "timestamp", U256::read)? {
        document.block.timestamp = timestamp.into();
    }
    document.programs.insert(PROGRAM.into(), ProgramEntry { code, abi: None });
    let accounts = &mut document.state.accounts;
    accounts.insert(to, Account { program: Some(PROGRAM.into()), ..Account::default() });
    if !value.is_zero() {
        accounts.entry(caller).or_default().balance = value.into();
    }
    Ok(document)
}
