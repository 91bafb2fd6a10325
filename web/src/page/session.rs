//! The session: what is typed, the run, and what came of it, with the verbs that change them. It holds no view, and
//! speaks to the engine's worker by messages only.

mod draft;
mod editing;
mod guessing;
mod intake;
mod keep;
mod link;
mod live;
mod looking;
mod own_columns;
mod preview;
mod reading;
mod rest;
mod runs;
mod saving;
mod saving_case;
mod state_import;
mod step_draft;
mod tracing;

use std::collections::BTreeMap;

use lanevm_core::{Document, DocumentError, Example, Fork, abi::Abi, examples};
use leptos::prelude::*;

pub(crate) use self::{
    draft::{Draft, FieldDraft, VaryingDraft},
    guessing::{Guessed, Guessing},
    intake::{DeployState, Intake},
    keep::{Entry, Keep, Notice, Offer},
    live::Live,
    looking::{Looking, Part, Points},
    own_columns::called,
    preview::Preview,
    reading::Reader,
    runs::{Ended, Runs},
    state_import::StateImport,
    step_draft::{ArgDraft, StepDraft},
    tracing::{TraceState, Tracing},
};
use self::{link::Link, saving::Saving, saving_case::saved_case};
use super::Pane;
use crate::{
    form::{Form, by_field},
    protocol::{EngineChoice, Engines, LaneView, ProgressView, Row, RunSummary, ToEngine, ToPage, Wrong},
    words::run as words,
};

/// Text longer than this is checked in the worker only, and not on every change.
const CHECKED_HERE: usize = 200_000;

/// Rows asked for at a time.
const WINDOW: usize = 256;

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum RunState {
    /// Nothing was run.
    #[default]
    Idle,
    /// The worker reads the form, or is still loading.
    Preparing,
    /// The engine has the batch.
    Running {
        /// Its name.
        adapter: String,
        /// How far it is.
        at: ProgressView,
    },
    /// All lanes ended.
    Done,
    /// The engine could not run it, or refused the form.
    Failed(String),
    /// Stopped by the user; what had ended is kept.
    Cancelled,
}

impl RunState {
    pub(crate) const fn is_busy(&self) -> bool {
        matches!(self, Self::Preparing | Self::Running { .. })
    }

    pub(crate) const fn is_paused(&self) -> bool {
        matches!(self, Self::Running { at: ProgressView { paused: true, .. }, .. })
    }
}

/// A window of the table's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Window {
    pub(crate) from: usize,
    pub(crate) rows: Vec<Row>,
}

/// The one store.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    /// What is typed.
    pub(crate) draft: Draft,
    /// What is kept of it.
    pub(crate) keep: Keep,
    /// Examples, in order.
    pub(crate) examples: StoredValue<Vec<Example>>,
    /// The example that was loaded last.
    pub(crate) example: RwSignal<usize>,
    /// The engine wanted.
    pub(crate) choice: RwSignal<EngineChoice>,
    /// The engines there are; `None` until the worker knows.
    pub(crate) engines: RwSignal<Option<Engines>>,
    /// What is wrong, by field.
    pub(crate) errors: RwSignal<BTreeMap<String, String>>,
    /// Runs that have ended.
    pub(crate) runs: Runs,
    /// What is shown of what is typed before it runs.
    pub(crate) preview: Preview,
    /// The program's ABI, or what is wrong with it.
    pub(crate) abi: Memo<Result<Abi, String>>,
    /// Functions that are guessed.
    pub(crate) guessing: Guessing,
    /// Files of programs.
    pub(crate) intake: Intake,
    /// Files of states.
    pub(crate) import: StateImport,
    /// Texts that are read beside the page.
    pub(crate) reader: Reader,
    /// The run.
    pub(crate) state: RwSignal<RunState>,
    /// The last run's summary.
    pub(crate) summary: RwSignal<Option<RunSummary>>,
    /// A status code a lane of that run.
    pub(crate) statuses: RwSignal<Vec<u8>>,
    /// The step shown, counted from 0.
    pub(crate) step: RwSignal<usize>,
    /// The lanes of the run under way; nothing while there is none.
    pub(crate) live: RwSignal<Option<Live>>,
    /// Whether runs count lanes by block as they go.
    pub(crate) counts_blocks: RwSignal<bool>,
    /// What is looked at.
    pub(crate) looking: Looking,
    /// Rows that pass.
    pub(crate) total: RwSignal<usize>,
    /// Those at hand.
    pub(crate) window: RwSignal<Window>,
    /// The lane open.
    pub(crate) lane: RwSignal<Option<LaneView>>,
    /// Its recording.
    pub(crate) trace: Tracing,
    /// Lanes on their way into a file.
    pub(crate) saving: Saving,
    /// What the lane's state test came to, in words.
    pub(crate) case_note: RwSignal<Option<String>>,
    /// The tab open where the page is narrow.
    pub(crate) pane: RwSignal<Pane>,
    /// The run whose outcomes are shown.
    pub(crate) shown_run: RwSignal<u32>,
    number: RwSignal<u32>,
    asked: RwSignal<Option<usize>>,
    wanted: RwSignal<Option<usize>>,
    link: StoredValue<Option<Link>, LocalStorage>,
}

