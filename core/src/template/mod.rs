//! A call template whose fields vary from call to call, and the batch columns made of it. Columns are made ready, not
//! filled: a row's values are computed when they are asked for, on the host or on the device, and are the same on every
//! machine, in whatever order. `docs/templates.md` defines them for other languages.

mod error;
mod generator;
mod random;
mod source;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};

use crate::{
    batch::{Calls, MAX_CALLS},
    call_data::{CallData, Part, Pattern},
    columns::Column,
    generated::{GeneratedColumn, Rows},
};

pub use self::{
    error::TemplateError,
    generator::{Axis, Distribution, Generator},
    random::{field_key, random_word, threefry},
    source::{Rule, Source},
};

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

impl DataField {
    /// A field.
    pub fn new(name: impl Into<String>, offset: usize, width: usize, generator: Generator) -> Self {
        Self { name: name.into(), offset, width, generator }
    }
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
    /// Fields of the call data, laid over it in this order.
    pub fields: Vec<DataField>,
    /// Axes of a grid; the last varies fastest. With axes there are at most as many calls as the grid has points.
    pub axes: Vec<Axis>,
    /// Columns that generators name.
    pub columns: BTreeMap<String, Vec<U256>>,
}

/// Most bytes of call data of one call.
pub const MAX_DATA: usize = 1 << 30;

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// A range of `count` values between two bounds.
fn steps(start: U256, end: U256, count: usize) -> Rule {
    let down = end < start;
    let span = if down { start - end } else { end - start };
    let parts = count.saturating_sub(1).max(1);
    let (whole, rest) = span.div_rem(U256::from(parts));
    // With one value there is no step: its index is always 0.
    let factor = if down { U256::ZERO.wrapping_sub(whole) } else { whole };
    Rule::Affine { base: start, factor, rest: rest.to::<u32>(), parts: parts as u32, down }
}

impl Template {
    /// Points of the grid: the product of the axes, or `None` without axes.
    pub fn points(&self) -> Option<u128> {
        (!self.axes.is_empty())
            .then(|| self.axes.iter().fold(1, |points: u128, axis| points.saturating_mul(axis.len as u128)))
    }

    /// What one step on an axis is in calls, and its points: the axes behind it vary faster.
    fn axis(&self, name: &str) -> Option<(u32, usize)> {
        let at = self.axes.iter().position(|axis| axis.name == name)?;
        let stride = self.axes[at + 1..].iter().fold(1u32, |stride, axis| {
            // Past the last call's number the index is 0 in any case.
            stride.saturating_mul(u32::try_from(axis.len).unwrap_or(u32::MAX))
        });
        Some((stride, self.axes[at].len))
    }

    /// The generator made ready, as the field of that name. The axes must be valid.
    ///
    /// # Errors
    /// What is wrong with it; see [`TemplateError`].
    pub fn source(&self, field: &str, generator: &Generator) -> Result<Source, TemplateError> {
        let named = || field.to_owned();
        let (axis, generator) = match generator {
            Generator::Along { axis, generator } => (Some(axis), &**generator),
            other => (None, other),
        };
        let listed = |values: &Vec<U256>| match values.len() {
            0 => Err(TemplateError::EmptyList { field: named() }),
            len if len > MAX_CALLS => Err(TemplateError::LongList { field: named(), values: len, most: MAX_CALLS }),
            len => Ok((Rule::Table(Arc::new(values.clone())), Some(len))),
        };
        let (rule, len) = match generator {
            Generator::Fixed(value) => (steps(*value, *value, 1), None),
            Generator::Range { from, step } => {
                (Rule::Affine { base: *from, factor: *step, rest: 0, parts: 1, down: false }, None)
            }
            Generator::Steps { start, end, count } => match *count {
                count if (1..=MAX_CALLS).contains(&count) => (steps(*start, *end, count), Some(count)),
                count => return Err(TemplateError::Steps { field: named(), count, most: MAX_CALLS }),
            },
            Generator::List(values) => listed(values)?,
            Generator::Column(column) => {
                let values = self.columns.get(column).ok_or_else(|| TemplateError::NoColumn {
                    field: named(),
                    column: column.clone(),
                    known: names(self.columns.keys()),
                })?;
                listed(values)?
            }
            Generator::Random { min, max, .. } if min > max => {
                return Err(TemplateError::MinOverMax { field: named(), min: *min, max: *max });
            }
            Generator::Random { min, max, dist: Distribution::Uniform } => {
                (Rule::Uniform { min: *min, max: *max }, None)
            }
            Generator::Random { min, max, dist: Distribution::LogUniform } => {
                (Rule::LogUniform { min: *min, max: *max }, None)
            }
            Generator::Along { .. } => return Err(TemplateError::AxisInAxis { field: named() }),
        };
        let (stride, modulus) = match axis {
            None => (1, len.map_or(u32::MAX, |len| len as u32)),
            Some(axis) => {
                let (stride, points) = self.axis(axis).ok_or_else(|| TemplateError::NoAxis {
                    field: named(),
                    axis: axis.clone(),
                    known: names(self.axes.iter().map(|axis| &axis.name)),
                })?;
                if let Some(values) = len.filter(|len| *len != points) {
                    return Err(TemplateError::AxisLength { field: named(), values, axis: axis.clone(), len: points });
                }
                (stride, u32::try_from(points).unwrap_or(u32::MAX))
            }
        };
        // Everything that it refuses was refused above, in words; an axis without points is what is left.
        Source::new(field_key(self.seed, field), stride, modulus, rule).ok_or_else(|| TemplateError::AxisPoints {
            axis: axis.cloned().unwrap_or_default(),
            len: modulus as usize,
            most: MAX_CALLS,
        })
    }

