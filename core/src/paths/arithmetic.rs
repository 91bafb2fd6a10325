//! What the operations of a way come to, on the host (Yellow Paper, appendix H.2). It holds rules of arithmetic and of gas, and
//! no form.

use alloy_primitives::U256;
use lanevm_shaders::{
    Fork,
    layout::{P_SSTORE_CLEAR, P_SSTORE_NOOP, P_SSTORE_RESET, P_SSTORE_SET},
};

use super::ssa::{Binary, Ternary, Unary};
use crate::gpu::fork_parameters;

/// One operand.
pub fn unary(op: Unary, a: U256) -> U256 {
    match op {
        Unary::IsZero => U256::from(a.is_zero()),
        Unary::Not => !a,
        Unary::Clz => U256::from(a.leading_zeros()),
        Unary::ByteLength => U256::from(a.byte_len()),
    }
}

/// Two operands; the first is the stack's top.
pub fn binary(op: Binary, a: U256, b: U256) -> U256 {
    match op {
        Binary::Add => a.wrapping_add(b),
        Binary::Mul => a.wrapping_mul(b),
        Binary::Sub => a.wrapping_sub(b),
        Binary::Div => a.checked_div(b).unwrap_or_default(),
        Binary::Mod => a.checked_rem(b).unwrap_or_default(),
        Binary::Sdiv => {
            let quotient = magnitude(a).checked_div(magnitude(b)).unwrap_or_default();
            if is_negative(a) == is_negative(b) { quotient } else { quotient.wrapping_neg() }
        }
        Binary::Smod => {
            let rest = magnitude(a).checked_rem(magnitude(b)).unwrap_or_default();
            if is_negative(a) { rest.wrapping_neg() } else { rest }
        }
        Binary::Exp => a.wrapping_pow(b),
        Binary::SignExtend => sign_extend(a, b),
        Binary::Lt => U256::from(a < b),
        Binary::Gt => U256::from(a > b),
        Binary::Slt => U256::from(ordered(a) < ordered(b)),
        Binary::Sgt => U256::from(ordered(a) > ordered(b)),
        Binary::Eq => U256::from(a == b),
        Binary::And => a & b,
        Binary::Or => a | b,
        Binary::Xor => a ^ b,
        Binary::Byte => small(a, 32).map_or(U256::ZERO, |at| U256::from(b.byte(31 - at))),
        Binary::Shl => small(a, 256).map_or(U256::ZERO, |by| b << by),
        Binary::Shr => small(a, 256).map_or(U256::ZERO, |by| b >> by),
        Binary::Sar => match small(a, 256) {
            Some(by) => b.arithmetic_shr(by),
            None if is_negative(b) => U256::MAX,
            None => U256::ZERO,
        },
    }
}

/// Three operands.
pub fn ternary(op: Ternary, a: U256, b: U256, c: U256, fork: Fork) -> U256 {
    match op {
        Ternary::AddMod => a.add_mod(b, c),
        Ternary::MulMod => a.mul_mod(b, c),
        Ternary::Select => {
            if a.is_zero() {
                c
            } else {
                b
            }
        }
        Ternary::SstoreGas => U256::from(store_gas(a, b, c, fork)),
        Ternary::SstoreRefund => store_refund(a, b, c, fork),
    }
}

fn parameter(fork: Fork, index: u32) -> u64 {
    u64::from(fork_parameters(fork)[index as usize])
}

/// EIP-2200 with the fork's prices: what SSTORE costs beside a cold slot's price.
fn store_gas(original: U256, current: U256, value: U256, fork: Fork) -> u64 {
    let index = if current == value || original != current {
        P_SSTORE_NOOP
    } else if original.is_zero() {
        P_SSTORE_SET
    } else {
        P_SSTORE_RESET
    };
    parameter(fork, index)
}

