//! What belongs to this tab: words that outlive a reload, and names that no other tab holds at the same time.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::turn::after;

/// Tries to get a name: the page before a reload may still be on its way out.
const TRIES: u32 = 6;

/// Milliseconds between them.
const PAUSE: i32 = 50;

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// What this tab remembered under a key; a duplicate of a tab begins with what that remembered.
pub fn remembered(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Remembers a word under a key. Where the browser keeps nothing, a reload begins anew.
pub fn remember(key: &str, word: &str) {
    if let Some(storage) = storage() {
        storage.set_item(key, word).ok();
    }
}

/// A name that nobody else has: 128 random bits as hex.
pub fn new_name() -> String {
    let mut bytes = [0; 16];
    let crypto = web_sys::window().and_then(|window| window.crypto().ok());
    if crypto.is_none_or(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_err()) {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name held for this page. Dropping it lets it go.
#[derive(Debug)]
pub struct Claim(Option<Function>);

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            release.call0(&JsValue::UNDEFINED).ok();
        }
    }
}

fn locks() -> Option<JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}

/// Holds a name until the claim is dropped or the page ends; nothing where another page holds it. A browser without locks
/// gives every name to everybody.
pub async fn claim(name: &str) -> Option<Claim> {
    let Some(locks) = locks() else { return Some(Claim(None)) };
    for attempt in 0..TRIES {
        if attempt > 0 {
            after(PAUSE).await;
        }
        if let Some(claim) = try_claim(&locks, name).await {
            return Some(claim);
        }
    }
    None
}

async fn try_claim(locks: &JsValue, name: &str) -> Option<Claim> {
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &true.into()).ok()?;
    // The promise tells what came of it: the function that lets go, or null.
    let told = Promise::new(&mut |tell, _| {
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            if lock.is_null() {
                tell.call1(&JsValue::UNDEFINED, &JsValue::NULL).ok();
                return JsValue::UNDEFINED;
            }
            Promise::new(&mut |release, _| {
                tell.call1(&JsValue::UNDEFINED, &release).ok();
            })
            .into()
        });
        if let Some(request) = method(locks, "request") {
            request.call3(locks, &name.into(), &options, &granted).ok();
        }
    });
    let release = JsFuture::from(told).await.ok()?;
    release.dyn_into().ok().map(|release| Claim(Some(release)))
}

/// Names that pages hold.
pub async fn claimed() -> Vec<String> {
    let held = async {
        let locks = locks()?;
        let asked: Promise = method(&locks, "query")?.call0(&locks).ok()?.dyn_into().ok()?;
        let state = JsFuture::from(asked).await.ok()?;
        Reflect::get(&state, &"held".into()).ok()
    };
    let held = Array::from(&held.await.unwrap_or_else(|| Array::new().into()));
    held.iter().filter_map(|lock| Reflect::get(&lock, &"name".into()).ok()?.as_string()).collect()
}