    fn check_axes(&self) -> Result<(), TemplateError> {
        for (at, axis) in self.axes.iter().enumerate() {
            if !(1..=MAX_CALLS).contains(&axis.len) {
                return Err(TemplateError::AxisPoints { axis: axis.name.clone(), len: axis.len, most: MAX_CALLS });
            }
            if self.axes[..at].iter().any(|other| other.name == axis.name) {
                return Err(TemplateError::AxisTwice { axis: axis.name.clone() });
            }
        }
        match self.points() {
            Some(points) if self.count as u128 > points => Err(TemplateError::PastGrid { count: self.count, points }),
            _ => Ok(()),
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub fn validate(&self) -> Result<(), TemplateError> {
        self.expand().map(drop)
    }

    fn column<T: Copy>(
        &self,
        field: &str,
        generator: &Generator,
        convert: fn(U256) -> T,
    ) -> Result<Column<T>, TemplateError> {
        let source = self.source(field, generator)?;
        Ok(match source.constant() {
            Some(value) => Column::All(convert(value)),
            None => Column::Generated(GeneratedColumn::new(source, Rows::first(self.count), convert)),
        })
    }

    /// The field as a part of the call data.
    fn part(&self, field: &DataField) -> Result<Part, TemplateError> {
        if !(1..=32).contains(&field.width) {
            return Err(TemplateError::Width { field: field.name.clone(), width: field.width });
        }
        let end = field.offset.saturating_add(field.width);
        if end > self.data.len() {
            return Err(TemplateError::PastEnd { field: field.name.clone(), end, len: self.data.len() });
        }
        let source = self.source(&field.name, &field.generator)?;
        Ok(Part { offset: field.offset as u32, width: field.width as u8, source })
    }

    /// The calls of the template: count, caller, value, gas and data. World, block, fork, level and `to` are the
    /// caller's to set. What varies is not filled in: it takes the room and time of the template, however many calls
    /// there are.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub fn expand(&self) -> Result<Calls, TemplateError> {
        if self.count > MAX_CALLS {
            return Err(TemplateError::TooManyCalls { count: self.count, most: MAX_CALLS });
        }
        if self.data.len() > MAX_DATA {
            return Err(TemplateError::TooMuchData { len: self.data.len(), most: MAX_DATA });
        }
        self.check_axes()?;
        let parts = self.fields.iter().map(|field| self.part(field)).collect::<Result<_, _>>()?;
        let pattern = Pattern::new(self.data.clone(), parts);
        Ok(Calls {
            count: self.count,
            caller: self.column("caller", &self.caller, |value| Address::from_word(value.into()))?,
            value: self.column("value", &self.value, |value| value)?,
            gas: self.column("gas", &self.gas, |value| value.saturating_to())?,
            data: CallData::of_pattern(pattern, self.count),
            ..Calls::default()
        })
    }
}
