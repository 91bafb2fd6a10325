//! The CPU engine: revm behind one module, natively and in wasm. Reference, fallback and tracer. It knows no device.

mod changes;
mod ending;
mod environment;
mod glimpse;
mod lane;
mod memory;
mod observe;
mod opening;
mod places;
pub(crate) mod precompiles;
mod recording;
mod state;
#[cfg(not(target_arch = "wasm32"))]
mod threads;
mod trace;
mod watch;

use std::time::Duration;

#[cfg(not(target_arch = "wasm32"))]
use futures::StreamExt;
use web_time::Instant;

use self::{
    lane::{Lane, Turn},
    observe::Sight,
    state::Codes,
};
#[cfg(not(target_arch = "wasm32"))]
use crate::engine::{Breathe, Cancel};
use crate::{
    batch::Batch,
    engine::{Control, Engine, EngineError, EngineInfo, LocalFuture, Progress},
    outcome::{Keep, Outcomes},
};

pub use self::{
    environment::{MEMORY_LIMIT, blob_base_fee},
    glimpse::{Glimpse, glimpses},
    recording::{
        Cut, Frame, FrameKind, LinePoint, MAX_RECORDED_BYTES, MAX_RECORDED_STEPS, RecordLimits, RecordedLog,
        RecordedStep, Recording, SlotAt, StateAt, Walk, record,
    },
    trace::{MAX_TRACE_BYTES, StepRecord, TraceEnd, TraceError, outcome, steps, trace},
};
pub(crate) use self::{
    environment::{block_blob_base_fee, upfront},
    places::{Place, places},
};

/// The revm release behind the engine.
pub const REVM_VERSION: &str = "43.0.3";

/// How long the engine computes before it gives the event loop its turn.
const SLICE: Duration = Duration::from_millis(40);

/// Instructions between two looks at the clock and at the cancel flag.
const LOOK: u64 = 100_000;

/// How long one thread goes on alone before others are started for the rest.
const ALONE: Duration = Duration::from_millis(2);

/// The CPU engine.
#[derive(Clone, Debug, Default)]
pub struct CpuEngine {
    threads: usize,
}

impl CpuEngine {
    /// An engine that uses at most this many threads; zero is one for each core. In wasm it is always one.
    pub const fn new(threads: usize) -> Self {
        Self { threads }
    }

    /// The threads it uses at most.
    pub fn threads(&self) -> usize {
        if cfg!(target_arch = "wasm32") {
            return 1;
        }
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}

/// What the thread of [`CpuEngine::run_beside`] says.
#[cfg(not(target_arch = "wasm32"))]
enum Said {
    /// So many calls have ended.
    Ended(u64),
    /// The answer.
    Answer(Box<Result<Outcomes, EngineError>>),
}

impl Engine for CpuEngine {
    fn info(&self) -> EngineInfo {
        let threads = self.threads();
        EngineInfo {
            kind: "cpu",
            adapter: format!("revm {REVM_VERSION}, {threads} {}", if threads == 1 { "thread" } else { "threads" }),
            backend: "none".into(),
            software: true,
            details: vec![("memory limit".into(), format!("{} MiB a lane", MEMORY_LIMIT >> 20))],
        }
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        let threads = self.threads();
        Box::pin(async move {
            batch.validate()?;
            let mut outcomes = batch.outcomes();
            let codes = Codes::new(batch);
            let mut progress = Progress { lanes: batch.len() as u64, ..Progress::default() };
            let next = alone(batch, &codes, threads, &mut outcomes, &mut progress, control).await;
            #[cfg(not(target_arch = "wasm32"))]
            if next < batch.len() && !control.cancel.is_cancelled() {
                threads::run(batch, &codes, threads, next, &mut outcomes, &mut progress, control);
            }
            #[cfg(target_arch = "wasm32")]
            debug_assert_eq!(next, batch.len(), "one thread runs every call");
            control.report(progress);
            Ok(outcomes)
        })
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn run_beside<'a>(
        &'a mut self,
        batch: Batch,
        cancel: Cancel,
        _: Option<Breathe>,
        done: Box<dyn Fn(u64) + 'a>,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        let mut engine = self.clone();
        let (say, mut heard) = futures_channel::mpsc::unbounded();
        std::thread::spawn(move || {
            let ended = say.clone();
            // Nobody listens any more where the run was dropped.
            let hear = move |progress: Progress| drop(ended.unbounded_send(Said::Ended(progress.done)));
            let mut control = Control { cancel, on_progress: Some(Box::new(hear)), ..Control::default() };
            let answer = futures::executor::block_on(engine.run(&batch, &mut control));
            drop(say.unbounded_send(Said::Answer(Box::new(answer))));
        });
        Box::pin(async move {
            while let Some(said) = heard.next().await {
                match said {
                    Said::Ended(ended) => done(ended),
                    Said::Answer(answer) => return *answer,
                }
            }
            Err(EngineError::Worker("the thread of the CPU engine died".into()))
        })
    }
}

/// Runs calls on this thread, in slices. Where more threads can be had and the batch turns out to be long, it stops; the
/// answer is the first call that has no outcome.
async fn alone(
    batch: &Batch,
    codes: &Codes<'_>,
    threads: usize,
    outcomes: &mut Outcomes,
    progress: &mut Progress,
    control: &mut Control,
) -> usize {
    let mut lane = Lane::new(batch, codes);
    let mut sight = Sight::of(batch);
    let begun = Instant::now();
    let mut slice = begun;
    // Work since the last look at the clock, in instructions: a look after each of many small calls would cost as much
    // as the calls.
    let mut work = 0;
    // The first call that nobody heard of yet.
    let mut untold = 0;
    for index in 0..batch.len() {
        let mut turn = sight.start(&mut lane, index);
        loop {
            let ended = match &turn {
                Turn::Done(outcome) => {
                    work += outcome.steps + 200;
                    progress.steps += outcome.steps;
                    progress.done += 1;
                    outcomes.set(index, outcome);
                    sight.enter_into(outcomes, index);
                    true
                }
                Turn::Paused => {
                    work = LOOK;
                    false
                }
            };
            if work >= LOOK {
                work = 0;
                let next = index + usize::from(ended);
                if control.cancel.is_cancelled() {
                    tell(outcomes, untold..next, control);
                    return batch.len();
                }
                let now = Instant::now();
                if threads > 1 && batch.len() - index > 1 && now - begun > ALONE {
                    tell(outcomes, untold..next, control);
                    return next;
                }
                if now - slice > SLICE {
                    tell(outcomes, untold..next, control);
                    untold = next;
                    control.report(*progress);
                    control.breathe().await;
                    slice = Instant::now();
                }
            }
            if ended {
                break;
            }
            turn = sight.advance(&mut lane);
        }
    }
    tell(outcomes, untold..batch.len(), control);
    batch.len()
}

/// Tells how these calls ended, where single calls are kept.
fn tell(outcomes: &Outcomes, calls: std::ops::Range<usize>, control: &Control) {
    if outcomes.keep() >= Keep::Status {
        control.tell(calls.map(|row| (row, outcomes.status(row))));
    }
}
