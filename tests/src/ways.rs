//! Ways on the host and on the device, against the CPU engine: varied calls of random programs, of contracts of others, or of a
//! suite's cases, as many as are asked for; and what the ways of a batch hold, in words.

use std::path::Path;

use anyhow::{Context, Result};
use lanevm_core::{
    Batch, Class, Control, Engine, Observe, Outcomes,
    compiled::CompiledEngine,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::{Op, Search, Told, Way, WayEngine, wgsl::units},
};

use crate::{
    conformance::{self, Suite},
    contracts::Contracts,
    parity::{lockstep, payments, programs, societies, varied::varied},
};

/// Programs of a batch, and how often each is called.
const PROGRAMS: usize = 256;
const TIMES: usize = 8;

/// Programs of a batch on the device, and how often each is called.
const PROGRAMS_ON_DEVICE: usize = 8;
const TIMES_ON_DEVICE: usize = 500;

/// Calls of a contract in a batch, and on the device.
const CALLS: usize = 2048;
const CALLS_ON_DEVICE: usize = 4096;

/// What is called.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Random programs, in turns of their own code, of several accounts and of payments.
    Random,
    /// Contracts of others.
    Contracts(&'a Contracts),
    /// The cases of a suite, each varied.
    Cases(Suite, &'a Path),
}

/// Where ways are gone.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// By the evaluator.
    Host,
    /// By kernels.
    Device {
        /// Units of a stretch, where ways are to be cut into shorter ones than usual.
        stretch: Option<u64>,
    },
}

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Lanes compared.
    pub lanes: u64,
    /// Lanes among them that ended in success.
    pub successes: u64,
    /// Lanes that differ.
    pub mismatches: u64,
    /// What the ways' engine did.
    pub told: Told,
    /// The first lanes that differ, with their batch's name.
    pub shown: Vec<String>,
    /// On the device: why it refused kernels, each of which is a fault of this program.
    pub refusals: Vec<String>,
}

fn run(engine: &mut dyn Engine, batch: &Batch) -> Result<Outcomes> {
    Ok(pollster::block_on(engine.run(batch, &mut Control::default()))?)
}

impl Compared {
    /// Takes a batch along ways and compares every lane. `each`: every lane makes its own.
    ///
    /// # Errors
    /// An engine that fails; a difference is no error.
    pub fn compare(&mut self, batch: &Batch, each: bool, what: &str) -> Result<()> {
        let mut engine = WayEngine::new(each);
        let ways = run(&mut engine, batch)?;
        self.hold(batch, &ways, what)?;
        self.told.add(engine.told());
        Ok(())
    }

    /// Runs a batch by ways on the device and compares every lane.
    ///
    /// # Errors
    /// An engine that fails; a difference is no error.
    pub fn compare_on_device(&mut self, engine: &mut CompiledEngine, batch: &Batch, what: &str) -> Result<()> {
        let ways = run(engine, batch)?;
        self.hold(batch, &ways, what)?;
        let last = engine.last();
        self.told.lanes += last.lanes;
        self.told.ways += last.ways as u64;
        for why in last.refused.iter().chain(&last.unfit) {
            *self.told.unfit.entry(why.clone()).or_default() += 1;
        }
        if let Some(difference) = &last.difference {
            self.mismatches += last.wrong as u64;
            self.shown.push(format!("{what}, {difference}"));
        }
        self.refusals = engine.gpu().way_refusals();
        Ok(())
    }

    fn hold(&mut self, batch: &Batch, ways: &Outcomes, what: &str) -> Result<()> {
        let cpu = run(&mut CpuEngine::new(0), batch)?;
        for row in 0..batch.len() {
            let (a, b) = (ways.row(row), cpu.row(row));
            let (path, wanted) = (ways.path(row), cpu.path(row));
            self.successes += u64::from(b.status.is_some_and(|status| status.class() == Class::Success));
            if !lockstep::same(&a, &b) || path != wanted {
                self.mismatches += 1;
                if self.shown.len() < 5 {
                    self.shown
                        .push(format!("{what}, lane {row}\n way {a:?} path {path:?}\n cpu {b:?} path {wanted:?}"));
                }
            }
        }
        if ways.coverage != cpu.coverage {
            self.mismatches += 1;
            self.shown.push(format!("{what}, coverage\n way {:?}\n cpu {:?}", ways.coverage, cpu.coverage));
        }
        self.lanes += batch.len() as u64;
        Ok(())
    }

    /// Reasons that are a fault of this program, not of the lanes.
    pub fn faults(&self) -> Vec<&str> {
        let is_fault = |why: &&String| why.contains("disagrees") || why.contains("refused");
        self.told.unfit.keys().filter(is_fault).map(String::as_str).collect()
    }

    /// Whether all is as it must be.
    pub fn is_clean(&self) -> bool {
        self.mismatches == 0 && self.faults().is_empty() && self.refusals.is_empty()
    }
}

