//! The coordinator: it owns the engines and the results, runs one batch at a time, and answers the page at any moment.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_channel::oneshot;
use lanevm_core::{
    B256, Batch, Cancel, Control, Document, DocumentError, Engine, EngineError, EngineInfo, Outcomes, Prepared,
    Progress,
    compiled::CompiledEngine,
    digest,
    engine::LocalFuture,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::Search,
    wire,
};
use wasm_bindgen_futures::spawn_local;
use web_time::{Duration, Instant};

use super::{
    covering, download,
    filling::Filling,
    gate::Gate,
    machines::{Clock, Machines, Ran, Stage},
    ports::CpuWorkers,
    questions::{self, Desk},
    replay::{Ask, Which},
    replaying::{Replaying, refuse},
    shown::Shown,
    views::{self, Results},
};
use crate::{
    browser::{
        graphics, scope,
        turn::{after, turn},
    },
    form::FieldError,
    later::Later,
    protocol::{
        Answer as Answered, EngineChoice, Engines, NoCover, ProgressView, Question, RunNotes, RunSummary, ToEngine,
        ToPage, Wrong,
    },
    words::engine as words,
};

/// The kind of [`Question::Cover`].
const COVER: usize = Question::COVER;

/// The page hears of progress this often, in milliseconds, whether the engine has something to say or not.
const NEWS: i32 = 100;

/// How long is computed before the event loop gets its turn.
const SLICE: Duration = Duration::from_millis(30);

/// Most lanes of two runs that are kept to be compared.
const COMPARED: usize = 500_000;

/// A run that the page asked for.
struct Asked {
    run: u32,
    document: String,
    engine: EngineChoice,
    coverage: bool,
}

/// Lanes that the page wants counted by block.
struct Cover {
    run: u32,
    step: usize,
    number: u32,
    view: u32,
    program: B256,
}

#[derive(Default)]
struct Coordinator {
    /// The engines; away while a run has them.
    machines: Option<Machines>,
    engines: Engines,
    /// What a run passes between its slices.
    gate: Gate,
    workers: Option<CpuWorkers>,
    running: Option<(u32, Cancel)>,
    waiting: Option<Asked>,
    /// Lanes being counted, which ends when it is asked, and what waits to be counted.
    counting: Option<Cancel>,
    to_count: Option<Cover>,
    /// The user's own columns.
    own: Rc<Vec<String>>,
    results: Option<Rc<Results>>,
    /// The run that it is compared with, the one before or the pinned one, where both are small enough to be kept.
    before: Option<Rc<Results>>,
    pinned: Option<u32>,
    desk: Rc<Desk>,
    replaying: Replaying,
    /// The number of the file of lanes that is written; another ends it.
    saving: Rc<Cell<u32>>,
    /// What waits for the first result.
    later: Rc<Later>,
}

type Shared = Rc<RefCell<Coordinator>>;

impl Coordinator {
    /// Holds the run under way, or lets it go on.
    fn pause(&self, paused: bool) {
        if paused {
            self.gate.close();
        } else {
            self.gate.open();
        }
        if let Some(workers) = &self.workers {
            workers.pause(paused);
        }
    }

