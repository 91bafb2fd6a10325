//! Call data as bytes: the rows, or the pattern they are made of where that is shorter. Decoding checks that every row can
//! be made.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{WireBytes, WireError, Word, malformed, number, word};
use crate::{
    batch::MAX_CALLS,
    call_data::{CallData, GeneratedData, Part, Pattern},
    generated::Rows,
    template::{MAX_DATA, Rule, Source},
};

#[derive(Serialize, Deserialize)]
pub(super) enum WireRule {
    Affine { base: Word, factor: Word, rest: u32, parts: u32, down: bool },
    Uniform { min: Word, max: Word },
    LogUniform { min: Word, max: Word },
    Table(Vec<Word>),
}

impl WireRule {
    fn of(rule: &Rule) -> Self {
        match rule {
            Rule::Affine { base, factor, rest, parts, down } => {
                Self::Affine { base: word(*base), factor: word(*factor), rest: *rest, parts: *parts, down: *down }
            }
            Rule::Uniform { min, max } => Self::Uniform { min: word(*min), max: word(*max) },
            Rule::LogUniform { min, max } => Self::LogUniform { min: word(*min), max: word(*max) },
            Rule::Table(values) => Self::Table(values.iter().map(|value| word(*value)).collect()),
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::Affine { base, factor, rest, parts, down } => {
                Rule::Affine { base: number(base), factor: number(factor), rest, parts, down }
            }
            Self::Uniform { min, max } => Rule::Uniform { min: number(min), max: number(max) },
            Self::LogUniform { min, max } => Rule::LogUniform { min: number(min), max: number(max) },
            Self::Table(values) => Rule::Table(Arc::new(values.into_iter().map(number).collect())),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct WirePart {
    offset: u32,
    width: u8,
    key: [u32; 2],
    place: [u32; 2],
    rule: WireRule,
}

#[derive(Serialize, Deserialize)]
pub(super) enum WireRows {
    From(u32, u32),
    Listed(Vec<u32>),
}

#[derive(Serialize, Deserialize)]
pub(super) enum WireData<'a> {
    #[serde(borrow)]
    Stored(WireBytes<'a>),
    Generated {
        #[serde(borrow, with = "serde_bytes")]
        head: Cow<'a, [u8]>,
        parts: Vec<WirePart>,
        rows: WireRows,
    },
}

impl<'a> WireData<'a> {
    pub(super) fn of(data: &'a CallData) -> Self {
        match data {
            CallData::Stored(column) => Self::Stored(WireBytes::of(column)),
            CallData::Generated(data) => Self::generated(data),
        }
    }

    fn generated(data: &'a GeneratedData) -> Self {
        let (pattern, rows) = (data.pattern(), data.rows());
        let listed = if matches!(rows, Rows::From { .. }) { 0 } else { rows.len() * 4 };
        if pattern.weight() + listed > rows.len().saturating_mul(pattern.head().len()) {
            return Self::Stored(WireBytes::of(&data.stored()).into_owned());
        }
        let part = |part: &Part| WirePart {
            offset: part.offset,
            width: part.width,
            key: part.source.key(),
            place: part.source.place(),
            rule: WireRule::of(part.source.rule()),
        };
        Self::Generated {
            head: Cow::Borrowed(pattern.head()),
            parts: pattern.parts().iter().map(part).collect(),
            rows: match rows {
                Rows::From { first, count } => WireRows::From(*first, *count),
                Rows::Listed(rows) => WireRows::Listed(rows.to_vec()),
            },
        }
    }

    pub(super) fn data(self) -> Result<CallData, WireError> {
        let (head, parts, rows) = match self {
            Self::Stored(bytes) => return bytes.column().map(CallData::Stored),
            Self::Generated { head, parts, rows } => (head, parts, rows),
        };
        if head.len() > MAX_DATA {
            return Err(malformed("a pattern is too long"));
        }
        let part = |wire: WirePart| {
            let end = u64::from(wire.offset) + u64::from(wire.width);
            let [stride, modulus] = wire.place;
            let source = Source::new(wire.key, stride, modulus, wire.rule.rule());
            source
                .filter(|_| (1..=32).contains(&wire.width) && end <= head.len() as u64)
                .map(|source| Part { offset: wire.offset, width: wire.width, source })
                .ok_or_else(|| malformed("a part of a pattern is out of its range"))
        };
        let parts = parts.into_iter().map(part).collect::<Result<_, _>>()?;
        let most = MAX_CALLS as u64;
        let rows = match rows {
            WireRows::From(first, count) if u64::from(first) + u64::from(count) <= most => Rows::From { first, count },
            WireRows::Listed(rows) if rows.iter().all(|row| u64::from(*row) < most) => Rows::listed(rows),
            _ => return Err(malformed("a row is past the last that a template can have")),
        };
        Ok(CallData::Generated(GeneratedData::new(Pattern::new(head.into_owned(), parts), rows)))
    }
}
