//! The workers' side: the coordinator that owns engines and results, the CPU workers, and the one that replays lanes.
//! It draws nothing; it speaks the messages of [`crate::protocol`] and never computes long before it listens again.

mod cells;
mod comparing;
mod coordinator;
mod cpu_worker;
mod deploying;
mod download;
mod gate;
mod machines;
mod ports;
mod questions;
mod replay;
mod replaying;
mod views;

use crate::browser::scope;

/// The coordinator's name.
pub const ENGINE: &str = "lanevm engine";

/// A CPU worker's name.
pub const CPU: &str = "lanevm cpu";

/// The replaying worker's name.
pub const REPLAY: &str = "lanevm replay";

/// Starts what the worker's name says.
pub fn start() {
    match scope::name().as_str() {
        CPU => cpu_worker::start(),
        REPLAY => replay::start(),
        _ => coordinator::start(),
    }
}
