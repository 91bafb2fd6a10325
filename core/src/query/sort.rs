//! Rows in the order of a column: exact, stable, rows without a value last whichever way it goes.

use std::cmp::Ordering;

use super::{
    columns::{Column, Columns, Kind, Value},
    number::Int,
};

/// Which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

impl Direction {
    const fn of(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Ascending => ordering,
            Self::Descending => ordering.reverse(),
        }
    }
}

/// Compares two values of one column: numbers by value, bytes and text by their bytes, false before true, codes by code,
/// and what is absent behind all of them.
pub fn compare(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (a, b) {
        (Value::Absent, Value::Absent) => Ordering::Equal,
        (Value::Absent, _) => Ordering::Greater,
        (_, Value::Absent) => Ordering::Less,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Code(a), Value::Code(b)) => a.cmp(b),
        (a, b) => match (a.as_bytes(), b.as_bytes()) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => Int::of(*a).cmp(&Int::of(*b)),
        },
    }
}

/// Sorts rows by a column. Rows with equal values keep the order they have.
pub fn sort<C: Columns + ?Sized>(columns: &C, column: Column, rows: &mut [u32], direction: Direction) {
    // Values are asked for once: a value may be computed, and a comparison happens twenty times a row.
    if column.kind == Kind::Number {
        let (mut absent, mut small, mut wide) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows.iter() {
            match Int::of(columns.value(*row as usize, column.id)) {
                None => absent.push(*row),
                Some(Int::Small(value)) => small.push((value, *row)),
                Some(Int::Wide(..)) => wide.push(*row),
            }
        }
        if wide.is_empty() {
            small.sort_by(|(a, _), (b, _)| direction.of(a.cmp(b)));
            let sorted = small.into_iter().map(|(_, row)| row).chain(absent);
            for (place, row) in rows.iter_mut().zip(sorted) {
                *place = row;
            }
            return;
        }
    }
    let mut keyed: Vec<(Value<'_>, u32)> =
        rows.iter().map(|row| (columns.value(*row as usize, column.id), *row)).collect();
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        (Value::Absent, _) | (_, Value::Absent) => compare(a, b),
        _ => direction.of(compare(a, b)),
    });
    for (place, (_, row)) in rows.iter_mut().zip(keyed) {
        *place = row;
    }
}
