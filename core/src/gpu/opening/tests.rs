//! Calls opened and closed by hand, against the CPU engine: random ones at every level and fork, and the counts that show
//! what they met.

mod cases;
mod dice;
mod frame;
mod surroundings;

use std::collections::BTreeMap;

use lanevm_shaders::{Fork, Status};

use super::{FirstCode, Known, KnownCode, Opened, Opening, open, precompile};
use crate::{Absent, Batch, Control, Engine, Executor, Level, Outcome, Outcomes, Reason, U256, cpu::CpuEngine};

/// How often each thing was met.
type Tally = BTreeMap<String, u32>;

fn by_cpu(batch: &Batch) -> Outcomes {
    pollster::block_on(CpuEngine::new(1).run(batch, &mut Control::default())).unwrap()
}

/// The CPU engine's words for a rejection, and ours.
const REJECTIONS: [(&str, &str); 20] = [
    ("is unknown", "is unknown"),
    ("cannot create a contract", "cannot create a contract"),
    ("invalid chain ID", "is for chain"),
    ("greater than the cap", "transaction's cap"),
    ("Eip4844 is not supported", "type 3 begins"),
    ("Eip7702 is not supported", "type 4 begins"),
    ("priority fee is greater", "priority fee"),
    ("less than basefee", "base fee of"),
    ("blob gas price", "max fee per blob gas"),
    ("empty blobs", "needs a blob"),
    ("blob version", "is not of version"),
    ("too many blobs", "that a transaction can carry"),
    ("empty authorization list", "needs an authorisation"),
    ("exceeds the block gas limit", "over the block's"),
    ("initcode size limit", "init code of"),
    ("call gas cost", "intrinsic gas"),
    ("gas floor", "call data costs"),
    ("deployed code", "EIP-3607"),
    ("nonce", "nonce"),
    ("fund|overflow payment", "may cost"),
];

/// Holds our reason against the CPU engine's.
fn compare_reasons(ours: &str, theirs: &str, tally: &mut Tally) {
    let (_, expected) = REJECTIONS
        .into_iter()
        .find(|(theirs_has, _)| theirs_has.split('|').any(|part| theirs.contains(part)))
        .unwrap_or_else(|| panic!("the CPU engine's reason `{theirs}` is new"));
    assert!(ours.contains(expected), "`{ours}` for `{theirs}`");
    count(tally, format!("rejected: {expected}"));
}

fn count(tally: &mut Tally, what: impl Into<String>) {
    *tally.entry(what.into()).or_default() += 1;
}

/// Counts what an opening shows.
fn count_opening(batch: &Batch, index: usize, opening: &Opening, tally: &mut Tally) {
    let call = batch.call(index);
    let level = call.level;
    count(tally, format!("lane {level:?}"));
    let code = |known: &Known| known.state.map(|state| state.code);
    for known in &opening.accounts {
        match code(known) {
            Some(KnownCode::Delegation(to)) if precompile(to, call.fork).is_some() => {
                count(tally, "delegated to a precompile");
            }
            Some(KnownCode::Delegation(_)) => count(tally, "delegated"),
            Some(KnownCode::Empty) => count(tally, "delegation cleared"),
            _ => {}
        }
    }
    if let Some(KnownCode::Delegation(_)) = code(&opening.accounts[opening.caller as usize]) {
        count(tally, "the sender delegated");
    }
    if let Some(KnownCode::Delegation(to)) = code(&opening.accounts[0]) {
        count(tally, format!("called what an authorisation delegated, {}", opening.code != FirstCode::None));
        assert!(opening.accounts.iter().any(|known| known.address == to && known.warm && known.state.is_some()));
    }
    if opening.accounts.len() > 20 {
        count(tally, "a long access list");
    }
    if !opening.slots.is_empty() {
        count(tally, "warm slots");
    }
    if opening.caller == 0 {
        count(tally, format!("called itself {level:?}"));
    }
    if !opening.blob_hashes.is_empty() {
        count(tally, format!("blobs {level:?}"));
    }
    if opening.entry.moved > U256::ZERO {
        count(tally, format!("moved value {level:?}"));
    }
    let by_hand = call.transaction.is_some_and(|tx| tx.kind == 4);
    if by_hand && opening.bill.is_some_and(|bill| bill.refund > 0) {
        count(tally, "refund of authorisations");
    }
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
            count(tally, format!("left, {}", reason.label()));
            None
        }
        Opened::Ended(outcome) => {
            count(tally, format!("ended {:?}", call.level));
            if outcome.status == Some(Status::UndefinedOpcode) {
                count(tally, format!("a second delegation {:?}", call.level));
            }
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
                count(tally, "left by the frame");
                return None;
            };
            count_opening(batch, index, &opening, tally);
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
        count(tally, format!("{:?} {}", call.level, status.name()));
        if found.created.is_some() {
            count(tally, format!("created {:?}", call.level));
        }
        if found.changes.values().any(|change| change.removed) {
            count(tally, format!("removed {:?}", call.level));
        }
        if found.refund_granted > 0 {
            count(tally, format!("refunded {}", status.class().name()));
        }
        if found.refund > 0 && found.refund_granted == 0 && call.level != Level::Frame {
            count(tally, "the floor took the refund");
        }
        if let (Some(ours), Some(theirs)) = (&found.detail, &wanted.detail) {
            compare_reasons(ours, theirs, tally);
        }
        assert_eq!(found.executor, Executor::Gpu);
        assert_eq!(found.detail.is_some(), wanted.detail.is_some(), "seed {seed}, call {index}");
        (found.executor, found.detail) = Default::default();
        wanted.detail = None;
        assert_eq!(found, wanted, "seed {seed}, call {index}: {call:?}");
    }
}

/// Batches of random calls.
const BATCHES: u64 = 200;

#[test]
fn random_calls_open_and_close_as_on_the_cpu_engine() {
    let mut tally = Tally::new();
    for seed in 0..BATCHES {
        compare(&cases::batch(seed), seed, &mut tally);
    }
    println!("{tally:#?}");
    let least = |what: String, least: u32| {
        let met = tally.get(&what).copied().unwrap_or_default();
        assert!(met >= least, "`{what}` was met {met} times of at least {least}");
    };
    for (_, reason) in REJECTIONS {
        least(format!("rejected: {reason}"), 4);
    }
    for level in [Level::Frame, Level::Call, Level::Transaction] {
        for status in [
            Status::Stop,
            Status::Return,
            Status::SelfDestruct,
            Status::Revert,
            Status::OutOfGas,
            Status::CreateCollision,
            Status::UndefinedOpcode,
            Status::InsufficientBalance,
            Status::StepLimit,
        ] {
            least(format!("{level:?} {}", status.name()), 20);
        }
        for what in
            ["lane", "ended", "created", "removed", "called itself", "moved value", "blobs", "a second delegation"]
        {
            least(format!("{what} {level:?}"), 20);
        }
    }
    for what in [
        "Call nonce_overflow",
        "Frame nonce_overflow",
        "Frame initcode_size_limit",
        "delegated",
        "delegated to a precompile",
        "delegation cleared",
        "the sender delegated",
        "called what an authorisation delegated, true",
        "called what an authorisation delegated, false",
        "refund of authorisations",
        "refunded success",
        "refunded revert",
        "refunded halt",
        "the floor took the refund",
        "a long access list",
        "warm slots",
        "left, fork",
        "left, missing_state",
        "left, precompile 0x01",
        "left, precompile 0x100",
    ] {
        least(what.into(), 20);
    }
}
