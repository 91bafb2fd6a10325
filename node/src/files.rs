//! Lanes as files, groups and selections: what a kept run's columns come to. Which columns there are is
//! `lanevm_core::lane_file`'s; how Parquet lies in a file is the front's.

use std::collections::HashMap;

use js_sys::{Array, Object, Reflect, Uint8Array, Uint32Array};
use lanevm_core::{
    Outcomes,
    export::{Export, Field, Format},
    gather::{Cells, Gathered, Group},
    lane_columns::LaneColumns,
    lane_file,
    query::{Column, Columns, Field as Name, Kind as ColumnKind, Query, Terms, Value},
};
use wasm_bindgen::JsValue;

use crate::{
    fault::{Fault, Kind},
    kept::Kept,
    outcomes::to_js,
};

/// Most groups that are told apart.
const MOST_GROUPS: usize = 1 << 20;

/// Columns whose lanes are counted from further on: those of a part of a document's lanes.
struct Counted<'c, 'k> {
    columns: &'c Terms<LaneColumns<'k>>,
    lane: Option<Column>,
    first: u32,
}

impl Columns for Counted<'_, '_> {
    fn find(&mut self, _: &Name) -> Option<Column> {
        None
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        if self.lane.is_some_and(|lane| lane.id == column) {
            return Value::Number(i128::from(self.first) + row as i128);
        }
        self.columns.value(row, column)
    }
}

fn wrong(error: &impl std::fmt::Display) -> Fault {
    Fault::new(Kind::Argument, format!("{error}."))
}

/// The rows of a step, `from` on and at most `count`.
fn rows(outcomes: &Outcomes, from: u32, count: u32) -> std::ops::Range<u32> {
    let len = outcomes.len() as u32;
    from.min(len)..from.saturating_add(count).min(len)
}

/// Which rows of a step are written, and what its first lane's number is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) step: u32,
    pub(crate) from: u32,
    pub(crate) count: u32,
    pub(crate) first: u32,
}

impl Part {
    fn all_kept(self, kept: &Kept) -> Result<&Outcomes, Fault> {
        let outcomes = kept.step(self.step)?;
        if outcomes.keep() < lanevm_core::Keep::Status {
            return Err(Fault::new(Kind::Argument, "Nothing of single calls was kept: keep is 'summary'."));
        }
        Ok(outcomes)
    }

    /// Does something with the part's rows, and with the columns and fields of a file of them.
    fn read<T>(
        self,
        kept: &Kept,
        read: impl FnOnce(&Counted<'_, '_>, Vec<Field>, std::ops::Range<u32>) -> T,
    ) -> Result<T, Fault> {
        let outcomes = self.all_kept(kept)?;
        let (mut columns, meanings, inputs) = kept.columns(self.step as usize);
        let fields = lane_file::fields(&mut columns, inputs, meanings, &[]);
        // Asked for again, a column has another number.
        let lane = fields.iter().find(|field| field.name == "lane").map(|field| field.column);
        let counted = Counted { columns: &columns, lane, first: self.first };
        Ok(read(&counted, fields, rows(outcomes, self.from, self.count)))
    }

    /// Lines of a file; a part that begins at row 0 has the first line of CSV.
    pub(crate) fn lines(self, kept: &Kept, format: Format) -> Result<Vec<u8>, Fault> {
        self.read(kept, |counted, fields, rows| {
            let mut export = Export::new(format, fields);
            let mut out = String::new();
            if self.from > 0 {
                export.write(counted, [], &mut out);
                out.clear();
            }
            export.write(counted, rows, &mut out);
            out.into_bytes()
        })
    }

    /// The values of rows, column by column: `{name, type, present, cells, ends}` each.
    pub(crate) fn gathered(self, kept: &Kept) -> Result<JsValue, Fault> {
        self.read(kept, |counted, fields, rows| {
            let mut group = Group::new(fields);
            for row in rows {
                group.push(counted, row);
            }
            group.columns().iter().map(gathered_column).collect::<Array>().into()
        })
    }
}

