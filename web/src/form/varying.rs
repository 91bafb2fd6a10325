//! A value that may vary from lane to lane, as it is typed. Reading it is [`super::reading`]'s.

use lanevm_core::{
    document::{Scalar, Spacing, Variation, Vary},
    template::Distribution,
};
use serde::{Deserialize, Serialize};

use crate::words::varying as words;

/// How a value varies, as the form names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// One value for all lanes.
    #[default]
    Fixed,
    /// From one value to another.
    Range,
    /// Values in turn.
    List,
    /// The values of a named column in turn.
    Column,
    /// Seeded random values between two.
    Random,
    /// Seeded choice among values.
    Pick,
}

impl Kind {
    /// Every kind, with its word.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Fixed, words::FIXED),
        (Self::Range, words::RANGE),
        (Self::List, words::LIST),
        (Self::Column, words::COLUMN),
        (Self::Random, words::RANDOM),
        (Self::Pick, words::ONE_OF),
    ];
}

/// How the values of a range lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// So far from one another.
    #[default]
    Step,
    /// So many.
    Count,
}

impl By {
    /// Every way, with its word.
    pub const ALL: [(Self, &str); 2] = [(Self::Step, words::BY_STEP), (Self::Count, words::BY_COUNT)];
}

/// A value that may vary. What is typed for one kind stays while another is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Varying {
    /// The kind chosen.
    pub kind: Kind,
    /// The fixed value.
    pub fixed: String,
    /// The range's first value.
    pub from: String,
    /// The range's bound.
    pub to: String,
    /// How the range's values lie.
    pub by: By,
    /// Their distance or number; empty is the axis' points, or a distance of 1.
    pub amount: String,
    /// The list, separated by white space or commas.
    pub list: String,
    /// The column.
    pub column: String,
    /// The least random value.
    pub min: String,
    /// The greatest random value.
    pub max: String,
    /// Whether every length in bits is as likely, and not every value.
    pub log: bool,
    /// The axis along which it varies; empty is lane by lane.
    pub axis: String,
}

impl Varying {
    /// A fixed value.
    pub fn fixed(value: impl Into<String>) -> Self {
        Self {
            fixed: value.into(),
            from: "0".into(),
            to: "2^256-1".into(),
            amount: "1".into(),
            min: "0".into(),
            max: "2^256-1".into(),
            ..Self::default()
        }
    }

    /// As a document has it. `write` writes a value for people.
    pub(super) fn of<T: Scalar>(vary: &Vary<T>, write: impl Fn(&T) -> String) -> Self {
        let most = write(&T::of_word(T::MAX));
        let mut varying = Self { to: most.clone(), max: most, ..Self::fixed(write(&T::of_word(Default::default()))) };
        let Vary::Varies { how, axis } = vary else {
            if let Vary::Fixed(value) = vary {
                varying.fixed = write(value);
            }
            return varying;
        };
        varying.axis = axis.clone().unwrap_or_default();
        let listed = |values: &[T]| values.iter().map(&write).collect::<Vec<_>>().join(", ");
        match how {
            Variation::Range { start, end, spacing } => {
                varying.kind = Kind::Range;
                (varying.from, varying.to) = (write(start), write(end));
                (varying.by, varying.amount) = match spacing {
                    Spacing::Open => (By::Step, String::new()),
                    Spacing::Step(step) => (By::Step, super::decimal(*step)),
                    Spacing::Count(count) => (By::Count, count.to_string()),
                };
            }
            Variation::List(values) => {
                varying.kind = Kind::List;
                varying.list = listed(values);
            }
            Variation::Pick(values) => {
                varying.kind = Kind::Pick;
                varying.list = listed(values);
            }
            Variation::Column(column) => {
                varying.kind = Kind::Column;
                varying.column.clone_from(column);
            }
            Variation::Random { dist, min, max } => {
                varying.kind = Kind::Random;
                varying.log = *dist == Distribution::LogUniform;
                varying.min = min.as_ref().map_or_else(String::new, &write);
                varying.max = max.as_ref().map_or_else(String::new, &write);
            }
        }
        varying
    }
}

impl Varying {
    /// Whether every lane has one value.
    pub fn is_fixed(&self) -> bool {
        self.kind == Kind::Fixed && !self.fixed.trim_start().starts_with('{')
    }
}
