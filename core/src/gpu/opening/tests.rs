//! Calls opened and closed by hand, against the CPU engine: random ones at every level and fork, and the counts that show
//! what they met.

mod cases;
mod frame;

use std::collections::BTreeMap;

use lanevm_shaders::{Class, Fork, Status};

use super::{FirstCode, Opened, open};
use crate::{Absent, Batch, Control, Engine, Executor, Level, Outcome, Outcomes, Reason, cpu::CpuEngine};

/// How often each thing was met.
type Tally = BTreeMap<String, u32>;

fn by_cpu(batch: &Batch) -> Outcomes {
    pollster::block_on(CpuEngine::new(1).run(batch, &mut Control::default())).unwrap()
}

/// Opens and closes a call; `None` where the CPU engine is to answer.
fn by_hand(batch: &Batch, index: usize, tally: &mut Tally) -> Option<Outcome> {
    let call = batch.call(index);
    match open(batch, index) {
        Opened::Left(reason) => {
            let is_partial = batch.worlds[call.world as usize].absent == Absent::Unknown;
            let is_due = match reason {
                Reason::Fork => call.fork < Fork::London,
                Reason::MissingState => is_partial,
                Reason::Precompile(_) => call.to.is_some(),
                Reason::Input | Reason::Target => true,
                _ => false,
            };
            assert!(is_due, "call {index} is left as {reason:?}");
            *tally.entry(format!("left, {}", reason.label())).or_default() += 1;
            None
        }
        Opened::Ended(outcome) => {
            *tally.entry(format!("ended {:?}", call.level)).or_default() += 1;
            Some(*outcome)
        }
        Opened::Lane(opening) => {
            let mut addresses: Vec<_> = opening.accounts.iter().map(|known| known.address).collect();
            addresses.sort_unstable();
            addresses.dedup();
            assert_eq!(addresses.len(), opening.accounts.len(), "no address twice");
            assert_eq!(opening.accounts[opening.caller as usize].address, call.caller);
            assert_eq!(opening.creates, opening.code == FirstCode::Init);
            if call.fork < Fork::London && opening.code != FirstCode::None {
                // The programs of `frame` cost other amounts there, or do not exist.
                return None;
            }
            let Some(finished) = frame::run(batch, index, &opening) else {
                *tally.entry("left by the frame".into()).or_default() += 1;
                return None;
            };
            *tally.entry(format!("lane {:?}", call.level)).or_default() += 1;
            Some(opening.close(batch, index, finished))
        }
    }
}

fn compare(batch: &Batch, seed: u64, tally: &mut Tally) {
    let expected = by_cpu(batch);
    for index in 0..batch.len() {
        let Some(mut found) = by_hand(batch, index, tally) else { continue };
        let call = batch.call(index);
        let mut wanted = expected.row(index);
        let status = found.status.unwrap();
        *tally.entry(format!("{:?} {}", call.level, status.name())).or_default() += 1;
        if status.class() == Class::Success {
            if found.created.is_some() {
                *tally.entry(format!("created {:?}", call.level)).or_default() += 1;
            }
            if found.changes.values().any(|change| change.removed) {
                *tally.entry("removed".into()).or_default() += 1;
            }
            if found.refund_granted > 0 {
                *tally.entry("refunded".into()).or_default() += 1;
            }
        }
        if let (Some(found), Some(_)) = (&found.detail, &wanted.detail) {
            let words = found.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
            *tally.entry(format!("rejected: {words}…")).or_default() += 1;
        }
        assert_eq!(found.executor, Executor::Gpu);
        assert_eq!(found.detail.is_some(), wanted.detail.is_some(), "seed {seed}, call {index}");
        (found.executor, found.detail) = Default::default();
        wanted.detail = None;
        assert_eq!(found, wanted, "seed {seed}, call {index}: {call:?}");
    }
}

/// Batches of random calls.
const BATCHES: u64 = 120;

#[test]
fn random_calls_open_and_close_as_on_the_cpu_engine() {
    let mut tally = Tally::new();
    for seed in 0..BATCHES {
        compare(&cases::batch(seed), seed, &mut tally);
    }
    println!("{tally:#?}");
    for level in [Level::Frame, Level::Call, Level::Transaction] {
        for status in [Status::Stop, Status::Return, Status::Revert, Status::OutOfGas, Status::CreateCollision] {
            let met = tally.get(&format!("{level:?} {}", status.name())).copied().unwrap_or_default();
            assert!(met >= 20, "{level:?} {} was met {met} times", status.name());
        }
        assert!(tally.get(&format!("created {level:?}")).copied().unwrap_or_default() >= 20, "{level:?} creates");
    }
}
