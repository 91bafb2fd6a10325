//! Lanes on their way into a file: parts come from the worker, and the browser holds them until the last.

use leptos::prelude::*;

use super::Session;
use crate::{
    browser::{chunk, clock, file::Parts},
    page::text::{foreign, grouped},
    protocol::{LanesFile, ToEngine},
    words::results as words,
};

/// Its signals.
#[derive(Clone, Copy)]
pub(crate) struct Saving {
    /// How far it is, in words.
    pub(crate) note: RwSignal<Option<String>>,
    /// Whether a file is being written.
    pub(crate) busy: RwSignal<bool>,
    parts: StoredValue<Option<Parts>, LocalStorage>,
    /// Lanes that the file will hold, and when it was last said how many it holds.
    told: StoredValue<(usize, f64)>,
}

/// Milliseconds between two words about how far it is: more would be read out one over the other.
const PAUSE: f64 = 1_000.0;

impl Saving {
    pub(super) fn new() -> Self {
        Self {
            note: RwSignal::default(),
            busy: RwSignal::default(),
            parts: StoredValue::new_local(None),
            told: StoredValue::default(),
        }
    }

    pub(super) fn part(self, written: usize, bytes: &[u8]) {
        let (of, before) = self.told.get_value();
        let now = clock::now();
        if now - before >= PAUSE {
            self.told.set_value((of, now));
            self.note.set(Some(words::writing_lanes(grouped(written), grouped(of))));
        }
        self.parts.update_value(|parts| {
            if let Some(parts) = parts {
                parts.push(bytes);
            }
        });
    }

    pub(super) fn ended(self, run: u32, file: LanesFile, lanes: Result<usize, String>) {
        let parts = self.parts.try_update_value(Option::take).flatten();
        self.busy.set(false);
        let name = format!("lanes-of-run-{run}.{}", file.ending());
        self.note.set(Some(match (parts, lanes) {
            (Some(parts), Ok(lanes)) => {
                parts.save(&name, file.media_type());
                words::saved_lanes(name, grouped(lanes))
            }
            (_, Err(why)) => words::no_file(foreign(&why)),
            (None, Ok(_)) => words::NO_FILE_NOTHING_WAS_ASKED_FOR.into(),
        }));
    }
}

impl Session {
    /// Saves the lanes that the table shows, in its order, as a file.
    pub(crate) fn save_lanes(self, file: LanesFile) {
        if self.saving.busy.get_untracked() || self.summary.with_untracked(Option::is_none) {
            return;
        }
        let chunk = match file {
            LanesFile::Csv | LanesFile::Ndjson => None,
            LanesFile::Parquet => match chunk::address("parquet") {
                Ok(address) => Some(address),
                Err(why) => {
                    self.saving.note.set(Some(words::no_file(why)));
                    return;
                }
            },
        };
        self.saving.busy.set(true);
        self.saving.note.set(Some(words::WRITING_LANES.into()));
        self.saving.parts.set_value(Some(Parts::default()));
        self.saving.told.set_value((self.total.get_untracked(), clock::now()));
        self.send(&ToEngine::Lanes {
            run: self.shown_run.get_untracked(),
            step: self.step.get_untracked(),
            view: self.looking.view.get_untracked(),
            file,
            chunk,
        });
    }

    /// Ends the file that is being written.
    pub(crate) fn stop_saving(self) {
        self.send(&ToEngine::StopLanes);
    }
}
