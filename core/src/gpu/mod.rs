//! The GPU engine: wavefront kernels on WebGPU. What the device does not run, the fallback engine answers, counted and
//! named. `ARCHITECTURE.md` walks through it.

mod classify;
#[allow(dead_code, reason = "the device runs frames alone until whole calls are put on it")]
mod closing;
mod decode;
mod device;
pub mod layout;
pub mod lockstep;
#[allow(dead_code, reason = "the device runs frames alone until whole calls are put on it")]
mod opening;
mod pace;
pub mod probe;
mod results;
mod shard;
mod tables;
mod worlds;

use self::{
    classify::{DeviceCall, classify},
    device::{Fault, Gpu},
    layout::{TIERS, Tier},
    pace::Pace,
    results::Harvest,
    shard::{Ended, Shard},
    tables::Tables,
};
use crate::{Batch, Control, Engine, EngineError, EngineInfo, Outcomes, Progress, Reason, engine::LocalFuture};

pub use self::shard::lane_bytes;

/// How a GPU engine is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuOptions {
    /// Ask the adapter for WebGPU's default limits and nothing more, as tests do.
    pub default_limits: bool,
    /// Leave the last few lanes of a shard on the device, however long they go on, as tests do.
    pub keep_stragglers: bool,
}

/// The GPU engine.
pub struct GpuEngine {
    gpu: Option<Gpu>,
    options: GpuOptions,
    info: EngineInfo,
    fallback: Box<dyn Engine>,
    pace: Pace,
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

    fn hand(&mut self, calls: &[(usize, DeviceCall)], reason: Reason) {
        self.handed.extend(calls.iter().map(|(index, _)| (*index, reason)));
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
        let info = gpu.info.clone();
        Ok(Self { pace: Pace::new(info.software), gpu: Some(gpu), options, info, fallback, nonce: 0 })
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

    /// Runs calls in one tier and returns those that outgrew it. On a fault the calls not finished go to the fallback.
    async fn run_tier(
        &mut self,
        batch: &Batch,
        tables: &mut Tables,
        tier: Tier,
        calls: &[(usize, DeviceCall)],
        run: &mut Run,
        control: &mut Control,
    ) -> Vec<(usize, DeviceCall, Reason)> {
        let mut outgrown = Vec::new();
        let mut rest = calls;
        while !rest.is_empty() && !control.cancel.is_cancelled() {
            let Some(gpu) = self.gpu.as_ref() else {
                run.hand(rest, Reason::Device);
                return outgrown;
            };
            let lens = rest.iter().map(|(index, _)| batch.calls.data.get(*index).len());
            let fits = shard::fitting(gpu, tables, &tier, lens);
            if fits == 0 {
                run.hand(&rest[..1], Reason::Input);
                rest = &rest[1..];
                continue;
            }
            let (now, later) = rest.split_at(fits);
            rest = later;
            self.nonce = self.nonce.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
            match run_shard(gpu, self.options, &mut self.pace, batch, tables, tier, now, self.nonce, run, control).await
            {
                Ok((ended, harvest)) => {
                    if ended == Ended::Stragglers {
                        run.handed.extend(harvest.unfinished.iter().map(|lane| (now[*lane].0, Reason::Straggler)));
                    }
                    run.done += (now.len() - harvest.left.len() - harvest.unfinished.len()) as u64;
                    for (lane, reason) in harvest.left {
                        let (index, call) = now[lane];
                        if matches!(reason, Reason::Stack | Reason::Memory | Reason::Slots | Reason::Logs) {
                            outgrown.push((index, call, reason));
                        } else {
                            run.handed.push((index, reason));
                        }
                    }
                }
                Err(Fault(why)) => {
                    tracing::warn!(why, "the device failed; the CPU answers what it has not finished");
                    self.gpu = None;
                    run.hand(now, Reason::Device);
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
        let mut calls = Vec::new();
        let mut tables = Tables::new();
        let device = self.device().await;
        let most_bytes = self.gpu.as_ref().map_or(0, Gpu::binding_bytes) / 2;
        for index in 0..batch.len() {
            if index % 8192 == 8191 {
                control.breathe().await;
            }
            let row = batch.call(index);
            match classify(batch, &row) {
                Ok(_) if device.is_err() => run.handed.push((index, Reason::Device)),
                Ok(call) => {
                    tables.program(batch, call.program);
                    tables.fork(row.fork);
                    tables.block(batch, *batch.calls.block.get(index), row.fork);
                    tables.builder.account(batch, row.world, call.to);
                    if tables.largest() > most_bytes {
                        run.handed.push((index, Reason::Input));
                    } else {
                        calls.push((index, call));
                    }
                }
                Err(reason) => run.handed.push((index, reason)),
            }
        }
        if tables.largest() > most_bytes {
            // The tables outgrew the device at some call, and what came before it stands in the same buffers.
            run.hand(&calls, Reason::Input);
            calls.clear();
        }
        tables.finish(self.nonce ^ 0x5bd1_e995);

        for (level, tier) in TIERS.into_iter().enumerate() {
            if calls.is_empty() || control.cancel.is_cancelled() {
                break;
            }
            let outgrown = self.run_tier(batch, &mut tables, tier, &calls, &mut run, control).await;
            for (_, _, reason) in &outgrown {
                *run.outcomes.escalated.entry(*reason).or_default() += 1;
            }
            calls = outgrown.iter().map(|(index, call, _)| (*index, *call)).collect();
            if level + 1 == TIERS.len() {
                run.handed.extend(outgrown.into_iter().map(|(index, _, reason)| (index, reason)));
                calls.clear();
            }
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

#[expect(clippy::too_many_arguments, reason = "the parts of an engine are borrowed one by one")]
async fn run_shard(
    gpu: &Gpu,
    options: GpuOptions,
    pace: &mut Pace,
    batch: &Batch,
    tables: &mut Tables,
    tier: Tier,
    calls: &[(usize, DeviceCall)],
    nonce: u32,
    run: &mut Run,
    control: &mut Control,
) -> Result<(Ended, Harvest), Fault> {
    let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let shard = Shard::new(gpu, batch, tables, tier, calls, nonce);
    if let Some(error) = scope.pop().await {
        return Err(Fault(error.to_string()));
    }
    let ended = shard
        .run(gpu, options, pace, control, |control, ended| {
            run.submits += 1;
            control.report(run.progress(ended));
        })
        .await?;
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
