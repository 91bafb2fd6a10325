//! Generators of a document as sources of a template: ranges counted, names looked up, bounds checked. What a value is,
//! [`crate::template`] says.

use alloy_primitives::U256;

use super::Lowering;
use crate::{
    batch::MAX_CALLS,
    columns::Column,
    document::{
        DocumentError, Scalar, Spacing, Variation, Vary,
        error::{quoted, segment},
    },
    generated::{GeneratedColumn, Rows},
    template::{Generator, Source, TemplateError},
};

/// Most values that are picked at random from a list, for one scalar: they are drawn before the run.
pub const MAX_PICKED: usize = 1 << 22;

/// Most values in tables of their own: of lists, columns and picked values, once for each scalar that has them.
pub const MAX_TABLED: usize = 1 << 23;

impl Lowering<'_> {
    /// A column of a batch. The path seeds random values.
    pub(super) fn column<T: Scalar, U: Clone>(
        &self,
        path: &str,
        vary: &Vary<T>,
        convert: fn(U256) -> U,
    ) -> Result<Column<U>, DocumentError> {
        if let Vary::Fixed(value) = vary {
            return Ok(Column::All(convert(value.word())));
        }
        let source = self.source(path, vary, T::MAX)?;
        Ok(match source.constant() {
            Some(value) => Column::All(convert(value)),
            None => Column::Generated(GeneratedColumn::new(source, Rows::first(self.lanes), convert)),
        })
    }

    /// A scalar's source. Every value is at most `most`; the path seeds random values.
    pub(super) fn source<T: Scalar>(&self, path: &str, vary: &Vary<T>, most: U256) -> Result<Source, DocumentError> {
        let bound = |value: U256, at: &str| {
            if value <= most {
                return Ok(());
            }
            Err(DocumentError::at(format!("{path}{at}"), value, format!("at most {most}")))
        };
        let all = |values: &[T], at: &str| {
            values.iter().enumerate().try_for_each(|(index, value)| bound(value.word(), &format!("{at}[{index}]")))
        };
        let (how, axis) = match vary {
            Vary::Fixed(value) => {
                bound(value.word(), "")?;
                return self.made(path, &Generator::Fixed(value.word()));
            }
            Vary::Varies { how, axis } => (how, axis.as_deref()),
        };
        let along = |generator: Generator| match axis {
            Some(axis) => generator.along(axis),
            None => generator,
        };
        let generator = match how {
            Variation::Range { start, end, spacing } => {
                all(&[*start, *end], ".range")?;
                self.range(path, [start.word(), end.word()], *spacing, axis)?
            }
            Variation::List(values) => {
                all(values, ".list")?;
                Generator::List(words(values))
            }
            Variation::Column(name) => {
                let values = self.document.columns.get(name).map(Vec::as_slice).unwrap_or_default();
                if let Some(row) = values.iter().position(|value| *value > most) {
                    let expected = format!("at most {most}, as {path} takes it");
                    let place = segment(name);
                    let dot = if place.starts_with('[') { "" } else { "." };
                    return Err(DocumentError::at(format!("columns{dot}{place}[{row}]"), values[row], expected));
                }
                self.tabled(path, values.len())?;
                Generator::Column(name.clone())
            }
            Variation::Random { dist, min, max } => {
                let [min, max] = [min.map_or(U256::ZERO, |min| min.word()), max.map_or(most, |max| max.word())];
                bound(max, ".random.max")?;
                Generator::Random { min, max, dist: *dist }
            }
            Variation::Pick(values) => {
                all(values, ".random.from")?;
                Generator::List(self.picked(path, &words(values), axis)?)
            }
        };
        if let Generator::List(values) = &generator {
            self.tabled(path, values.len())?;
        }
        self.made(path, &along(generator))
    }

    /// Counts the values of a scalar's table: many scalars may name one long column.
    fn tabled(&self, path: &str, values: usize) -> Result<(), DocumentError> {
        let tabled = self.tabled.get().saturating_add(values);
        self.tabled.set(tabled);
        if tabled <= MAX_TABLED {
            return Ok(());
        }
        let expected =
            format!("at most {MAX_TABLED} values of lists, columns and picked values, counted for each scalar");
        Err(DocumentError::at(path, format!("{values} values more, which makes {tabled}"), expected))
    }

    /// Points of an axis. One that is not there has none; who makes the source says so.
    fn points(&self, axis: &str) -> Option<usize> {
        self.template.axes.iter().find(|known| known.name == axis).map(|axis| axis.len)
    }

    fn range(
        &self,
        path: &str,
        [start, end]: [U256; 2],
        spacing: Spacing,
        axis: Option<&str>,
    ) -> Result<Generator, DocumentError> {
        let step = match (spacing, axis) {
            (Spacing::Count(count), _) => return Ok(Generator::Steps { start, end, count }),
            (Spacing::Open, Some(axis)) => {
                let count = self.points(axis).unwrap_or(1);
                return Ok(Generator::Steps { start, end, count });
            }
            (Spacing::Open, None) => U256::from(1),
            (Spacing::Step(step), _) => step,
        };
        if step.is_zero() {
            return Err(DocumentError::at(format!("{path}.step"), "0", "a step of 1 or more"));
        }
        let down = end < start;
        let steps = if down { start - end } else { end - start } / step;
        // No lane has an index past the last call's, so that more values than those are as good as that many.
        let steps = steps.min(U256::from(MAX_CALLS - 1));
        let end = if down { start - steps * step } else { start + steps * step };
        Ok(Generator::Steps { start, end, count: steps.to::<usize>() + 1 })
    }

    /// The values that are picked from a list, by index.
    fn picked(&self, path: &str, values: &[U256], axis: Option<&str>) -> Result<Vec<U256>, DocumentError> {
        let place = || format!("{path}.random.from");
        let Some(last) = values.len().checked_sub(1) else {
            return Err(DocumentError::at(place(), "an array of 0", "at least one value"));
        };
        let count = axis.map_or(self.lanes, |axis| self.points(axis).unwrap_or(1));
        if count > MAX_PICKED {
            let expected = format!("at most {MAX_PICKED} lanes (or points of the axis) where values are picked");
            return Err(DocumentError::at(place(), format!("a list to pick {count} values from"), expected));
        }
        let which = self.made(path, &Generator::uniform(U256::ZERO, U256::from(last)))?;
        Ok((0..count as u32).map(|index| values[which.value(index).to::<usize>()]).collect())
    }

    pub(super) fn made(&self, path: &str, generator: &Generator) -> Result<Source, DocumentError> {
        self.template.source(path, generator).map_err(|error| {
            let at = |part: &str, found: String, expected: String| {
                DocumentError::at(format!("{path}.{part}"), found, expected)
            };
            match error {
                TemplateError::NoColumn { column, known, .. } => {
                    at("column", quoted(&column), format!("the name of a column; there is: {known}"))
                }
                TemplateError::NoAxis { axis, known, .. } => {
                    at("axis", quoted(&axis), format!("the name of an axis; there is: {known}"))
                }
                TemplateError::AxisLength { values, axis, len, .. } => at(
                    "axis",
                    format!("{values} values along {}", quoted(&axis)),
                    format!("{len}, a value for each point"),
                ),
                TemplateError::MinOverMax { min, max, .. } => {
                    at("random.min", min.to_string(), format!("at most max, which is {max}"))
                }
                error => DocumentError::at(path, error, "a generator that has values"),
            }
        })
    }
}

fn words<T: Scalar>(values: &[T]) -> Vec<U256> {
    values.iter().map(Scalar::word).collect()
}
