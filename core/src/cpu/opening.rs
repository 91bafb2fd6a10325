//! Putting a call on the machine, up to its first frame: `docs/levels.md` in code.

use alloy_primitives::{Address, Bytes, U256, map::AddressMap};
use lanevm_shaders::Fork;
use revm::{
    context::{JournalTr, journal::JournalInner, result::EVMError},
    context_interface::LocalContextTr,
    handler::{FrameResult, Handler, instructions::EthInstructions},
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, FrameInput, Instruction,
        InstructionResult, SharedMemory, interpreter_action::FrameInit,
    },
    primitives::{HashSet, eip3860::MAX_INITCODE_SIZE},
};

use super::{
    constantinople, environment,
    lane::{Fault, Fees, Lane, Rules, create_result},
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
        let context = &mut self.evm.ctx;
        if self.setting != Some(setting) {
            let spec = environment::spec(call.fork);
            if self.setting.is_none_or(|old| old.fork != call.fork) {
                self.evm.instruction = EthInstructions::new_mainnet_with_spec(spec);
                if call.fork == Fork::Constantinople {
                    let sstore = Instruction::new(constantinople::sstore);
                    self.evm.instruction.insert_instruction(constantinople::SSTORE, sstore, 0);
                }
            }
            // Until all of it is set, the machine stands for nothing.
            self.setting = None;
            context.cfg = environment::config(call.fork, call.level, call.block);
            context.block = environment::block(call.fork, call.block).map_err(EVMError::Database)?;
            let journal = &mut context.journaled_state;
            journal.inner = JournalInner::new();
            journal.set_spec_id(spec);
            let view = &mut journal.database;
            view.world = call.world;
            view.block = setting.block as usize;
            view.delegations = call.fork >= Fork::Prague;
            view.loads = 0;
            self.setting = Some(setting);
        }
        // revm checks a nonce that is at its end even where nonces are not checked.
        let nonce = match (call.level, call.transaction.and_then(|tx| tx.nonce)) {
            (Level::Transaction, None) => {
                context.journaled_state.load_account(call.caller).map_err(EVMError::Database)?.info.nonce
            }
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
        environment::transaction(&mut context.tx, call, data, nonce).map_err(EVMError::Database)
    }

    fn memory(&self) -> SharedMemory {
        let mut memory = SharedMemory::new_with_buffer(self.evm.ctx.local.shared_memory_buffer().clone());
        memory.set_memory_limit(environment::MEMORY_LIMIT);
        memory
    }

    /// A raw message call: `docs/levels.md`, level `frame`.
    pub(super) fn begin_frame(&mut self, call: &CallRef<'_>) -> Result<Option<FrameResult>, Fault> {
        Rules::default().load_accounts(&mut self.evm)?;
        let journal = &mut self.evm.ctx.journaled_state;
        let mut warm: AddressMap<HashSet<U256>> = AddressMap::default();
        for address in [Some(call.caller), Some(self.evm.ctx.tx.caller), call.to].into_iter().flatten() {
            warm.entry(address).or_default();
        }
        journal.warm_access_list(warm);
        let data = self.evm.ctx.tx.data.clone();
        let frame_input = if let Some(to) = call.to {
            if !call.value.is_zero() {
                journal.load_account(call.caller)?;
            }
            let account = journal.load_account_with_code(to)?;
            let account_code = (account.info.code_hash, account.info.code.clone().unwrap_or_default());
            let (known_bytecode, bytecode_address) = if let Some(program) = call.code {
                // The zero address is no precompile: the program runs even where `to` is one.
                let hash = self.batch.programs[program as usize].hash();
                ((hash, self.codes.legacy(program).clone()), Address::ZERO)
            } else if let Some(delegate) = account_code.1.eip7702_address() {
                let account = journal.load_account_with_code(delegate)?;
                ((account.info.code_hash, account.info.code.clone().unwrap_or_default()), to)
            } else {
                (account_code, to)
            };
            FrameInput::Call(Box::new(CallInputs {
                input: CallInput::Bytes(data),
                gas_limit: call.gas,
                target_address: to,
                bytecode_address,
                known_bytecode,
                caller: call.caller,
                value: CallValue::Transfer(call.value),
                scheme: CallScheme::Call,
                is_static: false,
                return_memory_offset: 0..0,
                reservoir: 0,
                charged_new_account_state_gas: false,
            }))
        } else {
            if call.fork >= Fork::Shanghai && data.len() > MAX_INITCODE_SIZE {
                return Ok(Some(create_result(InstructionResult::CreateInitCodeSizeLimit, call.gas)));
            }
            let inputs = CreateInputs::new(call.caller, CreateScheme::Create, call.value, data, call.gas, 0);
            FrameInput::Create(Box::new(inputs))
        };
        let memory = self.memory();
        self.enter(FrameInit { depth: 0, memory, frame_input })
    }

    /// A transaction, up to its first frame.
    pub(super) fn begin_transaction(&mut self, call: &CallRef<'_>) -> Result<Option<FrameResult>, Fault> {
        refuse(call).map_err(EVMError::Custom)?;
        let mut rules = Rules::default();
        let evm = &mut self.evm;
        let intrinsic = rules.validate(evm)?;
        let mut gas = rules.tx_gas(evm, &intrinsic);
        let prepared = rules.pre_execution(evm, &mut gas)?;
        // Both ends that revm keeps open here belong to EIP-2780, which no fork up to Osaka has.
        let unreachable = || EVMError::Custom("out of gas before the first frame".into());
        let prepared = prepared.ok_or_else(unreachable)?;
        let init = rules.first_frame_input(evm, &mut gas)?.ok_or_else(unreachable)?;
        evm.ctx.journaled_state.checkpoint_commit();
        self.fees = Some(Fees { gas, intrinsic, refund: prepared.eip7702_refund as i64 });
        self.enter(init)
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
