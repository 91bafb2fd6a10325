//! The device: asking for it, its kernels, its buffers, reading back. It knows no EVM.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    rc::Rc,
    sync::{Arc, Mutex},
};

use futures_channel::oneshot;
use lanevm_shaders::{
    Kernel,
    facts::Family,
    layout::{QUEUES, WORKGROUP},
};

use super::{
    GpuOptions,
    beside::Maker,
    drill::{Drill, Moment},
    kept::Store,
    precompiles::ON_DEVICE,
    ways::WayKernels,
};
use crate::engine::{EngineError, EngineInfo};

/// Why work on the device failed. The run goes on elsewhere; only unfinished lanes are repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

/// The kernels that serve a queue each, by the queue's number (the light kernel, then the families). The last queue, of
/// precompiles, has several, which stand in [`ON_DEVICE`].
const SERVED: [Kernel; Family::Precompile as usize] = [
    lanevm_shaders::LIGHT,
    lanevm_shaders::ARITH,
    lanevm_shaders::EXP,
    lanevm_shaders::KECCAK,
    lanevm_shaders::COPY,
    lanevm_shaders::STORAGE,
    lanevm_shaders::LOG,
    lanevm_shaders::ACCOUNT,
    lanevm_shaders::CALL,
    lanevm_shaders::CREATE,
    lanevm_shaders::ENDING,
    lanevm_shaders::DECODE,
];

/// The queues whose kernels an engine begins with: what single frames need.
pub(crate) const BASE: [bool; QUEUES as usize] =
    [true, true, true, true, true, true, true, false, false, false, false, false, false];

/// Bind group layouts and pipelines.
#[derive(Debug)]
pub(crate) struct Kernels {
    pub(crate) tables: wgpu::BindGroupLayout,
    pub(crate) lanes: wgpu::BindGroupLayout,
    pub(crate) queues: wgpu::BindGroupLayout,
    pub(crate) planning: wgpu::BindGroupLayout,
    pub(crate) plan_only: wgpu::BindGroupLayout,
    pub(crate) packing: wgpu::BindGroupLayout,
    pub(crate) init: wgpu::ComputePipeline,
    /// Makes call data of a template; built when a batch first needs it.
    pub(crate) expand: OnceCell<wgpu::ComputePipeline>,
    pub(crate) plan_light: wgpu::ComputePipeline,
    pub(crate) plan_families: wgpu::ComputePipeline,
    pub(crate) decoding: wgpu::BindGroupLayout,
    /// By queue, each built when a batch first needs it.
    pub(crate) served: [OnceCell<wgpu::ComputePipeline>; QUEUES as usize],
    engine_layout: wgpu::PipelineLayout,
    decode_layout: wgpu::PipelineLayout,
    pub(crate) gather: wgpu::ComputePipeline,
    /// As [`ON_DEVICE`] has them, each built when a lane first waits for it.
    pub(crate) precompiles: [OnceCell<wgpu::ComputePipeline>; ON_DEVICE.len()],
    /// Packs what precompiles are passed, unpacks what came of them, queues lanes for the kernels of precompiles; built when a
    /// batch first needs it.
    pub(crate) service: OnceCell<[wgpu::ComputePipeline; 3]>,
    service_layout: wgpu::PipelineLayout,
    /// Reduces ends to a summary; built when a batch first needs it.
    reduce: OnceCell<wgpu::ComputePipeline>,
    /// The step kernel for lanes that are observed; built when a batch first wants it.
    pub(crate) observed: OnceCell<wgpu::ComputePipeline>,
    /// Carries storage from batch to batch; built when a session first wants it.
    pub(crate) kept: OnceCell<[wgpu::ComputePipeline; 2]>,
    /// Queues lanes that have gone no way; built when a batch first has ways.
    pub(crate) admit: OnceCell<wgpu::ComputePipeline>,
    /// What a way's kernel is told of its shard.
    pub(crate) way: wgpu::BindGroupLayout,
}

