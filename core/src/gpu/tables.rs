//! What shards of a batch read: decoded code, fork facts, blocks, worlds; and the host's part of the buffer `memory`. They
//! grow call by call and serve as many shards as they fit.

use std::collections::{HashMap, HashSet};

use alloy_primitives::KECCAK256_EMPTY;
use lanevm_shaders::{
    Fork,
    facts::{self, Family},
    layout::{
        BLOCK_BASEFEE, BLOCK_BLOBBASEFEE, BLOCK_CHAINID, BLOCK_COINBASE, BLOCK_GASLIMIT, BLOCK_HASHES, BLOCK_NUMBER,
        BLOCK_PREVRANDAO, BLOCK_TIMESTAMP, BLOCK_WORDS, QUEUES,
    },
};

use super::{
    codes::{CodePlace, Codes, Registry},
    decode::{big_endian_words, fork_facts, fork_parameters, keccak_rounds},
    precompiles,
    worlds::WorldBuilder,
};
use crate::{
    B256, Batch, BlockEnv, BlockHashes, Program, ProgramId, U256, cpu,
    observation::{Deed, spots},
};

/// So many worlds are kept from shard to shard.
const FEW_WORLDS: usize = 64;

/// What a lane's mark says: the program by hash, the place of the instruction, what was done there.
pub(crate) type Mark = (B256, u32, Deed);

/// Where a fork stands in the buffer `code`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForkPlace {
    pub(crate) facts: u32,
    pub(crate) parameters: u32,
}

/// The tables of a batch's calls.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// The buffer `code`, but for what is made at run time.
    pub(crate) code: Vec<u32>,
    /// The host's part of the buffer `memory`, as far as it is the same for all shards.
    pub(crate) host: Vec<u32>,
    /// First word of keccak's round constants.
    pub(crate) keccak_rounds: u32,
    /// First word of what the kernels of precompiles know.
    pub(crate) precompiles: u32,
    pub(crate) worlds: WorldBuilder,
    codes: Codes,
    programs: HashMap<ProgramId, CodePlace>,
    forks: HashMap<Fork, ForkPlace>,
    blocks: HashMap<(u32, Fork), u32>,
    hashes: HashMap<Vec<u32>, u32>,
    /// Whether a call itself creates.
    creates: bool,
    /// Whether lanes are observed: then the step kernel runs each instruction by itself, and marks may stand above it.
    observes: bool,
    /// Whether programs get marks, by which lanes note where they have been.
    covers: bool,
    /// What each mark says: program (by hash), place, deed.
    marks: Vec<Mark>,
    marked: HashSet<B256>,
}

fn push_word(words: &mut Vec<u32>, value: U256) {
    words.extend(big_endian_words(&value.to_be_bytes::<32>()));
}

fn block_words(block: &BlockEnv, fork: Fork, hashes: u32) -> Vec<u32> {
    let mut values = [U256::ZERO; BLOCK_WORDS as usize];
    values[BLOCK_COINBASE as usize] = U256::from_be_slice(block.coinbase.as_slice());
    values[BLOCK_TIMESTAMP as usize] = block.timestamp;
    values[BLOCK_NUMBER as usize] = block.number;
    values[BLOCK_PREVRANDAO as usize] =
        if fork >= Fork::Paris { U256::from_be_bytes(block.prev_randao.0) } else { block.difficulty };
    values[BLOCK_GASLIMIT as usize] = U256::from(block.gas_limit);
    values[BLOCK_CHAINID as usize] = U256::from(block.chain_id);
    values[BLOCK_BASEFEE as usize] = U256::from(block.base_fee);
    values[BLOCK_BLOBBASEFEE as usize] = U256::from(cpu::block_blob_base_fee(fork, block).unwrap_or_default());
    values[BLOCK_HASHES as usize] = U256::from(hashes);
    let mut words = Vec::new();
    for value in values {
        push_word(&mut words, value);
    }
    words
}

/// The hashes of the 256 blocks before a block, oldest first, eight words each; nothing where all are zero.
fn block_hashes(block: &BlockEnv) -> Vec<u32> {
    let mut words = Vec::new();
    if matches!(&block.hashes, BlockHashes::Listed(hashes) if hashes.is_empty()) {
        return words;
    }
    for back in (1..=256u64).rev() {
        words.extend(big_endian_words(&block.hash_before(back).0));
    }
    words
}

impl Tables {
    pub(crate) fn new() -> Self {
        let mut tables = Self::default();
        // Word 0 of `code` is a STOP: where no code begins and ends.
        tables.code.push(0);
        tables.keccak_rounds = tables.code.len() as u32;
        tables.code.extend(keccak_rounds());
        tables.precompiles = tables.code.len() as u32;
        tables.code.extend(precompiles::tables());
        // Word 0 of `memory` is nothing's place: a zero says that there is none.
        tables.host.push(0);
        tables
    }

