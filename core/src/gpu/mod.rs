//! The GPU engine: wavefront kernels on WebGPU. What the device does not run, the fallback engine answers, counted and
//! named. `ARCHITECTURE.md` walks through it.

mod closing;
mod codes;
mod decode;
mod device;
mod inputs;
pub mod layout;
pub mod lockstep;
mod opening;
mod pace;
pub mod probe;
pub mod readiness;
mod results;
mod services;
mod shard;
mod tables;
mod worlds;

use std::{collections::BTreeMap, rc::Rc};

use self::{
    device::{BASE, Fault, Gpu},
    inputs::LaneCall,
    layout::{TIERS, Tier},
    opening::{Opened, open},
    pace::Pace,
    readiness::{KernelTime, make_ready},
    results::Harvest,
    shard::{Ended, Load, Shard},
    tables::Tables,
};
use crate::{
    Batch, Control, Engine, EngineError, EngineInfo, Outcomes, Progress, Reason, engine::LocalFuture, observation::Path,
};

pub use self::shard::lane_bytes;

/// How a GPU engine is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuOptions {
    /// Ask the adapter for WebGPU's default limits and nothing more, as tests do.
    pub default_limits: bool,
    /// Leave the last few lanes of a shard on the device, however long they go on, as tests do.
    pub keep_stragglers: bool,
    /// Most lanes of a shard; `None` leaves it to the engine. Tests show that no result depends on it.
    pub shard_lanes: Option<u32>,
    /// Invocations of a workgroup, at most 256; `None` is [`lanevm_shaders::layout::WORKGROUP`]. As above.
    pub workgroup: Option<u32>,
    /// Fill every buffer with words that mean nothing before each shard. As above.
    pub fill_garbage: bool,
}

/// The GPU engine.
pub struct GpuEngine {
    gpu: Option<Gpu>,
    options: GpuOptions,
    info: EngineInfo,
    fallback: Box<dyn Engine>,
    pace: Pace,
    ready: Vec<KernelTime>,
    nonce: u32,
}

impl std::fmt::Debug for GpuEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuEngine").field("info", &self.info).field("pace", &self.pace).finish_non_exhaustive()
    }
}

/// The state of one run: what is done, and what is left for the fallback.
struct Run {
    outcomes: Outcomes,
    /// Calls for the fallback, with the reason.
    handed: Vec<(usize, Reason)>,
    done: u64,
    submits: u64,
    lanes: u64,
}

impl Run {
    fn progress(&self, more: u64) -> Progress {
        Progress { lanes: self.lanes, done: self.done + more, steps: 0, submits: self.submits }
    }

    fn hand(&mut self, calls: &[usize], reason: Reason) {
        self.handed.extend(calls.iter().map(|index| (*index, reason)));
    }
}

impl GpuEngine {
    /// The device, for the kernels that tests run by themselves.
    fn gpu(&self) -> Result<&Gpu, EngineError> {
        self.gpu.as_ref().ok_or_else(|| EngineError::Device("the device was lost".into()))
    }

    /// Asks for an adapter and builds the kernels. `fallback` answers what the device does not.
    ///
    /// # Errors
    /// [`EngineError::NoAdapter`] where WebGPU has none; [`EngineError::Device`] where it refuses a device or a kernel.
    pub async fn new(options: GpuOptions, fallback: Box<dyn Engine>) -> Result<Self, EngineError> {
        let gpu = Gpu::new(options).await?;
        let ready = make_ready(&gpu, options, &BASE).await.map_err(|Fault(why)| EngineError::Device(why))?;
        let mut info = gpu.info.clone();
        let each: Vec<String> = ready.iter().map(|(name, ms)| format!("{name} {ms:.0}")).collect();
        let total: f64 = ready.iter().map(|(_, ms)| ms).sum();
        info.details.push(("kernels ready".into(), format!("after {total:.0} ms: {}", each.join(", "))));
        Ok(Self { pace: Pace::new(info.software), gpu: Some(gpu), options, info, fallback, ready, nonce: 0 })
    }

    /// The device, asked for again where the last one was lost.
    async fn device(&mut self) -> Result<(), Fault> {
        if self.gpu.as_ref().is_some_and(|gpu| gpu.lost().is_none()) {
            return Ok(());
        }
        self.gpu = None;
        let gpu = Gpu::new(self.options).await.map_err(|error| Fault(error.to_string()))?;
        self.pace = Pace::new(gpu.info.software);
        self.info = gpu.info.clone();
        self.gpu = Some(gpu);
        Ok(())
    }

