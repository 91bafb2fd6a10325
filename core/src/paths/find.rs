//! Finding the ways of a batch: some of its calls are run on the CPU engine, ways are made of them, and every way is tried on all
//! of them. A way that comes to anything but what the CPU engine came to is dropped, and said so.

use std::collections::BTreeMap;

use lanevm_shaders::Status;
use web_time::Instant;

use super::{Lane, Walker, Way, build, build::MOST_STEPS, ssa::Noted};
use crate::{Batch, Control, Engine, EngineError, Keep, Limits, Observe, Outcome, cpu::CpuEngine};

/// How ways are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Calls that are looked at.
    pub sample: usize,
    /// Most ways.
    pub most: usize,
    /// Most attempts to make one.
    pub attempts: usize,
    /// Milliseconds after which no other attempt is begun.
    pub milliseconds: f64,
    /// Calls alike that must have been run, this batch's among them, before it is worth looking: see
    /// [`crate::compiled::CompiledEngine`].
    pub least: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self { sample: 64, most: 4, attempts: 12, milliseconds: 2_000.0, least: 4_096 }
    }
}

/// A way, and how many calls of the sample go it first.
#[derive(Clone, Debug)]
pub struct Trodden {
    /// The way.
    pub way: Way,
    /// Calls of the sample.
    pub lanes: usize,
}

/// What a search came to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Ways, the most trodden first.
    pub ways: Vec<Trodden>,
    /// Calls of the sample.
    pub sample: usize,
    /// Calls of the sample that go none of the ways.
    pub left: usize,
    /// Why no way could be made of calls that were tried, by how often.
    pub unfit: BTreeMap<String, usize>,
    /// Ways that came to something else than the CPU engine: a fault of this program.
    pub wrong: usize,
}

/// Calls spread over a batch.
pub(crate) fn spread(calls: usize, sample: usize) -> Vec<usize> {
    let count = sample.min(calls);
    // The middles of equal parts, moved about within them, so that no rhythm of a sweep is met in step.
    (0..count)
        .map(|part| {
            let (from, to) = (part * calls / count, (part + 1) * calls / count);
            from + (part.wrapping_mul(0x9e37_79b1) >> 7) % (to - from).max(1)
        })
        .collect()
}

/// Whether two engines say the same of a call, who answered aside.
pub(crate) fn agree(a: &Outcome, b: &Outcome) -> bool {
    (a.status, a.gas_used, a.refund, a.refund_granted, a.steps)
        == (b.status, b.gas_used, b.refund, b.refund_granted, b.steps)
        && a.output == b.output
        && a.logs == b.logs
        && a.changes == b.changes
        && a.created == b.created
}

