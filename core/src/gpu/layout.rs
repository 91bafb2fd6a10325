//! The structs that host and device share, byte for byte. Word numbers and records stand in [`lanevm_shaders::layout`].

use bytemuck::{Pod, Zeroable};

/// The uniform that every kernel reads: `Plan` in `bindings.wesl`, where the fields are explained. A test holds the two
/// together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Plan {
    /// Lanes of the shard.
    pub lanes: u32,
    /// Stack items of a lane.
    pub stack_items: u32,
    /// Memory of a lane, in words of 32 bytes.
    pub memory_words: u32,
    /// Storage slots of a lane.
    pub slots: u32,
    /// Log words of a lane, of four bytes.
    pub log_words: u32,
    /// First word of the lanes' part of `memory`.
    pub memory_base: u32,
    /// Steps of a lane in one dispatch.
    pub fuel: u32,
    /// Length of the worlds' storage table, less one.
    pub world_mask: u32,
    /// Its seed.
    pub world_seed: u32,
    /// Most probes it needs.
    pub world_probes: u32,
    /// Step limit, low limb.
    pub max_steps_lo: u32,
    /// Step limit, high limb.
    pub max_steps_hi: u32,
    /// Mixed into canaries.
    pub nonce: u32,
    /// Keccak's round constants in `code`.
    pub keccak_rounds: u32,
    /// First word the gather kernel copies of each lane.
    pub gather_from: u32,
    /// Words it copies of each lane.
    pub gather_words: u32,
    /// First scratch word in `lanes`.
    pub scratch: u32,
    /// Room to a multiple of 16 bytes.
    pub padding_0: u32,
    /// As above.
    pub padding_1: u32,
    /// As above.
    pub padding_2: u32,
}

/// Scratch words of a lane: keccak's state.
pub(crate) const SCRATCH_WORDS: u32 = 50;

/// What a lane may use before it has to go to the next tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Stack items.
    pub stack_items: u32,
    /// Memory, in words of 32 bytes.
    pub memory_words: u32,
    /// Storage slots.
    pub slots: u32,
    /// Log words, of four bytes.
    pub log_words: u32,
}

/// The tiers, smallest first. The first holds most calls of real contracts, the last the EVM's largest stack and 1 MiB of
/// memory; past it the CPU engine answers.
pub const TIERS: [Tier; 3] = [
    Tier { stack_items: 32, memory_words: 32, slots: 8, log_words: 64 },
    Tier { stack_items: 128, memory_words: 512, slots: 64, log_words: 2048 },
    Tier { stack_items: 1024, memory_words: 32768, slots: 1024, log_words: 65536 },
];
