//! The page's own element for messages before the program runs.

/// Takes away what the plain page showed while the program was loading.
pub fn remove_loading_note() {
    let note =
        web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id("loading"));
    if let Some(note) = note {
        note.remove();
    }
}

/// Sets an attribute of the page's root element, such as the colour scheme chosen.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
    if let Some(root) = root {
        // It fails only for a name that is no attribute name.
        drop(match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        });
    }
}

/// Whether an event happened within an element.
pub fn is_within(event: &web_sys::Event, element: &web_sys::Element) -> bool {
    let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok());
    let mut at = target;
    while let Some(here) = at {
        if here == *element {
            return true;
        }
        at = here.parent_element();
    }
    false
}
