//! Predicates about one step: creates that fail and why, several faults at once.

use lanevm_core::{Fork, U256, facts};

use super::walk::{Lane, Step};

/// Items on the stack at most.
const STACK_LIMIT: usize = 1024;

/// Why a create that went on with zero had no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Depth,
    Balance,
    Nonce,
    Collision,
}

/// Whether a create was refused before it had a frame, and why.
pub(super) fn refusal(lane: &Lane<'_>, step: &Step<'_>) -> Option<Refusal> {
    let create = matches!(step.record.op, 0xf0 | 0xf5);
    if !create || step.enters || step.result() != Some(U256::ZERO) {
        return None;
    }
    let gas_after = step.after.map_or(0, |after| after.gas);
    let creator = step.account.and_then(|account| lane.batch.account(lane.call.world, &account));
    if step.record.depth > 1024 {
        return Some(Refusal::Depth);
    }
    // No account of a world that is looked at has a quarter of this, nor could come by it.
    if step.operand(0) >= U256::from(1) << 130 {
        return Some(Refusal::Balance);
    }
    if creator.is_some_and(|creator| creator.nonce >= u64::MAX - 1) && gas_after > step.record.gas / 32 {
        return Some(Refusal::Nonce);
    }
    // A collision takes all that the create was given: of what is left after its price, one part in 64 stays. The price
    // is too small, beside gas like this, to be mistaken for it.
    (step.record.gas > 100_000 && gas_after <= step.record.gas / 64 && !step.operand(2).is_zero())
        .then_some(Refusal::Collision)
}

const fn changes_state(op: u8) -> bool {
    matches!(op, 0x55 | 0x5d | 0xa0..=0xa4 | 0xf0 | 0xf5 | 0xff)
}

/// How many faults of `docs/status.md` hold at a step that ends its frame badly.
pub(super) fn faults(fork: Fork, step: &Step<'_>) -> usize {
    if !step.halts {
        return 0;
    }
    let record = step.record;
    let far = |at: usize| step.operand(at) > U256::from(u32::MAX);
    let Some(fact) = facts::instruction(record.op, fork) else {
        return 1 + usize::from(record.gas == 0);
    };
    let height = record.stack.len();
    let underflow = height < usize::from(fact.pops);
    let overflow = height + usize::from(fact.pushes) > STACK_LIMIT + usize::from(fact.pops);
    let with_value = record.op == 0xf1 && !underflow && !step.operand(2).is_zero();
    let held = [
        record.gas < u64::from(fact.gas_in(fork)),
        step.is_static && (changes_state(record.op) || with_value),
        underflow,
        overflow,
        record.op == 0x55 && record.gas <= 2300,
        record.op == 0x56 && !underflow && far(0),
        record.op == 0x3e && !underflow && far(1),
        // Memory further than gas goes, where a size says that it is touched.
        match record.op {
            0x3e => far(0) && !step.operand(2).is_zero(),
            0xa0..=0xa4 | 0x20 => !underflow && far(0) && !step.operand(1).is_zero(),
            0xf0 | 0xf5 => !underflow && far(2),
            0xf1 => !underflow && far(5) && !step.operand(6).is_zero(),
            _ => false,
        },
    ];
    held.into_iter().filter(|holds| *holds).count()
}
