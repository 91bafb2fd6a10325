//! Lanes held to what the document's state test expects of them.

use lanevm_core::{
    Class, Level,
    verdict::{Judge, Missed},
};

use super::Asking;
use crate::{
    engine::shown::Shown,
    protocol::{Answer, NotTested, TestedView},
};

/// Lanes that fail which are listed.
const LISTED: usize = 20;

/// The answer; `None` where the question is void.
pub(super) async fn tested(asking: &mut Asking, results: &Shown) -> Option<(Answer, Option<Vec<u8>>)> {
    let not = |why| Some((Answer::Tested(Err(why)), None));
    let Some(expected) = &results.expected else { return not(NotTested::Nothing) };
    let outcomes = &results.outcomes[0];
    let batch = &results.prepared.batch;
    let lanes = outcomes.len();
    if results.outcomes.len() != 1 || (0..lanes).any(|lane| batch.call(lane).level != Level::Transaction) {
        return not(NotTested::Calls);
    }
    if expected.len() != lanes {
        return not(NotTested::Lanes { expected: expected.len(), lanes });
    }
    let mut judge = Judge::new(batch);
    let mut view = TestedView { of: lanes, ..TestedView::default() };
    for (lane, expected) in expected.iter().enumerate() {
        if expected.is_empty() {
            view.silent += 1;
        } else if outcomes.status(lane).class() == Class::Unfinished {
            view.open += 1;
        } else {
            match judge.judge(lane, &outcomes.row(lane), expected) {
                Ok(met) => {
                    view.met += 1;
                    view.refused += usize::from(expected.exception.is_some());
                    if let Some((found, named)) = met.otherwise {
                        view.otherwise.0 += 1;
                        view.otherwise.1.get_or_insert((found.to_owned(), named));
                    }
                }
                Err(missed) => note(&mut view, lane, &missed),
            }
        }
        if !asking.goes_on().await {
            return None;
        }
    }
    Some((Answer::Tested(Ok(view)), None))
}

fn note(view: &mut TestedView, lane: usize, missed: &Missed) {
    view.missed += 1;
    if view.some.len() < LISTED {
        view.some.push((lane, missed.to_string()));
    }
}
