//! Lanes by block of a program: as the run noted them, or of a sample that the CPU workers run again. It knows no page.

use std::{cell::Cell, pin::pin, rc::Rc};

use futures::future::{Either, select};
use lanevm_core::{
    B256, Batch, Cancel, Control, Engine, EngineError, Keep, Outcomes, Progress, Status,
    document::Mode,
    observation::{Coverage, Observe},
    pool::PoolEngine,
    session::run_sequence,
};
use web_time::Instant;

use super::views::Results;
use crate::{
    browser::turn::after,
    protocol::{CoverView, NoCover},
    words::engine as words,
};

/// Most lanes that are run again.
const SAMPLE: usize = 2_000;

/// Most of them in a sequence, whose earlier steps are run again too.
const SEQUENCES: usize = 250;

/// Milliseconds after which a sample is what has ended.
const ENOUGH: u128 = 2_000;

/// Milliseconds after which there is none.
const TOO_LONG: u128 = 10_000;

/// Milliseconds between two looks at the clock.
const LOOK: i32 = 50;

/// Numbers below `count`, each once, of which any first part is spread evenly.
fn spread(count: usize) -> impl Iterator<Item = usize> {
    // Near the golden section, and without a divisor in common with the count.
    let gcd = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let first = ((count as f64 * 0.618_034) as usize).max(1);
    let stride = (first..=count).find(|stride| gcd(*stride, count) == 1).unwrap_or(1);
    (0..count).map(move |at| (at as u64 * stride as u64 % count.max(1) as u64) as usize)
}

/// The lanes of a sample of `all` lanes, or of those of `rows`: all of them where they are few.
fn sample(rows: Option<&[u32]>, all: usize, most: usize) -> Vec<usize> {
    let total = rows.map_or(all, <[u32]>::len);
    let count = total.min(most);
    let at = |index: usize| (index as u64 * total as u64 / count.max(1) as u64) as usize;
    spread(count).map(|index| rows.map_or(at(index), |rows| rows[at(index)] as usize)).collect()
}

/// What coverage says of a program.
fn view(results: &Results, coverage: &Coverage, program: B256, lanes: usize, of: usize) -> Result<CoverView, NoCover> {
    let found = results.prepared.batch.programs.iter().find(|it| it.hash() == program).ok_or(NoCover::Program)?;
    Ok(CoverView {
        lanes,
        of,
        blocks: coverage.blocks(found).into_iter().map(|block| (block.pc, block.lanes)).collect(),
        branches: coverage.branches(found).into_iter().map(|it| (it.pc, it.jumped, it.fell)).collect(),
    })
}

fn ended(outcomes: &Outcomes) -> usize {
    outcomes.statuses().iter().filter(|status| **status != Status::Unfinished).count()
}

/// What is known of lanes without running any again: of all lanes of a run that noted it, and that there is nothing to count.
/// Nothing where a sample is needed.
pub(super) fn known(
    results: &Results,
    step: usize,
    rows: Option<&[u32]>,
    program: B256,
) -> Option<Result<CoverView, NoCover>> {
    let outcomes = results.outcomes.get(step)?;
    if rows.map_or(outcomes.len(), <[u32]>::len) == 0 {
        return Some(Err(NoCover::Nothing));
    }
    if !results.prepared.batch.programs.iter().any(|it| it.hash() == program) {
        return Some(Err(NoCover::Program));
    }
    let noted = results.prepared.batch.observe.coverage && rows.is_none();
    noted.then(|| view(results, &outcomes.coverage, program, ended(outcomes), outcomes.len()))
}

/// Runs a sample again and counts.
pub(super) async fn cover(
    results: &Results,
    step: usize,
    rows: Option<&[u32]>,
    program: B256,
    engine: &mut PoolEngine,
    cancel: &Cancel,
) -> Result<CoverView, NoCover> {
    let all = results.outcomes.get(step).map_or(0, Outcomes::len);
    let of = rows.map_or(all, <[u32]>::len);
    let follows = step > 0 && results.prepared.mode == Mode::Sequence;
    let lanes = sample(rows, all, if follows { SEQUENCES } else { SAMPLE });
    let done = Rc::new(Cell::new(0));
    let hears = Rc::clone(&done);
    let mut control = Control {
        cancel: cancel.clone(),
        on_progress: Some(Box::new(move |now: Progress| hears.set(now.done))),
        ..Control::default()
    };
    let begun = Instant::now();
    let watch = async {
        loop {
            after(LOOK).await;
            let passed = begun.elapsed().as_millis();
            if cancel.is_cancelled() || passed > TOO_LONG || (passed > ENOUGH && done.get() > 0) {
                return;
            }
        }
    };
    let run = pin!(again(results, step, &lanes, follows, engine, &mut control));
    let answer = match select(run, pin!(watch)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), run)) => {
            cancel.cancel();
            run.await
        }
    };
    match answer {
        Ok(outcomes) if ended(&outcomes) > 0 => view(results, &outcomes.coverage, program, ended(&outcomes), of),
        _ => Err(NoCover::Time),
    }
}

/// Runs these lanes of a step again, those of a sequence from its beginning.
async fn again(
    results: &Results,
    step: usize,
    lanes: &[usize],
    follows: bool,
    engine: &mut PoolEngine,
    control: &mut Control,
) -> Result<Outcomes, EngineError> {
    let observe = Observe { path: false, coverage: true };
    if !follows {
        let batch = match step {
            0 => results.prepared.batch.subset(lanes),
            _ => results.prepared.batch_of(step).subset(lanes),
        };
        return engine.run(&Batch { keep: Keep::Status, digest: false, observe, ..batch }, control).await;
    }
    let calls = |step: usize| results.prepared.step(step).select(lanes);
    let batch = Batch { calls: calls(0), observe, ..results.prepared.batch_of(step) };
    let outcomes = run_sequence(engine, batch, (0..=step).map(calls), control).await?;
    outcomes.into_iter().nth(step).ok_or_else(|| EngineError::Worker(words::NO_SUCH_STEP.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_sample_is_spread_and_holds_each_lane_once() {
        for count in [0, 1, 2, 3, 10, 1_999, 2_000] {
            let all: BTreeSet<usize> = spread(count).collect();
            assert_eq!(all.len(), count, "{count}");
        }
        let half: Vec<usize> = spread(2_000).take(100).collect();
        for part in 0..4 {
            let here = half.iter().filter(|lane| (part * 500..part * 500 + 500).contains(*lane)).count();
            assert!((20..=30).contains(&here), "{here} of 100 in part {part}");
        }
        assert_eq!(sample(Some(&[7, 9]), 10, 2_000).len(), 2);
        let lanes = sample(None, 1_000_000, 2_000);
        assert_eq!(lanes.iter().collect::<BTreeSet<_>>().len(), 2_000);
        assert!(lanes.iter().all(|lane| *lane < 1_000_000));
    }
}
