//! The CPU engine of the worker: alone for what is short, with lane workers for what is long. What a lane worker is (a
//! thread, a worker of a browser) is the front's; here it takes bytes and answers bytes.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise, Uint8Array};
use lanevm_core::{
    Batch, Cancel, Control, Engine, EngineError, EngineInfo, Keep, Outcomes, Progress, Status,
    cpu::CpuEngine,
    engine::LocalFuture,
    pool::{PoolEngine, Port, serve_controlled},
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Fewest calls for which running lane workers are asked at once.
const MANY: usize = 64;

/// A lane worker, seen from the engine's worker: two functions of the front.
struct LanePort {
    index: u32,
    /// Takes the lane's index and a request; answers a promise of the reply.
    call: Function,
    /// Takes the lane's index; asks it to end what it does.
    cancel: Function,
}

impl Port for LanePort {
    fn call(&self, request: Vec<u8>) -> LocalFuture<'_, Result<Vec<u8>, EngineError>> {
        Box::pin(async move {
            let request = Uint8Array::from(request.as_slice());
            let failed = |error: JsValue| {
                let words = error.as_string().or_else(|| js_sys::Error::from(error).message().as_string());
                EngineError::Worker(words.unwrap_or_default())
            };
            let reply = self.call.call2(&JsValue::UNDEFINED, &self.index.into(), &request).map_err(failed)?;
            let reply = JsFuture::from(Promise::resolve(&reply)).await.map_err(failed)?;
            Ok(Uint8Array::new(&reply).to_vec())
        })
    }

    fn cancel(&self) -> bool {
        self.cancel.call1(&JsValue::UNDEFINED, &self.index.into()).is_ok()
    }
}

/// The CPU engine: the first slice is run alone; what it leaves goes to the lane workers, which start when they are first
/// asked.
pub(crate) struct Crew {
    alone: CpuEngine,
    pool: PoolEngine,
    lanes: usize,
    started: bool,
}

impl Crew {
    /// An engine with this many lane workers; none, and it runs everything itself.
    pub(crate) fn new(lanes: u32, call: &Function, cancel: &Function) -> Self {
        let port = |index| Box::new(LanePort { index, call: call.clone(), cancel: cancel.clone() }) as Box<dyn Port>;
        let pool = PoolEngine::new((0..lanes).map(port).collect(), CpuEngine::new(1));
        Self { alone: CpuEngine::new(1), pool, lanes: lanes as usize, started: false }
    }

    /// How many calls run at once.
    pub(crate) const fn lanes_at_once(&self) -> u64 {
        if self.lanes > 1 { self.lanes as u64 } else { 1 }
    }

    /// Runs one slice on this thread; the answer is what is finished.
    async fn first_slice(&mut self, batch: &Batch, control: &mut Control) -> Result<Outcomes, EngineError> {
        let enough = Cancel::default();
        let ends = enough.clone();
        let breathe = control.breathe.clone();
        let mut slice = Control {
            cancel: enough,
            on_progress: control.on_progress.take(),
            breathe: Some(Rc::new(move || {
                ends.cancel();
                match &breathe {
                    Some(turn) => turn(),
                    None => Box::pin(async {}),
                }
            })),
            ..Control::default()
        };
        let outcomes = self.alone.run(batch, &mut slice).await;
        control.on_progress = slice.on_progress.take();
        outcomes
    }
}

impl Engine for Crew {
    fn info(&self) -> EngineInfo {
        if self.lanes > 1 { self.pool.info() } else { self.alone.info() }
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(async move {
            if self.lanes < 2 || batch.len() < 2 {
                return self.alone.run(batch, control).await;
            }
            // Where a summary alone is kept, nothing says which calls a slice has left.
            let whole = batch.keep == Keep::Summary;
            if (self.started || whole) && batch.len() >= MANY {
                self.started = true;
                return self.pool.run(batch, control).await;
            }
            if whole {
                return self.alone.run(batch, control).await;
            }
            let mut outcomes = self.first_slice(batch, control).await?;
            let unfinished = |row: &usize| outcomes.status(*row) == Status::Unfinished;
            let rows: Vec<usize> = (0..batch.len()).filter(unfinished).collect();
            if rows.is_empty() || control.cancel.is_cancelled() {
                return Ok(outcomes);
            }
            self.started = true;
            let done = (batch.len() - rows.len()) as u64;
            let steps: u64 = (0..outcomes.len()).map(|row| outcomes.steps(row)).sum();
            let heard = Rc::new(RefCell::new(control.on_progress.take()));
            let hears = Rc::clone(&heard);
            let lanes = batch.len() as u64;
            control.on_progress = Some(Box::new(move |now| {
                if let Some(hear) = hears.borrow_mut().as_mut() {
                    hear(Progress { lanes, done: now.done + done, steps: now.steps + steps, ..now });
                }
            }));
            let rest = self.pool.run(&batch.subset(&rows), control).await;
            control.on_progress = heard.borrow_mut().take();
            outcomes.merge(&rows, &rest?, None);
            Ok(outcomes)
        })
    }
}

/// A lane worker's own side: a CPU engine that answers requests.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Lane {
    running: RefCell<Cancel>,
    breathe: Function,
}

#[wasm_bindgen]
impl Lane {
    /// A lane worker. `breathe` gives the event loop a turn, as a promise.
    #[wasm_bindgen(constructor)]
    pub fn new(breathe: Function) -> Self {
        Self { running: RefCell::default(), breathe }
    }

    /// Answers a request. There is always an answer, whatever the request holds.
    pub async fn serve(&self, request: Vec<u8>) -> Vec<u8> {
        let cancel = Cancel::default();
        self.running.replace(cancel.clone());
        let mut control = Control { cancel, breathe: Some(crate::host::turns(&self.breathe)), ..Control::default() };
        serve_controlled(&request, &mut CpuEngine::new(1), &mut control).await
    }

    /// Ends the request under way with what it has.
    pub fn cancel(&self) {
        self.running.borrow().cancel();
    }
}
