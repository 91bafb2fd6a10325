//! `play` and `build`: the page served for someone to use, and what ships built. Trunk and the npm package's own script do
//! the work; `policy` seals what Trunk built, and `server` serves it.

use std::{env, fs, net::TcpListener, path::PathBuf, process::Command, thread, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    bundle,
    child::{self, Surroundings},
    parts, place, policy, server,
    setup::{Need, Setup},
};

/// What the page's build needs.
pub(crate) const NEEDS: &[Need] = &[Need::WasmTarget, Need::WasmBindgen, Need::Trunk, Need::Npm];

/// Folders that `Trunk.toml` names as not to be watched, and a fresh clone lacks.
const UNWATCHED: [&str; 3] = ["dist", "target", "web/js/node_modules"];

/// Trunk: it takes `NO_COLOR=1` for a flag that wants `true`, so the variable is kept from it.
pub(crate) fn trunk(around: &Surroundings, verb: &str) -> Command {
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

/// Adds the lazy chunks to the page in the folder that Trunk is building, or else in `dist/`, divides its programs and seals it. Trunk calls this at
/// the end of every build.
///
/// # Errors
/// If there is no page, or a chunk cannot be made.
pub(crate) fn seal() -> Result<()> {
    let folder = env::var_os("TRUNK_STAGING_DIR").map_or_else(|| place::root().join("dist"), PathBuf::from);
    bundle::bundle(&folder)?;
    parts::divide(&folder)?;
    policy::seal(&folder)
}

/// Serves the page until it is stopped, and builds it again when a source changes.
///
/// # Errors
/// If something cannot be set up, or the server ends.
pub(crate) fn play(port: u16, open: bool) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} of 127.0.0.1 cannot be had; choose another with --port"))?;
    let mut setup = Setup::default();
    setup.meet(NEEDS)?;
    println!("\nThe first build takes minutes. Ctrl-C ends it.\n");
    // Trunk stops where a folder that it should not watch is not there.
    for folder in UNWATCHED {
        fs::create_dir_all(place::root().join(folder))?;
    }
    server::serve(listener, place::root().join("dist"));
    tell_when_built(port, open);
    child::run(&mut trunk(&setup.around, "watch"))
}

/// Says where the page is as soon as there is one of this call's making, and opens it.
fn tell_when_built(port: u16, open: bool) {
    let built = || fs::metadata(place::root().join("dist/index.html")).and_then(|page| page.modified()).ok();
    let before = built();
    thread::spawn(move || {
        while built().is_none_or(|now| Some(now) == before) {
            thread::sleep(Duration::from_millis(200));
        }
        let address = format!("http://127.0.0.1:{port}/");
        println!("\nThe playground is at {address}\n");
        if open {
            let opener: &[&str] = match env::consts::OS {
                "macos" => &["open"],
                "windows" => &["cmd", "/c", "start"],
                _ => &["xdg-open"],
            };
            if let Err(why) = Command::new(opener[0]).args(&opener[1..]).arg(&address).status() {
                println!("no browser could be opened ({why})");
            }
        }
    });
}
