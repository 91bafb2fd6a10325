//! Ways on the host, against the CPU engine: random programs and their varied calls, as many as are asked for, and what the
//! ways of a batch hold, in words.

use anyhow::{Context, Result};
use lanevm_core::{
    Batch, Control, Engine, Outcomes,
    compiled::CompiledEngine,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::{Op, Search, Told, Way, WayEngine, wgsl::units},
};

use crate::parity::{lockstep, payments, programs, societies, varied::varied};

/// Programs of a batch, and how often each is called.
const PROGRAMS: usize = 256;
const TIMES: usize = 8;

/// Programs of a batch on the device, and how often each is called.
const PROGRAMS_ON_DEVICE: usize = 8;
const TIMES_ON_DEVICE: usize = 500;

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Lanes compared.
    pub lanes: u64,
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
            if !lockstep::same(&a, &b) {
                self.mismatches += 1;
                if self.shown.len() < 5 {
                    self.shown.push(format!("{what}, lane {row}\n way {a:?}\n cpu {b:?}"));
                }
            }
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

/// Compares so many lanes of random programs, from a seed on, and says after each batch how it stands.
///
/// # Errors
/// An engine that fails.
pub fn soak(lanes: u64, seed: u64, mut say: impl FnMut(&Compared)) -> Result<Compared> {
    let mut compared = Compared::default();
    let mut seed = seed;
    while compared.lanes < lanes {
        let (kind, batch) = match seed % 3 {
            0 => ("programs", varied(&programs::batch(seed, PROGRAMS), TIMES, seed)),
            1 => ("societies", varied(&societies::batch(seed, PROGRAMS), TIMES, seed)),
            _ => ("payments", payments::batch(seed, PROGRAMS, TIMES, 4)),
        };
        compared.compare(&batch, false, &format!("varied {kind}, seed {seed}"))?;
        say(&compared);
        seed += 1;
    }
    Ok(compared)
}

/// Compares so many lanes of random programs on the device, from a seed on, and says after each batch how it stands. `stretch`:
/// units of a stretch, where ways are to be cut into shorter ones than usual.
///
/// # Errors
/// A GPU engine that cannot be made, or an engine that fails.
pub fn soak_on_device(lanes: u64, seed: u64, stretch: Option<u64>, mut say: impl FnMut(&Compared)) -> Result<Compared> {
    let options = GpuOptions { ways: Ways::Wait, keep_stragglers: true, ..GpuOptions::default() };
    let gpu = pollster::block_on(GpuEngine::new(options, Box::new(CpuEngine::default())));
    let mut gpu = gpu.context("the GPU engine cannot be made")?;
    gpu.cut_ways(stretch);
    // A batch holds several programs, each of which has ways of its own.
    let mut engine =
        CompiledEngine::new(gpu, Search { sample: 512, most: 12, attempts: 64, milliseconds: 60_000.0, least: 0 });
    let mut compared = Compared::default();
    let mut seed = seed;
    while compared.lanes < lanes {
        let batch = match seed % 3 {
            0 => varied(&programs::batch(seed, PROGRAMS_ON_DEVICE), TIMES_ON_DEVICE, seed),
            1 => varied(&societies::batch(seed, PROGRAMS_ON_DEVICE), TIMES_ON_DEVICE, seed),
            _ => payments::batch(seed, PROGRAMS_ON_DEVICE, TIMES_ON_DEVICE, 8),
        };
        compared.compare_on_device(&mut engine, &batch, &format!("on the device, seed {seed}"))?;
        say(&compared);
        seed += 1;
    }
    Ok(compared)
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
