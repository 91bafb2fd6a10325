//! The CPU engine from outside: levels, statuses, worlds, hostile inputs, scheduling. What the engines must agree on is
//! tested in the `tests` crate.

mod digests;
mod fixture;
mod hostile;
mod lane_columns;
mod levels;
mod observation;
mod pools;
mod random;
mod recordings;
mod schedule;
mod sessions;
mod statuses;
mod traces;
mod wires;
mod worlds;
