//! Random single-frame programs: mostly well-formed, with valid jumps, loops, storage, logs and odd gas, and now and then
//! not. What a program is depends on its seed and number alone.

use std::collections::BTreeMap;

use lanevm_core::{Account, Address, Batch, BlockEnv, CallData, Calls, Column, Fork, ForkColumn, Program, U256, World};

use super::{dice::Dice, writer::Writer};

/// An offset: mostly near, sometimes far, rarely absurd.
pub(super) fn offset(dice: &mut Dice) -> U256 {
    match dice.below(300) {
        0 => U256::from(1) << 40,
        1 => dice.word(),
        2 => U256::from(dice.below(40_000)),
        3..=20 => U256::from(dice.below(1500)),
        _ => U256::from(dice.below(160)),
    }
}

/// A size: mostly small, often zero, rarely absurd.
pub(super) fn size(dice: &mut Dice) -> U256 {
    match dice.below(200) {
        0 => dice.interesting(),
        1 => U256::from(dice.below(30_000)),
        2..=19 => U256::ZERO,
        20..=49 => U256::from(dice.below(400)),
        _ => U256::from(dice.below(70)),
    }
}

const BINARY: &[u8] =
    &[1, 2, 3, 4, 5, 6, 7, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d];
const UNARY: &[u8] = &[0x15, 0x19, 0x1e];
const READS: &[u8] = &[
    0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x4a, 0x58, 0x59,
    0x5a, 0x5f,
];
/// Instructions the device leaves to the CPU, with their operands and results.
const LEFT: &[(u8, u32, u32)] = &[(0x31, 1, 1), (0x3b, 1, 1), (0x3f, 1, 1), (0x40, 1, 1), (0x5c, 1, 1), (0x5d, 2, 0)];

