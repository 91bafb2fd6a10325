//! The engine behind the worker's messages: it is opened once, runs one batch at a time, and keeps each batch with its
//! outcomes for the digest and the trace, until the front lets go of it.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use js_sys::{Function, Promise};
use lanevm_core::{
    Cancel, Control, Document, Engine, Prepared,
    compiled::CompiledEngine,
    cpu::trace,
    engine::Breathe,
    export::Format,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::Search,
};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::{
    batch::{Description, keep},
    calls_by_name::Interfaces,
    crew::Crew,
    fault::{Fault, Kind},
    files::{self, Part},
    kept::{Kept, Origin},
    lanes::LaneRange,
    outcomes::{to_js, to_steps},
    sessions::Begun,
};

#[derive(Serialize)]
struct Info {
    kind: &'static str,
    adapter: String,
    backend: String,
    software: bool,
    details: Vec<(String, String)>,
    /// The device's limits; none on the CPU.
    limits: Vec<(&'static str, u64)>,
}

/// A document that is made ready.
struct Opened {
    document: Rc<Document>,
    prepared: Prepared,
}

#[derive(Serialize)]
struct OpenedInfo {
    lanes: u32,
    steps: u32,
    json: String,
}

/// What runs batches.
enum Runner {
    Cpu(Crew),
    Gpu(Box<CompiledEngine>),
}

impl Runner {
    fn engine(&mut self) -> &mut dyn Engine {
        match self {
            Self::Cpu(crew) => crew,
            Self::Gpu(engine) => &mut **engine,
        }
    }

    /// How many calls run at once: on the CPU one a worker; on the GPU as many as the largest part of a batch so far had,
    /// and 0 where there was none.
    fn lanes_at_once(&self) -> u64 {
        match self {
            Self::Cpu(crew) => crew.lanes_at_once(),
            Self::Gpu(engine) => engine.gpu().largest_shard(),
        }
    }
}

/// An engine and the batches it ran.
#[wasm_bindgen]
pub struct Host {
    engine: Cell<Option<Runner>>,
    running: RefCell<HashMap<u32, Cancel>>,
    kept: RefCell<HashMap<u32, Rc<Kept>>>,
    documents: RefCell<HashMap<u32, Rc<Opened>>>,
    /// Sessions between their runs; one that runs is taken out.
    sessions: RefCell<HashMap<u32, Begun>>,
    interfaces: Interfaces,
    lanes_at_once: Cell<u64>,
    /// The device's limits; none on the CPU.
    limits: Vec<(&'static str, u64)>,
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
        Self::of(Runner::Cpu(Crew::new(lanes, call, cancel)), Vec::new(), breathe)
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
        let engine = GpuEngine::new(GpuOptions { default_limits, ways: Ways::Auto, ..GpuOptions::default() }, fallback)
            .await
            .map_err(Fault::from)?;
        let limits = engine.limits();
        let engine = CompiledEngine::new(engine, Search::default());
        Ok(Self::of(Runner::Gpu(Box::new(engine)), limits, breathe))
    }

    fn of(engine: Runner, limits: Vec<(&'static str, u64)>, breathe: Function) -> Self {
        Self {
            running: RefCell::default(),
            kept: RefCell::default(),
            documents: RefCell::default(),
            sessions: RefCell::default(),
            interfaces: Interfaces::default(),
            lanes_at_once: Cell::new(engine.lanes_at_once()),
            engine: Cell::new(Some(engine)),
            limits,
            breathe,
        }
    }

    /// What the engine is.
    ///
    /// # Errors
    /// A batch is running.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let mut engine = self.engine.take().ok_or_else(busy)?;
        let info = engine.engine().info();
        self.engine.set(Some(engine));
        Ok(to_js(&Info {
            kind: info.kind,
            adapter: info.adapter,
            backend: info.backend,
            software: info.software,
            details: info.details,
            limits: self.limits.clone(),
        })?)
    }

