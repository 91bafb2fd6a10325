//! The few instructions that the tests' first frames have, so that calls can be closed without a device. It is no
//! interpreter: a program it does not know is a mistake of the test's.

use lanevm_shaders::{Fork, Status};

use super::super::{FirstCode, KnownCode, KnownState, Opening};
use crate::{
    Absent, Batch, Bytes, CallRef, U256,
    gpu::closing::{FinalAccount, FinalCode, FinalState, Finished},
};

/// STOP.
pub(super) const STOP: &[u8] = &[0x00];
/// INVALID.
pub(super) const INVALID: &[u8] = &[0xfe];
/// Not an instruction in any fork.
pub(super) const UNDEFINED: &[u8] = &[0xef];
/// Reverts without data.
pub(super) const REVERT: &[u8] = &[0x60, 0, 0x60, 0, 0xfd];
/// Returns one zero byte.
pub(super) const RETURN: &[u8] = &[0x60, 1, 0x60, 0, 0xf3];
/// Clears slot 0.
pub(super) const CLEAR: &[u8] = &[0x60, 0, 0x60, 0, 0x55, 0x00];
/// Destroys itself in favour of the caller.
pub(super) const DESTROY: &[u8] = &[0x33, 0xff];

/// A frame under way.
struct Frame<'a> {
    batch: &'a Batch,
    call: CallRef<'a>,
    opening: &'a Opening,
    gas: u64,
    steps: u64,
    refund: i64,
    output: &'static [u8],
    accounts: Vec<FinalAccount>,
    slots: Vec<(u32, U256, U256)>,
}

/// Runs the first frame; `None` where it needs what a partial world does not hold.
pub(super) fn run(batch: &Batch, index: usize, opening: &Opening) -> Option<Finished<'static>> {
    let call = batch.call(index);
    let data = call.data.bytes();
    let code: &[u8] = match opening.code {
        FirstCode::None => {
            return Some(Finished { gas_left: opening.gas, ..Finished::of(Status::Stop) });
        }
        FirstCode::Program(program) => batch.programs[program as usize].code(),
        FirstCode::Init => &data,
    };
    let mut frame = Frame {
        batch,
        call,
        opening,
        gas: opening.gas,
        steps: 0,
        refund: 0,
        output: &[],
        accounts: Vec::new(),
        slots: Vec::new(),
    };
    let status = frame.status(code)?;
    Some(Finished {
        status,
        gas_left: frame.gas,
        refund: frame.refund,
        steps: frame.steps,
        output: frame.output,
        accounts: frame.accounts,
        slots: frame.slots,
    })
}

