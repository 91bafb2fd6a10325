//! A world as revm's database, and why a run stops without an answer. Where the world's data stand is for a [`Source`] to say.

use alloy_primitives::{Address, B256, U256};
use revm::{
    Database,
    database_interface::DBErrorMarker,
    state::{AccountInfo, Bytecode},
};
use thiserror::Error;

/// Why a lane stops without an answer about Ethereum. It travels through revm as a database error, so that no frame can
/// catch it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Stop {
    /// A partial world does not hold the account.
    #[error("account {0} is not in the world")]
    Account(Address),
    /// A partial world does not hold the slot.
    #[error("slot {slot:#x} of account {address} is not in the world")]
    Slot {
        /// The account.
        address: Address,
        /// The slot.
        slot: U256,
    },
    /// The batch's step limit is reached.
    #[error("the step limit is reached")]
    Steps,
    /// The host's own limit is reached.
    #[error("{0}")]
    Host(String),
    /// Memory reached the host's limit where gas may or may not have ended the frame first: the lane must be run again
    /// with every memory operand looked at.
    #[error("memory limit")]
    LookCloser,
}

impl DBErrorMarker for Stop {}

/// Which of a source's data a machine sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The world.
    pub world: u32,
    /// The block whose hashes BLOCKHASH gives.
    pub block: u32,
    /// Whether the fork knows delegations (EIP-7702).
    pub delegations: bool,
}

/// Where accounts, slots and block hashes come from.
pub trait Source: std::fmt::Debug {
    /// An account with its code; `None` where there is none.
    ///
    /// # Errors
    /// [`Stop::Account`] where it is not known whether there is.
    fn account(&self, scope: Scope, address: &Address) -> Result<Option<AccountInfo>, Stop>;

    /// What a slot holds.
    ///
    /// # Errors
    /// [`Stop::Slot`] where it is not known.
    fn slot(&self, scope: Scope, address: &Address, slot: &U256) -> Result<U256, Stop>;

    /// Whether an account holds a slot that is not zero.
    fn has_storage(&self, scope: Scope, address: &Address) -> bool;

    /// The hash of a block that the running one sees.
    fn block_hash(&self, scope: Scope, number: u64) -> B256;
}

/// A source as revm's database. It never writes: what a call changes stays in revm's journal.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    source: &'a dyn Source,
    pub(crate) scope: Scope,
    /// Accounts and slots handed out: revm keeps them, and what it keeps must stay bounded.
    pub(crate) loads: usize,
}

impl<'a> View<'a> {
    pub(crate) const fn new(source: &'a dyn Source, scope: Scope) -> Self {
        Self { source, scope, loads: 0 }
    }

    pub(crate) fn has_storage(&self, address: &Address) -> bool {
        self.source.has_storage(self.scope, address)
    }
}

impl Database for View<'_> {
    type Error = Stop;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Stop> {
        self.loads += 1;
        self.source.account(self.scope, &address)
    }

    fn code_by_hash(&mut self, _code_hash: B256) -> Result<Bytecode, Stop> {
        // Every account comes with its code; only the code of an account being created is asked for, and it has none.
        Ok(Bytecode::default())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Stop> {
        self.loads += 1;
        self.source.slot(self.scope, &address, &slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Stop> {
        Ok(self.source.block_hash(self.scope, number))
    }
}
