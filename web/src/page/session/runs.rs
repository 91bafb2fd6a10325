//! The runs of this page since it was opened: what each came to, the form it was of, and the one that later runs are compared
//! with. The lanes of the last runs are in the worker; of older ones only this is left, and they can be run again.

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::*;

use super::Session;
use crate::{
    browser::clock,
    form::Form,
    protocol::{RunSummary, ToEngine},
};

/// Most runs that are listed.
const LISTED: usize = 30;

/// Most bytes of their forms.
const LISTED_BYTES: usize = 64 << 20;

/// A run that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Its number.
    pub(crate) run: u32,
    /// The document's title.
    pub(crate) title: String,
    /// When it ended, in milliseconds since 1970.
    pub(crate) time: f64,
    /// What came of it.
    pub(crate) summary: Arc<RunSummary>,
    form: Arc<Form>,
}

/// They.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    /// The newest first.
    pub(crate) ended: RwSignal<Vec<Ended>>,
    /// The one that later runs are compared with; the run before where none is.
    pub(crate) pinned: RwSignal<Option<u32>>,
    /// Runs whose lanes the worker has.
    pub(crate) held: RwSignal<Vec<u32>>,
    /// The run that the shown one is compared with.
    pub(crate) compared: RwSignal<Option<u32>>,
    begun: StoredValue<BTreeMap<u32, (Arc<Form>, String)>>,
}

impl Runs {
    pub(super) fn new() -> Self {
        Self {
            ended: RwSignal::default(),
            pinned: RwSignal::default(),
            held: RwSignal::default(),
            compared: RwSignal::default(),
            begun: StoredValue::default(),
        }
    }

    /// A run begins.
    pub(super) fn begin(self, run: u32, form: Form, title: String) {
        self.begun.update_value(|begun| {
            // Of runs that were refused nothing came.
            begun.clear();
            begun.insert(run, (Arc::new(form), title));
        });
    }

    /// It ended.
    pub(super) fn end(self, run: u32, summary: &RunSummary) {
        let begun = self.begun.try_update_value(|begun| begun.remove(&run)).flatten();
        let Some((form, title)) = begun else { return };
        let pinned = self.pinned.get_untracked();
        self.ended.update(|ended| {
            let summary = Arc::new(summary.clone());
            ended.insert(0, Ended { run, title, time: clock::now(), summary, form });
            let mut bytes = 0;
            let mut count = 0;
            ended.retain(|one| {
                bytes += one.form.size();
                count += 1;
                count == 1 || pinned == Some(one.run) || (count <= LISTED && bytes <= LISTED_BYTES)
            });
        });
    }

    /// What the worker has, and what the shown run is compared with.
    pub(super) fn holds(self, held: Vec<u32>, compared: Option<u32>) {
        let pinned = self.pinned.get_untracked();
        if pinned.is_some_and(|run| !held.contains(&run)) {
            self.pinned.set(None);
        }
        self.held.set(held);
        self.compared.set(compared);
    }

    /// The run that the shown one is compared with, in words.
    pub(crate) fn compared_words(self) -> String {
        match (self.compared.get(), self.pinned.get()) {
            (Some(run), Some(pinned)) if run == pinned => format!("run {run}, which is pinned"),
            _ => "the run before".into(),
        }
    }
}

impl Session {
    /// Later runs are compared with this one, or with the run before each again.
    pub(crate) fn pin(self, run: Option<u32>) {
        self.runs.pinned.set(run);
        self.send(&ToEngine::Pin { run });
    }

    /// Puts what a run was of in the draft's place.
    pub(crate) fn open_run(self, ended: &Ended) {
        let what = format!("Opened run {}", ended.run);
        self.take_form(&ended.form, &ended.title, &what, &format!("What run {} was of is open.", ended.run));
    }

    /// Does it once more.
    pub(crate) fn run_again(self, ended: &Ended) {
        self.open_run(ended);
        self.keep.notice.set(None);
        self.run();
    }
}
