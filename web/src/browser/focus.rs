//! What has the focus, and moving it.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

fn page() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

/// Whether what has the focus takes letters.
pub fn is_writing() -> bool {
    let focused = page().and_then(|page| page.active_element());
    focused.is_some_and(|it| matches!(it.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT" | "LANEVM-EDITOR"))
}

/// Gives the focus to the element of that id.
pub fn move_to(id: &str) {
    let found = page().and_then(|page| page.get_element_by_id(id)).and_then(|it| it.dyn_into::<HtmlElement>().ok());
    if let Some(found) = found {
        // It fails only for what cannot have it.
        drop(found.focus());
    }
}
