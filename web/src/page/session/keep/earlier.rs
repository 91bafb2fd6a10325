//! The list “Earlier”: documents kept beside those that tabs hold.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use super::{Session, locked};
use crate::{
    browser::{store::Store, tab},
    page::text::foreign,
    words::keep as words,
};

/// Documents kept beside those that tabs hold.
const KEPT: usize = 20;

/// Bytes of text past which the oldest go before their time.
const KEPT_BYTES: usize = 64 << 20;

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

impl Session {
    /// Forgets what is too old, and never what a tab holds.
    pub(super) async fn prune(self, store: &Store) {
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
            self.replace(&words::opened_named(&entry.title), || self.show_form(&form, &entry.title));
            if let Some(claim) = if entry.held { None } else { tab::claim(&locked(&entry.name)).await } {
                self.keep.name.set_value(entry.name.clone());
                self.keep.claim.set_value(Some(claim));
            }
            self.opened(&words::is_open_named(foreign(&entry.title)));
            self.list().await;
        });
    }

    /// Forgets a document of the list.
    pub(crate) fn forget(self, name: String) {
        spawn_local(async move {
            let Some(store) = self.keep.store.get_value() else { return };
            if let Err(why) = store.remove(&[name]).await {
                self.keep.wrong(words::not_removed(foreign(&why)));
            }
            self.list().await;
        });
    }
}
