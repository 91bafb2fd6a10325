//! What the page is shown of a batch's outcomes: summary, rows, a lane. It reads outcomes; it runs nothing.

use std::{cell::OnceCell, ops::Range};

use lanevm_core::{
    Batch, Calls, Class, Column, Document, EngineInfo, Executor, Outcomes, Prepared, Reason, Status, U256,
    abi::{Decoded, RevertKind},
    alloy_primitives::hex::encode_prefixed,
    document::Mode,
    lane_columns::{Input, LaneColumns},
    lane_meaning::Meanings,
    query::{self, Columns, Terms},
    verdict::Expected,
};

use super::cells::{self, cell, printable};
use crate::{
    form::{decimal, expected},
    protocol::{Adapter, ChangeView, HexView, LaneView, LogView, Plane, Row, RunSummary, StatusCount},
    words::engine as words,
};

/// Most bytes of a lane's data shown.
const BYTES: usize = 16 << 10;

/// Most logs, and most state changes, shown of a lane.
const ENTRIES: usize = 500;

/// A finished run. It does not change.
pub(super) struct Results {
    /// The page's number of it.
    pub(super) run: u32,
    /// What was run.
    pub(super) prepared: Prepared,
    /// What came of each step.
    pub(super) outcomes: Vec<Outcomes>,
    /// What a state test expects of each lane.
    pub(super) expected: Option<Vec<Expected>>,
    steps: Vec<StepFacts>,
    sequence: bool,
    plane: Option<(usize, usize, [String; 2])>,
}

/// What is known of a step beside its outcomes.
struct StepFacts {
    /// The step by itself, where it is not the first.
    batch: OnceCell<Batch>,
    meanings: Meanings,
    inputs: Vec<Input>,
    /// Columns that vary, as the filter language writes them.
    varying: Vec<String>,
}

impl StepFacts {
    fn new(document: &Document, step: usize, calls: &Calls) -> Self {
        fn varies<T>(column: &Column<T>) -> bool {
            !matches!(column, Column::All(_))
        }
        let own = [
            ("caller", varies(&calls.caller)),
            ("to", varies(&calls.to)),
            ("value", varies(&calls.value)),
            ("gas_limit", varies(&calls.gas)),
        ];
        let meanings = Meanings::of(document, step, calls);
        let inputs = meanings.inputs(document, step, calls);
        let own = own.into_iter().filter(|(_, varies)| *varies).map(|(name, _)| name.to_owned());
        let varying = own.chain(inputs.iter().map(|input| input.name.clone())).collect();
        Self { batch: OnceCell::new(), meanings, inputs, varying }
    }
}

/// An adapter as the page shows it, under the browser's name for it where it has one.
pub(super) fn adapter(info: EngineInfo, name: Option<String>) -> Adapter {
    let mut details = info.details;
    details.insert(0, (words::BACKEND.into(), info.backend));
    Adapter { name: name.unwrap_or(info.adapter), software: info.software, details }
}

/// The first bytes of some, as hex.
pub(super) fn hex_view(bytes: &[u8]) -> HexView {
    HexView { hex: encode_prefixed(&bytes[..bytes.len().min(BYTES)]), len: bytes.len() }
}

fn hex_word(value: U256) -> String {
    format!("{value:#x}")
}

/// The points to the right of the plane that a document's lanes fill; nothing where they fill none.
pub(super) fn plane_columns(document: &Document, lanes: usize) -> Option<usize> {
    match document.axes.as_slice() {
        [y, x] if x.len > 1 && y.len > 1 && x.len.checked_mul(y.len) == Some(lanes) => Some(x.len),
        _ => None,
    }
}

impl Results {
    /// A run's results.
    pub(super) fn new(run: u32, document: &Document, prepared: Prepared, outcomes: Vec<Outcomes>) -> Self {
        let steps = (0..prepared.steps()).map(|step| StepFacts::new(document, step, prepared.step(step))).collect();
        let sequence = document.mode == Mode::Sequence;
        let lanes = outcomes.first().map_or(0, Outcomes::len);
        let plane = match (plane_columns(document, lanes), document.axes.as_slice()) {
            (Some(_), [y, x]) => Some((x.len, y.len, [printable(&x.name), printable(&y.name)])),
            _ => None,
        };
        Self { run, prepared, outcomes, expected: expected::of(document), steps, sequence, plane }
    }

    /// A step's calls by themselves.
    fn batch(&self, step: usize) -> &Batch {
        match step {
            0 => &self.prepared.batch,
            _ => self.steps[step].batch.get_or_init(|| self.prepared.batch_of(step)),
        }
    }

    /// What the data of a step mean.
    pub(super) fn meanings(&self, step: usize) -> &Meanings {
        &self.steps[step].meanings
    }

