//! Words of the program's pane: code, ABI, source, and the functions that are guessed.

use std::fmt::{Display, LowerHex};

use super::number::grouped;

pub(crate) const NO_EDITOR: &str = "The editor could not be loaded; this plain field does the same without colours.";

pub(crate) fn instruction_to_come(
    name: impl Display,
    about: impl Display,
    since: impl Display,
    fork: impl Display,
) -> String {
    format!("{name}: {about} Since {since}; {fork} does not know it and halts.")
}

pub(crate) fn instruction_known(
    name: impl Display,
    byte: impl LowerHex,
    gas: impl Display,
    fork: impl Display,
    about: impl Display,
) -> String {
    format!("{name}, 0x{byte:02x}, gas {gas} in {fork} before what depends on its operands: {about}")
}

pub(crate) const LOOKING_FOR_FUNCTIONS: &str = "Looking for functions in the code…";
pub(crate) const GUESS_FUNCTIONS: &str = "Guess functions";
pub(crate) const STOP: &str = "Stop";
pub(crate) const GUESSED_FUNCTIONS: &str = "Guessed functions";

pub(crate) const PROGRAM: &str = "Program";
pub(crate) const VIEWS_OF_THE_PROGRAM: &str = "Views of the program";
pub(crate) const SOURCE: &str = "Source";
pub(crate) const DISASSEMBLY: &str = "Disassembly";
pub(crate) const CODE: &str = "Code";
pub(crate) const OPEN_A_FILE: &str = "Open a file";
pub(crate) const OPEN_A_PROGRAM_FILE: &str = "Open a program file";
pub(crate) const OWN_BYTECODE: &str = "Bytecode of your own, run as the contract’s code.";
pub(crate) const CODE_FIELD: &str = "Code: hex, assembly or an artifact";
pub(crate) const CONTRACT_ADDRESS: &str = "Contract address";
pub(crate) const SOURCE_OF_BEFORE: &str =
    "The source of the example chosen above; the bytecode has been changed since.";
pub(crate) const CODE_KIND: &str = "What the code is";
pub(crate) const PUT_BACK_WHAT_WAS_THERE: &str = "Put back what was there";
pub(crate) const PROBLEMS_OF_THE_ASSEMBLY: &str = "Problems of the assembly";
pub(crate) const ABI_FORMS: &str = "What the compiler wrote as JSON, or lines such as ";
pub(crate) const ABI_LINE: &str = "function transfer(address to, uint256 amount) returns (bool)";
pub(crate) const ABI_USE: &str = ". With it, calls are made by function and arguments.";
pub(crate) const ABI: &str = "ABI";

pub(crate) fn compiled_by(compiler: impl Display) -> String {
    format!("Solidity, compiled by solc {compiler}.")
}

pub(crate) fn is_hex(bytes: impl Display) -> String {
    format!("Hex: {bytes} bytes of runtime code.")
}

pub(crate) fn is_assembly(bytes: impl Display) -> String {
    format!("EVM assembly: {bytes} bytes of runtime code.")
}

pub(crate) fn place(line: impl Display, column: impl Display) -> String {
    format!("line {line}, column {column}")
}

pub(crate) const PROGRAM_THAT_IS_EDITED: &str = "Program that is edited";
pub(crate) const EDIT_IT: &str = "Edit it";

pub(crate) fn step_runs(program: impl Display) -> String {
    format!("This step runs the program “{program}”. ")
}

pub(crate) fn still_edited(program: impl Display) -> String {
    format!("“{program}” is still the program that is edited: the marked fields need a correction first.")
}

pub(crate) const GUESSING_STOPPED: &str = "Stopped; nothing was guessed.";
pub(crate) const NO_ANSWER: &str = "Nothing was guessed: the answer could not be read.";
pub(crate) const ABI_CAME: &str = "There is an ABI now; what was guessed is left aside.";
pub(crate) const NOTHING_GUESSED: &str = "Nothing was guessed.";
pub(crate) const NO_FUNCTIONS: &str = "No functions were found in the code.";

pub(crate) fn longer_than(bytes: impl Display) -> String {
    format!("the code is longer than {bytes} bytes")
}

pub(crate) fn no_end(seconds: impl Display) -> String {
    format!("Nothing was guessed: the code was looked at for {seconds} seconds without an end.")
}

pub(crate) fn nothing_guessed(why: impl Display) -> String {
    format!("Nothing was guessed: {why}.")
}

pub(crate) fn to_mend(problems: usize) -> String {
    let problems = if problems == 1 { "one problem".into() } else { format!("{problems} problems") };
    format!("EVM assembly with {problems} to mend.")
}

pub(crate) fn about_abi(functions: usize, guessed: usize, events: usize, errors: usize) -> String {
    let guessed = if guessed > 0 { format!(" ({} guessed)", grouped(guessed)) } else { String::new() };
    format!("{functions} functions{guessed}, {events} events, {errors} errors.")
}

pub(crate) fn were_guessed(functions: usize, named: usize) -> String {
    let functions = if functions == 1 { "One function".into() } else { format!("{} functions", grouped(functions)) };
    format!(
        "{functions} guessed from the code, {} with the name that such functions commonly have. What they give back is \
         not known; types may be wrong.",
        grouped(named)
    )
}
