//! State tests: every entry of `post` as one transaction, many in one batch, compared by state root, logs, whole state
//! and the reference's gas and result.

use std::{collections::HashMap, path::Path, sync::Arc};

use alloy_primitives::Address;
use anyhow::Result;
use lanevm_core::{Class, Fork, Status, batch::Level, outcome::Outcomes};
use serde_json::value::RawValue;

use super::{
    Runner,
    assembly::Assembly,
    is_full,
    root::{self, HashedState},
    selection::CaseId,
    surroundings::Surroundings,
};
use crate::fixtures::{
    account::{FullAccount, State},
    reference::Row,
    shape::{self, Shape},
    source::{self, Member},
    state_test::{self, Rules, StateCase},
};

/// A case in the batch, or judged without being run.
struct Pending {
    id: CaseId,
    case: StateCase,
    fork: Fork,
    coinbase: Address,
    pre: Arc<State>,
    world: usize,
    /// Its row; `None` where the transaction cannot be decoded.
    row: Option<usize>,
    rows: Vec<Row>,
    bench: bool,
}

/// What a judged case came to.
enum Verdict {
    Judged(Result<(), String>),
    Skipped(&'static str),
}

/// What the data's own README calls them.
const STALE: &str = "stale post-state (fixtures' README: use only as input); gas and output match the reference";

/// Runs the state tests that are no measuring programs.
pub(crate) fn run_state_tests(runner: &mut Runner, data: &Path, around: &Surroundings) -> Result<()> {
    run(runner, data, around, false)
}

/// Runs state tests: those of the bench suite, or the others.
pub(crate) fn run(runner: &mut Runner, data: &Path, around: &Surroundings, bench: bool) -> Result<()> {
    let mut chunk = Chunk::default();
    source::visit(data, &mut |member| {
        // Data that holds programs' results says what belongs to the bench suite; without any, all of it does.
        let belongs = if bench { !around.knows_bench() || around.is_bench(&member) } else { !around.is_bench(&member) };
        if !belongs {
            return Ok(());
        }
        let Some(text) = member.text() else { return Ok(()) };
        if !(text.contains("\"post\"") && text.contains("\"transaction\"")) {
            return Ok(());
        }
        match shape::shape(text) {
            Some(Shape::StateTests) => {}
            None if shape::seems_a_fixture(text) => {
                runner.report.judge(&member.path, Err("the file is no JSON".into()));
                return Ok(());
            }
            _ => return Ok(()),
        }
        let tests: HashMap<String, &RawValue> = serde_json::from_str(text)?;
        let mut tests: Vec<_> = tests.into_iter().filter(|(_, test)| test.get().contains("\"post\"")).collect();
        tests.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, test) in tests {
            match state_test::parse(test.get()) {
                Ok(test) => chunk.add(runner, around, &member, &name, test, bench),
                Err(why) => {
                    runner.report.judge(format!("{}:{name}", member.path), Err(format!("cannot be parsed: {why}")));
                }
            }
            if is_full(&chunk.assembly) {
                std::mem::take(&mut chunk).finish(runner)?;
            }
        }
        Ok(())
    })?;
    chunk.finish(runner)
}

#[derive(Default)]
struct Chunk {
    assembly: Assembly,
    worlds: Vec<Arc<State>>,
    pending: Vec<Pending>,
}

impl Chunk {
    fn add(
        &mut self,
        runner: &mut Runner,
        around: &Surroundings,
        member: &Member,
        name: &str,
        test: state_test::StateTest,
        bench: bool,
    ) {
        let mut world = None;
        let mut blocks: HashMap<String, u32> = HashMap::new();
        for case in test.cases {
            let id = CaseId {
                file: member.path.clone(),
                test: name.to_owned(),
                fork: case.fork.clone(),
                indexes: case.indexes,
            };
            let known = match &case.rules {
                Rules::Known(fork, _) => Some(*fork),
                Rules::Unknown(_) => None,
            };
            if !runner.selection.takes(&id, known) {
                continue;
            }
            let (fork, block) = match &case.rules {
                Rules::Known(fork, block) => (*fork, block),
                Rules::Unknown(why) => {
                    runner.report.skip(why.clone());
                    continue;
                }
            };
            let world = *world.get_or_insert_with(|| {
                self.worlds.push(test.pre.clone());
                self.assembly.world(&test.pre)
            });
            let coinbase = block.coinbase;
            let block_index =
                *blocks.entry(case.fork.clone()).or_insert_with(|| self.assembly.block(block.as_ref().clone()));
            let sent = case.transaction.as_ref().ok();
            let row = sent.map(|sent| self.assembly.send(sent, world, block_index, fork, Level::Transaction));
            let rows = around.references.of(&id.file, name, fork, case.indexes).into_iter().cloned().collect();
            let pre = test.pre.clone();
            self.pending.push(Pending { id, case, fork, coinbase, pre, world: world as usize, row, rows, bench });
        }
    }

    fn finish(self, runner: &mut Runner) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let outcomes = runner.execute(&self.assembly.finish())?;
        let verdicts = judge_all(&self.pending, &self.worlds, &outcomes);
        for (pending, verdict) in self.pending.iter().zip(verdicts) {
            match verdict {
                Verdict::Skipped(why) => runner.report.skip(why),
                Verdict::Judged(verdict) => {
                    let passed = runner.report.judge(pending.id.to_string(), verdict);
                    match pending.row {
                        Some(row) => runner.report.count_row(&outcomes, row, passed),
                        None => runner.report.rejected += u64::from(passed),
                    }
                }
            }
        }
        Ok(())
    }
}

