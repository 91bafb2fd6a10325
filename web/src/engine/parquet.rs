//! Lanes as Parquet: rows gathered into groups, each handed to the writer when it is full, so that no more than one is held. The
//! columns are those of every file of lanes.

use std::{cell::RefCell, mem, rc::Rc};

use lanevm_core::{
    export::Field,
    gather::{self, Gathered, Group},
    query::Columns,
};

use crate::browser::parquet::{Cells, ParquetFile};

/// Rows of a group.
const ROWS: usize = 8_192;

/// Bytes past which a group is full with fewer rows.
const BYTES: usize = 4 << 20;

/// A file that is being written.
pub(super) struct Writer {
    file: ParquetFile,
    group: Group,
    out: Rc<RefCell<Vec<u8>>>,
}

fn cells(column: &Gathered) -> Cells<'_> {
    match &column.cells {
        gather::Cells::Counts(counts) => Cells::Counts(counts),
        gather::Cells::Bits(bits) => Cells::Bits(bits),
        gather::Cells::Texts { bytes, ends } => Cells::Texts(bytes, ends),
    }
}

impl Writer {
    /// A file with these columns.
    pub(super) async fn open(chunk: &str, fields: Vec<Field>) -> Result<Self, String> {
        let group = Group::new(fields);
        let out = Rc::new(RefCell::new(Vec::new()));
        let part = {
            let out = Rc::clone(&out);
            move |bytes: Vec<u8>| out.borrow_mut().extend_from_slice(&bytes)
        };
        let columns = group.columns().iter().map(|column| (column.field.name.as_str(), cells(column)));
        let file = ParquetFile::open(chunk, columns, part).await?;
        Ok(Self { file, group, out })
    }

    /// Adds rows.
    pub(super) fn write<C: Columns + ?Sized>(
        &mut self,
        columns: &C,
        rows: impl IntoIterator<Item = u32>,
    ) -> Result<(), String> {
        for row in rows {
            self.group.push(columns, row);
            if self.group.rows() == ROWS || self.group.bytes() > BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        if self.group.rows() > 0 {
            self.file.group(self.group.columns().iter().map(|column| (column.present.as_slice(), cells(column))))?;
            self.group.clear();
        }
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        self.flush()?;
        self.file.finish()
    }

    /// Bytes that wait to be taken.
    pub(super) fn waiting(&self) -> usize {
        self.out.borrow().len()
    }

    /// Takes what has been written.
    pub(super) fn take(&self) -> Vec<u8> {
        mem::take(&mut self.out.borrow_mut())
    }
}
