//! Words about files of state tests, which are read beside the page.

use std::fmt::Display;

use super::number::{counted, grouped};

pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const CANCEL_READING: &str = "Cancel reading";
pub(crate) const THE_TEST: &str = "the test";
pub(crate) const CANNOT_BE_OPENED: &str = " · cannot be opened";
pub(crate) const TESTS_FOUND: &str = "State tests that were found";
pub(crate) const TEST: &str = "Test";
pub(crate) const OPEN_IT: &str = "Open it";
pub(crate) const LEAVE_IT: &str = "Leave it";

pub(crate) fn cannot_be_opened(why: impl Display) -> String {
    format!("It cannot be opened: {why}.")
}

pub(crate) const NO_ANSWER: &str = "the reader's answer is none";

pub(crate) fn its_reader_ended(why: impl Display) -> String {
    format!("its reader ended: {why}")
}

pub(crate) fn is_open(name: impl Display) -> String {
    format!("{name} is open.")
}

pub(crate) fn opened(name: impl Display) -> String {
    format!("Opened {name}")
}

pub(crate) fn not_opened(name: impl Display, why: impl Display) -> String {
    format!("{name} was not opened: {why}. What was here stays.")
}

/// A file that is being read, with its size where it is known.
pub(crate) fn reading(name: &str, bytes: usize) -> String {
    let size = match bytes {
        0 => String::new(),
        bytes if bytes < 1_000_000 => format!(" ({} kB)", bytes.div_ceil(1_000)),
        bytes => format!(" ({:.1} MB)", bytes as f64 / 1e6),
    };
    format!("Reading {name}{size}…")
}

pub(crate) fn can_be_opened(name: &str, open: usize, total: usize) -> String {
    let tests = if open == 1 { "one test".into() } else { format!("{} tests", grouped(open)) };
    format!(
        "{name}: {tests} that can be opened of {} in the file. Each takes the place of the whole document, as \
         transactions.",
        grouped(total)
    )
}

pub(crate) fn cases(count: usize) -> String {
    counted(count, "case", "cases")
}

/// A state test that was opened: how many cases, by which fork's rules, and how many transactions it expects rejected.
pub(crate) fn test_is_open(cases: usize, fork: &str, rejected: usize) -> String {
    let lanes = if cases == 1 { "one case".into() } else { format!("{} cases, a lane each", grouped(cases)) };
    let rejected = match rejected {
        0 => String::new(),
        count if count == cases => " The test expects every transaction to be rejected.".into(),
        count => format!(" The test expects {} of the transactions to be rejected.", grouped(count)),
    };
    format!(
        "The state test is open: {lanes} by the rules of {fork}.{rejected} A run says whether it comes to the \
         state root and logs that the test expects."
    )
}
