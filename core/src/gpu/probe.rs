//! Word operations by themselves on the device, so that tests can hold them against the host's arithmetic.

use super::GpuEngine;
use crate::{
    EngineError, U256,
    gpu::worlds::{from_limbs, limbs},
};

/// One operation: an instruction's byte and its operands, top of the stack first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordOperation {
    /// ADD, SUB, MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD, EXP, SHL, SHR, SAR or CLZ.
    pub op: u8,
    /// Operands; those the instruction does not take are ignored.
    pub operands: [U256; 3],
}

impl GpuEngine {
    /// Runs word operations on the device and returns their results in order.
    ///
    /// # Errors
    /// [`EngineError::Device`] where the device is lost or refuses the kernel.
    pub async fn probe_words(&self, operations: &[WordOperation]) -> Result<Vec<U256>, EngineError> {
        use wgpu::BufferUsages as Usage;
        let gpu = self.gpu()?;
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        let mut words = Vec::with_capacity(operations.len() * 32);
        for operation in operations {
            for operand in &operation.operands {
                words.extend(limbs(operand));
            }
            words.extend([u32::from(operation.op), 0, 0, 0, 0, 0, 0, 0]);
        }
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("evm.probe"),
            source: wgpu::ShaderSource::Wgsl(lanevm_shaders::PROBE.wgsl().into()),
        });
        let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("evm.probe"),
            bind_group_layouts: &[Some(&gpu.kernels.packing)],
            immediate_size: 0,
        });
        let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("evm.probe"),
            layout: Some(&layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let operands = gpu.buffer("evm.probe.operands", words.len() as u64 * 4, Usage::STORAGE | Usage::COPY_DST);
        gpu.queue.write_buffer(&operands, 0, bytemuck::cast_slice(&words));
        let bytes = operations.len() as u64 * 32;
        let results = gpu.buffer("evm.probe.results", bytes, Usage::STORAGE | Usage::COPY_SRC);
        let staging = gpu.buffer("evm.probe.read", bytes, Usage::MAP_READ | Usage::COPY_DST);
        let group = gpu.bind("evm.probe", &gpu.kernels.packing, &[(0, &operands), (1, &results)]);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups((operations.len() as u32).div_ceil(64), 1, 1);
        }
        encoder.copy_buffer_to_buffer(&results, 0, &staging, 0, bytes);
        gpu.queue.submit([encoder.finish()]);
        let words = gpu
            .read(&staging, bytes, bytemuck::pod_collect_to_vec::<u8, u32>)
            .await
            .map_err(|fault| EngineError::Device(fault.0))?;
        Ok(words.chunks(8).map(from_limbs).collect())
    }
}
