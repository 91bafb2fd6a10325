//! The part of this program that the build left out of its first file, since nothing in it is needed until the first result.
//! What is left out is decided by the build; a program that was not split has no rest, and all of this does nothing.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

#[wasm_bindgen(module = "/src/browser/rest.js")]
extern "C" {
    fn remember(exports: &JsValue) -> bool;

    /// Why it could not be loaded; an empty text where it is there. It throws nothing: what hears that would be in the rest.
    #[wasm_bindgen(js_name = loadRest)]
    async fn load_rest() -> JsValue;

    /// What the build's stubs call, which finds it by this name.
    #[wasm_bindgen(js_name = loadRestNow)]
    fn load_rest_now();
}

/// To be called first of all; in a program that was split its own script has done so.
pub fn begin() {
    // The answer is no; asking keeps the import, which nothing but the build's stubs calls.
    if remember(&wasm_bindgen::exports()) {
        load_rest_now();
    }
}

/// Loads the rest. What is called before it is there has it loaded at once, and waits.
///
/// # Errors
/// It could not be loaded; in words.
pub async fn load() -> Result<(), String> {
    match load_rest().await.as_string() {
        Some(why) if !why.is_empty() => Err(why),
        _ => Ok(()),
    }
}
