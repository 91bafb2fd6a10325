//! `matrix`: the packed npm package in bundlers and runtimes. What is tried, and how, is `node/matrix/`'s.

use anyhow::Result;

use crate::{
    child,
    setup::{Need, Setup},
    tools,
};

/// What is tried in every test run: it needs no more than the package's own tests do.
pub(crate) const LIGHT: [&str; 4] = ["node-esm", "node-cjs", "vite", "esbuild"];

/// Builds the package and tries it, in what is named or in everything.
///
/// # Errors
/// If something cannot be set up, or the package fails somewhere.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let mut setup = Setup::default();
    setup.meet(&[Need::WasmTarget, Need::WasmBindgen, Need::Npm, Need::Chromium])?;
    let around = &setup.around;
    child::run(&mut around.npm("node", &["run", "build"]))?;
    let light = !names.is_empty() && names.iter().all(|name| LIGHT.contains(&name.as_str()));
    if !light {
        tools::npm_packages(around, "node/matrix")?;
    }
    let mut arguments = vec!["run", "matrix", "--"];
    arguments.extend(names.iter().map(String::as_str));
    child::run(&mut around.npm("node/matrix", &arguments))
}
