//! A call up to its first frame, at every level: what `docs/levels.md` says comes before the code, done on the host and
//! without revm, so that comparing the engines means something. It runs no code; what follows the frames is
//! [`super::closing`]'s.

mod accounts;
mod admission;
mod authorization;
mod gas;
mod precompiles;
mod steps;
#[cfg(test)]
mod tests;

use lanevm_shaders::{Fork, Status};

pub(crate) use self::accounts::DESIGNATOR;
pub(super) use self::accounts::designator;
pub(crate) use self::precompiles::precompile;
pub(super) use self::precompiles::precompiles_of;
use self::{accounts::Accounts, admission::Refusal, steps::Begun};
use super::decode::device_knows;
use crate::{
    Account, Address, B256, Batch, CallRef, Executor, Level, Outcome, ProgramId, Reason, Transaction, U256, cpu,
};

/// RIPEMD-160: the one account that stays touched when the frame that touched it reverts (EIP-161, as mainnet ran it).
const RIPEMD: Address = Address::with_last_byte(3);

/// What opening a call came to.
#[derive(Debug)]
pub(crate) enum Opened {
    /// The first frame is to be run.
    Lane(Box<Opening>),
    /// The call ends before any code: rejected, or its first frame is never entered.
    Ended(Box<Outcome>),
    /// Left to the CPU engine.
    Left(Reason),
}

/// Code of the first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstCode {
    /// No code: the call ends at once, as `stop`, without an instruction.
    None,
    /// A program of the batch, as it stands: bytes that look like a delegation are code.
    Program(ProgramId),
    /// The call's data is init code.
    Init,
}

/// An account that is warm, or was read or changed, before the first frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its address.
    pub(crate) address: Address,
    /// What it holds as the first frame begins; `None` where nothing read it, so that a partial world need not hold it
    /// unless the code asks.
    pub(crate) state: Option<KnownState>,
    /// Whether it is warm (EIP-2929).
    pub(crate) warm: bool,
    /// Whether it was touched (EIP-161).
    pub(crate) touched: bool,
    /// Whether this transaction creates it: its storage is empty whatever the world says, and EIP-6780 lets it destroy
    /// itself.
    pub(crate) created: bool,
}

/// What an account holds before the first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownState {
    /// Nonce.
    pub(crate) nonce: u64,
    /// Balance.
    pub(crate) balance: U256,
    /// Code.
    pub(crate) code: KnownCode,
}

/// Where an account's code stands before the first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownCode {
    /// The world's.
    AsInWorld,
    /// An authorisation cleared the account's delegation.
    Empty,
    /// An authorisation delegated the account.
    Delegation(Address),
}

/// A call as its first frame begins, and what closing it needs.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// The account whose storage the first frame sees (`to`, or the address created), then others. No address twice.
    pub(crate) accounts: Vec<Known>,
    /// CALLER's index in `accounts`.
    pub(crate) caller: u32,
    /// Slots that the access list warms: index into `accounts`, and key. No slot twice.
    pub(crate) slots: Vec<(u32, U256)>,
    /// Code of the first frame.
    pub(crate) code: FirstCode,
    /// Whether the first frame creates `accounts[0]`.
    pub(crate) creates: bool,
    /// ORIGIN.
    pub(crate) origin: Address,
    /// GASPRICE.
    pub(crate) gas_price: U256,
    /// What BLOBHASH sees.
    pub(crate) blob_hashes: Vec<B256>,
    /// Gas of the first frame.
    pub(crate) gas: u64,
    /// What entering the first frame did, and its failure undoes.
    pub(super) entry: Entry,
    /// What a transaction owes; `None` at level `frame`.
    pub(super) bill: Option<Bill>,
}

/// What entering the first frame did to the accounts, so that a frame that fails can be undone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    /// Value that moved from the caller to `accounts[0]`, two accounts.
    pub(super) moved: U256,
    /// Whether the frame touched the caller.
    pub(super) touched_caller: bool,
    /// Whether the frame touched `accounts[0]`.
    pub(super) touched_target: bool,
    /// Whether the frame made `accounts[0]` a new account.
    pub(super) made: bool,
}

