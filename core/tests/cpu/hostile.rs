//! Hostile input gets a right answer or a plain refusal, never a panic, a hang or gigabytes.

use lanevm_core::{
    Account, Address, Column, ForkColumn, Level, Program, Status, U256, call_data::CallData, cpu::MEMORY_LIMIT,
    shaders::Fork,
};

use crate::fixture::{TARGET, asm, at, one, run};

#[test]
fn a_truncated_push_is_padded_with_zeros() {
    for (code, steps) in [(&[0x60][..], 2), (&[0x7f, 1], 2), (&[0x61, 0x01], 2)] {
        let row = run(&one(code)).row(0);
        assert_eq!((row.status, row.gas_used, row.steps), (Some(Status::Stop), 3, steps), "{code:x?}");
    }
}

#[test]
fn a_jumpdest_in_push_data_is_none() {
    let row = run(&one(&asm("PUSH1 4 JUMP PUSH1 91 STOP"))).row(0);
    assert_eq!(row.status, Some(Status::InvalidJump));
    // Behind data that only looks like a PUSH it is one.
    let row = run(&one(&asm("PUSH1 5 JUMP PUSH1 96 JUMPDEST STOP"))).row(0);
    assert_eq!((row.status, row.gas_used), (Some(Status::Stop), 3 + 8 + 1));
}

#[test]
fn a_jump_past_two_to_the_64th_does_not_wrap() {
    let row = run(&one(&asm("PUSH9 0x010000000000000000 JUMP JUMPDEST"))).row(0);
    assert_eq!(row.status, Some(Status::InvalidJump));
}

#[test]
fn vast_gas_is_counted_exactly() {
    for gas in [1 << 53, u64::MAX] {
        let mut batch = one(&asm("GAS PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"));
        batch.calls.gas = Column::All(gas);
        let row = run(&batch).row(0);
        assert_eq!(U256::from_be_slice(&row.output), U256::from(gas - 2));
        assert_eq!(row.gas_used, 2 + 2 + 6 + 3 + 2);
        batch.calls.level = Column::All(Level::Call);
        assert_eq!(run(&batch).gas_used(0), 21_015);
        batch.calls.level = Column::All(Level::Transaction);
        let outcomes = run(&batch);
        assert_eq!(outcomes.status(0), Status::Rejected, "over the block's gas limit and EIP-7825's cap");
    }
}

#[test]
fn far_memory_is_out_of_gas_where_gas_cannot_pay() {
    let far = |offset: &str, gas: u64| {
        let mut batch = one(&asm(&format!("PUSH1 1 PUSH32 {offset} MSTORE")));
        batch.calls.gas = Column::All(gas);
        let row = run(&batch).row(0);
        (row.status.unwrap(), row.gas_used)
    };
    let max = format!("{}", U256::MAX);
    for offset in ["0x10000000000000000", "0x8000000000000000", "0x100000000000", max.as_str()] {
        assert_eq!(far(offset, u64::MAX), (Status::OutOfGas, u64::MAX), "{offset}");
    }
    for offset in ["0x100000000", "0x10000000000"] {
        assert_eq!(far(offset, 30_000_000), (Status::OutOfGas, 30_000_000), "{offset}");
        assert_eq!(far(offset, u64::MAX), (Status::HostLimit, 0), "{offset}");
    }
    // 2^40 bytes are 2^35 words: 3 * 2^35 + 2^61 gas, and 32 bytes more for the word itself.
    let words = (1_u128 << 35) + 1;
    let exact = (3 * words + words * words / 512) as u64 + 9;
    assert_eq!(far("0x10000000000", exact), (Status::HostLimit, 0));
    assert_eq!(far("0x10000000000", exact - 1), (Status::OutOfGas, exact - 1));
}

#[test]
fn memory_up_to_the_limit_is_held_and_no_word_more() {
    let last = |end: u64| {
        let mut batch = one(&asm(&format!("PUSH1 1 PUSH4 {} MSTORE", end - 32)));
        batch.calls.gas = Column::All(u64::MAX);
        run(&batch).status(0)
    };
    assert_eq!(last(MEMORY_LIMIT + 1), Status::HostLimit);
    assert_eq!(last(MEMORY_LIMIT + 32), Status::HostLimit);
    let mut batch = one(&asm("PUSH1 1 PUSH4 0x03ffffe0 MSTORE MSIZE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"));
    batch.calls.gas = Column::All(u64::MAX);
    assert_eq!(U256::from_be_slice(run(&batch).output(0)), U256::from(64 << 20));
}

