//! Documents: a run as JSON, which page, link, package and command line share. Programs, state, block, calls and how each
//! value varies from lane to lane stand in it; outcomes do not, and nothing is run here. `docs/document.md` defines every
//! field for other implementers.

mod abi;
mod call;
mod csv;
mod error;
mod link;
mod lower;
mod object;
mod scalar;
#[cfg(feature = "schema")]
pub mod schema;
mod short;
mod state;
mod transaction;
mod tree;
mod vary;

use std::collections::BTreeMap;

use alloy_primitives::{Bytes, U256};
use lanevm_shaders::Fork;
use serde::{Serialize, Serializer};
use serde_json::Value;

use self::{
    error::shown,
    object::{Object, Read, array, count, entries, name, named, one_of, text},
};
use crate::{
    batch::{Level, MAX_CALLS},
    hexadecimal,
    program::MAX_CODE,
    template::Axis,
};

pub use self::{
    abi::{AbiCall, MAX_ARGS},
    call::{CallBytes, CallList, Calldata, DEFAULT_GAS, Field, MAX_FIELDS, MAX_LISTED, Step, To},
    csv::columns_from_csv,
    error::DocumentError,
    link::MAX_LINK,
    lower::{MAX_ENCODED, MAX_PICKED, MAX_TABLED, MAX_VARIANTS, MAX_VARIED, PROGRAM_ADDRESS, Prepared},
    scalar::Scalar,
    state::{Account, BlobSchedule, Block, Hashes, State},
    transaction::{Access, Authorization, Transaction},
    tree::{MAX_BYTES, MAX_DEPTH, MAX_NUMBER, MAX_VALUES},
    vary::{Spacing, Variation, Vary},
};

/// The version of documents that is read and written.
pub const VERSION: u64 = 1;

/// Most programs of a document.
pub const MAX_PROGRAMS: usize = 1_000;

/// Most accounts of a document's state.
pub const MAX_ACCOUNTS: usize = 100_000;

/// Most steps.
pub const MAX_STEPS: usize = 256;

/// Most axes.
pub const MAX_AXES: usize = 16;

/// Most columns.
pub const MAX_COLUMNS: usize = 1_000;

/// The words for levels.
const LEVELS: [(&str, Level); 3] =
    [("frame", Level::Frame), ("call", Level::Call), ("transaction", Level::Transaction)];

/// Whether the steps of a lane follow one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Each step of a lane runs on the state that the lane's last step left.
    #[default]
    Sequence,
    /// Each step of a lane runs on the lane's pre-state.
    Independent,
}

/// A named program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProgramEntry {
    /// Runtime code.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Hex"))]
    pub code: Bytes,
    /// The contract's ABI: the array that compilers write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Value>"))]
    pub abi: Option<Value>,
}

/// A run: many lanes, each of one call or of several.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Document {
    /// The version of the document's form: 1.
    pub lanevm: Version,
    /// The rules, by the hard fork's name.
    #[serde(serialize_with = "fork_name")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Hardfork"))]
    pub hardfork: Fork,
    /// What surrounds the code of a call: `docs/levels.md`.
    #[serde(default)]
    pub level: Level,
    /// Whether the steps of a lane follow one another.
    #[serde(default)]
    pub mode: Mode,
    /// CHAINID.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub chain_id: Vary<u64>,
    /// The block that calls run in.
    #[serde(default, skip_serializing_if = "Block::is_default")]
    pub block: Block,
    /// The state that lanes begin with.
    #[serde(default, skip_serializing_if = "State::is_default")]
    pub state: State,
    /// Programs, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub programs: BTreeMap<String, ProgramEntry>,
    /// Columns of values that generators name, from a table, say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "columns_text")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Vec<schema::Quantity>>"))]
    pub columns: BTreeMap<String, Vec<U256>>,
    /// Axes of a grid: lanes enumerate their product, and the last varies fastest.
    #[serde(default, skip_serializing_if = "Vec::is_empty", serialize_with = "axes_written")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Axis>"))]
    pub axes: Vec<Axis>,
    /// Lanes; every point of the grid where it is left out, which needs axes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Count"))]
    pub lanes: Option<usize>,
    /// Seeds random values; 0 where it is left out.
    #[serde(default, skip_serializing_if = "is_zero", serialize_with = "decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Quantity"))]
    pub seed: u64,
    /// What bounds a lane beside its gas.
    #[serde(default, skip_serializing_if = "Limits::is_default")]
    pub limits: Limits,
    /// The calls of each lane, in order.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 256)))]
    pub steps: Vec<Step>,
    /// What a page keeps with the document: not read by anything that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui: Option<Value>,
}