/// A device with its kernels.
#[derive(Debug)]
pub(crate) struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) limits: wgpu::Limits,
    pub(crate) kernels: Kernels,
    /// Makes kernels of ways.
    pub(crate) maker: Maker,
    pub(crate) info: EngineInfo,
    lost: Arc<Mutex<Option<String>>>,
    drill: Rc<Drill>,
    workgroup: u32,
    /// Whether the step kernel goes over words of memory in loops.
    rolled: bool,
    pool: RefCell<HashMap<&'static str, wgpu::Buffer>>,
    /// What sessions keep here: gone with the device.
    pub(crate) stores: RefCell<Vec<Rc<Store>>>,
    /// Kernels of ways.
    pub(crate) ways: WayKernels,
    /// Milliseconds until each was ready.
    pub(crate) way_times: RefCell<Vec<f64>>,
    /// Why it refused others.
    pub(crate) way_refusals: RefCell<Vec<String>>,
}

fn entry(binding: u32, ty: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

const READ: wgpu::BufferBindingType = wgpu::BufferBindingType::Storage { read_only: true };
const WRITE: wgpu::BufferBindingType = wgpu::BufferBindingType::Storage { read_only: false };
pub(super) const UNIFORM: wgpu::BufferBindingType = wgpu::BufferBindingType::Uniform;

/// A bind group's bindings.
pub(super) type Bindings = &'static [(u32, wgpu::BufferBindingType)];

/// What the groups of a way's kernel bind: as engine kernels have them, and the way's place.
#[cfg(not(target_arch = "wasm32"))]
pub(super) const WAY_GROUPS: [Bindings; 4] = [TABLES, LANES, QUEUED, WAY];

const TABLES: Bindings = &[(0, READ), (1, READ), (2, READ), (3, UNIFORM)];
const LANES: Bindings = &[(0, WRITE), (1, WRITE), (2, WRITE), (3, WRITE)];
const QUEUED: Bindings = &[(0, WRITE)];
const WAY: Bindings = &[(0, UNIFORM)];

pub(super) fn group(device: &wgpu::Device, label: &str, types: Bindings) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = types.iter().map(|(binding, ty)| entry(*binding, *ty)).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries })
}

pub(super) fn layout(device: &wgpu::Device, label: &str, groups: &[&wgpu::BindGroupLayout]) -> wgpu::PipelineLayout {
    let groups: Vec<_> = groups.iter().map(|group| Some(*group)).collect();
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &groups,
        immediate_size: 0,
    })
}

impl Kernels {
    fn build(device: &wgpu::Device, workgroup: u32) -> Self {
        let group = |label: &str, types| group(device, label, types);
        let layout = |label: &str, groups: &[&wgpu::BindGroupLayout]| layout(device, label, groups);
        let tables = group("evm.tables", TABLES);
        let plan_only = group("evm.plan", &[(3, UNIFORM)]);
        let lanes = group("evm.lanes", LANES);
        let queues = group("evm.queues", QUEUED);
        let planning = group("evm.planning", &[(0, WRITE), (1, WRITE)]);
        let packing = group("evm.packing", &[(0, READ), (1, WRITE)]);
        let decoding = group("evm.decoding", &[(0, WRITE)]);
        let engine_layout = layout("evm.engine", &[&tables, &lanes, &queues]);
        let decode_layout = layout("evm.decode", &[&plan_only, &lanes, &queues, &decoding]);
        let service_layout = layout("evm.service", &[&plan_only, &lanes, &queues, &packing]);
        let way = group("evm.way", WAY);
        let planning_layout = layout("evm.planning", &[&planning]);
        let gather_layout = layout("evm.gather", &[&plan_only, &lanes, &packing]);
        let entry = |kernel: Kernel, label: &str, layout: &wgpu::PipelineLayout, entry_point: &str| {
            pipeline(device, kernel, label, layout, entry_point, &constants(workgroup))
        };
        Self {
            init: entry(lanevm_shaders::INIT, "evm.init", &engine_layout, "main"),
            expand: OnceCell::new(),
            plan_light: entry(lanevm_shaders::PLAN, "evm.plan", &planning_layout, "main"),
            plan_families: entry(lanevm_shaders::PLAN, "evm.plan.families", &planning_layout, "families"),
            gather: entry(lanevm_shaders::GATHER, "evm.gather", &gather_layout, "main"),
            served: Default::default(),
            precompiles: Default::default(),
            service: OnceCell::new(),
            reduce: OnceCell::new(),
            observed: OnceCell::new(),
            kept: OnceCell::new(),
            admit: OnceCell::new(),
            way,
            service_layout,
            engine_layout,
            decode_layout,
            tables,
            lanes,
            queues,
            planning,
            plan_only,
            packing,
            decoding,
        }
    }
}

