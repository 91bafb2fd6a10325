//! `conformance`, `lockstep`, `soak`, `scale`, `sequences`, `ways` and `bench`: programs of the crate `tests`, built and given their
//! arguments. What they do is theirs.

use anyhow::{Result, bail};

use crate::{
    child::{self, Surroundings},
    place,
    setup::{Need, Setup},
    stage,
};

/// Runs one of the programs that need an adapter and nothing else.
///
/// # Errors
/// If something cannot be set up, or the program ends badly.
pub(crate) fn on_adapter(name: &str, arguments: &[String]) -> Result<()> {
    let mut setup = Setup::default();
    setup.meet(&[Need::Vulkan])?;
    program(&setup.around, name, arguments)
}

/// Looks at ways, which needs an adapter only with `--device`.
///
/// # Errors
/// If something cannot be set up, or the program ends badly.
pub(crate) fn ways(arguments: &[String]) -> Result<()> {
    if arguments.iter().any(|argument| argument == "--device") {
        return on_adapter("ways", arguments);
    }
    program(&Surroundings::default(), "ways", arguments)
}

/// Runs random programs on both engines; or with `--package` many batches in one process of the npm package, whose memory must
/// stay.
///
/// # Errors
/// If something cannot be set up, or the program ends badly.
pub(crate) fn soak(arguments: &[String]) -> Result<()> {
    let others: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != "--package").collect();
    if others.len() == arguments.len() {
        return on_adapter("soak", arguments);
    }
    let mut setup = Setup::default();
    setup.meet(&[Need::WasmTarget, Need::WasmBindgen, Need::Npm])?;
    child::run(&mut setup.around.npm("node", &["run", "build"]))?;
    let mut soak = setup.around.command("node");
    soak.current_dir(place::root().join("node")).args(["--expose-gc", "bench/soak.mjs"]).args(others);
    child::run(&mut soak)
}

/// Runs many lanes again and again: natively, or with `--browser` in a worker of Chromium.
///
/// # Errors
/// If something cannot be set up, or the program ends badly.
pub(crate) fn scale(arguments: &[String]) -> Result<()> {
    if !arguments.iter().any(|argument| argument == "--browser") {
        return on_adapter("scale", arguments);
    }
    let value = |flag: &str, usual: &str| {
        let at = arguments.iter().position(|argument| argument == flag);
        at.and_then(|at| arguments.get(at + 1)).map_or_else(|| usual.to_owned(), Clone::clone)
    };
    let known = ["--browser", "--lanes", "--runs", "--losses"];
    if let Some(other) =
        arguments.iter().find(|argument| argument.starts_with("--") && !known.contains(&argument.as_str()))
    {
        bail!("`scale --browser` takes --lanes, --runs and --losses, not {other}");
    }
    let mut setup = Setup::default();
    setup.meet(&[Need::WasmTarget, Need::WasmBindgen, Need::Chromium])?;
    let (lanes, runs, losses) = (value("--lanes", "1000000"), value("--runs", "10"), value("--losses", "10"));
    stage::scale_in_browser(&setup.around, &lanes, &runs, &losses)
}

/// Runs the benchmark, which also measures the CPU engine as wasm, and others, in Node.
///
/// # Errors
/// If something cannot be set up, or the benchmark fails.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let mut setup = Setup::default();
    setup.meet(&[Need::Vulkan])?;
    let given = |flags: &[&str]| arguments.iter().any(|argument| flags.contains(&argument.as_str()));
    if !given(&["--no-node", "--scaling", "--profile", "--help", "-h"]) {
        setup.meet(&[Need::WasmTarget, Need::WasmBindgen, Need::Npm])?;
        child::run(&mut setup.around.npm("node", &["run", "build"]))?;
    }
    program(&setup.around, "bench", arguments)
}

/// Runs a program of the crate `tests`. Its own exit status is passed on: these programs say in their output what failed.
fn program(around: &Surroundings, name: &str, arguments: &[String]) -> Result<()> {
    // One lane needs no speed: it is looked at with what the tests have built.
    let profile = if name == "lockstep" { "dev" } else { "release" };
    let mut command = around.cargo(&["run", "--quiet", "--profile", profile, "--bin", name, "--"]);
    let status = command.args(arguments).status()?;
    if !status.success() {
        match status.code() {
            Some(code) => std::process::exit(code),
            None => bail!("{name} ended with {status}"),
        }
    }
    Ok(())
}
