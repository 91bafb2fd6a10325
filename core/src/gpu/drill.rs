//! Faults on purpose: a device that is lost again and again, or that refuses large buffers, so that tests and `scale` can
//! show that no answer depends on it. Nothing here runs unless it is asked for.

use std::cell::Cell;

/// Faults that a run is to meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// How often the device is lost.
    pub losses: u32,
    /// Submits from one loss to the next. Losses fall in turn on: a submit under way, a mapping under way, a harvest.
    pub every: u32,
    /// The device refuses a shard of more lanes than this, as one whose memory is full would; 0 refuses nothing.
    pub most_lanes: u32,
}

/// Where a run can be when the device is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A submit has been handed in.
    Submitted,
    /// Counters are about to be mapped.
    Mapping,
    /// Results are about to be read.
    Harvest,
}

/// How far a drill is.
#[derive(Debug, Default)]
pub(crate) struct Drill {
    faults: Faults,
    lost: Cell<u32>,
    submits: Cell<u32>,
}

impl Drill {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, ..Self::default() }
    }

    /// Whether the device is to be lost at this moment.
    pub(crate) fn is_due(&self, moment: Moment) -> bool {
        if self.lost.get() >= self.faults.losses {
            return false;
        }
        if moment == Moment::Submitted {
            self.submits.set(self.submits.get() + 1);
        }
        let turn = [Moment::Submitted, Moment::Mapping, Moment::Harvest][self.lost.get() as usize % 3];
        let due = moment == turn && self.submits.get() >= self.faults.every;
        if due {
            self.lost.set(self.lost.get() + 1);
            self.submits.set(0);
        }
        due
    }

    /// Devices lost so far.
    pub(crate) fn losses(&self) -> u32 {
        self.lost.get()
    }

    /// Whether a shard of so many lanes is to be refused.
    pub(crate) const fn refuses(&self, lanes: usize) -> bool {
        self.faults.most_lanes > 0 && lanes > self.faults.most_lanes as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_come_in_turn_and_end() {
        let drill = Drill::new(Faults { losses: 4, every: 2, most_lanes: 0 });
        let mut seen = Vec::new();
        for _ in 0..20 {
            for moment in [Moment::Submitted, Moment::Mapping, Moment::Harvest] {
                if drill.is_due(moment) {
                    seen.push(moment);
                }
            }
        }
        assert_eq!(seen, [Moment::Submitted, Moment::Mapping, Moment::Harvest, Moment::Submitted]);
    }
}
