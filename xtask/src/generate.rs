//! `gen`: files that are committed though a program writes them, and the check that they are still what it would write.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::{
    licenses, place,
    setup::{Need, Setup},
    solidity::{self, Artefact},
};

/// Sets up the Solidity compiler, then does as [`generate`].
///
/// # Errors
/// If it cannot be set up, and see [`generate`].
pub(crate) fn with_compiler(check: bool) -> Result<()> {
    Setup::default().meet(&[Need::Npm])?;
    generate(check)
}

/// Writes every generated file, or, with `check`, fails where one differs from what would be written.
///
/// # Errors
/// If a generator fails, a file cannot be written, or `check` finds a difference.
pub(crate) fn generate(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    let licenses = licenses::files()?.into_iter().map(|(path, text)| Artefact { path: path.into(), text });
    for artefact in solidity::compile_all()?.into_iter().chain(licenses) {
        let path = place::root().join(&artefact.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == artefact.text) {
            println!("unchanged {}", artefact.path);
        } else if check {
            stale.push(artefact.path);
        } else {
            fs::create_dir_all(path.parent().context("an artefact lies in a folder")?)?;
            fs::write(&path, artefact.text).with_context(|| format!("cannot write {}", path.display()))?;
            println!("wrote     {}", artefact.path);
        }
    }
    ensure!(stale.is_empty(), "not what the sources make: {}; run `cargo xtask gen`", stale.join(", "));
    Ok(())
}
