//! Workloads: a state and a call, to be made many times. From a `workloads.json`, or the repository's own examples.

use std::{collections::BTreeMap, fs, path::Path};

use alloy_primitives::{Address, B256, Bytes, U256};
use anyhow::{Context, Result, anyhow};
use lanevm_core::{
    Fork,
    batch::{Batch, Calls, ForkColumn, Level},
    call_data::CallData,
    columns::Column,
    examples::Example,
    program::Program,
    template::Template,
    world::BlockEnv,
};
use serde::Deserialize;

use crate::{
    conformance::assembly::Assembly,
    fixtures::{
        account::{FullAccount, State},
        program, quantity, source,
    },
};

/// What is called.
#[derive(Clone, Debug)]
enum Origin {
    /// The same call many times.
    Call { state: State, caller: Address, to: Address, data: Bytes, gas: u64 },
    /// An example whose calls all differ.
    Example(Box<Example>),
    /// A state of its own and calls that all differ.
    Calls { state: State, to: Address, calls: Box<Template> },
}

/// A workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// Gas that each call must use, where the source says it.
    pub gas_used: Option<u64>,
    origin: Origin,
}

#[derive(Deserialize)]
struct RawWorkloads {
    accounts: Vec<RawAccount>,
    calls: Vec<RawCall>,
}

#[derive(Deserialize)]
struct RawAccount {
    addr: String,
    balance: String,
    nonce: u64,
    code: String,
    storage: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCall {
    name: String,
    caller: String,
    to: String,
    data: String,
    gas: u64,
    gas_used: u64,
}

/// A word in hex, with or without `0x`.
fn word(text: &str) -> Result<U256, String> {
    let bytes = quantity::bytes(text)?;
    U256::try_from_be_slice(&bytes).ok_or_else(|| format!("`{text}` has more than 32 bytes"))
}

fn read(text: &str) -> Result<Vec<Workload>, String> {
    let raw: RawWorkloads = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut state = State::new();
    for account in raw.accounts {
        let storage = account.storage.iter().map(|(slot, value)| Ok((word(slot)?, word(value)?)));
        let full = FullAccount {
            nonce: account.nonce,
            balance: word(&account.balance)?,
            code: quantity::bytes(&account.code)?.into(),
            storage: storage.collect::<Result<_, String>>()?,
        };
        state.insert(quantity::address(&account.addr)?, full);
    }
    raw.calls
        .into_iter()
        .map(|call| {
            let origin = Origin::Call {
                state: state.clone(),
                caller: quantity::address(&call.caller)?,
                to: quantity::address(&call.to)?,
                data: quantity::bytes(&call.data)?.into(),
                gas: call.gas,
            };
            Ok(Workload { name: call.name, gas_used: Some(call.gas_used), origin })
        })
        .collect()
}

/// Adds two constants and stops: what a call costs that does next to nothing.
const TINY: [u8; 6] = [0x60, 0x01, 0x60, 0x02, 0x01, 0x00];

/// The workloads of the repository itself.
fn own() -> Vec<Workload> {
    let to = Address::repeat_byte(0xc0);
    let tiny = FullAccount { nonce: 1, code: TINY.to_vec().into(), ..FullAccount::default() };
    let origin = Origin::Call {
        state: State::from([(to, tiny)]),
        caller: Address::repeat_byte(0xca),
        to,
        data: Bytes::new(),
        gas: 100_000,
    };
    let examples = lanevm_core::examples::all().into_iter().map(|example| Workload {
        name: example.id.to_owned(),
        gas_used: None,
        origin: Origin::Example(Box::new(example)),
    });
    examples.chain([Workload { name: "tiny".into(), gas_used: Some(9), origin }]).collect()
}

/// The workloads of several frames, which are always there but where others are asked for.
pub(super) fn frames() -> Vec<Workload> {
    let parts = [
        ("proxy_transfer", super::frames::proxy_transfer()),
        ("factory_create", super::frames::factory_create()),
        ("ecrecover", super::frames::ecrecover()),
    ];
    parts
        .into_iter()
        .map(|(name, (state, to, calls))| Workload {
            name: name.into(),
            gas_used: None,
            origin: Origin::Calls { state, to, calls: Box::new(calls) },
        })
        .collect()
}

/// The archive of programs that others measure with.
const PROGRAMS: &str = "bench.tar.zst";

/// EVM-MLIR measured factorial and Fibonacci with so many turns.
const MLIR_TURNS: u64 = 1000;

/// Programs of one call that others measure with: EVM-MLIR's factorial and Fibonacci as they ran them, or `all`.
///
/// # Errors
/// An archive or a program that cannot be read.
pub fn programs(data: Option<&Path>, all: bool) -> Result<Vec<Workload>> {
    let place = data.map_or_else(source::default_data, Path::to_path_buf).join(PROGRAMS);
    let mut workloads = Vec::new();
    if !place.is_file() {
        return Ok(workloads);
    }
    source::visit(&place, &mut |member| {
        let mlir = member.path.starts_with("evm_mlir/");
        if !mlir && !all {
            return Ok(());
        }
        for (name, text) in program::texts(member.text().unwrap_or_default())? {
            let read = program::parse(text.get(), Fork::Osaka).map_err(|why| anyhow!("{name}: {why}"))?;
            let [Ok(sent)] = read.transactions.as_slice() else { continue };
            let Some(to) = sent.to else { continue };
            let turns = U256::try_from_be_slice(&sent.data);
            if mlir && turns != Some(U256::from(MLIR_TURNS)) {
                continue;
            }
            let name = if mlir { format!("evm_mlir_{}", member.stem()) } else { name };
            let (caller, data) = (sent.from, sent.data.clone());
            let origin = Origin::Call { state: read.pre, caller, to, data, gas: sent.gas };
            workloads.push(Workload { name, gas_used: None, origin });
        }
        Ok(())
    })?;
    Ok(workloads)
}

/// Reads the workloads at `data`; where that is not given, those of the shared fixtures, or else the repository's own, and
/// those of several frames besides. Says too where they come from.
///
/// # Errors
/// A file that is none, or is missing where it was asked for.
pub fn load(data: Option<&Path>) -> Result<(String, Vec<Workload>)> {
    let asked = data.is_some();
    let place = data.map_or_else(source::default_data, Path::to_path_buf);
    let file = if place.is_dir() { place.join("workloads.json") } else { place };
    if !asked && !file.exists() {
        return Ok(("the repository's own examples".into(), own().into_iter().chain(frames()).collect()));
    }
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut workloads = read(&text).map_err(|why| anyhow!("{}: {why}", file.display()))?;
    if asked {
        return Ok(("workloads.json".into(), workloads));
    }
    workloads.extend(frames());
    Ok(("workloads.json and examples/".into(), workloads))
}

/// A batch of no calls on a state.
fn around(state: &State) -> Batch {
    let mut assembly = Assembly::default();
    assembly.world(state);
    assembly.block(BlockEnv::default());
    assembly.finish()
}

/// The batch's calls as raw message calls to an account, by the rules that the workloads were measured under.
fn called(mut batch: Batch, to: Address) -> Batch {
    batch.calls.to = Column::All(Some(to));
    batch.calls.fork = Column::All(ForkColumn(Fork::Osaka));
    batch.calls.level = Column::All(Level::Frame);
    batch
}

impl Workload {
    /// A batch of so many calls.
    ///
    /// # Errors
    /// More calls than a batch holds.
    pub fn batch(&self, calls: usize) -> Result<Batch> {
        match &self.origin {
            Origin::Example(example) => Ok(example.batch(calls)?),
            Origin::Call { state, caller, to, data, gas } => {
                let mut batch = around(state);
                batch.calls = Calls {
                    count: calls,
                    caller: Column::All(*caller),
                    gas: Column::All(*gas),
                    data: CallData::repeated(calls, data),
                    ..Calls::default()
                };
                Ok(called(batch, *to))
            }
            Origin::Calls { state, to, calls: template } => {
                let mut batch = around(state);
                batch.calls = Template { count: calls, ..Template::clone(template) }.expand()?;
                Ok(called(batch, *to))
            }
        }
    }

