//! Frames of a sample: calls into other code, and ends. A frame that fails takes back what it did (Yellow Paper, section 8).

use std::rc::Rc;

use alloy_primitives::U256;
use lanevm_shaders::Status;

use super::{
    build::{Builder, Code, Data, Frame, MOST_BYTES, Sum, Unfit, World},
    memory::Cell,
    ssa::{Binary, Input, Ternary, V},
};
use crate::gpu::{decode, precompile};

/// The precompile that gives back what it is given: the one that ways have.
const IDENTITY: u16 = 4;

/// Most frames at once: far below the EVM's own bound, which is therefore never met.
const MOST_FRAMES: usize = 64;

/// How a frame ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Well,
    Reverted,
    Halted,
}

impl Builder<'_> {
    /// CALL, CALLCODE, DELEGATECALL, STATICCALL.
    pub(super) fn call(&mut self, op: u8) -> Result<(), Unfit> {
        if self.state.frames.len() >= MOST_FRAMES {
            return Err(Unfit::Long);
        }
        let (wanted, address) = (self.pop(), self.pop());
        let value = if matches!(op, 0xf1 | 0xf2) { Some(self.pop()) } else { None };
        let (data_at, data_size, out_at, out_size) = (self.pop(), self.pop(), self.pop(), self.pop());
        let sends = match value {
            Some(value) => self.decide(value)?,
            None => false,
        };
        if sends && op == 0xf1 && self.frame().is_static {
            return self.halt(Status::StaticViolation);
        }
        let (data_at, data_size) = self.extent(data_at, data_size)?;
        let out = self.extent(out_at, out_size)?;
        if data_size > MOST_BYTES {
            return Err(Unfit::Memory);
        }
        let place = self.account(address)?;
        self.touch(place);
        let (bytes, hash) = self.code_of(place)?;
        let served = precompile(self.accounts[place as usize].address, self.fork);
        if let Some(number) = served.filter(|number| *number != IDENTITY) {
            return Err(Unfit::Precompile(number));
        }
        let stipend = if sends { self.charge_sending(place, op == 0xf1)? } else { 0 };
        // EIP-150: all but one 64th.
        let left = self.gas_left()?;
        self.affords()?;
        let six = self.form.small(6);
        let kept = self.form.binary(Binary::Shr, six, left);
        let most = self.form.binary(Binary::Sub, left, kept);
        let over = self.form.binary(Binary::Gt, wanted, most);
        let gas = self.form.ternary(Ternary::Select, over, most, wanted);
        let value = value.unwrap_or_else(|| self.form.small(0));
        let paid = !sends || self.can_pay(value)?;
        let undo = self.state.world.clone();
        if paid && sends && op == 0xf1 {
            self.transfer(place, value)?;
        }
        let enters = paid && (served.is_some() || !bytes.is_empty());
        if paid && bytes.is_empty() && matches!(op, 0xf1 | 0xfa) {
            self.touch_empty(place);
        }
        if !enters {
            // No frame is entered: what it would have been given comes back, the stipend too.
            let caller = self.frame();
            caller.used.fixed = caller.used.fixed.wrapping_sub(stipend);
            caller.returned = Rc::default();
            let result = self.form.small(u64::from(paid));
            self.push(result);
            return Ok(());
        }
        let stipend_value = self.form.small(stipend);
        let gas = self.form.binary(Binary::Add, gas, stipend_value);
        let data = self.read_memory(data_at, data_size);
        if served.is_some() {
            let cost = self.form.small(15 + 3 * data_size.div_ceil(32) as u64);
            let short = self.form.binary(Binary::Lt, gas, cost);
            if !self.decide(short)? {
                self.come_back(Ended::Well, cost, stipend, out, data);
            } else {
                self.take_back(undo);
                self.come_back(Ended::Halted, gas, stipend, out, Vec::new());
            }
            return Ok(());
        }
        let own = self.address_of(self.state.frames[self.state.frames.len() - 1].account);
        let caller = self.frame();
        let (account, sender, sent) = match op {
            0xf4 => (caller.account, caller.caller, caller.value),
            0xf2 => (caller.account, own, value),
            _ => (place, own, value),
        };
        let is_static = caller.is_static || op == 0xfa;
        self.spend(self.state.world.words())?;
        let code = self.codes.entry(hash).or_insert_with(|| Rc::new(Code { decoded: decode(&bytes), bytes }));
        let code = Rc::clone(code);
        self.state.frames.push(Frame {
            code,
            pc: 0,
            stack: Vec::new(),
            memory: Vec::new(),
            account,
            caller: sender,
            value: sent,
            data: Data::Cells(Rc::new(data)),
            is_static,
            gas,
            stipend,
            used: Sum::default(),
            returned: Rc::default(),
            out,
            undo,
            stored: None,
        });
        Ok(())
    }

    fn address_of(&mut self, place: u32) -> V {
        if place == 0 {
            let own = self.form.input(Input::Address);
            return self.form.resolve(own);
        }
        let address = self.accounts[place as usize].address;
        self.number(U256::from_be_slice(address.as_slice()))
    }

    /// STOP, RETURN, or the end of the code.
    pub(super) fn succeed(&mut self, status: Status, output: Vec<Cell>) -> Result<(), Unfit> {
        self.paid()?;
        self.leave_frame(Ended::Well, status, output)
    }

    /// REVERT.
    pub(super) fn revert(&mut self, output: Vec<Cell>) -> Result<(), Unfit> {
        self.paid()?;
        self.leave_frame(Ended::Reverted, Status::Revert, output)
    }

    /// An exceptional halt that is not for want of gas.
    pub(super) fn halt(&mut self, status: Status) -> Result<(), Unfit> {
        // What came before it was paid, or the frame would have ended there.
        self.paid()?;
        self.leave_frame(Ended::Halted, status, Vec::new())
    }

    fn leave_frame(&mut self, ended: Ended, status: Status, output: Vec<Cell>) -> Result<(), Unfit> {
        if self.state.frames.len() == 1 {
            self.end_first(status, &output);
            return Ok(());
        }
        let Some(frame) = self.state.frames.pop() else { return Err(Unfit::Differs("there is no frame")) };
        if ended != Ended::Well {
            self.take_back(frame.undo);
        }
        let used = if ended == Ended::Halted { frame.gas } else { frame.used.total(&mut self.form, false) };
        self.come_back(ended, used, frame.stipend, frame.out, output);
        Ok(())
    }

    /// Puts back what stood when a frame began.
    fn take_back(&mut self, undo: World) {
        // Accounts that it met are there, but cold again; slots that it met are not.
        let met = self.state.world.warm.len();
        self.state.world = undo;
        self.state.world.warm.resize(met, false);
    }

    /// The caller of a frame goes on, with the frame's output at an offset of its memory, so many bytes at most.
    fn come_back(&mut self, ended: Ended, used: V, stipend: u64, (at, size): (usize, usize), output: Vec<Cell>) {
        self.charge_value(used);
        let own = &mut self.frame().used;
        // Sending has cost more than that.
        own.fixed = own.fixed.wrapping_sub(stipend);
        let count = size.min(output.len());
        let caller = self.frame();
        caller.memory[at..at + count].copy_from_slice(&output[..count]);
        caller.returned = Rc::new(output);
        let result = self.form.small(u64::from(ended == Ended::Well));
        self.push(result);
    }
}
