//! Writing outcomes: row by row, or a part's rows into their places in the whole. Of what is not kept nothing is stored.

use alloy_primitives::B256;
use lanevm_shaders::Status;

use super::{Keep, Outcome, Outcomes, Reason};
use crate::{
    digest,
    summary::{Counted, Summary},
};

impl Outcomes {
    /// Sets a row.
    pub fn set(&mut self, row: usize, outcome: &Outcome) {
        if self.has_digest() {
            let logs = digest::encode_logs(&outcome.logs);
            let changes = digest::encode_changes(&outcome.changes);
            self.set_encoded(row, outcome, &outcome.output, &logs, &changes);
        } else {
            self.set_encoded(row, outcome, &outcome.output, &[], &[]);
        }
    }

    /// Sets a row whose output, logs and state changes are already in the encoding of `docs/digest.md`; those fields of
    /// `outcome` are not looked at. What is not kept can be left out, unless the digest's leaves are asked for. A row is set
    /// once.
    pub fn set_encoded(&mut self, row: usize, outcome: &Outcome, output: &[u8], logs: &[u8], changes: &[u8]) {
        let status = outcome.status.unwrap_or(Status::Unfinished);
        if let Some(leaves) = &mut self.leaves {
            leaves[row] = digest::leaf_of(status, outcome.gas_used, outcome.refund, [output, logs, changes]);
        }
        if self.keep == Keep::Summary {
            let counted = Counted {
                status,
                gas_used: outcome.gas_used,
                steps: outcome.steps,
                executor: outcome.executor,
                reason: outcome.reason,
            };
            self.tally.count(row, counted);
            return;
        }
        self.status[row] = status;
        self.gas_used[row] = outcome.gas_used;
        self.refund[row] = outcome.refund;
        self.refund_granted[row] = outcome.refund_granted;
        self.steps[row] = outcome.steps;
        self.executor[row] = outcome.executor;
        self.reason[row] = outcome.reason;
        if self.keep >= Keep::Return {
            self.output.set(row, output);
        }
        if self.keep == Keep::All {
            self.logs.set(row, logs);
            self.changes.set(row, changes);
        }
        if let Some(created) = outcome.created {
            self.created.insert(row, created);
        }
        if let Some(detail) = &outcome.detail {
            self.detail.insert(row, detail.clone());
        }
    }

    /// Sets the hash of the path that a row's lane took.
    pub(crate) fn set_path(&mut self, row: usize, path: u32) {
        if self.keep >= Keep::Status {
            self.path.resize(self.len(), None);
            self.path[row] = Some(path);
        }
    }

    /// Moves the rows of `other`, which answered the calls `rows` of this batch in that order, into their places. `other`
    /// keeps at least what this does, and the status even where this is a summary. `reason`, if given, says why each row was
    /// not answered by the engine that was asked.
    pub fn merge(&mut self, rows: &[usize], other: &Self, reason: Option<&[Reason]>) {
        debug_assert!(other.keep >= self.keep.max(Keep::Status), "a part keeps what the whole does");
        self.coverage.merge(&other.coverage);
        for (from, &row) in rows.iter().enumerate() {
            if let Some(path) = other.path(from) {
                self.set_path(row, path);
            }
            let reason = reason.map_or(other.reason[from], |reasons| reasons[from]);
            if let (Some(leaves), Some(leaf)) = (&mut self.leaves, other.leaf(from)) {
                leaves[row] = leaf;
            }
            if self.keep == Keep::Summary {
                // A row that has not ended is counted when the summary is asked for.
                if other.status[from] != Status::Unfinished {
                    self.tally.count(row, Counted { reason, ..other.counted(from) });
                }
                continue;
            }
            self.status[row] = other.status[from];
            self.gas_used[row] = other.gas_used[from];
            self.refund[row] = other.refund[from];
            self.refund_granted[row] = other.refund_granted[from];
            self.steps[row] = other.steps[from];
            self.executor[row] = other.executor[from];
            self.reason[row] = reason;
            if self.keep >= Keep::Return {
                self.output.set(row, other.output.get(from));
            }
            if self.keep == Keep::All {
                self.logs.set(row, other.logs.get(from));
                self.changes.set(row, other.changes.get(from));
            }
            if let Some(created) = other.created.get(&from) {
                self.created.insert(row, *created);
            }
            if other.served.contains(&from) {
                self.served.insert(row);
            } else {
                self.served.remove(&row);
            }
            if let Some(detail) = other.detail.get(&from) {
                self.detail.insert(row, detail.clone());
            }
        }
        for (number, count) in &other.host_services {
            *self.host_services.entry(*number).or_default() += count;
        }
        for (reason, count) in &other.escalated {
            *self.escalated.entry(*reason).or_default() += count;
        }
        self.repeated += other.repeated;
        self.ways += other.ways;
        self.wrong_ways += other.wrong_ways;
    }

    /// Sets the leaf of a row of which not all is kept.
    pub(crate) fn set_leaf(&mut self, row: usize, leaf: B256) {
        if let Some(leaves) = &mut self.leaves {
            leaves[row] = leaf;
        }
    }

    /// Adds the summary of rows of which nothing else is kept.
    pub(crate) fn absorb(&mut self, part: &Summary) {
        debug_assert_eq!(self.keep, Keep::Summary, "rows are set one by one where they are kept");
        self.tally.absorb(part);
    }

    /// Notes that the host has answered a precompile for a row that the device answered.
    pub fn set_host_served(&mut self, row: usize) {
        self.served.insert(row);
    }
}
