//! A call after its frames, at every level: gas, refund, fees and the changes that stand, without revm. It decodes nothing
//! of the device's and encodes no logs; what comes before the frames is [`super::opening`]'s.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use lanevm_shaders::{Class, Fork, Status};

use super::opening::{KnownCode, Opening, designator};
use crate::{
    Account, Address, Batch, Bytes, Executor, Outcome, U256,
    outcome::{AccountChange, StateChanges},
};

/// The part of the gas spent that refunds can give back (EIP-3529).
const REFUND_QUOTIENT: u64 = 5;

/// A lane at its end.
#[derive(Clone, Debug)]
pub(crate) struct Finished<'a> {
    /// How the first frame ended.
    pub(crate) status: Status,
    /// Gas that the first frame has left; looked at where the status does not take it all. A create's code is paid.
    pub(crate) gas_left: u64,
    /// The frames' refund counter; looked at where the status is a success.
    pub(crate) refund: i64,
    /// Instructions of all frames.
    pub(crate) steps: u64,
    /// Return or revert data; the code deployed, where the first frame creates.
    pub(crate) output: &'a [u8],
    /// Where the status is a success: the opening's accounts, in its order, then those met later. Empty where the lane
    /// changed no account: then the opening's own stand.
    pub(crate) accounts: Vec<FinalAccount>,
    /// Where the status is a success: slots whose value is another than before the transaction, as index into the
    /// accounts, key and value.
    pub(crate) slots: Vec<(u32, U256, U256)>,
}

/// An account as a lane leaves it.
#[derive(Clone, Debug)]
pub(crate) struct FinalAccount {
    /// Its address.
    pub(crate) address: Address,
    /// What it holds; `None` where nothing read it.
    pub(crate) state: Option<FinalState>,
    /// Whether it was touched (EIP-161); what the opening touched need not be said again.
    pub(crate) touched: bool,
    /// Whether it is gone at the end of the transaction, by SELFDESTRUCT.
    pub(crate) destroyed: bool,
}

/// What an account holds at the end.
#[derive(Clone, Debug)]
pub(crate) struct FinalState {
    /// Nonce.
    pub(crate) nonce: u64,
    /// Balance.
    pub(crate) balance: U256,
    /// Code.
    pub(crate) code: FinalCode,
}

/// The code of an account at the end.
#[derive(Clone, Debug)]
pub(crate) enum FinalCode {
    /// What it was as the first frame began: the world's, or what an authorisation set.
    AsInWorld,
    /// These bytes, or none.
    Bytes(Bytes),
}

impl Finished<'_> {
    /// An end of which nothing but the status is known.
    pub(crate) const fn of(status: Status) -> Self {
        Self { status, gas_left: 0, refund: 0, steps: 0, output: &[], accounts: Vec::new(), slots: Vec::new() }
    }
}

/// An account at the end of the call, fees aside.
struct Ending<'a> {
    address: Address,
    /// As the world holds it.
    before: Option<&'a Account>,
    nonce: u64,
    balance: U256,
    /// Code other than the world's.
    code: Option<Cow<'a, [u8]>>,
    touched: bool,
    destroyed: bool,
    /// Whether a touch removes an empty account (EIP-161), and does not bring it into being.
    clears: bool,
}

impl Opening {
    /// The outcome, logs left out.
    pub(crate) fn close(&self, batch: &Batch, index: usize, finished: Finished<'_>) -> Outcome {
        let mut outcome = self.close_gas(batch, index, &finished);
        let class = finished.status.class();
        if !matches!(class, Class::Success | Class::Revert | Class::Halt) {
            return outcome;
        }
        if class != Class::Halt {
            outcome.output = Bytes::copy_from_slice(finished.output);
        }
        outcome.changes = self.changes(batch, index, &finished, class == Class::Success, outcome.gas_used);
        outcome
    }

