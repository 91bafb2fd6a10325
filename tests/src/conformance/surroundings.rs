//! What is read before any case is run: the results of other implementations, and which folders hold programs made for
//! measuring.

use std::{collections::HashMap, path::Path};

use anyhow::{Result, anyhow};
use serde_json::value::RawValue;

use crate::fixtures::{
    program::{self, ProgramReference},
    reference::References,
    shape::{self, Shape},
    source::{self, Member},
};

/// What stands around the cases.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// Results of state tests.
    pub(crate) references: References,
    /// Results of programs, by name.
    pub(crate) programs: HashMap<String, ProgramReference>,
    /// Folders that hold results of programs: what lies at or below them belongs to the bench suite.
    bench: Vec<(String, String)>,
}

impl Surroundings {
    /// Whether a file belongs to the bench suite.
    pub(crate) fn is_bench(&self, member: &Member) -> bool {
        self.bench.iter().any(|(root, folder)| {
            let below = member.path.strip_prefix(folder.as_str());
            *root == member.root && below.is_some_and(|rest| folder.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether any file is known to belong to the bench suite.
    pub(crate) const fn knows_bench(&self) -> bool {
        !self.bench.is_empty()
    }
}

/// Reads them.
pub(crate) fn read(data: &Path) -> Result<Surroundings> {
    let mut around = Surroundings::default();
    source::visit(data, &mut |member| {
        let Some(text) = member.text() else { return Ok(()) };
        let wrong = |what: String| anyhow!("{}: {what}", member.path);
        if References::is_table(text) {
            around.references.add_table(text).map_err(wrong)?;
        } else if text.contains("\"gasUsed\"") {
            match shape::shape(text) {
                Some(Shape::StateReference) => {
                    around.references.add_list(text).map_err(wrong)?;
                    around.bench.push(member.folder());
                }
                Some(Shape::ProgramReference) => {
                    let all: HashMap<String, &RawValue> = serde_json::from_str(text)?;
                    for (name, one) in all {
                        let reference = program::parse_reference(one.get()).map_err(&wrong)?;
                        around.programs.insert(name, reference);
                    }
                    around.bench.push(member.folder());
                }
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok(around)
}