/// What bounds a lane beside its gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limits {
    /// Most instructions that a call executes before it ends as `step_limit`, in all of its frames; no limit where it is
    /// left out.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "decimal_or_none")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Quantity64"))]
    pub steps: Option<u64>,
}

impl Limits {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn decimal_or_none<S: Serializer>(limit: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match limit {
        Some(limit) => serializer.collect_str(limit),
        None => serializer.serialize_none(),
    }
}

fn limits(value: &Value) -> Read<Limits> {
    let mut object = Object::of(value, "limits")?;
    let limits = Limits { steps: object.optional("steps", u64::read)? };
    object.done()?;
    Ok(limits)
}

/// The version field: there is one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(VERSION)
    }
}

const fn one() -> Vary<u64> {
    Vary::Fixed(1)
}

fn is_one(value: &Vary<u64>) -> bool {
    *value == one()
}

const fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

fn decimal<S: Serializer>(seed: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(seed)
}

fn columns_text<S: Serializer>(columns: &BTreeMap<String, Vec<U256>>, serializer: S) -> Result<S::Ok, S::Error> {
    let texts = |values: &Vec<U256>| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    serializer.collect_map(columns.iter().map(|(name, values)| (name, texts(values))))
}

/// An axis as documents write it.
#[derive(Serialize)]
struct AxisWritten<'a> {
    name: &'a str,
    length: usize,
}

fn axes_written<S: Serializer>(axes: &[Axis], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(axes.iter().map(|axis| AxisWritten { name: &axis.name, length: axis.len }))
}

/// A fork's name as documents write it: its words put together, the first in small letters.
fn fork_word(fork: Fork) -> String {
    let mut word: String = fork.name().chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    word
}

fn fork_name<S: Serializer>(fork: &Fork, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&fork_word(*fork))
}

fn fork(value: &Value) -> Read<Fork> {
    let named = |text: &str| Fork::ALL.into_iter().find(|fork| fork_word(*fork) == text);
    value.as_str().and_then(named).ok_or_else(|| {
        DocumentError::here(shown(value), error::listed(&Fork::ALL.map(|fork| error::quoted(&fork_word(fork))), "or"))
    })
}

fn version(value: &Value) -> Read<Version> {
    match object::count(value, 0, MAX_NUMBER) {
        Ok(VERSION) => Ok(Version),
        Ok(newer) if newer > VERSION => {
            Err(DocumentError::here(newer, "1; the document is of a newer version: read it with a newer lanevm"))
        }
        _ => Err(DocumentError::here(shown(value), "1")),
    }
}

/// Bytes of hex.
fn hex_bytes(value: &Value, most: usize) -> Read<Bytes> {
    let expected = "bytes as hex, with or without 0x";
    let text = text(value).map_err(|error| DocumentError { expected: expected.into(), ..error })?;
    let bytes = hexadecimal::parse(&text).map_err(|why| DocumentError::here(why, expected))?;
    if bytes.len() > most {
        return Err(DocumentError::here(format!("{} bytes", bytes.len()), format!("at most {most}")));
    }
    Ok(bytes.into())
}