    /// Opens as many of the calls, in order, as fit one shard. Calls that end before their first frame, or are not the
    /// device's, are settled here. Gives the lanes and how many calls were looked at.
    fn load(
        &self,
        gpu: &Gpu,
        batch: &Batch,
        tables: &mut Tables,
        tier: Tier,
        calls: &[usize],
        run: &mut Run,
    ) -> (Vec<LaneCall>, usize) {
        tables.begin_shard();
        let mut load = Load::new(gpu, self.options, tier);
        let mut looked = 0;
        while looked < calls.len() && !load.is_full() {
            let index = calls[looked];
            let alike = load.lanes.last().filter(|last| batch.opens_alike(last.index, index));
            let opened = match alike {
                Some(last) => Ok(Rc::clone(&last.opening)),
                None => match open(batch, index) {
                    Opened::Lane(opening) => Ok(opening.into()),
                    other => Err(other),
                },
            };
            match opened {
                Ok(opening) => {
                    if let Err(lane) = load.add(batch, tables, LaneCall { index, opening }) {
                        if !load.lanes.is_empty() {
                            break;
                        }
                        // The tables may be full of what earlier shards needed.
                        *tables = Tables::of(batch);
                        if load.add(batch, tables, lane).is_err() {
                            run.hand(&[index], Reason::Input);
                        }
                    }
                }
                Err(Opened::Ended(outcome)) => {
                    run.outcomes.set(index, &outcome);
                    if batch.observe.path {
                        run.outcomes.set_path(index, Path::default().0);
                    }
                    run.done += 1;
                }
                Err(Opened::Left(reason)) => run.hand(&[index], reason),
                Err(Opened::Lane(_)) => {}
            }
            looked += 1;
        }
        (load.lanes, looked)
    }

    /// Runs calls in one tier and returns those that outgrew it. On a fault the calls not finished go to the fallback.
    async fn run_tier(
        &mut self,
        batch: &Batch,
        tables: &mut Tables,
        tier: Tier,
        calls: &[usize],
        run: &mut Run,
        control: &mut Control,
    ) -> Vec<(usize, Reason)> {
        let mut outgrown = Vec::new();
        let mut rest = calls;
        while !rest.is_empty() && !control.cancel.is_cancelled() {
            let Some(gpu) = self.gpu.as_ref() else {
                run.hand(rest, Reason::Device);
                return outgrown;
            };
            let (now, looked) = self.load(gpu, batch, tables, tier, rest, run);
            rest = &rest[looked..];
            control.breathe().await;
            if now.is_empty() {
                continue;
            }
            self.nonce = self.nonce.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
            let shard =
                run_shard(gpu, self.options, &mut self.pace, batch, tables, tier, &now, self.nonce, run, control);
            match shard.await {
                Ok((ended, harvest)) => {
                    run.outcomes.coverage.merge(&harvest.coverage);
                    if ended == Ended::Stragglers {
                        let left = harvest.unfinished.iter().map(|lane| (now[*lane].index, Reason::Straggler));
                        run.handed.extend(left);
                    }
                    run.done += (now.len() - harvest.left.len() - harvest.unfinished.len()) as u64;
                    for (lane, reason) in harvest.left {
                        if outgrows(reason) {
                            outgrown.push((now[lane].index, reason));
                        } else {
                            run.handed.push((now[lane].index, reason));
                        }
                    }
                }
                Err(Fault(why)) => {
                    tracing::warn!(why, "the device failed; the CPU answers what it has not finished");
                    self.gpu = None;
                    run.handed.extend(now.iter().map(|lane| (lane.index, Reason::Device)));
                    run.hand(rest, Reason::Device);
                    return outgrown;
                }
            }
        }
        outgrown
    }

