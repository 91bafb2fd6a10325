//! What the session keeps: the draft under a name that this tab holds, what stood there before, and links and files of
//! documents. It runs nothing: who opens something presses Run.

use lanevm_core::{
    Document, DocumentError,
    document::{MAX_BYTES, MAX_LINK},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;

use super::{RunState, Session};
use crate::{
    browser::{
        address, clipboard, clock,
        file::{self, Chosen},
        store::Store,
        tab::{self, Claim},
        turn::after,
    },
    form::{Form, by_field},
    page::text::{foreign, grouped},
};

/// Documents kept beside those that tabs hold.
const KEPT: usize = 20;

/// Bytes of text past which the oldest go before their time.
const KEPT_BYTES: usize = 64 << 20;

/// Milliseconds between the last change and its keeping.
const PAUSE: i32 = 400;

/// Steps back, and bytes of text that they may hold.
const STEPS_BACK: usize = 50;
const BYTES_BACK: usize = 64 << 20;

/// A document whose JSON is longer than this is not packed to see whether a link holds it: none does.
const PACKED: usize = 2 << 20;

/// Most characters of a title.
const TITLE: usize = 100;

/// What this tab remembers: the name of its draft, and the example it shows where it has none.
const NAME: &str = "lanevm.draft";
const EXAMPLE: &str = "lanevm.example";

/// A document of the list “Earlier”.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    /// Its name in the store.
    #[serde(skip)]
    pub(crate) name: String,
    /// Its title.
    pub(crate) title: String,
    /// When it was kept last, in milliseconds since 1970.
    pub(crate) time: f64,
    /// Bytes of its text.
    pub(crate) bytes: usize,
    /// Whether another tab holds it.
    #[serde(skip)]
    pub(crate) held: bool,
}

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

