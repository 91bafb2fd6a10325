//! Sessions: lanes that run several calls in order, each on the state that the last one left, on any engine. Each call is a
//! transaction of its own: warm addresses, transient storage, original values and self-destructs end with it. Several calls
//! in one transaction are not offered, and how a call runs is the engines'. `docs/sequences.md` says what a lane carries, and
//! where.

mod kept;
mod state;

use std::sync::Arc;

use lanevm_shaders::Status;

use self::{kept::Kept, state::State};
use crate::{
    batch::{Batch, BatchError, Calls, Limits, ProgramId, Transaction},
    engine::{Control, Engine, EngineError},
    keeper::KeptError,
    outcome::{Keep, Outcome, Outcomes},
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

/// Lanes and the state that each has come to. An engine that can keeps it where it runs them; [`Session::settle`] brings it
/// here.
#[derive(Debug)]
pub struct Session {
    state: Arc<State>,
    kept: Option<Kept>,
    /// Whether an engine is asked to keep lanes.
    asks: bool,
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
    /// first step can be a copy of them. Outcomes of steps keep what the batch says.
    ///
    /// # Errors
    /// A table is wrong, or a call names no world.
    pub fn new(batch: Batch) -> Result<Self, BatchError> {
        State::new(batch).map(|state| Self::of(Arc::new(state)))
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
        Ok(Self::of(state))
    }

    const fn of(state: Arc<State>) -> Self {
        Self { state, kept: None, asks: true }
    }

    /// The lanes as they stand now. It costs nothing until the session goes on; then the state is copied once.
    ///
    /// # Panics
    /// If the session is not settled: see [`Self::settle`].
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { state: Arc::clone(self.settled()) }
    }

    /// How many lanes' state is kept by an engine. Where there are none, the session is settled.
    pub fn kept_lanes(&self) -> usize {
        self.kept.as_ref().map_or(0, Kept::count)
    }

    /// Brings the state of all lanes here, so that it can be looked at, branched from, or taken to another engine. Where the
    /// engine has lost it, as with a lost device, it runs the steps since its last checkpoint again.
    ///
    /// # Errors
    /// The engine's. The session is then as it was.
    pub async fn settle(&mut self, engine: &mut dyn Engine, control: &Control) -> Result<(), EngineError> {
        if let Some(kept) = &mut self.kept {
            kept.end(engine, Arc::make_mut(&mut self.state), control).await?;
            self.kept = None;
        }
        Ok(())
    }

    fn settled(&self) -> &Arc<State> {
        assert!(self.kept.is_none(), "an engine keeps the state of {} lanes: settle the session", self.kept_lanes());
        &self.state
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
    ///
    /// # Panics
    /// If the session is not settled: see [`Self::settle`].
    pub fn tables(&self) -> &Batch {
        &self.settled().batch
    }

    /// The world that a lane stands in, as an index into the worlds of [`Self::tables`]. Lanes in the same world hold the
    /// same state; the next step may move any of them.
    ///
    /// # Panics
    /// If there is no such lane, or the session is not settled: see [`Self::settle`].
    pub fn world(&self, lane: usize) -> u32 {
        self.settled().lanes[lane].world
    }

    /// The limits of steps to come.
    pub fn set_limits(&mut self, limits: Limits) {
        Arc::make_mut(&mut self.state).batch.limits = limits;
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

    /// Puts blocks and transactions on the tables for steps to come, and gives the index of the first of each. Those of
    /// earlier steps are dropped where no step will be run again, so that a long session's tables do not grow.
    pub fn replace_tables(&mut self, blocks: Vec<BlockEnv>, transactions: Vec<Transaction>) -> (u32, u32) {
        let past = self.kept.as_ref().is_some_and(Kept::remembers);
        let batch = &mut Arc::make_mut(&mut self.state).batch;
        if !past {
            batch.blocks.clear();
            batch.transactions.clear();
        }
        let first = (batch.blocks.len() as u32, batch.transactions.len() as u32);
        batch.blocks.extend(blocks);
        batch.transactions.extend(transactions);
        first
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
        if engine.keeper().is_none() {
            self.settle(engine, control).await?;
        }
        let state = Arc::make_mut(&mut self.state);
        let running: Vec<usize> = (0..lanes).filter(|&lane| state.lanes[lane].stopped.is_none()).collect();
        state.put(step);
        let result = self.run_lanes(engine, running, control).await;
        if let (Err(_), Some(kept)) = (&result, &mut self.kept) {
            // Some lanes may have gone on.
            kept.forget();
        }
        let state = Arc::make_mut(&mut self.state);
        state.batch.calls = Calls::default();
        result
    }

    /// Runs the calls on the tables in the lanes that have not stopped.
    async fn run_lanes(
        &mut self,
        engine: &mut dyn Engine,
        running: Vec<usize>,
        control: &mut Control,
    ) -> Result<Outcomes, EngineError> {
        self.state.batch.validate()?;
        let mut outcomes = self.state.batch.outcomes();
        let stopped: Vec<usize> = (0..self.lanes()).filter(|&lane| self.state.lanes[lane].stopped.is_some()).collect();
        let Step { home, answered } = self.run_kept(engine, running, &mut outcomes, control).await?;
        let state = Arc::make_mut(&mut self.state);
        if home.len() == state.lanes.len() && state.batch.keep == Keep::All {
            outcomes = engine.run(&state.batch, control).await?;
            state.fold(&home, &outcomes);
        } else if !home.is_empty() {
            let on_ended = control.hear_part(&home);
            let part = engine.run(&state.part(&home), control).await;
            control.on_ended = on_ended;
            let part = part?;
            state.fold(&home, &part);
            outcomes.merge(&home, &part, None);
        }
        if outcomes.keep() >= Keep::Status {
            for lane in stopped {
                let Some(Stopped { step, status }) = state.lanes[lane].stopped else { continue };
                let detail = Some(format!("the lane stopped at step {step}: {status}"));
                outcomes.set(lane, &Outcome { detail, ..Outcome::default() });
            }
        }
        state.steps += 1;
        if let (Some(kept), Some(keeper)) = (&mut self.kept, engine.keeper()) {
            kept.remember(keeper, std::mem::take(&mut state.batch.calls), answered).await;
        }
        if self.kept.as_ref().is_some_and(|kept| kept.count() == 0) {
            // Calls like these are not kept: what they come to is more than storage.
            (self.kept, self.asks) = (None, false);
        }
        Ok(outcomes)
    }

    /// Runs the calls of lanes that the engine keeps, or would, in the engine.
    async fn run_kept(
        &mut self,
        engine: &mut dyn Engine,
        running: Vec<usize>,
        outcomes: &mut Outcomes,
        control: &mut Control,
    ) -> Result<Step, EngineError> {
        let lanes = self.lanes();
        let at_home = |home| Ok(Step { home, answered: Vec::new() });
        let Some(keeper) = engine.keeper() else { return at_home(running) };
        if self.kept.is_none() && self.asks {
            self.kept = Kept::begin(keeper, lanes).await;
            self.asks = self.kept.is_some();
        }
        let Some(kept) = &mut self.kept else { return at_home(running) };
        match kept.run(keeper, Arc::make_mut(&mut self.state), &running, outcomes, control).await {
            Ok(step) => Ok(step),
            Err(KeptError::Engine(error)) => Err(error),
            Err(KeptError::Lost(why)) => {
                tracing::warn!(why, "the engine has lost the lanes that it kept");
                *outcomes = self.state.batch.outcomes();
                self.settle(engine, control).await?;
                at_home(running)
            }
        }
    }
}

/// How the lanes of a step are run.
struct Step {
    /// Lanes whose calls the session has run, and whose changes it carries.
    home: Vec<usize>,
    /// Lanes whose calls the engine that keeps them has answered.
    answered: Vec<usize>,
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
