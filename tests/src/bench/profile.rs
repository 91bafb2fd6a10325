//! Where the interpreter's time goes: rounds, submits, and each kernel's dispatches, lanes and seconds, by workload. It prints and
//! judges nothing.

use std::{fmt::Write as _, path::PathBuf, time::Instant};

use anyhow::{Result, bail};
use lanevm_core::{
    Engine,
    cpu::CpuEngine,
    engine::Control,
    gpu::{
        GpuEngine, GpuOptions, Timing,
        profile::{KernelProfile, Profile},
    },
};

use super::workload;

/// Seconds for which undisturbed runs are repeated, and most of them.
const LEAST_SECONDS: f64 = 1.0;
const MOST_RUNS: u32 = 100;

/// What to look at.
#[derive(Clone, Debug)]
pub struct Options {
    /// A `workloads.json`, or a directory that holds one; `None` for the shared fixtures beside the repository.
    pub data: Option<PathBuf>,
    /// Only the workload of this name.
    pub workload: Option<String>,
    /// Calls a batch.
    pub calls: usize,
    /// Steps a lane may take in a dispatch; `None` for as many as an undisturbed run comes to.
    pub fuel: Option<u32>,
    /// Invocations of a workgroup.
    pub workgroup: Option<u32>,
}

/// One workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Its name.
    pub name: String,
    /// Calls of the batch.
    pub calls: usize,
    /// Seconds of an undisturbed run, from the batch to outcomes.
    pub seconds: f64,
    /// Seconds that all threads of the process computed for a run, the device's where it is software; `None` where the system
    /// does not say.
    pub cpu: Option<f64>,
    /// What the run was spent on.
    pub timing: Timing,
    /// The first shard, dispatch by dispatch; or why there is none.
    pub profile: Result<Profile, String>,
}

/// All that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiles {
    /// The adapter and its API.
    pub adapter: String,
    /// Whether it is software.
    pub software: bool,
    /// By workload.
    pub workloads: Vec<Taken>,
}

/// Looks; `say` hears how far it is.
///
/// # Errors
/// Workloads that cannot be read, no adapter, or an engine that fails.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> Result<Profiles> {
    let (_, mut workloads) = workload::load(options.data.as_deref())?;
    if let Some(name) = &options.workload {
        workloads.retain(|workload| workload.name == *name);
    }
    if workloads.is_empty() {
        bail!("there is nothing to look at");
    }
    let made = GpuOptions {
        measure: true,
        timestamps: true,
        keep_stragglers: true,
        workgroup: options.workgroup,
        ..GpuOptions::default()
    };
    let mut gpu = pollster::block_on(GpuEngine::new(made, Box::new(CpuEngine::default())))?;
    let info = gpu.info();
    let mut taken = Vec::new();
    for workload in workloads {
        let batch = workload.batch(options.calls)?;
        // The first run builds kernels and finds its pace.
        pollster::block_on(gpu.run(&batch, &mut Control::default()))?;
        let (begun, computed) = (Instant::now(), cpu_seconds());
        let (mut runs, mut spent) = (0, None);
        while runs == 0 || (runs < MOST_RUNS && begun.elapsed().as_secs_f64() < LEAST_SECONDS) {
            pollster::block_on(gpu.run(&batch, &mut Control::default()))?;
            runs += 1;
            spent = cpu_seconds().zip(computed).map(|(now, then)| now - then);
        }
        let seconds = begun.elapsed().as_secs_f64() / f64::from(runs);
        let cpu = spent.map(|spent| spent / f64::from(runs));
        let timing = gpu.timing();
        let fuel = options.fuel.unwrap_or(timing.fuel.max(1));
        let profile = pollster::block_on(gpu.profile(&batch, fuel)).map_err(|why| why.to_string());
        say(&format!("{}: {seconds:.2} s", workload.name));
        taken.push(Taken { name: workload.name, calls: options.calls, seconds, cpu, timing, profile });
    }
    Ok(Profiles { adapter: format!("{} ({})", info.adapter, info.backend), software: info.software, workloads: taken })
}

/// Seconds that the threads of this process have computed so far, in steps of a hundredth, where Linux says so (proc(5)).
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The command's name stands in brackets and may hold anything; utime and stime are the 12th and 13th behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    Some(f64::from(ticks.next()?.ok()? + ticks.next()?.ok()?) / 100.0)
}

