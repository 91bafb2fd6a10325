//! The benchmark: the same batches on the GPU, on the CPU with one core and with all, and on the CPU as wasm in Node, in
//! turns within one run, so that ratios are of one machine in one mood. It checks that all answers agree; a fast wrong
//! answer is an error here.

pub mod figures;
mod frames;
mod node;
pub mod workload;

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use anyhow::{Result, bail};
use lanevm_core::{
    Observe, Reason,
    batch::Batch,
    compiled::CompiledEngine,
    cpu::CpuEngine,
    engine::{Control, Engine},
    gpu::{GpuEngine, GpuOptions, Ways},
    outcome::Outcomes,
    paths::Search,
};

use self::{
    figures::{Compiled, Figures, Measured, Row, Side},
    node::Node,
    workload::Workload,
};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// A `workloads.json`, or a directory that holds one; `None` for the shared fixtures beside the repository.
    pub data: Option<PathBuf>,
    /// Only the workload of this name.
    pub workload: Option<String>,
    /// Calls a batch; `None` for 10,000, and on a software adapter for as many as half a second of one core takes.
    pub calls: Option<usize>,
    /// How often each is measured.
    pub repetitions: usize,
    /// Measure with every program of one call that the fixtures' archive has, too.
    pub programs: bool,
    /// Leave out the GPU.
    pub no_gpu: bool,
    /// Leave out Node.
    pub no_node: bool,
    /// Measure the GPU with lanes observed, too.
    pub observe: bool,
}

/// Calls of a batch unless told otherwise.
const CALLS: usize = 10_000;

/// What one core may take for a batch where the adapter is software, in seconds.
const SOFTWARE_BUDGET: f64 = 0.5;

/// Calls that take one core longer, in seconds, are left out.
const LONGEST_CALL: f64 = 0.03;

/// Runs a batch and gives what came of it and the seconds it took.
fn timed(engine: &mut dyn Engine, batch: &Batch) -> Result<(Outcomes, f64)> {
    let begun = Instant::now();
    let outcomes = pollster::block_on(engine.run(batch, &mut Control::default()))?;
    Ok((outcomes, begun.elapsed().as_secs_f64()))
}

/// Measures.
///
/// # Errors
/// Workloads that cannot be read, an engine that fails, or answers that differ.
pub fn run(options: &Options) -> Result<Figures> {
    let (source, mut workloads) = workload::load(options.data.as_deref())?;
    if options.data.is_none() || options.programs {
        workloads.extend(workload::programs(options.data.as_deref(), options.programs)?);
    }
    if let Some(name) = &options.workload {
        workloads.retain(|workload| workload.name == *name);
    }
    if workloads.is_empty() || options.repetitions == 0 {
        bail!("there is nothing to measure");
    }
    let mut one = CpuEngine::new(1);
    let mut all = CpuEngine::new(0);
    let mut skipped = BTreeMap::new();
    let mut gpu = if options.no_gpu {
        skipped.insert(Side::Gpu.name(), "left out by --no-gpu".to_owned());
        None
    } else {
        match pollster::block_on(GpuEngine::new(
            GpuOptions { measure: true, ..GpuOptions::default() },
            Box::new(CpuEngine::default()),
        )) {
            Ok(gpu) => Some(gpu),
            Err(why) => {
                skipped.insert(Side::Gpu.name(), why.to_string());
                None
            }
        }
    };
    // A device of its own, so that neither engine's kernels stand in the other's way.
    let mut compiled = match &gpu {
        None => None,
        Some(_) => {
            let options = GpuOptions { measure: true, ways: Ways::Wait, ..GpuOptions::default() };
            let gpu = pollster::block_on(GpuEngine::new(options, Box::new(CpuEngine::default())))?;
            Some(CompiledEngine::new(gpu, Search { least: 0, ..Search::default() }))
        }
    };
    let info = gpu.as_ref().map(Engine::info);
    let software = info.as_ref().is_none_or(|info| info.software);
    let mut measured = Vec::new();
    let mut left_out = Vec::new();
    for workload in workloads {
        // A batch of calls that take this long would be a benchmark of patience.
        let (_, seconds) = timed(&mut one, &workload.batch(1)?)?;
        if seconds > LONGEST_CALL {
            left_out.push(format!("{}: a call takes {:.0} ms on one core", workload.name, seconds * 1e3));
            continue;
        }
        let calls = options.calls.map_or_else(|| calibrated(&mut one, &workload, software), Ok)?;
        measured.push(Taken::new(workload, calls, &mut one)?);
    }
    let mut node = if options.no_node {
        skipped.insert(Side::Wasm.name(), "left out by --no-node".to_owned());
        None
    } else {
        match Node::start(&measured.iter().map(|one| (&one.workload, one.calls)).collect::<Vec<_>>())? {
            Ok(node) => Some(node),
            Err(why) => {
                skipped.insert(Side::Wasm.name(), why);
                None
            }
        }
    };
    for repetition in 0..=options.repetitions {
        // The first round warms caches, pipelines and the JIT, and is where answers are compared; it is not counted.
        for (index, taken) in measured.iter_mut().enumerate() {
            if let Some(gpu) = &mut gpu {
                taken.measure(Side::Gpu, gpu, repetition)?;
                // Where the CPU had a part in the answers, the device's own time says nothing.
                if taken.on_gpu == taken.calls as u64 {
                    taken.note(Side::GpuResident, gpu.timing().device, repetition);
                }
                if options.observe {
                    for (side, coverage) in [(Side::GpuPath, false), (Side::GpuCoverage, true)] {
                        taken.batch.observe = Observe { path: !coverage, coverage };
                        taken.measure(side, gpu, repetition)?;
                    }
                    taken.batch.observe = Observe::default();
                }
            }
            if let Some(compiled) = &mut compiled {
                taken.measure(Side::Ways, compiled, repetition)?;
                taken.compiled(compiled, repetition)?;
            }
            taken.measure(Side::OneCore, &mut one, repetition)?;
            taken.measure(Side::AllCores, &mut all, repetition)?;
            if let Some(node) = &mut node {
                let (gas, seconds) = node.run(index)?;
                if gas != taken.gas {
                    bail!("{}: {gas} gas in wasm, {} natively", taken.workload.name, taken.gas);
                }
                taken.note(Side::Wasm, seconds, repetition);
            }
        }
    }
    if let Some(node) = node {
        node.stop();
    }
    Ok(Figures {
        source,
        adapter: info.map(|info| format!("{} ({})", info.adapter, info.backend)),
        software,
        cores: all.threads(),
        repetitions: options.repetitions,
        skipped,
        left_out,
        workloads: measured.into_iter().map(Taken::row).collect(),
    })
}

