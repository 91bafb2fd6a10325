//! Engines that keep what lanes have stored between one batch and the next, so that a session's state need not travel. It
//! says what such an engine promises; [`crate::session`] makes use of it, and carries what no engine keeps.

use std::sync::{Arc, Weak};

use thiserror::Error;

use crate::{
    Address, U256,
    batch::Batch,
    engine::{Control, EngineError, LocalFuture},
    outcome::Outcomes,
};

/// Lanes of which an engine keeps something, for as long as this lives.
#[derive(Debug)]
pub struct KeptLanes {
    name: Arc<()>,
    lanes: u32,
}

/// By what an engine knows kept lanes again.
#[derive(Clone, Debug)]
pub(crate) struct KeptName(Weak<()>);

impl KeptName {
    /// Whether the lanes are still wanted.
    pub(crate) fn is_alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Whether these lanes are meant.
    pub(crate) fn means(&self, kept: &KeptLanes) -> bool {
        std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(&kept.name))
    }
}

impl KeptLanes {
    /// So many lanes, of which nothing is kept yet.
    pub fn new(lanes: u32) -> Self {
        Self { name: Arc::new(()), lanes }
    }

    /// How many lanes.
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    pub(crate) fn name(&self) -> KeptName {
        KeptName(Arc::downgrade(&self.name))
    }
}

/// A storage slot that a lane carries: its account, number and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSlot {
    /// The account.
    pub address: Address,
    /// The slot.
    pub slot: U256,
    /// The value it has come to.
    pub value: U256,
}

/// What came of a batch whose lanes are kept.
#[derive(Debug)]
pub struct KeptRun {
    /// Outcomes of the calls that the engine has answered. The others' rows are `unfinished`.
    pub outcomes: Outcomes,
    /// Calls that the engine has not answered, in order, though the run was not cancelled: what they come to is more than
    /// storage, say. Their lanes carry what they did before.
    pub left: Vec<usize>,
}

/// Why kept lanes are not what they were.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeptError {
    /// The engine does not have them, or no more: a lost device. Nothing that they carried can be had from it.
    #[error("what lanes carried is lost: {0}")]
    Lost(String),
    /// The engine could not run the batch.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// An engine that keeps the storage of lanes between batches. What lanes carry is laid over the world that their call names.
pub trait Keeper {
    /// Makes room for lanes that carry nothing yet. False where there is none.
    fn begin<'a>(&'a mut self, kept: &'a KeptLanes) -> LocalFuture<'a, bool>;

    /// Runs a batch, as [`crate::Engine::run`] does; call `i` is run by the lane `lanes[i]`, which ascend. A call that succeeds
    /// changes what its lane carries.
    ///
    /// # Errors
    /// See [`KeptError`].
    fn run_kept<'a>(
        &'a mut self,
        kept: &'a KeptLanes,
        batch: &'a Batch,
        lanes: &'a [u32],
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<KeptRun, KeptError>>;

    /// What lanes, which ascend, carry. With `takes` they carry nothing from then on.
    ///
    /// # Errors
    /// [`KeptError::Lost`].
    fn fetch<'a>(
        &'a mut self,
        kept: &'a KeptLanes,
        lanes: &'a [u32],
        takes: bool,
    ) -> LocalFuture<'a, Result<Vec<Vec<KeptSlot>>, KeptError>>;
}
