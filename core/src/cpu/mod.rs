//! The CPU engine: revm behind one module, natively and in wasm. Reference, fallback and tracer.

use crate::{
    batch::Batch,
    engine::{Control, Engine, EngineError, EngineInfo, LocalFuture},
    outcome::Outcomes,
};

/// The CPU engine.
#[derive(Debug, Default)]
pub struct CpuEngine {
    threads: usize,
}

impl CpuEngine {
    /// An engine that uses at most this many threads; zero is one for each core. In wasm it is always one.
    pub const fn new(threads: usize) -> Self {
        Self { threads }
    }
}

impl Engine for CpuEngine {
    fn info(&self) -> EngineInfo {
        EngineInfo { kind: "cpu", adapter: format!("revm, {} threads", self.threads), ..EngineInfo::default() }
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        _control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(async move {
            batch.validate()?;
            Ok(Outcomes::unfinished(batch.len()))
        })
    }
}
