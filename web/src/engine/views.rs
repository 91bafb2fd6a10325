//! What the page is shown of a batch's outcomes: summary, rows, a lane. It reads outcomes; it runs nothing.

use lanevm_core::{
    Batch, CallData, Calls, Class, Column, Document, EngineInfo, Executor, Outcomes, Prepared, Reason, U256,
    alloy_primitives::hex::encode_prefixed, document::Calldata, lane_columns::Input as Place,
};

use crate::{
    form::decimal,
    protocol::{Adapter, ChangeView, HexView, LaneView, LogView, Row, RunSummary, StatusCount},
};

/// Most bytes of a lane's data shown.
const BYTES: usize = 16 << 10;

/// Most logs, and most state changes, shown of a lane.
const ENTRIES: usize = 500;

/// A finished run.
pub(super) struct Results {
    /// The page's number of it.
    pub(super) run: u32,
    /// What was run.
    pub(super) prepared: Prepared,
    /// What came of each step.
    pub(super) outcomes: Vec<Outcomes>,
    /// What varies in each step.
    inputs: Vec<Vec<Input>>,
    /// Rows of the filter used last.
    filtered: Option<(usize, u8, Vec<u32>)>,
}

/// Something that varies from lane to lane.
struct Input {
    name: String,
    what: Varies,
}

enum Varies {
    Caller,
    To,
    Value,
    Gas,
    /// Bytes of the call data.
    Data {
        offset: usize,
        width: usize,
    },
}

/// What varies in the calls of a step.
fn varying(document: &Document, step: usize, calls: &Calls) -> Vec<Input> {
    fn varies<T>(column: &Column<T>) -> bool {
        !matches!(column, Column::All(_))
    }
    let own = [
        ("caller", varies(&calls.caller), Varies::Caller),
        ("to", varies(&calls.to), Varies::To),
        ("value", varies(&calls.value), Varies::Value),
        ("gas", varies(&calls.gas), Varies::Gas),
    ];
    let mut inputs: Vec<Input> = own
        .into_iter()
        .filter(|(_, varies, _)| *varies)
        .map(|(name, _, what)| Input { name: name.into(), what })
        .collect();
    if let Some(Calldata::Bytes(bytes)) = document.steps.get(step).map(|step| &step.calldata) {
        for field in bytes.fields.iter().filter(|field| !field.value.is_fixed()) {
            let name = field.name.clone().unwrap_or_else(|| format!("byte {}", field.offset));
            inputs.push(Input { name, what: Varies::Data { offset: field.offset, width: field.width } });
        }
    }
    inputs
}

impl Input {
    /// The value in a lane, as the form would write it.
    fn value(&self, calls: &Calls, lane: usize) -> String {
        match self.what {
            Varies::Caller => format!("{:#x}", *calls.caller.get(lane)),
            Varies::To => calls.to.get(lane).map(|to| format!("{to:#x}")).unwrap_or_default(),
            Varies::Value => decimal(*calls.value.get(lane)),
            Varies::Gas => calls.gas.get(lane).to_string(),
            Varies::Data { offset, width } => {
                let data = CallData::get(&calls.data, lane);
                data.get(offset..offset + width).map_or_else(String::new, |bytes| decimal(U256::from_be_slice(bytes)))
            }
        }
    }
}

/// An adapter as the page shows it, under the browser's name for it where it has one.
pub(super) fn adapter(info: EngineInfo, name: Option<String>) -> Adapter {
    let mut details = info.details;
    details.insert(0, ("backend".into(), info.backend));
    Adapter { name: name.unwrap_or(info.adapter), software: info.software, details }
}

fn hex_view(bytes: &[u8]) -> HexView {
    HexView { hex: encode_prefixed(&bytes[..bytes.len().min(BYTES)]), len: bytes.len() }
}

fn hex_word(value: U256) -> String {
    format!("{value:#x}")
}

/// What revert data says, where it is one of Solidity's two forms.
pub(super) fn meaning(output: &[u8]) -> Option<String> {
    let (selector, rest) = output.split_at_checked(4)?;
    match selector {
        [0x4e, 0x48, 0x7b, 0x71] if rest.len() == 32 => {
            let code = U256::from_be_slice(rest);
            let text = match u64::try_from(code) {
                Ok(0x01) => "assertion",
                Ok(0x11) => "overflow",
                Ok(0x12) => "division by zero",
                Ok(0x21) => "no such enum value",
                Ok(0x31) => "pop of an empty array",
                Ok(0x32) => "index out of bounds",
                Ok(0x41) => "too much memory",
                _ => "other",
            };
            Some(format!("Panic({code:#04x}): {text}"))
        }
        [0x08, 0xc3, 0x79, 0xa0] => {
            let len = usize::try_from(U256::try_from_be_slice(rest.get(32..64)?)?).ok()?;
            let text = rest.get(64..64_usize.checked_add(len)?)?;
            Some(String::from_utf8_lossy(&text[..len.min(200)]).into_owned())
        }
        _ => None,
    }
}

impl Results {
    /// A run's results.
    pub(super) fn new(run: u32, document: &Document, prepared: Prepared, outcomes: Vec<Outcomes>) -> Self {
        let inputs = (0..prepared.steps()).map(|step| varying(document, step, prepared.step(step))).collect();
        Self { run, prepared, outcomes, inputs, filtered: None }
    }

