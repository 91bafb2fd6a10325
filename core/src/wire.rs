//! Batches and outcomes as bytes, for a worker on the other side of a message. The encoding is compact and versioned; it
//! is for one build to talk to itself, not for keeping. Decoding judges every byte: what it accepts can be run or read.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, U256};
use lanevm_shaders::{Fork, Status};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    batch::{Authorization, Batch, BatchError, Calls, ForkColumn, Level, Limits, Transaction},
    columns::{ByteColumn, Column},
    digest,
    engine::EngineError,
    outcome::{Executor, Outcome, Outcomes, Reason},
    program::{MAX_CODE, Program},
    world::{Absent, Account, BlobSchedule, BlockEnv, BlockHashes, World},
};

/// The version of the encoding, in every message.
pub const VERSION: u8 = 1;

const MAGIC: [u8; 3] = *b"lvm";

/// Why bytes are no message.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// Not a message of this kind and version.
    #[error("not a {expected} message of version {VERSION}")]
    Header {
        /// What was expected.
        expected: &'static str,
    },
    /// The bytes end too soon, or go on, or hold a value out of its range.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// The batch is whole but cannot be run.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

fn malformed(what: impl ToString) -> WireError {
    WireError::Malformed(what.to_string())
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Batch = 1,
    Reply = 2,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Reply => "reply",
        }
    }
}

fn seal(kind: Kind, body: &impl Serialize) -> Vec<u8> {
    let mut message = MAGIC.to_vec();
    message.extend([kind as u8, VERSION]);
    // Writing to a vector cannot fail, and the bodies hold nothing that postcard refuses.
    postcard::to_extend(body, message).expect("a body that can be written")
}

fn unseal<'a, T: Deserialize<'a>>(kind: Kind, message: &'a [u8]) -> Result<T, WireError> {
    let header = [MAGIC[0], MAGIC[1], MAGIC[2], kind as u8, VERSION];
    let body = message.strip_prefix(&header).ok_or(WireError::Header { expected: kind.name() })?;
    let (value, rest) = postcard::take_from_bytes(body).map_err(malformed)?;
    if rest.is_empty() { Ok(value) } else { Err(malformed("bytes after its end")) }
}

type Word = [u8; 32];
type Place = [u8; 20];

fn word(value: U256) -> Word {
    value.to_le_bytes()
}

fn number(word: Word) -> U256 {
    U256::from_le_bytes(word)
}

#[derive(Serialize, Deserialize)]
enum WireColumn<T> {
    All(T),
    Each(Vec<T>),
}

impl<T> WireColumn<T> {
    fn of<S>(column: &Column<S>, convert: impl Fn(&S) -> T) -> Self {
        match column {
            Column::All(value) => Self::All(convert(value)),
            Column::Each(values) => Self::Each(values.iter().map(convert).collect()),
        }
    }

    fn column<S>(self, convert: impl Fn(T) -> Option<S>) -> Result<Column<S>, WireError> {
        let out_of_range = || malformed("a column's value is out of its range");
        Ok(match self {
            Self::All(value) => Column::All(convert(value).ok_or_else(out_of_range)?),
            Self::Each(values) => {
                Column::Each(values.into_iter().map(convert).collect::<Option<_>>().ok_or_else(out_of_range)?)
            }
        })
    }
}

#[derive(Serialize, Deserialize)]
struct WireBytes<'a> {
    ranges: Vec<(u64, u32)>,
    #[serde(borrow, with = "serde_bytes")]
    bytes: Cow<'a, [u8]>,
}

impl<'a> WireBytes<'a> {
    fn of(column: &'a ByteColumn) -> Self {
        let ranges = (0..column.len()).map(|row| column.range(row)).collect();
        Self { ranges, bytes: Cow::Borrowed(column.bytes()) }
    }

    fn column(self) -> Result<ByteColumn, WireError> {
        ByteColumn::from_parts(self.ranges, self.bytes.into_owned())
            .ok_or_else(|| malformed("a row is not within its bytes"))
    }
}

