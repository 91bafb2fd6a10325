//! Words of the results' pane: its summary, table, columns, filter and files.

use std::fmt::{Display, LowerHex};

use super::number::grouped;

pub(crate) const DOWNLOAD: &str = "Download";
pub(crate) const STOP: &str = "Stop";

pub(crate) const NAMES: &str = "Names";

pub(crate) const FILTER: &str = "Filter";
pub(crate) const FILTER_EXAMPLE: &str = "status == revert and gas < 50000";
pub(crate) const CLEAR: &str = "Clear";
pub(crate) const HELP: &str = "Help";
pub(crate) const WHAT_A_FILTER_CAN_SAY: &str = "What a filter can say";
pub(crate) const LOOKING: &str = "looking…";
pub(crate) const FILTER_HELP_WORDS: &str =
    "Compare with == != < <= > >= in contains; join with and, or, not. Numbers: 1e18, 1.5 ether, 0xff. ";
pub(crate) const FILTER_HELP_LACKS: &str =
    "A lane that lacks what is asked for does not pass. Also: slot(0x01), mapping(3, caller), balance_change(to), ";
pub(crate) const FILTER_HELP_RUN_BEFORE: &str = "logs[0].topic0; of the run before: differs, gas_delta, other.gas.";
pub(crate) const COLUMNS_TO_FILTER_BY: &str = "Columns to filter by";

pub(crate) fn wrong_at(character: impl Display, message: impl Display) -> String {
    format!("Character {character}: {message} ")
}

pub(crate) fn all_lanes(lanes: impl Display) -> String {
    format!("all {lanes} lanes")
}

pub(crate) fn passing(passing: impl Display, lanes: impl Display, took: impl Display) -> String {
    format!("{passing} of {lanes} lanes · {took}")
}

pub(crate) fn took_all(lanes: impl Display, took: impl Display) -> String {
    format!("all {lanes} lanes · {took}")
}

pub(crate) const RESULTS: &str = "Results";
pub(crate) const NO_RUN_HAS_ENDED_YET: &str = "No run has ended yet.";
pub(crate) const CALLS_BECOME_LANES: &str =
    "Every call becomes a lane: a row here, with its status, gas and return data.";
pub(crate) const TABLE: &str = "Table";
pub(crate) const GROUPS: &str = "Groups";
pub(crate) const GAS: &str = "Gas";
pub(crate) const SCATTER: &str = "Scatter";
pub(crate) const EXPECTATION: &str = "Expectation";
pub(crate) const COMPARE: &str = "Compare";
pub(crate) const RUNS: &str = "Runs";
pub(crate) const LANES_AS: &str = "Lanes as";
pub(crate) const STEP: &str = "Step";
pub(crate) const COLUMNS: &str = "Columns";
pub(crate) const COLUMNS_OF_THE_TABLE: &str = "Columns of the table";
pub(crate) const OWN_COLUMNS: &str = "Own columns";
pub(crate) const ANOTHER: &str = "Another";
pub(crate) const OWN_COLUMN_EXAMPLE: &str = "gain = ret[0] - arg.amount";
pub(crate) const ADD: &str = "Add";
pub(crate) const OWN_COLUMN_HELP: &str =
    "Any expression of columns: slot(0x01), mapping(3, caller), balance_change(to), logs[0].topic1. ";
pub(crate) const OWN_COLUMN_NAME_HELP: &str = "With a name before it, name = …, filters know it by that.";
pub(crate) const STATUSES: &str = "Statuses";
pub(crate) const SHOW_ONLY_THESE_LANES: &str = "Show only these lanes";
pub(crate) const NO_LANE_ENDED: &str = "no lane ended";
pub(crate) const ALL_BY_CPU_NO_WEBGPU: &str = "all answered by the CPU: no WebGPU";
pub(crate) const ALL_BY_GPU: &str = "all answered by the GPU";
pub(crate) const ALL_BY_CPU: &str = "all answered by the CPU";
pub(crate) const GAS_LEAST_MEDIAN_MOST: &str = "Gas: least · median · most";
pub(crate) const SPEED_THIS_RUN: &str = "Speed, this run";
pub(crate) const TIME_INSTRUCTIONS: &str = "Time · instructions";
pub(crate) const ADAPTER: &str = "Adapter";
pub(crate) const SOFTWARE: &str = ", software";
pub(crate) const ANSWERED_BY_CPU: &str = "Answered by the CPU";
pub(crate) const ANSWERED_BY_HOST: &str = "Answered by the host for the GPU";
pub(crate) const BY_COMPILED_PATHS: &str = "By compiled paths";
pub(crate) const MOVED_TO_A_LARGER_TIER: &str = "Moved to a larger tier";
pub(crate) const DIGEST_OF_ALL_OUTCOMES: &str = "Digest of all outcomes";
pub(crate) const COPY: &str = "copy";

pub(crate) fn remove_column(name: impl Display) -> String {
    format!("Remove column {name}")
}

pub(crate) fn cancelled_after(finished: impl Display, lanes: impl Display) -> String {
    format!("cancelled after {finished} of {lanes} lanes")
}

pub(crate) fn asked_for(lanes: impl Display) -> String {
    format!("{lanes} — the engine asked for")
}

pub(crate) fn no_webgpu(lanes: impl Display) -> String {
    format!("{lanes} — no WebGPU")
}

pub(crate) fn speed(rate: impl Display, engine: impl Display) -> String {
    format!("{rate} calls/s on the {engine}")
}

pub(crate) fn precompile(number: impl LowerHex, calls: impl Display) -> String {
    format!("precompile 0x{number:02x}: {calls}")
}

pub(crate) fn by_cpu(lanes: impl Display) -> String {
    format!("{lanes} answered by the CPU")
}

pub(crate) fn adapter_digest(answered: impl Display) -> String {
    format!("Adapter, digest · {answered}")
}

pub(crate) const NO_FILE_NOTHING_WAS_ASKED_FOR: &str = "No file: nothing was asked for.";
pub(crate) const WRITING_LANES: &str = "Writing the lanes…";

pub(crate) fn writing_lanes(written: impl Display, lanes: impl Display) -> String {
    format!("Writing the lanes… {written} of {lanes}.")
}

pub(crate) fn saved_lanes(name: impl Display, lanes: impl Display) -> String {
    format!("Saved {name}: {lanes} lanes.")
}

pub(crate) fn no_file(why: impl Display) -> String {
    format!("No file: {why}.")
}

pub(crate) const LANE: &str = "Lane";
pub(crate) const STATUS: &str = "Status";
pub(crate) const GAS_USED: &str = "Gas used";
pub(crate) const RETURN_DATA: &str = "Return data";
pub(crate) const BY: &str = "By";
pub(crate) const NONE: &str = "none";
pub(crate) const GPU: &str = "GPU";
pub(crate) const CPU: &str = "CPU";
pub(crate) const LANES: &str = "Lanes";
pub(crate) const NO_LANE_PASSES_THE_FILTER: &str = "No lane passes the filter.";

pub(crate) fn with_bytes(output: impl Display, bytes: impl Display) -> String {
    format!("{output} ({bytes} bytes)")
}

pub(crate) fn unknown_status(code: impl Display) -> String {
    format!("status {code}")
}

/// What a file would hold: the lanes that pass the filter, or all of them.
pub(crate) fn to_save(lanes: usize, filtered: bool) -> String {
    let lanes = if lanes == 1 { "one lane".into() } else { format!("{} lanes", grouped(lanes)) };
    if filtered { format!("What passes the filter: {lanes}.") } else { format!("All of the run: {lanes}.") }
}
