//! Steps back and forth: the draft as it stood before each change of the whole document.

use leptos::prelude::*;

use super::{Offer, Session};
use crate::{form::Form, page::text::foreign, words::keep as words};

/// Steps back, and bytes of text that they may hold.
const STEPS_BACK: usize = 50;
const BYTES_BACK: usize = 64 << 20;

/// A draft as it stood.
#[derive(Clone)]
pub(super) struct Past {
    form: Form,
    title: String,
    name: String,
    example: usize,
    /// What was done then.
    what: String,
}

impl Past {
    fn bytes(&self) -> usize {
        self.form.size() + 200 * (self.form.state.slots.len() + self.form.state.accounts.len())
    }
}

impl Session {
    /// Notes the draft as it stands, before something is done to it.
    pub(super) fn step(self, what: &str) {
        let past = self.past(what);
        self.keep.forth.set_value(Vec::new());
        self.push(self.keep.back, past);
    }

    fn past(self, what: &str) -> Past {
        Past {
            form: self.form(),
            title: self.keep.title.get_untracked(),
            name: self.keep.name.get_value(),
            example: self.example.get_untracked(),
            what: what.to_owned(),
        }
    }

    fn push(self, steps: StoredValue<Vec<Past>>, past: Past) {
        steps.update_value(|steps| {
            steps.push(past);
            while steps.len() > STEPS_BACK || steps.iter().map(Past::bytes).sum::<usize>() > BYTES_BACK {
                steps.remove(0);
            }
        });
        self.count_steps();
    }

    fn count_steps(self) {
        let any = |steps: StoredValue<Vec<Past>>| steps.with_value(|steps| !steps.is_empty());
        self.keep.steps.set((any(self.keep.back), any(self.keep.forth)));
    }

    /// Before something is taken out of the draft: it can be taken back.
    pub(crate) fn removing(self, what: &str) {
        self.step(what);
        self.keep.offer(format!("{}.", foreign(what)), Offer::Undo);
        self.touched();
    }

    /// Takes the last change of the whole document back.
    pub(crate) fn undo(self) {
        self.travel(self.keep.back, self.keep.forth, words::TAKEN_BACK, Offer::Redo);
    }

    /// Makes it again.
    pub(crate) fn redo(self) {
        self.travel(self.keep.forth, self.keep.back, words::MADE_AGAIN, Offer::Undo);
    }

    fn travel(self, from: StoredValue<Vec<Past>>, to: StoredValue<Vec<Past>>, verb: &str, way_back: Offer) {
        let past = from.try_update_value(Vec::pop).flatten();
        let Some(past) = past else { return };
        self.keep_now();
        self.push(to, self.past(&past.what));
        if past.name != self.keep.name.get_value() {
            self.keep.rename(past.name);
        }
        self.example.set(past.example);
        self.show_form(&past.form, &past.title);
        self.count_steps();
        self.keep.wait(words::travelled(verb, foreign(&past.what)), Some(way_back));
        self.touched();
    }
}
