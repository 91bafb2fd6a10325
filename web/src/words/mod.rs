//! All that the page and its workers say to their reader in English, as constants and as functions of what varies, a module
//! for each pane. No views, no state. What the core says stays in the core.

pub(crate) mod disassembly;
pub(crate) mod opcodes;
pub(crate) mod program;
