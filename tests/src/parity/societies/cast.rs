//! Who lives in a lane's world: the roles, their addresses, and what each owns. Their code is written in `bodies` and
//! `contract`.

use std::collections::BTreeMap;

use lanevm_core::{Address, BlockEnv, Fork, U256, keccak256};

use super::keys;
use crate::parity::dice::Dice;

/// Contracts with random code, of which each calls only later ones, but for a bounded recursion.
pub(super) const RANKS: u8 = 4;

/// Who an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A contract with random code.
    Contract(u8),
    /// The account that calls.
    Sender,
    /// An account with a balance and nothing else.
    Eoa,
    /// In the world, with nothing at all.
    Empty,
    /// Not in the world.
    Absent(u8),
    /// Gives its call data back, or reverts with them.
    Echo,
    /// Destroys itself, for the one its call data name.
    Bomb,
    /// Stores at once: with 2,300 gas or about as much.
    Miser,
    /// A creator whose nonce is 2^64-1.
    Spent,
    /// A creator whose nonce is 2^64-2.
    Nearly,
    /// Fails for several reasons at once.
    Faulty,
    /// Clears a slot, and has an inner frame of its own put it back.
    Wavering,
    /// Clears many slots.
    Cleaner,
    /// Calls itself as deep as it can.
    Well,
    /// Delegates to a contract (EIP-7702).
    ToContract,
    /// Delegates to a precompile.
    ToPrecompile,
    /// Delegates to itself.
    ToSelf,
    /// Delegates to an account that delegates.
    Chained,
    /// Delegates to nobody.
    ToAbsent,
    /// An account whose key is known.
    Key(u8),
}

impl Role {
    const fn number(self) -> [u8; 2] {
        match self {
            Self::Contract(rank) => [0, rank],
            Self::Sender => [1, 0],
            Self::Eoa => [2, 0],
            Self::Empty => [3, 0],
            Self::Absent(which) => [4, which],
            Self::Echo => [5, 0],
            Self::Bomb => [6, 0],
            Self::Miser => [7, 0],
            Self::Spent => [8, 0],
            Self::Nearly => [9, 0],
            Self::Faulty => [10, 0],
            Self::Wavering => [11, 0],
            Self::Cleaner => [12, 0],
            Self::Well => [13, 0],
            Self::ToContract => [14, 0],
            Self::ToPrecompile => [15, 0],
            Self::ToSelf => [16, 0],
            Self::Chained => [17, 0],
            Self::ToAbsent => [18, 0],
            Self::Key(which) => [19, which],
        }
    }
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Citizen {
    /// Nonce.
    pub(super) nonce: u64,
    /// Balance.
    pub(super) balance: U256,
    /// Code.
    pub(super) code: Option<Vec<u8>>,
    /// Storage.
    pub(super) storage: BTreeMap<U256, U256>,
}

/// A lane's world while it is written.
#[derive(Clone, Debug)]
pub(super) struct Society {
    /// What everything is drawn from.
    pub(super) dice: Dice,
    /// The rules it will run under.
    pub(super) fork: Fork,
    /// The block it will run in.
    pub(super) block: BlockEnv,
    /// The accounts.
    pub(super) accounts: BTreeMap<Address, Citizen>,
    salt: U256,
}

impl Society {
    /// A world with nobody in it.
    pub(super) fn new(mut dice: Dice, fork: Fork, block: &BlockEnv) -> Self {
        let salt = dice.word();
        Self { dice, fork, block: block.clone(), accounts: BTreeMap::new(), salt }
    }

    /// Where the holder of a role lives.
    pub(super) fn address(&self, role: Role) -> Address {
        if let Role::Key(which) = role {
            return keys::address(which);
        }
        let mut bytes = [0; 34];
        bytes[..32].copy_from_slice(&self.salt.to_be_bytes::<32>());
        bytes[32..].copy_from_slice(&role.number());
        Address::from_word(keccak256(bytes))
    }

