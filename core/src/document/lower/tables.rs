//! Blocks, worlds and transactions of a document. Where a scalar of them varies, lanes are sorted by what they see, and there is one block
//! or world for each difference: worlds are differences on one base, which holds what all lanes share.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, U256};

use super::Lowering;
use crate::{
    batch,
    columns::Column,
    document::{Account, BlobSchedule, Block, DocumentError, Hashes, MAX_VALUES, Scalar, Transaction, Vary},
    template::Source,
    world::{self, Absent, BlockEnv, BlockHashes, World},
};

/// Most different blocks, and most different worlds, that the lanes of a document have.
pub const MAX_VARIANTS: usize = 1 << 17;

/// Most values computed to tell blocks or worlds apart: lanes times the scalars of the block, or of the state, that vary.
pub const MAX_VARIED: usize = 1 << 26;

/// A scalar of a table: the same for all, or the value at this place of a variant.
#[derive(Clone, Copy)]
enum Cell {
    Fixed(U256),
    Varies(usize),
}

impl Cell {
    fn of<T: Scalar>(self, variant: &[U256]) -> T {
        T::of_word(match self {
            Self::Fixed(value) => value,
            Self::Varies(place) => variant[place],
        })
    }

    const fn varies(self) -> bool {
        matches!(self, Self::Varies(_))
    }
}

/// The scalars of a table that vary.
#[derive(Default)]
struct Varying {
    sources: Vec<Source>,
    /// The path of the first.
    first: Option<String>,
}

impl Varying {
    fn cell<T: Scalar>(
        &mut self,
        lowering: &Lowering<'_>,
        path: impl FnOnce() -> String,
        vary: &Vary<T>,
    ) -> Result<Cell, DocumentError> {
        if let Vary::Fixed(value) = vary {
            return Ok(Cell::Fixed(value.word()));
        }
        let path = path();
        let source = lowering.source(&path, vary, T::MAX)?;
        if let Some(value) = source.constant() {
            return Ok(Cell::Fixed(value));
        }
        self.sources.push(source);
        self.first.get_or_insert(path);
        Ok(Cell::Varies(self.sources.len() - 1))
    }

    /// What lanes see: each different row of values once, and which of them each lane has. Each variant takes room for its
    /// cells, and for `more` values that all have.
    fn variants(&self, lanes: usize, more: usize) -> Result<(Vec<Vec<U256>>, Column<u32>), DocumentError> {
        let Some(first) = &self.first else {
            return Ok((vec![Vec::new()], Column::All(0)));
        };
        let cells = self.sources.len();
        if lanes.saturating_mul(cells) > MAX_VARIED {
            let found = format!("{cells} varying scalars in {lanes} lanes");
            let expected =
                format!("at most {MAX_VARIED} values of block or state in all; vary fewer, or in fewer lanes");
            return Err(DocumentError::at(first, found, expected));
        }
        let most = MAX_VARIANTS.min(MAX_VALUES / (cells + more));
        let mut known: HashMap<Vec<U256>, u32> = HashMap::new();
        let mut variants = Vec::new();
        let mut rows = Vec::with_capacity(lanes);
        let mut row = Vec::with_capacity(cells);
        for lane in 0..lanes as u32 {
            row.clear();
            row.extend(self.sources.iter().map(|source| source.value(lane)));
            if let Some(&id) = known.get(row.as_slice()) {
                rows.push(id);
                continue;
            }
            if variants.len() == most {
                let found = format!("more than {most} different values together with what varies beside it");
                let expected = format!("at most {most} different blocks, states or transactions of a step");
                return Err(DocumentError::at(first, found, expected));
            }
            let id = variants.len() as u32;
            known.insert(row.clone(), id);
            variants.push(row.clone());
            rows.push(id);
        }
        Ok((variants, Column::Each(rows)))
    }
}

