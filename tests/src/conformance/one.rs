//! One state test by the name under which the runner reports it, as a batch of its own. It runs and judges nothing.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use lanevm_core::batch::{Batch, Level};
use serde_json::value::RawValue;

use super::{assembly::Assembly, selection::CaseId};
use crate::fixtures::{
    source,
    state_test::{self, Rules},
};

/// What ends the search of the data: the case was found.
const ENOUGH: &str = "found";

/// The state test `file:test:fork:data:gas:value` below `data`, as a batch of one call.
///
/// # Errors
/// Data that cannot be read, no such case, or one that is no transaction or of no known fork.
pub fn case(data: &Path, id: &str) -> Result<Batch> {
    let mut found: Option<Result<Batch>> = None;
    let mut nearest: Option<String> = None;
    let visited = source::visit(data, &mut |member| {
        if !id.strip_prefix(member.path.as_str()).is_some_and(|rest| rest.starts_with(':')) {
            return Ok(());
        }
        let Some(text) = member.text() else { return Ok(()) };
        let tests: HashMap<String, &RawValue> =
            serde_json::from_str(text).with_context(|| format!("{} is no file of state tests", member.path))?;
        for (name, test) in tests {
            if !id[member.path.len() + 1..].starts_with(&format!("{name}:")) {
                continue;
            }
            let test = state_test::parse(test.get()).map_err(|why| anyhow!("{}:{name}: {why}", member.path))?;
            for case in test.cases {
                let own = CaseId {
                    file: member.path.clone(),
                    test: name.clone(),
                    fork: case.fork.clone(),
                    indexes: case.indexes,
                }
                .to_string();
                if own != id {
                    nearest.get_or_insert(own);
                    continue;
                }
                let batch = match (&case.rules, &case.transaction) {
                    (Rules::Unknown(why), _) => Err(anyhow!("{why}")),
                    (_, Err(why)) => Err(anyhow!("its transaction cannot be decoded: {why}")),
                    (Rules::Known(fork, block), Ok(sent)) => {
                        let mut assembly = Assembly::default();
                        let world = assembly.world(&test.pre);
                        let block = assembly.block(block.as_ref().clone());
                        assembly.send(sent, world, block, *fork, Level::Transaction);
                        Ok(assembly.finish())
                    }
                };
                found = Some(batch);
                bail!(ENOUGH);
            }
        }
        Ok(())
    });
    if let Some(found) = found {
        return found;
    }
    visited?;
    match nearest {
        Some(nearest) => bail!("no case `{id}`; the same test has `{nearest}`"),
        None => bail!("no case `{id}` below {}; cases are named file:test:fork:data:gas:value", data.display()),
    }
}
