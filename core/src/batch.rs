//! A batch: tables of programs, worlds, block environments and transactions, and columnar calls that name theirs by
//! index. A sweep is the case where all indices are equal; unrelated calls on unrelated worlds are also one batch.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use lanevm_shaders::Fork;
use serde::Serialize;
use thiserror::Error;

use crate::{
    call_data::{CallData, DataRef},
    columns::Column,
    observation::Observe,
    outcome::{Keep, Outcomes},
    program::Program,
    world::{Absent, BlockEnv, World},
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

/// One authorisation of a type-4 transaction (EIP-7702), as signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Chain id, or zero for any.
    pub chain_id: U256,
    /// The address delegated to.
    pub address: Address,
    /// The authority's nonce.
    pub nonce: u64,
    /// Signature parity.
    pub y_parity: u8,
    /// Signature r.
    pub r: U256,
    /// Signature s.
    pub s: U256,
}

/// What a transaction has beyond a message call. Calls of level `frame` use only `origin` and `gas_price`-like fields of
/// it: `gas_price` is GASPRICE there, `blob_hashes` is BLOBHASH.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// EIP-2718 type, 0 to 4.
    pub kind: u8,
    /// Nonce; `None` takes the sender's own.
    pub nonce: Option<u64>,
    /// ORIGIN at level `frame`; `None` is the caller. Other levels: the caller always.
    pub origin: Option<Address>,
    /// Gas price (types 0 and 1) or max fee per gas (types 2 to 4), in wei.
    pub gas_price: U256,
    /// Max priority fee per gas (types 2 to 4), in wei.
    pub priority_fee: Option<U256>,
    /// Chain id the transaction was signed for; `None` where it names none.
    pub chain_id: Option<u64>,
    /// Access list (EIP-2930).
    pub access_list: Vec<(Address, Vec<B256>)>,
    /// Blob versioned hashes (EIP-4844).
    pub blob_hashes: Vec<B256>,
    /// Max fee per blob gas (EIP-4844), in wei.
    pub max_fee_per_blob_gas: U256,
    /// Authorisations (EIP-7702).
    pub authorizations: Vec<Authorization>,
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

/// Why a batch cannot be run at all. Nothing about the EVM is an error here: bad code and refused transactions are
/// outcomes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BatchError {
    /// A column has the wrong number of values.
    #[error("column `{column}` has {found} values for {calls} calls; give one for all or one for each")]
    ColumnLength {
        /// The column.
        column: &'static str,
        /// Values found.
        found: usize,
        /// Calls of the batch.
        calls: usize,
    },
    /// An index names nothing.
    #[error("`{column}` of call {call} names {table} {index}, but the batch has {len}")]
    Index {
        /// The column.
        column: &'static str,
        /// The call.
        call: usize,
        /// The table.
        table: &'static str,
        /// The index.
        index: u32,
        /// The table's length.
        len: usize,
    },
    /// A world's base or code is wrong.
    #[error("world {world}: {what}")]
    World {
        /// The world.
        world: usize,
        /// What is wrong.
        what: String,
    },
    /// More calls than can be indexed.
    #[error("{calls} calls are more than the {most} that one batch can hold; split it")]
    TooManyCalls {
        /// Calls given.
        calls: usize,
        /// Calls accepted.
        most: usize,
    },
}

/// Most calls of one batch.
pub const MAX_CALLS: usize = 1 << 28;

impl Batch {
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

