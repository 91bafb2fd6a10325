//! Scalars that are the same in every lane or vary from lane to lane, as a document says it. Their values are computed by
//! [`crate::template`].

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use alloy_primitives::U256;

use super::{
    error::{DocumentError, shown},
    object::{Object, Read, array, count, name, one_of},
    scalar::{Scalar, quantity},
};
use crate::{batch::MAX_CALLS, template::Distribution};

/// A scalar of each lane. `docs/document.md` defines the values.
#[derive(Clone, Debug, PartialEq)]
pub enum Vary<T> {
    /// The same in every lane. Written as the bare scalar; `{fixed: …}` is read too.
    Fixed(T),
    /// Another in each lane.
    Varies {
        /// What it is at an index.
        how: Variation<T>,
        /// The axis on which the index is the lane's place; `None` where it is the lane's number.
        axis: Option<String>,
    },
}

/// How a scalar varies by an index, from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Variation<T> {
    /// From one value to another; downwards where the first is greater.
    Range {
        /// Value of index 0.
        start: T,
        /// The bound: the last value, or what the last value does not pass.
        end: T,
        /// How the values lie between.
        spacing: Spacing,
    },
    /// These in turn.
    List(Vec<T>),
    /// The values of a column of the document, in turn.
    Column(String),
    /// Random between bounds, both possible.
    Random {
        /// How they spread.
        dist: Distribution,
        /// Least value; 0 where it is left out.
        min: Option<T>,
        /// Greatest value; the type's greatest where it is left out.
        max: Option<T>,
    },
    /// One of these, at random.
    Pick(Vec<T>),
}

/// How the values of a range lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// As many values as the axis has points; steps of 1 where there is no axis.
    Open,
    /// So far from one another, as long as the bound is not passed. Not zero.
    Step(U256),
    /// So many, both bounds among them.
    Count(usize),
}

/// The words for distributions.
const DISTRIBUTIONS: [(&str, Distribution); 2] =
    [("uniform", Distribution::Uniform), ("logUniform", Distribution::LogUniform)];

fn pair<T: Scalar>(value: &Value, read: &dyn Fn(&Value) -> Read<T>) -> Read<(T, T)> {
    match array(value, "two bounds", 2, read)?.as_slice() {
        [start, end] => Ok((*start, *end)),
        other => Err(DocumentError::here(format!("an array of {}", other.len()), "two bounds: [first, last]")),
    }
}

fn filled<T>(value: &Value, read: &dyn Fn(&Value) -> Read<T>) -> Read<Vec<T>> {
    let values = array(value, "values", MAX_CALLS, read)?;
    if values.is_empty() {
        return Err(DocumentError::here("an array of 0", "at least one value"));
    }
    Ok(values)
}

fn random<T: Scalar>(value: &Value, read: &dyn Fn(&Value) -> Read<T>) -> Read<Variation<T>> {
    let mut object = Object::of(value, "random values")?;
    if object.has("from") {
        let values = object.required("from", |value| filled(value, read))?;
        // What else there is would say nothing: a value is picked from the list.
        object.done()?;
        return Ok(Variation::Pick(values));
    }
    let dist = object.optional("dist", |value| one_of(value, &DISTRIBUTIONS))?.unwrap_or_default();
    let min = object.optional("min", read)?;
    let max = object.optional("max", read)?;
    object.optional("from", |_| Ok(()))?;
    object.done()?;
    let [least, greatest] = [min.map_or(U256::ZERO, |min| min.word()), max.map_or(T::MAX, |max| max.word())];
    if least > greatest {
        return Err(DocumentError::here(format!("{least}"), format!("at most max, which is {greatest}")).within("min"));
    }
    Ok(Variation::Random { dist, min, max })
}

impl<T: Scalar> Vary<T> {
    /// Reads a scalar or what generates it.
    ///
    /// # Errors
    /// It is neither; the path is relative to the value.
    pub fn read(value: &Value) -> Result<Self, DocumentError> {
        Self::read_with(value, &T::read)
    }