fn pipeline(
    device: &wgpu::Device,
    kernel: Kernel,
    label: &str,
    layout: &wgpu::PipelineLayout,
    entry_point: &str,
    constants: &[(&str, f64)],
) -> wgpu::ComputePipeline {
    let module = module_of(device, kernel.name, kernel.wgsl());
    pipeline_in(device, &module, label, layout, entry_point, constants)
}

/// What every kernel is built with.
pub(super) fn constants(workgroup: u32) -> [(&'static str, f64); 1] {
    [("WORKGROUP", f64::from(workgroup))]
}

/// The module of any text.
pub(super) fn module_of(device: &wgpu::Device, name: &str, text: &str) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(name),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    })
}

/// A pipeline of a module.
pub(super) fn pipeline_in(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    label: &str,
    layout: &wgpu::PipelineLayout,
    entry_point: &str,
    constants: &[(&str, f64)],
) -> wgpu::ComputePipeline {
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(label),
        layout: Some(layout),
        module,
        entry_point: Some(entry_point),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants,
            ..wgpu::PipelineCompilationOptions::default()
        },
        cache: None,
    })
}

/// A bind group of whole buffers, by binding.
pub(super) fn bind_group(
    device: &wgpu::Device,
    label: &str,
    layout: &wgpu::BindGroupLayout,
    buffers: &[(u32, &wgpu::Buffer)],
) -> wgpu::BindGroup {
    let entries: Vec<_> = buffers
        .iter()
        .map(|(binding, buffer)| wgpu::BindGroupEntry { binding: *binding, resource: buffer.as_entire_binding() })
        .collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries })
}

/// The limits asked for: WebGPU's defaults, with buffers as large as the adapter offers.
fn wanted_limits(adapter: &wgpu::Limits, options: GpuOptions) -> wgpu::Limits {
    let defaults = wgpu::Limits::defaults();
    if options.default_limits {
        return defaults;
    }
    wgpu::Limits {
        max_storage_buffer_binding_size: adapter
            .max_storage_buffer_binding_size
            .max(defaults.max_storage_buffer_binding_size),
        max_buffer_size: adapter.max_buffer_size.max(defaults.max_buffer_size),
        ..defaults
    }
}

