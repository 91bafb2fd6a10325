//! The lane's recording as it is looked at: which step, what holds there, a window of steps. The recording itself stays in
//! a worker; one look is under way at a time, so that a held key asks for the latest step and not for each.

use std::sync::Arc;

use leptos::prelude::*;

use super::Session;
use crate::{
    page::text::grouped,
    protocol::{StepView, ToEngine, TraceAnswer, TraceAsk, TraceStep, TraceView, WalkView},
    words::trace as words,
};

/// Steps in a window of the list.
const WINDOW: usize = 400;

/// What is known of a lane's recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum TraceState {
    /// Not asked for.
    #[default]
    None,
    /// Asked for.
    Loading,
    /// Here.
    Here(Arc<TraceView>),
    /// It failed.
    Failed(String),
}

/// Its signals.
#[derive(Clone, Copy)]
pub(crate) struct Tracing {
    /// The recording.
    pub(crate) state: RwSignal<TraceState>,
    /// The step that is looked at.
    pub(crate) at: RwSignal<usize>,
    /// What holds at a step: that one, as soon as it is known.
    pub(crate) here: RwSignal<Option<Arc<StepView>>>,
    /// A window of steps, and the first of them.
    pub(crate) window: RwSignal<(usize, Arc<Vec<TraceStep>>)>,
    /// Why the last way led nowhere.
    pub(crate) note: RwSignal<Option<String>>,
    /// What the file came to, in words.
    pub(crate) file_note: RwSignal<Option<String>>,
    /// The lane.
    lane: StoredValue<usize>,
    number: StoredValue<u32>,
    /// The look under way, by its number.
    looking: StoredValue<Option<u32>>,
    /// The one to make after it.
    wanted: StoredValue<Option<TraceAsk>>,
    /// The window under way.
    windowing: StoredValue<Option<u32>>,
    /// Steps that came into sight meanwhile: the first, and how many.
    wanted_window: StoredValue<Option<(usize, usize)>>,
}

impl Tracing {
    pub(super) fn new() -> Self {
        Self {
            state: RwSignal::default(),
            at: RwSignal::default(),
            here: RwSignal::default(),
            window: RwSignal::default(),
            note: RwSignal::default(),
            file_note: RwSignal::default(),
            lane: StoredValue::default(),
            number: StoredValue::default(),
            looking: StoredValue::default(),
            wanted: StoredValue::default(),
            windowing: StoredValue::default(),
            wanted_window: StoredValue::default(),
        }
    }

    /// Steps there are.
    pub(crate) fn steps(self) -> usize {
        self.state.with(|state| if let TraceState::Here(trace) = state { trace.steps } else { 0 })
    }

    /// Another lane is asked for.
    pub(super) fn begin(self, lane: usize) {
        self.lane.set_value(lane);
        self.reset(TraceState::Loading);
    }

    /// Forgets the lane before.
    pub(super) fn reset(self, state: TraceState) {
        self.looking.set_value(None);
        self.wanted.set_value(None);
        self.windowing.set_value(None);
        self.wanted_window.set_value(None);
        self.here.set(None);
        self.window.set(Default::default());
        self.note.set(None);
        self.file_note.set(None);
        self.at.set(0);
        self.state.set(state);
    }
}

impl Session {
    fn ask_trace(self, ask: TraceAsk) -> u32 {
        let lane = self.trace.lane.get_value();
        let number = self.trace.number.get_value().wrapping_add(1);
        self.trace.number.set_value(number);
        let (run, step) = (self.shown_run.get_untracked(), self.step.get_untracked());
        self.send(&ToEngine::TraceAsk { run, step, lane, number, ask });
        number
    }

    fn look(self, ask: TraceAsk) {
        let trace = self.trace;
        if trace.looking.get_value().is_some() {
            trace.wanted.set_value(Some(ask));
        } else {
            trace.looking.set_value(Some(self.ask_trace(ask)));
        }
    }

    fn row(self) -> usize {
        self.trace.here.with_untracked(|here| here.as_ref().map_or(0, |here| here.row))
    }

    /// Looks at a step.
    pub(crate) fn trace_to(self, step: usize) {
        let trace = self.trace;
        let last = untrack(|| trace.steps()).checked_sub(1);
        let Some(step) = last.map(|last| step.min(last)) else { return };
        trace.note.set(None);
        if trace.at.get_untracked() != step {
            trace.at.set(step);
            self.look(TraceAsk::Look { step, row: self.row() });
        }
    }

    /// Looks at the step so many before or after.
    pub(crate) fn trace_by(self, by: isize) {
        self.trace_to(self.trace.at.get_untracked().saturating_add_signed(by));
    }

