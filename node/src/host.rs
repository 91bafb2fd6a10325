//! The engine behind the worker's messages: it is opened once, runs one batch at a time, and keeps each batch with its
//! outcomes for the digest and the trace, until the front lets go of it.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use js_sys::{Function, Promise};
use lanevm_core::{
    Batch, Cancel, Control, Engine, Outcomes,
    cpu::trace,
    engine::Breathe,
    gpu::{GpuEngine, GpuOptions},
};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::{
    batch::Description,
    crew::Crew,
    fault::{Fault, Kind},
    outcomes::{to_columns, to_js},
};

#[derive(Serialize)]
struct Info {
    kind: &'static str,
    adapter: String,
    backend: String,
    software: bool,
    details: Vec<(String, String)>,
}

/// A batch that ran, kept for its digest and for traces.
struct Kept {
    batch: Batch,
    outcomes: Outcomes,
}

/// An engine and the batches it ran.
#[wasm_bindgen]
pub struct Host {
    engine: Cell<Option<Box<dyn Engine>>>,
    running: RefCell<HashMap<u32, Cancel>>,
    kept: RefCell<HashMap<u32, Rc<Kept>>>,
    breathe: Function,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

#[wasm_bindgen]
impl Host {
    /// Opens a CPU engine. `breathe` gives the event loop a turn, as a promise; `call` and `cancel` reach the lane
    /// workers, of which there are `lanes`.
    #[wasm_bindgen(js_name = openCpu)]
    pub fn open_cpu(breathe: Function, lanes: u32, call: &Function, cancel: &Function) -> Self {
        Self::of(Box::new(Crew::new(lanes, call, cancel)), breathe)
    }

    /// Opens a GPU engine on the `navigator.gpu` of this thread, with the CPU engine for what it leaves.
    ///
    /// # Errors
    /// There is no adapter, or it refused a device.
    #[wasm_bindgen(js_name = openGpu)]
    pub async fn open_gpu(
        breathe: Function,
        default_limits: bool,
        lanes: u32,
        call: Function,
        cancel: Function,
    ) -> Result<Self, JsValue> {
        let fallback = Box::new(Crew::new(lanes, &call, &cancel));
        let engine = GpuEngine::new(GpuOptions { default_limits, ..GpuOptions::default() }, fallback)
            .await
            .map_err(Fault::from)?;
        Ok(Self::of(Box::new(engine), breathe))
    }

    fn of(engine: Box<dyn Engine>, breathe: Function) -> Self {
        Self { engine: Cell::new(Some(engine)), running: RefCell::default(), kept: RefCell::default(), breathe }
    }

    /// What the engine is.
    ///
    /// # Errors
    /// A batch is running.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let engine = self.engine.take().ok_or_else(busy)?;
        let info = engine.info();
        self.engine.set(Some(engine));
        Ok(to_js(&Info {
            kind: info.kind,
            adapter: info.adapter,
            backend: info.backend,
            software: info.software,
            details: info.details,
        })?)
    }

    /// Runs the batch described and keeps it under `id`; the answer is its outcomes as columns. `progress` hears lanes,
    /// lanes done, steps and submits.
    ///
    /// # Errors
    /// The description is wrong, the batch cannot be run, or the device failed.
    pub async fn run(&self, id: u32, description: JsValue, progress: Option<Function>) -> Result<JsValue, JsValue> {
        let description: Description = serde_wasm_bindgen::from_value(description).map_err(Fault::from)?;
        let batch = description.into_batch()?;
        let mut engine = self.engine.take().ok_or_else(busy)?;
        let mut control = self.control(progress);
        self.running.borrow_mut().insert(id, control.cancel.clone());
        let outcomes = engine.run(&batch, &mut control).await;
        self.running.borrow_mut().remove(&id);
        self.engine.set(Some(engine));
        let outcomes = outcomes.map_err(Fault::from)?;
        let columns = to_columns(&outcomes, control.cancel.is_cancelled())?;
        self.kept.borrow_mut().insert(id, Rc::new(Kept { batch, outcomes }));
        Ok(columns)
    }

    fn control(&self, progress: Option<Function>) -> Control {
        let mut control = Control { breathe: Some(turns(&self.breathe)), ..Control::default() };
        if let Some(hear) = progress {
            control.on_progress = Some(Box::new(move |now| {
                let [lanes, done, steps, submits] =
                    [now.lanes, now.done, now.steps, now.submits].map(|count| JsValue::from_f64(count as f64));
                let _ = hear.call4(&JsValue::UNDEFINED, &lanes, &done, &steps, &submits);
            }));
        }
        control
    }

    /// Asks a running batch to stop; one that does not run is left alone.
    pub fn cancel(&self, id: u32) {
        if let Some(cancel) = self.running.borrow().get(&id) {
            cancel.cancel();
        }
    }

    /// The digest of a batch's outcomes, in hex.
    ///
    /// # Errors
    /// Nothing is kept under this id.
    pub fn digest(&self, id: u32) -> Result<String, JsValue> {
        Ok(format!("{:#x}", self.kept(id)?.outcomes.digest()))
    }

    /// The EIP-3155 trace of a call, replayed on the CPU engine: one JSON object a line, at most `most` instructions.
    ///
    /// # Errors
    /// Nothing is kept under this id, or the call does not exist.
    pub fn trace(&self, id: u32, row: u32, most: f64) -> Result<Vec<u8>, JsValue> {
        let kept = self.kept(id)?;
        let mut lines = Vec::new();
        trace(&kept.batch, row as usize, &mut lines, most as u64)
            .map_err(|error| Fault::new(Kind::Argument, format!("The call cannot be traced: {error}.")))?;
        Ok(lines)
    }

    /// Lets go of a batch.
    pub fn release(&self, id: u32) {
        self.kept.borrow_mut().remove(&id);
    }

    /// Lets go of the engine, its device and every batch.
    pub fn close(&self) {
        for cancel in self.running.borrow().values() {
            cancel.cancel();
        }
        self.kept.borrow_mut().clear();
        drop(self.engine.take());
    }

    fn kept(&self, id: u32) -> Result<Rc<Kept>, Fault> {
        self.kept
            .borrow()
            .get(&id)
            .cloned()
            .ok_or_else(|| Fault::new(Kind::Argument, "The engine holds no such result; it was released."))
    }
}

/// Turns of the event loop, from a function that promises one.
pub(crate) fn turns(breathe: &Function) -> Breathe {
    let breathe = breathe.clone();
    Rc::new(move || {
        let turn = breathe.call0(&JsValue::UNDEFINED);
        Box::pin(async move {
            if let Ok(turn) = turn {
                // A turn has no value and no error: the front's promise always resolves.
                let _ = JsFuture::from(Promise::resolve(&turn)).await;
            }
        })
    })
}

fn busy() -> Fault {
    Fault::new(Kind::Argument, "The engine is closed, or runs another batch.")
}
