//! Every command a person types in this repository. `cargo xtask help` is the manual.

mod browser;
mod bundle;
mod child;
mod generate;
mod licenses;
mod matrix;
mod measure;
mod parts;
mod place;
mod play;
mod policy;
mod report;
mod server;
mod setup;
mod solidity;
mod split;
mod stage;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const HELP: &str = "\
Every command sets up what it needs and finds missing, and is quick the second time:
  Rust target wasm32-unknown-unknown   by rustup
  wasm-bindgen, trunk                  into lanevm/<tool>-<version> of the user's cache folder
  npm packages                         into node_modules of xtask/, web/js/, node/ and e2e/
  Chromium, ChromeDriver, Vulkan       by apt, where that asks for no password; else it says what to type

Variables:
  LANEVM_CHROMIUM   the browser to test with, if not the one on PATH
  CHROMEDRIVER      its driver, if not the one on PATH
  VK_DRIVER_FILES   the Vulkan driver that Dawn (WebGPU in Node) uses; SwiftShader on a Linux machine without a GPU
  XDG_CACHE_HOME    where tools are kept";

/// Every command of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", about, after_help = HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve the playground and print its address.
    Play {
        /// Port on 127.0.0.1.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Open it in the browser.
        #[arg(long)]
        open: bool,
    },
    /// Run every test, print each stage's time, and count.
    Test {
        /// Run only this stage; can be repeated.
        #[arg(long, value_name = "STAGE")]
        only: Vec<String>,
        /// Leave this stage out; can be repeated.
        #[arg(long, value_name = "STAGE")]
        skip: Vec<String>,
        /// Print the stages and run none.
        #[arg(long)]
        list: bool,
    },
    /// Run an engine on Ethereum's test suites. All that follows goes to the runner; try `--help`.
    #[command(disable_help_flag = true)]
    Conformance {
        /// Arguments of the runner.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run one lane on both engines and show the first step that differs. All that follows goes to it; try `--help`.
    #[command(disable_help_flag = true)]
    Lockstep {
        /// Arguments of the program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run random programs on both engines, a million unless told otherwise; `--package` runs 10,000 batches in one process of the
    /// npm package instead, with `--batches`, `--warm-up`, `--device` and `--within`. All that follows goes to it; try `--help`.
    #[command(disable_help_flag = true)]
    Soak {
        /// Arguments of the program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run a million lanes again and again and state time and memory; `--browser` does so in Chromium, with `--lanes`, `--runs`
    /// and `--losses`. All that follows goes to the program otherwise; try `--help`.
    #[command(disable_help_flag = true)]
    Scale {
        /// Arguments of the program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run many calls one after another in each lane and compare with revm. All that follows goes to it; try `--help`.
    #[command(disable_help_flag = true)]
    Sequences {
        /// Arguments of the program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Say which ways the calls of the benchmark's workloads go. All that follows goes to it; try `--help`.
    #[command(disable_help_flag = true)]
    Ways {
        /// Arguments of the program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure calls and gas per second. All that follows goes to the benchmark; try `--help`.
    #[command(disable_help_flag = true)]
    Bench {
        /// Arguments of the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Try the packed npm package in bundlers and runtimes: all of `node/matrix/`, or those named.
    Matrix {
        /// What to try it in, such as `vite` or `workerd`.
        names: Vec<String>,
    },
    /// Build what ships: the page into dist/, the npm package into node/dist/.
    Build,
    /// Add lazy chunks and licences to a built page, and write its security policy; Trunk calls this after every build.
    #[command(hide = true)]
    Seal,
    /// Write the lists of what the page does not call until its first result, which its build puts into what is loaded later.
    First,
    /// Write the generated files: the examples' bytecode, from their Solidity sources, and the licences of what others wrote.
    Gen {
        /// Write nothing; fail where a file differs from what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Check the rules of this repository that no compiler checks.
    Tidy,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Verb::Play { port, open } => play::play(port, open),
        Verb::Test { list: true, .. } => {
            report::list();
            Ok(())
        }
        Verb::Test { only, skip, .. } => report::test(&only, &skip),
        Verb::Conformance { arguments } => measure::on_adapter("conformance", &arguments),
        Verb::Lockstep { arguments } => measure::on_adapter("lockstep", &arguments),
        Verb::Soak { arguments } => measure::soak(&arguments),
        Verb::Scale { arguments } => measure::scale(&arguments),
        Verb::Sequences { arguments } => measure::on_adapter("sequences", &arguments),
        Verb::Ways { arguments } => measure::ways(&arguments),
        Verb::Bench { arguments } => measure::bench(&arguments),
        Verb::Matrix { names } => matrix::run(&names),
        Verb::Build => play::build_all(),
        Verb::Seal => play::seal(),
        Verb::First => parts::write_lists(),
        Verb::Gen { check } => generate::with_compiler(check),
        Verb::Tidy => tidy::check(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
