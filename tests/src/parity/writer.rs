//! Bytecode being written: pushes, labels, data behind the code. It knows how high the stack is where the author says so,
//! and judges nothing.

use lanevm_core::{Address, U256};

/// Bytecode being written, with what is known of the stack's height.
#[derive(Clone, Debug, Default)]
pub(super) struct Writer {
    /// The bytes so far.
    pub(super) code: Vec<u8>,
    /// Items on the stack.
    pub(super) height: u32,
    /// Data that will stand behind the code, each with the place that names it.
    behind: Vec<(usize, Vec<u8>)>,
}

impl Writer {
    /// An instruction; the height is the caller's to keep.
    pub(super) fn op(&mut self, byte: u8) {
        self.code.push(byte);
    }

    /// Instructions that leave the height at `height`.
    pub(super) fn ops(&mut self, bytes: &[u8], height: u32) {
        self.code.extend_from_slice(bytes);
        self.height = height;
    }

    /// The shortest PUSH of a value, never PUSH0, which older forks lack.
    pub(super) fn push(&mut self, value: U256) {
        let bytes = value.to_be_bytes::<32>();
        let skip = (value.leading_zeros() / 8).min(31);
        self.code.push(0x5f + (32 - skip) as u8);
        self.code.extend_from_slice(&bytes[skip..]);
        self.height += 1;
    }

    /// PUSH of a number.
    pub(super) fn number(&mut self, value: u64) {
        self.push(U256::from(value));
    }

    /// PUSH20 of an address.
    pub(super) fn address(&mut self, address: Address) {
        self.code.push(0x73);
        self.code.extend_from_slice(address.as_slice());
        self.height += 1;
    }

    /// PUSH2 with the place to be filled in later.
    pub(super) fn push_label(&mut self) -> usize {
        self.code.extend_from_slice(&[0x61, 0, 0]);
        self.height += 1;
        self.code.len() - 2
    }

    /// Fills a label in.
    pub(super) fn fill(&mut self, at: usize, target: usize) {
        self.code[at..at + 2].copy_from_slice(&(target as u16).to_be_bytes());
    }

    /// A JUMPDEST here, which is where the label leads.
    pub(super) fn land(&mut self, label: usize) {
        let target = self.code.len();
        self.fill(label, target);
        self.op(0x5b);
    }

    /// PUSH2 of where these bytes will stand behind the code.
    pub(super) fn push_behind(&mut self, bytes: Vec<u8>) {
        let label = self.push_label();
        self.behind.push((label, bytes));
    }

    /// The code and what stands behind it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        for (label, bytes) in std::mem::take(&mut self.behind) {
            let target = self.code.len();
            self.fill(label, target);
            self.code.extend_from_slice(&bytes);
        }
        self.code
    }
}
