//! Columns: a value per call, or one value for all; and byte strings of any length per call. It knows nothing of the EVM.

use std::{borrow::Cow, collections::HashMap};

use crate::generated::GeneratedColumn;

/// A column: the same value for every call, or one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column<T> {
    /// Every call has this value.
    All(T),
    /// Call `i` has the `i`-th value.
    Each(Vec<T>),
    /// Values of a template, computed when they are asked for.
    Generated(GeneratedColumn<T>),
}

impl<T: Clone> Column<T> {
    /// The value of call `index`.
    ///
    /// # Panics
    /// If the column is shorter than the batch; [`crate::batch::Batch::validate`] excludes that.
    pub fn get(&self, index: usize) -> Cow<'_, T> {
        match self {
            Self::All(value) => Cow::Borrowed(value),
            Self::Each(values) => Cow::Borrowed(&values[index]),
            Self::Generated(values) => Cow::Owned(values.get(index)),
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
            Self::Generated(values) => Column::Each(rows.iter().map(|&row| convert(&values.get(row))).collect()),
        }
    }

    /// The column of the calls `rows`, in that order. What is generated stays so.
    ///
    /// # Panics
    /// If a row is not in the column.
    #[must_use]
    pub fn pick(&self, rows: &[usize]) -> Self {
        match self {
            Self::Generated(values) => Self::Generated(values.select(rows)),
            _ => self.select(rows, T::clone),
        }
    }
}

impl<T> Column<T> {
    /// How many calls it has values for; `None` where one value serves any number.
    pub fn calls(&self) -> Option<usize> {
        match self {
            Self::All(_) => None,
            Self::Each(values) => Some(values.len()),
            Self::Generated(values) => Some(values.len()),
        }
    }

    /// Whether the column has a value for each of `calls` calls, and no more.
    pub fn fits(&self, calls: usize) -> bool {
        self.calls().is_none_or(|found| found == calls)
    }

    /// The entries that are stored: one for a constant column, none for a generated one, one per call otherwise.
    pub fn values(&self) -> &[T] {
        match self {
            Self::All(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
            Self::Generated(_) => &[],
        }
    }
}

impl<T: Default> Default for Column<T> {
    fn default() -> Self {
        Self::All(T::default())
    }
}

/// Where rows stand in a byte column: start and length.
#[derive(Clone, Debug)]
enum Ranges {
    /// So many rows, all the same.
    Same(usize, (u64, u32)),
    /// Each row's own.
    Each(Vec<(u64, u32)>),
}

/// Byte strings, one a row, in one allocation. Rows may be set in any order and may share bytes.
#[derive(Clone, Debug)]
pub struct ByteColumn {
    ranges: Ranges,
    bytes: Vec<u8>,
}

impl Default for ByteColumn {
    fn default() -> Self {
        Self::empty(0)
    }
}

impl PartialEq for ByteColumn {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.bytes == other.bytes
            && match (&self.ranges, &other.ranges) {
                (Ranges::Same(_, a), Ranges::Same(_, b)) => a == b,
                (Ranges::Each(a), Ranges::Each(b)) => a == b,
                _ => (0..self.len()).all(|row| self.range(row) == other.range(row)),
            }
    }
}

impl Eq for ByteColumn {}

impl ByteColumn {
    /// `rows` empty byte strings.
    pub const fn empty(rows: usize) -> Self {
        Self { ranges: Ranges::Same(rows, (0, 0)), bytes: Vec::new() }
    }

    /// `rows` rows that all hold `bytes`, stored once.
    pub fn repeated(rows: usize, bytes: &[u8]) -> Self {
        Self { ranges: Ranges::Same(rows, (0, bytes.len() as u32)), bytes: bytes.to_vec() }
    }

    /// How many rows there are.
    pub const fn len(&self) -> usize {
        match &self.ranges {
            Ranges::Same(rows, _) => *rows,
            Ranges::Each(ranges) => ranges.len(),
        }
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row's bytes.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, row: usize) -> &[u8] {
        let (start, len) = self.range(row);
        &self.bytes[start as usize..start as usize + len as usize]
    }

    fn ranges(&mut self) -> &mut Vec<(u64, u32)> {
        if let Ranges::Same(rows, range) = self.ranges {
            self.ranges = Ranges::Each(vec![range; rows]);
        }
        match &mut self.ranges {
            Ranges::Each(ranges) => ranges,
            Ranges::Same(..) => unreachable!("made so above"),
        }
    }

    /// Sets the row. What it held before stays allocated: rows are meant to be set once.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn set(&mut self, row: usize, bytes: &[u8]) {
        let range = if bytes.is_empty() { (0, 0) } else { (self.bytes.len() as u64, bytes.len() as u32) };
        self.ranges()[row] = range;
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a row.
    pub fn push(&mut self, bytes: &[u8]) {
        self.ranges().push((0, 0));
        self.set(self.len() - 1, bytes);
    }

    /// The rows `rows`, in that order. Rows that share bytes still do.
    ///
    /// # Panics
    /// If a row is not in the column.
    pub fn select(&self, rows: &[usize]) -> Self {
        if let Ranges::Same(count, _) = self.ranges
            && !rows.is_empty()
        {
            assert!(rows.iter().all(|&row| row < count), "a row past the {count} of the column");
            return Self::repeated(rows.len(), self.get(0));
        }
        let mut column = Self::default();
        let mut known: HashMap<(u64, u32), (u64, u32)> = HashMap::new();
        for &row in rows {
            let range = self.range(row);
            if let Some(&range) = known.get(&range) {
                column.ranges().push(range);
            } else {
                column.push(self.get(row));
                known.insert(range, column.range(column.len() - 1));
            }
        }
        column
    }

    /// A column of these ranges (start and length) of these bytes; `None` where a range is not within the bytes.
    pub fn from_parts(ranges: Vec<(u64, u32)>, bytes: Vec<u8>) -> Option<Self> {
        let within =
            |&(start, len): &(u64, u32)| start.checked_add(u64::from(len)).is_some_and(|end| end <= bytes.len() as u64);
        ranges.iter().all(within).then_some(Self { ranges: Ranges::Each(ranges), bytes })
    }

    /// Bytes stored for all rows.
    pub fn stored(&self) -> usize {
        self.bytes.len()
    }

    /// The range of a row in [`Self::bytes`]: start and length.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn range(&self, row: usize) -> (u64, u32) {
        match &self.ranges {
            Ranges::Same(rows, range) => {
                assert!(row < *rows, "row {row} of {rows}");
                *range
            }
            Ranges::Each(ranges) => ranges[row],
        }
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
