//! The one trait of both engines, and how a run is watched and stopped. It names no device.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

use futures::StreamExt;
use lanevm_shaders::Status;
use thiserror::Error;
use web_time::Instant;

use crate::{
    batch::{Batch, BatchError},
    keeper::Keeper,
    outcome::Outcomes,
};

/// A future that stays on its thread, as WebGPU's objects must in a browser.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs batches.
pub trait Engine {
    /// What the engine is and what it runs on.
    fn info(&self) -> EngineInfo;

    /// Runs a batch to its end, or until it is cancelled: then finished lanes keep their outcome, the others are
    /// `unfinished`, and the result is still `Ok`.
    ///
    /// # Errors
    /// See [`EngineError`]; a lane's own fate is never an error.
    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>>;

    /// The engine as one that keeps lanes between batches, if it is one.
    fn keeper(&mut self) -> Option<&mut dyn Keeper> {
        None
    }

    /// Runs a batch beside its caller: where an engine has threads, its caller's stays free meanwhile. `done` hears how many
    /// calls have ended.
    ///
    /// # Errors
    /// As [`Self::run`].
    fn run_beside<'a>(
        &'a mut self,
        batch: Batch,
        cancel: Cancel,
        breathe: Option<Breathe>,
        done: Box<dyn Fn(u64) + 'a>,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(async move {
            let (sender, mut receiver) = futures_channel::mpsc::unbounded();
            let hear: OnProgress = Box::new(move |progress: Progress| {
                // The receiver lives as long as the run below.
                drop(sender.unbounded_send(progress.done));
            });
            let mut control = Control { cancel, on_progress: Some(hear), breathe, ..Control::default() };
            let mut run = self.run(&batch, &mut control);
            poll_fn(|context| {
                let polled = run.as_mut().poll(context);
                while let Poll::Ready(Some(ended)) = receiver.poll_next_unpin(context) {
                    done(ended);
                }
                polled
            })
            .await
        })
    }
}

/// Host work in slices: after each stretch of [`SLICE_MS`] the event loop gets its turn.
#[derive(Debug)]
pub(crate) struct Slices<'a> {
    control: &'a Control,
    begun: Instant,
}

/// How long a coordinator computes at a stretch, in milliseconds: under the 20 that whoever shares its thread may wait, with
/// room for what lies between two looks at the clock.
const SLICE_MS: u128 = 8;

impl<'a> Slices<'a> {
    pub(crate) fn new(control: &'a Control) -> Self {
        Self { control, begun: Instant::now() }
    }

    /// Ends the slice where it is long enough. Called every few microseconds of work.
    pub(crate) async fn end(&mut self) {
        if self.begun.elapsed().as_millis() >= SLICE_MS {
            self.control.breathe().await;
            self.begun = Instant::now();
        }
    }
}

/// What an engine is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineInfo {
    /// `cpu` or `gpu`; `ways` where ways alone answer.
    pub kind: &'static str,
    /// The adapter's name, or the CPU engine's name and version.
    pub adapter: String,
    /// The graphics API below, `none` for the CPU.
    pub backend: String,
    /// Whether the adapter is software.
    pub software: bool,
    /// Further facts for people, in order: limits, driver, threads.
    pub details: Vec<(String, String)>,
}

/// Why an engine could not run a batch, or could not be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EngineError {
    /// The batch itself is wrong.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// There is no adapter.
    #[error("no WebGPU adapter: {0}")]
    NoAdapter(String),
    /// The device was lost or refused something, and nothing is left to fall back to.
    #[error("the GPU device failed: {0}")]
    Device(String),
    /// A worker died, or answered what cannot be read.
    #[error("a worker failed: {0}")]
    Worker(String),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Lanes of the batch.
    pub lanes: u64,
    /// Lanes that have ended.
    pub done: u64,
    /// Instructions executed so far, where the engine knows it.
    pub steps: u64,
    /// Submits to the device so far.
    pub submits: u64,
}

/// Asks a run to stop. Clones speak of the same run; it can be kept on another thread.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    asked: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Cancel {
    /// Asks the run to stop at its next submit or slice.
    pub fn cancel(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        let waiting = std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether that was asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Ends when it is asked: for who waits on something that takes long.
    pub async fn cancelled(&self) {
        poll_fn(|context| {
            // The flag is read with the lock held that `cancel` takes after setting it: no cancel is missed.
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if self.is_cancelled() {
                return Poll::Ready(());
            }
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

/// Called once per submit or slice with how far the run is.
pub type OnProgress = Box<dyn FnMut(Progress)>;

/// Called with calls of the batch that have ended, by row, and how: each once a run, in whatever order. Calls that a cancelled
/// run leaves unfinished are never among them.
pub type OnEnded = Rc<dyn Fn(&mut dyn Iterator<Item = (usize, Status)>)>;

/// Gives the thread's event loop a turn: a worker's must be answered between slices, a native thread needs none.
pub type Breathe = Rc<dyn Fn() -> LocalFuture<'static, ()>>;

/// How a run is watched and stopped.
#[derive(Default)]
pub struct Control {
    /// Stops the run.
    pub cancel: Cancel,
    /// Hears of progress.
    pub on_progress: Option<OnProgress>,
    /// Hears how calls ended, as soon as their outcomes are there.
    pub on_ended: Option<OnEnded>,
    /// Awaited between slices of host work of at most 50 ms.
    pub breathe: Option<Breathe>,
}

impl Control {
    /// Reports progress.
    pub fn report(&mut self, progress: Progress) {
        if let Some(hear) = &mut self.on_progress {
            hear(progress);
        }
    }

    /// Tells how calls ended; those that did not are left out.
    pub(crate) fn tell(&self, calls: impl Iterator<Item = (usize, Status)>) {
        if let Some(hear) = &self.on_ended {
            hear(&mut calls.filter(|(_, status)| *status != Status::Unfinished));
        }
    }

    /// From now on, row `i` of what runs is row `rows[i]` of what who hears knows. Gives who hears, to be put back.
    pub fn hear_part(&mut self, rows: &[usize]) -> Option<OnEnded> {
        let hear = self.on_ended.clone()?;
        let (rows, whole) = (rows.to_vec(), Rc::clone(&hear));
        self.on_ended = Some(Rc::new(move |calls| whole(&mut calls.map(|(row, status)| (rows[row], status)))));
        Some(hear)
    }

    /// Gives the event loop its turn, and other futures of the same task theirs.
    pub(crate) async fn turn(&self) {
        let mut yielded = false;
        poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.breathe().await;
    }

    /// Gives the event loop its turn.
    pub async fn breathe(&self) {
        if let Some(breathe) = &self.breathe {
            breathe().await;
        }
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("cancel", &self.cancel).finish_non_exhaustive()
    }
}
