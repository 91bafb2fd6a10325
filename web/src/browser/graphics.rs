//! Whether this browser has WebGPU at all. Asking for an adapter is the engine's.

use wasm_bindgen::JsValue;

/// Why there is no WebGPU to ask; `None` where there is.
pub fn webgpu_missing() -> Option<String> {
    let get = |object: &JsValue, key: &str| js_sys::Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED);
    let global: JsValue = js_sys::global().into();
    let gpu = get(&get(&global, "navigator"), "gpu");
    if !gpu.is_undefined() && !gpu.is_null() {
        return None;
    }
    Some(if get(&global, "isSecureContext").as_bool() == Some(false) {
        "WebGPU needs a secure context: open the page over https or from localhost".into()
    } else {
        "this browser offers no WebGPU (navigator.gpu is missing)".into()
    })
}
