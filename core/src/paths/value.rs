//! Accounts that a sample meets, value that its calls send, and what an account without code comes to by being called (EIP-161):
//! balances as the way goes on. What sending costs on top is here too; frames are [`super::calls`]'s.

use alloy_primitives::{KECCAK256_EMPTY, U256};

use super::{
    build::{Builder, Unfit},
    evaluate::short,
    ssa::{AccountEnd, Binary, Input, Look, Unary, V, Visited},
};

/// No precompile's address is over this.
const FAR: U256 = U256::from_limbs([0xffff, 0, 0, 0]);

/// What a call costs that sends value (Yellow Paper, appendix G).
const SENDS: u64 = 9000;

/// What of it the frame called is given. SSTORE with this gas or less is out of gas (EIP-2200).
pub(super) const STIPEND: u64 = 2300;

/// What it costs to bring an account into being by sending it value (EIP-161).
const NEW_ACCOUNT: u64 = 25_000;

impl Builder<'_> {
    /// What the account at a place has now.
    pub(super) fn balance(&mut self, place: u32) -> V {
        let moved = self.state.world.moved.iter().find(|(moved, _)| *moved == place);
        match moved {
            Some((_, balance)) => self.form.resolve(*balance),
            None => self.look(Look::Balance, place),
        }
    }

    /// The address of the account at a place, as the value that it is looked at by.
    fn address_at(&mut self, place: u32) -> V {
        let Visited { address, by, .. } = self.accounts[place as usize];
        match by {
            Some(by) => by,
            None if place == 0 => self.form.input(Input::Address),
            None => self.number(U256::from_be_slice(address.as_slice())),
        }
    }

    /// What the state says of the account at a place.
    pub(super) fn look(&mut self, look: Look, place: u32) -> V {
        let address = self.address_at(place);
        self.form.looked(look, place, address)
    }

    /// The place of the account with this address; one that is new is looked at first. No two places have one address, but for the
    /// first frame's own account.
    pub(super) fn account(&mut self, v: V) -> Result<u32, Unfit> {
        let mask = self.number((U256::ONE << 160) - U256::ONE);
        let v = self.form.binary(Binary::And, v, mask);
        let wanted = self.sample(v)?;
        let address = short(wanted);
        if let Some(place) = self.accounts.iter().position(|visited| visited.address == address) {
            let known = self.address_at(place as u32);
            let same = self.form.binary(Binary::Eq, v, known);
            self.guard(same)?;
            return Ok(place as u32);
        }
        let (bytes, code) = self.plain_code(&address)?;
        // Of an account without code nothing need be known beforehand, not even its address.
        let is_open = self.form.constant(v).is_none() && bytes.is_empty() && wanted > FAR && !self.turns(v);
        if !is_open {
            self.pin(v)?;
            let own = self.form.input(Input::Address);
            self.pin(own)?;
        }
        for place in 0..self.accounts.len() as u32 {
            // Constants differ as they stand.
            let other = self.address_at(place);
            let same = self.form.binary(Binary::Eq, other, v);
            let differs = self.form.unary(Unary::IsZero, same);
            self.guard(differs)?;
        }
        self.accounts.push(Visited { address, code, by: is_open.then_some(v) });
        self.state.world.warm.push(false);
        let place = self.accounts.len() as u32 - 1;
        if is_open {
            let near = self.number(FAR);
            let far = self.form.binary(Binary::Lt, near, v);
            self.guard(far)?;
            let codeless = self.look(Look::Codeless, place);
            self.guard(codeless)?;
        }
        Ok(place)
    }

    /// Accounts that calls have touched, as the first frame leaves them.
    pub(super) fn touched(&mut self) -> Vec<AccountEnd> {
        let moved = self.state.world.moved.clone();
        let ends = moved.into_iter();
        ends.map(|(account, balance)| AccountEnd { account, address: self.address_at(account), balance }).collect()
    }

    /// Whether the account at a place is empty (EIP-161), as a value that is 0 or 1. Nothing on a way raises a nonce or sets a code.
    pub(super) fn is_empty(&mut self, place: u32) -> Result<V, Unfit> {
        if self.code_of(place)?.1 != KECCAK256_EMPTY {
            return Ok(self.form.small(0));
        }
        let nonce = self.look(Look::Nonce, place);
        let balance = self.balance(place);
        let [no_nonce, no_balance] = [nonce, balance].map(|v| self.form.unary(Unary::IsZero, v));
        Ok(self.form.binary(Binary::And, no_nonce, no_balance))
    }

    /// The account has so much now, and is touched.
    fn hold(&mut self, place: u32, balance: V) {
        let moved = &mut self.state.world.moved;
        match moved.iter_mut().find(|(moved, _)| *moved == place) {
            Some((_, held)) => *held = balance,
            None => moved.push((place, balance)),
        }
    }

    /// An account is called, and keeps what it has. It matters where it may be empty.
    pub(super) fn touch_empty(&mut self, place: u32) {
        let balance = self.balance(place);
        self.hold(place, balance);
    }

    /// Charges for sending value to the account at a place; `makes`: it is brought into being by that. Gives what the frame called
    /// is given on top.
    pub(super) fn charge_sending(&mut self, place: u32, makes: bool) -> Result<u64, Unfit> {
        self.charge(SENDS);
        if makes {
            let empty = self.is_empty(place)?;
            let price = self.form.small(NEW_ACCOUNT);
            let gas = self.form.binary(Binary::Mul, empty, price);
            self.charge_value(gas);
        }
        Ok(STIPEND)
    }

    /// Whether the running frame's account has so much.
    pub(super) fn can_pay(&mut self, value: V) -> Result<bool, Unfit> {
        let own = self.frame().account;
        let balance = self.balance(own);
        let short = self.form.binary(Binary::Lt, balance, value);
        Ok(!self.decide(short)?)
    }

    /// Moves value from the running frame's account, which has it, to another.
    pub(super) fn transfer(&mut self, to: u32, value: V) -> Result<(), Unfit> {
        let own = self.frame().account;
        if own == to {
            return Ok(());
        }
        let (from, held) = (self.balance(own), self.balance(to));
        let left = self.form.binary(Binary::Sub, from, value);
        let sum = self.form.binary(Binary::Add, held, value);
        // No rule speaks of balances over 2^256 - 1.
        let over = self.form.binary(Binary::Lt, sum, value);
        if self.decide(over)? {
            return Err(Unfit::Value);
        }
        self.hold(own, left);
        self.hold(to, sum);
        Ok(())
    }
}
