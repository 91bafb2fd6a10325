//! A worker this thread started: messages to it and from it. Dropping it ends the worker.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::words::browser as words;

/// The script that loads the engine's program, beside the page.
const SCRIPT: &str = "./lanevm-engine_loader.js";

/// A worker.
pub struct Peer {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

impl Peer {
    /// Starts the engine's program under a name. `on_error` hears that it could not be loaded, or died.
    ///
    /// # Errors
    /// Where the browser starts no worker.
    pub fn start(
        name: &str,
        on_message: impl FnMut(String, Option<Vec<u8>>) + 'static,
        on_error: impl FnMut(String) + 'static,
    ) -> Result<Self, String> {
        Self::of_script(SCRIPT, name, on_message, on_error)
    }

    /// Starts a script, a module, under a name.
    ///
    /// # Errors
    /// Where the browser starts no worker.
    pub fn of_script(
        script: &str,
        name: &str,
        mut on_message: impl FnMut(String, Option<Vec<u8>>) + 'static,
        mut on_error: impl FnMut(String) + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let worker = Worker::new_with_options(script, &options).map_err(|error| format!("{error:?}"))?;
        let on_message = Closure::new(move |event: MessageEvent| {
            let (json, bytes) = super::unpack(&event.data());
            on_message(json, bytes);
        });
        let on_error = Closure::new(move |event: Event| {
            let why = event.dyn_ref::<web_sys::ErrorEvent>().map(web_sys::ErrorEvent::message).unwrap_or_default();
            on_error(if why.is_empty() { words::PROGRAM_NOT_LOADED.into() } else { why });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a message.
    pub fn post(&self, json: &str, bytes: Option<&[u8]>) {
        let (message, transfer) = super::pack(json, bytes);
        // It fails only for what cannot be cloned; text and bytes can.
        drop(self.worker.post_message_with_transfer(&message, &transfer));
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
