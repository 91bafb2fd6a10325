//! Creates: with good and bad init code, with what is not there to give, and at addresses that are taken.

use lanevm_core::{Address, Fork, U256, keccak256};

use super::{
    calls::{Message, Target},
    cast::{Citizen, Society},
    contract::{Body, far},
};

impl Society {
    /// Somebody who is at an address before a create is.
    pub(super) fn resident(&mut self) -> Citizen {
        let mut resident = Citizen::default();
        match self.dice.below(8) {
            // EIP-7610: storage alone.
            0..=2 => drop(resident.storage.insert(U256::from(self.dice.below(3)), U256::from(1))),
            3 => resident.nonce = 1,
            4 => resident.code = Some(vec![0]),
            // No collision: a balance is kept, nothing is taken over.
            5 => resident.balance = U256::from(1 + self.dice.below(1000)),
            6 => {}
            _ => {
                resident.nonce = 1;
                resident.code = Some(vec![0x5b, 0x30, 0xff]);
                resident.balance = U256::from(5);
            }
        }
        resident
    }
}

impl Body<'_> {
    /// CREATE or CREATE2 of init code that stands behind this code; leaves the address, or zero.
    fn emit_create(&mut self, init_code: Vec<u8>, salt: Option<U256>, value: U256) {
        let height = self.out.height;
        let size = U256::from(init_code.len());
        let mut at = U256::from(self.dice().below(40));
        if !init_code.is_empty() {
            self.out.push(size);
            self.out.push_behind(init_code);
            self.out.push(at);
            self.out.ops(&[0x39], height);
        } else if self.dice().once_in(3) {
            at = far(self.dice());
        }
        if let Some(salt) = salt {
            self.out.push(salt);
        }
        self.out.push(size);
        self.out.push(at);
        self.out.push(value);
        self.out.ops(&[if salt.is_some() { 0xf5 } else { 0xf0 }], height + 1);
    }

    fn salt(&mut self) -> U256 {
        if self.dice().once_in(4) { self.dice().word() } else { U256::from(self.dice().below(3)) }
    }

    /// A create, and something done with what it made.
    pub(super) fn create(&mut self) {
        if !self.may_call() {
            return self.ordinary();
        }
        let height = self.out.height;
        if self.dice().once_in(40) {
            // Init code over EIP-3860's limit, and just at it.
            let size = 49_152 + u64::from(self.dice().below(2));
            self.out.number(size);
            self.out.number(0);
            self.out.number(0);
            self.out.ops(&[0xf0], height + 1);
            return;
        }
        let init_code = self.society.init_code(0);
        let value = self.value();
        let salt = if self.dice().once_in(2) { Some(self.salt()) } else { None };
        self.emit_create(init_code.clone(), salt, value);
        match self.dice().below(8) {
            0 => self.pop(),
            1 => {
                let slot = u64::from(self.dice().below(5));
                self.out.number(slot);
                self.out.ops(&[0x55], height);
            }
            2..=4 => {
                let op = self.dice().pick(&[0xf1, 0xf1, 0xf1, 0xf4, 0xfa]);
                let (gas, value) = (self.gas(), self.value());
                self.emit(op, &Message { gas, value, ..Message::plain(Target::Top) });
                self.answer();
            }
            5 => {
                let op = self.dice().pick(&[0x31, 0x3b, 0x3f]);
                self.out.ops(&[0x80, op], height + 2);
            }
            // What a failed create leaves.
            6 => self.out.ops(&[0x3d, 0x60, 0, 0x60, 0, 0x3e], height + 1),
            // The same once more: at a salt's address somebody lives now.
            _ => self.emit_create(init_code, salt, value),
        }
    }

    /// A create at an address where somebody lives already.
    pub(super) fn collide(&mut self) {
        if !self.may_call() {
            return self.ordinary();
        }
        let init_code = self.society.init_code(1);
        let own = self.own_address();
        let salt = if self.dice().once_in(2) { Some(self.salt()) } else { None };
        let address: Address = match salt {
            Some(salt) => own.create2(salt.to_be_bytes::<32>(), keccak256(&init_code)),
            // The first or second create of this account: its nonce is 1 in the world.
            None => own.create(1 + u64::from(self.dice().once_in(4))),
        };
        let resident = self.society.resident();
        self.society.settle(address, resident);
        if self.dice().once_in(4) {
            self.ask(address);
            let height = self.out.height;
            if self.fork() >= Fork::Cancun && height > 0 {
                self.out.ops(&[0x60, 0, 0x5d], height - 1);
            }
        }
        // A collision takes all the gas that a create is given: a frame of its own would be left with little.
        self.emit_create(init_code, salt, U256::ZERO);
        if self.dice().once_in(2) {
            self.ask(address);
        }
    }
}