    /// Looks at the step that lies this way.
    pub(crate) fn trace_walk(self, way: WalkView) {
        self.trace.note.set(None);
        self.look(TraceAsk::Walk { step: self.trace.at.get_untracked(), way });
    }

    /// The page shows these rows of memory: they are asked for where they are not at hand.
    pub(crate) fn trace_memory(self, first: usize, count: usize) {
        let at_hand = self.trace.here.with_untracked(|here| {
            here.as_ref().is_none_or(|here| {
                let end = (first + count).min(here.memory);
                here.row <= first && end <= here.row + here.rows.len()
            })
        });
        if !at_hand {
            self.look(TraceAsk::Look { step: self.trace.at.get_untracked(), row: first.saturating_sub(32) });
        }
    }

    /// The list shows these steps: they are asked for where they are not at hand.
    pub(crate) fn trace_list(self, first: usize, count: usize) {
        let trace = self.trace;
        let steps = untrack(|| trace.steps());
        let end = (first + count).min(steps);
        let at_hand = trace.window.with_untracked(|(from, window)| *from <= first && end <= from + window.len());
        if !at_hand && end > first {
            let from = first.saturating_sub(WINDOW / 3);
            if trace.windowing.get_value().is_some() {
                trace.wanted_window.set_value(Some((first, count)));
            } else {
                trace.windowing.set_value(Some(self.ask_trace(TraceAsk::Steps { from, count: WINDOW })));
            }
        }
    }

    /// Saves the open lane's EIP-3155 trace.
    pub(crate) fn save_trace(self) {
        if let Some(lane) = self.lane.with_untracked(|lane| lane.as_ref().map(|lane| lane.row.lane)) {
            self.trace.file_note.set(Some(words::REPLAYING_INTO_FILE.into()));
            let (run, step) = (self.shown_run.get_untracked(), self.step.get_untracked());
            self.send(&ToEngine::TraceFile { run, step, lane });
        }
    }

    fn is_open(self, run: u32, lane: usize) -> bool {
        run == self.shown_run.get_untracked() && lane == self.trace.lane.get_value()
    }

    pub(super) fn hear_trace(self, run: u32, lane: usize, result: Result<Box<TraceView>, String>) {
        if !self.is_open(run, lane) {
            return;
        }
        match result {
            Ok(view) => {
                let steps = view.steps;
                self.trace.reset(TraceState::Here(Arc::new(*view)));
                if steps > 0 {
                    self.look(TraceAsk::Look { step: 0, row: 0 });
                }
            }
            Err(why) => self.trace.reset(TraceState::Failed(why)),
        }
    }

    pub(super) fn hear_traced(self, run: u32, lane: usize, number: u32, answer: TraceAnswer) {
        let trace = self.trace;
        if !self.is_open(run, lane) {
            return;
        }
        if trace.windowing.get_value() == Some(number) {
            trace.windowing.set_value(None);
            if let TraceAnswer::Steps { from, steps } = answer {
                trace.window.set((from, Arc::new(steps)));
            }
            if let Some((first, count)) = trace.wanted_window.try_update_value(Option::take).flatten() {
                self.trace_list(first, count);
            }
            return;
        }
        if trace.looking.get_value() != Some(number) {
            return;
        }
        trace.looking.set_value(None);
        let next = trace.wanted.try_update_value(Option::take).flatten();
        match answer {
            TraceAnswer::At(here) => {
                // Where the user has gone on, the answer to that is on its way.
                if next.is_none() {
                    trace.at.set(here.step);
                }
                trace.here.set(Some(Arc::new(*here)));
            }
            TraceAnswer::Nowhere(way) => trace.note.set(Some(nowhere(way))),
            TraceAnswer::Steps { .. } => {}
        }
        if let Some(ask) = next {
            self.look(ask);
        }
    }

    pub(super) fn hear_trace_file(self, lane: usize, result: Result<bool, String>, bytes: Option<Vec<u8>>) {
        self.trace.file_note.set(match result {
            Ok(cut) => {
                let bytes = bytes.unwrap_or_default();
                let name = format!("lane-{lane}.eip3155.jsonl");
                crate::browser::file::save(&name, "application/jsonl", &bytes);
                let end = if cut { words::FILE_WAS_CUT } else { "" };
                Some(words::saved(name, end))
            }
            Err(why) => Some(words::no_file(why)),
        });
    }
}

/// Why a way led nowhere.
fn nowhere(way: Option<WalkView>) -> String {
    match way {
        Some(WalkView::To(pc)) => words::no_instruction_at(pc, grouped(pc)),
        Some(WalkView::Out) => words::NO_CALLER.into(),
        Some(WalkView::Over) => words::IS_LAST_STEP.into(),
        Some(WalkView::BackOver) => words::IS_FIRST_STEP.into(),
        None => words::RECORDING_GONE.into(),
    }
}
