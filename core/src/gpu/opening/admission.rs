//! Whether a transaction is admitted, and at what price: every check that comes before its first effect. It changes no
//! account.

use lanevm_shaders::Fork;

use super::{
    KnownState,
    accounts::Code,
    gas::{self, Upfront},
};
use crate::{CallRef, Level, Reason, Transaction, U256, alloy_primitives::U512};

/// A versioned hash of a blob begins with it (EIP-4844).
const BLOB_VERSION: u8 = 1;

/// Blobs that one transaction may carry from Osaka on (EIP-7594).
const BLOBS_PER_TRANSACTION: u64 = 6;

/// Why a transaction is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is rejected: what is wrong, and what would be right.
    Rejected(String),
    /// The CPU engine is asked.
    Left(Reason),
}

/// What an admitted transaction pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admission {
    /// Intrinsic gas and floor.
    pub(super) upfront: Upfront,
    /// The price of a gas.
    pub(super) price: u128,
    /// The part of the price that goes to the coinbase; the rest, the base fee, is burnt.
    pub(super) tip: u128,
}

fn reject<T>(why: String) -> Result<T, Refusal> {
    Err(Refusal::Rejected(why))
}

/// The checks that need no account, in the order of the reference.
pub(super) fn admit(
    call: &CallRef<'_>,
    tx: &Transaction,
    nonce: u64,
    blob_base_fee: u128,
) -> Result<Admission, Refusal> {
    let block = call.block;
    let checked = call.level == Level::Transaction;
    let kind = tx.kind;
    if kind > 4 {
        return reject(format!("transaction type {kind} is unknown; the types are 0 to 4"));
    }
    if kind > 2 && call.to.is_none() {
        return reject(format!(
            "a transaction of type {kind} cannot create a contract; give it a `to`, or another type"
        ));
    }
    if let Some(id) = tx.chain_id.filter(|id| *id != block.chain_id) {
        return reject(format!("the transaction is for chain {id}, the block is of chain {}", block.chain_id));
    }
    if checked && call.fork >= Fork::Osaka && call.gas > gas::MOST_GAS {
        return reject(format!("gas limit {} is over a transaction's cap of {} (EIP-7825)", call.gas, gas::MOST_GAS));
    }
    // The types before are as old as the forks that come here.
    let needs = match kind {
        3 => Fork::Cancun,
        4 => Fork::Prague,
        _ => Fork::London,
    };
    if call.fork < needs {
        return reject(format!("transaction type {kind} begins with {needs:?}, the block is of {:?}", call.fork));
    }
    let (price, tip) = prices(call, tx, checked)?;
    if kind == 3 {
        blobs(call, tx, blob_base_fee)?;
    }
    if kind == 4 && tx.authorizations.is_empty() {
        return reject("a transaction of type 4 needs an authorisation, and lists none".into());
    }
    if checked && call.gas > block.gas_limit {
        return reject(format!("gas limit {} is over the block's of {}", call.gas, block.gas_limit));
    }
    if call.fork >= Fork::Shanghai && call.to.is_none() && call.data.len() > gas::MOST_INITCODE {
        return reject(format!(
            "init code of {} bytes is over the limit of {} (EIP-3860)",
            call.data.len(),
            gas::MOST_INITCODE
        ));
    }
    if nonce == u64::MAX {
        return reject(format!("nonce {nonce} cannot be raised; no account sends with it"));
    }
    let upfront = gas::upfront(call, tx);
    if upfront.intrinsic > call.gas {
        return reject(format!("gas limit {} does not cover the intrinsic gas of {}", call.gas, upfront.intrinsic));
    }
    if upfront.floor > call.gas {
        return reject(format!(
            "gas limit {} does not cover the {} that the call data costs at least (EIP-7623)",
            call.gas, upfront.floor
        ));
    }
    Ok(Admission { upfront, price, tip })
}

