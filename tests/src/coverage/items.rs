//! The list: what random programs must hit, by name.

use lanevm_core::{Class, Fork, Level, Status, U256};

use super::{
    frames::{Refusal, faults, refusal},
    walk::{Lane, Step},
};

/// One thing that must be hit.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Its name.
    pub name: &'static str,
    /// Whether a lane hits it.
    pub holds: fn(&Lane<'_>) -> bool,
}

macro_rules! items {
    ($($name:literal => $holds:expr;)*) => {
        /// Everything that random programs must hit.
        pub const ITEMS: &[Item] = &[$(Item { name: $name, holds: $holds },)*];
    };
}

fn op(step: &Step<'_>, ops: &[u8]) -> bool {
    ops.contains(&step.record.op)
}

/// Whether an instruction that goes on names, with size zero, an offset no memory reaches.
fn far_nothing(step: &Step<'_>, op: u8, offset: usize, size: usize) -> bool {
    step.record.op == op
        && (step.goes_on() || matches!(op, 0xf3 | 0xfd) && !step.halts)
        && step.record.stack.len() > offset.max(size)
        && step.operand(size).is_zero()
        && step.operand(offset) > U256::from(u32::MAX)
}

fn asks(lane: &Lane<'_>, op: u8, who: fn(&Lane<'_>, &Step<'_>) -> bool) -> bool {
    lane.any(|step| step.record.op == op && step.goes_on() && who(lane, step))
}

fn absent(lane: &Lane<'_>, step: &Step<'_>) -> bool {
    lane.is_absent(step.address(0))
}

fn empty(lane: &Lane<'_>, step: &Step<'_>) -> bool {
    lane.is_empty(step.address(0))
}

fn precompile(lane: &Lane<'_>, step: &Step<'_>) -> bool {
    lane.is_precompile(step.address(0))
}

fn delegated(lane: &Lane<'_>, step: &Step<'_>) -> bool {
    lane.delegate(step.address(0)).is_some()
}

fn destroyed(_: &Lane<'_>, step: &Step<'_>) -> bool {
    step.names_destroyed
}

fn refused(lane: &Lane<'_>, why: Refusal) -> bool {
    lane.any(|step| refusal(lane, step) == Some(why))
}

/// A SELFDESTRUCT that went through.
fn destroys(step: &Step<'_>) -> bool {
    step.record.op == 0xff && !step.halts
}

fn class(lane: &Lane<'_>) -> Option<Class> {
    lane.outcome.status.map(|status| status.class())
}

fn kind(lane: &Lane<'_>) -> Option<u8> {
    (lane.call.level == Level::Transaction).then(|| lane.call.transaction.map_or(0, |own| own.kind))
}

fn executed(lane: &Lane<'_>, of_kind: u8) -> bool {
    kind(lane) == Some(of_kind) && matches!(class(lane), Some(Class::Success | Class::Revert | Class::Halt))
}

/// EIP-7623's floor of the call.
fn floor(lane: &Lane<'_>) -> u64 {
    21_000 + lane.call.data.bytes().iter().map(|byte| if *byte == 0 { 10 } else { 40 }).sum::<u64>()
}

/// Init code that returned, and whose create came to nothing.
fn deposit_fails(lane: &Lane<'_>, why: fn(&Step<'_>) -> bool) -> bool {
    lane.steps.iter().zip(lane.steps.iter().skip(1)).any(|(last, next)| {
        last.record.op == 0xf3
            && last.creates
            && last.after.is_none()
            && next.record.depth + 1 == last.record.depth
            && next.record.stack.last() == Some(&U256::ZERO)
            && why(last)
    })
}