/// A draft as it stood.
#[derive(Clone)]
struct Past {
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
            store: StoredValue::new_local(None),
            claim: StoredValue::new_local(None),
        }
    }

    fn say(self, words: impl Into<String>) {
        self.notice.set(Some(Notice { words: words.into(), ..Notice::default() }));
    }

    fn wrong(self, words: impl Into<String>) {
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
                Err(why) => keep.wrong(format!("What you type is not kept over a reload: {}.", foreign(&why))),
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
                keep.wait("This is what the tab held before. Nothing has run yet.", None);
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
            self.keep.kept.set_value(Some((self.draft.form(), entry.title)));
        }
        true
    }

    async fn read_kept(self, name: &str) -> Option<Form> {
        let store = self.keep.store.get_value()?;
        match store.text(name).await {
            Ok(text) => match Form::of_kept(&text?) {
                Ok(form) => return Some(form),
                Err(why) => self.keep.wrong(format!("What was kept cannot be read: {}.", foreign(&why))),
            },
            Err(why) => self.keep.wrong(format!("What was kept cannot be read: {}.", foreign(&why))),
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
        self.keep.kept.set_value(Some((self.draft.form(), title)));
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
        let now = (self.draft.form(), self.keep.title.get_untracked());
        self.keep.kept.with_value(|kept| kept.as_ref() != Some(&now))
    }

    /// Notes the draft as it stands, before something is done to it.
    fn step(self, what: &str) {
        let past = self.past(what);
        self.keep.forth.set_value(Vec::new());
        self.push(self.keep.back, past);
    }

    fn past(self, what: &str) -> Past {
        Past {
            form: self.draft.form(),
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
        self.travel(self.keep.back, self.keep.forth, "Taken back", Offer::Redo);
    }

    /// Makes it again.
    pub(crate) fn redo(self) {
        self.travel(self.keep.forth, self.keep.back, "Made again", Offer::Undo);
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
        self.keep.wait(format!("{verb}: {}. Nothing has run since.", foreign(&past.what)), Some(way_back));
        self.touched();
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
        let Some(store) = self.keep.store.get_value() else { return };
        if !self.is_changed() {
            return;
        }
        let keep = self.keep;
        let (form, title, name) = (self.draft.form(), keep.title.get_untracked(), keep.name.get_value());
        let text = form.to_kept();
        let entry = Entry { title: title.clone(), time: clock::now(), bytes: text.len(), ..Entry::default() };
        let line = serde_json::to_string(&entry).unwrap_or_default();
        keep.kept.set_value(Some((form, title)));
        keep.own.set(true);
        tab::remember(NAME, &name);
        spawn_local(async move {
            match store.put(&name, &line, &text).await {
                Ok(()) => self.prune(&store).await,
                Err(why) => {
                    keep.kept.set_value(None);
                    keep.wrong(format!("What you type is not kept over a reload: {}.", foreign(&why)));
                }
            }
        });
    }

    /// Forgets what is too old, and never what a tab holds.
    async fn prune(self, store: &Store) {
        self.list().await;
        let (mut count, mut bytes, mut old) = (0, 0, Vec::new());
        for entry in self.keep.earlier.get_untracked() {
            count += 1;
            bytes += entry.bytes;
            if (count > KEPT || bytes > KEPT_BYTES) && !entry.held {
                old.push(entry.name);
            }
        }
        if !old.is_empty() && store.remove(&old).await.is_ok() {
            self.keep.earlier.update(|entries| entries.retain(|entry| !old.contains(&entry.name)));
        }
    }

    /// Reads the list of what is kept, without this tab's own.
    pub(crate) async fn list(self) {
        let Some(store) = self.keep.store.get_value() else { return };
        let Ok(lines) = store.lines().await else { return };
        let held = tab::claimed().await;
        let own = self.keep.name.get_value();
        let mut entries: Vec<Entry> = lines
            .into_iter()
            .filter(|(name, _)| *name != own)
            .filter_map(|(name, line)| {
                let entry: Entry = serde_json::from_str(&line).ok()?;
                let held = held.contains(&locked(&name));
                Some(Entry { name, held, ..entry })
            })
            .collect();
        entries.sort_by(|one, other| other.time.total_cmp(&one.time));
        self.keep.earlier.set(entries);
    }

    /// Opens a document of the list. One that another tab holds is copied.
    pub(crate) fn open_earlier(self, entry: Entry) {
        spawn_local(async move {
            let Some(form) = self.read_kept(&entry.name).await else { return };
            self.replace(&format!("Opened “{}”", entry.title), || self.show_form(&form, &entry.title));
            if let Some(claim) = if entry.held { None } else { tab::claim(&locked(&entry.name)).await } {
                self.keep.name.set_value(entry.name.clone());
                self.keep.claim.set_value(Some(claim));
            }
            self.opened(&format!("“{}” is open.", foreign(&entry.title)));
            self.list().await;
        });
    }

    /// Forgets a document of the list.
    pub(crate) fn forget(self, name: String) {
        spawn_local(async move {
            let Some(store) = self.keep.store.get_value() else { return };
            if let Err(why) = store.remove(&[name]).await {
                self.keep.wrong(format!("It could not be removed: {}.", foreign(&why)));
            }
            self.list().await;
        });
    }

    /// Something was opened: it waits for Run.
    fn opened(self, words: &str) {
        if !self.state.with_untracked(RunState::is_busy) {
            self.state.set(RunState::Idle);
        }
        self.keep.wait(format!("{words} Nothing has run yet."), Some(Offer::Undo));
    }

    /// Opens what the address carries, after it changed.
    pub(crate) fn address_changed(self) {
        let fragment = address::fragment();
        if !fragment.is_empty() {
            self.open_link(&fragment);
        }
    }

    fn open_link(self, fragment: &str) {
        match Document::from_fragment(fragment) {
            Ok(document) => {
                let title = title_of(&document).unwrap_or_else(|| "From a link".into());
                self.replace("Opened a link", || self.show_form(&Form::of(&document), &title));
                // A reload shows what became of it, not the link once more.
                address::forget_fragment();
                self.opened("Opened from a link.");
            }
            Err(error) => self.keep.wrong(format!(
                "The link was not opened: {}. Nothing was run, and what was here stays.",
                in_words(&error)
            )),
        }
    }

    /// Opens a file that was chosen or dropped.
    pub(crate) fn open_file(self, chosen: Chosen) {
        let name = foreign(&chosen.name());
        let keep = self.keep;
        if chosen.size() > MAX_BYTES as f64 {
            let most = grouped(MAX_BYTES);
            keep.wrong(format!(
                "{name} was not opened: it has {} bytes; at most {most} are read.",
                grouped(chosen.size())
            ));
            return;
        }
        spawn_local(async move {
            let read = match chosen.text().await {
                Ok(text) => Document::from_json(&text).map_err(|error| in_words(&error)),
                Err(why) => Err(why),
            };
            match read {
                Ok(document) => {
                    let stem = chosen.name();
                    let stem = stem.trim_end_matches(".json").trim_end_matches(".lanevm");
                    let title = title_of(&document).unwrap_or_else(|| stem.chars().take(TITLE).collect());
                    self.replace(&format!("Opened {name}"), || self.show_form(&Form::of(&document), &title));
                    self.opened(&format!("{name} is open."));
                }
                Err(why) => keep.wrong(format!("{name} was not opened: {why}. What was here stays.")),
            }
        });
    }

    /// The document that is typed, with its title; where it does not read, its fields are marked.
    fn typed(self, verb: &str) -> Option<Document> {
        match self.draft.form().document() {
            Ok(document) => {
                let document = Document { ui: self.ui(document.ui.clone()), ..document };
                Some(titled(document, &self.keep.title.get_untracked()))
            }
            Err(errors) => {
                let errors = by_field(errors);
                let count = errors.len();
                self.errors.set(errors);
                let fields = if count == 1 { "one field needs".into() } else { format!("{count} fields need") };
                self.keep.wrong(format!("Nothing was {verb}: {fields} a correction first, and is marked."));
                None
            }
        }
    }

    /// Copies a link that carries the document.
    pub(crate) fn share(self) {
        let Some(document) = self.typed("copied") else { return };
        let keep = self.keep;
        if document.to_json().len() > PACKED {
            keep.offer("The document is too long for a link.", Offer::File);
            return;
        }
        let fragment = document.to_link_fragment();
        if fragment.len() > MAX_LINK {
            let (length, most) = (grouped(fragment.len()), grouped(MAX_LINK));
            keep.offer(
                format!("A link would need {length} characters; past {most}, links get cut on their way."),
                Offer::File,
            );
            return;
        }
        let link = address::with_fragment(&fragment);
        spawn_local(async move {
            if clipboard::copied(&link).await {
                keep.say(format!(
                    "Copied a link of {} characters. It carries the whole document, and nothing was sent anywhere.",
                    grouped(link.len())
                ));
            } else {
                keep.offer("The browser lets nothing be copied for you; this is the link:", Offer::Text(link));
            }
        });
    }

    /// Saves the document as a file.
    pub(crate) fn save_file(self) {
        let Some(document) = self.typed("saved") else { return };
        let name = file_name(&self.keep.title.get_untracked());
        file::save(&name, "application/json", document.to_json_pretty().as_bytes());
        self.keep.say(format!("Saved {name}."));
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
