//! The long run: batches of random programs, or of contracts of others, on both engines, as many as are asked for, each told by
//! its seed. It stops at
//! nothing; what differs is counted and shown.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::OpenOptions,
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use lanevm_core::{
    Batch, Control, Engine, Outcomes, Reason,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
};

use crate::{
    contracts::Contracts,
    parity::{lockstep, programs, societies},
};

/// Which programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Societies: accounts that call one another, at every level.
    Frames,
    /// Programs of a single frame.
    Single,
    /// Contracts of others: each is deployed and lives through some calls, and functions of it are called with varied arguments.
    Contracts,
    /// Frames and single ones, in turns.
    All,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Programs in all.
    pub programs: u64,
    /// The first batch's seed; the next has the next.
    pub seed: u64,
    /// Which.
    pub kind: Kind,
    /// Where contracts are read; `None` for the shared fixtures beside the repository.
    pub data: Option<PathBuf>,
    /// Programs of a batch.
    pub lanes: usize,
    /// A file to which a line is added for every batch.
    pub log: Option<PathBuf>,
    /// Differences that are shown with their first differing step.
    pub shown: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Batches.
    pub batches: u64,
    /// Lanes.
    pub lanes: u64,
    /// Lanes wholly on the device.
    pub on_gpu: u64,
    /// Lanes that the CPU engine answered, by reason.
    pub on_cpu: BTreeMap<Reason, u64>,
    /// Lanes that differ.
    pub mismatches: u64,
    /// Batches whose digests differ though no lane does.
    pub digests: u64,
}

impl Totals {
    /// Whether both engines agreed throughout.
    pub const fn is_clean(&self) -> bool {
        self.mismatches == 0 && self.digests == 0
    }

    fn add(&mut self, other: &Self) {
        self.batches += other.batches;
        self.lanes += other.lanes;
        self.on_gpu += other.on_gpu;
        for (reason, lanes) in &other.on_cpu {
            *self.on_cpu.entry(*reason).or_default() += lanes;
        }
        self.mismatches += other.mismatches;
        self.digests += other.digests;
    }

    /// The share of the device and the reasons of the rest, most frequent first, in words.
    pub fn share(&self) -> String {
        let share = self.on_gpu as f64 * 100.0 / self.lanes.max(1) as f64;
        let mut text = format!("{share:.1}% on the device");
        // Many opcodes are many reasons; the first few say enough.
        let mut reasons: Vec<_> = self.on_cpu.iter().collect();
        reasons.sort_by_key(|(_, lanes)| std::cmp::Reverse(**lanes));
        for (at, (reason, lanes)) in reasons.iter().take(6).enumerate() {
            let _ = write!(text, "{}{} {lanes}", if at == 0 { " (CPU: " } else { ", " }, reason.label());
        }
        if reasons.len() > 6 {
            let rest: u64 = reasons[6..].iter().map(|(_, lanes)| **lanes).sum();
            let _ = write!(text, ", others {rest}");
        }
        if !reasons.is_empty() {
            text.push(')');
        }
        text
    }
}

fn run(engine: &mut dyn Engine, batch: &Batch) -> Result<(Outcomes, Duration)> {
    let begun = Instant::now();
    let outcomes = pollster::block_on(engine.run(batch, &mut Control::default()))?;
    Ok((outcomes, begun.elapsed()))
}

/// Soaks, and says how it goes, a line a batch.
///
/// # Errors
/// A GPU engine that cannot be made or fails, or a log that cannot be written; a mismatch is no error.
pub fn soak(options: &Options, mut say: impl FnMut(&str)) -> Result<Totals> {
    ensure!(options.lanes > 0, "a batch of no lanes would never end");
    let made = GpuEngine::new(GpuOptions::default(), Box::new(CpuEngine::default()));
    let mut gpu = pollster::block_on(made).context("the GPU engine cannot be made")?;
    let mut cpu = CpuEngine::default();
    let adapter = gpu.info();
    say(&format!(
        "adapter: {} ({}){}",
        adapter.adapter,
        adapter.backend,
        if adapter.software { ", software" } else { "" }
    ));
    let mut log = match &options.log {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            Some((path, file.with_context(|| format!("cannot open {}", path.display()))?))
        }
        None => None,
    };
    let contracts = (options.kind == Kind::Contracts).then(|| Contracts::at(options.data.as_deref())).transpose()?;
    let mut totals = Totals::default();
    let mut left_to_show = options.shown;
    while totals.lanes < options.programs {
        let lanes = (options.programs - totals.lanes).min(options.lanes as u64) as usize;
        let seed = options.seed.wrapping_add(totals.batches);
        let single = match options.kind {
            Kind::Frames | Kind::Contracts => false,
            Kind::Single => true,
            Kind::All => !totals.batches.is_multiple_of(2),
        };
        let (kind, option, batch) = match &contracts {
            Some(contracts) => {
                let (name, batch) = contracts.batch(seed, lanes);
                (name, "contract", batch)
            }
            None if single => ("single".into(), "program", programs::batch(seed, lanes)),
            None => ("frames".into(), "society", societies::batch(seed, lanes)),
        };
        let (on_gpu, gpu_time) = run(&mut gpu, &batch)?;
        let (on_cpu, cpu_time) = run(&mut cpu, &batch)?;
        let summary = on_gpu.summary();
        let differing: Vec<usize> =
            (0..lanes).filter(|row| !lockstep::same(&on_gpu.row(*row), &on_cpu.row(*row))).collect();
        let digests = on_gpu.digest() != on_cpu.digest();
        let own = Totals {
            batches: 1,
            lanes: lanes as u64,
            on_gpu: summary.on_gpu,
            on_cpu: summary.on_cpu,
            mismatches: differing.len() as u64,
            digests: u64::from(digests && differing.is_empty()),
        };
        totals.add(&own);
        let line = format!("{kind} seed {seed}: {lanes} lanes, {} mismatches, {}", own.mismatches, own.share());
        let times = format!("gpu {:.1} s, cpu {:.1} s", gpu_time.as_secs_f64(), cpu_time.as_secs_f64());
        say(&format!("{line}; {times}; so far {} lanes, {} mismatches", totals.lanes, totals.mismatches));
        if own.digests > 0 {
            say(&format!("{kind} seed {seed}: the digests differ though no lane does"));
        }
        if let Some((path, file)) = &mut log {
            writeln!(file, "{line}").with_context(|| format!("cannot write {}", path.display()))?;
        }
        for row in differing {
            say(&format!("mismatch: cargo xtask lockstep --{option} {seed}:{row}"));
            if left_to_show > 0 {
                left_to_show -= 1;
                let shown = lockstep::compare(&mut gpu, &batch, row, lockstep::MOST_STEPS);
                say(&pollster::block_on(shown).map_or_else(|why| why, |verdict| verdict.to_string()));
            }
        }
    }
    Ok(totals)
}