impl Session {
    /// A session with an example, which runs as soon as the worker listens, or with what this tab or its address holds.
    pub(crate) fn start() -> Self {
        let examples = examples::all();
        let document = examples.first().map(Example::document);
        let form = Form::of(&document.unwrap_or_else(|| Document::new(Fork::LATEST, Vec::new())));
        let draft = Draft::new(&form);
        let abi = Memo::new(move |_| {
            let read = draft.abi.with(|text| crate::form::program::read_abi(text));
            read.map(|read| read.map(|(_, abi)| abi).unwrap_or_default())
        });
        let session = Self {
            draft,
            runs: Runs::new(),
            preview: Preview::new(),
            abi,
            guessing: Guessing::new(),
            intake: Intake::new(),
            import: StateImport::new(),
            reader: Reader::new(),
            keep: Keep::new(),
            examples: StoredValue::new(examples),
            example: RwSignal::new(0),
            choice: RwSignal::default(),
            engines: RwSignal::default(),
            errors: RwSignal::default(),
            state: RwSignal::default(),
            summary: RwSignal::default(),
            statuses: RwSignal::default(),
            step: RwSignal::default(),
            live: RwSignal::default(),
            counts_blocks: RwSignal::default(),
            looking: Looking::new(),
            total: RwSignal::default(),
            window: RwSignal::default(),
            lane: RwSignal::default(),
            trace: Tracing::new(),
            saving: Saving::new(),
            case_note: RwSignal::default(),
            pane: RwSignal::new(Pane::Results),
            number: RwSignal::new(0),
            shown_run: RwSignal::new(0),
            asked: RwSignal::default(),
            wanted: RwSignal::default(),
            link: StoredValue::new_local(None),
        };
        match Link::start(session) {
            Ok(link) => session.link.set_value(Some(link)),
            Err(why) => session.worker_lost(&why),
        }
        session.check();
        session.begin();
        session.load_rest();
        session
    }

    fn send(self, message: &ToEngine) {
        self.link.with_value(|link| {
            if let Some(link) = link {
                link.send(message);
            }
        });
    }

    /// Runs what is typed, unless a run is under way.
    pub(crate) fn run(self) {
        if self.state.with_untracked(RunState::is_busy) || self.link.with_value(Option::is_none) {
            return;
        }
        let form = self.form();
        let document = match form.document() {
            Ok(document) => document,
            Err(errors) => {
                self.refused(by_field(errors));
                return;
            }
        };
        self.errors.set(BTreeMap::new());
        self.keep.ran();
        self.pane.set(Pane::Results);
        self.number.update(|number| *number += 1);
        self.state.set(RunState::Preparing);
        self.runs.begin(self.number.get_untracked(), form, self.keep.title.get_untracked());
        self.send(&ToEngine::Run {
            run: self.number.get_untracked(),
            document: document.to_json(),
            engine: self.choice.get_untracked(),
            coverage: self.counts_blocks.get_untracked(),
        });
    }

