//! Sessions between their runs, and the calls of a batch as a step of one, which has tables of its own. What a lane carries is
//! the session's.

use lanevm_core::{Batch, BatchError, Calls, Session};

/// A session that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) lanes: Session,
}

impl Begun {
    /// Lanes that begin with the worlds of a batch's calls.
    pub(crate) fn new(batch: &Batch) -> Result<Self, BatchError> {
        Ok(Self { lanes: Session::new(batch.clone())? })
    }

    /// A session whose lane `i` stands where lane `lanes[i]` of this one stands. This one must be settled.
    pub(crate) fn branch(&self, lanes: &[usize]) -> Result<Self, BatchError> {
        Ok(Self { lanes: Session::branch(&self.lanes.snapshot(), lanes)? })
    }

    /// The calls, their programs, blocks and transactions put on the session's tables.
    pub(crate) fn step(&mut self, batch: &Batch) -> Calls {
        if self.lanes.steps() == 0 {
            return batch.calls.clone();
        }
        let rows: Vec<usize> = (0..batch.len()).collect();
        let programs: Vec<u32> = batch.programs.iter().map(|program| self.lanes.add_program(program.clone())).collect();
        let (block, transaction) = self.lanes.replace_tables(batch.blocks.clone(), batch.transactions.clone());
        let calls = &batch.calls;
        Calls {
            block: calls.block.select(&rows, |id| id + block),
            code: calls.code.select(&rows, |id| id.map(|id| programs.get(id as usize).copied().unwrap_or(u32::MAX))),
            transaction: calls.transaction.select(&rows, |id| id.map(|id| id + transaction)),
            ..calls.clone()
        }
    }
}