fn set(object: &Object, key: &str, value: impl Into<JsValue>) {
    // Setting a property of a fresh plain object cannot fail.
    let _ = Reflect::set(object, &key.into(), &value.into());
}

fn gathered_column(column: &Gathered) -> JsValue {
    let object = Object::new();
    set(&object, "name", column.field.name.as_str());
    set(&object, "present", Uint8Array::from(column.present.as_slice()));
    match &column.cells {
        Cells::Counts(counts) => {
            set(&object, "type", "count");
            let bytes: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
            set(&object, "cells", Uint8Array::from(bytes.as_slice()));
        }
        Cells::Bits(bits) => {
            set(&object, "type", "bool");
            set(&object, "cells", Uint8Array::from(bits.as_slice()));
        }
        Cells::Texts { bytes, ends } => {
            set(&object, "type", "text");
            set(&object, "cells", Uint8Array::from(bytes.as_slice()));
            set(&object, "ends", Uint32Array::from(ends.as_slice()));
        }
    }
    object.into()
}

struct Found {
    lanes: Vec<u32>,
    least: u64,
    most: u64,
    total: u128,
}

/// The lanes of a step by a column's value: `[{key, lanes, gasMin, gasMax, gasTotal}]`, in the order in which keys occur. An
/// absent value's key is `null`.
pub(crate) fn groups(kept: &Kept, step: u32, by: &str) -> Result<JsValue, Fault> {
    let part = Part { step, from: 0, count: u32::MAX, first: 0 };
    let outcomes = part.all_kept(kept)?;
    let (mut columns, ..) = kept.columns(step as usize);
    let column = columns.column(by).map_err(|error| wrong(&error))?;
    let form = match column.kind {
        ColumnKind::Number => lanevm_core::export::Form::Integer,
        ColumnKind::Codes(_) => lanevm_core::export::Form::Code,
        ColumnKind::Bool | ColumnKind::Bytes | ColumnKind::Text => lanevm_core::export::Form::Plain,
    };
    let field = Field { name: by.to_owned(), column, form };
    let mut order: Vec<(Option<String>, Found)> = Vec::new();
    let mut places: HashMap<Option<String>, usize> = HashMap::new();
    for row in 0..outcomes.len() {
        let mut text = String::new();
        let key = field.text(columns.value(row, column.id), &mut text).then_some(text);
        let place = *places.entry(key).or_insert_with_key(|key| {
            order.push((key.clone(), Found { lanes: Vec::new(), least: u64::MAX, most: 0, total: 0 }));
            order.len() - 1
        });
        if order.len() > MOST_GROUPS {
            let message = format!("{by} has more than {MOST_GROUPS} different values; group by something coarser.");
            return Err(Fault::new(Kind::Argument, message));
        }
        let (gas, found) = (outcomes.gas_used(row), &mut order[place].1);
        found.lanes.push(row as u32);
        found.least = found.least.min(gas);
        found.most = found.most.max(gas);
        found.total += u128::from(gas);
    }
    let groups = Array::new();
    for (key, found) in order {
        let object = Object::new();
        set(&object, "key", key.map_or(JsValue::NULL, |key| JsValue::from_str(&key)));
        set(&object, "lanes", Uint32Array::from(found.lanes.as_slice()));
        set(&object, "gasMin", to_js(&found.least)?);
        set(&object, "gasMax", to_js(&found.most)?);
        set(&object, "gasTotal", to_js(&found.total)?);
        groups.push(&object);
    }
    Ok(groups.into())
}

/// The lanes of a step that a filter accepts.
pub(crate) fn selected(kept: &Kept, step: u32, filter: &str) -> Result<Vec<u32>, Fault> {
    let part = Part { step, from: 0, count: u32::MAX, first: 0 };
    let outcomes = part.all_kept(kept)?;
    let (mut columns, ..) = kept.columns(step as usize);
    let query = Query::new(filter, &mut columns).map_err(|error| wrong(&error))?;
    Ok(query.select(&columns, 0..outcomes.len() as u32))
}
