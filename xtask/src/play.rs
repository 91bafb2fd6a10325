//! `play` and `build`: the page served for someone to use, and what ships built. Trunk and the npm package's own script do
//! the work.

use std::{fs, net::TcpListener, process::Command};

use anyhow::{Context as _, Result};

use crate::{
    child::{self, Surroundings},
    place,
    setup::{Need, Setup},
};

/// What the page's build needs.
const NEEDS: &[Need] = &[Need::WasmTarget, Need::WasmBindgen, Need::Trunk, Need::Npm];

/// Folders that `Trunk.toml` names as not to be watched, and a fresh clone lacks.
const UNWATCHED: [&str; 2] = ["dist", "target"];

/// Trunk: it takes `NO_COLOR=1` for a flag that wants `true`, so the variable is kept from it.
fn trunk(around: &Surroundings, verb: &str) -> Command {
    let mut command = around.command("trunk");
    command.args([verb, "--release", "--offline"]).env_remove("NO_COLOR");
    command
}

/// Builds the page into `dist/`.
///
/// # Errors
/// If the build fails.
pub(crate) fn build(around: &Surroundings) -> Result<()> {
    child::run(&mut trunk(around, "build"))
}

/// Sets up and builds what ships: the page into `dist/`, the npm package into `node/dist/`.
///
/// # Errors
/// If something cannot be set up, or the build fails.
pub(crate) fn build_all() -> Result<()> {
    let mut setup = Setup::default();
    setup.meet(NEEDS)?;
    build(&setup.around)?;
    child::run(&mut setup.around.npm("node", &["run", "build"]))?;
    println!("the page is in dist/, the npm package in node/dist/");
    Ok(())
}

/// Serves the page until it is stopped, and builds it again when a source changes.
///
/// # Errors
/// If something cannot be set up, or the server ends.
pub(crate) fn play(port: u16, open: bool) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} of 127.0.0.1 cannot be had; choose another with --port"))?;
    let mut setup = Setup::default();
    setup.meet(NEEDS)?;
    println!("\nThe first build takes minutes. Then the playground is at http://127.0.0.1:{port}/ (Ctrl-C ends it).\n");
    // Trunk stops where a folder that it should not watch is not there.
    for folder in UNWATCHED {
        fs::create_dir_all(place::root().join(folder))?;
    }
    let mut serve = trunk(&setup.around, "serve");
    serve.args(["--address", "127.0.0.1", "--port", &port.to_string()]);
    if open {
        serve.arg("--open");
    }
    child::run(&mut serve)
}
