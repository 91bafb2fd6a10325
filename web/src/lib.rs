//! The playground: a page that edits calls and shows outcomes, and the worker that runs them. Two programs are built
//! from it, `lanevm-page` and `lanevm-engine`; they share nothing but the messages of [`protocol`].

pub mod browser;
pub mod engine;
pub mod form;
mod later;
pub mod page;
pub mod protocol;
mod words;
