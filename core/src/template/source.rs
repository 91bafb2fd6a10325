//! A generator made ready: names looked up, bounds checked, and the value of any call in a few integer operations. The
//! device's kernel `expand.wesl` computes the same; it knows no templates.

use std::sync::Arc;

use alloy_primitives::{U256, U512};

use super::random::{random_choice, random_word};
use crate::batch::MAX_CALLS;

/// What a value comes of. Parts are checked by [`Source::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `base + factor * index`, and `rest * index / parts` more, or less where it goes down; modulo 2^256.
    Affine {
        /// Value of index 0.
        base: U256,
        /// Added for each index.
        factor: U256,
        /// What a step has beyond `factor`, in `parts`; below `parts`.
        rest: u32,
        /// 1 and more.
        parts: u32,
        /// Whether the part of a step is taken away.
        down: bool,
    },
    /// Uniform over `min ..= max`; where `min` is greater, over what lies from it on through 2^256-1 and 0 to `max`, as
    /// numbers in two's complement do.
    Uniform {
        /// Least value.
        min: U256,
        /// Greatest value.
        max: U256,
    },
    /// Of random length over `min ..= max`.
    LogUniform {
        /// Least value.
        min: U256,
        /// Greatest value.
        max: U256,
    },
    /// The value at the index.
    Table(Arc<Vec<U256>>),
}

/// A generator of a template, ready to give values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    key: [u32; 2],
    stride: u32,
    modulus: u32,
    rule: Rule,
}

impl Source {
    /// A source whose index is `row / stride % modulus`. `None` where a value could not be computed: a stride or modulus
    /// of zero, a table shorter than the modulus, bounds the wrong way round, parts out of range.
    pub fn new(key: [u32; 2], stride: u32, modulus: u32, rule: Rule) -> Option<Self> {
        let sound = match &rule {
            Rule::Affine { rest, parts, .. } => {
                rest < parts && *parts as usize <= MAX_CALLS && (*rest == 0 || modulus as usize <= MAX_CALLS)
            }
            Rule::Uniform { .. } => true,
            Rule::LogUniform { min, max } => min <= max,
            Rule::Table(values) => modulus as usize <= values.len() && values.len() <= MAX_CALLS,
        };
        (sound && stride > 0 && modulus > 0).then_some(Self { key, stride, modulus, rule })
    }

    /// The source whose values are less by `by`, modulo 2^256. `None` for random lengths, which do not move.
    pub(crate) fn less(self, by: U256) -> Option<Self> {
        let rule = match self.rule {
            Rule::Affine { base, factor, rest, parts, down } => {
                Rule::Affine { base: base.wrapping_sub(by), factor, rest, parts, down }
            }
            Rule::Uniform { min, max } => Rule::Uniform { min: min.wrapping_sub(by), max: max.wrapping_sub(by) },
            Rule::Table(values) => Rule::Table(Arc::new(values.iter().map(|value| value.wrapping_sub(by)).collect())),
            Rule::LogUniform { .. } => return None,
        };
        Some(Self { rule, ..self })
    }

    /// What values come of.
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The key of random values.
    pub const fn key(&self) -> [u32; 2] {
        self.key
    }

    /// By what a row is divided, and then reduced, to become the index.
    pub const fn place(&self) -> [u32; 2] {
        [self.stride, self.modulus]
    }

    /// The index of a row of the template.
    pub const fn index(&self, row: u32) -> u32 {
        row / self.stride % self.modulus
    }

    /// The value, where it is the same in every row.
    pub fn constant(&self) -> Option<U256> {
        match &self.rule {
            Rule::Affine { base, factor, rest: 0, .. } if factor.is_zero() => Some(*base),
            _ => None,
        }
    }

    /// The value in a row of the template, by its number from 0.
    pub fn value(&self, row: u32) -> U256 {
        let index = self.index(row);
        match &self.rule {
            Rule::Affine { base, factor, rest, parts, down } => {
                let value = base.wrapping_add(factor.wrapping_mul(U256::from(index)));
                let part = U256::from(u64::from(*rest) * u64::from(index) / u64::from(*parts));
                if *down { value.wrapping_sub(part) } else { value.wrapping_add(part) }
            }
            Rule::Uniform { min, max } => {
                let word = random_word(self.key, index);
                let span = max.wrapping_sub(*min).wrapping_add(U256::from(1));
                if span.is_zero() {
                    return min.wrapping_add(word);
                }
                let scaled: U512 = (U512::from(word) * U512::from(span)) >> 256;
                min.wrapping_add(scaled.to::<U256>())
            }
            Rule::LogUniform { min, max } => {
                let lengths = (max.bit_len() - min.bit_len() + 1) as u64;
                let more = (u64::from(random_choice(self.key, index)) * lengths) >> 32;
                let bits = min.bit_len() + more as usize;
                let word = random_word(self.key, index) | (U256::from(1) << 255);
                // A shift by all 256 bits leaves nothing.
                let value: U256 = word >> (256 - bits);
                value.clamp(*min, *max)
            }
            Rule::Table(values) => values[index as usize],
        }
    }
}
