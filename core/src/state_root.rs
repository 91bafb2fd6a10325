//! What state tests expect of a state and of logs: the root of the state's trie (Yellow Paper, appendix D) and the hash of the
//! list of logs; and what a state is after changes. It runs nothing.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::{Encodable, RlpEncodable};
use alloy_trie::{TrieAccount, root};

use crate::{
    outcome::{Log, StateChanges},
    reading::PlainAccount,
};

/// A whole state.
pub type PlainState = BTreeMap<Address, PlainAccount>;

#[derive(RlpEncodable)]
struct RlpLog<'a> {
    address: &'a Address,
    topics: &'a Vec<B256>,
    data: &'a Bytes,
}

/// keccak-256 of the RLP list of logs.
pub fn logs_hash(logs: &[Log]) -> B256 {
    let list: Vec<RlpLog<'_>> =
        logs.iter().map(|log| RlpLog { address: &log.address, topics: &log.topics, data: &log.data }).collect();
    let mut bytes = Vec::new();
    list.encode(&mut bytes);
    keccak256(bytes)
}

/// An account as the state's trie has it.
pub fn leaf(nonce: u64, balance: U256, code: &[u8], storage: &BTreeMap<U256, U256>) -> TrieAccount {
    let slots = storage.iter().filter(|(_, value)| !value.is_zero());
    let storage = root::storage_root_unhashed(slots.map(|(slot, value)| (B256::from(*slot), *value)));
    TrieAccount::new(nonce, balance, storage, keccak256(code))
}

/// The root of a state.
pub fn state_root(state: &PlainState) -> B256 {
    let leaf = |account: &PlainAccount| leaf(account.nonce, account.balance, &account.code, &account.storage);
    root::state_root_unhashed(state.iter().map(|(address, account)| (*address, leaf(account))))
}

/// Lays changes over a state.
pub fn apply(state: &mut PlainState, changes: &StateChanges) {
    for (address, change) in changes {
        if change.removed {
            state.remove(address);
            continue;
        }
        let account = state.entry(*address).or_default();
        account.nonce = change.nonce.unwrap_or(account.nonce);
        account.balance = change.balance.unwrap_or(account.balance);
        if let Some(code) = &change.code {
            account.code = code.clone();
        }
        if change.storage_cleared {
            account.storage.clear();
        }
        account.storage.extend(&change.storage);
        account.storage.retain(|_, value| !value.is_zero());
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;

    use super::*;

    #[test]
    fn nothing_has_the_root_and_hash_that_everybody_knows() {
        assert_eq!(
            state_root(&PlainState::new()),
            b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
        );
        assert_eq!(logs_hash(&[]), b256!("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"));
    }

    #[test]
    fn changes_are_laid_over() {
        use crate::outcome::AccountChange;
        let [one, two] = [Address::repeat_byte(1), Address::repeat_byte(2)];
        let held = |storage: &[(u64, u64)]| storage.iter().map(|(k, v)| (U256::from(*k), U256::from(*v))).collect();
        let before = PlainAccount { nonce: 1, storage: held(&[(1, 1), (2, 2)]), ..PlainAccount::default() };
        let mut state = PlainState::from([(one, before.clone()), (two, before)]);
        let change = AccountChange { nonce: Some(5), storage: held(&[(1, 0), (3, 3)]), ..AccountChange::default() };
        let gone = AccountChange { removed: true, ..AccountChange::default() };
        apply(&mut state, &StateChanges::from([(one, change), (two, gone)]));
        let after = PlainAccount { nonce: 5, storage: held(&[(2, 2), (3, 3)]), ..PlainAccount::default() };
        assert_eq!(state, PlainState::from([(one, after)]));
    }
}
