//! Random societies: each lane has a small world of its own in which accounts call, create and destroy one another, and
//! a call or transaction that starts it. What a lane is depends on its seed and number alone. Whether a lane meets what
//! it was written for is not known here; `crate::coverage` looks at what really ran.

mod bodies;
mod calls;
mod cast;
mod contract;
mod creates;
mod init_code;
mod instructions;
mod keys;
mod sending;
mod worlds;

use lanevm_core::{Address, Batch, BlockEnv, BlockHashes, Calls, Fork, U256, world::BlobSchedule};

use self::{cast::Society, sending::Sent};
use super::dice::Dice;
use crate::rows::{Row, Rows};

/// Blocks of a batch.
const BLOCKS: u32 = 6;

/// Forks, the newer ones more often.
const FORKS: &[Fork] = &[
    Fork::Osaka,
    Fork::Osaka,
    Fork::Osaka,
    Fork::Osaka,
    Fork::Prague,
    Fork::Prague,
    Fork::Prague,
    Fork::Cancun,
    Fork::Cancun,
    Fork::Shanghai,
    Fork::Paris,
    Fork::London,
];

fn block(seed: u64, number: u32) -> BlockEnv {
    let mut dice = Dice::new(seed ^ 0x000b_10c5, number);
    let height = u64::from(dice.below(100_000));
    let hashes = (0..10).map(|_| height.saturating_sub(u64::from(dice.below(300)))).collect::<Vec<_>>();
    BlockEnv {
        number: U256::from(height),
        timestamp: dice.interesting() >> 200,
        coinbase: Address::from_word(dice.word().into()),
        gas_limit: 30_000_000 + u64::from(dice.below(15_000_000)),
        base_fee: if dice.once_in(4) { u64::from(dice.below(20)) } else { u64::from(dice.bits()) },
        difficulty: dice.word(),
        prev_randao: dice.word().into(),
        chain_id: 1 + u64::from(dice.below(5)),
        excess_blob_gas: u64::from(dice.below(1 << 25)),
        hashes: if dice.once_in(2) {
            BlockHashes::OfNumber
        } else {
            BlockHashes::Listed(hashes.into_iter().map(|number| (number, dice.word().into())).collect())
        },
        blob_schedule: dice.once_in(4).then(|| BlobSchedule {
            max: u64::from(dice.below(12)),
            update_fraction: 3_000_000 + u64::from(dice.below(9_000_000)),
        }),
    }
}

/// `count` random societies as one batch.
pub fn batch(seed: u64, count: usize) -> Batch {
    let (batch, mut steps) = sequences(seed, count, 1);
    Batch { calls: steps.remove(0), ..batch }
}

/// `count` random societies, and as many steps in which each of them is called. The batch's calls are the first step.
pub fn sequences(seed: u64, count: usize, steps: usize) -> (Batch, Vec<Calls>) {
    let blocks: Vec<BlockEnv> = (0..BLOCKS).map(|number| block(seed, number)).collect();
    let mut batch = Batch::default();
    let mut rows: Vec<Rows> = std::iter::repeat_with(Rows::default).take(steps).collect();
    for number in 0..count as u32 {
        let mut dice = Dice::new(seed ^ 0x50c1_e7e5, number);
        let at = dice.below(BLOCKS);
        let rules = dice.pick(FORKS);
        let mut society = Society::new(dice, rules, &blocks[at as usize]);
        let mut all = Vec::new();
        for step in 0..steps {
            let (next, mut sent) = society.send();
            society = next;
            if step > 0 {
                follow(&mut society, &mut sent);
            }
            all.push(sent);
        }
        let world = worlds::add(&mut batch, society);
        for (rows, sent) in rows.iter_mut().zip(all) {
            let code = sent.code.map(|bytes| worlds::program(&mut batch, bytes));
            let Sent { level, caller, to, value, gas, .. } = sent;
            let (data, own) = (&*sent.data, sent.transaction);
            let row = Row { world, block: at, fork: rules, level, caller, to, code, value, gas, data, own };
            rows.push(&mut batch, row);
        }
    }
    batch.blocks = blocks;
    let calls: Vec<Calls> = rows.into_iter().map(Rows::calls).collect();
    batch.calls = calls.first().cloned().unwrap_or_default();
    (batch, calls)
}

/// What was sent as if it were a lane's only call follows others: mostly with the nonce that the sender has by then.
fn follow(society: &mut Society, sent: &mut Sent) {
    if let Some(own) = &mut sent.transaction
        && !society.dice.once_in(8)
    {
        own.nonce = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_depends_on_seed_and_number_alone() {
        let (short, long) = (batch(5, 20), batch(5, 60));
        assert_eq!(long.validate(), Ok(()));
        for lane in 0..20 {
            assert_eq!(short.subset(&[lane]), long.subset(&[lane]), "lane {lane}");
        }
        assert_ne!(batch(6, 20), short);
    }
}
