//! What is shown of a form before it runs, which the engine's worker makes: pictures of what varies, and the line that fetches
//! the state.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::Session;
use crate::{
    form::{Form, pictures::Picture},
    protocol::ToEngine,
};

/// Its signals.
#[derive(Clone, Copy)]
pub(crate) struct Preview {
    /// Pictures of what varies, by field.
    pub(crate) pictures: RwSignal<BTreeMap<String, Picture>>,
    /// The line that fetches the state, or why there is none; `None` until it was asked for.
    pub(crate) line: RwSignal<Option<Result<String, String>>>,
    number: StoredValue<u32>,
}

impl Preview {
    pub(super) fn new() -> Self {
        Self { pictures: RwSignal::default(), line: RwSignal::default(), number: StoredValue::new(0) }
    }

    /// Pictures came; those of an earlier form are no news.
    pub(super) fn heard(self, number: u32, pictures: BTreeMap<String, Picture>) {
        if number == self.number.get_value() {
            self.pictures.set(pictures);
        }
    }
}

impl Session {
    /// Asks for pictures of a form that reads.
    pub(super) fn look_at_pictures(self, form: Form) {
        let number = self.preview.number.get_value() + 1;
        self.preview.number.set_value(number);
        self.send(&ToEngine::Pictures { number, form: Box::new(form) });
    }

    /// Asks for the line that fetches what the edited step's first call reads.
    pub(crate) fn make_line(self) {
        let form = self.draft.form();
        let key = self.draft.edited().map_or(0, |step| step.key);
        let step = form.steps.iter().position(|step| step.key == key).unwrap_or(0);
        let contract = self.contract().map(|address| format!("{address:#x}"));
        self.send(&ToEngine::CastLine { form: Box::new(form), step, contract });
    }
}
