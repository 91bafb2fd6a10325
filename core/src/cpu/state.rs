//! A batch's worlds as the machine reads them: accounts, code and slots seen through a world's bases, and block hashes. It
//! never writes: what a call changes stays in revm's journal.

use std::sync::OnceLock;

use alloy_primitives::{Address, B256, U256, keccak256};
use lanevm_machine::{Scope, Source, Stop};
use revm::state::{AccountInfo, Bytecode};

use crate::{
    batch::{Batch, ProgramId},
    world::{Absent, Account, BlockHashes},
};

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

    /// The account in a world; `None` where the world does not hold it.
    pub(super) fn account(&self, world: u32, address: &Address) -> Option<&'a Account> {
        self.batch.account(world, address)
    }

    /// The hash of an account's code.
    pub(super) fn code_hash(&self, account: &Account) -> B256 {
        account.code.map_or(alloy_primitives::KECCAK256_EMPTY, |code| self.batch.programs[code as usize].hash())
    }
}

impl Source for Codes<'_> {
    fn account(&self, scope: Scope, address: &Address) -> Result<Option<AccountInfo>, Stop> {
        match self.account(scope.world, address) {
            Some(account) => Ok(Some(AccountInfo {
                balance: account.balance,
                nonce: account.nonce,
                code_hash: self.code_hash(account),
                account_id: None,
                code: Some(match account.code {
                    Some(code) => self.of_account(code, scope.delegations).clone(),
                    None => Bytecode::default(),
                }),
            })),
            None if !self.batch.knows(scope.world, address) => Err(Stop::Account(*address)),
            None => Ok(None),
        }
    }

    fn slot(&self, scope: Scope, address: &Address, slot: &U256) -> Result<U256, Stop> {
        match self.batch.storage(scope.world, address, slot) {
            Some(value) => Ok(value),
            None if self.batch.worlds[scope.world as usize].absent == Absent::Unknown => {
                Err(Stop::Slot { address: *address, slot: *slot })
            }
            None => Ok(U256::ZERO),
        }
    }

    fn has_storage(&self, scope: Scope, address: &Address) -> bool {
        let mut at = Some(scope.world);
        while let Some(id) = at {
            let world = &self.batch.worlds[id as usize];
            if let Some(account) = world.accounts.get(address) {
                let live = |(slot, value): (&U256, &U256)| {
                    !value.is_zero() && self.batch.storage(scope.world, address, slot) == Some(*value)
                };
                if account.storage.iter().any(live) {
                    return true;
                }
            }
            at = world.base;
        }
        false
    }

    fn block_hash(&self, scope: Scope, number: u64) -> B256 {
        match &self.batch.blocks[scope.block as usize].hashes {
            BlockHashes::Listed(hashes) => hashes.get(&number).copied().unwrap_or_default(),
            BlockHashes::OfNumber => keccak256(number.to_string()),
        }
    }
}