#[derive(Serialize, Deserialize)]
struct WireCode<'a>(#[serde(borrow, with = "serde_bytes")] Cow<'a, [u8]>);

#[derive(Serialize, Deserialize)]
struct WireAccount {
    address: Place,
    nonce: u64,
    balance: Word,
    code: Option<u32>,
    storage: Vec<(Word, Word)>,
}

#[derive(Serialize, Deserialize)]
struct WireWorld {
    base: Option<u32>,
    partial: bool,
    accounts: Vec<WireAccount>,
}

impl WireWorld {
    fn of(world: &World) -> Self {
        let account = |(address, account): (&Address, &Account)| WireAccount {
            address: address.0.0,
            nonce: account.nonce,
            balance: word(account.balance),
            code: account.code,
            storage: account.storage.iter().map(|(slot, value)| (word(*slot), word(*value))).collect(),
        };
        Self {
            base: world.base,
            partial: world.absent == Absent::Unknown,
            accounts: world.accounts.iter().map(account).collect(),
        }
    }

    fn world(self) -> World {
        let account = |wire: WireAccount| {
            let storage = wire.storage.into_iter().map(|(slot, value)| (number(slot), number(value))).collect();
            let account = Account { nonce: wire.nonce, balance: number(wire.balance), code: wire.code, storage };
            (Address::new(wire.address), account)
        };
        World {
            base: self.base,
            accounts: self.accounts.into_iter().map(account).collect(),
            absent: if self.partial { Absent::Unknown } else { Absent::Empty },
        }
    }
}

#[derive(Serialize, Deserialize)]
struct WireBlock {
    number: Word,
    timestamp: Word,
    coinbase: Place,
    gas_limit: u64,
    base_fee: u64,
    difficulty: Word,
    prev_randao: Word,
    chain_id: u64,
    excess_blob_gas: u64,
    blob_schedule: Option<(u64, u64)>,
    /// `None`: hashes of the number.
    hashes: Option<Vec<(u64, Word)>>,
}

impl WireBlock {
    fn of(block: &BlockEnv) -> Self {
        Self {
            number: word(block.number),
            timestamp: word(block.timestamp),
            coinbase: block.coinbase.0.0,
            gas_limit: block.gas_limit,
            base_fee: block.base_fee,
            difficulty: word(block.difficulty),
            prev_randao: block.prev_randao.0,
            chain_id: block.chain_id,
            excess_blob_gas: block.excess_blob_gas,
            blob_schedule: block.blob_schedule.map(|schedule| (schedule.max, schedule.update_fraction)),
            hashes: match &block.hashes {
                BlockHashes::Listed(hashes) => Some(hashes.iter().map(|(number, hash)| (*number, hash.0)).collect()),
                BlockHashes::OfNumber => None,
            },
        }
    }

