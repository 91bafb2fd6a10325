//! What a way's kernels cost to compile, estimated before they are made. It knows no text.

use super::super::{
    ssa::{Binary, Op, Ternary, Unary, Way},
    widths::{Width, Widths},
};

/// Most units of what one kernel must hold: a loop, or how a lane ended.
pub const MOST_UNITS: u64 = 16_000;

/// What a way costs to compile, were each heavy value computed at a place of its own.
pub fn units(way: &Way) -> u64 {
    let widths = Widths::of(way);
    let ops = way.ops.iter().zip(&widths.widths).map(|(op, width)| operation(op, *width)).fold(0, u64::saturating_add);
    ops.saturating_add(end(way))
}

/// What writing how a lane ended costs, and looking up accounts.
pub(super) fn end(way: &Way) -> u64 {
    let end = &way.end;
    let logs: u64 = end.logs.iter().map(|log| 8 + (log.topics.len() + log.data.len()) as u64 * 10).sum();
    end.output.len() as u64 * 10
        + end.slots.len() as u64 * 20
        + end.touched.len() as u64 * 12
        + logs
        + way.accounts.len() as u64 * 100
}

pub(super) fn operation(op: &Op, width: Width) -> u64 {
    let wide = u64::from(width == Width::Word);
    match op {
        Op::Constant(_) | Op::Variable(..) => 0,
        Op::Input(_) => 40,
        Op::Unary(Unary::Clz | Unary::ByteLength, _) => 30,
        Op::Unary(Unary::IsZero | Unary::Not, _) => 4,
        Op::Binary(Binary::And | Binary::Or | Binary::Xor | Binary::Eq, ..) => 4,
        Op::Binary(Binary::Mul, ..) => 10 + wide * 250,
        Op::Binary(Binary::Div | Binary::Mod | Binary::Sdiv | Binary::Smod, ..) => 10 + wide * 900,
        Op::Binary(Binary::Exp, ..) => 900,
        Op::Binary(Binary::Add | Binary::Sub | Binary::Lt | Binary::Gt | Binary::Slt | Binary::Sgt, ..) => {
            4 + wide * 40
        }
        Op::Binary(Binary::Shl | Binary::Shr | Binary::Sar | Binary::Byte | Binary::SignExtend, ..) => 40,
        Op::Ternary(Ternary::Select, ..) => 3,
        Op::Ternary(Ternary::SstoreGas, ..) => 30,
        Op::Ternary(Ternary::SstoreRefund, ..) => 60,
        Op::Ternary(Ternary::AddMod | Ternary::MulMod, ..) => 1_200,
        Op::Keccak(_, bytes) => (u64::from(*bytes) / 136 + 1) * 700,
        Op::Stored(..) => 250,
        Op::Looked(..) => 40,
    }
}
