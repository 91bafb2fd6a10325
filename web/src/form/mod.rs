//! What the user typed, and its reading into a document. Everything is text until it is read, so nothing typed is lost;
//! every error names its field. It draws nothing and runs nothing.

mod keeping;
pub mod number;
mod reading;
mod varying;
mod writing;

use std::collections::BTreeMap;

use lanevm_core::{Document, U256};
use serde::{Deserialize, Serialize};

pub use self::varying::{By, Kind, Varying};

/// A part of the call data that varies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
#[serde(default)]
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
#[serde(default)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// Code, as hex.
    pub code: String,
    /// The contract's address.
    pub to: String,
    /// Lanes.
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
    /// The document that the form was made of: what the form has no field for stays as it is there.
    #[serde(with = "keeping::base")]
    pub base: Document,
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
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldError> {
        self.document().err().unwrap_or_default()
    }

    /// The step limit.
    ///
    /// # Errors
    /// It is no number.
    pub fn limit(&self) -> Result<Option<u64>, FieldError> {
        match self.max_steps.trim() {
            "" => Ok(None),
            text => {
                number::parse_u64(text).map(Some).map_err(|message| FieldError { field: "max_steps".into(), message })
            }
        }
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
            let form = Form { count: "50".into(), ..Form::of(&example.document()) };
            assert_eq!(form.document().unwrap(), Document { lanes: Some(50), ..example.document() }, "{}", example.id);
        }
    }

    #[test]
    fn errors_stand_at_their_field() {
        let mut form = Form::of(&lanevm_core::examples::all()[0].document());
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
            let form = Form { code: code.into(), ..Form::of(&lanevm_core::examples::all()[0].document()) };
            assert_eq!(form.check(), [], "{code}");
        }
    }
}
