//! Small batches for tests. It asserts nothing.

use std::collections::BTreeMap;

use lanevm_core::{
    Account, Address, Batch, BlockEnv, Calls, Column, Control, Engine, ForkColumn, Level, Outcomes, Program, U256,
    World, call_data::CallData, cpu::CpuEngine, facts, shaders::Fork,
};

/// The sender of every call.
pub(crate) const CALLER: Address = Address::repeat_byte(0xca);
/// The contract called.
pub(crate) const TARGET: Address = Address::repeat_byte(0x7a);

/// One ether.
pub(crate) fn ether() -> U256 {
    U256::from(1_000_000_000_000_000_000_u128)
}

/// Code from mnemonics; a PUSH is followed by its number, and other numbers in hex are bytes as they stand.
pub(crate) fn asm(text: &str) -> Vec<u8> {
    let mut code = Vec::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if let Some(bytes) = word.strip_prefix("0x") {
            code.extend(lanevm_core::alloy_primitives::hex::decode(bytes).unwrap());
            continue;
        }
        let instruction = facts::INSTRUCTIONS.iter().find(|op| op.name == word).expect(word);
        code.push(instruction.byte);
        if instruction.immediate > 0 {
            let number: U256 = words.next().unwrap().parse().unwrap();
            code.extend(&number.to_be_bytes::<32>()[32 - usize::from(instruction.immediate)..]);
        }
    }
    code
}

/// A batch of one call with 100,000 gas to a contract with this code, from a caller with one ether.
pub(crate) fn one(code: &[u8]) -> Batch {
    let mut batch = Batch::default();
    let program = batch.add_program(Program::new(code.to_vec()));
    let account = |balance, code| Account { balance, code, ..Account::default() };
    let accounts = BTreeMap::from([(CALLER, account(ether(), None)), (TARGET, account(U256::ZERO, Some(program)))]);
    batch.worlds.push(World { accounts, ..World::default() });
    batch.blocks.push(BlockEnv {
        number: U256::from(1000),
        coinbase: Address::repeat_byte(0xcb),
        ..BlockEnv::default()
    });
    batch.calls = Calls {
        count: 1,
        caller: Column::All(CALLER),
        to: Column::All(Some(TARGET)),
        gas: Column::All(100_000),
        data: CallData::empty(1),
        ..Calls::default()
    };
    batch
}

/// The same at a level and fork.
pub(crate) fn at(code: &[u8], level: Level, fork: Fork) -> Batch {
    let mut batch = one(code);
    batch.calls.level = Column::All(level);
    batch.calls.fork = Column::All(ForkColumn(fork));
    batch
}

/// Runs a batch on one thread.
pub(crate) fn run(batch: &Batch) -> Outcomes {
    run_on(batch, 1)
}

/// Runs a batch on so many threads.
pub(crate) fn run_on(batch: &Batch, threads: usize) -> Outcomes {
    pollster::block_on(CpuEngine::new(threads).run(batch, &mut Control::default())).unwrap()
}
