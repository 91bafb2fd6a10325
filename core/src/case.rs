//! A call as a state test that other clients run: its state, block and transaction, and the state root and logs that revm comes
//! to. What is no transaction is written as one only where that changes nothing that can be seen, which is found out by running
//! both. `docs/reading.md` says what is written.

use std::{collections::BTreeMap, fmt::Write};

use alloy_primitives::{Address, B256, Bytes, U256, address, hex::encode_prefixed};
use lanevm_shaders::{Class, Fork, Status};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{
    batch::{Batch, CallRef, Level, Limits, Transaction},
    columns::Column,
    cpu,
    outcome::Outcome,
    program::Program,
    reading::PlainAccount,
    state_root::{PlainState, apply, logs_hash, state_root},
    world::{Account, BlobSchedule, BlockEnv, BlockHashes, World},
};

/// The sender that most state tests have, and its key.
const TEST_SENDER: Address = address!("a94f5374fce5edbc8e2a8697c15331677e6ebf0b");
const TEST_KEY: &str = "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8";

/// A state test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The file: one test of one case.
    pub json: String,
    /// What is otherwise than in the call, and was found to change nothing.
    pub notes: Vec<String>,
}

/// Why a call is not written as a state test.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CaseError {
    /// The batch is wrong.
    #[error("{0}")]
    Batch(String),
    /// The call came to no answer of Ethereum's.
    #[error("the lane ended as {status}{}, which no state test can expect", .detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})")))]
    NoAnswer {
        /// How it ended.
        status: Status,
        /// What it says.
        detail: Option<String>,
    },
    /// The transaction does other things than the call.
    #[error("a state test is a transaction, and as one the lane {difference}")]
    Unlike {
        /// What is otherwise.
        difference: String,
    },
}

/// The state that a world shows, through its bases.
pub fn state_of(batch: &Batch, world: u32) -> PlainState {
    let mut chain = vec![world];
    while let Some(base) = batch.worlds[chain[chain.len() - 1] as usize].base {
        chain.push(base);
    }
    let mut state = PlainState::new();
    for id in chain.into_iter().rev() {
        let World { accounts, dropped, .. } = &batch.worlds[id as usize];
        for address in dropped {
            state.remove(address);
        }
        for (address, account) in accounts {
            let known = state.entry(*address).or_default();
            known.nonce = account.nonce;
            known.balance = account.balance;
            known.code = account.code.map_or_else(Bytes::new, |code| batch.programs[code as usize].code().clone());
            known.storage.extend(&account.storage);
            known.storage.retain(|_, value| !value.is_zero());
        }
    }
    state
}

fn run(batch: &Batch) -> Result<Outcome, CaseError> {
    cpu::outcome(batch, 0).map_err(|error| CaseError::Batch(error.to_string()))
}

/// Writes a call as a state test.
///
/// # Errors
/// See [`CaseError`].
pub fn state_test(batch: &Batch, index: usize, name: &str) -> Result<Case, CaseError> {
    if index >= batch.len() {
        return Err(CaseError::Batch(format!("there is no call {index}")));
    }
    let one = batch.subset(&[index]);
    let wanted = run(&one)?;
    let status = wanted.status.unwrap_or(Status::Unfinished);
    if !matches!(status.class(), Class::Success | Class::Revert | Class::Halt | Class::Rejected) {
        return Err(CaseError::NoAnswer { status, detail: wanted.detail });
    }
    let (sent, notes) = as_transaction(&one);
    let found = run(&sent)?;
    compare(&one.call(0), &wanted, &found).map_err(|difference| CaseError::Unlike { difference })?;
    Ok(Case { json: write(&sent, &found, name, &notes), notes })
}

