//! Lanes by block, as the disassembly shows them: counts, shares, and a tone of one hue. It counts nothing.

use std::collections::BTreeMap;

use super::text::grouped;
use crate::{
    protocol::{CoverView, NoCover},
    words::disassembly as words,
};

/// Tones; 0 is a block that no lane entered.
const TONES: u64 = 8;

/// Lanes by block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heat {
    lanes: u64,
    of: u64,
    blocks: BTreeMap<u32, u64>,
    branches: BTreeMap<u32, (u64, u64)>,
}

impl From<CoverView> for Heat {
    fn from(view: CoverView) -> Self {
        Self {
            lanes: view.lanes as u64,
            of: view.of as u64,
            blocks: view.blocks.into_iter().collect(),
            branches: view.branches.into_iter().map(|(pc, jumped, fell)| (pc, (jumped, fell))).collect(),
        }
    }
}

/// A share as per cent: what is not all is never 100, and what is not nothing never 0.
fn per_cent(part: u64, all: u64) -> String {
    let tenths = |part: u64| u128::from(part) * 1_000 / u128::from(all.max(1));
    match tenths(part) {
        _ if part == 0 => "0 %".into(),
        0 => "< 0.1 %".into(),
        1_000 => "100 %".into(),
        tenths if tenths >= 995 => "> 99 %".into(),
        tenths if tenths < 100 => format!("{}.{} %", tenths / 10, tenths % 10),
        tenths => format!("{} %", tenths / 10),
    }
}

impl Heat {
    /// Lanes that entered the block that begins there; `None` where no lane can begin one.
    fn entered(&self, block: u32) -> Option<u64> {
        self.blocks.get(&block).copied()
    }

    /// The tone of a block, from 0 to 8.
    pub(crate) fn tone(&self, block: u32) -> Option<u64> {
        let entered = self.entered(block)?;
        Some((entered * TONES).div_ceil(self.lanes.max(1)).min(TONES))
    }

    /// What stands beside the block's first instruction.
    pub(crate) fn short(&self, block: u32) -> Option<String> {
        let entered = self.entered(block)?;
        Some(if entered == 0 { words::NEVER.into() } else { per_cent(entered, self.lanes).replace(' ', "") })
    }

    /// What is said of the block an instruction stands in.
    pub(crate) fn of_block(&self, block: u32) -> Option<String> {
        let entered = self.entered(block)?;
        Some(match entered {
            0 => words::NO_LANE_ENTERED_THIS_BLOCK.into(),
            _ => words::entered_block(grouped(entered), grouped(self.lanes), per_cent(entered, self.lanes)),
        })
    }

    /// What is said of a JUMPI.
    pub(crate) fn of_branch(&self, pc: u32) -> Option<String> {
        let (jumped, fell) = self.branches.get(&pc)?;
        (jumped + fell > 0).then(|| words::jumped_and_went_on(grouped(*jumped), grouped(*fell)))
    }

    /// Which lanes were counted, and how much of the code they came to. `filtered`: whether only those that pass a filter.
    pub(crate) fn words(&self, filtered: bool) -> String {
        let which = if filtered { words::THAT_PASS } else { "" };
        let lanes = if self.lanes == self.of {
            words::all_lanes(grouped(self.of), which)
        } else {
            words::sample_of_lanes(grouped(self.lanes), grouped(self.of), which)
        };
        let never = self.blocks.values().filter(|lanes| **lanes == 0).count();
        let never = words::never_reached(never, self.blocks.len());
        words::lanes_by_block(lanes, never)
    }
}

/// Why there is no heat.
pub(crate) const fn why_not(why: NoCover) -> &'static str {
    match why {
        NoCover::Program => words::OTHER_CODE,
        NoCover::Busy => words::RUN_NOT_ENDED,
        NoCover::Time => words::NO_LANE_IN_TIME,
        NoCover::Nothing => words::NO_LANE_PASSES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_not_rounded_to_all_or_nothing() {
        for (part, all, words) in [
            (0, 10, "0 %"),
            (1, 1_000_000, "< 0.1 %"),
            (1, 40, "2.5 %"),
            (1, 3, "33 %"),
            (999_999, 1_000_000, "> 99 %"),
            (7, 7, "100 %"),
            (u64::MAX, u64::MAX, "100 %"),
        ] {
            assert_eq!(per_cent(part, all), words, "{part} of {all}");
        }
    }

    #[test]
    fn blocks_have_tones_and_words() {
        let view =
            CoverView { lanes: 200, of: 1_000, blocks: vec![(0, 200), (5, 1), (9, 0)], branches: vec![(3, 199, 1)] };
        let heat = Heat::from(view);
        assert_eq!([0, 5, 9, 7].map(|block| heat.tone(block)), [Some(8), Some(1), Some(0), None]);
        assert_eq!(heat.short(9).as_deref(), Some("never"));
        assert_eq!(heat.of_block(5).as_deref(), Some("1 of 200 lanes entered this block (0.5 %)."));
        assert_eq!(heat.of_branch(3).as_deref(), Some("199 lanes jumped, 1 went on."));
        let words = "Lanes by block, of a sample of 200 of 1,000 lanes; 1 of 3 blocks were never reached.";
        assert_eq!(heat.words(false), words);
    }
}
