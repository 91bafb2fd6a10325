//! The transactions of mainnet blocks, each on the state at its position. The CPU engine goes through a block in order,
//! since each transaction needs the state its predecessors leave; the GPU engine then gets many of them as one batch, each
//! on a world that is a difference on the one before.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use alloy_primitives::{Address, B256, keccak256};
use anyhow::Result;
use lanevm_core::{
    Class, Fork,
    batch::{Batch, ForkColumn, Level},
    call_data::CallData,
    columns::Column,
    cpu::CpuEngine,
    engine::{Control, Engine},
    outcome::{Outcomes, StateChanges},
    world::World,
};

use super::{
    Runner,
    assembly::Assembly,
    bench_suite::agrees,
    root::{self, logs_hash},
    selection::CaseId,
    surroundings::Surroundings,
};
use crate::fixtures::{
    account::{FullAccount, State},
    mainnet::{self, Block, BlockReference, Codes, TransactionResult},
    shape::{self, Shape},
    source,
    transaction::{Indexes, Sent},
};

/// Transactions of a block in one batch for the device: worlds are differences on differences, and a longer chain costs
/// every look into it more.
const CHAIN: usize = 64;

/// What every block needs.
#[derive(Default)]
struct Shared {
    codes: Codes,
    hashes: BTreeMap<u64, B256>,
}

/// The files of one block.
#[derive(Default)]
struct Files {
    block: Option<(String, String)>,
    state: Option<String>,
    reference: Option<String>,
}

/// Runs the transactions.
pub(crate) fn run(runner: &mut Runner, data: &Path, _: &Surroundings) -> Result<()> {
    let mut shared = Shared::default();
    let mut unread = Vec::new();
    source::visit(data, &mut |member| {
        let Some(text) = member.text() else { return Ok(()) };
        let read = match shape::shape(text) {
            Some(Shape::Codes) => mainnet::codes(text).map(|codes| shared.codes.extend(codes)),
            Some(Shape::BlockHashes) => mainnet::hashes(text).map(|hashes| shared.hashes.extend(hashes)),
            _ => Ok(()),
        };
        if let Err(why) = read {
            unread.push((member.path.clone(), why));
        }
        Ok(())
    })?;
    for (path, why) in unread {
        runner.report.judge(path, Err(format!("cannot be parsed: {why}")));
    }
    let mut blocks: HashMap<(String, String), Files> = HashMap::new();
    source::visit(data, &mut |member| {
        let folder = member.folder();
        let Some(text) = member.text() else { return Ok(()) };
        let files = match shape::shape(text) {
            Some(Shape::Block) => {
                let files = blocks.entry(folder.clone()).or_default();
                files.block = Some((member.path.clone(), text.to_owned()));
                files
            }
            Some(Shape::BlockState) => {
                let files = blocks.entry(folder.clone()).or_default();
                files.state = Some(text.to_owned());
                files
            }
            Some(Shape::BlockReference) => {
                let files = blocks.entry(folder.clone()).or_default();
                files.reference = Some(text.to_owned());
                files
            }
            _ => return Ok(()),
        };
        if let (Some((path, block)), Some(state), Some(reference)) = (&files.block, &files.state, &files.reference) {
            match read(block, state, reference, &shared) {
                Ok(whole) => run_block(runner, path, whole)?,
                Err(why) => {
                    runner.report.judge(path.clone(), Err(format!("cannot be parsed: {why}")));
                }
            }
            blocks.remove(&folder);
        }
        Ok(())
    })?;
    for files in blocks.into_values() {
        if let Some((path, _)) = files.block {
            runner.report.judge(path, Err("its pre-state or reference is missing".into()));
        }
    }
    Ok(())
}

type Whole = (Block, State, BlockReference);

fn read(block: &str, state: &str, reference: &str, shared: &Shared) -> Result<Whole, String> {
    let block = mainnet::block(block, shared.hashes.clone())?;
    let whole = (block, mainnet::state(state, &shared.codes)?, mainnet::reference(reference)?);
    let (transactions, results) = (whole.0.transactions.len(), whole.2.results.len());
    if transactions != results {
        return Err(format!("{transactions} transactions, but {results} results"));
    }
    Ok(whole)
}