    /// How many calls run at once, as far as the engine knows: on the GPU after its first batch.
    #[wasm_bindgen(getter, js_name = lanesAtOnce)]
    pub fn lanes_at_once(&self) -> f64 {
        self.lanes_at_once.get() as f64
    }

    /// Runs the batch described and keeps it under `id`; the answer is the outcomes of its one step as columns. `progress`
    /// hears lanes, lanes done, steps and submits.
    ///
    /// # Errors
    /// The description is wrong, the batch cannot be run, or the device failed.
    pub async fn run(&self, id: u32, description: JsValue, progress: Option<Function>) -> Result<JsValue, JsValue> {
        let description: Description = serde_wasm_bindgen::from_value(description).map_err(Fault::from)?;
        let (batch, named) = description.into_batch(&self.interfaces)?;
        let (mut engine, mut control) = self.begin(id, progress)?;
        let outcomes = engine.engine().run(&batch, &mut control).await;
        self.end(id, engine);
        let outcomes = outcomes.map_err(Fault::from)?;
        self.keep(id, Kept::of_batch(batch, outcomes, named, Origin::Whole), &control)
    }

    /// Reads a document, or the fragment of a link that holds one, and keeps it made ready under `id`.
    ///
    /// # Errors
    /// It is not as it should be.
    #[wasm_bindgen(js_name = openDocument)]
    pub fn open_document(&self, id: u32, text: &str) -> Result<JsValue, JsValue> {
        let json = text.trim_start().starts_with('{');
        let read = if json { Document::from_json(text) } else { Document::from_fragment(text.trim()) };
        let document = Rc::new(read.map_err(Fault::from)?);
        let prepared = document.prepare().map_err(Fault::from)?;
        let info =
            OpenedInfo { lanes: prepared.batch.len() as u32, steps: prepared.steps() as u32, json: document.to_json() };
        self.documents.borrow_mut().insert(id, Rc::new(Opened { document, prepared }));
        Ok(to_js(&info)?)
    }

    /// Lets go of a document.
    #[wasm_bindgen(js_name = closeDocument)]
    pub fn close_document(&self, id: u32) {
        self.documents.borrow_mut().remove(&id);
    }

    /// Runs every step of `count` lanes of a document, from lane `from` on, and keeps the run under `id`; the answer is the
    /// outcomes of each step.
    ///
    /// # Errors
    /// There is no such document or there are no such lanes, it cannot be run, or the device failed.
    #[wasm_bindgen(js_name = runDocument)]
    #[expect(clippy::too_many_arguments, reason = "the caller is JavaScript, and each is one word")]
    pub async fn run_document(
        &self,
        id: u32,
        document: u32,
        from: u32,
        count: u32,
        kept: &str,
        coverage: bool,
        progress: Option<Function>,
    ) -> Result<JsValue, JsValue> {
        let opened = self.documents.borrow().get(&document).cloned();
        let opened = opened.ok_or_else(|| Fault::new(Kind::Argument, "The document was closed."))?;
        let mut prepared = LaneRange { from, count }.of(&opened.prepared)?;
        prepared.batch.keep = keep(kept)?;
        prepared.batch.observe.coverage = coverage;
        prepared.batch.validate().map_err(Fault::from)?;
        let (mut engine, mut control) = self.begin(id, progress)?;
        let outcomes = if prepared.rest.is_empty() {
            engine.engine().run(&prepared.batch, &mut control).await.map(|outcomes| vec![outcomes])
        } else {
            prepared.clone().run(engine.engine(), &mut control).await
        };
        self.end(id, engine);
        let outcomes = outcomes.map_err(Fault::from)?;
        self.keep(id, Kept::of_document(Rc::clone(&opened.document), prepared, outcomes), &control)
    }

