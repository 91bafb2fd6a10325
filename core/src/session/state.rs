//! What a session holds: tables, and the world that each lane has come to. A lane's world is the one it began with or a
//! difference on it, never a chain of them; lanes in the same state share theirs. It runs nothing.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, B256, U256};
use lanevm_shaders::{Class, Status};

use super::Stopped;
use crate::{
    batch::{Batch, BatchError, Calls, ProgramId},
    columns::Column,
    digest,
    outcome::{AccountChange, Keep, Outcomes, StateChanges},
    program::Program,
    world::{Absent, Account, World},
};

/// A lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    /// The world it stands in.
    pub(super) world: u32,
    /// Where it stopped.
    pub(super) stopped: Option<Stopped>,
}

/// Lanes and tables.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The tables, the calls of the step under way, and what is wanted of their outcomes. Worlds from `first` on are the session's own.
    pub(super) batch: Batch,
    /// The lanes.
    pub(super) lanes: Vec<Lane>,
    /// Steps run.
    pub(super) steps: usize,
    /// Worlds that the session began with. They are never written to.
    first: usize,
    /// How many lanes stand in each world from `first` on.
    users: Vec<u32>,
    /// Worlds that nobody stands in any more.
    free: Vec<u32>,
    programs: HashMap<B256, ProgramId>,
}

/// Where lanes have come to from a world by changes: those that stood in one world and changed it alike stand in one again.
type Moved<'a> = HashMap<(u32, &'a [u8]), u32>;

impl State {
    /// The lanes of a batch's calls.
    ///
    /// # Errors
    /// A table is wrong, or a call names no world.
    pub(super) fn new(mut batch: Batch) -> Result<Self, BatchError> {
        let Calls { count, world, .. } = std::mem::take(&mut batch.calls);
        batch.validate()?;
        if !world.fits(count) {
            return Err(BatchError::ColumnLength { column: "world", found: world.values().len(), calls: count });
        }
        let len = batch.worlds.len();
        let mut lanes = Vec::with_capacity(count);
        for call in 0..count {
            let index = *world.get(call);
            if index as usize >= len {
                return Err(BatchError::Index { column: "world", call, table: "world", index, len });
            }
            lanes.push(Lane { world: index, stopped: None });
        }
        let mut programs = HashMap::new();
        for (program, id) in batch.programs.iter().zip(0..) {
            programs.entry(program.hash()).or_insert(id);
        }
        Ok(Self { batch, lanes, steps: 0, first: len, users: Vec::new(), free: Vec::new(), programs })
    }

    /// The lanes `lanes` alone, in that order, and the worlds they stand in.
    pub(super) fn select(&self, lanes: &[usize]) -> Self {
        let mut state = Self {
            batch: Batch {
                programs: self.batch.programs.clone(),
                worlds: self.batch.worlds[..self.first].to_vec(),
                blocks: self.batch.blocks.clone(),
                transactions: self.batch.transactions.clone(),
                calls: Calls::default(),
                limits: self.batch.limits,
                keep: self.batch.keep,
                digest: self.batch.digest,
                observe: self.batch.observe,
            },
            lanes: Vec::with_capacity(lanes.len()),
            steps: self.steps,
            first: self.first,
            users: Vec::new(),
            free: Vec::new(),
            programs: self.programs.clone(),
        };
        let mut moved = HashMap::new();
        for &lane in lanes {
            let mut lane = self.lanes[lane];
            if lane.world as usize >= self.first {
                let from = &self.batch.worlds[lane.world as usize];
                lane.world = *moved.entry(lane.world).or_insert_with(|| state.add(from.clone()));
                state.users[lane.world as usize - state.first] += 1;
            }
            state.lanes.push(lane);
        }
        state
    }

    /// Puts a step's calls on the tables, each in its lane's world.
    pub(super) fn put(&mut self, step: Calls) {
        let mut lanes = self.lanes.iter();
        let first = lanes.next().map_or(0, |lane| lane.world);
        let world = if lanes.all(|lane| lane.world == first) {
            Column::All(first)
        } else {
            Column::Each(self.lanes.iter().map(|lane| lane.world).collect())
        };
        self.batch.calls = Calls { world, ..step };
    }

    /// Puts the step's calls on the tables again, after lanes have come to other worlds.
    pub(super) fn put_again(&mut self) {
        let step = std::mem::take(&mut self.batch.calls);
        self.put(step);
    }

    /// The step's calls in these lanes, of which everything is kept: the changes are what is carried.
    pub(super) fn part(&self, lanes: &[usize]) -> Batch {
        Batch { keep: Keep::All, digest: false, ..self.batch.subset(lanes) }
    }

    /// A program's index. One that is new joins the table.
    pub(super) fn program(&mut self, program: Program) -> ProgramId {
        *self.programs.entry(program.hash()).or_insert_with(|| {
            self.batch.programs.push(program);
            (self.batch.programs.len() - 1) as ProgramId
        })
    }

    /// Stops a lane that came to no answer. Gives whether it did.
    pub(super) fn stop(&mut self, lane: usize, status: Status) -> bool {
        let stops = matches!(status.class(), Class::Unfinished | Class::MissingState | Class::HostLimit);
        if stops {
            self.lanes[lane].stopped = Some(Stopped { step: self.steps, status });
        }
        stops
    }

