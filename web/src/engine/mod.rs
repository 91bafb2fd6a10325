//! The workers' side: the coordinator that owns engines and results, the CPU workers, and the one that replays lanes.
//! It draws nothing; it speaks the messages of [`crate::protocol`] and never computes long before it listens again.

mod cells;
mod comparing;
mod coordinator;
mod covering;
mod cpu_worker;
mod deploying;
mod download;
mod filling;
mod gate;
mod machines;
mod parquet;
mod ports;
mod preview;
mod questions;
mod reading;
mod replay;
mod replaying;
mod shown;
mod views;

use crate::browser::{rest, scope};

/// The coordinator's name.
pub const ENGINE: &str = "lanevm engine";

/// A CPU worker's name.
pub const CPU: &str = "lanevm cpu";

/// The replaying worker's name.
pub const REPLAY: &str = "lanevm replay";

/// The worker that reads files.
pub const READING: &str = "lanevm reading";

/// Starts what the worker's name says.
pub fn start() {
    rest::begin();
    match scope::name().as_str() {
        CPU => cpu_worker::start(),
        REPLAY => replay::start(),
        READING => reading::start(),
        _ => coordinator::start(),
    }
}
