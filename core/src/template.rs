//! A call template whose fields vary from lane to lane, and its expansion into a batch's columns. Random values are
//! counter-based (Threefry-2x32-20): lane `i` of a field has the same value on every machine, in whatever order.

use alloy_primitives::{Address, U256, U512, keccak256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    batch::Calls,
    columns::{ByteColumn, Column},
};

/// How a value varies from lane to lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generator {
    /// The same in every lane.
    Fixed(U256),
    /// `from + lane * step`, modulo 2^256.
    Range {
        /// Value of lane 0.
        from: U256,
        /// Added for each lane.
        step: U256,
    },
    /// The list's values in turn, from the front again after the last.
    List(Vec<U256>),
    /// Uniform over `min ..= max`, by the template's seed, the field's name and the lane.
    Random {
        /// Least value.
        min: U256,
        /// Greatest value.
        max: U256,
    },
}

impl Default for Generator {
    fn default() -> Self {
        Self::Fixed(U256::ZERO)
    }
}

/// A part of the call data that varies: `width` bytes at `offset`, big-endian.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataField {
    /// Its name: part of what seeds its random values.
    pub name: String,
    /// First byte.
    pub offset: usize,
    /// Bytes, 1 to 32. The value's low bytes are used.
    pub width: usize,
    /// How it varies.
    pub generator: Generator,
}

/// A call whose caller, value, gas and call data can vary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Calls to make.
    pub count: usize,
    /// Seeds random fields.
    pub seed: u64,
    /// CALLER; the low 160 bits of the value.
    pub caller: Generator,
    /// Value in wei.
    pub value: Generator,
    /// Gas limit; values over 2^64-1 become that.
    pub gas: Generator,
    /// Call data before fields are laid over it.
    pub data: Vec<u8>,
    /// Fields of the call data.
    pub fields: Vec<DataField>,
}

/// Why a template cannot be expanded.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// A field's width is not 1 to 32.
    #[error("field `{field}` is {width} bytes wide; a field holds 1 to 32 bytes")]
    Width {
        /// The field.
        field: String,
        /// Its width.
        width: usize,
    },
    /// A field reaches past the call data.
    #[error("field `{field}` ends at byte {end}, past the {len} bytes of call data; lengthen the call data or move it")]
    PastEnd {
        /// The field.
        field: String,
        /// Where it ends.
        end: usize,
        /// Bytes of call data.
        len: usize,
    },
    /// A list without values.
    #[error("the list of `{field}` is empty; give at least one value")]
    EmptyList {
        /// The field.
        field: String,
    },
    /// The least value is over the greatest.
    #[error("`{field}`: the least value {min} is over the greatest, {max}")]
    MinOverMax {
        /// The field.
        field: String,
        /// Least value.
        min: U256,
        /// Greatest value.
        max: U256,
    },
    /// Expanded, the call data would be larger than is accepted.
    #[error("{count} calls with {len} bytes of call data are {total} bytes; at most {most} are accepted in one run")]
    TooMuchData {
        /// Calls.
        count: usize,
        /// Bytes each.
        len: usize,
        /// Their product.
        total: u128,
        /// Bytes accepted.
        most: u128,
    },
    /// More calls than one batch holds.
    #[error("{count} calls are more than the {most} that one batch can hold")]
    TooManyCalls {
        /// Calls wanted.
        count: usize,
        /// Calls accepted.
        most: usize,
    },
}

/// Most bytes of call data a template may expand to.
pub const MAX_DATA: u128 = 1 << 30;

/// Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
pub const fn threefry(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [u32; 8] = [13, 15, 26, 6, 17, 29, 16, 24];
    let keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd1_1bda];
    let mut x = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    let mut round = 0;
    while round < 20 {
        x[0] = x[0].wrapping_add(x[1]);
        x[1] = x[1].rotate_left(ROTATIONS[round % 8]) ^ x[0];
        round += 1;
        if round.is_multiple_of(4) {
            let group = round / 4;
            x[0] = x[0].wrapping_add(keys[group % 3]);
            x[1] = x[1].wrapping_add(keys[(group + 1) % 3]).wrapping_add(group as u32);
        }
    }
    x
}

/// The key of a field's random values: the first eight bytes, as two big-endian words, of keccak-256 over the seed
/// (eight bytes, big-endian) and the field's name.
pub fn field_key(seed: u64, field: &str) -> [u32; 2] {
    let mut bytes = seed.to_be_bytes().to_vec();
    bytes.extend_from_slice(field.as_bytes());
    let hash = keccak256(bytes);
    let word = |at: usize| u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]);
    [word(0), word(4)]
}

/// 256 random bits of a lane: four blocks of Threefry with counters `(lane, 0..4)`, least significant limb first.
pub fn random_word(key: [u32; 2], lane: u32) -> U256 {
    let mut limbs = [0; 4];
    for (block, limb) in limbs.iter_mut().enumerate() {
        let [low, high] = threefry(key, [lane, block as u32]);
        *limb = u64::from(low) | u64::from(high) << 32;
    }
    U256::from_limbs(limbs)
}