/// The share of dispatched invocations that had a lane.
fn occupancy(kernel: &KernelProfile) -> f64 {
    kernel.lanes as f64 / kernel.invocations.max(1) as f64
}

impl Profiles {
    /// The figures for people.
    pub fn text(&self) -> String {
        let kind = if self.software { ", software" } else { "" };
        let mut text = format!("adapter: {}{kind}\n", self.adapter);
        for taken in &self.workloads {
            let timing = &taken.timing;
            let _ = writeln!(
                text,
                "\n{}: {} calls in {:.3} s, {:.3} s of them on the device; {} rounds in {} submits, fuel {}",
                taken.name, taken.calls, taken.seconds, timing.device, timing.rounds, timing.submits, timing.fuel
            );
            if let Some(cpu) = taken.cpu {
                let _ = writeln!(text, "  {cpu:.4} s computed by all threads");
            }
            let profile = match &taken.profile {
                Ok(profile) => profile,
                Err(why) => {
                    let _ = writeln!(text, "  {why}");
                    continue;
                }
            };
            let all: f64 = profile.kernels.iter().map(|kernel| kernel.seconds + kernel.idle_seconds).sum();
            let _ = writeln!(
                text,
                "  dispatch by dispatch, {} lanes, fuel {}: {} rounds, {} steps, {:.3} s {}; {} ended, {} left",
                profile.lanes,
                profile.fuel,
                profile.rounds,
                profile.steps,
                all,
                if profile.timestamps { "by the device's clock" } else { "by the host's clock" },
                profile.ended,
                profile.left
            );
            let _ = writeln!(
                text,
                "  {:<12} {:>10} {:>8} {:>12} {:>10} {:>9} {:>9} {:>7} {:>9} {:>9}",
                "kernel", "dispatches", "idle", "lanes", "a dispatch", "occupancy", "seconds", "share", "idle s", "MiB"
            );
            for kernel in &profile.kernels {
                let _ = writeln!(
                    text,
                    "  {:<12} {:>10} {:>8} {:>12} {:>10.0} {:>8.0}% {:>9.4} {:>6.1}% {:>9.4} {:>9.1}",
                    kernel.name,
                    kernel.dispatches,
                    kernel.idle,
                    kernel.lanes,
                    kernel.lanes as f64 / kernel.dispatches.max(1) as f64,
                    occupancy(kernel) * 100.0,
                    kernel.seconds,
                    (kernel.seconds + kernel.idle_seconds) / all * 100.0,
                    kernel.idle_seconds,
                    kernel.bytes as f64 / f64::from(1 << 20),
                );
            }
        }
        text
    }

    /// The figures for programs.
    pub fn json(&self) -> serde_json::Value {
        let workloads = self.workloads.iter().map(|taken| {
            let timing = &taken.timing;
            let profile = taken.profile.as_ref().ok().map(|profile| {
                let kernels = profile.kernels.iter().map(|kernel| {
                    serde_json::json!({
                        "kernel": kernel.name,
                        "dispatches": kernel.dispatches,
                        "idle_dispatches": kernel.idle,
                        "lanes": kernel.lanes,
                        "invocations": kernel.invocations,
                        "occupancy": occupancy(kernel),
                        "seconds": kernel.seconds,
                        "idle_seconds": kernel.idle_seconds,
                        "bytes_estimate": kernel.bytes,
                    })
                });
                serde_json::json!({
                    "lanes": profile.lanes,
                    "fuel": profile.fuel,
                    "rounds": profile.rounds,
                    "steps": profile.steps,
                    "ended": profile.ended,
                    "left": profile.left,
                    "timestamps": profile.timestamps,
                    "kernels": kernels.collect::<Vec<_>>(),
                })
            });
            serde_json::json!({
                "workload": taken.name,
                "lanes": taken.calls,
                "seconds": taken.seconds,
                "cpu_seconds": taken.cpu,
                "device_seconds": timing.device,
                "rounds": timing.rounds,
                "submits": timing.submits,
                "fuel": timing.fuel,
                "profile": profile,
                "without_profile": taken.profile.as_ref().err(),
            })
        });
        serde_json::json!({
            "adapter": self.adapter,
            "software": self.software,
            "rows": workloads.collect::<Vec<_>>(),
        })
    }
}