    async fn run_batch(&mut self, batch: &Batch, control: &mut Control) -> Result<Outcomes, EngineError> {
        batch.validate()?;
        let mut run = Run {
            outcomes: Outcomes::unfinished(batch.len()),
            handed: Vec::new(),
            done: 0,
            submits: 0,
            lanes: batch.len() as u64,
        };
        let mut calls: Vec<usize> = (0..batch.len()).collect();
        let mut tables = Tables::of(batch);
        if let Err(Fault(why)) = self.device().await {
            tracing::warn!(why, "there is no device; the CPU answers");
        }
        for (level, tier) in TIERS.into_iter().enumerate() {
            if calls.is_empty() || control.cancel.is_cancelled() {
                break;
            }
            let outgrown = self.run_tier(batch, &mut tables, tier, &calls, &mut run, control).await;
            if level + 1 == TIERS.len() {
                run.handed.extend(outgrown);
                break;
            }
            for (_, reason) in &outgrown {
                *run.outcomes.escalated.entry(*reason).or_default() += 1;
            }
            calls = outgrown.into_iter().map(|(index, _)| index).collect();
            calls.sort_unstable();
        }
        self.hand_over(batch, run, control).await
    }

    /// The fallback answers what is left.
    async fn hand_over(&mut self, batch: &Batch, mut run: Run, control: &mut Control) -> Result<Outcomes, EngineError> {
        run.handed.sort_unstable();
        if run.handed.is_empty() || control.cancel.is_cancelled() {
            return Ok(run.outcomes);
        }
        let rows: Vec<usize> = run.handed.iter().map(|(index, _)| *index).collect();
        let done = run.done;
        let lanes = run.lanes;
        let submits = run.submits;
        let mut hear = control.on_progress.take();
        let (sender, mut receiver) = futures_channel::mpsc::unbounded();
        let mut inner = Control {
            cancel: control.cancel.clone(),
            on_progress: hear.is_some().then(|| {
                let forward: crate::engine::OnProgress = Box::new(move |progress: Progress| {
                    // The receiver lives as long as the run below.
                    drop(sender.unbounded_send(progress));
                });
                forward
            }),
            breathe: control.breathe.take(),
        };
        let part = batch.subset(&rows);
        let result = {
            let mut answer = self.fallback.run(&part, &mut inner);
            std::future::poll_fn(|context| {
                let polled = answer.as_mut().poll(context);
                while let Ok(progress) = receiver.try_recv() {
                    if let Some(hear) = &mut hear {
                        hear(Progress { lanes, done: done + progress.done, steps: progress.steps, submits });
                    }
                }
                polled
            })
            .await
        };
        control.breathe = inner.breathe.take();
        control.on_progress = hear;
        run.outcomes.merge(&rows, &result?);
        for (index, reason) in &run.handed {
            run.outcomes.set_reason(*index, *reason);
        }
        Ok(run.outcomes)
    }
}

/// Whether a lane that left for this reason is run again in the next tier.
const fn outgrows(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Stack
            | Reason::Memory
            | Reason::Slots
            | Reason::Logs
            | Reason::Frames
            | Reason::Accounts
            | Reason::Journal
            | Reason::Code
    )
}

#[expect(clippy::too_many_arguments, reason = "the parts of an engine are borrowed one by one")]
async fn run_shard(
    gpu: &Gpu,
    options: GpuOptions,
    pace: &mut Pace,
    batch: &Batch,
    tables: &mut Tables,
    tier: Tier,
    calls: &[LaneCall],
    nonce: u32,
    run: &mut Run,
    control: &mut Control,
) -> Result<(Ended, Harvest), Fault> {
    let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let shard = Shard::new(gpu, options, batch, tables, tier, calls, nonce);
    gpu.prepare(shard.families()).await?;
    if batch.observe.any() {
        gpu.prepare_observed().await?;
    }
    if let Some(error) = scope.pop().await {
        return Err(Fault(error.to_string()));
    }
    let mut served = BTreeMap::new();
    let ended = shard
        .run(gpu, options, pace, control, &mut served, |control, ended| {
            run.submits += 1;
            control.report(run.progress(ended));
        })
        .await?;
    for (number, count) in served {
        *run.outcomes.host_services.entry(number).or_default() += count;
    }
    let harvest = results::harvest(gpu, &shard, batch, calls, &mut run.outcomes, control).await?;
    if ended == Ended::All && !harvest.unfinished.is_empty() {
        return Err(Fault("lanes that were counted as ended have not ended".into()));
    }
    Ok((ended, harvest))
}

impl Engine for GpuEngine {
    fn info(&self) -> EngineInfo {
        self.info.clone()
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(self.run_batch(batch, control))
    }
}
