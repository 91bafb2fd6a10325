//! revm over a [`View`]: set to a fork and a world, then advanced by instructions, frames and results. What ends a call, and what
//! is made of it, is for who drives it.

use alloy_primitives::{Address, Bytes, address};
use revm::{
    context::{BlockEnv, CfgEnv, Context as RevmContext, JournalTr, journal::JournalInner, result::EVMError},
    context_interface::{
        LocalContextTr, context::ContextError, journaled_state::TransferError, result::InvalidTransaction,
    },
    handler::{
        EthFrame, EvmTr, FrameData, FrameResult, ItemOrResult, MainBuilder, MainnetContext, MainnetEvm,
        instructions::EthInstructions,
    },
    interpreter::{
        CallInputs, CallOutcome, CreateOutcome, FrameInput, Gas, GasTable, Instruction, InstructionResult,
        InterpreterAction, InterpreterResult, interpreter_action::FrameInit, interpreter_types::MemoryTr,
    },
    primitives::hardfork::SpecId,
};

use crate::{
    constantinople,
    meter::Meter,
    view::{Scope, Source, Stop, View},
};

/// RIPEMD-160: the one account that stays touched when the frame that touched it reverts (EIP-161, as mainnet ran it).
pub const RIPEMD: Address = address!("0000000000000000000000000000000000000003");

/// Accounts and slots that revm may keep from call to call before they are dropped.
const MOST_KEPT: usize = 8192;

/// What revm's instructions work on.
pub type Context<'a> = MainnetContext<View<'a>>;

/// Why a call came to no result.
pub type Fault = EVMError<Stop, InvalidTransaction>;

/// revm, set up for one kind of state.
#[derive(Debug)]
pub struct Machine<'a> {
    pub(crate) evm: MainnetEvm<Context<'a>>,
    /// Whether a create ran: it leaves marks on accounts that a discard does not take back.
    created: bool,
}

impl<'a> Machine<'a> {
    /// A machine over a source, set to nothing in particular: see [`Self::set`].
    pub fn new(source: &'a dyn Source) -> Self {
        let context = RevmContext::new(View::new(source, Scope::default()), SpecId::OSAKA);
        Self { evm: context.build_mainnet(), created: false }
    }

    /// Sets the instructions and their gas to a fork's; `eip_1283` with Constantinople's SSTORE, which revm leaves out.
    pub fn set_instructions(&mut self, spec: SpecId, eip_1283: bool) {
        self.evm.instruction = EthInstructions::new_mainnet_with_spec(spec);
        if eip_1283 {
            self.evm.instruction.insert_instruction(
                constantinople::SSTORE,
                Instruction::new(constantinople::sstore),
                0,
            );
        }
    }

    /// Sets configuration, block and what is seen of the source. What was loaded before is forgotten.
    pub fn set(&mut self, cfg: CfgEnv, block: BlockEnv, scope: Scope) {
        let context = &mut self.evm.ctx;
        let journal = &mut context.journaled_state;
        journal.inner = JournalInner::new();
        journal.set_spec_id(cfg.spec);
        journal.database.scope = scope;
        journal.database.loads = 0;
        context.cfg = cfg;
        context.block = block;
    }