/// One or more instructions that need no other account; `depth` is that of the loops and branches around them.
pub(super) fn statement(dice: &mut Dice, out: &mut Writer, depth: u32) {
    match dice.below(100) {
        0..=15 => {
            let value = dice.interesting();
            out.push(value);
        }
        16..=37 => {
            // Shift counts, byte numbers and exponents are seldom small by chance.
            let op = dice.pick(BINARY);
            if out.height < 1 || dice.once_in(2) {
                let value = dice.interesting();
                out.push(value);
            }
            if out.height < 2 || (matches!(op, 0x0b | 0x1a..=0x1d) && dice.once_in(2)) {
                let value = U256::from(dice.below(300));
                out.push(value);
            }
            out.op(op);
            out.height -= 1;
        }
        38..=41 => {
            if out.height < 1 {
                let value = dice.interesting();
                out.push(value);
            }
            out.op(dice.pick(UNARY));
        }
        42..=44 => {
            while out.height < 3 {
                let value = dice.interesting();
                out.push(value);
            }
            out.op(dice.pick(&[8, 9]));
            out.height -= 2;
        }
        45..=52 => {
            if out.height == 0 {
                let value = dice.interesting();
                out.push(value);
            }
            let reach = dice.below(out.height.min(16));
            if dice.once_in(2) || out.height < 2 {
                out.op(0x80 + reach as u8);
                out.height += 1;
            } else {
                out.op(0x90 + dice.below((out.height - 1).min(16)) as u8);
            }
        }
        53..=58 => {
            out.op(dice.pick(READS));
            out.height += 1;
        }
        59..=66 => {
            let value = dice.interesting();
            if out.height < 1 {
                out.push(value);
            }
            let at = offset(dice);
            out.push(at);
            out.op(dice.pick(&[0x52, 0x52, 0x53]));
            out.height -= 2;
        }
        67..=70 => {
            let at = offset(dice);
            out.push(at);
            out.op(dice.pick(&[0x51, 0x51, 0x35]));
        }
        71..=74 => {
            let (len, at) = (size(dice), offset(dice));
            out.push(len);
            out.push(at);
            out.op(0x20);
            out.height -= 1;
        }
        75..=81 => {
            let key = if dice.once_in(5) { dice.word() } else { U256::from(dice.below(5)) };
            if dice.once_in(3) {
                out.push(key);
                out.op(0x54);
            } else {
                let value = if dice.once_in(2) { U256::from(dice.below(3)) } else { dice.interesting() };
                out.push(value);
                out.push(key);
                out.op(0x55);
                out.height -= 2;
            }
        }
        82..=86 => {
            let op = dice.pick(&[0x37, 0x39, 0x5e, 0x5e, 0x3e]);
            let (len, start, to) = (size(dice), offset(dice), offset(dice));
            if op == 0x3e && !dice.once_in(6) {
                out.push(U256::ZERO);
                out.push(U256::ZERO);
            } else {
                out.push(len);
                out.push(start);
            }
            out.push(to);
            out.op(op);
            out.height -= 3;
        }
        87..=89 => {
            let topics = dice.below(5);
            for _ in 0..topics {
                let topic = dice.interesting();
                out.push(topic);
            }
            let (len, at) = (size(dice), offset(dice));
            out.push(len);
            out.push(at);
            out.op(0xa0 + topics as u8);
            out.height -= 2 + topics;
        }
        90..=93 if depth < 3 => {
            // A jump forward, over bytes that are skipped or not.
            let conditional = dice.once_in(2);
            if conditional {
                let condition = dice.interesting();
                out.push(condition);
            }
            let label = out.push_label();
            out.op(if conditional { 0x57 } else { 0x56 });
            out.height -= 1 + u32::from(conditional);
            let height = out.height;
            if conditional {
                for _ in 0..dice.below(3) {
                    statement(dice, out, depth + 1);
                }
                // Both ways must meet with the same height.
                while out.height > height {
                    out.op(0x50);
                    out.height -= 1;
                }
                while out.height < height {
                    out.push(U256::ZERO);
                }
            } else {
                for _ in 0..dice.below(6) {
                    let byte = dice.below(256) as u8;
                    out.op(if (0x60..=0x7f).contains(&byte) { 0x5b } else { byte });
                }
            }
            let target = out.code.len();
            out.op(0x5b);
            out.fill(label, target);
        }
        94..=95 if depth < 2 => {
            // A loop counted down to zero; its body leaves the stack as it found it.
            let turns = U256::from(1 + dice.below(12));
            out.push(turns);
            let start = out.code.len();
            out.op(0x5b);
            let height = out.height;
            for _ in 0..1 + dice.below(3) {
                statement(dice, out, depth + 2);
            }
            while out.height > height {
                out.op(0x50);
                out.height -= 1;
            }
            while out.height < height {
                out.push(U256::from(1));
            }
            out.code.extend_from_slice(&[0x60, 1, 0x90, 0x03, 0x80]);
            let label = out.push_label();
            out.op(0x57);
            out.height -= 1;
            out.fill(label, start);
            out.op(0x50);
            out.height -= 1;
        }
        96 if dice.once_in(3) => {
            let (op, pops, pushes) = dice.pick(LEFT);
            for _ in 0..pops {
                out.push(U256::from(dice.below(3)));
            }
            out.op(op);
            out.height = out.height - pops + pushes;
        }
        97 if dice.once_in(4) => {
            // Anything: an undefined byte, an underflow, a stop in the middle.
            let byte = dice.below(256) as u8;
            out.op(byte);
        }
        98 if dice.once_in(12) => {
            // A stack that grows deep, now and then too deep.
            let items = dice.pick(&[40, 200, 1000, 1024, 1030]);
            for _ in 0..items {
                out.op(0x5a);
            }
            out.height += items;
        }
        _ => {
            if out.height > 0 {
                out.op(0x50);
                out.height -= 1;
            }
        }
    }
}

