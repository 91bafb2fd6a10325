//! The places in state that columns name: accounts by address or by their part in the call, and slots by number or by a
//! mapping's keys. It reads no state.

use alloy_primitives::{Address, U256, keccak256};

use super::Input;
use crate::{batch::Batch, hexadecimal, outcome::Outcomes};

/// Most keys of a mapping of mappings.
const KEYS: usize = 8;

/// An account.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// The one called, or created.
    Called,
    Caller,
    At(Address),
}

/// A slot.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    At(U256),
    /// A value of a mapping that stands at a slot, by one key after the other.
    Mapping(U256, Vec<Key>),
}

/// A key of a mapping: an elementary value of 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Fixed(U256),
    Caller,
    Called,
    /// An input of the lane, by its number.
    Input(usize),
}

/// A number as an argument has it.
pub(super) fn number(text: &str) -> Option<U256> {
    match text.strip_prefix("0x") {
        Some(hex) if hex.len() <= 64 => U256::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => U256::from_str_radix(text, 10).ok(),
    }
}

impl Place {
    /// An account as an argument has it.
    pub(super) fn of(text: &str) -> Option<Self> {
        match text {
            "caller" => Some(Self::Caller),
            "to" => Some(Self::Called),
            _ => hexadecimal::parse_exact::<20>(text).ok().map(|bytes| Self::At(Address::new(bytes))),
        }
    }

    /// The address in a row; `None` where the call has none.
    pub(super) fn address(self, batch: &Batch, outcomes: &Outcomes, row: usize) -> Option<Address> {
        match self {
            Self::Called => (*batch.calls.to.get(row)).or_else(|| outcomes.created(row)),
            Self::Caller => Some(*batch.calls.caller.get(row)),
            Self::At(address) => Some(address),
        }
    }
}

impl Slot {
    /// `mapping(slot, key, …)` or `mapping(account, slot, key, …)`.
    pub(super) fn mapping(arguments: &[String], inputs: &[Input]) -> Option<(Place, Self)> {
        let (place, rest) = match arguments {
            [account, rest @ ..] if rest.len() > 1 => match Place::of(account) {
                Some(place) => (place, rest),
                None => (Place::Called, arguments),
            },
            _ => (Place::Called, arguments),
        };
        let (base, keys) = rest.split_first()?;
        if keys.is_empty() || keys.len() > KEYS {
            return None;
        }
        let key = |text: &String| match text.as_str() {
            "caller" => Some(Key::Caller),
            "to" => Some(Key::Called),
            text => number(text)
                .map(Key::Fixed)
                .or_else(|| inputs.iter().position(|input| input.name == text).map(Key::Input)),
        };
        let keys = keys.iter().map(key).collect::<Option<Vec<_>>>()?;
        Some((place, Self::Mapping(number(base)?, keys)))
    }

    /// The slot's number, where `key` gives the value of a key; `None` where the row lacks one.
    pub(super) fn number(&self, key: impl Fn(Key) -> Option<U256>) -> Option<U256> {
        match self {
            Self::At(slot) => Some(*slot),
            // As Solidity lays mappings out: keccak256 of key and slot, 32 bytes each.
            Self::Mapping(base, keys) => keys.iter().try_fold(*base, |slot, each| {
                let mut bytes = [0; 64];
                bytes[..32].copy_from_slice(&key(*each)?.to_be_bytes::<32>());
                bytes[32..].copy_from_slice(&slot.to_be_bytes::<32>());
                Some(keccak256(bytes).into())
            }),
        }
    }
}
