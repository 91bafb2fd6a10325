//! A batch's calls on several threads, natively. Each thread has its own machine; which call runs where changes no
//! outcome.

use std::{
    sync::{
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use super::{
    lane::{Lane, Turn},
    observe::Sight,
    state::Codes,
};
use crate::{
    batch::Batch,
    engine::{Cancel, Control, Progress},
    outcome::{Keep, Outcomes},
};

/// Most calls a thread takes at once.
const MOST_TAKEN: usize = 256;

/// How often progress is reported while nothing ends.
const REPORT: Duration = Duration::from_millis(50);

/// Runs the calls from `from` on, on at most `threads` threads.
pub(super) fn run(
    batch: &Batch,
    codes: &Codes<'_>,
    threads: usize,
    from: usize,
    outcomes: &mut Outcomes,
    progress: &mut Progress,
    control: &mut Control,
) {
    let left = batch.len() - from;
    let threads = threads.min(left);
    let take = (left / (threads * 8)).clamp(1, MOST_TAKEN);
    let next = AtomicUsize::new(from);
    let steps = AtomicU64::new(progress.steps);
    let (send, receive) = mpsc::channel();
    let cancel = control.cancel.clone();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next, steps, cancel) = (send.clone(), &next, &steps, &cancel);
            scope.spawn(move || {
                let mut lane = Lane::new(batch, codes);
                let mut sight = Sight::of(batch);
                while !cancel.is_cancelled() {
                    let first = next.fetch_add(take, Ordering::Relaxed);
                    let rows: Vec<usize> = (first..batch.len().min(first.saturating_add(take))).collect();
                    if rows.is_empty() {
                        break;
                    }
                    let (done, part) = slice(&mut lane, &mut sight, &rows, steps, cancel);
                    // The receiver outlives the scope's threads.
                    let _ = send.send((rows, done, part));
                }
            });
        }
        drop(send);
        loop {
            match receive.recv_timeout(REPORT) {
                Ok((rows, done, part)) => {
                    control.tell(rows.iter().copied().zip(part.statuses().iter().copied()));
                    outcomes.merge(&rows, &part, None);
                    progress.done += done;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            progress.steps = steps.load(Ordering::Relaxed);
            control.report(*progress);
        }
    });
}

/// Runs some calls; gives how many ended and their outcomes in the order of `rows`.
fn slice(
    lane: &mut Lane<'_>,
    sight: &mut Sight,
    rows: &[usize],
    steps: &AtomicU64,
    cancel: &Cancel,
) -> (u64, Outcomes) {
    let mut part = Outcomes::keeping(rows.len(), lane.batch.keep.max(Keep::Status), lane.batch.digest);
    let mut done = 0;
    for (at, &row) in rows.iter().enumerate() {
        let mut counted = 0;
        let mut turn = sight.start(lane, row);
        loop {
            steps.fetch_add(lane.steps().saturating_sub(counted), Ordering::Relaxed);
            counted = lane.steps();
            if let Turn::Done(outcome) = &turn {
                part.set(at, outcome);
                sight.enter_into(&mut part, at);
                done += 1;
                break;
            }
            if cancel.is_cancelled() {
                return (done, part);
            }
            turn = sight.advance(lane);
        }
    }
    (done, part)
}
