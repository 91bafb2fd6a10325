//! Turns of the event loop. A message to oneself takes one without the 4 ms that nested timers cost.

use std::{cell::RefCell, collections::VecDeque};

use futures_channel::oneshot;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{MessageChannel, MessagePort};

struct Turns {
    port: MessagePort,
    waiting: RefCell<VecDeque<oneshot::Sender<()>>>,
}

thread_local! {
    // One channel a thread, for the life of the thread.
    static TURNS: Option<Turns> = MessageChannel::new().ok().map(|channel| {
        let wake = Closure::<dyn FnMut()>::new(|| {
            TURNS.with(|turns| {
                let next = turns.as_ref().and_then(|turns| turns.waiting.borrow_mut().pop_front());
                if let Some(next) = next {
                    // Who waited may be gone.
                    next.send(()).ok();
                }
            });
        });
        channel.port1().set_onmessage(Some(wake.as_ref().unchecked_ref()));
        wake.forget();
        Turns { port: channel.port2(), waiting: RefCell::default() }
    });
}

/// Waits.
pub async fn after(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let timer = js_sys::Reflect::get(&js_sys::global(), &"setTimeout".into());
        if let Ok(timer) = timer.and_then(JsCast::dyn_into::<js_sys::Function>) {
            // Without a timer the wait never ends, and nothing that waits is needed for an answer.
            timer.call2(&JsValue::UNDEFINED, &resolve, &milliseconds.into()).ok();
        }
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.ok();
}

/// Waits for the next picture that the page shows; where nothing is shown, none may come.
pub async fn frame() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // Where it fails, the wait never ends: nothing that is drawn is needed for an answer.
            window.request_animation_frame(&resolve).ok();
        }
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.ok();
}

/// Lets everything that waits in the event loop run.
pub async fn turn() {
    let receiver = TURNS.with(|turns| {
        let turns = turns.as_ref()?;
        let (sender, receiver) = oneshot::channel();
        turns.waiting.borrow_mut().push_back(sender);
        turns.port.post_message(&JsValue::NULL).ok().map(|()| receiver)
    });
    if let Some(receiver) = receiver {
        receiver.await.ok();
    }
}