/// What closing a transaction needs of its opening.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bill {
    /// The least gas the call data costs (EIP-7623).
    pub(super) floor: u64,
    /// Refund of authorisations (EIP-7702); it stands whatever becomes of the frames.
    pub(super) refund: i64,
    /// The price paid for each gas and the part of it that goes to the coinbase; `None` where fees are not charged.
    pub(super) prices: Option<(u128, u128)>,
}

/// Opens a call of a valid batch.
pub(crate) fn open(batch: &Batch, index: usize) -> Opened {
    let call = batch.call(index);
    match open_call(batch, index, &call) {
        Ok(opening) => Opened::Lane(Box::new(opening)),
        Err(Stop::Ended(outcome)) => Opened::Ended(outcome),
        Err(Stop::Left(reason)) => Opened::Left(reason),
    }
}

/// Why no first frame begins.
enum Stop {
    Ended(Box<Outcome>),
    Left(Reason),
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Left(reason)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Left(reason) => Self::Left(reason),
            Refusal::Rejected(why) => Self::Ended(Box::new(Outcome {
                status: Some(Status::Rejected),
                detail: Some(why),
                executor: Executor::Gpu,
                ..Outcome::default()
            })),
        }
    }
}

/// What stands in for the fields of a call that names no transaction.
static PLAIN: Transaction = Transaction {
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

fn open_call(batch: &Batch, index: usize, call: &CallRef<'_>) -> Result<Opening, Stop> {
    let tx = call.transaction.unwrap_or(&PLAIN);
    if call.fork < Fork::London {
        older(batch, call)?;
    }
    let blob_base_fee = cpu::block_blob_base_fee(call.fork, call.block).ok_or(Reason::Input)?;
    // The CPU engine holds prices in 128 bits, and says so. A transaction at such a price is judged by its cost.
    if call.level != Level::Transaction && tx.gas_price > U256::from(u128::MAX) {
        return Err(Reason::Input.into());
    }
    let accounts = Accounts::new(batch, call);
    // Where a frame that touched this empty account fails, the account goes all the same: the CPU engine keeps book.
    if accounts.in_world(&RIPEMD).is_some_and(|account| is_empty(batch, account)) {
        return Err(Reason::Target.into());
    }
    let mut opening = Opening {
        accounts: Vec::new(),
        caller: 0,
        slots: Vec::new(),
        code: FirstCode::None,
        creates: call.to.is_none(),
        origin: call.caller,
        gas_price: tx.gas_price,
        blob_hashes: Vec::new(),
        gas: call.gas,
        entry: Entry::default(),
        bill: None,
    };
    match call.level {
        Level::Frame => {
            opening.origin = tx.origin.unwrap_or(call.caller);
            opening.blob_hashes.clone_from(&tx.blob_hashes);
            Begun { batch, index, call, opening, accounts }.frame()
        }
        Level::Call | Level::Transaction => {
            Begun { batch, index, call, opening, accounts }.transaction(tx, blob_base_fee)
        }
    }
}

/// Forks before London: single frames of the plainest kind alone, since fees, creates, warm addresses and empty accounts
/// had other rules.
fn older(batch: &Batch, call: &CallRef<'_>) -> Result<(), Reason> {
    let to = call.to.filter(|_| call.level == Level::Frame).ok_or(Reason::Fork)?;
    let target = batch.account(call.world, &to);
    let caller = batch.account(call.world, &call.caller);
    // A touch removes an empty account (EIP-161); before that fork it brings an absent one into being.
    let clears = call.fork >= Fork::SpuriousDragon;
    let is_cleared = |account: Option<&Account>| clears && account.is_some_and(|account| is_empty(batch, account));
    if !device_knows(call.fork) || is_cleared(target) || is_cleared(caller) || (target.is_none() && !clears) {
        return Err(Reason::Fork);
    }
    let spends = caller.filter(|_| clears && call.caller != to && !call.value.is_zero());
    if spends.is_some_and(|sender| sender.nonce == 0 && sender.balance == call.value && has_no_code(batch, sender)) {
        return Err(Reason::Fork);
    }
    Ok(())
}

/// Whether an account is empty (EIP-161).
fn is_empty(batch: &Batch, account: &Account) -> bool {
    account.nonce == 0 && account.balance.is_zero() && has_no_code(batch, account)
}

fn has_no_code(batch: &Batch, account: &Account) -> bool {
    account.code.is_none_or(|code| batch.programs[code as usize].code().is_empty())
}
