//! The GPU engine: wavefront kernels on WebGPU. What the device does not run, the fallback engine answers, counted and
//! named. `ARCHITECTURE.md` walks through it.

mod beside;
mod closing;
mod codes;
mod decode;
mod device;
mod drill;
mod expansion;
mod inputs;
mod kept;
pub mod layout;
pub mod lockstep;
mod needs;
mod opening;
mod pace;
mod precompiles;
pub mod probe;
pub mod profile;
pub mod readiness;
mod recover;
mod reduce;
mod results;
mod run;
mod services;
mod shard;
mod side;
mod stragglers;
mod submits;
mod tables;
mod ways;
mod worlds;

use std::rc::Rc;

use self::{
    device::{BASE, Fault, Gpu},
    drill::Drill,
    kept::Store,
    needs::Needs,
    pace::Pace,
    readiness::{KernelTime, make_ready},
    run::Run,
    side::Side,
    stragglers::Rate,
    ways::Given,
};
use crate::{
    Batch, Control, Engine, EngineError, EngineInfo, Outcomes,
    engine::LocalFuture,
    keeper::{Keeper, KeptError, KeptLanes, KeptRun, KeptSlot},
    paths::{Way, wgsl::Unfit},
};

pub(crate) use self::{
    closing::{FinalAccount, FinalCode, FinalState, Finished},
    decode::{decode, fork_parameters},
    opening::{DESIGNATOR, FirstCode, KnownCode, Opened, Opening, open, precompile},
};
pub use self::{drill::Faults, run::Timing, shard::lane_bytes, ways::Ways};

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
    /// Whether the step kernel loads and stores a word of memory limb by limb in a loop; `None` is where the adapter is
    /// software. As above.
    pub rolled: Option<bool>,
    /// Fill every buffer with words that mean nothing before each shard. As above.
    pub fill_garbage: bool,
    /// Most submits in flight, 1 or 2; `None` is 2, and 1 on a software adapter. As above.
    pub in_flight: Option<u32>,
    /// Faults that the run is to meet. As above.
    pub faults: Faults,
    /// Wait until a shard's inputs have arrived before its first submit, so that [`Timing::device`] holds no upload.
    pub measure: bool,
    /// Ask for timestamps, where the adapter has them, so that [`GpuEngine::profile`] tells the device's own time.
    pub timestamps: bool,
    /// Whether lanes go the ways that [`GpuEngine::set_ways`] has given.
    pub ways: Ways,
}

/// The GPU engine.
pub struct GpuEngine {
    side: Side,
    options: GpuOptions,
    fallback: Box<dyn Engine>,
    rate: Rate,
    ready: Vec<KernelTime>,
    timing: Timing,
}

impl std::fmt::Debug for GpuEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuEngine")
            .field("info", &self.side.info)
            .field("pace", &self.side.pace)
            .finish_non_exhaustive()
    }
}

impl GpuEngine {
    /// The device, for the kernels that tests run by themselves.
    fn gpu(&self) -> Result<&Gpu, EngineError> {
        self.side.gpu.as_ref().ok_or_else(|| EngineError::Device("the device was lost".into()))
    }

    /// Asks for an adapter and builds the kernels. `fallback` answers what the device does not.
    ///
    /// # Errors
    /// [`EngineError::NoAdapter`] where WebGPU has none; [`EngineError::Device`] where it refuses a device or a kernel.
    pub async fn new(options: GpuOptions, fallback: Box<dyn Engine>) -> Result<Self, EngineError> {
        let drill = Rc::new(Drill::new(options.faults));
        let gpu = Gpu::new(options, Rc::clone(&drill)).await?;
        let ready = make_ready(&gpu, options, &BASE).await.map_err(|Fault(why)| EngineError::Device(why))?;
        let mut info = gpu.info.clone();
        let each: Vec<String> = ready.iter().map(|(name, ms)| format!("{name} {ms:.0}")).collect();
        let total: f64 = ready.iter().map(|(_, ms)| ms).sum();
        info.details.push(("kernels ready".into(), format!("after {total:.0} ms: {}", each.join(", "))));
        let pace = Pace::new(info.software, options.in_flight);
        let side = Side {
            gpu: Some(gpu),
            drill,
            options,
            info,
            pace,
            nonce: any_number(),
            failed: 0,
            failure: None,
            most_lanes: None,
            largest_shard: 0,
            ways: Vec::new(),
            stretch: None,
            way_sample: Vec::new(),
            needs: Needs::default(),
            without_ways: false,
        };
        Ok(Self { side, options, fallback, rate: Rate::default(), ready, timing: Timing::default() })
    }

