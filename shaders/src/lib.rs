//! The kernels of lanevm and the tables they share with the host. It depends on nothing and knows no device.

pub mod facts;
mod fork;
mod status;

pub use fork::Fork;
pub use status::{Class, Status};
