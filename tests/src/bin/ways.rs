//! Says which ways the calls of the benchmark's workloads go, or holds the ways of random programs, or of contracts, against the
//! CPU engine. Everything it knows stands in the library.
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
    conformance::Suite,
    contracts::Contracts,
    fixtures::source,
    ways::{Compared, Place, Source, described, soak},
};

/// Finds the ways of workloads, and says how long that takes and what they hold. With `--soak` random programs or contracts are
/// taken along ways, and every outcome is compared with the CPU engine's; exits with 1 where one differs.
#[derive(Debug, Parser)]
#[command(name = "ways")]
struct Arguments {
    /// A `workloads.json`, or a directory that holds one; with --contracts or --suite, files of those. Default: ../shared/fixtures beside
    /// the repository.
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
    /// Compare lanes of contracts instead of random programs: those with interfaces in the files at --data, by default in the
    /// fixtures' contracts.tar.zst. Each is deployed and lives through some calls, and functions of it are called.
    #[arg(long, requires = "soak")]
    contracts: bool,
    /// Compare lanes of this suite's cases instead, each varied.
    #[arg(long, requires = "soak", conflicts_with = "contracts", value_enum)]
    suite: Option<Suite>,
    /// Compare them on the device, not on the host: eight programs a batch, each called 500 times, or one contract,
    /// called 4,096 times.
    #[arg(long, requires = "soak")]
    device: bool,
    /// On the device: cut ways into stretches of so many units of a kernel, as far as that gives not too many.
    #[arg(long, value_name = "UNITS", requires = "device")]
    stretch: Option<u64>,
    /// Seed of the first batch; every further batch has the next.
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
    let say = |what: &str, so_far: &Compared| {
        let told = &so_far.told;
        println!(
            "{} lanes, {} in success, {} by {} ways ({} loops), {} mismatches; {what}",
            so_far.lanes, so_far.successes, told.lanes, told.ways, told.loops, so_far.mismatches
        );
    };
    let contracts = arguments.contracts.then(|| Contracts::at(arguments.data.as_deref())).transpose()?;
    let data = arguments.data.clone().unwrap_or_else(source::default_data);
    let source = match (&contracts, arguments.suite) {
        (Some(contracts), _) => Source::Contracts(contracts),
        (None, Some(suite)) => Source::Cases(suite, &data),
        (None, None) => Source::Random,
    };
    let place = if arguments.device { Place::Device { stretch: arguments.stretch } } else { Place::Host };
    let compared = soak(source, place, lanes, arguments.seed, say)?;
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