fn run_block(runner: &mut Runner, path: &str, (block, pre, reference): Whole) -> Result<()> {
    let ids: Vec<CaseId> = (0..block.transactions.len())
        .map(|index| CaseId {
            file: path.to_owned(),
            test: block.env.number.to_string(),
            fork: reference.fork.name().into(),
            indexes: Indexes { data: index, ..Indexes::default() },
        })
        .collect();
    let taken: Vec<bool> = ids.iter().map(|id| runner.selection.takes(id, Some(reference.fork))).collect();
    let Some(last) = taken.iter().rposition(|taken| *taken) else { return Ok(()) };
    let mut sent = Vec::new();
    for (index, transaction) in block.transactions.iter().enumerate().take(last + 1) {
        match transaction {
            Ok(transaction) => sent.push(transaction),
            Err(why) => {
                runner.report.judge(ids[index].to_string(), Err(format!("a mined transaction with {why}")));
                return Ok(());
            }
        }
    }
    let (answers, state) = in_order(&block, &pre, reference.fork, &sent)?;
    let whole_block = last + 1 == ids.len();
    let state_verdict = if whole_block { compare_state(&pre, &state, &reference) } else { Ok(()) };
    if runner.engine.info().kind == "cpu" {
        for (index, answer) in answers.iter().enumerate().filter(|(index, _)| taken[*index]) {
            let mut verdict = compare(answer, 0, &reference.results[index]);
            if index + 1 == ids.len() {
                verdict = verdict.and(state_verdict.clone());
            }
            let passed = runner.report.judge(ids[index].to_string(), verdict);
            runner.report.count_row(answer, 0, passed);
        }
        return Ok(());
    }
    let mut state = pre;
    for begin in (0..sent.len()).step_by(CHAIN) {
        let rows: Vec<usize> = (begin..sent.len().min(begin + CHAIN)).collect();
        if rows.iter().any(|&row| taken[row]) {
            together(runner, &block, &state, reference.fork, &rows, &sent, &answers, &taken, &ids, &reference.results)?;
        }
        for row in rows {
            let after = root::after(&state, &answers[row].changes(0));
            root::apply(&mut state, after);
        }
    }
    Ok(())
}

/// Runs transactions on the CPU engine, each on what its predecessors left. Gives an outcome for each and the state at
/// the end.
fn in_order(block: &Block, pre: &State, fork: Fork, sent: &[&Sent]) -> Result<(Vec<Outcomes>, State)> {
    let mut engine = CpuEngine::new(1);
    let mut state = pre.clone();
    let mut assembly = Assembly::default();
    let world = assembly.world(pre);
    let place = assembly.block(block.env.clone());
    let mut programs: HashMap<B256, u32> = HashMap::new();
    for transaction in sent {
        assembly.send(transaction, world, place, fork, Level::Transaction);
    }
    let mut batch = assembly.finish();
    for (index, program) in batch.programs.iter().enumerate() {
        programs.insert(program.hash(), index as u32);
    }
    let calls = std::mem::take(&mut batch.calls);
    let mut answers = Vec::with_capacity(sent.len());
    for index in 0..sent.len() {
        // One call of the same batch at a time: only the world moves on.
        batch.calls = lanevm_core::batch::Calls {
            count: 1,
            world: Column::All(world),
            block: Column::All(place),
            fork: Column::All(ForkColumn(fork)),
            level: Column::All(Level::Transaction),
            caller: Column::All(*calls.caller.get(index)),
            to: Column::All(*calls.to.get(index)),
            code: Column::All(None),
            value: Column::All(*calls.value.get(index)),
            gas: Column::All(*calls.gas.get(index)),
            data: CallData::repeated(1, &calls.data.get(index)),
            transaction: Column::All(*calls.transaction.get(index)),
        };
        let outcomes = pollster::block_on(engine.run(&batch, &mut Control::default()))?;
        let after = root::after(&state, &outcomes.changes(0));
        for (address, account) in &after {
            match account {
                Some(account) => {
                    let account = held(account, &mut batch, &mut programs);
                    batch.worlds[0].accounts.insert(*address, account);
                }
                None => {
                    batch.worlds[0].accounts.remove(address);
                }
            }
        }
        root::apply(&mut state, after);
        answers.push(outcomes);
    }
    Ok((answers, state))
}

