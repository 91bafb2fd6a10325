//! The lanes of a finished run as a file, written in slices between which the worker listens. What a column says is core's;
//! where the file goes is the page's.

use lanevm_core::{
    export::{Export, Field, Format},
    lane_file,
    query::Columns,
};
use web_time::{Duration, Instant};

use super::{parquet, shown::Shown};
use crate::{browser::turn::turn, protocol::LanesFile, words::engine as words};

/// How long is written before the event loop gets its turn.
const SLICE: Duration = Duration::from_millis(20);

/// Rows written between two looks at the clock.
const ROWS: usize = 128;

/// Bytes past which a part goes to the page.
const PART: usize = 1 << 20;

/// What is said of lanes that another run has taken the place of.
pub(super) const GONE: &str = words::LANES_GONE;

/// A file that is being written.
enum File {
    /// Lines of text.
    Lines(Export, String),
    /// Groups of columns.
    Parquet(parquet::Writer),
}

impl File {
    /// A file with these columns. `chunk` is where the writer of Parquet is.
    async fn open(file: LanesFile, fields: Vec<Field>, chunk: Option<&str>) -> Result<Self, String> {
        let format = match file {
            LanesFile::Csv => Format::Csv,
            LanesFile::Ndjson => Format::Ndjson,
            LanesFile::Parquet => {
                let chunk = chunk.ok_or(words::NO_PARQUET)?;
                return parquet::Writer::open(chunk, fields).await.map(Self::Parquet);
            }
        };
        Ok(Self::Lines(Export::new(format, fields), String::new()))
    }

    fn write<C: Columns + ?Sized>(&mut self, columns: &C, rows: impl IntoIterator<Item = u32>) -> Result<(), String> {
        match self {
            Self::Lines(export, out) => {
                export.write(columns, rows, out);
                Ok(())
            }
            Self::Parquet(writer) => writer.write(columns, rows),
        }
    }

    /// Takes what has been written where that is worth a message.
    fn part(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Lines(_, out) if out.len() >= PART => Some(std::mem::take(out).into_bytes()),
            Self::Parquet(writer) if writer.waiting() >= PART => Some(writer.take()),
            _ => None,
        }
    }

    /// The last of it.
    fn end(self) -> Result<Vec<u8>, String> {
        match self {
            Self::Lines(_, out) => Ok(out.into_bytes()),
            Self::Parquet(mut writer) => {
                writer.finish()?;
                Ok(writer.take())
            }
        }
    }
}

/// Writes the lanes of a step, all or those of a selection in its order, and hands over part after part, with how many lanes
/// have been written. `go_on` says whether the file is still wanted. Says how many lanes it holds.
///
/// # Errors
/// Why there is no file, in words.
pub(super) async fn lanes(
    (results, step): (&Shown, usize),
    selected: Option<&[u32]>,
    (file, chunk): (LanesFile, Option<&str>),
    go_on: impl Fn() -> bool,
    mut part: impl FnMut(usize, &[u8]),
) -> Result<usize, String> {
    let lanes = results.outcomes.get(step).ok_or(GONE)?.len();
    let mut columns = results.columns(step);
    let fields = lane_file::fields(&mut columns, results.inputs(step), results.meanings(step), results.own());
    let mut file = File::open(file, fields, chunk).await?;
    let mut begun = Instant::now();
    let count = selected.map_or(lanes, <[u32]>::len);
    let mut at = 0;
    loop {
        let end = count.min(at + ROWS);
        // Without rows the first line is written all the same.
        match selected {
            Some(rows) => file.write(&columns, rows[at..end].iter().copied())?,
            None => file.write(&columns, at as u32..end as u32)?,
        }
        at = end;
        if at == count {
            break;
        }
        if let Some(bytes) = file.part() {
            part(at, &bytes);
        }
        if begun.elapsed() > SLICE {
            turn().await;
            if !go_on() {
                return Err(words::STOPPED.into());
            }
            begun = Instant::now();
        }
    }
    part(count, &file.end()?);
    Ok(count)
}