/// Looks for the ways of a valid batch. A cancel ends the search with what it has.
///
/// # Errors
/// [`EngineError`] where the CPU engine cannot run the sample.
pub async fn find(batch: &Batch, search: Search, control: &Control) -> Result<Found, EngineError> {
    let begun = Instant::now();
    let rows = spread(batch.len(), search.sample);
    let mut sample = batch.subset(&rows);
    sample.keep = Keep::All;
    sample.observe = Observe::default();
    // Calls that go on for longer have no way, and need not be run to their ends to know that.
    let mut bounded = sample.clone();
    bounded.limits.max_steps = Some(sample.limits.max_steps.unwrap_or(u64::MAX).min(MOST_STEPS as u64));
    let mut inner = Control { cancel: control.cancel.clone(), breathe: control.breathe.clone(), ..Control::default() };
    let outcomes = CpuEngine::new(1).run(&bounded, &mut inner).await?;
    let expected: Vec<Outcome> = (0..sample.len()).map(|row| outcomes.row(row)).collect();
    let ends = |row: usize| !matches!(expected[row].status, Some(Status::StepLimit | Status::Unfinished));
    let open_lane = |row| ends(row).then(|| Lane::open(&sample, row)).flatten();
    let lanes: Vec<Option<Lane<'_>>> = (0..sample.len()).map(open_lane).collect();
    let mut found = Found { sample: sample.len(), ..Found::default() };
    // Longest first: what turns often enough to be a loop holds for those that turn less.
    let mut open: Vec<usize> = (0..sample.len()).filter(|row| lanes[*row].is_some()).collect();
    open.sort_by_key(|row| std::cmp::Reverse(expected[*row].steps));
    let mut attempts = 0;
    while let Some(&row) = open.first() {
        control.turn().await;
        let late = attempts > 0 && begun.elapsed().as_secs_f64() * 1e3 > search.milliseconds;
        if attempts == search.attempts || late || control.cancel.is_cancelled() {
            break;
        }
        attempts += 1;
        let way = match build(&sample, row) {
            Ok(way) => way,
            Err(unfit) => {
                *found.unfit.entry(unfit.to_string()).or_default() += 1;
                open.remove(0);
                continue;
            }
        };
        let walker = Walker::new(&way);
        let mut gone = Vec::new();
        let mut right = true;
        for at in &open {
            if let Some(Ok(outcome)) = lanes[*at].as_ref().map(|lane| lane.go(&way, &walker)) {
                right &= agree(&outcome, &expected[*at]);
                gone.push(*at);
            }
        }
        if !right || !gone.contains(&row) {
            tracing::error!(row = rows[row], "a way comes to something else than the CPU engine; it is dropped");
            found.wrong += 1;
            open.remove(0);
            continue;
        }
        open.retain(|at| !gone.contains(at));
        let noted = if way.loops.is_empty() { Some(noted(&sample, row).await?) } else { None };
        found.ways.push(Trodden { way: Way { noted, ..way }, lanes: gone.len() });
    }
    found.ways.sort_by_key(|trodden| std::cmp::Reverse(trodden.lanes));
    found.ways.truncate(search.most);
    found.left = found.sample - found.ways.iter().map(|trodden| trodden.lanes).sum::<usize>();
    Ok(found)
}

/// What the CPU engine notes of a call: the same of every call that goes its way, if that has no loops.
async fn noted(batch: &Batch, row: usize) -> Result<Noted, EngineError> {
    let observe = Observe { path: true, coverage: true };
    let limits = Limits::default();
    let one = Batch { keep: Keep::Status, digest: false, observe, limits, ..batch.subset(&[row]) };
    let outcomes = CpuEngine::new(1).run(&one, &mut Control::default()).await?;
    Ok(Noted { path: outcomes.path(0).unwrap_or_default(), coverage: outcomes.coverage })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;

    #[test]
    fn a_spread_stays_within_the_batch() {
        for (calls, sample) in [(0, 8), (1, 8), (7, 8), (1000, 64)] {
            let rows = spread(calls, sample);
            assert_eq!(rows.len(), calls.min(sample));
            assert!(rows.iter().all(|row| *row < calls) && rows.windows(2).all(|two| two[0] < two[1]), "{rows:?}");
        }
    }

    #[test]
    fn loops_hold_for_every_number_of_turns() {
        let batch = examples::by_id("fibonacci").unwrap().batch(5_000).unwrap();
        let found = pollster::block_on(find(&batch, Search::default(), &Control::default())).unwrap();
        assert_eq!((found.left, found.wrong), (0, 0), "{:?}", found.unfit);
        // One ends, one reverts when a sum is too much; too few turns to be a loop are ways of their own.
        assert!(found.ways.len() <= 4 && found.ways[..2].iter().all(|trodden| trodden.way.loops.len() == 1));
    }

    #[test]
    fn one_way_holds_for_transfers() {
        let batch = examples::by_id("erc20").unwrap().batch(5_000).unwrap();
        let found = pollster::block_on(find(&batch, Search::default(), &Control::default())).unwrap();
        assert_eq!((found.left, found.wrong, found.ways.len()), (0, 0, 1), "{:?}", found.unfit);
        let way = &found.ways[0].way;
        assert!(way.ops.len() < 150 && way.items.len() < 25, "{} values, {} guards", way.ops.len(), way.items.len());
    }
}
