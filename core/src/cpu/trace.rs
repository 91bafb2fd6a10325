//! Replaying one call of a batch and writing down every instruction: as EIP-3155 lines for people and tools, and as
//! records for comparing engines in lock step. Both are bounded, and say when they were cut.

use std::io::{self, Write};

use alloy_primitives::{U256, hex};
use lanevm_shaders::{Class, facts};
use revm::interpreter::{
    Interpreter,
    interpreter::EthInterpreter,
    interpreter_types::{Jumps, MemoryTr},
};
use serde::Serialize;
use thiserror::Error;

use super::{
    LOOK,
    lane::{Context, Lane, Turn},
    state::Codes,
    watch::{Blind, Watch},
};
use crate::{
    batch::{Batch, BatchError},
    outcome::Outcome,
};

/// Most bytes of a trace: a stack of 1,024 words on each of many lines would fill a disk.
pub const MAX_TRACE_BYTES: u64 = 512 << 20;

/// Why a call could not be traced.
#[derive(Debug, Error)]
pub enum TraceError {
    /// The batch is wrong.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// There is no such call.
    #[error("the batch has {calls} calls, and call {index} is not one of them")]
    NoSuchCall {
        /// The call asked for.
        index: usize,
        /// Calls of the batch.
        calls: usize,
    },
    /// The trace could not be written.
    #[error("the trace could not be written: {0}")]
    Write(#[from] io::Error),
}

/// One instruction, as it was about to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepRecord {
    /// Where in the code.
    pub pc: u64,
    /// The byte; zero past the end of the code.
    pub op: u8,
    /// Gas left before it.
    pub gas: u64,
    /// Frames open, the call's own being 1.
    pub depth: usize,
    /// The stack before it, its top last.
    pub stack: Vec<U256>,
    /// Bytes of memory before it.
    pub memory_size: u64,
    /// The frame's refund counter before it.
    pub refund: i64,
}

fn record(interpreter: &Interpreter<EthInterpreter>, depth: usize) -> StepRecord {
    StepRecord {
        pc: interpreter.bytecode.pc() as u64,
        op: interpreter.bytecode.opcode(),
        gas: interpreter.gas.remaining(),
        depth: depth + 1,
        stack: interpreter.stack.data().to_vec(),
        memory_size: interpreter.memory.size() as u64,
        refund: interpreter.gas.refunded(),
    }
}

/// Runs a call until it ends or `keep_on` says no; `None` where it was cut.
pub(super) fn replay<W: Watch>(
    batch: &Batch,
    index: usize,
    watch: &mut W,
    mut keep_on: impl FnMut(&W, u64) -> Option<u64>,
) -> Result<(u64, Option<Outcome>), TraceError> {
    batch.validate()?;
    if index >= batch.len() {
        return Err(TraceError::NoSuchCall { index, calls: batch.len() });
    }
    let codes = Codes::new(batch);
    let mut lane = Lane::new(batch, &codes);
    let mut turn = lane.begin_watched(index);
    loop {
        match turn {
            Turn::Done(outcome) => return Ok((outcome.steps, Some(*outcome))),
            Turn::Paused => match keep_on(watch, lane.steps()) {
                Some(budget) => turn = lane.advance(budget, watch),
                None => return Ok((lane.steps(), None)),
            },
        }
    }
}

/// The whole outcome of one call, by running it again: what outcomes that keep less ([`crate::Keep`]) do not hold.
///
/// # Errors
/// [`TraceError::Batch`] and [`TraceError::NoSuchCall`]; how the call ends is no error.
pub fn outcome(batch: &Batch, index: usize) -> Result<Outcome, TraceError> {
    if index >= batch.len() {
        return Err(TraceError::NoSuchCall { index, calls: batch.len() });
    }
    batch.validate()?;
    let one = batch.subset(&[index]);
    let (_, outcome) = replay(&one, 0, &mut Blind, |_, _| Some(LOOK))?;
    Ok(outcome.unwrap_or_default())
}

#[derive(Default)]
struct Recorder(Vec<StepRecord>);

impl Watch for Recorder {
    const SEES: bool = true;

    fn before(&mut self, interpreter: &Interpreter<EthInterpreter>, depth: usize, _: &Context<'_>) {
        self.0.push(record(interpreter, depth));
    }
}

