//! Traces: EIP-3155 lines and step records.

use lanevm_core::{
    Account, Address, Batch, Column, Program, Status, U256,
    cpu::{StepRecord, TraceError, steps, trace},
};

use crate::fixture::{asm, one, run};

fn lines(batch: &Batch, most: u64) -> Vec<serde_json::Value> {
    let mut out = Vec::new();
    trace(batch, 0, &mut out, most).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn lines_are_eip_3155() {
    let lines = lines(&one(&asm("PUSH1 0x40 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN")), 100);
    assert_eq!(lines.len(), 7);
    let first = serde_json::json!({
        "pc": 0, "op": 0x60, "gas": "0x186a0", "gasCost": "0x3", "memSize": 0, "stack": [], "depth": 1, "refund": 0,
        "opName": "PUSH1",
    });
    assert_eq!(lines[0], first);
    assert_eq!(lines[2]["stack"], serde_json::json!(["0x40", "0x0"]));
    assert_eq!((&lines[2]["gasCost"], &lines[3]["memSize"]), (&"0x6".into(), &32.into()));
    let last = &lines[6];
    assert_eq!((&last["pass"], &last["gasUsed"], &last["status"]), (&true.into(), &"0x10".into(), &"return".into()));
    assert_eq!(last["output"].as_str().unwrap().len(), 66);
    assert!(last.get("cut").is_none());
}

#[test]
fn a_failing_instruction_says_so() {
    let lines = lines(&one(&asm("PUSH0 ADD")), 100);
    assert_eq!(lines[1]["error"], "stack_underflow");
    assert_eq!((&lines[2]["pass"], &lines[2]["status"]), (&false.into(), &"stack_underflow".into()));
}

#[test]
fn an_endless_call_is_cut_and_the_trace_says_so() {
    let mut batch = one(&asm("JUMPDEST PUSH0 JUMP"));
    batch.calls.gas = Column::All(u64::MAX);
    let lines = lines(&batch, 1000);
    assert_eq!(lines.len(), 1001);
    assert_eq!((&lines[1000]["cut"], &lines[1000]["steps"]), (&true.into(), &1000.into()));
}

#[test]
fn records_follow_inner_frames() {
    let inner = Address::repeat_byte(0x11);
    let mut batch =
        one(&asm("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH20 0x1111111111111111111111111111111111111111 GAS CALL"));
    let program = batch.add_program(Program::new(asm("PUSH1 7 PUSH0 MSTORE")));
    batch.worlds[0].accounts.insert(inner, Account { code: Some(program), ..Account::default() });
    let records = steps(&batch, 0, 1000).unwrap();
    assert_eq!(records.len() as u64, run(&batch).steps(0));
    assert_eq!(records.iter().map(|step| step.depth).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1]);
    let store = &records[10];
    assert_eq!((store.op, store.stack.as_slice(), store.memory_size), (0x52, &[U256::from(7), U256::ZERO][..], 0));
    assert_eq!(records[11].memory_size, 32);
    let last = StepRecord { pc: 28, op: 0, depth: 1, stack: vec![U256::from(1)], ..records[12].clone() };
    assert_eq!(records[12], last);
    assert_eq!(steps(&batch, 0, 3).unwrap(), records[..3]);
}

#[test]
fn a_lane_that_met_the_hosts_limit_is_traced_once() {
    let mut batch = one(&asm("PUSH1 1 PUSH6 0x010000000000 MSTORE"));
    batch.calls.gas = Column::All(u64::MAX);
    assert_eq!(run(&batch).status(0), Status::HostLimit);
    assert_eq!(steps(&batch, 0, 100).unwrap().len(), 3);
}

#[test]
fn a_call_that_is_not_there_is_an_error() {
    assert!(matches!(steps(&one(&[]), 5, 1), Err(TraceError::NoSuchCall { index: 5, calls: 1 })));
}
