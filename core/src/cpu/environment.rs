//! From a call's fork, block and transaction to revm's configuration, block and transaction. It decides no outcome; what
//! cannot be expressed is an error with its reason.

use alloy_primitives::{Bytes, TxKind, U256};
use lanevm_machine::Stop;
use lanevm_shaders::Fork;
use revm::{
    context::{
        BlockEnv as RevmBlock, CfgEnv, TxEnv,
        either::Either,
        transaction::{AccessListItem, Authorization as RevmAuthorization, SignedAuthorization},
    },
    context_interface::block::BlobExcessGasAndPrice,
    primitives::hardfork::SpecId,
};

use crate::{
    batch::{CallRef, Level, Transaction},
    world::{BlobSchedule, BlockEnv},
};

/// Most bytes of memory that all frames of a lane may hold: what a worker can lose without dying.
pub const MEMORY_LIMIT: u64 = if cfg!(target_arch = "wasm32") { 64 << 20 } else { 1 << 30 };

/// Blobs that one transaction may carry from Osaka on (EIP-7594).
const BLOBS_PER_TRANSACTION: u64 = 6;

/// revm's name for a fork. Constantinople is Petersburg with another SSTORE, see [`lanevm_machine::Machine::set_instructions`].
pub(super) const fn spec(fork: Fork) -> SpecId {
    match fork {
        Fork::Frontier => SpecId::FRONTIER,
        Fork::Homestead => SpecId::HOMESTEAD,
        Fork::Tangerine => SpecId::TANGERINE,
        Fork::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
        Fork::Byzantium => SpecId::BYZANTIUM,
        Fork::Constantinople | Fork::Petersburg => SpecId::PETERSBURG,
        Fork::Istanbul => SpecId::ISTANBUL,
        Fork::Berlin => SpecId::BERLIN,
        Fork::London => SpecId::LONDON,
        Fork::Paris => SpecId::MERGE,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        Fork::Osaka => SpecId::OSAKA,
    }
}

/// The intrinsic gas of a plain transaction with this data, and the floor that it costs at least (EIP-7623).
pub(crate) fn upfront(fork: Fork, data: &[u8], creates: bool) -> (u64, u64) {
    let gas = revm::interpreter::gas::calculate_initial_tx_gas(spec(fork), data, creates, 0, 0, 0, None);
    (gas.initial_total_gas(), gas.floor_gas)
}

/// The most blobs of a block and the fraction by which their base fee moves, in forks that have blobs.
fn blob_schedule(fork: Fork, block: &BlockEnv) -> (u64, u64) {
    let BlobSchedule { max, update_fraction } = block.blob_schedule.unwrap_or(BlobSchedule::of(fork));
    (max, update_fraction)
}

/// The base fee of blob gas (EIP-4844, `fake_exponential`); `None` where it is 2^128 or more, or the fraction is zero.
pub fn blob_base_fee(excess: u64, update_fraction: u64) -> Option<u128> {
    if update_fraction == 0 {
        return None;
    }
    let (numerator, denominator) = (U256::from(excess), U256::from(update_fraction));
    let mut term = denominator;
    let mut sum = U256::ZERO;
    let mut i = 1_u64;
    // Ends: a term over 2^136 makes the fee too large at once, and below that terms grow only while i < excess /
    // fraction, which such a term has by then bounded to a few hundred.
    while !term.is_zero() {
        sum += term;
        if sum.bit_len() > 192 {
            return None;
        }
        term = term * numerator / denominator.checked_mul(U256::from(i))?;
        i += 1;
    }
    (sum / denominator).try_into().ok()
}

/// The base fee of blob gas in a block, by its own or the fork's schedule; zero before there were blobs, `None` where it
/// is out of range (see [`blob_base_fee`]).
pub(crate) fn block_blob_base_fee(fork: Fork, block: &BlockEnv) -> Option<u128> {
    if fork < Fork::Cancun {
        return Some(0);
    }
    blob_base_fee(block.excess_blob_gas, blob_schedule(fork, block).1)
}

/// revm's configuration for a fork, level and block.
pub(super) fn config(fork: Fork, level: Level, block: &BlockEnv) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(spec(fork));
    cfg.chain_id = block.chain_id;
    cfg.memory_limit = MEMORY_LIMIT;
    if fork >= Fork::Cancun {
        let most = blob_schedule(fork, block).0;
        cfg.max_blobs_per_tx = Some(if fork >= Fork::Osaka { most.min(BLOBS_PER_TRANSACTION) } else { most });
    }
    if level != Level::Transaction {
        cfg.disable_nonce_check = true;
        cfg.disable_balance_check = true;
        cfg.disable_fee_charge = true;
        cfg.disable_base_fee = true;
        cfg.disable_block_gas_limit = true;
        cfg.disable_eip3607 = true;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
    }
    cfg
}

