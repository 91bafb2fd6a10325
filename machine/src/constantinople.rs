//! Constantinople's SSTORE (EIP-1283), the one rule by which that fork differs from Petersburg. No mainnet block ran it,
//! so revm leaves it out.

use alloy_primitives::U256;
use revm::{
    context_interface::context::SStoreResult,
    interpreter::{
        Host, InstructionContext, InstructionResult,
        interpreter::EthInterpreter,
        interpreter_types::{InputsTr, RuntimeFlag},
    },
};

/// SSTORE's byte.
pub(crate) const SSTORE: u8 = 0x55;

/// Gas and refund of a store, as EIP-1283 lists its cases.
fn metering(slot: &SStoreResult) -> (u64, i64) {
    let SStoreResult { original_value: original, present_value: present, new_value: new } = *slot;
    if present == new {
        return (200, 0);
    }
    if original == present {
        return match (original.is_zero(), new.is_zero()) {
            (true, _) => (20_000, 0),
            (false, true) => (5_000, 15_000),
            (false, false) => (5_000, 0),
        };
    }
    let mut refund = 0;
    if !original.is_zero() {
        if present.is_zero() {
            refund -= 15_000;
        } else if new.is_zero() {
            refund += 15_000;
        }
    }
    if original == new {
        refund += if original.is_zero() { 19_800 } else { 4_800 };
    }
    (200, refund)
}

/// The instruction.
pub(crate) fn sstore<H: Host + ?Sized>(
    context: InstructionContext<'_, H, EthInterpreter>,
) -> Result<(), InstructionResult> {
    let InstructionContext { interpreter, host } = context;
    if interpreter.runtime_flag.is_static() {
        return Err(InstructionResult::StateChangeDuringStaticCall);
    }
    let Some([slot, value]): Option<[U256; 2]> = interpreter.stack.popn() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let target = interpreter.input.target_address();
    let stored = host.sstore(target, slot, value).ok_or(InstructionResult::FatalExternalError)?;
    let (gas, refund) = metering(&stored.data);
    if !interpreter.gas.record_regular_cost(gas) {
        return Err(InstructionResult::OutOfGas);
    }
    interpreter.gas.record_refund(refund);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of EIP-1283's test cases: stores into one slot with the original value, and what they use and refund.
    #[test]
    fn cases_of_the_eip() {
        for (original, stores, gas, refund) in [
            (0, &[0, 0][..], 400, 0),
            (0, &[0, 1], 20_200, 0),
            (0, &[1, 0], 20_200, 19_800),
            (0, &[1, 2], 20_200, 0),
            (0, &[1, 1], 20_200, 0),
            (1, &[0, 0], 5_200, 15_000),
            (1, &[0, 1], 5_200, 4_800),
            (1, &[0, 2], 5_200, 0),
            (1, &[2, 0], 5_200, 15_000),
            (1, &[2, 3], 5_200, 0),
            (1, &[2, 1], 5_200, 4_800),
            (1, &[2, 2], 5_200, 0),
            (1, &[1, 0], 5_200, 15_000),
            (1, &[1, 2], 5_200, 0),
            (1, &[1, 1], 400, 0),
            (0, &[1, 0, 1], 40_200, 19_800),
            (1, &[0, 1, 0], 10_200, 19_800),
        ] {
            let (mut present, mut used, mut refunded) = (original, 0, 0);
            for &new in stores {
                let word = |value: u64| U256::from(value);
                let result =
                    SStoreResult { original_value: word(original), present_value: word(present), new_value: word(new) };
                let (cost, back) = metering(&result);
                used += cost;
                refunded += back;
                present = new;
            }
            assert_eq!((used, refunded), (gas, refund), "{original} {stores:?}");
        }
    }
}