    /// The GPU's name, or why there is none; neither while it is made.
    fn gpu(&self) -> (Option<String>, Option<String>) {
        match self.engines.gpu.clone() {
            Some(Ok(adapter)) => (Some(adapter.name), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        }
    }

    /// An engine's name, which for the GPU is the browser's.
    fn named(&self, info: EngineInfo) -> String {
        if info.kind == "gpu" { self.gpu().0.unwrap_or(info.adapter) } else { info.adapter }
    }
}

/// Tells the page.
pub(super) fn post(message: &ToPage, bytes: Option<&[u8]>) {
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
    let workers = CpuWorkers::new(&shared.borrow().gate);
    let (cpu, fallback) = (workers.pool(), workers.pool());
    let engines = Engines { cpu: cpu.info().adapter, gpu: None };
    let (made, coming) = oneshot::channel();
    {
        let mut state = shared.borrow_mut();
        state.engines = engines.clone();
        state.machines = Some(Machines::new(cpu, coming));
        state.workers = Some(workers);
    }
    post(&ToPage::Ready, None);
    post(&ToPage::Engines(engines), None);
    let later = Rc::clone(&shared.borrow().later);
    let (waits, come) = (Rc::clone(&shared), later.come());
    spawn_local(async move { later.end(|| waits.borrow().running.is_some()).await });
    spawn_local(async move {
        let come = come.await.map_err(words::not_whole);
        let gpu = match come.err().or_else(graphics::webgpu_missing) {
            Some(why) => Err(why),
            None => compiled(Box::new(fallback)).await.map_err(|error| match error {
                EngineError::NoAdapter(why) => words::no_adapter(why),
                other => other.to_string(),
            }),
        };
        // The device is made without its adapter's name: only the browser's own object has it.
        let name = if gpu.is_ok() { graphics::adapter_name().await } else { None };
        let engines = {
            let mut state = shared.borrow_mut();
            state.engines.gpu = Some(gpu.as_ref().map(|gpu| views::adapter(gpu.info(), name)).map_err(Clone::clone));
            state.engines.clone()
        };
        post(&ToPage::Engines(engines), None);
        // Who would take it lives as long as the worker.
        drop(made.send(gpu.ok().map(Box::new)));
    });
}

/// The GPU engine, which compiles what many lanes do.
async fn compiled(fallback: Box<dyn Engine>) -> Result<CompiledEngine, EngineError> {
    let gpu = GpuEngine::new(GpuOptions { ways: Ways::Auto, ..GpuOptions::default() }, fallback).await?;
    Ok(CompiledEngine::new(gpu, Search::default()))
}

fn hear(shared: &Shared, message: ToEngine) {
    match message {
        ToEngine::Run { run, document, engine, coverage } => {
            {
                let mut state = shared.borrow_mut();
                if let Some((_, cancel)) = &state.running {
                    cancel.cancel();
                }
                if let Some(counting) = &state.counting {
                    counting.cancel();
                }
                state.pause(false);
                if matches!(engine, EngineChoice::Gpu | EngineChoice::Both) {
                    state.later.now();
                }
                state.waiting = Some(Asked { run, document, engine, coverage });
            }
            next(shared);
        }
        ToEngine::Cancel { run } => {
            let mut state = shared.borrow_mut();
            match &state.running {
                Some((running, cancel)) if *running == run => {
                    cancel.cancel();
                    // What is held would not see it.
                    state.pause(false);
                }
                _ if state.waiting.as_ref().is_some_and(|waiting| waiting.run == run) => {
                    state.waiting = None;
                    post(&ToPage::Failed { run, why: words::CANCELLED_BEFORE_IT_BEGAN.into() }, None);
                }
                _ => {}
            }
        }
        ToEngine::Deploy { ask, what } => {
            post(&ToPage::Deployed { ask, result: super::deploying::deploy(&what).map(Box::new) }, None);
        }
        ToEngine::Pin { run } => shared.borrow_mut().pinned = run,
        ToEngine::Pictures { number, form } => {
            let later = shared.borrow().later.come();
            spawn_local(async move {
                // What makes pictures is in the rest.
                if later.await.is_ok() {
                    post(&ToPage::Pictures { number, pictures: super::preview::pictures(&form) }, None);
                }
            });
        }
        ToEngine::CastLine { form, step, contract } => {
            let contract = contract.and_then(|address| address.parse().ok());
            post(&ToPage::CastLine(super::preview::cast_line(&form, step, contract)), None);
        }
        ToEngine::Pause { run, paused } => {
            let state = shared.borrow();
            if state.running.as_ref().is_some_and(|(running, cancel)| *running == run && !cancel.is_cancelled()) {
                state.pause(paused);
            }
        }
        ToEngine::Rows { run, step, view, from, count, columns } => {
            let desk = Rc::clone(&shared.borrow().desk);
            if let (Some(results), Some(selection)) = (shown_of(shared, run), desk.rows(run, step, view))
                && step < results.outcomes.len()
            {
                let mut found = results.columns(step);
                let lanes = results.outcomes.get(step).map_or(0, Outcomes::len);
                let total = selection.rows().map_or(lanes, <[u32]>::len);
                let window = from..from.saturating_add(count);
                let (rows, refused) = results.rows(step, selection.rows(), window, &columns, &mut found);
                post(&ToPage::Rows { run, view, from, total, rows, refused }, None);
            }
        }
        ToEngine::Own { columns } => {
            let mut state = shared.borrow_mut();
            state.own = Rc::new(columns);
            state.desk.reread();
        }
        ToEngine::Ask { run, step, number, question: Question::Cover { view, program } } => {
            if let Ok(program) = program.parse() {
                count(shared, Cover { run, step, number, view, program });
            }
        }
        ToEngine::Ask { run, step, number, question } => {
            let desk = Rc::clone(&shared.borrow().desk);
            if let Some(results) = shown_of(shared, run) {
                spawn_local(async move {
                    let answered = questions::answer(desk, results, step, number, question).await;
                    if let Some((answer, bytes)) = answered {
                        post(&ToPage::Answer { run, number, answer }, bytes.as_deref());
                    }
                });
            }
        }
        ToEngine::Lanes { run, step, view, file, chunk } => {
            let desk = Rc::clone(&shared.borrow().desk);
            let asked = shown_of(shared, run).zip(desk.rows(run, step, view));
            let saving = shared.borrow().saving.clone();
            let number = saving.get() + 1;
            saving.set(number);
            spawn_local(async move {
                let part = |written, bytes: &[u8]| post(&ToPage::LanesPart { written }, Some(bytes));
                let go_on = || saving.get() == number;
                let lanes = match asked {
                    Some((results, selection)) => {
                        let file = (file, chunk.as_deref());
                        download::lanes((&results, step), selection.rows(), file, go_on, part).await
                    }
                    None => Err(download::GONE.into()),
                };
                post(&ToPage::LanesEnd { run, file, lanes }, None);
            });
        }
        ToEngine::StopLanes => {
            let saving = shared.borrow().saving.clone();
            saving.set(saving.get() + 1);
        }
        ToEngine::Lane { run, step, lane } => {
            if let Some(results) = results_of(shared, run).filter(|results| results.has(step, lane)) {
                spawn_local(async move {
                    let batch = alone(&results, step, lane).await;
                    let view = batch.ok().and_then(|batch| results.lane(step, lane, &batch));
                    if let Some(lane) = view {
                        post(&ToPage::Lane { run, lane: Box::new(lane) }, None);
                    }
                });
            }
        }
        ToEngine::Trace { run, step, lane } => replay(shared, (run, step, lane), Ask::Open((run, step, lane))),
        ToEngine::TraceFile { run, step, lane } => replay(shared, (run, step, lane), Ask::File((run, step, lane))),
        ToEngine::TraceAsk { run, step, lane, number, ask } => {
            shared.borrow().replaying.ask(Ask::About((run, step, lane), number, ask), None);
        }
        ToEngine::Case { run, step, lane } => replay(shared, (run, step, lane), Ask::Case((run, step, lane))),
    }
}

fn results_of(shared: &Shared, run: u32) -> Option<Rc<Results>> {
    shared.borrow().results.clone().filter(|results| results.run == run)
}

/// The run, as it is looked at.
fn shown_of(shared: &Shared, run: u32) -> Option<Shown> {
    let results = results_of(shared, run)?;
    let state = shared.borrow();
    Some(Shown::new(results, state.before.clone(), Rc::clone(&state.own)))
}

/// Counts lanes by block: at once where it is known, else as soon as the engines are free.
fn count(shared: &Shared, wanted: Cover) {
    let Some(results) = results_of(shared, wanted.run) else { return };
    let (desk, running) = (Rc::clone(&shared.borrow().desk), shared.borrow().running.is_some());
    let Cover { run, step, number, view, program } = wanted;
    desk.note(COVER, number);
    let selection = desk.rows(run, step, view);
    let answer = match &selection {
        None => Some(Err(NoCover::Nothing)),
        Some(selection) => covering::known(&results, step, selection.rows(), program),
    };
    let answer = answer.or(running.then_some(Err(NoCover::Busy)));
    if let Some(answer) = answer {
        post(&ToPage::Answer { run, number, answer: Answered::Covered(answer) }, None);
        return;
    }
    let mut state = shared.borrow_mut();
    if let Some(counting) = &state.counting {
        counting.cancel();
    }
    state.to_count = Some(wanted);
    drop(state);
    next(shared);
}

/// Counts what waits to be counted, with engines that are free.
fn count_next(shared: &Shared, machines: Machines, wanted: Cover) {
    let cancel = Cancel::default();
    shared.borrow_mut().counting = Some(cancel.clone());
    let shared = Rc::clone(shared);
    spawn_local(async move {
        let mut machines = machines;
        let Cover { run, step, number, view, program } = wanted;
        let desk = Rc::clone(&shared.borrow().desk);
        if let (Some(results), Some(selection)) = (results_of(&shared, run), desk.rows(run, step, view)) {
            let counted = covering::cover(&results, step, selection.rows(), program, machines.cpu(), &cancel).await;
            if desk.is_latest(COVER, number) {
                // One that was cut short by a run says so.
                let waits = shared.borrow().waiting.is_some();
                let answer = if waits { Err(NoCover::Busy) } else { counted };
                post(&ToPage::Answer { run, number, answer: Answered::Covered(answer) }, None);
            }
        }
        {
            let mut state = shared.borrow_mut();
            state.machines = Some(machines);
            state.counting = None;
        }
        next(&shared);
    });
}

/// The call of a lane at a step, by itself.
async fn alone(results: &Results, step: usize, lane: usize) -> Result<Batch, EngineError> {
    results.prepared.lane(step, lane).await
}

/// Begins the run that waits, or counts what is to be counted, if the engines are here.
fn next(shared: &Shared) {
    let (machines, asked, cancel) = {
        let mut state = shared.borrow_mut();
        if state.waiting.is_none() && state.to_count.is_none() {
            return;
        }
        let Some(machines) = state.machines.take() else { return };
        if state.waiting.is_none()
            && let Some(wanted) = state.to_count.take()
        {
            drop(state);
            count_next(shared, machines, wanted);
            return;
        }
        // What waited to be counted is of a run that will be gone.
        state.to_count = None;
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
        shared.borrow().later.now();
        next(&shared);
    });
}

