//! A batch put together call by call from states, blocks and calls of unrelated cases. It judges nothing.

use std::collections::HashMap;

use alloy_primitives::{B256, Bytes, keccak256};
use lanevm_core::{
    Fork,
    batch::{Batch, Level, ProgramId},
    program::Program,
    world::{Account, BlockEnv, World},
};

use crate::{
    fixtures::{
        account::{FullAccount, State},
        transaction::Sent,
    },
    rows::{Row, Rows},
};

/// A batch under construction.
#[derive(Debug, Default)]
pub struct Assembly {
    batch: Batch,
    programs: HashMap<B256, ProgramId>,
    bytes: usize,
    rows: Rows,
}

impl Assembly {
    /// Calls so far.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no calls.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
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
    pub fn call(&mut self, row: Row<'_>) -> usize {
        self.bytes += 256 + row.data.len();
        self.rows.push(&mut self.batch, row);
        self.rows.len() - 1
    }

    /// Adds a transaction and gives its row.
    pub fn send(&mut self, sent: &Sent, world: u32, block: u32, fork: Fork, level: Level) -> usize {
        self.call(Row {
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
        Batch { calls: self.rows.calls(), ..self.batch }
    }
}
