//! Files that are dropped on an element, read as text.

use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File};

use crate::words::browser as words;

/// Most bytes of a file that are read: no format here may have more.
const MOST: f64 = 33_554_432.0;

/// Reads the first file of a drop, and hands on its name and its text, or why there is none. Says whether there is one
/// to be read here.
pub fn text(event: &DragEvent, then: impl FnOnce(String, Result<String, String>) + 'static) -> bool {
    let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
    // Documents are opened by the page as a whole.
    let Some(file) = file.filter(|file| !file.name().ends_with(".lanevm.json")) else { return false };
    read(file, then);
    true
}

/// Reads the file that was chosen in a file field.
pub fn chosen(input: &web_sys::HtmlInputElement, then: impl FnOnce(String, Result<String, String>) + 'static) {
    if let Some(file) = input.files().and_then(|files| files.get(0)) {
        read(file, then);
    }
    // The same file can be chosen again.
    input.set_value("");
}

fn read(file: File, then: impl FnOnce(String, Result<String, String>) + 'static) {
    let name = file.name();
    if file.size() > MOST {
        then(name, Err(words::too_large(file.size(), MOST)));
        return;
    }
    let promise = file.unchecked_ref::<web_sys::Blob>().text();
    wasm_bindgen_futures::spawn_local(async move {
        let text = wasm_bindgen_futures::JsFuture::from(promise).await;
        let text = text.ok().and_then(|text| text.as_string());
        then(name, text.ok_or_else(|| words::UNREADABLE.to_owned()));
    });
}
