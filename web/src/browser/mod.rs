//! The browser's capabilities, a file each, every one with its cleanup. No other folder names `web_sys` or `js_sys`;
//! nothing here knows what lanes are.

pub mod address;
pub mod caret;
pub mod choices;
pub mod chunk;
pub mod clipboard;
pub mod clock;
pub mod dropped;
pub mod editor;
pub mod file;
pub mod focus;
pub mod graphics;
pub mod page_events;
pub mod parquet;
pub mod pixels;
pub mod pointer;
pub mod rest;
pub mod scope;
pub mod store;
pub mod tab;
pub mod turn;
pub mod worker;

use wasm_bindgen::JsValue;

/// A message as it travels: JSON text, and bytes where there are some.
fn pack(json: &str, bytes: Option<&[u8]>) -> (JsValue, js_sys::Array) {
    let transfer = js_sys::Array::new();
    let message = js_sys::Array::of1(&json.into());
    if let Some(bytes) = bytes {
        let bytes = js_sys::Uint8Array::from(bytes);
        transfer.push(&bytes.buffer());
        message.push(&bytes);
    }
    (message.into(), transfer)
}

fn unpack(message: &JsValue) -> (String, Option<Vec<u8>>) {
    let message = js_sys::Array::from(message);
    let bytes = message.get(1);
    let bytes = (!bytes.is_undefined()).then(|| js_sys::Uint8Array::new(&bytes).to_vec());
    (message.get(0).as_string().unwrap_or_default(), bytes)
}
