//! Recorded lanes against straight replays: every step's stack, gas and memory, frames, slots and logs, bounds.

use std::collections::BTreeMap;

use lanevm_core::{
    Account, Address, Batch, Column, Control, Level, Program, Status, U256,
    cpu::{Cut, FrameKind, RecordLimits, Recording, StepRecord, Walk, glimpses, record, steps, trace},
    examples,
    shaders::Fork,
};

use crate::fixture::{asm, at, one};

const INNER: Address = Address::repeat_byte(0x11);

pub(crate) fn recorded(batch: &Batch, limits: RecordLimits) -> Recording {
    pollster::block_on(record(batch, 0, limits, &mut Control::default())).unwrap()
}

/// Holds steps of a recording to what the machine itself holds there: all of a short one, else every 97th.
fn holds(batch: &Batch, recording: &Recording) {
    let stride = if recording.len() < 2_000 { 1 } else { 97 };
    let at: Vec<u64> = (0..recording.len() as u64).step_by(stride).collect();
    let glimpses = glimpses(batch, 0, &at).unwrap();
    assert_eq!(glimpses.len(), at.len());
    for glimpse in glimpses {
        let step = glimpse.step as usize;
        let state = recording.state(step).unwrap();
        assert_eq!(state.frame.address, Some(glimpse.address), "step {step}");
        assert_eq!(state.stack, glimpse.stack, "step {step}");
        assert_eq!(state.memory, glimpse.memory, "step {step}");
        assert_eq!(*state.return_data, *glimpse.return_data, "step {step}");
        assert_eq!(recording.logs(step).count(), glimpse.logs, "step {step}");
        let slots = recording.slots(step);
        for slot in &slots {
            let held = if slot.transient { &glimpse.transient } else { &glimpse.storage };
            assert_eq!(held.get(&slot.slot).copied().unwrap_or_default(), slot.value, "step {step}");
        }
        // Nothing that holds something is left out.
        let held = |transient| slots.iter().filter(move |slot| slot.transient == transient && !slot.value.is_zero());
        assert_eq!(held(true).count(), glimpse.transient.len(), "step {step}");
    }
}

/// Holds every step of a recording to the records of a straight replay, and to its EIP-3155 lines.
fn agrees(batch: &Batch) -> Recording {
    let recording = recorded(batch, RecordLimits::default());
    assert_eq!(recording.cut(), None);
    let records = steps(batch, 0, usize::MAX).unwrap();
    assert_eq!(recording.len(), records.len());
    holds(batch, &recording);
    for (index, record) in records.iter().enumerate() {
        let (step, state) = (recording.step(index).unwrap(), recording.state(index).unwrap());
        let same = StepRecord {
            pc: u64::from(step.pc),
            op: step.op,
            gas: step.gas,
            depth: step.depth as usize,
            stack: state.stack.clone(),
            memory_size: state.memory.len() as u64,
            refund: step.refund,
        };
        assert_eq!(same, *record, "step {index}");
        assert_eq!((usize::from(step.height), step.memory as usize), (state.stack.len(), state.memory.len()));
    }
    let mut lines = Vec::new();
    trace(batch, 0, &mut lines, u64::MAX).unwrap();
    for (index, line) in String::from_utf8(lines).unwrap().lines().take(recording.len()).enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let step = recording.step(index).unwrap();
        assert_eq!(line["gasCost"], format!("{:#x}", step.cost), "step {index}");
        assert_eq!(line.get("error").is_some(), step.failed, "step {index}");
    }
    recording
}

fn with_inner(outer: &str, inner: &str) -> Batch {
    let mut batch = one(&asm(outer));
    let program = batch.add_program(Program::new(asm(inner)));
    batch.worlds[0].accounts.insert(INNER, Account { code: Some(program), ..Account::default() });
    batch
}

const CALL_INNER: &str =
    "PUSH1 0x20 PUSH1 0x40 PUSH1 4 PUSH1 0x1c PUSH0 PUSH20 0x1111111111111111111111111111111111111111 GAS CALL";

#[test]
fn memory_is_what_was_stored() {
    let recording =
        agrees(&one(&asm("PUSH1 7 PUSH1 0x20 MSTORE PUSH1 9 PUSH1 0x41 MSTORE8 PUSH1 1 PUSH0 MSTORE STOP")));
    let state = recording.state(3).unwrap();
    assert_eq!((state.memory.len(), state.memory[63], &state.memory_changed), (64, 7, &(32..64)));
    assert_eq!((state.before, state.stack_changed.as_slice()), (Some(2), &[][..]));
    let state = recording.state(6).unwrap();
    assert_eq!((state.memory[0x41], state.memory[63], &state.memory_changed), (9, 7, &(0x41..0x42)));
    assert_eq!(recording.state(5).unwrap().memory.len(), 64);
    assert_eq!(recording.state(8).unwrap().stack_changed, [1]);
    assert!(recording.state(10).is_none());
}