/// Takes batches along ways and holds every lane against the CPU engine.
struct Soak<S> {
    /// The device's engine; none on the host.
    device: Option<CompiledEngine>,
    lanes: u64,
    compared: Compared,
    /// Whether the device's next batch is observed: every other is.
    observes: bool,
    say: S,
}

impl<S: FnMut(&str, &Compared)> Soak<S> {
    fn is_done(&self) -> bool {
        self.compared.lanes >= self.lanes
    }

    fn take(&mut self, batch: &Batch, name: &str) -> Result<()> {
        match &mut self.device {
            Some(engine) => {
                let observe = Observe { path: self.observes, coverage: self.observes };
                self.observes = !self.observes;
                let batch = Batch { observe, ..batch.clone() };
                self.compared.compare_on_device(engine, &batch, &format!("on the device, {name}"))?;
            }
            None => self.compared.compare(batch, false, name)?,
        }
        (self.say)(name, &self.compared);
        Ok(())
    }

    /// How many programs make a batch, and how often each is called.
    const fn size(&self) -> (usize, usize) {
        if self.device.is_some() { (PROGRAMS_ON_DEVICE, TIMES_ON_DEVICE) } else { (PROGRAMS, TIMES) }
    }

    fn random(&mut self, seed: u64) -> Result<()> {
        let (count, times) = self.size();
        let (kind, batch) = match seed % 3 {
            0 => ("programs", varied(&programs::batch(seed, count), times, seed)),
            1 => ("societies", varied(&societies::batch(seed, count), times, seed)),
            _ => ("payments", payments::batch(seed, count, times, if self.device.is_some() { 8 } else { 4 })),
        };
        self.take(&batch, &format!("varied {kind}, seed {seed}"))
    }

    fn contracts(&mut self, contracts: &Contracts, seed: u64) -> Result<()> {
        let (name, batch) = contracts.batch(seed, if self.device.is_some() { CALLS_ON_DEVICE } else { CALLS });
        self.take(&batch, &format!("{name}, seed {seed}"))
    }

    /// Varies the cases of a batch, a few at a time.
    fn cases(&mut self, batch: &Batch, number: &mut usize, seed: u64) -> Result<()> {
        let (count, times) = self.size();
        let rows: Vec<usize> = (0..batch.len()).collect();
        for rows in rows.chunks(count) {
            if self.is_done() {
                break;
            }
            let some = batch.subset(rows);
            self.take(&varied(&some, times, seed ^ *number as u64), &format!("cases from {number}"))?;
            *number += rows.len();
        }
        Ok(())
    }
}

/// Compares so many lanes from a seed on, and says after each batch how it stands. A suite may end before.
///
/// # Errors
/// A GPU engine that cannot be made, an engine that fails, or a suite that cannot be read.
pub fn soak(
    source: Source<'_>,
    place: Place,
    lanes: u64,
    seed: u64,
    say: impl FnMut(&str, &Compared),
) -> Result<Compared> {
    let device = if let Place::Device { stretch } = place {
        let options = GpuOptions { ways: Ways::Wait, keep_stragglers: true, ..GpuOptions::default() };
        let gpu = pollster::block_on(GpuEngine::new(options, Box::new(CpuEngine::default())));
        let mut gpu = gpu.context("the GPU engine cannot be made")?;
        gpu.cut_ways(stretch);
        // A batch holds several programs, each of which has ways of its own.
        let search = Search { sample: 512, most: 12, attempts: 64, milliseconds: 60_000.0, least: 0 };
        Some(CompiledEngine::new(gpu, search))
    } else {
        None
    };
    let mut soak = Soak { device, lanes, compared: Compared::default(), observes: false, say };
    if let Source::Cases(suite, data) = source {
        let mut number = 0;
        conformance::batches(suite, data, |batch| soak.cases(batch, &mut number, seed))?;
        return Ok(soak.compared);
    }
    for seed in seed.. {
        match source {
            _ if soak.is_done() => break,
            Source::Contracts(contracts) => soak.contracts(contracts, seed)?,
            _ => soak.random(seed)?,
        }
    }
    Ok(soak.compared)
}

/// What a way holds, in words.
pub fn described(way: &Way) -> String {
    let count = |wanted: fn(&Op) -> bool| way.ops.iter().filter(|op| wanted(op)).count();
    format!(
        "{}, {} values of which {} hashes and {} slots read, {} guards and loops in order, {} loops, {} slots written, \
         {} logs, {} accounts, {} units of a kernel",
        way.end.status,
        way.ops.len(),
        count(|op| matches!(op, Op::Keccak(..))),
        count(|op| matches!(op, Op::Stored(..))),
        way.items.len(),
        way.loops.len(),
        way.end.slots.len(),
        way.end.logs.len(),
        way.accounts.len(),
        units(way),
    )
}
