//! In which tier calls begin: the one that most calls of their kind have come to need. It is a guess, and no answer depends on
//! it: a call that outgrows the tier it begins in runs again in the next, as ever.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::Batch;

/// Most kinds that are remembered.
const MOST_KINDS: usize = 4_096;

/// Batches for which it is remembered what a kind needs: then its calls begin in the first tier again, lest some that need
/// little go on as those before them, which needed much.
const REMEMBERED: u64 = 16;

/// What a kind needs: the tier, and the batch until which that is believed.
#[derive(Clone, Copy, Debug)]
struct Need {
    tier: usize,
    until: u64,
}

/// What calls have come to need, by kind: programs of the batch, fork, account, code and function.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    kinds: HashMap<u64, Need>,
    /// Batches so far.
    batches: u64,
    /// The batch's programs.
    programs: u64,
}

impl Needs {
    /// A batch begins.
    pub(crate) fn begin(&mut self, batch: &Batch) {
        self.batches += 1;
        let mut hasher = DefaultHasher::new();
        batch.hash_programs(&mut hasher);
        self.programs = hasher.finish();
    }

    fn kind(&self, batch: &Batch, index: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        let calls = &batch.calls;
        let data = calls.data.row(index);
        (self.programs, calls.fork.get(index), calls.to.get(index), calls.code.get(index)).hash(&mut hasher);
        data.number(0, 4).hash(&mut hasher);
        hasher.finish()
    }

    /// The tier in which a call begins.
    pub(crate) fn tier(&self, batch: &Batch, index: usize) -> usize {
        // Where nothing is known, no call is looked at.
        if self.kinds.is_empty() {
            return 0;
        }
        let need = self.kinds.get(&self.kind(batch, index)).filter(|need| self.batches <= need.until);
        need.map_or(0, |need| need.tier)
    }

    /// Some of the lanes that began in a tier outgrew it: kinds of which most did begin in the next from now on.
    pub(crate) fn learn(&mut self, batch: &Batch, next: usize, lanes: impl Iterator<Item = usize>, outgrown: &[usize]) {
        let mut ran: HashMap<u64, (u64, u64)> = HashMap::new();
        for index in outgrown {
            ran.entry(self.kind(batch, *index)).or_default().1 += 1;
        }
        for index in lanes {
            if let Some((all, _)) = ran.get_mut(&self.kind(batch, index)) {
                *all += 1;
            }
        }
        if self.kinds.len() + ran.len() > MOST_KINDS {
            self.kinds.clear();
        }
        let until = self.batches + REMEMBERED;
        for (kind, _) in ran.into_iter().filter(|(_, (all, outgrew))| outgrew * 2 > *all) {
            self.kinds.insert(kind, Need { tier: next, until });
        }
    }
}
