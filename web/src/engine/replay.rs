//! The worker that records one lane and answers what the page asks of the recording: apart from the coordinator, since a
//! replay is one long computation. It holds one recording; a later one takes its place, also while it is made.

use std::{cell::RefCell, rc::Rc};

use lanevm_core::{
    Batch, Cancel, Control,
    alloy_primitives::hex::encode_prefixed,
    case::{Case, state_test},
    cpu::{self, Cut, Frame, RecordLimits, RecordedLog, RecordedStep, Recording, Walk},
    wire,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use super::views::hex_view;
use crate::{
    browser::{scope, turn::turn},
    protocol::{
        FrameView, LinePart, LogView, SlotView, StepLog, StepView, TraceAnswer, TraceAsk, TraceStep, TraceView,
        WalkView,
    },
    words::engine as words,
};

/// Most instructions in a file.
const FILED: u64 = 1_000_000;

/// Most frames the page is told of.
const FRAMES: usize = 2_000;

/// Parts of the line of gas.
const PARTS: usize = 600;

/// Most steps in a window.
const STEPS: usize = 1_000;

/// Rows of memory in a window.
const ROWS: usize = 128;

/// Most slots, and most logs, shown at a step.
const ENTRIES: usize = 200;

/// Which lane: run, step, lane.
pub(super) type Which = (u32, usize, usize);

/// A request, with the batch of one call as bytes where it needs one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// Record this lane.
    Open(Which),
    /// Of the lane that was opened.
    About(Which, u32, TraceAsk),
    /// A file of this lane.
    File(Which),
    /// This lane as a state test.
    Case(Which),
}

/// The answer; a file's bytes stand beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The worker listens.
    Ready,
    /// The lane is recorded.
    Opened(Which, Result<Box<TraceView>, String>),
    /// What was asked, by its number.
    About(Which, u32, TraceAnswer),
    /// Whether the file was cut.
    File(Which, Result<bool, String>),
    /// What is otherwise in the state test beside this than in the lane.
    Case(Which, Result<Vec<String>, String>),
}

/// What the worker holds.
#[derive(Default)]
struct Desk {
    recording: Option<(Which, Rc<Recording>)>,
    /// Ends the recording under way.
    cancel: Cancel,
}

fn case(request: &[u8], lane: usize) -> Result<Case, String> {
    state_test(&decode(request)?, 0, &words::lane(lane)).map_err(|error| error.to_string())
}

fn post(answer: &Answer, bytes: Option<&[u8]>) {
    // These types have no map with keys that JSON refuses.
    let json = serde_json::to_string(answer).unwrap_or_default();
    scope::post(&json, bytes);
}

/// Starts listening.
pub(super) fn start() {
    let desk = Rc::new(RefCell::new(Desk::default()));
    scope::listen(move |json, bytes| {
        let Ok(ask) = serde_json::from_str(&json) else { return };
        match (ask, bytes) {
            (Ask::Open(which), Some(request)) => open(&desk, which, &request),
            (Ask::About(which, number, ask), _) => {
                let held = desk.borrow().recording.clone().filter(|(held, _)| *held == which);
                let answer = held.map_or(TraceAnswer::Nowhere(None), |(_, recording)| answer(&recording, ask));
                post(&Answer::About(which, number, answer), None);
            }
            (Ask::File(which), Some(request)) => match file(&request) {
                Ok((cut, bytes)) => post(&Answer::File(which, Ok(cut)), Some(&bytes)),
                Err(why) => post(&Answer::File(which, Err(why)), None),
            },
            (Ask::Case(which), Some(request)) => match case(&request, which.2) {
                Ok(Case { json, notes }) => post(&Answer::Case(which, Ok(notes)), Some(json.as_bytes())),
                Err(why) => post(&Answer::Case(which, Err(why)), None),
            },
            _ => {}
        }
    });
    post(&Answer::Ready, None);
}

fn decode(request: &[u8]) -> Result<Batch, String> {
    wire::decode_batch(request).map_err(|error| error.to_string())
}

fn file(request: &[u8]) -> Result<(bool, Vec<u8>), String> {
    let mut out = Vec::new();
    let end = cpu::trace(&decode(request)?, 0, &mut out, FILED).map_err(|error| error.to_string())?;
    Ok((end.outcome.is_none(), out))
}

/// Records a lane in place of the one before, which goes first: there is not room for two.
fn open(desk: &Rc<RefCell<Desk>>, which: Which, request: &[u8]) {
    let cancel = Cancel::default();
    {
        let mut desk = desk.borrow_mut();
        desk.cancel.cancel();
        desk.cancel = cancel.clone();
        desk.recording = None;
    }
    let batch = match decode(request) {
        Ok(batch) => batch,
        Err(why) => return post(&Answer::Opened(which, Err(why)), None),
    };
    let desk = Rc::clone(desk);
    spawn_local(async move {
        let mut control =
            Control { cancel: cancel.clone(), breathe: Some(Rc::new(|| Box::pin(turn()))), ..Control::default() };
        let recorded = cpu::record(&batch, 0, RecordLimits::default(), &mut control).await;
        // Then another lane was asked for, and nobody waits for this one.
        if cancel.is_cancelled() {
            return;
        }
        let view = match recorded {
            Ok(recording) => {
                let view = view(&recording);
                desk.borrow_mut().recording = Some((which, Rc::new(recording)));
                Ok(Box::new(view))
            }
            Err(error) => Err(error.to_string()),
        };
        post(&Answer::Opened(which, view), None);
    });
}

