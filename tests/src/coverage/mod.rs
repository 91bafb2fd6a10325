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
