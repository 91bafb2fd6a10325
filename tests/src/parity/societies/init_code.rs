//! Init code: what returns code, good and bad, and what does not.

use lanevm_core::U256;

use super::{
    cast::{Role, Society},
    contract::NO_LOOPS,
};
use crate::parity::{programs, writer::Writer};

/// Returns these bytes.
fn returning(mut out: Writer, bytes: Vec<u8>) -> Vec<u8> {
    let height = out.height;
    let size = bytes.len() as u64;
    out.number(size);
    out.push_behind(bytes);
    out.ops(&[0x60, 0, 0x39], height);
    out.number(size);
    out.number(0);
    out.op(0xf3);
    out.finish()
}

impl Society {
    /// Code to be deployed.
    fn deployed(&mut self) -> Vec<u8> {
        match self.dice.below(10) {
            // A counter in slot 0.
            0..=2 => vec![0x60, 1, 0x60, 0, 0x54, 0x01, 0x60, 0, 0x55, 0],
            3 => self.echo(),
            // Destroys itself for its caller, for itself, for the zero address.
            4 => vec![0x33, 0xff],
            5 => vec![0x30, 0xff],
            6 => vec![0x60, 0, 0xff],
            7 => vec![0],
            _ => {
                let mut out = Writer::default();
                for _ in 0..1 + self.dice.below(5) {
                    programs::statement(&mut self.dice, &mut out, NO_LOOPS);
                }
                out.finish()
            }
        }
    }

    /// Init code; `depth` creates stand around it.
    pub(super) fn init_code(&mut self, depth: u32) -> Vec<u8> {
        let mut out = Writer::default();
        match self.dice.below(30) {
            0..=10 => {
                let code = self.deployed();
                returning(out, code)
            }
            // Something done before it returns.
            11..=13 => {
                out.ops(&[0x60, 7, 0x60, 0, 0x55], 0);
                for _ in 0..self.dice.below(4) {
                    programs::statement(&mut self.dice, &mut out, NO_LOOPS);
                }
                let code = self.deployed();
                returning(out, code)
            }
            // EIP-3541.
            14 => returning(out, vec![0xef, 0, 1]),
            15 => returning(out, [vec![0xef, 1, 0], vec![0x11; 20]].concat()),
            // EIP-170: one byte too many, or just enough.
            16 => {
                out.number(24_576 + u64::from(self.dice.below(2)));
                out.ops(&[0x60, 0, 0xf3], 0);
                out.finish()
            }
            // Code that few can pay for.
            17 => {
                out.number(u64::from(self.dice.below(8000)));
                out.ops(&[0x60, 0, 0xf3], 0);
                out.finish()
            }
            18..=19 => {
                let word = self.dice.interesting();
                out.push(word);
                out.ops(&[0x60, 0, 0x52, 0x60, self.dice.below(50) as u8, 0x60, 0, 0xfd], 0);
                out.finish()
            }
            20 => vec![0xfe],
            21 => vec![0x60, 1, 0x64, 1, 0, 0, 0, 0, 0x52],
            22 => Vec::new(),
            23 => vec![0],
            // SELFDESTRUCT while it is made: for itself, its maker, nobody.
            24 => vec![0x30, 0xff],
            25 => vec![0x33, 0xff],
            26 => {
                out.address(self.address(Role::Absent(0)));
                out.op(0xff);
                out.finish()
            }
            27 if depth == 0 => {
                // A create in a create.
                let inner = self.init_code(depth + 1);
                let size = inner.len() as u64;
                out.number(size);
                out.push_behind(inner);
                out.ops(&[0x60, 0, 0x39], 0);
                out.number(size);
                out.ops(&[0x60, 0, 0x60, 0, 0xf0, 0x60, 0, 0x55], 0);
                let code = self.deployed();
                returning(out, code)
            }
            28 => {
                // A call of its maker, which has no data for it.
                out.ops(&[0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x33], 6);
                out.push(U256::from(self.dice.below(20_000)));
                out.ops(&[0xf1, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3], 0);
                out.finish()
            }
            _ => {
                for _ in 0..2 + self.dice.below(6) {
                    programs::statement(&mut self.dice, &mut out, NO_LOOPS);
                }
                out.finish()
            }
        }
    }
}
