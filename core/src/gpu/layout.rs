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
    /// Frames of a lane.
    pub frames: u32,
    /// Accounts of a lane.
    pub accounts: u32,
    /// Journal entries of a lane.
    pub journal: u32,
    /// A lane's accounts in its part of `overlay`.
    pub accounts_at: u32,
    /// A lane's journal there.
    pub journal_at: u32,
    /// Hash table of account numbers in `worlds`.
    pub account_table: u32,
    /// Its length, less one.
    pub account_mask: u32,
    /// Most probes it needs.
    pub account_probes: u32,
    /// The accounts in `worlds`.
    pub account_records: u32,
    /// Each world's base plus one in `worlds`.
    pub world_bases: u32,
    /// Worlds of the longest chain.
    pub world_chain: u32,
    /// The registry of codes in `queues`.
    pub registry: u32,
    /// Its length, less one.
    pub registry_mask: u32,
    /// Entries that the device may add.
    pub registry_room: u32,
    /// Room for decoded code made at run time in `code`.
    pub code_at: u32,
    /// Its words.
    pub code_room: u32,
    /// Room for the bytes of code made at run time in `memory`.
    pub raw_at: u32,
    /// Its words.
    pub raw_room: u32,
    /// The list of lanes that wait for the host, in `queues`.
    pub services: u32,
    /// Precompiles whose kernels are built, a bit each.
    pub precompiles: u32,
    /// What these kernels know, in `code`.
    pub precompile_tables: u32,
    /// Words between two lanes' call records in `inputs`; 0 where all share one.
    pub record_gap: u32,
    /// The template of the lanes' call data in `inputs`; 0 where there is none.
    pub template_at: u32,
    /// Where lanes are observed: a lane's marks in its part of `overlay`.
    pub cover_at: u32,
    /// Their words.
    pub cover_words: u32,
    /// Not zero where lanes may go ways, and are queued behind those.
    pub ways: u32,
}

/// What a lane may use before it has to go to the next tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Frames, the first among them.
    pub frames: u32,
    /// Stack items of all frames.
    pub stack_items: u32,
    /// Memory of all frames, in words of 32 bytes.
    pub memory_words: u32,
    /// Storage slots.
    pub slots: u32,
    /// Log words, of four bytes.
    pub log_words: u32,
    /// Accounts.
    pub accounts: u32,
    /// Journal entries, of two words.
    pub journal: u32,
}

/// The tiers, smallest first. The first holds a call like a token's transfer in at most 6 KiB and most short calls of real
/// contracts; the second what nine in ten of Ethereum's state tests need, the third what all but one in a hundred do; the
/// last holds the EVM's deepest calls and 1 MiB of memory. Past it the CPU engine answers.
pub const TIERS: [Tier; 4] = [
    Tier { frames: 4, stack_items: 40, memory_words: 48, slots: 8, log_words: 48, accounts: 6, journal: 72 },
    Tier { frames: 8, stack_items: 160, memory_words: 160, slots: 36, log_words: 512, accounts: 24, journal: 384 },
    Tier { frames: 16, stack_items: 512, memory_words: 512, slots: 64, log_words: 2048, accounts: 48, journal: 1024 },
    Tier {
        frames: 1025,
        stack_items: 16384,
        memory_words: 33024,
        slots: 1024,
        log_words: 65536,
        accounts: 1024,
        journal: 65536,
    },
];

/// The tier of lanes that carry storage from batch to batch. A lane comes to have more slots than one call touches, and goes
/// nowhere else without leaving the device.
pub const KEPT_TIER: Tier =
    Tier { frames: 6, stack_items: 64, memory_words: 64, slots: 32, log_words: 96, accounts: 12, journal: 144 };
