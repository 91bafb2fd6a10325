//! All that the page and its workers say to their reader in English, as constants and as functions of what varies, a
//! module for each pane, in the order of its files. No views, no state. What the core says stays in the core. What only
//! the program reads is no word: names of fields, of keys and of classes, and the filter language.

pub(crate) mod artifact;
pub(crate) mod browser;
pub(crate) mod calls;
pub(crate) mod compare;
pub(crate) mod disassembly;
pub(crate) mod engine;
pub(crate) mod figures;
pub(crate) mod form;
pub(crate) mod keep;
pub(crate) mod lane;
pub(crate) mod number;
pub(crate) mod opcodes;
pub(crate) mod page;
pub(crate) mod program;
pub(crate) mod reading;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod state;
pub(crate) mod trace;
pub(crate) mod varying;
pub(crate) mod verdict;