impl Generator {
    /// Checks the generator; `field` is the name used in the error.
    ///
    /// # Errors
    /// An empty list, or a least value over the greatest.
    pub fn validate(&self, field: &str) -> Result<(), TemplateError> {
        match self {
            Self::List(values) if values.is_empty() => Err(TemplateError::EmptyList { field: field.into() }),
            Self::Random { min, max } if min > max => {
                Err(TemplateError::MinOverMax { field: field.into(), min: *min, max: *max })
            }
            _ => Ok(()),
        }
    }

    /// The value in a lane; `key` is [`field_key`] of the field. The generator must be valid.
    pub fn value(&self, key: [u32; 2], lane: usize) -> U256 {
        match self {
            Self::Fixed(value) => *value,
            Self::Range { from, step } => from.wrapping_add(step.wrapping_mul(U256::from(lane))),
            Self::List(values) => values[lane % values.len()],
            Self::Random { min, max } => {
                let word = random_word(key, lane as u32);
                let span = (*max - *min).wrapping_add(U256::from(1));
                if span.is_zero() {
                    return word;
                }
                let scaled: U512 = (U512::from(word) * U512::from(span)) >> 256;
                *min + scaled.to::<U256>()
            }
        }
    }

    fn column<T: Clone>(&self, template: &Template, field: &str, convert: impl Fn(U256) -> T) -> Column<T> {
        if let Self::Fixed(value) = self {
            return Column::All(convert(*value));
        }
        let key = field_key(template.seed, field);
        Column::Each((0..template.count).map(|lane| convert(self.value(key, lane))).collect())
    }
}

impl Template {
    /// Checks every field.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub fn validate(&self) -> Result<(), TemplateError> {
        if self.count > crate::batch::MAX_CALLS {
            return Err(TemplateError::TooManyCalls { count: self.count, most: crate::batch::MAX_CALLS });
        }
        self.caller.validate("caller")?;
        self.value.validate("value")?;
        self.gas.validate("gas")?;
        for field in &self.fields {
            if !(1..=32).contains(&field.width) {
                return Err(TemplateError::Width { field: field.name.clone(), width: field.width });
            }
            let end = field.offset.saturating_add(field.width);
            if end > self.data.len() {
                return Err(TemplateError::PastEnd { field: field.name.clone(), end, len: self.data.len() });
            }
            field.generator.validate(&field.name)?;
        }
        let total = self.count as u128 * self.data.len() as u128;
        if !self.fields.is_empty() && total > MAX_DATA {
            return Err(TemplateError::TooMuchData { count: self.count, len: self.data.len(), total, most: MAX_DATA });
        }
        Ok(())
    }

    /// The calls of the template: count, caller, value, gas and data. World, block, fork, level and `to` are the
    /// caller's to set.
    ///
    /// # Errors
    /// See [`Self::validate`].
    pub fn expand(&self) -> Result<Calls, TemplateError> {
        self.validate()?;
        let data = if self.fields.is_empty() {
            ByteColumn::repeated(self.count, &self.data)
        } else {
            let keys: Vec<_> = self.fields.iter().map(|field| field_key(self.seed, &field.name)).collect();
            let mut data = ByteColumn::default();
            let mut row = self.data.clone();
            for lane in 0..self.count {
                for (field, key) in self.fields.iter().zip(&keys) {
                    let value = field.generator.value(*key, lane).to_be_bytes::<32>();
                    row[field.offset..field.offset + field.width].copy_from_slice(&value[32 - field.width..]);
                }
                data.push(&row);
            }
            data
        };
        Ok(Calls {
            count: self.count,
            caller: self.caller.column(self, "caller", |value| Address::from_word(value.into())),
            value: self.value.column(self, "value", |value| value),
            gas: self.gas.column(self, "gas", |value| value.saturating_to()),
            data,
            ..Calls::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Random123 distribution.
    #[test]
    fn threefry_known_answers() {
        assert_eq!(threefry([0, 0], [0, 0]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(threefry([!0, !0], [!0, !0]), [0x1cb9_96fc, 0xbb00_2be7]);
        assert_eq!(threefry([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3]), [0xc492_3a9c, 0x483d_f7a0]);
    }

    #[test]
    fn random_stays_in_its_bounds() {
        let generator = Generator::Random { min: U256::from(5), max: U256::from(7) };
        let key = field_key(1, "x");
        let seen: std::collections::BTreeSet<U256> = (0..200).map(|lane| generator.value(key, lane)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [5, 6, 7].map(U256::from));
    }

    #[test]
    fn fields_are_laid_over_the_data() {
        let template = Template {
            count: 3,
            data: vec![0xaa; 4],
            fields: vec![DataField {
                name: "n".into(),
                offset: 1,
                width: 2,
                generator: Generator::Range { from: U256::from(255), step: U256::from(1) },
            }],
            ..Template::default()
        };
        let calls = template.expand().unwrap();
        assert_eq!(calls.data.get(0), [0xaa, 0, 0xff, 0xaa]);
        assert_eq!(calls.data.get(2), [0xaa, 1, 1, 0xaa]);
    }

    #[test]
    fn a_field_past_the_end_is_named() {
        let field = DataField { name: "amount".into(), offset: 1, width: 4, generator: Generator::default() };
        let template = Template { count: 1, data: vec![0; 4], fields: vec![field], ..Template::default() };
        assert_eq!(template.validate(), Err(TemplateError::PastEnd { field: "amount".into(), end: 5, len: 4 }));
    }
}
