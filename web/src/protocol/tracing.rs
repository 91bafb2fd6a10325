//! What the page asks of a lane's recording, and what it is shown of it. Windows and bounded lists only: a recording may
//! have a million steps.

use serde::{Deserialize, Serialize};

use super::{HexView, LogView};

/// A recorded lane, as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceView {
    /// Steps.
    pub steps: usize,
    /// Why there are no more, in words, where the lane has more.
    pub cut: Option<String>,
    /// Its first frames, in the order in which they opened.
    pub frames: Vec<FrameView>,
    /// Frames there are, where not all are here.
    pub frames_total: usize,
    /// The line of gas.
    pub line: Vec<LinePart>,
}

/// Some steps of the line of gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePart {
    /// The first.
    pub step: usize,
    /// Gas left there.
    pub gas: u64,
    /// The most frames open.
    pub depth: u32,
    /// A frame with so many open.
    pub frame: usize,
}

/// A frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameView {
    /// Who made it, by its number.
    pub parent: Option<usize>,
    /// The step that made it.
    pub made_by: Option<usize>,
    /// Frames open, the first being 1.
    pub depth: u32,
    /// The instruction that made it.
    pub kind: String,
    /// The account, as hex; empty where there is none.
    pub address: String,
    /// The account whose code ran, as hex; empty for creation code.
    pub code: String,
    /// keccak-256 of the code, as hex; empty where none ran.
    pub code_hash: String,
    /// Caller.
    pub caller: String,
    /// Value in wei.
    pub value: String,
    /// Bytes of call data.
    pub input_len: u64,
    /// The first four of them, as hex.
    pub selector: String,
    /// Gas given.
    pub gas: u64,
    /// Gas used.
    pub gas_used: u64,
    /// First step.
    pub first: usize,
    /// The step after its last.
    pub end: usize,
    /// The status' code with which it ended; nothing where the recording ended before.
    pub ended: Option<u8>,
    /// Bytes returned.
    pub output_len: u64,
}

impl FrameView {
    /// Where one goes to look at it: its first step, or where there is none the step that made it.
    pub fn entry(&self) -> Option<usize> {
        if self.first < self.end { Some(self.first) } else { self.made_by }
    }
}

/// One instruction, as it was about to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceStep {
    /// Where.
    pub pc: u32,
    /// Its byte.
    pub op: u8,
    /// Gas left.
    pub gas: u64,
    /// Gas it took.
    pub cost: u64,
    /// Frames open.
    pub depth: u32,
    /// Whether the frame failed with it: halted, or reverted.
    pub failed: bool,
    /// What it left on the stack, as hex.
    pub pushed: Option<String>,
}

/// A way from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalkView {
    /// To the frame's next step, or out of it.
    Over,
    /// To the frame's step before, or to the step that made it.
    BackOver,
    /// To where the caller goes on.
    Out,
    /// To the next step at this place of the frame's code.
    To(u32),
}

/// What is asked of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceAsk {
    /// A window of steps.
    Steps {
        /// The first.
        from: usize,
        /// How many.
        count: usize,
    },
    /// All that holds at a step, with a window of memory.
    Look {
        /// The step.
        step: usize,
        /// The first row of 32 bytes.
        row: usize,
    },
    /// The same at the step that lies this way.
    Walk {
        /// From where.
        step: usize,
        /// The way.
        way: WalkView,
    },
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceAnswer {
    /// A window of steps.
    Steps {
        /// The first.
        from: usize,
        /// They.
        steps: Vec<TraceStep>,
    },
    /// What holds at a step.
    At(Box<StepView>),
    /// There is no such step, or none that way.
    Nowhere(Option<WalkView>),
}

/// What holds at a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// The step.
    pub step: usize,
    /// The instruction.
    pub now: TraceStep,
    /// The refund counter.
    pub refund: i64,
    /// The frame's number.
    pub frame: usize,
    /// The frame.
    pub facts: FrameView,
    /// The stack, the top first, as hex.
    pub stack: Vec<String>,
    /// Its items that the step before wrote, counted from the top.
    pub stack_changed: Vec<usize>,
    /// Rows of 32 bytes that memory has.
    pub memory: usize,
    /// The first row that is here.
    pub row: usize,
    /// Rows, as hex digits.
    pub rows: Vec<String>,
    /// The first row that the step before wrote, and the one after the last; the same where it wrote none.
    pub memory_changed: (usize, usize),
    /// The first byte of that.
    pub written_at: Option<usize>,
    /// Slots of the account that were touched.
    pub slots: Vec<SlotView>,
    /// Slots there are, where not all are here.
    pub slots_total: usize,
    /// What the last call returned.
    pub returned: HexView,
    /// Logs so far.
    pub logs: Vec<StepLog>,
    /// How many there are, where not all are here.
    pub logs_total: usize,
}

/// A slot that the lane touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotView {
    /// The slot, as hex.
    pub slot: String,
    /// Whether it is transient.
    pub transient: bool,
    /// What it holds, as hex.
    pub value: String,
    /// What it held at first, as hex.
    pub original: String,
    /// Whether it was written.
    pub written: bool,
    /// Whether the step before touched it.
    pub touched: bool,
}

/// A log that was made up to a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLog {
    /// It.
    pub log: LogView,
    /// Its place among the lane's logs; nothing where a frame that failed took it back.
    pub kept: Option<usize>,
}
