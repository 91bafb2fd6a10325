//! Runs conformance suites and reports what came of them. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;
use lanevm_core::Fork;
use lanevm_tests::conformance::{self, EngineKind, Options, Suite};

/// Runs test data of others on an engine and compares exactly. Exits with 1 if a case failed.
#[derive(Debug, Parser)]
#[command(name = "conformance")]
struct Arguments {
    /// The engine.
    #[arg(long, value_enum)]
    engine: EngineKind,
    /// The suite.
    #[arg(long, value_enum)]
    suite: Suite,
    /// Packed archives (.tar.zst), unpacked trees, or an upstream checkout; searched to the bottom. Default:
    /// ../shared/fixtures beside the repository.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Only cases under the rules of this fork.
    #[arg(long, value_parser = parse_fork)]
    fork: Option<Fork>,
    /// Only the N cases with the smallest keccak-256 of `file:test:fork:d:g:v`.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Write the report to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn parse_fork(name: &str) -> Result<Fork, String> {
    Fork::parse(name).ok_or_else(|| format!("`{name}` is no fork from Frontier to Osaka"))
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let report = conformance::run(&Options {
        engine: arguments.engine,
        suite: arguments.suite,
        data: arguments.data,
        fork: arguments.fork,
        limit: arguments.limit,
    })?;
    print!("{}", report.text());
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&report)?;
        fs::write(path, json + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    if report.cases == 0 {
        anyhow::bail!("no case was found: is --data right?");
    }
    Ok(if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
