//! One call at a time on revm, in turns: begun (`opening.rs`), advanced by so many instructions, ended with an outcome
//! (`ending.rs`). It keeps one `Evm` over an unchanging world and reuses what it loaded; it schedules nothing.

use alloy_primitives::Bytes;
use lanevm_shaders::{Fork, facts};
use revm::{
    context::{Context, JournalTr, result::EVMError},
    context_interface::{
        LocalContextTr, context::ContextError, journaled_state::TransferError, result::InvalidTransaction,
    },
    handler::{
        EthFrame, EvmTr, FrameData, FrameResult, ItemOrResult, MainBuilder, MainnetContext, MainnetEvm, MainnetHandler,
    },
    interpreter::{
        CallInputs, CallOutcome, CreateOutcome, FrameInput, Gas, GasTracker, InitialAndFloorGas, InstructionResult,
        Interpreter, InterpreterAction, InterpreterResult, STACK_LIMIT,
        interpreter::EthInterpreter,
        interpreter_action::FrameInit,
        interpreter_types::{Jumps, LegacyBytecode, LoopControl, MemoryTr},
    },
    primitives::hardfork::SpecId,
};

use super::{
    LOOK, changes,
    ending::status,
    environment,
    memory::{self, Verdict},
    opening::Setting,
    state::{Codes, Stop, View},
    watch::{Blind, Watch},
};
use crate::{
    batch::{Batch, Level},
    outcome::Outcome,
};

pub(super) type Machine<'a> = MainnetEvm<MainnetContext<View<'a>>>;
pub(super) type Fault = EVMError<Stop, InvalidTransaction>;
pub(super) type Rules<'a> = MainnetHandler<Machine<'a>, Fault, EthFrame>;

/// Accounts and slots that revm may keep from call to call before they are dropped.
const MOST_KEPT: usize = 8192;

/// Most instructions between two looks at how much memory the frame on top has.
const GLANCE: u64 = 32;

/// Bytes of memory for which an instruction counts as one more where a turn's work is weighed: what hashes or copies takes
/// time by the memory that there is.
const HEAVY: u64 = 4096;

/// What a turn left.
#[derive(Debug)]
pub(super) enum Turn {
    /// There is more to do.
    Paused,
    /// The call ended.
    Done(Box<Outcome>),
}

/// A transaction under way.
#[derive(Debug)]
pub(super) struct Fees {
    pub(super) gas: GasTracker,
    pub(super) intrinsic: InitialAndFloorGas,
    /// Refund of authorisations (EIP-7702); after the last frame, with that of the code.
    pub(super) refund: i64,
}

/// A machine and the call that is on it.
pub(super) struct Lane<'a> {
    pub(super) batch: &'a Batch,
    pub(super) codes: &'a Codes<'a>,
    pub(super) evm: Machine<'a>,
    pub(super) setting: Option<Setting>,
    /// The call's index.
    pub(super) index: usize,
    pub(super) fees: Option<Fees>,
    pub(super) steps: u64,
    /// Work that the turn under way may still do: instructions, and more of them where memory is large.
    work: u64,
    /// Whether memory operands are judged before they are used.
    careful: bool,
    /// Whether a create ran: it leaves marks on accounts that a discard does not take back.
    created: bool,
    /// The data of the last call and where it stands, since sweeps often share it.
    pub(super) data: Option<((u64, u32), Bytes)>,
}

impl<'a> Lane<'a> {
    pub(super) fn new(batch: &'a Batch, codes: &'a Codes<'a>) -> Self {
        let context = Context::new(View::new(batch, codes), SpecId::OSAKA);
        Self {
            batch,
            codes,
            evm: context.build_mainnet(),
            setting: None,
            index: 0,
            fees: None,
            steps: 0,
            work: 0,
            careful: false,
            created: false,
            data: None,
        }
    }

    /// Instructions of the call under way.
    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    /// Puts a call on the machine. What was on it before is dropped.
    pub(super) fn begin(&mut self, index: usize) -> Turn {
        self.careful = false;
        self.restart(index)
    }

