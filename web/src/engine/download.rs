//! The lanes of a finished run as a file, written in slices between which the worker listens. What a column says is core's;
//! where the file goes is the page's.

use lanevm_core::{
    export::{Export, Format},
    lane_file,
};
use web_time::{Duration, Instant};

use super::shown::Shown;
use crate::browser::turn::turn;

/// How long is written before the event loop gets its turn.
const SLICE: Duration = Duration::from_millis(20);

/// Rows written between two looks at the clock.
const ROWS: usize = 128;

/// Bytes past which a part goes to the page.
const PART: usize = 1 << 20;

/// Writes the lanes of a step, all or those of a selection in its order, and hands over part after part. Says how many lanes
/// were written; nothing where there is no such step.
pub(super) async fn lanes(
    results: &Shown,
    step: usize,
    selected: Option<&[u32]>,
    format: Format,
    mut part: impl FnMut(&[u8]),
) -> Option<usize> {
    let lanes = results.outcomes.get(step)?.len();
    let mut columns = results.columns(step);
    let fields = lane_file::fields(&mut columns, results.inputs(step), results.meanings(step), results.own());
    let mut export = Export::new(format, fields);
    let mut out = String::new();
    let mut begun = Instant::now();
    let count = selected.map_or(lanes, <[u32]>::len);
    let mut at = 0;
    loop {
        let end = count.min(at + ROWS);
        // Without rows the first line is written all the same.
        match selected {
            Some(rows) => export.write(&columns, rows[at..end].iter().copied(), &mut out),
            None => export.write(&columns, at as u32..end as u32, &mut out),
        }
        at = end;
        if at == count {
            break;
        }
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
    Some(count)
}
