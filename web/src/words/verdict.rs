//! Words of whether a run came to what a state test expects.

use std::fmt::Display;

use super::number::grouped;

pub(crate) const STATE_TEST: &str = "State test";
pub(crate) const LOOKING: &str = "Comparing with what the state test expects…";
pub(crate) const FAILING_LANES: &str = "Lanes that fail the state test";
pub(crate) const FORGET: &str = "Forget what the test expects";
pub(crate) const FORGOT: &str = "Forgot what the test expects";

pub(crate) fn lane(lane: impl Display) -> String {
    format!("Lane {lane}")
}

/// Words for a count of lanes of all.
fn of_all(count: usize, all: usize) -> String {
    match (count, all) {
        (1, 1) => "its one lane".into(),
        (count, all) if count == all => format!("all {} lanes", grouped(all)),
        (count, all) => format!("{} of {} lanes", grouped(count), grouped(all)),
    }
}

/// All that could be looked at is as expected. `refused` of them had to be rejected, and were.
pub(crate) fn passed(met: usize, all: usize, refused: usize) -> String {
    let refused = match refused {
        0 => String::new(),
        1 if met == 1 => " It had to be rejected.".into(),
        count if count == met => " They had to be rejected.".into(),
        count => format!(" {} had to be rejected.", grouped(count)),
    };
    let come = if met == 1 { "comes" } else { "come" };
    format!("State test passed: {} {come} to the state root and logs that it expects.{refused}", of_all(met, all))
}

pub(crate) fn failed(missed: usize, all: usize) -> String {
    let come = if missed == 1 { "comes" } else { "come" };
    format!("State test failed: {} {come} to something else than it expects.", of_all(missed, all))
}

pub(crate) fn not_ended(open: usize) -> String {
    format!("Lanes that had not ended were not compared: {}.", grouped(open))
}

pub(crate) fn nothing_expected(silent: usize) -> String {
    format!("Lanes of which it expects no state root: {}.", grouped(silent))
}

pub(crate) const NOTHING_COMPARED: &str = "State test: nothing could be compared.";

/// Lanes that were rejected as expected, but not for the reason that is named.
pub(crate) fn otherwise(count: usize, found: &str, named: impl Display) -> String {
    let lanes = if count == 1 { "One lane was".into() } else { format!("{} lanes were", grouped(count)) };
    let found = found.trim_start_matches("TransactionException.");
    format!("{lanes} rejected for another reason than the test names: {found} in place of {named}.")
}

pub(crate) fn more_fail(more: usize) -> String {
    format!("{} more fail.", grouped(more))
}

pub(crate) fn other_lanes(expected: usize, lanes: usize) -> String {
    format!(
        "State test not compared: it expects something of {}, and the run has {}.",
        super::number::lanes(expected as u64),
        super::number::lanes(lanes as u64)
    )
}

pub(crate) const NO_TRANSACTIONS: &str =
    "State test not compared: what it expects is of one transaction a lane, and the calls are none any more.";
