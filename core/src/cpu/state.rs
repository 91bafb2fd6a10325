//! A batch's worlds as revm reads them: accounts, code and slots seen through a world's bases, and block hashes. It
//! never writes: what a call changes stays in revm's journal.

use std::sync::OnceLock;

use alloy_primitives::{Address, B256, U256, keccak256};
use revm::{
    Database,
    database_interface::DBErrorMarker,
    state::{AccountInfo, Bytecode},
};
use thiserror::Error;

use crate::{
    batch::{Batch, ProgramId},
    world::{Absent, Account, BlockHashes},
};

/// Why a lane stops without an answer about Ethereum. It travels through revm as a database error, so that no frame can
/// catch it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum Stop {
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

/// A program as revm runs it, analysed when first needed.
#[derive(Debug, Default)]
struct Code {
    legacy: OnceLock<Bytecode>,
    delegation: OnceLock<Option<Bytecode>>,
}

/// The programs of a batch, analysed at most once each and shared by its threads.
#[derive(Debug)]
pub(super) struct Codes<'a> {
    batch: &'a Batch,
    codes: Vec<Code>,
}

impl<'a> Codes<'a> {
    pub(super) fn new(batch: &'a Batch) -> Self {
        Self { batch, codes: batch.programs.iter().map(|_| Code::default()).collect() }
    }

    /// The program as plain code, whatever its first bytes.
    pub(super) fn legacy(&self, program: ProgramId) -> &Bytecode {
        let index = program as usize;
        self.codes[index].legacy.get_or_init(|| Bytecode::new_legacy(self.batch.programs[index].code().clone()))
    }

    /// The program as the code of an account: a delegation where its bytes are one (EIP-7702).
    fn of_account(&self, program: ProgramId, delegations: bool) -> &Bytecode {
        let index = program as usize;
        if delegations {
            let delegation = self.codes[index].delegation.get_or_init(|| {
                let code = self.batch.programs[index].code();
                code.starts_with(&[0xef, 0x01]).then(|| Bytecode::new_eip7702_raw(code.clone()).ok()).flatten()
            });
            if let Some(delegation) = delegation {
                return delegation;
            }
        }
        self.legacy(program)
    }
}

/// A world as revm's database.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    batch: &'a Batch,
    codes: &'a Codes<'a>,
    /// The world.
    pub(super) world: u32,
    /// The block whose hashes BLOCKHASH gives.
    pub(super) block: usize,
    /// Whether the fork knows delegations (EIP-7702).
    pub(super) delegations: bool,
    /// Accounts and slots handed out: revm keeps them, and what it keeps must stay bounded.
    pub(super) loads: usize,
}

impl<'a> View<'a> {
    pub(super) const fn new(batch: &'a Batch, codes: &'a Codes<'a>) -> Self {
        Self { batch, codes, world: 0, block: 0, delegations: false, loads: 0 }
    }

    /// The account in the world; `None` where the world does not hold it.
    pub(super) fn account(&self, address: &Address) -> Option<&'a Account> {
        self.batch.account(self.world, address)
    }

    /// The hash of the account's code in the world.
    pub(super) fn code_hash(&self, account: &Account) -> B256 {
        account.code.map_or(alloy_primitives::KECCAK256_EMPTY, |code| self.batch.programs[code as usize].hash())
    }

    /// Whether the world holds a slot of the account that is not zero.
    pub(super) fn has_storage(&self, address: &Address) -> bool {
        let mut at = Some(self.world);
        while let Some(id) = at {
            let world = &self.batch.worlds[id as usize];
            if let Some(account) = world.accounts.get(address) {
                let live = |(slot, value): (&U256, &U256)| {
                    !value.is_zero() && self.batch.storage(self.world, address, slot) == Some(*value)
                };
                if account.storage.iter().any(live) {
                    return true;
                }
            }
            at = world.base;
        }
        false
    }

    fn unknown(&self) -> bool {
        self.batch.worlds[self.world as usize].absent == Absent::Unknown
    }
}

impl Database for View<'_> {
    type Error = Stop;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Stop> {
        self.loads += 1;
        match self.account(&address) {
            Some(account) => Ok(Some(AccountInfo {
                balance: account.balance,
                nonce: account.nonce,
                code_hash: self.code_hash(account),
                account_id: None,
                code: Some(match account.code {
                    Some(code) => self.codes.of_account(code, self.delegations).clone(),
                    None => Bytecode::default(),
                }),
            })),
            None if !self.batch.knows(self.world, &address) => Err(Stop::Account(address)),
            None => Ok(None),
        }
    }

    fn code_by_hash(&mut self, _code_hash: B256) -> Result<Bytecode, Stop> {
        // Every account comes with its code; only the code of an account being created is asked for, and it has none.
        Ok(Bytecode::default())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Stop> {
        self.loads += 1;
        match self.batch.storage(self.world, &address, &slot) {
            Some(value) => Ok(value),
            None if self.unknown() => Err(Stop::Slot { address, slot }),
            None => Ok(U256::ZERO),
        }
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Stop> {
        Ok(match &self.batch.blocks[self.block].hashes {
            BlockHashes::Listed(hashes) => hashes.get(&number).copied().unwrap_or_default(),
            BlockHashes::OfNumber => keccak256(number.to_string()),
        })
    }
}