impl Gpu {
    /// Asks for an adapter and a device, and builds the kernels.
    pub(crate) async fn new(options: GpuOptions, drill: Rc<Drill>) -> Result<Self, EngineError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        // Indirect arguments are written by the planning kernel alone, from counts that never pass the shard's lanes, so
        // that checking them before each dispatch shows nothing new. (A browser checks all the same.)
        descriptor.flags.remove(wgpu::InstanceFlags::VALIDATION_INDIRECT_CALL);
        let instance = wgpu::Instance::new(descriptor);
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                ..wgpu::RequestAdapterOptions::default()
            })
            .await
            .map_err(|error| EngineError::NoAdapter(error.to_string()))?;
        let adapter_info = adapter.get_info();
        let limits = wanted_limits(&adapter.limits(), options);
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("lanevm"),
                required_limits: limits.clone(),
                required_features: match options.timestamps {
                    true => adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
                    false => wgpu::Features::empty(),
                },
                ..wgpu::DeviceDescriptor::default()
            })
            .await
            .map_err(|error| EngineError::Device(error.to_string()))?;
        let lost = Arc::new(Mutex::new(None));
        let note = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            if let Ok(mut lost) = note.lock() {
                *lost = Some(format!("{reason:?}: {message}"));
            }
        });
        // What no scope catches is a device that cannot be trusted any more: a buffer of a destroyed one, say.
        let note = Arc::clone(&lost);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            if let Ok(mut lost) = note.lock() {
                lost.get_or_insert_with(|| error.to_string());
            }
        }));
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let workgroup = options.workgroup.unwrap_or(WORKGROUP);
        let kernels = Kernels::build(&device, workgroup);
        if let Some(error) = scope.pop().await {
            return Err(EngineError::Device(format!("a kernel was refused: {error}")));
        }
        let software = adapter_info.device_type == wgpu::DeviceType::Cpu
            || ["swiftshader", "llvmpipe", "lavapipe"].iter().any(|name| {
                adapter_info.name.to_lowercase().contains(name) || adapter_info.driver.to_lowercase().contains(name)
            });
        let name = [&adapter_info.name, &adapter_info.driver]
            .into_iter()
            .find(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| "unnamed adapter".to_owned());
        let info = EngineInfo {
            kind: "gpu",
            adapter: name,
            backend: format!("{:?}", adapter_info.backend),
            software,
            details: vec![
                ("driver".into(), format!("{} {}", adapter_info.driver, adapter_info.driver_info).trim().to_owned()),
                ("device type".into(), format!("{:?}", adapter_info.device_type)),
                ("storage binding".into(), format!("{} MiB", limits.max_storage_buffer_binding_size >> 20)),
            ],
        };
        let groups = [&kernels.tables, &kernels.lanes, &kernels.queues, &kernels.way];
        let maker = Maker {
            device: device.clone(),
            layout: layout(&device, "evm.way", &groups),
            workgroup,
            #[cfg(not(target_arch = "wasm32"))]
            adapter,
        };
        Ok(Self {
            device,
            queue,
            limits,
            kernels,
            maker,
            info,
            lost,
            drill,
            workgroup,
            rolled: options.rolled.unwrap_or(software),
            pool: RefCell::default(),
            stores: RefCell::default(),
            ways: RefCell::default(),
            way_times: RefCell::default(),
            way_refusals: RefCell::default(),
        })
    }

    /// What stands in a cell, built from a kernel's text if it is not there yet.
    async fn built<'a, T>(
        &self,
        cell: &'a OnceCell<T>,
        kernel: Kernel,
        build: impl FnOnce() -> T,
    ) -> Result<&'a T, Fault> {
        if cell.get().is_none() {
            let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
            let built = build();
            if let Some(error) = scope.pop().await {
                return Err(Fault(format!("kernel {} was refused: {error}", kernel.name)));
            }
            // One run at a time builds kernels: the cell is still empty.
            drop(cell.set(built));
        }
        cell.get().ok_or_else(|| Fault(format!("kernel {} is gone", kernel.name)))
    }

    /// The entry point `entry` of a kernel that is bound as those are which serve lanes.
    fn engine_pipeline(&self, kernel: Kernel, entry: &str) -> wgpu::ComputePipeline {
        let kernels = &self.kernels;
        let decodes = kernel.name == lanevm_shaders::DECODE.name;
        let layout = if decodes { &kernels.decode_layout } else { &kernels.engine_layout };
        let label = format!("evm.{}.{entry}", kernel.name);
        let mut constants = constants(self.workgroup).to_vec();
        if [lanevm_shaders::LIGHT.name, lanevm_shaders::LIGHT_OBSERVED.name].contains(&kernel.name) {
            constants.push(("ROLLED", f64::from(u8::from(self.rolled))));
        }
        pipeline(&self.device, kernel, &label, layout, entry, &constants)
    }

    /// Builds the kernels that serve these queues, as far as they are not there yet.
    pub(crate) async fn prepare(&self, families: &[bool; QUEUES as usize]) -> Result<(), Fault> {
        for (queue, kernel) in SERVED.into_iter().enumerate().filter(|(queue, _)| families[*queue]) {
            self.prepare_in(&self.kernels.served[queue], kernel).await?;
        }
        Ok(())
    }

    /// Builds a kernel that is bound as those are which serve lanes, if it is not in its cell yet.
    pub(crate) async fn prepare_in<'a>(
        &self,
        cell: &'a OnceCell<wgpu::ComputePipeline>,
        kernel: Kernel,
    ) -> Result<&'a wgpu::ComputePipeline, Fault> {
        self.built(cell, kernel, || self.engine_pipeline(kernel, "main")).await
    }

    /// Builds the kernel that makes call data, if it is not there yet.
    pub(crate) async fn prepare_expand(&self) -> Result<&wgpu::ComputePipeline, Fault> {
        self.prepare_in(&self.kernels.expand, lanevm_shaders::EXPAND).await
    }

    /// Builds the step kernel for lanes that are observed, if it is not there yet.
    pub(crate) async fn prepare_observed(&self) -> Result<&wgpu::ComputePipeline, Fault> {
        self.prepare_in(&self.kernels.observed, lanevm_shaders::LIGHT_OBSERVED).await
    }

    /// Builds the kernel that reduces ends, if it is not there yet.
    pub(crate) async fn prepare_reduce(&self) -> Result<&wgpu::ComputePipeline, Fault> {
        self.prepare_in(&self.kernels.reduce, lanevm_shaders::REDUCE).await
    }

    /// Builds the kernel that serves precompiles, if it is not there yet.
    pub(crate) async fn prepare_service(&self) -> Result<&[wgpu::ComputePipeline; 3], Fault> {
        let kernel = lanevm_shaders::SERVICE;
        let layout = &self.kernels.service_layout;
        let build = |entry: &'static str| {
            let constants = constants(self.workgroup);
            pipeline(&self.device, kernel, &format!("evm.service.{entry}"), layout, entry, &constants)
        };
        self.built(&self.kernels.service, kernel, || ["main", "answer", "take"].map(build)).await
    }

    /// Builds the kernel that carries storage from batch to batch, if it is not there yet: before a shard, and after it.
    pub(crate) async fn prepare_kept(&self) -> Result<&[wgpu::ComputePipeline; 2], Fault> {
        let kernel = lanevm_shaders::KEPT;
        let build = |entry: &'static str| self.engine_pipeline(kernel, entry);
        self.built(&self.kernels.kept, kernel, || ["main", "settle"].map(build)).await
    }

    /// Builds the kernel that queues lanes which have gone no way, if it is not there yet.
    pub(crate) async fn prepare_admit(&self) -> Result<&wgpu::ComputePipeline, Fault> {
        self.prepare_in(&self.kernels.admit, lanevm_shaders::ADMIT).await
    }

    /// Writes words that mean nothing over a whole buffer, so that tests see what trusts a fresh one.
    pub(crate) fn fill_garbage(&self, buffer: &wgpu::Buffer, seed: u32) {
        let mut word = seed | 1;
        let chunk: Vec<u32> = (0..1 << 16)
            .map(|_| {
                word = word.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
                word
            })
            .collect();
        let bytes: &[u8] = bytemuck::cast_slice(&chunk);
        let mut at = 0;
        while at < buffer.size() {
            let len = (buffer.size() - at).min(bytes.len() as u64);
            self.queue.write_buffer(buffer, at, &bytes[..len as usize]);
            at += len;
        }
    }

    /// Loses the device where a drill wants it so.
    pub(crate) fn drill(&self, moment: Moment) {
        if self.drill.is_due(moment) {
            self.device.destroy();
        }
    }

    /// Whether a drill wants a shard of so many lanes refused.
    pub(crate) fn refuses(&self, lanes: usize) -> bool {
        self.drill.refuses(lanes)
    }

    /// Drops every pooled buffer: after a failed allocation some of them are not valid.
    pub(crate) fn empty_pool(&self) {
        for (_, buffer) in self.pool.borrow_mut().drain() {
            buffer.destroy();
        }
    }

    /// The buffers' names and bytes, the largest first.
    pub(crate) fn buffers(&self) -> Vec<(&'static str, u64)> {
        let mut buffers: Vec<_> = self.pool.borrow().iter().map(|(label, buffer)| (*label, buffer.size())).collect();
        buffers.extend(self.stores.borrow().iter().map(|store| ("evm.kept", store.bytes())));
        buffers.sort_by_key(|(label, bytes)| (std::cmp::Reverse(*bytes), *label));
        buffers
    }

    /// Why the device is lost, if it is.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.lock().ok().and_then(|lost| lost.clone())
    }

    /// Bytes that one storage binding may have.
    pub(crate) fn binding_bytes(&self) -> u64 {
        self.limits.max_storage_buffer_binding_size.min(self.limits.max_buffer_size)
    }

    /// The pooled buffer of this name, of at least these bytes: one shard runs at a time, and what an earlier one left in
    /// it is never read, since lengths and counters say what is valid. A name always stands for the same usage.
    pub(crate) fn buffer(&self, label: &'static str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let mut pool = self.pool.borrow_mut();
        if let Some(buffer) = pool.get(label).filter(|buffer| buffer.size() >= bytes) {
            return buffer.clone();
        }
        if let Some(small) = pool.remove(label) {
            small.destroy();
        }
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes.max(16).next_multiple_of(4),
            usage,
            mapped_at_creation: false,
        });
        pool.insert(label, buffer.clone());
        buffer
    }

    /// A bind group of whole buffers, by binding.
    pub(crate) fn bind(
        &self,
        label: &str,
        layout: &wgpu::BindGroupLayout,
        buffers: &[(u32, &wgpu::Buffer)],
    ) -> wgpu::BindGroup {
        bind_group(&self.device, label, layout, buffers)
    }

    /// Waits until the device has done all it was given.
    pub(crate) async fn settle(&self) -> Result<(), Fault> {
        use wgpu::BufferUsages as Usage;
        let source = self.buffer("evm.settle", 4, Usage::COPY_SRC | Usage::COPY_DST);
        let staging = self.buffer("evm.settle.read", 4, Usage::MAP_READ | Usage::COPY_DST);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(&source, 0, &staging, 0, 4);
        self.queue.submit([encoder.finish()]);
        self.read(&staging, 4, |_| ()).await
    }

    /// Words of a buffer, copied out.
    pub(crate) async fn copy_out(&self, source: &wgpu::Buffer, first: u64, words: u64) -> Result<Vec<u32>, Fault> {
        self.copy_out_ranges(source, &[(first, words)]).await
    }

    /// Ranges of words of a buffer, first word and number, one after the other.
    pub(crate) async fn copy_out_ranges(
        &self,
        source: &wgpu::Buffer,
        ranges: &[(u64, u64)],
    ) -> Result<Vec<u32>, Fault> {
        let bytes = ranges.iter().map(|(_, words)| words * 4).sum();
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let staging = self.buffer("evm.read", bytes, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut at = 0;
        for (first, words) in ranges.iter().filter(|(_, words)| *words > 0) {
            encoder.copy_buffer_to_buffer(source, first * 4, &staging, at, words * 4);
            at += words * 4;
        }
        self.queue.submit([encoder.finish()]);
        self.read(&staging, bytes, bytemuck::pod_collect_to_vec::<u8, u32>).await
    }

    /// Maps the first `bytes` of a buffer for reading, hands them to `take`, and unmaps it.
    pub(crate) async fn read<T>(
        &self,
        buffer: &wgpu::Buffer,
        bytes: u64,
        take: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Fault> {
        self.read_after(buffer, bytes, None, take).await
    }

    /// [`Self::read`], once a submission has ended; without one, all have to.
    pub(crate) async fn read_after<T>(
        &self,
        buffer: &wgpu::Buffer,
        bytes: u64,
        submission: Option<wgpu::SubmissionIndex>,
        take: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Fault> {
        let (sender, receiver) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, ..bytes, move |result| {
            // The receiver lives until it has heard.
            drop(sender.send(result));
        });
        #[cfg(not(target_arch = "wasm32"))]
        self.device
            .poll(wgpu::PollType::Wait { submission_index: submission, timeout: None })
            .map_err(|error| Fault(error.to_string()))?;
        // In a browser, mapping waits for what was handed in before.
        #[cfg(target_arch = "wasm32")]
        let _ = submission;
        match receiver.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Fault(self.lost().unwrap_or_else(|| error.to_string()))),
            Err(_) => return Err(Fault(self.lost().unwrap_or_else(|| "mapping was dropped".to_owned()))),
        }
        let taken =
            buffer.get_mapped_range(..bytes).map(|range| take(&range)).map_err(|error| Fault(error.to_string()));
        buffer.unmap();
        taken
    }
}
