//! A CPU worker: it answers the requests of the pool, and can be asked to end one early.

use std::{cell::RefCell, rc::Rc};

use lanevm_core::{Cancel, Control, cpu::CpuEngine, pool};
use wasm_bindgen_futures::spawn_local;

use super::ports::{CANCEL, READY, RUN};
use crate::browser::{scope, turn::turn};

/// Starts listening.
pub(super) fn start() {
    let running: Rc<RefCell<Option<Cancel>>> = Rc::default();
    scope::listen(move |what, bytes| match (what.as_str(), bytes) {
        (RUN, Some(request)) => {
            let mut control = Control { breathe: Some(std::rc::Rc::new(|| Box::pin(turn()))), ..Control::default() };
            *running.borrow_mut() = Some(control.cancel.clone());
            spawn_local(async move {
                let answer = pool::serve_controlled(&request, &mut CpuEngine::new(1), &mut control).await;
                scope::post(RUN, Some(&answer));
            });
        }
        (CANCEL, _) => {
            if let Some(cancel) = &*running.borrow() {
                cancel.cancel();
            }
        }
        _ => {}
    });
    scope::post(READY, None);
}
