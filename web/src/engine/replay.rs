//! The worker that replays one lane, instruction by instruction: apart from the coordinator, since a replay is one long
//! computation.

use lanevm_core::{
    case::{Case, state_test},
    cpu::{self, StepRecord},
    wire,
};
use serde::{Deserialize, Serialize};

use crate::{
    browser::scope,
    protocol::{TraceStep, TraceView},
};

/// Most instructions shown on the page. A file has more.
const SHOWN: usize = 20_000;

/// Most instructions in a file.
const FILED: u64 = 1_000_000;

/// Items of the stack shown for each instruction.
const ITEMS: usize = 8;

/// A request, beside the batch of one call as bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// The first instructions.
    Steps,
    /// A file.
    File,
    /// The lane of this number as a state test.
    Case(usize),
}

/// The answer; a file's bytes stand beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The worker listens.
    Ready,
    /// The first instructions.
    Steps(Result<TraceView, String>),
    /// Whether the file was cut.
    File(Result<bool, String>),
    /// What is otherwise in the state test beside this than in the lane.
    Case(Result<Vec<String>, String>),
}

fn step(record: &StepRecord) -> TraceStep {
    TraceStep {
        pc: record.pc,
        op: record.op,
        gas: record.gas,
        depth: record.depth,
        memory: record.memory_size,
        stack: record.stack.iter().rev().take(ITEMS).map(|item| format!("{item:#x}")).collect(),
        height: record.stack.len(),
    }
}

fn steps(request: &[u8]) -> Result<TraceView, String> {
    let batch = wire::decode_batch(request).map_err(|error| error.to_string())?;
    let records = cpu::steps(&batch, 0, SHOWN + 1).map_err(|error| error.to_string())?;
    Ok(TraceView { cut: records.len() > SHOWN, steps: records.iter().take(SHOWN).map(step).collect() })
}

fn file(request: &[u8]) -> Result<(bool, Vec<u8>), String> {
    let batch = wire::decode_batch(request).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    let end = cpu::trace(&batch, 0, &mut out, FILED).map_err(|error| error.to_string())?;
    Ok((end.outcome.is_none(), out))
}

fn case(request: &[u8], lane: usize) -> Result<Case, String> {
    let batch = wire::decode_batch(request).map_err(|error| error.to_string())?;
    state_test(&batch, 0, &format!("lane {lane}")).map_err(|error| error.to_string())
}

fn post(answer: &Answer, bytes: Option<&[u8]>) {
    // These types have no map with keys that JSON refuses.
    let json = serde_json::to_string(answer).unwrap_or_default();
    scope::post(&json, bytes);
}

/// Starts listening.
pub(super) fn start() {
    scope::listen(|json, bytes| {
        let (Ok(ask), Some(request)) = (serde_json::from_str(&json), bytes) else { return };
        match ask {
            Ask::Steps => post(&Answer::Steps(steps(&request)), None),
            Ask::File => match file(&request) {
                Ok((cut, bytes)) => post(&Answer::File(Ok(cut)), Some(&bytes)),
                Err(why) => post(&Answer::File(Err(why)), None),
            },
            Ask::Case(lane) => match case(&request, lane) {
                Ok(Case { json, notes }) => post(&Answer::Case(Ok(notes)), Some(json.as_bytes())),
                Err(why) => post(&Answer::Case(Err(why)), None),
            },
        }
    });
    post(&Answer::Ready, None);
}
