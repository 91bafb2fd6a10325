//! Columns whose values are computed when they are asked for. It stores which rows of a template a column has; what their
//! values are is [`crate::template`]'s.

use std::sync::Arc;

use alloy_primitives::U256;

use crate::template::Source;

/// The rows of a template that a column has, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// So many from one on.
    From {
        /// The first.
        first: u32,
        /// How many.
        count: u32,
    },
    /// These, which do not follow one another.
    Listed(Arc<Vec<u32>>),
}

impl Rows {
    /// The first `count` rows of a template. There are at most [`crate::batch::MAX_CALLS`].
    pub const fn first(count: usize) -> Self {
        Self::From { first: 0, count: count as u32 }
    }

    /// These rows.
    pub fn listed(rows: Vec<u32>) -> Self {
        let first = rows.first().copied().unwrap_or_default();
        if rows.iter().enumerate().all(|(at, &row)| u64::from(row) == u64::from(first) + at as u64) {
            return Self::From { first, count: rows.len() as u32 };
        }
        Self::Listed(Arc::new(rows))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::From { count, .. } => *count as usize,
            Self::Listed(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The template's row of the column's row `index`.
    ///
    /// # Panics
    /// If the column has no such row.
    pub fn get(&self, index: usize) -> u32 {
        match self {
            Self::From { first, count } => {
                assert!(index < *count as usize, "row {index} of {count}");
                first + index as u32
            }
            Self::Listed(rows) => rows[index],
        }
    }

    /// The rows at these places, in that order.
    ///
    /// # Panics
    /// If the column has no such row.
    #[must_use]
    pub fn select(&self, places: &[usize]) -> Self {
        Self::listed(places.iter().map(|&place| self.get(place)).collect())
    }
}

/// A column of generated values.
#[derive(Clone, Debug)]
pub struct GeneratedColumn<T> {
    source: Arc<Source>,
    rows: Rows,
    convert: fn(U256) -> T,
}

impl<T> GeneratedColumn<T> {
    pub(crate) fn new(source: Source, rows: Rows, convert: fn(U256) -> T) -> Self {
        Self { source: Arc::new(source), rows, convert }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The value of row `index`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, index: usize) -> T {
        (self.convert)(self.source.value(self.rows.get(index)))
    }

    /// The column of the rows at these places.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn select(&self, places: &[usize]) -> Self {
        Self { source: Arc::clone(&self.source), rows: self.rows.select(places), convert: self.convert }
    }
}

// The conversion goes with the column's type: there is one for each column of a batch.
impl<T> PartialEq for GeneratedColumn<T> {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.rows == other.rows
    }
}

impl<T> Eq for GeneratedColumn<T> {}
