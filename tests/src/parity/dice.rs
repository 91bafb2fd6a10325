//! Seeded random numbers for generated tests: the same on every target.

use lanevm_core::{U256, template::threefry};

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Dice {
    key: [u32; 2],
    counter: u64,
}

impl Dice {
    /// The stream of a seed and a number within it.
    pub const fn new(seed: u64, stream: u32) -> Self {
        Self { key: [seed as u32 ^ stream.rotate_left(16), (seed >> 32) as u32 ^ stream], counter: 0 }
    }

    /// 32 random bits.
    pub const fn bits(&mut self) -> u32 {
        self.counter += 1;
        threefry(self.key, [self.counter as u32, (self.counter >> 32) as u32])[0]
    }

    /// A number below `bound`, which must not be zero.
    pub const fn below(&mut self, bound: u32) -> u32 {
        ((self.bits() as u64 * bound as u64) >> 32) as u32
    }

    /// True once in `times`.
    pub const fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of the choices.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// 256 random bits.
    pub fn word(&mut self) -> U256 {
        U256::from_limbs(std::array::from_fn(|_| u64::from(self.bits()) << 32 | u64::from(self.bits())))
    }

    /// A word with a taste for borders: zero, one, powers of two and their neighbours, small numbers, few set limbs.
    pub fn interesting(&mut self) -> U256 {
        let word = match self.below(8) {
            0 => U256::ZERO,
            1 => U256::from(self.below(4)),
            2 => U256::from(self.below(1000)),
            3 => U256::from(1) << self.below(256) as usize,
            4 => (U256::from(1) << self.below(256) as usize).wrapping_sub(U256::from(1)),
            5 => self.word() >> self.below(256) as usize,
            6 => U256::MAX.wrapping_sub(U256::from(self.below(3))),
            _ => self.word(),
        };
        if self.once_in(6) { U256::ZERO.wrapping_sub(word) } else { word }
    }
}