/// The bytecode of program `number` of a seed.
pub fn program(seed: u64, number: u32) -> Vec<u8> {
    let mut dice = Dice::new(seed, number);
    let mut out = Writer::default();
    for _ in 0..4 + dice.below(40) {
        statement(&mut dice, &mut out, 0);
        if out.code.len() > 6000 {
            break;
        }
    }
    match dice.below(10) {
        0 => out.op(0),
        1..=4 => {
            let (len, at) = (size(&mut dice), offset(&mut dice));
            out.push(len);
            out.push(at);
            out.op(0xf3);
        }
        5..=6 => {
            let (len, at) = (size(&mut dice), offset(&mut dice));
            out.push(len);
            out.push(at);
            out.op(0xfd);
        }
        7 => out.op(0xfe),
        8 => {
            let target = dice.interesting();
            out.push(target);
            out.op(0x56);
        }
        _ => {}
    }
    out.finish()
}

const FORKS: &[Fork] = &[
    Fork::Osaka,
    Fork::Osaka,
    Fork::Prague,
    Fork::Cancun,
    Fork::Shanghai,
    Fork::Paris,
    Fork::London,
    Fork::Berlin,
    Fork::Istanbul,
    Fork::Petersburg,
    Fork::Byzantium,
    Fork::Frontier,
];

/// `count` random programs as one batch: each with its own world, fork, gas and call data.
pub fn batch(seed: u64, count: usize) -> Batch {
    let to = Address::repeat_byte(0xc0);
    let caller = Address::repeat_byte(0xca);
    let mut batch = Batch::default();
    for number in 0..4u64 {
        let mut dice = Dice::new(seed ^ 0xb10c, number as u32);
        batch.blocks.push(BlockEnv {
            number: dice.interesting() >> 200,
            timestamp: dice.interesting() >> 200,
            coinbase: Address::from_word(dice.word().into()),
            gas_limit: u64::from(dice.bits()) << 10,
            base_fee: u64::from(dice.bits()),
            difficulty: dice.word(),
            prev_randao: dice.word().into(),
            chain_id: 1 + u64::from(dice.below(5)),
            excess_blob_gas: u64::from(dice.below(1 << 25)),
            ..BlockEnv::default()
        });
    }
    let mut data = CallData::default();
    let (mut worlds, mut blocks, mut forks) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gas, mut value) = (Vec::new(), Vec::new());
    for number in 0..count as u32 {
        let mut dice = Dice::new(seed ^ 0x0dd5, number);
        let code = batch.programs.len() as u32;
        batch.programs.push(Program::new(program(seed, number)));
        let storage: BTreeMap<U256, U256> = (0..dice.below(4))
            .map(|slot| (U256::from(slot), if dice.once_in(2) { U256::from(1) } else { dice.interesting() }))
            .filter(|(_, value)| !value.is_zero())
            .collect();
        let contract = Account { nonce: 1, balance: U256::from(dice.bits()), code: Some(code), storage };
        let sender = Account { nonce: 7, balance: U256::from(1u64 << 40), ..Account::default() };
        worlds.push(batch.worlds.len() as u32);
        batch.worlds.push(World { accounts: [(to, contract), (caller, sender)].into(), ..World::default() });
        blocks.push(dice.below(4));
        forks.push(ForkColumn(dice.pick(FORKS)));
        gas.push(match dice.below(8) {
            0 => u64::from(dice.below(3000)),
            1 => u64::from(dice.below(60_000)),
            2 => u64::from(dice.bits()) >> 10,
            _ => 500_000 + u64::from(dice.below(1000)),
        });
        value.push(if dice.once_in(4) { U256::from(dice.bits()) } else { U256::ZERO });
        let input: Vec<u8> = (0..dice.below(100)).map(|_| dice.bits() as u8).collect();
        data.push(&input);
    }
    batch.calls = Calls {
        count,
        world: Column::Each(worlds),
        block: Column::Each(blocks),
        fork: Column::Each(forks),
        caller: Column::All(caller),
        to: Column::All(Some(to)),
        value: Column::Each(value),
        gas: Column::Each(gas),
        data,
        ..Calls::default()
    };
    batch
}
