//! The state and the block of a document. How they become worlds and block environments is [`super::lower`]'s.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    MAX_ACCOUNTS, Vary,
    error::{DocumentError, shown},
    hex_bytes,
    object::{Object, Read, count, entries, name, one_of},
    scalar::{Scalar, quantity_text},
    tree::{MAX_NUMBER, MAX_VALUES},
};
use crate::{
    program::MAX_CODE,
    world::{Absent, BlockEnv},
};

fn is_no_code(code: &Bytes) -> bool {
    code.is_empty()
}

/// An account that lanes begin with.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Account {
    /// Balance in wei; 0 where it is left out.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub balance: Vary<U256>,
    /// Transactions sent, or contracts created; 0 where it is left out.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub nonce: Vary<u64>,
    /// Code. An account has this or a program, or none of both.
    #[serde(default, skip_serializing_if = "is_no_code")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Hex"))]
    pub code: Bytes,
    /// The name of the program that is its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Name"))]
    pub program: Option<String>,
    /// Storage, by slot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Vary<U256>>"))]
    pub storage: BTreeMap<U256, Vary<U256>>,
}

/// The state that lanes begin with.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct State {
    /// What an account or slot is that does not stand here: `empty` where it is left out. A lane that touches what is
    /// `unknown` ends as `missing_state`.
    #[serde(default, skip_serializing_if = "is_closed")]
    pub absent: Absent,
    /// Accounts, by address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Account>"))]
    pub accounts: BTreeMap<Address, Account>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_closed(absent: &Absent) -> bool {
    *absent == Absent::Empty
}

impl State {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How BLOCKHASH is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hashes {
    /// By number, as given; any other number of the last 256 gives zero.
    Listed(BTreeMap<u64, B256>),
    /// keccak-256 of the number in decimal, as in Ethereum's state tests.
    OfNumber,
}

impl Default for Hashes {
    fn default() -> Self {
        Self::Listed(BTreeMap::new())
    }
}

impl Serialize for Hashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Listed(hashes) => serializer.collect_map(hashes.iter().map(|(number, hash)| (number, hash.text()))),
            Self::OfNumber => serializer.serialize_str("ofNumber"),
        }
    }
}

impl Hashes {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

fn is_first_second(timestamp: &Vary<U256>) -> bool {
    *timestamp == Block::default().timestamp
}

fn is_usual_limit(gas_limit: &Vary<u64>) -> bool {
    *gas_limit == Block::default().gas_limit
}

/// Blob parameters of a block (EIP-7840), where they are not its fork's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BlobSchedule {
    /// Most blobs of a block.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Quantity64"))]
    pub max: u64,
    /// The fraction by which the base fee of blob gas moves.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Quantity64"))]
    pub base_fee_update_fraction: u64,
}

/// The block that calls run in. What is left out is zero, but for `timestamp` (1) and `gasLimit` (30,000,000).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Block {
    /// NUMBER.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub number: Vary<U256>,
    /// TIMESTAMP, in seconds; 1 where it is left out.
    #[serde(default, skip_serializing_if = "is_first_second")]
    pub timestamp: Vary<U256>,
    /// COINBASE.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub coinbase: Vary<Address>,
    /// GASLIMIT; 30,000,000 where it is left out.
    #[serde(default, skip_serializing_if = "is_usual_limit")]
    pub gas_limit: Vary<u64>,
    /// BASEFEE, in wei per gas (London and later).
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub base_fee_per_gas: Vary<u64>,
    /// DIFFICULTY before the Merge.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub difficulty: Vary<U256>,
    /// PREVRANDAO from the Merge on (EIP-4399).
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub prev_randao: Vary<B256>,
    /// Excess blob gas of the header (EIP-4844), from which BLOBBASEFEE follows.
    #[serde(default, skip_serializing_if = "Vary::is_zero")]
    pub excess_blob_gas: Vary<u64>,
    /// Blob parameters other than the fork's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "BlobSchedule"))]
    pub blob_schedule: Option<BlobSchedule>,
    /// BLOCKHASH by block number, or the word `ofNumber`.
    #[serde(default, skip_serializing_if = "Hashes::is_default")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Hashes"))]
    pub block_hashes: Hashes,
}