fn view(recording: &Recording) -> TraceView {
    TraceView {
        steps: recording.len(),
        cut: recording.cut().map(|cut| {
            match cut {
                Cut::Steps => words::CUT_BY_STEPS,
                Cut::Bytes => words::CUT_BY_MEMORY,
                Cut::Cancelled => words::CUT_BY_CANCELLING,
            }
            .into()
        }),
        frames: recording.frames().take(FRAMES).map(frame).collect(),
        frames_total: recording.frame_count(),
        line: recording
            .line(PARTS)
            .into_iter()
            .map(|part| LinePart { step: part.step, gas: part.gas, depth: part.depth, frame: part.frame as usize })
            .collect(),
    }
}

fn frame(frame: &Frame) -> FrameView {
    let place = |step: Option<u32>| step.map(|step| step as usize);
    FrameView {
        parent: place(frame.parent),
        made_by: place(frame.made_by),
        depth: frame.depth,
        kind: frame.kind.name().into(),
        address: frame.address.map(|address| format!("{address:#x}")).unwrap_or_default(),
        code: frame.code_address.map(|address| format!("{address:#x}")).unwrap_or_default(),
        code_hash: frame.code_hash.map(|hash| format!("{hash:#x}")).unwrap_or_default(),
        caller: format!("{:#x}", frame.caller),
        value: frame.value.to_string(),
        input_len: frame.input_len,
        selector: if frame.selector.len() == 4 { encode_prefixed(&frame.selector) } else { String::new() },
        gas: frame.gas,
        gas_used: frame.gas_used,
        first: frame.first as usize,
        end: frame.end as usize,
        ended: frame.ended.map(|status| status as u8),
        output_len: frame.output_len,
    }
}

fn step(step: RecordedStep) -> TraceStep {
    TraceStep {
        pc: step.pc,
        op: step.op,
        gas: step.gas,
        cost: step.cost,
        depth: step.depth,
        failed: step.failed,
        pushed: step.pushed.map(|word| format!("{word:#x}")),
    }
}

fn answer(recording: &Recording, ask: TraceAsk) -> TraceAnswer {
    match ask {
        TraceAsk::Steps { from, count } => {
            let until = from.saturating_add(count.min(STEPS)).min(recording.len());
            TraceAnswer::Steps { from, steps: (from..until).filter_map(|at| recording.step(at)).map(step).collect() }
        }
        TraceAsk::Look { step, row } => at(recording, step, row).unwrap_or(TraceAnswer::Nowhere(None)),
        TraceAsk::Walk { step, way } => {
            let walk = match way {
                WalkView::Over => Walk::Over,
                WalkView::BackOver => Walk::BackOver,
                WalkView::Out => Walk::Out,
                WalkView::To(pc) => Walk::To(pc),
            };
            let there = recording.walk(step, walk);
            there.and_then(|there| at(recording, there, 0)).unwrap_or(TraceAnswer::Nowhere(Some(way)))
        }
    }
}

fn log(log: &RecordedLog) -> StepLog {
    StepLog {
        log: LogView {
            address: format!("{:#x}", log.address),
            topics: log.topics.iter().map(ToString::to_string).collect(),
            data: hex_view(&log.data),
            event: None,
        },
        kept: log.kept.map(|place| place as usize),
    }
}

/// What holds at a step, with a window of memory from a row on; where that lies past the end, from the last rows.
fn at(recording: &Recording, index: usize, row: usize) -> Option<TraceAnswer> {
    let now = recording.step(index)?;
    let state = recording.state(index)?;
    let slots = recording.slots(index);
    let slots_total = slots.len();
    // What was touched last is shown where not all is.
    let mut touched: Vec<u32> = slots.iter().map(|slot| slot.touched).collect();
    touched.sort_unstable_by(|a, b| b.cmp(a));
    let since = touched.get(ENTRIES.saturating_sub(1)).copied().unwrap_or(0);
    let slots = slots.into_iter().filter(|slot| slot.touched >= since).take(ENTRIES);
    let logs: Vec<&RecordedLog> = recording.logs(index).collect();
    let height = state.stack.len();
    let memory = state.memory.len() / 32;
    let first = row.min(memory.saturating_sub(ROWS / 2));
    let rows = state.memory.chunks(32).skip(first).take(ROWS);
    let changed = state.memory_changed.clone();
    let before = index.checked_sub(1);
    Some(TraceAnswer::At(Box::new(StepView {
        step: index,
        now: step(now),
        refund: now.refund,
        frame: now.frame,
        facts: frame(state.frame),
        stack: state.stack.iter().rev().map(|item| format!("{item:#x}")).collect(),
        stack_changed: state.stack_changed.iter().map(|place| height - 1 - place).collect(),
        memory,
        row: first,
        rows: rows.map(lanevm_core::alloy_primitives::hex::encode).collect(),
        memory_changed: (changed.start / 32, changed.end.div_ceil(32)),
        written_at: (!changed.is_empty()).then_some(changed.start),
        slots: slots
            .map(|slot| SlotView {
                slot: format!("{:#x}", slot.slot),
                transient: slot.transient,
                value: format!("{:#x}", slot.value),
                original: format!("{:#x}", slot.original),
                written: slot.written,
                touched: before == Some(slot.touched as usize),
            })
            .collect(),
        slots_total,
        returned: hex_view(&state.return_data),
        logs_total: logs.len(),
        logs: logs.into_iter().rev().take(ENTRIES).rev().map(log).collect(),
    })))
}
