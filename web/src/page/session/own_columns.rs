//! The user's own columns: texts of the filter language, with or without names, which all that reads columns can name.

use leptos::prelude::*;

use lanevm_core::query::own_name;

use super::Session;
use crate::protocol::{Question, ToEngine};

/// What the table and the filter call an own column: its name, or all its text.
pub(crate) fn called(text: &str) -> &str {
    own_name(text).map_or(text, |(name, _)| name)
}

impl Session {
    /// The column being written is tried; what is right is added.
    pub(crate) fn try_own(self) {
        let text = self.looking.writing.get_untracked().trim().to_owned();
        self.looking.own_wrong.set(None);
        if !text.is_empty() {
            self.looking.writing.set(text.clone());
            self.ask(Question::Try { text });
        }
    }

    /// The column that was tried is one.
    pub(super) fn add_own(self, text: String) {
        let looking = self.looking;
        if looking.writing.with_untracked(|now| *now == text) {
            looking.writing.set(String::new());
        }
        let name = called(&text).to_owned();
        if looking.own.with_untracked(|own| !own.contains(&text)) {
            looking.own.update(|own| own.push(text));
            self.touched();
            self.tell_own();
        }
        if looking.columns.with_untracked(|columns| !columns.contains(&name)) {
            self.toggle_column(&name);
        }
    }

    /// An own column goes.
    pub(crate) fn remove_own(self, text: &str) {
        let looking = self.looking;
        looking.own.update(|own| own.retain(|known| known != text));
        self.touched();
        self.tell_own();
        let name = called(text);
        if looking.columns.with_untracked(|columns| columns.iter().any(|column| column == name)) {
            self.toggle_column(name);
        }
    }

    /// Tells the worker which names there are.
    pub(super) fn tell_own(self) {
        self.send(&ToEngine::Own { columns: self.looking.own.get_untracked() });
    }
}