/// The call as a transaction on a closed state, and what had to be changed for it.
fn as_transaction(one: &Batch) -> (Batch, Vec<String>) {
    let call = one.call(0);
    let mut notes = Vec::new();
    let mut made = one.clone();
    let accounts = accounts(&mut made, state_of(one, call.world));
    let mut world = World { accounts, ..World::default() };
    made.limits = Limits::default();
    if one.limits.max_steps.is_some() {
        notes.push("without the limit of instructions".into());
    }
    let mut own = call.transaction.cloned().unwrap_or_default();
    if call.level == Level::Frame {
        own = Transaction { kind: 0, gas_price: own.gas_price, blob_hashes: Vec::new(), ..Transaction::default() };
        notes.push("a transaction in place of a message call".into());
        if let (Some(program), Some(to)) = (call.code, call.to) {
            let account = world.accounts.entry(to).or_default();
            if account.code != Some(program) {
                account.code = Some(program);
                notes.push(format!("the program is the code of {to:#x}"));
            }
        }
        let data = call.data.bytes();
        let upfront = cpu::upfront(call.fork, &data, call.to.is_none());
        let mut gas = call.gas.saturating_add(upfront.0).max(upfront.1);
        if call.fork >= Fork::Osaka {
            gas = gas.min(1 << 24);
        }
        gas = gas.min(call.block.gas_limit);
        notes.push(format!("a gas limit of {gas}, the intrinsic gas of {} in it", upfront.0));
        made.calls.gas = Column::All(gas);
        made.calls.code = Column::All(None);
    } else if call.level == Level::Call {
        notes.push("a transaction in place of what eth_call does".into());
    }
    made.calls.level = Column::All(Level::Transaction);
    made.worlds = vec![world];
    made.calls.world = Column::All(0);
    made.transactions = vec![own];
    made.calls.transaction = Column::All(Some(0));
    let block = &mut made.blocks[*one.calls.block.get(0) as usize];
    if block.hashes != BlockHashes::OfNumber {
        block.hashes = BlockHashes::OfNumber;
        notes.push("block hashes as in every state test, keccak-256 of the number".into());
    }
    (made, notes)
}

/// The accounts of a state, whose codes become programs of the batch.
fn accounts(batch: &mut Batch, state: PlainState) -> BTreeMap<Address, Account> {
    let mut account = |plain: PlainAccount| Account {
        nonce: plain.nonce,
        balance: plain.balance,
        code: (!plain.code.is_empty()).then(|| batch.add_program(Program::new(plain.code))),
        storage: plain.storage,
    };
    state.into_iter().map(|(address, plain)| (address, account(plain))).collect()
}

/// How the transaction differs from the call, in words.
fn compare(call: &CallRef<'_>, wanted: &Outcome, found: &Outcome) -> Result<(), String> {
    let named = |status: Option<Status>| status.map_or("nothing", Status::name);
    if wanted.status != found.status {
        let detail = found.detail.as_ref().map_or_else(String::new, |detail| format!(": {detail}"));
        return Err(format!("ends as {} in place of {}{detail}", named(found.status), named(wanted.status)));
    }
    let same = [
        ("returns other data", wanted.output == found.output),
        ("logs otherwise", wanted.logs == found.logs),
        ("creates another address", wanted.created == found.created),
        ("executes another number of instructions", wanted.steps == found.steps),
        ("uses other gas", call.level == Level::Frame || wanted.gas_used == found.gas_used),
    ];
    if let Some((difference, _)) = same.iter().find(|(_, same)| !same) {
        return Err((*difference).into());
    }
    if call.level == Level::Transaction {
        return if wanted.changes == found.changes { Ok(()) } else { Err("changes the state otherwise".into()) };
    }
    // Nonce and fees are the transaction's own.
    let payers = [call.caller, call.block.coinbase];
    let all =
        wanted.changes.keys().chain(found.changes.keys().filter(|address| !wanted.changes.contains_key(*address)));
    for address in all {
        let [before, after] = [&wanted.changes, &found.changes].map(|changes| changes.get(address).cloned());
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let same = if payers.contains(address) {
            before.storage == after.storage && before.code == after.code
        } else {
            before == after
        };
        if !same {
            return Err(format!("changes the account {address:#x} otherwise"));
        }
    }
    Ok(())
}

/// The fork's name in state tests.
const fn fork_name(fork: Fork) -> &'static str {
    match fork {
        Fork::Frontier => "Frontier",
        Fork::Homestead => "Homestead",
        Fork::Tangerine => "EIP150",
        Fork::SpuriousDragon => "EIP158",
        Fork::Byzantium => "Byzantium",
        Fork::Constantinople => "Constantinople",
        Fork::Petersburg => "ConstantinopleFix",
        Fork::Istanbul => "Istanbul",
        Fork::Berlin => "Berlin",
        Fork::London => "London",
        Fork::Paris => "Paris",
        Fork::Shanghai => "Shanghai",
        Fork::Cancun => "Cancun",
        Fork::Prague => "Prague",
        Fork::Osaka => "Osaka",
    }
}

