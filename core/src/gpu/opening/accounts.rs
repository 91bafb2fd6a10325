//! The accounts of a call that is being opened: read from its world, made warm, changed. It knows no fees and no frames.

use std::collections::{HashMap, HashSet};

use lanevm_shaders::Fork;

use super::{Known, KnownCode, KnownState, precompile};
use crate::{Absent, Account, Address, B256, Batch, CallRef, ProgramId, Reason, U256};

/// Up to so many accounts are found by looking at each.
const FEW: usize = 16;

/// Code that an account runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// None.
    None,
    /// A program of the batch.
    Program(ProgramId),
    /// A delegation (EIP-7702).
    Delegation(Address),
}

/// The accounts of one call, in the order they were first named.
#[derive(Debug)]
pub(super) struct Accounts<'a> {
    batch: &'a Batch,
    world: u32,
    fork: Fork,
    partial: bool,
    pub(super) list: Vec<Known>,
    /// Where each stands, once they are more than a few.
    places: HashMap<Address, u32>,
    pub(super) slots: Vec<(u32, U256)>,
}

impl<'a> Accounts<'a> {
    /// No accounts.
    pub(super) fn new(batch: &'a Batch, call: &CallRef<'_>) -> Self {
        Self {
            batch,
            world: call.world,
            fork: call.fork,
            partial: batch.worlds[call.world as usize].absent == Absent::Unknown,
            list: Vec::with_capacity(4),
            places: HashMap::new(),
            slots: Vec::new(),
        }
    }

    /// The account in the world.
    pub(super) fn in_world(&self, address: &Address) -> Option<&'a Account> {
        self.batch.account(self.world, address)
    }

    /// Whether the world can be asked for the account.
    pub(super) fn has(&self, address: &Address) -> bool {
        !self.partial || self.batch.knows(self.world, address)
    }

    /// Where an account stands; one that is new is not read, and cold.
    pub(super) fn place(&mut self, address: Address) -> usize {
        let known = if self.list.len() <= FEW {
            self.list.iter().position(|known| known.address == address)
        } else {
            if self.places.is_empty() {
                self.places = self.list.iter().zip(0..).map(|(known, at)| (known.address, at)).collect();
            }
            self.places.get(&address).map(|&at| at as usize)
        };
        known.unwrap_or_else(|| {
            let at = self.list.len();
            self.list.push(Known { address, state: None, warm: false, touched: false, created: false });
            if !self.places.is_empty() {
                self.places.insert(address, at as u32);
            }
            at
        })
    }

    /// Makes an account warm. A precompile is warm without being listed.
    pub(super) fn warm(&mut self, address: Address) {
        if precompile(address, self.fork).is_none() {
            let at = self.place(address);
            self.list[at].warm = true;
        }
    }

    /// Makes the accounts and slots of an access list warm (EIP-2930).
    pub(super) fn warm_list(&mut self, list: &[(Address, Vec<B256>)]) {
        let mut seen = HashSet::new();
        for (address, keys) in list {
            self.warm(*address);
            for key in keys {
                let slot = (self.place(*address) as u32, U256::from_be_bytes(key.0));
                if seen.insert(slot) {
                    self.slots.push(slot);
                }
            }
        }
    }

    /// Reads an account, which is warm from then on.
    ///
    /// # Errors
    /// A partial world does not hold it.
    pub(super) fn load(&mut self, address: Address) -> Result<usize, Reason> {
        let at = self.place(address);
        let known = &mut self.list[at];
        known.warm = true;
        if known.state.is_none() {
            let account = self.batch.account(self.world, &address);
            if self.partial && !self.batch.knows(self.world, &address) {
                return Err(Reason::MissingState);
            }
            let (nonce, balance) = account.map_or((0, U256::ZERO), |account| (account.nonce, account.balance));
            known.state = Some(KnownState { nonce, balance, code: KnownCode::AsInWorld });
        }
        Ok(at)
    }

    /// What an account holds now, read or not.
    pub(super) fn state(&self, at: usize) -> KnownState {
        let known = &self.list[at];
        known.state.unwrap_or_else(|| {
            let account = self.in_world(&known.address);
            let (nonce, balance) = account.map_or((0, U256::ZERO), |account| (account.nonce, account.balance));
            KnownState { nonce, balance, code: KnownCode::AsInWorld }
        })
    }

    /// Changes what an account holds.
    pub(super) fn set(&mut self, at: usize, state: KnownState) {
        self.list[at].state = Some(state);
    }

    /// The code of an account that was read.
    pub(super) fn code(&self, at: usize) -> Code {
        match self.state(at).code {
            KnownCode::Empty => Code::None,
            KnownCode::Delegation(to) => Code::Delegation(to),
            KnownCode::AsInWorld => {
                let Some(program) = self.in_world(&self.list[at].address).and_then(|account| account.code) else {
                    return Code::None;
                };
                let code = self.batch.programs[program as usize].code();
                if code.is_empty() {
                    return Code::None;
                }
                match delegate(code) {
                    Some(to) if self.fork >= Fork::Prague => Code::Delegation(to),
                    _ => Code::Program(program),
                }
            }
        }
    }

    /// Whether the world holds a slot of the account that is not zero.
    pub(super) fn has_storage(&self, address: &Address) -> bool {
        let mut at = Some(self.world);
        while let Some(id) = at {
            let world = &self.batch.worlds[id as usize];
            let slots = world.accounts.get(address).into_iter().flat_map(|account| &account.storage);
            // A nearer world may have cleared what a base holds.
            let mut live = slots.filter(|(_, value)| !value.is_zero());
            if live.any(|(slot, value)| self.batch.storage(self.world, address, slot) == Some(*value)) {
                return true;
            }
            at = world.base;
        }
        false
    }
}

/// What code that marks a delegation begins with (EIP-7702).
pub(crate) const DESIGNATOR: [u8; 3] = [0xef, 0x01, 0x00];

/// The address that an account with this code delegates to.
fn delegate(code: &[u8]) -> Option<Address> {
    let address: [u8; 20] = code.strip_prefix(&DESIGNATOR)?.try_into().ok()?;
    Some(address.into())
}

/// The code of an account that delegates.
pub(in crate::gpu) fn designator(to: &Address) -> [u8; 23] {
    let mut code = [0; 23];
    code[..3].copy_from_slice(&DESIGNATOR);
    code[3..].copy_from_slice(to.as_slice());
    code
}
