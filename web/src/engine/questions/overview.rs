//! Groups of lanes and the spread of their gas.

use std::collections::BTreeMap;

use lanevm_core::{
    Class, GasHistogram, Reason, Status, U256,
    abi::{Decoded, RevertKind},
    alloy_primitives::hex::encode_prefixed,
    lane_meaning::Meanings,
    query::{self, Kind, Value},
};

use super::{Asking, STRIDE};
use crate::{
    engine::{
        cells::{self, literal, printable},
        shown::Shown,
    },
    form::decimal,
    protocol::{ColumnView, Group, Overview},
    words::engine as words,
};

/// Groups that are named; the others are counted.
const NAMED: usize = 50;

/// Bars of the gas histogram where they are all of one width.
const BARS: u64 = 60;

/// Bytes of return data that are read into words.
const READ: usize = 16 << 10;

/// Lanes by bytes: how many, and one of them.
type Counts<'a> = BTreeMap<&'a [u8], (u64, usize)>;

/// The overview; `None` where it is void.
pub(super) async fn overview(asking: &mut Asking, results: &Shown, step: usize) -> Option<Overview> {
    let outcomes = &results.outcomes[step];
    let meanings = results.meanings(step);
    let lanes = outcomes.len();
    let (mut reverts, mut returns) = (Counts::new(), Counts::new());
    for first in (0..lanes).step_by(STRIDE) {
        for lane in first..(first + STRIDE).min(lanes) {
            let counts = match outcomes.status(lane) {
                Status::Revert => &mut reverts,
                status if status.class() == Class::Success => &mut returns,
                _ => continue,
            };
            counts.entry(outcomes.output(lane)).or_insert((0, lane)).0 += 1;
        }
        if !asking.goes_on().await {
            return None;
        }
    }
    let (reasons, other_reasons) = top(reasons(meanings, &reverts));
    // A million values are not put into words: only those that are shown.
    let mut most: Vec<(&[u8], u64, usize)> =
        returns.iter().map(|(data, (lanes, first))| (*data, *lanes, *first)).collect();
    most.sort_by_key(|(_, lanes, first)| (std::cmp::Reverse(*lanes), *first));
    let named = most.len().min(NAMED);
    let values = most[..named].iter().map(|(data, lanes, _)| value(meanings, data, *lanes)).collect();
    let other_values = (most[named..].iter().map(|(_, lanes, _)| lanes).sum(), (most.len() - named) as u64);
    if !asking.goes_on().await {
        return None;
    }
    let summary = outcomes.summary();
    let statuses = summary.by_status.iter().map(|(status, lanes)| Group {
        words: status.name().replace('_', " "),
        lanes: *lanes,
        filter: Some(format!("status == {}", status.name())),
        status: Some(*status as u8),
    });
    let statuses = statuses.collect();
    let mut answered = Vec::new();
    if summary.on_gpu > 0 {
        let filter = Some("executed_on == gpu".to_owned());
        answered.push(Group { words: words::BY_GPU.into(), lanes: summary.on_gpu, filter, status: None });
    }
    let alone = summary.on_cpu.len() == 1;
    for (reason, lanes) in &summary.on_cpu {
        let words = match reason {
            Reason::None => words::BY_CPU.to_owned(),
            reason => words::by_cpu(reason.label()),
        };
        let filter = alone.then(|| "executed_on == cpu".to_owned());
        answered.push(Group { words, lanes: *lanes, filter, status: None });
    }
    Some(Overview {
        columns: columns(results, step),
        lanes,
        statuses,
        reasons,
        other_reasons,
        values,
        other_values,
        answered,
        gas: gas(asking, results, step, &summary.gas_histogram).await?,
        function: meanings.function().map(|function| printable(&function.signature())),
    })
}

/// The largest groups, and lanes and number of the others.
fn top(mut groups: Vec<Group>) -> (Vec<Group>, (u64, u64)) {
    groups.sort_by(|a, b| b.lanes.cmp(&a.lanes).then_with(|| a.words.cmp(&b.words)));
    let rest = groups.split_off(groups.len().min(NAMED));
    (groups, (rest.iter().map(|group| group.lanes).sum(), rest.len() as u64))
}

/// Reverts by what they say: a text, a panic's code, or the name of an error.
fn reasons(meanings: &Meanings, reverts: &Counts<'_>) -> Vec<Group> {
    use lanevm_core::lane_columns::Decode;
    let mut named: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut groups = Vec::new();
    for (data, (lanes, _)) in reverts {
        // An error with arguments is one group, whatever they are.
        if let Some(error) = meanings.error(data).filter(|error| !matches!(*error, "Error" | "Panic")) {
            let filter = literal(Value::Text(error)).map(|text| format!("error == {text}"));
            let group = named.entry(printable(error)).or_insert_with(|| (0, filter.unwrap_or_default()));
            group.0 += lanes;
            continue;
        }
        if groups.len() > 10_000 {
            // More texts than anyone reads; each of them is still counted.
            groups.push(Group { words: String::new(), lanes: *lanes, filter: None, status: None });
            continue;
        }
        let revert = meanings.revert(&data[..data.len().min(READ)]);
        let words = match &revert.kind {
            RevertKind::Error { text } => format!("“{}”", printable(text)),
            _ => printable(&revert.words),
        };
        let reason = meanings.reason(data).and_then(|reason| literal(Value::Text(reason)));
        let filter = match (&revert.kind, reason) {
            (RevertKind::Error { .. } | RevertKind::Panic { .. }, Some(reason)) => Some(format!("reason == {reason}")),
            _ => literal(Value::Bytes(data)).map(|data| format!("status == revert and ret == {data}")),
        };
        groups.push(Group { words, lanes: *lanes, filter, status: None });
    }
    let named = named.into_iter().map(|(words, (lanes, filter))| {
        let filter = Some(filter).filter(|filter| !filter.is_empty());
        Group { words, lanes, filter, status: None }
    });
    groups.extend(named);
    groups
}

