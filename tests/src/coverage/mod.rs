//! What a batch's lanes really met, told from the CPU engine's records and outcomes: the list of what random programs must
//! hit, each item a predicate. It knows nothing of the generators.

mod accounts;
mod frames;
mod items;
pub mod walk;

use std::collections::BTreeMap;

use lanevm_core::{Batch, Outcomes, cpu};

pub use self::items::ITEMS;
use self::walk::Lane;

/// Steps of a lane that are looked at.
const MOST_STEPS: usize = 40_000;

/// How many lanes hit each item of the list, items that none hit included.
///
/// # Panics
/// Where a lane cannot be replayed.
pub fn count(batch: &Batch, outcomes: &Outcomes) -> BTreeMap<&'static str, usize> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut counts: BTreeMap<&'static str, usize> = ITEMS.iter().map(|item| (item.name, 0)).collect();
    // Replays make tables for a whole batch: small ones keep that cheap.
    const PART: usize = 32;
    let parts: Vec<Vec<usize>> = (0..batch.len()).collect::<Vec<_>>().chunks(PART).map(<[usize]>::to_vec).collect();
    let found: Vec<Vec<&'static str>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let parts = &parts;
                scope.spawn(move || {
                    let mut found = Vec::new();
                    for rows in parts.iter().skip(thread).step_by(threads) {
                        let part = batch.subset(rows);
                        for (index, row) in rows.iter().enumerate() {
                            let records = cpu::steps(&part, index, MOST_STEPS).expect("a lane that can be replayed");
                            let lane = Lane::new(&part, index, &records, outcomes.row(*row));
                            found.extend(ITEMS.iter().filter(|item| (item.holds)(&lane)).map(|item| item.name));
                        }
                    }
                    found
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker that ends")).collect()
    });
    for name in found.into_iter().flatten() {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use lanevm_core::{Account, Address, BlockEnv, CallData, Calls, Column, Program, World, cpu::CpuEngine};

    use super::*;
    use crate::parity;

    const OTHER: Address = Address::repeat_byte(0xb0);

    /// What a call of the first code hits, the second code being at [`OTHER`].
    fn hits(code: &[u8], other: &[u8], gas: u64) -> Vec<&'static str> {
        let to = Address::repeat_byte(0xc0);
        let account = |program| Account { nonce: 1, code: Some(program), ..Account::default() };
        let batch = Batch {
            programs: vec![Program::new(code.to_vec()), Program::new(other.to_vec())],
            worlds: vec![World { accounts: [(to, account(0)), (OTHER, account(1))].into(), ..World::default() }],
            blocks: vec![BlockEnv::default()],
            calls: Calls {
                count: 1,
                to: Column::All(Some(to)),
                gas: Column::All(gas),
                data: CallData::empty(1),
                ..Calls::default()
            },
            ..Batch::default()
        };
        let outcomes = pollster::block_on(parity::run(&mut CpuEngine::new(1), &batch));
        count(&batch, &outcomes).into_iter().filter(|(_, lanes)| *lanes > 0).map(|(name, _)| name).collect()
    }

    /// A call of [`OTHER`] without data or value.
    fn call(op: u8) -> Vec<u8> {
        let value: &[u8] = if op == 0xf1 { &[0x5f] } else { &[] };
        [&[0x5f; 4], value, &[0x73], OTHER.as_slice(), &[0x5a, op]].concat()
    }

    #[test]
    fn nothing_is_hit_by_nothing() {
        assert_eq!(hits(&[0x60, 1, 0x60, 2, 0x01, 0], &[], 1000), Vec::<&str>::new());
    }

    #[test]
    fn who_was_destroyed_is_known_until_it_is_undone() {
        let ask = [&[0x73], OTHER.as_slice(), &[0x31]].concat();
        let bomb = [0x33, 0xff];
        let destroyed = hits(&[call(0xf1), ask.clone()].concat(), &bomb, 1_000_000);
        assert!(destroyed.contains(&"BALANCE: destroyed"), "{destroyed:?}");
        assert!(destroyed.contains(&"SELFDESTRUCT to another, created earlier, since EIP-6780"), "{destroyed:?}");
        // In a static frame it is not destroyed at all.
        let kept = hits(&[call(0xfa), ask].concat(), &bomb, 1_000_000);
        assert!(!kept.contains(&"BALANCE: destroyed"), "{kept:?}");
        assert!(kept.contains(&"a change of state in a static frame"), "{kept:?}");
    }

    #[test]
    fn faults_are_counted_together() {
        let found = hits(&call(0xfa), &[0x55], 1_000_000);
        assert!(found.contains(&"two faults at once") && !found.contains(&"three faults at once"), "{found:?}");
        assert!(!hits(&[0x50], &[], 100).contains(&"two faults at once"));
        assert!(hits(&[0x50], &[], 1).contains(&"two faults at once"));
    }

    #[test]
    fn a_create_that_meets_its_own_is_a_collision() {
        // CREATE2 of nothing, twice.
        let twice = [0x5f, 0x5f, 0x5f, 0x5f, 0xf5, 0x5f, 0x5f, 0x5f, 0x5f, 0xf5];
        let init = [vec![0x60, 0xfe, 0x5f, 0x53], vec![0x5f, 0x60, 1, 0x5f, 0x5f, 0xf5]].concat();
        assert!(hits(&twice, &[], 1_000_000).contains(&"CREATE gives an account"));
        let failing = hits(&init, &[], 1_000_000);
        assert!(!failing.contains(&"CREATE fails: collision"), "init code that fails is no collision: {failing:?}");
        let stop = [0x5f, 0x60, 1, 0x5f, 0x5f, 0xf5];
        let again = hits(&[stop, stop].concat(), &[], 1_000_000);
        assert!(again.contains(&"CREATE fails: collision"), "{again:?}");
    }
}
