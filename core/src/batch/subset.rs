//! Some calls of a batch as a batch of their own, with the tables they use and nothing else.

use std::collections::BTreeSet;

use super::{Batch, Calls};
use crate::{columns::Column, outcome::Keep};

impl Calls {
    /// The calls `rows` alone, in that order, of the same tables.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            count: rows.len(),
            world: self.world.pick(rows),
            block: self.block.pick(rows),
            fork: self.fork.pick(rows),
            level: self.level.pick(rows),
            caller: self.caller.pick(rows),
            to: self.to.pick(rows),
            code: self.code.pick(rows),
            value: self.value.pick(rows),
            gas: self.gas.pick(rows),
            data: self.data.select(rows),
            transaction: self.transaction.pick(rows),
        }
    }
}

impl Batch {
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

    /// [`Self::subset`], whose outcomes can be merged into this batch's: they keep the status even where this batch keeps a
    /// summary alone.
    pub fn part(&self, rows: &[usize]) -> Self {
        let part = self.subset(rows);
        Self { keep: part.keep.max(Keep::Status), ..part }
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
