//! The benchmark: the same batches on the GPU, on the CPU with one core and with all, and in Node on the CPU engine as wasm and
//! on @ethereumjs/evm, in turns within one run, so that ratios are of one machine in one mood. It checks that all answers agree;
//! a fast wrong answer is an error here.

pub mod figures;
mod frames;
mod node;
pub mod plot;
pub mod profile;
pub mod scaling;
pub mod workload;

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use anyhow::{Result, bail};
use lanevm_core::{
    Observe, Reason,
    batch::Batch,
    compiled::CompiledEngine,
    cpu::CpuEngine,
    engine::{Control, Engine, EngineError},
    gpu::{GpuEngine, GpuOptions, Ways},
    outcome::Outcomes,
    paths::Search,
};

use self::{
    figures::{Compiled, Figures, Measured, Row, Side},
    node::{Guest, Made, Node},
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
    /// Seconds that measuring is to take, about.
    pub seconds: f64,
}

/// Calls of a batch unless told otherwise.
const CALLS: usize = 10_000;

/// What one core may take for a batch where the adapter is software, in seconds.
const SOFTWARE_BUDGET: f64 = 0.5;

/// Calls that take one core longer, in seconds, are left out.
const LONGEST_CALL: f64 = 0.03;

/// @ethereumjs/evm makes as many calls of a batch as this many seconds hold.
const ETHEREUMJS_SECONDS: f64 = 0.4;

/// Lanes of the interpreter's first trial, of which each later one has four times as many.
const TRIAL: usize = 256;

/// Runs a batch and gives what came of it and the seconds it took.
fn timed(engine: &mut dyn Engine, batch: &Batch) -> Result<(Outcomes, f64)> {
    let begun = Instant::now();
    let outcomes = pollster::block_on(engine.run(batch, &mut Control::default()))?;
    Ok((outcomes, begun.elapsed().as_secs_f64()))
}

/// A GPU engine under measurement.
fn device(ways: Ways) -> Result<GpuEngine, EngineError> {
    let options = GpuOptions { measure: true, ways, ..GpuOptions::default() };
    pollster::block_on(GpuEngine::new(options, Box::new(CpuEngine::default())))
}

/// One that looks for the ways of a batch however small it is, and waits for their kernels.
fn compiled() -> Result<CompiledEngine, EngineError> {
    Ok(CompiledEngine::new(device(Ways::Wait)?, Search { least: 0, ..Search::default() }))
}

/// Who is measured.
struct Engines {
    gpu: Option<GpuEngine>,
    compiled: Option<CompiledEngine>,
    one: CpuEngine,
    all: CpuEngine,
    /// The guests in Node, which run one after the other like all others.
    wasm: Option<Node>,
    ethereumjs: Option<Node>,
}

impl Engines {
    /// Asks for two devices, so that the kernels of the interpreter and of ways do not stand in each other's way.
    fn new(options: &Options, skipped: &mut BTreeMap<&'static str, String>) -> Result<Self> {
        let gpu = if options.no_gpu {
            Err("left out by --no-gpu".to_owned())
        } else {
            device(Ways::Off).map_err(|why| why.to_string())
        };
        let gpu = gpu.map_err(|why| skipped.insert(Side::Gpu.name(), why)).ok();
        let compiled = match &gpu {
            None => None,
            Some(_) => Some(compiled()?),
        };
        Ok(Self { gpu, compiled, one: CpuEngine::new(1), all: CpuEngine::new(0), wasm: None, ethereumjs: None })
    }

    /// Starts the guests in Node.
    fn start(
        &mut self,
        options: &Options,
        measured: &[Taken],
        skipped: &mut BTreeMap<&'static str, String>,
    ) -> Result<()> {
        let workloads: Vec<_> = measured.iter().map(|taken| (&taken.workload, taken.calls)).collect();
        let mut start = |guest, side: Side| -> Result<Option<Node>> {
            let started =
                if options.no_node { Err("left out by --no-node".to_owned()) } else { Node::start(guest, &workloads)? };
            Ok(started.map_err(|why| skipped.insert(side.name(), why)).ok())
        };
        self.wasm = start(Guest::Wasm, Side::Wasm)?;
        self.ethereumjs = start(Guest::Ethereumjs(ETHEREUMJS_SECONDS), Side::Ethereumjs)?;
        Ok(())
    }

