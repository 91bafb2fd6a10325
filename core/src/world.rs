//! Worlds: the state a call starts from. A world is whole, or a difference on another world; what it does not hold is
//! either empty (closed) or unknown (partial).

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256, keccak256};
use lanevm_shaders::Fork;

use serde::Serialize;

use crate::batch::ProgramId;

/// One account of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Transactions sent, or contracts created (EIP-161 starts contracts at 1).
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// The account's code, as an index into the batch's programs; `None` for an account without code.
    pub code: Option<ProgramId>,
    /// Storage slots that are not zero. A zero value in a delta clears the slot.
    pub storage: BTreeMap<U256, U256>,
}

/// What an account that a world does not hold is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Absent {
    /// What is absent is empty: the world is all there is.
    #[default]
    Empty,
    /// What is absent is unknown: touching it ends the lane as `missing_state`, naming the address and slot.
    Unknown,
}

/// The state that calls start from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// The world (an earlier index in the batch) that this one is a difference on.
    pub base: Option<u32>,
    /// Accounts. In a difference, an account here replaces nonce, balance and code of the base's account, and its
    /// storage slots are laid over the base's.
    pub accounts: BTreeMap<Address, Account>,
    /// Accounts of which nothing below shows through: known not to exist, unless they stand in `accounts` too, and then
    /// all that is known of them stands there (a slot that does not is zero). Means something in a difference alone.
    pub dropped: BTreeSet<Address>,
    /// Whether what is absent is empty or unknown. In a difference this field decides, not the base's.
    pub absent: Absent,
}

/// How BLOCKHASH is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockHashes {
    /// The hashes given, by block number; any other number of the last 256 gives zero.
    Listed(BTreeMap<u64, B256>),
    /// keccak-256 of the number in decimal: the convention of Ethereum's state tests.
    OfNumber,
}

impl BlockEnv {
    /// The hash of the block so many before this one, as BLOCKHASH gives it; zero where there is none.
    pub(crate) fn hash_before(&self, back: u64) -> B256 {
        let number = self.number.checked_sub(U256::from(back)).and_then(|number| u64::try_from(number).ok());
        match (&self.hashes, number) {
            (_, None) => B256::ZERO,
            (BlockHashes::Listed(hashes), Some(number)) => hashes.get(&number).copied().unwrap_or_default(),
            (BlockHashes::OfNumber, Some(number)) => keccak256(number.to_string()),
        }
    }
}

impl Default for BlockHashes {
    fn default() -> Self {
        Self::Listed(BTreeMap::new())
    }
}

/// Blob parameters of a fork (EIP-4844, EIP-7840), where a batch does not want its fork's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobSchedule {
    /// Most blobs a block can hold.
    pub max: u64,
    /// The fraction by which the base fee is updated.
    pub update_fraction: u64,
}

impl BlobSchedule {
    /// A fork's own; what stands here for forks before Cancun means nothing.
    pub const fn of(fork: Fork) -> Self {
        match fork {
            Fork::Prague | Fork::Osaka => Self { max: 9, update_fraction: 5_007_716 },
            _ => Self { max: 6, update_fraction: 3_338_477 },
        }
    }
}

/// The block a call runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEnv {
    /// NUMBER.
    pub number: U256,
    /// TIMESTAMP, in seconds.
    pub timestamp: U256,
    /// COINBASE.
    pub coinbase: Address,
    /// GASLIMIT.
    pub gas_limit: u64,
    /// BASEFEE, in wei per gas (London and later).
    pub base_fee: u64,
    /// DIFFICULTY before the Merge.
    pub difficulty: U256,
    /// PREVRANDAO from the Merge on (EIP-4399).
    pub prev_randao: B256,
    /// CHAINID (EIP-1344).
    pub chain_id: u64,
    /// Excess blob gas of the header (EIP-4844), from which BLOBBASEFEE follows.
    pub excess_blob_gas: u64,
    /// Blob parameters other than the fork's.
    pub blob_schedule: Option<BlobSchedule>,
    /// Answers of BLOCKHASH.
    pub hashes: BlockHashes,
}

impl Default for BlockEnv {
    /// Block 0 of mainnet's chain id at second 1, with a gas limit of 30 million and no base fee.
    fn default() -> Self {
        Self {
            number: U256::ZERO,
            timestamp: U256::from(1),
            coinbase: Address::ZERO,
            gas_limit: 30_000_000,
            base_fee: 0,
            difficulty: U256::ZERO,
            prev_randao: B256::ZERO,
            chain_id: 1,
            excess_blob_gas: 0,
            blob_schedule: None,
            hashes: BlockHashes::default(),
        }
    }
}
