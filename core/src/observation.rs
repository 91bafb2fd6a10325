//! What can be noted of lanes while they run: the path each takes, and which blocks and branches of which program they come
//! to. It holds the definitions, which `docs/observation.md` explains; who notes is the engines'.

use std::collections::{BTreeMap, HashSet};

use alloy_primitives::B256;
use lanevm_shaders::layout::PATH_SEED;

use crate::{
    batch::{Batch, ProgramId},
    program::Program,
};

pub(crate) const JUMPI: u8 = 0x57;
pub(crate) const JUMPDEST: u8 = 0x5b;
const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

/// What a batch wants noted. Nothing unless asked: it costs time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observe {
    /// The hash of each lane's blocks: [`crate::Outcomes::path`].
    pub path: bool,
    /// Lanes by block and branch of each program: [`crate::Outcomes::coverage`].
    pub coverage: bool,
}

impl Observe {
    /// Whether anything is wanted.
    pub const fn any(self) -> bool {
        self.path || self.coverage
    }
}

/// `hash_mix` of `tables.wesl`.
const fn mix(hash: u32, word: u32) -> u32 {
    (hash ^ word).wrapping_mul(0x85eb_ca6b).rotate_left(13)
}

/// 32 bits that stand for a code in a path: its length, and the first, the middle and the last of its words of four bytes.
pub fn code_identity(code: &[u8]) -> u32 {
    let words = code.len().div_ceil(4);
    if words == 0 {
        return 0;
    }
    let word = |index: usize| {
        let mut bytes = [0; 4];
        let part = &code[index * 4..code.len().min(index * 4 + 4)];
        bytes[..part.len()].copy_from_slice(part);
        u32::from_be_bytes(bytes)
    };
    [code.len() as u32, word(0), word(words / 2), word(words - 1)].into_iter().fold(0, mix)
}

/// The hash of the blocks that a lane has entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path(pub u32);

impl Default for Path {
    fn default() -> Self {
        Self(PATH_SEED)
    }
}

impl Path {
    /// Enters a block of a code with this identity.
    pub const fn enter(&mut self, identity: u32, pc: u32) {
        self.0 = mix(mix(self.0, identity), pc);
    }
}

/// What a lane can have done at an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Deed {
    /// Entered the block that begins there.
    Entered = 0,
    /// Jumped from the JUMPI there.
    Jumped = 1,
    /// Fallen through the JUMPI there.
    Fell = 2,
}

impl Deed {
    /// Every deed, by number.
    pub const ALL: [Self; 3] = [Self::Entered, Self::Jumped, Self::Fell];
}

/// An instruction of a program at which something is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Where it stands. One past the code's end is the STOP that is implied there.
    pub pc: u32,
    /// Whether a block begins there.
    pub begins: bool,
    /// Whether it is a JUMPI.
    pub branches: bool,
}

/// The spots of a code, in its order. A block begins at 0, at each JUMPDEST and behind each JUMPI.
pub fn spots(code: &[u8]) -> Vec<Spot> {
    let mut spots = Vec::new();
    let mut begins = !code.is_empty();
    let mut pc = 0;
    while pc < code.len() {
        let op = code[pc];
        let branches = op == JUMPI;
        begins |= op == JUMPDEST;
        if begins || branches {
            spots.push(Spot { pc: pc as u32, begins, branches });
        }
        begins = branches;
        pc += 1 + if (PUSH1..=PUSH32).contains(&op) { usize::from(op - PUSH1) + 1 } else { 0 };
    }
    if begins {
        spots.push(Spot { pc: code.len() as u32, begins, branches: false });
    }
    spots
}

/// Lanes that entered a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it begins.
    pub pc: u32,
    /// Lanes that entered it at least once.
    pub lanes: u64,
}

/// Lanes that came to a JUMPI and got past it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Where it stands.
    pub pc: u32,
    /// Lanes that jumped at least once.
    pub jumped: u64,
    /// Lanes that fell through at least once.
    pub fell: u64,
}

/// Lanes by program, block and branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    lanes: BTreeMap<B256, BTreeMap<(u32, Deed), u64>>,
}