    /// One turn of every side that takes at most so many seconds.
    fn turn(&mut self, taken: &mut Taken, index: usize, repetition: usize, observe: bool, most: f64) -> Result<()> {
        if let Some(gpu) = self.gpu.as_mut().filter(|_| taken.takes(Side::Gpu) <= most) {
            taken.measure(Side::Gpu, gpu, repetition)?;
            // Where the CPU had a part in the answers, the device's own time says nothing.
            if taken.on_gpu == taken.few.calls as u64 {
                taken.note(Side::GpuResident, taken.few.calls, gpu.timing().device, repetition);
            }
            if observe {
                for (side, coverage) in [(Side::GpuPath, false), (Side::GpuCoverage, true)] {
                    taken.few.batch.observe = Observe { path: !coverage, coverage };
                    taken.measure(side, gpu, repetition)?;
                }
                taken.few.batch.observe = Observe::default();
            }
        }
        if let Some(compiled) = self.compiled.as_mut().filter(|_| repetition == 0) {
            taken.look_for_ways(compiled)?;
        }
        let goes = taken.ways.as_ref().is_some_and(|compiled| compiled.lanes > 0);
        if let Some(compiled) = self.compiled.as_mut().filter(|_| goes && taken.takes(Side::Ways) <= most) {
            taken.measure(Side::Ways, compiled, repetition)?;
            taken.compiled(compiled, repetition)?;
        }
        for (side, engine) in [(Side::OneCore, &mut self.one), (Side::AllCores, &mut self.all)] {
            if taken.takes(side) <= most {
                taken.measure(side, engine, repetition)?;
            }
        }
        for (side, node) in [(Side::Wasm, &mut self.wasm), (Side::Ethereumjs, &mut self.ethereumjs)] {
            if let Some(node) = node.as_mut().filter(|_| taken.takes(side) <= most) {
                taken.made(side, &node.run(index)?, repetition)?;
            }
        }
        Ok(())
    }
}

/// Measures, within about the seconds it is given; `say` hears how far it is.
///
/// # Errors
/// Workloads that cannot be read, an engine that fails, or answers that differ.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> Result<Figures> {
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
    let begun = Instant::now();
    let mut skipped = BTreeMap::new();
    let mut engines = Engines::new(options, &mut skipped)?;
    let info = engines.gpu.as_ref().map(Engine::info);
    let software = info.as_ref().is_none_or(|info| info.software);
    let mut measured = Vec::new();
    let mut left_out = Vec::new();
    for workload in workloads {
        // A batch of calls that take this long would be a benchmark of patience.
        let (_, seconds) = timed(&mut engines.one, &workload.batch(1)?)?;
        if seconds > LONGEST_CALL {
            left_out.push(format!("{}: a call takes {:.0} ms on one core", workload.name, seconds * 1e3));
            continue;
        }
        let calls = options.calls.map_or_else(|| calibrated(&mut engines.one, &workload, software), Ok)?;
        measured.push(Taken::new(workload, calls, &mut engines.one)?);
    }
    engines.start(options, &measured, &mut skipped)?;
    say(&format!("ready after {:.1} s", begun.elapsed().as_secs_f64()));
    let begun = Instant::now();
    let workloads = measured.len();
    for (index, taken) in measured.iter_mut().enumerate() {
        let own = Instant::now();
        let share = (options.seconds - begun.elapsed().as_secs_f64()) / (workloads - index) as f64;
        if let Some(gpu) = &mut engines.gpu {
            taken.bound(gpu, &mut engines.one, share / 6.0)?;
        }
        // The first turn warms caches, pipelines and the JIT, and is where answers are compared; it is not counted. Of the
        // others the first is always whole, and later ones leave out who would take more than the workload's share of time.
        for repetition in 0..=options.repetitions {
            let turns = options.repetitions + 1 - repetition;
            let left = (share - own.elapsed().as_secs_f64()) / turns as f64;
            let most = if repetition < 2 { f64::INFINITY } else { affordable(taken.takes.values(), left) };
            engines.turn(taken, index, repetition, options.observe, most)?;
        }
        let seconds = own.elapsed().as_secs_f64();
        let (name, calls, few) = (&taken.workload.name, taken.calls, taken.few.calls);
        say(&format!("{} of {workloads}: {name}, {calls} calls, {few} by the interpreter, {seconds:.1} s", index + 1));
        if let Some(why) = engines.gpu.as_ref().and_then(GpuEngine::failure) {
            say(&format!("the device failed: {why}"));
        }
    }
    for node in [engines.wasm, engines.ethereumjs].into_iter().flatten() {
        node.stop();
    }
    Ok(Figures {
        source,
        adapter: info.map(|info| format!("{} ({})", info.adapter, info.backend)),
        software,
        cores: engines.all.threads(),
        repetitions: options.repetitions,
        skipped,
        left_out,
        workloads: measured.into_iter().map(Taken::row).collect(),
    })
}

