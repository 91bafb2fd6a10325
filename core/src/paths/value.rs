//! Value that a sample's calls send, and what an account without code comes to by being called (EIP-161): balances as the way goes
//! on. What sending costs on top is here too; frames are [`super::calls`]'s.

use alloy_primitives::KECCAK256_EMPTY;

use super::{
    build::{Builder, Unfit},
    ssa::{Binary, Input, Unary, V},
};

/// What a call costs that sends value, and what of it the frame called is given (Yellow Paper, appendix G).
const SENDS: u64 = 9000;
const STIPEND: u64 = 2300;

/// What it costs to bring an account into being by sending it value (EIP-161).
const NEW_ACCOUNT: u64 = 25_000;

impl Builder<'_> {
    /// What the account at a place has now.
    pub(super) fn balance(&mut self, place: u32) -> V {
        let moved = self.state.world.moved.iter().find(|(moved, _)| *moved == place);
        match moved {
            Some((_, balance)) => self.form.resolve(*balance),
            None => self.form.input(Input::Balance(place)),
        }
    }

    /// Whether the account at a place is empty (EIP-161), as a value that is 0 or 1. Nothing on a way raises a nonce or sets a code.
    pub(super) fn is_empty(&mut self, place: u32) -> Result<V, Unfit> {
        if self.code_of(place)?.1 != KECCAK256_EMPTY {
            return Ok(self.form.small(0));
        }
        let nonce = self.form.input(Input::Nonce(place));
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