    /// Checks that columns fit and indices name something. Engines call it first.
    ///
    /// # Errors
    /// See [`BatchError`].
    pub fn validate(&self) -> Result<(), BatchError> {
        let calls = &self.calls;
        let count = calls.count;
        if count > MAX_CALLS {
            return Err(BatchError::TooManyCalls { calls: count, most: MAX_CALLS });
        }
        macro_rules! length {
            ($($column:ident),*) => {$(
                if !calls.$column.fits(count) {
                    return Err(BatchError::ColumnLength {
                        column: stringify!($column),
                        found: calls.$column.calls().unwrap_or(1),
                        calls: count,
                    });
                }
            )*};
        }
        length!(world, block, fork, level, caller, to, code, value, gas, transaction);
        if calls.data.len() != count {
            return Err(BatchError::ColumnLength { column: "data", found: calls.data.len(), calls: count });
        }
        for (id, world) in self.worlds.iter().enumerate() {
            if let Some(base) = world.base.filter(|&base| base as usize >= id) {
                return Err(BatchError::World {
                    world: id,
                    what: format!("its base is world {base}; a base must come before"),
                });
            }
            for (address, account) in &world.accounts {
                if let Some(code) = account.code.filter(|&code| code as usize >= self.programs.len()) {
                    return Err(BatchError::World {
                        world: id,
                        what: format!("account {address} names program {code} of {}", self.programs.len()),
                    });
                }
            }
        }
        if count == 0 {
            return Ok(());
        }
        let index = |column: &'static str, table: &'static str, len: usize, call: usize, index: u32| {
            if (index as usize) < len { Ok(()) } else { Err(BatchError::Index { column, call, table, index, len }) }
        };
        for (call, &world) in calls.world.values().iter().enumerate() {
            index("world", "world", self.worlds.len(), call, world)?;
        }
        for (call, &block) in calls.block.values().iter().enumerate() {
            index("block", "block", self.blocks.len(), call, block)?;
        }
        for (call, code) in calls.code.values().iter().enumerate() {
            code.map_or(Ok(()), |code| index("code", "program", self.programs.len(), call, code))?;
        }
        for (call, tx) in calls.transaction.values().iter().enumerate() {
            tx.map_or(Ok(()), |tx| index("transaction", "transaction", self.transactions.len(), call, tx))?;
        }
        Ok(())
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

    /// A batch of the calls `rows` alone, in that order, with the tables they use and nothing else. Its outcomes can be
    /// put back with [`crate::Outcomes::merge`]. The batch must be valid.
    ///
    /// # Panics
    /// If a row is not in the batch.
    pub fn subset(&self, rows: &[usize]) -> Self {
        if rows.is_empty() {
            return Self {
                limits: self.limits,
                keep: self.keep,
                digest: self.digest,
                observe: self.observe,
                ..Self::default()
            };
        }
        let calls = &self.calls;
        let used = |column: &Column<u32>| -> BTreeSet<u32> {
            column.select(rows, |&id| id).values().iter().copied().collect()
        };
        let blocks = used(&calls.block);
        let mut worlds = used(&calls.world);
        // A base comes before its difference, so that one pass from the last to the first finds all.
        let mut at = worlds.last().copied();
        while let Some(id) = at {
            worlds.extend(self.worlds[id as usize].base);
            at = worlds.range(..id).next_back().copied();
        }
        let optional = |column: &Column<Option<u32>>| -> BTreeSet<u32> {
            column.select(rows, |&id| id).values().iter().flatten().copied().collect()
        };
        let transactions = optional(&calls.transaction);
        let mut programs = optional(&calls.code);
        for &world in &worlds {
            programs.extend(self.worlds[world as usize].accounts.values().filter_map(|account| account.code));
        }
        let [programs, worlds, blocks, transactions] = [programs, worlds, blocks, transactions].map(Renumbered::new);
        Self {
            programs: programs.pick(&self.programs),
            worlds: worlds
                .pick(&self.worlds)
                .into_iter()
                .map(|mut world| {
                    world.base = world.base.map(|base| worlds.of(base));
                    for account in world.accounts.values_mut() {
                        account.code = account.code.map(|code| programs.of(code));
                    }
                    world
                })
                .collect(),
            blocks: blocks.pick(&self.blocks),
            transactions: transactions.pick(&self.transactions),
            calls: Calls {
                count: rows.len(),
                world: calls.world.select(rows, |&id| worlds.of(id)),
                block: calls.block.select(rows, |&id| blocks.of(id)),
                fork: calls.fork.pick(rows),
                level: calls.level.pick(rows),
                caller: calls.caller.pick(rows),
                to: calls.to.pick(rows),
                code: calls.code.select(rows, |id| id.map(|id| programs.of(id))),
                value: calls.value.pick(rows),
                gas: calls.gas.pick(rows),
                data: calls.data.select(rows),
                transaction: calls.transaction.select(rows, |id| id.map(|id| transactions.of(id))),
            },
            limits: self.limits,
            keep: self.keep,
            digest: self.digest,
            observe: self.observe,
        }
    }

    /// Outcomes of the batch, of which no call has ended yet.
    pub fn outcomes(&self) -> Outcomes {
        Outcomes::keeping(self.len(), self.keep, self.digest)
    }

    /// [`Self::subset`], whose outcomes can be merged into this batch's: they keep the status even where this batch keeps a
    /// summary alone.
    pub fn part(&self, rows: &[usize]) -> Self {
        let part = self.subset(rows);
        Self { keep: part.keep.max(Keep::Status), ..part }
    }

    /// The account a world holds, seen through its bases; `None` where there is none, or none that is known (see
    /// [`Self::knows`]). Storage is only that of the nearest world; use [`Self::storage`].
    pub fn account(&self, world: u32, address: &Address) -> Option<&crate::world::Account> {
        let mut at = Some(world);
        while let Some(id) = at {
            let world = &self.worlds[id as usize];
            if let Some(account) = world.accounts.get(address) {
                return Some(account);
            }
            at = world.base.filter(|_| !world.dropped.contains(address));
        }
        None
    }

    /// Whether a world says what stands at an address: an account, or nothing. A closed world always does.
    pub fn knows(&self, world: u32, address: &Address) -> bool {
        let mut at = Some(world).filter(|&id| self.worlds[id as usize].absent == Absent::Unknown);
        let closed = at.is_none();
        while let Some(id) = at {
            let world = &self.worlds[id as usize];
            if world.accounts.contains_key(address) || world.dropped.contains(address) {
                return true;
            }
            at = world.base;
        }
        closed
    }

    /// The value of a slot, seen through the world's bases; `None` where no world of the chain says what it holds.
    pub fn storage(&self, world: u32, address: &Address, slot: &U256) -> Option<U256> {
        let mut at = Some(world);
        while let Some(id) = at {
            let world = &self.worlds[id as usize];
            if let Some(value) = world.accounts.get(address).and_then(|account| account.storage.get(slot)) {
                return Some(*value);
            }
            if world.dropped.contains(address) {
                return Some(U256::ZERO);
            }
            at = world.base;
        }
        None
    }
}

/// The entries of a table that are kept, in their order; a kept entry's place here is its new index.
struct Renumbered(Vec<u32>);

impl Renumbered {
    fn new(kept: BTreeSet<u32>) -> Self {
        Self(kept.into_iter().collect())
    }

    fn of(&self, old: u32) -> u32 {
        self.0.binary_search(&old).expect("an entry that is used is kept") as u32
    }

    fn pick<T: Clone>(&self, table: &[T]) -> Vec<T> {
        self.0.iter().map(|&id| table[id as usize].clone()).collect()
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
