//! The built-in ERC-20 contract, sent about among a few accounts of each lane: transfers, approvals and what is sent for
//! others, in random amounts of which some are too much. What a call is depends on seed, lane and step alone.

use lanevm_core::{
    Account, Address, Batch, ByteColumn, Calls, Column, ForkColumn, Level, U256,
    examples::{self, CALLER, CONTRACT},
    keccak256,
};

use super::dice::Dice;

/// Holders, the first of which begins with all there is.
const HOLDERS: u32 = 5;

/// Lanes of the token, and their calls.
#[derive(Clone, Debug)]
pub struct Token {
    seed: u64,
    lanes: usize,
    levels: &'static [Level],
    batch: Batch,
    selectors: [[u8; 4]; 3],
}

fn holder(which: u32) -> Address {
    if which == 0 { CALLER } else { Address::repeat_byte(0xa0 + which as u8) }
}

impl Token {
    /// So many lanes from a seed, at every level in turn. All begin in one world.
    ///
    /// # Panics
    /// If the example is gone.
    pub fn new(seed: u64, lanes: usize) -> Self {
        Self::at(&[Level::Frame, Level::Call, Level::Transaction], seed, lanes)
    }

    /// The same at these levels, of which each lane has one.
    ///
    /// # Panics
    /// If the example is gone.
    pub fn at(levels: &'static [Level], seed: u64, lanes: usize) -> Self {
        let example = examples::by_id("erc20").expect("a built-in example");
        let mut batch = example.batch(1).expect("a built-in example");
        for which in 1..HOLDERS {
            let account = Account { balance: U256::from(1_000_000_000_000_u64), ..Account::default() };
            batch.worlds[0].accounts.insert(holder(which), account);
        }
        let selector = |signature: &str| {
            let hash = keccak256(signature);
            [hash[0], hash[1], hash[2], hash[3]]
        };
        let selectors =
            ["transfer(address,uint256)", "approve(address,uint256)", "transferFrom(address,address,uint256)"]
                .map(selector);
        let mut token = Self { seed, lanes, levels, batch, selectors };
        token.batch.calls = token.step(0);
        token
    }

    /// The lanes, and the first step's calls.
    pub fn batch(&self) -> Batch {
        self.batch.clone()
    }

    /// A step: a call in each lane.
    pub fn step(&self, step: usize) -> Calls {
        let mut caller = Vec::with_capacity(self.lanes);
        let mut data = ByteColumn::default();
        for lane in 0..self.lanes {
            let mut dice = Dice::new(self.seed ^ (step as u64 + 1) << 32, lane as u32);
            let from = dice.below(HOLDERS);
            // Balances begin with 1,000 tokens of 18 decimals in one hand.
            let amount = U256::from(dice.below(400)) * U256::from(10).pow(U256::from(18 - dice.below(3)));
            let kind = dice.below(8);
            let other = if dice.once_in(50) { Address::ZERO } else { holder(dice.below(HOLDERS)) };
            let amount = amount.to_be_bytes::<32>();
            let mut bytes = Vec::with_capacity(100);
            match kind {
                0..=2 => {
                    bytes.extend(self.selectors[0]);
                    bytes.extend(other.into_word());
                }
                3..=4 => {
                    bytes.extend(self.selectors[1]);
                    bytes.extend(other.into_word());
                }
                _ => {
                    bytes.extend(self.selectors[2]);
                    bytes.extend(holder(dice.below(HOLDERS)).into_word());
                    bytes.extend(other.into_word());
                }
            }
            bytes.extend(amount);
            // Half of what holds nothing sends on behalf of the first, so that tokens come about.
            caller.push(if dice.once_in(4) { CALLER } else { holder(from) });
            data.push(&bytes);
        }
        Calls {
            count: self.lanes,
            fork: Column::All(ForkColumn::default()),
            level: Column::Each((0..self.lanes).map(|lane| self.levels[lane % self.levels.len()]).collect()),
            caller: Column::Each(caller),
            to: Column::All(Some(CONTRACT)),
            gas: Column::All(120_000),
            data: data.into(),
            ..Calls::default()
        }
    }
}
