//! Values of lanes column by column, for files that store columns: a group of rows at a time. How such a file is laid out, it does
//! not know.

use crate::{
    export::{Field, Type},
    query::{Columns, Int, Value},
};

/// A column's values of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells {
    /// Counts; 0 for an absent one.
    Counts(Vec<u64>),
    /// Bits, a byte each; 0 for an absent one.
    Bits(Vec<u8>),
    /// Texts, one behind another, and where each ends; an absent one is empty.
    Texts {
        /// UTF-8.
        bytes: Vec<u8>,
        /// Ends, in bytes.
        ends: Vec<u32>,
    },
}

/// A column of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// What the column is.
    pub field: Field,
    /// A byte for each row: 1 where the row has a value.
    pub present: Vec<u8>,
    /// The values.
    pub cells: Cells,
}

/// A group of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    columns: Vec<Gathered>,
    rows: usize,
    bytes: usize,
}

impl Group {
    /// An empty group of these columns.
    pub fn new(fields: Vec<Field>) -> Self {
        let empty = |field: Field| {
            let cells = match field.ty() {
                Type::Count => Cells::Counts(Vec::new()),
                Type::Bool => Cells::Bits(Vec::new()),
                Type::Integer | Type::Hex | Type::Text | Type::Word => {
                    Cells::Texts { bytes: Vec::new(), ends: Vec::new() }
                }
            };
            Gathered { field, present: Vec::new(), cells }
        };
        Self { columns: fields.into_iter().map(empty).collect(), rows: 0, bytes: 0 }
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Gathered] {
        &self.columns
    }

    /// Rows it has.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that it takes, roughly.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a row. A count that 64 bits do not hold is absent; counts of lanes are none such.
    pub fn push<C: Columns + ?Sized>(&mut self, columns: &C, row: u32) {
        let mut text = String::new();
        for Gathered { field, present, cells } in &mut self.columns {
            let value = columns.value(row as usize, field.column.id);
            let there = match cells {
                Cells::Counts(counts) => {
                    let count = match Int::of(value) {
                        Some(Int::Small(count)) => u64::try_from(count).ok(),
                        _ => None,
                    };
                    counts.push(count.unwrap_or_default());
                    self.bytes += 8;
                    count.is_some()
                }
                Cells::Bits(bits) => {
                    let bit = if let Value::Bool(bit) = value { Some(bit) } else { None };
                    bits.push(bit.unwrap_or_default().into());
                    self.bytes += 1;
                    bit.is_some()
                }
                Cells::Texts { bytes, ends } => {
                    text.clear();
                    let there = field.text(value, &mut text);
                    bytes.extend_from_slice(text.as_bytes());
                    ends.push(bytes.len() as u32);
                    self.bytes += text.len() + 4;
                    there
                }
            };
            present.push(there.into());
        }
        self.rows += 1;
    }

    /// Takes all rows out.
    pub fn clear(&mut self) {
        for Gathered { present, cells, .. } in &mut self.columns {
            present.clear();
            match cells {
                Cells::Counts(counts) => counts.clear(),
                Cells::Bits(bits) => bits.clear(),
                Cells::Texts { bytes, ends } => {
                    bytes.clear();
                    ends.clear();
                }
            }
        }
        (self.rows, self.bytes) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        export::{Export, Form, Format},
        query::{Column, Field as Name, Kind, STATUS_WORDS},
    };

    /// Three rows of every kind.
    struct Table;

    impl Columns for Table {
        fn find(&mut self, _: &Name) -> Option<Column> {
            None
        }

        fn value(&self, row: usize, column: usize) -> Value<'_> {
            use alloy_primitives::U256;
            match (column, row) {
                (0, row) => Value::Number([0, 1, i128::from(u64::MAX)][row]),
                (1, 1) => Value::Bool(true),
                (1, 2) => Value::Bool(false),
                (2, 0) => Value::Text("größe, =1"),
                (2, 2) => Value::Text(""),
                (3, row) => Value::Short([row as u8; 32], 2),
                (4, 0) => Value::Signed(U256::MAX),
                (4, 1) => Value::Word(U256::MAX),
                (5, row) => Value::Code(row as u8 + 1),
                _ => Value::Absent,
            }
        }
    }

    fn fields() -> Vec<Field> {
        let of = |id, kind, form| Field { name: format!("c{id}"), column: Column { id, kind }, form };
        vec![
            of(0, Kind::Number, Form::Count),
            of(1, Kind::Bool, Form::Plain),
            of(2, Kind::Text, Form::Plain),
            of(3, Kind::Bytes, Form::Plain),
            of(4, Kind::Number, Form::Integer),
            of(5, Kind::Codes(&STATUS_WORDS), Form::Code),
        ]
    }

    /// A group's cell as NDJSON writes it.
    fn cell(column: &Gathered, row: usize) -> serde_json::Value {
        if column.present[row] == 0 {
            return serde_json::Value::Null;
        }
        match &column.cells {
            Cells::Counts(counts) => counts[row].into(),
            Cells::Bits(bits) => (bits[row] == 1).into(),
            Cells::Texts { bytes, ends } => {
                let from = if row == 0 { 0 } else { ends[row - 1] };
                String::from_utf8(bytes[from as usize..ends[row] as usize].to_vec()).unwrap().into()
            }
        }
    }

    #[test]
    fn columns_say_what_rows_say() {
        let mut group = Group::new(fields());
        for _ in 0..2 {
            (0..3).for_each(|row| group.push(&Table, row));
            assert_eq!(group.rows(), 3);
            assert!(group.bytes() > 3 * 9);
            let mut lines = String::new();
            Export::new(Format::Ndjson, fields()).write(&Table, 0..3, &mut lines);
            for (row, line) in lines.lines().enumerate() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                for column in group.columns() {
                    assert_eq!(cell(column, row), line[&column.field.name], "{} of row {row}", column.field.name);
                }
            }
            // What is taken out leaves nothing behind.
            group.clear();
            assert_eq!((group.rows(), group.bytes()), (0, 0));
            assert_eq!(group, Group::new(fields()));
        }
    }
}