#[test]
fn copies_and_what_calls_return_are_in_memory() {
    let outer = format!(
        "PUSH4 0xdeadbeef PUSH0 MSTORE {CALL_INNER} RETURNDATASIZE PUSH1 2 PUSH1 0x80 RETURNDATACOPY PUSH1 3 PUSH1 1 PUSH1 0xa1 MCOPY PUSH1 5 PUSH0 PUSH1 0xc0 CODECOPY STOP"
    );
    // 40 bytes are returned, of which the caller takes 32; its own copy of more than there is fails.
    let batch = with_inner(
        &outer.replace("RETURNDATASIZE PUSH1 2", "PUSH1 38 PUSH1 2"),
        "PUSH0 CALLDATALOAD PUSH1 8 MSTORE PUSH1 40 PUSH0 RETURN",
    );
    let recording = agrees(&batch);
    let last = recording.len() - 1;
    let state = recording.state(last).unwrap();
    assert_eq!(state.memory[0x40..0x60], [vec![0; 8], vec![0xde, 0xad, 0xbe, 0xef], vec![0; 20]].concat());
    assert_eq!(state.memory[0x80..0x8a], [0, 0, 0, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef]);
    assert_eq!(state.memory[0xc0..0xc5], asm(&outer)[..5]);
    assert_eq!(state.return_data.len(), 40);
    let inner = recording.frame(1).unwrap();
    assert_eq!((inner.output_len, inner.selector.as_slice(), inner.input_len), (40, &[0xde, 0xad, 0xbe, 0xef][..], 4));
    // Inside, nothing has been returned.
    assert!(recording.state(inner.first as usize).unwrap().return_data.is_empty());
    let returned = recording.walk(inner.first as usize, Walk::Out).unwrap();
    assert_eq!(recording.state(returned).unwrap().memory_changed, 0x40..0x60);
}

#[test]
fn frames_say_who_called_and_how_they_ended() {
    let outer =
        format!("{CALL_INNER} POP PUSH0 PUSH0 PUSH0 PUSH0 PUSH1 4 GAS STATICCALL POP PUSH0 PUSH0 PUSH0 CREATE STOP");
    let recording = agrees(&with_inner(&outer, "PUSH1 3 PUSH0 REVERT"));
    let frames: Vec<_> = recording.frames().cloned().collect();
    assert_eq!(frames.len(), 4);
    let kinds: Vec<_> = frames.iter().map(|frame| (frame.kind, frame.parent, frame.depth, frame.ended)).collect();
    assert_eq!(
        kinds,
        [
            (FrameKind::Call, None, 1, Some(Status::Stop)),
            (FrameKind::Call, Some(0), 2, Some(Status::Revert)),
            (FrameKind::StaticCall, Some(0), 2, Some(Status::Return)),
            (FrameKind::Create, Some(0), 2, Some(Status::Return)),
        ]
    );
    assert_eq!((frames[0].first as usize, frames[0].end as usize), (0, recording.len()));
    assert_eq!(frames[0].gas_used, recording.outcome().unwrap().gas_used);
    assert_eq!((frames[1].first, frames[1].end, frames[1].made_by), (8, 11, Some(7)));
    assert_eq!((frames[1].gas_used, frames[1].address, frames[1].code_address), (5 + 3, Some(INNER), Some(INNER)));
    assert_eq!(
        (frames[2].has_steps(), frames[2].address, frames[2].gas_used),
        (false, Some(Address::with_last_byte(4)), 15)
    );
    // Empty creation code makes an empty contract.
    assert!(frames[3].address.is_some() && frames[3].code_address.is_none());
    // Over the call and back, into it and out.
    assert_eq!((recording.walk(7, Walk::Over), recording.walk(11, Walk::BackOver)), (Some(11), Some(7)));
    assert_eq!((recording.walk(8, Walk::Out), recording.walk(8, Walk::BackOver)), (Some(11), Some(7)));
    assert_eq!((recording.walk(10, Walk::Over), recording.walk(0, Walk::BackOver)), (Some(11), None));
    let last = recording.len() - 1;
    assert_eq!((recording.walk(last, Walk::Over), recording.walk(last, Walk::Out)), (None, None));
}