    /// What the instructions work on.
    pub const fn context(&self) -> &Context<'a> {
        &self.evm.ctx
    }

    /// The same, to be written to.
    pub const fn context_mut(&mut self) -> &mut Context<'a> {
        &mut self.evm.ctx
    }

    /// The frame on top, of which there must be one, what its instructions work on, and the gas that each takes at least.
    pub fn parts(&mut self) -> (&mut EthFrame, &mut Context<'a>, &GasTable) {
        (self.evm.frame_stack.get(), &mut self.evm.ctx, self.evm.instruction.gas_table())
    }

    /// An account's nonce.
    ///
    /// # Errors
    /// It is not known.
    pub fn nonce(&mut self, address: Address) -> Result<u64, Fault> {
        Ok(self.evm.ctx.journaled_state.load_account(address).map_err(EVMError::Database)?.info.nonce)
    }

    /// Opens a frame; a frame that ends at once (precompile, no code, refused) gives its result.
    ///
    /// # Errors
    /// The source does not know what the frame needs.
    pub fn enter(&mut self, init: FrameInit) -> Result<Option<FrameResult>, Fault> {
        match &init.frame_input {
            FrameInput::Call(inputs) => {
                if let Some(result) = self.overflows(inputs) {
                    return Ok(Some(result));
                }
            }
            FrameInput::Create(_) => self.created = true,
            FrameInput::Empty => {}
        }
        let frame = match self.evm.frame_init(init).map_err(fault)? {
            ItemOrResult::Result(result) => return Ok(Some(result)),
            ItemOrResult::Item(frame) => frame,
        };
        // EIP-7610: an account that has storage is in use, even without code and nonce.
        if let FrameData::Create(create) = &frame.data {
            let (address, checkpoint) = (create.created_address, frame.checkpoint);
            let limit = frame.interpreter.gas.limit();
            let journal = &mut self.evm.ctx.journaled_state;
            if journal.database.has_storage(&address) {
                journal.checkpoint_revert(checkpoint);
                self.evm.frame_stack.pop();
                return Ok(Some(create_result(InstructionResult::from(TransferError::CreateCollision), limit)));
            }
        }
        Ok(None)
    }

    /// revm takes the value from the sender before it sees that the recipient's balance overflows, and does not give it
    /// back; so such a call ends before revm sees it.
    fn overflows(&self, inputs: &CallInputs) -> Option<FrameResult> {
        let value = inputs.value.transfer().filter(|value| !value.is_zero())?;
        let state = &self.evm.ctx.journaled_state.state;
        let (from, to) = (state.get(&inputs.caller)?, state.get(&inputs.target_address)?);
        let pays = inputs.caller != inputs.target_address && from.info.balance >= value;
        (pays && to.info.balance.checked_add(value).is_none()).then(|| {
            FrameResult::Call(CallOutcome {
                result: ended(InstructionResult::OutOfFunds, inputs.gas_limit),
                memory_offset: inputs.return_memory_offset.clone(),
                was_precompile_called: false,
                precompile_call_logs: Vec::new(),
                charged_new_account_state_gas: false,
            })
        })
    }

    /// Runs the instruction of the frame on top that is next.
    ///
    /// # Errors
    /// How the frame ends with it, or stops for a frame that it opens.
    pub fn step(&mut self) -> Result<(), InstructionResult> {
        let (table, gas_table) = (self.evm.instruction.instruction_table(), self.evm.instruction.gas_table());
        self.evm.frame_stack.get().interpreter.step(table, gas_table, &mut self.evm.ctx)
    }

    /// Runs the frame on top until an instruction ends or stops it, and says how; `None` where the turn was over first.
    pub fn run(&mut self, meter: &mut Meter) -> Option<InstructionResult> {
        let (table, gas_table) = (self.evm.instruction.instruction_table(), self.evm.instruction.gas_table());
        let interpreter = &mut self.evm.frame_stack.get().interpreter;
        let context = &mut self.evm.ctx;
        loop {
            let stretch = meter.stretch(interpreter.memory.size())?;
            for ran in 1..=stretch.steps {
                if let Err(failed) = interpreter.step(table, gas_table, context) {
                    meter.steps += ran;
                    meter.give_back(stretch, ran);
                    return Some(failed);
                }
            }
            meter.steps += stretch.steps;
        }
    }

    /// What the frame on top, which has ended or stopped, asks for.
    ///
    /// # Errors
    /// The source did not know what an instruction asked for.
    pub fn take_action(&mut self) -> Result<InterpreterAction, Fault> {
        let action = self.evm.frame_stack.get().interpreter.take_next_action();
        std::mem::replace(&mut self.evm.ctx.error, Ok(())).map(|()| action).map_err(fault)
    }

    /// Does what the frame on top asks for: the frame to open, or the result of this one, which has ended.
    ///
    /// # Errors
    /// The source does not know what that needs.
    pub fn act(&mut self, action: InterpreterAction) -> Result<ItemOrResult<FrameInit, FrameResult>, Fault> {
        let frame = self.evm.frame_stack.get();
        let next = frame.process_next_action::<_, ContextError<Stop>>(&mut self.evm.ctx, action).map_err(fault)?;
        if matches!(next, ItemOrResult::Result(_)) {
            frame.set_finished(true);
        }
        Ok(next)
    }

    /// Gives a frame's result to the frame below; where there is none it comes back.
    ///
    /// # Errors
    /// The source does not know what that needs.
    pub fn give(&mut self, result: FrameResult) -> Result<Option<FrameResult>, Fault> {
        self.evm.frame_return_result(result).map_err(fault)
    }

    /// Takes the call off the machine. Loaded state is kept where a discard restores it whole.
    pub fn clear(&mut self) {
        let context = &mut self.evm.ctx;
        context.error = Ok(());
        context.local.clear();
        self.evm.frame_stack.clear();
        let journal = &mut context.journaled_state;
        if self.created || journal.database.loads > MOST_KEPT {
            journal.finalize();
            journal.database.loads = 0;
            self.created = false;
        } else {
            journal.discard_tx();
            if let Some(account) = journal.state.get_mut(&RIPEMD) {
                account.unmark_touch();
            }
        }
    }
}

/// A create that ended before it had a frame.
pub fn create_result(result: InstructionResult, gas_limit: u64) -> FrameResult {
    FrameResult::Create(CreateOutcome {
        result: ended(result, gas_limit),
        address: None,
        charged_create_state_gas: false,
    })
}

const fn ended(result: InstructionResult, gas_limit: u64) -> InterpreterResult {
    InterpreterResult { result, output: Bytes::new(), gas: Gas::new(gas_limit) }
}

fn fault(error: ContextError<Stop>) -> Fault {
    match error {
        ContextError::Db(stop) => EVMError::Database(stop),
        ContextError::Custom(reason) => EVMError::Database(Stop::Host(reason)),
    }
}
