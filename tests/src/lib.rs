//! Tests of lanevm: the parity body of both engines. It ships nothing.

pub mod parity;
