//! Precompiles called from code: random and chosen inputs, with gas that is enough, just enough, or not. It holds calls and their
//! surroundings, and judges nothing.

use lanevm_core::{
    Account, Address, Batch, BlockEnv, CallData, Calls, Column, Fork, ForkColumn, Level, Program, U256, World,
};

use super::dice::Dice;

/// The precompiles that the device runs itself.
pub const ON_DEVICE: [u8; 6] = [1, 2, 3, 4, 5, 9];

/// The forks that the device runs calls of.
const FORKS: [Fork; 6] = [Fork::London, Fork::Paris, Fork::Shanghai, Fork::Cancun, Fork::Prague, Fork::Osaka];

/// CALL, CALLCODE, DELEGATECALL, STATICCALL.
const OPS: [u8; 4] = [0xf1, 0xf2, 0xf4, 0xfa];

/// One call of a precompile from code.
#[derive(Clone, Debug)]
pub struct Case {
    /// The precompile.
    pub number: u8,
    /// The rules.
    pub fork: Fork,
    /// The instruction that calls it.
    pub op: u8,
    /// Gas it is given.
    pub gas: u64,
    /// Bytes of output that the caller's memory takes.
    pub taken: u64,
    /// What it is passed.
    pub input: Vec<u8>,
}

/// Passes call data from byte 96 on to the precompile that its first word names, with the second word's gas and the third's
/// bytes of output. Returns whether it succeeded, the gas left, the hash of the memory's first 160 bytes, and the return data.
fn caller(op: u8) -> Vec<u8> {
    let mut code = vec![
        0x60, 96, 0x36, 0x03, 0x60, 96, 0x60, 0, 0x37, // CALLDATACOPY(0, 96, size - 96)
        0x60, 64, 0x35, 0x60, 32, 0x60, 96, 0x36, 0x03, 0x60, 0, // output at 32, input
    ];
    if matches!(op, 0xf1 | 0xf2) {
        code.extend([0x60, 0]);
    }
    code.extend([0x60, 0, 0x35, 0x60, 32, 0x35, op]);
    code.extend([0x60, 160, 0x60, 0, 0x20, 0x60, 64, 0x52]); // MSTORE(64, KECCAK256(0, 160))
    code.extend([0x60, 0, 0x52, 0x5a, 0x60, 32, 0x52]); // MSTORE(0, success) MSTORE(32, GAS)
    code.extend([0x3d, 0x60, 0, 0x60, 96, 0x3e]); // RETURNDATACOPY(96, 0, RETURNDATASIZE)
    code.extend([0x3d, 0x60, 96, 0x01, 0x60, 0, 0xf3]);
    code
}

/// Only calls ecrecover with its call data, and returns what it returned.
fn recoverer() -> Vec<u8> {
    let mut code = vec![0x36, 0x60, 0, 0x60, 0, 0x37];
    code.extend([0x60, 0, 0x60, 0, 0x36, 0x60, 0, 0x60, 1, 0x5a, 0xfa, 0x50]);
    code.extend([0x3d, 0x60, 0, 0x60, 0, 0x3e, 0x3d, 0x60, 0, 0xf3]);
    code
}

/// The order of secp256k1.
pub fn order() -> U256 {
    U256::from_limbs([0xbfd2_5e8c_d036_4141, 0xbaae_dce6_af48_a03b, 0xffff_ffff_ffff_fffe, u64::MAX])
}

/// The abscissa of its generator.
pub fn generator() -> U256 {
    U256::from_limbs([0x59f2_815b_16f8_1798, 0x029b_fcdb_2dce_28d9, 0x55a0_6295_ce87_0b07, 0x79be_667e_f9dc_bbac])
}

fn bytes(words: &[U256]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect()
}

/// A signature that can be one: every second r is the x of a point.
fn signature(dice: &mut Dice) -> Vec<u8> {
    let n = order();
    bytes(&[dice.word(), U256::from(27 + dice.below(2)), dice.word() % n, dice.word() % n])
}

/// A signature with something odd about it.
fn odd_signature(dice: &mut Dice) -> Vec<u8> {
    let n = order();
    let [mut hash, mut v, mut r, mut s] =
        [dice.word(), U256::from(27 + dice.below(2)), dice.word() % n, dice.word() % n];
    let scalars = [U256::ZERO, U256::from(1), n - U256::from(1), n, n + U256::from(1), U256::MAX];
    match dice.below(9) {
        0 => r = dice.pick(&scalars),
        1 => s = dice.pick(&scalars),
        2 => v = U256::from(dice.pick(&[0u32, 1, 26, 29, 255])),
        3 => v |= U256::from(1) << dice.pick(&[8usize, 31, 32, 64, 255]),
        4 => hash = dice.pick(&scalars),
        5 => r = generator(),
        6 => {
            // R is the generator or its opposite: one of both keys is the point at infinity.
            r = generator();
            hash = s;
        }
        7 => {
            r = generator();
            hash = n - s;
        }
        _ => {}
    }
    let mut input = bytes(&[hash, v, r, s]);
    match dice.below(4) {
        0 => input.truncate(dice.below(129) as usize),
        1 => input.extend((0..dice.below(70)).map(|at| at as u8)),
        _ => {}
    }
    input
}

fn message(dice: &mut Dice) -> Vec<u8> {
    let len = match dice.below(3) {
        0 => dice.pick(&[0u32, 1, 31, 32, 33, 55, 56, 57, 63, 64, 65, 119, 120, 128]),
        1 => dice.below(64),
        _ => dice.below(500),
    };
    (0..len).map(|_| dice.bits() as u8).collect()
}

