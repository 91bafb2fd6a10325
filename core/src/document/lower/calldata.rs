//! Call data of a step: bytes with fields laid over them. Words that vary stay generators, so that a device can make them.

use alloy_primitives::U256;

use super::{Lowering, arguments};
use crate::{
    call_data::{CallData, Part, Pattern},
    document::{CallBytes, Calldata, DocumentError, Step},
    template::MAX_DATA,
};

/// The column of a step's call data.
pub(super) fn lower(lowering: &Lowering<'_>, step: &Step, path: &str) -> Result<CallData, DocumentError> {
    match &step.calldata {
        Calldata::Bytes(bytes) => lower_bytes(lowering, bytes, path),
        Calldata::Abi(call) => arguments::lower(lowering, step, call, path),
    }
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
