//! The worlds as the device reads them: accounts and storage in read-only hash tables, built with a seed and a verified
//! bound on probes. Accounts have numbers; a world that is a difference is looked up before its base.

use std::collections::HashMap;

use lanevm_shaders::layout::{
    B_ADDRESS, B_BALANCE, B_CODE, B_NEXT, B_NONCE_HI, B_NONCE_LO, B_STORAGE, B_WORLD, W_ACCOUNT, W_KEY, W_VALUE,
    WORLD_ACCOUNT_WORDS, WORLD_SLOT_WORDS,
};

use crate::{Address, Batch, ProgramId, U256};

/// Probes that a lookup may need at most; a table that needs more is built again, with another seed or larger.
const MAX_PROBES: u32 = 64;

/// Worlds that a chain of differences may have on the device: they bound a lookup together with the probes.
const MAX_CHAIN: u32 = 128;

/// The tables of all worlds a batch's device calls use, as they stand in the buffer `worlds`.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorldTables {
    /// Storage entries of [`WORLD_SLOT_WORDS`] words; account numbers plus one; account records; the worlds' bases plus one.
    pub(crate) words: Vec<u32>,
    /// Number of storage entries, a power of two, less one.
    pub(crate) slot_mask: u32,
    /// Seed of the hash.
    pub(crate) seed: u32,
    /// Probes that any lookup of a slot needs.
    pub(crate) slot_probes: u32,
    /// First word of the account numbers.
    pub(crate) account_table: u32,
    /// How many there is room for, a power of two, less one.
    pub(crate) account_mask: u32,
    /// Probes that any lookup of an account needs.
    pub(crate) account_probes: u32,
    /// First word of the account records.
    pub(crate) account_records: u32,
    /// First word of the bases.
    pub(crate) bases: u32,
    /// Worlds of the longest chain.
    pub(crate) chain: u32,
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