/// Makes the blocks; the column says which each lane runs in.
pub(super) fn blocks(lowering: &mut Lowering<'_>) -> Result<Column<u32>, DocumentError> {
    let document = lowering.document;
    let Block {
        number,
        timestamp,
        coinbase,
        gas_limit,
        base_fee_per_gas,
        difficulty,
        prev_randao,
        excess_blob_gas,
        blob_schedule,
        block_hashes,
    } = &document.block;
    let blob_schedule = blob_schedule.map(|BlobSchedule { max, base_fee_update_fraction }| world::BlobSchedule {
        max,
        update_fraction: base_fee_update_fraction,
    });
    let mut varying = Varying::default();
    macro_rules! cells {
        ($($vary:expr, $path:literal;)*) => {
            [$(varying.cell(lowering, || $path.into(), $vary)?),*]
        };
    }
    let [number, timestamp, coinbase, gas_limit, base_fee, difficulty, prev_randao, excess_blob_gas, chain_id] = cells![
        number, "block.number";
        timestamp, "block.timestamp";
        coinbase, "block.coinbase";
        gas_limit, "block.gasLimit";
        base_fee_per_gas, "block.baseFeePerGas";
        difficulty, "block.difficulty";
        prev_randao, "block.prevRandao";
        excess_blob_gas, "block.excessBlobGas";
        &document.chain_id, "chainId";
    ];
    let (hashes, listed) = match block_hashes {
        Hashes::Listed(hashes) => (BlockHashes::Listed(hashes.clone()), hashes.len()),
        Hashes::OfNumber => (BlockHashes::OfNumber, 0),
    };
    let (variants, column) = varying.variants(lowering.lanes, listed)?;
    let block = |variant: Vec<U256>| BlockEnv {
        number: number.of(&variant),
        timestamp: timestamp.of(&variant),
        coinbase: coinbase.of(&variant),
        gas_limit: gas_limit.of(&variant),
        base_fee: base_fee.of(&variant),
        difficulty: difficulty.of(&variant),
        prev_randao: prev_randao.of(&variant),
        chain_id: chain_id.of(&variant),
        excess_blob_gas: excess_blob_gas.of(&variant),
        blob_schedule,
        hashes: hashes.clone(),
    };
    lowering.batch.blocks = variants.into_iter().map(block).collect();
    Ok(column)
}

/// An account with something that varies.
struct Shifting {
    address: Address,
    nonce: Cell,
    balance: Cell,
    code: Option<u32>,
    /// The slots that vary.
    storage: Vec<(U256, Cell)>,
}

impl Shifting {
    fn of(&self, variant: &[U256]) -> world::Account {
        world::Account {
            nonce: self.nonce.of(variant),
            balance: self.balance.of(variant),
            code: self.code,
            storage: self.storage.iter().map(|(slot, cell)| (*slot, cell.of(variant))).collect(),
        }
    }
}

/// Makes the worlds; the column says which each lane begins in.
pub(super) fn worlds(lowering: &mut Lowering<'_>) -> Result<Column<u32>, DocumentError> {
    let document = lowering.document;
    let absent = document.state.absent;
    let mut varying = Varying::default();
    let mut shifting = Vec::new();
    let mut accounts = BTreeMap::new();
    for (&address, account) in &document.state.accounts {
        let path = || format!("state.accounts.{}", address.text());
        let code = code(lowering, account, path)?;
        let nonce = varying.cell(lowering, || format!("{}.nonce", path()), &account.nonce)?;
        let balance = varying.cell(lowering, || format!("{}.balance", path()), &account.balance)?;
        let mut storage = BTreeMap::new();
        let mut slots = Vec::new();
        for (&slot, value) in &account.storage {
            let cell = varying.cell(lowering, || format!("{}.storage.{slot:#x}", path()), value)?;
            match cell {
                Cell::Varies(_) => slots.push((slot, cell)),
                // That a slot is zero needs saying only where it could be anything.
                Cell::Fixed(value) if value.is_zero() && absent == Absent::Empty => {}
                Cell::Fixed(value) => drop(storage.insert(slot, value)),
            }
        }
        let varies = nonce.varies() || balance.varies() || !slots.is_empty();
        let shift = Shifting { address, nonce, balance, code, storage: slots };
        let shared = if varies {
            // Every lane's own world replaces these.
            world::Account { code, storage, ..world::Account::default() }
        } else {
            world::Account { storage, ..shift.of(&[]) }
        };
        accounts.insert(address, shared);
        if varies {
            shifting.push(shift);
        }
    }
    let (variants, column) = varying.variants(lowering.lanes, 0)?;
    let worlds = &mut lowering.batch.worlds;
    worlds.push(World { accounts, absent, ..World::default() });
    if shifting.is_empty() {
        return Ok(column);
    }
    worlds.extend(variants.into_iter().map(|variant| World {
        base: Some(0),
        accounts: shifting.iter().map(|account| (account.address, account.of(&variant))).collect(),
        absent,
        ..World::default()
    }));
    Ok(match column {
        Column::Each(rows) => Column::Each(rows.into_iter().map(|row| row + 1).collect()),
        other => other,
    })
}