/// The document, read and made ready.
fn prepare(text: &str, coverage: bool) -> Result<(Document, Prepared), DocumentError> {
    let document = Document::from_json(text)?;
    let mut prepared = document.prepare()?;
    prepared.batch.observe.coverage = coverage;
    Ok((document, prepared))
}

async fn one_run(shared: &Shared, machines: &mut Machines, asked: Asked, cancel: Cancel) -> (ToPage, Option<Vec<u8>>) {
    let Asked { run, document, engine: choice, coverage } = asked;
    // The page's last message may have brought a cancel right behind.
    turn().await;
    let (document, prepared) = match prepare(&document, coverage) {
        Ok(made) => made,
        Err(error) => return (ToPage::Refused { run, error: error.into() }, None),
    };
    turn().await;
    if matches!(choice, EngineChoice::Gpu) || choice == EngineChoice::Both && shared.borrow().engines.gpu.is_some() {
        if shared.borrow().engines.gpu.is_none() {
            post(&ToPage::Started { run, adapter: words::WAITING_FOR_KERNELS.into() }, None);
        }
        let there = machines.settled(&cancel).await;
        if cancel.is_cancelled() {
            return (ToPage::Failed { run, why: words::CANCELLED_BEFORE_IT_BEGAN.into() }, None);
        }
        if !there {
            let why = shared.borrow().gpu().1.unwrap_or_default();
            let message = words::no_gpu(why);
            let error = Wrong::Field(FieldError { field: "engine".into(), message });
            return (ToPage::Refused { run, error }, None);
        }
    }
    let gate = shared.borrow().gate.clone();
    let latest = Rc::new(Cell::new(Progress { lanes: prepared.batch.len() as u64, ..Progress::default() }));
    let ended = Rc::new(Cell::new(false));
    let filling = Filling::of(prepared.batch.len());
    tell_progress(run, Clock::start(&gate), gate.clone(), Rc::clone(&latest), Rc::clone(&ended));
    tell_ended(run, views::plane_columns(&document, prepared.batch.len()), filling.clone(), Rc::clone(&ended));
    let mut control = Control {
        cancel: cancel.clone(),
        on_progress: Some(Box::new(move |at| latest.set(at))),
        on_ended: Some(filling.ear()),
        breathe: Some(breathing(&gate)),
    };
    let stage = |stage: Stage, info: EngineInfo| {
        let adapter = stage_words(stage, &shared.borrow().named(info));
        post(&ToPage::Started { run, adapter }, None);
    };
    let answer = machines.run(choice, &prepared, &mut control, &gate, &stage).await;
    ended.set(true);
    let Ran { outcomes, info, milliseconds, handed, comparison } = match answer {
        Ok(ran) => ran,
        Err(error) => return (ToPage::Failed { run, why: error.to_string() }, None),
    };
    let instead =
        if matches!(choice, EngineChoice::Auto | EngineChoice::Both) { shared.borrow().gpu().1 } else { None };
    let sum = |count: fn(&Outcomes) -> u64| outcomes.iter().map(count).sum();
    let notes = RunNotes {
        handed,
        repeated: sum(|outcomes| outcomes.repeated),
        wrong_ways: sum(|outcomes| outcomes.wrong_ways),
        comparison,
    };
    let Some(last) = outcomes.last() else {
        return (ToPage::Failed { run, why: words::NO_STEP.into() }, None);
    };
    let digest = sliced_digest(last).await;
    let statuses: Vec<u8> = last.statuses().iter().map(|status| *status as u8).collect();
    let results = Results::new(run, &document, prepared, outcomes);
    let summary = RunSummary {
        cancelled: cancel.is_cancelled(),
        engine: info.kind.into(),
        software: info.software,
        adapter: shared.borrow().named(info),
        instead,
        milliseconds,
        digest,
        notes,
        ..results.summary()
    };
    let summary = RunSummary { compared: keep(shared, results), ..summary };
    (ToPage::Done { run, summary: Box::new(summary) }, Some(statuses))
}

