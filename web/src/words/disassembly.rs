//! Words of the disassembly and of what lanes did in its blocks.

use std::fmt::{Display, LowerHex};

use super::number::grouped;

pub(crate) const GOES_SOMEWHERE_OR_ON: &str = "→ ? or on";
pub(crate) const GOES_NOWHERE: &str = "→ no JUMPDEST";
pub(crate) const NO_PATH_HERE: &str = " No known path leads here.";
pub(crate) const IS_DATA: &str = " This is data: nothing that runs leads here.";
pub(crate) const COUNTING_LANES_BY_BLOCK: &str = "Counting lanes by block…";
pub(crate) const LANES_BY_BLOCK: &str = "Lanes by block";
pub(crate) const COUNT_EVERY_LANE: &str = "Count every lane in runs to come (slower)";
pub(crate) const INSTRUCTION: &str = "Instruction";
pub(crate) const DISASSEMBLY: &str = "Disassembly";
pub(crate) const INSTRUCTIONS: &str = "Instructions";
pub(crate) const LANE_STANDS_HERE: &str = " the lane stands here";

pub(crate) fn goes_or_on(to: impl LowerHex) -> String {
    format!("→ {to:05x} or on")
}

pub(crate) fn no_instruction(pc: impl LowerHex, byte: impl LowerHex, fork: impl Display) -> String {
    format!("{pc:05x}: byte 0x{byte:02x} is no instruction in {fork}: it halts the frame and takes all its gas.")
}

pub(crate) fn longer_than(bytes: impl Display) -> String {
    format!("The code is longer than the {bytes} bytes that are disassembled here.")
}

pub(crate) fn no_disassembly(why: impl Display) -> String {
    format!("No disassembly: {why}.")
}

pub(crate) fn about_code(
    bytes: impl Display,
    instructions: impl Display,
    blocks: impl Display,
    fork: impl Display,
) -> String {
    format!("{bytes} bytes, {instructions} instructions, {blocks} blocks, named as {fork} knows them.")
}

pub(crate) fn undefined(byte: impl Display) -> String {
    format!("{byte} (undefined)")
}

pub(crate) const NO_LANE_ENTERED_THIS_BLOCK: &str = "No lane entered this block.";
pub(crate) const NEVER: &str = "never";
pub(crate) const THAT_PASS: &str = " that pass the filter";
pub(crate) const OTHER_CODE: &str =
    "The run that is shown had other code: run this one to see which blocks lanes enter.";
pub(crate) const RUN_NOT_ENDED: &str = "Lanes are counted by block when the run has ended.";
pub(crate) const NO_LANE_IN_TIME: &str = "No lane of a sample ended in ten seconds: nothing is counted.";
pub(crate) const NO_LANE_PASSES: &str = "No lane passes the filter: nothing is counted.";

pub(crate) fn entered_block(entered: impl Display, lanes: impl Display, part: impl Display) -> String {
    format!("{entered} of {lanes} lanes entered this block ({part}).")
}

pub(crate) fn jumped_and_went_on(jumped: impl Display, went_on: impl Display) -> String {
    format!("{jumped} lanes jumped, {went_on} went on.")
}

pub(crate) fn all_lanes(lanes: impl Display, which: impl Display) -> String {
    format!("all {lanes} lanes{which}")
}

pub(crate) fn sample_of_lanes(sample: impl Display, lanes: impl Display, which: impl Display) -> String {
    format!("a sample of {sample} of {lanes} lanes{which}")
}

pub(crate) fn lanes_by_block(lanes: impl Display, never: impl Display) -> String {
    format!("Lanes by block, of {lanes}; {never}.")
}

/// An instruction that lacks so many of its bytes: the code ends before them.
pub(crate) fn cut_off(lacking: usize) -> String {
    if lacking == 1 {
        " (cut off: a zero byte follows)".into()
    } else {
        format!(" (cut off: {lacking} zero bytes follow)")
    }
}

pub(crate) fn about_instruction(
    name: impl Display,
    byte: impl LowerHex,
    since: impl Display,
    gas: impl Display,
    fork: impl Display,
    about: impl Display,
) -> String {
    format!("{name} (0x{byte:02x}, since {since}, gas {gas} in {fork} before what depends on its operands): {about}")
}

pub(crate) fn in_block(block: impl Display, start: impl LowerHex, gas: impl Display) -> String {
    format!(" Block {block} from {start:05x}, gas {gas}.")
}

pub(crate) fn never_reached(never: usize, blocks: usize) -> String {
    if never == 0 {
        "every block was reached".into()
    } else {
        format!("{} of {} blocks were never reached", grouped(never), grouped(blocks))
    }
}
