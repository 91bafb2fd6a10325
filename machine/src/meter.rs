//! How many instructions a turn may still run, and how heavy they are. It runs none.

/// Most instructions between two looks at how much memory the frame on top has.
const GLANCE: u64 = 32;

/// Bytes of memory for which an instruction counts as one more where a turn's work is weighed: what hashes or copies takes
/// time by the memory that there is.
const HEAVY: u64 = 4096;

/// A call's instructions, and what is left of the turn under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// Instructions of the call so far.
    pub steps: u64,
    /// As many as it may have when the turn ends.
    pub until: u64,
    /// Work that the turn may still do: instructions, and more of them where memory is large.
    pub work: u64,
}

/// Instructions that run without another look at the meter: each one alone would slow all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// How many; at least one.
    pub steps: u64,
    /// Work that each of them is.
    weight: u64,
}

impl Meter {
    /// The next stretch of a frame with so many bytes of memory, its work taken; `None` where the turn is over.
    pub fn stretch(&mut self, memory: usize) -> Option<Stretch> {
        if self.steps >= self.until || self.work == 0 {
            return None;
        }
        let weight = 1 + memory as u64 / HEAVY;
        let steps = (self.work / weight).clamp(1, GLANCE).min(self.until - self.steps);
        self.work = self.work.saturating_sub(steps * weight);
        Some(Stretch { steps, weight })
    }

    /// Gives back the work of a stretch that ended after `ran` of its instructions.
    pub const fn give_back(&mut self, stretch: Stretch, ran: u64) {
        self.work += (stretch.steps - ran) * stretch.weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_ends_with_its_steps_or_its_work() {
        let mut meter = Meter { steps: 5, until: 45, work: 1_000 };
        let first = meter.stretch(0).expect("the turn has just begun");
        assert_eq!((first.steps, meter.work), (GLANCE, 1_000 - GLANCE));
        meter.steps += first.steps;
        let second = meter.stretch(0).expect("eight steps are left");
        assert_eq!(second.steps, 8);
        meter.give_back(second, 3);
        assert_eq!(meter.work, 1_000 - GLANCE - 3);
        meter.steps = 45;
        assert_eq!(meter.stretch(0), None);

        // A frame of 1 MiB: each instruction is 257, and one runs even where less is left.
        let mut meter = Meter { steps: 0, until: u64::MAX, work: 600 };
        assert_eq!(meter.stretch(1 << 20).map(|stretch| stretch.steps), Some(2));
        assert_eq!(meter.work, 86);
        assert_eq!(meter.stretch(1 << 20).map(|stretch| stretch.steps), Some(1));
        assert_eq!((meter.work, meter.stretch(1 << 20)), (0, None));
    }
}
