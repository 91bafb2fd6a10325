//! Basic blocks: where they begin and end, where control goes from there as far as the code alone says, and what it can
//! come to. Jump targets are followed through the pushes, copies and swaps of one block, not further.

use std::collections::VecDeque;

use super::disassembly::{Facts, Row};

/// Where control goes at the end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// On to the next block.
    Next(u32),
    /// Jumps to a block.
    Jump(u32),
    /// Jumps to a block, or goes on to the next; there may be none behind it, and then the code ends as by STOP.
    Branch {
        /// The block jumped to.
        taken: u32,
        /// The block behind.
        next: Option<u32>,
    },
    /// Jumps to where the code alone does not say; a conditional jump may go on to the next block.
    Unknown {
        /// The block behind, for a conditional jump.
        next: Option<u32>,
    },
    /// Jumps to what is no JUMPDEST: the frame halts. A conditional jump may go on to the next block.
    Nowhere {
        /// The block behind, for a conditional jump.
        next: Option<u32>,
    },
    /// The frame ends: STOP, RETURN, REVERT, INVALID, SELFDESTRUCT, or a byte that is no instruction.
    Stop,
    /// The code ends, as by STOP.
    CodeEnd,
}

/// A basic block: instructions of which all run or none, but for a frame that halts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Offset of its first byte.
    pub start: u32,
    /// Its first row.
    pub first_row: u32,
    /// How many rows it has.
    pub rows: u32,
    /// Whether it begins with a JUMPDEST.
    pub jumpdest: bool,
    /// Static gas of all its instructions in the fork.
    pub gas: u64,
    /// Whether control can come here, as far as the code alone says.
    pub reached: bool,
    /// Where control goes from here.
    pub end: End,
}

