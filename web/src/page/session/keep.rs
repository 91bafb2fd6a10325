//! What the session keeps: the draft under a name that this tab holds, and what it has to say of it. Steps back are
//! `history`'s, earlier documents `earlier`'s, links and files `exchange`'s. It runs nothing: who opens something presses Run.

mod beside;
mod earlier;
mod exchange;
mod history;

use std::collections::BTreeMap;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{RunState, Session};
use crate::{
    browser::{
        address, clock,
        store::Store,
        tab::{self, Claim},
        turn::after,
    },
    form::Form,
    page::text::foreign,
    words::keep as words,
};

use self::history::Past;
pub(crate) use self::{earlier::Entry, exchange::stem};

/// Milliseconds between the last change and its keeping.
const PAUSE: i32 = 400;

/// What this tab remembers: the name of its draft, and the example it shows where it has none.
const NAME: &str = "lanevm.draft";
const EXAMPLE: &str = "lanevm.example";

/// What the page has to say of what it keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notice {
    /// In words.
    pub(crate) words: String,
    /// Whether something did not work.
    pub(crate) wrong: bool,
    /// Whether it is no longer so once something runs.
    pub(crate) waits: bool,
    /// A way on.
    pub(crate) offer: Option<Offer>,
}

/// A way on from a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Takes the last change back.
    Undo,
    /// Makes it again.
    Redo,
    /// Saves the document as a file.
    File,
    /// A text to copy by hand.
    Text(String),
}

/// Its signals.
#[derive(Clone, Copy)]
pub(crate) struct Keep {
    /// The document's title.
    pub(crate) title: RwSignal<String>,
    /// The notice shown.
    pub(crate) notice: RwSignal<Option<Notice>>,
    /// Documents kept, the newest first.
    pub(crate) earlier: RwSignal<Vec<Entry>>,
    /// Whether there is a step back, and one forth.
    pub(crate) steps: RwSignal<(bool, bool)>,
    back: StoredValue<Vec<Past>>,
    forth: StoredValue<Vec<Past>>,
    /// The draft as it was loaded or kept last.
    kept: StoredValue<Option<(Form, String)>>,
    /// Whether the draft is more than an example.
    pub(crate) own: RwSignal<bool>,
    name: StoredValue<String>,
    changes: StoredValue<u32>,
    /// How often drafts were kept, by name: what is written beside the page may come too late.
    writes: StoredValue<BTreeMap<String, u32>>,
    /// How many are being written beside the page.
    writing: StoredValue<usize>,
    store: StoredValue<Option<Store>, LocalStorage>,
    claim: StoredValue<Option<Claim>, LocalStorage>,
}

impl Keep {
    pub(super) fn new() -> Self {
        Self {
            title: RwSignal::default(),
            notice: RwSignal::default(),
            earlier: RwSignal::default(),
            steps: RwSignal::default(),
            back: StoredValue::default(),
            forth: StoredValue::default(),
            kept: StoredValue::default(),
            own: RwSignal::new(false),
            name: StoredValue::new(tab::new_name()),
            changes: StoredValue::new(0),
            writes: StoredValue::default(),
            writing: StoredValue::new(0),
            store: StoredValue::new_local(None),
            claim: StoredValue::new_local(None),
        }
    }

    fn say(self, words: impl Into<String>) {
        self.notice.set(Some(Notice { words: words.into(), ..Notice::default() }));
    }

    pub(super) fn wrong(self, words: impl Into<String>) {
        self.notice.set(Some(Notice { words: words.into(), wrong: true, ..Notice::default() }));
    }

    fn offer(self, words: impl Into<String>, offer: Offer) {
        self.notice.set(Some(Notice { words: words.into(), offer: Some(offer), ..Notice::default() }));
    }

    /// Says that what was opened has not run.
    fn wait(self, words: impl Into<String>, offer: Option<Offer>) {
        self.notice.set(Some(Notice { words: words.into(), wrong: false, waits: true, offer }));
    }

    /// Something runs: nothing waits for it any more.
    pub(super) fn ran(self) {
        if self.notice.with_untracked(|notice| notice.as_ref().is_some_and(|notice| notice.waits)) {
            self.notice.set(None);
        }
    }

    /// Holds the draft's name, so that no other tab writes there.
    fn hold(self) {
        let name = self.name.get_value();
        self.claim.set_value(None);
        spawn_local(async move {
            let claim = tab::claim(&locked(&name)).await;
            if self.name.get_value() == name {
                self.claim.set_value(claim);
            }
        });
    }

    fn rename(self, name: String) {
        tab::remember(NAME, &name);
        self.name.set_value(name);
        self.hold();
    }
}

fn locked(name: &str) -> String {
    format!("lanevm draft {name}")
}

impl Session {
    /// Begins: with what the address carries, with what this tab held before a reload, or with an example, which alone runs.
    pub(super) fn begin(self) {
        let keep = self.keep;
        let fragment = address::fragment();
        let held = tab::remembered(NAME);
        let shown = tab::remembered(EXAMPLE).and_then(|index| index.parse().ok()).unwrap_or(0);
        self.show_example(shown);
        if fragment.is_empty() && held.is_none() {
            self.run();
        }
        spawn_local(async move {
            match Store::open().await {
                Ok(store) => keep.store.set_value(Some(store)),
                Err(why) => keep.wrong(words::not_kept(foreign(&why))),
            }
            let mut restored = false;
            if let Some(name) = &held {
                restored = self.restore(name).await;
            }
            if !restored {
                keep.hold();
            }
            if !fragment.is_empty() {
                self.open_link(&fragment);
            } else if restored {
                keep.wait(words::TAB_HELD, None);
            } else if held.is_some() {
                self.run();
            }
            self.list().await;
        });
    }

