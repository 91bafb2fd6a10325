//! Words about files of state tests, which are read beside the page.

use std::fmt::Display;

pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const CANCEL_READING: &str = "Cancel reading";
pub(crate) const ONE_TEST: &str = "one test";
pub(crate) const THE_TEST: &str = "the test";
pub(crate) const CANNOT_BE_OPENED: &str = " · cannot be opened";
pub(crate) const TESTS_FOUND: &str = "State tests that were found";
pub(crate) const TEST: &str = "Test";
pub(crate) const OPEN_IT: &str = "Open it";
pub(crate) const LEAVE_IT: &str = "Leave it";

pub(crate) fn kilobytes(bytes: impl Display) -> String {
    format!(" ({bytes} kB)")
}

pub(crate) fn megabytes(bytes: f64) -> String {
    format!(" ({bytes:.1} MB)")
}

pub(crate) fn reading(name: impl Display, size: impl Display) -> String {
    format!("Reading {name}{size}…")
}

pub(crate) fn can_be_opened(name: impl Display, tests: impl Display, total: impl Display) -> String {
    format!(
        "{name}: {tests} that can be opened of {total} in the file. Each takes the place of the whole document, as transactions."
    )
}

pub(crate) fn tests(open: impl Display) -> String {
    format!("{open} tests")
}

pub(crate) fn cases(cases: impl Display) -> String {
    format!("{cases} cases")
}

pub(crate) fn cannot_be_opened(why: impl Display) -> String {
    format!("It cannot be opened: {why}.")
}

pub(crate) const NO_ANSWER: &str = "the reader's answer is none";
pub(crate) const ONE_CASE: &str = "one case";
pub(crate) const EVERY_REJECTED: &str = " The test expects every transaction to be rejected.";

pub(crate) fn its_reader_ended(why: impl Display) -> String {
    format!("its reader ended: {why}")
}

pub(crate) fn is_open(shown: impl Display) -> String {
    format!("{shown} is open.")
}

pub(crate) fn opened(shown: impl Display) -> String {
    format!("Opened {shown}")
}

pub(crate) fn not_opened(name: impl Display, why: impl Display) -> String {
    format!("{name} was not opened: {why}. What was here stays.")
}

pub(crate) fn cases_a_lane_each(cases: impl Display) -> String {
    format!("{cases} cases, a lane each")
}

pub(crate) fn some_rejected(count: impl Display) -> String {
    format!(" The test expects {count} of the transactions to be rejected.")
}

pub(crate) fn test_is_open(lanes: impl Display, fork: impl Display, rejected: impl Display) -> String {
    format!(
        "The state test is open: {lanes} by the rules of {fork}.{rejected} The state root and logs that it expects are not checked here."
    )
}