/// What execution-spec-tests call the refusal of a transaction, by its detail in words; `TransactionException` for one that has
/// no name of its own.
pub fn exception(detail: &str) -> &'static str {
    const NAMES: [(&str, &str); 17] = [
        ("priority fee is greater", "TransactionException.PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS"),
        ("less than basefee", "TransactionException.INSUFFICIENT_MAX_FEE_PER_GAS"),
        ("exceeds the block gas limit", "TransactionException.GAS_ALLOWANCE_EXCEEDED"),
        ("is greater than the cap", "TransactionException.GAS_LIMIT_EXCEEDS_MAXIMUM"),
        ("call gas cost", "TransactionException.INTRINSIC_GAS_TOO_LOW"),
        ("gas floor", "TransactionException.INTRINSIC_GAS_BELOW_FLOOR_GAS_COST"),
        ("deployed code", "TransactionException.SENDER_NOT_EOA"),
        ("lack of funds", "TransactionException.INSUFFICIENT_ACCOUNT_FUNDS"),
        ("nonce overflow", "TransactionException.NONCE_IS_MAX"),
        ("too high, expected", "TransactionException.NONCE_MISMATCH_TOO_HIGH"),
        ("too low, expected", "TransactionException.NONCE_MISMATCH_TOO_LOW"),
        ("initcode size", "TransactionException.INITCODE_SIZE_EXCEEDED"),
        ("chain ID", "TransactionException.INVALID_CHAINID"),
        ("blob gas price", "TransactionException.INSUFFICIENT_MAX_FEE_PER_BLOB_GAS"),
        ("empty blobs", "TransactionException.TYPE_3_TX_ZERO_BLOBS"),
        ("too many blobs", "TransactionException.TYPE_3_TX_BLOB_COUNT_EXCEEDED"),
        ("empty authorization list", "TransactionException.TYPE_4_EMPTY_AUTHORIZATION_LIST"),
    ];
    let known = NAMES.iter().find(|(words, _)| detail.contains(words));
    known.map_or("TransactionException", |(_, name)| name)
}

/// A number as test files write it: whole bytes.
fn quantity(value: U256) -> String {
    let mut digits = format!("{value:x}");
    if digits.len() % 2 == 1 {
        digits.insert(0, '0');
    }
    format!("0x{digits}")
}

fn small(value: u64) -> String {
    quantity(U256::from(value))
}

fn state(state: &PlainState) -> Value {
    let account = |account: &PlainAccount| {
        let storage: Map<String, Value> =
            account.storage.iter().map(|(slot, value)| (quantity(*slot), quantity(*value).into())).collect();
        json!({
            "nonce": small(account.nonce),
            "balance": quantity(account.balance),
            "code": encode_prefixed(&account.code),
            "storage": storage,
        })
    };
    state.iter().map(|(address, plain)| (encode_prefixed(address), account(plain))).collect::<Map<_, _>>().into()
}

fn env(fork: Fork, block: &BlockEnv) -> Value {
    let mut env = json!({
        "currentCoinbase": encode_prefixed(block.coinbase),
        "currentGasLimit": small(block.gas_limit),
        "currentNumber": quantity(block.number),
        "currentTimestamp": quantity(block.timestamp),
        "currentDifficulty": if fork < Fork::Paris { quantity(block.difficulty) } else { "0x00".into() },
    });
    if fork >= Fork::London {
        env["currentBaseFee"] = small(block.base_fee).into();
    }
    if fork >= Fork::Paris {
        env["currentRandom"] = encode_prefixed(block.prev_randao).into();
    }
    if fork >= Fork::Cancun {
        env["currentExcessBlobGas"] = small(block.excess_blob_gas).into();
    }
    env
}

