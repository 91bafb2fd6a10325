//! What the user typed, and its reading into a batch. Everything is text until it is read, so nothing typed is lost;
//! every error names its field. It draws nothing and runs nothing.

pub mod number;
mod reading;

use std::collections::BTreeMap;

use lanevm_core::{Address, Batch, Example, Fork, Generator, Template, U256};
use serde::{Deserialize, Serialize};

/// How a value varies, as the form names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// One value for all lanes.
    #[default]
    Fixed,
    /// A value and a step.
    Range,
    /// Values in turn.
    List,
    /// Seeded random values between two.
    Random,
}

impl Kind {
    /// Every kind, with its word.
    pub const ALL: [(Self, &str); 4] =
        [(Self::Fixed, "fixed"), (Self::Range, "range"), (Self::List, "list"), (Self::Random, "random")];
}

/// A value that may vary. What is typed for one kind stays while another is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Varying {
    /// The kind chosen.
    pub kind: Kind,
    /// The fixed value.
    pub fixed: String,
    /// The range's first value.
    pub from: String,
    /// The range's step.
    pub step: String,
    /// The list, separated by white space or commas.
    pub list: String,
    /// The least random value.
    pub min: String,
    /// The greatest random value.
    pub max: String,
}

impl Varying {
    /// A fixed value.
    pub fn fixed(value: impl Into<String>) -> Self {
        Self {
            kind: Kind::Fixed,
            fixed: value.into(),
            from: "0".into(),
            step: "1".into(),
            min: "0".into(),
            max: "2^256-1".into(),
            list: String::new(),
        }
    }

    fn of(generator: &Generator, write: impl Fn(U256) -> String) -> Self {
        let mut varying = Self::fixed("0");
        match generator {
            Generator::Fixed(value) => varying.fixed = write(*value),
            Generator::Range { from, step } => {
                varying.kind = Kind::Range;
                (varying.from, varying.step) = (write(*from), decimal(*step));
            }
            Generator::List(values) => {
                varying.kind = Kind::List;
                varying.list = values.iter().map(|value| write(*value)).collect::<Vec<_>>().join(", ");
            }
            Generator::Random { min, max, dist: _ } => {
                varying.kind = Kind::Random;
                (varying.min, varying.max) = (write(*min), write(*max));
            }
            // The form has no kind for these, and no example has them: a test reads every example back.
            Generator::Steps { .. } | Generator::Column(_) | Generator::Along { .. } => {}
        }
        varying
    }
}

/// A part of the call data that varies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldForm {
    /// What errors name the row by.
    pub key: u32,
    /// Its name.
    pub name: String,
    /// First byte.
    pub offset: String,
    /// Bytes.
    pub width: String,
    /// How it varies.
    pub value: Varying,
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountForm {
    /// What errors name the row by.
    pub key: u32,
    /// Address.
    pub address: String,
    /// Balance in wei.
    pub balance: String,
    /// Nonce.
    pub nonce: String,
}

/// A storage slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotForm {
    /// What errors name the row by.
    pub key: u32,
    /// The account; empty is the contract.
    pub address: String,
    /// Slot.
    pub slot: String,
    /// Value.
    pub value: String,
}

/// The whole form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Code, as hex.
    pub code: String,
    /// The contract's address.
    pub to: String,
    /// Calls.
    pub count: String,
    /// Seed of random values.
    pub seed: String,
    /// Fork, by name.
    pub fork: String,
    /// Most instructions a lane may take; empty is no limit but gas.
    pub max_steps: String,
    /// Block number.
    pub number: String,
    /// Block timestamp.
    pub timestamp: String,
    /// Caller.
    pub caller: Varying,
    /// Value in wei.
    pub value: Varying,
    /// Gas limit.
    pub gas: Varying,
    /// Call data, as hex.
    pub data: String,
    /// Parts of it that vary.
    pub fields: Vec<FieldForm>,
    /// Accounts.
    pub accounts: Vec<AccountForm>,
    /// Storage.
    pub slots: Vec<SlotForm>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field: `code`, `gas.fixed`, `fields.3.offset` (3 being the row's key).
    pub field: String,
    /// What is wrong, in words, with the way out.
    pub message: String,
}

