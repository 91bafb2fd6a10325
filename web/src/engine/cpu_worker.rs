//! A CPU worker: it answers the requests of the pool, and can be asked to pause or to end one early.

use std::{cell::RefCell, rc::Rc};

use lanevm_core::{Cancel, Control, cpu::CpuEngine, pool};
use wasm_bindgen_futures::spawn_local;

use super::{
    gate::Gate,
    ports::{CANCEL, PAUSE, READY, RESUME, RUN},
};
use crate::browser::scope;

/// Starts listening.
pub(super) fn start() {
    let running: Rc<RefCell<Option<Cancel>>> = Rc::default();
    let gate = Gate::default();
    scope::listen(move |what, bytes| match (what.as_str(), bytes) {
        (RUN, Some(request)) => {
            let passed = gate.clone();
            let pass = move || -> lanevm_core::engine::LocalFuture<'static, ()> {
                let gate = passed.clone();
                Box::pin(async move { gate.pass().await })
            };
            let mut control = Control { breathe: Some(Rc::new(pass)), ..Control::default() };
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
            gate.open();
        }
        (PAUSE, _) => gate.close(),
        (RESUME, _) => gate.open(),
        _ => {}
    });
    scope::post(READY, None);
}