    fn refused(self, errors: BTreeMap<String, String>) {
        let count = errors.len();
        let first = errors.keys().next().cloned().unwrap_or_default();
        self.errors.set(errors);
        let program = ["code", "to", "abi"].contains(&first.as_str());
        // The step with an error is the one to look at.
        let step = first.strip_prefix("steps.").and_then(|rest| rest.split('.').next()?.parse().ok());
        if let Some(step) = step {
            self.draft.step.set(step);
        }
        match first.as_str() {
            // These stand in the bars, which are always in sight.
            "engine" | "count" | "document" => {}
            _ => self.pane.set(if program { Pane::Program } else { Pane::Calls }),
        }
        self.state.set(RunState::Failed(match (count, program) {
            (1, true) => words::PROGRAM_NEEDS_CORRECTION.into(),
            (1, false) if first == "document" => {
                words::nothing_was_run(self.errors.with_untracked(|errors| errors["document"].clone()))
            }
            (1, false) if first == "engine" => words::NO_SUCH_ENGINE.into(),
            (1, false) => words::CALLS_NEED_CORRECTION.into(),
            _ => words::fields_need_correction(count),
        }));
    }

    /// Stops the run under way; what has ended is kept.
    pub(crate) fn cancel(self) {
        self.send(&ToEngine::Cancel { run: self.number.get_untracked() });
    }

    /// Holds the run under way, or lets it go on.
    pub(crate) fn pause(self, paused: bool) {
        self.send(&ToEngine::Pause { run: self.number.get_untracked(), paused });
    }

    /// Loads an example over what is typed, and runs it.
    pub(crate) fn load_example(self, index: usize) {
        let changed = self.replace(words::LOADED_AN_EXAMPLE, || {
            self.show_example(index);
        });
        if changed {
            self.keep.notice.set(Some(Notice {
                words: words::EXAMPLE_TOOK_PLACE.into(),
                offer: Some(Offer::Undo),
                ..Notice::default()
            }));
        } else {
            self.keep.notice.set(None);
        }
        self.run();
    }

    /// Checks what is typed, where that is quick: after a field was left.
    pub(crate) fn check(self) {
        self.look_at_code();
        let form = self.draft.form();
        if form.size() < CHECKED_HERE {
            match form.document() {
                Ok(_) => {
                    self.errors.set(BTreeMap::new());
                    self.look_at_pictures(form);
                }
                Err(errors) => self.errors.set(by_field(errors)),
            }
        }
    }

    /// A field is being changed: what was said about it is no longer so.
    pub(crate) fn edited(self, field: &str) {
        if self.errors.with_untracked(|errors| errors.contains_key(field)) {
            self.errors.update(|errors| {
                errors.remove(field);
            });
        }
    }

    /// The table shows rows from here on: they are fetched where they are not at hand.
    pub(crate) fn show_rows(self, first: usize, count: usize) {
        let at_hand = self
            .window
            .with_untracked(|window| window.from <= first && first + count <= window.from + window.rows.len());
        let all = self.total.get_untracked();
        let tail = self.window.with_untracked(|window| {
            window.from <= first && window.from + window.rows.len() == all && !window.rows.is_empty()
        });
        if !at_hand && !tail {
            self.want(first, false);
        }
    }

    fn want(self, first: usize, at_once: bool) {
        if self.summary.with_untracked(Option::is_none) {
            return;
        }
        if self.asked.get_untracked().is_some() && !at_once {
            self.wanted.set(Some(first));
            return;
        }
        self.wanted.set(None);
        self.asked.set(Some(first));
        self.send(&ToEngine::Rows {
            run: self.shown_run.get_untracked(),
            step: self.step.get_untracked(),
            view: self.looking.view.get_untracked(),
            from: first.saturating_sub(WINDOW / 3),
            count: WINDOW,
            columns: self.looking.columns.get_untracked(),
        });
    }

    /// Opens a lane, and its pane where only one is in sight.
    pub(crate) fn visit(self, lane: usize) {
        // Only where all lanes stand in order is its row known.
        let row = (self.looking.view.get_untracked() == 0).then_some(lane);
        self.looking.cursor.set(row);
        self.open(lane);
        self.pane.set(Pane::Lane);
    }

