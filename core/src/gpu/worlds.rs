//! The worlds' storage as a read-only hash table, built with a seed and a verified bound on probes, and the numbers by
//! which the device names accounts.

use std::collections::HashMap;

use lanevm_shaders::layout::{W_ACCOUNT, W_KEY, W_VALUE, WORLD_SLOT_WORDS};

use crate::{Address, Batch, U256};

/// Probes that a lookup may need at most; a table that needs more is built again, with another seed or larger.
const MAX_PROBES: u32 = 64;

/// The storage table of all worlds a batch's device calls use.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorldTable {
    /// Entries of [`WORLD_SLOT_WORDS`] words.
    pub(crate) words: Vec<u32>,
    /// Number of entries, a power of two, less one.
    pub(crate) mask: u32,
    /// Seed of the hash.
    pub(crate) seed: u32,
    /// Probes any lookup of an entry of the table needs, and one more to see that one is absent.
    pub(crate) probes: u32,
}

/// Eight limbs, least significant first.
pub(crate) fn limbs(value: &U256) -> [u32; 8] {
    let wide = value.as_limbs();
    std::array::from_fn(|index| (wide[index / 2] >> (32 * (index % 2))) as u32)
}

/// A word from eight limbs.
pub(crate) fn from_limbs(limbs: &[u32]) -> U256 {
    U256::from_limbs(std::array::from_fn(|index| u64::from(limbs[2 * index]) | u64::from(limbs[2 * index + 1]) << 32))
}

/// `world_hash` of `storage.wesl`.
fn hash(seed: u32, account: u32, key: &[u32; 8]) -> u32 {
    let mut h = seed ^ account.wrapping_mul(0x9e37_79b1);
    for limb in key {
        h = (h ^ limb).wrapping_mul(0x85eb_ca6b).rotate_left(13);
    }
    h ^ h >> 15
}

/// Numbers accounts by world and address, and collects their storage seen through the worlds' bases.
#[derive(Debug, Default)]
pub(crate) struct WorldBuilder {
    numbers: HashMap<(u32, Address), u32>,
    entries: Vec<(u32, [u32; 8], [u32; 8])>,
}

impl WorldBuilder {
    /// The number of an account; its storage joins the table at first sight.
    pub(crate) fn account(&mut self, batch: &Batch, world: u32, address: Address) -> u32 {
        if let Some(number) = self.numbers.get(&(world, address)) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert((world, address), number);
        let mut slots: HashMap<U256, U256> = HashMap::new();
        let mut at = Some(world);
        while let Some(id) = at {
            let layer = &batch.worlds[id as usize];
            if let Some(account) = layer.accounts.get(&address) {
                for (slot, value) in &account.storage {
                    slots.entry(*slot).or_insert(*value);
                }
            }
            at = layer.base;
        }
        self.entries.extend(slots.iter().map(|(slot, value)| (number, limbs(slot), limbs(value))));
        number
    }

    /// Slots collected so far.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Builds the table: a free entry always remains, and no lookup needs more than the stated probes.
    pub(crate) fn build(&self, first_seed: u32) -> WorldTable {
        let mut size = (self.entries.len() * 2).next_power_of_two().max(16);
        let mut seed = first_seed;
        loop {
            for _ in 0..4 {
                if let Some(table) = self.try_build(size, seed) {
                    return table;
                }
                seed = seed.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
            }
            size *= 2;
        }
    }

    fn try_build(&self, size: usize, seed: u32) -> Option<WorldTable> {
        let mask = (size - 1) as u32;
        let width = WORLD_SLOT_WORDS as usize;
        let mut words = vec![0; size * width];
        for (account, key, value) in &self.entries {
            let mut entry = hash(seed, *account, key) & mask;
            while words[entry as usize * width + W_ACCOUNT as usize] != 0 {
                entry = (entry + 1) & mask;
            }
            let at = entry as usize * width;
            words[at + W_ACCOUNT as usize] = account + 1;
            words[at + W_KEY as usize..][..8].copy_from_slice(key);
            words[at + W_VALUE as usize..][..8].copy_from_slice(value);
        }
        // A lookup of anything ends at the first free entry: the longest run of taken entries bounds every one of them.
        let taken = |entry: usize| words[(entry % size) * width + W_ACCOUNT as usize] != 0;
        let mut longest = 0u32;
        let mut run = 0u32;
        for entry in 0..size * 2 {
            run = if taken(entry) { run + 1 } else { 0 };
            longest = longest.max(run);
            if longest > MAX_PROBES {
                return None;
            }
        }
        Some(WorldTable { words, mask, seed, probes: longest + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Account, World};

    #[test]
    fn every_slot_is_found_within_the_bound() {
        let address = Address::repeat_byte(7);
        let storage = (0..5000u64).map(|slot| (U256::from(slot) << 200, U256::from(slot + 1))).collect();
        let world =
            World { accounts: [(address, Account { storage, ..Account::default() })].into(), ..World::default() };
        let batch = Batch { worlds: vec![world], ..Batch::default() };
        let mut builder = WorldBuilder::default();
        let number = builder.account(&batch, 0, address);
        let table = builder.build(1);
        for slot in 0..5000u64 {
            let key = limbs(&(U256::from(slot) << 200));
            let mut entry = hash(table.seed, number, &key) & table.mask;
            let found = (0..table.probes).find_map(|_| {
                let at = (entry * WORLD_SLOT_WORDS) as usize;
                entry = (entry + 1) & table.mask;
                (table.words[at + 1..at + 9] == key).then(|| from_limbs(&table.words[at + 9..at + 17]))
            });
            assert_eq!(found, Some(U256::from(slot + 1)));
        }
        assert!(table.probes <= MAX_PROBES + 1);
    }
}
