//! A batch taken through the device dispatch by dispatch, so that a tool can say where the interpreter's time goes. It is slow,
//! answers no call and changes nothing of how batches run.

use lanevm_shaders::{
    facts::Family,
    layout::{COUNTERS, FRAME_FIELDS, Q_COUNT, Q_DONE, Q_LEFT, Q_ROUND, Q_SERVICES, R_STEPS_HI, R_STEPS_LO, REGISTERS},
};
use web_time::Instant;

use super::{
    GpuEngine,
    device::{Fault, Gpu},
    layout::{Plan, TIERS},
    run::Run,
    shard::{Dispatch, Load, Shard},
    side::load_lanes,
    tables::Tables,
};
use crate::{Batch, Control, EngineError, engine::Slices};

/// Most rounds that are looked at.
const MOST_ROUNDS: u64 = 100_000;

/// Words of the registers that a kernel reads and writes of a lane it serves.
const LANE_WORDS: u64 = (REGISTERS + FRAME_FIELDS) as u64;

/// Bytes that a step moves, by estimate: its decoded word, two operands and a result.
const STEP_BYTES: u64 = 4 + 3 * 32;

/// What one kernel did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KernelProfile {
    /// The kernel: its family's name, or `plan`.
    pub name: &'static str,
    /// Dispatches that served lanes.
    pub dispatches: u64,
    /// Dispatches that found no lane waiting.
    pub idle: u64,
    /// Lanes served, in all dispatches together.
    pub lanes: u64,
    /// Invocations dispatched for them, in whole workgroups.
    pub invocations: u64,
    /// Seconds of those dispatches.
    pub seconds: f64,
    /// Seconds of the idle ones.
    pub idle_seconds: f64,
    /// Bytes moved, by estimate.
    pub bytes: u64,
}

/// What came of a batch's first shard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Lanes of the shard.
    pub lanes: u64,
    /// Steps a lane may take in one dispatch of the light kernel.
    pub fuel: u32,
    /// Rounds until every lane had ended or left.
    pub rounds: u64,
    /// Lanes that ended on the device.
    pub ended: u64,
    /// Lanes that outgrew the first tier, or are not the device's.
    pub left: u64,
    /// Instructions executed.
    pub steps: u64,
    /// Whether seconds are the device's own, by timestamps; otherwise the host's, with the way to the device and back.
    pub timestamps: bool,
    /// By kernel, in the order of a round.
    pub kernels: Vec<KernelProfile>,
}

/// A pair of timestamps.
struct Clock {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    staging: wgpu::Buffer,
    nanoseconds: f64,
}

impl Clock {
    fn new(gpu: &Gpu) -> Option<Self> {
        use wgpu::BufferUsages as Usage;
        if !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("evm.profile"),
            ty: wgpu::QueryType::Timestamp,
            count: 2,
        });
        Some(Self {
            queries,
            resolved: gpu.buffer("evm.profile", 256, Usage::QUERY_RESOLVE | Usage::COPY_SRC),
            staging: gpu.buffer("evm.profile.read", 16, Usage::MAP_READ | Usage::COPY_DST),
            nanoseconds: f64::from(gpu.queue.get_timestamp_period()),
        })
    }
}

/// Submits one dispatch by itself, waits, and gives the counters and the seconds it took.
async fn alone(
    gpu: &Gpu,
    shard: &Shard,
    clock: Option<&Clock>,
    record: impl FnOnce(&mut wgpu::ComputePass<'_>),
) -> Result<(Vec<u32>, f64), Fault> {
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let timestamp_writes = clock.map(|clock| wgpu::ComputePassTimestampWrites {
            query_set: &clock.queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        });
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes });
        record(&mut pass);
    }
    encoder.copy_buffer_to_buffer(shard.queues(), 0, &shard.counters[0], 0, u64::from(COUNTERS) * 4);
    if let Some(clock) = clock {
        encoder.resolve_query_set(&clock.queries, 0..2, &clock.resolved, 0);
        encoder.copy_buffer_to_buffer(&clock.resolved, 0, &clock.staging, 0, 16);
    }
    let begun = Instant::now();
    gpu.queue.submit([encoder.finish()]);
    let take = bytemuck::pod_collect_to_vec::<u8, u32>;
    let counters = gpu.read(&shard.counters[0], u64::from(COUNTERS) * 4, take).await?;
    let mut seconds = begun.elapsed().as_secs_f64();
    if let Some(clock) = clock {
        let ticks = gpu.read(&clock.staging, 16, bytemuck::pod_collect_to_vec::<u8, u64>).await?;
        seconds = ticks[1].saturating_sub(ticks[0]) as f64 * clock.nanoseconds / 1e9;
    }
    Ok((counters, seconds))
}