    /// The same batch in the words of the npm package: state, and calls as columns; and the fork, for others.
    ///
    /// # Errors
    /// More calls than a batch holds.
    pub fn described(&self, calls: usize) -> Result<serde_json::Value> {
        let batch = self.batch(calls)?;
        let hex = |bytes: &[u8]| alloy_primitives::hex::encode_prefixed(bytes);
        let code = |program: Option<u32>| program.map(|id| hex(Program::code(&batch.programs[id as usize])));
        let accounts = batch.worlds[0].accounts.iter().map(|(address, account)| {
            let storage: BTreeMap<String, String> = account
                .storage
                .iter()
                .map(|(slot, value)| (format!("{:#x}", B256::from(*slot)), format!("{:#x}", B256::from(*value))))
                .collect();
            let account = serde_json::json!({
                "balance": format!("{:#x}", account.balance),
                "nonce": format!("{:#x}", account.nonce),
                "code": code(account.code).unwrap_or_else(|| "0x".into()),
                "state": storage,
            });
            (hex(address.as_slice()), account)
        });
        let state: serde_json::Map<String, serde_json::Value> = accounts.collect();
        let first = batch.call(0);
        let data = if matches!(self.origin, Origin::Call { .. }) {
            serde_json::json!(hex(&first.data.bytes()))
        } else {
            serde_json::json!((0..calls).map(|call| hex(&batch.calls.data.get(call))).collect::<Vec<_>>())
        };
        Ok(serde_json::json!({
            "fork": first.fork.name().to_lowercase(),
            "state": state,
            "calls": {
                "count": calls,
                "account": hex(first.caller.as_slice()),
                "to": first.to.map(|to| hex(to.as_slice())),
                "data": data,
                "gas": format!("{:#x}", first.gas),
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_workloads_make_batches() {
        for workload in own().into_iter().chain(frames()) {
            let batch = workload.batch(3).expect("a small batch");
            assert_eq!(batch.validate(), Ok(()), "{}", workload.name);
            assert_eq!(batch.len(), 3);
            assert!(workload.described(3).expect("a small batch")["calls"]["to"].is_string());
        }
    }
}
