//! One call at a time on revm, in turns: begun (`opening.rs`), advanced by so many instructions, ended with an outcome
//! (`ending.rs`). It keeps one machine over an unchanging world and reuses what it loaded; it schedules nothing.

use alloy_primitives::Bytes;
use lanevm_machine::{Fees, Machine, Meter, Stop};
use lanevm_shaders::{Fork, facts};
use revm::{
    context::result::EVMError,
    context_interface::LocalContextTr,
    handler::{FrameResult, ItemOrResult},
    interpreter::{
        Gas, InstructionResult, Interpreter, InterpreterAction, STACK_LIMIT,
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, LegacyBytecode, LoopControl, MemoryTr},
    },
};

pub(super) use lanevm_machine::{Context, Fault};

use super::{
    LOOK,
    ending::status,
    environment,
    memory::{self, Verdict},
    opening::Setting,
    state::Codes,
    watch::{Blind, Watch},
};
use crate::{
    batch::{Batch, Level},
    outcome::Outcome,
};

/// What a turn left.
#[derive(Debug)]
pub(super) enum Turn {
    /// There is more to do.
    Paused,
    /// The call ended.
    Done(Box<Outcome>),
}

/// A machine and the call that is on it.
pub(super) struct Lane<'a> {
    pub(super) batch: &'a Batch,
    pub(super) codes: &'a Codes<'a>,
    pub(super) machine: Machine<'a>,
    pub(super) setting: Option<Setting>,
    /// The call's index.
    pub(super) index: usize,
    pub(super) fees: Option<Fees>,
    meter: Meter,
    /// Whether memory operands are judged before they are used.
    careful: bool,
    /// The data of the last call and where it stands, since sweeps often share it.
    pub(super) data: Option<((u64, u32), Bytes)>,
}

impl<'a> Lane<'a> {
    pub(super) fn new(batch: &'a Batch, codes: &'a Codes<'a>) -> Self {
        Self {
            batch,
            codes,
            machine: Machine::new(codes),
            setting: None,
            index: 0,
            fees: None,
            meter: Meter::default(),
            careful: false,
            data: None,
        }
    }

    /// Instructions of the call under way.
    pub(super) const fn steps(&self) -> u64 {
        self.meter.steps
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
        self.meter.steps = 0;
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
        let most = self.batch.limits.max_steps.unwrap_or(u64::MAX);
        self.meter.until = self.meter.steps.saturating_add(budget).min(most);
        self.meter.work = budget;
        let run = if self.careful { self.run::<W, true>(watch) } else { self.run::<W, false>(watch) };
        match run {
            Ok(None) if self.batch.limits.max_steps.is_some_and(|most| self.meter.steps >= most) => {
                self.fail(EVMError::Database(Stop::Steps))
            }
            Ok(None) => Turn::Paused,
            Ok(Some(result)) => self.end(result),
            Err(EVMError::Database(Stop::LookCloser)) => {
                self.machine.clear();
                self.careful = true;
                self.restart(self.index)
            }
            Err(fault) => self.fail(fault),
        }
    }

    /// Runs frames until the call ends, or the turn.
    fn run<W: Watch, const CAREFUL: bool>(&mut self, watch: &mut W) -> Result<Option<FrameResult>, Fault> {
        loop {
            let Some(action) = self.run_frame::<W, CAREFUL>(watch)? else { return Ok(None) };
            let result = match self.machine.act(action)? {
                ItemOrResult::Item(init) => {
                    if W::SEES {
                        watch.opens(&init.frame_input, self.machine.context());
                    }
                    match self.machine.enter(init)? {
                        None => continue,
                        Some(result) => result,
                    }
                }
                ItemOrResult::Result(result) => result,
            };
            if W::SEES {
                watch.closes(&result);
            }
            if let Some(result) = self.machine.give(result)? {
                return Ok(Some(result));
            }
        }
    }

    /// Runs the frame on top; `None` where the turn ended first.
    fn run_frame<W: Watch, const CAREFUL: bool>(&mut self, watch: &mut W) -> Result<Option<InterpreterAction>, Fault> {
        let stopped =
            if W::SEES || CAREFUL { self.walk::<W, CAREFUL>(watch)? } else { self.machine.run(&mut self.meter) };
        let Some(failed) = stopped else { return Ok(None) };
        let fork = self.setting.map_or(Fork::LATEST, |setting| setting.fork);
        let (frame, context, _) = self.machine.parts();
        let interpreter = &mut frame.interpreter;
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
        self.machine.take_action().map(Some)
    }

    /// Runs the frame on top as [`Machine::run`] does, with a look at each instruction.
    fn walk<W: Watch, const CAREFUL: bool>(&mut self, watch: &mut W) -> Result<Option<InstructionResult>, Fault> {
        loop {
            let size = self.machine.parts().0.interpreter.memory.size();
            let Some(stretch) = self.meter.stretch(size) else { return Ok(None) };
            for ran in 1..=stretch.steps {
                self.meter.steps += 1;
                if let Err(failed) = self.step::<W, CAREFUL>(watch)? {
                    self.meter.give_back(stretch, ran);
                    return Ok(Some(failed));
                }
            }
        }
    }

    /// Runs an instruction, which is seen, and its memory judged beforehand.
    fn step<W: Watch, const CAREFUL: bool>(&mut self, watch: &mut W) -> Result<Result<(), InstructionResult>, Fault> {
        let (frame, context, gas_table) = self.machine.parts();
        if W::SEES {
            watch.before(&frame.interpreter, frame.depth, context);
        }
        if CAREFUL {
            let held = context.local.shared_memory_buffer().borrow().len();
            match memory::verdict(&frame.interpreter, gas_table, held) {
                Verdict::Fits => {}
                Verdict::OutOfGas => return Ok(Err(InstructionResult::MemoryOOG)),
                Verdict::HostLimit => {
                    return Err(EVMError::Database(Stop::Host(format!(
                        "memory over the host's limit of {} MiB",
                        environment::MEMORY_LIMIT >> 20
                    ))));
                }
            }
        }
        let ran = self.machine.step();
        if W::SEES && ran.is_ok() {
            watch.after(&self.machine.parts().0.interpreter, None);
        }
        Ok(ran)
    }
}

/// Whether the instruction that just ran is none in the fork.
fn is_undefined(interpreter: &Interpreter<EthInterpreter>, fork: Fork) -> bool {
    let at = interpreter.bytecode.pc().wrapping_sub(1);
    interpreter.bytecode.bytecode_slice().get(at).is_some_and(|byte| facts::instruction(*byte, fork).is_none())
}

/// Whether a halt for memory must be looked at again: gas might have paid for what the host does not hold.
fn memory_is_in_doubt(failed: InstructionResult, gas: &Gas, frame: usize, context: &Context<'_>) -> bool {
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