/// Judges all cases on all cores: hashing tries takes longer than running most transactions.
fn judge_all(pending: &[Pending], worlds: &[Arc<State>], outcomes: &Outcomes) -> Vec<Verdict> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = pending.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = pending
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    // Cases of one world stand together, so that only the last one's leaves are kept.
                    let mut hashed: Option<(usize, HashedState)> = None;
                    let mut verdicts = Vec::with_capacity(part.len());
                    for case in part {
                        if hashed.as_ref().is_none_or(|(world, _)| *world != case.world) {
                            hashed = Some((case.world, HashedState::new(&worlds[case.world])));
                        }
                        if let Some((_, hashed)) = &hashed {
                            verdicts.push(judge(case, hashed, outcomes));
                        }
                    }
                    verdicts
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

fn judge(pending: &Pending, hashed: &HashedState, outcomes: &Outcomes) -> Verdict {
    let stale = pending.bench && !pending.rows.is_empty();
    if stale && let Some(row) = pending.row {
        let agreeing = pending.rows.iter().find(|reference| compare(reference, outcomes, row).is_ok());
        if agreeing.is_some_and(|reference| !reference.matched) && judge_state(pending, hashed, outcomes).is_err() {
            return Verdict::Skipped(STALE);
        }
    }
    Verdict::Judged(judge_state(pending, hashed, outcomes).and_then(|()| {
        let Some(row) = pending.row else { return Ok(()) };
        let mut verdict = Ok(());
        for reference in &pending.rows {
            verdict = compare(reference, outcomes, row);
            if verdict.is_ok() {
                return Ok(());
            }
        }
        verdict
    }))
}

/// The coinbase before EIP-161: fees of nothing bring it into being, and nothing takes it away.
fn touched_coinbase(pending: &Pending, changed: &mut Vec<(Address, Option<FullAccount>)>) {
    let coinbase = pending.coinbase;
    if pending.fork < Fork::SpuriousDragon
        && !pending.pre.contains_key(&coinbase)
        && changed.iter().all(|(address, _)| *address != coinbase)
    {
        changed.push((coinbase, Some(FullAccount::default())));
    }
}

fn judge_state(pending: &Pending, hashed: &HashedState, outcomes: &Outcomes) -> Result<(), String> {
    let case = &pending.case;
    let refused = match pending.row {
        None => case.transaction.as_ref().err().map(|why| (*why).to_owned()),
        Some(row) if outcomes.status(row).class() == Class::Rejected => {
            Some(outcomes.detail(row).unwrap_or("no reason given").to_owned())
        }
        Some(row) => {
            let class = outcomes.status(row).class();
            if !matches!(class, Class::Success | Class::Revert | Class::Halt) {
                let detail = outcomes.detail(row).unwrap_or_default();
                return Err(format!("ended as {}: {detail}", outcomes.status(row)));
            }
            None
        }
    };
    if let Some(why) = refused {
        // Fixtures of before `expectException` say it by an unchanged root alone, which no executed transaction gives.
        let mut touched = Vec::new();
        touched_coinbase(pending, &mut touched);
        let unchanged = hashed.root(&[]) == case.root || hashed.root(&touched) == case.root;
        return match (&case.exception, unchanged) {
            (_, true) => Ok(()),
            (None, false) => Err(format!("refused ({why}), but it must be executed")),
            (Some(exception), false) => {
                Err(format!("refused ({why}) as it must be ({exception}), but the root given is not that of `pre`"))
            }
        };
    }
    let Some(row) = pending.row else { return Err("was neither run nor refused".into()) };
    let status = outcomes.status(row);
    if let Some(exception) = &case.exception {
        return Err(format!("executed ({status}), but it must be refused: {exception}"));
    }
    let logs = root::logs_hash(&outcomes.logs(row));
    if let Some(expected) = case.logs.filter(|expected| *expected != logs) {
        return Err(format!("logs hash to {logs} instead of {expected} ({status}, gas {})", outcomes.gas_used(row)));
    }
    let mut changed = root::after(&pending.pre, &outcomes.changes(row));
    touched_coinbase(pending, &mut changed);
    let found = hashed.root(&changed);
    if found == case.root {
        return Ok(());
    }
    let mut words = format!("root {found} instead of {} ({status}, gas {})", case.root, outcomes.gas_used(row));
    if let Some(expected) = &case.state {
        let mut state = State::clone(&pending.pre);
        root::apply(&mut state, changed);
        words = format!("{words}: {}", root::differences(expected, &state));
    }
    Err(words)
}

/// Compares with a row of a reference.
fn compare(reference: &Row, outcomes: &Outcomes, row: usize) -> Result<(), String> {
    let status = outcomes.status(row);
    let allowed = reference.statuses();
    // revm 43 does not have EIP-7610: where a create collides by it, the reference halts for another reason.
    let collides = status == Status::CreateCollision && allowed.iter().all(|other| other.class() == Class::Halt);
    if !allowed.contains(&status) && !collides {
        return Err(format!("ended as {status}, the reference as {}", reference.result));
    }
    if status.class() == Class::Rejected {
        return Ok(());
    }
    let gas = outcomes.gas_used(row);
    if gas != reference.gas {
        return Err(format!("used {gas} gas, the reference {}", reference.gas));
    }
    if !reference.output_is(outcomes.output(row)) {
        let found = alloy_primitives::hex::encode_prefixed(outcomes.output(row));
        return Err(format!("output {found}, the reference {}", reference.output));
    }
    Ok(())
}
