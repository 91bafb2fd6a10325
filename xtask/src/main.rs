//! Every command a person types in this repository. `cargo xtask help` is the manual.

mod generate;
mod place;
mod solidity;

use clap::{Parser, Subcommand};

/// Every command of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", about)]
struct Arguments {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Write the generated files: the examples' bytecode, from their Solidity sources.
    Gen {
        /// Write nothing; fail where a file differs from what would be written.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Verb::Gen { check } => generate::generate(check),
    }
}
