//! Putting a call on the machine, up to its first frame: `docs/levels.md` in code.

use alloy_primitives::Bytes;
use lanevm_machine::{Message, Scope, create_result};
use lanevm_shaders::Fork;
use revm::{
    context::result::EVMError, handler::FrameResult, interpreter::InstructionResult,
    primitives::eip3860::MAX_INITCODE_SIZE,
};

use super::{
    environment,
    lane::{Fault, Lane},
};
use crate::batch::{CallRef, Level};

/// What must be the same for a call to run on the machine as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    world: u32,
    block: u32,
    pub(super) fork: Fork,
    level: Level,
}

impl Lane<'_> {
    /// Sets world, block, fork and level, and the transaction's fields.
    pub(super) fn prepare(&mut self, call: &CallRef<'_>) -> Result<(), Fault> {
        let setting = Setting {
            world: call.world,
            block: *self.batch.calls.block.get(self.index),
            fork: call.fork,
            level: call.level,
        };
        if self.setting != Some(setting) {
            let machine = &mut self.machine;
            if self.setting.is_none_or(|old| old.fork != call.fork) {
                machine.set_instructions(environment::spec(call.fork), call.fork == Fork::Constantinople);
            }
            // Until all of it is set, the machine stands for nothing.
            self.setting = None;
            let cfg = environment::config(call.fork, call.level, call.block);
            let block = environment::block(call.fork, call.block).map_err(EVMError::Database)?;
            let delegations = call.fork >= Fork::Prague;
            machine.set(cfg, block, Scope { world: call.world, block: setting.block, delegations });
            self.setting = Some(setting);
        }
        // revm checks a nonce that is at its end even where nonces are not checked.
        let nonce = match (call.level, call.transaction.and_then(|tx| tx.nonce)) {
            (Level::Transaction, None) => self.machine.nonce(call.caller)?,
            _ => 0,
        };
        let range = self.batch.calls.data.range(self.index);
        let data = match &self.data {
            Some((at, data)) if Some(*at) == range => data.clone(),
            _ => {
                let data = Bytes::from(call.data.bytes().into_owned());
                self.data = range.map(|range| (range, data.clone()));
                data
            }
        };
        environment::transaction(&mut self.machine.context_mut().tx, call, data, nonce).map_err(EVMError::Database)
    }

    /// A raw message call: `docs/levels.md`, level `frame`.
    pub(super) fn begin_frame(&mut self, call: &CallRef<'_>) -> Result<Option<FrameResult>, Fault> {
        if call.to.is_none() && call.fork >= Fork::Shanghai && call.data.len() > MAX_INITCODE_SIZE {
            return Ok(Some(create_result(InstructionResult::CreateInitCodeSizeLimit, call.gas)));
        }
        let code = call.code.map(|program| {
            let hash = self.batch.programs[program as usize].hash();
            (hash, self.codes.legacy(program).clone())
        });
        self.machine.open_message(Message { caller: call.caller, to: call.to, value: call.value, gas: call.gas, code })
    }

    /// A transaction, up to its first frame.
    pub(super) fn begin_transaction(&mut self, call: &CallRef<'_>) -> Result<Option<FrameResult>, Fault> {
        refuse(call).map_err(EVMError::Custom)?;
        let (fees, result) = self.machine.open_transaction()?;
        self.fees = Some(fees);
        Ok(result)
    }
}

/// What the transaction's type asks for and revm leaves to the decoder of transactions.
fn refuse(call: &CallRef<'_>) -> Result<(), String> {
    let kind = call.transaction.map_or(0, |tx| tx.kind);
    match kind {
        0..=2 => Ok(()),
        3 | 4 if call.to.is_some() => Ok(()),
        3 | 4 => Err(format!("a transaction of type {kind} cannot create a contract")),
        _ => Err(format!("transaction type {kind} is unknown")),
    }
}
