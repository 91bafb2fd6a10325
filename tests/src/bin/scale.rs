//! Runs a million lanes again and again and states the memory. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use lanevm_core::{
    Engine, Keep,
    cpu::CpuEngine,
    gpu::{Faults, GpuEngine, GpuOptions},
};
use lanevm_tests::scale;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kept {
    Summary,
    Status,
    Return,
    All,
}

/// Runs many lanes of one example several times on the GPU engine and states time and memory of each run: the device's
/// buffers, and the process's. Exits with 1 where memory grew by more than a twentieth after the second run, or digests
/// differ.
#[derive(Debug, Parser)]
#[command(name = "scale")]
struct Arguments {
    /// The example, by its id.
    #[arg(long, default_value = "erc20")]
    example: String,
    /// Lanes of a run.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    lanes: usize,
    /// Runs.
    #[arg(long, value_name = "N", default_value_t = 10)]
    runs: usize,
    /// What is kept of each lane.
    #[arg(long, value_enum, default_value = "status")]
    keep: Kept,
    /// Compute the digest, and compare it from run to run.
    #[arg(long)]
    digest: bool,
    /// Lanes of a shard at most; the engine's own choice unless told otherwise.
    #[arg(long, value_name = "N")]
    shard: Option<u32>,
    /// Lose the device so often in all; then the digest is compared with that of an undisturbed run.
    #[arg(long, value_name = "N", default_value_t = 0)]
    losses: u32,
    /// Submits from one loss to the next.
    #[arg(long, value_name = "N", default_value_t = 3)]
    every: u32,
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let keep = match arguments.keep {
        Kept::Summary => Keep::Summary,
        Kept::Status => Keep::Status,
        Kept::Return => Keep::Return,
        Kept::All => Keep::All,
    };
    let digest = arguments.digest || arguments.losses > 0;
    let batch = scale::batch(&arguments.example, arguments.lanes, keep, digest);
    let options = GpuOptions { shard_lanes: arguments.shard, keep_stragglers: true, ..GpuOptions::default() };
    let make = |faults: Faults| {
        pollster::block_on(GpuEngine::new(GpuOptions { faults, ..options }, Box::new(CpuEngine::new(0))))
            .context("no WebGPU adapter")
    };
    let mut runs = Vec::new();
    if arguments.losses > 0 {
        let mut calm = make(Faults::default())?;
        let run = pollster::block_on(scale::once(&mut calm, &batch));
        println!("undisturbed: {:.1} s, digest {}", run.seconds, run.digest.unwrap_or_default());
        runs.push(run);
    }
    let mut gpu = make(Faults { losses: arguments.losses, every: arguments.every, most_lanes: 0 })?;
    let info = gpu.info();
    println!(
        "{} ({}); {} lanes of {}, keep {:?}",
        info.adapter, info.backend, arguments.lanes, arguments.example, keep
    );
    for at in 1..=arguments.runs {
        let run = pollster::block_on(scale::once(&mut gpu, &batch));
        println!(
            "run {at:>2}: {:>7.2} s, {:>9.0} calls/s, device {:.1} MiB, process {:.1} MiB, on the device {}, begun again {}{}",
            run.seconds,
            arguments.lanes as f64 / run.seconds,
            mib(run.device),
            run.host.map_or(f64::NAN, mib),
            run.on_gpu,
            run.repeated,
            run.digest.map(|digest| format!(", digest {digest}")).unwrap_or_default(),
        );
        runs.push(run);
    }
    if arguments.losses > 0 {
        println!("devices lost: {}", gpu.losses());
    }
    let lanes = gpu.largest_shard();
    println!("buffers, for a shard of {lanes} lanes:\n{}", scale::listing(&gpu, lanes));
    let differ = runs.iter().any(|run| run.digest != runs[0].digest);
    let grew = |of: fn(&scale::Run) -> u64| {
        let settled = &runs[runs.len().min(2) - 1..];
        let first = settled.first().map_or(0, of);
        settled.iter().any(|run| of(run) > first + first / 20)
    };
    let grows = arguments.losses == 0 && (grew(|run| run.device) || grew(|run| run.host.unwrap_or_default()));
    if differ {
        eprintln!("the digests differ");
    }
    if grows {
        eprintln!("memory grew from run to run");
    }
    Ok(if differ || grows { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