fn program(value: &Value) -> Read<ProgramEntry> {
    let mut object = Object::of(value, "a program")?;
    let code = object.required("code", |value| hex_bytes(value, MAX_CODE))?;
    let abi = object.optional("abi", abi::contract)?;
    object.done()?;
    Ok(ProgramEntry { code, abi })
}

fn axis(value: &Value) -> Read<Axis> {
    let mut object = Object::of(value, "an axis")?;
    let name = object.required("name", name)?;
    let len = object.required("length", |value| count(value, 1, MAX_CALLS as u64))? as usize;
    object.done()?;
    Ok(Axis { name, len })
}

impl Document {
    /// A document of one lane that runs these steps by the rules of a fork; everything else is as where it is left out.
    pub fn new(hardfork: Fork, steps: Vec<Step>) -> Self {
        Self {
            lanevm: Version,
            hardfork,
            level: Level::default(),
            mode: Mode::default(),
            chain_id: one(),
            block: Block::default(),
            state: State::default(),
            programs: BTreeMap::new(),
            columns: BTreeMap::new(),
            axes: Vec::new(),
            lanes: Some(1),
            seed: 0,
            limits: Limits::default(),
            steps,
            ui: None,
        }
    }

    /// Reads a document. Names, kinds, ranges and bounds of single fields are checked; what takes several fields together
    /// (a program that is not there, a field past its call data) is [`Self::prepare`]'s.
    ///
    /// # Errors
    /// The first thing that is not as `docs/document.md` says.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        Self::read(&tree::parse(text)?)
    }

    fn read(value: &Value) -> Read<Self> {
        let mut object = Object::of(value, "a document")?;
        let lanevm = object.required("lanevm", version)?;
        let hardfork = object.required("hardfork", fork)?;
        let modes = [("sequence", Mode::Sequence), ("independent", Mode::Independent)];
        let document = Self {
            lanevm,
            hardfork,
            level: object.optional("level", |value| one_of(value, &LEVELS))?.unwrap_or_default(),
            mode: object.optional("mode", |value| one_of(value, &modes))?.unwrap_or_default(),
            chain_id: object.optional("chainId", Vary::read)?.unwrap_or_else(one),
            block: object.optional("block", state::block)?.unwrap_or_default(),
            state: object.optional("state", state::state)?.unwrap_or_default(),
            programs: object
                .optional("programs", |value| {
                    entries(value, "programs by name", MAX_PROGRAMS, |name, value| {
                        named(name)?;
                        Ok((name.to_owned(), program(value)?))
                    })
                })?
                .unwrap_or_default(),
            columns: object
                .optional("columns", |value| {
                    entries(value, "columns by name", MAX_COLUMNS, |name, value| {
                        named(name)?;
                        Ok((name.to_owned(), array(value, "values", MAX_CALLS, scalar::quantity)?))
                    })
                })?
                .unwrap_or_default(),
            axes: object.optional("axes", |value| array(value, "axes", MAX_AXES, axis))?.unwrap_or_default(),
            lanes: object.optional("lanes", |value| count(value, 1, MAX_CALLS as u64))?.map(|lanes| lanes as usize),
            seed: object.optional("seed", u64::read)?.unwrap_or_default(),
            limits: object.optional("limits", limits)?.unwrap_or_default(),
            steps: object.required("steps", |value| array(value, "steps", MAX_STEPS, call::step))?,
            ui: object.optional("ui", |value| Ok(value.clone()))?,
        };
        object.done()?;
        if document.steps.is_empty() {
            return Err(DocumentError::at("steps", "an array of 0", "at least one step"));
        }
        Ok(document)
    }

    /// The document as JSON in one line: the same text for equal documents, fields that are as where they are left out left
    /// out. [`Self::from_json`] reads it back.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every key is text, and writing to memory does not fail")
    }

    /// [`Self::to_json`] for people: over several lines.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).expect("every key is text, and writing to memory does not fail")
    }
}
