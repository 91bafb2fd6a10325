//! A batch put together call by call from states, blocks and calls of unrelated cases. It judges nothing.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use lanevm_core::{
    Fork,
    batch::{Batch, ForkColumn, Level, ProgramId, Transaction},
    columns::Column,
    program::Program,
    world::{Account, BlockEnv, World},
};

use crate::fixtures::{
    account::{FullAccount, State},
    transaction::Sent,
};

/// One call to add.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// World.
    pub world: u32,
    /// Block.
    pub block: u32,
    /// Rules.
    pub fork: Fork,
    /// Level.
    pub level: Level,
    /// Caller or sender.
    pub caller: Address,
    /// Recipient.
    pub to: Option<Address>,
    /// Program run in the place of the recipient's code.
    pub code: Option<ProgramId>,
    /// Value.
    pub value: U256,
    /// Gas limit.
    pub gas: u64,
    /// Data.
    pub data: &'a [u8],
    /// The transaction's own fields.
    pub own: Option<Transaction>,
}

/// A batch under construction.
#[derive(Debug, Default)]
pub struct Assembly {
    batch: Batch,
    programs: HashMap<B256, ProgramId>,
    bytes: usize,
    world: Vec<u32>,
    block: Vec<u32>,
    fork: Vec<ForkColumn>,
    level: Vec<Level>,
    caller: Vec<Address>,
    to: Vec<Option<Address>>,
    code: Vec<Option<ProgramId>>,
    value: Vec<U256>,
    gas: Vec<u64>,
    transaction: Vec<Option<u32>>,
}

impl Assembly {
    /// Calls so far.
    pub const fn len(&self) -> usize {
        self.world.len()
    }

    /// Whether there are no calls.
    pub const fn is_empty(&self) -> bool {
        self.world.is_empty()
    }

    /// Bytes held by worlds, programs and data, about.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The program of these bytes.
    pub fn program(&mut self, code: &Bytes) -> ProgramId {
        let batch = &mut self.batch;
        let bytes = &mut self.bytes;
        *self.programs.entry(keccak256(code)).or_insert_with(|| {
            *bytes += code.len();
            batch.programs.push(Program::new(code.clone()));
            (batch.programs.len() - 1) as ProgramId
        })
    }

    /// The account as the batch holds it.
    pub fn account(&mut self, full: &FullAccount) -> Account {
        self.bytes += 96 + 96 * full.storage.len();
        Account {
            nonce: full.nonce,
            balance: full.balance,
            code: (!full.code.is_empty()).then(|| self.program(&full.code)),
            storage: full.storage.clone(),
        }
    }

    /// Adds a whole world.
    pub fn world(&mut self, state: &State) -> u32 {
        let accounts = state.iter().map(|(address, full)| (*address, self.account(full))).collect();
        self.batch.worlds.push(World { accounts, ..World::default() });
        (self.batch.worlds.len() - 1) as u32
    }

    /// Adds a world that is a difference on an earlier one.
    pub fn difference(&mut self, world: World) -> u32 {
        self.batch.worlds.push(world);
        (self.batch.worlds.len() - 1) as u32
    }

    /// Adds a block.
    pub fn block(&mut self, block: BlockEnv) -> u32 {
        self.batch.blocks.push(block);
        (self.batch.blocks.len() - 1) as u32
    }

    /// Adds a call and gives its row.
    pub fn call(&mut self, call: Call<'_>) -> usize {
        self.bytes += 256 + call.data.len();
        self.world.push(call.world);
        self.block.push(call.block);
        self.fork.push(ForkColumn(call.fork));
        self.level.push(call.level);
        self.caller.push(call.caller);
        self.to.push(call.to);
        self.code.push(call.code);
        self.value.push(call.value);
        self.gas.push(call.gas);
        self.batch.calls.data.push(call.data);
        let batch = &mut self.batch;
        self.transaction.push(call.own.map(|own| {
            batch.transactions.push(own);
            (batch.transactions.len() - 1) as u32
        }));
        self.world.len() - 1
    }

    /// Adds a transaction and gives its row.
    pub fn send(&mut self, sent: &Sent, world: u32, block: u32, fork: Fork, level: Level) -> usize {
        self.call(Call {
            world,
            block,
            fork,
            level,
            caller: sent.from,
            to: sent.to,
            code: None,
            value: sent.value,
            gas: sent.gas,
            data: &sent.data,
            own: Some(sent.own.clone()),
        })
    }

    /// The batch.
    pub fn finish(self) -> Batch {
        let mut batch = self.batch;
        let calls = &mut batch.calls;
        calls.count = self.world.len();
        calls.world = Column::Each(self.world);
        calls.block = Column::Each(self.block);
        calls.fork = Column::Each(self.fork);
        calls.level = Column::Each(self.level);
        calls.caller = Column::Each(self.caller);
        calls.to = Column::Each(self.to);
        calls.code = Column::Each(self.code);
        calls.value = Column::Each(self.value);
        calls.gas = Column::Each(self.gas);
        calls.transaction = Column::Each(self.transaction);
        batch
    }
}
