//! Measures calls and gas per second. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use lanevm_tests::bench::{self, Options};

/// Measures calls and gas per second on the GPU, on the CPU natively, and on the CPU as wasm in Node. Answers are
/// compared before they are timed.
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
    /// Calls a batch. Default: 10,000; with a software adapter, as many as one core runs in half a second.
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
    /// Leave out Node.
    #[arg(long)]
    no_node: bool,
    /// Measure the GPU with paths and with coverage noted, too.
    #[arg(long)]
    observe: bool,
    /// Write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let figures = bench::run(&Options {
        data: arguments.data,
        workload: arguments.workload,
        calls: arguments.calls,
        repetitions: arguments.repetitions,
        programs: arguments.programs,
        no_gpu: arguments.no_gpu,
        no_node: arguments.no_node,
        observe: arguments.observe,
    })?;
    print!("{}", figures.text());
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&figures.json())?;
        fs::write(path, json + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
