//! Other programs: how they are started, with what on their path, and what is said when they fail. It installs nothing.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::place;

/// What every child gets beyond this process's own environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Folders in front of PATH.
    pub(crate) path: Vec<PathBuf>,
    /// Variables.
    pub(crate) variables: Vec<(OsString, OsString)>,
}

impl Surroundings {
    /// Sets a variable for every child.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.push((name.into(), value.into()));
    }

    /// A command in the repository's root that finds the tools of this project first.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let own = std::env::var_os("PATH").unwrap_or_default();
        let path = self.path.iter().cloned().chain(std::env::split_paths(&own));
        if let Ok(path) = std::env::join_paths(path) {
            command.env("PATH", path);
        }
        command.envs(self.variables.iter().cloned()).current_dir(place::root());
        command
    }

    /// Cargo, the very one that runs this program.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// npm in a folder of the repository.
    pub(crate) fn npm(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
        command.args(arguments).current_dir(place::root().join(folder));
        command
    }
}

/// The command as a person would type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words
        .map(|word| {
            let word = word.to_string_lossy();
            if word.contains(' ') { format!("'{word}'") } else { word.into_owned() }
        })
        .collect();
    let program =
        Path::new(&words[0]).file_name().map_or_else(|| words[0].clone(), |n| n.to_string_lossy().into_owned());
    std::iter::once(program).chain(words[1..].iter().cloned()).collect::<Vec<_>>().join(" ")
}

/// Runs a command to its end, its output shown.
///
/// # Errors
/// If it cannot be started, or ends badly.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{line}`"))?;
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}

/// Runs a command silently and gives what it wrote to its standard output.
///
/// # Errors
/// If it cannot be started, or ends badly; the message holds what it wrote to standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The program of that name on PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let file = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}
