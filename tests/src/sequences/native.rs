//! Transactions one after another on revm, each committed to one state: what a session must come to, by a way that shares
//! nothing with it. It knows closed worlds alone.

use std::collections::{BTreeMap, HashMap};

use lanevm_core::{
    Address, B256, Batch, BlockHashes, Bytes, CallRef, Class, Fork, Level, Program, Transaction, U256,
    alloy_primitives::KECCAK256_EMPTY, cpu::blob_base_fee, keccak256,
};
use revm::{
    Context, Database, DatabaseCommit, ExecuteEvm, MainBuilder,
    context::{
        BlockEnv, CfgEnv, ContextTr, JournalTr, LocalContextTr, TxEnv,
        either::Either,
        result::{EVMError, ExecutionResult, InvalidTransaction, Output},
        transaction::{AccessListItem, Authorization, SignedAuthorization},
    },
    context_interface::block::BlobExcessGasAndPrice,
    database_interface::DBErrorMarker,
    handler::{EthFrame, FrameResult, Handler, MainnetContext, MainnetEvm, MainnetHandler},
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, FrameInput, SharedMemory,
        interpreter_action::FrameInit,
    },
    primitives::{AddressMap, HashSet, TxKind, eip3860::MAX_INITCODE_SIZE, hardfork::SpecId},
    state::{Account as RevmAccount, AccountInfo, Bytecode},
};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Nonce.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Code.
    pub code: Bytes,
    /// keccak-256 of it.
    hash: B256,
    /// Slots that are not zero.
    pub storage: BTreeMap<U256, U256>,
}

impl Default for Held {
    fn default() -> Self {
        let (code, storage) = (Bytes::new(), BTreeMap::new());
        Self { nonce: 0, balance: U256::ZERO, code, hash: KECCAK256_EMPTY, storage }
    }
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// How it ended.
    pub class: Class,
    /// Gas used.
    pub gas_used: u64,
    /// Return or revert data.
    pub output: Bytes,
    /// Logs: address, topics, data.
    pub logs: Vec<(Address, Vec<B256>, Bytes)>,
}

/// The one state that all calls of a lane run on.
#[derive(Clone, Debug, Default)]
pub struct Native {
    /// Its accounts.
    pub accounts: BTreeMap<Address, Held>,
    /// How BLOCKHASH is answered.
    hashes: Option<BlockHashes>,
    codes: HashMap<B256, Bytecode>,
    delegations: bool,
}

/// Never made: this database has an answer to everything.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

impl std::fmt::Display for Never {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

impl DBErrorMarker for Never {}

impl Database for Native {
    type Error = Never;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Never> {
        let Some(held) = self.accounts.get(&address) else { return Ok(None) };
        let hash = held.hash;
        let delegations = self.delegations;
        let code = self.codes.entry(hash).or_insert_with(|| {
            let delegation = Bytecode::new_eip7702_raw(held.code.clone()).ok().filter(|_| delegations);
            delegation.unwrap_or_else(|| Bytecode::new_legacy(held.code.clone()))
        });
        Ok(Some(AccountInfo {
            balance: held.balance,
            nonce: held.nonce,
            code_hash: hash,
            account_id: None,
            code: Some(code.clone()),
        }))
    }

    fn code_by_hash(&mut self, _: B256) -> Result<Bytecode, Never> {
        Ok(Bytecode::default())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Never> {
        Ok(self.accounts.get(&address).and_then(|held| held.storage.get(&slot)).copied().unwrap_or_default())
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Never> {
        Ok(match &self.hashes {
            Some(BlockHashes::OfNumber) => keccak256(number.to_string()),
            Some(BlockHashes::Listed(hashes)) => hashes.get(&number).copied().unwrap_or_default(),
            None => B256::ZERO,
        })
    }
}

impl DatabaseCommit for Native {
    fn commit(&mut self, changes: AddressMap<RevmAccount>) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            // EIP-161, which every fork from London on has.
            if account.is_selfdestructed() || account.is_empty() {
                self.accounts.remove(&address);
                continue;
            }
            let held = self.accounts.entry(address).or_default();
            (held.nonce, held.balance) = (account.info.nonce, account.info.balance);
            if let Some(code) = &account.info.code {
                held.code = code.original_bytes();
                held.hash = account.info.code_hash;
            }
            if account.is_created() {
                held.storage.clear();
            }
            for (slot, value) in &account.storage {
                if value.present_value.is_zero() {
                    held.storage.remove(slot);
                } else {
                    held.storage.insert(*slot, value.present_value);
                }
            }
        }
    }
}

const fn spec(fork: Fork) -> SpecId {
    match fork {
        Fork::London => SpecId::LONDON,
        Fork::Paris => SpecId::MERGE,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        Fork::Osaka => SpecId::OSAKA,
        _ => panic!("sequences are compared from London on"),
    }
}

type Machine<'a> = MainnetEvm<MainnetContext<&'a mut Native>>;
type Fault = EVMError<Never, InvalidTransaction>;
type Rules<'a> = MainnetHandler<Machine<'a>, Fault, EthFrame>;

impl Native {
    /// The state that a world of a batch shows.
    pub fn of(batch: &Batch, world: u32) -> Self {
        let mut chain = vec![world];
        while let Some(base) = batch.worlds[chain[chain.len() - 1] as usize].base {
            chain.push(base);
        }
        let mut accounts: BTreeMap<Address, Held> = BTreeMap::new();
        for id in chain.into_iter().rev() {
            let world = &batch.worlds[id as usize];
            for address in &world.dropped {
                accounts.remove(address);
            }
            for (address, account) in &world.accounts {
                let held = accounts.entry(*address).or_default();
                (held.nonce, held.balance) = (account.nonce, account.balance);
                let program = account.code.map(|id| &batch.programs[id as usize]);
                held.code = program.map_or_else(Bytes::new, |program| program.code().clone());
                held.hash = program.map_or(KECCAK256_EMPTY, Program::hash);
                held.storage.extend(&account.storage);
                held.storage.retain(|_, value| !value.is_zero());
            }
        }
        Self { accounts, ..Self::default() }
    }

