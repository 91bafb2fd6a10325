//! Looking at a lane between its instructions. A watcher sees; it changes nothing.

use revm::{
    handler::FrameResult,
    interpreter::{FrameInput, Interpreter, interpreter::EthInterpreter},
};

use super::lane::Context;

/// Sees every instruction of a lane, of all frames.
pub(super) trait Watch {
    /// Whether anything is seen at all: the loop is compiled without the calls where nothing is.
    const SEES: bool;

    /// Before an instruction runs. The context holds the state as it is then.
    fn before(&mut self, _interpreter: &Interpreter<EthInterpreter>, _depth: usize, _context: &Context<'_>) {}

    /// After it ran, or failed; `failed` is revm's word for how the frame ends with it.
    fn after(&mut self, _interpreter: &Interpreter<EthInterpreter>, _failed: Option<String>) {}

    /// A frame below the first is about to open; it may end without an instruction.
    fn opens(&mut self, _input: &FrameInput, _context: &Context<'_>) {}

    /// A frame has ended, the first one too where it ran.
    fn closes(&mut self, _result: &FrameResult) {}
}

/// Sees nothing.
pub(super) struct Blind;

impl Watch for Blind {
    const SEES: bool = false;
}
