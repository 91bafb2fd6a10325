//! What builds need and this repository does not hold: the wasm target, wasm-bindgen, trunk, npm packages. Each is looked
//! for first and fetched only where it is missing or of another version.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    child::{self, Surroundings},
    place,
};

/// Trunk's version. 0.22 needs a newer compiler than `rust-version` names.
const TRUNK: &str = "0.21.14";

/// The target of everything that runs in a browser or in Node.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// rustfmt and clippy.
pub(crate) fn components(around: &Surroundings) -> Result<()> {
    if child::output(&mut around.cargo(&["fmt", "--version"])).is_ok()
        && child::output(&mut around.cargo(&["clippy", "--version"])).is_ok()
    {
        return Ok(());
    }
    child::run(around.command("rustup").args(["component", "add", "rustfmt", "clippy"]))
        .context("rustfmt and clippy are missing")
}

/// The standard library for wasm.
pub(crate) fn wasm_target(around: &Surroundings) -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = child::output(around.command(rustc).args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    child::run(around.command("rustup").args(["target", "add", WASM]))
        .with_context(|| format!("the Rust target {WASM} is missing; without rustup, install it by your own means"))
}

/// The wasm-bindgen tool, of the version that Cargo.lock holds: tool and library must be the very same.
pub(crate) fn wasm_bindgen(around: &mut Surroundings) -> Result<()> {
    let lock = fs::read_to_string(place::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock holds no wasm-bindgen")?;
    // Not --locked: the lock file that this version ships does not resolve.
    cargo_tool(around, "wasm-bindgen-cli", "wasm-bindgen", version, &[])
}

/// Trunk.
pub(crate) fn trunk(around: &mut Surroundings) -> Result<()> {
    cargo_tool(around, "trunk", "trunk", TRUNK, &["--locked", "--no-default-features", "--features", "rustls"])
}

/// The version of a package in a lock file.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let start = lock.find(&format!("name = \"{package}\"\n"))?;
    lock[start..].lines().nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// Installs a program of crates.io into a folder of its own, named by its version, and puts it on the path. As a debug
/// build: that takes a fraction of the time, and neither tool is what a build waits for.
fn cargo_tool(around: &mut Surroundings, package: &str, program: &str, version: &str, flags: &[&str]) -> Result<()> {
    let root = place::cache()?.join(format!("{package}-{version}"));
    let program = root.join("bin").join(program).with_extension(std::env::consts::EXE_EXTENSION);
    let says = |around: &Surroundings| child::output(around.command(&program).arg("--version")).unwrap_or_default();
    let matches = |text: &str| text.split_whitespace().nth(1) == Some(version);
    if !matches(&says(around)) {
        println!("installing {package} {version} into {}", root.display());
        let mut command = around.cargo(&["install", package, "--version", version, "--debug", "--force", "--root"]);
        command.arg(&root).args(flags).env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("CARGO_TARGET_DIR");
        // Away from the repository, whose own configuration of Cargo is not meant for tools.
        child::run(command.current_dir(std::env::temp_dir()))?;
        let found = says(around);
        ensure!(matches(&found), "{package} {version} was installed, but says that it is `{found}`");
    }
    around.path.insert(0, root.join("bin"));
    Ok(())
}

/// The folders of this repository that have npm packages.
pub(crate) const NPM_FOLDERS: [&str; 5] = ["xtask", crate::bundle::FOLDER, "node", "node/reference", "e2e"];

/// The npm packages of a folder, as its lock file names them. A folder without `package.json` needs none.
pub(crate) fn npm_packages(around: &Surroundings, folder: &str) -> Result<()> {
    let at = place::root().join(folder);
    if !at.join("package.json").is_file() {
        return Ok(());
    }
    ensure!(at.join("package-lock.json").is_file(), "{folder}/package-lock.json is missing");
    let installed = changed(&at.join("node_modules/.package-lock.json"));
    if installed.is_some_and(|installed| Some(installed) >= changed(&at.join("package-lock.json"))) {
        return Ok(());
    }
    child::run(&mut around.npm(folder, &["ci", "--no-audit", "--no-fund"]))
        .context("npm packages could not be installed; Node 20 or newer with npm is needed")
}

/// The folder of wasm-opt, once the packages of `xtask` are there.
pub(crate) fn wasm_opt_folder() -> PathBuf {
    place::root().join("xtask/node_modules/.bin")
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|facts| facts.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_says_which_wasm_bindgen() {
        let lock = "[[package]]\nname = \"wasm-bindgen-test\"\nversion = \"0.3.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.9\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.9"));
        assert_eq!(locked_version(lock, "trunk"), None);
    }
}
