//! Words of a lane's trace: its steps, frames, and what they hold.

use std::fmt::{Display, LowerHex};

pub(crate) const REPLAYING_INTO_FILE: &str = "Replaying the lane into a file…";
pub(crate) const FILE_WAS_CUT: &str = "; it was cut, as its last line says";
pub(crate) const NO_CALLER: &str = "No caller goes on after this frame.";
pub(crate) const IS_LAST_STEP: &str = "This is the last step.";
pub(crate) const IS_FIRST_STEP: &str = "This is the first step.";
pub(crate) const RECORDING_GONE: &str = "The recording is no longer there; open the lane again.";

pub(crate) fn saved(name: impl Display, end: impl Display) -> String {
    format!("Saved {name}{end}.")
}

pub(crate) fn no_file(why: impl Display) -> String {
    format!("No file: {why}.")
}

pub(crate) fn no_instruction_at(pc: impl LowerHex, decimal: impl Display) -> String {
    format!("This frame’s code runs no instruction at {pc:#x} ({decimal}).")
}

pub(crate) const REPLAYING: &str = "Replaying the lane on the CPU engine…";
pub(crate) const NO_INSTRUCTION_RAN: &str = "No instruction ran.";
pub(crate) const TRACE: &str = "Trace";
pub(crate) const STEPS: &str = "Steps";
pub(crate) const FIRST_STEP: &str = "First step";
pub(crate) const STEP_BACK: &str = "Step back";
pub(crate) const STEP_FORWARD: &str = "Step forward";
pub(crate) const LAST_STEP: &str = "Last step";
pub(crate) const BACK_OVER_THE_CALL: &str = "Back over the call";
pub(crate) const OVER_THE_CALL: &str = "Over the call";
pub(crate) const OUT_TO_THE_CALLER: &str = "Out to the caller";
pub(crate) const SAVE_EIP_3155: &str = "EIP-3155 ⤓";
pub(crate) const GO_TO_PC_NOTE: &str = "The next step at this pc of the frame’s code, in hex";
pub(crate) const GO_TO_PC: &str = "go to pc";
pub(crate) const GO_TO_PC_NAME: &str = "Go to pc";

pub(crate) fn no_trace(why: impl Display) -> String {
    format!("No trace: {why}.")
}

pub(crate) fn first_instructions(steps: impl Display, why: impl Display) -> String {
    format!("The first {steps} instructions: {why}.")
}

pub(crate) const FRAMES: &str = "Frames";
pub(crate) const NOT_ENDED: &str = "not ended";
pub(crate) const NO_ADDRESS: &str = "no address";

pub(crate) fn frames_listed(frames: impl Display, most: impl Display) -> String {
    format!("{frames} frames; the first {most} are listed.")
}

pub(crate) fn frame(kind: impl Display, to: impl Display, ended: impl Display, gas: impl Display) -> String {
    format!("{kind} {to}, {ended}, {gas} gas")
}

pub(crate) const NO_STEP: &str = "No step is looked at.";
pub(crate) const TAKEN_BACK: &str = "A later failure takes it back.";
pub(crate) const FRAME: &str = "Frame";
pub(crate) const FRAME_BEFORE_DEPTH: &str = "Frame ";
pub(crate) const RETURNED_TO_THE_FRAME: &str = "Returned to the frame";
pub(crate) const RETURN_DATA_OF_ITS_LAST_CALL: &str = "Return data of its last call";
pub(crate) const LOGS_SO_FAR: &str = "Logs so far";
pub(crate) const LOGS_BEFORE_COUNT: &str = "Logs so far ";
pub(crate) const NONE: &str = "none";
pub(crate) const ONLY_LAST_SHOWN: &str = "Only the last are shown.";
pub(crate) const NOT_IN_THIS_RECORDING: &str = "not in this recording";
pub(crate) const MADE_BY: &str = "made by";
pub(crate) const ACCOUNT: &str = "account";
pub(crate) const CALLER: &str = "caller";
pub(crate) const VALUE: &str = "value";
pub(crate) const CREATION_CODE: &str = "creation code";
pub(crate) const CODE_OF: &str = "code of";
pub(crate) const CALL_DATA: &str = "call data";
pub(crate) const GAS_GIVEN: &str = "gas given";
pub(crate) const GAS_USED: &str = "gas used";
pub(crate) const ENDS_WITH: &str = "ends with";

pub(crate) fn depth(depth: impl Display) -> String {
    format!("depth {depth}")
}

pub(crate) fn wei(amount: impl Display) -> String {
    format!("{amount} wei")
}

pub(crate) fn call_data(bytes: impl Display, selector: impl Display) -> String {
    format!("{bytes} bytes {selector}")
}

pub(crate) fn ended_with(ended: impl Display, bytes: impl Display) -> String {
    format!("{ended}, {bytes} bytes")
}

pub(crate) const CHANGED: &str = " changed";
pub(crate) const STACK: &str = "Stack";
pub(crate) const STACK_TOP_FIRST: &str = "Stack items, the top first";
pub(crate) const STACK_ITEMS: &str = "Stack items";
pub(crate) const MEMORY: &str = "Memory";
pub(crate) const MEMORY_IN_ROWS: &str = "Memory in rows of 32 bytes";
pub(crate) const MEMORY_ROWS: &str = "Memory rows";
pub(crate) const STORAGE: &str = "Storage";
pub(crate) const SLOTS_TOUCHED: &str = "Slots touched";
pub(crate) const NO_SLOT_TOUCHED: &str = "no slot of this account touched";
pub(crate) const STORAGE_SLOTS: &str = "Storage slots";
pub(crate) const TRANSIENT: &str = "transient";
pub(crate) const TRANSIENT_SLOTS: &str = "Transient slots";
pub(crate) const WAS: &str = "was ";
pub(crate) const WRITTEN: &str = "written";
pub(crate) const READ: &str = "read";
pub(crate) const TOUCHED_BEFORE: &str = " touched by the step before";

pub(crate) fn bytes(count: impl Display) -> String {
    format!("{count} bytes")
}

pub(crate) fn touched(slots: impl Display, last: impl Display) -> String {
    format!("{slots} touched, the last {last}")
}

pub(crate) const NO_STEPS: &str = "no steps";
pub(crate) const TIME_LINE: &str = "Time-line";

pub(crate) fn step_of(step: impl Display, steps: impl Display) -> String {
    format!("step {step} of {steps}")
}

pub(crate) fn step_words(step: impl Display, op: impl Display, gas: impl Display, depth: impl Display) -> String {
    format!("{step}: {op}, {gas} gas left, depth {depth}")
}

pub(crate) const PC: &str = "pc";
pub(crate) const OP: &str = "op";
pub(crate) const GAS_LEFT: &str = "gas left";
pub(crate) const HALTS: &str = " ✕ halts";
pub(crate) const INSTRUCTIONS: &str = "Instructions";

pub(crate) fn instructions(steps: impl Display) -> String {
    format!("{steps} instructions.")
}

pub(crate) fn leaves(word: impl Display) -> String {
    format!(", leaves {word}")
}

pub(crate) fn instruction_title(depth: impl Display, gas: impl Display, left: impl Display) -> String {
    format!("depth {depth}, takes {gas} gas{left}")
}
