//! Says which ways the calls of the benchmark's workloads go. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{path::PathBuf, time::Instant};

use anyhow::Result;
use clap::Parser;
use lanevm_core::paths::{Op, Search, Way, find};
use lanevm_tests::bench::workload;

/// Finds the ways of workloads, and says how long that takes and what they hold.
#[derive(Debug, Parser)]
#[command(name = "ways")]
struct Arguments {
    /// A `workloads.json`, or a directory that holds one. Default: ../shared/fixtures beside the repository.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Only the workload of this name.
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// Calls of a batch.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    calls: usize,
    /// Print the ways themselves.
    #[arg(long)]
    text: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (source, mut workloads) = workload::load(arguments.data.as_deref())?;
    if let Some(name) = &arguments.workload {
        workloads.retain(|workload| workload.name == *name);
    }
    println!("workloads of {source}");
    for workload in workloads {
        let batch = workload.batch(arguments.calls)?;
        let begun = Instant::now();
        let found = pollster::block_on(find(&batch, Search::default()))?;
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        println!(
            "{}: {} ways, {} of {} calls go none, {ms:.0} ms",
            workload.name,
            found.ways.len(),
            found.left,
            found.sample
        );
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
    Ok(())
}

fn described(way: &Way) -> String {
    let count = |wanted: fn(&Op) -> bool| way.ops.iter().filter(|op| wanted(op)).count();
    format!(
        "{}, {} values of which {} hashes and {} slots read, {} guards and loops in order, {} loops, {} slots written, {} logs, \
         {} accounts",
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
