//! What the page is shown of a batch's outcomes: summary, rows, a lane. It reads outcomes; it runs nothing.

use lanevm_core::{
    Batch, Class, EngineInfo, Executor, Generator, Outcomes, Reason, Template, U256,
    alloy_primitives::hex::encode_prefixed, template::Source,
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
    pub(super) batch: Batch,
    /// What it was made of.
    pub(super) template: Template,
    /// What came of it.
    pub(super) outcomes: Outcomes,
    /// Rows of the filter used last.
    filtered: Option<(u8, Vec<u32>)>,
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
fn meaning(output: &[u8]) -> Option<String> {
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
    pub(super) const fn new(run: u32, batch: Batch, template: Template, outcomes: Outcomes) -> Self {
        Self { run, batch, template, outcomes, filtered: None }
    }

    /// The summary, save for what only the run knows.
    pub(super) fn summary(&self) -> RunSummary {
        let found = self.outcomes.summary();
        let unfinished: u64 = found
            .by_status
            .iter()
            .filter(|(status, _)| status.class() == Class::Unfinished)
            .map(|(_, lanes)| lanes)
            .sum();
        let finished = found.count as u64 - unfinished;
        RunSummary {
            lanes: found.count,
            finished,
            statuses: found
                .by_status
                .iter()
                .map(|(status, lanes)| StatusCount { code: *status as u8, lanes: *lanes })
                .collect(),
            on_gpu: found.on_gpu,
            on_cpu: found.on_cpu.iter().map(|(reason, lanes)| (reason.label(), *lanes)).collect(),
            host_services: self.outcomes.host_services.iter().map(|(number, calls)| (*number, *calls)).collect(),
            escalated: self.outcomes.escalated.iter().map(|(reason, lanes)| (reason.label(), *lanes)).collect(),
            gas: found.gas_median.map(|median| [found.gas_min, median, found.gas_max]),
            gas_total: found.gas_total.to_string(),
            steps_total: found.steps_total.to_string(),
            inputs: self.inputs().into_iter().map(|(name, _)| name).collect(),
            contract: self.batch.calls.to.values()[0].map(|to| format!("{to:#x}")).unwrap_or_default(),
            ..RunSummary::default()
        }
    }

    /// What varies, with its generator.
    fn inputs(&self) -> Vec<(String, &Generator)> {
        let template = &self.template;
        let own = [("caller", &template.caller), ("value", &template.value), ("gas", &template.gas)];
        own.into_iter()
            .map(|(name, generator)| (name.to_owned(), generator))
            .chain(template.fields.iter().map(|field| (field.name.clone(), &field.generator)))
            .filter(|(_, generator)| !matches!(generator, Generator::Fixed(_)))
            .collect()
    }

    fn row(&self, lane: usize, inputs: &[Source]) -> Row {
        let outcomes = &self.outcomes;
        let output = outcomes.output(lane);
        let status = outcomes.status(lane);
        Row {
            lane,
            status: status as u8,
            gas: outcomes.gas_used(lane).to_string(),
            steps: outcomes.steps(lane).to_string(),
            output: encode_prefixed(&output[..output.len().min(32)]),
            output_len: output.len(),
            meaning: (status.class() == Class::Revert).then(|| meaning(output)).flatten(),
            inputs: inputs.iter().map(|source| decimal(source.value(lane as u32))).collect(),
            on_gpu: outcomes.executor(lane) == Executor::Gpu,
        }
    }

    /// What varies, ready to give values. The batch was made of the template, so that every generator is valid.
    fn sources(&self) -> Vec<Source> {
        self.inputs().into_iter().filter_map(|(name, generator)| self.template.source(&name, generator).ok()).collect()
    }

    /// A window of rows, and how many there are in all.
    pub(super) fn rows(&mut self, filter: Option<u8>, from: usize, count: usize) -> (usize, Vec<Row>) {
        if let Some(code) = filter
            && self.filtered.as_ref().is_none_or(|(known, _)| *known != code)
        {
            let statuses = self.outcomes.statuses().iter().enumerate();
            let rows = statuses.filter(|(_, status)| **status as u8 == code).map(|(row, _)| row as u32).collect();
            self.filtered = Some((code, rows));
        }
        let inputs = self.sources();
        match (&self.filtered, filter) {
            (Some((_, rows)), Some(_)) => {
                let window = rows.iter().skip(from).take(count);
                (rows.len(), window.map(|row| self.row(*row as usize, &inputs)).collect())
            }
            _ => {
                let end = from.saturating_add(count).min(self.outcomes.len());
                (self.outcomes.len(), (from..end).map(|row| self.row(row, &inputs)).collect())
            }
        }
    }

    /// All of a lane; `None` where there is no such lane.
    pub(super) fn lane(&self, lane: usize) -> Option<LaneView> {
        if lane >= self.outcomes.len() {
            return None;
        }
        let outcomes = &self.outcomes;
        let call = self.batch.call(lane);
        let logs = outcomes.logs(lane);
        let changes = self.changes(lane);
        Some(LaneView {
            row: self.row(lane, &self.sources()),
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

    fn changes(&self, lane: usize) -> Vec<ChangeView> {
        let world = self.batch.call(lane).world;
        let mut views = Vec::new();
        for (address, change) in self.outcomes.changes(lane) {
            let held = self.batch.account(world, &address);
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
                let before = self.batch.storage(world, &address, slot).unwrap_or_default();
                view(hex_word(*slot), decimal(before), decimal(*after));
            }
        }
        views
    }
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
