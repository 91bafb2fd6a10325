//! Every status a call of its own can end with, with exact gas. `call_depth` alone is met by inner frames only.

use std::collections::BTreeSet;

use lanevm_core::{
    Absent, Account, Address, Batch, Class, Column, Level, Program, Status, Transaction, U256, call_data::CallData,
    shaders::Fork,
};

use crate::fixture::{CALLER, TARGET, asm, at, run};

const GAS: u64 = 100_000;

fn frame(code: &str) -> Batch {
    at(&asm(code), Level::Frame, Fork::Osaka)
}

fn create(init: &str) -> Batch {
    let mut batch = at(&[], Level::Frame, Fork::Osaka);
    batch.calls.to = Column::All(None);
    batch.calls.data = CallData::repeated(1, &asm(init));
    batch
}

fn changed(mut batch: Batch, change: impl FnOnce(&mut Batch)) -> Batch {
    change(&mut batch);
    batch
}

/// Batches of one call, with the status, gas used and instructions each must end with.
fn cases() -> Vec<(Batch, Status, u64, u64)> {
    let deep_stack = |items: usize| frame(&"PUSH0 ".repeat(items));
    vec![
        (frame("PUSH0 STOP"), Status::Stop, 2, 2),
        (frame("PUSH0 PUSH0 RETURN"), Status::Return, 4, 3),
        (frame("PUSH0 SELFDESTRUCT"), Status::SelfDestruct, 2 + 5000 + 2600, 2),
        (frame("PUSH0 PUSH0 REVERT"), Status::Revert, 4, 3),
        (frame("JUMPDEST PUSH0 JUMP"), Status::OutOfGas, GAS, 27_273),
        (frame("PUSH0 ADD"), Status::StackUnderflow, GAS, 2),
        (deep_stack(1024), Status::Stop, 2048, 1025),
        (deep_stack(1025), Status::StackOverflow, GAS, 1025),
        (frame("PUSH1 1 JUMP"), Status::InvalidJump, GAS, 2),
        (frame("INVALID"), Status::InvalidOpcode, GAS, 1),
        (frame("0x0c"), Status::UndefinedOpcode, GAS, 1),
        (frame("PUSH1 1 PUSH0 PUSH0 RETURNDATACOPY"), Status::ReturnDataOutOfBounds, GAS, 4),
        (
            changed(create("STOP"), |batch| {
                batch.worlds[0].accounts.insert(CALLER.create(0), Account { nonce: 1, ..Account::default() });
            }),
            Status::CreateCollision,
            GAS,
            0,
        ),
        (
            changed(create("PUSH2 24577 PUSH0 RETURN"), |batch| batch.calls.gas = Column::All(10_000_000)),
            Status::CodeSizeLimit,
            10_000_000,
            3,
        ),
        (
            changed(create(""), |batch| batch.calls.data = CallData::repeated(1, &[0; 49_153])),
            Status::InitcodeSizeLimit,
            GAS,
            0,
        ),
        (create("PUSH1 239 PUSH0 MSTORE8 PUSH1 1 PUSH0 RETURN"), Status::CodeStartsWithEf, GAS, 6),
        (changed(frame("STOP"), |batch| batch.calls.value = Column::All(U256::MAX)), Status::InsufficientBalance, 0, 0),
        (
            changed(create("STOP"), |batch| {
                batch.worlds[0].accounts.get_mut(&CALLER).unwrap().nonce = u64::MAX;
            }),
            Status::NonceOverflow,
            0,
            0,
        ),
        (
            changed(frame(""), |batch| {
                batch.calls.to = Column::All(Some(Address::with_last_byte(0x0a)));
            }),
            Status::PrecompileError,
            GAS,
            0,
        ),
        (
            changed(frame("STOP"), |batch| {
                batch.calls.level = Column::All(Level::Transaction);
                batch.calls.gas = Column::All(20_999);
            }),
            Status::Rejected,
            0,
            0,
        ),
        (changed(frame("PUSH1 5 SLOAD"), |batch| batch.worlds[0].absent = Absent::Unknown), Status::MissingState, 0, 2),
        (
            changed(frame("PUSH1 1 PUSH5 0x0100000000 MSTORE"), |batch| batch.calls.gas = Column::All(u64::MAX)),
            Status::HostLimit,
            0,
            3,
        ),
        (
            changed(frame("JUMPDEST PUSH0 JUMP"), |batch| batch.limits.max_steps = Some(1000)),
            Status::StepLimit,
            0,
            1000,
        ),
        // A static frame is met only inside a call; the outcome of the whole is the caller's.
        (static_call(), Status::Return, 0, 0),
    ]
}