/// The first `most` instructions of a call, of all frames, in the order in which they ran.
///
/// # Errors
/// See [`TraceError`]; how the call ends is no error.
pub fn steps(batch: &Batch, index: usize, most: usize) -> Result<Vec<StepRecord>, TraceError> {
    let mut recorder = Recorder::default();
    let most = most as u64;
    replay(batch, index, &mut recorder, |_, steps| (steps < most).then(|| (most - steps).min(LOOK)))?;
    Ok(recorder.0)
}

/// What a trace came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEnd {
    /// Instructions written.
    pub steps: u64,
    /// The call's outcome; `None` where the trace was cut.
    pub outcome: Option<Outcome>,
}

/// A line of EIP-3155.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    pc: u64,
    op: u8,
    gas: String,
    gas_cost: String,
    mem_size: u64,
    stack: Vec<String>,
    depth: usize,
    refund: i64,
    op_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The last line. EIP-3155 puts a state root there, which a batch's world, being no trie, does not have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LastLine<'a> {
    output: String,
    gas_used: String,
    pass: bool,
    fork: &'a str,
    status: &'a str,
    steps: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

struct Writer<'a> {
    out: &'a mut dyn Write,
    step: StepRecord,
    written: u64,
    failed: Option<io::Error>,
}

impl Writer<'_> {
    fn line(&mut self, line: &impl Serialize) {
        if self.failed.is_some() {
            return;
        }
        let result = serde_json::to_vec(line).map_err(io::Error::other).and_then(|mut bytes| {
            bytes.push(b'\n');
            self.written += bytes.len() as u64;
            self.out.write_all(&bytes)
        });
        self.failed = result.err();
    }
}

impl Watch for Writer<'_> {
    const SEES: bool = true;

    fn before(&mut self, interpreter: &Interpreter<EthInterpreter>, depth: usize, _: &Context<'_>) {
        self.step = record(interpreter, depth);
    }

    fn after(&mut self, interpreter: &Interpreter<EthInterpreter>, error: Option<String>) {
        let step = std::mem::take(&mut self.step);
        self.line(&Line {
            pc: step.pc,
            op: step.op,
            gas: format!("{:#x}", step.gas),
            gas_cost: format!("{:#x}", step.gas.saturating_sub(interpreter.gas.remaining())),
            mem_size: step.memory_size,
            stack: step.stack.iter().map(|item| format!("{item:#x}")).collect(),
            depth: step.depth,
            refund: step.refund,
            op_name: facts::name(step.op),
            error,
        });
    }
}

/// Writes the EIP-3155 trace of a call: a line for each instruction of all frames, then a summary. It ends after
/// `max_steps` instructions or [`MAX_TRACE_BYTES`]; the summary then says `"cut":true`, and neither output nor gas used
/// mean anything.
///
/// # Errors
/// See [`TraceError`]; how the call ends is no error.
pub fn trace(batch: &Batch, index: usize, out: &mut dyn Write, max_steps: u64) -> Result<TraceEnd, TraceError> {
    let mut writer = Writer { out, step: StepRecord::default(), written: 0, failed: None };
    let (steps, outcome) = replay(batch, index, &mut writer, |writer, steps| {
        let goes_on = writer.failed.is_none() && writer.written < MAX_TRACE_BYTES && steps < max_steps;
        // A line is at most about 70 kB: the bound on bytes holds to within one such look.
        goes_on.then(|| (max_steps - steps).min(256))
    })?;
    let none = Outcome::default();
    let ended = outcome.as_ref().unwrap_or(&none);
    let status = ended.status.map_or("unfinished", |status| status.name());
    writer.line(&LastLine {
        output: hex::encode_prefixed(&ended.output),
        gas_used: format!("{:#x}", ended.gas_used),
        pass: ended.status.is_some_and(|status| status.class() == Class::Success),
        fork: batch.call(index).fork.name(),
        status,
        steps,
        detail: ended.detail.as_deref(),
        cut: outcome.is_none(),
    });
    if let Some(error) = writer.failed {
        return Err(TraceError::Write(error));
    }
    Ok(TraceEnd { steps, outcome })
}