    /// What varies in a step, as the filter language writes it.
    pub(super) fn varying(&self, step: usize) -> &[String] {
        &self.steps[step].varying
    }

    /// The columns of a step's lanes.
    pub(super) fn columns(&self, step: usize) -> LaneColumns<'_> {
        let StepFacts { meanings, inputs, .. } = &self.steps[step];
        let columns = LaneColumns::new(self.batch(step), &self.outcomes[step], inputs.clone(), Some(meanings));
        if self.sequence { columns.after(&self.outcomes[..step]) } else { columns }
    }

    /// The plane that lanes fill, with the first and the last value of what goes along each side.
    fn plane(&self) -> Option<Plane> {
        let (width, height, names) = self.plane.as_ref()?;
        let mut columns = self.columns(0);
        let found = self.steps[0].varying.iter().filter_map(|name| query::column(name, &mut columns).ok());
        let found: Vec<query::Column> = found.collect();
        let cell_of = |column: &query::Column, lane: usize| cell(columns.value(lane, column.id), column.kind);
        // What goes along a side differs at its end, and not at the other's.
        let side = |name: &String, last: usize, other: usize| {
            let along = found.iter().find(|column| {
                let begin = cell_of(column, 0);
                begin != cell_of(column, last) && begin == cell_of(column, other)
            });
            let value = |lane| along.and_then(|column| cell_of(column, lane)).unwrap_or_default();
            [name.clone(), value(0), value(last)]
        };
        let (right, down) = (width - 1, (height - 1) * width);
        Some(Plane { columns: *width, rows: *height, x: side(&names[0], right, down), y: side(&names[1], down, right) })
    }

    /// The inputs that vary in a step, by the names they have as columns.
    pub(super) fn inputs(&self, step: usize) -> &[Input] {
        &self.steps[step].inputs
    }

    /// The last step.
    const fn last(&self) -> usize {
        self.prepared.steps() - 1
    }

    /// The summary, save for what only the run knows.
    pub(super) fn summary(&self) -> RunSummary {
        let last = self.last();
        let outcomes = &self.outcomes[last];
        let found = outcomes.summary();
        let unfinished: u64 = found
            .by_status
            .iter()
            .filter(|(status, _)| status.class() == Class::Unfinished)
            .map(|(_, lanes)| lanes)
            .sum();
        let finished = found.count as u64 - unfinished;
        RunSummary {
            lanes: found.count,
            steps: self.outcomes.len(),
            finished,
            statuses: found
                .by_status
                .iter()
                .map(|(status, lanes)| StatusCount { code: *status as u8, lanes: *lanes })
                .collect(),
            on_gpu: found.on_gpu,
            on_cpu: found.on_cpu.iter().map(|(reason, lanes)| (reason.label(), *lanes)).collect(),
            host_services: outcomes.host_services.iter().map(|(number, calls)| (*number, *calls)).collect(),
            escalated: outcomes.escalated.iter().map(|(reason, lanes)| (reason.label(), *lanes)).collect(),
            ways: outcomes.ways,
            gas: found.gas_median.map(|median| [found.gas_min, median, found.gas_max]),
            gas_total: found.gas_total.to_string(),
            steps_total: found.steps_total.to_string(),
            inputs: self.steps.iter().map(|step| step.varying.clone()).collect(),
            plane: self.plane(),
            contract: match &self.prepared.step(last).to {
                Column::All(Some(to)) => format!("{to:#x}"),
                _ => String::new(),
            },
            expects: self.expected.is_some(),
            ..RunSummary::default()
        }
    }

    fn row(&self, step: usize, lane: usize) -> Row {
        let outcomes = &self.outcomes[step];
        let output = outcomes.output(lane);
        let status = outcomes.status(lane);
        Row {
            lane,
            status: status as u8,
            gas: outcomes.gas_used(lane).to_string(),
            steps: outcomes.steps(lane).to_string(),
            output: encode_prefixed(&output[..output.len().min(32)]),
            output_len: output.len(),
            meaning: (status == Status::Revert)
                .then(|| printable(&self.steps[step].meanings.revert(&output[..output.len().min(BYTES)]).words)),
            cells: Vec::new(),
            on_gpu: outcomes.executor(lane) == Executor::Gpu,
        }
    }

    /// A window of rows, with these columns: those of `rows`, or all in order. Columns that there are not are named, with why.
    pub(super) fn rows(
        &self,
        step: usize,
        rows: Option<&[u32]>,
        window: Range<usize>,
        wanted: &[String],
        columns: &mut Terms<LaneColumns<'_>>,
    ) -> (Vec<Row>, Vec<(String, String)>) {
        let Some(outcomes) = self.outcomes.get(step) else { return Default::default() };
        let mut refused = Vec::new();
        let mut find = |text: &String| match columns.column(text) {
            Ok(column) => Some(column),
            Err(error) => {
                refused.push((text.clone(), error.kind.to_string()));
                None
            }
        };
        let found: Vec<_> = wanted.iter().map(&mut find).collect();
        let total = rows.map_or(outcomes.len(), <[u32]>::len);
        let window = window.start.min(total)..window.end.min(total);
        let row = |at: usize| {
            let lane = rows.map_or(at, |rows| rows[at] as usize);
            let cells = found.iter().map(|column| {
                let column = column.as_ref()?;
                cell(columns.value(lane, column.id), column.kind)
            });
            Row { cells: cells.collect(), ..self.row(step, lane) }
        };
        (window.map(row).collect(), refused)
    }

    /// All of a lane at a step, of which `batch` is the call by itself; `None` where there is no such lane.
    pub(super) fn lane(&self, step: usize, lane: usize, batch: &Batch) -> Option<LaneView> {
        let outcomes = self.outcomes.get(step).filter(|outcomes| lane < outcomes.len())?;
        let call = batch.call(0);
        let logs = outcomes.logs(lane);
        let changes = changes(outcomes, lane, batch);
        let StepFacts { meanings, .. } = &self.steps[step];
        let output = outcomes.output(lane);
        let succeeded = outcomes.status(lane).class() == Class::Success;
        let result = if succeeded { meanings.result(output) } else { None };
        let error = match (outcomes.status(lane), meanings.revert(output).kind) {
            (Status::Revert, RevertKind::Custom { fields, .. }) => fields,
            _ => Vec::new(),
        };
        let data = call.data.bytes();
        let arguments = meanings.function().map(|function| function.decode_inputs(&data));
        Some(LaneView {
            row: self.row(step, lane),
            reason: Some(outcomes.reason(lane)).filter(|reason| *reason != Reason::None).map(Reason::label),
            refund: outcomes.refund(lane).to_string(),
            detail: outcomes.detail(lane).map(printable),
            caller: format!("{:#x}", call.caller),
            to: call.to.map(|to| format!("{to:#x}")).unwrap_or_default(),
            value: call.value.to_string(),
            gas_limit: call.gas.to_string(),
            data: hex_view(&data),
            output: hex_view(output),
            returned: cells::fields(result.as_ref().and_then(Decoded::values).unwrap_or(&error)),
            arguments: cells::fields(arguments.as_ref().and_then(Decoded::values).unwrap_or_default()),
            function: meanings.function().map(|function| printable(&function.signature())),
            logs_total: logs.len(),
            logs: logs
                .iter()
                .take(ENTRIES)
                .map(|log| LogView {
                    address: format!("{:#x}", log.address),
                    topics: log.topics.iter().map(ToString::to_string).collect(),
                    data: hex_view(&log.data),
                    event: meanings.log(&log.topics, &log.data).map(|event| {
                        (printable(&event.signature), cells::fields(event.inputs.values().unwrap_or_default()))
                    }),
                })
                .collect(),
            changes_total: changes.len(),
            changes: changes.into_iter().take(ENTRIES).collect(),
        })
    }

    /// Whether there is such a lane.
    pub(super) fn has(&self, step: usize, lane: usize) -> bool {
        self.outcomes.get(step).is_some_and(|outcomes| lane < outcomes.len())
    }
}

