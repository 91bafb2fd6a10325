//! Measures calls and gas per second. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Parser;
use lanevm_tests::bench::{self, Options, plot, profile, scaling};

/// Measures calls and gas per second on the GPU, on the CPU natively, and in Node on the CPU engine as wasm and on
/// @ethereumjs/evm. Answers are compared before they are timed.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Arguments {
    /// A workloads.json, or a directory that holds one. Default: ../shared/fixtures beside the repository, or the
    /// repository's own examples where there is none; and a proxy call, a factory's create and ecrecover.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Only the workload of this name.
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// Calls a batch. Default: 10,000; with a software adapter, as many as one core runs in half a second;
    /// 2,048 with --profile.
    #[arg(long, value_name = "N")]
    calls: Option<usize>,
    /// How often each is measured.
    #[arg(long, value_name = "N", default_value_t = 5)]
    repetitions: usize,
    /// Measure with every program of one call that the fixtures' bench.tar.zst has, too.
    #[arg(long)]
    programs: bool,
    /// Leave out the GPU.
    #[arg(long)]
    no_gpu: bool,
    /// Leave out what runs in Node.
    #[arg(long)]
    no_node: bool,
    /// Measure the GPU with paths and with coverage noted, too.
    #[arg(long)]
    observe: bool,
    /// Seconds that measuring is to take, about: workloads share them, and who is too slow for its share has fewer
    /// repetitions, one at least.
    #[arg(long, value_name = "SECONDS", default_value_t = 150.0)]
    seconds: f64,
    /// Write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the ratios to revm on all cores, or with --scaling what grows with the lanes, into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Measure what a batch costs from 1,000 lanes on, on the GPU alone: seconds, and memory on the device and off it. A
    /// token's transfer by the interpreter and by ways, and Fibonacci by ways; with --workload that one by both.
    #[arg(long, conflicts_with_all = ["calls", "repetitions", "programs", "no_gpu", "observe", "seconds"])]
    scaling: bool,
    /// Say where the interpreter's time goes on each workload: rounds and submits, and by kernel its dispatches, the lanes it
    /// serves and its seconds, each dispatch by itself.
    #[arg(long, conflicts_with_all = ["scaling", "repetitions", "programs", "no_gpu", "observe", "seconds", "svg"])]
    profile: bool,
    /// Steps a lane may take in a dispatch of --profile. Default: what an undisturbed run comes to.
    #[arg(long, value_name = "N", requires = "profile")]
    fuel: Option<u32>,
    /// Invocations of a workgroup for --profile.
    #[arg(long, value_name = "N", requires = "profile")]
    workgroup: Option<u32>,
    /// Most lanes of --scaling.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, requires = "scaling")]
    lanes: usize,
    /// Seconds that a batch of --scaling may take: where one is predicted to take more, the row ends.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, requires = "scaling")]
    most: f64,
}

/// Calls of a batch whose profile is taken.
const PROFILED: usize = 2048;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut say = |progress: &str| eprintln!("{progress}");
    let (json, svg) = (arguments.json.as_deref(), arguments.svg.as_deref());
    if arguments.scaling {
        let scaling = scaling::run(
            &scaling::Options {
                data: arguments.data,
                workload: arguments.workload,
                lanes: arguments.lanes,
                most: arguments.most,
            },
            &mut say,
        )?;
        print!("{}", scaling.text());
        return keep(json, svg, &serde_json::to_value(&scaling)?, || scaling.svg());
    }
    if arguments.profile {
        let profiles = profile::run(
            &profile::Options {
                data: arguments.data,
                workload: arguments.workload,
                calls: arguments.calls.unwrap_or(PROFILED),
                fuel: arguments.fuel,
                workgroup: arguments.workgroup,
            },
            &mut say,
        )?;
        print!("{}", profiles.text());
        return keep(json, svg, &profiles.json(), || Ok(String::new()));
    }
    let options = Options {
        data: arguments.data,
        workload: arguments.workload,
        calls: arguments.calls,
        repetitions: arguments.repetitions,
        programs: arguments.programs,
        no_gpu: arguments.no_gpu,
        no_node: arguments.no_node,
        observe: arguments.observe,
        seconds: arguments.seconds,
    };
    let figures = bench::run(&options, &mut say)?;
    print!("{}", figures.text());
    keep(json, svg, &figures.json(), || plot::ratios(&figures))
}

/// Writes figures to the files that were asked for.
fn keep(
    json: Option<&Path>,
    svg: Option<&Path>,
    figures: &serde_json::Value,
    draw: impl FnOnce() -> Result<String>,
) -> Result<()> {
    let write =
        |path: &Path, text: &str| fs::write(path, text).with_context(|| format!("cannot write {}", path.display()));
    if let Some(path) = json {
        write(path, &(serde_json::to_string_pretty(figures)? + "\n"))?;
    }
    if let Some(path) = svg {
        write(path, &draw()?)?;
    }
    Ok(())
}
