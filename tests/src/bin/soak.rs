//! Runs random programs, or contracts of others, on both engines for as long as is asked. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use lanevm_tests::soak::{self, Kind, Options};

/// Runs random programs, or contracts of others, on the GPU engine and on the CPU engine and compares every lane. Each batch's line says the
/// totals so far, so that a run can be stopped at any time. Exits with 1 where any lane differed.
#[derive(Debug, Parser)]
#[command(name = "soak")]
struct Arguments {
    /// Programs in all.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    programs: u64,
    /// Seed of the first batch; every further batch has the next.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Which programs: several accounts that call one another, single frames, both in turns, or contracts of others.
    #[arg(long, value_enum, default_value = "all")]
    kind: Kind,
    /// Files of contracts with interfaces, for --kind contracts. Default: contracts.tar.zst of ../shared/fixtures beside the
    /// repository.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Programs of a batch.
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    lanes: u32,
    /// Add a line for every batch, with its seed, to this file.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Differing lanes that are shown with their first differing step.
    #[arg(long, value_name = "N", default_value_t = 5)]
    shown: usize,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let options = Options {
        programs: arguments.programs,
        seed: arguments.seed,
        kind: arguments.kind,
        data: arguments.data,
        lanes: arguments.lanes as usize,
        log: arguments.log,
        shown: arguments.shown,
    };
    let totals = soak::soak(&options, |line| println!("{line}"))?;
    println!(
        "{} batches, {} lanes, {} mismatches; {}",
        totals.batches,
        totals.lanes,
        totals.mismatches,
        totals.share()
    );
    Ok(if totals.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
