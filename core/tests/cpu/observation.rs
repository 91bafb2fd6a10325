//! Paths and coverage on the CPU engine, counted by hand. That the device says the same is the `tests` crate's to show.

use lanevm_core::{
    Address, CallData, Column, ForkColumn, Observe, Program, U256,
    observation::{Block, Branch, Path, code_identity},
    shaders::Fork,
};

use crate::fixture::{TARGET, asm, one, run, run_on};

#[test]
fn lanes_are_counted_once_by_block_and_side() {
    // Counts its call data down to zero: JUMPDEST at 2, JUMPI at 10, STOP at 11.
    let code = asm("PUSH0 CALLDATALOAD JUMPDEST PUSH1 1 SWAP1 SUB DUP1 PUSH1 2 JUMPI STOP JUMPDEST");
    assert_eq!((code[2], code[10], code[11]), (0x5b, 0x57, 0x00));
    let mut batch = one(&code);
    batch.calls.count = 3;
    batch.calls.data = [1u64, 3, 3].map(|count| U256::from(count).to_be_bytes::<32>()).iter().collect();
    assert_eq!(run(&batch).path(0), None);
    batch.observe = Observe { path: true, coverage: true };
    for threads in [1, 2] {
        let outcomes = run_on(&batch, threads);
        let program = &batch.programs[0];
        let block = |pc, lanes| Block { pc, lanes };
        assert_eq!(outcomes.coverage.blocks(program), [block(0, 3), block(2, 3), block(11, 3), block(12, 0)]);
        assert_eq!(outcomes.coverage.branches(program), [Branch { pc: 10, jumped: 2, fell: 3 }]);
        let mut path = Path::default();
        for pc in [0, 2, 11] {
            path.enter(code_identity(&code), pc);
        }
        assert_eq!(outcomes.path(0), Some(path.0));
        assert_eq!(outcomes.path(1), outcomes.path(2));
        assert_ne!(outcomes.path(1), outcomes.path(0));
    }
}

/// A lane's coverage is of its own world's programs, whatever else the batch holds; its path is of all it runs.
#[test]
fn code_that_a_lane_makes_is_in_its_path_alone() {
    // Creates with the init code 00, a STOP.
    let mut batch = one(&asm("PUSH1 1 PUSH0 PUSH0 CREATE STOP"));
    let stop = batch.add_program(Program::new(vec![0]));
    batch.calls.fork = Column::All(ForkColumn(Fork::Osaka));
    batch.observe = Observe { path: true, coverage: true };
    let alone = run(&batch);
    let stops = batch.programs[stop as usize].clone();
    assert_eq!(alone.coverage.blocks(&stops), [Block { pc: 0, lanes: 0 }]);
    let (mut path, outer) = (Path::default(), code_identity(batch.programs[0].code()));
    path.enter(outer, 0);
    path.enter(code_identity(&[0]), 0);
    assert_eq!(alone.path(0), Some(path.0));
    let account = lanevm_core::Account { code: Some(stop), ..lanevm_core::Account::default() };
    batch.worlds[0].accounts.insert(Address::repeat_byte(1), account);
    let held = run(&batch);
    assert_eq!(held.coverage.blocks(&stops), [Block { pc: 0, lanes: 1 }]);
    assert_eq!(held.path(0), alone.path(0));
    assert!(batch.worlds[0].accounts.contains_key(&TARGET));
}

#[test]
fn a_rejected_call_has_the_path_of_no_block() {
    let mut batch = one(&asm("STOP"));
    batch.calls.level = Column::All(lanevm_core::Level::Transaction);
    batch.calls.gas = Column::All(20_000);
    batch.calls.data = CallData::empty(1);
    batch.observe.path = true;
    assert_eq!(run(&batch).path(0), Some(Path::default().0));
}