    /// Puts a call on the machine and runs its first instructions.
    pub(super) fn start(&mut self, index: usize) -> Turn {
        match self.begin(index) {
            Turn::Paused => self.advance(LOOK, &mut Blind),
            done => done,
        }
    }

    /// Puts a call on the machine so that no instruction is run twice, as a watcher wants it.
    pub(super) fn begin_watched(&mut self, index: usize) -> Turn {
        self.careful = true;
        self.restart(index)
    }

    fn restart(&mut self, index: usize) -> Turn {
        self.index = index;
        self.steps = 0;
        self.fees = None;
        let batch = self.batch;
        let call = batch.call(index);
        let begun = self.prepare(&call).and_then(|()| match call.level {
            Level::Frame => self.begin_frame(&call),
            Level::Call | Level::Transaction => self.begin_transaction(&call),
        });
        match begun {
            Ok(None) => Turn::Paused,
            Ok(Some(result)) => self.end(result),
            Err(fault) => self.fail(fault),
        }
    }

    /// Runs at most `budget` instructions of the call under way, and fewer where one may take long.
    pub(super) fn advance<W: Watch>(&mut self, budget: u64, watch: &mut W) -> Turn {
        let mut until = self.steps.saturating_add(budget);
        self.work = budget;
        if let Some(most) = self.batch.limits.max_steps {
            until = until.min(most);
        }
        let run = if self.careful { self.run::<W, true>(until, watch) } else { self.run::<W, false>(until, watch) };
        match run {
            Ok(None) if self.batch.limits.max_steps.is_some_and(|most| self.steps >= most) => {
                self.fail(EVMError::Database(Stop::Steps))
            }
            Ok(None) => Turn::Paused,
            Ok(Some(result)) => self.end(result),
            Err(EVMError::Database(Stop::LookCloser)) => {
                self.clear();
                self.careful = true;
                self.restart(self.index)
            }
            Err(fault) => self.fail(fault),
        }
    }

