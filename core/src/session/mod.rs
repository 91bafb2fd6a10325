//! Sessions: lanes that run several calls in order, each on the state that the last one left, on any engine. Each call is a
//! transaction of its own: warm addresses, transient storage, original values and self-destructs end with it. Several calls
//! in one transaction are not offered, and how a call runs is the engines'. `docs/sequences.md` says what a lane carries.

mod state;

use std::sync::Arc;

use lanevm_shaders::Status;

use self::state::State;
use crate::{
    batch::{Batch, BatchError, Calls, ProgramId, Transaction},
    engine::{Control, Engine, EngineError},
    outcome::{Outcome, Outcomes},
    program::Program,
    world::BlockEnv,
};

/// Where a lane came to no answer. It keeps the state from before that step, and takes no part in later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The step, counted from 0.
    pub step: usize,
    /// `unfinished` (the run was cancelled), `step_limit`, `missing_state` or `host_limit`.
    pub status: Status,
}

/// Lanes and the state that each has come to.
#[derive(Clone, Debug)]
pub struct Session {
    state: Arc<State>,
}

/// The lanes of a session as they stood. Clones share it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    state: Arc<State>,
}

impl Snapshot {
    /// How many lanes it holds.
    pub fn lanes(&self) -> usize {
        self.state.lanes.len()
    }
}

impl Session {
    /// Lanes that begin with the worlds of a batch's calls, and the batch's tables. The calls themselves are not run: the
    /// first step can be a copy of them. Outcomes of steps keep everything, whatever the batch says: the changes are what is
    /// carried.
    ///
    /// # Errors
    /// A table is wrong, or a call names no world.
    pub fn new(batch: Batch) -> Result<Self, BatchError> {
        State::new(batch).map(|state| Self { state: Arc::new(state) })
    }

    /// Lanes that begin as lanes of a snapshot do: lane `i` as the snapshot's lane `lanes[i]`. One lane of a snapshot may
    /// become many. A lane that was stopped stays so.
    ///
    /// # Errors
    /// The snapshot has no such lane.
    pub fn branch(snapshot: &Snapshot, lanes: &[usize]) -> Result<Self, BatchError> {
        let len = snapshot.lanes();
        if let Some(call) = lanes.iter().position(|&lane| lane >= len) {
            let index = u32::try_from(lanes[call]).unwrap_or(u32::MAX);
            return Err(BatchError::Index { column: "lane", call, table: "snapshot's lane", index, len });
        }
        let same = lanes.len() == len && lanes.iter().enumerate().all(|(at, &lane)| at == lane);
        let state = if same { Arc::clone(&snapshot.state) } else { Arc::new(snapshot.state.select(lanes)) };
        Ok(Self { state })
    }