    /// Runs the calls described as the next step of a session, which begins with the first: its lanes then begin with the
    /// state described. What came of it is kept under `id`.
    ///
    /// # Errors
    /// The description is wrong, there are not as many calls as lanes, or the device failed.
    #[wasm_bindgen(js_name = runSession)]
    pub async fn run_session(
        &self,
        id: u32,
        session: u32,
        description: JsValue,
        progress: Option<Function>,
    ) -> Result<JsValue, JsValue> {
        let description: Description = serde_wasm_bindgen::from_value(description).map_err(Fault::from)?;
        let (batch, named) = description.into_batch(&self.interfaces)?;
        let (mut engine, mut control) = self.begin(id, progress)?;
        let known = self.sessions.borrow_mut().remove(&session);
        let begun = match known {
            Some(known) => Ok(known),
            None => Begun::new(&batch),
        };
        let mut begun = match begun {
            Ok(begun) => begun,
            Err(error) => {
                self.end(id, engine);
                return Err(Fault::from(error).into());
            }
        };
        let calls = begun.step(&batch);
        begun.lanes.set_limits(batch.limits);
        let outcomes = begun.lanes.run(engine.engine(), calls, &mut control).await;
        self.end(id, engine);
        // Tables of a session whose first step was refused are those of calls that never ran.
        if outcomes.is_ok() || begun.lanes.steps() > 0 {
            self.sessions.borrow_mut().insert(session, begun);
        }
        let outcomes = outcomes.map_err(Fault::from)?;
        self.keep(id, Kept::of_batch(batch, outcomes, named, Origin::Carried), &control)
    }

    /// Begins a session `branch` whose lane `i` stands where lane `lanes[i]` of another stands.
    ///
    /// # Errors
    /// There is no such session or lane, or the device failed.
    #[wasm_bindgen(js_name = branchSession)]
    pub async fn branch_session(&self, session: u32, branch: u32, lanes: Vec<u32>) -> Result<(), JsValue> {
        let taken = self.sessions.borrow_mut().remove(&session);
        let mut from = taken.ok_or_else(|| Fault::new(Kind::Argument, "The session has not begun, or it runs."))?;
        let mut engine = self.engine.take().ok_or_else(busy)?;
        let settled = from.lanes.settle(engine.engine(), &self.control(None)).await;
        self.engine.set(Some(engine));
        let branched = settled.map_err(Fault::from).and_then(|()| {
            let lanes: Vec<usize> = lanes.into_iter().map(|lane| lane as usize).collect();
            from.branch(&lanes).map_err(Fault::from)
        });
        self.sessions.borrow_mut().insert(session, from);
        self.sessions.borrow_mut().insert(branch, branched?);
        Ok(())
    }

    /// Lets go of a session.
    #[wasm_bindgen(js_name = closeSession)]
    pub fn close_session(&self, session: u32) {
        self.sessions.borrow_mut().remove(&session);
    }

    /// Takes the engine for a run.
    fn begin(&self, id: u32, progress: Option<Function>) -> Result<(Runner, Control), Fault> {
        let engine = self.engine.take().ok_or_else(busy)?;
        let control = self.control(progress);
        self.running.borrow_mut().insert(id, control.cancel.clone());
        Ok((engine, control))
    }

    /// Gives the engine back.
    fn end(&self, id: u32, engine: Runner) {
        self.running.borrow_mut().remove(&id);
        self.lanes_at_once.set(engine.lanes_at_once());
        self.engine.set(Some(engine));
    }