/// The program that is an account's code.
fn code(
    lowering: &mut Lowering<'_>,
    account: &Account,
    path: impl Fn() -> String,
) -> Result<Option<u32>, DocumentError> {
    let place = || format!("{}.program", path());
    match &account.program {
        Some(_) if !account.code.is_empty() => Err(DocumentError::at(place(), "both code and program", "one of them")),
        Some(name) => lowering.named(name, place).map(Some),
        None if account.code.is_empty() => Ok(None),
        None => Ok(Some(lowering.program(&account.code))),
    }
}

/// Makes a step's transactions; the column says which each lane has.
pub(super) fn transactions(
    lowering: &mut Lowering<'_>,
    transaction: &Transaction,
    path: &str,
) -> Result<Column<Option<u32>>, DocumentError> {
    let frame = lowering.document.level == batch::Level::Frame;
    transaction.check(frame).map_err(|error| DocumentError { path: format!("{path}.{}", error.path), ..error })?;
    let mut varying = Varying::default();
    macro_rules! cell {
        ($vary:expr, $name:literal) => {
            $vary.as_ref().map(|vary| varying.cell(lowering, || format!("{path}.{}", $name), vary)).transpose()?
        };
    }
    let origin = cell!(transaction.origin, "origin");
    let nonce = cell!(transaction.nonce, "nonce");
    let chain_id = cell!(transaction.chain_id, "chainId");
    let price = cell!(transaction.gas_price, "gasPrice");
    let max_fee = cell!(transaction.max_fee_per_gas, "maxFeePerGas");
    let priority = cell!(transaction.max_priority_fee_per_gas, "maxPriorityFeePerGas");
    let blob_fee = cell!(transaction.max_fee_per_blob_gas, "maxFeePerBlobGas");
    let accesses = transaction.access_list.as_deref().unwrap_or_default();
    let access_list: Vec<_> = accesses.iter().map(|access| (access.address, access.storage_keys.clone())).collect();
    let more = accesses.iter().map(|access| 1 + access.storage_keys.len()).sum::<usize>();
    let authorizations: Vec<_> =
        transaction.authorization_list.iter().flatten().map(batch::Authorization::from).collect();
    let more = more + transaction.blob_versioned_hashes.len() + 6 * authorizations.len();
    let (variants, column) = varying.variants(lowering.lanes, more)?;
    let kind = transaction.kind();
    let made = variants.into_iter().map(|variant| batch::Transaction {
        kind,
        nonce: nonce.map(|cell| cell.of(&variant)),
        origin: origin.map(|cell| cell.of(&variant)),
        gas_price: max_fee.or(price).map(|cell| cell.of(&variant)).unwrap_or_default(),
        priority_fee: (kind >= 2).then(|| priority.map(|cell| cell.of(&variant)).unwrap_or_default()),
        chain_id: chain_id.map(|cell| cell.of(&variant)),
        access_list: access_list.clone(),
        blob_hashes: transaction.blob_versioned_hashes.clone(),
        max_fee_per_blob_gas: blob_fee.map(|cell| cell.of(&variant)).unwrap_or_default(),
        authorizations: authorizations.clone(),
    });
    let table = &mut lowering.batch.transactions;
    let first = table.len() as u32;
    table.extend(made);
    Ok(match column {
        Column::Each(rows) => Column::Each(rows.into_iter().map(|row| Some(first + row)).collect()),
        _ => Column::All(Some(first)),
    })
}