/// A frame that calls itself without leave to write, and returns what the inner frame came to.
fn static_call() -> Batch {
    let mut batch = frame(
        "PUSH0 PUSH0 PUSH0 PUSH0 PUSH20 0x7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b PUSH2 1000 STATICCALL \
         PUSH0 MSTORE PUSH1 32 PUSH0 RETURN",
    );
    let program = batch.add_program(Program::new(asm("PUSH1 1 PUSH0 SSTORE")));
    let account = Account { code: Some(program), ..Account::default() };
    batch.worlds[0].accounts.insert(Address::repeat_byte(0x7b), account);
    batch
}

#[test]
fn every_status_has_its_gas_and_steps() {
    for (batch, status, gas, steps) in cases() {
        let row = run(&batch).row(0);
        assert_eq!(row.status, Some(status), "{:?}", row.detail);
        if status == Status::Return && batch.worlds[0].accounts.len() > 2 {
            assert_eq!(row.output[31], 0, "the static frame failed");
            continue;
        }
        assert_eq!((row.gas_used, row.steps), (gas, steps), "{status}");
        if status.class() != Class::Success {
            assert_eq!(row.refund, 0, "{status}");
            assert!(row.logs.is_empty() && row.created.is_none(), "{status}");
        }
    }
}

#[test]
fn every_status_is_covered() {
    let covered: BTreeSet<Status> = cases().into_iter().map(|(_, status, ..)| status).collect();
    let missing: Vec<_> = Status::ALL.iter().filter(|status| !covered.contains(status)).collect();
    // An unfinished lane is `schedule.rs`'s; the other two are how an inner frame ends, never the call's own.
    assert_eq!(missing, [&Status::Unfinished, &Status::StaticViolation, &Status::CallDepth]);
}

#[test]
fn exactly_enough_gas_leaves_none() {
    for (code, gas) in [("PUSH1 1 PUSH0 SSTORE", 22_105), ("PUSH1 1 PUSH1 95 MSTORE8", 18), ("PUSH0 PUSH0 LOG0", 379)] {
        let mut batch = frame(code);
        batch.calls.gas = Column::All(gas);
        assert_eq!(run(&batch).row(0).status, Some(Status::Stop), "{code}");
        batch.calls.gas = Column::All(gas - 1);
        let row = run(&batch).row(0);
        assert_eq!((row.status, row.gas_used), (Some(Status::OutOfGas), gas - 1), "{code}");
    }
}

#[test]
fn a_revert_keeps_its_data_and_undoes_the_rest() {
    let row = run(&frame("PUSH1 1 PUSH0 SSTORE PUSH0 PUSH0 LOG0 PUSH1 7 PUSH0 MSTORE PUSH1 32 PUSH0 REVERT")).row(0);
    assert_eq!(row.status, Some(Status::Revert));
    assert_eq!(row.output[31], 7);
    assert!(row.logs.is_empty() && row.changes.is_empty());
}

#[test]
fn a_balance_that_would_overflow_is_not_paid() {
    // Once by the call itself, once by an inner call; either way nothing of it stays.
    let mut batch = frame("STOP");
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().balance = U256::MAX;
    batch.calls.value = Column::All(U256::from(1));
    let row = run(&batch).row(0);
    assert_eq!((row.status, row.gas_used), (Some(Status::InsufficientBalance), 0));
    assert!(row.changes.is_empty());
    let mut batch =
        frame("PUSH0 PUSH0 PUSH0 PUSH0 PUSH1 1 PUSH1 0x99 PUSH2 1000 CALL PUSH0 MSTORE PUSH1 32 PUSH0 RETURN");
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().balance = U256::from(5);
    batch.worlds[0]
        .accounts
        .insert(Address::with_last_byte(0x99), Account { balance: U256::MAX, ..Account::default() });
    let row = run(&batch).row(0);
    assert_eq!(row.output[31], 0);
    assert!(row.changes.is_empty(), "{:?}", row.changes);
}

#[test]
fn a_price_beyond_the_host_is_no_rejection_where_it_could_be_paid() {
    let mut batch = at(&[], Level::Transaction, Fork::Osaka);
    batch.transactions.push(Transaction { gas_price: U256::from(1) << 127, ..Transaction::default() });
    batch.calls.transaction = Column::All(Some(0));
    assert_eq!(run(&batch).status(0), Status::Rejected);
    batch.worlds[0].accounts.get_mut(&CALLER).unwrap().balance = U256::MAX >> 1;
    assert_eq!(run(&batch).status(0), Status::HostLimit);
}
