//! One call at a time on revm, in turns: begun, advanced by so many instructions, ended with an outcome. It keeps one
//! `Evm` over an unchanging world and reuses what it loaded; it schedules nothing.

use alloy_primitives::{Address, Bytes, U256, U512, map::AddressMap};
use lanevm_shaders::{Class, Fork, Status, facts};
use revm::{
    context::{Context, JournalTr, journal::JournalInner, result::EVMError},
    context_interface::{
        LocalContextTr, context::ContextError, journaled_state::TransferError, result::InvalidTransaction,
    },
    handler::{
        EthFrame, EvmTr, FrameData, FrameResult, Handler, ItemOrResult, MainBuilder, MainnetContext, MainnetEvm,
        MainnetHandler,
    },
    interpreter::{
        CallInput, CallInputs, CallOutcome, CallScheme, CallValue, CreateInputs, CreateOutcome, CreateScheme,
        FrameInput, Gas, GasTracker, InitialAndFloorGas, Instruction, InstructionResult, Interpreter,
        InterpreterAction, InterpreterResult, STACK_LIMIT, SharedMemory,
        interpreter::EthInterpreter,
        interpreter_action::FrameInit,
        interpreter_types::{Jumps, LegacyBytecode, LoopControl, MemoryTr},
    },
    primitives::{HashSet, hardfork::SpecId},
};

use super::{
    LOOK, changes, constantinople, environment,
    memory::{self, Verdict},
    state::{Codes, Stop, View},
    watch::{Blind, Watch},
};
use crate::{
    batch::{Batch, CallRef, Level},
    outcome::{Outcome, StateChanges},
};

type Machine<'a> = MainnetEvm<MainnetContext<View<'a>>>;
type Fault = EVMError<Stop, InvalidTransaction>;
type Rules<'a> = MainnetHandler<Machine<'a>, Fault, EthFrame>;

/// Accounts and slots that revm may keep from call to call before they are dropped.
const MOST_KEPT: usize = 8192;

/// What a turn left.
#[derive(Debug)]
pub(super) enum Turn {
    /// There is more to do.
    Paused,
    /// The call ended.
    Done(Box<Outcome>),
}

/// What must be the same for a call to run on the machine as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setting {
    world: u32,
    block: u32,
    fork: Fork,
    level: Level,
}

/// A transaction under way.
#[derive(Debug)]
struct Fees {
    gas: GasTracker,
    intrinsic: InitialAndFloorGas,
    /// Refund of authorisations (EIP-7702).
    authorizations: i64,
}

