//! Documents that come and go: links, files, and the title that travels with them.

use lanevm_core::{
    Document, DocumentError,
    document::{MAX_BYTES, MAX_LINK},
};
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;

use super::{Offer, RunState, Session};
use crate::{
    browser::{
        address, clipboard,
        file::{self, Chosen},
    },
    form::{Form, by_field},
    page::text::{foreign, grouped},
    protocol::ReadAs,
    words::keep as words,
};

/// A document whose JSON is longer than this is not packed to see whether a link holds it: none does.
const PACKED: usize = 2 << 20;

/// Most characters of a title.
const TITLE: usize = 100;

/// The title that a document carries.
fn title_of(document: &Document) -> Option<String> {
    let title = document.ui.as_ref()?.get("title")?.as_str()?.trim();
    (!title.is_empty()).then(|| title.chars().take(TITLE).collect())
}

/// The document, carrying a title.
fn titled(mut document: Document, title: &str) -> Document {
    let title = title.trim();
    let ui = document.ui.get_or_insert_with(|| Value::Object(Default::default()));
    if let Some(ui) = ui.as_object_mut() {
        if title.is_empty() {
            ui.remove("title");
        } else {
            ui.insert("title".into(), title.chars().take(TITLE).collect::<String>().into());
        }
        if ui.is_empty() {
            document.ui = None;
        }
    }
    document
}

/// A file's name that says the title.
fn file_name(title: &str) -> String {
    let mut name = String::new();
    for character in title.chars().take(60) {
        if character.is_alphanumeric() {
            name.extend(character.to_lowercase());
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    format!("{}.lanevm.json", if name.is_empty() { "document" } else { name })
}

fn in_words(error: &DocumentError) -> String {
    foreign(&error.to_string())
}

/// A file's name without its endings, as a title.
pub(crate) fn stem(name: &str) -> String {
    name.trim_end_matches(".json").trim_end_matches(".lanevm").chars().take(TITLE).collect()
}

impl Session {
    /// Something was opened: it waits for Run.
    pub(super) fn opened(self, words: &str) {
        if !self.state.with_untracked(RunState::is_busy) {
            self.state.set(RunState::Idle);
        }
        self.keep.wait(words::nothing_has_run(words), Some(Offer::Undo));
    }

    /// Puts a form that was read in the draft's place.
    pub(crate) fn take_form(self, form: &Form, title: &str, what: &str, words: &str) {
        self.replace(what, || self.show_form(form, title));
        self.opened(words);
    }

    /// Opens what the address carries, after it changed.
    pub(crate) fn address_changed(self) {
        let fragment = address::fragment();
        if !fragment.is_empty() {
            self.open_link(&fragment);
        }
    }

    pub(super) fn open_link(self, fragment: &str) {
        match Document::from_fragment(fragment) {
            Ok(document) => {
                let title = title_of(&document).unwrap_or_else(|| words::FROM_A_LINK.into());
                self.replace(words::OPENED_A_LINK, || self.show_form(&Form::of(&document), &title));
                // A reload shows what became of it, not the link once more.
                address::forget_fragment();
                self.opened(words::OPENED_FROM_A_LINK);
            }
            Err(error) => self.keep.wrong(words::link_not_opened(in_words(&error))),
        }
    }

    /// Opens a file that was chosen or dropped: a document, or state tests.
    pub(crate) fn open_file(self, chosen: Chosen) {
        let name = foreign(&chosen.name());
        let keep = self.keep;
        if chosen.size() > MAX_BYTES as f64 {
            let most = grouped(MAX_BYTES);
            keep.wrong(words::too_large(name, grouped(chosen.size()), most));
            return;
        }
        spawn_local(async move {
            match chosen.text().await {
                Ok(text) => self.open_text(&chosen.name(), text),
                Err(why) => keep.wrong(words::not_opened(name, why)),
            }
        });
    }

    /// Opens the text of a file.
    fn open_text(self, name: &str, text: String) {
        if self.read_tests(name, &text) {
            return;
        }
        if Self::is_long(&text) {
            self.read_beside(name, text, ReadAs::Document);
            return;
        }
        let shown = foreign(name);
        match Document::from_json(&text) {
            Ok(document) => {
                let title = title_of(&document).unwrap_or_else(|| stem(name));
                self.take_form(&Form::of(&document), &title, &words::opened(&shown), &words::is_open(&shown));
            }
            Err(why) => {
                self.keep.wrong(words::not_opened(shown, in_words(&why)));
            }
        }
    }

    /// The document that is typed, with its title; where it does not read, its fields are marked.
    fn typed(self, verb: &str) -> Option<Document> {
        match self.form().document() {
            Ok(document) => Some(titled(document, &self.keep.title.get_untracked())),
            Err(errors) => {
                let errors = by_field(errors);
                let count = errors.len();
                self.errors.set(errors);
                self.keep.wrong(words::needs_correction(verb, count));
                None
            }
        }
    }

    /// Copies a link that carries the document.
    pub(crate) fn share(self) {
        let Some(document) = self.typed(words::COPIED) else { return };
        let keep = self.keep;
        if document.to_json().len() > PACKED {
            keep.offer(words::DOCUMENT_TOO_LONG, Offer::File);
            return;
        }
        let fragment = document.to_link_fragment();
        if fragment.len() > MAX_LINK {
            let (length, most) = (grouped(fragment.len()), grouped(MAX_LINK));
            keep.offer(words::link_too_long(length, most), Offer::File);
            return;
        }
        let link = address::with_fragment(&fragment);
        spawn_local(async move {
            if clipboard::copied(&link).await {
                keep.say(words::copied_link(grouped(link.len())));
            } else {
                keep.offer(words::NOT_COPIED, Offer::Text(link));
            }
        });
    }

    /// Saves the document as a file.
    pub(crate) fn save_file(self) {
        let Some(document) = self.typed(words::SAVED) else { return };
        let name = file_name(&self.keep.title.get_untracked());
        file::save(&name, "application/json", document.to_json_pretty().as_bytes());
        self.keep.say(words::saved(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_their_title() {
        assert_eq!(file_name("ERC-20 transfer, 10,000 lanes"), "erc-20-transfer-10-000-lanes.lanevm.json");
        assert_eq!(file_name("../../etc/passwd\u{202e}"), "etc-passwd.lanevm.json");
        assert_eq!(file_name("  "), "document.lanevm.json");
        assert_eq!(file_name(&"x".repeat(500)).len(), 60 + ".lanevm.json".len());
    }

    #[test]
    fn a_title_travels_with_the_document() {
        let document = lanevm_core::examples::all()[0].document();
        let named = titled(document.clone(), " mine ");
        assert_eq!(title_of(&named).as_deref(), Some("mine"));
        assert_eq!(titled(named, ""), document);
        // What another tool keeps there is not ours to change.
        let foreign = Document { ui: Some(Value::from(7)), ..document };
        assert_eq!(titled(foreign.clone(), "mine"), foreign);
        assert_eq!(title_of(&foreign), None);
    }
}