    /// Runs a call and commits what it changed. `code` is the program in the place of the account's own.
    pub fn call(&mut self, call: &CallRef<'_>, code: Option<Bytes>) -> Came {
        let plain = Transaction::default();
        let tx = call.transaction.unwrap_or(&plain);
        self.hashes = Some(call.block.hashes.clone());
        if self.delegations != (call.fork >= Fork::Prague) {
            self.delegations = call.fork >= Fork::Prague;
            self.codes.clear();
        }
        // Where nonces are not checked, one at its end would be refused all the same.
        let sender = self.accounts.get(&call.caller).filter(|_| call.level == Level::Transaction);
        let nonce = sender.map_or(0, |held| held.nonce);
        let context: MainnetContext<&mut Self> = Context::new(self, spec(call.fork));
        let context = context.with_cfg(config(call)).with_block(block(call));
        let mut evm = context.with_tx(environment(call, tx, nonce)).build_mainnet();
        if call.level == Level::Frame {
            let came = frame(&mut evm, call, code);
            let changes = evm.ctx.journaled_state.finalize();
            evm.ctx.journaled_state.database.commit(changes);
            return came;
        }
        // A transaction of these kinds cannot be written down without a target, and others are none.
        if tx.kind > 4 || tx.kind > 2 && call.to.is_none() {
            return rejected();
        }
        let env = evm.ctx.tx.clone();
        match evm.transact(env) {
            Ok(done) => {
                evm.ctx.journaled_state.database.commit(done.state);
                came(done.result)
            }
            Err(_) => rejected(),
        }
    }
}

fn rejected() -> Came {
    Came { class: Class::Rejected, gas_used: 0, output: Bytes::new(), logs: Vec::new() }
}

fn listed(logs: &[revm::primitives::Log]) -> Vec<(Address, Vec<B256>, Bytes)> {
    logs.iter().map(|log| (log.address, log.data.topics().to_vec(), log.data.data.clone())).collect()
}

fn came(result: ExecutionResult) -> Came {
    let gas_used = result.tx_gas_used();
    match result {
        // What revm makes of a creator whose nonce is at its end.
        ExecutionResult::Success { output: Output::Create(_, None), .. } | ExecutionResult::Halt { .. } => {
            Came { class: Class::Halt, gas_used, output: Bytes::new(), logs: Vec::new() }
        }
        ExecutionResult::Success { logs, output, .. } => {
            Came { class: Class::Success, gas_used, output: output.into_data(), logs: listed(&logs) }
        }
        ExecutionResult::Revert { output, .. } => Came { class: Class::Revert, gas_used, output, logs: Vec::new() },
    }
}

fn config(call: &CallRef<'_>) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(spec(call.fork));
    cfg.chain_id = call.block.chain_id;
    if call.fork >= Fork::Cancun {
        let usual = if call.fork >= Fork::Prague { 9 } else { 6 };
        let most = call.block.blob_schedule.map_or(usual, |schedule| schedule.max);
        // EIP-7594 bounds a transaction's blobs from Osaka on.
        cfg.max_blobs_per_tx = Some(if call.fork >= Fork::Osaka { most.min(6) } else { most });
    }
    if call.level != Level::Transaction {
        cfg.disable_nonce_check = true;
        cfg.disable_balance_check = true;
        cfg.disable_fee_charge = true;
        cfg.disable_base_fee = true;
        cfg.disable_block_gas_limit = true;
        cfg.disable_eip3607 = true;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
    }
    cfg
}

fn block(call: &CallRef<'_>) -> BlockEnv {
    let block = call.block;
    let usual = if call.fork >= Fork::Prague { 5_007_716 } else { 3_338_477 };
    let fraction = block.blob_schedule.map_or(usual, |schedule| schedule.update_fraction);
    BlockEnv {
        number: block.number,
        beneficiary: block.coinbase,
        timestamp: block.timestamp,
        gas_limit: block.gas_limit,
        basefee: block.base_fee,
        difficulty: block.difficulty,
        prevrandao: (call.fork >= Fork::Paris).then_some(block.prev_randao),
        blob_excess_gas_and_price: (call.fork >= Fork::Cancun).then(|| BlobExcessGasAndPrice {
            excess_blob_gas: block.excess_blob_gas,
            blob_gasprice: blob_base_fee(block.excess_blob_gas, fraction).expect("a blob base fee in range"),
        }),
        slot_num: 0,
    }
}

fn environment(call: &CallRef<'_>, tx: &Transaction, nonce: u64) -> TxEnv {
    let frame = call.level == Level::Frame;
    let kind = match (frame, tx.blob_hashes.is_empty()) {
        (false, _) => tx.kind,
        (true, true) => 0,
        (true, false) => 3,
    };
    TxEnv {
        tx_type: kind,
        caller: if frame { tx.origin.unwrap_or(call.caller) } else { call.caller },
        gas_limit: call.gas,
        gas_price: tx.gas_price.saturating_to(),
        kind: call.to.map_or(TxKind::Create, TxKind::Call),
        value: call.value,
        data: Bytes::copy_from_slice(&call.data.bytes()),
        nonce: tx.nonce.unwrap_or(nonce),
        chain_id: if frame { None } else { tx.chain_id.or((kind != 0).then_some(call.block.chain_id)) },
        access_list: tx
            .access_list
            .iter()
            .map(|(address, keys)| AccessListItem { address: *address, storage_keys: keys.clone() })
            .collect::<Vec<_>>()
            .into(),
        gas_priority_fee: (!frame && kind >= 2).then(|| tx.priority_fee.unwrap_or_default().saturating_to()),
        blob_hashes: tx.blob_hashes.clone(),
        max_fee_per_blob_gas: tx.max_fee_per_blob_gas.saturating_to(),
        authorization_list: tx
            .authorizations
            .iter()
            .map(|one| {
                let inner = Authorization { chain_id: one.chain_id, address: one.address, nonce: one.nonce };
                Either::Left(SignedAuthorization::new_unchecked(inner, one.y_parity, one.r, one.s))
            })
            .collect(),
    }
}

/// A raw message call: no more than revm's loop over frames, and what is warm before the first.
fn frame(evm: &mut Machine<'_>, call: &CallRef<'_>, program: Option<Bytes>) -> Came {
    let mut rules = Rules::default();
    rules.load_accounts(evm).unwrap_or_else(|never| unreachable!("{never:?}"));
    let data = evm.ctx.tx.data.clone();
    let origin = evm.ctx.tx.caller;
    let journal = &mut evm.ctx.journaled_state;
    let mut warm: AddressMap<HashSet<U256>> = AddressMap::default();
    for address in [Some(call.caller), Some(origin), call.to].into_iter().flatten() {
        warm.entry(address).or_default();
    }
    journal.warm_access_list(warm);
    let halted = |gas_used| Came { class: Class::Halt, gas_used, output: Bytes::new(), logs: Vec::new() };
    let mut load = |address| match journal.load_account_with_code(address) {
        Ok(account) => (account.info.code_hash, account.info.code.clone().unwrap_or_default()),
        Err(never) => match never {},
    };
    let frame_input = if let Some(to) = call.to {
        load(call.caller);
        let own = load(to);
        let (known_bytecode, bytecode_address) = match (program, own.1.eip7702_address()) {
            (Some(bytes), _) => ((keccak256(&bytes), Bytecode::new_legacy(bytes)), Address::ZERO),
            (None, Some(delegate)) => (load(delegate), to),
            (None, None) => (own, to),
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
        if call.fork >= Fork::Shanghai && data.len() > MAX_INITCODE_SIZE {
            return halted(call.gas);
        }
        FrameInput::Create(Box::new(CreateInputs::new(
            call.caller,
            CreateScheme::Create,
            call.value,
            data,
            call.gas,
            0,
        )))
    };
    let memory = SharedMemory::new_with_buffer(evm.ctx.local().shared_memory_buffer().clone());
    let result = rules.run_exec_loop(evm, FrameInit { depth: 0, memory, frame_input });
    let result = result.unwrap_or_else(|error| panic!("a frame that cannot be run: {error:?}"));
    let unaddressed = matches!(&result, FrameResult::Create(create) if create.address.is_none());
    let ended = result.interpreter_result();
    let left = ended.gas.remaining();
    if ended.result.is_ok() && !unaddressed {
        let logs = listed(&evm.ctx.journaled_state.take_logs());
        Came { class: Class::Success, gas_used: call.gas - left, output: ended.output.clone(), logs }
    } else if ended.result == revm::interpreter::InstructionResult::Revert {
        Came { class: Class::Revert, gas_used: call.gas - left, output: ended.output.clone(), logs: Vec::new() }
    } else if ended.result.is_halt() {
        halted(call.gas)
    } else {
        // Refused before it was entered: its gas is not used.
        halted(call.gas - left)
    }
}
