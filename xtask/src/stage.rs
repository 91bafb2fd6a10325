//! The stages of `test`: what each needs and runs. How they are chosen, timed and counted is `report`.

use std::{fs, net::TcpListener, process::Command};

use anyhow::Result;

use crate::{
    child::{self, Surroundings},
    generate, matrix, place, play,
    setup::Need,
    tidy,
    tools::WASM,
};

/// What came of a stage that did not fail.
pub(crate) enum Ran {
    /// It ran.
    Passed,
    /// There was nothing to run, and why.
    Skipped(String),
}

/// One stage.
pub(crate) struct Stage {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it tests.
    pub(crate) about: &'static str,
    /// What must be there.
    pub(crate) needs: &'static [Need],
    /// Runs it.
    pub(crate) run: fn(&Surroundings) -> Result<Ran>,
}

/// Every stage, in the order they run: what fails fastest first.
pub(crate) const STAGES: &[Stage] = &[
    Stage { name: "format", about: "rustfmt", needs: &[Need::Components], run: format },
    Stage {
        name: "tidy",
        about: "rules of this repository; generated files; lock files",
        needs: &[Need::Npm],
        run: rules,
    },
    Stage { name: "clippy", about: "lints, native", needs: &[Need::Components], run: clippy },
    Stage { name: "clippy-wasm", about: "lints, wasm", needs: &[Need::Components, Need::WasmTarget], run: clippy_wasm },
    Stage { name: "native", about: "cargo test", needs: &[Need::Vulkan], run: native },
    Stage {
        name: "wasm-node",
        about: "wasm tests in Node, WebGPU through Dawn",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Npm, Need::Chromium],
        run: wasm_node,
    },
    Stage {
        name: "wasm-browser",
        about: "wasm tests in headless Chromium, WebGPU",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Chromium],
        run: wasm_browser,
    },
    Stage {
        name: "npm",
        about: "the packed npm package: ESM, CJS, bundlers",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Npm, Need::Chromium],
        run: npm,
    },
    Stage {
        name: "page",
        about: "the page in Chromium (Playwright), and its start in Firefox and WebKitGTK",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Trunk, Need::Npm, Need::Chromium, Need::OtherBrowsers],
        run: page,
    },
];

fn passed(commands: impl IntoIterator<Item = Command>) -> Result<Ran> {
    commands.into_iter().try_for_each(|mut command| child::run(&mut command))?;
    Ok(Ran::Passed)
}

fn format(around: &Surroundings) -> Result<Ran> {
    passed([around.cargo(&["fmt", "--all", "--check"])])
}

fn rules(around: &Surroundings) -> Result<Ran> {
    tidy::check()?;
    generate::generate(true)?;
    // Trunk's own --locked does not protect the lock file.
    child::output(&mut around.cargo(&["metadata", "--locked", "--format-version", "1"]))?;
    Ok(Ran::Passed)
}

fn clippy(around: &Surroundings) -> Result<Ran> {
    passed([around.cargo(&["clippy", "--locked", "--all-targets", "--", "-D", "warnings"])])
}

fn clippy_wasm(around: &Surroundings) -> Result<Ran> {
    let packages = ["-p", "lanevm-machine", "-p", "lanevm-core", "-p", "lanevm-web", "-p", "lanevm-node"];
    let mut lint = around.cargo(&["clippy", "--locked", "--target", WASM]);
    lint.args(packages).args(["--", "-D", "warnings"]);
    passed([lint])
}

fn native(around: &Surroundings) -> Result<Ran> {
    // The page's own logic needs no browser, but the crate is no default member, since it is built for wasm elsewhere. One
    // selection for all: another would have other features, and build every dependency once more.
    let packages = ["lanevm-shaders", "lanevm-machine", "lanevm-core", "lanevm-tests", "lanevm-web", "xtask"];
    let mut test = around.cargo(&["test", "--locked", "--no-fail-fast"]);
    for package in packages {
        test.args(["-p", package]);
    }
    passed([test])
}

