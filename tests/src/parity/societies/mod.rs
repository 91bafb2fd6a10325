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

use lanevm_core::{
    Address, Batch, BlockEnv, BlockHashes, CallData, Calls, Column, Fork, ForkColumn, U256, world::BlobSchedule,
};

use self::cast::Society;
use super::dice::Dice;

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
    let blocks: Vec<BlockEnv> = (0..BLOCKS).map(|number| block(seed, number)).collect();
    let mut batch = Batch::default();
    let mut data = CallData::default();
    let (mut block, mut fork, mut level, mut caller, mut to) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut world, mut code, mut value, mut gas, mut transaction) = (vec![], vec![], vec![], vec![], vec![]);
    for number in 0..count as u32 {
        let mut dice = Dice::new(seed ^ 0x50c1_e7e5, number);
        let at = dice.below(BLOCKS);
        let rules = dice.pick(FORKS);
        let (society, sent) = Society::new(dice, rules, &blocks[at as usize]).send();
        world.push(worlds::add(&mut batch, society));
        block.push(at);
        fork.push(ForkColumn(rules));
        level.push(sent.level);
        caller.push(sent.caller);
        to.push(sent.to);
        code.push(sent.code.map(|bytes| worlds::program(&mut batch, bytes)));
        value.push(sent.value);
        gas.push(sent.gas);
        data.push(&sent.data);
        transaction.push(sent.transaction.map(|own| {
            batch.transactions.push(own);
            (batch.transactions.len() - 1) as u32
        }));
    }
    batch.blocks = blocks;
    batch.calls = Calls {
        count,
        world: Column::Each(world),
        block: Column::Each(block),
        fork: Column::Each(fork),
        level: Column::Each(level),
        caller: Column::Each(caller),
        to: Column::Each(to),
        code: Column::Each(code),
        value: Column::Each(value),
        gas: Column::Each(gas),
        data,
        transaction: Column::Each(transaction),
    };
    batch
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