    /// The outcome without return data, logs and state changes: what can be had from a lane's registers alone.
    pub(crate) fn close_gas(&self, batch: &Batch, index: usize, finished: &Finished<'_>) -> Outcome {
        let class = finished.status.class();
        // Init code that ends well has returned its code, if only by STOP: both engines say `return`.
        let status = if self.creates && class == Class::Success { Status::Return } else { finished.status };
        let mut outcome =
            Outcome { status: Some(status), steps: finished.steps, executor: Executor::Gpu, ..Outcome::default() };
        if !matches!(class, Class::Success | Class::Revert | Class::Halt) {
            return outcome;
        }
        let succeeded = class == Class::Success;
        let returns = class != Class::Halt || is_unentered(status);
        let left = if returns { finished.gas_left.min(self.gas) } else { 0 };
        outcome.created = self.accounts.first().filter(|_| self.creates && succeeded).map(|account| account.address);
        self.settle_gas(*batch.calls.gas.get(index), left, if succeeded { finished.refund } else { 0 }, &mut outcome);
        outcome
    }

    /// Gas used, and what is refunded of it.
    fn settle_gas(&self, limit: u64, left: u64, refund: i64, outcome: &mut Outcome) {
        outcome.refund = refund;
        outcome.gas_used = limit.saturating_sub(left);
        let Some(bill) = &self.bill else { return };
        outcome.refund += bill.refund;
        let asked = u64::try_from(outcome.refund).unwrap_or_default();
        outcome.refund_granted = asked.min(outcome.gas_used / REFUND_QUOTIENT);
        outcome.gas_used -= outcome.refund_granted;
        if outcome.gas_used < bill.floor {
            // EIP-7623: the floor is paid, and nothing refunded.
            outcome.gas_used = bill.floor;
            outcome.refund_granted = 0;
        }
    }

    fn changes(
        &self,
        batch: &Batch,
        index: usize,
        finished: &Finished<'_>,
        succeeded: bool,
        gas_used: u64,
    ) -> StateChanges {
        let prices = self.bill.as_ref().and_then(|bill| bill.prices);
        let limit = *batch.calls.gas.get(index);
        let caller = *batch.calls.caller.get(index);
        let coinbase = batch.blocks[*batch.calls.block.get(index) as usize].coinbase;
        let mut changes = StateChanges::new();
        let mut coinbase_is_paid = prices.is_none();
        let count = if succeeded { finished.accounts.len().max(self.accounts.len()) } else { self.accounts.len() };
        for at in 0..count {
            let Some(mut ending) = self.ending(batch, index, at, finished, succeeded) else { continue };
            if let Some((price, tip)) = prices {
                if ending.address == caller {
                    ending.pay(price, limit.saturating_sub(gas_used));
                }
                if ending.address == coinbase {
                    ending.pay(tip, gas_used);
                    coinbase_is_paid = true;
                }
            }
            ending.enter_into(batch, &mut changes);
        }
        if let (Some((_, tip)), false) = (prices, coinbase_is_paid) {
            let mut ending = Ending::untouched(batch, index, coinbase);
            ending.pay(tip, gas_used);
            ending.enter_into(batch, &mut changes);
        }
        if succeeded {
            self.enter_slots(batch, index, finished, &mut changes);
        }
        changes
    }