impl Default for Block {
    /// As [`BlockEnv::default`].
    fn default() -> Self {
        let BlockEnv { timestamp, gas_limit, .. } = BlockEnv::default();
        Self {
            number: Vary::default(),
            timestamp: timestamp.into(),
            coinbase: Vary::default(),
            gas_limit: gas_limit.into(),
            base_fee_per_gas: Vary::default(),
            difficulty: Vary::default(),
            prev_randao: Vary::default(),
            excess_blob_gas: Vary::default(),
            blob_schedule: None,
            block_hashes: Hashes::default(),
        }
    }
}

impl Block {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A slot that stands as a name.
fn slot(name: &str) -> Read<U256> {
    quantity_text(name).ok_or_else(|| {
        DocumentError::here("a slot that is no number", "a number from 0 to 2^256-1, as decimal or 0x text")
    })
}

fn account(value: &Value) -> Read<Account> {
    let mut object = Object::of(value, "an account")?;
    let account = Account {
        balance: object.optional("balance", Vary::read)?.unwrap_or_default(),
        nonce: object.optional("nonce", Vary::read)?.unwrap_or_default(),
        code: object.optional("code", |value| hex_bytes(value, MAX_CODE))?.unwrap_or_default(),
        program: object.optional("program", name)?,
        storage: object
            .optional("storage", |value| {
                entries(value, "values by slot", MAX_VALUES, |name, value| Ok((slot(name)?, Vary::read(value)?)))
            })?
            .unwrap_or_default(),
    };
    if account.program.is_some() && object.has("code") {
        return Err(DocumentError::here("both code and program", "one of them").within("program"));
    }
    object.done()?;
    Ok(account)
}

pub(super) fn state(value: &Value) -> Read<State> {
    let mut object = Object::of(value, "a state")?;
    let absent = [("empty", Absent::Empty), ("unknown", Absent::Unknown)];
    let state = State {
        absent: object.optional("absent", |value| one_of(value, &absent))?.unwrap_or_default(),
        accounts: object
            .optional("accounts", |value| {
                entries(value, "accounts by address", MAX_ACCOUNTS, |name, value| {
                    Ok((Address::read(&Value::from(name))?, account(value)?))
                })
            })?
            .unwrap_or_default(),
    };
    object.done()?;
    Ok(state)
}

fn hashes(value: &Value) -> Read<Hashes> {
    if value.is_object() {
        let number = |name: &str| {
            quantity_text(name)
                .and_then(|number| u64::try_from(number).ok())
                .ok_or_else(|| DocumentError::here("a name that is no block number", u64::WHAT))
        };
        // BLOCKHASH knows 256 blocks; lanes of other numbers know others.
        let listed = entries(value, "", MAX_ACCOUNTS, |name, value| Ok((number(name)?, B256::read(value)?)))?;
        return Ok(Hashes::Listed(listed));
    }
    match value.as_str() {
        Some("ofNumber") => Ok(Hashes::OfNumber),
        _ => Err(DocumentError::here(shown(value), "hashes by block number, or \"ofNumber\"")),
    }
}

fn blob_schedule(value: &Value) -> Read<BlobSchedule> {
    let mut object = Object::of(value, "a blob schedule")?;
    let schedule = BlobSchedule {
        max: object.required("max", |value| count(value, 0, MAX_NUMBER))?,
        base_fee_update_fraction: object.required("baseFeeUpdateFraction", |value| count(value, 1, MAX_NUMBER))?,
    };
    object.done()?;
    Ok(schedule)
}

pub(super) fn block(value: &Value) -> Read<Block> {
    let mut object = Object::of(value, "a block")?;
    let default = Block::default();
    let block = Block {
        number: object.optional("number", Vary::read)?.unwrap_or_default(),
        timestamp: object.optional("timestamp", Vary::read)?.unwrap_or(default.timestamp),
        coinbase: object.optional("coinbase", Vary::read)?.unwrap_or_default(),
        gas_limit: object.optional("gasLimit", Vary::read)?.unwrap_or(default.gas_limit),
        base_fee_per_gas: object.optional("baseFeePerGas", Vary::read)?.unwrap_or_default(),
        difficulty: object.optional("difficulty", Vary::read)?.unwrap_or_default(),
        prev_randao: object.optional("prevRandao", Vary::read)?.unwrap_or_default(),
        excess_blob_gas: object.optional("excessBlobGas", Vary::read)?.unwrap_or_default(),
        blob_schedule: object.optional("blobSchedule", blob_schedule)?,
        block_hashes: object.optional("blockHashes", hashes)?.unwrap_or_default(),
    };
    object.done()?;
    Ok(block)
}
