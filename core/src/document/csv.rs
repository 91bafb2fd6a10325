//! Columns from CSV: a line of names, then lines of numbers. It guesses nothing: a cell that is no number is named.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::U256;
use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use super::{
    DocumentError, MAX_BYTES, MAX_COLUMNS, MAX_VALUES, Scalar,
    error::{quoted, segment},
    object::{MAX_NAME, Read},
    scalar::quantity_text,
};
use crate::batch::MAX_CALLS;

fn broken(error: &csv::Error) -> DocumentError {
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            DocumentError::at(
                format!("line {line}"),
                format!("{len} cells"),
                format!("{expected_len}, as many as names"),
            )
        }
        _ => {
            let line = error.position().map_or(0, csv::Position::line);
            DocumentError::at(format!("line {line}"), error, "cells parted by commas")
        }
    }
}

fn names(record: &StringRecord) -> Read<Vec<String>> {
    if record.len() > MAX_COLUMNS {
        return Err(DocumentError::at("line 1", format!("{} names", record.len()), format!("at most {MAX_COLUMNS}")));
    }
    let mut seen = BTreeSet::new();
    for (index, name) in record.iter().enumerate() {
        let path = || format!("line 1, column {}", index + 1);
        if !(1..=MAX_NAME).contains(&name.len()) {
            let found = format!("a name of {} bytes", name.len());
            return Err(DocumentError::at(path(), found, format!("1 to {MAX_NAME} bytes")));
        }
        if !seen.insert(name) {
            return Err(DocumentError::at(
                path(),
                format!("the name {} a second time", quoted(name)),
                "every name once",
            ));
        }
    }
    Ok(record.iter().map(Into::into).collect())
}

/// Reads columns for [`super::Document::columns`]. The first line has their names; every other cell is a number, decimal or
/// 0x (an address is one), white space around it left out.
///
/// # Errors
/// More than the bounds of documents, a name that is empty or there twice, lines of different lengths, a cell that is no
/// number: the path says line and column.
pub fn columns_from_csv(text: &str) -> Result<BTreeMap<String, Vec<U256>>, DocumentError> {
    if text.len() > MAX_BYTES {
        return Err(DocumentError::here(format!("{} bytes", text.len()), format!("at most {MAX_BYTES}")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let names = names(reader.headers().map_err(|error| broken(&error))?)?;
    let mut columns = vec![Vec::new(); names.len()];
    let mut record = StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record).map_err(|error| broken(&error))? {
        rows += 1;
        let line = record.position().map_or(0, csv::Position::line);
        if rows > MAX_CALLS || rows * names.len() > MAX_VALUES {
            let found = format!("more than {MAX_VALUES} cells");
            return Err(DocumentError::at(format!("line {line}"), found, "fewer lines or columns"));
        }
        for ((cell, column), name) in record.iter().zip(&mut columns).zip(&names) {
            let value = quantity_text(cell).ok_or_else(|| {
                DocumentError::at(format!("line {line}, column {}", segment(name)), quoted(cell), U256::WHAT)
            })?;
            column.push(value);
        }
    }
    if rows == 0 {
        return Err(DocumentError::at("line 1", "no lines of values", "names, then at least one line of values"));
    }
    Ok(names.into_iter().zip(columns).collect())
}
