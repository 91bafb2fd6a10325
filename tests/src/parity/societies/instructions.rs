//! What contracts do beside calls and creates: questions about accounts, slots, transient storage, return data, and what
//! costs nothing however far out it is.

use lanevm_core::{Address, Fork, U256};

use super::contract::{Body, far};
use crate::parity::programs::{offset, size};

impl Body<'_> {
    /// BALANCE, EXTCODESIZE, EXTCODEHASH or EXTCODECOPY of an account.
    pub(super) fn ask(&mut self, address: Address) {
        if self.dice().once_in(6) {
            let (len, start, to) = (size(self.dice()), offset(self.dice()), offset(self.dice()));
            self.out.push(len);
            self.out.push(start);
            self.out.push(to);
            self.push_address(address);
            self.out.op(0x3c);
            self.out.height -= 4;
            return;
        }
        self.push_address(address);
        let op = self.dice().pick(&[0x31, 0x3b, 0x3f]);
        self.out.op(op);
    }

    /// Loads and stores of a few slots, so that values come back to what they were.
    pub(super) fn slots(&mut self) {
        for _ in 0..1 + self.dice().below(3) {
            let slot = u64::from(self.dice().below(5));
            if self.dice().once_in(4) {
                self.out.number(slot);
                self.out.op(0x54);
                continue;
            }
            let value = self.dice().below(3);
            self.out.number(u64::from(value));
            self.out.number(slot);
            self.out.op(0x55);
            self.out.height -= 2;
        }
    }

    pub(super) fn transient(&mut self) {
        if self.fork() < Fork::Cancun && !self.dice().once_in(20) {
            return self.slots();
        }
        let slot = u64::from(self.dice().below(3));
        if self.dice().once_in(2) {
            self.out.number(slot);
            self.out.op(0x5c);
        } else {
            let value = self.dice().interesting();
            self.out.push(value);
            self.out.number(slot);
            self.out.op(0x5d);
            self.out.height -= 2;
        }
    }

    /// RETURNDATACOPY: all of it, its end, and past it.
    pub(super) fn returned(&mut self) {
        let at = u64::from(self.dice().below(100));
        let height = self.out.height;
        match self.dice().below(8) {
            // All.
            0..=3 => {
                self.out.ops(&[0x3d], height + 1);
                self.out.number(0);
            }
            // Nothing, at the end.
            4..=5 => {
                self.out.number(0);
                self.out.ops(&[0x3d], height + 2);
            }
            // Nothing, one past the end.
            6 if self.dice().once_in(3) => {
                self.out.ops(&[0x60, 0, 0x3d, 0x60, 1, 0x01], height + 2);
            }
            // One byte more than there is.
            7 if self.dice().once_in(4) => {
                self.out.ops(&[0x3d, 0x60, 1, 0x01], height + 1);
                self.out.number(0);
            }
            _ => {
                self.out.ops(&[0x3d], height + 1);
                return;
            }
        }
        self.out.number(at);
        self.out.ops(&[0x3e], height);
    }

    /// An instruction on no bytes of memory, far out: it costs nothing.
    pub(super) fn nothing_far_out(&mut self) {
        let there = far(self.dice());
        let from = if self.dice().once_in(2) { far(self.dice()) } else { U256::ZERO };
        let height = self.out.height;
        let op = self.dice().pick(&[0x20, 0x37, 0x39, 0x3c, 0x3e, 0x5e, 0xa0, 0xa1]);
        match op {
            0x20 => {
                self.out.number(0);
                self.out.push(there);
                self.out.ops(&[op], height + 1);
            }
            0xa0 | 0xa1 => {
                if op == 0xa1 {
                    self.out.number(1);
                }
                self.out.number(0);
                self.out.push(there);
                self.out.ops(&[op], height);
            }
            0x5e if self.fork() < Fork::Cancun => {}
            _ => {
                self.out.number(0);
                // RETURNDATACOPY does not forgive a far source.
                let far_source = self.dice().once_in(12);
                self.out.push(if op == 0x3e && !far_source { U256::ZERO } else { from });
                self.out.push(there);
                if op == 0x3c {
                    let address = self.somebody();
                    self.push_address(address);
                }
                self.out.ops(&[op], height);
            }
        }
    }

    /// ADDMOD and MULMOD with operands at or above the modulus.
    pub(super) fn modular(&mut self) {
        let height = self.out.height;
        let modulus = match self.dice().below(4) {
            0 => U256::from(1 + self.dice().below(5)),
            1 => U256::MAX - U256::from(self.dice().below(3)),
            _ => self.dice().interesting(),
        };
        self.out.push(modulus);
        for _ in 0..2 {
            let operand = match self.dice().below(3) {
                0 => modulus.wrapping_add(U256::from(self.dice().below(3))),
                1 => U256::MAX,
                _ => self.dice().interesting(),
            };
            self.out.push(operand);
        }
        let op = self.dice().pick(&[8, 8, 9]);
        self.out.ops(&[op], height + 1);
    }

    /// BLOCKHASH, BLOBHASH, SELFBALANCE, CLZ, MCOPY: what only some forks or lanes have.
    pub(super) fn surroundings(&mut self) {
        match self.dice().below(5) {
            0 => {
                let back = self.dice().below(300);
                let number = self.society.block.number.saturating_sub(U256::from(back));
                self.out.push(number);
                self.out.op(0x40);
            }
            1 if self.fork() >= Fork::Cancun => {
                let index =
                    if self.dice().once_in(4) { self.dice().interesting() } else { U256::from(self.dice().below(3)) };
                self.out.push(index);
                self.out.op(0x49);
            }
            2 if self.fork() >= Fork::Osaka => {
                let value = self.dice().interesting();
                self.out.push(value);
                self.out.op(0x1e);
            }
            3 if self.fork() >= Fork::Cancun => {
                let (len, from, to) = (self.dice().below(100), self.dice().below(80), self.dice().below(80));
                self.out.number(u64::from(len));
                self.out.number(u64::from(from));
                self.out.number(u64::from(to));
                self.out.op(0x5e);
                self.out.height -= 3;
            }
            _ => {
                self.out.op(0x47);
                self.out.height += 1;
            }
        }
    }

    pub(super) fn log(&mut self) {
        let topics = self.dice().below(5);
        for _ in 0..topics {
            let topic = self.dice().interesting();
            self.out.push(topic);
        }
        let (len, at) = (self.dice().below(70), self.dice().below(70));
        self.out.number(u64::from(len));
        self.out.number(u64::from(at));
        self.out.op(0xa0 + topics as u8);
        self.out.height -= 2 + topics;
    }
}
