//! Sessions: what a lane carries from call to call, what it does not, snapshots, and lanes that stop.

use lanevm_core::{
    Absent, Account, Address, B256, Batch, BatchError, BlockEnv, CallData, Calls, Cancel, Column, Control, EngineError,
    ForkColumn, Level, Outcomes, Program, Session, Status, Transaction, U256, cpu::CpuEngine, run_sequence,
    shaders::Fork,
};

use crate::fixture::{CALLER, TARGET, asm, at, one};

/// Adds one to slot 0 and returns what it then holds.
const COUNT: &str = "PUSH0 SLOAD PUSH1 1 ADD DUP1 PUSH0 SSTORE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN";

fn lanes(mut batch: Batch, count: usize) -> Batch {
    batch.calls.count = count;
    batch.calls.data = CallData::empty(count);
    batch
}

fn step(session: &mut Session, calls: &Calls) -> Outcomes {
    pollster::block_on(session.run(&mut CpuEngine::new(1), calls.clone(), &mut Control::default())).unwrap()
}

fn word(outcomes: &Outcomes, lane: usize) -> u64 {
    U256::from_be_slice(outcomes.output(lane)).to()
}

/// The storage slots of TARGET that a lane's own difference holds.
fn own_slots(session: &Session, lane: usize) -> usize {
    session.tables().worlds[session.world(lane) as usize].accounts[&TARGET].storage.len()
}

#[test]
fn storage_is_carried_and_lanes_that_change_alike_stand_alike() {
    let batch = lanes(one(&asm(COUNT)), 3);
    let calls = batch.calls.clone();
    let mut session = Session::new(batch).unwrap();
    assert_eq!((session.world(0), session.world(2)), (0, 0));
    for expected in 1..=3 {
        let outcomes = step(&mut session, &calls);
        assert_eq!([0, 1, 2].map(|lane| word(&outcomes, lane)), [expected; 3]);
        assert_eq!((session.world(1), session.world(2)), (session.world(0), session.world(0)));
        let world = &session.tables().worlds[session.world(0) as usize];
        assert_eq!(world.base, Some(0), "a difference on the first world, not on the last");
    }
    assert_eq!((session.steps(), session.tables().worlds.len()), (3, 3));
}

