//! Which of the document's programs is edited.

use leptos::prelude::*;

use super::Session;
use crate::{form::by_field, page::text::foreign, words::program as words};

impl Session {
    /// Edits another program of the document. What is typed has to be readable: it is put aside as a program.
    pub(crate) fn edit_program(self, name: &str) {
        let at = self.draft.edited_place();
        match self.draft.form().editing(name) {
            Ok(form) => {
                self.draft.load(&form);
                self.draft.edit_place(at);
                self.check();
                self.touched();
            }
            Err(errors) => {
                self.errors.set(by_field(errors));
                // The choice shows what is edited still.
                self.draft.name.notify();
                let edited = self.draft.name.get_untracked();
                self.keep.wrong(words::still_edited(foreign(&edited)));
            }
        }
    }
}