    /// Loads what this tab held; the copy of a tab gets a copy.
    async fn restore(self, name: &str) -> bool {
        let Some(form) = self.read_kept(name).await else { return false };
        let claim = tab::claim(&locked(name)).await;
        let entry = self.entry(name).await;
        if claim.is_some() {
            self.keep.name.set_value(name.to_owned());
            self.keep.claim.set_value(claim);
        } else {
            self.keep.hold();
        }
        self.show_form(&form, &entry.title);
        if self.keep.name.get_value() == name {
            self.keep.kept.set_value(Some((self.form(), entry.title)));
        }
        true
    }

    async fn read_kept(self, name: &str) -> Option<Form> {
        let store = self.keep.store.get_value()?;
        match store.text(name).await {
            Ok(text) => {
                let text = text?;
                let read = if text.len() > beside::LONG { beside::read(text).await } else { Form::of_kept(&text) };
                match read {
                    Ok(form) => return Some(form),
                    Err(why) => self.keep.wrong(words::cannot_be_read(foreign(&why))),
                }
            }
            Err(why) => self.keep.wrong(words::cannot_be_read(foreign(&why))),
        }
        None
    }

    async fn entry(self, name: &str) -> Entry {
        let Some(store) = self.keep.store.get_value() else { return Entry::default() };
        let lines = store.lines().await.unwrap_or_default();
        let line = lines.into_iter().find(|(known, _)| known == name).map(|(_, line)| line);
        line.and_then(|line| serde_json::from_str(&line).ok()).unwrap_or_default()
    }

    fn show_form(self, form: &Form, title: &str) {
        if self.state.with_untracked(RunState::is_busy) {
            self.cancel();
        }
        self.draft.load(form);
        self.forget_looks(&form.base);
        self.keep.title.set(title.to_owned());
        self.check();
        self.keep.kept.set_value(None);
        self.keep.own.set(true);
    }

    /// Shows an example; it is kept only once it is changed.
    pub(super) fn show_example(self, index: usize) -> bool {
        let found = self.examples.with_value(|examples| {
            examples.get(index).map(|example| (Form::of(&example.document()), example.title.to_owned()))
        });
        let Some((form, title)) = found else { return false };
        self.example.set(index);
        tab::remember(EXAMPLE, &index.to_string());
        self.show_form(&form, &title);
        self.keep.kept.set_value(Some((self.form(), title)));
        self.keep.own.set(false);
        true
    }

    /// Puts another document in the draft's place: what stood there is kept, and one step back. Says whether it was more than
    /// an example.
    pub(super) fn replace(self, what: &str, show: impl FnOnce()) -> bool {
        self.step(what);
        let changed = self.is_changed() || self.keep.own.get_untracked();
        self.keep_now();
        self.keep.rename(tab::new_name());
        show();
        self.touched();
        changed
    }

    /// Whether there is something in the draft that an example or what is kept does not say.
    fn is_changed(self) -> bool {
        let now = (self.form(), self.keep.title.get_untracked());
        self.keep.kept.with_value(|kept| kept.as_ref() != Some(&now))
    }

    /// Something was typed or chosen: it is kept soon.
    pub(crate) fn touched(self) {
        self.keep.changes.update_value(|changes| *changes = changes.wrapping_add(1));
        let changes = self.keep.changes.get_value();
        spawn_local(async move {
            after(PAUSE).await;
            if self.keep.changes.get_value() == changes {
                self.keep_now();
            }
        });
    }

    /// Keeps the draft as it stands, where that is new.
    pub(crate) fn keep_now(self) {
        if self.is_changed() {
            self.keep_draft(self.form().size() > beside::LONG);
        }
    }

    /// The page may end, or be put aside: no worker has time any more.
    pub(crate) fn keep_at_once(self) {
        // What a worker has of it is lost with the page.
        if self.is_changed() || self.keep.writing.get_value() > 0 {
            self.keep_draft(false);
        }
    }

    fn keep_draft(self, is_long: bool) {
        let Some(store) = self.keep.store.get_value() else { return };
        let keep = self.keep;
        let (form, title, name) = (self.form(), keep.title.get_untracked(), keep.name.get_value());
        keep.kept.set_value(Some((form.clone(), title.clone())));
        keep.own.set(true);
        tab::remember(NAME, &name);
        let mut write = 0;
        keep.writes.update_value(|writes| {
            let last = writes.entry(name.clone()).or_default();
            *last += 1;
            write = *last;
        });
        let made = (!is_long).then(|| form.to_kept());
        spawn_local(async move {
            let text = match made {
                Some(text) => text,
                // Where no worker does it, the page does.
                None => {
                    keep.writing.update_value(|writing| *writing += 1);
                    let written = beside::written(form.clone()).await;
                    keep.writing.update_value(|writing| *writing -= 1);
                    written.unwrap_or_else(|_| form.to_kept())
                }
            };
            if keep.writes.with_value(|writes| writes.get(&name) != Some(&write)) {
                return;
            }
            let entry = Entry { title, time: clock::now(), bytes: text.len(), ..Entry::default() };
            let line = serde_json::to_string(&entry).unwrap_or_default();
            match store.put(&name, &line, &text).await {
                Ok(()) => self.prune(&store).await,
                Err(why) => {
                    keep.kept.set_value(None);
                    keep.wrong(words::not_kept(foreign(&why)));
                }
            }
        });
    }
}