#[test]
fn a_host_limit_in_an_inner_frame_ends_the_lane() {
    let inner = Address::repeat_byte(0x11);
    let mut batch =
        one(&asm("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH20 0x1111111111111111111111111111111111111111 GAS CALL"));
    let program = batch.add_program(Program::new(asm("PUSH1 1 PUSH6 0x010000000000 MSTORE")));
    batch.worlds[0].accounts.insert(inner, Account { code: Some(program), ..Account::default() });
    assert_eq!(run(&batch).status(0), Status::Stop, "out of gas inside, and the caller goes on");
    batch.calls.gas = Column::All(u64::MAX);
    assert_eq!(run(&batch).status(0), Status::HostLimit);
}

#[test]
fn memory_of_all_frames_together_is_bounded() {
    // Takes 4 MiB, then calls itself with all gas.
    let mut batch = one(&asm("PUSH1 1 PUSH3 0x3fffe0 MSTORE PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL"));
    batch.calls.gas = Column::All(u64::MAX);
    assert_eq!(run(&batch).status(0), Status::HostLimit);
}

#[test]
fn every_byte_with_the_largest_operands_gets_an_answer() {
    for fork in [Fork::Frontier, Fork::London, Fork::Osaka] {
        for byte in 0..=0xff {
            let push = format!("PUSH32 {} ", U256::MAX);
            let mut code = asm(&push.repeat(17));
            code.push(byte);
            for gas in [100_000, u64::MAX] {
                let mut batch = at(&code, Level::Frame, fork);
                batch.calls.gas = Column::All(gas);
                let status = run(&batch).status(0);
                assert!(status != Status::Unfinished && status != Status::HostLimit, "{byte:#x} {fork} {status}");
            }
        }
    }
}

#[test]
fn a_megabyte_of_call_data_is_read() {
    let data: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    let code = asm("CALLDATASIZE PUSH0 MSTORE PUSH3 999999 CALLDATALOAD PUSH1 32 MSTORE PUSH1 64 PUSH0 RETURN");
    let mut batch = at(&code, Level::Call, Fork::Osaka);
    batch.calls.gas = Column::All(100_000_000);
    batch.calls.data = CallData::repeated(1, &data);
    let row = run(&batch).row(0);
    assert_eq!(row.status, Some(Status::Return));
    assert_eq!(U256::from_be_slice(&row.output[..32]), U256::from(1_000_000));
    assert_eq!((row.output[32], &row.output[33..]), (data[999_999], &[0; 31][..]));
    // As init code it is too long.
    batch.calls.to = Column::All(None);
    assert_eq!(run(&batch).status(0), Status::Rejected);
    batch.calls.level = Column::All(Level::Frame);
    assert_eq!(run(&batch).status(0), Status::InitcodeSizeLimit);
    batch.calls.fork = Column::All(ForkColumn(Fork::Paris));
    assert_ne!(run(&batch).status(0), Status::InitcodeSizeLimit);
}

#[test]
fn code_over_the_deployment_limit_runs() {
    let mut code = asm("PUSH3 0x030000 JUMP");
    code.resize(0x3_0000, 0);
    code.extend(asm("JUMPDEST CODESIZE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"));
    let row = run(&one(&code)).row(0);
    assert_eq!(U256::from_be_slice(&row.output), U256::from(code.len()));
}

#[test]
fn no_calls_have_no_outcomes() {
    let mut batch = one(&[]);
    batch.calls.count = 0;
    batch.calls.data = CallData::empty(0);
    let outcomes = run(&batch);
    assert!(outcomes.is_empty());
    let empty = run(&lanevm_core::Batch::default());
    assert_eq!(empty.digest(), outcomes.digest());
}

#[test]
fn recursion_to_the_depth_limit_ends() {
    let mut batch = one(&asm("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL"));
    batch.calls.gas = Column::All(u64::MAX);
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().balance = U256::from(1);
    let row = run(&batch).row(0);
    // 1,025 frames of eight instructions and the implicit STOP of each.
    assert_eq!((row.status, row.steps), (Some(Status::Stop), 1025 * 9));
}
