//! Parts of the page that are loaded when they are wanted: where they are, and loading them. What they do is the business of
//! who wants them.

use js_sys::Promise;
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Url};

use crate::words::browser as words;

#[wasm_bindgen(module = "/src/browser/chunk.js")]
extern "C" {
    fn load(address: &str) -> Promise;

    fn seen(element: &Element) -> Promise;
}

/// Where a chunk is, as the build wrote it into the page's head.
///
/// # Errors
/// The page names no such chunk.
pub fn address(name: &str) -> Result<String, String> {
    let page = web_sys::window().and_then(|window| window.document());
    let found = page.and_then(|page| {
        let meta = page.query_selector(&format!("meta[name=\"lanevm:{name}\"]")).ok()??;
        let base = page.base_uri().ok()??;
        Url::new_with_base(&meta.get_attribute("content")?, &base).ok()
    });
    found.map(|url| url.href()).ok_or_else(|| words::built_without(name))
}

/// Loads a module by its address. One that was loaded is not loaded again.
///
/// # Errors
/// It is not there, or does not run.
pub async fn module(address: &str) -> Result<JsValue, String> {
    JsFuture::from(load(address)).await.map_err(|error| {
        error.dyn_into::<js_sys::Error>().map_or_else(|_| words::NOT_LOADED.into(), |error| error.message().into())
    })
}

/// Waits until an element comes into sight.
pub async fn in_sight(element: &Element) {
    // It never fails.
    JsFuture::from(seen(element)).await.ok();
}
