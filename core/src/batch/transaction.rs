//! What a transaction has beyond a message call. It is data; which of it counts at which level the engines know.

use alloy_primitives::{Address, B256, U256};

/// One authorisation of a type-4 transaction (EIP-7702), as signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Chain id, or zero for any.
    pub chain_id: U256,
    /// The address delegated to.
    pub address: Address,
    /// The authority's nonce.
    pub nonce: u64,
    /// Signature parity.
    pub y_parity: u8,
    /// Signature r.
    pub r: U256,
    /// Signature s.
    pub s: U256,
}

/// What a transaction has beyond a message call. Calls of level `frame` use only `origin` and `gas_price`-like fields of
/// it: `gas_price` is GASPRICE there, `blob_hashes` is BLOBHASH.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// EIP-2718 type, 0 to 4.
    pub kind: u8,
    /// Nonce; `None` takes the sender's own.
    pub nonce: Option<u64>,
    /// ORIGIN at level `frame`; `None` is the caller. Other levels: the caller always.
    pub origin: Option<Address>,
    /// Gas price (types 0 and 1) or max fee per gas (types 2 to 4), in wei.
    pub gas_price: U256,
    /// Max priority fee per gas (types 2 to 4), in wei.
    pub priority_fee: Option<U256>,
    /// Chain id the transaction was signed for; `None` where it names none.
    pub chain_id: Option<u64>,
    /// Access list (EIP-2930).
    pub access_list: Vec<(Address, Vec<B256>)>,
    /// Blob versioned hashes (EIP-4844).
    pub blob_hashes: Vec<B256>,
    /// Max fee per blob gas (EIP-4844), in wei.
    pub max_fee_per_blob_gas: U256,
    /// Authorisations (EIP-7702).
    pub authorizations: Vec<Authorization>,
}