    /// The device's buffers by name and bytes, the largest first: what the engine holds of its memory.
    pub fn buffers(&self) -> Vec<(&'static str, u64)> {
        self.side.gpu.as_ref().map(Gpu::buffers).unwrap_or_default()
    }

    /// The device's limits that bound how many lanes run at once, by WebGPU's names; none once it is lost.
    pub fn limits(&self) -> Vec<(&'static str, u64)> {
        let Some(gpu) = &self.side.gpu else { return Vec::new() };
        let limits = &gpu.limits;
        vec![
            ("maxBufferSize", limits.max_buffer_size),
            ("maxStorageBufferBindingSize", limits.max_storage_buffer_binding_size),
            ("maxStorageBuffersPerShaderStage", limits.max_storage_buffers_per_shader_stage.into()),
            ("maxComputeInvocationsPerWorkgroup", limits.max_compute_invocations_per_workgroup.into()),
            ("maxComputeWorkgroupsPerDimension", limits.max_compute_workgroups_per_dimension.into()),
        ]
    }

    /// Lanes of the largest shard so far.
    pub const fn largest_shard(&self) -> u64 {
        self.side.largest_shard
    }

    /// Gives the ways that lanes of later batches may go, in the order in which they are tried, in place of those given
    /// before. Says of each why it has no kernel, where it has none. With [`Ways::Off`] no lane goes any. Lanes that carry
    /// state from batch to batch go none, and others those that suit their batch ([`Way::suits`]).
    pub fn set_ways(&mut self, ways: Vec<Way>) -> Vec<Result<(), Unfit>> {
        let most = self.side.stretch;
        let given: Vec<_> = ways.into_iter().map(|way| Given::new(way, most)).collect();
        let judged = given.iter().map(|given| given.as_ref().map(|_| ()).map_err(|why| *why)).collect();
        self.side.ways = given.into_iter().flatten().map(Rc::new).collect();
        if let Some(gpu) = &self.side.gpu {
            gpu.forget_ways(&self.side.ways);
        }
        judged
    }

    /// Has ways that are given from here on cut into stretches of so many units, as far as
    /// [`MOST_STRETCHES`](crate::paths::wgsl::MOST_STRETCHES) allows, or with `None` as usual. Tests show that no result depends on
    /// it.
    pub const fn cut_ways(&mut self, most: Option<u64>) {
        self.side.stretch = most;
    }

    /// Milliseconds until each way was ready whose kernels this device has built.
    pub fn way_times(&self) -> Vec<f64> {
        self.side.gpu.as_ref().map(|gpu| gpu.way_times.borrow().clone()).unwrap_or_default()
    }

    /// Ways at hand whose kernels are being built.
    pub fn ways_coming(&self) -> usize {
        let coming = |gpu: &Gpu| self.side.ways.iter().filter(|given| gpu.is_coming(given)).count();
        self.side.gpu.as_ref().map_or(0, coming)
    }

    /// Why this device refused kernels of ways, each of which is a fault of this library.
    pub fn way_refusals(&self) -> Vec<String> {
        self.side.gpu.as_ref().map(|gpu| gpu.way_refusals.borrow().clone()).unwrap_or_default()
    }

    /// A few calls of the last batch that went ways, for whoever holds them against another engine.
    pub fn way_sample(&self) -> &[usize] {
        &self.side.way_sample
    }

    /// Devices lost on purpose so far: see [`Faults`].
    pub fn losses(&self) -> u32 {
        self.side.drill.losses()
    }

    /// Why the device last failed, where it ever did: its lanes were begun again then.
    pub fn failure(&self) -> Option<&str> {
        self.side.failure.as_deref()
    }

