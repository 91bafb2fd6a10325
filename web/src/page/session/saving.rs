//! Lanes on their way into a file: parts come from the worker, and the browser holds them until the last.

use leptos::prelude::*;

use super::Session;
use crate::{
    browser::file::Parts,
    page::text::grouped,
    protocol::{LanesFile, ToEngine},
};

/// Its signals.
#[derive(Clone, Copy)]
pub(crate) struct Saving {
    /// How far it is, in words.
    pub(crate) note: RwSignal<Option<String>>,
    /// Whether a file is being written.
    pub(crate) busy: RwSignal<bool>,
    parts: StoredValue<Option<Parts>, LocalStorage>,
}

impl Saving {
    pub(super) fn new() -> Self {
        Self { note: RwSignal::default(), busy: RwSignal::default(), parts: StoredValue::new_local(None) }
    }

    pub(super) fn part(self, bytes: &[u8]) {
        self.parts.update_value(|parts| {
            if let Some(parts) = parts {
                parts.push(bytes);
            }
        });
    }

    pub(super) fn ended(self, run: u32, file: LanesFile, lanes: Option<usize>) {
        let parts = self.parts.try_update_value(Option::take).flatten();
        self.busy.set(false);
        let name = format!("lanes-of-run-{run}.{}", file.ending());
        self.note.set(Some(match (parts, lanes) {
            (Some(parts), Some(lanes)) => {
                parts.save(&name, file.media_type());
                format!("Saved {name}: {} lanes.", grouped(lanes))
            }
            _ => "No file: these lanes are there no more. Run again.".into(),
        }));
    }
}

impl Session {
    /// Saves the lanes shown, all or those of a status, as a file.
    pub(crate) fn save_lanes(self, file: LanesFile) {
        if self.saving.busy.get_untracked() || self.summary.with_untracked(Option::is_none) {
            return;
        }
        self.saving.busy.set(true);
        self.saving.note.set(Some("Writing the lanes…".into()));
        self.saving.parts.set_value(Some(Parts::default()));
        self.send(&ToEngine::Lanes {
            run: self.shown_run.get_untracked(),
            step: self.step.get_untracked(),
            filter: self.filter.get_untracked(),
            file,
        });
    }
}
