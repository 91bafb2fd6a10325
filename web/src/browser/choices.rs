//! Small choices that the browser keeps for this site, such as the colour scheme. What they say is the caller's.

use web_sys::Storage;

/// Names begin with this.
const OURS: &str = "lanevm.";

fn storage() -> Option<Storage> {
    // Some privacy settings refuse it: then choices last as long as the page.
    web_sys::window()?.local_storage().ok().flatten()
}

/// What was kept under a name.
pub fn read(name: &str) -> Option<String> {
    storage()?.get_item(&format!("{OURS}{name}")).ok().flatten()
}

/// Keeps a text under a name, in place of what was there.
pub fn write(name: &str, text: &str) {
    if let Some(storage) = storage() {
        // It fails where the browser's room is full; the choice lasts as long as the page then.
        storage.set_item(&format!("{OURS}{name}"), text).ok();
    }
}
