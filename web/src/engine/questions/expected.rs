//! Lanes held to an expectation, and one run held to another.

use std::cmp::Ordering;

use lanevm_core::{
    Outcomes, Status,
    query::{self, Columns, Query, compare as order},
};

use super::{Asking, STRIDE, inputs_of, wrong};
use crate::{
    engine::shown::Shown,
    protocol::{Answer, CompareView, ExpectView},
    words::engine as words,
};

/// Lanes that differ which are listed.
const LISTED: usize = 100;

type Answered = Option<(Answer, Option<Vec<u8>>)>;

/// Which of two lanes has the smaller inputs, compared one after the other.
fn smaller(columns: &impl Columns, inputs: &[query::Column], a: usize, b: usize) -> Ordering {
    let each = inputs.iter().map(|column| order(&columns.value(a, column.id), &columns.value(b, column.id)));
    each.fold(Ordering::Equal, Ordering::then)
}

pub(super) async fn expect(asking: &mut Asking, results: &Shown, step: usize, test: &str) -> Answered {
    let lanes = results.outcomes[step].len();
    let mut columns = results.columns(step);
    let query = match Query::new(test, &mut columns) {
        Ok(query) => query,
        Err(error) => return Some((Answer::Expected(Err(wrong(&error))), None)),
    };
    let inputs: Vec<query::Column> =
        results.varying(step).iter().filter_map(|name| columns.column(name).ok()).collect();
    let (mut failing, mut unknown) = (0, 0);
    let (mut first, mut smallest) = (None, None);
    for begin in (0..lanes).step_by(STRIDE) {
        for lane in begin..(begin + STRIDE).min(lanes) {
            let answer = query.answer(&columns, lane);
            if answer == Some(true) {
                continue;
            }
            failing += 1;
            unknown += usize::from(answer.is_none());
            first = first.or(Some(lane));
            if smallest.is_none_or(|best| smaller(&columns, &inputs, lane, best) == Ordering::Less) {
                smallest = Some(lane);
            }
        }
        if !asking.goes_on().await {
            return None;
        }
    }
    let said = |lane: Option<usize>| lane.map(|lane| (lane, inputs_of(results, step, lane)));
    let view = ExpectView { failing, unknown, of: lanes, first: said(first), smallest: said(smallest) };
    Some((Answer::Expected(Ok(view)), None))
}

fn gas(outcomes: &Outcomes, lanes: usize) -> i128 {
    (0..lanes).map(|lane| i128::from(outcomes.gas_used(lane))).sum()
}

pub(super) async fn compare(asking: &mut Asking, now: &Shown, step: usize) -> Answered {
    let refused = |why: &str| Some((Answer::Compared(Err(why.into())), None));
    let Some(before) = now.before() else {
        return refused(words::NO_RUN_BEFORE);
    };
    let Some(earlier) = before.outcomes.get(step) else {
        return refused(words::NO_STEP_BEFORE);
    };
    let later = &now.outcomes[step];
    let lanes = later.len().min(earlier.len());
    let mut view = CompareView {
        before: before.run,
        lanes,
        status: 0,
        output: 0,
        gas: 0,
        left: 0,
        differ: 0,
        gas_difference: (gas(later, lanes) - gas(earlier, lanes)).to_string(),
        some: Vec::new(),
    };
    for first in (0..lanes).step_by(STRIDE) {
        for lane in first..(first + STRIDE).min(lanes) {
            if [earlier, later].iter().any(|outcomes| outcomes.status(lane) == Status::Unfinished) {
                continue;
            }
            let statuses = [earlier.status(lane), later.status(lane)];
            let spent = [earlier.gas_used(lane), later.gas_used(lane)];
            let status = statuses[0] != statuses[1];
            let output = earlier.output(lane) != later.output(lane);
            let gas = spent[0] != spent[1];
            let left = earlier.logs_encoded(lane) != later.logs_encoded(lane)
                || earlier.changes_encoded(lane) != later.changes_encoded(lane);
            view.left += usize::from(left);
            view.status += usize::from(status);
            view.output += usize::from(output);
            view.gas += usize::from(gas);
            if status | output | gas | left | (earlier.refund(lane) != later.refund(lane)) {
                view.differ += 1;
                if view.some.len() < LISTED {
                    view.some.push((lane, statuses.map(|status| status as u8), spent));
                }
            }
        }
        if !asking.goes_on().await {
            return None;
        }
    }
    Some((Answer::Compared(Ok(view)), None))
}
