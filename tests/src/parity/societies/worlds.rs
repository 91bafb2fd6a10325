//! A society as a world of a batch: whole, or a difference on another world, and now and then with what it does not hold
//! unknown. It changes nothing about who lives there.

use lanevm_core::{Absent, Account, Batch, Program, U256, World};

use super::cast::{Citizen, Role, Society};
use crate::parity::dice::Dice;

/// Adds a program; equal ones are not looked for.
pub(super) fn program(batch: &mut Batch, bytes: Vec<u8>) -> u32 {
    batch.programs.push(Program::new(bytes));
    (batch.programs.len() - 1) as u32
}

fn account(batch: &mut Batch, citizen: Citizen) -> Account {
    Account {
        nonce: citizen.nonce,
        balance: citizen.balance,
        code: citizen.code.map(|bytes| program(batch, bytes)),
        storage: citizen.storage,
    }
}

/// What a world below says of an account that the world above replaces: everything is another, but for slots that the
/// world above leaves as they are.
fn outdated(dice: &mut Dice, account: &mut Account) -> Account {
    let mut old = Account { nonce: account.nonce ^ 1, balance: account.balance + U256::from(9), ..Account::default() };
    let slots: Vec<U256> = account.storage.keys().copied().collect();
    for slot in slots {
        match dice.below(3) {
            0 => drop(old.storage.insert(slot, U256::from(77))),
            1 => old.storage.extend(account.storage.remove_entry(&slot)),
            _ => {}
        }
    }
    if dice.once_in(2) {
        // Set below, cleared above.
        let slot = U256::from(dice.below(5));
        if !account.storage.contains_key(&slot) && !old.storage.contains_key(&slot) {
            old.storage.insert(slot, U256::from(5));
            account.storage.insert(slot, U256::ZERO);
        }
    }
    old
}

/// A contract with slots and a balance, for a world below.
fn stranger(batch: &mut Batch, dice: &mut Dice) -> Account {
    Account {
        nonce: u64::from(dice.bits()),
        balance: U256::from(dice.bits()),
        code: Some(program(batch, vec![0x60, dice.bits() as u8, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3])),
        storage: (0..5).map(|slot| (U256::from(slot), U256::from(1 + dice.below(9)))).collect(),
    }
}

/// Adds the society's world and gives its index.
pub(super) fn add(batch: &mut Batch, mut society: Society) -> u32 {
    let citizens = std::mem::take(&mut society.accounts);
    let absent_ones = [0, 1, 2].map(|which| society.address(Role::Absent(which)));
    let dice = &mut society.dice;
    let absent = if dice.once_in(50) { Absent::Unknown } else { Absent::Empty };
    let layered = dice.once_in(6);
    let (mut below, mut above) = (World { absent, ..World::default() }, World { absent, ..World::default() });
    for (address, citizen) in citizens {
        let mut account = account(batch, citizen);
        if layered && dice.once_in(3) {
            below.accounts.insert(address, account);
            continue;
        }
        if layered && dice.once_in(8) {
            // Somebody else was there once, and nothing of him shows through.
            below.accounts.insert(address, stranger(batch, dice));
            above.dropped.insert(address);
        } else if layered && dice.once_in(2) {
            below.accounts.insert(address, outdated(dice, &mut account));
        }
        above.accounts.insert(address, account);
    }
    if layered {
        for address in absent_ones {
            if !above.accounts.contains_key(&address) && !below.accounts.contains_key(&address) && dice.once_in(3) {
                below.accounts.insert(address, stranger(batch, dice));
                above.dropped.insert(address);
            }
        }
        batch.worlds.push(below);
        above.base = Some((batch.worlds.len() - 1) as u32);
    }
    batch.worlds.push(above);
    (batch.worlds.len() - 1) as u32
}