impl GpuEngine {
    /// Runs the first shard of a batch on the interpreter, each dispatch by itself, with so many steps for a lane in one. The
    /// engine should have been made with [`super::GpuOptions::timestamps`], so that seconds are the device's.
    ///
    /// # Errors
    /// [`EngineError::Device`] where no call is the device's, or the device fails.
    pub async fn profile(&mut self, batch: &Batch, fuel: u32) -> Result<Profile, EngineError> {
        batch.validate()?;
        self.profile_shard(batch, fuel).await.map_err(|Fault(why)| EngineError::Device(why))
    }

    async fn profile_shard(&self, batch: &Batch, fuel: u32) -> Result<Profile, Fault> {
        let gpu = self.side.gpu.as_ref().ok_or_else(|| Fault("the device was lost".into()))?;
        let fuel = fuel.clamp(1, self.side.pace.most_fuel());
        let control = Control::default();
        let mut tables = Tables::of(batch);
        // What is not the device's is handed over, and taken by nobody.
        let run = Run::new(batch, &control, None, self.rate);
        let load = Load::new(gpu, self.options, TIERS[0], None);
        let (lanes, _) = load_lanes(&run, &mut tables, load, batch.len(), |at| at, |_| true).await;
        if lanes.is_empty() {
            return Err(Fault("no call is the device's".into()));
        }
        let mut slices = Slices::new(&control);
        let shard = Shard::new(gpu, self.options, batch, &mut tables, TIERS[0], &lanes, 11, &mut slices)
            .await
            .map_err(|_| Fault("no seed spreads the keys of the batch's worlds".into()))?;
        shard.prepare(gpu).await?;
        shard.write_plan(gpu, &Plan { fuel, ..shard.plan });
        gpu.settle().await?;
        let clock = Clock::new(gpu);
        let mut profile =
            Profile { lanes: lanes.len() as u64, fuel, timestamps: clock.is_some(), ..Profile::default() };
        let (mut counters, seconds) = alone(gpu, &shard, clock.as_ref(), |pass| shard.begin(gpu, pass)).await?;
        profile.note("begin", profile.lanes, profile.lanes, seconds);
        while profile.rounds < MOST_ROUNDS {
            for dispatch in shard.round(gpu) {
                let half = (counters[Q_ROUND as usize] & 1) as usize;
                let waiting = dispatch.queue.map(|queue| u64::from(counters[Q_COUNT as usize + queue * 2 + half]));
                let (after, seconds) =
                    alone(gpu, &shard, clock.as_ref(), |pass| shard.dispatch(pass, &dispatch)).await?;
                counters = after;
                let workgroup = u64::from(shard.workgroup());
                match waiting {
                    Some(lanes) => {
                        profile.note(name(&dispatch), lanes, lanes.div_ceil(workgroup) * workgroup, seconds);
                    }
                    None => profile.note("plan", 1, 1, seconds),
                }
            }
            profile.rounds += 1;
            let waiting = counters[Q_SERVICES as usize];
            if waiting > 0 {
                shard.serve(gpu, &control, waiting).await?;
                shard.write_plan(gpu, &Plan { fuel, ..shard.plan });
            }
            let (ended, left) = (counters[Q_DONE as usize], counters[Q_LEFT as usize]);
            (profile.ended, profile.left) = (ended.into(), left.into());
            if profile.ended + profile.left >= profile.lanes {
                break;
            }
        }
        let registers = shard.read_lanes(gpu, u64::from(REGISTERS)).await?;
        let word = |lane: usize, register: u32| u64::from(registers[register as usize * shard.lanes + lane]);
        profile.steps = (0..shard.lanes).map(|lane| word(lane, R_STEPS_LO) | word(lane, R_STEPS_HI) << 32).sum();
        let served: u64 = profile.kernels.iter().map(|kernel| kernel.lanes).sum();
        for kernel in &mut profile.kernels {
            // Each other kernel takes one step of a lane, or less.
            let light = kernel.name == Family::Light.name();
            let steps = if light { profile.steps.saturating_sub(served - kernel.lanes) } else { kernel.lanes };
            kernel.bytes = kernel.lanes * LANE_WORDS * 8 + steps * STEP_BYTES;
        }
        Ok(profile)
    }
}

/// The name under which a dispatch is counted.
fn name(dispatch: &Dispatch<'_>) -> &'static str {
    let family = Family::ALL.into_iter().find(|family| dispatch.queue == Some(*family as usize));
    family.map_or("plan", Family::name)
}

impl Profile {
    fn note(&mut self, name: &'static str, lanes: u64, invocations: u64, seconds: f64) {
        let at = self.kernels.iter().position(|kernel| kernel.name == name).unwrap_or_else(|| {
            self.kernels.push(KernelProfile { name, ..KernelProfile::default() });
            self.kernels.len() - 1
        });
        let kernel = &mut self.kernels[at];
        if lanes == 0 {
            kernel.idle += 1;
            kernel.idle_seconds += seconds;
            return;
        }
        kernel.dispatches += 1;
        kernel.lanes += lanes;
        kernel.invocations += invocations;
        kernel.seconds += seconds;
    }
}