    /// The lanes as they stand now. It costs nothing until the session goes on; then the state is copied once.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { state: Arc::clone(&self.state) }
    }

    /// How many lanes there are.
    pub fn lanes(&self) -> usize {
        self.state.lanes.len()
    }

    /// How many steps have been run.
    pub fn steps(&self) -> usize {
        self.state.steps
    }

    /// Where a lane stopped, if it did.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn stopped(&self, lane: usize) -> Option<Stopped> {
        self.state.lanes[lane].stopped
    }

    /// How many lanes have stopped.
    pub fn stopped_lanes(&self) -> usize {
        self.state.lanes.iter().filter(|lane| lane.stopped.is_some()).count()
    }

    /// Lets a lane that stopped take part again, with the state it kept: after a cancelled run, say. The step at which it
    /// stopped is not made good.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn resume(&mut self, lane: usize) {
        Arc::make_mut(&mut self.state).lanes[lane].stopped = None;
    }

    /// The tables, with the worlds that lanes stand in; its calls mean nothing. [`Batch::account`] and [`Batch::storage`]
    /// of [`Self::world`] show what a lane holds.
    pub fn tables(&self) -> &Batch {
        &self.state.batch
    }

    /// The world that a lane stands in, as an index into the worlds of [`Self::tables`]. Lanes in the same world hold the
    /// same state; the next step may move any of them.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn world(&self, lane: usize) -> u32 {
        self.state.lanes[lane].world
    }

    /// Adds a block for steps to come, and gives its index.
    pub fn add_block(&mut self, block: BlockEnv) -> u32 {
        let blocks = &mut Arc::make_mut(&mut self.state).batch.blocks;
        blocks.push(block);
        (blocks.len() - 1) as u32
    }

    /// Adds a transaction's own fields for steps to come, and gives their index.
    pub fn add_transaction(&mut self, transaction: Transaction) -> u32 {
        let transactions = &mut Arc::make_mut(&mut self.state).batch.transactions;
        transactions.push(transaction);
        (transactions.len() - 1) as u32
    }

    /// Adds a program for steps to come, and gives its index; one that is known keeps its own.
    pub fn add_program(&mut self, program: Program) -> ProgramId {
        Arc::make_mut(&mut self.state).program(program)
    }

    /// Runs one call in each lane, and carries what it changed. Whatever the call came to stands, as on a chain: fees and
    /// nonce of a transaction that reverts or halts too; one that is rejected changes nothing. Call `i` is lane `i`'s; its
    /// world is the lane's own, whatever the column `world` says.
    ///
    /// A lane that comes to no answer is [`Stopped`], and so is one that a cancelled run leaves `unfinished`. Its rows of
    /// later steps are `unfinished`, and their detail says where it stopped.
    ///
    /// # Errors
    /// The engine's, and a step that has not one call for each lane. All lanes then stand where they stood.
    pub async fn run(
        &mut self,
        engine: &mut dyn Engine,
        step: Calls,
        control: &mut Control,
    ) -> Result<Outcomes, EngineError> {
        let lanes = self.lanes();
        if step.count != lanes {
            return Err(BatchError::ColumnLength { column: "step", found: step.count, calls: lanes }.into());
        }
        let state = Arc::make_mut(&mut self.state);
        let running: Vec<usize> = (0..lanes).filter(|&lane| state.lanes[lane].stopped.is_none()).collect();
        state.put(step);
        let result = if running.len() == lanes {
            engine.run(&state.batch, control).await
        } else {
            run_some(engine, state, &running, control).await
        };
        state.batch.calls = Calls::default();
        let outcomes = result?;
        state.fold(&running, &outcomes);
        Ok(outcomes)
    }
}

/// Runs the lanes that have not stopped; the others' rows say where they did.
async fn run_some(
    engine: &mut dyn Engine,
    state: &State,
    running: &[usize],
    control: &mut Control,
) -> Result<Outcomes, EngineError> {
    state.batch.validate()?;
    let mut outcomes = Outcomes::unfinished(state.lanes.len());
    if !running.is_empty() {
        let part = engine.run(&state.batch.subset(running), control).await?;
        outcomes.merge(running, &part, None);
    }
    for (row, lane) in state.lanes.iter().enumerate() {
        if let Some(Stopped { step, status }) = lane.stopped {
            let detail = Some(format!("the lane stopped at step {step}: {status}"));
            outcomes.set(row, &Outcome { detail, ..Outcome::default() });
        }
    }
    Ok(outcomes)
}

/// Runs several steps on the lanes of a batch and keeps all outcomes: those of step `s` are the `s`-th, with a row for each
/// lane. Who need not keep them all runs a [`Session`]. A cancelled run leaves the lanes `unfinished` from there on.
///
/// # Errors
/// As [`Session::new`] and [`Session::run`].
pub async fn run_sequence(
    engine: &mut dyn Engine,
    batch: Batch,
    steps: impl IntoIterator<Item = Calls>,
    control: &mut Control,
) -> Result<Vec<Outcomes>, EngineError> {
    let mut session = Session::new(batch)?;
    let mut all = Vec::new();
    for step in steps {
        all.push(session.run(engine, step, control).await?);
    }
    Ok(all)
}
