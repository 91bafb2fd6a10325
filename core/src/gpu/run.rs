//! One run of a batch: what has ended, what is handed to the fallback engine, and how far it all is. The device's half and
//! the fallback's half share it; it knows neither.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

use crate::{
    Batch, Control, Engine, EngineError, Outcome, Outcomes, Progress, Reason,
    engine::{OnProgress, Slices},
};

use super::stragglers::Rate;

/// Seconds a run spent on each part of its way, and what they were spent on. Those of the device and of the host follow one
/// another; the fallback's fall beside both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Opening calls and entering what they use into tables.
    pub opening: f64,
    /// Filling the device's buffers, and building kernels where some were missing.
    pub filling: f64,
    /// From a shard's first submit to its last: the device at work, its inputs and outputs resident.
    pub device: f64,
    /// Reading results back and decoding them.
    pub harvest: f64,
    /// The fallback engine at work.
    pub fallback: f64,
    /// Rounds of the interpreter that were recorded, those in which no lane was left to go on among them.
    pub rounds: u64,
    /// Submits that they were in.
    pub submits: u64,
    /// Steps that a lane may take in a dispatch, as the run left it.
    pub fuel: u32,
}

/// The state of one run.
pub(crate) struct Run<'a> {
    pub(crate) batch: &'a Batch,
    pub(crate) control: &'a Control,
    pub(crate) timing: Cell<Timing>,
    pub(crate) rate: Cell<Rate>,
    outcomes: RefCell<Outcomes>,
    hear: RefCell<Option<OnProgress>>,
    /// Calls for the fallback, with the reason, that it has not taken yet.
    handed: RefCell<Vec<(usize, Reason)>>,
    /// Whether no more calls will be handed over.
    closed: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
    done: Cell<u64>,
    submits: Cell<u64>,
    /// Calls that the fallback has ended of what it is at.
    beside: Cell<u64>,
    /// How far the run was said to be.
    told: Cell<u64>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(batch: &'a Batch, control: &'a Control, hear: Option<OnProgress>, rate: Rate) -> Self {
        Self {
            batch,
            control,
            timing: Cell::default(),
            rate: Cell::new(rate),
            outcomes: RefCell::new(batch.outcomes()),
            hear: RefCell::new(hear),
            handed: RefCell::default(),
            closed: Cell::new(false),
            waiting: RefCell::default(),
            done: Cell::new(0),
            submits: Cell::new(0),
            beside: Cell::new(0),
            told: Cell::new(0),
        }
    }

    /// The outcomes, and who hears of progress.
    pub(crate) fn finish(self) -> (Outcomes, Option<OnProgress>) {
        (self.outcomes.into_inner(), self.hear.into_inner())
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.control.cancel.is_cancelled()
    }

    pub(crate) fn slices(&self) -> Slices<'a> {
        Slices::new(self.control)
    }

    /// Adds to the timing.
    pub(crate) fn time(&self, add: impl FnOnce(&mut Timing)) {
        let mut timing = self.timing.get();
        add(&mut timing);
        self.timing.set(timing);
    }

    /// Changes the outcomes. Nothing is awaited meanwhile.
    pub(crate) fn outcomes<T>(&self, change: impl FnOnce(&mut Outcomes) -> T) -> T {
        change(&mut self.outcomes.borrow_mut())
    }

    /// Settles a call.
    pub(crate) fn settle(&self, index: usize, outcome: &Outcome) {
        self.outcomes.borrow_mut().set(index, outcome);
        self.ended(1);
        self.tell(index, outcome);
    }

    /// Tells how a call ended whose outcome is set.
    pub(crate) fn tell(&self, index: usize, outcome: &Outcome) {
        self.control.tell(outcome.status.map(|status| (index, status)).into_iter());
    }

    /// So many calls have been settled.
    pub(crate) fn ended(&self, calls: u64) {
        self.done.set(self.done.get() + calls);
    }

    /// Hands calls to the fallback.
    pub(crate) fn hand(&self, calls: impl IntoIterator<Item = (usize, Reason)>) {
        self.handed.borrow_mut().extend(calls);
        self.wake();
    }

    /// The calls handed over, where no fallback takes them.
    pub(crate) fn handed(&self) -> Vec<usize> {
        self.handed.take().into_iter().map(|(index, _)| index).collect()
    }

    /// No more calls will be handed over.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.borrow_mut().take() {
            waker.wake();
        }
    }

    /// One more submit.
    pub(crate) fn submitted(&self) {
        self.submits.set(self.submits.get() + 1);
    }

    /// Reports how far the run is; so many calls of a shard under way have ended besides.
    pub(crate) fn report(&self, more: u64) {
        // Lanes that begin anew have been told of: how far the run is never falls.
        let done = self.told.get().max(self.done.get() + self.beside.get() + more);
        self.told.set(done);
        let lanes = self.batch.len() as u64;
        if let Some(hear) = &mut *self.hear.borrow_mut() {
            hear(Progress { lanes, done: done.min(lanes), steps: 0, submits: self.submits.get() });
        }
    }

    /// The calls handed over since the last time, once there are some; `None` when there will be no more.
    async fn take(&self) -> Option<Vec<(usize, Reason)>> {
        poll_fn(|context| {
            let mut handed = std::mem::take(&mut *self.handed.borrow_mut());
            if !handed.is_empty() {
                handed.sort_unstable();
                return Poll::Ready(Some(handed));
            }
            if self.closed.get() {
                return Poll::Ready(None);
            }
            *self.waiting.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// The fallback's half of the run: it answers what is handed over while the device goes on with the rest.
    pub(crate) async fn fall_back(&self, engine: &mut dyn Engine) -> Result<(), EngineError> {
        while let Some(handed) = self.take().await {
            if self.is_cancelled() {
                continue;
            }
            let (rows, reasons): (Vec<usize>, Vec<Reason>) = handed.into_iter().unzip();
            let part = self.batch.part(&rows);
            let begun = web_time::Instant::now();
            let done = Box::new(|ended| {
                self.beside.set(ended);
                self.report(0);
            });
            let answers =
                engine.run_beside(part, self.control.cancel.clone(), self.control.breathe.clone(), done).await?;
            let seconds = begun.elapsed().as_secs_f64();
            self.time(|timing| timing.fallback += seconds);
            let steps = (0..answers.len()).map(|row| answers.steps(row)).fold(0, u64::saturating_add);
            let mut rate = self.rate.get();
            rate.learn(steps, seconds);
            self.rate.set(rate);
            self.beside.set(0);
            self.ended(rows.len() as u64);
            self.outcomes.borrow_mut().merge(&rows, &answers, Some(&reasons));
            self.control.tell(rows.iter().copied().zip(answers.statuses().iter().copied()));
        }
        Ok(())
    }
}
