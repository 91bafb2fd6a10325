//! Ways on the host, against the CPU engine: random programs and their varied calls, as many as are asked for, and what the
//! ways of a batch hold, in words.

use anyhow::Result;
use lanevm_core::{
    Batch, Control, Engine, Outcomes,
    cpu::CpuEngine,
    paths::{Op, Told, Way, WayEngine},
};

use crate::parity::{lockstep, programs, societies, varied::varied};

/// Programs of a batch, and how often each is called.
const PROGRAMS: usize = 256;
const TIMES: usize = 8;

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
        let (ways, cpu) = (run(&mut engine, batch)?, run(&mut CpuEngine::new(0), batch)?);
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
        self.told.add(engine.told());
        Ok(())
    }

    /// Reasons that are a fault of this program, not of the lanes.
    pub fn faults(&self) -> Vec<&str> {
        let is_fault = |why: &&String| why.contains("disagrees") || why.contains("refused");
        self.told.unfit.keys().filter(is_fault).map(String::as_str).collect()
    }

    /// Whether all is as it must be.
    pub fn is_clean(&self) -> bool {
        self.mismatches == 0 && self.faults().is_empty()
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
        let (kind, random) = if seed.is_multiple_of(2) {
            ("programs", programs::batch(seed, PROGRAMS))
        } else {
            ("societies", societies::batch(seed, PROGRAMS))
        };
        compared.compare(&varied(&random, TIMES, seed), false, &format!("varied {kind}, seed {seed}"))?;
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
         {} logs, {} accounts",
        way.end.status,
        way.ops.len(),
        count(|op| matches!(op, Op::Keccak(..))),
        count(|op| matches!(op, Op::Stored(..))),
        way.items.len(),
        way.loops.len(),
        way.end.slots.len(),
        way.end.logs.len(),
        way.accounts.len(),
    )
}
