//! The engines of this page and how a document runs on them: on one, on the CPU until the GPU is ready, or on both and
//! compared. It says nothing to the page.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    rc::Rc,
};

use futures::future::{Either, select};
use futures_channel::oneshot;
use lanevm_core::{
    Batch, Cancel, Control, Engine, EngineError, EngineInfo, Outcomes, Prepared, Progress, Status,
    compiled::CompiledEngine, engine::LocalFuture, keeper::Keeper, pool::PoolEngine,
};
use web_time::{Duration, Instant};

use super::{comparing, gate::Gate};
use crate::{
    browser::turn::after,
    protocol::{Comparison, EngineChoice},
};

/// What the CPU must be predicted to take longer for, in milliseconds, so that its lanes are handed to a GPU that has
/// become ready: beginning there costs something too.
const WORTH: f64 = 400.0;

/// How long until the CPU's progress is looked at again, in milliseconds.
const LOOK: i32 = 200;

/// A GPU engine that is being made.
pub(super) type Coming = oneshot::Receiver<Option<Box<CompiledEngine>>>;

/// The engines.
pub(super) struct Machines {
    cpu: PoolEngine,
    gpu: Option<Box<CompiledEngine>>,
    coming: Option<Coming>,
}

/// The time that a run is not paused.
pub(super) struct Clock {
    gate: Gate,
    begun: Instant,
    rested: Duration,
}

impl Clock {
    pub(super) fn start(gate: &Gate) -> Self {
        Self { gate: gate.clone(), begun: Instant::now(), rested: gate.rested() }
    }

    pub(super) fn milliseconds(&self) -> f64 {
        self.begun.elapsed().saturating_sub(self.gate.rested().saturating_sub(self.rested)).as_secs_f64() * 1e3
    }
}

/// Where a run is: what the page is told when it begins and when it moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The one engine it runs on.
    Only,
    /// The CPU, until the GPU is ready.
    UntilGpu,
    /// The GPU, with what the CPU had not ended.
    Rest,
    /// The first of two that are compared.
    First,
    /// The second.
    Second,
    /// Between them, while the GPU is not ready.
    Between,
}

/// What came of a run.
pub(super) struct Ran {
    pub(super) outcomes: Vec<Outcomes>,
    /// The engine that answered, the GPU where both did.
    pub(super) info: EngineInfo,
    pub(super) milliseconds: f64,
    /// Lanes that the CPU ended before the GPU was ready, and lanes handed over then.
    pub(super) handed: Option<[u64; 2]>,
    pub(super) comparison: Option<Comparison>,
}

impl Machines {
    /// The CPU's workers, and the GPU as soon as it is made.
    pub(super) const fn new(cpu: PoolEngine, coming: Coming) -> Self {
        Self { cpu, gpu: None, coming: Some(coming) }
    }

    /// The CPU's workers, for lanes that are run again.
    pub(super) const fn cpu(&mut self) -> &mut PoolEngine {
        &mut self.cpu
    }

    /// Takes the GPU if it has become ready.
    fn look(&mut self) {
        if let Some(coming) = &mut self.coming {
            match coming.try_recv() {
                Ok(None) => return,
                Ok(Some(gpu)) => self.gpu = gpu,
                Err(_) => {}
            }
            self.coming = None;
        }
    }

    /// Waits until the GPU is ready or known to be missing; whether there is one.
    pub(super) async fn settled(&mut self, cancel: &Cancel) -> bool {
        if let Some(coming) = &mut self.coming {
            match select(coming, pin!(cancel.cancelled())).await {
                Either::Left((gpu, _)) => {
                    self.gpu = gpu.ok().flatten();
                    self.coming = None;
                }
                Either::Right(_) => return false,
            }
        }
        self.gpu.is_some()
    }

    /// Runs a document. `stage` hears on what. Where both were wanted and there is no GPU, there is no comparison.
    ///
    /// # Errors
    /// The engine's.
    pub(super) async fn run(
        &mut self,
        choice: EngineChoice,
        prepared: &Prepared,
        control: &mut Control,
        gate: &Gate,
        stage: &dyn Fn(Stage, EngineInfo),
    ) -> Result<Ran, EngineError> {
        self.look();
        let clock = Clock::start(gate);
        if choice == EngineChoice::Auto {
            let mut auto = Auto { machines: self, gate: gate.clone(), stage, handed: None };
            let first = if auto.machines.coming.is_some() { Stage::UntilGpu } else { Stage::Only };
            stage(first, auto.info());
            let outcomes = prepared.clone().run(&mut auto, control).await?;
            let (info, handed) = (auto.info(), auto.handed);
            let on_cpu = handed.is_none() && outcomes.iter().all(|outcomes| outcomes.summary().on_gpu == 0);
            let early = on_cpu && first == Stage::UntilGpu;
            let info = if early { self.cpu.info() } else { info };
            let handed = match outcomes.last() {
                Some(last) if early && (self.gpu.is_some() || self.coming.is_some()) => Some([ended(last), 0]),
                _ => handed,
            };
            return Ok(Ran { outcomes, info, milliseconds: clock.milliseconds(), handed, comparison: None });
        }
        let alone = |info: EngineInfo, outcomes: Vec<Outcomes>, milliseconds: f64| {
            Ok(Ran { outcomes, info, milliseconds, handed: None, comparison: None })
        };
        if let (EngineChoice::Gpu, Some(gpu)) = (choice, &mut self.gpu) {
            stage(Stage::Only, gpu.info());
            let outcomes = prepared.clone().run(&mut **gpu, control).await?;
            return alone(gpu.info(), outcomes, clock.milliseconds());
        }
        let both = choice == EngineChoice::Both;
        stage(if both { Stage::First } else { Stage::Only }, self.cpu.info());
        let cpu = prepared.clone().run(&mut self.cpu, control).await?;
        let cpu_milliseconds = clock.milliseconds();
        if both && self.coming.is_some() {
            stage(Stage::Between, self.cpu.info());
        }
        let ready = both && self.settled(&control.cancel).await && !control.cancel.is_cancelled();
        let Some(gpu) = self.gpu.as_mut().filter(|_| ready) else {
            return alone(self.cpu.info(), cpu, cpu_milliseconds);
        };
        stage(Stage::Second, gpu.info());
        let clock = Clock::start(gate);
        let outcomes = prepared.clone().run(&mut **gpu, control).await?;
        let milliseconds = clock.milliseconds();
        let found = comparing::compare(&outcomes, &cpu).await;
        let comparison = Some(Comparison { cpu_milliseconds, gpu_milliseconds: milliseconds, ..found });
        Ok(Ran { outcomes, info: gpu.info(), milliseconds, handed: None, comparison })
    }
}

