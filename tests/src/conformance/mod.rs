//! The conformance runner: test data of others, run on either engine and compared exactly. It refuses to know rules: what
//! a case must come to stands in the data.

pub mod assembly;
mod bench_suite;
mod mainnet_suite;
pub mod one;
pub mod report;
pub mod root;
pub mod selection;
mod state_suite;
mod surroundings;
mod vector_suite;
mod vm_suite;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};
use clap::ValueEnum;
use lanevm_core::{
    Fork,
    batch::Batch,
    cpu::CpuEngine,
    engine::{Control, Engine, EngineError, EngineInfo, LocalFuture},
    gpu::{GpuEngine, GpuOptions},
    outcome::Outcomes,
    paths::WayEngine,
};

use self::{assembly::Assembly, report::Report, selection::Selection, surroundings::Surroundings};
use crate::fixtures::source;

/// Which engine runs the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// The CPU engine, on all cores.
    Cpu,
    /// The GPU engine, which hands to the CPU what the device does not run.
    Gpu,
    /// A way made of each case, gone on the host; the CPU engine where none can be made.
    Ways,
}

/// Which cases are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// One message call under Frontier's rules.
    Vmtests,
    /// Single instructions and precompiles.
    Vectors,
    /// Transactions with the state root they lead to.
    Statetests,
    /// Programs made for measuring.
    Bench,
    /// The transactions of mainnet blocks.
    MainnetTx,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine.
    pub engine: EngineKind,
    /// The suite.
    pub suite: Suite,
    /// Where the data is; `None` for the shared fixtures beside the repository.
    pub data: Option<PathBuf>,
    /// Only the cases of one fork.
    pub fork: Option<Fork>,
    /// Only the cases whose names hash smallest.
    pub limit: Option<usize>,
}

/// Cases a batch holds at most: what bounds memory, together with [`BATCH_BYTES`].
const BATCH_CASES: usize = 4096;

/// Bytes of worlds, code and data that a batch holds at most, but for its last case.
const BATCH_BYTES: usize = 48 << 20;

/// Runs cases and counts what comes of them.
pub(crate) struct Runner<'a> {
    pub(crate) engine: Box<dyn Engine + 'a>,
    pub(crate) selection: Selection,
    pub(crate) report: Report,
}

impl Runner<'_> {
    /// Runs a batch to its end, and counts what the host did for it. Its rows are the caller's to count.
    pub(crate) fn execute(&mut self, batch: &Batch) -> Result<Outcomes> {
        let outcomes = pollster::block_on(self.engine.run(batch, &mut Control::default()))?;
        self.report.count_services(&outcomes);
        Ok(outcomes)
    }
}

/// Whether a batch is to be run before more is added.
pub(crate) const fn is_full(assembly: &Assembly) -> bool {
    assembly.len() >= BATCH_CASES || assembly.bytes() >= BATCH_BYTES
}

impl Suite {
    /// What runs its cases.
    fn runs(self) -> fn(&mut Runner<'_>, &Path, &Surroundings) -> Result<()> {
        match self {
            Self::Vmtests => vm_suite::run,
            Self::Vectors => vector_suite::run,
            Self::Statetests => state_suite::run_state_tests,
            Self::Bench => bench_suite::run,
            Self::MainnetTx => mainnet_suite::run,
        }
    }
}

/// Shows batches to somebody, and then leaves them to the CPU engine.
struct Shows<F> {
    each: F,
    cpu: CpuEngine,
}

impl<F: FnMut(&Batch) -> Result<()>> Engine for Shows<F> {
    fn info(&self) -> EngineInfo {
        EngineInfo { kind: "shows", ..self.cpu.info() }
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        match (self.each)(batch) {
            Ok(()) => self.cpu.run(batch, control),
            Err(error) => Box::pin(async move { Err(EngineError::Worker(format!("{error:#}"))) }),
        }
    }
}

/// Shows every batch that a suite makes of its cases, in their order. What the cases come to is not judged.
///
/// # Errors
/// Data that cannot be read, or the first error of `each`.
pub fn batches(suite: Suite, data: &Path, each: impl FnMut(&Batch) -> Result<()>) -> Result<()> {
    let around = surroundings::read(data)?;
    let engine = Box::new(Shows { each, cpu: CpuEngine::default() });
    let mut runner = Runner { engine, selection: Selection::all(None), report: Report::default() };
    suite.runs()(&mut runner, data, &around)
}

/// Makes the engine asked for.
///
/// # Errors
/// A GPU engine where there is no adapter.
pub fn engine(kind: EngineKind) -> Result<Box<dyn Engine>> {
    Ok(match kind {
        EngineKind::Cpu => Box::new(CpuEngine::default()),
        EngineKind::Gpu => Box::new(
            pollster::block_on(GpuEngine::new(GpuOptions::default(), Box::new(CpuEngine::default())))
                .context("the GPU engine cannot be made")?,
        ),
        EngineKind::Ways => Box::new(WayEngine::new(true)),
    })
}

/// Runs a suite.
///
/// # Errors
/// Data that cannot be read, or an engine that cannot be made or fails; a failed case is no error.
pub fn run(options: &Options) -> Result<Report> {
    let data = options.data.clone().unwrap_or_else(source::default_data);
    let engine = engine(options.engine)?;
    let info = engine.info();
    let name = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
        value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    };
    let report = Report {
        suite: name(&|| options.suite.to_possible_value()),
        engine: name(&|| options.engine.to_possible_value()),
        adapter: info.adapter,
        ..Report::default()
    };
    let around = surroundings::read(&data)?;
    let begun = Instant::now();
    let mut runner = Runner { engine, selection: Selection::all(options.fork), report };
    let suite = options.suite.runs();
    if let Some(limit) = options.limit {
        runner.selection = Selection::listening(options.fork, limit);
        suite(&mut runner, &data, &around)?;
        // What the listening pass counted (files that cannot be read) is counted again by the next.
        runner.report = Report { cases: 0, failed: 0, failures: Vec::new(), ..runner.report };
        runner.selection = runner.selection.settled();
    }
    suite(&mut runner, &data, &around)?;
    if options.engine == EngineKind::Ways {
        runner.report.ways = runner.engine.info().details.into_iter().collect();
    }
    runner.report.seconds = begun.elapsed().as_secs_f64();
    Ok(runner.report)
}