fn transaction(call: &CallRef<'_>, own: &Transaction, nonce: u64) -> Value {
    let mut fields = json!({
        "nonce": small(own.nonce.unwrap_or(nonce)),
        "to": call.to.map(encode_prefixed).unwrap_or_default(),
        "gasLimit": [small(call.gas)],
        "value": [quantity(call.value)],
        "data": [encode_prefixed(call.data.bytes())],
        "sender": encode_prefixed(call.caller),
        "secretKey": if call.caller == TEST_SENDER { TEST_KEY.into() } else { encode_prefixed(B256::ZERO) },
    });
    if own.kind >= 2 {
        fields["maxFeePerGas"] = quantity(own.gas_price).into();
        fields["maxPriorityFeePerGas"] = quantity(own.priority_fee.unwrap_or_default()).into();
    } else {
        fields["gasPrice"] = quantity(own.gas_price).into();
    }
    if let Some(id) = own.chain_id {
        fields["chainId"] = small(id).into();
    }
    if own.kind >= 1 {
        let list = own.access_list.iter().map(|(address, keys)| {
            let keys: Vec<String> = keys.iter().map(encode_prefixed).collect();
            json!({ "address": encode_prefixed(address), "storageKeys": keys })
        });
        fields["accessLists"] = json!([list.collect::<Vec<_>>()]);
    }
    if own.kind == 3 {
        fields["maxFeePerBlobGas"] = quantity(own.max_fee_per_blob_gas).into();
        fields["blobVersionedHashes"] = own.blob_hashes.iter().map(encode_prefixed).collect::<Vec<_>>().into();
    }
    if own.kind == 4 {
        let signed = own.authorizations.iter().map(|signed| {
            json!({
                "chainId": quantity(signed.chain_id),
                "address": encode_prefixed(signed.address),
                "nonce": small(signed.nonce),
                "v": small(signed.y_parity.into()),
                "yParity": small(signed.y_parity.into()),
                "r": quantity(signed.r),
                "s": quantity(signed.s),
            })
        });
        fields["authorizationList"] = signed.collect::<Vec<_>>().into();
    }
    fields
}

/// The file of a transaction that came to an outcome.
fn write(sent: &Batch, outcome: &Outcome, name: &str, notes: &[String]) -> String {
    let call = sent.call(0);
    let own = call.transaction.cloned().unwrap_or_default();
    let pre = state_of(sent, call.world);
    let nonce = pre.get(&call.caller).map_or(0, |sender| sender.nonce);
    let rejected = outcome.status == Some(Status::Rejected);
    let mut post = pre.clone();
    if !rejected {
        apply(&mut post, &outcome.changes);
        // Before EIP-161 fees of nothing bring the coinbase into being.
        if call.fork < Fork::SpuriousDragon {
            post.entry(call.block.coinbase).or_default();
        }
    }
    let mut entry = json!({
        "hash": encode_prefixed(state_root(&post)),
        "logs": encode_prefixed(logs_hash(&outcome.logs)),
        "indexes": { "data": 0, "gas": 0, "value": 0 },
        "state": state(&post),
    });
    if rejected {
        entry["expectException"] = exception(outcome.detail.as_deref().unwrap_or_default()).into();
    }
    let fork = fork_name(call.fork);
    let mut config = json!({ "chainid": small(call.block.chain_id) });
    if call.fork >= Fork::Cancun {
        let BlobSchedule { max, update_fraction } = call.block.blob_schedule.unwrap_or(BlobSchedule::of(call.fork));
        let target = if call.fork >= Fork::Prague { 6 } else { 3 };
        config["blobSchedule"] = json!({
            fork: { "target": small(target), "max": small(max), "baseFeeUpdateFraction": small(update_fraction) },
        });
    }
    let mut comment = String::from("Written by lanevm");
    for (index, note) in notes.iter().enumerate() {
        let _ = write!(comment, "{} {note}", if index == 0 { ":" } else { ";" });
    }
    comment.push('.');
    let test = json!({
        "_info": { "comment": comment, "reference": format!("revm {}", cpu::REVM_VERSION) },
        "env": env(call.fork, call.block),
        "config": config,
        "pre": state(&pre),
        "transaction": transaction(&call, &own, nonce),
        "post": { fork: [entry] },
    });
    let file = json!({ name: test });
    // Every key is text, and writing to memory does not fail.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}
