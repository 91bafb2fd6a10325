//! What random calls happen in: addresses with and without keys, programs, worlds and blocks. It draws no calls.

use std::collections::BTreeMap;

use k256::ecdsa::SigningKey;

use super::{
    super::accounts::designator,
    dice::Dice,
    frame::{CLEAR, DESTROY, INVALID, RETURN, REVERT, STOP, UNDEFINED},
};
use crate::{Absent, Account, Address, BlockEnv, Program, U256, World, world::BlobSchedule};

const PRECOMPILES: [Address; 5] = [
    Address::with_last_byte(1),
    Address::with_last_byte(3),
    Address::with_last_byte(10),
    Address::with_last_byte(17),
    Address::new([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
];

/// Everything a case is drawn from.
pub(super) struct Cast {
    pub(super) keys: Vec<(SigningKey, Address)>,
    /// Contracts and other plain addresses.
    plain: Vec<Address>,
    coinbase: Address,
}

impl Cast {
    pub(super) fn new() -> Self {
        let keys = (1..=4_u8)
            .map(|n| {
                let key = SigningKey::from_slice(&[n; 32]).unwrap();
                let point = key.verifying_key().to_encoded_point(false);
                (key, Address::from_raw_public_key(&point.as_bytes()[1..]))
            })
            .collect();
        let plain = (1..=10).map(|n| Address::repeat_byte(0xa0 + n)).collect();
        Self { keys, plain, coinbase: Address::repeat_byte(0xcb) }
    }

    pub(super) fn address(&self, dice: &mut Dice) -> Address {
        match dice.below(20) {
            0 => Address::ZERO,
            1 => self.coinbase,
            2 => dice.pick(&PRECOMPILES),
            3..=7 => self.keys[dice.below(self.keys.len() as u64) as usize].1,
            _ => dice.pick(&self.plain),
        }
    }

    /// One that seldom has code.
    pub(super) fn sender(&self, dice: &mut Dice) -> Address {
        match dice.below(8) {
            0 => self.address(dice),
            _ => self.keys[dice.below(self.keys.len() as u64) as usize].1,
        }
    }
}

pub(super) fn programs(cast: &Cast) -> Vec<Program> {
    let mut programs: Vec<Program> = [&[][..], STOP, INVALID, UNDEFINED, REVERT, RETURN, CLEAR, DESTROY]
        .into_iter()
        .map(|code| Program::new(code.to_vec()))
        .collect();
    programs.push(Program::new(vec![0xef, 0x01, 0x00, 0x11]));
    let delegates = cast.plain.iter().chain(&PRECOMPILES[..2]).chain(cast.keys.iter().map(|(_, address)| address));
    programs.extend(delegates.map(|to| Program::new(designator(to).to_vec())));
    programs
}

/// Programs that are no designators.
pub(super) const PLAIN_PROGRAMS: u64 = 9;

pub(super) fn balance(dice: &mut Dice) -> U256 {
    match dice.below(20) {
        0 => U256::ZERO,
        1 => U256::from(dice.below(3)),
        2 => U256::MAX,
        3 => U256::MAX - U256::from(dice.below(1_000_000)),
        4 => U256::from(21_000 * dice.below(40)),
        5 => U256::from(1) << 140,
        _ => U256::from(10).pow(U256::from(20)),
    }
}

pub(super) fn nonce(dice: &mut Dice) -> u64 {
    match dice.below(16) {
        0 => u64::MAX,
        1 => u64::MAX - 1,
        2..=6 => 0,
        n => n - 6,
    }
}

fn account(dice: &mut Dice, programs: u64, is_contract: bool) -> Account {
    let code = match dice.below(8) {
        0..5 if is_contract => Some(dice.below(PLAIN_PROGRAMS) as u32),
        5 => Some((PLAIN_PROGRAMS + dice.below(programs - PLAIN_PROGRAMS)) as u32),
        6 if dice.once_in(3) => Some(dice.below(programs) as u32),
        _ => None,
    };
    let mut account = Account { nonce: nonce(dice), balance: balance(dice), code, storage: BTreeMap::new() };
    if dice.once_in(12) {
        (account.nonce, account.balance, account.code) = (0, U256::ZERO, None);
    }
    if is_contract && dice.once_in(2) {
        account.storage.insert(U256::ZERO, U256::from(7));
    }
    account
}

pub(super) fn world(dice: &mut Dice, cast: &Cast, programs: u64, base: Option<u32>) -> World {
    let mut world = World { base, ..World::default() };
    let missing = if base.is_some() { 2 } else { 6 };
    if dice.once_in(4) {
        world.absent = Absent::Unknown;
    }
    for (_, address) in &cast.keys {
        if !dice.once_in(missing) {
            let account = account(dice, programs, false);
            // What the address would create may be taken already.
            let mut taken = Account::default();
            match dice.below(6) {
                0 => taken.nonce = 1,
                1 => taken.code = Some(dice.below(programs) as u32),
                2 => taken.balance = balance(dice),
                3 => _ = taken.storage.insert(U256::from(5), U256::from(dice.below(2))),
                _ => {}
            }
            if taken != Account::default() || dice.once_in(2) {
                world.accounts.insert(address.create(account.nonce), taken);
            }
            world.accounts.insert(*address, account);
        }
    }
    for address in cast.plain.iter().chain(&[cast.coinbase, Address::ZERO]) {
        if !dice.once_in(missing) {
            world.accounts.insert(*address, account(dice, programs, true));
        }
    }
    for address in &PRECOMPILES {
        if dice.once_in(3) {
            let mut account = account(dice, programs, false);
            account.balance += U256::from(u64::from(!dice.once_in(8)));
            world.accounts.insert(*address, account);
        }
    }
    world
}

pub(super) fn block(dice: &mut Dice, cast: &Cast) -> BlockEnv {
    BlockEnv {
        coinbase: match dice.below(4) {
            0 => cast.address(dice),
            1 => Address::repeat_byte(0xc0),
            _ => cast.coinbase,
        },
        gas_limit: if dice.once_in(24) { 60_000 } else { dice.pick(&[30_000_000, 100_000_000]) },
        base_fee: dice.pick(&[0, 0, 7, 1_000_000_000]),
        chain_id: dice.pick(&[1, 1, 1337]),
        excess_blob_gas: dice.pick(&[0, 10_000_000, 20_000_000, 100_000_000]),
        blob_schedule: dice
            .once_in(4)
            .then(|| BlobSchedule { max: dice.pick(&[2, 6, 9, 21]), update_fraction: 5_007_716 }),
        ..BlockEnv::default()
    }
}