impl Coverage {
    /// Adds lanes that did something at an instruction of a program.
    pub fn add(&mut self, program: B256, pc: u32, deed: Deed, lanes: u64) {
        let count = self.lanes.entry(program).or_default().entry((pc, deed)).or_default();
        *count = count.saturating_add(lanes);
    }

    /// Adds what another part of the batch came to.
    pub fn merge(&mut self, other: &Self) {
        for (program, pc, deed, lanes) in other.counts() {
            self.add(program, pc, deed, lanes);
        }
    }

    /// All counts that are not zero: program (by hash), place, deed, lanes.
    pub fn counts(&self) -> impl Iterator<Item = (B256, u32, Deed, u64)> {
        self.lanes
            .iter()
            .flat_map(|(program, counts)| counts.iter().map(|(&(pc, deed), &lanes)| (*program, pc, deed, lanes)))
    }

    fn count(&self, program: &Program, pc: u32, deed: Deed) -> u64 {
        self.lanes.get(&program.hash()).and_then(|counts| counts.get(&(pc, deed))).copied().unwrap_or_default()
    }

    /// Every block of a program, in its order, those that no lane entered too.
    pub fn blocks(&self, program: &Program) -> Vec<Block> {
        let spots = spots(program.code()).into_iter().filter(|spot| spot.begins);
        spots.map(|Spot { pc, .. }| Block { pc, lanes: self.count(program, pc, Deed::Entered) }).collect()
    }

    /// Every JUMPI of a program, in its order, those that no lane came to too.
    pub fn branches(&self, program: &Program) -> Vec<Branch> {
        let spots = spots(program.code()).into_iter().filter(|spot| spot.branches);
        let side = |pc, deed| self.count(program, pc, deed);
        spots.map(|Spot { pc, .. }| Branch { pc, jumped: side(pc, Deed::Jumped), fell: side(pc, Deed::Fell) }).collect()
    }
}

/// The programs that are a call's own: those of its world's accounts, and the one that stands in for its target's code. What
/// a call does in any other code, one that it makes say, is in its path and not in its coverage.
#[derive(Debug, Default)]
pub(crate) struct OwnPrograms {
    of: Option<(u32, Option<ProgramId>)>,
    hashes: HashSet<B256>,
}

impl OwnPrograms {
    /// Turns to a call. Calls with the same programs mostly follow one another.
    pub(crate) fn turn_to(&mut self, batch: &Batch, index: usize) {
        let of = (*batch.calls.world.get(index), *batch.calls.code.get(index));
        if self.of == Some(of) {
            return;
        }
        self.of = Some(of);
        self.hashes.clear();
        let hash = |id: ProgramId| batch.programs[id as usize].hash();
        self.hashes.extend(of.1.map(hash));
        let mut at = Some(of.0);
        while let Some(id) = at {
            let world = &batch.worlds[id as usize];
            self.hashes.extend(world.accounts.values().filter_map(|account| account.code).map(hash));
            at = world.base;
        }
    }

    /// Whether the program with this hash is the call's own.
    pub(crate) fn has(&self, hash: &B256) -> bool {
        self.hashes.contains(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_begin_at_the_start_at_jumpdests_and_behind_branches() {
        // PUSH1 5b JUMPI JUMPI JUMPDEST JUMPI
        let found: Vec<_> = spots(&[0x60, 0x5b, 0x57, 0x57, 0x5b, 0x57])
            .into_iter()
            .map(|spot| (spot.pc, spot.begins, spot.branches))
            .collect();
        let expected =
            [(0, true, false), (2, false, true), (3, true, true), (4, true, false), (5, false, true), (6, true, false)];
        assert_eq!(found, expected);
        assert_eq!(spots(&[]), []);
    }

    #[test]
    fn identities_tell_length_and_ends() {
        assert_eq!(code_identity(&[]), 0);
        let all: Vec<u32> = [&[0u8][..], &[0, 0], &[1], &[0, 0, 0, 0, 1], &[0, 0, 0, 0, 2]].map(code_identity).to_vec();
        let distinct: HashSet<u32> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len());
        let (mut there, mut back) = (Path::default(), Path::default());
        there.enter(1, 2);
        there.enter(1, 3);
        back.enter(1, 3);
        back.enter(1, 2);
        assert_ne!(there, back, "order counts");
    }
}
