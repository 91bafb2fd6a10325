//! Where things are: the repository, and the folder of the user's cache that tools are installed into. It touches
//! nothing there.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::{Context as _, Result};

/// The root of the repository. Cargo says where this package is when it runs it; what was true at compile time can be
/// another checkout that shares the target folder.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&package).parent().expect("xtask is a folder of the repository").to_owned()
    })
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
