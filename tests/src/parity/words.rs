//! Word operations of the device against ruint's.

use lanevm_core::{
    U256,
    gpu::{GpuEngine, probe::WordOperation},
};

use super::dice::Dice;

/// The operations the probe kernel knows.
pub const OPERATIONS: &[u8] = &[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x1b, 0x1c, 0x1d, 0x1e];

const SIGN: usize = 255;

fn negate(a: U256) -> U256 {
    U256::ZERO.wrapping_sub(a)
}

fn absolute(a: U256) -> U256 {
    if a.bit(SIGN) { negate(a) } else { a }
}

/// What the Yellow Paper (appendix H) says an operation gives.
pub fn expected(operation: &WordOperation) -> U256 {
    let [a, b, c] = operation.operands;
    let by_zero = b.is_zero();
    match operation.op {
        0x01 => a.wrapping_add(b),
        0x02 => a.wrapping_mul(b),
        0x03 => a.wrapping_sub(b),
        0x04 if by_zero => U256::ZERO,
        0x04 => a / b,
        0x05 if by_zero => U256::ZERO,
        0x05 => {
            let quotient = absolute(a) / absolute(b);
            if a.bit(SIGN) == b.bit(SIGN) { quotient } else { negate(quotient) }
        }
        0x06 if by_zero => U256::ZERO,
        0x06 => a % b,
        0x07 if by_zero => U256::ZERO,
        0x07 => {
            let remainder = absolute(a) % absolute(b);
            if a.bit(SIGN) { negate(remainder) } else { remainder }
        }
        0x08 => a.add_mod(b, c),
        0x09 => a.mul_mod(b, c),
        0x0a => a.wrapping_pow(b),
        0x1b => {
            if a < U256::from(256) {
                b << a.to::<usize>()
            } else {
                U256::ZERO
            }
        }
        0x1c => {
            if a < U256::from(256) {
                b >> a.to::<usize>()
            } else {
                U256::ZERO
            }
        }
        0x1d => b.arithmetic_shr(a.saturating_to::<usize>().min(256)),
        0x1e => U256::from(a.leading_zeros()),
        other => unreachable!("0x{other:02x} is not in OPERATIONS"),
    }
}

/// Operands with a taste for borders, for every operation in turn.
pub fn operations(seed: u64, count: usize) -> Vec<WordOperation> {
    let mut dice = Dice::new(seed, 0x0b5);
    (0..count)
        .map(|index| {
            let op = OPERATIONS[index % OPERATIONS.len()];
            let mut operands = [dice.interesting(), dice.interesting(), dice.interesting()];
            if matches!(op, 0x1b..=0x1d) && !dice.once_in(4) {
                operands[0] = U256::from(dice.below(300));
            }
            WordOperation { op, operands }
        })
        .collect()
}

/// Runs the operations on the device and compares each.
///
/// # Panics
/// At the first that differs.
pub async fn assert_words(gpu: &GpuEngine, operations: &[WordOperation]) {
    let found = gpu.probe_words(operations).await.expect("a device that runs the probe");
    for (operation, found) in operations.iter().zip(found) {
        assert_eq!(found, expected(operation), "{operation:x?}");
    }
}