impl Block {
    /// The blocks that control is known to go to.
    pub fn successors(&self) -> impl Iterator<Item = u32> {
        let (first, second) = match self.end {
            End::Next(next) => (Some(next), None),
            End::Jump(target) => (Some(target), None),
            End::Branch { taken, next } => (Some(taken), next),
            End::Unknown { next } | End::Nowhere { next } => (next, None),
            End::Stop | End::CodeEnd => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// What is found.
pub(super) struct Found {
    pub(super) blocks: Vec<Block>,
    /// In order.
    pub(super) targets: Vec<u32>,
    pub(super) data_from: u32,
}

const JUMP: u8 = 0x56;
const JUMPI: u8 = 0x57;
const JUMPDEST: u8 = 0x5b;

const fn ends_frame(byte: u8) -> bool {
    matches!(byte, 0x00 | 0xf3 | 0xfd | 0xfe | 0xff)
}

/// How many items of the stack are followed: DUP16 and SWAP16 reach no deeper than 17, and calls take seven on top.
const FOLLOWED: usize = 64;

/// What is known of a word on the stack: a constant under 2^32, or nothing.
type Word = Option<u32>;

/// The words that a block itself has put onto the stack, the top last.
#[derive(Default)]
struct Stack(Vec<Word>);

impl Stack {
    fn push(&mut self, word: Word) {
        if self.0.len() == 2 * FOLLOWED {
            // What lies that deep is forgotten; what is below a block's own words is unknown anyhow.
            self.0.drain(..FOLLOWED);
        }
        self.0.push(word);
    }

    fn pop(&mut self) -> Word {
        self.0.pop().flatten()
    }

    /// Makes the top `depth` words stand in the vector.
    fn deepen(&mut self, depth: usize) {
        while self.0.len() < depth {
            self.0.insert(0, None);
        }
    }

    fn step(&mut self, byte: u8, immediate: &[u8], lacking: bool, pops: u8, pushes: u8) {
        match byte {
            0x5f..=0x7f => {
                let digits = immediate.iter().skip_while(|byte| **byte == 0);
                let value = digits.clone().count();
                let word = (value <= 4 && !lacking)
                    .then(|| digits.fold(0u32, |word, byte| word.wrapping_shl(8) | u32::from(*byte)));
                self.push(word);
            }
            0x80..=0x8f => {
                let depth = usize::from(byte - 0x7f);
                self.deepen(depth);
                self.push(self.0[self.0.len() - depth]);
            }
            0x90..=0x9f => {
                let depth = usize::from(byte - 0x8f) + 1;
                self.deepen(depth);
                let top = self.0.len() - 1;
                self.0.swap(top, top + 1 - depth);
            }
            _ => {
                for _ in 0..pops {
                    self.pop();
                }
                for _ in 0..pushes {
                    self.push(None);
                }
            }
        }
    }
}

/// Finds all blocks, and writes each row's block into it.
pub(super) fn find(code: &[u8], facts: &Facts, rows: &mut [Row]) -> Found {
    let mut blocks = Vec::<Block>::new();
    let mut fresh = true;
    for (index, row) in rows.iter_mut().enumerate() {
        if fresh || row.byte == JUMPDEST {
            blocks.push(Block {
                start: row.pc,
                first_row: index as u32,
                rows: 0,
                jumpdest: row.byte == JUMPDEST,
                gas: 0,
                reached: false,
                end: End::CodeEnd,
            });
        }
        let last = blocks.len() - 1;
        row.block = last as u32;
        blocks[last].rows += 1;
        fresh = ends_frame(row.byte) || matches!(row.byte, JUMP | JUMPI) || facts.of(row.byte).is_none();
    }
    let mut targets = Vec::new();
    for number in 0..blocks.len() {
        let next = (number + 1 < blocks.len()).then_some(number as u32 + 1);
        let (gas, end) = follow(code, facts, rows, &blocks, number, next, &mut targets);
        blocks[number].gas = gas;
        blocks[number].end = end;
    }
    targets.sort_unstable();
    targets.dedup();
    let data_from = reach(&mut blocks, code.len() as u32);
    Found { blocks, targets, data_from }
}

/// Static gas of a block, and where it ends.
fn follow(
    code: &[u8],
    facts: &Facts,
    rows: &[Row],
    blocks: &[Block],
    number: usize,
    next: Option<u32>,
    targets: &mut Vec<u32>,
) -> (u64, End) {
    let block = &blocks[number];
    let own = &rows[block.first_row as usize..(block.first_row + block.rows) as usize];
    let mut stack = Stack::default();
    let mut gas = 0;
    let mut land = |target: Word, conditional: bool| {
        let behind = next.filter(|_| conditional);
        let Some(target) = target else { return End::Unknown { next: behind } };
        match blocks.binary_search_by_key(&target, |block| block.start) {
            // A JUMPDEST always begins a block.
            Ok(found) if blocks[found].jumpdest => {
                targets.push(target);
                if conditional { End::Branch { taken: found as u32, next } } else { End::Jump(found as u32) }
            }
            _ => End::Nowhere { next: behind },
        }
    };
    for row in own {
        let Some(instruction) = facts.of(row.byte) else { return (gas, End::Stop) };
        gas += u64::from(instruction.gas_in(facts.fork()));
        match row.byte {
            JUMP => return (gas, land(stack.pop(), false)),
            JUMPI => return (gas, land(stack.pop(), true)),
            byte if ends_frame(byte) => return (gas, End::Stop),
            byte => {
                let start = row.pc as usize + 1;
                let end = start + usize::from(instruction.immediate);
                let immediate = code.get(start..end.min(code.len())).unwrap_or_default();
                stack.step(byte, immediate, end > code.len(), instruction.pops, instruction.pushes);
            }
        }
    }
    (gas, next.map_or(End::CodeEnd, End::Next))
}

/// Marks blocks that control can come to; the answer is the offset behind the last of them.
fn reach(blocks: &mut [Block], length: u32) -> u32 {
    let mut waiting = VecDeque::new();
    let mut unknown = false;
    let mark = |blocks: &mut [Block], number: u32, waiting: &mut VecDeque<u32>| {
        let block = &mut blocks[number as usize];
        if !std::mem::replace(&mut block.reached, true) {
            waiting.push_back(number);
        }
    };
    if !blocks.is_empty() {
        mark(blocks, 0, &mut waiting);
    }
    while let Some(number) = waiting.pop_front() {
        let block = blocks[number as usize];
        for successor in block.successors() {
            mark(blocks, successor, &mut waiting);
        }
        if matches!(block.end, End::Unknown { .. }) && !std::mem::replace(&mut unknown, true) {
            for number in 0..blocks.len() as u32 {
                if blocks[number as usize].jumpdest {
                    mark(blocks, number, &mut waiting);
                }
            }
        }
    }
    let last = blocks.iter().rposition(|block| block.reached);
    last.and_then(|last| blocks.get(last + 1)).map_or(length, |block| block.start)
}
