//! Answers about a finished run's lanes: which pass, in what order, in what groups. Everything that looks at every lane does it
//! in slices, with turns of the event loop between, and stops when a later question of its kind has come.

mod expected;
mod overview;
mod plots;
mod tested;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use lanevm_core::query::{self, Columns, Direction, Query, QueryError};
use web_time::{Duration, Instant};

use super::shown::Shown;
use crate::{
    browser::turn::turn,
    protocol::{Answer, QueryWrong, Question, Selected, SortBy},
};

/// How long is computed before the event loop gets its turn.
const SLICE: Duration = Duration::from_millis(30);

/// Lanes between two looks at the clock.
const STRIDE: usize = 512;

/// Lanes that were selected, in order.
pub(super) struct Selection {
    run: u32,
    number: u32,
    step: usize,
    /// Those that pass; all where none.
    rows: Option<Vec<u32>>,
}

/// Run, step and filter, with the lanes that passed.
type Passed = (u32, usize, String, Rc<Vec<u32>>);

/// What has been asked, and what rows are read from.
#[derive(Default)]
pub(super) struct Desk {
    latest: [Cell<u32>; Question::KINDS],
    selection: RefCell<Option<Rc<Selection>>>,
    /// The lanes that passed last, by run, step and filter, in their own order.
    passed: RefCell<Option<Passed>>,
}

impl Desk {
    /// Forgets what belongs to an earlier run.
    pub(super) fn clear(&self) {
        *self.selection.borrow_mut() = None;
        *self.passed.borrow_mut() = None;
        // What is still being answered is void.
        for latest in &self.latest {
            latest.set(0);
        }
    }

    /// Forgets which lanes passed: names may mean something else now.
    pub(super) fn reread(&self) {
        *self.passed.borrow_mut() = None;
    }

    /// Notes a question that is answered elsewhere; whether it is still the latest of its kind is asked with
    /// [`Self::is_latest`].
    pub(super) fn note(&self, kind: usize, number: u32) {
        self.latest[kind].set(number);
    }

    /// Whether no later question of the kind has come.
    pub(super) fn is_latest(&self, kind: usize, number: u32) -> bool {
        self.latest[kind].get() == number
    }

    /// A selection's rows; `None` where it is gone. Number 0 is all lanes.
    pub(super) fn rows(&self, run: u32, step: usize, number: u32) -> Option<Rc<Selection>> {
        if number == 0 {
            return Some(Rc::new(Selection { run, number, step, rows: None }));
        }
        let fits = |it: &Rc<Selection>| (it.run, it.step, it.number) == (run, step, number);
        self.selection.borrow().clone().filter(fits)
    }
}

impl Selection {
    /// The rows, in order; all of the step where none.
    pub(super) fn rows(&self) -> Option<&[u32]> {
        self.rows.as_deref()
    }
}

/// A question being answered: it knows when it is void, and when the event loop needs a turn.
struct Asking {
    desk: Rc<Desk>,
    kind: usize,
    number: u32,
    begun: Instant,
    slice: Instant,
}

impl Asking {
    /// Lets the event loop run where it is time; whether the answer is still wanted.
    async fn goes_on(&mut self) -> bool {
        if self.slice.elapsed() < SLICE {
            return true;
        }
        turn().await;
        self.slice = Instant::now();
        self.wanted()
    }

    fn wanted(&self) -> bool {
        self.desk.latest[self.kind].get() == self.number
    }

    fn milliseconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1e3
    }
}

fn wrong(error: &QueryError) -> QueryWrong {
    QueryWrong { from: error.columns.start, to: error.columns.end, message: error.kind.to_string() }
}