    /// The place of a program of the batch; no code is a program of no bytes.
    pub(crate) fn program(&mut self, batch: &Batch, program: Option<ProgramId>) -> CodePlace {
        let Some(id) = program else { return self.code(KECCAK256_EMPTY, &[]) };
        if let Some(place) = self.programs.get(&id) {
            return *place;
        }
        let program = &batch.programs[id as usize];
        let place = self.code(program.hash(), program.code());
        self.programs.insert(id, place);
        if self.covers && self.marked.insert(program.hash()) {
            self.mark(program, place);
        }
        place
    }

    /// Gives marks to the spots of a program: the number of a spot's first, plus one, stands above its instruction.
    fn mark(&mut self, program: &Program, place: CodePlace) {
        for spot in spots(program.code()) {
            let first = self.marks.len() as u32;
            let deeds = if spot.branches { &Deed::ALL[..] } else { &Deed::ALL[..1] };
            self.marks.extend(deeds.iter().map(|deed| (program.hash(), spot.pc, *deed)));
            self.code[(place.code + spot.pc) as usize] |= (first + 1) << 8;
        }
    }

    /// What the marks say, by number.
    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Words of a lane's marks.
    pub(crate) fn mark_words(&self) -> u32 {
        self.marks.len().div_ceil(32) as u32
    }

    /// The place of the code with a hash, where any lane has brought it.
    pub(crate) fn place_of(&self, hash: &B256) -> Option<CodePlace> {
        self.codes.place_of(hash)
    }

    /// The place of a fork's rules, where any lane has them.
    pub(crate) fn fork_place(&self, fork: Fork) -> Option<ForkPlace> {
        self.forks.get(&fork).copied()
    }

    /// The place of any bytes.
    pub(crate) fn code(&mut self, hash: B256, bytes: &[u8]) -> CodePlace {
        self.codes.place(hash, bytes, !self.observes, &mut self.code, &mut self.host)
    }

    /// Adds a call's world, with its bases and the programs of their accounts. False where its chain is too long.
    pub(crate) fn world(&mut self, batch: &Batch, world: u32) -> bool {
        let mut programs = Vec::new();
        let added = self.worlds.add(batch, world, |program| programs.push(program));
        for program in programs {
            self.program(batch, Some(program));
        }
        added.is_some()
    }

    /// Tables for calls of a batch.
    pub(crate) fn of(batch: &Batch) -> Self {
        Self { observes: batch.observe.any(), covers: batch.observe.coverage, ..Self::new() }
    }

    /// Forgets the worlds of the shard before, where they are many: a shard carries what its own lanes look at. Marks take
    /// room in each lane, so that programs are forgotten with them.
    pub(crate) fn begin_shard(&mut self) {
        if self.covers {
            *self = Self { observes: true, covers: true, ..Self::new() };
        } else if self.worlds.worlds() > FEW_WORLDS {
            self.worlds = WorldBuilder::default();
        }
    }

    /// A call of the batch creates a contract.
    pub(crate) const fn creates(&mut self) {
        self.creates = true;
    }

    /// Whether lanes can make code.
    pub(crate) fn makes_code(&self) -> bool {
        self.creates || self.codes.uses(0xf0) || self.codes.uses(0xf5)
    }

    /// Which queues lanes can come to stand in. Memory grows anywhere; code made at run time can do anything.
    pub(crate) fn families(&self) -> [bool; QUEUES as usize] {
        let mut families = [self.makes_code(); QUEUES as usize];
        for op in facts::INSTRUCTIONS.iter().filter(|op| self.codes.uses(op.byte)) {
            if let Some(family) = families.get_mut(op.family as usize) {
                *family = true;
            }
        }
        families[Family::Light as usize] = true;
        families[Family::Copy as usize] = true;
        families[Family::Ending as usize] |= families[Family::Call as usize];
        families
    }

    /// The registry with room for codes made at run time.
    pub(crate) fn registry(&self, room: u32) -> Registry {
        self.codes.registry(room)
    }

    /// How many codes the host knows.
    pub(crate) fn codes(&self) -> usize {
        self.codes.len()
    }

    /// The place of a fork's rules.
    pub(crate) fn fork(&mut self, fork: Fork) -> ForkPlace {
        if let Some(place) = self.forks.get(&fork) {
            return *place;
        }
        let facts = self.code.len() as u32;
        self.code.extend(fork_facts(fork));
        let parameters = self.code.len() as u32;
        self.code.extend(fork_parameters(fork));
        let place = ForkPlace { facts, parameters };
        self.forks.insert(fork, place);
        place
    }

    /// The place of a block's environment words.
    pub(crate) fn block(&mut self, batch: &Batch, index: u32, fork: Fork) -> u32 {
        if let Some(place) = self.blocks.get(&(index, fork)) {
            return *place;
        }
        let block = &batch.blocks[index as usize];
        let hashes = block_hashes(block);
        let hashes = if hashes.is_empty() {
            0
        } else if let Some(place) = self.hashes.get(&hashes) {
            *place
        } else {
            let place = self.host.len() as u32;
            self.host.extend(&hashes);
            self.hashes.insert(hashes, place);
            place
        };
        let place = self.host.len() as u32;
        self.host.extend(block_words(block, fork, hashes));
        self.blocks.insert((index, fork), place);
        place
    }
}
