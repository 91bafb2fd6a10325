//! Words about files that hold programs: what was found in one, and what becomes of it.

use std::fmt::Display;

use super::number::{counted, grouped};

pub(crate) const WHAT_WAS_FOUND: &str = "What was found";
pub(crate) const CONTRACT: &str = "Contract";
pub(crate) const DEPLOY_IT: &str = "Deploy it";
pub(crate) const RUN_BARE_CODE: &str = "Run the bare runtime code";
pub(crate) const TAKE_ONLY_THE_ABI: &str = "Take only the ABI";
pub(crate) const LEAVE_IT: &str = "Leave it";
pub(crate) const THE_CONSTRUCTOR_RUNS: &str = "The constructor runs…";

pub(crate) fn address_of_library(library: impl Display) -> String {
    format!("Address of library {library}")
}

pub(crate) fn constructor_argument(name: impl Display, kind: impl Display) -> String {
    format!("Constructor argument {name}, {kind}")
}

pub(crate) const THE_TEXT: &str = "the text";
pub(crate) const IMMUTABLES_ZERO: &str = ", with its immutables left zero";
pub(crate) const NO_CREATION_CODE: &str = "the file has no creation code; only the bare runtime code can be run";

pub(crate) fn code_of(format: impl Display, name: impl Display, bytes: impl Display) -> String {
    format!("{format}, {name}: {bytes} bytes of runtime code")
}

pub(crate) fn library_wrong(library: impl Display, why: impl Display) -> String {
    format!("library {library}: {why}")
}

pub(crate) fn about_file(name: &str, format: &str, contracts: usize) -> String {
    format!("{name}: {format}, {}.", counted(contracts, "contract", "contracts"))
}

pub(crate) fn runtime_code(bytes: usize) -> String {
    format!("{} of runtime code", counted(bytes, "byte", "bytes"))
}

pub(crate) fn creation_code(bytes: usize) -> String {
    format!("{} of creation code", counted(bytes, "byte", "bytes"))
}

pub(crate) fn abi_of(functions: usize) -> String {
    format!("an ABI of {}", counted(functions, "function", "functions"))
}

pub(crate) fn constructor_puts(immutables: usize) -> String {
    let values = counted(immutables, "immutable value", "immutable values");
    format!("Its constructor puts {values} into the runtime code; the bare code has zeros there.")
}

pub(crate) fn deployed(name: &str, bytes: usize, slots: usize, gas: u64) -> String {
    let (bytes, slots, gas) = (grouped(bytes), counted(slots, "storage slot", "storage slots"), grouped(gas));
    format!("{name}, deployed: {bytes} bytes of runtime code, {slots}, {gas} gas.")
}