/// The account as a batch holds it.
fn held(account: &FullAccount, batch: &mut Batch, programs: &mut HashMap<B256, u32>) -> lanevm_core::Account {
    let code = (!account.code.is_empty()).then(|| {
        *programs.entry(keccak256(&account.code)).or_insert_with(|| {
            batch.programs.push(lanevm_core::Program::new(account.code.clone()));
            (batch.programs.len() - 1) as u32
        })
    });
    lanevm_core::Account { nonce: account.nonce, balance: account.balance, code, storage: account.storage.clone() }
}

#[expect(clippy::too_many_arguments, reason = "one block's parts, which belong to the caller")]
fn together(
    runner: &mut Runner,
    block: &Block,
    before: &State,
    fork: Fork,
    rows: &[usize],
    sent: &[&Sent],
    answers: &[Outcomes],
    taken: &[bool],
    ids: &[CaseId],
    results: &[TransactionResult],
) -> Result<()> {
    let mut assembly = Assembly::default();
    let place = assembly.block(block.env.clone());
    let mut world = assembly.world(before);
    let mut state = before.clone();
    let mut judged = Vec::new();
    for &row in rows {
        if taken[row] {
            assembly.send(sent[row], world, place, fork, Level::Transaction);
            judged.push(row);
        }
        let changes = answers[row].changes(0);
        let after = root::after(&state, &changes);
        root::apply(&mut state, after.clone());
        world = next_world(&mut assembly, world, &state, &changes, &after);
    }
    let outcomes = runner.execute(&assembly.finish())?;
    for (at, row) in judged.into_iter().enumerate() {
        let same = outcomes.changes_encoded(at) == answers[row].changes_encoded(0);
        let verdict = compare(&outcomes, at, &results[row])
            .and_then(|()| same.then_some(()).ok_or_else(|| "state changes differ from the CPU engine's".into()));
        let passed = runner.report.judge(ids[row].to_string(), verdict);
        runner.report.count_row(&outcomes, at, passed);
    }
    Ok(())
}

/// The world after changes: a difference where nothing went, else a whole one, since a difference cannot take away.
fn next_world(
    assembly: &mut Assembly,
    base: u32,
    state: &State,
    changes: &StateChanges,
    after: &[(Address, Option<FullAccount>)],
) -> u32 {
    if changes.values().any(|change| change.removed || change.storage_cleared) {
        return assembly.world(state);
    }
    let mut accounts = BTreeMap::new();
    for (address, account) in after {
        if let (Some(account), Some(change)) = (account, changes.get(address)) {
            let mut account = assembly.account(account);
            account.storage = change.storage.clone();
            accounts.insert(*address, account);
        }
    }
    assembly.difference(World { base: Some(base), accounts, ..World::default() })
}

fn compare(outcomes: &Outcomes, row: usize, expected: &TransactionResult) -> Result<(), String> {
    let status = outcomes.status(row);
    let detail = outcomes.detail(row).unwrap_or_default();
    if status.class().name() != expected.status {
        return Err(format!("ended as {status} {detail}, the reference as {} ({})", expected.status, expected.reason));
    }
    if status.class() == Class::Success && !expected.reason.eq_ignore_ascii_case(status.name()) {
        return Err(format!("ended as {status}, the reference as {}", expected.reason));
    }
    let gas = outcomes.gas_used(row);
    if gas != expected.gas_used {
        return Err(format!("used {gas} gas, the reference {}", expected.gas_used));
    }
    if expected.output_hash().is_some_and(|hash| keccak256(outcomes.output(row)) != hash) {
        return Err("the output differs from the reference".into());
    }
    let logs = outcomes.logs(row);
    if logs.len() != expected.logs || logs_hash(&logs) != expected.logs_hash() {
        return Err(format!("{} logs differ from the reference's {}", logs.len(), expected.logs));
    }
    Ok(())
}

fn compare_state(pre: &State, state: &State, reference: &BlockReference) -> Result<(), String> {
    let nothing = FullAccount::default();
    for address in pre.keys().chain(state.keys()).chain(reference.differences.keys()) {
        let before = pre.get(address).unwrap_or(&nothing);
        let found = state.get(address).unwrap_or(&nothing);
        let expected = reference.differences.get(address).cloned().unwrap_or_default();
        agrees(before, found, &expected).map_err(|why| format!("after the block, account {address}: {why}"))?;
    }
    Ok(())
}
