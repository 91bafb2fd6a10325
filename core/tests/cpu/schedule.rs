//! Threads, slices, progress and cancel: how a batch is run, which changes nothing of what comes of it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use lanevm_core::{Batch, Cancel, Column, Control, Engine, Status, call_data::CallData, cpu::CpuEngine};

use crate::fixture::{asm, one, run, run_on};

/// Loops for ever where the call data begins with a one, stops otherwise.
fn endless(lanes: &[bool], gas: u64) -> Batch {
    let mut batch = one(&asm("PUSH0 CALLDATALOAD PUSH1 6 JUMPI STOP JUMPDEST PUSH1 6 JUMP"));
    batch.calls.count = lanes.len();
    batch.calls.gas = Column::All(gas);
    batch.calls.data = lanes.iter().map(|&endless| [u8::from(endless); 32]).collect::<CallData>();
    batch
}

#[test]
fn cancel_ends_endless_lanes_and_keeps_what_is_finished() {
    for threads in [1, 3] {
        let batch = endless(&[false, false, true, true, true, true], u64::MAX);
        let cancel = Cancel::default();
        let mut control = Control { cancel: cancel.clone(), ..Control::default() };
        let asked = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(150));
            cancel.cancel();
            Instant::now()
        });
        let outcomes = pollster::block_on(CpuEngine::new(threads).run(&batch, &mut control)).unwrap();
        let late = Instant::now() - asked.join().unwrap();
        assert!(late < Duration::from_secs(2), "{late:?} on {threads} threads");
        assert_eq!(outcomes.statuses()[..2], [Status::Stop; 2], "{threads} threads");
        assert_eq!(outcomes.statuses()[2..], [Status::Unfinished; 4], "{threads} threads");
    }
}

/// Instructions that hash or copy much memory take long: a turn has few of them, whatever the program did before.
#[test]
fn cancel_ends_lanes_of_long_instructions() {
    for program in [
        "PUSH0 JUMPDEST PUSH4 0x02000000 PUSH0 KECCAK256 POP PUSH1 1 JUMP",
        "PUSH0 JUMPDEST PUSH4 0x02000000 PUSH0 PUSH1 32 MCOPY PUSH1 1 JUMP",
    ] {
        let mut batch = one(&asm(program));
        batch.calls.gas = Column::All(1 << 40);
        let cancel = Cancel::default();
        let mut control = Control { cancel: cancel.clone(), ..Control::default() };
        let asked = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(150));
            cancel.cancel();
            Instant::now()
        });
        let outcomes = pollster::block_on(CpuEngine::new(1).run(&batch, &mut control)).unwrap();
        let late = Instant::now() - asked.join().unwrap();
        assert_eq!(outcomes.status(0), Status::Unfinished, "{program}");
        assert!(late < Duration::from_secs(10), "{late:?}: {program}");
    }
}

#[test]
fn endless_lanes_end_when_their_gas_does() {
    let outcomes = run_on(&endless(&[true; 4], 30_000_000), 2);
    for row in 0..4 {
        assert_eq!((outcomes.status(row), outcomes.gas_used(row)), (Status::OutOfGas, 30_000_000));
    }
}

#[test]
fn a_long_call_lets_the_event_loop_run_and_progress_moves() {
    let batch = endless(&[false, true, true], 300_000_000);
    let turns = Rc::new(Cell::new(0));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let (turned, hear) = (turns.clone(), heard.clone());
    let mut control = Control {
        breathe: Some(Rc::new(move || {
            turned.set(turned.get() + 1);
            Box::pin(std::future::ready(()))
        })),
        on_progress: Some(Box::new(move |progress| hear.borrow_mut().push(progress))),
        ..Control::default()
    };
    let outcomes = pollster::block_on(CpuEngine::new(1).run(&batch, &mut control)).unwrap();
    assert_eq!(outcomes.status(2), Status::OutOfGas);
    assert!(turns.get() > 0, "a call of 80 million instructions takes more than a slice");
    let heard = heard.borrow();
    assert!(heard.is_sorted_by(|before, after| before.done <= after.done && before.steps <= after.steps));
    let last = heard.last().unwrap();
    assert_eq!((last.lanes, last.done), (3, 3));
    assert_eq!(u128::from(last.steps), outcomes.summary().steps_total);
}

#[test]
fn threads_change_nothing() {
    let lanes: Vec<bool> = (0..300).map(|lane| lane % 3 == 0).collect();
    let batch = endless(&lanes, 400_000);
    let (alone, shared) = (run(&batch), run_on(&batch, 4));
    for row in 0..batch.len() {
        assert_eq!(alone.row(row), shared.row(row), "row {row}");
    }
}

#[test]
fn a_cancel_before_the_run_leaves_every_lane_unfinished_or_whole() {
    let control = Control::default();
    control.cancel.cancel();
    let mut control = control;
    let outcomes = pollster::block_on(CpuEngine::new(2).run(&endless(&[true; 3], u64::MAX), &mut control)).unwrap();
    assert_eq!(outcomes.statuses(), [Status::Unfinished; 3]);
}
