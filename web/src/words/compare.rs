//! Words of expectations, of comparing a run with another, and of the list of runs.

use std::fmt::Display;

pub(crate) const EXPECTATION_NOTE: &str =
    "What every lane should be, in the words of a filter. It is kept with the document and checked after every run.";
pub(crate) const EXPECT: &str = "Expect";
pub(crate) const EXPECTATION_EXAMPLE: &str = "status == success and gas < 60000";
pub(crate) const CHECK: &str = "Check";
pub(crate) const SMALLEST_BY_INPUTS: &str = "Smallest counterexample, by inputs";
pub(crate) const SMALLEST_AND_FIRST: &str = "Smallest counterexample, and first";
pub(crate) const FIRST_LANE: &str = "First lane";
pub(crate) const SHOW_FALSE: &str = "Show the lanes where it is false";
pub(crate) const COMPARING: &str = "Comparing…";
pub(crate) const NOTHING_TO_COMPARE: &str = "Nothing to compare: ";
pub(crate) const THE_SAME: &str = "the same";
pub(crate) const OTHER_STATUS: &str = "Other status";
pub(crate) const OTHER_RETURN_DATA: &str = "Other return data";
pub(crate) const OTHER_GAS: &str = "Other gas";
pub(crate) const OTHER_LOGS_OR_STATE: &str = "Other logs or state";
pub(crate) const GAS_OF_ALL_LANES: &str = "Gas of all lanes";
pub(crate) const SHOW_THE_LANES_THAT_DIFFER: &str = "Show the lanes that differ";
pub(crate) const COLOUR_BY_GAS_DELTA: &str = "Colour the map by gas_delta";
pub(crate) const ONLY_THE_FIRST_ARE_LISTED: &str = "Only the first are listed.";

pub(crate) fn all_as_expected(lanes: impl Display) -> String {
    format!("All {lanes} lanes are as expected.")
}

pub(crate) fn lack_what_is_asked(lanes: impl Display) -> String {
    format!(" {lanes} of them lack what is asked for.")
}

pub(crate) fn not_as_expected(failing: impl Display, lanes: impl Display, unknown: impl Display) -> String {
    format!("{failing} of {lanes} lanes are not as expected.{unknown}")
}

pub(crate) fn lane(lane: impl Display) -> String {
    format!("Lane {lane}")
}

pub(crate) fn gas_change(
    before: impl Display,
    after: impl Display,
    sign: impl Display,
    difference: impl Display,
) -> String {
    format!("{before} → {after} gas ({sign}{difference})")
}

pub(crate) fn all_the_same(lanes: impl Display, with: impl Display) -> String {
    format!("All {lanes} lanes came out as in {with}.")
}

pub(crate) fn differ(differ: impl Display, lanes: impl Display, with: impl Display) -> String {
    format!("{differ} of {lanes} lanes differ from {with}.")
}

pub(crate) const RUNS_NOTE: &str = "Runs since the page was opened, the newest first. Later runs are compared with \
     the pinned one, or else each with the run before it.";
pub(crate) const RUNS: &str = "Runs";
pub(crate) const UNTITLED: &str = "Untitled";
pub(crate) const CANCELLED: &str = " · cancelled";
pub(crate) const SHOWN: &str = "shown";
pub(crate) const PINNED: &str = "pinned";
pub(crate) const DIGEST: &str = " · digest ";
pub(crate) const PIN_NOTE: &str = "Later runs are compared with this one";
pub(crate) const LANES_GONE: &str = "The lanes of this run are gone: run it again to compare with it";
pub(crate) const PIN: &str = "Pin";
pub(crate) const UNPIN: &str = "Unpin";
pub(crate) const OPEN: &str = "Open";
pub(crate) const RUN_AGAIN: &str = "Run again";

pub(crate) fn took_on(time: impl Display, adapter: impl Display, ended: impl Display) -> String {
    format!("{time} on {adapter}, {ended}")
}

pub(crate) fn run(run: impl Display) -> String {
    format!("Run {run}")
}

pub(crate) fn lanes_came(lanes: impl Display, came: impl Display) -> String {
    format!("{lanes} lanes: {came}")
}

pub(crate) fn pin_run(run: impl Display) -> String {
    format!("Pin run {run}")
}

pub(crate) fn open_run(run: impl Display) -> String {
    format!("Open run {run}")
}

pub(crate) fn run_again(run: impl Display) -> String {
    format!("Run run {run} again")
}

pub(crate) const THE_RUN_BEFORE: &str = "the run before";

pub(crate) fn pinned_run(run: impl Display) -> String {
    format!("run {run}, which is pinned")
}

pub(crate) fn opened_run(run: impl Display) -> String {
    format!("Opened run {run}")
}

pub(crate) fn run_is_open(run: impl Display) -> String {
    format!("What run {run} was of is open.")
}