    fn keep(&self, id: u32, kept: Kept, control: &Control) -> Result<JsValue, JsValue> {
        let steps = to_steps(&kept, control.cancel.is_cancelled())?;
        self.kept.borrow_mut().insert(id, Rc::new(kept));
        Ok(steps)
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

    /// The digest of a step's outcomes, in hex.
    ///
    /// # Errors
    /// Nothing is kept under this id, or too little for a digest.
    pub fn digest(&self, id: u32, step: u32) -> Result<String, JsValue> {
        let kept = self.kept(id)?;
        let outcomes = kept.step(step)?;
        if !outcomes.has_digest() {
            return Err(Fault::new(Kind::Argument, "The digest covers all of an outcome: keep must be 'all'.").into());
        }
        Ok(format!("{:#x}", outcomes.digest()))
    }

    /// The EIP-3155 trace of a call, replayed on the CPU engine: one JSON object a line, at most `most` instructions.
    ///
    /// # Errors
    /// Nothing is kept under this id, the call does not exist, or what it began with is not there any more.
    pub async fn trace(&self, id: u32, step: u32, row: u32, most: f64) -> Result<Vec<u8>, JsValue> {
        let kept = self.kept(id)?;
        let cannot = |why: String| Fault::new(Kind::Argument, format!("The call cannot be traced: {why}."));
        if kept.origin == Origin::Carried {
            return Err(cannot("what its lane carried from run to run is not kept".into()).into());
        }
        let (step, row) = (step as usize, row as usize);
        kept.step(step as u32)?;
        let mut lines = Vec::new();
        if kept.prepared.rest.is_empty() {
            trace(&kept.prepared.batch, row, &mut lines, most as u64).map_err(|error| cannot(error.to_string()))?;
            return Ok(lines);
        }
        if row >= kept.prepared.batch.len() {
            return Err(cannot(format!("there is no lane {row}")).into());
        }
        let batch = kept.prepared.lane(step, row).await.map_err(|error| cannot(error.to_string()))?;
        trace(&batch, 0, &mut lines, most as u64).map_err(|error| cannot(error.to_string()))?;
        Ok(lines)
    }

    /// Lanes `from` to `from + count` of a step as lines of CSV, or of JSON (`ndjson`); `first` is added to their numbers.
    ///
    /// # Errors
    /// Nothing is kept under this id, or too little.
    pub fn lines(
        &self,
        id: u32,
        step: u32,
        format: &str,
        from: u32,
        count: u32,
        first: u32,
    ) -> Result<Vec<u8>, JsValue> {
        let format = if format == "csv" { Format::Csv } else { Format::Ndjson };
        Ok(Part { step, from, count, first }.lines(&*self.kept(id)?, format)?)
    }

    /// Lanes `from` to `from + count` of a step, column by column.
    ///
    /// # Errors
    /// Nothing is kept under this id, or too little.
    pub fn gathered(&self, id: u32, step: u32, from: u32, count: u32, first: u32) -> Result<JsValue, JsValue> {
        Ok(Part { step, from, count, first }.gathered(&*self.kept(id)?)?)
    }

    /// The lanes of a step by the value of a column.
    ///
    /// # Errors
    /// Nothing is kept under this id, or there is no such column.
    #[wasm_bindgen(js_name = groupBy)]
    pub fn group_by(&self, id: u32, step: u32, by: &str) -> Result<JsValue, JsValue> {
        Ok(files::groups(&*self.kept(id)?, step, by)?)
    }

    /// The lanes of a step that a filter accepts.
    ///
    /// # Errors
    /// Nothing is kept under this id, or the filter is wrong.
    pub fn filter(&self, id: u32, step: u32, filter: &str) -> Result<Vec<u32>, JsValue> {
        Ok(files::selected(&*self.kept(id)?, step, filter)?)
    }

    /// What a lane's data mean, as JSON.
    ///
    /// # Errors
    /// Nothing is kept under this id, too little, or there is no such lane.
    pub fn decode(&self, id: u32, step: u32, row: u32) -> Result<String, JsValue> {
        let kept = self.kept(id)?;
        let outcomes = kept.step(step)?;
        if outcomes.keep() < lanevm_core::Keep::Return || row as usize >= outcomes.len() {
            return Err(Fault::new(Kind::Argument, format!("The data of row {row} were not kept.")).into());
        }
        Ok(kept.decoded(step as usize, row as usize))
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
        self.documents.borrow_mut().clear();
        self.sessions.borrow_mut().clear();
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
