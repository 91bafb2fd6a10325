//! A batch as bytes, each table in a form of its own that holds nothing but plain numbers and bytes.

use std::borrow::Cow;

use alloy_primitives::{Address, B256};
use lanevm_shaders::Fork;
use serde::{Deserialize, Serialize};

use super::{
    Kind, Place, WireColumn, WireError, Word, data::WireData, malformed, number, reply::keep_of, seal, unseal, word,
};
use crate::{
    batch::{Authorization, Batch, Calls, ForkColumn, Level, Limits, Transaction},
    observation::Observe,
    program::{MAX_CODE, Program},
    world::{Absent, Account, BlobSchedule, BlockEnv, BlockHashes, World},
};

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
    dropped: Vec<Place>,
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
            dropped: world.dropped.iter().map(|address| address.0.0).collect(),
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
            dropped: self.dropped.into_iter().map(Address::new).collect(),
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
    data: WireData<'a>,
    transaction: WireColumn<Option<u32>>,
    max_steps: Option<u64>,
    keep: u8,
    digest: bool,
    observe: (bool, bool),
}

const LEVELS: [Level; 3] = [Level::Frame, Level::Call, Level::Transaction];

/// The calls `rows` of a valid batch, with the tables they use and nothing else: [`Batch::part`].
///
/// # Panics
/// If a row is not in the batch.
pub fn encode_batch(batch: &Batch, rows: &[usize]) -> Vec<u8> {
    let batch = batch.part(rows);
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
            data: WireData::of(&calls.data),
            transaction: WireColumn::of(&calls.transaction, |&tx| tx),
            max_steps: batch.limits.max_steps,
            keep: batch.keep as u8,
            digest: batch.digest,
            observe: (batch.observe.path, batch.observe.coverage),
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
            data: wire.data.data()?,
            transaction: wire.transaction.column(Some)?,
        },
        limits: Limits { max_steps: wire.max_steps },
        keep: keep_of(wire.keep)?,
        digest: wire.digest,
        observe: Observe { path: wire.observe.0, coverage: wire.observe.1 },
    };
    batch.validate()?;
    Ok(batch)
}
