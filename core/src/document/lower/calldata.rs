//! Call data of a step: bytes with fields laid over them, or one of several. Words that vary stay generators, so that a
//! device can make them.

use alloy_primitives::U256;

use super::{
    Lowering,
    arguments::{self, MAX_ENCODED},
    sources::MAX_PICKED,
};
use crate::{
    call_data::{CallData, Part, Pattern},
    columns::ByteColumn,
    document::{CallBytes, CallList, Calldata, DocumentError, Spacing, Step, Variation, Vary},
    template::MAX_DATA,
};

/// The column of a step's call data.
pub(super) fn lower(lowering: &Lowering<'_>, step: &Step, path: &str) -> Result<CallData, DocumentError> {
    match &step.calldata {
        Calldata::Bytes(bytes) => lower_bytes(lowering, bytes, path),
        Calldata::List(list) => lower_list(lowering, list, path),
        Calldata::Abi(call) => arguments::lower(lowering, step, call, path),
    }
}

/// Data of a list: stored once each, and found by every lane at its place.
fn lower_list(lowering: &Lowering<'_>, list: &CallList, path: &str) -> Result<CallData, DocumentError> {
    let place = format!("{path}.list");
    let Some(last) = list.list.len().checked_sub(1) else {
        return Err(DocumentError::at(place, "an array of 0", "at least one call data"));
    };
    if let Some(index) = list.list.iter().position(|data| data.len() > MAX_DATA) {
        let found = format!("{} bytes", list.list[index].len());
        return Err(DocumentError::at(format!("{place}[{index}]"), found, format!("at most {MAX_DATA}")));
    }
    let bytes: usize = list.list.iter().map(|data| data.len()).sum();
    if bytes > MAX_ENCODED {
        let expected = format!("at most {MAX_ENCODED} bytes in one list");
        return Err(DocumentError::at(place, format!("{bytes} bytes of call data"), expected));
    }
    if last == 0 && list.axis.is_none() {
        return Ok(CallData::repeated(lowering.lanes, &list.list[0]));
    }
    if lowering.lanes > MAX_PICKED {
        let expected = format!("at most {MAX_PICKED} lanes where call data come from a list");
        return Err(DocumentError::at(place, format!("{} lanes", lowering.lanes), expected));
    }
    let how = Variation::Range { start: 0, end: last as u64, spacing: Spacing::Count(list.list.len()) };
    let which = Vary::Varies { how, axis: list.axis.clone() };
    let source = lowering.source(path, &which, U256::from(last))?;
    let rows: Vec<usize> = (0..lowering.lanes as u32).map(|lane| source.value(lane).to::<usize>()).collect();
    Ok(list.list.iter().collect::<ByteColumn>().select(&rows).into())
}

fn lower_bytes(lowering: &Lowering<'_>, bytes: &CallBytes, path: &str) -> Result<CallData, DocumentError> {
    let len = bytes.hex.len();
    if len > MAX_DATA {
        return Err(DocumentError::at(format!("{path}.hex"), format!("{len} bytes"), format!("at most {MAX_DATA}")));
    }
    let mut parts = Vec::with_capacity(bytes.fields.len());
    for (index, field) in bytes.fields.iter().enumerate() {
        let path = format!("{path}.fields[{index}]");
        if !(1..=32).contains(&field.width) {
            return Err(DocumentError::at(format!("{path}.width"), field.width, "1 to 32 bytes"));
        }
        let end = field.offset.saturating_add(field.width);
        if end > len {
            let expected = format!("an end within the {len} bytes of hex");
            return Err(DocumentError::at(
                format!("{path}.offset"),
                format!("a field that ends at byte {end}"),
                expected,
            ));
        }
        let most = U256::MAX >> (256 - 8 * field.width);
        let source = lowering.source(&format!("{path}.value"), &field.value, most)?;
        parts.push(Part { offset: field.offset as u32, width: field.width as u8, source });
    }
    Ok(CallData::of_pattern(Pattern::new(bytes.hex.to_vec(), parts), lowering.lanes))
}