/// Keeps a run's results, and those of the run that it is compared with, unless that is too much to keep: of the two that are
/// here the pinned one, else the one before.
/// Says which one that is.
fn keep(shared: &Shared, results: Results) -> Option<u32> {
    let mut state = shared.borrow_mut();
    let pinned = state.pinned;
    let is_pinned = |results: &Rc<Results>| pinned == Some(results.run);
    let (last, earlier) = (state.results.take(), state.before.take());
    let compared = if earlier.as_ref().is_some_and(is_pinned) { earlier } else { last };
    let lanes = |results: &Results| results.outcomes.iter().map(Outcomes::len).sum::<usize>();
    state.before = compared.filter(|compared| lanes(compared) + lanes(&results) <= COMPARED);
    state.results = Some(Rc::new(results));
    state.desk.clear();
    state.before.as_ref().map(|results| results.run)
}

/// What a run awaits between its slices: a turn of the event loop, and the gate.
fn breathing(gate: &Gate) -> Rc<dyn Fn() -> LocalFuture<'static, ()>> {
    let gate = gate.clone();
    Rc::new(move || {
        let gate = gate.clone();
        Box::pin(async move { gate.pass().await })
    })
}

/// What a run is on, and why.
fn stage_words(stage: Stage, name: &str) -> String {
    match stage {
        Stage::Only => name.to_owned(),
        Stage::UntilGpu => words::until_gpu(name),
        Stage::Rest => words::has_become_ready(name),
        Stage::First => words::first_of_two(name),
        Stage::Second => words::second_of_two(name),
        Stage::Between => words::SECOND_WHEN_READY.into(),
    }
}