    /// How long the parts of the last run took.
    pub const fn timing(&self) -> Timing {
        self.timing
    }

    async fn run_batch(&mut self, batch: &Batch, control: &mut Control) -> Result<Outcomes, EngineError> {
        batch.validate()?;
        let hear = control.on_progress.take();
        let run = Run::new(batch, control, hear, self.rate);
        let device = async {
            self.side.run(&run).await;
            run.close();
            Ok(())
        };
        let result = futures::future::try_join(device, run.fall_back(&mut *self.fallback)).await;
        self.rate = run.rate.get();
        self.timing = run.timing.get();
        let (outcomes, hear) = run.finish();
        control.on_progress = hear;
        result.map(|_| outcomes)
    }
}

/// A number that nobody knows beforehand: where the system has none, the time must do. It seeds hash tables and canaries, and
/// no answer depends on it.
fn any_number() -> u32 {
    let mut bytes = [0; 4];
    match getrandom::getrandom(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_) => web_time::SystemTime::now()
            .duration_since(web_time::SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos()),
    }
}

impl GpuEngine {
    async fn run_kept(
        &mut self,
        kept: &KeptLanes,
        batch: &Batch,
        lanes: &[u32],
        control: &mut Control,
    ) -> Result<KeptRun, KeptError> {
        batch.validate().map_err(EngineError::from)?;
        let store = self.store(kept)?;
        let hear = control.on_progress.take();
        let run = Run::new(batch, control, hear, self.rate);
        let result = self.side.run_kept(&run, &store, lanes).await;
        self.timing = run.timing.get();
        let mut left = run.handed();
        let (outcomes, hear) = run.finish();
        control.on_progress = hear;
        result.map_err(|Fault(why)| KeptError::Lost(why))?;
        left.sort_unstable();
        Ok(KeptRun { outcomes, left })
    }

    fn store(&self, kept: &KeptLanes) -> Result<Rc<Store>, KeptError> {
        let gpu = self.side.gpu.as_ref().filter(|gpu| gpu.lost().is_none());
        let store = gpu.and_then(|gpu| gpu.stores.borrow().iter().find(|store| store.means(kept)).map(Rc::clone));
        store.ok_or_else(|| KeptError::Lost("the device does not have these lanes".to_owned()))
    }

    async fn begin(&mut self, kept: &KeptLanes) -> bool {
        let Some(gpu) = self.side.gpu.as_ref().filter(|gpu| gpu.lost().is_none()) else { return false };
        gpu.stores.borrow_mut().retain(|store| store.is_alive());
        let garbage = self.options.fill_garbage.then_some(self.side.nonce);
        let Some(store) = Store::new(gpu, kept, garbage).await else { return false };
        gpu.stores.borrow_mut().push(store.into());
        true
    }

    async fn fetch(&mut self, kept: &KeptLanes, lanes: &[u32], takes: bool) -> Result<Vec<Vec<KeptSlot>>, KeptError> {
        let store = self.store(kept)?;
        let gpu = self.gpu()?;
        store.fetch(gpu, lanes, takes).await.map_err(|Fault(why)| KeptError::Lost(why))
    }
}

impl Keeper for GpuEngine {
    fn begin<'a>(&'a mut self, kept: &'a KeptLanes) -> LocalFuture<'a, bool> {
        Box::pin(self.begin(kept))
    }

    fn run_kept<'a>(
        &'a mut self,
        kept: &'a KeptLanes,
        batch: &'a Batch,
        lanes: &'a [u32],
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<KeptRun, KeptError>> {
        Box::pin(self.run_kept(kept, batch, lanes, control))
    }

    fn fetch<'a>(
        &'a mut self,
        kept: &'a KeptLanes,
        lanes: &'a [u32],
        takes: bool,
    ) -> LocalFuture<'a, Result<Vec<Vec<KeptSlot>>, KeptError>> {
        Box::pin(self.fetch(kept, lanes, takes))
    }
}

impl Engine for GpuEngine {
    fn keeper(&mut self) -> Option<&mut dyn Keeper> {
        Some(self)
    }

    fn info(&self) -> EngineInfo {
        self.side.info.clone()
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(self.run_batch(batch, control))
    }
}