/// The test files of the crate `tests` whose name ends so.
fn wasm_tests(ending: &str) -> Result<Vec<String>> {
    let folder = place::root().join("tests/tests");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if stem.ends_with(ending) && path.extension().is_some_and(|extension| extension == "rs") {
            names.push(stem);
        }
    }
    names.sort();
    Ok(names)
}

/// Wasm tests under wasm-bindgen's runner, which tells by each test's own configuration where it runs.
fn wasm(around: &Surroundings, ending: &str) -> Result<Option<Command>> {
    let names = wasm_tests(ending)?;
    Ok((!names.is_empty()).then(|| wasm_of(around, names)))
}

/// These wasm tests under wasm-bindgen's runner.
fn wasm_of(around: &Surroundings, names: impl IntoIterator<Item = String>) -> Command {
    let mut command = around.cargo(&["test", "--locked", "--target", WASM, "-p", "lanevm-tests"]);
    for name in names {
        command.args(["--test", &name]);
    }
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", place::root().join("tests/webdriver.json"));
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "1800");
    command
}

/// The tests of scale in the browser, with more lanes, runs and losses than a test run takes.
///
/// # Errors
/// If they fail.
pub(crate) fn scale_in_browser(around: &Surroundings, lanes: &str, runs: &str, losses: &str) -> Result<()> {
    let mut command = wasm_of(around, ["scale_web".to_owned()]);
    // The build reads them: a test in a browser has no environment.
    command.env("LANEVM_SCALE_LANES", lanes).env("LANEVM_SCALE_RUNS", runs).env("LANEVM_SCALE_LOSSES", losses);
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "14400");
    command.args(["--", "--nocapture"]);
    child::run(&mut command)
}

fn wasm_node(around: &Surroundings) -> Result<Ran> {
    let Some(mut command) = wasm(around, "_node")? else {
        return Ok(Ran::Skipped("there is no tests/tests/*_node.rs".into()));
    };
    let preload = place::root().join("tests/node-gpu.mjs");
    command.env("NODE_OPTIONS", format!("--import={}", file_url(&preload.to_string_lossy())));
    passed([command])
}

fn wasm_browser(around: &Surroundings) -> Result<Ran> {
    match wasm(around, "_web")? {
        // What tests print (how long kernels take to be ready) is worth its lines.
        Some(mut command) => {
            command.args(["--", "--nocapture"]);
            passed([command])
        }
        None => Ok(Ran::Skipped("there is no tests/tests/*_web.rs".into())),
    }
}

/// A `file:` URL: Node takes no plain path with a drive letter there, nor one with a space.
fn file_url(path: &str) -> String {
    let mut url = String::from("file://");
    if !path.starts_with('/') {
        url.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'\\' => url.push('/'),
            b'/' | b':' | b'.' | b'-' | b'_' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => url.push(byte.into()),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

fn npm(around: &Surroundings) -> Result<Ran> {
    if !place::root().join("node/package.json").is_file() {
        return Ok(Ran::Skipped("there is no node/package.json".into()));
    }
    let mut tries = vec!["run", "matrix", "--"];
    tries.extend(matrix::LIGHT);
    passed([
        around.npm("node", &["run", "check", "--if-present"]),
        around.npm("node", &["test"]),
        around.npm("node/matrix", &tries),
        // What is not documented, or names what is not, ends it.
        around.npm("node/reference", &["run", "build"]),
    ])
}

fn page(around: &Surroundings) -> Result<Ran> {
    if !place::root().join("e2e/package.json").is_file() {
        return Ok(Ran::Skipped("there is no e2e/package.json".into()));
    }
    play::build(around)?;
    let mut tests = around.npm("e2e", &["test"]);
    // A port of its own: someone may be playing, or testing, at the usual one.
    tests.env("LANEVM_E2E_PORT", free_port()?.to_string());
    passed([tests])
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_url() {
        assert_eq!(file_url("/a b/ü.mjs"), "file:///a%20b/%C3%BC.mjs");
        assert_eq!(file_url(r"C:\a\b.mjs"), "file:///C:/a/b.mjs");
    }

    #[test]
    fn stages_have_names_of_their_own() {
        let mut names: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STAGES.len());
    }
}
