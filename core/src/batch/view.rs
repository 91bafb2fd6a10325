//! What a world of a batch shows, seen through its bases.

use alloy_primitives::{Address, U256};

use super::Batch;
use crate::world::{Absent, Account};

impl Batch {
    /// The account a world holds, seen through its bases; `None` where there is none, or none that is known (see
    /// [`Self::knows`]). Storage is only that of the nearest world; use [`Self::storage`].
    pub fn account(&self, world: u32, address: &Address) -> Option<&Account> {
        let mut at = Some(world);
        while let Some(id) = at {
            let world = &self.worlds[id as usize];
            if let Some(account) = world.accounts.get(address) {
                return Some(account);
            }
            at = world.base.filter(|_| !world.dropped.contains(address));
        }
        None
    }

    /// Whether a world says what stands at an address: an account, or nothing. A closed world always does.
    pub fn knows(&self, world: u32, address: &Address) -> bool {
        let mut at = Some(world).filter(|&id| self.worlds[id as usize].absent == Absent::Unknown);
        let closed = at.is_none();
        while let Some(id) = at {
            let world = &self.worlds[id as usize];
            if world.accounts.contains_key(address) || world.dropped.contains(address) {
                return true;
            }
            at = world.base;
        }
        closed
    }

    /// The value of a slot, seen through the world's bases; `None` where no world of the chain says what it holds.
    pub fn storage(&self, world: u32, address: &Address, slot: &U256) -> Option<U256> {
        let mut at = Some(world);
        while let Some(id) = at {
            let world = &self.worlds[id as usize];
            if let Some(value) = world.accounts.get(address).and_then(|account| account.storage.get(slot)) {
                return Some(*value);
            }
            if world.dropped.contains(address) {
                return Some(U256::ZERO);
            }
            at = world.base;
        }
        None
    }
}
