//! Code as rows: one for each instruction, each byte that is none, and what a PUSH lacks. Rows are small and made in one
//! pass; what is shown of one is computed when it is asked for.

use alloy_primitives::Bytes;
use lanevm_shaders::{
    Fork,
    facts::{INSTRUCTIONS, Instruction},
};

use super::blocks::{self, Block};

/// Whether control can come to a row, as far as the code alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A path of known jumps leads here, or a jump whose target is not known could.
    Reached,
    /// No path does, and code that is reached stands behind it.
    Unreached,
    /// Behind everything that is reached: data, such as constants and the compiler's metadata.
    Data,
}

/// One instruction, or one byte that is none in the fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Offset of the instruction's byte.
    pub pc: u32,
    /// The block it belongs to, an index into [`Disassembly::blocks`].
    pub block: u32,
    /// The byte.
    pub byte: u8,
}

/// Code, taken apart under the rules of a fork.
#[derive(Clone, Debug)]
pub struct Disassembly {
    code: Bytes,
    facts: Facts,
    rows: Vec<Row>,
    blocks: Vec<Block>,
    /// Offsets of JUMPDESTs that a jump of known target leads to, in order.
    targets: Vec<u32>,
    data_from: u32,
}

/// The facts of a fork's instructions, by byte.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    fork: Fork,
    by_byte: [Option<&'static Instruction>; 256],
}

impl Facts {
    fn new(fork: Fork) -> Self {
        let mut by_byte = [None; 256];
        for instruction in INSTRUCTIONS.iter().filter(|instruction| instruction.since <= fork) {
            by_byte[usize::from(instruction.byte)] = Some(instruction);
        }
        Self { fork, by_byte }
    }

    pub(super) const fn fork(&self) -> Fork {
        self.fork
    }

    pub(super) fn of(&self, byte: u8) -> Option<&'static Instruction> {
        self.by_byte[usize::from(byte)]
    }
}

impl Disassembly {
    /// Takes code apart. The time is linear in its length.
    pub fn new(code: impl Into<Bytes>, fork: Fork) -> Self {
        let code = code.into();
        let facts = Facts::new(fork);
        let mut rows = Vec::new();
        let mut pc = 0;
        while let Some(&byte) = code.get(pc) {
            rows.push(Row { pc: pc as u32, block: 0, byte });
            pc += 1 + facts.of(byte).map_or(0, |instruction| usize::from(instruction.immediate));
        }
        let found = blocks::find(&code, &facts, &mut rows);
        Self { code, facts, rows, blocks: found.blocks, targets: found.targets, data_from: found.data_from }
    }

    /// The code.
    pub const fn code(&self) -> &Bytes {
        &self.code
    }

    /// The fork whose instructions these are.
    pub const fn fork(&self) -> Fork {
        self.facts.fork
    }

    /// All rows, in the order of the code.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// All basic blocks, in the order of the code.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The offset from which on nothing is reached: the code's length where its end is.
    pub const fn data_from(&self) -> u32 {
        self.data_from
    }

    /// The row that holds the byte at `pc`; `None` past the end.
    pub fn row_at(&self, pc: u32) -> Option<usize> {
        if pc as usize >= self.code.len() {
            return None;
        }
        self.rows.partition_point(|row| row.pc <= pc).checked_sub(1)
    }

    /// The row's instruction; `None` for a byte that the fork does not define.
    pub fn instruction(&self, row: &Row) -> Option<&'static Instruction> {
        self.facts.of(row.byte)
    }

    /// The mnemonic, or `0x..` for a byte that the fork does not define.
    pub fn name(&self, row: &Row) -> String {
        self.instruction(row).map_or_else(|| format!("0x{:02x}", row.byte), |instruction| instruction.name.to_owned())
    }

    /// The bytes of the immediate that the code has: fewer than the instruction takes where the code ends before.
    pub fn immediate(&self, row: &Row) -> &[u8] {
        let start = row.pc as usize + 1;
        let wanted = self.instruction(row).map_or(0, |instruction| usize::from(instruction.immediate));
        self.code.get(start..self.code.len().min(start + wanted)).unwrap_or_default()
    }

    /// How many bytes of the immediate the code lacks; the EVM reads zeros there.
    pub fn lacking(&self, row: &Row) -> usize {
        let wanted = self.instruction(row).map_or(0, |instruction| usize::from(instruction.immediate));
        wanted - self.immediate(row).len()
    }

    /// Static gas in the fork; `None` for a byte that it does not define.
    pub fn gas(&self, row: &Row) -> Option<u16> {
        self.instruction(row).map(|instruction| instruction.gas_in(self.facts.fork))
    }

    /// Whether a jump may lead here: the row is a JUMPDEST.
    pub const fn is_jumpdest(&self, row: &Row) -> bool {
        row.byte == 0x5b
    }

    /// Whether a jump whose target the code alone says leads here.
    pub fn is_known_target(&self, row: &Row) -> bool {
        self.has_target(row.pc)
    }

    /// Whether a JUMPDEST stands at this offset that a jump of known target leads to.
    pub(super) fn has_target(&self, pc: u32) -> bool {
        self.targets.binary_search(&pc).is_ok()
    }

    /// Whether control can come to the row.
    pub fn reach(&self, row: &Row) -> Reach {
        if row.pc >= self.data_from {
            Reach::Data
        } else if self.blocks[row.block as usize].reached {
            Reach::Reached
        } else {
            Reach::Unreached
        }
    }
}
