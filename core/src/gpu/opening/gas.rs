//! What a transaction pays before its first instruction: intrinsic gas and the floor of its call data, from London on. It
//! checks nothing against a limit.

use lanevm_shaders::Fork;

use crate::{CallRef, Transaction};

/// Every transaction (Yellow Paper, G_transaction).
const TRANSACTION: u64 = 21_000;

/// One that creates, besides (EIP-2).
const CREATE: u64 = 32_000;

/// A token of call data: a zero byte is one, another byte four (EIP-2028, in the words of EIP-7623).
const TOKEN: u64 = 4;

/// A token where the floor counts (EIP-7623).
const FLOOR_TOKEN: u64 = 10;

/// A word of init code (EIP-3860).
const INITCODE_WORD: u64 = 2;

/// An address of the access list (EIP-2930).
const LISTED_ADDRESS: u64 = 2_400;

/// A slot of the access list (EIP-2930).
const LISTED_SLOT: u64 = 1_900;

/// An authorisation, as if its authority did not exist (EIP-7702).
const AUTHORIZATION: u64 = 25_000;

/// What is given back for an authority that does exist (EIP-7702).
pub(super) const AUTHORITY_EXISTS: i64 = 12_500;

/// The largest init code (EIP-3860).
pub(super) const MOST_INITCODE: usize = 49_152;

/// The most gas of a transaction from Osaka on (EIP-7825).
pub(super) const MOST_GAS: u64 = 1 << 24;

/// Gas of a blob (EIP-4844).
pub(super) const BLOB: u64 = 1 << 17;

/// What a transaction pays whatever its code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Upfront {
    /// Charged before the first frame.
    pub(super) intrinsic: u64,
    /// The least that the whole transaction costs.
    pub(super) floor: u64,
}

/// Gas of a call at level `call` or `transaction`.
pub(super) fn upfront(call: &CallRef<'_>, tx: &Transaction) -> Upfront {
    let zeros = call.data.bytes().iter().filter(|byte| **byte == 0).count() as u64;
    let tokens = call.data.len() as u64 * 4 - zeros * 3;
    let mut intrinsic = TRANSACTION + tokens * TOKEN;
    if call.to.is_none() {
        intrinsic += CREATE;
        if call.fork >= Fork::Shanghai {
            intrinsic += (call.data.len() as u64).div_ceil(32) * INITCODE_WORD;
        }
    }
    if tx.kind != 0 {
        let slots: u64 = tx.access_list.iter().map(|(_, keys)| keys.len() as u64).sum();
        intrinsic += tx.access_list.len() as u64 * LISTED_ADDRESS + slots * LISTED_SLOT;
    }
    let mut floor = 0;
    if call.fork >= Fork::Prague {
        // Of every type: one that is not 4 has none, but where a call lists some, both engines charge for them.
        intrinsic += tx.authorizations.len() as u64 * AUTHORIZATION;
        floor = TRANSACTION + tokens * FLOOR_TOKEN;
    }
    Upfront { intrinsic, floor }
}
