//! Looking at a lane between its instructions. A watcher sees; it changes nothing.

use revm::interpreter::{Interpreter, interpreter::EthInterpreter};

/// Sees every instruction of a lane, of all frames.
pub(super) trait Watch {
    /// Whether anything is seen at all: the loop is compiled without the calls where nothing is.
    const SEES: bool;

    /// Before an instruction runs.
    fn before(&mut self, _interpreter: &Interpreter<EthInterpreter>, _depth: usize) {}

    /// After it ran, or failed; `failed` is revm's word for how the frame ends with it.
    fn after(&mut self, _interpreter: &Interpreter<EthInterpreter>, _failed: Option<String>) {}
}

/// Sees nothing.
pub(super) struct Blind;

impl Watch for Blind {
    const SEES: bool = false;
}
