//! What is wrong with a field, and the way out.

use std::fmt::{Debug, Display};

pub(crate) const STEP_OF_ZERO: &str = "a step of zero goes nowhere";
pub(crate) const LIST_EMPTY: &str = "the list is empty; write values separated by commas";
pub(crate) const NAME_THE_COLUMN: &str = "name the column";

pub(crate) fn this_is_no_generator(error: impl Display) -> String {
    format!("this is no generator: {error}")
}

pub(crate) fn range_length(most: impl Display) -> String {
    format!("a range has 1 to {most} values")
}

pub(crate) fn value_wrong(number: impl Display, why: impl Display) -> String {
    format!("value {number}: {why}")
}

pub(crate) const A_NEW_CONTRACT: &str = "a new contract";
pub(crate) const AN_ACCOUNT: &str = "an account";
pub(crate) const THE_CONTRACT: &str = "the contract";
pub(crate) const NO_ABI: &str = "there is no ABI; write a signature such as f(uint256), or paste one under “ABI”";
pub(crate) const FIELD_WIDTH: &str = "a field holds 1 to 32 bytes";
pub(crate) const PARTS_OVER_ONE: &str =
    "parts that vary lie over one call data; remove them, or all but one of the call data";

pub(crate) fn abi_unreadable(why: impl Display) -> String {
    format!("the ABI cannot be read: {why}")
}

pub(crate) fn other_arguments(signature: impl Display) -> String {
    format!("{signature} takes other arguments than stand here; choose it again")
}

pub(crate) fn no_json_of(error: impl Display, kind: impl Display, example: impl Display) -> String {
    format!("this is no JSON: {error}. A {kind} is written as {example}")
}

pub(crate) fn too_much_data(bytes: impl Display, most: impl Display) -> String {
    format!("{bytes} bytes are more than the {most} accepted here")
}

pub(crate) fn field_past_end(offset: impl Display, end: impl Display, bytes: impl Display) -> String {
    format!(
        "from byte {offset} the field ends at byte {end}, past the {bytes} bytes of call data; lengthen the \
         call data or move it"
    )
}

pub(crate) fn call_data_wrong(number: impl Display, error: impl Display) -> String {
    format!("call data {number}: {error}")
}

pub(crate) const NO_DOCUMENT: &str = "it holds no document";
pub(crate) const NO_SUCH_WORD: &str = "no such word";

/// What a number may look like.
const WRITE: &str =
    "write a whole number (1000, 1_000, 0x3e8), a power (1e18, 2^64-1) or an amount (1.5 ether, 2 gwei)";
pub(crate) const NO_DIGITS: &str = "0x without digits; write at least one hex digit";
pub(crate) const HEX_TOO_LONG: &str = "more than 256 bits; at most 64 hex digits fit";
pub(crate) const LESS_THAN_ZERO: &str = "less than zero";
pub(crate) const TOO_LARGE: &str = "more than 256 bits; the greatest value is 2^256-1";

pub(crate) fn no_hex_digit(wrong: impl Debug, digit: impl Display) -> String {
    format!("{wrong:?} is not a hex digit (digit {digit} after 0x)")
}

pub(crate) fn too_many_decimals(places: impl Display) -> String {
    format!("more decimal places than the unit has ({places})")
}

pub(crate) fn over_64_bits(greatest: impl Display) -> String {
    format!("more than 64 bits; the greatest value here is {greatest}")
}

pub(crate) fn no_address(error: impl Display) -> String {
    format!("an address is 0x and 40 hex digits: {error}")
}

pub(crate) const FILE_NOT_TAKEN: &str =
    "this is a file that has not been taken apart yet; choose below what of it to run";

pub(crate) fn problem_at(line: impl Display, column: impl Display, problem: impl Display) -> String {
    format!("line {line}, column {column}: {problem}")
}

pub(crate) fn and_more(more: impl Display) -> String {
    format!(" And {more} more.")
}

pub(crate) fn no_json(error: impl Display) -> String {
    format!("this is no JSON: {error}")
}

pub(crate) const LEAST_OVER_GREATEST: &str = "the least value is over the greatest; swap them";
pub(crate) const NO_SUCH_FORK: &str = "no such fork; choose one of the list";
pub(crate) const AT_LEAST_ONE_LANE: &str = "at least one lane";
pub(crate) const AXIS_NEEDS_NAME: &str = "an axis has a name, by which values go along it";

pub(crate) fn over_bits(bits: impl Display, bytes: impl Display) -> String {
    format!("more than {bits} bits; at most {bytes} bytes fit here")
}

pub(crate) fn found_expected(found: impl Display, expected: impl Display) -> String {
    format!("found {found}; expected {expected}")
}

pub(crate) fn too_many_calls(most: impl Display) -> String {
    format!("more than the {most} calls that one batch can hold")
}

pub(crate) fn axis_length(most: impl Display) -> String {
    format!("an axis has 1 to {most} points")
}

pub(crate) const ACCOUNT_TWICE: &str = "this account stands above already; remove one of the two rows";
pub(crate) const NO_CONTRACT_ADDRESS: &str = "storage below is the contract’s, which has no address; write one";
pub(crate) const SLOT_TWICE: &str = "this slot stands above already; remove one of the two rows";

pub(crate) fn neither_name_nor_hex(error: impl Display) -> String {
    format!("this is neither a program’s name nor hex: {error}")
}

pub(crate) fn no_program(name: impl Display) -> String {
    format!("there is no program {name} in what is typed")
}

pub(crate) fn nothing_written() -> String {
    format!("nothing is written here; {WRITE}")
}

pub(crate) fn no_power_of_ten() -> String {
    format!("the power of ten is not a number; {WRITE}")
}

pub(crate) fn no_number(shown: &str) -> String {
    format!("“{shown}” is not a number; {WRITE}")
}
