//! A batch as the front describes it (`node/ts/protocol.ts`), made into core's. Nothing of it is trusted: a length that
//! does not fit is an error, never a panic.

use std::collections::BTreeMap;

use lanevm_core::{
    Absent, Account, Address, Axis, Batch, BlockEnv, BlockHashes, CallData, Calls, Column, DataField, Fork, ForkColumn,
    Generator, Keep, Level, Limits, Observe, Program, Template, U256, World,
};
use serde::Deserialize;
use serde_bytes::ByteBuf;

use crate::{
    bytes::{address, column, each, hash, index, word},
    calls_by_name::{Interfaces, NamedCalls, NamedDescription},
    fault::{Fault, Kind},
    transaction::TransactionDescription,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Description {
    hardfork: String,
    level: String,
    max_steps: Option<u64>,
    partial: bool,
    /// `summary`, `status`, `return` or `all`.
    keep: String,
    coverage: bool,
    programs: Vec<ByteBuf>,
    accounts: Vec<AccountDescription>,
    block: BlockDescription,
    transactions: Vec<TransactionDescription>,
    count: u32,
    to: ByteBuf,
    create: ByteBuf,
    code: ByteBuf,
    transaction: ByteBuf,
    columns: Option<ColumnsDescription>,
    template: Option<TemplateDescription>,
    named: Option<NamedDescription>,
}

/// The fork of that name; the newest where there is none.
pub(crate) fn fork(name: &str) -> Result<Fork, Fault> {
    if name.is_empty() {
        return Ok(Fork::LATEST);
    }
    Fork::parse(name).ok_or_else(|| {
        let known: Vec<_> = Fork::ALL.iter().map(|fork| fork.name()).collect();
        Fault::new(Kind::Hardfork, format!("hardfork {name:?} is not known; known are {}.", known.join(", ")))
    })
}

/// What is kept of each call, by the front's words.
pub(crate) fn keep(word: &str) -> Result<Keep, Fault> {
    match word {
        "summary" => Ok(Keep::Summary),
        "status" => Ok(Keep::Status),
        "return" => Ok(Keep::Return),
        "all" => Ok(Keep::All),
        other => Err(Fault::new(Kind::Argument, format!("keep {other:?} is not known."))),
    }
}

#[derive(Deserialize)]
struct AccountDescription {
    address: ByteBuf,
    nonce: u64,
    balance: ByteBuf,
    code: Option<u32>,
    storage: ByteBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockDescription {
    number: ByteBuf,
    timestamp: ByteBuf,
    coinbase: ByteBuf,
    gas_limit: u64,
    base_fee: u64,
    difficulty: ByteBuf,
    prev_randao: ByteBuf,
    chain_id: u64,
    excess_blob_gas: u64,
    hashes: Vec<(u64, ByteBuf)>,
}

#[derive(Deserialize)]
struct ColumnsDescription {
    caller: ByteBuf,
    value: ByteBuf,
    gas: ByteBuf,
    data: ByteBuf,
    ends: ByteBuf,
}

#[derive(Deserialize)]
struct TemplateDescription {
    seed: u64,
    axes: Vec<(String, u32)>,
    columns: Vec<(String, ByteBuf)>,
    caller: GeneratorDescription,
    value: GeneratorDescription,
    gas: GeneratorDescription,
    data: ByteBuf,
    fields: Vec<FieldDescription>,
}

#[derive(Deserialize)]
struct FieldDescription {
    name: String,
    offset: u32,
    width: u32,
    generator: GeneratorDescription,
}

#[derive(Deserialize)]
struct GeneratorDescription {
    kind: String,
    words: ByteBuf,
    /// The column's name.
    column: Option<String>,
    axis: Option<String>,
}

impl Description {
    /// The batch described, and the functions that its calls name.
    pub(crate) fn into_batch(self, interfaces: &Interfaces) -> Result<(Batch, NamedCalls), Fault> {
        let fork = fork(&self.hardfork)?;
        let level = match self.level.as_str() {
            "frame" => Level::Frame,
            "call" => Level::Call,
            "transaction" => Level::Transaction,
            other => return Err(Fault::new(Kind::Argument, format!("level {other:?} is not known."))),
        };
        let count = self.count as usize;
        let mut calls = match (self.columns, self.template) {
            (Some(columns), None) => columns.into_calls(count)?,
            (None, Some(template)) => template.into_calls(count)?,
            _ => return Err(Fault::new(Kind::Argument, "Give either columns or a template.")),
        };
        let mut named = NamedCalls::default();
        if let Some(description) = self.named {
            (named, calls.data) = description.into_calls(interfaces, count, &calls.data)?;
        }
        calls.fork = Column::All(ForkColumn(fork));
        calls.level = Column::All(level);
        calls.to = targets(&self.to, &self.create, count)?;
        calls.code = column::<4, _>(&self.code, "code", count, index)?;
        calls.transaction = column::<4, _>(&self.transaction, "transaction", count, index)?;
        let mut accounts = BTreeMap::new();
        for account in self.accounts {
            let (address, account) = account.into_account()?;
            accounts.insert(address, account);
        }
        let absent = if self.partial { Absent::Unknown } else { Absent::Empty };
        let batch = Batch {
            programs: self.programs.into_iter().map(|code| Program::new(code.into_vec())).collect(),
            worlds: vec![World { accounts, absent, ..World::default() }],
            blocks: vec![self.block.into_block()?],
            transactions: self
                .transactions
                .into_iter()
                .map(TransactionDescription::into_transaction)
                .collect::<Result<_, _>>()?,
            calls,
            limits: Limits { max_steps: self.max_steps },
            keep: keep(&self.keep)?,
            observe: Observe { coverage: self.coverage, ..Observe::default() },
            ..Batch::default()
        };
        batch.validate()?;
        Ok((batch, named))
    }
}

/// Targets: addresses, and flags that say which calls create.
fn targets(to: &[u8], create: &[u8], count: usize) -> Result<Column<Option<Address>>, Fault> {
    let to = column::<20, _>(to, "to", count, Address::from)?;
    let create = column::<1, _>(create, "create", count, |[flag]| flag != 0)?;
    Ok(match (&to, &create) {
        (Column::All(to), Column::All(create)) => Column::All((!create).then_some(*to)),
        _ => Column::Each((0..count).map(|call| (!*create.get(call)).then_some(*to.get(call))).collect()),
    })
}

impl ColumnsDescription {
    fn into_calls(self, count: usize) -> Result<Calls, Fault> {
        let data = if self.ends.is_empty() {
            CallData::repeated(count, &self.data)
        } else {
            let ends = each::<4>(&self.ends, "ends")?;
            let mut data = CallData::default();
            let mut start = 0;
            for end in ends {
                let end = u32::from_le_bytes(end) as usize;
                let row = self.data.get(start..end).ok_or_else(|| {
                    Fault::new(Kind::Argument, format!("ends: {start} to {end} is no range of the call data."))
                })?;
                data.push(row);
                start = end;
            }
            data
        };
        Ok(Calls {
            count,
            caller: column::<20, _>(&self.caller, "account", count, Address::from)?,
            value: column::<32, _>(&self.value, "value", count, U256::from_be_bytes)?,
            gas: column::<8, _>(&self.gas, "gas", count, u64::from_le_bytes)?,
            data,
            ..Calls::default()
        })
    }
}

/// Words of 32 big-endian bytes.
fn values(words: &[u8], what: &str) -> Result<Vec<U256>, Fault> {
    Ok(each::<32>(words, what)?.into_iter().map(U256::from_be_bytes).collect())
}

impl GeneratorDescription {
    fn into_generator(self) -> Result<Generator, Fault> {
        let words = values(&self.words, "generator")?;
        let generator = match (self.kind.as_str(), words.as_slice(), self.column) {
            ("fixed", &[value], None) => Generator::Fixed(value),
            ("range", &[from, step], None) => Generator::Range { from, step },
            ("steps", &[start, end, count], None) => Generator::Steps { start, end, count: count.saturating_to() },
            ("random", &[min, max], None) => Generator::uniform(min, max),
            ("logUniform", &[min, max], None) => Generator::log_uniform(min, max),
            ("list", _, None) => Generator::List(words),
            ("column", [], Some(column)) => Generator::Column(column),
            (kind, words, _) => {
                let words = words.len();
                return Err(Fault::new(Kind::Argument, format!("a generator {kind:?} of {words} words is not known.")));
            }
        };
        Ok(match self.axis {
            Some(axis) => generator.along(axis),
            None => generator,
        })
    }
}

impl TemplateDescription {
    fn into_calls(self, count: usize) -> Result<Calls, Fault> {
        let fields = self.fields.into_iter().map(|field| {
            Ok(DataField {
                name: field.name,
                offset: field.offset as usize,
                width: field.width as usize,
                generator: field.generator.into_generator()?,
            })
        });
        let template = Template {
            count,
            seed: self.seed,
            caller: self.caller.into_generator()?,
            value: self.value.into_generator()?,
            gas: self.gas.into_generator()?,
            data: self.data.into_vec(),
            fields: fields.collect::<Result<_, Fault>>()?,
            axes: self.axes.into_iter().map(|(name, len)| Axis { name, len: len as usize }).collect(),
            columns: self
                .columns
                .into_iter()
                .map(|(name, words)| Ok((name, values(&words, "column")?)))
                .collect::<Result<_, Fault>>()?,
        };
        template.expand().map_err(|error| Fault::new(Kind::Argument, format!("template: {error}.")))
    }
}

impl AccountDescription {
    fn into_account(self) -> Result<(Address, Account), Fault> {
        let address = address(&self.address, "account address")?;
        let mut storage = BTreeMap::new();
        for pair in each::<64>(&self.storage, "storage")? {
            let (slot, value) = pair.split_at(32);
            let slot = U256::from_be_slice(slot);
            if storage.insert(slot, U256::from_be_slice(value)).is_some() {
                let what = format!("The state of account {address} has slot {slot:#x} twice.");
                return Err(Fault::new(Kind::Argument, what));
            }
        }
        storage.retain(|_, value| !value.is_zero());
        let account = Account { nonce: self.nonce, balance: word(&self.balance, "balance")?, code: self.code, storage };
        Ok((address, account))
    }
}

impl BlockDescription {
    fn into_block(self) -> Result<BlockEnv, Fault> {
        let mut hashes = BTreeMap::new();
        for (number, bytes) in self.hashes {
            hashes.insert(number, hash(&bytes, "block hash")?);
        }
        Ok(BlockEnv {
            number: word(&self.number, "block number")?,
            timestamp: word(&self.timestamp, "block time")?,
            coinbase: address(&self.coinbase, "fee recipient")?,
            gas_limit: self.gas_limit,
            base_fee: self.base_fee,
            difficulty: word(&self.difficulty, "difficulty")?,
            prev_randao: hash(&self.prev_randao, "prevRandao")?,
            chain_id: self.chain_id,
            excess_blob_gas: self.excess_blob_gas,
            blob_schedule: None,
            hashes: BlockHashes::Listed(hashes),
        })
    }
}
