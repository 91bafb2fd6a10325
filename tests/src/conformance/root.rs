//! States after a call: changes laid over the state before, their Merkle-Patricia root, the hash of logs, and where two
//! states differ.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::{TrieAccount, root};
pub use lanevm_core::state_root::logs_hash;
use lanevm_core::{
    outcome::{AccountChange, StateChanges},
    state_root,
};

use crate::fixtures::account::{FullAccount, State};

fn leaf(account: &FullAccount) -> TrieAccount {
    state_root::leaf(account.nonce, account.balance, &account.code, &account.storage)
}

/// A state with the leaves of its trie, so that many calls from it hash only what they changed.
#[derive(Debug)]
pub struct HashedState {
    leaves: Vec<(Address, B256, TrieAccount)>,
}

impl HashedState {
    /// Hashes a state.
    pub fn new(state: &State) -> Self {
        let leaf = |(address, account): (&Address, &FullAccount)| (*address, keccak256(address), leaf(account));
        Self { leaves: state.iter().map(leaf).collect() }
    }

    /// The root of the state after `changes`, which are those of `after` (`None`: the account is gone).
    pub fn root(&self, changed: &[(Address, Option<FullAccount>)]) -> B256 {
        let untouched =
            self.leaves.iter().filter(|(address, ..)| changed.iter().all(|(touched, _)| touched != address));
        let kept = untouched.map(|(_, hash, account)| (*hash, *account));
        let new = changed.iter().filter_map(|(address, account)| Some((keccak256(address), leaf(account.as_ref()?))));
        root::state_root_unsorted(kept.chain(new))
    }
}

/// An account after a change; `None` where it is gone.
pub fn changed(before: Option<&FullAccount>, change: &AccountChange) -> Option<FullAccount> {
    if change.removed {
        return None;
    }
    let mut account = before.cloned().unwrap_or_default();
    if let Some(nonce) = change.nonce {
        account.nonce = nonce;
    }
    if let Some(balance) = change.balance {
        account.balance = balance;
    }
    if let Some(code) = &change.code {
        account.code = code.clone();
    }
    if change.storage_cleared {
        account.storage.clear();
    }
    for (slot, value) in &change.storage {
        if value.is_zero() {
            account.storage.remove(slot);
        } else {
            account.storage.insert(*slot, *value);
        }
    }
    Some(account)
}

/// Every changed account as it is afterwards.
pub fn after(before: &State, changes: &StateChanges) -> Vec<(Address, Option<FullAccount>)> {
    changes.iter().map(|(address, change)| (*address, changed(before.get(address), change))).collect()
}

/// Lays accounts over a state.
pub fn apply(state: &mut State, accounts: Vec<(Address, Option<FullAccount>)>) {
    for (address, account) in accounts {
        match account {
            Some(account) => state.insert(address, account),
            None => state.remove(&address),
        };
    }
}

/// The first differences between two states, in words; empty where they are equal.
pub fn differences(expected: &State, found: &State) -> String {
    const SHOWN: usize = 4;
    let mut words = Vec::new();
    for address in expected.keys().chain(found.keys().filter(|address| !expected.contains_key(*address))) {
        match (expected.get(address), found.get(address)) {
            (Some(expected), Some(found)) => account_differences(address, expected, found, &mut words),
            (Some(_), None) => words.push(format!("account {address} is missing")),
            (None, _) => words.push(format!("account {address} should not be")),
        }
        if words.len() > SHOWN {
            break;
        }
    }
    words.truncate(SHOWN);
    words.join("; ")
}

fn account_differences(address: &Address, expected: &FullAccount, found: &FullAccount, words: &mut Vec<String>) {
    if expected.nonce != found.nonce {
        words.push(format!("{address}: nonce {} instead of {}", found.nonce, expected.nonce));
    }
    if expected.balance != found.balance {
        words.push(format!("{address}: balance {} instead of {}", found.balance, expected.balance));
    }
    if expected.code != found.code {
        words.push(format!("{address}: {} bytes of code instead of {}", found.code.len(), expected.code.len()));
    }
    let slots = expected.storage.keys().chain(found.storage.keys().filter(|key| !expected.storage.contains_key(*key)));
    for slot in slots {
        let value = |account: &FullAccount| account.storage.get(slot).copied().unwrap_or(U256::ZERO);
        if value(expected) != value(found) {
            let (found, expected) = (value(found), value(expected));
            words.push(format!("{address}: slot {slot:#x} is {found:#x} instead of {expected:#x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;

    use super::*;

    #[test]
    fn empty_state_and_logs_have_the_known_hashes() {
        // Yellow Paper, appendix D: keccak256(rlp(())); and keccak256(rlp([])).
        let empty = b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
        assert_eq!(HashedState::new(&State::new()).root(&[]), empty);
        assert_eq!(logs_hash(&[]), b256!("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"));
    }

    #[test]
    fn a_changed_account_hashes_like_a_whole_state() {
        let account = |n: u64| FullAccount { nonce: n, balance: U256::from(n), ..FullAccount::default() };
        let before: State = (1..5).map(|n| (Address::with_last_byte(n), account(n.into()))).collect();
        let mut changes = StateChanges::new();
        let storage = [(U256::from(7), U256::from(8))].into();
        let written = AccountChange { nonce: Some(9), storage, ..AccountChange::default() };
        changes.insert(Address::with_last_byte(2), written);
        changes.insert(Address::with_last_byte(3), AccountChange { removed: true, ..AccountChange::default() });
        changes.insert(Address::with_last_byte(9), AccountChange { nonce: Some(1), ..AccountChange::default() });
        let changed = after(&before, &changes);
        let root = HashedState::new(&before).root(&changed);
        let mut whole = before;
        apply(&mut whole, changed);
        assert_eq!(whole.len(), 4);
        assert_eq!(root, HashedState::new(&whole).root(&[]));
    }
}
