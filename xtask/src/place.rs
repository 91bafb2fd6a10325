//! Where things are: the repository, and the folder of the user's cache that tools are installed into. It touches
//! nothing there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// The folder for tools of this project: `$XDG_CACHE_HOME/lanevm`, or the platform's equivalent.
///
/// # Errors
/// If no variable says where the user's files are.
pub(crate) fn cache() -> Result<PathBuf> {
    let folder = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if let Some(cache) = folder("XDG_CACHE_HOME") {
        cache
    } else if cfg!(windows) {
        folder("LOCALAPPDATA").context("LOCALAPPDATA is not set: there is no place for tools")?
    } else {
        let home = folder("HOME").context("HOME is not set: there is no place for tools")?;
        if cfg!(target_os = "macos") { home.join("Library/Caches") } else { home.join(".cache") }
    };
    Ok(base.join("lanevm"))
}
