//! Sessions between their runs, and the calls of a batch as a step of one, which has tables of its own. What a lane carries is
//! the session's.

use lanevm_core::{Batch, BatchError, BlockEnv, Calls, Column, Session};

/// A session that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) lanes: Session,
    /// The session's blocks, in its order.
    blocks: Vec<BlockEnv>,
}

impl Begun {
    /// Lanes that begin with the worlds of a batch's calls.
    pub(crate) fn new(batch: &Batch) -> Result<Self, BatchError> {
        Ok(Self { lanes: Session::new(batch.clone())?, blocks: batch.blocks.clone() })
    }

    /// A session whose lane `i` stands where lane `lanes[i]` of this one stands. This one must be settled.
    pub(crate) fn branch(&self, lanes: &[usize]) -> Result<Self, BatchError> {
        Ok(Self { lanes: Session::branch(&self.lanes.snapshot(), lanes)?, blocks: self.blocks.clone() })
    }

    /// The place of a block in the session's table: runs mostly share theirs.
    fn block(&mut self, block: &BlockEnv) -> u32 {
        if let Some(place) = self.blocks.iter().rposition(|known| known == block) {
            return place as u32;
        }
        self.blocks.push(block.clone());
        self.lanes.add_block(block.clone())
    }

    /// The calls, their programs, blocks and transactions added to the session's tables.
    pub(crate) fn step(&mut self, batch: &Batch) -> Calls {
        if self.lanes.steps() == 0 {
            return batch.calls.clone();
        }
        let rows: Vec<usize> = (0..batch.len()).collect();
        let blocks: Vec<u32> = batch.blocks.iter().map(|block| self.block(block)).collect();
        let programs: Vec<u32> = batch.programs.iter().map(|program| self.lanes.add_program(program.clone())).collect();
        let transactions: Vec<u32> =
            batch.transactions.iter().map(|transaction| self.lanes.add_transaction(transaction.clone())).collect();
        let place = |table: &[u32], id: u32| table.get(id as usize).copied().unwrap_or(u32::MAX);
        let calls = &batch.calls;
        let of = |column: &Column<Option<u32>>, table: &[u32]| column.select(&rows, |id| id.map(|id| place(table, id)));
        Calls {
            block: calls.block.select(&rows, |&id| place(&blocks, id)),
            code: of(&calls.code, &programs),
            transaction: of(&calls.transaction, &transactions),
            ..calls.clone()
        }
    }
}
