//! What a call changed, as net differences against its world. It reads revm's journal, which must still be whole: after
//! a commit or a discard nothing is left to read.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use lanevm_machine::RIPEMD;
use lanevm_shaders::Fork;
use revm::{
    context::journal::{JournalEntry, JournalInner},
    state::Account as JournalAccount,
};

use super::state::Codes;
use crate::outcome::{AccountChange, Log, StateChanges};

/// The logs that stand.
pub(super) fn logs(journal: &JournalInner<JournalEntry>) -> Vec<Log> {
    journal
        .logs
        .iter()
        .map(|log| Log { address: log.address, topics: log.data.topics().to_vec(), data: log.data.data.clone() })
        .collect()
}

/// The changes that stand.
pub(super) fn changes(journal: &JournalInner<JournalEntry>, codes: &Codes<'_>, world: u32, fork: Fork) -> StateChanges {
    let mut slots: BTreeMap<Address, BTreeSet<U256>> = BTreeMap::new();
    for entry in &journal.journal {
        match entry {
            JournalEntry::AccountTouched { address }
            | JournalEntry::BalanceChange { address, .. }
            | JournalEntry::NonceChange { address, .. }
            | JournalEntry::NonceBump { address }
            | JournalEntry::AccountCreated { address, .. }
            | JournalEntry::CodeChange { address, .. } => {
                slots.entry(*address).or_default();
            }
            JournalEntry::AccountDestroyed { address, target, .. }
            | JournalEntry::BalanceTransfer { from: address, to: target, .. } => {
                slots.entry(*address).or_default();
                slots.entry(*target).or_default();
            }
            JournalEntry::StorageChanged { address, key, .. } => {
                slots.entry(*address).or_default().insert(*key);
            }
            JournalEntry::AccountWarmed { .. }
            | JournalEntry::StorageWarmed { .. }
            | JournalEntry::TransientStorageChange { .. } => {}
        }
    }
    if journal.state.get(&RIPEMD).is_some_and(JournalAccount::is_touched) {
        slots.entry(RIPEMD).or_default();
    }
    let mut changes = StateChanges::new();
    for (address, slots) in slots {
        let Some(account) = journal.state.get(&address) else { continue };
        let change = change(account, &address, &slots, codes, world, fork);
        if !change.is_empty() {
            changes.insert(address, change);
        }
    }
    changes
}

fn change(
    account: &JournalAccount,
    address: &Address,
    slots: &BTreeSet<U256>,
    codes: &Codes<'_>,
    world: u32,
    fork: Fork,
) -> AccountChange {
    let before = codes.account(world, address);
    let emptied = fork >= Fork::SpuriousDragon && account.is_touched() && account.is_empty();
    if account.is_selfdestructed() || emptied {
        return AccountChange { removed: before.is_some(), ..AccountChange::default() };
    }
    let info = &account.info;
    let (nonce, balance) = before.map_or((0, U256::ZERO), |before| (before.nonce, before.balance));
    let code_hash = before.map_or(alloy_primitives::KECCAK256_EMPTY, |before| codes.code_hash(before));
    let mut change = AccountChange {
        nonce: (info.nonce != nonce).then_some(info.nonce),
        balance: (info.balance != balance).then_some(info.balance),
        code: (info.code_hash != code_hash)
            .then(|| info.code.as_ref().map(|code| code.original_bytes()).unwrap_or_default()),
        ..AccountChange::default()
    };
    for slot in slots {
        if let Some(value) = account.storage.get(slot)
            && value.present_value != value.original_value
        {
            change.storage.insert(*slot, value.present_value);
        }
    }
    // Before EIP-161 an account could come into being with nothing in it; that alone is a change.
    if before.is_none() && change.is_empty() && account.is_touched() {
        change.balance = Some(U256::ZERO);
    }
    change
}
