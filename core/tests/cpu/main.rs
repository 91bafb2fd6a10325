//! The CPU engine from outside: levels, statuses, worlds, hostile inputs, scheduling. What the engines must agree on is
//! tested in the `tests` crate.

mod fixture;
mod levels;
mod pools;
mod wires;
