//! Words about documents: kept, shared, opened, taken back.

use std::fmt::Display;

pub(crate) const SHARE_NOTE: &str = "Copy a link that carries the whole document";
pub(crate) const SHARE: &str = "Share";
pub(crate) const DOCUMENT: &str = "Document";
pub(crate) const NAME: &str = "Name";
pub(crate) const OPEN_A_FILE: &str = "Open a file…";
pub(crate) const A_DOCUMENTS_FILE: &str = "A document’s file";
pub(crate) const EARLIER: &str = "Earlier";
pub(crate) const EARLIER_NOTE: &str = "Documents you change are kept here, in this browser only: the last 20.";
pub(crate) const NO_NAME: &str = "no name";
pub(crate) const IN_ANOTHER_TAB: &str = " · open in another tab";
pub(crate) const UNDO: &str = "Undo";
pub(crate) const REDO: &str = "Redo";
pub(crate) const SAVE_AS_A_FILE: &str = "Save as a file";
pub(crate) const LINK: &str = "Link";
pub(crate) const DISMISS: &str = "Dismiss";

pub(crate) fn open_of(title: impl Display, time: impl Display) -> String {
    format!("Open “{title}” of {time}")
}

pub(crate) fn remove_of(title: impl Display, time: impl Display) -> String {
    format!("Remove “{title}” of {time}")
}

pub(crate) const TAB_HELD: &str = "This is what the tab held before. Nothing has run yet.";

pub(crate) fn cannot_be_read(why: impl Display) -> String {
    format!("What was kept cannot be read: {why}.")
}

pub(crate) fn not_kept(why: impl Display) -> String {
    format!("What you type is not kept over a reload: {why}.")
}

pub(crate) fn opened_named(title: impl Display) -> String {
    format!("Opened “{title}”")
}

pub(crate) fn is_open_named(title: impl Display) -> String {
    format!("“{title}” is open.")
}

pub(crate) fn not_removed(why: impl Display) -> String {
    format!("It could not be removed: {why}.")
}

pub(crate) const FROM_A_LINK: &str = "From a link";
pub(crate) const OPENED_A_LINK: &str = "Opened a link";
pub(crate) const OPENED_FROM_A_LINK: &str = "Opened from a link.";
pub(crate) const DOCUMENT_TOO_LONG: &str = "The document is too long for a link.";
pub(crate) const COPIED: &str = "copied";
pub(crate) const SAVED: &str = "saved";
pub(crate) const NOT_COPIED: &str = "The browser lets nothing be copied for you; this is the link:";

pub(crate) fn nothing_has_run(words: impl Display) -> String {
    format!("{words} Nothing has run yet.")
}

pub(crate) fn link_not_opened(why: impl Display) -> String {
    format!("The link was not opened: {why}. Nothing was run, and what was here stays.")
}

pub(crate) fn too_large(name: impl Display, bytes: impl Display, most: impl Display) -> String {
    format!("{name} was not opened: it has {bytes} bytes; at most {most} are read.")
}

pub(crate) fn is_open(title: impl Display) -> String {
    format!("{title} is open.")
}

pub(crate) fn opened(title: impl Display) -> String {
    format!("Opened {title}")
}

pub(crate) fn not_opened(name: impl Display, why: impl Display) -> String {
    format!("{name} was not opened: {why}. What was here stays.")
}

pub(crate) fn link_too_long(length: impl Display, most: impl Display) -> String {
    format!("A link would need {length} characters; past {most}, links get cut on their way.")
}

pub(crate) fn copied_link(characters: impl Display) -> String {
    format!("Copied a link of {characters} characters. It carries the whole document, and nothing was sent anywhere.")
}

pub(crate) fn saved(name: impl Display) -> String {
    format!("Saved {name}.")
}

pub(crate) const TAKEN_BACK: &str = "Taken back";
pub(crate) const MADE_AGAIN: &str = "Made again";

pub(crate) fn travelled(verb: impl Display, what: impl Display) -> String {
    format!("{verb}: {what}. Nothing has run since.")
}

/// What was asked for was not done: so many fields are wrong. `verb` is [`COPIED`] or [`SAVED`].
pub(crate) fn needs_correction(verb: &str, count: usize) -> String {
    let fields = if count == 1 { "one field needs".into() } else { format!("{count} fields need") };
    format!("Nothing was {verb}: {fields} a correction first, and is marked.")
}
