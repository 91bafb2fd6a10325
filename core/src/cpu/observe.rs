//! Noting a lane's path and coverage as it runs. What is noted is defined in `observation.rs`.

use std::collections::HashSet;

use alloy_primitives::{B256, keccak256};
use revm::interpreter::{
    Interpreter,
    interpreter::EthInterpreter,
    interpreter_types::{Jumps, LegacyBytecode},
};

use super::{
    LOOK,
    lane::{Context, Lane, Turn},
    watch::{Blind, Watch},
};
use crate::{
    batch::Batch,
    observation::{Deed, JUMPDEST, JUMPI, Observe, OwnPrograms, Path, code_identity},
    outcome::Outcomes,
};

const JUMP: u8 = 0x56;

/// A frame's code.
#[derive(Clone, Copy, Debug, Default)]
struct Code {
    identity: u32,
    hash: B256,
    /// Whether it is one of the lane's own programs.
    own: bool,
}

/// Notes what the batch wants noted of one lane at a time.
#[derive(Debug, Default)]
pub(super) struct Observer {
    observe: Observe,
    own: OwnPrograms,
    path: Path,
    /// By depth.
    codes: Vec<Code>,
    depth: usize,
    /// The instruction before.
    last: u8,
    deeds: HashSet<(B256, u32, Deed)>,
    /// The JUMPI that is about to run, and whether it will jump.
    branch: Option<(u32, bool)>,
}

impl Observer {
    /// An observer of a batch's lanes.
    pub(super) fn new(batch: &Batch) -> Self {
        Self { observe: batch.observe, ..Self::default() }
    }

    /// Turns to another lane.
    pub(super) fn turn_to(&mut self, batch: &Batch, index: usize) {
        self.path = Path::default();
        self.codes.clear();
        self.last = 0;
        self.deeds.clear();
        self.branch = None;
        if self.observe.coverage {
            self.own.turn_to(batch, index);
        }
    }

    /// Writes down what the lane did, which has ended.
    pub(super) fn enter_into(&self, outcomes: &mut Outcomes, row: usize) {
        if self.observe.path {
            outcomes.set_path(row, self.path.0);
        }
        for (hash, pc, deed) in &self.deeds {
            outcomes.coverage.add(*hash, *pc, *deed, 1);
        }
    }

    fn note(&mut self, pc: u32, deed: Deed) {
        let code = self.codes.get(self.depth).copied().unwrap_or_default();
        if deed == Deed::Entered {
            self.path.enter(code.identity, pc);
        }
        if code.own {
            self.deeds.insert((code.hash, pc, deed));
        }
    }

    /// A frame begins.
    fn begin(&mut self, interpreter: &Interpreter<EthInterpreter>) {
        let bytes = interpreter.bytecode.bytecode_slice();
        let mut code = Code { identity: code_identity(bytes), ..Code::default() };
        if self.observe.coverage {
            code.hash = interpreter.bytecode.hash().unwrap_or_else(|| keccak256(bytes));
            code.own = self.own.has(&code.hash);
        }
        self.codes.resize(self.codes.len().max(self.depth + 1), Code::default());
        self.codes[self.depth] = code;
    }
}

/// The lanes of a thread: observed where the batch wants it.
pub(super) struct Sight(Option<Observer>);

impl Sight {
    /// What the batch wants.
    pub(super) fn of(batch: &Batch) -> Self {
        Self(batch.observe.any().then(|| Observer::new(batch)))
    }

    /// Puts a call on the machine and runs its first instructions.
    pub(super) fn start(&mut self, lane: &mut Lane<'_>, index: usize) -> Turn {
        let Some(observer) = &mut self.0 else { return lane.start(index) };
        observer.turn_to(lane.batch, index);
        match lane.begin_watched(index) {
            Turn::Paused => lane.advance(LOOK, observer),
            done => done,
        }
    }

    /// Runs further instructions of the call under way.
    pub(super) fn advance(&mut self, lane: &mut Lane<'_>) -> Turn {
        match &mut self.0 {
            Some(observer) => lane.advance(LOOK, observer),
            None => lane.advance(LOOK, &mut Blind),
        }
    }

    /// Writes down what was noted of the call, which has ended.
    pub(super) fn enter_into(&self, outcomes: &mut Outcomes, row: usize) {
        if let Some(observer) = &self.0 {
            observer.enter_into(outcomes, row);
        }
    }
}

impl Watch for Observer {
    const SEES: bool = true;

    fn before(&mut self, interpreter: &Interpreter<EthInterpreter>, depth: usize, _: &Context<'_>) {
        let pc = interpreter.bytecode.pc();
        let op = interpreter.bytecode.opcode();
        self.branch = None;
        self.depth = depth;
        // Only a jump comes to 0 without a frame that begins.
        if pc == 0 && !matches!(self.last, JUMP | JUMPI) {
            self.begin(interpreter);
        }
        self.last = op;
        if pc == 0 || op == JUMPDEST {
            self.note(pc as u32, Deed::Entered);
        }
        if op == JUMPI {
            let stack = interpreter.stack.data();
            let jumps = stack.len().checked_sub(2).is_some_and(|at| !stack[at].is_zero());
            self.branch = Some((pc as u32, jumps));
        }
    }

    fn after(&mut self, interpreter: &Interpreter<EthInterpreter>, failed: Option<String>) {
        let Some((pc, jumps)) = self.branch.take().filter(|_| failed.is_none()) else { return };
        self.note(pc, if jumps { Deed::Jumped } else { Deed::Fell });
        let next = interpreter.bytecode.bytecode_slice().get(pc as usize + 1);
        if !jumps && next != Some(&JUMPDEST) {
            self.note(pc + 1, Deed::Entered);
        }
    }
}
