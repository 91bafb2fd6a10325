//! The lanes of a finished run as a file, written in slices between which the worker listens. What a column says is core's;
//! where the file goes is the page's.

use std::{cell::RefCell, collections::HashMap};

use lanevm_core::{
    Batch, Outcomes, Status,
    export::{Export, Field, Form, Format},
    lane_columns::{Decode, Input, LaneColumns},
    query::{self, Columns as _, Kind, Step, Value},
};
use web_time::{Duration, Instant};

use super::views::{Results, meaning};
use crate::browser::turn::turn;

/// How long is written before the event loop gets its turn.
const SLICE: Duration = Duration::from_millis(20);

/// Rows written between two looks at the clock.
const ROWS: usize = 128;

/// Bytes past which a part goes to the page.
const PART: usize = 1 << 20;

/// Different revert data put in words, and the longest of them.
const REASONS: usize = 20_000;
const LONGEST: usize = 4_096;

/// Every run's columns, in order, and how they are written.
const FIXED: [(&str, Form); 8] = [
    ("lane", Form::Count),
    ("status", Form::Code),
    ("gas_used", Form::Count),
    ("steps", Form::Count),
    ("executed_on", Form::Code),
    ("caller", Form::Plain),
    ("to", Form::Plain),
    ("value", Form::Integer),
];

/// Those behind what varies.
const LAST: [(&str, Form); 3] = [("ret", Form::Plain), ("reason", Form::Plain), ("logs", Form::Count)];

/// What revert data say, in words, for those met so far.
#[derive(Default)]
struct Reasons(HashMap<Vec<u8>, Option<String>>);

impl Reasons {
    fn meet(&mut self, output: &[u8]) {
        if output.len() <= LONGEST && self.0.len() < REASONS && !self.0.contains_key(output) {
            self.0.insert(output.to_vec(), meaning(output));
        }
    }
}

impl Decode for Reasons {
    fn find(&self, _: &[Step]) -> Option<(usize, Kind)> {
        None
    }

    fn returned<'a>(&'a self, _: &'a [u8], _: usize) -> Value<'a> {
        Value::Absent
    }

    fn reason<'a>(&'a self, output: &'a [u8]) -> Option<&'a str> {
        self.0.get(output)?.as_deref()
    }

    fn error<'a>(&'a self, _: &'a [u8]) -> Option<&'a str> {
        None
    }
}

/// The columns there are of these lanes.
fn fields(columns: &mut LaneColumns<'_>, inputs: &[Input]) -> Vec<Field> {
    let inputs = inputs.iter().map(|input| (input.name.as_str(), Form::Integer));
    let mut fields: Vec<Field> = Vec::new();
    for (name, form) in FIXED.into_iter().chain(inputs).chain(LAST) {
        let asked = query::Field { root: name.to_owned(), arguments: None, steps: Vec::new() };
        // A name twice would be a key twice.
        if fields.iter().all(|field| field.name != name)
            && let Some(column) = columns.find(&asked)
        {
            fields.push(Field { name: name.to_owned(), column, form });
        }
    }
    fields
}

/// Writes some rows.
fn write(
    export: &mut Option<Export>,
    format: Format,
    (batch, outcomes, inputs): (&Batch, &Outcomes, &[Input]),
    reasons: &mut Reasons,
    rows: &[u32],
    out: &mut String,
) {
    for row in rows.iter().map(|row| *row as usize).filter(|row| outcomes.status(*row) == Status::Revert) {
        reasons.meet(outcomes.output(row));
    }
    let mut columns = LaneColumns::new(batch, outcomes, inputs.to_vec(), Some(&*reasons));
    // The same names are found as the same columns each time.
    let fields = fields(&mut columns, inputs);
    export.get_or_insert_with(|| Export::new(format, fields)).write(&columns, rows.iter().copied(), out);
}

/// Writes the lanes of a step, all or those of a status, and hands over part after part. Says how many lanes were written;
/// nothing where there is no such step.
pub(super) async fn lanes(
    results: &RefCell<Results>,
    step: usize,
    filter: Option<u8>,
    format: Format,
    mut part: impl FnMut(&[u8]),
) -> Option<usize> {
    let (batch, inputs, rows) = {
        let results = results.borrow();
        let outcomes = results.outcomes.get(step)?;
        let statuses = outcomes.statuses().iter().enumerate();
        let rows: Vec<u32> = statuses
            .filter(|(_, status)| filter.is_none_or(|code| **status as u8 == code))
            .map(|(row, _)| row as u32)
            .collect();
        (results.prepared.batch_of(step), results.places(step), rows)
    };
    let (mut export, mut reasons, mut out) = (None, Reasons::default(), String::new());
    let mut begun = Instant::now();
    // Without rows the first line is written all the same.
    for rows in rows.chunks(ROWS).chain(rows.is_empty().then_some(&[][..])) {
        // Not held over a turn: the page asks for rows meanwhile.
        write(&mut export, format, (&batch, &results.borrow().outcomes[step], &inputs), &mut reasons, rows, &mut out);
        if out.len() >= PART {
            part(out.as_bytes());
            out.clear();
        }
        if begun.elapsed() > SLICE {
            turn().await;
            begun = Instant::now();
        }
    }
    part(out.as_bytes());
    Some(rows.len())
}