#[test]
fn steps_of_a_sequence_come_in_order() {
    let batch = lanes(one(&asm(COUNT)), 2);
    let steps = vec![batch.calls.clone(); 4];
    let all = pollster::block_on(run_sequence(&mut CpuEngine::new(2), batch, steps, &mut Control::default())).unwrap();
    assert_eq!(all.iter().map(|outcomes| word(outcomes, 1)).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn what_is_put_back_leaves_no_trace() {
    // Slot 0 becomes 1 - slot 0.
    let batch = one(&asm("PUSH0 SLOAD PUSH1 1 SUB PUSH0 SSTORE"));
    let calls = batch.calls.clone();
    let mut session = Session::new(batch).unwrap();
    for slots in [1, 0, 1, 0] {
        step(&mut session, &calls);
        assert_eq!(own_slots(&session, 0), slots);
    }
}

/// Each step warms its slot anew, sees the value before the step as the original, and finds no transient storage.
#[test]
fn a_step_is_a_transaction_of_its_own() {
    let batch = one(&asm("PUSH0 TLOAD PUSH1 1 SSTORE PUSH1 9 PUSH0 TSTORE PUSH1 5 PUSH0 SSTORE"));
    let calls = batch.calls.clone();
    let mut session = Session::new(batch).unwrap();
    let gas = [0, 1].map(|_| step(&mut session, &calls).gas_used(0));
    // Cold slots both; the first step sets slot 0 (22,100), the second leaves it as it is (2,200).
    assert_eq!(gas[0] - gas[1], 22_100 - 2_200);
    assert_eq!(session.tables().storage(session.world(0), &TARGET, &U256::from(1)), None);
}

#[test]
fn a_failed_transaction_pays_and_raises_the_nonce() {
    for (code, status) in [("PUSH0 PUSH0 REVERT", Status::Revert), ("INVALID", Status::InvalidOpcode)] {
        let mut batch = at(&asm(code), Level::Transaction, Fork::Osaka);
        batch.transactions.push(Transaction { gas_price: U256::from(10), ..Transaction::default() });
        batch.calls.transaction = Column::All(Some(0));
        let calls = batch.calls.clone();
        let before = batch.worlds[0].accounts[&CALLER].balance;
        let mut session = Session::new(batch).unwrap();
        let paid: u64 = (0..3).map(|_| step(&mut session, &calls).gas_used(0) * 10).sum();
        let sender = session.tables().account(session.world(0), &CALLER).unwrap();
        assert_eq!((sender.nonce, before - sender.balance), (3, U256::from(paid)), "{status}");
    }
}

#[test]
fn a_rejected_transaction_changes_nothing_and_the_lane_goes_on() {
    let mut batch = at(&asm(COUNT), Level::Transaction, Fork::Osaka);
    batch.transactions.push(Transaction { nonce: Some(1), ..Transaction::default() });
    let good = batch.calls.clone();
    let named = Calls { transaction: Column::All(Some(0)), ..good.clone() };
    let mut session = Session::new(batch).unwrap();
    let statuses = [&named, &good, &named].map(|calls| step(&mut session, calls).status(0));
    assert_eq!(statuses, [Status::Rejected, Status::Return, Status::Return]);
    assert_eq!(session.stopped(0), None);
}

/// A self-destruct takes storage with it; what is made there again begins with none, whatever the first world held.
#[test]
fn an_account_that_went_and_came_again_has_none_of_its_old_slots() {
    // With call data it destroys itself, else it counts slot 0 up.
    let child = asm(&format!("CALLDATASIZE PUSH1 18 JUMPI {} JUMPDEST PUSH0 SELFDESTRUCT", COUNT));
    assert_eq!(child[18], 0x5b);
    let mut init = asm(&format!("PUSH1 {} DUP1 PUSH1 9 PUSH0 CODECOPY PUSH0 RETURN", child.len()));
    assert_eq!(init.len(), 9);
    init.extend(&child);
    for partial in [false, true] {
        let mut batch = at(&[], Level::Frame, Fork::Shanghai);
        let held = batch.add_program(Program::new(child.clone()));
        let made = CALLER.create(0);
        let storage = [(U256::ZERO, U256::from(70)), (U256::from(1), U256::from(9))].into();
        let account = Account { nonce: 1, balance: U256::from(2), code: Some(held), storage };
        batch.worlds[0].accounts.insert(made, account);
        batch.worlds[0].accounts.insert(Address::ZERO, Account { nonce: 1, ..Account::default() });
        batch.worlds[0].absent = if partial { Absent::Unknown } else { Absent::Empty };
        let call = Calls { to: Column::All(Some(made)), ..batch.calls.clone() };
        let destroy = Calls { data: CallData::repeated(1, &[1]), ..call.clone() };
        let create = Calls { to: Column::All(None), data: CallData::repeated(1, &init), ..call.clone() };
        let first = [made, CALLER, TARGET];
        let mut session = Session::new(batch).unwrap();
        assert_eq!(word(&step(&mut session, &call), 0), 71);
        assert_eq!(step(&mut session, &destroy).status(0), Status::SelfDestruct);
        let (tables, world) = (session.tables(), session.world(0));
        assert_eq!(tables.account(world, &made), None);
        assert!(tables.knows(world, &made), "known to be nothing");
        assert_eq!(tables.storage(world, &made, &U256::from(1)), Some(U256::ZERO));
        assert_eq!(step(&mut session, &call).output(0), [0; 0], "nobody lives there");
        let outcomes = step(&mut session, &create);
        assert_eq!((outcomes.status(0), outcomes.created(0)), (Status::Return, Some(made)), "partial: {partial}");
        assert_eq!(word(&step(&mut session, &call), 0), 1);
        assert_eq!(word(&step(&mut session, &call), 0), 2);
        let (tables, world) = (session.tables(), session.world(0));
        assert_eq!(tables.storage(world, &made, &U256::from(1)), Some(U256::ZERO));
        assert_eq!(tables.account(world, &made).map(|account| account.nonce), Some(1));
        assert_eq!(tables.worlds[world as usize].base, Some(0));
        assert!(first.iter().all(|address| tables.knows(world, address)));
        assert_eq!(tables.programs.iter().filter(|program| program.code()[..] == child).count(), 1, "one like it");
    }
}

#[test]
fn a_snapshot_branches_and_stays_as_it_is() {
    let batch = lanes(one(&asm(COUNT)), 2);
    let calls = batch.calls.clone();
    // Only lane 1 counts.
    let idle = Column::Each(vec![Some(CALLER), Some(TARGET)]);
    let first = Calls { to: idle, ..calls.clone() };
    let mut session = Session::new(batch).unwrap();
    step(&mut session, &first);
    let snapshot = session.snapshot();
    for _ in 0..3 {
        step(&mut session, &calls);
    }
    let mut branch = Session::branch(&snapshot, &[1, 0, 1, 1]).unwrap();
    assert_eq!(branch.world(0), branch.world(3));
    let four = Calls { count: 4, data: CallData::empty(4), ..calls.clone() };
    let outcomes = step(&mut branch, &four);
    assert_eq!([0, 1, 2, 3].map(|lane| word(&outcomes, lane)), [2, 1, 2, 2]);
    let outcomes = step(&mut branch, &four);
    assert_eq!([0, 1, 2, 3].map(|lane| word(&outcomes, lane)), [3, 2, 3, 3]);
    let mut again = Session::branch(&snapshot, &[0, 1]).unwrap();
    let outcomes = step(&mut again, &calls);
    assert_eq!([0, 1].map(|lane| word(&outcomes, lane)), [1, 2]);
    assert!(matches!(Session::branch(&snapshot, &[0, 2]), Err(BatchError::Index { call: 1, index: 2, len: 2, .. })));
}

/// Three lanes, of which the one in the middle reads outside the state it was given.
fn three_with_a_stranger() -> (Session, Calls) {
    let mut batch = lanes(one(&asm(COUNT)), 3);
    batch.worlds.push(batch.worlds[0].clone());
    batch.worlds[1].absent = Absent::Unknown;
    batch.calls.world = Column::Each(vec![0, 1, 0]);
    let calls = batch.calls.clone();
    (Session::new(batch).unwrap(), calls)
}

#[test]
fn a_lane_without_an_answer_stops_and_the_others_go_on() {
    let (mut session, calls) = three_with_a_stranger();
    assert_eq!(step(&mut session, &calls).status(1), Status::MissingState);
    let stopped = session.stopped(1).unwrap();
    assert_eq!((stopped.step, stopped.status, session.stopped_lanes()), (0, Status::MissingState, 1));
    for expected in 2..4 {
        let outcomes = step(&mut session, &calls);
        assert_eq!([0, 2].map(|lane| word(&outcomes, lane)), [expected; 2]);
        assert_eq!(outcomes.status(1), Status::Unfinished);
        assert_eq!(outcomes.detail(1), Some("the lane stopped at step 0: missing_state"));
    }
    let branch = Session::branch(&session.snapshot(), &[1, 1]).unwrap();
    assert_eq!(branch.stopped_lanes(), 2);
    session.resume(1);
    assert_eq!(step(&mut session, &calls).status(1), Status::MissingState);
    assert_eq!(session.stopped(1).map(|stopped| stopped.step), Some(3));
}

#[test]
fn a_cancelled_step_leaves_lanes_where_they_stood() {
    let batch = lanes(one(&asm(COUNT)), 2);
    let calls = batch.calls.clone();
    let mut session = Session::new(batch).unwrap();
    step(&mut session, &calls);
    let cancel = Cancel::default();
    cancel.cancel();
    let mut control = Control { cancel, ..Control::default() };
    // One lane runs before the flag is looked at, or none: those that ran count.
    let ended = pollster::block_on(session.run(&mut CpuEngine::new(1), calls.clone(), &mut control)).unwrap();
    for lane in 0..2 {
        let ran = ended.status(lane) == Status::Return;
        assert_eq!(session.stopped(lane).is_none(), ran);
        session.resume(lane);
        let mut branch = Session::branch(&session.snapshot(), &[0, 1]).unwrap();
        assert_eq!(word(&step(&mut branch, &calls), lane), 2 + u64::from(ran));
    }
}

/// A step of which some lanes have stopped tells the ends of the others by their lanes.
#[test]
fn ends_of_a_step_are_told_by_lane() {
    let (mut session, calls) = three_with_a_stranger();
    let heard: std::rc::Rc<std::cell::RefCell<Vec<(usize, Status)>>> = std::rc::Rc::default();
    let hears = std::rc::Rc::clone(&heard);
    let mut control = Control {
        on_ended: Some(std::rc::Rc::new(move |calls| hears.borrow_mut().extend(calls))),
        ..Control::default()
    };
    for expected in [
        vec![(0, Status::Return), (1, Status::MissingState), (2, Status::Return)],
        vec![(0, Status::Return), (2, Status::Return)],
    ] {
        pollster::block_on(session.run(&mut CpuEngine::new(1), calls.clone(), &mut control)).unwrap();
        let mut told = heard.take();
        told.sort_unstable_by_key(|(lane, _)| *lane);
        assert_eq!(told, expected);
    }
}

#[test]
fn a_step_that_cannot_be_run_changes_nothing() {
    let batch = lanes(one(&asm(COUNT)), 2);
    let calls = batch.calls.clone();
    let mut session = Session::new(batch).unwrap();
    let mut run = |calls: Calls| {
        pollster::block_on(session.run(&mut CpuEngine::new(1), calls, &mut Control::default())).map(|_| ())
    };
    let short = Calls { count: 1, data: CallData::empty(1), ..calls.clone() };
    assert!(matches!(run(short), Err(EngineError::Batch(BatchError::ColumnLength { column: "step", .. }))));
    let nowhere = Calls { block: Column::All(7), ..calls.clone() };
    assert!(matches!(run(nowhere), Err(EngineError::Batch(BatchError::Index { column: "block", .. }))));
    assert_eq!((session.steps(), session.world(0)), (0, 0));
    assert_eq!(word(&step(&mut session, &calls), 0), 1);
}

#[test]
fn what_was_added_serves_later_steps() {
    let batch = at(&asm("NUMBER PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"), Level::Frame, Fork::Prague);
    let calls = batch.calls.clone();
    let block = batch.blocks[0].clone();
    let mut session = Session::new(batch).unwrap();
    let later = session.add_block(BlockEnv { number: U256::from(1001), ..block });
    let program = session.add_program(Program::new(asm("PUSH1 6 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN")));
    assert_eq!(session.add_program(Program::new(asm("PUSH1 6 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"))), program);
    let price = session.add_transaction(Transaction { gas_price: U256::from(3), ..Transaction::default() });
    assert_eq!(word(&step(&mut session, &calls), 0), 1000);
    let next = Calls { block: Column::All(later), transaction: Column::All(Some(price)), ..calls.clone() };
    assert_eq!(word(&step(&mut session, &next), 0), 1001);
    let other = Calls { code: Column::All(Some(program)), fork: Column::All(ForkColumn(Fork::Osaka)), ..next };
    let outcomes = step(&mut session, &other);
    assert_eq!(outcomes.output(0), B256::with_last_byte(6).as_slice());
}

#[test]
fn tables_of_a_long_session_do_not_grow() {
    let batch = at(&asm("NUMBER GASPRICE ADD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"), Level::Frame, Fork::Prague);
    let (calls, block) = (batch.calls.clone(), batch.blocks[0].clone());
    let mut session = Session::new(batch).unwrap();
    for number in 0..100_u64 {
        let price = |wei| Transaction { gas_price: U256::from(wei), ..Transaction::default() };
        let next = BlockEnv { number: U256::from(number), ..block.clone() };
        let (block, transaction) = session.replace_tables(vec![next], vec![price(7), price(1000)]);
        let calls =
            Calls { block: Column::All(block), transaction: Column::All(Some(transaction + 1)), ..calls.clone() };
        assert_eq!(word(&step(&mut session, &calls), 0), number + 1000);
    }
    assert_eq!((session.tables().blocks.len(), session.tables().transactions.len()), (1, 2));
}