    fn block(self) -> BlockEnv {
        BlockEnv {
            number: number(self.number),
            timestamp: number(self.timestamp),
            coinbase: Address::new(self.coinbase),
            gas_limit: self.gas_limit,
            base_fee: self.base_fee,
            difficulty: number(self.difficulty),
            prev_randao: B256::new(self.prev_randao),
            chain_id: self.chain_id,
            excess_blob_gas: self.excess_blob_gas,
            blob_schedule: self.blob_schedule.map(|(max, update_fraction)| BlobSchedule { max, update_fraction }),
            hashes: self.hashes.map_or(BlockHashes::OfNumber, |hashes| {
                BlockHashes::Listed(hashes.into_iter().map(|(number, hash)| (number, B256::new(hash))).collect())
            }),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct WireAuthorization {
    chain_id: Word,
    address: Place,
    nonce: u64,
    y_parity: u8,
    r: Word,
    s: Word,
}

#[derive(Serialize, Deserialize)]
struct WireTransaction {
    kind: u8,
    nonce: Option<u64>,
    origin: Option<Place>,
    gas_price: Word,
    priority_fee: Option<Word>,
    chain_id: Option<u64>,
    access_list: Vec<(Place, Vec<Word>)>,
    blob_hashes: Vec<Word>,
    max_fee_per_blob_gas: Word,
    authorizations: Vec<WireAuthorization>,
}

impl WireTransaction {
    fn of(tx: &Transaction) -> Self {
        let words = |words: &[B256]| words.iter().map(|word| word.0).collect();
        let authorization = |signed: &Authorization| WireAuthorization {
            chain_id: word(signed.chain_id),
            address: signed.address.0.0,
            nonce: signed.nonce,
            y_parity: signed.y_parity,
            r: word(signed.r),
            s: word(signed.s),
        };
        Self {
            kind: tx.kind,
            nonce: tx.nonce,
            origin: tx.origin.map(|origin| origin.0.0),
            gas_price: word(tx.gas_price),
            priority_fee: tx.priority_fee.map(word),
            chain_id: tx.chain_id,
            access_list: tx.access_list.iter().map(|(address, keys)| (address.0.0, words(keys))).collect(),
            blob_hashes: words(&tx.blob_hashes),
            max_fee_per_blob_gas: word(tx.max_fee_per_blob_gas),
            authorizations: tx.authorizations.iter().map(authorization).collect(),
        }
    }

    fn transaction(self) -> Transaction {
        let words = |words: Vec<Word>| words.into_iter().map(B256::new).collect();
        let authorization = |wire: WireAuthorization| Authorization {
            chain_id: number(wire.chain_id),
            address: Address::new(wire.address),
            nonce: wire.nonce,
            y_parity: wire.y_parity,
            r: number(wire.r),
            s: number(wire.s),
        };
        Transaction {
            kind: self.kind,
            nonce: self.nonce,
            origin: self.origin.map(Address::new),
            gas_price: number(self.gas_price),
            priority_fee: self.priority_fee.map(number),
            chain_id: self.chain_id,
            access_list: self.access_list.into_iter().map(|(place, keys)| (Address::new(place), words(keys))).collect(),
            blob_hashes: words(self.blob_hashes),
            max_fee_per_blob_gas: number(self.max_fee_per_blob_gas),
            authorizations: self.authorizations.into_iter().map(authorization).collect(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct WireBatch<'a> {
    #[serde(borrow)]
    programs: Vec<WireCode<'a>>,
    worlds: Vec<WireWorld>,
    blocks: Vec<WireBlock>,
    transactions: Vec<WireTransaction>,
    count: u32,
    world: WireColumn<u32>,
    block: WireColumn<u32>,
    fork: WireColumn<u8>,
    level: WireColumn<u8>,
    caller: WireColumn<Place>,
    to: WireColumn<Option<Place>>,
    code: WireColumn<Option<u32>>,
    value: WireColumn<Word>,
    gas: WireColumn<u64>,
    #[serde(borrow)]
    data: WireBytes<'a>,
    transaction: WireColumn<Option<u32>>,
    max_steps: Option<u64>,
}

const LEVELS: [Level; 3] = [Level::Frame, Level::Call, Level::Transaction];

/// The calls `rows` of a valid batch, with the tables they use and nothing else.
///
/// # Panics
/// If a row is not in the batch.
pub fn encode_batch(batch: &Batch, rows: &[usize]) -> Vec<u8> {
    let batch = batch.subset(rows);
    let calls = &batch.calls;
    seal(
        Kind::Batch,
        &WireBatch {
            programs: batch.programs.iter().map(|program| WireCode(Cow::Borrowed(program.code()))).collect(),
            worlds: batch.worlds.iter().map(WireWorld::of).collect(),
            blocks: batch.blocks.iter().map(WireBlock::of).collect(),
            transactions: batch.transactions.iter().map(WireTransaction::of).collect(),
            count: calls.count as u32,
            world: WireColumn::of(&calls.world, |&id| id),
            block: WireColumn::of(&calls.block, |&id| id),
            fork: WireColumn::of(&calls.fork, |fork| fork.0 as u8),
            level: WireColumn::of(&calls.level, |&level| level as u8),
            caller: WireColumn::of(&calls.caller, |caller| caller.0.0),
            to: WireColumn::of(&calls.to, |to| to.map(|to| to.0.0)),
            code: WireColumn::of(&calls.code, |&code| code),
            value: WireColumn::of(&calls.value, |&value| word(value)),
            gas: WireColumn::of(&calls.gas, |&gas| gas),
            data: WireBytes::of(&calls.data),
            transaction: WireColumn::of(&calls.transaction, |&tx| tx),
            max_steps: batch.limits.max_steps,
        },
    )
}

/// The batch that [`encode_batch`] wrote, checked as [`Batch::validate`] does.
///
/// # Errors
/// See [`WireError`].
pub fn decode_batch(message: &[u8]) -> Result<Batch, WireError> {
    let wire: WireBatch<'_> = unseal(Kind::Batch, message)?;
    let program = |code: WireCode<'_>| {
        if code.0.len() > MAX_CODE {
            return Err(malformed("a program is too long"));
        }
        Ok(Program::new(code.0.into_owned()))
    };
    let batch = Batch {
        programs: wire.programs.into_iter().map(program).collect::<Result<_, _>>()?,
        worlds: wire.worlds.into_iter().map(WireWorld::world).collect(),
        blocks: wire.blocks.into_iter().map(WireBlock::block).collect(),
        transactions: wire.transactions.into_iter().map(WireTransaction::transaction).collect(),
        calls: Calls {
            count: wire.count as usize,
            world: wire.world.column(Some)?,
            block: wire.block.column(Some)?,
            fork: wire.fork.column(|code| Fork::ALL.get(usize::from(code)).copied().map(ForkColumn))?,
            level: wire.level.column(|code| LEVELS.get(usize::from(code)).copied())?,
            caller: wire.caller.column(|place| Some(Address::new(place)))?,
            to: wire.to.column(|place| Some(place.map(Address::new)))?,
            code: wire.code.column(Some)?,
            value: wire.value.column(|word| Some(number(word)))?,
            gas: wire.gas.column(Some)?,
            data: wire.data.column()?,
            transaction: wire.transaction.column(Some)?,
        },
        limits: Limits { max_steps: wire.max_steps },
    };
    batch.validate()?;
    Ok(batch)
}

#[derive(Serialize, Deserialize)]
struct WireRow<'a> {
    status: u8,
    gas_used: u64,
    refund: i64,
    refund_granted: u64,
    steps: u64,
    on_gpu: bool,
    reason: (u8, u16),
    #[serde(borrow, with = "serde_bytes")]
    output: Cow<'a, [u8]>,
    #[serde(borrow, with = "serde_bytes")]
    logs: Cow<'a, [u8]>,
    #[serde(borrow, with = "serde_bytes")]
    changes: Cow<'a, [u8]>,
    created: Option<Place>,
    detail: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
enum WireReply<'a> {
    Outcomes {
        #[serde(borrow)]
        rows: Vec<WireRow<'a>>,
        host_services: Vec<(u16, u64)>,
        escalated: Vec<((u8, u16), u64)>,
    },
    Failed(String),
}

const fn reason_code(reason: Reason) -> (u8, u16) {
    match reason {
        Reason::None => (0, 0),
        Reason::Fork => (1, 0),
        Reason::Level => (2, 0),
        Reason::Opcode(byte) => (3, byte as u16),
        Reason::Precompile(number) => (4, number),
        Reason::Target => (5, 0),
        Reason::Stack => (6, 0),
        Reason::Memory => (7, 0),
        Reason::Slots => (8, 0),
        Reason::Logs => (9, 0),
        Reason::Input => (10, 0),
        Reason::MissingState => (11, 0),
        Reason::Probes => (12, 0),
        Reason::Straggler => (13, 0),
        Reason::Device => (14, 0),
    }
}

fn reason((code, number): (u8, u16)) -> Option<Reason> {
    Some(match code {
        0 => Reason::None,
        1 => Reason::Fork,
        2 => Reason::Level,
        3 => Reason::Opcode(u8::try_from(number).ok()?),
        4 => Reason::Precompile(number),
        5 => Reason::Target,
        6 => Reason::Stack,
        7 => Reason::Memory,
        8 => Reason::Slots,
        9 => Reason::Logs,
        10 => Reason::Input,
        11 => Reason::MissingState,
        12 => Reason::Probes,
        13 => Reason::Straggler,
        14 => Reason::Device,
        _ => return None,
    })
}

/// The reply of a worker: outcomes, or why there are none.
pub fn encode_reply(reply: &Result<Outcomes, String>) -> Vec<u8> {
    let outcomes = match reply {
        Ok(outcomes) => outcomes,
        Err(reason) => return seal(Kind::Reply, &WireReply::Failed(reason.clone())),
    };
    let row = |row: usize| WireRow {
        status: outcomes.status(row) as u8,
        gas_used: outcomes.gas_used(row),
        refund: outcomes.refund(row),
        refund_granted: outcomes.refund_granted(row),
        steps: outcomes.steps(row),
        on_gpu: outcomes.executor(row) == Executor::Gpu,
        reason: reason_code(outcomes.reason(row)),
        output: Cow::Borrowed(outcomes.output(row)),
        logs: Cow::Borrowed(outcomes.logs_encoded(row)),
        changes: Cow::Borrowed(outcomes.changes_encoded(row)),
        created: outcomes.created(row).map(|created| created.0.0),
        detail: outcomes.detail(row).map(Cow::Borrowed),
    };
    seal(
        Kind::Reply,
        &WireReply::Outcomes {
            rows: (0..outcomes.len()).map(row).collect(),
            host_services: outcomes.host_services.iter().map(|(number, count)| (*number, *count)).collect(),
            escalated: outcomes.escalated.iter().map(|(reason, count)| (reason_code(*reason), *count)).collect(),
        },
    )
}

/// Reads a worker's reply.
///
/// # Errors
/// [`EngineError::Worker`] for bytes that [`encode_reply`] did not write, and for the worker's own error.
pub fn decode_reply(message: &[u8]) -> Result<Outcomes, EngineError> {
    let worker = |error: WireError| EngineError::Worker(error.to_string());
    match unseal::<WireReply<'_>>(Kind::Reply, message).map_err(worker)? {
        WireReply::Failed(reason) => Err(EngineError::Worker(reason)),
        WireReply::Outcomes { rows, host_services, escalated } => {
            let mut outcomes = Outcomes::unfinished(rows.len());
            for (at, row) in rows.into_iter().enumerate() {
                decode_row(&mut outcomes, at, row).ok_or_else(|| worker(malformed(format!("outcome {at}"))))?;
            }
            outcomes.host_services = host_services.into_iter().collect();
            outcomes.escalated = escalated
                .into_iter()
                .map(|(code, count)| reason(code).map(|reason| (reason, count)))
                .collect::<Option<_>>()
                .ok_or_else(|| worker(malformed("a reason is unknown")))?;
            Ok(outcomes)
        }
    }
}

fn decode_row(outcomes: &mut Outcomes, at: usize, row: WireRow<'_>) -> Option<()> {
    digest::try_decode_logs(&row.logs)?;
    digest::try_decode_changes(&row.changes)?;
    let outcome = Outcome {
        status: Some(Status::from_code(row.status)?),
        gas_used: row.gas_used,
        refund: row.refund,
        refund_granted: row.refund_granted,
        steps: row.steps,
        created: row.created.map(Address::new),
        detail: row.detail.map(Cow::into_owned),
        executor: if row.on_gpu { Executor::Gpu } else { Executor::Cpu },
        reason: reason(row.reason)?,
        ..Outcome::default()
    };
    outcomes.set_encoded(at, &outcome, &row.output, &row.logs, &row.changes);
    Some(())
}