    /// Opens a lane.
    pub(crate) fn open(self, lane: usize) {
        let (run, step) = (self.shown_run.get_untracked(), self.step.get_untracked());
        self.send(&ToEngine::Lane { run, step, lane });
        self.trace.begin(lane);
        self.case_note.set(None);
        self.send(&ToEngine::Trace { run, step, lane });
    }

    /// The worker is gone: nothing can run any more.
    pub(crate) fn worker_lost(self, why: &str) {
        self.state.set(RunState::Failed(words::worker_ended(why)));
    }

    fn hear(self, message: ToPage, bytes: Option<Vec<u8>>) {
        let number = self.number.get_untracked();
        match message {
            ToPage::Ready => {}
            ToPage::Engines(engines) => self.engines.set(Some(engines)),
            ToPage::Refused { run, error } if run == number => {
                let error = match error {
                    Wrong::Field(error) => error,
                    Wrong::Document { path, found, expected } => {
                        self.draft.form().field_of(&DocumentError { path, found, expected })
                    }
                };
                self.refused(by_field(vec![error]));
            }
            ToPage::Started { run, adapter } if run == number => {
                let at = self.state.with_untracked(|state| match state {
                    // Another engine goes on.
                    RunState::Running { at, .. } => *at,
                    _ => ProgressView::default(),
                });
                self.state.set(RunState::Running { adapter, at });
            }
            ToPage::Progress { run, at: news } if run == number => self.state.update(|state| {
                if let RunState::Running { at, .. } = state {
                    *at = news;
                }
            }),
            ToPage::Deployed { ask, result } => self.deployed(ask, result),
            ToPage::Pictures { number, pictures } => self.preview.heard(number, pictures),
            ToPage::CastLine(line) => self.preview.line.set(Some(line)),
            ToPage::Ended { run, step, lanes, from, columns } if run == number => {
                self.hear_ended(run, (step, lanes), from, columns, &bytes.unwrap_or_default());
            }
            ToPage::Failed { run, why } if run == number => {
                self.live.set(None);
                self.state.set(RunState::Failed(why));
            }
            ToPage::Done { run, summary } => {
                if run == number {
                    self.live.set(None);
                    self.state.set(if summary.cancelled { RunState::Cancelled } else { RunState::Done });
                }
                self.runs.end(run, &summary);
                self.show(run, *summary, bytes.unwrap_or_default());
            }
            ToPage::Answer { run, number, answer } => self.hear_answer(run, number, answer, bytes),
            ToPage::Rows { run, view, from, total, rows, refused } => {
                if run == self.shown_run.get_untracked() && view == self.looking.view.get_untracked() {
                    self.total.set(total);
                    self.window.set(Window { from, rows });
                    self.drop_columns(&refused);
                }
                self.asked.set(None);
                if let Some(first) = self.wanted.get_untracked() {
                    self.want(first, false);
                }
            }
            ToPage::Lane { run, lane } if run == self.shown_run.get_untracked() => self.lane.set(Some(*lane)),
            ToPage::Trace { run, lane, trace } => self.hear_trace(run, lane, trace),
            ToPage::Traced { run, lane, number, answer } => self.hear_traced(run, lane, number, answer),
            ToPage::TraceFile { lane, result } => self.hear_trace_file(lane, result, bytes),
            ToPage::LanesPart { written } => self.saving.part(written, &bytes.unwrap_or_default()),
            ToPage::Case { lane, result } => self.case_note.set(Some(saved_case(lane, result, bytes))),
            ToPage::LanesEnd { run, file, lanes } => self.saving.ended(run, file, lanes),
            // What is left is late news of an earlier run.
            _ => {}
        }
    }

    fn show(self, run: u32, summary: RunSummary, statuses: Vec<u8>) {
        self.shown_run.set(run);
        self.step.set(summary.steps.saturating_sub(1));
        self.trace.reset(TraceState::None);
        self.statuses.set(statuses);
        self.looking.overview.set(None);
        self.summary.set(Some(summary));
        self.tell_own();
        self.look_anew();
    }
}
