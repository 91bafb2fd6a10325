//! The code of those who do one thing. Everything random about them is drawn once, when they move in.

use lanevm_core::{Fork, U256};

use super::cast::Society;
use crate::parity::writer::Writer;

impl Society {
    /// Returns its call data; where their last byte is odd, reverts with them.
    pub(super) fn echo(&mut self) -> Vec<u8> {
        let mut out = Writer::default();
        // mem[0..size] = calldata; if calldata[31] & 1 { revert(0, size) } return(0, size)
        out.ops(&[0x36, 0x60, 0, 0x60, 0, 0x37, 0x60, 0, 0x35, 0x60, 1, 0x16], 1);
        let odd = out.push_label();
        out.ops(&[0x57, 0x36, 0x60, 0, 0xf3], 0);
        out.land(odd);
        out.ops(&[0x36, 0x60, 0, 0xfd], 0);
        out.finish()
    }

    /// SELFDESTRUCT for the address in the call data; for itself where they name none.
    pub(super) fn bomb(&mut self) -> Vec<u8> {
        let mut out = Writer::default();
        if self.dice.once_in(3) {
            // Something to lose.
            out.ops(&[0x42, 0x60, self.dice.below(5) as u8, 0x55], 0);
        }
        out.ops(&[0x60, 0, 0x35, 0x80], 2);
        let named = out.push_label();
        out.ops(&[0x57, 0x30, 0xff], 1);
        out.land(named);
        out.op(0xff);
        out.finish()
    }

    /// SSTORE after six gas.
    pub(super) fn miser(&mut self) -> Vec<u8> {
        vec![0x60, self.dice.below(3) as u8, 0x60, self.dice.below(5) as u8, 0x55, 0]
    }

    /// Creates, and returns what came of it: the address of each, and what there is of return data.
    pub(super) fn creator(&mut self, times: u32) -> Vec<u8> {
        let mut out = Writer::default();
        for time in 0..times {
            let two = self.dice.once_in(2);
            if two {
                out.number(u64::from(self.dice.below(3)));
            }
            out.number(0);
            out.number(0);
            out.number(u64::from(self.dice.once_in(4)));
            out.ops(&[if two { 0xf5 } else { 0xf0 }], 1);
            out.number(u64::from(time) * 32);
            out.ops(&[0x52], 0);
        }
        out.number(u64::from(times) * 32);
        out.ops(&[0x60, 0, 0xf3], 0);
        out.finish()
    }

    /// Clears slot 0, then calls itself to put the value back: the inner frame's refund counter goes below zero.
    pub(super) fn wavering(&mut self, value: U256) -> Vec<u8> {
        let mut out = Writer::default();
        out.ops(&[0x33, 0x30, 0x14], 1);
        let inner = out.push_label();
        out.ops(&[0x57, 0x60, 0, 0x60, 0, 0x55, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x30, 0x5a, 0xf1], 1);
        if self.dice.once_in(2) {
            out.ops(&[0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3], 0);
        } else {
            out.ops(&[0x60, 0, 0x60, 0, 0x55, 0], 0);
        }
        out.land(inner);
        out.push(value);
        out.ops(&[0x60, 0, 0x55], 0);
        if self.dice.once_in(2) {
            // Below zero, and something after it.
            out.ops(&[0x5a, 0x60, 0, 0x52, 0x60, 32, 0x60, 0], 2);
            out.op(if self.dice.once_in(2) { 0xf3 } else { 0xfd });
        }
        out.finish()
    }

    /// Clears slots that are set.
    pub(super) fn cleaner(&mut self, slots: u32) -> Vec<u8> {
        (0..slots).flat_map(|slot| [0x60, 0, 0x60, slot as u8, 0x55]).collect()
    }

    /// Calls itself until it is refused or a counter is spent, and at the bottom tries to create.
    pub(super) fn well(&mut self) -> Vec<u8> {
        let mut out = Writer::default();
        let op = self.dice.pick(&[0xf1, 0xf1, 0xf2, 0xf4, 0xfa]);
        let counts = self.dice.once_in(2);
        let mut bottom = None;
        let input = if counts {
            // n = calldata[0..32]; if n == 0 goto bottom; mem[0..32] = n - 1
            out.ops(&[0x60, 0, 0x35, 0x80, 0x15], 2);
            bottom = Some(out.push_label());
            out.ops(&[0x57, 0x60, 1, 0x90, 0x03, 0x60, 0, 0x52], 0);
            32
        } else {
            if op != 0xfa && self.dice.once_in(3) {
                // A counter in storage: slot 0 says how many frames there were.
                out.ops(&[0x60, 1, 0x60, 0, 0x54, 0x01, 0x60, 0, 0x55], 0);
            }
            0
        };
        out.ops(&[0x60, 0, 0x60, 0, 0x60, input, 0x60, 0], 4);
        if matches!(op, 0xf1 | 0xf2) {
            out.number(0);
        }
        out.ops(&[0x30, 0x5a, op], 1);
        let back = out.push_label();
        out.op(0x57);
        if let Some(bottom) = bottom {
            out.land(bottom);
        }
        let create: &[u8] = if self.dice.once_in(2) {
            &[0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0xf5]
        } else {
            &[0x60, 0, 0x60, 0, 0x60, 0, 0xf0]
        };
        if op != 0xfa || self.dice.once_in(4) {
            out.ops(create, 1);
        }
        out.land(back);
        if self.dice.once_in(2) {
            out.ops(&[0x5a, 0x60, 0, 0x52, 0x60, 32, 0x60, 0], 2);
            out.op(if self.dice.once_in(4) { 0xfd } else { 0xf3 });
        }
        out.finish()
    }

    /// Code in which several faults hold at once where it is called with little gas, or statically.
    pub(super) fn faulty(&mut self) -> Vec<u8> {
        let far = [vec![0x7f, 0x80], vec![0; 31]].concat();
        let transient = if self.fork >= Fork::Cancun { 0x5d } else { 0x55 };
        match self.dice.below(12) {
            // No operands: for a static frame a violation too, with little gas out of it besides.
            0 => vec![0x55],
            1 => vec![0x20],
            2 => vec![0xff],
            3 => vec![self.dice.pick(&[0xa0, 0xa2, 0xf0, 0xf5, 0xf1, 0xf2, 0xf4])],
            4 => vec![transient],
            // A jump to nowhere, with no gas for it.
            5 => vec![0x60, 3, 0x56],
            // RETURNDATACOPY past the end, and further than gas goes.
            6 => [far.clone(), vec![0x60, 1], far, vec![0x3e]].concat(),
            // Value in a static call, with memory far out.
            7 => [vec![0x60, 1], far, vec![0x60, 0, 0x60, 0, 0x60, 1, 0x30, 0x5a, 0xf1]].concat(),
            // A create that costs too much, cannot be paid and is too long.
            8 => [vec![0x64, 1, 0, 0, 0, 0, 0x60, 0], far, vec![0xf0]].concat(),
            // A log far out.
            9 => [vec![0x60, 1], far, vec![0xa0]].concat(),
            // A byte that is no instruction, with nothing left.
            10 => vec![0x0c],
            // A store with the operands, and maybe without the gas.
            _ => vec![0x60, 1, 0x60, 0, 0x55],
        }
    }
}