items! {
    "zero size far out: KECCAK256" => |lane| lane.any(|step| far_nothing(step, 0x20, 0, 1));
    "zero size far out: CALLDATACOPY" => |lane| lane.any(|step| far_nothing(step, 0x37, 0, 2));
    "zero size far out: CODECOPY" => |lane| lane.any(|step| far_nothing(step, 0x39, 0, 2));
    "zero size far out: EXTCODECOPY" => |lane| lane.any(|step| far_nothing(step, 0x3c, 1, 3));
    "zero size far out: RETURNDATACOPY" => |lane| lane.any(|step| far_nothing(step, 0x3e, 0, 2));
    "zero size far out: MCOPY" => |lane| lane.any(|step| far_nothing(step, 0x5e, 0, 2));
    "zero size far out: LOG" => |lane| lane.any(|step| (0xa0..=0xa4).any(|op| far_nothing(step, op, 0, 1)));
    "zero size far out: CREATE" => |lane| lane.any(|step| far_nothing(step, 0xf0, 1, 2) || far_nothing(step, 0xf5, 1, 2));
    "zero size far out: call data" => |lane| lane.any(|step| far_nothing(step, 0xf1, 3, 4) || far_nothing(step, 0xfa, 2, 3));
    "zero size far out: return data" => |lane| lane.any(|step| far_nothing(step, 0xf1, 5, 6) || far_nothing(step, 0xfa, 4, 5));
    "zero size far out: RETURN" => |lane| lane.any(|step| far_nothing(step, 0xf3, 0, 1));
    "zero size far out: REVERT" => |lane| lane.any(|step| far_nothing(step, 0xfd, 0, 1));

    "RETURNDATACOPY of nothing past the end" => |lane| lane.any(|step| {
        op(step, &[0x3e]) && step.halts && step.record.stack.len() > 2 && step.operand(2).is_zero() && !step.operand(1).is_zero()
    });
    "RETURNDATACOPY of nothing at the end" => |lane| lane.any(|step| {
        op(step, &[0x3e]) && step.goes_on() && step.operand(2).is_zero() && !step.operand(1).is_zero()
    });
    "RETURNDATACOPY of something" => |lane| lane.any(|step| {
        op(step, &[0x3e]) && step.goes_on() && !step.operand(2).is_zero()
    });

    "a call at depth 1,024 enters" => |lane| lane.any(|step| {
        op(step, &[0xf1, 0xf2, 0xf4, 0xfa]) && step.record.depth == 1024 && step.enters
    });
    "a call at depth 1,025 is refused" => |lane| lane.any(|step| {
        op(step, &[0xf1, 0xf2, 0xf4, 0xfa]) && step.record.depth == 1025 && step.result() == Some(U256::ZERO)
    });

    "CREATE fails: nonce 2^64-1" => |lane| refused(lane, Refusal::Nonce);
    "CREATE fails: balance" => |lane| refused(lane, Refusal::Balance);
    "CREATE fails: depth" => |lane| refused(lane, Refusal::Depth);
    "CREATE fails: collision" => |lane| refused(lane, Refusal::Collision);
    "a transaction's create collides" => |lane| lane.outcome.status == Some(Status::CreateCollision);
    "CREATE fails: code begins with 0xef, or is too long, or costs too much" => |lane| deposit_fails(lane, |_| true);
    "CREATE fails: code over 24,576 bytes" => |lane| deposit_fails(lane, |last| last.operand(1) > U256::from(24_576));
    "CREATE gives an account" => |lane| lane.any(|step| {
        op(step, &[0xf0, 0xf5]) && step.result().is_some_and(|word| !word.is_zero())
    });
    "CREATE of init code over 49,152 bytes ends the frame" => |lane| lane.call.fork >= Fork::Shanghai && lane.any(|step| {
        op(step, &[0xf0, 0xf5]) && step.halts && !step.is_static && step.operand(2) == U256::from(49_153)
    });

    "SELFDESTRUCT to itself, created here" => |lane| lane.any(|step| {
        destroys(step) && step.account == Some(step.address(0)) && step.created_here
    });
    "SELFDESTRUCT to itself, created earlier" => |lane| lane.any(|step| {
        destroys(step) && step.account == Some(step.address(0)) && !step.created_here
    });
    "SELFDESTRUCT to another, created here" => |lane| lane.any(|step| {
        destroys(step) && step.account.is_some_and(|own| own != step.address(0)) && step.created_here
    });
    "SELFDESTRUCT to another, created earlier, before EIP-6780" => |lane| lane.call.fork < Fork::Cancun && lane.any(|step| {
        destroys(step) && step.account != Some(step.address(0)) && !step.created_here
    });
    "SELFDESTRUCT to another, created earlier, since EIP-6780" => |lane| lane.call.fork >= Fork::Cancun && lane.any(|step| {
        destroys(step) && step.account != Some(step.address(0)) && !step.created_here
    });
    "SELFDESTRUCT to somebody absent" => |lane| lane.any(|step| {
        destroys(step) && lane.batch.account(lane.call.world, &step.address(0)).is_none()
    });

    "SSTORE with 2,300 gas" => |lane| lane.any(|step| op(step, &[0x55]) && step.record.gas == 2300 && step.halts);
    "SSTORE with 2,301 gas goes through" => |lane| lane.any(|step| op(step, &[0x55]) && step.record.gas == 2301 && step.goes_on());
    "SSTORE with less than 2,300 gas, of the stipend" => |lane| lane.any(|step| {
        op(step, &[0x55]) && step.record.gas < 2300 && step.record.depth > 1 && !step.is_static && step.record.stack.len() > 1
    });
    "a refund counter below zero" => |lane| lane.any(|step| step.record.refund < 0);

    "delegation to a precompile" => |lane| lane.callees().any(|callee| {
        lane.delegate(callee).is_some_and(|to| lane.is_precompile(to))
    });
    "delegation to itself" => |lane| lane.callees().any(|callee| lane.delegate(callee) == Some(callee));
    "delegation, chained" => |lane| lane.callees().any(|callee| {
        lane.delegate(callee).is_some_and(|to| to != callee && lane.delegate(to).is_some())
    });
    "delegation to a contract" => |lane| lane.callees().any(|callee| {
        lane.delegate(callee).is_some_and(|to| lane.delegate(to).is_none() && !lane.is_precompile(to) && !lane.is_absent(to))
    });
    "delegation of before Prague is no code" => |lane| lane.call.fork < Fork::Prague && lane.any(|step| {
        step.record.op == 0xef && step.record.pc == 0
    });
    "an authorisation takes hold" => |lane| lane.outcome.changes.values().any(|change| {
        change.code.as_ref().is_some_and(|code| code.starts_with(&[0xef, 1, 0]))
    });
    "an authorisation is passed over" => |lane| executed(lane, 4)
        && !lane.outcome.changes.values().any(|change| change.code.as_ref().is_some_and(|code| code.starts_with(&[0xef, 1, 0])));

    "the floor holds after refunds" => |lane| lane.call.level != Level::Frame
        && lane.call.fork >= Fork::Prague
        && lane.outcome.refund > 0
        && lane.outcome.gas_used == floor(lane)
        && class(lane) == Some(Class::Success);
    "a refund is granted" => |lane| lane.outcome.refund_granted > 0;
    "a refund is capped" => |lane| lane.outcome.refund_granted > 0 && (lane.outcome.refund_granted as i64) < lane.outcome.refund;

    "ADDMOD with an operand at or over the modulus" => |lane| lane.any(|step| {
        op(step, &[0x08]) && step.goes_on() && !step.operand(2).is_zero() && step.operand(1) >= step.operand(2)
    });
    "MULMOD with an operand at or over the modulus" => |lane| lane.any(|step| {
        op(step, &[0x09]) && step.goes_on() && !step.operand(2).is_zero() && step.operand(1) >= step.operand(2)
    });

    "BALANCE: absent" => |lane| asks(lane, 0x31, absent);
    "BALANCE: empty" => |lane| asks(lane, 0x31, empty);
    "BALANCE: precompile" => |lane| asks(lane, 0x31, precompile);
    "BALANCE: delegated" => |lane| asks(lane, 0x31, delegated);
    "BALANCE: destroyed" => |lane| asks(lane, 0x31, destroyed);
    "EXTCODESIZE: absent" => |lane| asks(lane, 0x3b, absent);
    "EXTCODESIZE: empty" => |lane| asks(lane, 0x3b, empty);
    "EXTCODESIZE: precompile" => |lane| asks(lane, 0x3b, precompile);
    "EXTCODESIZE: delegated" => |lane| asks(lane, 0x3b, delegated);
    "EXTCODESIZE: destroyed" => |lane| asks(lane, 0x3b, destroyed);
    "EXTCODEHASH: absent" => |lane| asks(lane, 0x3f, absent);
    "EXTCODEHASH: empty" => |lane| asks(lane, 0x3f, empty);
    "EXTCODEHASH: precompile" => |lane| asks(lane, 0x3f, precompile);
    "EXTCODEHASH: delegated" => |lane| asks(lane, 0x3f, delegated);
    "EXTCODEHASH: destroyed" => |lane| asks(lane, 0x3f, destroyed);
    "EXTCODECOPY: delegated" => |lane| asks(lane, 0x3c, delegated);

    "two faults at once" => |lane| lane.any(|step| faults(lane.call.fork, step) >= 2);
    "three faults at once" => |lane| lane.any(|step| faults(lane.call.fork, step) >= 3);
    "a change of state in a static frame" => |lane| lane.any(|step| {
        step.halts && step.is_static && op(step, &[0x55, 0x5d, 0xa0, 0xa1, 0xf0, 0xf5, 0xff])
    });

    "call with value to somebody absent" => |lane| lane.any(|step| {
        op(step, &[0xf1]) && step.result() == Some(U256::from(1)) && !step.operand(2).is_zero() && lane.batch.account(lane.call.world, &step.address(1)).is_none()
    });
    "call with more value than there is" => |lane| lane.any(|step| {
        op(step, &[0xf1, 0xf2]) && step.result() == Some(U256::ZERO) && step.operand(2) >= U256::from(1) << 130
    });
    "transient storage read by a later frame" => |lane| {
        let stores = lane.steps.iter().position(|step| op(step, &[0x5d]) && step.goes_on());
        stores.is_some_and(|at| lane.steps[at..].iter().any(|step| {
            op(step, &[0x5c]) && step.result().is_some_and(|word| !word.is_zero()) && step.record.depth != lane.steps[at].record.depth
        }))
    };
    "a revert's data are copied" => |lane| lane.steps.iter().zip(lane.steps.iter().skip(1)).any(|(last, next)| {
        op(last, &[0xfd]) && !last.operand(1).is_zero() && next.record.depth < last.record.depth && op(next, &[0x3d, 0x57, 0x61, 0x50])
    });

    "type 0 executed" => |lane| executed(lane, 0);
    "type 1 executed" => |lane| executed(lane, 1);
    "type 2 executed" => |lane| executed(lane, 2);
    "type 3 executed" => |lane| executed(lane, 3);
    "type 4 executed" => |lane| executed(lane, 4);
    "a transaction is refused" => |lane| class(lane) == Some(Class::Rejected);
    "a transaction creates" => |lane| kind(lane).is_some() && lane.outcome.created.is_some();
    "an empty account is removed" => |lane| lane.outcome.changes.values().any(|change| change.removed);
    "state that a partial world does not hold" => |lane| class(lane) == Some(Class::MissingState);
    "level call" => |lane| lane.call.level == Level::Call && class(lane) == Some(Class::Success);
}
