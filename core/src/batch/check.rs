//! Whether a batch can be run at all: columns that fit, and indices that name something.

use thiserror::Error;

use super::{Batch, MAX_CALLS};

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

impl Batch {
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
}
