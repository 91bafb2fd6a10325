//! The wasm shim under the npm package `lanevm`: a handful of functions over bytes, numbers and plain descriptions. It
//! holds no manners: names, defaults and checks of what people write are TypeScript's (`node/ts`), rules are core's.

mod batch;
mod bytes;
mod calls_by_name;
mod crew;
mod fault;
mod files;
mod host;
mod kept;
mod lanes;
mod outcomes;
mod sessions;
mod transaction;

pub use crew::Lane;
pub use host::Host;

use lanevm_core::Status;
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// What a status is, for the front's table.
#[derive(Serialize)]
struct StatusRow {
    code: u8,
    name: &'static str,
    class: &'static str,
}

/// Every status that a row can have.
///
/// # Errors
/// None that can happen: the table is plain data.
#[wasm_bindgen]
pub fn statuses() -> Result<JsValue, JsValue> {
    let rows: Vec<StatusRow> = Status::ALL
        .iter()
        .map(|status| StatusRow { code: *status as u8, name: status.name(), class: status.class().name() })
        .collect();
    Ok(serde_wasm_bindgen::to_value(&rows)?)
}

/// Runs once as the module is instantiated: a panic is kept in words for [`last_panic`].
#[wasm_bindgen(start)]
pub fn start() {
    fault::keep_panics();
}

/// What the last panic said; the front reports it when a call ends in a trap.
#[wasm_bindgen]
pub fn last_panic() -> Option<String> {
    fault::last_panic()
}
