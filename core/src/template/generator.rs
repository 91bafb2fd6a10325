//! How values vary, as a person says it. What a generator's value is in a call, [`super::source`] computes.

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

/// How random values spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Every value is as likely as another: `min + (word * (max - min + 1) >> 256)`.
    #[default]
    Uniform,
    /// Every length in bits is as likely as another, from the length of `min` to that of `max`, and so is every value of a
    /// length. What falls outside `min ..= max` is moved to the nearer bound.
    LogUniform,
}

/// How a value varies from call to call. The *index* below is the call's number, or its place on an axis: see
/// [`Generator::Along`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generator {
    /// The same in every call.
    Fixed(U256),
    /// `from + index * step`, modulo 2^256.
    Range {
        /// Value of index 0.
        from: U256,
        /// Added for each index.
        step: U256,
    },
    /// `count` values from `start` to `end`, both among them, in equal steps rounded towards `start`; `end` may be below
    /// `start`. A count of 1 is `start` alone. After the last value the first comes again.
    Steps {
        /// Value of index 0.
        start: U256,
        /// Value of index `count - 1`.
        end: U256,
        /// Values.
        count: usize,
    },
    /// The list's values in turn, from the front again after the last.
    List(Vec<U256>),
    /// The values of a column of [`super::Template::columns`], in turn as in a list.
    Column(String),
    /// Random over `min ..= max`, by the template's seed, the field's name and the index.
    Random {
        /// Least value.
        min: U256,
        /// Greatest value.
        max: U256,
        /// How values spread.
        #[serde(default)]
        dist: Distribution,
    },
    /// Any other generator, whose index is the call's place on an axis of [`super::Template::axes`]. A list, a column or
    /// steps must have as many values as the axis has points.
    Along {
        /// The axis.
        axis: String,
        /// What varies along it.
        generator: Box<Self>,
    },
}

impl Generator {
    /// Uniform random values over `min ..= max`.
    pub const fn uniform(min: U256, max: U256) -> Self {
        Self::Random { min, max, dist: Distribution::Uniform }
    }

    /// Random values over `min ..= max`, every length in bits as likely as another.
    pub const fn log_uniform(min: U256, max: U256) -> Self {
        Self::Random { min, max, dist: Distribution::LogUniform }
    }

    /// The generator along an axis.
    #[must_use]
    pub fn along(self, axis: impl Into<String>) -> Self {
        Self::Along { axis: axis.into(), generator: Box::new(self) }
    }
}

impl Default for Generator {
    fn default() -> Self {
        Self::Fixed(U256::ZERO)
    }
}

/// An axis of a grid. The calls of a template with axes enumerate the product of all: the last axis varies fastest, as the
/// last digit of a number does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name, by which generators go along it.
    pub name: String,
    /// Its points.
    pub len: usize,
}

impl Axis {
    /// An axis.
    pub fn new(name: impl Into<String>, len: usize) -> Self {
        Self { name: name.into(), len }
    }
}
