//! Where a lane goes: program counter, depth and stack height of each of its steps, as the CPU engine takes them. It keeps no
//! values.

use revm::interpreter::{Interpreter, interpreter::EthInterpreter, interpreter_types::Jumps};

use super::{
    LOOK,
    lane::Context,
    trace::{TraceError, replay},
    watch::Watch,
};
use crate::batch::Batch;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// Where in the code.
    pub(crate) pc: u32,
    /// Frames open below the running one.
    pub(crate) depth: u16,
    /// Items on the stack.
    pub(crate) height: u16,
    /// The byte; zero past the end of the code.
    pub(crate) op: u8,
}

#[derive(Default)]
struct Places(Vec<Place>);

impl Watch for Places {
    const SEES: bool = true;

    fn before(&mut self, interpreter: &Interpreter<EthInterpreter>, depth: usize, _: &Context<'_>) {
        self.0.push(Place {
            pc: interpreter.bytecode.pc() as u32,
            depth: depth as u16,
            height: interpreter.stack.len() as u16,
            op: interpreter.bytecode.opcode(),
        });
    }
}

/// The steps of a call, in the order in which they ran; `None` where they are more than `most`.
///
/// # Errors
/// See [`TraceError`]; how the call ends is no error.
pub(crate) fn places(batch: &Batch, index: usize, most: usize) -> Result<Option<Vec<Place>>, TraceError> {
    let mut seen = Places::default();
    let most = most as u64;
    let (_, outcome) = replay(batch, index, &mut seen, |_, steps| (steps < most).then(|| (most - steps).min(LOOK)))?;
    Ok(outcome.map(|_| seen.0))
}
