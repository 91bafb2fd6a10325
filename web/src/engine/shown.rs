//! A finished run as it is looked at: beside the run before, and with the user's own columns. It answers nothing.

use std::{ops::Deref, rc::Rc};

use lanevm_core::{lane_columns::LaneColumns, query::Terms};

use super::views::Results;

/// A run that is shown.
pub(super) struct Shown {
    results: Rc<Results>,
    before: Option<Rc<Results>>,
    own: Rc<Vec<String>>,
}

impl Shown {
    /// A run, the run before where it is kept, and the user's own columns.
    pub(super) const fn new(results: Rc<Results>, before: Option<Rc<Results>>, own: Rc<Vec<String>>) -> Self {
        Self { results, before, own }
    }

    /// The run before, where it is kept.
    pub(super) fn before(&self) -> Option<&Results> {
        self.before.as_deref()
    }

    /// The user's own columns.
    pub(super) fn own(&self) -> &[String] {
        &self.own
    }

    /// The columns of a step's lanes: those of the run, of the run before, and the user's own that have names.
    pub(super) fn columns(&self, step: usize) -> Terms<LaneColumns<'_>> {
        let columns = self.results.columns(step);
        let before = self.before.as_deref().filter(|before| step < before.outcomes.len());
        let columns = match before {
            Some(before) => columns.beside(before.columns(step)),
            None => columns,
        };
        let mut columns = Terms::new(columns);
        for text in self.own.iter() {
            if lanevm_core::query::own_name(text).is_some() {
                // One that this run does not have is missed where it is named.
                columns.column(text).ok();
            }
        }
        columns
    }
}

impl Deref for Shown {
    type Target = Results;

    fn deref(&self) -> &Results {
        &self.results
    }
}