/// An address as a word.
pub(crate) fn address_word(address: &Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

/// `world_hash` of `tables.wesl`. Each limb goes through multiplications and shifts of its own: a difference in one limb that
/// the next could take back whatever the seed is would let somebody choose slots that always collide.
fn hash(seed: u32, owner: u32, key: &[u32; 8]) -> u32 {
    let mut h = seed ^ owner.wrapping_mul(0x9e37_79b1);
    for limb in key {
        h = (h ^ limb).wrapping_mul(0x85eb_ca6b);
        h ^= h >> 15;
        h = h.wrapping_mul(0xc2b2_ae35);
        h ^= h >> 13;
    }
    h
}

/// An account of one world.
#[derive(Debug)]
struct Held {
    world: u32,
    address: [u32; 8],
    nonce: u64,
    balance: U256,
    code: Option<ProgramId>,
    has_storage: bool,
    /// Number plus one of the same address in the next world of the chain that holds it.
    next: u32,
}

/// Collects worlds with their bases, and numbers their accounts.
#[derive(Debug, Default)]
pub(crate) struct WorldBuilder {
    numbers: HashMap<(u32, Address), u32>,
    accounts: Vec<Held>,
    slots: Vec<(u32, [u32; 8], [u32; 8])>,
    /// Each world's base plus one; 0 too for worlds that are not there.
    bases: Vec<u32>,
    /// Worlds of each world's chain; 0 for those that are not there.
    chains: Vec<u32>,
}

impl WorldBuilder {
    /// Adds a world and its bases. `None` where its chain is too long for the device, else whether it is new.
    pub(crate) fn add(&mut self, batch: &Batch, world: u32, mut code: impl FnMut(ProgramId)) -> Option<bool> {
        let at = world as usize;
        if self.chains.get(at).is_some_and(|chain| *chain > 0) {
            return (self.chains[at] <= MAX_CHAIN).then_some(false);
        }
        let mut chain = vec![world];
        while let Some(base) = batch.worlds[*chain.last()? as usize].base {
            chain.push(base);
        }
        if self.bases.len() <= at {
            self.bases.resize(at + 1, 0);
            self.chains.resize(at + 1, 0);
        }
        // From the whole world on, so that a difference finds its base's accounts.
        for (depth, id) in (1u32..).zip(chain.into_iter().rev()) {
            if self.chains[id as usize] == 0 {
                self.layer(batch, id, &mut code);
                self.chains[id as usize] = depth;
            }
        }
        (self.chains[at] <= MAX_CHAIN).then_some(true)
    }

    fn layer(&mut self, batch: &Batch, world: u32, code: &mut impl FnMut(ProgramId)) {
        let layer = &batch.worlds[world as usize];
        self.bases[world as usize] = layer.base.map_or(0, |base| base + 1);
        for (address, account) in &layer.accounts {
            let below = layer.base.filter(|_| !layer.dropped.contains(address));
            let next = below.and_then(|base| self.number(batch, base, address)).map_or(0, |number| number + 1);
            let mut has_storage = account.storage.values().any(|value| !value.is_zero());
            if !has_storage && next > 0 && self.accounts[next as usize - 1].has_storage {
                // The base has some; the difference may clear it.
                has_storage = self.any_slot(batch, world, address);
            }
            let number = self.accounts.len() as u32;
            self.numbers.insert((world, *address), number);
            self.slots.extend(account.storage.iter().map(|(slot, value)| (number + 1, limbs(slot), limbs(value))));
            self.accounts.push(Held {
                world,
                address: limbs(&address_word(address)),
                nonce: account.nonce,
                balance: account.balance,
                code: account.code,
                has_storage,
                next,
            });
            if let Some(program) = account.code {
                code(program);
            }
        }
        // An account that is gone is one with nothing in it: that it does not exist is the host's to know.
        for address in layer.dropped.iter().filter(|address| !layer.accounts.contains_key(*address)) {
            self.numbers.insert((world, *address), self.accounts.len() as u32);
            self.accounts.push(Held {
                world,
                address: limbs(&address_word(address)),
                nonce: 0,
                balance: U256::ZERO,
                code: None,
                has_storage: false,
                next: 0,
            });
        }
    }

    /// How many worlds there are.
    pub(crate) fn worlds(&self) -> usize {
        self.chains.iter().filter(|chain| **chain > 0).count()
    }

    fn any_slot(&self, batch: &Batch, world: u32, address: &Address) -> bool {
        let mut at = Some(world);
        while let Some(id) = at {
            let layer = &batch.worlds[id as usize];
            if let Some(account) = layer.accounts.get(address) {
                let seen = |slot| batch.storage(world, address, slot).is_some_and(|value| !value.is_zero());
                if account.storage.keys().any(seen) {
                    return true;
                }
            }
            at = layer.base;
        }
        false
    }

    /// The number of the account that a world shows at an address; `None` where no world of its chain holds it.
    pub(crate) fn number(&self, batch: &Batch, world: u32, address: &Address) -> Option<u32> {
        let mut at = Some(world);
        while let Some(id) = at {
            if let Some(number) = self.numbers.get(&(id, *address)) {
                return Some(*number);
            }
            at = batch.worlds[id as usize].base;
        }
        None
    }

    /// Words the tables will have, roughly.
    pub(crate) fn words(&self) -> u64 {
        let table = |entries: usize, width: u32| (entries as u64 * 4 + 16) * u64::from(width);
        table(self.slots.len(), WORLD_SLOT_WORDS)
            + table(self.accounts.len(), 1)
            + self.accounts.len() as u64 * u64::from(WORLD_ACCOUNT_WORDS)
            + self.bases.len() as u64
    }

    /// Builds the tables: free entries always remain, and no lookup needs more than the stated probes. `number` gives the
    /// device's number of a program. `None` where no seed spreads the keys: somebody made them to collide.
    pub(crate) fn build(&self, first_seed: u32, number: impl Fn(ProgramId) -> u32) -> Option<WorldTables> {
        let mut seed = first_seed;
        for room in [2, 2, 2, 2, 4, 4, 8] {
            if let Some(tables) = self.try_build(room, seed, &number) {
                return Some(tables);
            }
            seed = seed.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
        }
        None
    }

    fn try_build(&self, room: usize, seed: u32, number: &impl Fn(ProgramId) -> u32) -> Option<WorldTables> {
        let size = |entries: usize| (entries * room).next_power_of_two().max(16);
        let slot_size = size(self.slots.len());
        let width = WORLD_SLOT_WORDS as usize;
        let mut words = vec![0; slot_size * width];
        for (owner, key, value) in &self.slots {
            let entry = place(hash(seed, *owner, key), slot_size, |at| words[at * width + W_ACCOUNT as usize] != 0);
            let at = entry * width;
            words[at + W_ACCOUNT as usize] = *owner;
            words[at + W_KEY as usize..][..8].copy_from_slice(key);
            words[at + W_VALUE as usize..][..8].copy_from_slice(value);
        }
        let slot_probes = probes(slot_size, |at| words[at * width + W_ACCOUNT as usize] != 0)?;
        let account_size = size(self.accounts.len());
        let mut table = vec![0; account_size];
        for (index, held) in (1u32..).zip(&self.accounts) {
            let entry = place(hash(seed, held.world + 1, &held.address), account_size, |at| table[at] != 0);
            table[entry] = index;
        }
        let account_probes = probes(account_size, |at| table[at] != 0)?;
        let account_table = words.len() as u32;
        words.extend(table);
        let account_records = words.len() as u32;
        for held in &self.accounts {
            let mut record = [0; WORLD_ACCOUNT_WORDS as usize];
            record[B_WORLD as usize] = held.world;
            record[B_ADDRESS as usize..][..5].copy_from_slice(&held.address[..5]);
            record[B_STORAGE as usize] = u32::from(held.has_storage);
            record[B_NEXT as usize] = held.next;
            record[B_NONCE_LO as usize] = held.nonce as u32;
            record[B_NONCE_HI as usize] = (held.nonce >> 32) as u32;
            record[B_CODE as usize] = held.code.map_or(0, number);
            record[B_BALANCE as usize..][..8].copy_from_slice(&limbs(&held.balance));
            words.extend(record);
        }
        let bases = words.len() as u32;
        words.extend(&self.bases);
        Some(WorldTables {
            words,
            slot_mask: (slot_size - 1) as u32,
            seed,
            slot_probes,
            account_table,
            account_mask: (account_size - 1) as u32,
            account_probes,
            account_records,
            bases,
            chain: self.chains.iter().copied().max().unwrap_or(1).max(1),
        })
    }
}

/// The first free entry from a hash on.
fn place(hash: u32, size: usize, taken: impl Fn(usize) -> bool) -> usize {
    let mut entry = hash as usize & (size - 1);
    // A table has more entries than are placed.
    while taken(entry) {
        entry = (entry + 1) & (size - 1);
    }
    entry
}

/// A lookup of anything ends at the first free entry: the longest run of taken entries bounds every one of them.
fn probes(size: usize, taken: impl Fn(usize) -> bool) -> Option<u32> {
    let mut longest = 0;
    let mut run = 0;
    for entry in 0..size * 2 {
        run = if taken(entry % size) { run + 1 } else { 0 };
        longest = longest.max(run);
        if longest > MAX_PROBES {
            return None;
        }
    }
    Some(longest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Account, World};

    /// Keys that differ in the highest bit of one limb and one bit of the next, in every combination of limbs: a hash that
    /// multiplies and rotates alone gives all of them one value, with every seed.
    fn twins() -> Vec<U256> {
        (0u32..128)
            .map(|set| {
                let pair = |limb: usize| (U256::from(1u64 << 31) | U256::from(1u64 << 44)) << (32 * limb);
                (0..7).filter(|limb| set >> limb & 1 == 1).fold(U256::ZERO, |key, limb| key ^ pair(limb))
            })
            .collect()
    }

    fn find(tables: &WorldTables, number: u32, slot: U256) -> Option<U256> {
        let key = limbs(&slot);
        let mut entry = hash(tables.seed, number + 1, &key) & tables.slot_mask;
        (0..tables.slot_probes).find_map(|_| {
            let at = (entry * WORLD_SLOT_WORDS) as usize;
            entry = (entry + 1) & tables.slot_mask;
            (tables.words[at + 1..at + 9] == key).then(|| from_limbs(&tables.words[at + 9..at + 17]))
        })
    }

    #[test]
    fn slots_chosen_to_collide_are_spread_by_another_seed() {
        // As many slots as would fill one entry's neighbourhood many times over, for the first seed and this table's size.
        let aimed = (0u64..).map(U256::from).filter(|slot| hash(77, 1, &limbs(slot)) & 0xfff < 8).take(1000);
        let storage: std::collections::BTreeMap<U256, U256> =
            twins().into_iter().chain(aimed).map(|slot| (slot, slot + U256::ONE)).collect();
        let account = Account { storage: storage.clone(), ..Account::default() };
        let world = World { accounts: [(Address::repeat_byte(7), account)].into(), ..World::default() };
        let batch = Batch { worlds: vec![world], ..Batch::default() };
        let mut builder = WorldBuilder::default();
        builder.add(&batch, 0, |_| ());
        let tables = builder.build(77, |_| 0).expect("a seed that spreads them");
        assert_ne!(tables.seed, 77, "the first seed is the one they were chosen for");
        assert!(tables.slot_mask < 8192, "the table has not grown: {}", tables.slot_mask);
        for (slot, value) in storage {
            assert_eq!(find(&tables, 0, slot), Some(value), "{slot}");
        }
        assert_eq!(find(&tables, 0, U256::from(3) << 250), None);
    }

    #[test]
    fn every_slot_is_found_within_the_bound() {
        let address = Address::repeat_byte(7);
        let storage = (0..5000u64).map(|slot| (U256::from(slot) << 200, U256::from(slot + 1))).collect();
        let world =
            World { accounts: [(address, Account { storage, ..Account::default() })].into(), ..World::default() };
        let difference = World { base: Some(0), ..World::default() };
        let batch = Batch { worlds: vec![world, difference], ..Batch::default() };
        let mut builder = WorldBuilder::default();
        assert_eq!(builder.add(&batch, 1, |_| ()), Some(true));
        assert_eq!(builder.add(&batch, 0, |_| ()), Some(false));
        let number = builder.number(&batch, 1, &address).expect("an account of the base");
        let tables = builder.build(1, |_| 0).expect("a seed that spreads them");
        for slot in 0..5000u64 {
            assert_eq!(find(&tables, number, U256::from(slot) << 200), Some(U256::from(slot + 1)));
        }
        assert!(tables.slot_probes <= MAX_PROBES + 1);
        assert_eq!(tables.chain, 2);
    }
}
