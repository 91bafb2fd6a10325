//! Words of the calls' pane: steps, functions and the block.

use std::fmt::Display;

pub(crate) const NUMBER: &str = "Number";
pub(crate) const TIMESTAMP: &str = "Timestamp";
pub(crate) const MORE_OF_THE_BLOCK: &str = "More of the block";
pub(crate) const COINBASE: &str = "Coinbase";
pub(crate) const BASE_FEE_WEI: &str = "Base fee, wei";
pub(crate) const BLOCK_GAS_LIMIT: &str = "Block’s most gas";
pub(crate) const PREVRANDAO: &str = "Prevrandao";
pub(crate) const CHAIN_ID: &str = "Chain id";

pub(crate) const MESSAGE_CALLS: &str = "message calls";
pub(crate) const ETH_CALLS: &str = "calls as eth_call makes them";
pub(crate) const TRANSACTIONS: &str = "transactions";
pub(crate) const EACH_ON_THE_STATE_BELOW: &str = "each on the state below";
pub(crate) const ONE_AFTER_THE_OTHER: &str = "one after the other";
pub(crate) const CALLS: &str = "Calls";
pub(crate) const WHAT_A_CALL_IS: &str = "What a call is";
pub(crate) const STATE_BEFORE_EVERY_CALL: &str = "State before every call";
pub(crate) const BLOCK: &str = "Block";
pub(crate) const LANES: &str = "Lanes";
pub(crate) const SEED_OF_RANDOM_VALUES: &str = "Seed of random values";
pub(crate) const STEP_LIMIT_A_LANE: &str = "Step limit a lane";
pub(crate) const NONE_BUT_GAS: &str = "none but gas";
pub(crate) const STEPS: &str = "Steps";
pub(crate) const STEPS_RUN: &str = "Steps run";
pub(crate) const HOW_STEPS_FOLLOW: &str = "How steps follow";
pub(crate) const ADD_A_STEP: &str = "Add a step";
pub(crate) const RAW_CALL_DATA: &str = "raw call data";
pub(crate) const CREATE: &str = "create";
pub(crate) const NEEDS_A_CORRECTION: &str = " · needs a correction";
pub(crate) const TO: &str = "To";
pub(crate) const WHOM_THE_STEP_CALLS: &str = "Whom the step calls";
pub(crate) const ACCOUNT: &str = "Account";
pub(crate) const CALLER: &str = "Caller";
pub(crate) const VALUE_WEI: &str = "Value, wei";
pub(crate) const GAS_LIMIT: &str = "Gas limit";

pub(crate) fn to_an_account(call: impl Display) -> String {
    format!("{call}, to an account")
}

pub(crate) fn move_step_up(number: impl Display) -> String {
    format!("Move step {number} up")
}

pub(crate) fn move_step_down(number: impl Display) -> String {
    format!("Move step {number} down")
}

pub(crate) fn duplicate_step(number: impl Display) -> String {
    format!("Duplicate step {number}")
}

pub(crate) fn remove_step(number: impl Display) -> String {
    format!("Remove step {number}")
}

pub(crate) const FUNCTION: &str = "Function";
pub(crate) const PURE: &str = " · pure";
pub(crate) const VIEW: &str = " · view";
pub(crate) const PAYABLE: &str = " · payable";
pub(crate) const GUESSED: &str = " · guessed";
pub(crate) const ABI_GIVES_FUNCTIONS: &str =
    "With an ABI (in “Program”, tab “ABI”) calls are made by function and arguments.";
pub(crate) const ARGUMENTS: &str = "Arguments";
pub(crate) const NO_ARGUMENTS: &str = "This function takes no arguments.";
pub(crate) const CALL_DATA_HEX: &str = "Call data, hex";
pub(crate) const ADD_A_VARYING_PART: &str = "Add a varying part";
pub(crate) const NAME: &str = "Name";
pub(crate) const AT_BYTE: &str = "At byte";
pub(crate) const BYTES: &str = "Bytes";
pub(crate) const VALUE: &str = "Value";

pub(crate) fn not_in_the_abi(function: impl Display) -> String {
    format!("{function} (not in the ABI)")
}

pub(crate) fn not_payable(function: impl Display) -> String {
    format!("{function} is not payable: a lane that sends it wei reverts, where the compiler put its check.")
}

pub(crate) fn argument(number: impl Display) -> String {
    format!("argument {number}")
}

pub(crate) fn as_json(argument: impl Display) -> String {
    format!("{argument}, as JSON")
}

pub(crate) fn remove(name: impl Display) -> String {
    format!("Remove {name}")
}

pub(crate) fn axis(number: impl Display) -> String {
    format!("axis {number}")
}

pub(crate) fn field(number: impl Display) -> String {
    format!("field {number}")
}
