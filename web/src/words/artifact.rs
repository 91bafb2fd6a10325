//! Words about files that hold programs: what was found in one, and what becomes of it.

use std::fmt::Display;

pub(crate) const WHAT_WAS_FOUND: &str = "What was found";
pub(crate) const CONTRACT: &str = "Contract";
pub(crate) const IMMUTABLE_VALUE: &str = "immutable value";
pub(crate) const DEPLOY_IT: &str = "Deploy it";
pub(crate) const RUN_BARE_CODE: &str = "Run the bare runtime code";
pub(crate) const TAKE_ONLY_THE_ABI: &str = "Take only the ABI";
pub(crate) const LEAVE_IT: &str = "Leave it";
pub(crate) const THE_CONSTRUCTOR_RUNS: &str = "The constructor runs…";

pub(crate) fn of_code(size: impl Display, which: impl Display) -> String {
    format!("{size} of {which} code")
}

pub(crate) fn abi_of(functions: impl Display) -> String {
    format!("an ABI of {functions}")
}

pub(crate) fn constructor_puts(immutables: impl Display) -> String {
    format!("Its constructor puts {immutables} into the runtime code; the bare code has zeros there.")
}

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

pub(crate) fn deployed(
    name: impl Display,
    bytes: impl Display,
    slots: impl Display,
    slot_word: impl Display,
    gas: impl Display,
) -> String {
    format!("{name}, deployed: {bytes} bytes of runtime code, {slots} storage {slot_word}, {gas} gas.")
}

pub(crate) fn library_wrong(library: impl Display, why: impl Display) -> String {
    format!("library {library}: {why}")
}