    /// Carries what the calls of a step came to in the lanes that ran: row `i` is of the lane `ran[i]`.
    pub(super) fn fold(&mut self, ran: &[usize], outcomes: &Outcomes) {
        let mut moved = Moved::new();
        for (row, &lane) in ran.iter().enumerate() {
            if !self.stop(lane, outcomes.status(row)) {
                self.shift(&mut moved, lane, outcomes.changes_encoded(row), || outcomes.changes(row));
            }
        }
    }

    /// Carries changes in lanes.
    pub(super) fn carry(&mut self, changes: impl Iterator<Item = (usize, StateChanges)>) {
        let encoded: Vec<(usize, Vec<u8>, StateChanges)> =
            changes.map(|(lane, changes)| (lane, digest::encode_changes(&changes), changes)).collect();
        let mut moved = Moved::new();
        for (lane, encoded, changes) in &encoded {
            self.shift(&mut moved, *lane, encoded, || changes.clone());
        }
    }

    /// Takes a lane to the world with these changes, which are given encoded too.
    fn shift<'a>(
        &mut self,
        moved: &mut Moved<'a>,
        lane: usize,
        encoded: &'a [u8],
        changes: impl FnOnce() -> StateChanges,
    ) {
        if encoded.is_empty() {
            return;
        }
        let old = self.lanes[lane].world;
        let own = (old as usize).checked_sub(self.first);
        let new = match moved.get(&(old, encoded)) {
            Some(&known) => known,
            None if own.is_some_and(|own| self.users[own] == 1) => {
                self.apply(old, changes());
                return;
            }
            None => {
                let mut world = self.batch.worlds[old as usize].clone();
                if own.is_none() {
                    world = World { base: Some(old), absent: world.absent, ..World::default() };
                }
                let new = self.add(world);
                self.apply(new, changes());
                moved.insert((old, encoded), new);
                new
            }
        };
        self.users[new as usize - self.first] += 1;
        self.lanes[lane].world = new;
        if let Some(own) = own {
            self.users[own] -= 1;
            if self.users[own] == 0 {
                self.batch.worlds[old as usize] = World::default();
                self.free.push(old);
            }
        }
    }

    /// A place for a world of the session's own, in which nobody stands yet.
    fn add(&mut self, world: World) -> u32 {
        if let Some(id) = self.free.pop() {
            self.batch.worlds[id as usize] = world;
            return id;
        }
        self.batch.worlds.push(world);
        self.users.push(0);
        (self.batch.worlds.len() - 1) as u32
    }

    /// Lays changes over a world of the session's own.
    fn apply(&mut self, id: u32, changes: StateChanges) {
        let mut world = std::mem::take(&mut self.batch.worlds[id as usize]);
        for (address, change) in changes {
            let code = change.code.as_ref().filter(|code| !code.is_empty());
            let code = code.map(|code| self.program(Program::new(code.clone())));
            world.change(&self.batch, address, change, code);
        }
        self.batch.worlds[id as usize] = world;
    }
}

/// The account, its slots left where they are.
const fn without_storage(account: &Account) -> Account {
    Account { nonce: account.nonce, balance: account.balance, code: account.code, storage: BTreeMap::new() }
}

impl World {
    /// Changes one account of a difference on a world of the batch. `code` is the program of code that the change sets, if
    /// that is not empty.
    fn change(&mut self, batch: &Batch, address: Address, change: AccountChange, code: Option<ProgramId>) {
        let Some(base) = self.base else { return };
        let partial = self.absent == Absent::Unknown;
        let below = batch.account(base, &address);
        // A closed world says of itself that what it does not hold is nothing.
        let stands_below = partial || below.is_some();
        if change.removed {
            self.accounts.remove(&address);
            if stands_below {
                self.dropped.insert(address);
            }
            return;
        }
        // Code other than a delegation comes of a create alone, and a create begins with no storage at all: slots that a
        // partial world does not speak of are zero from then on.
        let created =
            partial && change.code.as_ref().is_some_and(|code| !code.is_empty() && !code.starts_with(&[0xef]));
        if change.storage_cleared || created {
            if let Some(account) = self.accounts.get_mut(&address) {
                account.storage.clear();
            } else if let Some(account) = below.filter(|_| !self.dropped.contains(&address)) {
                self.accounts.insert(address, without_storage(account));
            }
            if stands_below {
                self.dropped.insert(address);
            }
        }
        let dropped = self.dropped.contains(&address);
        let shown = below.filter(|_| !dropped);
        let account = self.accounts.entry(address).or_insert_with(|| shown.map(without_storage).unwrap_or_default());
        account.nonce = change.nonce.unwrap_or(account.nonce);
        account.balance = change.balance.unwrap_or(account.balance);
        if change.code.is_some() {
            account.code = code;
        }
        for (slot, value) in change.storage {
            let known = if dropped { Some(U256::ZERO) } else { batch.storage(base, &address, &slot) };
            if known.or((!partial).then_some(U256::ZERO)) == Some(value) {
                account.storage.remove(&slot);
            } else {
                account.storage.insert(slot, value);
            }
        }
    }
}
