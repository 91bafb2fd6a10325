//! A call up to its first frame, at every level: what `docs/levels.md` says comes before the code, done on the host and
//! without revm, so that comparing the engines means something. It runs no code; what follows the frames is
//! [`super::closing`]'s.

mod accounts;
mod admission;
mod authorization;
mod gas;
mod precompiles;
#[cfg(test)]
mod tests;

use lanevm_shaders::{Fork, Status};

pub(super) use self::accounts::designator;
pub(crate) use self::precompiles::precompile;
pub(super) use self::precompiles::precompiles_of;
use self::{
    accounts::{Accounts, Code},
    admission::Refusal,
};
use super::{closing::Finished, decode::device_knows};
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

/// A call on its way to its first frame.
struct Begun<'a> {
    batch: &'a Batch,
    index: usize,
    call: &'a CallRef<'a>,
    opening: Opening,
    accounts: Accounts<'a>,
}

impl Begun<'_> {
    /// Level `frame`.
    fn frame(mut self) -> Result<Opening, Stop> {
        let call = self.call;
        if call.to.is_none() && call.fork >= Fork::Shanghai && call.data.len() > gas::MOST_INITCODE {
            return Err(self.end(Status::InitcodeSizeLimit, 0, 0));
        }
        self.name_target();
        self.opening.caller = self.accounts.place(call.caller) as u32;
        if call.fork >= Fork::Berlin {
            self.accounts.warm(call.caller);
            self.accounts.warm(self.opening.origin);
        }
        self.warm_coinbase();
        if !call.value.is_zero() {
            self.accounts.load(call.caller)?;
        }
        self.enter(call.code)
    }

    /// Levels `call` and `transaction`.
    fn transaction(mut self, tx: &Transaction, blob_base_fee: u128) -> Result<Opening, Stop> {
        let call = self.call;
        let checked = call.level == Level::Transaction;
        let nonce = match tx.nonce {
            Some(nonce) => nonce,
            // Nobody looks at it.
            None if !checked => 0,
            None if !self.accounts.has(&call.caller) => return Err(Reason::MissingState.into()),
            None => self.accounts.in_world(&call.caller).map_or(0, |account| account.nonce),
        };
        let admission = admission::admit(call, tx, nonce, blob_base_fee)?;
        self.opening.gas = call.gas - admission.upfront.intrinsic;
        self.opening.gas_price = U256::from(admission.price);
        if tx.kind == 3 {
            self.opening.blob_hashes.clone_from(&tx.blob_hashes);
        }
        self.name_target();
        let caller = self.accounts.load(call.caller)?;
        self.opening.caller = caller as u32;
        let mut state = self.accounts.state(caller);
        if checked {
            admission::sender(&state, self.accounts.code(caller), nonce)?;
            // What the balance covers is not more than the balance.
            state.balance -= admission::fee(call, tx, state.balance, admission.price, blob_base_fee)?;
            // The coinbase is paid whatever happens, so that it is read in any case.
            if !self.accounts.has(&call.block.coinbase) {
                return Err(Reason::MissingState.into());
            }
        }
        if call.to.is_some() {
            // At level `call` nonces are not checked, and one at its end stays there.
            state.nonce = state.nonce.saturating_add(1);
        }
        self.accounts.set(caller, state);
        self.accounts.list[caller].touched = true;
        self.warm_coinbase();
        if tx.kind != 0 {
            self.accounts.warm_list(&tx.access_list);
        }
        let refund = if tx.kind == 4 { self.authorize(tx)? } else { 0 };
        let prices = checked.then_some((admission.price, admission.tip));
        self.opening.bill = Some(Bill { floor: admission.upfront.floor, refund, prices });
        self.enter(None)
    }

    /// Names the target first, as its place demands. A create's address follows from the caller's nonce in the world,
    /// which nothing raises before.
    fn name_target(&mut self) {
        let call = self.call;
        let target = call.to.unwrap_or_else(|| {
            call.caller.create(self.accounts.in_world(&call.caller).map_or(0, |account| account.nonce))
        });
        self.accounts.place(target);
    }

    /// EIP-3651.
    fn warm_coinbase(&mut self) {
        if self.call.fork >= Fork::Shanghai {
            self.accounts.warm(self.call.block.coinbase);
        }
    }

    /// Applies authorisations (EIP-7702) and gives their refund. One that is not valid is passed over.
    fn authorize(&mut self, tx: &Transaction) -> Result<i64, Reason> {
        let mut refund = 0;
        for signed in &tx.authorizations {
            let elsewhere = !signed.chain_id.is_zero() && signed.chain_id != U256::from(self.call.block.chain_id);
            if elsewhere || signed.nonce == u64::MAX {
                continue;
            }
            let Some(authority) = authorization::authority(signed) else { continue };
            let at = self.accounts.load(authority)?;
            let mut state = self.accounts.state(at);
            let code = self.accounts.code(at);
            if matches!(code, Code::Program(_)) || signed.nonce != state.nonce {
                continue;
            }
            // An empty account that the world holds exists too.
            let is_nothing = state.nonce == 0 && state.balance.is_zero() && code == Code::None;
            if !is_nothing || self.accounts.in_world(&authority).is_some() {
                refund += gas::AUTHORITY_EXISTS;
            }
            state.nonce += 1;
            state.code =
                if signed.address.is_zero() { KnownCode::Empty } else { KnownCode::Delegation(signed.address) };
            self.accounts.set(at, state);
            self.accounts.list[at].touched = true;
        }
        Ok(refund)
    }

    /// Enters the first frame.
    fn enter(mut self, program: Option<ProgramId>) -> Result<Opening, Stop> {
        match self.call.to {
            Some(to) => self.enter_call(to, program)?,
            None => self.enter_create()?,
        }
        self.opening.accounts = std::mem::take(&mut self.accounts.list);
        self.opening.slots = std::mem::take(&mut self.accounts.slots);
        Ok(self.opening)
    }

    fn enter_call(&mut self, to: Address, program: Option<ProgramId>) -> Result<(), Stop> {
        let gas = self.opening.gas;
        let target = self.accounts.load(to)?;
        let mut is_designator = false;
        self.opening.code = match (program, self.accounts.code(target)) {
            (Some(program), _) if self.batch.programs[program as usize].code().is_empty() => FirstCode::None,
            (Some(program), _) => FirstCode::Program(program),
            (None, Code::None) => FirstCode::None,
            (None, Code::Program(program)) => FirstCode::Program(program),
            (None, Code::Delegation(delegate)) => {
                let delegate = self.accounts.load(delegate)?;
                match self.accounts.code(delegate) {
                    Code::None => FirstCode::None,
                    Code::Program(program) => FirstCode::Program(program),
                    Code::Delegation(_) => {
                        is_designator = true;
                        FirstCode::None
                    }
                }
            }
        };
        if !self.transfer(target)? {
            return Err(self.end(Status::InsufficientBalance, gas, 0));
        }
        if program.is_none()
            && let Some(number) = precompile(to, self.call.fork)
        {
            return Err(Reason::Precompile(number).into());
        }
        if is_designator {
            // A delegation is followed once; a second one is code, and its first byte no instruction.
            return Err(match self.batch.limits.max_steps {
                Some(0) => self.end(Status::StepLimit, 0, 0),
                _ => self.end(Status::UndefinedOpcode, 0, 1),
            });
        }
        Ok(())
    }

    /// Moves the value to the account called; false where the caller cannot pay it, or no balance could hold it.
    fn transfer(&mut self, target: usize) -> Result<bool, Reason> {
        let value = self.call.value;
        let caller = self.opening.caller as usize;
        if caller == target {
            // Nothing but an SSTORE touches an account that calls itself. An empty one, which that touch removes, can
            // only store where a program stands in for its code: the CPU engine keeps book.
            let state = self.accounts.state(target);
            if self.call.code.is_some()
                && !self.accounts.list[target].touched
                && state.nonce == 0
                && state.balance.is_zero()
                && self.accounts.code(target) == Code::None
            {
                return Err(Reason::Target);
            }
            return Ok(state.balance >= value);
        }
        if !value.is_zero() {
            let (mut from, mut to) = (self.accounts.state(caller), self.accounts.state(target));
            let (Some(left), Some(sum)) = (from.balance.checked_sub(value), to.balance.checked_add(value)) else {
                return Ok(false);
            };
            (from.balance, to.balance) = (left, sum);
            self.accounts.set(caller, from);
            self.accounts.set(target, to);
            self.opening.entry.moved = value;
            self.opening.entry.touched_caller = !std::mem::replace(&mut self.accounts.list[caller].touched, true);
        }
        self.opening.entry.touched_target = !std::mem::replace(&mut self.accounts.list[target].touched, true);
        Ok(true)
    }

    fn enter_create(&mut self) -> Result<(), Stop> {
        let gas = self.opening.gas;
        let value = self.call.value;
        let caller = self.accounts.load(self.call.caller)?;
        let mut from = self.accounts.state(caller);
        let Some(left) = from.balance.checked_sub(value) else {
            return Err(self.end(Status::InsufficientBalance, gas, 0));
        };
        self.accounts.list[caller].touched = true;
        let Some(nonce) = from.nonce.checked_add(1) else {
            return Err(self.end(Status::NonceOverflow, gas, 0));
        };
        from.nonce = nonce;
        self.accounts.set(caller, from);
        let address = self.accounts.list[0].address;
        self.accounts.load(address)?;
        let mut to = self.accounts.state(0);
        if to.nonce != 0 || self.accounts.code(0) != Code::None {
            return Err(self.end(Status::CreateCollision, 0, 0));
        }
        let Some(sum) = to.balance.checked_add(value) else {
            return Err(self.end(Status::InsufficientBalance, 0, 0));
        };
        // EIP-7610.
        if self.accounts.has_storage(&address) {
            return Err(self.end(Status::CreateCollision, 0, 0));
        }
        (from.balance, to.balance, to.nonce) = (left, sum, 1);
        self.accounts.set(caller, from);
        self.accounts.set(0, to);
        let created = &mut self.accounts.list[0];
        (created.touched, created.created) = (true, true);
        self.opening.entry.moved = value;
        self.opening.entry.made = true;
        self.opening.code = FirstCode::Init;
        Ok(())
    }

    /// The call ends here, with so much of its gas left.
    fn end(&mut self, status: Status, gas_left: u64, steps: u64) -> Stop {
        self.opening.accounts = std::mem::take(&mut self.accounts.list);
        let finished = Finished { gas_left, steps, ..Finished::of(status) };
        Stop::Ended(Box::new(self.opening.close(self.batch, self.index, finished)))
    }
}
