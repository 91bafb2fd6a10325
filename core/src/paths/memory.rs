//! Memory, call data and return data of a frame that is gone through value by value: for each byte the value it is part of.
//! It charges no gas.

use alloy_primitives::U256;

use super::{
    form::Form,
    ssa::{Binary, V},
};

/// A byte: of this value, so many bytes from its most significant one.
pub(super) type Cell = (V, u8);

/// The cells of a word.
pub(super) fn cells(v: V) -> impl Iterator<Item = Cell> {
    (0..32).map(move |at| (v, at))
}

/// Bits of the bytes `from..from + count` of a word.
fn mask(from: usize, count: usize) -> U256 {
    let low = (32 - from - count) * 8;
    let all = if count == 32 { U256::MAX } else { (U256::ONE << (count * 8)) - U256::ONE };
    all << low
}

/// The word that at most 32 cells are, filled up with zeros behind.
pub(super) fn joined(form: &mut Form, cells: &[Cell]) -> V {
    let mut parts = Vec::new();
    let mut known = U256::ZERO;
    let mut at = 0;
    while at < cells.len() {
        let (v, from) = cells[at];
        let mut count = 1;
        while at + count < cells.len() && cells[at + count] == (v, from + count as u8) {
            count += 1;
        }
        if count == 32 {
            return v;
        }
        let from = usize::from(from);
        if let Some(value) = form.constant(form.resolve(v)) {
            let part = value & mask(from, count);
            known |= if at >= from { part >> (8 * (at - from)) } else { part << (8 * (from - at)) };
        } else {
            parts.push(part(form, v, from, count, at));
        }
        at += count;
    }
    let mut word = form.number(known);
    for part in parts {
        word = form.binary(Binary::Or, part, word);
    }
    word
}

/// Bytes `from..from + count` of a value, moved to byte `to` of a word that is zero elsewhere.
fn part(form: &mut Form, v: V, from: usize, count: usize, to: usize) -> V {
    // What a shift drops need not be masked.
    let alone = if to >= from { from == 0 && to + count == 32 } else { to == 0 && from + count == 32 };
    let kept = if alone {
        v
    } else {
        let mask = form.number(mask(from, count));
        form.binary(Binary::And, v, mask)
    };
    let by = form.small(8 * to.abs_diff(from) as u64);
    form.binary(if to >= from { Binary::Shr } else { Binary::Shl }, by, kept)
}

/// Words of cells, the last filled up with zeros.
pub(super) fn words(form: &mut Form, cells: &[Cell]) -> Vec<V> {
    cells.chunks(32).map(|chunk| joined(form, chunk)).collect()
}

/// Constant bytes as cells.
pub(super) fn constant(form: &mut Form, bytes: &[u8]) -> Vec<Cell> {
    let mut all = Vec::with_capacity(bytes.len());
    for chunk in bytes.chunks(32) {
        let mut word = [0; 32];
        word[..chunk.len()].copy_from_slice(chunk);
        let v = form.number(U256::from_be_bytes(word));
        all.extend(cells(v).take(chunk.len()));
    }
    all
}
