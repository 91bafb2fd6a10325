//! The coordinator: it owns the engines and the results, runs one batch at a time, and answers the page at any moment.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use lanevm_core::{
    Batch, Cancel, Control, Document, DocumentError, Engine, EngineError, EngineInfo, Outcomes, Prepared, Progress,
    digest,
    export::Format,
    gpu::{GpuEngine, GpuOptions},
    pool::PoolEngine,
    wire,
};
use wasm_bindgen_futures::spawn_local;
use web_time::{Duration, Instant};

use super::{
    download, ports,
    replay::{Answer, Ask},
    views::{self, Results},
};
use crate::{
    browser::{
        graphics, scope,
        turn::{after, turn},
        worker::Peer,
    },
    form::FieldError,
    protocol::{EngineChoice, Engines, LanesFile, ProgressView, RunSummary, ToEngine, ToPage, Wrong},
};

/// The page hears of progress this often, in milliseconds, whether the engine has something to say or not.
const NEWS: i32 = 100;

/// How long is computed before the event loop gets its turn.
const SLICE: Duration = Duration::from_millis(30);

/// What a run takes with it and brings back.
struct Machines {
    gpu: Option<GpuEngine>,
    cpu: PoolEngine,
}

/// A run that the page asked for.
struct Asked {
    run: u32,
    document: String,
    max_steps: Option<u64>,
    engine: EngineChoice,
}

#[derive(Default)]
struct Coordinator {
    /// The engines; away while a run has them, or while they are made.
    machines: Option<Machines>,
    engines: Engines,
    running: Option<(u32, Cancel)>,
    waiting: Option<Asked>,
    results: Option<Rc<RefCell<Results>>>,
    replay: Option<Peer>,
    /// Replays asked for and not answered: run and lane, with the request until the worker listens.
    replays: VecDeque<(u32, usize)>,
    /// Requests that wait until the replaying worker listens.
    held: Vec<(Ask, Vec<u8>)>,
    replay_listens: bool,
}

type Shared = Rc<RefCell<Coordinator>>;

fn post(message: &ToPage, bytes: Option<&[u8]>) {
    // These types have no map with keys that JSON refuses.
    let json = serde_json::to_string(message).unwrap_or_default();
    scope::post(&json, bytes);
}

/// Starts listening, then makes the engines.
pub(super) fn start() {
    let shared = Shared::default();
    let hearing = Rc::clone(&shared);
    scope::listen(move |json, _| {
        if let Ok(message) = serde_json::from_str(&json) {
            hear(&hearing, message);
        }
    });
    post(&ToPage::Ready, None);
    spawn_local(async move {
        let (cpu, fallback) = ports::pools();
        let gpu = match graphics::webgpu_missing() {
            Some(why) => Err(why),
            None => GpuEngine::new(GpuOptions::default(), Box::new(fallback)).await.map_err(|error| match error {
                EngineError::NoAdapter(why) => format!("the browser has WebGPU, but gives no adapter: {why}"),
                other => other.to_string(),
            }),
        };
        // The device is made without its adapter's name: only the browser's own object has it.
        let name = if gpu.is_ok() { graphics::adapter_name().await } else { None };
        let engines = Engines {
            cpu: cpu.info().adapter,
            gpu: Some(gpu.as_ref().map(|gpu| views::adapter(gpu.info(), name)).map_err(Clone::clone)),
        };
        post(&ToPage::Engines(engines.clone()), None);
        {
            let mut state = shared.borrow_mut();
            state.engines = engines;
            state.machines = Some(Machines { gpu: gpu.ok(), cpu });
        }
        next(&shared);
    });
}

fn hear(shared: &Shared, message: ToEngine) {
    match message {
        ToEngine::Run { run, document, max_steps, engine } => {
            {
                let mut state = shared.borrow_mut();
                if let Some((_, cancel)) = &state.running {
                    cancel.cancel();
                }
                state.waiting = Some(Asked { run, document, max_steps, engine });
            }
            next(shared);
        }
        ToEngine::Cancel { run } => {
            let mut state = shared.borrow_mut();
            match &state.running {
                Some((running, cancel)) if *running == run => cancel.cancel(),
                _ if state.waiting.as_ref().is_some_and(|waiting| waiting.run == run) => {
                    state.waiting = None;
                    post(&ToPage::Failed { run, why: "cancelled before it began".into() }, None);
                }
                _ => {}
            }
        }
        ToEngine::Deploy { ask, what } => {
            post(&ToPage::Deployed { ask, result: super::deploying::deploy(&what).map(Box::new) }, None);
        }
        ToEngine::Rows { run, step, filter, from, count } => {
            if let Some(results) = results_of(shared, run) {
                let (total, rows) = results.borrow_mut().rows(step, filter, from, count);
                post(&ToPage::Rows { run, filter, from, total, rows }, None);
            }
        }
        ToEngine::Lanes { run, step, filter, file } => {
            let results = results_of(shared, run);
            spawn_local(async move {
                let format = match file {
                    LanesFile::Csv => Format::Csv,
                    LanesFile::Ndjson => Format::Ndjson,
                };
                let part = |bytes: &[u8]| post(&ToPage::LanesPart, Some(bytes));
                let lanes = match results {
                    Some(results) => download::lanes(&results, step, filter, format, part).await,
                    None => None,
                };
                post(&ToPage::LanesEnd { run, file, lanes }, None);
            });
        }
        ToEngine::Lane { run, step, lane } => {
            if let Some(results) = results_of(shared, run).filter(|results| results.borrow().has(step, lane)) {
                spawn_local(async move {
                    let batch = alone(&results, step, lane).await;
                    let view = batch.ok().and_then(|batch| results.borrow().lane(step, lane, &batch));
                    if let Some(lane) = view {
                        post(&ToPage::Lane { run, lane: Box::new(lane) }, None);
                    }
                });
            }
        }
        ToEngine::Trace { run, step, lane } => replay(shared, run, step, lane, Ask::Steps),
        ToEngine::TraceFile { run, step, lane } => replay(shared, run, step, lane, Ask::File),
    }
}