#[test]
fn a_place_in_the_code_is_gone_to_where_it_runs_next() {
    let recording = agrees(&with_inner(&format!("{CALL_INNER} {CALL_INNER} PUSH0"), "PUSH0 PUSH0"));
    // Both calls run pc 1 of the inner code, and the outer code has an instruction at 2.
    let inner = recording.frame(1).unwrap().first as usize;
    let second = recording.frame(2).unwrap().first as usize;
    assert_eq!(recording.walk(inner, Walk::To(1)), Some(inner + 1));
    assert_eq!(recording.walk(inner + 1, Walk::To(1)), Some(second + 1));
    assert_eq!(recording.walk(second + 1, Walk::To(1)), Some(inner + 1));
    assert_eq!((recording.walk(0, Walk::To(2)), recording.walk(0, Walk::To(1))), (Some(1), None));
    assert_eq!(recording.walk(second, Walk::To(32)), None);
}

#[test]
fn slots_are_what_they_hold_and_failed_frames_give_them_back() {
    let outer = "PUSH1 5 PUSH1 1 SSTORE PUSH1 2 SLOAD POP PUSH1 6 PUSH1 1 TSTORE PUSH0 PUSH0 PUSH0 PUSH0 PUSH20 0x1111111111111111111111111111111111111111 GAS DELEGATECALL PUSH0 STOP";
    let mut batch = with_inner(
        outer,
        "PUSH1 8 PUSH1 1 SSTORE PUSH1 9 PUSH1 3 SSTORE PUSH0 TLOAD PUSH1 7 PUSH1 1 TSTORE PUSH0 PUSH0 REVERT",
    );
    let target = crate::fixture::TARGET;
    let slots = BTreeMap::from([(U256::from(2), U256::from(22)), (U256::from(3), U256::from(33))]);
    batch.worlds[0].accounts.get_mut(&target).unwrap().storage = slots.into_iter().collect();
    let recording = agrees(&batch);
    let slots = |step: usize| -> Vec<(u64, bool, u64, u64, bool)> {
        let slots = recording.slots(step).into_iter();
        slots.map(|at| (at.slot.to(), at.transient, at.original.to(), at.value.to(), at.written)).collect()
    };
    assert!(slots(2).is_empty());
    assert_eq!(slots(3), [(1, false, 0, 5, true)]);
    let before = [(1, false, 0, 5, true), (2, false, 22, 22, false), (1, true, 0, 6, true)];
    let inner = recording.frame(1).unwrap();
    assert_eq!(slots(inner.first as usize), before);
    // DELEGATECALL works on the caller's account.
    let within = [
        (1, false, 0, 8, true),
        (2, false, 22, 22, false),
        (1, true, 0, 7, true),
        (3, false, 33, 9, true),
        (0, true, 0, 0, false),
    ];
    assert_eq!(slots(inner.end as usize - 1), within);
    let after = [
        (1, false, 0, 5, true),
        (2, false, 22, 22, false),
        (1, true, 0, 6, true),
        (3, false, 33, 33, false),
        (0, true, 0, 0, false),
    ];
    assert_eq!(slots(inner.end as usize), after);
    assert_eq!(recording.slots(inner.end as usize)[0].touched, inner.end - 1);
}

#[test]
fn logs_of_failed_frames_do_not_stand() {
    let outer =
        format!("PUSH1 1 PUSH0 PUSH0 LOG1 {CALL_INNER} PUSH1 7 PUSH0 MSTORE PUSH1 2 PUSH1 0x20 PUSH0 LOG1 STOP");
    let recording = agrees(&with_inner(&outer, "PUSH1 9 PUSH0 PUSH0 LOG1 PUSH0 PUSH0 REVERT"));
    let topics =
        |step| recording.logs(step).map(|log| U256::from_be_bytes(log.topics[0].0).to::<u64>()).collect::<Vec<_>>();
    let inner = recording.frame(1).unwrap();
    assert_eq!(topics(inner.end as usize - 1), [1, 9]);
    assert_eq!(topics(inner.end as usize), [1]);
    let last = recording.len() - 1;
    assert_eq!(topics(last), [1, 2]);
    let logs = &recording.outcome().unwrap().logs;
    for log in recording.logs(last) {
        let kept = &logs[log.kept.unwrap() as usize];
        assert_eq!((kept.address, &kept.topics, &kept.data), (log.address, &log.topics, &log.data));
    }
}

