//! The call data of a batch: stored bytes, or a pattern with varying parts whose rows are made when they are asked for. It
//! knows nothing of what the bytes mean.

use std::{borrow::Cow, sync::Arc};

use alloy_primitives::U256;

use crate::{
    columns::ByteColumn,
    generated::Rows,
    template::{Rule, Source},
};

/// A varying part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// First byte.
    pub offset: u32,
    /// Bytes, 1 to 32: the value's lowest, big-endian.
    pub width: u8,
    /// Its values.
    pub source: Source,
}

/// Bytes with varying parts, laid over them in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    head: Vec<u8>,
    parts: Vec<Part>,
}

impl Pattern {
    /// A pattern. Every part must have 1 to 32 bytes and end within the head.
    pub(crate) const fn new(head: Vec<u8>, parts: Vec<Part>) -> Self {
        Self { head, parts }
    }

    /// The bytes before parts are laid over them.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Bytes that the pattern itself takes, about.
    pub(crate) fn weight(&self) -> usize {
        let values = self.parts.iter().map(|part| match part.source.rule() {
            Rule::Table(values) => values.len() * 32,
            _ => 0,
        });
        self.head.len() + self.parts.len() * 96 + values.sum::<usize>()
    }

    /// The bytes of a row of the template.
    pub fn row(&self, row: u32) -> Vec<u8> {
        let mut bytes = self.head.clone();
        for Part { offset, width, source } in &self.parts {
            let (offset, width) = (*offset as usize, usize::from(*width));
            let value = source.value(row).to_be_bytes::<32>();
            bytes[offset..offset + width].copy_from_slice(&value[32 - width..]);
        }
        bytes
    }
}

/// Rows of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedData {
    pattern: Arc<Pattern>,
    rows: Rows,
}

impl GeneratedData {
    pub(crate) fn new(pattern: Pattern, rows: Rows) -> Self {
        Self { pattern: Arc::new(pattern), rows }
    }

    /// The pattern.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Which rows of the template these are.
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Every row's bytes.
    pub(crate) fn stored(&self) -> ByteColumn {
        (0..self.rows.len()).map(|row| self.pattern.row(self.rows.get(row))).collect()
    }
}

/// A column of call data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallData {
    /// Bytes that are there.
    Stored(ByteColumn),
    /// Bytes that are made.
    Generated(GeneratedData),
}

impl Default for CallData {
    fn default() -> Self {
        Self::Stored(ByteColumn::default())
    }
}

impl From<ByteColumn> for CallData {
    fn from(column: ByteColumn) -> Self {
        Self::Stored(column)
    }
}

impl<B: AsRef<[u8]>> FromIterator<B> for CallData {
    fn from_iter<I: IntoIterator<Item = B>>(rows: I) -> Self {
        Self::Stored(rows.into_iter().collect())
    }
}

impl CallData {
    /// `rows` empty byte strings.
    pub fn empty(rows: usize) -> Self {
        ByteColumn::empty(rows).into()
    }

    /// `rows` rows that all hold `bytes`, stored once.
    pub fn repeated(rows: usize, bytes: &[u8]) -> Self {
        ByteColumn::repeated(rows, bytes).into()
    }

    /// The first rows of a pattern; stored where all are the same.
    pub(crate) fn of_pattern(pattern: Pattern, rows: usize) -> Self {
        if pattern.parts.iter().all(|part| part.source.constant().is_some()) {
            return Self::repeated(rows, &pattern.row(0));
        }
        Self::Generated(GeneratedData::new(pattern, Rows::first(rows)))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Stored(column) => column.len(),
            Self::Generated(data) => data.rows.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row, without making its bytes.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> DataRef<'_> {
        match self {
            Self::Stored(column) => DataRef(Inner::Stored(column.get(row))),
            Self::Generated(data) => DataRef(Inner::Generated(&data.pattern, data.rows.get(row))),
        }
    }

    /// The row's bytes.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, row: usize) -> Cow<'_, [u8]> {
        self.row(row).bytes()
    }

    /// Where a stored row's bytes stand, so that rows that share them can be told. `None` where rows are made.
    pub fn range(&self, row: usize) -> Option<(u64, u32)> {
        match self {
            Self::Stored(column) => Some(column.range(row)),
            Self::Generated(_) => None,
        }
    }

    /// What rows are made of, where they are made.
    pub const fn generated(&self) -> Option<&GeneratedData> {
        match self {
            Self::Stored(_) => None,
            Self::Generated(data) => Some(data),
        }
    }

    /// The rows at these places, in that order. What is generated stays so.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Stored(column) => Self::Stored(column.select(rows)),
            Self::Generated(data) => {
                Self::Generated(GeneratedData { pattern: Arc::clone(&data.pattern), rows: data.rows.select(rows) })
            }
        }
    }

    /// The column with every row's bytes made.
    #[must_use]
    pub fn stored(&self) -> Self {
        Self::Stored(match self {
            Self::Stored(column) => column.clone(),
            Self::Generated(data) => data.stored(),
        })
    }

    /// The column with every row's bytes made, to be changed.
    fn change(&mut self, change: impl FnOnce(&mut ByteColumn)) {
        let mut column = match std::mem::take(self) {
            Self::Stored(column) => column,
            Self::Generated(data) => data.stored(),
        };
        change(&mut column);
        *self = Self::Stored(column);
    }

    /// Sets the row; rows that were to be made are made first.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn set(&mut self, row: usize, bytes: &[u8]) {
        self.change(|column| column.set(row, bytes));
    }

    /// Appends a row; rows that were to be made are made first.
    pub fn push(&mut self, bytes: &[u8]) {
        self.change(|column| column.push(bytes));
    }
}

/// The call data of one call.
#[derive(Clone, Copy, Debug)]
pub struct DataRef<'a>(Inner<'a>);

#[derive(Clone, Copy, Debug)]
enum Inner<'a> {
    Stored(&'a [u8]),
    Generated(&'a Pattern, u32),
}

impl<'a> DataRef<'a> {
    /// The bytes, made if they are not there.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        match self.0 {
            Inner::Stored(bytes) => Cow::Borrowed(bytes),
            Inner::Generated(pattern, row) => Cow::Owned(pattern.row(row)),
        }
    }

    /// The number that stands at these bytes, at most 32, without making the others; `None` past the end.
    pub fn number(&self, offset: usize, width: usize) -> Option<U256> {
        let end = offset.checked_add(width).filter(|end| *end <= self.len() && width <= 32)?;
        match self.0 {
            Inner::Stored(bytes) => U256::try_from_be_slice(&bytes[offset..end]),
            Inner::Generated(pattern, row) => {
                let mut window = [0; 32];
                window[..width].copy_from_slice(&pattern.head[offset..end]);
                for Part { offset: start, width: wide, source } in &pattern.parts {
                    let (start, wide) = (*start as usize, usize::from(*wide));
                    if start >= end || start + wide <= offset {
                        continue;
                    }
                    let value = source.value(row).to_be_bytes::<32>();
                    for at in start.max(offset)..(start + wide).min(end) {
                        window[at - offset] = value[32 - wide + at - start];
                    }
                }
                U256::try_from_be_slice(&window[..width])
            }
        }
    }

    /// How many bytes there are.
    pub const fn len(&self) -> usize {
        match self.0 {
            Inner::Stored(bytes) => bytes.len(),
            Inner::Generated(pattern, _) => pattern.head.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
