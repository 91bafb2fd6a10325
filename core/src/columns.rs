//! Columns: a value per call, or one value for all; and byte strings of any length per call. It knows nothing of the EVM.

use std::collections::HashMap;

/// A column: the same value for every call, or one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column<T> {
    /// Every call has this value.
    All(T),
    /// Call `i` has the `i`-th value.
    Each(Vec<T>),
}

impl<T> Column<T> {
    /// The value of call `index`.
    ///
    /// # Panics
    /// If the column is shorter than the batch; [`crate::batch::Batch::validate`] excludes that.
    pub fn get(&self, index: usize) -> &T {
        match self {
            Self::All(value) => value,
            Self::Each(values) => &values[index],
        }
    }

    /// Whether the column has a value for each of `calls` calls, and no more.
    pub fn fits(&self, calls: usize) -> bool {
        match self {
            Self::All(_) => true,
            Self::Each(values) => values.len() == calls,
        }
    }

    /// The column of the calls `rows`, in that order, each value put through `convert`.
    ///
    /// # Panics
    /// If a row is not in the column.
    pub fn select<U>(&self, rows: &[usize], mut convert: impl FnMut(&T) -> U) -> Column<U> {
        match self {
            Self::All(value) => Column::All(convert(value)),
            Self::Each(values) => Column::Each(rows.iter().map(|&row| convert(&values[row])).collect()),
        }
    }

    /// The distinct entries: one for a constant column, one per call otherwise.
    pub fn values(&self) -> &[T] {
        match self {
            Self::All(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
        }
    }
}

impl<T: Default> Default for Column<T> {
    fn default() -> Self {
        Self::All(T::default())
    }
}

/// Byte strings, one a row, in one allocation. Rows may be set in any order and may share bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteColumn {
    ranges: Vec<(u64, u32)>,
    bytes: Vec<u8>,
}

impl ByteColumn {
    /// `rows` empty byte strings.
    pub fn empty(rows: usize) -> Self {
        Self { ranges: vec![(0, 0); rows], bytes: Vec::new() }
    }

    /// `rows` rows that all hold `bytes`, stored once.
    pub fn repeated(rows: usize, bytes: &[u8]) -> Self {
        Self { ranges: vec![(0, bytes.len() as u32); rows], bytes: bytes.to_vec() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The row's bytes.
    pub fn get(&self, row: usize) -> &[u8] {
        let (start, len) = self.ranges[row];
        &self.bytes[start as usize..start as usize + len as usize]
    }

    /// Sets the row. What it held before stays allocated: rows are meant to be set once.
    pub fn set(&mut self, row: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            self.ranges[row] = (0, 0);
            return;
        }
        self.ranges[row] = (self.bytes.len() as u64, bytes.len() as u32);
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a row.
    pub fn push(&mut self, bytes: &[u8]) {
        self.ranges.push((0, 0));
        self.set(self.ranges.len() - 1, bytes);
    }

    /// The rows `rows`, in that order. Rows that share bytes still do.
    ///
    /// # Panics
    /// If a row is not in the column.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut column = Self::default();
        let mut known: HashMap<(u64, u32), (u64, u32)> = HashMap::new();
        for &row in rows {
            let range = self.ranges[row];
            if let Some(&range) = known.get(&range) {
                column.ranges.push(range);
            } else {
                column.push(self.get(row));
                known.insert(range, column.ranges[column.ranges.len() - 1]);
            }
        }
        column
    }

    /// A column of these ranges (start and length) of these bytes; `None` where a range is not within the bytes.
    pub fn from_parts(ranges: Vec<(u64, u32)>, bytes: Vec<u8>) -> Option<Self> {
        let within =
            |&(start, len): &(u64, u32)| start.checked_add(u64::from(len)).is_some_and(|end| end <= bytes.len() as u64);
        ranges.iter().all(within).then_some(Self { ranges, bytes })
    }

    /// Bytes stored for all rows.
    pub fn stored(&self) -> usize {
        self.bytes.len()
    }

    /// The range of a row in [`Self::bytes`]: start and length.
    pub fn range(&self, row: usize) -> (u64, u32) {
        self.ranges[row]
    }

    /// All stored bytes, in the order in which rows were set.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<B: AsRef<[u8]>> FromIterator<B> for ByteColumn {
    fn from_iter<I: IntoIterator<Item = B>>(rows: I) -> Self {
        let mut column = Self::default();
        for row in rows {
            column.push(row.as_ref());
        }
        column
    }
}
