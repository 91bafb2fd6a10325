//! Outcomes as the front takes them: typed arrays for columns, one copy out of wasm memory each, and plain objects for
//! what is small. Rows are decoded there, when they are asked for.

use std::{collections::HashMap, hash::Hash};

use js_sys::{BigInt64Array, BigUint64Array, Object, Reflect, Uint8Array, Uint32Array};
use lanevm_core::{Executor, Keep, Outcomes, Reason, Status, case::exception};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::{
    fault::{Fault, Kind},
    kept::Kept,
};

/// Most different reverts that are put into words; of others the front says how long they are, and [`Kept::decoded`] tells.
const MOST_REVERTS: usize = 1 << 16;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryRow {
    count: u32,
    by_status: Vec<(&'static str, u64)>,
    on_gpu: u64,
    on_cpu: Vec<(String, u64)>,
    host_services: Vec<(u16, u64)>,
    escalated: Vec<(String, u64)>,
    compiled: u64,
    compiled_wrong: u64,
    gas_min: u64,
    gas_median: u64,
    gas_max: u64,
    gas_total: String,
    steps_total: String,
}

/// Serialises with 64-bit numbers as bigints.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Fault> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_large_number_types_as_bigints(true);
    Ok(value.serialize(&serializer)?)
}

fn set(object: &Object, key: &str, value: impl Into<JsValue>) {
    // Setting a property of a fresh plain object cannot fail.
    let _ = Reflect::set(object, &key.into(), &value.into());
}

fn bytes(rows: usize, row: impl Fn(usize) -> u8) -> Uint8Array {
    Uint8Array::from((0..rows).map(row).collect::<Vec<_>>().as_slice())
}

/// A column of byte strings, packed in row order.
fn byte_column<'a>(rows: usize, row: impl Fn(usize) -> &'a [u8]) -> Result<Object, Fault> {
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut total: u32 = 0;
    offsets.push(total);
    for index in 0..rows {
        total = u32::try_from(row(index).len())
            .ok()
            .and_then(|len| total.checked_add(len))
            .ok_or_else(|| Fault::new(Kind::Batch, "The outcomes of one column are over 4 GiB; split the batch."))?;
        offsets.push(total);
    }
    // Written row by row into a JavaScript array, so that wasm memory need not hold the column twice.
    let packed = Uint8Array::new_with_length(total);
    let mut chunk = Vec::new();
    let mut at = 0;
    for index in 0..rows {
        chunk.extend_from_slice(row(index));
        if chunk.len() >= 1 << 20 || index + 1 == rows {
            let end = at + chunk.len() as u32;
            packed.subarray(at, end).copy_from(&chunk);
            at = end;
            chunk.clear();
        }
    }
    let object = Object::new();
    set(&object, "offsets", Uint32Array::from(offsets.as_slice()));
    set(&object, "bytes", packed);
    Ok(object)
}

fn summary(outcomes: &Outcomes) -> Result<JsValue, Fault> {
    let summary = outcomes.summary();
    to_js(&SummaryRow {
        count: summary.count as u32,
        by_status: summary.by_status.iter().map(|(status, count)| (status.name(), *count)).collect(),
        on_gpu: summary.on_gpu,
        on_cpu: summary.on_cpu.iter().map(|(reason, count)| (reason.label(), *count)).collect(),
        host_services: outcomes.host_services.iter().map(|(number, count)| (*number, *count)).collect(),
        escalated: outcomes.escalated.iter().map(|(reason, count)| (reason.label(), *count)).collect(),
        compiled: outcomes.ways,
        compiled_wrong: outcomes.wrong_ways,
        gas_min: summary.gas_min,
        gas_median: summary.gas_median.unwrap_or_default(),
        gas_max: summary.gas_max,
        gas_total: summary.gas_total.to_string(),
        steps_total: summary.steps_total.to_string(),
    })
}

/// What was kept, as the front names it.
const fn keep_name(keep: Keep) -> &'static str {
    match keep {
        Keep::Summary => "summary",
        Keep::Status => "status",
        Keep::Return => "return",
        Keep::All => "all",
    }
}

/// A text for each key that is different, at most `most`, and for each row the number of its own, from 1 on: 0 where it has none,
/// `past` where there were too many. The numbers are empty where no row has one.
fn numbered<K: Eq + Hash>(
    rows: usize,
    most: usize,
    past: u32,
    key: impl Fn(usize) -> Option<K>,
    text: impl Fn(usize) -> Option<String>,
) -> (Vec<String>, Vec<u32>) {
    let mut texts: Vec<String> = Vec::new();
    let mut known: HashMap<K, u32> = HashMap::new();
    let mut of: Vec<u32> = Vec::new();
    for row in 0..rows {
        let Some(key) = key(row) else { continue };
        let number = match known.get(&key) {
            Some(number) => *number,
            None if texts.len() == most => past,
            None => {
                let Some(text) = text(row) else { continue };
                texts.push(text);
                known.insert(key, texts.len() as u32);
                texts.len() as u32
            }
        };
        if of.is_empty() {
            of = vec![0; rows];
        }
        of[row] = number;
    }
    (texts, of)
}

/// Reverts in words.
fn reverts(kept: &Kept, step: usize, object: &Object) -> Result<(), Fault> {
    let outcomes = &kept.outcomes[step];
    let statuses = outcomes.statuses();
    let key = |row: usize| {
        let reverts = statuses[row] == Status::Revert;
        reverts.then(|| (kept.named.number(row), outcomes.output(row)))
    };
    let text = |row| Some(kept.revert(step, row).to_string());
    let (texts, of) = numbered(statuses.len(), MOST_REVERTS, 0, key, text);
    set(object, "revert", Uint32Array::from(of.as_slice()));
    set(object, "reverts", to_js(&texts)?);
    Ok(())
}

