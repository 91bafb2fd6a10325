//! Contracts with random code: ordinary instructions, and encounters with the others of the lane. Calls and creates are
//! in `calls` and `creates`.

use lanevm_core::{Address, Fork, U256};

use super::cast::{Role, Society};
use crate::parity::{
    dice::Dice,
    programs::{self, offset, size},
    writer::Writer,
};

/// A contract being written.
pub(super) struct Body<'a> {
    /// The world around it.
    pub(super) society: &'a mut Society,
    /// Its code.
    pub(super) out: Writer,
    /// Its place among the contracts: it calls only those after it, but for a bounded recursion.
    pub(super) rank: u8,
    /// Calls and creates it may still make: what bounds a lane's steps, together with the ranks.
    pub(super) calls: u32,
}

/// The depth at which statements of single programs have no loops: those may disturb their counters.
pub(super) const NO_LOOPS: u32 = 2;

/// Far enough that no memory reaches there.
pub(super) fn far(dice: &mut Dice) -> U256 {
    match dice.below(4) {
        0 => U256::from(u64::from(u32::MAX) + u64::from(dice.below(4))),
        1 => U256::from(1) << 64,
        2 => U256::MAX,
        _ => U256::from(1) << (40 + dice.below(216)) as usize,
    }
}

impl Society {
    /// The code of a contract.
    pub(super) fn contract(&mut self, rank: u8) -> Vec<u8> {
        let calls = if rank == 0 { 4 } else { 2 };
        let mut body = Body { society: self, out: Writer::default(), rank, calls };
        let statements = if rank == 0 { 6 + body.dice().below(20) } else { 2 + body.dice().below(10) };
        for _ in 0..statements {
            if body.dice().once_in(2) {
                body.ordinary();
            } else {
                body.encounter();
            }
            if body.out.code.len() > 4000 {
                break;
            }
        }
        body.end();
        body.out.finish()
    }
}

impl Body<'_> {
    pub(super) const fn dice(&mut self) -> &mut Dice {
        &mut self.society.dice
    }

    pub(super) fn fork(&self) -> Fork {
        self.society.fork
    }

    /// Where the code will run, unless it is lent.
    pub(super) fn own_address(&self) -> Address {
        self.society.address(Role::Contract(self.rank))
    }

    /// Instructions that need nobody else.
    pub(super) fn ordinary(&mut self) {
        if self.dice().once_in(30) {
            return self.turns();
        }
        programs::statement(&mut self.society.dice, &mut self.out, NO_LOOPS);
    }

    /// A loop. Its body sees nothing of the stack below it, so that nothing disturbs the counter.
    fn turns(&mut self) {
        let turns = 1 + self.dice().below(10);
        self.out.number(u64::from(turns));
        let height = std::mem::take(&mut self.out.height);
        let start = self.out.code.len();
        self.out.op(0x5b);
        for _ in 0..1 + self.dice().below(3) {
            programs::statement(&mut self.society.dice, &mut self.out, NO_LOOPS);
        }
        while self.out.height > 0 {
            self.pop();
        }
        self.out.ops(&[0x60, 1, 0x90, 0x03, 0x80], 2);
        let label = self.out.push_label();
        self.out.fill(label, start);
        self.out.ops(&[0x57, 0x50], height - 1);
    }

    pub(super) fn pop(&mut self) {
        self.out.op(0x50);
        self.out.height -= 1;
    }

    fn encounter(&mut self) {
        match self.dice().below(100) {
            0..=29 => self.call(),
            30..=38 => self.create(),
            39..=51 => {
                let address = self.somebody();
                self.ask(address);
            }
            52..=57 => self.slots(),
            58..=62 => self.transient(),
            63..=67 => self.returned(),
            68..=71 => self.nothing_far_out(),
            72..=75 => self.modular(),
            76..=78 => self.surroundings(),
            79..=82 => self.again(),
            83..=84 => self.collide(),
            85..=91 => self.destroy(),
            92..=93 => self.known(Role::Wavering, &[0xf1]),
            94..=95 => self.known(Role::Miser, &[0xf1, 0xf1, 0xfa, 0xf4]),
            96 => self.known(Role::Faulty, &[0xf1, 0xfa, 0xfa]),
            97 => {
                let role = if self.dice().once_in(3) { Role::Nearly } else { Role::Spent };
                self.known(role, &[0xf1, 0xf1, 0xf1, 0xfa, 0xf4]);
            }
            _ => self.log(),
        }
    }

    /// Anybody at all, for questions.
    pub(super) fn somebody(&mut self) -> Address {
        let role = match self.dice().below(20) {
            0..=1 => Role::Absent(self.dice().below(3) as u8),
            2..=3 => Role::Empty,
            4..=5 => {
                let most = if self.dice().once_in(3) { 20 } else { 10 };
                return Address::with_last_byte(1 + self.dice().below(most) as u8);
            }
            6 => Role::ToContract,
            7 => Role::ToPrecompile,
            8 => Role::ToSelf,
            9 => Role::Chained,
            10..=11 => Role::Eoa,
            12 => Role::Sender,
            13 => return self.society.block.coinbase,
            14 => Role::Bomb,
            15 => Role::Spent,
            16 => Role::Key(self.dice().below(5) as u8),
            17 => return self.own_address(),
            18 if self.rank + 1 < super::cast::RANKS => Role::Contract(self.rank + 1),
            _ => Role::Echo,
        };
        self.society.need(role)
    }

    /// PUSH of an address; now and then with bits above it, which do not count.
    pub(super) fn push_address(&mut self, address: Address) {
        if self.dice().once_in(12) {
            let above = self.dice().word() << 160;
            self.out.push(above | U256::from_be_slice(address.as_slice()));
        } else {
            self.out.address(address);
        }
    }

    fn end(&mut self) {
        let ending = self.dice().below(20);
        match ending {
            0..=4 => self.out.op(0),
            5..=14 => {
                let (len, at) = if self.dice().once_in(12) {
                    (U256::ZERO, far(self.dice()))
                } else {
                    (size(self.dice()), offset(self.dice()))
                };
                self.out.push(len);
                self.out.push(at);
                self.out.op(if ending < 11 { 0xf3 } else { 0xfd });
            }
            15 => self.out.op(0xfe),
            16..=17 => {
                let heir = self.somebody();
                let heir = if self.dice().once_in(3) { self.own_address() } else { heir };
                self.push_address(heir);
                self.out.op(0xff);
            }
            18 => {
                let target = self.dice().interesting();
                self.out.push(target);
                self.out.op(0x56);
            }
            _ => {}
        }
    }
}