/// The effective price of a gas (EIP-1559), and the coinbase's part of it.
fn prices(call: &CallRef<'_>, tx: &Transaction, checked: bool) -> Result<(u128, u128), Refusal> {
    // Only a transaction that no balance pays for has a price over 2^128: its fee is looked at in full width later.
    let most: u128 = tx.gas_price.saturating_to();
    let base = u128::from(call.block.base_fee);
    let mut price = most;
    if tx.kind >= 2 {
        let priority: u128 = tx.priority_fee.unwrap_or_default().saturating_to();
        if priority > most {
            return reject(format!("priority fee {priority} is over the max fee per gas of {most}; lower it"));
        }
        price = most.min(base.saturating_add(priority));
    }
    if checked && price < base {
        return reject(format!("{price} wei a gas is under the block's base fee of {base}; raise the price"));
    }
    Ok((price, price.saturating_sub(base)))
}

/// What a transaction of type 3 says of its blobs (EIP-4844).
fn blobs(call: &CallRef<'_>, tx: &Transaction, blob_base_fee: u128) -> Result<(), Refusal> {
    if U256::from(blob_base_fee) > tx.max_fee_per_blob_gas {
        return reject(format!(
            "max fee per blob gas {} is under the block's of {blob_base_fee}; raise it",
            tx.max_fee_per_blob_gas
        ));
    }
    let count = tx.blob_hashes.len();
    if count == 0 {
        return reject("a transaction of type 3 needs a blob, and lists none".into());
    }
    if let Some(hash) = tx.blob_hashes.iter().find(|hash| hash[0] != BLOB_VERSION) {
        return reject(format!("blob hash {hash} is not of version {BLOB_VERSION}"));
    }
    let most = match (call.block.blob_schedule, call.fork) {
        (Some(schedule), _) => schedule.max,
        (None, Fork::Prague | Fork::Osaka) => 9,
        (None, _) => 6,
    };
    let most = if call.fork >= Fork::Osaka { most.min(BLOBS_PER_TRANSACTION) } else { most };
    if count as u64 > most {
        return reject(format!("{count} blobs are over the {most} that a transaction can carry"));
    }
    Ok(())
}

/// The sender's code, and its nonce against the transaction's.
pub(super) fn sender(state: &KnownState, code: Code, nonce: u64) -> Result<(), Refusal> {
    if matches!(code, Code::Program(_)) {
        return reject("the sender has code, and only accounts without code send (EIP-3607)".into());
    }
    if nonce != state.nonce {
        let word = if nonce > state.nonce { "over" } else { "under" };
        return reject(format!("nonce {nonce} is {word} the sender's own, {}", state.nonce));
    }
    Ok(())
}

/// The fee taken before the first frame: all gas at the effective price, and blobs at the block's.
///
/// # Errors
/// The sender cannot pay the most that the transaction may cost, or can pay amounts that only the CPU engine judges.
pub(super) fn fee(
    call: &CallRef<'_>,
    tx: &Transaction,
    balance: U256,
    price: u128,
    blob_base_fee: u128,
) -> Result<U256, Refusal> {
    let blob_gas = if tx.kind == 3 { U256::from(gas::BLOB) * U256::from(tx.blob_hashes.len()) } else { U256::ZERO };
    let gas_cost = U512::from(tx.gas_price) * U512::from(call.gas);
    let blob_cost = U512::from(tx.max_fee_per_blob_gas) * U512::from(blob_gas);
    let plain = gas_cost + U512::from(call.value);
    let cost = plain + blob_cost;
    let balance = U512::from(balance);
    let narrow = U512::from(u128::MAX);
    if plain <= balance && (gas_cost > narrow || blob_cost > narrow || cost > U512::from(U256::MAX)) {
        // Nobody has so much; the CPU engine says what becomes of it on this host.
        return Err(Refusal::Left(Reason::Input));
    }
    if cost > balance {
        return reject(format!("the transaction may cost {cost} wei, and the sender has {balance}"));
    }
    // Neither is greater than the cost that the balance covers.
    Ok(U256::from(price) * U256::from(call.gas) + U256::from(blob_base_fee) * blob_gas)
}
