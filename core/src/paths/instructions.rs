//! One instruction of a sample, gone through with values for words (Yellow Paper, appendix H; the EIPs named at
//! [`lanevm_shaders::facts`]). Calls are [`super::calls`]'s, what is met of the state
//! [`super::state`]'s.

use std::rc::Rc;

use alloy_primitives::U256;
use lanevm_shaders::{Status, facts, layout::P_EXP_BYTE};

use super::{
    arithmetic::small,
    build::{Builder, Data, Frame, MOST_BYTES, MOST_MEMORY, Unfit},
    memory::{self, Cell, cells, joined},
    ssa::{Binary, Input, LogEnd, Ternary, Unary, V},
    value::STIPEND,
};
use crate::gpu::fork_parameters;

impl Builder<'_> {
    pub(super) fn parameter(&self, index: u32) -> u64 {
        u64::from(fork_parameters(self.fork)[index as usize])
    }

    pub(super) fn charge(&mut self, gas: u64) {
        self.frame().used.fixed += gas;
    }

    pub(super) fn charge_value(&mut self, v: V) {
        let Self { form, state, .. } = self;
        let last = state.frames.len() - 1;
        state.frames[last].used.add(form, v);
    }

    pub(super) fn pop(&mut self) -> V {
        // Underflow was tested before.
        match self.frame().stack.pop() {
            Some(v) => self.form.resolve(v),
            None => self.form.small(0),
        }
    }

    pub(super) fn push(&mut self, v: V) {
        self.frame().stack.push(v);
    }

    /// A number from the stack that must be what it is for the sample, below `bound`.
    fn known(&mut self, v: V, bound: usize) -> Result<usize, Unfit> {
        let value = self.pin(v)?;
        small(value, bound).ok_or(Unfit::Memory)
    }

    /// An extent of memory: offset and bytes. Memory grows to hold it, and is paid for (Yellow Paper, appendix G).
    pub(super) fn extent(&mut self, offset: V, size: V) -> Result<(usize, usize), Unfit> {
        let size = self.known(size, MOST_MEMORY + 1)?;
        if size == 0 {
            return Ok((0, 0));
        }
        let offset = self.known(offset, MOST_MEMORY)?;
        self.grow(offset + size)?;
        Ok((offset, size))
    }

    fn grow(&mut self, end: usize) -> Result<(), Unfit> {
        let words = end.div_ceil(32);
        let now = self.frame().memory.len() / 32;
        if words <= now {
            return Ok(());
        }
        if end > MOST_MEMORY {
            return Err(Unfit::Memory);
        }
        let cost = |words: usize| (3 * words + words * words / 512) as u64;
        self.charge(cost(words) - cost(now));
        let zero = self.form.small(0);
        let frame = self.frame();
        while frame.memory.len() < words * 32 {
            let at = (frame.memory.len() % 32) as u8;
            frame.memory.push((zero, at));
        }
        Ok(())
    }

    fn store(&mut self, at: usize, cells: impl IntoIterator<Item = Cell>) {
        let memory = &mut self.frame().memory;
        for (cell, at) in cells.into_iter().zip(at..) {
            memory[at] = cell;
        }
    }

    /// Cells of memory; those of no bytes are none.
    pub(super) fn read_memory(&mut self, at: usize, size: usize) -> Vec<Cell> {
        self.frame().memory[at..at + size].to_vec()
    }

    fn words_gas(&mut self, size: usize, each: u64) {
        self.charge(size.div_ceil(32) as u64 * each);
    }

    /// Call data from an offset on, zeros behind their end.
    fn data_cells(&mut self, offset: Option<usize>, size: usize) -> Vec<Cell> {
        let zero = self.form.small(0);
        let mut all = Vec::with_capacity(size);
        match self.frame().data.clone() {
            Data::First => {
                for at in (0..size).step_by(32) {
                    let word =
                        match offset.and_then(|offset| offset.checked_add(at)).and_then(|at| u32::try_from(at).ok()) {
                            Some(at) => self.form.input(Input::CallData(at)),
                            None => zero,
                        };
                    all.extend(cells(word).take(size - at));
                }
            }
            Data::Cells(held) => {
                let rest = offset.and_then(|offset| held.get(offset..)).unwrap_or_default();
                all.extend(rest.iter().take(size));
                all.resize(size, (zero, 0));
            }
        }
        all
    }

    /// Takes the next instruction. The order of faults is the reference's: undefined, static gas, stack underflow, stack
    /// overflow, then the instruction's own.
    pub(super) fn step(&mut self) -> Result<(), Unfit> {
        let Some(place) = self.places.get(self.at).copied() else {
            return Err(self.differs("the lane ended before the way"));
        };
        let depth = self.state.frames.len() - 1;
        let frame = self.frame();
        // Behind its end code is STOP.
        let op = frame.code.bytes.get(frame.pc).copied().unwrap_or(0);
        let height = frame.stack.len();
        if (place.pc as usize, usize::from(place.depth), usize::from(place.height), place.op)
            != (frame.pc, depth, height, op)
        {
            return Err(self.differs("another instruction"));
        }
        self.at += 1;
        self.state.steps.fixed += 1;
        let Some(fact) = facts::instruction(op, self.fork) else { return self.halt(Status::UndefinedOpcode) };
        if op == 0xfe {
            return self.halt(Status::InvalidOpcode);
        }
        self.charge(u64::from(fact.gas_in(self.fork)));
        if self.frame().is_static && fact.changes_state() {
            return self.halt(Status::StaticViolation);
        }
        if height < usize::from(fact.needs()) {
            return self.halt(Status::StackUnderflow);
        }
        if height < usize::from(fact.pops) {
            return Err(Unfit::Opcode(op));
        }
        if height + usize::from(fact.pushes) - usize::from(fact.pops) > 1024 {
            return self.halt(Status::StackOverflow);
        }
        let pc = self.frame().pc;
        self.frame().pc = pc + 1 + usize::from(fact.immediate);
        self.execute(op, pc)
    }

    /// Why the way and the steps part: mostly for want of gas, which is looked at when a frame ends.
    fn differs(&mut self, how: &'static str) -> Unfit {
        for at in 0..self.state.frames.len() {
            let Frame { gas, used, stored, .. } = self.state.frames[at].clone();
            // At its last store the frame needed more than the stipend.
            for (used, more) in [(Some(used), 0), (stored, STIPEND + 1)] {
                let Some(used) = used.map(|used| used.total(&mut self.form, false)) else { continue };
                match (self.sample(gas), self.sample(used)) {
                    (Ok(gas), Ok(used)) if used.saturating_add(U256::from(more)) <= gas => {}
                    (Ok(_), Ok(_)) => return Unfit::Gas,
                    (Err(unfit), _) | (_, Err(unfit)) => return unfit,
                }
            }
        }
        Unfit::Differs(how)
    }

    /// Operands of JUMPI taken and its price paid: where it goes, and on what condition. Its place is behind.
    pub(super) fn branch(&mut self) -> Result<(usize, V), Unfit> {
        let place = self.places[self.at];
        if place.op != 0x57 || place.pc as usize != self.frame().pc || self.frame().stack.len() < 2 {
            return Err(Unfit::Loop);
        }
        self.at += 1;
        self.state.steps.fixed += 1;
        let gas = facts::instruction(0x57, self.fork).map_or(0, |fact| fact.gas_in(self.fork));
        self.charge(u64::from(gas));
        let (target, condition) = (self.pop(), self.pop());
        let target = self.known(target, usize::MAX)?;
        Ok((target, condition))
    }

    fn is_target(&mut self, target: U256) -> Option<usize> {
        let code = &self.frame().code;
        let target = small(target, code.bytes.len())?;
        (code.decoded[target] & 0xff == 0x5b).then_some(target)
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each instruction")]
    fn execute(&mut self, op: u8, pc: usize) -> Result<(), Unfit> {
        match op {
            0x00 => return self.succeed(Status::Stop, Vec::new()),
            0x01..=0x07 | 0x0b | 0x10..=0x14 | 0x16..=0x18 | 0x1a..=0x1d => {
                let (a, b) = (self.pop(), self.pop());
                let v = self.form.binary(binary_of(op), a, b);
                self.push(v);
            }
            0x08 | 0x09 => {
                let (a, b, c) = (self.pop(), self.pop(), self.pop());
                let kind = if op == 0x08 { Ternary::AddMod } else { Ternary::MulMod };
                let v = self.form.ternary(kind, a, b, c);
                self.push(v);
            }
            0x0a => {
                let (base, exponent) = (self.pop(), self.pop());
                let bytes = self.form.unary(Unary::ByteLength, exponent);
                let each = self.parameter(P_EXP_BYTE);
                let each = self.number(U256::from(each));
                let gas = self.form.binary(Binary::Mul, bytes, each);
                self.charge_value(gas);
                let v = self.form.binary(Binary::Exp, base, exponent);
                self.push(v);
            }
            0x15 | 0x19 | 0x1e => {
                let a = self.pop();
                let kind = match op {
                    0x15 => Unary::IsZero,
                    0x19 => Unary::Not,
                    _ => Unary::Clz,
                };
                let v = self.form.unary(kind, a);
                self.push(v);
            }
            0x20 => {
                let (offset, size) = (self.pop(), self.pop());
                let (offset, size) = self.extent(offset, size)?;
                if size > MOST_BYTES {
                    return Err(Unfit::Memory);
                }
                self.words_gas(size, 6);
                let cells = self.read_memory(offset, size);
                let words = memory::words(&mut self.form, &cells);
                let v = self.form.keccak(words, size as u32);
                self.push(v);
            }
            0x30 => {
                let v = match self.frame().account {
                    0 => self.form.input(Input::Address),
                    place => {
                        let address = self.accounts[place as usize].address;
                        self.number(U256::from_be_slice(address.as_slice()))
                    }
                };
                self.push(v);
            }
            0x31 | 0x3b | 0x3f => self.look_at_account(op)?,
            0x3c => {
                let address = self.pop();
                let place = self.account(address)?;
                self.touch(place);
                let bytes = self.code_of(place)?.0;
                self.copy(op, &bytes)?;
            }
            0x40 | 0x49 => self.hash_of(op)?,
            0x32 | 0x3a | 0x41..=0x46 | 0x48 | 0x4a => {
                let v = self.form.input(input_of(op));
                self.push(v);
            }
            0x33 => {
                let v = self.frame().caller;
                self.push(v);
            }
            0x34 => {
                let v = self.frame().value;
                self.push(v);
            }
            0x35 => {
                let offset = self.pop();
                let offset = self.pin(offset)?;
                let cells = self.data_cells(usize::try_from(offset).ok(), 32);
                let v = joined(&mut self.form, &cells);
                self.push(v);
            }
            0x36 => {
                let v = match &self.frame().data {
                    Data::First => None,
                    Data::Cells(cells) => Some(cells.len() as u64),
                };
                let v = match v {
                    Some(size) => self.form.small(size),
                    None => self.form.input(Input::CallDataSize),
                };
                self.push(v);
            }
            0x37 | 0x39 | 0x3e | 0x5e => {
                let code = Rc::clone(&self.frame().code);
                self.copy(op, &code.bytes)?;
            }
            0x38 => {
                let size = self.frame().code.bytes.len() as u64;
                let v = self.form.small(size);
                self.push(v);
            }
            0x3d => {
                let size = self.frame().returned.len() as u64;
                let v = self.form.small(size);
                self.push(v);
            }
            0x47 => {
                let place = self.frame().account;
                let v = self.balance(place);
                self.push(v);
            }
            0x50 => {
                self.pop();
            }
            0x51..=0x53 => self.word_of_memory(op)?,
            0x54 | 0x5c => self.load_slot(op == 0x5c)?,
            0x55 | 0x5d => self.store_slot(op == 0x5d)?,
            0x56 => {
                let target = self.pop();
                let target = self.pin(target)?;
                match self.is_target(target) {
                    Some(target) => self.frame().pc = target,
                    None => return self.halt(Status::InvalidJump),
                }
            }
            0x57 => {
                let (target, condition) = (self.pop(), self.pop());
                if self.decide(condition)? {
                    let target = self.pin(target)?;
                    match self.is_target(target) {
                        Some(target) => self.frame().pc = target,
                        None => return self.halt(Status::InvalidJump),
                    }
                }
            }
            0x58 => {
                let v = self.form.small(pc as u64);
                self.push(v);
            }
            0x59 => {
                let size = self.frame().memory.len() as u64;
                let v = self.form.small(size);
                self.push(v);
            }
            0x5a => {
                let v = self.gas_left()?;
                self.push(v);
            }
            0x5b => {}
            0x5f..=0x7f => {
                let count = usize::from(op - 0x5f);
                let code = Rc::clone(&self.frame().code);
                let mut word = [0; 32];
                for (at, byte) in word[32 - count..].iter_mut().enumerate() {
                    *byte = code.bytes.get(pc + 1 + at).copied().unwrap_or(0);
                }
                let v = self.number(U256::from_be_bytes(word));
                self.push(v);
            }
            0x80..=0x8f => {
                let stack = &self.frame().stack;
                let v = stack[stack.len() - 1 - usize::from(op - 0x80)];
                self.push(v);
            }
            0x90..=0x9f => {
                let stack = &mut self.frame().stack;
                let top = stack.len() - 1;
                stack.swap(top, top - 1 - usize::from(op - 0x90));
            }
            0xa0..=0xa4 => self.log(usize::from(op - 0xa0))?,
            0xf1 | 0xf2 | 0xf4 | 0xfa => return self.call(op),
            0xf3 | 0xfd => {
                let (offset, size) = (self.pop(), self.pop());
                let (offset, size) = self.extent(offset, size)?;
                if size > MOST_BYTES {
                    return Err(Unfit::Memory);
                }
                let output = self.read_memory(offset, size);
                return if op == 0xf3 { self.succeed(Status::Return, output) } else { self.revert(output) };
            }
            _ => return Err(Unfit::Opcode(op)),
        }
        Ok(())
    }

    fn word_of_memory(&mut self, op: u8) -> Result<(), Unfit> {
        let offset = self.pop();
        let size = self.number(U256::from(if op == 0x53 { 1 } else { 32 }));
        let (at, _) = self.extent(offset, size)?;
        if op == 0x51 {
            let cells = self.read_memory(at, 32);
            let v = joined(&mut self.form, &cells);
            self.push(v);
            return Ok(());
        }
        let v = self.pop();
        if op == 0x52 {
            self.store(at, cells(v));
        } else {
            self.store(at, [(v, 31)]);
        }
        Ok(())
    }

    /// BLOCKHASH, BLOBHASH.
    fn hash_of(&mut self, op: u8) -> Result<(), Unfit> {
        let wanted = self.pop();
        let v = if op == 0x49 {
            let index = self.known(wanted, MOST_MEMORY)?;
            self.form.input(Input::BlobHash(index as u32))
        } else {
            let number = self.form.input(Input::Number);
            let back = self.form.binary(Binary::Sub, number, wanted);
            let (one, most) = (self.form.small(1), self.form.small(256));
            let less = self.form.binary(Binary::Sub, back, one);
            let near = self.form.binary(Binary::Lt, less, most);
            if self.decide(near)? {
                let back = self.known(back, 257)?;
                self.form.input(Input::BlockHash(back as u32))
            } else {
                self.form.small(0)
            }
        };
        self.push(v);
        Ok(())
    }

    /// CALLDATACOPY, CODECOPY and EXTCODECOPY of these bytes, RETURNDATACOPY, MCOPY.
    fn copy(&mut self, op: u8, code: &[u8]) -> Result<(), Unfit> {
        let (to, from, size) = (self.pop(), self.pop(), self.pop());
        let count = self.known(size, MOST_MEMORY + 1)?;
        self.words_gas(count, 3);
        if op == 0x3e {
            // EIP-211: past the end is a fault, even for no bytes, and comes before memory.
            let from = self.pin(from)?;
            let held = self.frame().returned.len();
            let end = small(from, held + 1).map(|from| from + count).filter(|end| *end <= held);
            let Some(end) = end else { return self.halt(Status::ReturnDataOutOfBounds) };
            let (to, count) = self.extent(to, size)?;
            let cells = self.frame().returned[end - count..end].to_vec();
            self.store(to, cells);
            return Ok(());
        }
        if count == 0 {
            return Ok(());
        }
        if op == 0x5e {
            let (from, to) = (self.known(from, MOST_MEMORY)?, self.known(to, MOST_MEMORY)?);
            self.grow(from.max(to) + count)?;
            let cells = self.read_memory(from, count);
            self.store(to, cells);
            return Ok(());
        }
        let (to, count) = self.extent(to, size)?;
        let from = usize::try_from(self.pin(from)?).ok();
        let cells = if op == 0x37 {
            self.data_cells(from, count)
        } else {
            let rest = from.and_then(|from| code.get(from..)).unwrap_or_default();
            let mut bytes = rest[..rest.len().min(count)].to_vec();
            bytes.resize(count, 0);
            memory::constant(&mut self.form, &bytes)
        };
        self.store(to, cells);
        Ok(())
    }

    fn log(&mut self, topics: usize) -> Result<(), Unfit> {
        let (offset, size) = (self.pop(), self.pop());
        let (offset, size) = self.extent(offset, size)?;
        if size > MOST_BYTES {
            return Err(Unfit::Memory);
        }
        self.charge(8 * size as u64);
        let topics = (0..topics).map(|_| self.pop()).collect();
        let cells = self.read_memory(offset, size);
        let data = memory::words(&mut self.form, &cells);
        let account = self.frame().account;
        self.state.world.logs.push(LogEnd { account, topics, data, bytes: size as u32 });
        Ok(())
    }

    /// Guards that the running frame has had the gas it used, and at its last store more than the stipend.
    pub(super) fn paid(&mut self) -> Result<(), Unfit> {
        if self.regions.len() > 1 {
            return Err(Unfit::Loop);
        }
        self.affords()?;
        let (gas, stored) = (self.frame().gas, self.frame().stored);
        if let Some(stored) = stored {
            let used = stored.total(&mut self.form, false);
            let left = self.form.binary(Binary::Sub, gas, used);
            let stipend = self.form.small(STIPEND);
            let more = self.form.binary(Binary::Gt, left, stipend);
            self.must(more)?;
        }
        Ok(())
    }

    /// Guards that the running frame has had the gas it used so far. What it used only grows, so that one look at its end is
    /// enough, but for calls: what they are left would come out as a huge number where the frame had run out before.
    pub(super) fn affords(&mut self) -> Result<(), Unfit> {
        let (gas, used) = (self.frame().gas, self.frame().used);
        let used = used.total(&mut self.form, false);
        let short = self.form.binary(Binary::Lt, gas, used);
        let paid = self.form.unary(Unary::IsZero, short);
        self.must(paid)
    }

    /// A guard that fails for the sample means that it ran out of gas.
    fn must(&mut self, v: V) -> Result<(), Unfit> {
        if self.sample(v)?.is_zero() {
            return Err(Unfit::Gas);
        }
        self.guard(v)
    }
}

