//! Words of the state's rows and of files that hold a state.

use std::fmt::Display;

use super::number::grouped;

pub(crate) const IS_UNKNOWN: &str = "is unknown: a lane that reads it ends as missing state";
pub(crate) const IS_EMPTY: &str = "is empty";
pub(crate) const WHAT_DOES_NOT_STAND_HERE: &str = "What does not stand here";
pub(crate) const ACCOUNTS_KEPT_WHOLE: &str = "Accounts kept whole";
pub(crate) const THEY_WERE_REMOVED: &str = "They were removed.";
pub(crate) const REMOVE_THEM: &str = "Remove them";
pub(crate) const ACCOUNTS: &str = "Accounts";
pub(crate) const ACCOUNT: &str = "Account";
pub(crate) const BALANCE_WEI: &str = "Balance, wei";
pub(crate) const NONCE: &str = "Nonce";
pub(crate) const THE_PROGRAM: &str = "the program";
pub(crate) const NONE: &str = "none";
pub(crate) const CODE: &str = "Code";
pub(crate) const ADD_AN_ACCOUNT: &str = "Add an account";
pub(crate) const STORAGE: &str = "Storage";
pub(crate) const STORAGE_SLOT: &str = "Storage slot";
pub(crate) const VALUE: &str = "Value";
pub(crate) const THE_CONTRACT: &str = "the contract";
pub(crate) const OF_ACCOUNT: &str = "Of account";
pub(crate) const ADD_A_SLOT: &str = "Add a slot";
pub(crate) const THE_PASTED_TEXT: &str = "the pasted text";
pub(crate) const IMPORT_A_STATE: &str = "Import a state";
pub(crate) const OPEN_A_FILE: &str = "Open a file";
pub(crate) const OPEN_A_STATE_FILE: &str = "Open a state file";
pub(crate) const STATE_FIELD: &str =
    "JSON of a state: viem’s override, prestateTracer, a dump of anvil, genesis, a state test; or drop a file here";
pub(crate) const THE_TEXT: &str = "the text";
pub(crate) const STATE_THAT_WAS_FOUND: &str = "State that was found";
pub(crate) const STATE: &str = "State";
pub(crate) const LAY_IT_OVER_THE_STATE: &str = "Lay it over the state";
pub(crate) const REPLACE_THE_STATE: &str = "Replace the state";
pub(crate) const LEAVE_IT: &str = "Leave it";
pub(crate) const WHAT_WAS_IMPORTED: &str = "What was imported";
pub(crate) const UNDO: &str = "Undo";
pub(crate) const HOW_TO_FETCH_THIS_STATE: &str = "How to fetch this state";
pub(crate) const FETCH_NOTE: &str = "Run in a shell with Foundry and ETH_RPC_URL set, this prints what the first \
     lane’s call reads; import its output here. The page itself fetches nothing.";
pub(crate) const LINE_THAT_FETCHES_THE_STATE: &str = "Line that fetches the state";
pub(crate) const COPY_THE_LINE: &str = "Copy the line";

pub(crate) fn kept_whole(accounts: impl Display, codes: impl Display, slots: impl Display) -> String {
    format!(
        "{accounts} accounts ({codes} with code) and {slots} storage slots are kept whole: too many to edit one by one. \
         Rows below are laid over them. "
    )
}

pub(crate) fn remove_account(address: impl Display) -> String {
    format!("Remove account {address}")
}

pub(crate) fn removed_account(address: impl Display) -> String {
    format!("Removed account {address}")
}

pub(crate) fn remove_slot(slot: impl Display) -> String {
    format!("Remove slot {slot}")
}

pub(crate) fn removed_slot(slot: impl Display) -> String {
    format!("Removed slot {slot}")
}

/// What an import put into the state: over what stood there, or in its place.
pub(crate) fn imported(accounts: usize, slots: usize, replaced: bool) -> String {
    let how = if replaced { "in the place of what stood here" } else { "laid over what stood here" };
    format!("{} accounts and {} storage slots, {how}.", grouped(accounts), grouped(slots))
}

/// One of the states of a file; `cases` are those that are run on it, where it is a test's.
pub(crate) fn choice(name: &str, accounts: usize, codes: usize, slots: usize, cases: usize) -> String {
    let cases = if cases == 0 { String::new() } else { format!(", {} cases", grouped(cases)) };
    let (accounts, codes, slots) = (grouped(accounts), grouped(codes), grouped(slots));
    format!("{name}{accounts} accounts, {codes} with code, {slots} storage slots{cases}")
}