#[test]
fn long_frames_are_read_from_keyframes() {
    // 4,000 rounds that count in memory, twice the same code: in the frame and in one it makes.
    let count = "PUSH2 4000 JUMPDEST DUP1 PUSH1 0x20 MSTORE DUP1 DUP1 SSTORE PUSH1 1 SWAP1 SUB DUP1 PUSH1 3 JUMPI";
    let mut batch = with_inner(&format!("{count} {CALL_INNER} STOP"), count);
    batch.calls.gas = Column::All(u64::MAX);
    let recording = agrees(&batch);
    assert!(recording.len() > 90_000);
    let storage = recording.slots(recording.len() - 1);
    assert!(storage.len() == 4_000 && storage.iter().all(|slot| slot.value == slot.slot));
    assert!((550..=600).contains(&recording.line(600).len()));
    let line = recording.line(600);
    assert_eq!(line.iter().map(|point| point.depth).max(), Some(2));
    assert!(line.windows(2).all(|pair| pair[0].step < pair[1].step && pair[1].step < recording.len()));
}

#[test]
fn a_recording_is_cut_at_its_limits_and_says_so() {
    let mut batch = one(&asm("JUMPDEST PUSH0 JUMP"));
    batch.calls.gas = Column::All(u64::MAX);
    let limits = RecordLimits { steps: 10_000, ..RecordLimits::default() };
    let recording = recorded(&batch, limits);
    assert_eq!((recording.len(), recording.cut(), recording.outcome()), (10_000, Some(Cut::Steps), None));
    assert_eq!(recording.frame(0).unwrap().ended, None);
    // 64 KiB are copied again and again.
    let mut batch = one(&asm("JUMPDEST PUSH3 0x010000 PUSH0 PUSH0 CALLDATACOPY PUSH0 JUMP"));
    batch.calls.gas = Column::All(u64::MAX);
    let recording = recorded(&batch, RecordLimits { bytes: 4 << 20, ..RecordLimits::default() });
    assert_eq!(recording.cut(), Some(Cut::Bytes));
    assert!((440..450).contains(&recording.len()), "{}", recording.len());
    let replayed = steps(&batch, 0, recording.len()).unwrap();
    for index in [0, 5, recording.len() - 1] {
        assert_eq!(recording.state(index).unwrap().stack, replayed[index].stack);
    }
    // A single copy that is larger than all there is.
    let recording =
        recorded(&one(&asm("PUSH2 0x8000 PUSH0 PUSH0 CALLDATACOPY STOP")), RecordLimits { bytes: 30_000, steps: 10 });
    assert_eq!((recording.len(), recording.cut()), (4, Some(Cut::Bytes)));
}

#[test]
fn calls_without_steps_and_refused_ones_have_a_frame() {
    let mut batch = one(&[]);
    batch.calls.to = Column::All(Some(Address::with_last_byte(4)));
    let recording = agrees(&batch);
    assert!(recording.is_empty() && recording.state(0).is_none() && recording.line(600).is_empty());
    assert_eq!(recording.frame(0).unwrap().ended, recording.outcome().unwrap().status);
    // A transaction whose sender cannot pay.
    let mut batch = at(&asm("STOP"), Level::Transaction, Fork::LATEST);
    batch.calls.value = Column::All(U256::MAX);
    let recording = recorded(&batch, RecordLimits::default());
    assert_eq!(recording.frame(0).unwrap().ended, Some(Status::Rejected));
}

#[test]
fn halts_in_the_midst_are_recorded() {
    for code in
        ["PUSH0 ADD", "PUSH0 SLOAD 0xfe", "PUSH1 1 PUSH6 0x010000000000 MSTORE", "PUSH0 PUSH0 MCOPY", "PUSH1 5 JUMP"]
    {
        agrees(&one(&asm(code)));
        // In a frame below, the caller goes on.
        let recording = agrees(&with_inner(&format!("{CALL_INNER} PUSH0"), code));
        assert!(recording.step(recording.frame(1).unwrap().end as usize - 1).unwrap().failed, "{code}");
    }
}

#[test]
fn compiled_contracts_are_recorded_as_they_run() {
    for example in examples::all() {
        let batch = example.batch(64).unwrap();
        for lane in [0, 1, 13, 63] {
            let recording = agrees(&batch.subset(&[lane]));
            assert!(!recording.is_empty(), "{}", example.id);
            let outcome = recording.outcome().unwrap();
            // What the outcome changed is what the first frame's slots say at last.
            let last = recording.slots(recording.len() - 1);
            let first = recording.frame(0).unwrap().address.unwrap();
            for (slot, value) in outcome.changes.get(&first).into_iter().flat_map(|change| &change.storage) {
                let found = last.iter().find(|at| at.slot == *slot && !at.transient).unwrap();
                assert_eq!((found.value, found.written), (*value, true), "{}", example.id);
            }
        }
    }
}
