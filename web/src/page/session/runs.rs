//! The runs of this page since it was opened: what each came to, the form it was of, and the one that later runs are compared
//! with. The lanes of the last runs are in the worker; of older ones only this is left, and they can be run again.

use std::sync::Arc;

use leptos::prelude::*;

use super::Session;
use crate::{
    browser::clock,
    form::Form,
    protocol::{RunSummary, ToEngine},
    words::compare as words,
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
    /// The run under way: its number, what it is of, the title.
    begun: StoredValue<Option<(u32, Form, String)>>,
}

impl Runs {
    pub(super) fn new() -> Self {
        Self { ended: RwSignal::default(), pinned: RwSignal::default(), begun: StoredValue::default() }
    }

    /// A run begins.
    pub(super) fn begin(self, run: u32, form: Form, title: String) {
        self.begun.set_value(Some((run, form, title)));
    }

    /// It ended.
    pub(super) fn end(self, run: u32, summary: &RunSummary) {
        let begun = self.begun.try_update_value(|begun| begun.take_if(|(begun, ..)| *begun == run)).flatten();
        let Some((_, form, title)) = begun else { return };
        let form = Arc::new(form);
        // What the worker has no more is compared with nothing.
        if self.pinned.get_untracked().is_some_and(|pinned| pinned != run && summary.compared != Some(pinned)) {
            self.pinned.set(None);
        }
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
}

impl Session {
    /// The run that the shown one is compared with.
    fn compared_run(self) -> Option<u32> {
        self.summary.with(|summary| summary.as_ref().and_then(|summary| summary.compared))
    }

    /// Whether the worker has a run's lanes: those of the shown one, and of the one that it is compared with.
    pub(crate) fn holds_run(self, run: u32) -> bool {
        self.shown_run.get() == run || self.compared_run() == Some(run)
    }

    /// The run that the shown one is compared with, in words.
    pub(crate) fn compared_words(self) -> String {
        match self.compared_run() {
            Some(run) if self.runs.pinned.get() == Some(run) => words::pinned_run(run),
            _ => words::THE_RUN_BEFORE.into(),
        }
    }

    /// Later runs are compared with this one, or with the run before each again.
    pub(crate) fn pin(self, run: Option<u32>) {
        self.runs.pinned.set(run);
        self.send(&ToEngine::Pin { run });
    }

    /// Puts what a run was of in the draft's place.
    pub(crate) fn open_run(self, ended: &Ended) {
        let what = words::opened_run(ended.run);
        self.take_form(&ended.form, &ended.title, &what, &words::run_is_open(ended.run));
    }

    /// Does it once more.
    pub(crate) fn run_again(self, ended: &Ended) {
        self.open_run(ended);
        self.keep.notice.set(None);
        self.run();
    }
}