impl Frame<'_> {
    /// Fetches an instruction and pays for it; the status where that ends the frame.
    fn step(&mut self, gas: u64) -> Result<(), Status> {
        if self.batch.limits.max_steps.is_some_and(|most| self.steps >= most) {
            return Err(Status::StepLimit);
        }
        self.steps += 1;
        self.gas = self.gas.checked_sub(gas).ok_or(Status::OutOfGas)?;
        Ok(())
    }

    fn status(&mut self, code: &[u8]) -> Option<Status> {
        let ended = match code {
            [] | [0x00, ..] => self.step(0).err().unwrap_or(Status::Stop),
            INVALID => self.step(0).err().unwrap_or(Status::InvalidOpcode),
            [0xef, ..] => self.step(0).err().unwrap_or(Status::UndefinedOpcode),
            REVERT => self.steps(&[3, 3, 0]).unwrap_or(Status::Revert),
            RETURN => self.steps(&[3, 3, 3]).unwrap_or_else(|| self.returned()),
            CLEAR => match self.steps(&[3, 3]) {
                Some(status) => status,
                None => self.clear()?,
            },
            DESTROY => match self.steps(&[2]) {
                Some(status) => status,
                None => self.destroy()?,
            },
            other => panic!("no test has the code {other:02x?}"),
        };
        Some(ended)
    }

    fn steps(&mut self, costs: &[u64]) -> Option<Status> {
        costs.iter().find_map(|gas| self.step(*gas).err())
    }

    fn returned(&mut self) -> Status {
        self.output = &[0];
        if self.opening.creates {
            match self.gas.checked_sub(200) {
                Some(left) => self.gas = left,
                None => return Status::OutOfGas,
            }
        }
        Status::Return
    }

    fn clear(&mut self) -> Option<Status> {
        if let Err(status) = self.step(0) {
            return Some(status);
        }
        if self.gas <= 2300 {
            return Some(Status::OutOfGas);
        }
        let cold = if self.opening.slots.contains(&(0, U256::ZERO)) { 0 } else { 2100 };
        let account = &self.opening.accounts[0];
        let value = match self.batch.storage(self.call.world, &account.address, &U256::ZERO) {
            _ if account.created => U256::ZERO,
            Some(value) => value,
            None if self.is_partial() => return None,
            None => U256::ZERO,
        };
        let cost = if value.is_zero() { 100 } else { 2900 };
        let Some(left) = self.gas.checked_sub(cold + cost) else { return Some(Status::OutOfGas) };
        self.gas = left;
        if !value.is_zero() {
            self.refund = 4800;
            self.slots.push((0, U256::ZERO, U256::ZERO));
        }
        Some(self.step(0).err().unwrap_or(Status::Stop))
    }

    fn destroy(&mut self) -> Option<Status> {
        if let Err(status) = self.step(5000) {
            return Some(status);
        }
        let caller = self.opening.caller as usize;
        let known = &self.opening.accounts[caller];
        let in_world = self.batch.account(self.call.world, &known.address);
        if known.state.is_none() && in_world.is_none() && self.is_partial() {
            return None;
        }
        let heir = known.state.unwrap_or_else(|| KnownState {
            nonce: in_world.map_or(0, |account| account.nonce),
            balance: in_world.map_or(U256::ZERO, |account| account.balance),
            code: KnownCode::AsInWorld,
        });
        let own = self.opening.accounts[0].state.expect("the target was read");
        let has_code = match heir.code {
            KnownCode::AsInWorld => in_world
                .and_then(|account| account.code)
                .is_some_and(|code| !self.batch.programs[code as usize].code().is_empty()),
            KnownCode::Empty => false,
            KnownCode::Delegation(_) => true,
        };
        let is_new = heir.nonce == 0 && heir.balance.is_zero() && !has_code;
        if is_new && !own.balance.is_zero() {
            let Some(left) = self.gas.checked_sub(25_000) else { return Some(Status::OutOfGas) };
            self.gas = left;
        }
        let is_destroyed = self.opening.accounts[0].created || self.call.fork < Fork::Cancun;
        self.accounts = self.opening.accounts.iter().map(unchanged).collect();
        if caller != 0 {
            let state =
                FinalState { nonce: heir.nonce, balance: heir.balance + own.balance, code: FinalCode::AsInWorld };
            self.accounts[caller].state = Some(state);
            self.accounts[caller].touched = true;
        }
        if let Some(state) = &mut self.accounts[0].state
            && (caller != 0 || is_destroyed)
        {
            state.balance = U256::ZERO;
        }
        self.accounts[0].destroyed = is_destroyed;
        // One that the lane met later, and only looked at.
        self.accounts.push(FinalAccount {
            address: crate::Address::repeat_byte(0xbb),
            state: None,
            touched: false,
            destroyed: false,
        });
        Some(Status::SelfDestruct)
    }

    fn is_partial(&self) -> bool {
        self.batch.worlds[self.call.world as usize].absent == Absent::Unknown
    }
}

fn unchanged(known: &super::super::Known) -> FinalAccount {
    FinalAccount {
        address: known.address,
        state: known.state.map(|state| FinalState {
            nonce: state.nonce,
            balance: state.balance,
            code: match state.code {
                KnownCode::AsInWorld => FinalCode::AsInWorld,
                KnownCode::Empty => FinalCode::Bytes(Bytes::new()),
                // A device may leave this to the opening.
                KnownCode::Delegation(_) => FinalCode::AsInWorld,
            },
        }),
        touched: known.touched,
        destroyed: false,
    }
}
