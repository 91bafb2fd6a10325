//! Calls written one by one, as the columns of a batch. It judges nothing.

use lanevm_core::{Address, Batch, CallData, Calls, Column, Fork, ForkColumn, Level, ProgramId, Transaction, U256};

/// One call.
#[derive(Clone, Debug)]
pub struct Row<'a> {
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

/// Calls, a value for each in every column.
#[derive(Debug, Default)]
pub struct Rows {
    world: Vec<u32>,
    block: Vec<u32>,
    fork: Vec<ForkColumn>,
    level: Vec<Level>,
    caller: Vec<Address>,
    to: Vec<Option<Address>>,
    code: Vec<Option<ProgramId>>,
    value: Vec<U256>,
    gas: Vec<u64>,
    data: CallData,
    transaction: Vec<Option<u32>>,
}

impl Rows {
    /// Calls so far.
    pub const fn len(&self) -> usize {
        self.world.len()
    }

    /// Whether there are no calls.
    pub const fn is_empty(&self) -> bool {
        self.world.is_empty()
    }

    /// Adds a call, and its transaction's own fields to the batch's.
    pub fn push(&mut self, batch: &mut Batch, row: Row<'_>) {
        self.world.push(row.world);
        self.block.push(row.block);
        self.fork.push(ForkColumn(row.fork));
        self.level.push(row.level);
        self.caller.push(row.caller);
        self.to.push(row.to);
        self.code.push(row.code);
        self.value.push(row.value);
        self.gas.push(row.gas);
        self.data.push(row.data);
        self.transaction.push(row.own.map(|own| {
            batch.transactions.push(own);
            (batch.transactions.len() - 1) as u32
        }));
    }

    /// The columns.
    pub fn calls(self) -> Calls {
        Calls {
            count: self.world.len(),
            world: Column::Each(self.world),
            block: Column::Each(self.block),
            fork: Column::Each(self.fork),
            level: Column::Each(self.level),
            caller: Column::Each(self.caller),
            to: Column::Each(self.to),
            code: Column::Each(self.code),
            value: Column::Each(self.value),
            gas: Column::Each(self.gas),
            data: self.data,
            transaction: Column::Each(self.transaction),
        }
    }
}
