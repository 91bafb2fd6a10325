//! All that a lane holds at some of its steps, read from the machine itself as it runs there: what recordings are held
//! to. It keeps nothing between steps.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use revm::interpreter::{
    Interpreter,
    interpreter::EthInterpreter,
    interpreter_types::{InputsTr, MemoryTr, ReturnData},
};

use super::{
    LOOK,
    lane::Context,
    trace::{TraceError, replay},
    watch::Watch,
};
use crate::batch::Batch;

/// A frame before one of its steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// The step.
    pub step: u64,
    /// The frame's account.
    pub address: Address,
    /// The stack, its top last.
    pub stack: Vec<U256>,
    /// Memory.
    pub memory: Vec<u8>,
    /// What the last call returned.
    pub return_data: Vec<u8>,
    /// Slots of the account that the machine has loaded, and what they hold.
    pub storage: BTreeMap<U256, U256>,
    /// Its transient slots that are not zero.
    pub transient: BTreeMap<U256, U256>,
    /// Logs that stand.
    pub logs: usize,
}

struct Glimpses<'a> {
    at: &'a [u64],
    step: u64,
    found: Vec<Glimpse>,
}

impl Watch for Glimpses<'_> {
    const SEES: bool = true;

    fn before(&mut self, interpreter: &Interpreter<EthInterpreter>, _: usize, context: &Context<'_>) {
        let step = self.step;
        self.step += 1;
        if self.at.binary_search(&step).is_err() {
            return;
        }
        let address = interpreter.input.target_address();
        let journal = &context.journaled_state;
        let storage = journal.state.get(&address).map(|account| &account.storage);
        let transient = journal.inner.transient_storage.get(&address);
        self.found.push(Glimpse {
            step,
            address,
            stack: interpreter.stack.data().to_vec(),
            memory: interpreter.memory.slice(0..interpreter.memory.size()).to_vec(),
            return_data: interpreter.return_data.buffer().to_vec(),
            storage: storage.into_iter().flatten().map(|(slot, held)| (*slot, held.present_value)).collect(),
            transient: transient.into_iter().flatten().map(|(slot, held)| (*slot, *held)).collect(),
            logs: journal.inner.logs.len(),
        });
    }
}

/// Runs a call of a batch once and looks at these steps, which must be in order; those that there are not are left out.
///
/// # Errors
/// See [`TraceError`]; how the call ends is no error.
pub fn glimpses(batch: &Batch, index: usize, at: &[u64]) -> Result<Vec<Glimpse>, TraceError> {
    let mut glimpses = Glimpses { at, step: 0, found: Vec::new() };
    let until = at.last().map_or(0, |last| last.saturating_add(1));
    replay(batch, index, &mut glimpses, |_, steps| (steps < until).then(|| (until - steps).min(LOOK)))?;
    Ok(glimpses.found)
}
