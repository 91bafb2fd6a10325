//! Counts of a batch's outcomes: by status, by who answered, and the spread of gas. It is built row by row, so that a
//! batch of which nothing else is kept still has one.

use std::collections::BTreeMap;

use lanevm_shaders::{Class, Status};

use crate::outcome::{Executor, Reason};

/// Rows that [`Summary::top`] names.
pub const TOP: usize = 16;

/// Counts of a batch's outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows.
    pub count: usize,
    /// Rows by status.
    pub by_status: BTreeMap<Status, u64>,
    /// Finished rows that the device answered.
    pub on_gpu: u64,
    /// Finished rows that the CPU answered, by reason.
    pub on_cpu: BTreeMap<Reason, u64>,
    /// Least gas used by a finished row.
    pub gas_min: u64,
    /// Median gas used (the lower one of an even count); `None` where no row is finished, or only the summary is kept.
    pub gas_median: Option<u64>,
    /// Most gas used.
    pub gas_max: u64,
    /// Gas used by all finished rows.
    pub gas_total: u128,
    /// Instructions executed by all finished rows.
    pub steps_total: u128,
    /// Finished rows by the gas they used.
    pub gas_histogram: GasHistogram,
    /// The finished rows that used most gas, with that gas: the most first, of equal ones the earlier row, at most [`TOP`].
    pub top: Vec<(u64, usize)>,
}

/// Rows by gas used, in bins an eighth of a power of two wide: each bin's bounds differ by at most an eighth of its least
/// value, and below 16 each value has a bin of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GasHistogram {
    bins: BTreeMap<u16, u64>,
}

impl GasHistogram {
    /// The bin of a value.
    pub const fn bin(gas: u64) -> u16 {
        if gas < 16 {
            return gas as u16;
        }
        let octave = gas.ilog2();
        // The three bits below the highest.
        (8 * octave - 16) as u16 + ((gas >> (octave - 3)) & 7) as u16
    }

    /// The least value of a bin.
    pub const fn least(bin: u16) -> u64 {
        if bin < 16 {
            return bin as u64;
        }
        let octave = (bin as u32 + 16) / 8;
        (8 | (bin as u64 & 7)) << (octave - 3)
    }

    /// Counts rows of a bin.
    pub fn add(&mut self, bin: u16, rows: u64) {
        *self.bins.entry(bin).or_default() += rows;
    }

    /// Least value and rows of each bin that has any, ascending.
    pub fn bins(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.bins.iter().map(|(bin, rows)| (Self::least(*bin), *rows))
    }
}

/// What a summary takes of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) status: Status,
    pub(crate) gas_used: u64,
    pub(crate) steps: u64,
    pub(crate) executor: Executor,
    pub(crate) reason: Reason,
}

impl Summary {
    /// Counts a row that has ended.
    pub(crate) fn count(&mut self, row: usize, counted: Counted) {
        *self.by_status.entry(counted.status).or_default() += 1;
        if counted.status.class() == Class::Unfinished {
            return;
        }
        match counted.executor {
            Executor::Gpu => self.on_gpu += 1,
            Executor::Cpu => *self.on_cpu.entry(counted.reason).or_default() += 1,
        }
        let gas = counted.gas_used;
        self.gas_min = if self.gas_histogram.bins.is_empty() { gas } else { self.gas_min.min(gas) };
        self.gas_max = self.gas_max.max(gas);
        self.gas_total += u128::from(gas);
        self.steps_total += u128::from(counted.steps);
        self.gas_histogram.add(GasHistogram::bin(gas), 1);
        self.rank(gas, row);
    }

    /// Adds the counts of other rows.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for (status, rows) in &other.by_status {
            *self.by_status.entry(*status).or_default() += rows;
        }
        for (reason, rows) in &other.on_cpu {
            *self.on_cpu.entry(*reason).or_default() += rows;
        }
        if other.gas_histogram.bins.is_empty() {
            return;
        }
        self.gas_min = if self.gas_histogram.bins.is_empty() { other.gas_min } else { self.gas_min.min(other.gas_min) };
        self.gas_max = self.gas_max.max(other.gas_max);
        self.on_gpu += other.on_gpu;
        self.gas_total += other.gas_total;
        self.steps_total += other.steps_total;
        for (bin, rows) in &other.gas_histogram.bins {
            self.gas_histogram.add(*bin, *rows);
        }
        for (gas, row) in &other.top {
            self.rank(*gas, *row);
        }
    }

    /// Enters a row into the top, if it belongs there.
    pub(crate) fn rank(&mut self, gas: u64, row: usize) {
        let behind = |&(other, at): &(u64, usize)| other > gas || (other == gas && at < row);
        if self.top.len() == TOP && self.top.last().is_some_and(behind) {
            return;
        }
        let place = self.top.partition_point(behind);
        self.top.insert(place, (gas, row));
        self.top.truncate(TOP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_begins_with_its_least_value() {
        for gas in (0..4096).chain((0..64).flat_map(|bit| [1 << bit, (1 << bit) - 1, (1 << bit) + 1])).chain([u64::MAX])
        {
            let bin = GasHistogram::bin(gas);
            let least = GasHistogram::least(bin);
            assert!(least <= gas, "{gas}: bin {bin} begins at {least}");
            assert_eq!(GasHistogram::bin(least), bin);
            assert!(gas - least <= least / 8, "{gas}: bin {bin} is too wide");
            if gas > 0 {
                assert!(GasHistogram::bin(gas - 1) <= bin);
            }
        }
    }

    #[test]
    fn the_top_holds_the_most_gas_and_the_earliest_rows() {
        let mut summary = Summary::default();
        for (row, gas) in (0..100).map(|row| (row, (row as u64 * 7) % 10)) {
            let counted = Counted {
                status: Status::Stop,
                gas_used: gas,
                steps: 1,
                executor: Executor::Gpu,
                reason: Reason::None,
            };
            summary.count(row, counted);
        }
        let mut expected: Vec<_> = (0..100).map(|row| ((row as u64 * 7) % 10, row)).collect();
        expected.sort_by_key(|&(gas, row)| (std::cmp::Reverse(gas), row));
        assert_eq!(summary.top, expected[..TOP]);
        assert_eq!((summary.gas_min, summary.gas_max), (0, 9));
    }
}
