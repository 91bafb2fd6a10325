//! Calls of a batch varied: the same code in the same world, with other data, gas, value, caller and block. What a way holds
//! for is found out by lanes that are almost like the one it was made of.

use lanevm_core::{Address, Batch, CallData, Column, U256};

use super::dice::Dice;

fn other_data(dice: &mut Dice, data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    match dice.below(6) {
        0 => data.truncate(dice.below(data.len() as u32 + 1) as usize),
        1 => data.extend((0..dice.below(40)).map(|_| dice.bits() as u8)),
        2 if !data.is_empty() => {
            let at = dice.below(data.len() as u32) as usize;
            data[at] = data[at].wrapping_add(1);
        }
        _ => {
            // A word where an argument, or a word of code that knows no interface, may stand.
            let start = dice.pick(&[0, 4]) + 32 * dice.below((data.len() as u32 / 32).max(1)) as usize;
            let word = if dice.once_in(2) { U256::from(dice.below(20)) } else { dice.interesting() };
            data.resize(data.len().max(start + 32), 0);
            data[start..start + 32].copy_from_slice(&word.to_be_bytes::<32>());
        }
    }
    data
}

/// Each call of a batch `times` times: once as it is, then varied.
pub fn varied(batch: &Batch, times: usize, seed: u64) -> Batch {
    let rows: Vec<usize> = (0..batch.len()).flat_map(|row| std::iter::repeat_n(row, times)).collect();
    let mut batch = Batch { calls: batch.calls.select(&rows), ..batch.clone() };
    let mut data = CallData::default();
    let (mut gas, mut value, mut caller, mut block) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let callers = [Address::ZERO, Address::repeat_byte(0xc0), Address::repeat_byte(0xca), Address::with_last_byte(9)];
    for row in 0..batch.len() {
        let mut dice = Dice::new(seed ^ 0x7a71, row as u32);
        let call = batch.call(row);
        let same = row % times == 0;
        let bytes = call.data.bytes();
        if same || dice.once_in(4) {
            data.push(&bytes);
        } else {
            data.push(&other_data(&mut dice, &bytes));
        }
        let less = u64::from(dice.below(3000));
        gas.push(if same || !dice.once_in(6) { call.gas } else { call.gas.saturating_sub(less) });
        value.push(if same || !dice.once_in(6) { call.value } else { U256::from(dice.below(3)) });
        caller.push(if same || !dice.once_in(6) { call.caller } else { dice.pick(&callers) });
        let blocks = batch.blocks.len() as u32;
        block.push(if same || !dice.once_in(4) { *batch.calls.block.get(row) } else { dice.below(blocks) });
    }
    batch.calls.data = data;
    batch.calls.gas = Column::Each(gas);
    batch.calls.value = Column::Each(value);
    batch.calls.caller = Column::Each(caller);
    batch.calls.block = Column::Each(block);
    batch
}
