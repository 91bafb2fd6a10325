//! What a call leaves behind, decoded: logs, and changes of accounts. The encoding is `digest.rs`'s.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};

/// A log (Yellow Paper, section 6.1; LOG0 to LOG4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The account that logged.
    pub address: Address,
    /// Topics, at most four.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
}

/// What a call changed of one account, against the world it started from. Only real differences stand here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The account is gone: self-destructed, or empty and touched (EIP-161). Nothing else is set then.
    pub removed: bool,
    /// All storage the world held was dropped before `storage` was laid over (a self-destruct followed by a create).
    pub storage_cleared: bool,
    /// New nonce.
    pub nonce: Option<u64>,
    /// New balance.
    pub balance: Option<U256>,
    /// New code.
    pub code: Option<Bytes>,
    /// Slots whose value is another than the world's, with the new value.
    pub storage: BTreeMap<U256, U256>,
}

impl AccountChange {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Changes by account, sorted by address, then slot.
pub type StateChanges = BTreeMap<Address, AccountChange>;
