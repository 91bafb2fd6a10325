//! A batch: tables of programs, worlds, block environments and transactions, and columnar calls that name theirs by
//! index. A sweep is the case where all indices are equal; unrelated calls on unrelated worlds are also one batch.

mod check;
mod subset;
mod transaction;
mod view;

use std::hash::{Hash as _, Hasher};

use alloy_primitives::{Address, U256};
use lanevm_shaders::Fork;
use serde::Serialize;

pub use self::{
    check::BatchError,
    transaction::{Authorization, Transaction},
};
use crate::{
    call_data::{CallData, DataRef},
    columns::Column,
    observation::Observe,
    outcome::{Keep, Outcomes},
    program::Program,
    world::{BlockEnv, World},
};

/// Index of a program in [`Batch::programs`].
pub type ProgramId = u32;

/// What a call goes through before and after its code runs. `docs/levels.md` says what each means for ORIGIN, GASPRICE,
/// value, warm addresses and refunds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A raw message call: no intrinsic gas, no nonce, no fee; gas used is before refunds.
    #[default]
    Frame,
    /// What `eth_call` does: intrinsic gas and refunds as in a transaction; nonce, balance-for-fee, base fee, block gas
    /// limit and EIP-3607 checks relaxed.
    Call,
    /// A transaction with every check; a refused one ends as `rejected`, with the reason.
    Transaction,
}

/// The calls of a batch, as columns. A column is one value for all or one per call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// How many calls there are.
    pub count: usize,
    /// Index of the world the call starts from.
    pub world: Column<u32>,
    /// Index of the block the call runs in.
    pub block: Column<u32>,
    /// The rules.
    pub fork: Column<ForkColumn>,
    /// Level.
    pub level: Column<Level>,
    /// CALLER of the first frame; the sender of a transaction.
    pub caller: Column<Address>,
    /// The account called; `None` creates a contract from the call data.
    pub to: Column<Option<Address>>,
    /// The program run in the place of the code at `to`, at level `frame` only; `None` runs the account's code.
    pub code: Column<Option<ProgramId>>,
    /// Value sent, in wei.
    pub value: Column<U256>,
    /// Gas limit: of the frame at level `frame`, of the transaction otherwise.
    pub gas: Column<u64>,
    /// Call data, or init code where `to` is `None`.
    pub data: CallData,
    /// Index into [`Batch::transactions`]; `None` for the defaults.
    pub transaction: Column<Option<u32>>,
}

/// A fork in a column; the default is the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ForkColumn(pub Fork);

impl Default for ForkColumn {
    fn default() -> Self {
        Self(Fork::LATEST)
    }
}

/// Limits a batch sets on itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most steps a lane may take before it ends as `step_limit`; `None` is no limit but gas.
    pub max_steps: Option<u64>,
}

/// Many calls and the tables they index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Programs, named by index.
    pub programs: Vec<Program>,
    /// Worlds; a world's base is an earlier one.
    pub worlds: Vec<World>,
    /// Block environments.
    pub blocks: Vec<BlockEnv>,
    /// Transactions' own fields.
    pub transactions: Vec<Transaction>,
    /// The calls.
    pub calls: Calls,
    /// The batch's own limits.
    pub limits: Limits,
    /// What is kept of each call's outcome.
    pub keep: Keep,
    /// Whether the digest's leaves are computed as calls end, so that there is a digest whatever is kept.
    pub digest: bool,
    /// What is noted of lanes while they run.
    pub observe: Observe,
}

/// Most calls of one batch.
pub const MAX_CALLS: usize = 1 << 28;

/// Programs by which batches are told apart.
const TELLING: usize = 64;

impl Batch {
    /// Feeds the first programs to a hasher: by them it is known again what kind of calls a batch has.
    pub(crate) fn hash_programs(&self, hasher: &mut impl Hasher) {
        self.programs.iter().take(TELLING).for_each(|program| program.hash().hash(hasher));
    }

    /// How many calls there are.
    pub const fn len(&self) -> usize {
        self.calls.count
    }

    /// Whether there are no calls. A batch without calls is legal, and its outcomes are empty.
    pub const fn is_empty(&self) -> bool {
        self.calls.count == 0
    }

    /// Adds a program and returns its index; one that is equal to an earlier one gets that one's.
    pub fn add_program(&mut self, program: Program) -> ProgramId {
        if let Some(known) = self.programs.iter().position(|p| p.hash() == program.hash()) {
            return known as ProgramId;
        }
        self.programs.push(program);
        (self.programs.len() - 1) as ProgramId
    }

    /// One call as a row.
    pub fn call(&self, index: usize) -> CallRef<'_> {
        let calls = &self.calls;
        CallRef {
            world: *calls.world.get(index),
            block: &self.blocks[*calls.block.get(index) as usize],
            fork: calls.fork.get(index).0,
            level: *calls.level.get(index),
            caller: *calls.caller.get(index),
            to: *calls.to.get(index),
            code: *calls.code.get(index),
            value: *calls.value.get(index),
            gas: *calls.gas.get(index),
            data: calls.data.row(index),
            transaction: calls.transaction.get(index).map(|tx| &self.transactions[tx as usize]),
        }
    }

    /// Whether two calls of level `frame` begin alike but for their data: what comes before the first frame is then the
    /// same, as it is for most calls of a sweep.
    pub(crate) fn opens_alike(&self, a: usize, b: usize) -> bool {
        let calls = &self.calls;
        macro_rules! same {
            ($($column:ident),*) => { $(calls.$column.get(a) == calls.$column.get(b))&&* };
        }
        *calls.level.get(a) == Level::Frame
            && calls.to.get(a).is_some()
            && same!(level, to, world, block, fork, caller, code, value, gas, transaction)
    }

    /// Outcomes of the batch, of which no call has ended yet.
    pub fn outcomes(&self) -> Outcomes {
        Outcomes::keeping(self.len(), self.keep, self.digest)
    }
}

/// One call of a batch, its columns read and its indices followed.
#[derive(Clone, Copy, Debug)]
pub struct CallRef<'a> {
    /// The world's index.
    pub world: u32,
    /// The block.
    pub block: &'a BlockEnv,
    /// The rules.
    pub fork: Fork,
    /// Level.
    pub level: Level,
    /// Caller or sender.
    pub caller: Address,
    /// The account called; `None` creates.
    pub to: Option<Address>,
    /// Program run in the place of `to`'s code (level `frame`).
    pub code: Option<ProgramId>,
    /// Value in wei.
    pub value: U256,
    /// Gas limit.
    pub gas: u64,
    /// Call data or init code.
    pub data: DataRef<'a>,
    /// The transaction's own fields.
    pub transaction: Option<&'a Transaction>,
}