/// The CPU until the GPU is ready, then the GPU.
struct Auto<'m> {
    machines: &'m mut Machines,
    gate: Gate,
    stage: &'m dyn Fn(Stage, EngineInfo),
    /// See [`Ran::handed`].
    handed: Option<[u64; 2]>,
}

fn ended(outcomes: &Outcomes) -> u64 {
    outcomes.statuses().iter().filter(|status| **status != Status::Unfinished).count() as u64
}

impl Auto<'_> {
    /// Runs a batch on the CPU until it has ended, is cancelled, or the GPU is ready and worth it.
    async fn begin(&mut self, batch: &Batch, control: &mut Control) -> Result<Outcomes, EngineError> {
        let Machines { cpu, gpu, coming } = &mut *self.machines;
        let (clock, outer, enough) = (Clock::start(&self.gate), control.cancel.clone(), Cancel::default());
        let latest = Rc::new(Cell::new(Progress { lanes: batch.len() as u64, ..Progress::default() }));
        let heard = Rc::new(RefCell::new(control.on_progress.take()));
        let (noted, hears) = (Rc::clone(&latest), Rc::clone(&heard));
        let mut slice = Control {
            cancel: enough.clone(),
            on_progress: Some(Box::new(move |now| {
                noted.set(now);
                if let Some(hear) = hears.borrow_mut().as_mut() {
                    hear(now);
                }
            })),
            on_ended: control.on_ended.clone(),
            breathe: control.breathe.clone(),
        };
        let watch = async {
            if let Some(made) = coming {
                match select(made, pin!(outer.cancelled())).await {
                    Either::Left((made, _)) => *gpu = made.ok().flatten(),
                    Either::Right(_) => return,
                }
                *coming = None;
            }
            if gpu.is_none() {
                return outer.cancelled().await;
            }
            while !outer.is_cancelled() {
                let Progress { lanes, done, .. } = latest.get();
                let left = clock.milliseconds() / done as f64 * lanes.saturating_sub(done) as f64;
                if done == 0 || left > WORTH {
                    return;
                }
                select(pin!(after(LOOK)), pin!(outer.cancelled())).await;
            }
        };
        let outcomes = match select(cpu.run(batch, &mut slice), pin!(watch)).await {
            Either::Left((outcomes, _)) => outcomes,
            Either::Right(((), run)) => {
                enough.cancel();
                run.await
            }
        };
        control.on_progress = heard.borrow_mut().take();
        outcomes
    }

    async fn run_batch(&mut self, batch: &Batch, control: &mut Control) -> Result<Outcomes, EngineError> {
        self.machines.look();
        if self.machines.coming.is_none() {
            return match &mut self.machines.gpu {
                Some(gpu) => gpu.run(batch, control).await,
                None => self.machines.cpu.run(batch, control).await,
            };
        }
        let mut outcomes = self.begin(batch, control).await?;
        let done = ended(&outcomes);
        let left = batch.len() as u64 - done;
        let Some(gpu) = self.machines.gpu.as_mut().filter(|_| left > 0 && !control.cancel.is_cancelled()) else {
            return Ok(outcomes);
        };
        (self.stage)(Stage::Rest, gpu.info());
        let [before, handed] = self.handed.unwrap_or_default();
        self.handed = Some([before + done, handed + left]);
        if done == 0 {
            return gpu.run(batch, control).await;
        }
        let rows: Vec<usize> = (0..batch.len()).filter(|&row| outcomes.status(row) == Status::Unfinished).collect();
        let (heard, lanes) = (Rc::new(RefCell::new(control.on_progress.take())), batch.len() as u64);
        let hears = Rc::clone(&heard);
        control.on_progress = Some(Box::new(move |now| {
            if let Some(hear) = hears.borrow_mut().as_mut() {
                hear(Progress { lanes, done: now.done + done, ..now });
            }
        }));
        let on_ended = control.hear_part(&rows);
        let rest = gpu.run(&batch.part(&rows), control).await;
        control.on_ended = on_ended;
        control.on_progress = heard.borrow_mut().take();
        outcomes.merge(&rows, &rest?, None);
        Ok(outcomes)
    }
}

impl Engine for Auto<'_> {
    fn info(&self) -> EngineInfo {
        self.machines.gpu.as_ref().map_or_else(|| self.machines.cpu.info(), |gpu| gpu.info())
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(self.run_batch(batch, control))
    }

    fn keeper(&mut self) -> Option<&mut dyn Keeper> {
        self.machines.look();
        self.machines.gpu.as_mut().and_then(|gpu| gpu.keeper())
    }
}
