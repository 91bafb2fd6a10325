//! Runs the ERC-20 example as sequences and compares every call with revm. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use lanevm_core::{
    Engine, Level,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
};
use lanevm_tests::{
    parity::token::Token,
    sequences::{States, compare},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Gpu,
    Cpu,
}

/// Sends the built-in ERC-20 token about, many calls one after another in each lane, and compares every outcome and the
/// state at the end with revm, which runs each lane's calls on one state of its own. Exits with 1 at a difference.
#[derive(Debug, Parser)]
#[command(name = "sequences")]
struct Arguments {
    /// Lanes.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    lanes: usize,
    /// Calls in each lane.
    #[arg(long, value_name = "N", default_value_t = 100)]
    calls: usize,
    /// What runs them.
    #[arg(long, value_enum, default_value = "gpu")]
    engine: Kind,
    /// Raw frames alone, whose storage the device keeps from call to call; otherwise every level in turn.
    #[arg(long)]
    frames: bool,
    /// What the calls are drawn from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut engine: Box<dyn Engine> = match arguments.engine {
        Kind::Cpu => Box::new(CpuEngine::default()),
        Kind::Gpu => {
            let made = GpuEngine::new(GpuOptions::default(), Box::new(CpuEngine::default()));
            Box::new(pollster::block_on(made).context("the GPU engine cannot be made")?)
        }
    };
    println!("{}", engine.info().adapter);
    let levels: &[Level] =
        if arguments.frames { &[Level::Frame] } else { &[Level::Frame, Level::Call, Level::Transaction] };
    let token = Token::at(levels, arguments.seed, arguments.lanes);
    let steps = (0..arguments.calls).map(|step| token.step(step));
    match compare(engine.as_mut(), &token.batch(), steps, States::AtTheEnd) {
        Ok(seen) => {
            let seconds = seen.session_time.as_secs_f64();
            println!(
                "{} lanes, {} calls, {} on the device ({} with the lane's state kept there), 0 mismatches; {} succeeded, {} \
                 reverted, {} stopped",
                arguments.lanes, seen.calls, seen.on_gpu, seen.kept, seen.classes[1], seen.classes[2], seen.stopped
            );
            println!(
                "session {seconds:.1} s: {:.0} calls/s, {:.1} Mgas/s; revm and comparing {:.1} s",
                seen.calls as f64 / seconds,
                seen.gas as f64 / seconds / 1e6,
                seen.native_time.as_secs_f64()
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            println!("{why}");
            Ok(ExitCode::from(1))
        }
    }
}
