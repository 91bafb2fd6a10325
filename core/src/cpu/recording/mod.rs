//! A recorded lane: its call run once, so that every step of it can be looked at, forwards and backwards. It holds
//! differences and some keyframes, within a bound of bytes; past that, or past a number of steps, it is cut and says so.

mod frames;
mod record;
mod recorder;
mod state;
mod walk;

use alloy_primitives::U256;
use web_time::Instant;

pub use self::{
    frames::{Frame, FrameKind},
    state::{RecordedLog, SlotAt, StateAt},
    walk::{LinePoint, Walk},
};
use self::{
    record::{AccountRecord, FrameRecord, SlotFacts, StepFacts},
    recorder::Recorder,
};
use super::{
    SLICE,
    lane::{Lane, Turn},
    state::Codes,
    trace::TraceError,
};
use crate::{batch::Batch, engine::Control, outcome::Outcome};

/// Most steps of a recording.
pub const MAX_RECORDED_STEPS: u64 = 1_000_000;

/// Most bytes of a recording, more or less: it lives beside what a page holds.
pub const MAX_RECORDED_BYTES: usize = 160 << 20;

/// Instructions between two looks at the clock.
const LOOK: u64 = 2_000;

/// How much a recording may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLimits {
    /// Most steps.
    pub steps: u64,
    /// Most bytes, more or less.
    pub bytes: usize,
}

impl Default for RecordLimits {
    fn default() -> Self {
        Self { steps: MAX_RECORDED_STEPS, bytes: MAX_RECORDED_BYTES }
    }
}

/// Why a recording ends before its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It has as many steps as it may.
    Steps,
    /// It has as many bytes as it may.
    Bytes,
    /// It was cancelled.
    Cancelled,
}

/// A step of a recording, as it was about to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedStep {
    /// Where in the frame's code.
    pub pc: u32,
    /// The byte; zero past the end of the code.
    pub op: u8,
    /// Gas that the frame has left.
    pub gas: u64,
    /// Gas that it took; for a call with what the frame was given.
    pub cost: u64,
    /// The frame's refund counter.
    pub refund: i64,
    /// The frame's number.
    pub frame: usize,
    /// Frames open, the first being 1.
    pub depth: u32,
    /// Bytes of memory.
    pub memory: u32,
    /// Items on the stack.
    pub height: u16,
    /// Whether the frame halted with it.
    pub failed: bool,
    /// What it left on the stack in place of what it took; none for DUP and SWAP, and where it left nothing.
    pub pushed: Option<U256>,
}

/// A recorded lane.
#[derive(Debug, Default)]
pub struct Recording {
    steps: Vec<StepFacts>,
    frames: Vec<FrameRecord>,
    /// Bytes of memory and of return data.
    bytes: Vec<u8>,
    /// Words that steps pushed: for each its length, then its bytes without leading zeros.
    words: Vec<u8>,
    slots: Vec<SlotFacts>,
    accounts: Vec<AccountRecord>,
    logs: Vec<RecordedLog>,
    cut: Option<Cut>,
    outcome: Option<Outcome>,
}

impl Recording {
    /// How many steps there are.
    pub const fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether no instruction ran.
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Why it ends before the lane, if it does.
    pub const fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// The lane's outcome; none where the recording is cut.
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// How many frames there are.
    pub const fn frame_count(&self) -> usize {
        self.frames.len()
    }

    /// The frames, in the order in which they opened.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = &Frame> {
        self.frames.iter().map(|record| &record.facts)
    }

    /// A frame.
    pub fn frame(&self, index: usize) -> Option<&Frame> {
        self.frames.get(index).map(|record| &record.facts)
    }

    /// A step.
    pub fn step(&self, index: usize) -> Option<RecordedStep> {
        let facts = self.steps.get(index)?;
        Some(RecordedStep {
            pc: facts.pc,
            op: facts.op,
            gas: facts.gas,
            cost: facts.cost,
            refund: facts.refund,
            frame: facts.frame as usize,
            depth: self.frames[facts.frame as usize].facts.depth,
            memory: facts.memory,
            height: facts.height,
            failed: facts.failed,
            pushed: self.pushed(index),
        })
    }

    fn pushed(&self, step: usize) -> Option<U256> {
        let at = self.steps.get(step)?.pushed as usize;
        let len = usize::from(*self.words.get(at)?);
        U256::try_from_be_slice(self.words.get(at + 1..at + 1 + len)?)
    }

    /// Logs that the outcome has, by their place in it.
    fn number_logs(&mut self) {
        let kept = self.outcome.as_ref().map_or(0, |outcome| outcome.logs.len());
        let standing = self.logs.iter_mut().filter(|log| log.undone.is_none());
        for (place, log) in standing.enumerate().take(kept) {
            log.kept = Some(place as u32);
        }
    }
}

/// The frame that a call begins with.
fn first_frame(batch: &Batch, index: usize) -> Frame {
    let call = batch.call(index);
    let data = call.data.bytes();
    Frame {
        depth: 1,
        kind: if call.to.is_some() { FrameKind::Call } else { FrameKind::Create },
        address: call.to,
        code_address: call.to,
        caller: call.caller,
        value: call.value,
        input_len: data.len() as u64,
        selector: if call.to.is_some() { data[..data.len().min(4)].to_vec() } else { Vec::new() },
        gas: call.gas,
        ..Frame::default()
    }
}

/// Records a call of a batch. It gives the event loop its turn and can be cancelled; what it has then is the answer.
///
/// # Errors
/// [`TraceError::Batch`] and [`TraceError::NoSuchCall`]; how the call ends is no error.
pub async fn record(
    batch: &Batch,
    index: usize,
    limits: RecordLimits,
    control: &mut Control,
) -> Result<Recording, TraceError> {
    batch.validate()?;
    if index >= batch.len() {
        return Err(TraceError::NoSuchCall { index, calls: batch.len() });
    }
    let codes = Codes::new(batch);
    let mut lane = Lane::new(batch, &codes);
    let mut recorder = Recorder::new(batch, batch.call(index).world, first_frame(batch, index), limits.bytes);
    let mut turn = lane.begin_watched(index);
    let mut slice = Instant::now();
    let (outcome, cut) = loop {
        match turn {
            Turn::Done(outcome) => break (Some(*outcome), recorder.full.then_some(Cut::Bytes)),
            Turn::Paused if recorder.full => break (None, Some(Cut::Bytes)),
            Turn::Paused if lane.steps() >= limits.steps => break (None, Some(Cut::Steps)),
            Turn::Paused if control.cancel.is_cancelled() => break (None, Some(Cut::Cancelled)),
            Turn::Paused => {
                if slice.elapsed() > SLICE {
                    control.breathe().await;
                    slice = Instant::now();
                }
                turn = lane.advance((limits.steps - lane.steps()).min(LOOK), &mut recorder);
            }
        }
    };
    let mut recording = recorder.into_recording();
    recording.cut = cut;
    recording.outcome = outcome.filter(|_| cut.is_none());
    if let (Some(outcome), Some(first)) = (&recording.outcome, recording.frames.first_mut()) {
        // A call that came to no frame ends as the lane does; so does one that is stopped from outside.
        if first.facts.ended.is_none() {
            first.facts.ended = outcome.status;
            first.facts.gas_used = outcome.gas_used;
            first.facts.output_len = outcome.output.len() as u64;
        }
    }
    recording.number_logs();
    Ok(recording)
}
