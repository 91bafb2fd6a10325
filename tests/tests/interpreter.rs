//! What the interpreter does to be quick, on the native adapter, against the CPU engine: instructions that one turn of the step
//! kernel executes together, and the tier in which calls begin. Neither may be seen in any answer.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Account, Address, Batch, BlockEnv, CallData, Calls, Column, Fork, Program, Reason, Status, U256, World,
    assembly::assemble,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
};
use lanevm_tests::parity::{USUAL, both_agree};
use pollster::block_on;

const TO: Address = Address::repeat_byte(0xc0);

fn engine(options: GpuOptions) -> GpuEngine {
    block_on(GpuEngine::new(options, Box::new(CpuEngine::new(0))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one")
}

/// Calls of a program, each with one word of call data.
fn calls(text: &str, words: impl IntoIterator<Item = u64>) -> Batch {
    let code = assemble(text, Fork::LATEST).expect("text that assembles").code;
    let mut data = CallData::default();
    let mut count = 0;
    for word in words {
        data.push(&U256::from(word).to_be_bytes::<32>());
        count += 1;
    }
    let account = Account { nonce: 1, code: Some(0), ..Account::default() };
    Batch {
        programs: vec![Program::new(code)],
        worlds: vec![World { accounts: [(TO, account)].into(), ..World::default() }],
        blocks: vec![BlockEnv::default()],
        calls: Calls { count, to: Column::All(Some(TO)), gas: Column::All(1 << 24), data, ..Calls::default() },
        ..Batch::default()
    }
}

/// Every instruction that a push is joined with, by pushes of one byte and of more, behind jumps that are taken and not, with an
/// empty stack below and with items that have not been loaded.
const PAIRS: &str = "
    PUSH 0 CALLDATALOAD PUSH 1 ADD PUSH 0x123456 SUB PUSH 0xff AND PUSH 0xffffffffffffffffffffffffffffffffffffffff AND
    DUP1 PUSH 7 LT PUSH 3 GT ISZERO PUSH 5 SLT PUSH 9 SGT PUSH 0x0201 EQ PUSH 0x80 OR PUSH 0x030405 XOR
    PUSH 1 SHL PUSH 2 SHR PUSH 3 SAR PUSH 31 BYTE PUSH 0 SIGNEXTEND ADD
    PUSH 0x40 MSTORE PUSH 1 PUSH 0x43 MSTORE PUSH 0xabcd PUSH 0x61 MSTORE8 PUSH 0x41 MLOAD PUSH 0 NOT PUSH 0 ISZERO ADD XOR
    PUSH 0x42 MSTORE PUSH 0 CALLDATALOAD PUSH 3 AND PUSH 1 EQ PUSH @one JUMPI
    PUSH 0 CALLDATALOAD PUSH 3 AND PUSH 2 EQ PUSH @two JUMPI
    PUSH 0 CALLDATALOAD PUSH 3 AND PUSH 3 EQ PUSH 3 JUMPI
    PUSH @end JUMP
    one: PUSH 6 POP POP PUSH 1 ADD
    two: DUP1 PUSH 1 ADD PUSH 17 MSTORE PUSH 100 MLOAD
    end: PUSH 0x80 PUSH 0 RETURN";

/// Whatever the gas, and with it wherever a pair would be cut.
#[test]
fn pairs_run_out_of_gas_where_single_steps_do() {
    let most = 400u64;
    let mut batch = calls(PAIRS, (0..most * 4).map(|row| row % 4 + 0x80));
    batch.calls.gas = Column::Each((0..most * 4).map(|row| row / 4).collect());
    for rolled in [None, Some(false)] {
        let outcomes = block_on(both_agree(&mut engine(GpuOptions { rolled, ..USUAL }), &batch, "any gas"));
        assert!(outcomes.summary().on_cpu.is_empty(), "{:?}", outcomes.summary().on_cpu);
        let ends = outcomes.summary().by_status;
        for status in [Status::OutOfGas, Status::Return, Status::StackUnderflow, Status::InvalidJump] {
            assert!(ends.contains_key(&status), "{status:?} is not among {ends:?}");
        }
        let whole = (most * 4 - 4) as usize;
        assert_eq!(outcomes.status(whole), Status::Return, "the most gas suffices");
    }
}

/// Whatever the limit on steps.
#[test]
fn pairs_count_their_steps() {
    let mut gpu = engine(USUAL);
    let mut batch = calls(PAIRS, 0x80..0x84);
    for most in 0..110 {
        batch.limits.max_steps = Some(most);
        let outcomes = block_on(both_agree(&mut gpu, &batch, &format!("{most} steps at most")));
        assert!((0..4).all(|row| outcomes.steps(row) <= most));
    }
}

/// A push of a pair overflows a full stack, and one that only the tier bounds goes to a larger one.
#[test]
fn pairs_on_full_stacks() {
    let mut gpu = engine(USUAL);
    for items in [38, 39, 40, 41, 1_022, 1_023, 1_024] {
        let text = format!("{} PUSH 1 ADD PUSH 0x010203 MUL PUSH 1 PUSH 2 ADD STOP", "PUSH 3 ".repeat(items));
        block_on(both_agree(&mut gpu, &calls(&text, [0]), &format!("{items} items")));
    }
}

/// Words at any offset, over what stood there, in both ways to load and store them.
#[test]
fn memory_at_any_offset() {
    let text = "
        PUSH 0 NOT DUP1 PUSH 0 MSTORE DUP1 PUSH 32 MSTORE PUSH 64 MSTORE
        PUSH 0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef PUSH 0 CALLDATALOAD MSTORE
        PUSH 0x5a PUSH 0 CALLDATALOAD PUSH 3 ADD MSTORE8
        PUSH 0 CALLDATALOAD PUSH 2 XOR MLOAD PUSH 96 MSTORE PUSH 0 CALLDATALOAD CALLDATALOAD PUSH 128 MSTORE
        PUSH 160 PUSH 0 RETURN";
    let batch = calls(text, 0..64);
    for rolled in [Some(true), Some(false)] {
        let options = GpuOptions { rolled, fill_garbage: true, ..USUAL };
        let outcomes = block_on(both_agree(&mut engine(options), &batch, &format!("rolled: {rolled:?}")));
        assert!(outcomes.summary().on_cpu.is_empty(), "{:?}", outcomes.summary().on_cpu);
    }
}

/// Logs more than the first tier has room for where the call's word is odd.
const LOGS_IF_ODD: &str = "
    PUSH 0 CALLDATALOAD PUSH 0xe0 SHR PUSH 1 AND ISZERO PUSH @short JUMPI PUSH 256 PUSH 0 LOG0 short: STOP";

/// The word's first four bytes are the function: half of the calls are of each.
fn of_two_kinds(count: u64) -> Batch {
    let mut batch = calls(LOGS_IF_ODD, []);
    batch.calls.data = CallData::default();
    for row in 0..count {
        batch.calls.data.push(&U256::from(row % 2).wrapping_shl(224).to_be_bytes::<32>());
    }
    batch.calls.count = count as usize;
    batch
}

/// What outgrew the first tier begins in the second when it comes again; what fits does not. Some time later all begin in the first.
#[test]
fn calls_begin_in_the_tier_that_their_kind_needs() {
    let mut gpu = engine(USUAL);
    let batch = of_two_kinds(600);
    let first = block_on(both_agree(&mut gpu, &batch, "the first time"));
    assert_eq!(first.escalated, [(Reason::Logs, 300)].into());
    for time in 2..18 {
        let again = block_on(both_agree(&mut gpu, &batch, &format!("time {time}")));
        assert!(again.escalated.is_empty(), "time {time}: {:?}", again.escalated);
        assert_eq!(again.digest(), first.digest());
        assert!(again.summary().on_cpu.is_empty());
    }
    let later = block_on(both_agree(&mut gpu, &batch, "later"));
    assert_eq!(later.escalated, [(Reason::Logs, 300)].into());
    assert_eq!(later.digest(), first.digest());
}

/// Calls of one kind of which few outgrow a tier begin there all the same.
#[test]
fn few_that_outgrow_a_tier_teach_nothing() {
    let mut gpu = engine(USUAL);
    let text = LOGS_IF_ODD.replace("PUSH 0xe0 SHR PUSH 1 AND ISZERO", "PUSH 4 SWAP1 MOD");
    let batch = calls(&text, 0..400);
    for time in ["the first time", "the second time"] {
        let outcomes = block_on(both_agree(&mut gpu, &batch, time));
        assert_eq!(outcomes.escalated, [(Reason::Logs, 100)].into(), "{time}");
    }
}

/// What the first shard comes to need, the later ones of the same batch begin with.
#[test]
fn later_shards_learn_from_the_first() {
    let mut gpu = engine(GpuOptions { shard_lanes: Some(100), ..USUAL });
    let batch =
        calls(&LOGS_IF_ODD.replace("PUSH 0xe0 SHR PUSH 1 AND ISZERO", "PUSH 0xffff GT"), 0x10000..0x10000 + 950);
    let outcomes = block_on(both_agree(&mut gpu, &batch, "ten shards"));
    assert_eq!(outcomes.escalated, [(Reason::Logs, 100)].into());
    assert!(outcomes.summary().on_cpu.is_empty());
    let fits = calls("PUSH 0 CALLDATALOAD PUSH 1 ADD POP STOP", 0..950);
    assert!(block_on(both_agree(&mut gpu, &fits, "calls that fit")).escalated.is_empty());
}
