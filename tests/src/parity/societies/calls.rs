//! Calls from contract to contract: whom, how, with what gas and value, and what is done with the answer.

use lanevm_core::{Address, Fork, U256};

use super::{
    cast::{RANKS, Role},
    contract::{Body, far},
};

/// Whom a call is for.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// An address.
    Address(Address),
    /// The address on top of the stack, which stays there.
    Top,
    /// The running account.
    Itself,
}

/// A call, all but the instruction.
pub(super) struct Message {
    pub(super) target: Target,
    pub(super) value: U256,
    /// `None` for all there is.
    pub(super) gas: Option<U256>,
    pub(super) input: (U256, U256),
    pub(super) output: (U256, U256),
}

impl Message {
    /// No value, no data, all gas.
    pub(super) const fn plain(target: Target) -> Self {
        let nothing = (U256::ZERO, U256::ZERO);
        Self { target, value: U256::ZERO, gas: None, input: nothing, output: nothing }
    }
}

impl Body<'_> {
    /// Whether one more call is within the bound; counts it.
    pub(super) const fn may_call(&mut self) -> bool {
        let left = self.calls > 0;
        self.calls = self.calls.saturating_sub(1);
        left
    }

    /// The instruction with its operands; leaves one item.
    pub(super) fn emit(&mut self, op: u8, message: &Message) {
        let height = self.out.height;
        self.out.push(message.output.1);
        self.out.push(message.output.0);
        self.out.push(message.input.1);
        self.out.push(message.input.0);
        if matches!(op, 0xf1 | 0xf2) {
            self.out.push(message.value);
        }
        match message.target {
            Target::Address(address) => self.push_address(address),
            Target::Top => self.out.op(0x80 + (self.out.height - height) as u8),
            Target::Itself => self.out.op(0x30),
        }
        match message.gas {
            Some(gas) => self.out.push(gas),
            None => self.out.op(0x5a),
        }
        self.out.ops(&[op], height + 1);
    }

    /// A stretch of memory: mostly near and short.
    fn stretch(&mut self, most: u32) -> (U256, U256) {
        match self.dice().below(60) {
            0 => (far(self.dice()), U256::ZERO),
            1 => (U256::from(self.dice().below(3000)), U256::from(self.dice().below(600))),
            2 if self.dice().once_in(10) => (far(self.dice()), U256::from(1)),
            3..=24 => (U256::ZERO, U256::ZERO),
            _ => (U256::from(self.dice().below(64)), U256::from(self.dice().below(most))),
        }
    }

    pub(super) fn gas(&mut self) -> Option<U256> {
        match self.dice().below(40) {
            0..=23 => None,
            24..=33 => Some(U256::from(30_000 + self.dice().below(70_000))),
            34..=36 => Some(U256::from(self.dice().below(3000))),
            37 => Some(U256::ZERO),
            38 => Some(self.dice().interesting()),
            _ => Some(U256::MAX),
        }
    }

    pub(super) fn value(&mut self) -> U256 {
        match self.dice().below(20) {
            0..=13 => U256::ZERO,
            14..=18 => U256::from(self.dice().below(2000)),
            // More than there is in the world.
            _ => U256::from(1) << (130 + self.dice().below(126)) as usize,
        }
    }

    /// Whom to call.
    fn callee(&mut self) -> Address {
        let role = match self.dice().below(40) {
            0..=17 if self.rank + 1 < RANKS => {
                let after = u32::from(RANKS - 1 - self.rank);
                Role::Contract(self.rank + 1 + self.dice().below(after) as u8)
            }
            18..=20 => Role::Eoa,
            21 => Role::Empty,
            22..=23 => Role::Absent(self.dice().below(2) as u8),
            24..=25 => Role::ToContract,
            26 => Role::ToPrecompile,
            27 => Role::ToSelf,
            28 => Role::Chained,
            29 => Role::ToAbsent,
            30..=31 => return Address::with_last_byte(4),
            32 if self.dice().once_in(4) => {
                return Address::with_last_byte(1 + self.dice().below(18) as u8);
            }
            33 => Role::Sender,
            34 => return self.society.block.coinbase,
            _ => Role::Echo,
        };
        self.society.need(role)
    }

    /// A call of somebody, and something done with the answer.
    pub(super) fn call(&mut self) {
        if !self.may_call() {
            return self.ordinary();
        }
        if self.dice().once_in(3) {
            let word = self.dice().interesting();
            let at = u64::from(self.dice().below(64));
            self.out.push(word);
            self.out.number(at);
            self.out.op(0x52);
            self.out.height -= 2;
        }
        let target = Target::Address(self.callee());
        let op = self.dice().pick(&[0xf1, 0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xf4, 0xfa, 0xfa]);
        let message = Message {
            target,
            value: self.value(),
            gas: self.gas(),
            input: self.stretch(100),
            output: self.stretch(80),
        };
        self.emit(op, &message);
        self.answer();
    }

    /// What is done with the flag that a call leaves.
    pub(super) fn answer(&mut self) {
        let height = self.out.height;
        match self.dice().below(20) {
            0..=5 => self.pop(),
            6..=8 => {}
            9..=10 => {
                let at = u64::from(self.dice().below(96));
                self.out.number(at);
                self.out.ops(&[0x52], height - 1);
            }
            11..=12 => {
                let slot = u64::from(self.dice().below(5));
                self.out.number(slot);
                self.out.ops(&[0x55], height - 1);
            }
            // The failure is handed on with its data.
            13..=14 => {
                let label = self.out.push_label();
                self.out.ops(&[0x57, 0x3d, 0x60, 0, 0x60, 0, 0x3e, 0x3d, 0x60, 0, 0xfd], height - 1);
                self.out.land(label);
            }
            // All of the data, copied.
            15..=18 => {
                let at = self.dice().below(80) as u8;
                self.out.ops(&[0x3d, 0x60, 0, 0x60, at, 0x3e], height);
            }
            _ => self.out.ops(&[0x3d], height + 1),
        }
    }

    /// A call of this very contract, at most three deep: a counter in the call data's first word says how often.
    pub(super) fn again(&mut self) {
        if !self.may_call() {
            return self.ordinary();
        }
        if self.fork() >= Fork::Cancun && self.dice().once_in(2) {
            // What a frame stores transiently, the frames within it find there.
            let height = self.out.height;
            self.out.ops(&[0x60, 0, 0x5c, 0x5a, 0x60, 0, 0x5d], height + 1);
        }
        let height = self.out.height;
        // n = calldata[0..32] & 3; if n == 0 goto over; mem[0..32] = n - 1
        self.out.ops(&[0x60, 0, 0x35, 0x60, 3, 0x16, 0x80, 0x15], height + 2);
        let over = self.out.push_label();
        self.out.ops(&[0x57, 0x60, 1, 0x81, 0x03, 0x60, 0, 0x52], height + 1);
        let op = self.dice().pick(&[0xf1, 0xf1, 0xf2, 0xf4, 0xfa]);
        let input = (U256::ZERO, U256::from(32));
        let (gas, value) = (self.gas(), self.value());
        let output = self.stretch(64);
        self.emit(op, &Message { gas, value, input, output, ..Message::plain(Target::Itself) });
        self.out.ops(&[0x50], height + 1);
        self.out.land(over);
    }

    /// A call of somebody who does one thing, with gas that makes it hard.
    pub(super) fn known(&mut self, role: Role, ops: &[u8]) {
        if !self.may_call() {
            return self.ordinary();
        }
        let target = Target::Address(self.society.need(role));
        let op = self.dice().pick(ops);
        let mut message = Message::plain(target);
        match role {
            Role::Miser => {
                // The stipend comes on top where value is sent; six gas are gone when SSTORE is reached.
                let near = 4 + self.dice().below(5);
                let with_value = matches!(op, 0xf1 | 0xf2) && self.dice().once_in(2);
                message.value = U256::from(u8::from(with_value));
                message.gas = Some(U256::from(if with_value { near } else { 2300 + near }));
                if self.dice().once_in(4) {
                    message.gas = None;
                }
            }
            Role::Faulty => {
                let scarce = u64::from(self.dice().below(40));
                let little = u64::from(self.dice().below(2400));
                message.gas = Some(U256::from(if self.dice().once_in(2) { scarce } else { little }));
            }
            _ => message.gas = self.gas(),
        }
        self.emit(op, &message);
        self.answer();
    }

    /// Has an account destroy itself, and asks about it afterwards.
    pub(super) fn destroy(&mut self) {
        if !self.may_call() {
            return self.ordinary();
        }
        let bomb = self.society.need(Role::Bomb);
        let heir = match self.dice().below(5) {
            0..=1 => Address::ZERO,
            2 => self.society.need(Role::Absent(1)),
            _ => self.somebody(),
        };
        self.push_address(heir);
        self.out.number(0);
        self.out.op(0x52);
        self.out.height -= 2;
        let op = self.dice().pick(&[0xf1, 0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xfa]);
        let (gas, value) = (self.gas(), U256::from(self.dice().below(3)));
        let input = (U256::ZERO, U256::from(32));
        self.emit(op, &Message { gas, value, input, ..Message::plain(Target::Address(bomb)) });
        self.pop();
        for _ in 0..self.dice().below(3) {
            self.ask(bomb);
        }
    }
}