/// revm's block.
///
/// # Errors
/// A blob base fee that revm cannot hold.
pub(super) fn block(fork: Fork, block: &BlockEnv) -> Result<RevmBlock, Stop> {
    let blobs = if fork >= Fork::Cancun {
        let fee = block_blob_base_fee(fork, block).ok_or_else(|| {
            Stop::Host("the blob base fee is 2^128 wei or more, or its update fraction is zero".into())
        })?;
        Some(BlobExcessGasAndPrice { excess_blob_gas: block.excess_blob_gas, blob_gasprice: fee })
    } else {
        None
    };
    Ok(RevmBlock {
        number: block.number,
        beneficiary: block.coinbase,
        timestamp: block.timestamp,
        gas_limit: block.gas_limit,
        basefee: if fork >= Fork::London { block.base_fee } else { 0 },
        difficulty: block.difficulty,
        prevrandao: (fork >= Fork::Paris).then_some(block.prev_randao),
        blob_excess_gas_and_price: blobs,
        slot_num: 0,
    })
}

fn narrow(value: U256, what: &str) -> Result<u128, Stop> {
    u128::try_from(value).map_err(|_| Stop::Host(format!("the {what} is 2^128 wei or more")))
}

/// Fills in revm's transaction for a call whose data is `data`; `nonce` is the sender's own.
///
/// # Errors
/// A gas price that revm cannot hold.
pub(super) fn transaction(env: &mut TxEnv, call: &CallRef<'_>, data: Bytes, nonce: u64) -> Result<(), Stop> {
    static DEFAULT: Transaction = Transaction {
        kind: 0,
        nonce: None,
        origin: None,
        gas_price: U256::ZERO,
        priority_fee: None,
        chain_id: None,
        access_list: Vec::new(),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: U256::ZERO,
        authorizations: Vec::new(),
    };
    let tx = call.transaction.unwrap_or(&DEFAULT);
    env.gas_limit = call.gas;
    env.kind = call.to.map_or(TxKind::Create, TxKind::Call);
    env.value = call.value;
    env.data = data;
    env.blob_hashes.clone_from(&tx.blob_hashes);
    env.access_list.0.clear();
    env.authorization_list.clear();
    if call.level == Level::Frame {
        // BLOBHASH looks at the type; without a priority fee GASPRICE is the price itself in every type.
        env.tx_type = if tx.blob_hashes.is_empty() { 0 } else { 3 };
        env.caller = tx.origin.unwrap_or(call.caller);
        env.gas_price = narrow(tx.gas_price, "gas price")?;
        env.gas_priority_fee = None;
        env.chain_id = None;
        env.nonce = 0;
        env.max_fee_per_blob_gas = 0;
        return Ok(());
    }
    env.tx_type = tx.kind;
    env.caller = call.caller;
    // A price that does not fit overflows its product with the gas limit, which `refusal` looks at in full width.
    env.gas_price = match call.level {
        Level::Transaction => tx.gas_price.saturating_to(),
        _ => narrow(tx.gas_price, "gas price")?,
    };
    // A priority fee counts only up to the max fee, so that the largest value stands for all above it.
    env.gas_priority_fee = (tx.kind >= 2).then(|| tx.priority_fee.unwrap_or_default().saturating_to());
    env.chain_id = match tx.chain_id {
        None if tx.kind != 0 => Some(call.block.chain_id),
        id => id,
    };
    env.nonce = tx.nonce.unwrap_or(nonce);
    env.max_fee_per_blob_gas = tx.max_fee_per_blob_gas.saturating_to();
    env.access_list.0.extend(
        tx.access_list.iter().map(|(address, keys)| AccessListItem { address: *address, storage_keys: keys.clone() }),
    );
    env.authorization_list.extend(tx.authorizations.iter().map(|signed| {
        let inner = RevmAuthorization { chain_id: signed.chain_id, address: signed.address, nonce: signed.nonce };
        Either::Left(SignedAuthorization::new_unchecked(inner, signed.y_parity, signed.r, signed.s))
    }));
    Ok(())
}