/// EIP-3529, in two's complement.
fn store_refund(original: U256, current: U256, value: U256, fork: Fork) -> U256 {
    if current == value {
        return U256::ZERO;
    }
    let clear = U256::from(parameter(fork, P_SSTORE_CLEAR));
    if original == current {
        return if value.is_zero() && !original.is_zero() { clear } else { U256::ZERO };
    }
    let mut refund = U256::ZERO;
    if !original.is_zero() {
        if current.is_zero() {
            refund = refund.wrapping_sub(clear);
        }
        if value.is_zero() {
            refund = refund.wrapping_add(clear);
        }
    }
    if original == value {
        let price = if original.is_zero() { P_SSTORE_SET } else { P_SSTORE_RESET };
        refund = refund.wrapping_add(U256::from(parameter(fork, price) - parameter(fork, P_SSTORE_NOOP)));
    }
    refund
}

const fn is_negative(a: U256) -> bool {
    a.bit(255)
}

fn magnitude(a: U256) -> U256 {
    if is_negative(a) { a.wrapping_neg() } else { a }
}

/// Signed numbers as unsigned ones in the same order.
fn ordered(a: U256) -> U256 {
    a ^ (U256::ONE << 255)
}

/// A number below `bound`.
pub(super) fn small(a: U256, bound: usize) -> Option<usize> {
    usize::try_from(a).ok().filter(|a| *a < bound)
}

fn sign_extend(at: U256, b: U256) -> U256 {
    let Some(at) = small(at, 31) else { return b };
    let bit = at * 8 + 7;
    let mask = (U256::ONE << (bit + 1)) - U256::ONE;
    if b.bit(bit) { b | !mask } else { b & mask }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minus(value: u64) -> U256 {
        U256::from(value).wrapping_neg()
    }

    #[test]
    fn signed_division_goes_towards_zero() {
        let n = U256::from;
        assert_eq!(binary(Binary::Sdiv, minus(7), n(2)), minus(3));
        assert_eq!(binary(Binary::Smod, minus(7), n(2)), minus(1));
        assert_eq!(binary(Binary::Smod, n(7), minus(2)), n(1));
        let least = U256::ONE << 255;
        assert_eq!(binary(Binary::Sdiv, least, minus(1)), least);
        assert_eq!(binary(Binary::Sdiv, least, U256::ZERO), U256::ZERO);
    }

    #[test]
    fn signs_are_drawn_out_of_the_byte_that_is_named() {
        assert_eq!(binary(Binary::SignExtend, U256::ZERO, U256::from(0x80)), minus(0x80));
        assert_eq!(binary(Binary::SignExtend, U256::from(1), U256::from(0x1_7fff)), U256::from(0x7fff));
        assert_eq!(binary(Binary::SignExtend, U256::from(31), minus(9)), minus(9));
        assert_eq!(binary(Binary::Sar, U256::from(300), minus(1)), U256::MAX);
    }

    #[test]
    fn sstore_costs_what_the_table_of_eip_3529_says() {
        // Of EIP-2200's and EIP-3529's examples: the values written one after the other to a warm slot, the sum of what they
        // cost without the static gas of the pushes, and the refund.
        let cases: [(u64, &[u64], u64, i64); 8] = [
            (0, &[0, 0], 200, 0),
            (0, &[0, 1], 20100, 0),
            (0, &[1, 0], 20100, 19900),
            (1, &[0, 0], 3000, 4800),
            (1, &[0, 1], 3000, 2800),
            (1, &[0, 2], 3000, 0),
            (1, &[2, 0], 3000, 4800),
            (0, &[1, 2, 0], 20200, 19900),
        ];
        for (original, writes, gas, refund) in cases {
            let original = U256::from(original);
            let (mut current, mut spent, mut back) = (original, U256::ZERO, U256::ZERO);
            for value in writes.iter().copied().map(U256::from) {
                spent += ternary(Ternary::SstoreGas, original, current, value, Fork::London);
                back = back.wrapping_add(ternary(Ternary::SstoreRefund, original, current, value, Fork::London));
                current = value;
            }
            let expected = if refund < 0 { minus(refund.unsigned_abs()) } else { U256::from(refund) };
            assert_eq!((spent, back), (U256::from(gas), expected), "{original} {writes:?}");
        }
    }
}
