//! The steps of opening a call, in their order: admission, payment, warm addresses, authorisations, and the entry into the
//! first frame. What they are made of stands in the files beside this one.

use lanevm_shaders::{Fork, Status};

use super::{
    Bill, FirstCode, KnownCode, Opening, Stop,
    accounts::{Accounts, Code},
    admission, authorization, gas, precompile,
};
use crate::{Address, Batch, CallRef, Level, ProgramId, Reason, Transaction, U256, gpu::closing::Finished};

/// A call on its way to its first frame.
pub(super) struct Begun<'a> {
    pub(super) batch: &'a Batch,
    pub(super) index: usize,
    pub(super) call: &'a CallRef<'a>,
    pub(super) opening: Opening,
    pub(super) accounts: Accounts<'a>,
}

impl Begun<'_> {
    /// Level `frame`.
    pub(super) fn frame(mut self) -> Result<Opening, Stop> {
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
    pub(super) fn transaction(mut self, tx: &Transaction, blob_base_fee: u128) -> Result<Opening, Stop> {
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
        if is_designator && self.batch.observe.any() {
            // It is the code that is observed, and what runs it is another engine.
            return Err(Reason::Target.into());
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