fn powers(dice: &mut Dice, most: u32) -> Vec<u8> {
    let lengths = [0; 3].map(|_| if dice.once_in(2) { dice.pick(&[0, 1, 8, 31, 32]) } else { dice.below(most + 1) });
    let mut input = bytes(&lengths.map(U256::from));
    for (at, len) in lengths.into_iter().enumerate() {
        let mut word = dice.interesting();
        if at == 2 && dice.once_in(2) {
            word |= U256::from(1);
        }
        let whole = word.to_be_bytes::<32>();
        input.extend(
            (0..len as usize).map(|byte| if byte < 32 { whole[(32 - (len as usize).min(32)) + byte] } else { 7 }),
        );
    }
    match dice.below(8) {
        0 => input.truncate(dice.below(input.len() as u32 + 1) as usize),
        1 => input.extend([1, 2, 3]),
        _ => {}
    }
    input
}

fn compression(dice: &mut Dice) -> Vec<u8> {
    let rounds = dice.pick(&[0, 1, 9, 10, 11, 12, dice.clone().below(300)]);
    let mut input = rounds.to_be_bytes().to_vec();
    input.extend((0..208).map(|_| dice.bits() as u8));
    input.push(if dice.once_in(8) { dice.bits() as u8 } else { dice.below(2) as u8 });
    match dice.below(12) {
        0 => input.truncate(212),
        1 => input.push(0),
        2 => input.truncate(dice.below(213) as usize),
        _ => {}
    }
    input
}

/// About the gas that a call costs; exactly so but for MODEXP.
fn price(number: u8, input: &[u8], dice: &mut Dice) -> u64 {
    let words = input.len().div_ceil(32) as u64;
    match number {
        1 => 3000,
        2 => 60 + 12 * words,
        3 => 600 + 120 * words,
        4 => 15 + 3 * words,
        5 => dice.pick(&[200, 500, 1360, 4080, 16 * 254, 16 * 255]),
        _ => input.first_chunk().map_or(0, |rounds| u64::from(u32::from_be_bytes(*rounds))),
    }
}

/// Random calls of one precompile. `most` is the most bytes of a number that MODEXP is passed.
pub fn cases(number: u8, seed: u64, count: usize, most: u32) -> Vec<Case> {
    let mut dice = Dice::new(seed, u32::from(number));
    (0..count)
        .map(|at| {
            let input = match number {
                1 if at % 4 == 0 => odd_signature(&mut dice),
                1 => signature(&mut dice),
                5 => powers(&mut dice, most),
                9 => compression(&mut dice),
                _ => message(&mut dice),
            };
            let exact = price(number, &input, &mut dice);
            let gas = match dice.below(8) {
                0 => exact.saturating_sub(1),
                1 => 0,
                2 | 3 => exact,
                _ => 1_000_000,
            };
            Case {
                number,
                fork: dice.pick(&FORKS),
                op: dice.pick(&OPS),
                gas,
                taken: u64::from(dice.pick(&[0u32, 1, 20, 32, 33, 64, 100])),
                input,
            }
        })
        .collect()
}

fn surroundings(codes: &[Vec<u8>]) -> (Batch, Vec<Address>) {
    let mut batch = Batch { blocks: vec![BlockEnv { gas_limit: u64::MAX, ..BlockEnv::default() }], ..Batch::default() };
    let mut world = World::default();
    let mut addresses = Vec::new();
    for (at, code) in codes.iter().enumerate() {
        let address = Address::repeat_byte(0xc0 + at as u8);
        let code = Some(batch.add_program(Program::new(code.clone())));
        world.accounts.insert(address, Account { nonce: 1, code, ..Account::default() });
        addresses.push(address);
    }
    batch.worlds.push(world);
    (batch, addresses)
}

/// The calls as one batch.
pub fn batch(cases: &[Case]) -> Batch {
    let (mut batch, addresses) = surroundings(&OPS.map(caller));
    let to = |case: &Case| addresses[OPS.iter().position(|op| *op == case.op).unwrap_or_default()];
    let data: Vec<Vec<u8>> = cases
        .iter()
        .map(|case| {
            let head = [U256::from(case.number), U256::from(case.gas), U256::from(case.taken)];
            [bytes(&head), case.input.clone()].concat()
        })
        .collect();
    batch.calls = Calls {
        count: cases.len(),
        fork: Column::Each(cases.iter().map(|case| ForkColumn(case.fork)).collect()),
        level: Column::All(Level::Frame),
        caller: Column::All(Address::repeat_byte(0xca)),
        to: Column::Each(cases.iter().map(|case| Some(to(case))).collect()),
        gas: Column::All(100_000_000),
        data: data.iter().collect::<CallData>(),
        ..Calls::default()
    };
    batch
}

/// Calls that do nothing but recover a public key each.
pub fn recoveries(seed: u64, count: usize) -> Batch {
    let (mut batch, addresses) = surroundings(&[recoverer()]);
    let mut dice = Dice::new(seed, 1);
    let data: Vec<Vec<u8>> = (0..count).map(|_| signature(&mut dice)).collect();
    batch.calls = Calls {
        count,
        fork: Column::All(ForkColumn(Fork::Prague)),
        level: Column::All(Level::Frame),
        caller: Column::All(Address::repeat_byte(0xca)),
        to: Column::All(Some(addresses[0])),
        gas: Column::All(100_000),
        data: data.iter().collect::<CallData>(),
        ..Calls::default()
    };
    batch
}