    /// The account at a place; `None` where nothing was read or changed of it.
    fn ending<'a>(
        &'a self,
        batch: &'a Batch,
        index: usize,
        at: usize,
        finished: &'a Finished<'_>,
        succeeded: bool,
    ) -> Option<Ending<'a>> {
        let known = self.accounts.get(at);
        let last = finished.accounts.get(at).filter(|_| succeeded);
        let address = known.map(|known| known.address).or(last.map(|last| last.address))?;
        debug_assert!(last.is_none_or(|last| last.address == address), "a lane's accounts begin with the opening's");
        let begun = known.and_then(|known| known.state);
        let state = last.and_then(|last| last.state.as_ref());
        if begun.is_none() && state.is_none() {
            return None;
        }
        let mut ending = Ending::untouched(batch, index, address);
        if let (Some(known), Some(begun)) = (known, begun) {
            ending.touched = known.touched;
            (ending.nonce, ending.balance) = (begun.nonce, begun.balance);
            ending.code = match begun.code {
                KnownCode::AsInWorld => None,
                KnownCode::Empty => Some(Cow::Borrowed(&[])),
                KnownCode::Delegation(to) => Some(Cow::Owned(designator(&to).to_vec())),
            };
        }
        if !succeeded {
            return self.undo(at, ending);
        }
        if let Some(state) = state {
            (ending.nonce, ending.balance) = (state.nonce, state.balance);
            if let FinalCode::Bytes(bytes) = &state.code {
                ending.code = Some(Cow::Borrowed(bytes));
            }
        }
        if self.creates && at == 0 {
            ending.code = Some(Cow::Borrowed(finished.output));
        }
        ending.touched |= last.is_some_and(|last| last.touched);
        ending.destroyed = last.is_some_and(|last| last.destroyed);
        Some(ending)
    }

    /// The account as it was before the first frame was entered.
    fn undo<'a>(&self, at: usize, mut ending: Ending<'a>) -> Option<Ending<'a>> {
        let entry = &self.entry;
        if at == 0 && entry.made {
            return None;
        }
        if at == 0 {
            ending.balance -= entry.moved;
            ending.touched &= !entry.touched_target;
        }
        if at == self.caller as usize {
            ending.balance += entry.moved;
            ending.touched &= !entry.touched_caller;
        }
        Some(ending)
    }

    /// Enters slots. An account that is gone has none.
    fn enter_slots(&self, batch: &Batch, index: usize, finished: &Finished<'_>, changes: &mut StateChanges) {
        // Slots of one account mostly come together.
        let mut last: Option<(u32, Option<Address>)> = None;
        for (at, key, value) in &finished.slots {
            let (_, address) = match last {
                Some(last) if last.0 == *at => last,
                _ => {
                    let ending = self.ending(batch, index, *at as usize, finished, true);
                    (*at, ending.filter(|ending| !ending.is_gone(batch)).map(|ending| ending.address))
                }
            };
            last = Some((*at, address));
            if let Some(address) = address {
                changes.entry(address).or_default().storage.insert(*key, *value);
            }
        }
    }
}

impl<'a> Ending<'a> {
    /// An account as the world holds it.
    fn untouched(batch: &'a Batch, index: usize, address: Address) -> Self {
        let before = batch.account(*batch.calls.world.get(index), &address);
        let clears = batch.calls.fork.get(index).0 >= Fork::SpuriousDragon;
        let (nonce, balance) = before.map_or((0, U256::ZERO), |account| (account.nonce, account.balance));
        Self { address, before, nonce, balance, code: None, touched: false, destroyed: false, clears }
    }

    /// Pays so much gas at a price. A payment of nothing is a touch too; one that no balance could hold is dropped.
    fn pay(&mut self, price: u128, gas: u64) {
        self.touched = true;
        let sum = U256::from(price).checked_mul(U256::from(gas)).and_then(|paid| self.balance.checked_add(paid));
        self.balance = sum.unwrap_or(self.balance);
    }

    fn code_before<'b>(&self, batch: &'b Batch) -> &'b [u8] {
        self.before.and_then(|before| before.code).map_or(&[], |code| batch.programs[code as usize].code())
    }

    /// Whether the account does not outlive the call: it destroyed itself, or was touched and is empty (EIP-161).
    fn is_gone(&self, batch: &Batch) -> bool {
        self.destroyed || (self.clears && self.touched && self.is_empty(batch))
    }

    fn is_empty(&self, batch: &Batch) -> bool {
        self.nonce == 0
            && self.balance.is_zero()
            && self.code.as_deref().unwrap_or_else(|| self.code_before(batch)).is_empty()
    }

    /// Enters what is other than in the world.
    fn enter_into(&self, batch: &Batch, changes: &mut StateChanges) {
        let mut change = if self.is_gone(batch) {
            AccountChange { removed: self.before.is_some(), ..AccountChange::default() }
        } else {
            let (nonce, balance) = self.before.map_or((0, U256::ZERO), |before| (before.nonce, before.balance));
            let code = self.code.as_deref().filter(|code| *code != self.code_before(batch));
            AccountChange {
                nonce: (self.nonce != nonce).then_some(self.nonce),
                balance: (self.balance != balance).then_some(self.balance),
                code: code.map(Bytes::copy_from_slice),
                ..AccountChange::default()
            }
        };
        if !self.clears && self.touched && !self.destroyed && self.before.is_none() && change.is_empty() {
            change.balance = Some(U256::ZERO);
        }
        if !change.is_empty() {
            changes.insert(self.address, change);
        }
    }
}

/// Whether a halt with this status took no gas, since its frame was never entered.
const fn is_unentered(status: Status) -> bool {
    matches!(status, Status::CallDepth | Status::InsufficientBalance | Status::NonceOverflow)
}