    /// The address of a role whose holder is in the world from now on.
    ///
    /// Before Prague a delegation is only code that cannot run, and mostly a contract that can takes its place.
    pub(super) fn need(&mut self, role: Role) -> Address {
        let delegates =
            matches!(role, Role::ToContract | Role::ToPrecompile | Role::ToSelf | Role::Chained | Role::ToAbsent);
        let role = if delegates && self.fork < Fork::Prague && !self.dice.once_in(8) { Role::Echo } else { role };
        let address = self.address(role);
        if !matches!(role, Role::Absent(_)) && !self.accounts.contains_key(&address) {
            // It is there before its code is written: two may name each other.
            self.accounts.insert(address, Citizen::default());
            let citizen = self.citizen(role);
            self.accounts.insert(address, citizen);
        }
        address
    }

    /// Puts something at an address where nobody lives.
    pub(super) fn settle(&mut self, address: Address, citizen: Citizen) {
        self.accounts.entry(address).or_insert(citizen);
    }

    /// Slots 0 to 4, some of them set.
    fn slots(&mut self) -> BTreeMap<U256, U256> {
        let dice = &mut self.dice;
        (0..5)
            .filter_map(|slot| {
                let value = if dice.once_in(2) { U256::from(1 + dice.below(2)) } else { dice.interesting() };
                dice.once_in(2).then_some((U256::from(slot), value))
            })
            .collect()
    }

    fn delegate(to: Address) -> Citizen {
        Citizen {
            nonce: 1,
            balance: U256::from(3),
            code: Some([&[0xef, 1, 0], to.as_slice()].concat()),
            ..Citizen::default()
        }
    }

    fn citizen(&mut self, role: Role) -> Citizen {
        let balance = U256::from(self.dice.bits() >> 8);
        let own = |code: Vec<u8>| Citizen { nonce: 1, balance, code: Some(code), ..Citizen::default() };
        match role {
            Role::Contract(rank) => {
                let storage = self.slots();
                Citizen { storage, ..own(self.contract(rank)) }
            }
            Role::Sender => Citizen { nonce: 7, balance: U256::from(1) << 100, ..Citizen::default() },
            Role::Eoa => Citizen { balance, nonce: u64::from(self.dice.below(2)), ..Citizen::default() },
            Role::Empty | Role::Absent(_) => Citizen::default(),
            Role::Echo => own(self.echo()),
            Role::Bomb => {
                let storage = self.slots();
                Citizen { storage, ..own(self.bomb()) }
            }
            Role::Miser => {
                let storage = self.slots();
                Citizen { storage, ..own(self.miser()) }
            }
            Role::Spent => Citizen { nonce: u64::MAX, ..own(self.creator(1)) },
            Role::Nearly => Citizen { nonce: u64::MAX - 1, ..own(self.creator(2)) },
            Role::Faulty => own(self.faulty()),
            Role::Wavering => {
                let value = U256::from(1 + self.dice.below(9));
                let storage = [(U256::ZERO, value)].into();
                Citizen { storage, ..own(self.wavering(value)) }
            }
            Role::Cleaner => {
                let slots = 2 + self.dice.below(5);
                let storage = (0..slots).map(|slot| (U256::from(slot), U256::from(1))).collect();
                Citizen { storage, ..own(self.cleaner(slots)) }
            }
            Role::Well => own(self.well()),
            Role::ToContract => {
                let role =
                    self.dice.pick(&[Role::Echo, Role::Contract(RANKS - 1), Role::Bomb, Role::Miser, Role::Spent]);
                Self::delegate(self.need(role))
            }
            Role::ToPrecompile => Self::delegate(Address::with_last_byte(1 + self.dice.below(10) as u8)),
            Role::ToSelf => Self::delegate(self.address(Role::ToSelf)),
            Role::Chained => {
                let role = self.dice.pick(&[Role::ToContract, Role::ToPrecompile, Role::ToSelf]);
                Self::delegate(self.need(role))
            }
            Role::ToAbsent => Self::delegate(self.address(Role::Absent(2))),
            Role::Key(_) => match self.dice.below(6) {
                0 => Citizen { nonce: 1, ..own(vec![0x5b]) },
                1 => Self::delegate(self.need(Role::Echo)),
                _ => {
                    Citizen { nonce: u64::from(self.dice.below(3)), balance: U256::from(1) << 90, ..Citizen::default() }
                }
            },
        }
    }
}
