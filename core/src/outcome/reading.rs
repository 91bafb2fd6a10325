//! Reading outcomes: a row's columns, decoded where that is asked for, and what is counted over all rows.

use alloy_primitives::{Address, B256, Bytes};
use lanevm_shaders::{Class, Status};

use super::{Executor, Keep, Log, Outcome, Outcomes, Reason, StateChanges};
use crate::{
    digest,
    summary::{Counted, Summary},
};

impl Outcomes {
    /// The hash of the path that the lane took, as `docs/observation.md` defines it; `None` where none was wanted, of a lane
    /// that did not end, and where only the summary is kept.
    pub fn path(&self, row: usize) -> Option<u32> {
        self.path.get(row).copied().flatten()
    }

    /// The leaf of a row, where it can be had.
    pub(crate) fn leaf(&self, row: usize) -> Option<B256> {
        match &self.leaves {
            Some(leaves) => Some(leaves[row]),
            None => (self.keep == Keep::All).then(|| digest::leaf(self, row)),
        }
    }

    /// How the call ended.
    pub fn status(&self, row: usize) -> Status {
        self.status[row]
    }

    /// All statuses, by row.
    pub fn statuses(&self) -> &[Status] {
        &self.status
    }

    /// Gas used; see [`Outcome::gas_used`].
    pub fn gas_used(&self, row: usize) -> u64 {
        self.gas_used[row]
    }

    /// Gas used by every row.
    pub fn gas_used_column(&self) -> &[u64] {
        &self.gas_used
    }

    /// The raw refund counter.
    pub fn refund(&self, row: usize) -> i64 {
        self.refund[row]
    }

    /// The refund granted.
    pub fn refund_granted(&self, row: usize) -> u64 {
        self.refund_granted[row]
    }

    /// Instructions executed.
    pub fn steps(&self, row: usize) -> u64 {
        self.steps[row]
    }

    /// Who answered.
    pub fn executor(&self, row: usize) -> Executor {
        self.executor[row]
    }

    /// Why it was not the device.
    pub fn reason(&self, row: usize) -> Reason {
        self.reason[row]
    }

    /// Whether the host has answered a precompile for a row that the device answered; not known where only the summary is
    /// kept.
    pub fn host_served(&self, row: usize) -> bool {
        self.served.contains(&row)
    }

    /// The rows for which it has, in order.
    pub fn host_served_rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.served.iter().copied()
    }

    /// Return or revert data.
    ///
    /// # Panics
    /// Where it is not kept.
    pub fn output(&self, row: usize) -> &[u8] {
        assert!(self.keep >= Keep::Return, "return data is not kept; replay the call");
        self.output.get(row)
    }

    /// Logs, decoded. As [`Self::logs_encoded`].
    pub fn logs(&self, row: usize) -> Vec<Log> {
        digest::decode_logs(self.logs_encoded(row))
    }

    /// Logs in the encoding of `docs/digest.md`.
    ///
    /// # Panics
    /// Where they are not kept.
    pub fn logs_encoded(&self, row: usize) -> &[u8] {
        assert!(self.keep == Keep::All, "logs are not kept; replay the call");
        self.logs.get(row)
    }

    /// State changes, decoded. As [`Self::changes_encoded`].
    pub fn changes(&self, row: usize) -> StateChanges {
        digest::decode_changes(self.changes_encoded(row))
    }

    /// State changes in the encoding of `docs/digest.md`.
    ///
    /// # Panics
    /// Where they are not kept.
    pub fn changes_encoded(&self, row: usize) -> &[u8] {
        assert!(self.keep == Keep::All, "state changes are not kept; replay the call");
        self.changes.get(row)
    }

    /// The contract the call created.
    pub fn created(&self, row: usize) -> Option<Address> {
        self.created.get(&row).copied()
    }

    /// A rejection's reason, the missing address and slot, or the host's limit, in words.
    pub fn detail(&self, row: usize) -> Option<&str> {
        self.detail.get(&row).map(String::as_str)
    }

    /// The row, decoded; what is not kept is empty.
    pub fn row(&self, row: usize) -> Outcome {
        Outcome {
            status: Some(self.status(row)),
            gas_used: self.gas_used(row),
            refund: self.refund(row),
            refund_granted: self.refund_granted(row),
            steps: self.steps(row),
            output: if self.keep >= Keep::Return { Bytes::copy_from_slice(self.output(row)) } else { Bytes::new() },
            logs: if self.keep == Keep::All { self.logs(row) } else { Vec::new() },
            changes: if self.keep == Keep::All { self.changes(row) } else { StateChanges::new() },
            created: self.created(row),
            detail: self.detail(row).map(str::to_owned),
            executor: self.executor(row),
            reason: self.reason(row),
        }
    }

    /// The digest over all rows; see `docs/digest.md`.
    ///
    /// # Panics
    /// Where it cannot be computed: see [`Self::has_digest`].
    pub fn digest(&self) -> B256 {
        digest::digest(self)
    }

    /// Counts and the spread of gas.
    pub fn summary(&self) -> Summary {
        if self.keep == Keep::Summary {
            let mut summary = self.tally.clone();
            let ended: u64 = summary.by_status.values().sum();
            if ended < self.count as u64 {
                *summary.by_status.entry(Status::Unfinished).or_default() += self.count as u64 - ended;
            }
            summary.count = self.count;
            return summary;
        }
        let mut summary = Summary { count: self.count, ..Summary::default() };
        let mut gas = Vec::new();
        for row in 0..self.count {
            summary.count(row, self.counted(row));
            if self.status[row].class() != Class::Unfinished {
                gas.push(self.gas_used[row]);
            }
        }
        if !gas.is_empty() {
            let middle = (gas.len() - 1) / 2;
            summary.gas_median = Some(*gas.select_nth_unstable(middle).1);
        }
        summary
    }

    pub(super) fn counted(&self, row: usize) -> Counted {
        Counted {
            status: self.status[row],
            gas_used: self.gas_used[row],
            steps: self.steps[row],
            executor: self.executor[row],
            reason: self.reason[row],
        }
    }
}
