//! Some lanes of a document that follow one another, so that a document of any size runs in bounded memory. It runs nothing.

use lanevm_core::{Batch, Prepared};

use crate::fault::{Fault, Kind};

/// Lanes from one on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneRange {
    pub(crate) from: u32,
    pub(crate) count: u32,
}

impl LaneRange {
    /// These lanes of a document, as one that has no others.
    pub(crate) fn of(self, all: &Prepared) -> Result<Prepared, Fault> {
        let lanes = all.batch.len();
        let end = u64::from(self.from) + u64::from(self.count);
        if end > lanes as u64 {
            let message = format!("Lanes {} to {end} do not exist: the document has {lanes}.", self.from);
            return Err(Fault::new(Kind::Argument, message));
        }
        if self.count as usize == lanes {
            return Ok(all.clone());
        }
        let rows: Vec<usize> = (self.from as usize..end as usize).collect();
        if all.rest.is_empty() {
            // Tables that vary from lane to lane are cut as well.
            return Ok(Prepared { batch: all.batch.subset(&rows), rest: Vec::new(), mode: all.mode });
        }
        let Batch { programs, worlds, blocks, transactions, calls, limits, keep, digest, observe } = &all.batch;
        let batch = Batch {
            programs: programs.clone(),
            worlds: worlds.clone(),
            blocks: blocks.clone(),
            transactions: transactions.clone(),
            calls: calls.select(&rows),
            limits: *limits,
            keep: *keep,
            digest: *digest,
            observe: *observe,
        };
        Ok(Prepared { batch, rest: all.rest.iter().map(|calls| calls.select(&rows)).collect(), mode: all.mode })
    }
}
