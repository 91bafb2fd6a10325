//! Words of the pane that shows one lane.

use std::fmt::Display;

pub(crate) const STATE_TEST_NOTE: &str = "A file that other clients run: the lane’s state, block and transaction, and \
     the state root and logs they must come to";
pub(crate) const SAVE_AS_A_STATE_TEST: &str = "Save as a state test ⤓";
pub(crate) const STATE_TEST: &str = "State test";

pub(crate) const FRAME: &str = "Frame";
pub(crate) const CALLS: &str = "Calls";
pub(crate) const RESULT: &str = "Result";
pub(crate) const NO_LANE_OPEN: &str = "Open a lane of the table to see its return data, logs, state changes and trace.";
pub(crate) const ABOUT_THE_LANE: &str = "About the lane";
pub(crate) const LANE: &str = "Lane";
pub(crate) const LANE_BEFORE_NUMBER: &str = "Lane ";
pub(crate) const LANE_BEFORE: &str = "Lane before";
pub(crate) const NEXT_LANE: &str = "Next lane";
pub(crate) const BY_GPU: &str = "answered by the GPU";
pub(crate) const BY_CPU: &str = "answered by the CPU";
pub(crate) const COPY: &str = "copy";
pub(crate) const RETURN_DATA: &str = "Return data";
pub(crate) const LOGS: &str = "Logs";
pub(crate) const LOGS_BEFORE_COUNT: &str = "Logs ";
pub(crate) const STATE_CHANGES: &str = "State changes";
pub(crate) const SLOT: &str = "slot ";
pub(crate) const STATE_CHANGES_BEFORE_COUNT: &str = "State changes ";
pub(crate) const NONE: &str = "none";
pub(crate) const ONLY_FIRST_SHOWN: &str = "Only the first are shown.";
pub(crate) const CALL: &str = "Call";
pub(crate) const CALLER: &str = "caller";
pub(crate) const TO: &str = "to";
pub(crate) const VALUE: &str = "value";
pub(crate) const WEI: &str = " wei";
pub(crate) const REFUND_COUNTER: &str = "refund counter";
pub(crate) const FUNCTION: &str = "function";
pub(crate) const CALL_DATA: &str = "call data";
pub(crate) const TOPIC: &str = "topic ";
pub(crate) const EVENT: &str = "event";
pub(crate) const BY: &str = "by";
pub(crate) const DATA: &str = "data";

pub(crate) fn used(gas: impl Display, limit: impl Display, instructions: impl Display, by: impl Display) -> String {
    format!("{gas} gas used of {limit} · {instructions} instructions · {by}")
}

pub(crate) fn by_cpu(reason: impl Display) -> String {
    format!("answered by the CPU: {reason}")
}

pub(crate) fn bytes_shown(bytes: impl Display, shown: impl Display) -> String {
    format!("{bytes} bytes; the first {shown} are shown")
}

pub(crate) fn bytes(bytes: impl Display) -> String {
    format!("{bytes} bytes")
}

pub(crate) const RUNNING_AS_TRANSACTION: &str = "Running the lane as a transaction…";

pub(crate) fn saved(name: impl Display) -> String {
    format!("Saved {name}.")
}

pub(crate) fn saved_with_notes(name: impl Display, notes: impl Display) -> String {
    format!("Saved {name}: {notes}.")
}

pub(crate) fn no_file(why: impl Display) -> String {
    format!("No file: {why}.")
}
