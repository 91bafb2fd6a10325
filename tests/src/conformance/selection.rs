//! Which cases are taken: those of one fork, and of those the N whose names hash smallest.

use std::collections::{BTreeSet, HashSet};

use alloy_primitives::{B256, keccak256};
use lanevm_core::Fork;

use crate::fixtures::transaction::Indexes;

/// The name of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseId {
    /// Path of its file below the data directory or in its archive.
    pub file: String,
    /// Name of the test.
    pub test: String,
    /// The fork, as the file spells it.
    pub fork: String,
    /// Which elements of indexed fields it takes.
    pub indexes: Indexes,
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Indexes { data, gas, value } = self.indexes;
        write!(f, "{}:{}:{}:{data}:{gas}:{value}", self.file, self.test, self.fork)
    }
}

#[derive(Clone, Debug)]
enum Taken {
    All,
    /// Listening: the smallest hashes so far.
    Smallest(usize, BTreeSet<B256>),
    These(HashSet<B256>),
}

/// Decides about cases.
#[derive(Clone, Debug)]
pub struct Selection {
    fork: Option<Fork>,
    taken: Taken,
}

impl Selection {
    /// All cases, or those of one fork.
    pub const fn all(fork: Option<Fork>) -> Self {
        Self { fork, taken: Taken::All }
    }

    /// A selection that takes nothing yet and only remembers which `limit` cases hash smallest.
    pub const fn listening(fork: Option<Fork>, limit: usize) -> Self {
        Self { fork, taken: Taken::Smallest(limit, BTreeSet::new()) }
    }

    /// The selection of what was remembered.
    pub fn settled(self) -> Self {
        let taken = match self.taken {
            Taken::Smallest(_, hashes) => Taken::These(hashes.into_iter().collect()),
            other => other,
        };
        Self { taken, ..self }
    }

    /// Whether the case is taken. `fork` is what its fork means, where that is known.
    pub fn takes(&mut self, case: &CaseId, fork: Option<Fork>) -> bool {
        if self.fork.is_some() && fork != self.fork {
            return false;
        }
        if matches!(self.taken, Taken::All) {
            return true;
        }
        let hash = keccak256(case.to_string());
        match &mut self.taken {
            Taken::All => true,
            Taken::These(hashes) => hashes.contains(&hash),
            Taken::Smallest(limit, hashes) => {
                hashes.insert(hash);
                if hashes.len() > *limit {
                    hashes.pop_last();
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_takes_the_smallest_hashes() {
        let cases: Vec<CaseId> = (0..20)
            .map(|n| CaseId {
                file: format!("f{n}"),
                test: "t".into(),
                fork: "Osaka".into(),
                indexes: Indexes::default(),
            })
            .collect();
        let mut listening = Selection::listening(Some(Fork::Osaka), 5);
        assert!(cases.iter().all(|case| !listening.takes(case, Some(Fork::Osaka))));
        let mut settled = listening.settled();
        let taken = |case: &&CaseId| settled.takes(case, Some(Fork::Osaka));
        let mut taken: Vec<B256> = cases.iter().filter(taken).map(|case| keccak256(case.to_string())).collect();
        taken.sort_unstable();
        let mut all: Vec<B256> = cases.iter().map(|case| keccak256(case.to_string())).collect();
        all.sort_unstable();
        assert_eq!(taken, all[..5]);
        assert!(!settled.takes(&cases[0], Some(Fork::Prague)));
    }
}