/// Calls that succeeded with one return value.
fn value(meanings: &Meanings, data: &[u8], lanes: u64) -> Group {
    let decoded = meanings.result(&data[..data.len().min(READ)]);
    let words = match decoded.as_ref().and_then(Decoded::values) {
        Some(fields) if !fields.is_empty() => {
            let fields = cells::fields(fields).into_iter();
            let each =
                fields.map(|(name, value)| if name.starts_with('[') { value } else { format!("{name} {value}") });
            printable(&each.collect::<Vec<_>>().join(", "))
        }
        _ if data.is_empty() => words::NOTHING.into(),
        _ if data.len() == 32 => decimal(U256::from_be_slice(data)),
        _ => words::bytes_and_data(data.len(), printable(&encode_prefixed(&data[..data.len().min(64)]))),
    };
    let filter = literal(Value::Bytes(data)).map(|data| format!("status == success and ret == {data}"));
    Group { words, lanes, filter, status: None }
}

/// Columns that can be shown and compared.
fn columns(results: &Shown, step: usize) -> Vec<ColumnView> {
    let meanings = results.meanings(step);
    let mut returned = meanings.returned_columns();
    if meanings.function().is_none() {
        returned.push("ret[0]".into());
    }
    let inputs = results.varying(step);
    let own = ["gas", "steps", "refund", "status", "reason", "error", "executed_on", "lane", "logs", "ret"];
    let known = results.inputs(step);
    let arguments = meanings.argument_columns().into_iter();
    let arguments = arguments.filter(|(_, offset)| !known.iter().any(|input| input.offset == *offset));
    let arguments = arguments.map(|(name, _)| name);
    let compared = ["differs", "gas_delta", "other.status", "other.gas", "other.ret"];
    // Own columns are named as they are: by their name, or by all their text.
    let mine =
        results.own().iter().map(|text| query::own_name(text).map_or(text.as_str(), |(name, _)| name).to_owned());
    let own = own.into_iter().chain(compared).map(str::to_owned);
    let each = inputs.iter().cloned().chain(returned).chain(mine).chain(arguments).chain(own);
    let mut columns = results.columns(step);
    let each = each.filter_map(|text| {
        let column = columns.column(&text).ok()?;
        let input = inputs.contains(&text);
        Some(ColumnView { number: column.kind == Kind::Number, input, text })
    });
    each.collect()
}

/// Bars of gas: of one width where the spread is small, else of widths that grow with it.
async fn gas(asking: &mut Asking, results: &Shown, step: usize, bins: &GasHistogram) -> Option<Vec<(u64, u64, u64)>> {
    let outcomes = &results.outcomes[step];
    let ended = |lane: usize| outcomes.status(lane).class() != Class::Unfinished;
    let (mut least, mut most) = (u64::MAX, 0);
    for lane in (0..outcomes.len()).filter(|lane| ended(*lane)) {
        let gas = outcomes.gas_used(lane);
        (least, most) = (least.min(gas), most.max(gas));
    }
    if least > most {
        return Some(Vec::new());
    }
    if most / 16 > least {
        let found: BTreeMap<u16, u64> = bins.bins().map(|(gas, lanes)| (GasHistogram::bin(gas), lanes)).collect();
        let (first, last) = (GasHistogram::bin(least), GasHistogram::bin(most));
        let end = |bin: u16| GasHistogram::least(bin + 1).saturating_sub(1);
        let bar = |bin| (GasHistogram::least(bin), end(bin), found.get(&bin).copied().unwrap_or(0));
        return Some((first..=last).map(bar).collect());
    }
    let width = (most - least) / BARS + 1;
    let mut counts = vec![0_u64; ((most - least) / width + 1) as usize];
    for first in (0..outcomes.len()).step_by(STRIDE) {
        for lane in (first..(first + STRIDE).min(outcomes.len())).filter(|lane| ended(*lane)) {
            counts[((outcomes.gas_used(lane) - least) / width) as usize] += 1;
        }
        if !asking.goes_on().await {
            return None;
        }
    }
    let bar = |(at, lanes): (usize, u64)| {
        let from = least + at as u64 * width;
        (from, from + width - 1, lanes)
    };
    Some(counts.into_iter().enumerate().map(bar).collect())
}
