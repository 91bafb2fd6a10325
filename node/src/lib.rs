//! The wasm shim under the npm package `lanevm`: a handful of functions over bytes, numbers and plain descriptions. It
//! holds no manners: names, defaults and checks of what people write are TypeScript's (`node/ts`), rules are core's.

mod abi_values;
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

use lanevm_core::{Fork, Status};
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

/// What a fork brought, as blocks and estimates show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ForkRow {
    name: &'static str,
    /// EIP-1559.
    base_fee: bool,
    /// EIP-4895.
    withdrawals: bool,
    /// EIP-4844.
    blobs: bool,
    /// EIP-7825.
    gas_cap: bool,
}

/// What the fork of that name has, the newest where there is no name.
///
/// # Errors
/// There is no such fork.
#[wasm_bindgen]
pub fn fork(name: &str) -> Result<JsValue, JsValue> {
    let fork = batch::fork(name)?;
    let row = ForkRow {
        name: fork.name(),
        base_fee: fork >= Fork::London,
        withdrawals: fork >= Fork::Shanghai,
        blobs: fork >= Fork::Cancun,
        gas_cap: fork >= Fork::Osaka,
    };
    Ok(serde_wasm_bindgen::to_value(&row)?)
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
