//! Accounts and slots that a sample meets, with what each costs the first time (EIP-2929) and what storing costs (EIP-2200,
//! EIP-3529).

use alloy_primitives::{Address, B256, Bytes};
use lanevm_shaders::layout::{P_COLD_ACCOUNT, P_COLD_SLOAD, P_COLD_SLOT};

use super::{
    build::{Builder, Slot, Unfit},
    ssa::{Binary, Input, Look, Ternary, Unary, V, Visited},
};
use crate::gpu::{DESIGNATOR, precompile};

impl Builder<'_> {
    /// What a cold account costs on top, the first time it is met (EIP-2929).
    pub(super) fn touch(&mut self, place: u32) {
        let is_precompile = precompile(self.accounts[place as usize].address, self.fork).is_some();
        if std::mem::replace(&mut self.state.world.warm[place as usize], true) || is_precompile {
            return;
        }
        let warm = self.look(Look::Warm, place);
        let price = self.parameter(P_COLD_ACCOUNT);
        self.charge_cold(warm, price);
    }

    /// Charges a price unless a value is 1.
    fn charge_cold(&mut self, warm: V, price: u64) {
        let cold = self.form.unary(Unary::IsZero, warm);
        let price = self.form.small(price);
        let gas = self.form.binary(Binary::Mul, cold, price);
        self.charge_value(gas);
    }

    /// Charges for a slot that the way meets for the first time: access lists may have made it warm.
    fn charge_slot(&mut self, key: V, price: u64) {
        let account = self.frame().account;
        let lists = !self.lane.opening.slots.is_empty();
        let warm = if lists { self.form.looked(Look::WarmSlot, account, key) } else { self.form.small(0) };
        self.charge_cold(warm, price);
    }

    /// BALANCE, EXTCODESIZE, EXTCODEHASH.
    pub(super) fn look_at_account(&mut self, op: u8) -> Result<(), Unfit> {
        let address = self.pop();
        let place = self.account(address)?;
        self.touch(place);
        let v = match op {
            0x31 => self.balance(place),
            0x3b => {
                let size = self.code_of(place)?.0.len() as u64;
                self.form.small(size)
            }
            _ => {
                let (empty, hash) = (self.is_empty(place)?, self.code_of(place)?.1);
                let (zero, hash) = (self.form.small(0), self.number(hash));
                self.form.ternary(Ternary::Select, empty, zero, hash)
            }
        };
        self.push(v);
        Ok(())
    }

    /// The code at an address, and its hash; none that stands for another's (EIP-7702).
    pub(super) fn plain_code(&self, address: &Address) -> Result<(Bytes, B256), Unfit> {
        let found = self.lane.code_at(address).ok_or(Unfit::Delegation)?;
        if found.0.starts_with(&DESIGNATOR) { Err(Unfit::Delegation) } else { Ok(found) }
    }

    /// The code of the account at a place, and its hash. What a lane runs at its own address need not stand there: where that
    /// code is looked at, the account is visited once more.
    pub(super) fn code_of(&mut self, place: u32) -> Result<(Bytes, B256), Unfit> {
        let visited = self.accounts[place as usize];
        let (bytes, code) = self.plain_code(&visited.address)?;
        let again = Visited { code, ..visited };
        if place == 0 && !self.accounts[1..].contains(&again) {
            let own = self.form.input(Input::Address);
            self.pin(own)?;
            self.accounts.push(again);
            self.state.world.warm.push(true);
        }
        Ok((bytes, code))
    }

    /// The met slot of a key, with guards that tell it from the others.
    fn slot(&mut self, transient: bool, key: V) -> Result<usize, Unfit> {
        let account = self.frame().account;
        let wanted = self.sample(key)?;
        for at in 0..self.state.world.slots.len() {
            let slot = self.state.world.slots[at];
            if (slot.account, slot.transient) != (account, transient) {
                continue;
            }
            let same = self.form.binary(Binary::Eq, slot.key, key);
            if self.sample(slot.key)? == wanted {
                self.guard(same)?;
                return Ok(at);
            }
            let other = self.form.unary(Unary::IsZero, same);
            self.guard(other)?;
        }
        if self.turns(key) {
            return Err(Unfit::Loop);
        }
        let original = if transient { self.form.small(0) } else { self.form.stored(account, key) };
        // A world that does not say is found out here.
        self.sample(original)?;
        let slot = Slot { account, transient, key, original, current: original, warm: false, written: false };
        self.state.world.slots.push(slot);
        Ok(self.state.world.slots.len() - 1)
    }

    pub(super) fn load_slot(&mut self, transient: bool) -> Result<(), Unfit> {
        let key = self.pop();
        let at = self.slot(transient, key)?;
        let slot = &mut self.state.world.slots[at];
        let was_warm = std::mem::replace(&mut slot.warm, true);
        let v = slot.current;
        if !transient && !was_warm {
            let cold = self.parameter(P_COLD_SLOAD);
            self.charge_slot(key, cold);
        }
        self.push(v);
        Ok(())
    }

    pub(super) fn store_slot(&mut self, transient: bool) -> Result<(), Unfit> {
        if !transient {
            let used = self.frame().used;
            self.frame().stored = Some(used);
        }
        let (key, value) = (self.pop(), self.pop());
        let at = self.slot(transient, key)?;
        let Slot { original, current, warm, .. } = self.state.world.slots[at];
        if !transient {
            if !warm {
                let cold = self.parameter(P_COLD_SLOT);
                self.charge_slot(key, cold);
            }
            let gas = self.form.ternary(Ternary::SstoreGas, original, current, value);
            self.charge_value(gas);
            let refund = self.form.ternary(Ternary::SstoreRefund, original, current, value);
            self.refund(refund);
        }
        let slot = &mut self.state.world.slots[at];
        slot.warm = true;
        slot.written = true;
        slot.current = value;
        Ok(())
    }

    fn refund(&mut self, v: V) {
        let Self { form, state, .. } = self;
        state.world.refund.add(form, v);
    }
}
