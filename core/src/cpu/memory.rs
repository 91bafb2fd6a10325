//! Whether an instruction's memory operands ask for more than the host gives, decided in full width before the
//! instruction runs. revm alone cannot tell: it checks the host's limit before gas, and on a 32-bit host it takes every
//! offset over 2^32 for out of gas. Only lanes that met the limit once are looked at this way.

use alloy_primitives::{U256, U512};
use revm::interpreter::{
    GasTable, Interpreter,
    interpreter::EthInterpreter,
    interpreter_types::{Jumps, MemoryTr},
};

use super::environment::MEMORY_LIMIT;

/// What becomes of an instruction's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It fits, or the instruction touches none.
    Fits,
    /// Gas does not pay for it.
    OutOfGas,
    /// Gas pays for it, the host does not hold it.
    HostLimit,
}

/// A range of memory, by the stack positions of offset and length; `Err` is a fixed length.
type Range = (usize, Result<usize, u64>);

/// The memory ranges of an instruction: two at most.
const fn ranges(opcode: u8) -> &'static [Range] {
    match opcode {
        0x51 | 0x52 => &[(0, Err(32))],
        0x53 => &[(0, Err(1))],
        0x20 | 0xf3 | 0xfd | 0xa0..=0xa4 => &[(0, Ok(1))],
        0x37 | 0x39 | 0x3e => &[(0, Ok(2))],
        0x3c => &[(1, Ok(3))],
        0x5e => &[(0, Ok(2)), (1, Ok(2))],
        0xf0 | 0xf5 => &[(1, Ok(2))],
        0xf1 | 0xf2 => &[(3, Ok(4)), (5, Ok(6))],
        0xf4 | 0xfa => &[(2, Ok(3)), (4, Ok(5))],
        _ => &[],
    }
}

/// What memory costs, from nothing to so many words (Yellow Paper, appendix H.1).
fn cost(words: U512) -> U512 {
    words * U512::from(3) + words * words / U512::from(512)
}

/// Judges the instruction that is next; `held` is what all frames hold together. Of an instruction's costs it knows the
/// static ones and memory's: where others would end the frame first, the host's limit is named in their place.
pub(super) fn verdict(interpreter: &Interpreter<EthInterpreter>, gas_table: &GasTable, held: usize) -> Verdict {
    let opcode = interpreter.bytecode.opcode();
    let ranges = ranges(opcode);
    if ranges.is_empty() {
        return Verdict::Fits;
    }
    let stack = interpreter.stack.data();
    let item = |position: usize| stack.len().checked_sub(position + 1).map(|index| stack[index]);
    let mut end = U512::ZERO;
    for &(offset, length) in ranges {
        let length = match length {
            Ok(position) => item(position),
            Err(fixed) => Some(U256::from(fixed)),
        };
        // A stack too short is a fault of its own, and not of memory.
        let (Some(offset), Some(length)) = (item(offset), length) else { return Verdict::Fits };
        if !length.is_zero() {
            end = end.max(U512::from(offset) + U512::from(length));
        }
    }
    let words = (end + U512::from(31)) / U512::from(32);
    let size = interpreter.memory.size();
    let growth = (words * U512::from(32)).saturating_sub(U512::from(size));
    if U512::from(held) + growth <= U512::from(MEMORY_LIMIT) {
        return Verdict::Fits;
    }
    let price = cost(words) - cost(U512::from(size / 32)) + U512::from(gas_table[usize::from(opcode)]);
    if price > U512::from(interpreter.gas.remaining()) { Verdict::OutOfGas } else { Verdict::HostLimit }
}
