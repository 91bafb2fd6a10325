//! The calls of a batch as a step of a session that has tables of its own. What a lane carries is the session's.

use lanevm_core::{Batch, Calls, Column, Session};

/// The calls, their programs, blocks and transactions added to the session's tables. A session that begins with the batch
/// has them all.
pub(crate) fn step_of(session: &mut Session, batch: &Batch) -> Calls {
    if session.steps() == 0 {
        return batch.calls.clone();
    }
    let rows: Vec<usize> = (0..batch.len()).collect();
    let programs: Vec<u32> = batch.programs.iter().map(|program| session.add_program(program.clone())).collect();
    let blocks: Vec<u32> = batch.blocks.iter().map(|block| session.add_block(block.clone())).collect();
    let transactions: Vec<u32> =
        batch.transactions.iter().map(|transaction| session.add_transaction(transaction.clone())).collect();
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
