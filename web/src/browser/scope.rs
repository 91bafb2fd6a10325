//! The worker this thread is: its name, its messages. What listens lives as long as the worker.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// The worker's name.
pub fn name() -> String {
    scope().name()
}

/// How many threads the machine runs at once, as far as the browser tells.
pub fn cores() -> usize {
    scope().navigator().hardware_concurrency() as usize
}

/// Sends a message to who started this worker.
pub fn post(json: &str, bytes: Option<&[u8]>) {
    let (message, transfer) = super::pack(json, bytes);
    // It fails only for what cannot be cloned; text and bytes can.
    drop(scope().post_message_with_transfer(&message, &transfer));
}

/// Hears every message from now on.
pub fn listen(mut hear: impl FnMut(String, Option<Vec<u8>>) + 'static) {
    let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let (json, bytes) = super::unpack(&event.data());
        hear(json, bytes);
    });
    scope().set_onmessage(Some(closure.as_ref().unchecked_ref()));
    // The worker's end is the listener's.
    closure.forget();
}