/// Tells the page how far a run is until it has ended: also that time passes while no lane ends.
fn tell_progress(run: u32, clock: Clock, gate: Gate, latest: Rc<Cell<Progress>>, ended: Rc<Cell<bool>>) {
    spawn_local(async move {
        loop {
            after(NEWS).await;
            if ended.get() {
                return;
            }
            let Progress { lanes, done, steps, submits } = latest.get();
            let (milliseconds, paused) = (clock.milliseconds(), gate.is_closed());
            post(
                &ToPage::Progress { run, at: ProgressView { lanes, done, steps, submits, milliseconds, paused } },
                None,
            );
        }
    });
}

/// Tells the page how lanes have ended, until the run has.
fn tell_ended(run: u32, columns: Option<usize>, filling: Filling, ended: Rc<Cell<bool>>) {
    spawn_local(async move {
        loop {
            after(NEWS).await;
            if ended.get() {
                return;
            }
            if let Some((step, from, codes)) = filling.news() {
                let lanes = filling.lanes();
                post(&ToPage::Ended { run, step, lanes, from, columns }, Some(&codes));
            }
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
fn replay(shared: &Shared, (run, step, lane): Which, ask: Ask) {
    let Some(results) = results_of(shared, run).filter(|results| results.has(step, lane)) else { return };
    let replaying = shared.borrow().replaying.clone();
    replaying.expect(ask);
    spawn_local(async move {
        match alone(&results, step, lane).await {
            _ if !replaying.wants(ask) => {}
            Ok(batch) => replaying.ask(ask, Some(wire::encode_batch(&batch, &[0]))),
            Err(why) => refuse(ask, &why.to_string()),
        }
    });
}
