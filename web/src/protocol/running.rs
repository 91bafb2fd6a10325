//! What a run says of itself besides its outcomes: where it began, what was begun again, how two engines compare.

use serde::{Deserialize, Serialize};

/// How a run went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunNotes {
    /// Lanes that the CPU ended before the GPU was ready, and lanes that went on there; nothing where the GPU was not waited
    /// for.
    pub handed: Option<[u64; 2]>,
    /// Lanes begun again because the GPU was lost.
    pub repeated: u64,
    /// Lanes that a compiled path had answered wrongly: then all were run again without.
    pub wrong_ways: u64,
    /// How both engines compare, where that was asked for and both ran.
    pub comparison: Option<Comparison>,
}

/// Two engines' answers to the same calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Lanes that ended on both, of all steps.
    pub compared: u64,
    /// Those that differ.
    pub differ: u64,
    /// The first of those.
    pub first: Vec<Difference>,
    /// How long the CPU took, in milliseconds.
    pub cpu_milliseconds: f64,
    /// How long the GPU took.
    pub gpu_milliseconds: f64,
}

/// A lane that ended differently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The step, counted from 0.
    pub step: usize,
    /// The lane.
    pub lane: usize,
    /// On the GPU.
    pub gpu: Side,
    /// On the CPU.
    pub cpu: Side,
}

/// How a lane ended on one engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// The status' code.
    pub status: u8,
    /// Gas used.
    pub gas: String,
    /// The digest's leaf, as hex.
    pub digest: String,
}