fn results_of(shared: &Shared, run: u32) -> Option<Rc<RefCell<Results>>> {
    shared.borrow().results.clone().filter(|results| results.borrow().run == run)
}

/// The call of a lane at a step, by itself.
async fn alone(results: &RefCell<Results>, step: usize, lane: usize) -> Result<Batch, EngineError> {
    let prepared = results.borrow().prepared.clone();
    prepared.lane(step, lane).await
}

/// Begins the run that waits, if the engines are here.
fn next(shared: &Shared) {
    let (machines, asked, cancel) = {
        let mut state = shared.borrow_mut();
        if state.waiting.is_none() {
            return;
        }
        let Some(machines) = state.machines.take() else { return };
        let Some(waiting) = state.waiting.take() else { return };
        let cancel = Cancel::default();
        state.running = Some((waiting.run, cancel.clone()));
        (machines, waiting, cancel)
    };
    let shared = Rc::clone(shared);
    spawn_local(async move {
        let mut machines = machines;
        let news = one_run(&shared, &mut machines, asked, cancel).await;
        {
            let mut state = shared.borrow_mut();
            state.machines = Some(machines);
            state.running = None;
        }
        let (message, bytes) = news;
        post(&message, bytes.as_deref());
        next(&shared);
    });
}

/// The document, read and made ready.
fn prepare(text: &str, max_steps: Option<u64>) -> Result<(Document, Prepared), DocumentError> {
    let document = Document::from_json(text)?;
    let mut prepared = document.prepare()?;
    prepared.batch.limits.max_steps = max_steps;
    Ok((document, prepared))
}