const fn binary_of(op: u8) -> Binary {
    match op {
        0x01 => Binary::Add,
        0x02 => Binary::Mul,
        0x03 => Binary::Sub,
        0x04 => Binary::Div,
        0x05 => Binary::Sdiv,
        0x06 => Binary::Mod,
        0x07 => Binary::Smod,
        0x0b => Binary::SignExtend,
        0x10 => Binary::Lt,
        0x11 => Binary::Gt,
        0x12 => Binary::Slt,
        0x13 => Binary::Sgt,
        0x14 => Binary::Eq,
        0x16 => Binary::And,
        0x17 => Binary::Or,
        0x18 => Binary::Xor,
        0x1a => Binary::Byte,
        0x1b => Binary::Shl,
        0x1c => Binary::Shr,
        _ => Binary::Sar,
    }
}

const fn input_of(op: u8) -> Input {
    match op {
        0x32 => Input::Origin,
        0x3a => Input::GasPrice,
        0x41 => Input::Coinbase,
        0x42 => Input::Timestamp,
        0x43 => Input::Number,
        0x44 => Input::PrevRandao,
        0x45 => Input::GasLimit,
        0x46 => Input::ChainId,
        0x48 => Input::BaseFee,
        _ => Input::BlobBaseFee,
    }
}