fn changes(outcomes: &Outcomes, lane: usize, batch: &Batch) -> Vec<ChangeView> {
    let world = batch.call(0).world;
    let mut views = Vec::new();
    for (address, change) in outcomes.changes(lane) {
        let held = batch.account(world, &address);
        let mut view = |what: String, before: String, after: String| {
            views.push(ChangeView { address: format!("{address:#x}"), what, before, after });
        };
        if change.removed {
            view(words::ACCOUNT.into(), words::THERE.into(), words::REMOVED.into());
        }
        if change.storage_cleared {
            view(words::STORAGE.into(), words::THERE.into(), words::CLEARED.into());
        }
        if let Some(nonce) = change.nonce {
            view(words::NONCE.into(), held.map_or(0, |held| held.nonce).to_string(), nonce.to_string());
        }
        if let Some(balance) = change.balance {
            view(words::BALANCE.into(), held.map_or(U256::ZERO, |held| held.balance).to_string(), balance.to_string());
        }
        if let Some(code) = &change.code {
            view(words::CODE.into(), String::new(), words::bytes(code.len()));
        }
        for (slot, after) in &change.storage {
            let before = batch.storage(world, &address, slot).unwrap_or_default();
            view(hex_word(*slot), decimal(before), decimal(*after));
        }
    }
    views
}
