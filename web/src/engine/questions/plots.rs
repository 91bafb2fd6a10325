//! Lanes as points of a plot and as colours.

use lanevm_core::{
    lane_columns::LaneColumns,
    query::{Column, Columns, Int, Kind, QueryError, Terms},
};

use super::{Asking, STRIDE, wrong};
use crate::{
    engine::{cells::number, shown::Shown},
    protocol::{Answer, AxisWrong, PaintView, QueryWrong, ScatterView},
    words::engine as words,
};

/// Most points of a plot.
const POINTS: usize = 50_000;

/// Lanes whose values say where a colour begins.
const SAMPLE: usize = 1 << 16;

/// Colours of a column.
const COLOURS: usize = 16;

type Answered = Option<(Answer, Option<Vec<u8>>)>;

/// A column of numbers.
fn numbers(text: &str, columns: &mut Terms<LaneColumns<'_>>) -> Result<Column, QueryWrong> {
    let found = columns.column(text).map_err(|error: QueryError| wrong(&error))?;
    if found.kind == Kind::Number {
        return Ok(found);
    }
    let message = words::no_numbers(super::super::cells::printable(text));
    Err(QueryWrong { from: 1, to: text.chars().count() + 1, message })
}

fn float(value: Int) -> f64 {
    match value {
        Int::Small(small) => small as f64,
        // Digits are always read.
        wide => wide.to_string().parse().unwrap_or(f64::MAX),
    }
}

pub(super) async fn scatter(asking: &mut Asking, results: &Shown, step: usize, x: &str, y: &str) -> Answered {
    let outcomes = &results.outcomes[step];
    let mut columns = results.columns(step);
    let refused = |vertical, wrong| Some((Answer::Scatter(Err(AxisWrong { vertical, wrong })), None));
    let x = match numbers(x, &mut columns) {
        Ok(column) => column,
        Err(wrong) => return refused(false, wrong),
    };
    let y = match numbers(y, &mut columns) {
        Ok(column) => column,
        Err(wrong) => return refused(true, wrong),
    };
    let each = outcomes.len().div_ceil(POINTS).max(1);
    let mut bytes = Vec::new();
    let (mut xs, mut ys): (Option<[Int; 2]>, Option<[Int; 2]>) = (None, None);
    let widen = |range: &mut Option<[Int; 2]>, value: Int| {
        *range = Some(range.map_or([value; 2], |[least, most]| [least.min(value), most.max(value)]));
    };
    for (count, lane) in (0..outcomes.len()).step_by(each).enumerate() {
        let values = (Int::of(columns.value(lane, x.id)), Int::of(columns.value(lane, y.id)));
        if let (Some(right), Some(up)) = values {
            widen(&mut xs, right);
            widen(&mut ys, up);
            bytes.extend(float(right).to_le_bytes());
            bytes.extend(float(up).to_le_bytes());
            bytes.extend((lane as u32).to_le_bytes());
            bytes.extend([outcomes.status(lane) as u8, 0, 0, 0]);
        }
        if count % STRIDE == 0 && !asking.goes_on().await {
            return None;
        }
    }
    let words = |range: Option<[Int; 2]>| range.map_or_else(Default::default, |range| range.map(number));
    let view = ScatterView { points: bytes.len() / 24, each, of: outcomes.len(), x: words(xs), y: words(ys) };
    Some((Answer::Scatter(Ok(view)), Some(bytes)))
}

pub(super) async fn paint(asking: &mut Asking, results: &Shown, step: usize, text: &str) -> Answered {
    let lanes = results.outcomes[step].len();
    let mut columns = results.columns(step);
    let column = match numbers(text, &mut columns) {
        Ok(column) => column,
        Err(wrong) => return Some((Answer::Paint(Err(wrong)), None)),
    };
    let value = |lane: usize| Int::of(columns.value(lane, column.id));
    let mut sample: Vec<Int> = Vec::new();
    for (count, lane) in (0..lanes).step_by(lanes.div_ceil(SAMPLE).max(1)).enumerate() {
        sample.extend(value(lane));
        if count % STRIDE == 0 && !asking.goes_on().await {
            return None;
        }
    }
    sample.sort_unstable();
    // A colour begins where a sixteenth of the sample more lies below.
    let begins: Vec<Int> = match sample.len() {
        0 => Vec::new(),
        len => (1..COLOURS).map(|colour| sample[colour * len / COLOURS]).collect(),
    };
    let mut range: Option<[Int; 2]> = None;
    let mut bytes = vec![u8::MAX; lanes];
    for first in (0..lanes).step_by(STRIDE) {
        for (lane, byte) in bytes.iter_mut().enumerate().skip(first).take(STRIDE) {
            if let Some(value) = value(lane) {
                range = Some(range.map_or([value; 2], |[least, most]| [least.min(value), most.max(value)]));
                *byte = begins.partition_point(|begin| *begin <= value) as u8;
            }
        }
        if !asking.goes_on().await {
            return None;
        }
    }
    let [least, greatest] = range.map_or_else(Default::default, |range| range.map(number));
    let median = sample.get(sample.len() / 2).map(|median| number(*median)).unwrap_or_default();
    let view = PaintView { column: text.to_owned(), least, median, greatest };
    Some((Answer::Paint(Ok(view)), Some(bytes)))
}