/// A machine and the call that is on it.
pub(super) struct Lane<'a> {
    batch: &'a Batch,
    codes: &'a Codes<'a>,
    evm: Machine<'a>,
    setting: Option<Setting>,
    /// The call's index.
    index: usize,
    fees: Option<Fees>,
    steps: u64,
    /// Whether memory operands are judged before they are used.
    careful: bool,
    /// Whether a create ran: it leaves marks on accounts that a discard does not take back.
    created: bool,
    /// The data of the last call and where it stands, since sweeps often share it.
    data: Option<((u64, u32), Bytes)>,
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

    /// Runs at most `budget` instructions of the call under way.
    pub(super) fn advance<W: Watch>(&mut self, budget: u64, watch: &mut W) -> Turn {
        let mut until = self.steps.saturating_add(budget);
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

    /// Sets world, block, fork and level, and the transaction's fields.
    fn prepare(&mut self, call: &CallRef<'_>) -> Result<(), Fault> {
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
                self.evm.instruction = revm::handler::instructions::EthInstructions::new_mainnet_with_spec(spec);
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
            Some((at, data)) if *at == range => data.clone(),
            _ => {
                let data = Bytes::copy_from_slice(call.data);
                self.data = Some((range, data.clone()));
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
    fn begin_frame(&mut self, call: &CallRef<'_>) -> Result<Option<FrameResult>, Fault> {
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
            let limit = revm::primitives::eip3860::MAX_INITCODE_SIZE;
            if call.fork >= Fork::Shanghai && data.len() > limit {
                return Ok(Some(create_result(InstructionResult::CreateInitCodeSizeLimit, call.gas)));
            }
            let inputs = CreateInputs::new(call.caller, CreateScheme::Create, call.value, data, call.gas, 0);
            FrameInput::Create(Box::new(inputs))
        };
        let memory = self.memory();
        self.enter(FrameInit { depth: 0, memory, frame_input })
    }

    /// A transaction, up to its first frame.
    fn begin_transaction(&mut self, call: &CallRef<'_>) -> Result<Option<FrameResult>, Fault> {
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
        self.fees = Some(Fees { gas, intrinsic, authorizations: prepared.eip7702_refund as i64 });
        self.enter(init)
    }

    /// Opens a frame; a frame that ends at once (precompile, no code, refused) gives its result.
    fn enter(&mut self, init: FrameInit) -> Result<Option<FrameResult>, Fault> {
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
                result: ended(InstructionResult::OverflowPayment, inputs.gas_limit),
                memory_offset: inputs.return_memory_offset.clone(),
                was_precompile_called: false,
                precompile_call_logs: Vec::new(),
                charged_new_account_state_gas: false,
            })
        })
    }

    /// Runs frames until the call ends or `until` instructions have run.
    fn run<W: Watch, const CAREFUL: bool>(&mut self, until: u64, watch: &mut W) -> Result<Option<FrameResult>, Fault> {
        loop {
            let Some(action) = self.run_frame::<W, CAREFUL>(until, watch)? else { return Ok(None) };
            let frame = self.evm.frame_stack.get();
            let next = frame.process_next_action::<_, ContextError<Stop>>(&mut self.evm.ctx, action).map_err(fault)?;
            let result = match next {
                ItemOrResult::Item(init) => match self.enter(init)? {
                    None => continue,
                    Some(result) => result,
                },
                ItemOrResult::Result(result) => {
                    self.evm.frame_stack.get().set_finished(true);
                    result
                }
            };
            if let Some(result) = self.evm.frame_return_result(result).map_err(fault)? {
                return Ok(Some(result));
            }
        }
    }

    /// Runs the frame on top; `None` where `until` came first.
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
        let failed = loop {
            if steps >= until {
                self.steps = steps;
                return Ok(None);
            }
            steps += 1;
            if W::SEES {
                watch.before(interpreter, depth);
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
        // revm calls a DUP or SWAP that reaches below the stack an overflow too.
        let failed = match failed {
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

    /// The outcome of the first frame's result.
    fn end(&mut self, mut result: FrameResult) -> Turn {
        let outcome = match self.fees.take() {
            None => Ok(self.frame_outcome(result)),
            Some(mut fees) => self.settle(&mut result, &mut fees).map(|()| self.transaction_outcome(result, &fees)),
        };
        match outcome {
            Ok(outcome) => {
                self.clear();
                Turn::Done(Box::new(outcome))
            }
            Err(fault) => self.fail(fault),
        }
    }

    /// What follows a transaction's first frame: refund, floor, fees.
    fn settle(&mut self, result: &mut FrameResult, fees: &mut Fees) -> Result<(), Fault> {
        let mut rules = Rules::default();
        rules.last_frame_result(&mut self.evm, result, &mut fees.gas)?;
        let frame_refund = result.gas().refunded();
        rules.post_execution(&mut self.evm, result, fees.intrinsic, fees.authorizations)?;
        fees.authorizations += frame_refund;
        Ok(())
    }

    fn frame_outcome(&self, result: FrameResult) -> Outcome {
        let gas_limit = self.evm.ctx.tx.gas_limit;
        let (status, created, interpreted) = parts(result);
        let spent = gas_limit.saturating_sub(interpreted.gas.remaining());
        let mut outcome = self.outcome(status, created, interpreted.output);
        outcome.gas_used = if interpreted.result.is_halt() { gas_limit } else { spent };
        if status.class() == Class::Success {
            outcome.refund = interpreted.gas.refunded();
        }
        outcome
    }

    fn transaction_outcome(&self, result: FrameResult, fees: &Fees) -> Outcome {
        let (status, created, interpreted) = parts(result);
        let mut outcome = self.outcome(status, created, interpreted.output);
        let gas = &interpreted.gas;
        outcome.refund_granted = u64::try_from(gas.refunded()).unwrap_or_default();
        outcome.gas_used = gas.limit().saturating_sub(gas.remaining()).saturating_sub(outcome.refund_granted);
        outcome.refund = fees.authorizations;
        outcome
    }

    fn outcome(&self, status: Status, created: Option<Address>, output: Bytes) -> Outcome {
        let journal = &self.evm.ctx.journaled_state;
        let fork = self.setting.map_or(Fork::LATEST, |setting| setting.fork);
        let succeeded = status.class() == Class::Success;
        Outcome {
            status: Some(status),
            steps: self.steps,
            output: if matches!(status.class(), Class::Success | Class::Revert) { output } else { Bytes::new() },
            logs: if succeeded { changes::logs(&journal.inner) } else { Vec::new() },
            changes: changes::changes(&journal.inner, &journal.database, fork),
            created: created.filter(|_| succeeded),
            ..Outcome::default()
        }
    }

    /// The outcome of a call that came to no result.
    fn fail(&mut self, fault: Fault) -> Turn {
        let (status, detail) = match fault {
            EVMError::Transaction(reason) => self.rejected(&reason),
            EVMError::Header(reason) => (Status::Rejected, Some(reason.to_string())),
            EVMError::Database(Stop::Steps) => (Status::StepLimit, None),
            EVMError::Database(stop @ (Stop::Account(_) | Stop::Slot { .. })) => {
                (Status::MissingState, Some(stop.to_string()))
            }
            EVMError::Database(stop) => (Status::HostLimit, Some(stop.to_string())),
            EVMError::Custom(reason) => (Status::Rejected, Some(reason)),
            EVMError::CustomAny(reason) => (Status::HostLimit, Some(reason.to_string())),
        };
        self.clear();
        Turn::Done(Box::new(Outcome {
            status: Some(status),
            steps: self.steps,
            changes: StateChanges::new(),
            detail,
            ..Outcome::default()
        }))
    }

    /// revm multiplies price and gas in 128 bits; where that overflows and the sender could still pay, the transaction is
    /// not refused but beyond this host.
    fn rejected(&mut self, reason: &InvalidTransaction) -> (Status, Option<String>) {
        let call = self.batch.call(self.index);
        if matches!(reason, InvalidTransaction::OverflowPaymentInTransaction) {
            let price = call.transaction.map_or(U256::ZERO, |tx| tx.gas_price);
            let cost = U512::from(price) * U512::from(call.gas) + U512::from(call.value);
            let balance = self.batch.account(call.world, &call.caller).map_or(U256::ZERO, |sender| sender.balance);
            if U512::from(balance) >= cost {
                return (Status::HostLimit, Some("gas limit times gas price is 2^128 wei or more".into()));
            }
        }
        (Status::Rejected, Some(reason.to_string()))
    }

    /// Takes the call off the machine. Loaded state is kept where a discard restores it whole.
    fn clear(&mut self) {
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
fn create_result(result: InstructionResult, gas_limit: u64) -> FrameResult {
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

fn parts(result: FrameResult) -> (Status, Option<Address>, InterpreterResult) {
    match result {
        FrameResult::Call(call) => (status(call.result.result), None, call.result),
        // revm lets a create whose creator's nonce is at its end return, without an address.
        FrameResult::Create(create) if create.address.is_none() && create.result.result.is_ok() => {
            (Status::NonceOverflow, None, create.result)
        }
        FrameResult::Create(create) => (status(create.result.result), create.address, create.result),
    }
}

/// The status for revm's word of how a frame ended.
const fn status(result: InstructionResult) -> Status {
    use InstructionResult as R;
    match result {
        R::Stop | R::Suspend => Status::Stop,
        R::Return => Status::Return,
        R::SelfDestruct => Status::SelfDestruct,
        R::Revert => Status::Revert,
        R::CallTooDeep => Status::CallDepth,
        // A balance over 2^256-1 has no rule in Ethereum, where supply is far smaller: the payment cannot be made.
        R::OutOfFunds | R::OverflowPayment => Status::InsufficientBalance,
        R::OutOfGas
        | R::MemoryOOG
        | R::MemoryLimitOOG
        | R::PrecompileOOG
        | R::InvalidOperandOOG
        | R::ReentrancySentryOOG => Status::OutOfGas,
        R::OpcodeNotFound | R::NotActivated | R::InvalidImmediateEncoding => Status::UndefinedOpcode,
        R::CallNotAllowedInsideStatic | R::StateChangeDuringStaticCall => Status::StaticViolation,
        R::InvalidFEOpcode => Status::InvalidOpcode,
        R::InvalidJump => Status::InvalidJump,
        R::StackUnderflow => Status::StackUnderflow,
        R::StackOverflow => Status::StackOverflow,
        R::OutOfOffset => Status::ReturnDataOutOfBounds,
        R::CreateCollision => Status::CreateCollision,
        R::PrecompileError => Status::PrecompileError,
        R::NonceOverflow => Status::NonceOverflow,
        R::CreateContractSizeLimit => Status::CodeSizeLimit,
        R::CreateContractStartingWithEF
        | R::CreateInitCodeStartingEF00
        | R::InvalidEOFInitCode
        | R::InvalidExtDelegateCallTarget => Status::CodeStartsWithEf,
        R::CreateInitCodeSizeLimit => Status::InitcodeSizeLimit,
        R::FatalExternalError => Status::HostLimit,
    }
}