    /// The places in the call data of a step that vary, for files.
    pub(super) fn places(&self, step: usize) -> Vec<Place> {
        let inputs = self.inputs.get(step).into_iter().flatten();
        inputs
            .filter_map(|input| match input.what {
                Varies::Data { offset, width } if width <= 32 => {
                    Some(Place { name: input.name.clone(), offset, width, signed: false })
                }
                _ => None,
            })
            .collect()
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
            gas: found.gas_median.map(|median| [found.gas_min, median, found.gas_max]),
            gas_total: found.gas_total.to_string(),
            steps_total: found.steps_total.to_string(),
            inputs: self.inputs[last].iter().map(|input| input.name.clone()).collect(),
            contract: match &self.prepared.step(last).to {
                Column::All(Some(to)) => format!("{to:#x}"),
                _ => String::new(),
            },
            ..RunSummary::default()
        }
    }

    fn row(&self, step: usize, lane: usize) -> Row {
        let outcomes = &self.outcomes[step];
        let output = outcomes.output(lane);
        let status = outcomes.status(lane);
        let calls = self.prepared.step(step);
        Row {
            lane,
            status: status as u8,
            gas: outcomes.gas_used(lane).to_string(),
            steps: outcomes.steps(lane).to_string(),
            output: encode_prefixed(&output[..output.len().min(32)]),
            output_len: output.len(),
            meaning: (status.class() == Class::Revert).then(|| meaning(output)).flatten(),
            inputs: self.inputs[step].iter().map(|input| input.value(calls, lane)).collect(),
            on_gpu: outcomes.executor(lane) == Executor::Gpu,
        }
    }

    /// A window of rows, and how many there are in all.
    pub(super) fn rows(&mut self, step: usize, filter: Option<u8>, from: usize, count: usize) -> (usize, Vec<Row>) {
        let Some(outcomes) = self.outcomes.get(step) else { return (0, Vec::new()) };
        if let Some(code) = filter
            && self.filtered.as_ref().is_none_or(|(known, filter, _)| (*known, *filter) != (step, code))
        {
            let statuses = outcomes.statuses().iter().enumerate();
            let rows = statuses.filter(|(_, status)| **status as u8 == code).map(|(row, _)| row as u32).collect();
            self.filtered = Some((step, code, rows));
        }
        match (&self.filtered, filter) {
            (Some((.., rows)), Some(_)) => {
                let window = rows.iter().skip(from).take(count);
                (rows.len(), window.map(|row| self.row(step, *row as usize)).collect())
            }
            _ => {
                let end = from.saturating_add(count).min(outcomes.len());
                (outcomes.len(), (from..end).map(|row| self.row(step, row)).collect())
            }
        }
    }

    /// All of a lane at a step, of which `batch` is the call by itself; `None` where there is no such lane.
    pub(super) fn lane(&self, step: usize, lane: usize, batch: &Batch) -> Option<LaneView> {
        let outcomes = self.outcomes.get(step).filter(|outcomes| lane < outcomes.len())?;
        let call = batch.call(0);
        let logs = outcomes.logs(lane);
        let changes = changes(outcomes, lane, batch);
        Some(LaneView {
            row: self.row(step, lane),
            reason: Some(outcomes.reason(lane)).filter(|reason| *reason != Reason::None).map(Reason::label),
            refund: outcomes.refund(lane).to_string(),
            detail: outcomes.detail(lane).map(str::to_owned),
            caller: format!("{:#x}", call.caller),
            to: call.to.map(|to| format!("{to:#x}")).unwrap_or_default(),
            value: call.value.to_string(),
            gas_limit: call.gas.to_string(),
            data: hex_view(&call.data.bytes()),
            output: hex_view(outcomes.output(lane)),
            logs_total: logs.len(),
            logs: logs
                .iter()
                .take(ENTRIES)
                .map(|log| LogView {
                    address: format!("{:#x}", log.address),
                    topics: log.topics.iter().map(ToString::to_string).collect(),
                    data: hex_view(&log.data),
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
            view("account".into(), "there".into(), "removed".into());
        }
        if change.storage_cleared {
            view("storage".into(), "there".into(), "cleared".into());
        }
        if let Some(nonce) = change.nonce {
            view("nonce".into(), held.map_or(0, |held| held.nonce).to_string(), nonce.to_string());
        }
        if let Some(balance) = change.balance {
            view("balance".into(), held.map_or(U256::ZERO, |held| held.balance).to_string(), balance.to_string());
        }
        if let Some(code) = &change.code {
            view("code".into(), String::new(), format!("{} bytes", code.len()));
        }
        for (slot, after) in &change.storage {
            let before = batch.storage(world, &address, slot).unwrap_or_default();
            view(hex_word(*slot), decimal(before), decimal(*after));
        }
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverts_are_put_in_words() {
        let mut panic = vec![0x4e, 0x48, 0x7b, 0x71];
        panic.extend(U256::from(0x11).to_be_bytes::<32>());
        assert_eq!(meaning(&panic).as_deref(), Some("Panic(0x11): overflow"));
        let mut error = vec![0x08, 0xc3, 0x79, 0xa0];
        for word in [32, 2] {
            error.extend(U256::from(word).to_be_bytes::<32>());
        }
        error.extend(b"no");
        error.extend([0; 30]);
        assert_eq!(meaning(&error).as_deref(), Some("no"));
    }

    /// Whatever a contract reverts with, reading it ends.
    #[test]
    fn hostile_reverts_say_nothing() {
        for len in [0_usize, 3, 4, 36, 67, 68] {
            let mut error = vec![0x08, 0xc3, 0x79, 0xa0];
            error.resize(len.max(4), 0xff);
            assert_eq!(meaning(&error), None, "{len}");
        }
    }
}
