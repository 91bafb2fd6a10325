//! The open lane as a state test: asked for, and saved.

use leptos::prelude::*;

use super::Session;
use crate::{browser::file, page::text::foreign, protocol::ToEngine, words::lane as words};

impl Session {
    /// Saves the open lane as a state test.
    pub(crate) fn save_case(self) {
        if let Some(lane) = self.lane.with_untracked(|lane| lane.as_ref().map(|lane| lane.row.lane)) {
            self.case_note.set(Some(words::RUNNING_AS_TRANSACTION.into()));
            let (run, step) = (self.shown_run.get_untracked(), self.step.get_untracked());
            self.send(&ToEngine::Case { run, step, lane });
        }
    }
}

/// Saves a state test that came, and says what is in it.
pub(super) fn saved_case(lane: usize, result: Result<Vec<String>, String>, bytes: Option<Vec<u8>>) -> String {
    match result {
        Ok(notes) => {
            let name = format!("lane-{lane}.state-test.json");
            file::save(&name, "application/json", &bytes.unwrap_or_default());
            match notes.as_slice() {
                [] => words::saved(name),
                notes => words::saved_with_notes(name, notes.join("; ")),
            }
        }
        Err(why) => words::no_file(foreign(&why)),
    }
}