    /// Opens a frame; a frame that ends at once (precompile, no code, refused) gives its result.
    pub(super) fn enter(&mut self, init: FrameInit) -> Result<Option<FrameResult>, Fault> {
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

    /// Runs frames until the call ends, `until` instructions have run, or the turn's work is done.
    fn run<W: Watch, const CAREFUL: bool>(&mut self, until: u64, watch: &mut W) -> Result<Option<FrameResult>, Fault> {
        loop {
            let Some(action) = self.run_frame::<W, CAREFUL>(until, watch)? else { return Ok(None) };
            let frame = self.evm.frame_stack.get();
            let next = frame.process_next_action::<_, ContextError<Stop>>(&mut self.evm.ctx, action).map_err(fault)?;
            let result = match next {
                ItemOrResult::Item(init) => {
                    if W::SEES {
                        watch.opens(&init.frame_input, &self.evm.ctx);
                    }
                    match self.enter(init)? {
                        None => continue,
                        Some(result) => result,
                    }
                }
                ItemOrResult::Result(result) => {
                    self.evm.frame_stack.get().set_finished(true);
                    result
                }
            };
            if W::SEES {
                watch.closes(&result);
            }
            if let Some(result) = self.evm.frame_return_result(result).map_err(fault)? {
                return Ok(Some(result));
            }
        }
    }

    /// Runs the frame on top; `None` where `until` or the end of the turn's work came first.
    fn run_frame<W: Watch, const CAREFUL: bool>(
        &mut self,
        until: u64,
        watch: &mut W,
    ) -> Result<Option<InterpreterAction>, Fault> {
        let fork = self.setting.map_or(Fork::LATEST, |setting| setting.fork);
        let context = &mut self.evm.ctx;
        let frame = self.evm.frame_stack.get();
        let depth = frame.depth;
        let interpreter = &mut frame.interpreter;
        let (table, gas_table) = (self.evm.instruction.instruction_table(), self.evm.instruction.gas_table());
        let mut steps = self.steps;
        // The turn's work is weighed every few instructions: each one alone would slow all of them.
        let (mut glance, mut weight) = (steps, 0);
        let failed = loop {
            if steps >= glance {
                if steps >= until || self.work == 0 {
                    self.steps = steps;
                    return Ok(None);
                }
                weight = 1 + interpreter.memory.size() as u64 / HEAVY;
                let stretch = (self.work / weight).clamp(1, GLANCE).min(until - steps);
                self.work = self.work.saturating_sub(stretch * weight);
                glance = steps + stretch;
            }
            steps += 1;
            if W::SEES {
                watch.before(interpreter, depth, context);
            }
            if CAREFUL {
                let held = context.local.shared_memory_buffer().borrow().len();
                match memory::verdict(interpreter, gas_table, held) {
                    Verdict::Fits => {}
                    Verdict::OutOfGas => break InstructionResult::MemoryOOG,
                    Verdict::HostLimit => {
                        self.steps = steps;
                        return Err(EVMError::Database(Stop::Host(format!(
                            "memory over the host's limit of {} MiB",
                            environment::MEMORY_LIMIT >> 20
                        ))));
                    }
                }
            }
            if let Err(failed) = interpreter.step(table, gas_table, context) {
                break failed;
            }
            if W::SEES {
                watch.after(interpreter, None);
            }
        };
        self.steps = steps;
        self.work += (glance - steps) * weight;
        let failed = match failed {
            // revm calls a DUP or SWAP that reaches below the stack an overflow too.
            InstructionResult::StackOverflow if interpreter.stack.len() < STACK_LIMIT => {
                InstructionResult::StackUnderflow
            }
            // revm charges for an instruction before it finds that the fork has none; the lack of it comes first.
            InstructionResult::OutOfGas if is_undefined(interpreter, fork) => InstructionResult::NotActivated,
            failed => failed,
        };
        if interpreter.bytecode.action().is_none() {
            interpreter.halt(failed);
        }
        if W::SEES {
            watch.after(interpreter, (!failed.is_ok()).then(|| status(failed).name().to_owned()));
        }
        if !CAREFUL && memory_is_in_doubt(failed, &interpreter.gas, interpreter.memory.size(), context) {
            return Err(EVMError::Database(Stop::LookCloser));
        }
        let action = interpreter.take_next_action();
        match std::mem::replace(&mut context.error, Ok(())) {
            Ok(()) => Ok(Some(action)),
            Err(error) => Err(fault(error)),
        }
    }

    /// Takes the call off the machine. Loaded state is kept where a discard restores it whole.
    pub(super) fn clear(&mut self) {
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
            if let Some(account) = journal.state.get_mut(&changes::RIPEMD) {
                account.unmark_touch();
            }
        }
    }
}

/// Whether the instruction that just ran is none in the fork.
fn is_undefined(interpreter: &Interpreter<EthInterpreter>, fork: Fork) -> bool {
    let at = interpreter.bytecode.pc().wrapping_sub(1);
    interpreter.bytecode.bytecode_slice().get(at).is_some_and(|byte| facts::instruction(*byte, fork).is_none())
}

/// Whether a halt for memory must be looked at again: gas might have paid for what the host does not hold.
fn memory_is_in_doubt(failed: InstructionResult, gas: &Gas, frame: usize, context: &MainnetContext<View<'_>>) -> bool {
    let least = match failed {
        // The limit was passed, so at least as much was asked for as was left of it.
        InstructionResult::MemoryLimitOOG => {
            let held = context.local.shared_memory_buffer().borrow().len();
            environment::MEMORY_LIMIT.saturating_sub(held as u64)
        }
        InstructionResult::InvalidOperandOOG if usize::BITS < 64 => 1 << 32,
        _ => return false,
    };
    let words = |bytes: u64| u128::from(bytes / 32);
    let cost = |words: u128| 3 * words + words * words / 512;
    let now = words(frame as u64);
    cost(now + words(least)) - cost(now) <= u128::from(gas.remaining())
}

/// A create that ended before it had a frame.
pub(super) fn create_result(result: InstructionResult, gas_limit: u64) -> FrameResult {
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