async fn one_run(shared: &Shared, machines: &mut Machines, asked: Asked, cancel: Cancel) -> (ToPage, Option<Vec<u8>>) {
    let Asked { run, document, max_steps, engine: choice } = asked;
    // The page's last message may have brought a cancel right behind.
    turn().await;
    let (document, prepared) = match prepare(&document, max_steps) {
        Ok(made) => made,
        Err(error) => return (ToPage::Refused { run, error: error.into() }, None),
    };
    turn().await;
    let (name, missing) = match shared.borrow().engines.gpu.clone() {
        Some(Ok(adapter)) => (Some(adapter.name), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    let mut instead = None;
    let engine: &mut dyn Engine = match (choice, machines.gpu.as_mut()) {
        (EngineChoice::Auto | EngineChoice::Gpu, Some(gpu)) => gpu,
        (EngineChoice::Gpu, None) => {
            let why = missing.unwrap_or_default();
            let message = format!("there is no GPU to run on: {why}. Choose “auto” or “CPU”");
            let error = Wrong::Field(FieldError { field: "engine".into(), message });
            return (ToPage::Refused { run, error }, None);
        }
        (EngineChoice::Auto, None) => {
            instead = missing;
            &mut machines.cpu
        }
        (EngineChoice::Cpu, _) => &mut machines.cpu,
    };
    let named = |info: EngineInfo| if info.kind == "gpu" { name.clone().unwrap_or(info.adapter) } else { info.adapter };
    post(&ToPage::Started { run, adapter: named(engine.info()) }, None);
    let begun = Instant::now();
    let latest = Rc::new(Cell::new(Progress { lanes: prepared.batch.len() as u64, ..Progress::default() }));
    let ended = Rc::new(Cell::new(false));
    tell_progress(run, begun, Rc::clone(&latest), Rc::clone(&ended));
    let mut control = Control {
        cancel: cancel.clone(),
        on_progress: Some(Box::new(move |at| latest.set(at))),
        breathe: Some(std::rc::Rc::new(|| Box::pin(turn()))),
    };
    let answer = prepared.clone().run(engine, &mut control).await;
    ended.set(true);
    let outcomes = match answer {
        Ok(outcomes) => outcomes,
        Err(error) => return (ToPage::Failed { run, why: error.to_string() }, None),
    };
    let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
    let info = engine.info();
    let Some(last) = outcomes.last() else {
        return (ToPage::Failed { run, why: "the document has no step".into() }, None);
    };
    let digest = sliced_digest(last).await;
    let statuses: Vec<u8> = last.statuses().iter().map(|status| *status as u8).collect();
    let results = Results::new(run, &document, prepared, outcomes);
    let summary = RunSummary {
        cancelled: cancel.is_cancelled(),
        engine: info.kind.into(),
        software: info.software,
        adapter: named(info),
        instead,
        milliseconds,
        digest,
        ..results.summary()
    };
    shared.borrow_mut().results = Some(Rc::new(RefCell::new(results)));
    (ToPage::Done { run, summary: Box::new(summary) }, Some(statuses))
}

/// Tells the page how far a run is until it has ended: also that time passes while no lane ends.
fn tell_progress(run: u32, begun: Instant, latest: Rc<Cell<Progress>>, ended: Rc<Cell<bool>>) {
    spawn_local(async move {
        loop {
            after(NEWS).await;
            if ended.get() {
                return;
            }
            let Progress { lanes, done, steps, submits } = latest.get();
            let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
            post(&ToPage::Progress { run, at: ProgressView { lanes, done, steps, submits, milliseconds } }, None);
        }
    });
}

/// The digest, with turns of the event loop between.
async fn sliced_digest(outcomes: &Outcomes) -> String {
    let mut leaves = Vec::with_capacity(outcomes.len());
    let mut begun = Instant::now();
    for row in 0..outcomes.len() {
        leaves.push(digest::leaf(outcomes, row));
        if row % 256 == 255 && begun.elapsed() > SLICE {
            turn().await;
            begun = Instant::now();
        }
    }
    turn().await;
    digest::root(leaves).to_string()
}

/// Asks the replaying worker for a lane at a step.
fn replay(shared: &Shared, run: u32, step: usize, lane: usize, ask: Ask) {
    let Some(results) = results_of(shared, run).filter(|results| results.borrow().has(step, lane)) else { return };
    let shared = Rc::clone(shared);
    spawn_local(async move {
        match alone(&results, step, lane).await {
            Ok(batch) => ask_replay(&shared, run, lane, ask, wire::encode_batch(&batch, &[0])),
            Err(why) => post(&ToPage::Trace { run, lane, trace: Err(why.to_string()) }, None),
        }
    });
}

/// Asks the replaying worker, which is started at the first ask.
fn ask_replay(shared: &Shared, run: u32, lane: usize, ask: Ask, request: Vec<u8>) {
    let mut state = shared.borrow_mut();
    if state.replay.is_none() {
        let (hearing, failing) = (Rc::clone(shared), Rc::clone(shared));
        let peer = Peer::start(
            super::REPLAY,
            move |json, bytes| hear_replay(&hearing, &json, bytes.as_deref()),
            move |why| {
                // The worker goes with what it was asked; the next ask starts another. Not dropped here, where its own
                // listener runs.
                let mut state = failing.borrow_mut();
                let gone = state.replay.take();
                state.replay_listens = false;
                state.held.clear();
                for (run, lane) in state.replays.drain(..) {
                    post(&ToPage::Trace { run, lane, trace: Err(format!("the replay failed: {why}")) }, None);
                }
                spawn_local(async move { drop(gone) });
            },
        );
        match peer {
            Ok(peer) => state.replay = Some(peer),
            Err(why) => {
                post(&ToPage::Trace { run, lane, trace: Err(format!("no worker to replay it: {why}")) }, None);
                return;
            }
        }
    }
    state.replays.push_back((run, lane));
    if state.replay_listens {
        send(&state, ask, &request);
    } else {
        state.held.push((ask, request));
    }
}

fn send(state: &Coordinator, ask: Ask, request: &[u8]) {
    if let Some(peer) = &state.replay {
        peer.post(&serde_json::to_string(&ask).unwrap_or_default(), Some(request));
    }
}

fn hear_replay(shared: &Shared, json: &str, bytes: Option<&[u8]>) {
    let mut state = shared.borrow_mut();
    let Ok(answer) = serde_json::from_str(json) else { return };
    if matches!(answer, Answer::Ready) {
        state.replay_listens = true;
        for (ask, request) in std::mem::take(&mut state.held) {
            send(&state, ask, &request);
        }
        return;
    }
    let Some((run, lane)) = state.replays.pop_front() else { return };
    match answer {
        Answer::Ready => {}
        Answer::Steps(trace) => post(&ToPage::Trace { run, lane, trace }, None),
        Answer::File(result) => post(&ToPage::TraceFile { lane, result }, bytes),
    }
}