/// How many calls of a workload make a batch.
fn calibrated(engine: &mut CpuEngine, workload: &Workload, software: bool) -> Result<usize> {
    if !software {
        return Ok(CALLS);
    }
    const SAMPLE: usize = 20;
    let (_, seconds) = timed(engine, &workload.batch(SAMPLE)?)?;
    let calls = (SOFTWARE_BUDGET / seconds * SAMPLE as f64) as usize;
    Ok((calls / 100 * 100).clamp(100, CALLS))
}

/// A workload under measurement.
struct Taken {
    workload: Workload,
    calls: usize,
    batch: Batch,
    gas: u128,
    digest: lanevm_core::B256,
    seconds: BTreeMap<Side, Vec<f64>>,
    on_gpu: u64,
    on_cpu: BTreeMap<String, u64>,
    ways: Option<Compiled>,
}

impl Taken {
    fn new(workload: Workload, calls: usize, reference: &mut CpuEngine) -> Result<Self> {
        let batch = workload.batch(calls)?;
        let (outcomes, _) = timed(reference, &batch)?;
        if let Some(expected) = workload.gas_used {
            let found = outcomes.gas_used(0);
            if found != expected {
                bail!("{}: {found} gas, the workload says {expected}", workload.name);
            }
        }
        let gas = outcomes.summary().gas_total;
        let digest = outcomes.digest();
        let (seconds, on_cpu) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { workload, calls, batch, gas, digest, seconds, on_gpu: 0, on_cpu, ways: None })
    }

    fn measure(&mut self, side: Side, engine: &mut dyn Engine, repetition: usize) -> Result<()> {
        let (outcomes, seconds) = timed(engine, &self.batch)?;
        if repetition == 0 {
            let digest = outcomes.digest();
            if digest != self.digest {
                bail!("{}: the answers of {} differ from the CPU engine's", self.workload.name, side.name());
            }
            if side == Side::Gpu {
                let summary = outcomes.summary();
                self.on_gpu = summary.on_gpu;
                let handed = summary.on_cpu.into_iter().filter(|(reason, _)| *reason != Reason::None);
                self.on_cpu = handed.map(|(reason, count)| (reason.label(), count)).collect();
            }
        }
        self.note(side, seconds, repetition);
        Ok(())
    }

    /// Notes what the last run by ways did; the first one finds them and builds their kernels.
    fn compiled(&mut self, engine: &CompiledEngine, repetition: usize) -> Result<()> {
        let last = engine.last();
        if let Some(difference) = &last.difference {
            bail!("{}: {} lanes came to something else by ways: {difference}", self.workload.name, last.wrong);
        }
        if repetition == 0 {
            self.ways = Some(Compiled {
                ways: last.ways,
                lanes: last.lanes,
                search_ms: last.search,
                kernels_ms: last.kernels,
                without: last.refused.iter().chain(&last.unfit).cloned().collect(),
            });
        }
        if last.lanes == self.calls as u64 {
            self.note(Side::WaysResident, engine.gpu().timing().device, repetition);
        }
        Ok(())
    }

    fn note(&mut self, side: Side, seconds: f64, repetition: usize) {
        if repetition > 0 {
            self.seconds.entry(side).or_default().push(seconds);
        }
    }

    fn row(self) -> Row {
        let gas = self.gas as f64;
        let sides = self.seconds.into_iter().map(|(side, seconds)| {
            let measured = Measured::new(self.calls as f64, gas, seconds);
            (side, measured)
        });
        Row {
            name: self.workload.name,
            calls: self.calls,
            gas_per_call: gas / self.calls as f64,
            lanes_on_gpu: self.on_gpu,
            lanes_on_cpu: self.on_cpu,
            ways: self.ways,
            sides: sides.collect(),
        }
    }
}