/// Numbers short enough to be read are decimal, longer ones hex.
pub fn decimal(value: U256) -> String {
    let ten18 = U256::from(1_000_000_000_000_000_000_u64);
    let tenth = ten18 / U256::from(10);
    if value == U256::MAX {
        "2^256-1".into()
    } else if !value.is_zero() && (value % tenth).is_zero() && value / ten18 < U256::from(1_000_000_000) {
        let (whole, part) = (value / ten18, value % ten18 / tenth);
        if part.is_zero() { format!("{whole}e18") } else { format!("{whole}.{part}e18") }
    } else if value.bit_len() <= 128 {
        value.to_string()
    } else {
        format!("{value:#x}")
    }
}

impl Form {
    /// The form of a built-in example.
    pub fn of(example: &Example) -> Self {
        let Template { count, seed, caller, value, gas, data, fields, .. } = &example.template;
        let address = |value: U256| format!("{:#x}", Address::from_word(value.into()));
        let mut key = 0..;
        let mut next = move || key.next().unwrap_or_default();
        let mut slots = Vec::new();
        for (account, held) in &example.accounts {
            for (slot, value) in &held.storage {
                slots.push(SlotForm {
                    key: next(),
                    address: if *account == example.to { String::new() } else { format!("{account:#x}") },
                    slot: format!("{slot:#x}"),
                    value: decimal(*value),
                });
            }
        }
        Self {
            code: example.code.clone(),
            to: format!("{:#x}", example.to),
            count: count.max(&lanevm_core::examples::DEFAULT_COUNT).to_string(),
            seed: seed.to_string(),
            fork: Fork::LATEST.name().into(),
            max_steps: String::new(),
            number: "0".into(),
            timestamp: "1".into(),
            caller: Varying::of(caller, address),
            value: Varying::of(value, decimal),
            gas: Varying::of(gas, decimal),
            data: lanevm_core::alloy_primitives::hex::encode_prefixed(data),
            fields: fields
                .iter()
                .map(|field| FieldForm {
                    key: next(),
                    name: field.name.clone(),
                    offset: field.offset.to_string(),
                    width: field.width.to_string(),
                    value: Varying::of(&field.generator, decimal),
                })
                .collect(),
            accounts: example
                .accounts
                .iter()
                .map(|(account, held)| AccountForm {
                    key: next(),
                    address: format!("{account:#x}"),
                    balance: decimal(held.balance),
                    nonce: held.nonce.to_string(),
                })
                .collect(),
            slots,
        }
    }

    /// What is wrong with the form; nothing is expanded.
    pub fn check(&self) -> Vec<FieldError> {
        reading::read(self).err().unwrap_or_default()
    }

    /// The batch, and the template its calls came of.
    ///
    /// # Errors
    /// Everything that is wrong, by field.
    pub fn batch(&self) -> Result<(Batch, Template), Vec<FieldError>> {
        let (mut batch, template) = reading::read(self)?;
        let world = std::mem::take(&mut batch.calls);
        batch.calls = template
            .expand()
            .map_err(|error| vec![FieldError { field: "count".into(), message: error.to_string() }])?;
        (batch.calls.to, batch.calls.fork, batch.calls.level) = (world.to, world.fork, world.level);
        Ok((batch, template))
    }
}

/// Errors as the page looks them up.
pub fn by_field(errors: Vec<FieldError>) -> BTreeMap<String, String> {
    errors.into_iter().map(|error| (error.field, error.message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reading an example's form gives the example's own batch: the page runs what the other hosts run.
    #[test]
    fn examples_survive_the_form() {
        for example in lanevm_core::examples::all() {
            let form = Form { count: "50".into(), ..Form::of(&example) };
            let (batch, _) = form.batch().unwrap();
            assert_eq!(batch, example.batch(50).unwrap(), "{}", example.id);
        }
    }

    #[test]
    fn errors_stand_at_their_field() {
        let mut form = Form::of(&lanevm_core::examples::all()[0]);
        form.code = "0x60zz".into();
        form.gas.fixed = "lots".into();
        form.fields[0].offset = "900".into();
        let wrong = by_field(form.check());
        assert!(wrong["code"].contains("position 5"));
        assert!(wrong["gas.fixed"].contains("lots"));
        let offset = format!("fields.{}.offset", form.fields[0].key);
        assert!(wrong[&offset].contains("900"), "{wrong:?}");
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }

    #[test]
    fn any_bytes_are_a_program() {
        for code in ["", "0x", "60", "7f00", "fe", "5b 5b\n5b"] {
            let form = Form { code: code.into(), ..Form::of(&lanevm_core::examples::all()[0]) };
            assert_eq!(form.check(), [], "{code}");
        }
    }
}
