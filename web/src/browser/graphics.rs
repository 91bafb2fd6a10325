//! Whether this browser has WebGPU at all, and what it calls its adapter. Using one is the engine's.

use wasm_bindgen::{JsCast, JsValue};

use crate::words::browser as words;

fn get(object: &JsValue, key: &str) -> JsValue {
    js_sys::Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// What the browser calls its adapter: vendor, architecture and description, of which it may leave out any.
pub async fn adapter_name() -> Option<String> {
    let gpu = get(&get(&js_sys::global(), "navigator"), "gpu");
    let request: js_sys::Function = get(&gpu, "requestAdapter").dyn_into().ok()?;
    // The same question as the GPU engine asks, so that a machine with two adapters names the right one.
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let promise: js_sys::Promise = request.call1(&gpu, &options).ok()?.dyn_into().ok()?;
    let adapter = wasm_bindgen_futures::JsFuture::from(promise).await.ok()?;
    let info = get(&adapter, "info");
    let parts: Vec<String> = ["vendor", "architecture", "description"]
        .into_iter()
        .filter_map(|part| get(&info, part).as_string().filter(|text| !text.is_empty()))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Why there is no WebGPU to ask; `None` where there is.
pub fn webgpu_missing() -> Option<String> {
    let global: JsValue = js_sys::global().into();
    let gpu = get(&get(&global, "navigator"), "gpu");
    if !gpu.is_undefined() && !gpu.is_null() {
        return None;
    }
    Some(if get(&global, "isSecureContext").as_bool() == Some(false) {
        words::NEEDS_SECURE_CONTEXT.into()
    } else {
        words::NO_WEBGPU.into()
    })
}
