//! The transactions of mainnet blocks.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Runner, surroundings::Surroundings};

/// Runs them.
pub(crate) fn run(_: &mut Runner, _: &Path, _: &Surroundings) -> Result<()> {
    bail!("the suite mainnet-tx is not available yet")
}
