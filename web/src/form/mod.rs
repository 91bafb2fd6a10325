//! What the user typed, and its reading into a document. Everything is text until it is read, so nothing typed is lost;
//! every error names its field. It draws nothing and runs nothing.

mod argument;
mod calls;
pub mod expected;
mod keeping;
pub mod number;
pub mod packing;
pub mod pictures;
pub mod program;
mod reading;
mod state;
#[cfg(test)]
mod tests;
mod varying;
mod writing;

use std::{collections::BTreeMap, sync::Arc};

use lanevm_core::{Absent, Document, Level, U256, document::Mode};
use serde::{Deserialize, Serialize};

pub use self::{
    calls::{ArgForm, StepForm, Target},
    state::{AccountForm, Accounts, MOST_ROWS, Rows, SlotForm},
    varying::{By, Kind, Varying},
};

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

/// An axis of a grid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AxisForm {
    /// What errors name the row by.
    pub key: u32,
    /// Its name.
    pub name: String,
    /// Its points.
    pub length: String,
}

/// The block that calls run in. What has no field here stays as the document has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlockForm {
    /// NUMBER.
    pub number: Varying,
    /// TIMESTAMP.
    pub timestamp: Varying,
    /// COINBASE.
    pub coinbase: Varying,
    /// BASEFEE.
    pub base_fee: Varying,
    /// GASLIMIT.
    pub gas_limit: Varying,
    /// PREVRANDAO.
    pub prev_randao: Varying,
    /// CHAINID.
    pub chain_id: Varying,
}

/// The columns of a document.
pub type Columns = BTreeMap<String, Vec<U256>>;

/// The whole form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The program that is edited: hex or assembly.
    pub code: String,
    /// Its name in the document.
    pub name: String,
    /// Its ABI, as JSON or as lines; empty is none.
    pub abi: String,
    /// The account that holds it.
    pub to: String,
    /// Lanes.
    pub count: String,
    /// Seed of random values.
    pub seed: String,
    /// Fork, by name.
    pub fork: String,
    /// Most instructions a lane may take; empty is no limit but gas.
    pub max_steps: String,
    /// What surrounds a call.
    #[serde(with = "keeping::level")]
    pub level: Level,
    /// Whether steps follow one another.
    #[serde(with = "keeping::mode")]
    pub mode: Mode,
    /// What is not in the state.
    #[serde(with = "keeping::absent")]
    pub absent: Absent,
    /// The block.
    pub block: BlockForm,
    /// The calls of each lane, in order.
    pub steps: Vec<StepForm>,
    /// Axes.
    pub axes: Vec<AxisForm>,
    /// Columns.
    #[serde(with = "keeping::columns")]
    pub columns: Arc<Columns>,
    /// Accounts and storage: rows, laid over what is too much for rows.
    pub state: Rows,
    /// What the form has no field for.
    #[serde(with = "keeping::base")]
    pub base: Document,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field: `code`, `steps.0.gas.fixed`, `steps.0.fields.3.offset` (numbers being the rows' keys).
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

    /// How much text there is to read, in bytes, roughly.
    pub fn size(&self) -> usize {
        let steps =
            self.steps.iter().map(|step| step.data.len() + step.args.iter().map(|arg| arg.json.len()).sum::<usize>());
        let bulk: usize = self.state.bulk.values().map(|account| account.code.len() + 64 * account.storage.len()).sum();
        let columns: usize = self.columns.values().map(|column| 32 * column.len()).sum();
        self.code.len() + self.abi.len() + steps.sum::<usize>() + bulk + columns
    }

    /// The step limit.
    fn limit(&self) -> Result<Option<u64>, String> {
        match self.max_steps.trim() {
            "" => Ok(None),
            text => number::parse_u64(text).map(Some),
        }
    }
}

/// Errors as the page looks them up.
pub fn by_field(errors: Vec<FieldError>) -> BTreeMap<String, String> {
    errors.into_iter().map(|error| (error.field, error.message)).collect()
}
