//! A document as a form: every field as people would type it. It loses nothing that the form has a field for, and keeps the
//! document beside for what it has none for.

use lanevm_core::{
    Address, Bytes, Document, U256,
    alloy_primitives::hex::encode_prefixed,
    document::{Calldata, Scalar, Step, To, Vary},
};

use super::{AccountForm, FieldForm, Form, SlotForm, Varying, decimal};

pub(super) fn hex(address: &Address) -> String {
    format!("{address:#x}")
}

/// The value that every lane has, as text; the generator as JSON where lanes differ.
fn scalar<T: Scalar>(vary: &Vary<T>) -> String {
    match vary {
        Vary::Fixed(value) => decimal(value.word()),
        varies => serde_json::to_string(varies).unwrap_or_default(),
    }
}

impl Form {
    /// The form of a document.
    pub fn of(document: &Document) -> Self {
        let mut key = 0..;
        let mut next = move || key.next().unwrap_or_default();
        let none = Step::default();
        let step = document.steps.first().unwrap_or(&none);
        let to = target(document, step);
        let word = |value: &U256| decimal(*value);
        let (data, fields) = match &step.calldata {
            Calldata::Bytes(bytes) => (encode_prefixed(&bytes.hex), bytes.fields.as_slice()),
            Calldata::Abi(_) => (String::new(), &[][..]),
        };
        let code = program(document, step).map(encode_prefixed).unwrap_or_default();
        let fields = fields.iter().map(|field| FieldForm {
            key: next(),
            name: field.name.clone().unwrap_or_default(),
            offset: field.offset.to_string(),
            width: field.width.to_string(),
            value: Varying::of(&field.value, word),
        });
        let fields = fields.collect();
        let mut slots = Vec::new();
        let mut accounts = Vec::new();
        for (address, account) in &document.state.accounts {
            let own = Some(*address) == to;
            for (slot, value) in &account.storage {
                slots.push(SlotForm {
                    key: next(),
                    address: if own { String::new() } else { hex(address) },
                    slot: format!("{slot:#x}"),
                    value: scalar(value),
                });
            }
            accounts.push(AccountForm {
                key: next(),
                address: hex(address),
                balance: scalar(&account.balance),
                nonce: scalar(&account.nonce),
            });
        }
        Self {
            code,
            to: to.as_ref().map(hex).unwrap_or_default(),
            count: document.lanes.map(|lanes| lanes.to_string()).unwrap_or_default(),
            seed: document.seed.to_string(),
            fork: document.hardfork.name().into(),
            max_steps: String::new(),
            number: scalar(&document.block.number),
            timestamp: scalar(&document.block.timestamp),
            caller: Varying::of(&step.from, hex),
            value: Varying::of(&step.value, word),
            gas: Varying::of(&step.gas, |gas| decimal(U256::from(*gas))),
            data,
            fields,
            accounts,
            slots,
            base: document.clone(),
        }
    }
}

/// The account that a step calls in every lane.
pub(super) fn target(document: &Document, step: &Step) -> Option<Address> {
    let holder = |name: &String| {
        let mut holders = document.state.accounts.iter().filter(|(_, account)| account.program.as_ref() == Some(name));
        holders.next().map(|(address, _)| *address)
    };
    match &step.to {
        To::Account(Vary::Fixed(address)) => Some(*address),
        To::Unsaid => step.program.as_ref().and_then(holder),
        _ => None,
    }
}

/// The code that a step runs.
fn program<'a>(document: &'a Document, step: &Step) -> Option<&'a Bytes> {
    let named = |name: &String| document.programs.get(name).map(|program| &program.code);
    let account = || target(document, step).and_then(|to| document.state.accounts.get(&to));
    let held = || {
        let account = account()?;
        account.program.as_ref().map_or(Some(&account.code), named)
    };
    step.program.as_ref().map_or_else(held, named)
}