    /// [`Self::read`], with scalars read by `read`: for types whose bounds are known only where they stand.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_with(value: &Value, read: &dyn Fn(&Value) -> Read<T>) -> Result<Self, DocumentError> {
        if !value.is_object() {
            return read(value).map(Self::Fixed);
        }
        const KINDS: [&str; 5] = ["fixed", "range", "list", "column", "random"];
        let mut object = Object::of(value, "a generator")?;
        let kinds = KINDS.iter().filter(|kind| object.has(kind)).count();
        if kinds != 1 {
            // A misspelt kind is best named as what it is.
            if kinds == 0 && value.as_object().is_some_and(|fields| fields.len() == 1) {
                KINDS.iter().try_for_each(|kind| object.optional(kind, |_| Ok(())).map(drop))?;
                object.done()?;
            }
            return Err(DocumentError::here(shown(value), "exactly one of fixed, range, list, column and random"));
        }
        if let Some(fixed) = object.optional("fixed", read)? {
            return object.done().map(|()| Self::Fixed(fixed));
        }
        let range = object.optional("range", |value| pair(value, read))?;
        let how = if let Some((start, end)) = range {
            let step = object.optional("step", |value| match quantity(value)? {
                U256::ZERO => Err(DocumentError::here("0", "a step of 1 or more")),
                step => Ok(step),
            })?;
            let values = object.optional("count", |value| count(value, 1, MAX_CALLS as u64))?;
            let spacing = match (step, values) {
                (None, None) => Spacing::Open,
                (Some(step), None) => Spacing::Step(step),
                (None, Some(values)) => Spacing::Count(values as usize),
                (Some(_), Some(_)) => {
                    return Err(DocumentError::here("both step and count", "one of them").within("step"));
                }
            };
            Variation::Range { start, end, spacing }
        } else {
            let list = object.optional("list", |value| filled(value, read).map(Variation::List))?;
            let column = object.optional("column", |value| name(value).map(Variation::Column))?;
            let random = object.optional("random", |value| random(value, read))?;
            list.or(column).or(random).ok_or_else(|| DocumentError::here(shown(value), "a generator"))?
        };
        let zip = object.optional("zip", |value| match value {
            Value::Bool(true) => Ok(()),
            other => Err(DocumentError::here(shown(other), "true")),
        })?;
        let axis = object.optional("axis", name)?;
        object.done()?;
        if zip.is_some() && axis.is_some() {
            return Err(DocumentError::here("both zip and axis", "one of them").within("zip"));
        }
        Ok(Self::Varies { how, axis })
    }

    /// Whether it is the same in every lane.
    pub const fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }
}

impl<T: Scalar + Default> Vary<T> {
    /// Whether it is zero in every lane.
    pub fn is_zero(&self) -> bool {
        *self == Self::Fixed(T::default())
    }
}

impl<T: Default> Default for Vary<T> {
    fn default() -> Self {
        Self::Fixed(T::default())
    }
}

impl<T> From<T> for Vary<T> {
    fn from(value: T) -> Self {
        Self::Fixed(value)
    }
}

/// What stands behind `random`.
struct RandomText<'a, T>(&'a Variation<T>);

fn texts<T: Scalar>(values: &[T]) -> Vec<String> {
    values.iter().map(Scalar::text).collect()
}

impl<T: Scalar> Serialize for RandomText<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            Variation::Pick(values) => map.serialize_entry("from", &texts(values))?,
            Variation::Random { dist, min, max } => {
                if *dist != Distribution::default() {
                    let word = DISTRIBUTIONS.iter().find(|(_, meaning)| meaning == dist).map(|(word, _)| word);
                    map.serialize_entry("dist", &word)?;
                }
                for (bound, value) in [("min", min), ("max", max)] {
                    if let Some(value) = value {
                        map.serialize_entry(bound, &value.text())?;
                    }
                }
            }
            _ => {}
        }
        map.end()
    }
}

impl<T: Scalar> Serialize for Vary<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (how, axis) = match self {
            Self::Fixed(value) => return serializer.serialize_str(&value.text()),
            Self::Varies { how, axis } => (how, axis),
        };
        let mut map = serializer.serialize_map(None)?;
        match how {
            Variation::Range { start, end, spacing } => {
                map.serialize_entry("range", &[start.text(), end.text()])?;
                match spacing {
                    Spacing::Open => {}
                    Spacing::Step(step) => map.serialize_entry("step", &step.text())?,
                    Spacing::Count(count) => map.serialize_entry("count", count)?,
                }
            }
            Variation::List(values) => map.serialize_entry("list", &texts(values))?,
            Variation::Column(column) => map.serialize_entry("column", column)?,
            Variation::Random { .. } | Variation::Pick(_) => map.serialize_entry("random", &RandomText(how))?,
        }
        if let Some(axis) = axis {
            map.serialize_entry("axis", axis)?;
        }
        map.end()
    }
}
