//! Outcomes: what came of each call, as columns, decoded lazily. It holds results; it makes none.

mod changes;
mod executor;
mod filling;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes};
use lanevm_shaders::Status;

pub use self::{
    changes::{AccountChange, Log, StateChanges},
    executor::{Executor, Reason},
};
pub use crate::summary::{GasHistogram, Summary, TOP};
use crate::{columns::ByteColumn, digest, observation::Coverage};

/// What outcomes hold of each call. What is not kept can be had again by replaying the call: [`crate::cpu::outcome`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// Nothing of single calls, only the [`Summary`]. Memory does not grow with the batch.
    Summary,
    /// Status, gas used, refund, steps, who answered and why.
    Status,
    /// That, and return or revert data.
    Return,
    /// Everything: logs and state changes too.
    #[default]
    All,
}

/// What came of one call, as an engine hands it in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: Option<Status>,
    /// Gas used: at level `frame` the frame's, before refunds; otherwise the transaction's, after refunds and floor.
    pub gas_used: u64,
    /// The raw refund counter, zero unless the call succeeded; it can be below zero at level `frame`.
    pub refund: i64,
    /// The refund granted: capped (EIP-3529), zero at level `frame`.
    pub refund_granted: u64,
    /// Instructions executed, of all frames.
    pub steps: u64,
    /// Return data, revert data, or the address created (frames and transactions that create return the deployed code
    /// as return data).
    pub output: Bytes,
    /// Logs in order.
    pub logs: Vec<Log>,
    /// State changes.
    pub changes: StateChanges,
    /// The address of the contract created by the call itself.
    pub created: Option<Address>,
    /// What a rejected, missing-state or host-limit outcome says in words.
    pub detail: Option<String>,
    /// Who answered.
    pub executor: Executor,
    /// Why it was not the device.
    pub reason: Reason,
}

/// What came of every call of a batch. Rows are in call order, whatever order lanes ended in. Columns that [`Keep`] leaves
/// out cannot be read: asking for one is a mistake of the program that asks, and panics rather than giving an empty answer.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    count: usize,
    keep: Keep,
    /// With [`Keep::Summary`], what the columns would say: those are empty then.
    tally: Summary,
    status: Vec<Status>,
    gas_used: Vec<u64>,
    refund: Vec<i64>,
    refund_granted: Vec<u64>,
    steps: Vec<u64>,
    executor: Vec<Executor>,
    reason: Vec<Reason>,
    output: ByteColumn,
    logs: ByteColumn,
    changes: ByteColumn,
    /// The digest's leaves, where they were asked for.
    leaves: Option<Vec<B256>>,
    created: BTreeMap<usize, Address>,
    detail: BTreeMap<usize, String>,
    served: BTreeSet<usize>,
    /// By row, where paths were wanted.
    path: Vec<Option<u32>>,
    /// Lanes by block and branch of each program, where that was wanted: of all lanes that ended.
    pub coverage: Coverage,
    /// Precompile calls answered by the host for lanes on the device, by precompile number.
    pub host_services: BTreeMap<u16, u64>,
    /// Lanes that one tier of the device handed to the next, by reason.
    pub escalated: BTreeMap<Reason, u64>,
    /// Lanes that were begun again because the device failed.
    pub repeated: u64,
    /// Lanes that went ways (`crate::paths`): see `gpu::Ways`.
    pub ways: u64,
    /// Lanes of those held against the CPU engine that a way had answered wrongly: a fault of this program. The batch was run
    /// again without ways, so that no outcome here is one's.
    pub wrong_ways: u64,
}

impl Outcomes {
    /// `count` rows, all unfinished, of which everything will be kept.
    pub fn unfinished(count: usize) -> Self {
        Self::keeping(count, Keep::All, false)
    }

    /// `count` rows, all unfinished, of which so much will be kept, and the digest's leaves if they are asked for.
    pub fn keeping(count: usize, keep: Keep, leaves: bool) -> Self {
        let rows = |least: Keep| if keep >= least { count } else { 0 };
        let (status, output, all) = (rows(Keep::Status), rows(Keep::Return), rows(Keep::All));
        Self {
            count,
            keep,
            status: vec![Status::Unfinished; status],
            gas_used: vec![0; status],
            refund: vec![0; status],
            refund_granted: vec![0; status],
            steps: vec![0; status],
            executor: vec![Executor::Cpu; status],
            reason: vec![Reason::None; status],
            output: ByteColumn::empty(output),
            logs: ByteColumn::empty(all),
            changes: ByteColumn::empty(all),
            // Rows that never end have leaves too.
            leaves: leaves.then(|| vec![digest::unfinished_leaf(); count]),
            ..Self::default()
        }
    }

    /// Rows.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What is kept of each row.
    pub const fn keep(&self) -> Keep {
        self.keep
    }

    /// Whether the digest can be computed: everything is kept, or its leaves were asked for.
    pub const fn has_digest(&self) -> bool {
        matches!(self.keep, Keep::All) || self.leaves.is_some()
    }
}
