//! What tests and measurements share: the parity body of both engines, fixture readers, the conformance runner and the
//! benchmark. It ships nothing, and refuses to hold rules of the EVM; those are the engines' to know.

#[cfg(not(target_arch = "wasm32"))]
pub mod bench;
#[cfg(not(target_arch = "wasm32"))]
pub mod conformance;
#[cfg(not(target_arch = "wasm32"))]
pub mod contracts;
#[cfg(not(target_arch = "wasm32"))]
pub mod coverage;
#[cfg(not(target_arch = "wasm32"))]
pub mod fixtures;
pub mod parity;
pub mod rows;
pub mod scale;
#[cfg(not(target_arch = "wasm32"))]
pub mod sequences;
#[cfg(not(target_arch = "wasm32"))]
pub mod soak;
#[cfg(not(target_arch = "wasm32"))]
pub mod typescript;
pub mod vectors;
#[cfg(not(target_arch = "wasm32"))]
pub mod ways;
