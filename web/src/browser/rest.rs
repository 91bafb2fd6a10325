//! The part of this program that the build left out of its first file, since nothing in it is needed until the first result.
//! What is left out is decided by the build; a program that was not split has no rest, and all of this does nothing.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

#[wasm_bindgen(module = "/src/browser/rest.js")]
extern "C" {
    fn remember(exports: &JsValue) -> bool;

    #[wasm_bindgen(catch, js_name = loadRest)]
    async fn load_rest() -> Result<JsValue, JsValue>;

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
    load_rest().await.map(drop).map_err(|error| format!("{error:?}"))
}
