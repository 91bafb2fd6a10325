//! The device: asking for it, its kernels, its buffers, reading back. It knows no EVM.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures_channel::oneshot;
use lanevm_shaders::{Kernel, layout::QUEUES};

use super::GpuOptions;
use crate::engine::{EngineError, EngineInfo};

/// Why work on the device failed. The run goes on elsewhere; only unfinished lanes are repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

/// The kernels that serve a queue each, by the queue's number (the light kernel, then the families).
const SERVED: [(Kernel, &str); QUEUES as usize] = [
    (lanevm_shaders::LIGHT, "light"),
    (lanevm_shaders::ARITH, "arith"),
    (lanevm_shaders::EXP, "exp"),
    (lanevm_shaders::KECCAK, "keccak"),
    (lanevm_shaders::COPY, "copy"),
    (lanevm_shaders::STORAGE, "storage"),
    (lanevm_shaders::LOG, "log"),
];

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
    pub(crate) plan_light: wgpu::ComputePipeline,
    pub(crate) plan_families: wgpu::ComputePipeline,
    /// By queue.
    pub(crate) served: Vec<wgpu::ComputePipeline>,
    pub(crate) gather: wgpu::ComputePipeline,
}

/// A device with its kernels.
#[derive(Debug)]
pub(crate) struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) limits: wgpu::Limits,
    pub(crate) kernels: Kernels,
    pub(crate) info: EngineInfo,
    lost: Arc<Mutex<Option<String>>>,
    pool: RefCell<HashMap<&'static str, wgpu::Buffer>>,
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

impl Kernels {
    fn build(device: &wgpu::Device) -> Self {
        let group = |label: &str, types: &[(u32, wgpu::BufferBindingType)]| {
            let entries: Vec<_> = types.iter().map(|(binding, ty)| entry(*binding, *ty)).collect();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries })
        };
        let uniform = wgpu::BufferBindingType::Uniform;
        let tables = group("evm.tables", &[(0, READ), (1, READ), (2, READ), (3, uniform)]);
        let plan_only = group("evm.plan", &[(3, uniform)]);
        let lanes = group("evm.lanes", &[(0, WRITE), (1, WRITE), (2, WRITE), (3, WRITE)]);
        let queues = group("evm.queues", &[(0, WRITE)]);
        let planning = group("evm.planning", &[(0, WRITE), (1, WRITE)]);
        let packing = group("evm.packing", &[(0, READ), (1, WRITE)]);
        let layout = |label: &str, groups: &[&wgpu::BindGroupLayout]| {
            let groups: Vec<_> = groups.iter().map(|group| Some(*group)).collect();
            device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(label),
                bind_group_layouts: &groups,
                immediate_size: 0,
            })
        };
        let engine_layout = layout("evm.engine", &[&tables, &lanes, &queues]);
        let planning_layout = layout("evm.planning", &[&planning]);
        let gather_layout = layout("evm.gather", &[&plan_only, &lanes, &packing]);
        let module = |kernel: Kernel| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(kernel.name),
                source: wgpu::ShaderSource::Wgsl(kernel.wgsl.into()),
            })
        };
        let pipeline = |label: &str, module: &wgpu::ShaderModule, layout: &wgpu::PipelineLayout, entry_point: &str| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(label),
                layout: Some(layout),
                module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        let plan = module(lanevm_shaders::PLAN);
        Self {
            init: pipeline("evm.init", &module(lanevm_shaders::INIT), &engine_layout, "main"),
            plan_light: pipeline("evm.plan", &plan, &planning_layout, "main"),
            plan_families: pipeline("evm.plan.families", &plan, &planning_layout, "families"),
            served: SERVED
                .iter()
                .map(|(kernel, name)| pipeline(&format!("evm.{name}"), &module(*kernel), &engine_layout, "main"))
                .collect(),
            gather: pipeline("evm.gather", &module(lanevm_shaders::GATHER), &gather_layout, "main"),
            tables,
            lanes,
            queues,
            planning,
            plan_only,
            packing,
        }
    }
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
    pub(crate) async fn new(options: GpuOptions) -> Result<Self, EngineError> {
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
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let kernels = Kernels::build(&device);
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
        Ok(Self { device, queue, limits, kernels, info, lost, pool: RefCell::default() })
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
        let entries: Vec<_> = buffers
            .iter()
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding: *binding, resource: buffer.as_entire_binding() })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries })
    }

    /// Maps the first `bytes` of a buffer for reading, hands them to `take`, and unmaps it.
    pub(crate) async fn read<T>(
        &self,
        buffer: &wgpu::Buffer,
        bytes: u64,
        take: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Fault> {
        let (sender, receiver) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, ..bytes, move |result| {
            // The receiver lives until it has heard.
            drop(sender.send(result));
        });
        #[cfg(not(target_arch = "wasm32"))]
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| Fault(error.to_string()))?;
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
