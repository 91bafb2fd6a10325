//! The rows that a recording is made of. They hold numbers; what they mean stands at [`super::Recording`].

use std::ops::Range;

use alloy_primitives::{Address, U256};

use super::Frame;

/// A step, as it was about to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepFacts {
    pub(super) gas: u64,
    pub(super) cost: u64,
    pub(super) refund: i64,
    pub(super) pc: u32,
    pub(super) frame: u32,
    /// Bytes of memory.
    pub(super) memory: u32,
    /// Where the word that it pushed stands; none where that is `u32::MAX`.
    pub(super) pushed: u32,
    /// Items on the stack.
    pub(super) height: u16,
    pub(super) op: u8,
    pub(super) failed: bool,
}

/// All that a frame holds before a step.
#[derive(Clone, Debug)]
pub(super) struct Keyframe {
    pub(super) step: u32,
    pub(super) stack: Vec<U256>,
    pub(super) memory: Vec<u8>,
}

/// Bytes of memory that a step wrote.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    pub(super) step: u32,
    pub(super) at: u32,
    pub(super) len: u32,
    /// Where they stand.
    pub(super) bytes: u32,
}

/// A frame and what its steps changed.
#[derive(Clone, Debug)]
pub(super) struct FrameRecord {
    pub(super) facts: Frame,
    /// Its account's number, once it has steps.
    pub(super) account: Option<u32>,
    pub(super) keyframes: Vec<Keyframe>,
    pub(super) writes: Vec<Write>,
    /// Return data, by the step that brought it.
    pub(super) returned: Vec<(u32, Range<u32>)>,
    /// Its last step, while it is written.
    pub(super) last: Option<u32>,
    /// Where what a call returns is to go.
    pub(super) pending: Option<(usize, usize)>,
    /// Steps, and bytes of change, since the last keyframe.
    pub(super) steps: u32,
    pub(super) since: usize,
    /// Writes of slots and logs when it opened.
    pub(super) writes_before: usize,
    pub(super) logs_before: usize,
}

impl FrameRecord {
    pub(super) const fn new(facts: Frame) -> Self {
        Self {
            facts,
            account: None,
            keyframes: Vec::new(),
            writes: Vec::new(),
            returned: Vec::new(),
            last: None,
            pending: None,
            steps: 0,
            since: 0,
            writes_before: 0,
            logs_before: 0,
        }
    }
}

/// A slot that the lane touched.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotFacts {
    pub(super) slot: U256,
    pub(super) transient: bool,
    pub(super) original: U256,
}

/// A slot as a step left it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub(super) value: U256,
    pub(super) step: u32,
    pub(super) slot: u32,
    pub(super) written: bool,
}

/// What became of an account's slots.
#[derive(Clone, Debug)]
pub(super) struct AccountRecord {
    pub(super) address: Address,
    /// In order of time.
    pub(super) touches: Vec<Touch>,
}