/// The most that one of these may take, so that all which take no more fit so many seconds together.
fn affordable<'a>(takes: impl Iterator<Item = &'a f64>, seconds: f64) -> f64 {
    let mut takes: Vec<f64> = takes.copied().collect();
    takes.sort_by(f64::total_cmp);
    let mut left = seconds;
    let fits = takes.into_iter().take_while(|takes| {
        left -= takes;
        left >= 0.0
    });
    fits.last().unwrap_or(-1.0)
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

/// A batch and what its answers come to.
struct Part {
    calls: usize,
    batch: Batch,
    digest: lanevm_core::B256,
}

/// A workload under measurement.
struct Taken {
    workload: Workload,
    calls: usize,
    reference: Outcomes,
    gas: u128,
    whole: Part,
    /// What the interpreter takes: all calls, or as many as there is time for.
    few: Part,
    sides: BTreeMap<Side, Measured>,
    /// Seconds that each side's last turn took in all.
    takes: BTreeMap<Side, f64>,
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
        let digest = outcomes.digest();
        Ok(Self {
            few: Part { calls, batch: batch.clone(), digest },
            whole: Part { calls, batch, digest },
            gas: outcomes.summary().gas_total,
            workload,
            calls,
            reference: outcomes,
            sides: BTreeMap::new(),
            takes: BTreeMap::new(),
            on_gpu: 0,
            on_cpu: BTreeMap::new(),
            ways: None,
        })
    }

    /// Gives the interpreter as many calls as take it so many seconds. Trials grow as long as they are short, since few lanes
    /// say little of many on an adapter that is wide.
    fn bound(&mut self, gpu: &mut GpuEngine, reference: &mut CpuEngine, seconds: f64) -> Result<()> {
        let mut lanes = TRIAL;
        let calls = loop {
            if lanes >= self.calls {
                return Ok(());
            }
            let (_, took) = timed(gpu, &self.workload.batch(lanes)?)?;
            if took * 4.0 > seconds {
                // The first trial's kernels may have been built meanwhile.
                let took = if lanes == TRIAL { timed(gpu, &self.workload.batch(lanes)?)?.1 } else { took };
                break (lanes as f64 * seconds / took) as usize;
            }
            lanes *= 4;
        };
        let calls = (calls / TRIAL * TRIAL).max(TRIAL);
        if calls < self.calls {
            let batch = self.workload.batch(calls)?;
            let (outcomes, _) = timed(reference, &batch)?;
            self.few = Part { calls, batch, digest: outcomes.digest() };
        }
        Ok(())
    }

    fn measure(&mut self, side: Side, engine: &mut dyn Engine, repetition: usize) -> Result<()> {
        let interprets = matches!(side, Side::Gpu | Side::GpuPath | Side::GpuCoverage);
        let part = if interprets { &self.few } else { &self.whole };
        let calls = part.calls;
        let (outcomes, seconds) = timed(engine, &part.batch)?;
        if repetition == 0 {
            let digest = outcomes.digest();
            if digest != part.digest {
                bail!("{}: the answers of {} differ from the CPU engine's", self.workload.name, side.name());
            }
            if side == Side::Gpu {
                let summary = outcomes.summary();
                self.on_gpu = summary.on_gpu;
                let handed = summary.on_cpu.into_iter().filter(|(reason, _)| *reason != Reason::None);
                self.on_cpu = handed.map(|(reason, count)| (reason.label(), count)).collect();
            }
        }
        self.takes.insert(side, seconds);
        self.note(side, calls, seconds, repetition);
        Ok(())
    }

    /// Seconds that a side's last turn took; 0 before the first.
    fn takes(&self, side: Side) -> f64 {
        self.takes.get(&side).copied().unwrap_or_default()
    }

    /// Notes what a guest made, which must be what the reference has.
    fn made(&mut self, side: Side, made: &Made, repetition: usize) -> Result<()> {
        let (name, who) = (&self.workload.name, side.name());
        let calls = made.calls.unwrap_or(self.calls);
        let gas: u128 = (0..calls).map(|call| u128::from(self.reference.gas_used(call))).sum();
        if made.gas != gas {
            bail!("{name}: {calls} calls use {} gas by {who}, {gas} natively", made.gas);
        }
        if let Some(output) = made.output.as_deref().filter(|output| *output != self.reference.output(calls - 1)) {
            bail!("{name}: {who} returns {}", alloy_primitives::hex::encode(output));
        }
        self.takes.insert(side, made.seconds);
        self.note(side, calls, made.seconds, repetition);
        Ok(())
    }

    /// Has ways found and their kernels built, with as many calls as the interpreter takes: it takes them where there is no way.
    fn look_for_ways(&mut self, engine: &mut CompiledEngine) -> Result<()> {
        timed(engine, &self.few.batch)?;
        let last = engine.last();
        self.ways = Some(Compiled {
            ways: last.ways,
            lanes: last.lanes,
            search_ms: last.search,
            kernels_ms: last.kernels,
            without: last.refused.iter().chain(&last.unfit).cloned().collect(),
        });
        Ok(())
    }

    /// Notes what the last run by ways did.
    fn compiled(&mut self, engine: &CompiledEngine, repetition: usize) -> Result<()> {
        let last = engine.last();
        if let Some(difference) = &last.difference {
            bail!("{}: {} lanes came to something else by ways: {difference}", self.workload.name, last.wrong);
        }
        if let Some(compiled) = &mut self.ways {
            compiled.lanes = last.lanes;
        }
        if last.lanes == self.calls as u64 {
            self.note(Side::WaysResident, self.calls, last.timing.device, repetition);
        }
        Ok(())
    }

    fn note(&mut self, side: Side, calls: usize, seconds: f64, repetition: usize) {
        if repetition > 0 {
            let gas = self.gas as f64 / self.calls as f64;
            self.sides.entry(side).or_insert_with(|| Measured::new(calls, gas)).note(seconds);
        }
    }

    fn row(self) -> Row {
        Row {
            name: self.workload.name,
            calls: self.calls,
            gas_per_call: self.gas as f64 / self.calls as f64,
            lanes_on_gpu: self.on_gpu,
            lanes_on_cpu: self.on_cpu,
            ways: self.ways,
            sides: self.sides,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_that_fit_together_are_affordable() {
        let takes = [4.0, 1.0, 2.0];
        let afford = |seconds| affordable(takes.iter(), seconds);
        assert!(afford(0.5) < 0.0);
        assert!((afford(2.5) - 1.0).abs() < 1e-12);
        assert!((afford(3.0) - 2.0).abs() < 1e-12);
        assert!((afford(7.0) - 4.0).abs() < 1e-12);
    }
}
