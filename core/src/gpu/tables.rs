//! What every shard of a batch reads: decoded code, fork facts, blocks, worlds; and the host's part of the buffer
//! `memory`. Built once per batch.

use std::collections::HashMap;

use lanevm_shaders::{
    Fork,
    layout::{
        BLOCK_BASEFEE, BLOCK_BLOBBASEFEE, BLOCK_CHAINID, BLOCK_COINBASE, BLOCK_GASLIMIT, BLOCK_NUMBER,
        BLOCK_PREVRANDAO, BLOCK_TIMESTAMP, BLOCK_WORDS,
    },
};

use super::{
    decode::{big_endian_words, decode, fork_facts, fork_parameters, keccak_rounds},
    worlds::{WorldBuilder, WorldTable},
};
use crate::{Batch, BlockEnv, U256, cpu};

/// Where a program stands in the buffers `code` and `memory`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProgramPlace {
    pub(crate) code: u32,
    pub(crate) len: u32,
    pub(crate) raw: u32,
    pub(crate) pool: u32,
}

/// Where a fork stands in the buffer `code`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForkPlace {
    pub(crate) facts: u32,
    pub(crate) parameters: u32,
}

/// The tables of a batch.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// The buffer `code`.
    pub(crate) code: Vec<u32>,
    /// The host's part of the buffer `memory`, as far as it is the same for all shards.
    pub(crate) host: Vec<u32>,
    /// The worlds' storage.
    pub(crate) worlds: WorldTable,
    /// First word of keccak's round constants.
    pub(crate) keccak_rounds: u32,
    pub(crate) builder: WorldBuilder,
    programs: HashMap<u32, ProgramPlace>,
    forks: HashMap<Fork, ForkPlace>,
    blocks: HashMap<(u32, Fork), u32>,
    empty: Option<ProgramPlace>,
}

fn push_word(words: &mut Vec<u32>, value: U256) {
    words.extend(big_endian_words(&value.to_be_bytes::<32>()));
}

fn block_words(block: &BlockEnv, fork: Fork) -> Vec<u32> {
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
    let mut words = Vec::new();
    for value in values {
        push_word(&mut words, value);
    }
    words
}

impl Tables {
    pub(crate) fn new() -> Self {
        let mut tables = Self::default();
        tables.keccak_rounds = tables.code.len() as u32;
        tables.code.extend(keccak_rounds());
        tables
    }

    fn place(&mut self, code: &[u8]) -> ProgramPlace {
        let decoded = decode(code);
        let place =
            ProgramPlace { code: self.code.len() as u32, len: code.len() as u32, raw: self.host.len() as u32, pool: 0 };
        self.code.extend(decoded.words);
        self.host.extend(big_endian_words(code));
        let place = ProgramPlace { pool: self.host.len() as u32, ..place };
        self.host.extend(decoded.pool);
        place
    }

    /// The place of a program, `None` for no code.
    pub(crate) fn program(&mut self, batch: &Batch, program: Option<u32>) -> ProgramPlace {
        let Some(id) = program else {
            if let Some(place) = self.empty {
                return place;
            }
            let place = self.place(&[]);
            self.empty = Some(place);
            return place;
        };
        if let Some(place) = self.programs.get(&id) {
            return *place;
        }
        let place = self.place(batch.programs[id as usize].code());
        self.programs.insert(id, place);
        place
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
        let block = &batch.blocks[index as usize];
        if let Some(place) = self.blocks.get(&(index, fork)) {
            return *place;
        }
        let place = self.host.len() as u32;
        self.host.extend(block_words(block, fork));
        self.blocks.insert((index, fork), place);
        place
    }

    /// Ends collecting: builds the worlds' table.
    pub(crate) fn finish(&mut self, seed: u32) {
        self.worlds = self.builder.build(seed);
    }

    /// Bytes of the largest buffer so far, with the worlds' table at twice its entries.
    pub(crate) fn largest(&self) -> u64 {
        let worlds = self.builder.len() as u64 * 4 * 17 * 4;
        (self.code.len() as u64 * 4).max(self.host.len() as u64 * 4).max(worlds)
    }
}
