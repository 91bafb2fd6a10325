//! Says which ways the calls of the benchmark's workloads go, or holds the ways of random programs against the CPU engine.
//! Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{path::PathBuf, process::ExitCode, time::Instant};

use anyhow::Result;
use clap::Parser;
use lanevm_core::{
    Control,
    paths::{Search, find},
};
use lanevm_tests::{
    bench::workload,
    ways::{Compared, described, soak, soak_on_device},
};

/// Finds the ways of workloads, and says how long that takes and what they hold. With `--soak` random programs are taken along
/// ways on the host, and every outcome is compared with the CPU engine's; exits with 1 where one differs.
#[derive(Debug, Parser)]
#[command(name = "ways")]
struct Arguments {
    /// A `workloads.json`, or a directory that holds one. Default: ../shared/fixtures beside the repository.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Only the workload of this name.
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// Look at every program of one call that the fixtures' bench.tar.zst has, too.
    #[arg(long)]
    programs: bool,
    /// Calls of a batch.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    calls: usize,
    /// Print the ways themselves.
    #[arg(long)]
    text: bool,
    /// Compare so many lanes of random programs instead.
    #[arg(long, value_name = "LANES")]
    soak: Option<u64>,
    /// Compare them on the device, not on the host: eight programs a batch, each called 500 times.
    #[arg(long, requires = "soak")]
    device: bool,
    /// On the device: cut ways into stretches of so many units of a kernel, as far as that gives not too many.
    #[arg(long, value_name = "UNITS", requires = "device")]
    stretch: Option<u64>,
    /// Seed of the first batch of random programs; every further batch has the next.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(lanes) = arguments.soak {
        return soaked(lanes, &arguments);
    }
    let (source, mut workloads) = workload::load(arguments.data.as_deref())?;
    if arguments.programs {
        workloads.extend(workload::programs(arguments.data.as_deref(), true)?);
    }
    if let Some(name) = &arguments.workload {
        workloads.retain(|workload| workload.name == *name);
    }
    println!("workloads of {source}");
    for workload in workloads {
        let batch = workload.batch(arguments.calls)?;
        let begun = Instant::now();
        let found = pollster::block_on(find(&batch, Search::default(), &Control::default()))?;
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        let (ways, left, sample) = (found.ways.len(), found.left, found.sample);
        println!("{}: {ways} ways, {left} of {sample} calls go none, {ms:.0} ms", workload.name);
        for (why, count) in &found.unfit {
            println!("  {count} x {why}");
        }
        for trodden in &found.ways {
            println!("  {} calls: {}", trodden.lanes, described(&trodden.way));
            if arguments.text {
                println!("{}", trodden.way);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn soaked(lanes: u64, arguments: &Arguments) -> Result<ExitCode> {
    let seed = arguments.seed;
    let say = |so_far: &Compared| {
        let told = &so_far.told;
        println!(
            "{} lanes, {} by {} ways ({} loops), {} mismatches",
            so_far.lanes, told.lanes, told.ways, told.loops, so_far.mismatches
        );
    };
    let compared = match arguments.device {
        true => soak_on_device(lanes, seed, arguments.stretch, say)?,
        false => soak(lanes, seed, say)?,
    };
    for why in &compared.refusals {
        println!("  refused: {why}");
    }
    let mut unfit: Vec<_> = compared.told.unfit.iter().collect();
    unfit.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (why, count) in unfit {
        println!("  {count} x {why}");
    }
    for shown in &compared.shown {
        println!("{shown}");
    }
    Ok(if compared.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