/// Most different results that are decoded; of others the front says how they can be had.
const MOST_RESULTS: usize = 1 << 16;

/// What calls of functions returned.
fn results(kept: &Kept, step: usize, object: &Object) -> Result<(), Fault> {
    let outcomes = &kept.outcomes[step];
    let key = |row: usize| kept.named.number(row).map(|number| (number, outcomes.output(row)));
    let (texts, of) = numbered(outcomes.len(), MOST_RESULTS, u32::MAX, key, |row| kept.result(step, row));
    set(object, "result", Uint32Array::from(of.as_slice()));
    set(object, "results", byte_column(texts.len(), |text| texts[text].as_bytes())?);
    Ok(())
}

#[derive(Serialize)]
struct ProgramCoverage {
    hash: String,
    size: u32,
    /// Where each begins, and lanes that entered it.
    blocks: Vec<(u32, u64)>,
    /// Where each stands, lanes that jumped, and lanes that fell through.
    branches: Vec<(u32, u64, u64)>,
}

fn coverage(kept: &Kept, step: usize) -> Result<JsValue, Fault> {
    let batch = &kept.prepared.batch;
    if !batch.observe.coverage {
        return Ok(JsValue::UNDEFINED);
    }
    let found = &kept.outcomes[step].coverage;
    let programs = batch.programs.iter().map(|program| ProgramCoverage {
        hash: format!("{:#x}", program.hash()),
        size: program.code().len() as u32,
        blocks: found.blocks(program).into_iter().map(|block| (block.pc, block.lanes)).collect(),
        branches: found.branches(program).into_iter().map(|it| (it.pc, it.jumped, it.fell)).collect(),
    });
    to_js(&programs.collect::<Vec<_>>())
}

/// The outcomes of a step as an object of columns (`WireOutcomes` of `node/ts/protocol.ts`). Columns that are not kept are
/// empty.
pub(crate) fn to_columns(kept: &Kept, step: usize, cancelled: bool) -> Result<JsValue, Fault> {
    let outcomes = &kept.outcomes[step];
    let keep = outcomes.keep();
    let rows = |least: Keep| if keep >= least { outcomes.len() } else { 0 };
    let (counted, returned, all) = (rows(Keep::Status), rows(Keep::Return), rows(Keep::All));
    let object = Object::new();
    set(&object, "count", outcomes.len() as u32);
    set(&object, "keep", keep_name(keep));
    set(&object, "status", bytes(counted, |row| outcomes.status(row) as u8));
    let gas: Vec<u64> = (0..counted).map(|row| outcomes.gas_used(row)).collect();
    set(&object, "gasUsed", BigUint64Array::from(gas.as_slice()));
    let refund: Vec<i64> = (0..counted).map(|row| outcomes.refund(row)).collect();
    set(&object, "refund", BigInt64Array::from(refund.as_slice()));
    let granted: Vec<u64> = (0..counted).map(|row| outcomes.refund_granted(row)).collect();
    set(&object, "refundGranted", BigUint64Array::from(granted.as_slice()));
    let steps: Vec<u64> = (0..counted).map(|row| outcomes.steps(row)).collect();
    set(&object, "steps", BigUint64Array::from(steps.as_slice()));
    set(&object, "executor", bytes(counted, |row| u8::from(outcomes.executor(row) == Executor::Gpu)));

    let mut labels: Vec<String> = Vec::new();
    let mut known: HashMap<Reason, u32> = HashMap::new();
    let reasons: Vec<u32> = (0..counted)
        .map(|row| {
            *known.entry(outcomes.reason(row)).or_insert_with_key(|reason| {
                labels.push(reason.label());
                (labels.len() - 1) as u32
            })
        })
        .collect();
    set(&object, "reason", Uint32Array::from(reasons.as_slice()));
    set(&object, "reasons", to_js(&labels)?);

    set(&object, "output", byte_column(returned, |row| outcomes.output(row))?);
    set(&object, "logs", byte_column(all, |row| outcomes.logs_encoded(row))?);
    set(&object, "changes", byte_column(all, |row| outcomes.changes_encoded(row))?);
    let created: Vec<(u32, String)> =
        (0..counted).filter_map(|row| Some((row as u32, format!("{:#x}", outcomes.created(row)?)))).collect();
    set(&object, "created", to_js(&created)?);
    let detail: Vec<(u32, &str)> = (0..counted).filter_map(|row| Some((row as u32, outcomes.detail(row)?))).collect();
    set(&object, "detail", to_js(&detail)?);
    let rejected = detail.iter().filter(|(row, _)| outcomes.status(*row as usize) == Status::Rejected);
    let rejected: Vec<(u32, &str)> = rejected.map(|(row, detail)| (*row, exception(detail))).collect();
    set(&object, "rejected", to_js(&rejected)?);
    if returned > 0 {
        reverts(kept, step, &object)?;
        results(kept, step, &object)?;
    } else {
        set(&object, "result", Uint32Array::new_with_length(0));
        set(&object, "results", byte_column(0, |_| &[])?);
        set(&object, "revert", Uint32Array::new_with_length(0));
        set(&object, "reverts", to_js(&Vec::<String>::new())?);
    }
    set(&object, "coverage", coverage(kept, step)?);
    set(&object, "summary", summary(outcomes)?);
    set(&object, "cancelled", cancelled);
    Ok(object.unchecked_into())
}

/// Every step's outcomes, in order.
pub(crate) fn to_steps(kept: &Kept, cancelled: bool) -> Result<JsValue, Fault> {
    let steps = (0..kept.outcomes.len()).map(|step| to_columns(kept, step, cancelled));
    Ok(steps.collect::<Result<js_sys::Array, Fault>>()?.into())
}