/// The answer to a question, with its bytes; `None` where it is void.
pub(super) async fn answer(
    desk: Rc<Desk>,
    results: Shown,
    step: usize,
    number: u32,
    question: Question,
) -> Option<(Answer, Option<Vec<u8>>)> {
    let kind = question.kind();
    desk.latest[kind].set(number);
    let now = Instant::now();
    let mut asking = Asking { desk, kind, number, begun: now, slice: now };
    // A later one may have come along already.
    turn().await;
    if step >= results.outcomes.len() || !asking.wanted() {
        return None;
    }
    match question {
        Question::Select { filter, sort } => select(&mut asking, &results, step, filter, sort).await,
        Question::Overview => {
            let overview = overview::overview(&mut asking, &results, step).await?;
            let statuses = results.outcomes[step].statuses().iter().map(|status| *status as u8).collect();
            Some((Answer::Overview(Box::new(overview)), Some(statuses)))
        }
        Question::Scatter { x, y } => plots::scatter(&mut asking, &results, step, &x, &y).await,
        Question::Paint { column } => plots::paint(&mut asking, &results, step, &column).await,
        Question::Expect { test } => expected::expect(&mut asking, &results, step, &test).await,
        Question::Compare => expected::compare(&mut asking, &results, step).await,
        Question::Try { text } => {
            let tried = results.columns(step).column(&text).map_err(|error| wrong(&error));
            Some((Answer::Tried(tried.map(|_| text)), None))
        }
        Question::Test => tested::tested(&mut asking, &results).await,
        // Counting needs the engines: the coordinator does it.
        Question::Cover { .. } => None,
    }
}

/// The lanes that pass; `None` where the question is void.
async fn passing(asking: &mut Asking, query: &Query, columns: &impl Columns, lanes: usize) -> Option<Vec<u32>> {
    let mut rows = Vec::new();
    for first in (0..lanes).step_by(STRIDE) {
        let end = (first + STRIDE).min(lanes);
        rows.extend((first..end).filter(|lane| query.matches(columns, *lane)).map(|lane| lane as u32));
        if !asking.goes_on().await {
            return None;
        }
    }
    Some(rows)
}

async fn select(
    asking: &mut Asking,
    results: &Shown,
    step: usize,
    filter: String,
    sort: Option<SortBy>,
) -> Option<(Answer, Option<Vec<u8>>)> {
    let lanes = results.outcomes[step].len();
    let mut columns = results.columns(step);
    let refused = |error: &QueryError| Some((Answer::Selected(Err(wrong(error))), None));
    let query = match Query::new(&filter, &mut columns) {
        Ok(query) => query,
        Err(error) => return refused(&error),
    };
    let by = match sort.as_ref().map(|sort| (columns.column(&sort.column), sort.descending)) {
        Some((Err(error), _)) => return refused(&error),
        Some((Ok(column), descending)) => Some((column, descending)),
        None => None,
    };
    let all = filter.trim().is_empty();
    let known = asking.desk.passed.borrow().clone();
    let passed = match known {
        _ if all => None,
        Some((run, at, known, rows)) if (run, at, &known) == (results.run, step, &filter) => Some(rows),
        _ => {
            let rows = Rc::new(passing(asking, &query, &columns, lanes).await?);
            *asking.desk.passed.borrow_mut() = Some((results.run, step, filter, Rc::clone(&rows)));
            Some(rows)
        }
    };
    let bits = passed.as_ref().map(|rows| {
        let mut bits = vec![0_u8; lanes.div_ceil(8)];
        for row in rows.iter() {
            bits[*row as usize / 8] |= 1 << (row % 8);
        }
        bits
    });
    let rows = match by {
        None => passed.map(|rows| rows.to_vec()),
        Some((column, descending)) => {
            let direction = if descending { Direction::Descending } else { Direction::Ascending };
            let mut rows = passed.map_or_else(|| (0..lanes as u32).collect(), |rows| rows.to_vec());
            query::sort(&columns, column, &mut rows, direction);
            Some(rows)
        }
    };
    if !asking.wanted() {
        return None;
    }
    let selected = Selected {
        total: rows.as_ref().map_or(lanes, Vec::len),
        of: lanes,
        first: rows.as_ref().map_or((lanes > 0).then_some(0), |rows| rows.first().map(|row| *row as usize)),
        milliseconds: asking.milliseconds(),
    };
    let selection = Selection { run: results.run, number: asking.number, step, rows };
    *asking.desk.selection.borrow_mut() = Some(Rc::new(selection));
    Some((Answer::Selected(Ok(selected)), bits))
}

/// What varies in a lane, in words.
fn inputs_of(results: &Shown, step: usize, lane: usize) -> String {
    let mut columns = results.columns(step);
    let names = results.varying(step);
    let found: Vec<_> = names.iter().map(|name| columns.column(name).ok()).collect();
    let each = names.iter().zip(&found).filter_map(|(name, column)| {
        let column = column.as_ref()?;
        Some(format!("{name} {}", super::cells::cell(columns.value(lane, column.id), column.kind)?))
    });
    each.collect::<Vec<_>>().join(", ")
}
