//! Programs made for measuring: state tests, and programs whose transactions run one after the other. It measures
//! nothing; it compares with what another implementation gave.

use std::path::Path;

use super::{Runner, assembly::Assembly, root, selection::CaseId, state_suite, surroundings::Surroundings};
use crate::fixtures::{
    account::{FullAccount, State},
    program::{self, Difference, Program, ProgramReference, RunResult},
    source,
    transaction::{Indexes, Sent},
};
use alloy_primitives::{U256, keccak256};
use anyhow::Result;
use lanevm_core::{
    Class, Fork,
    batch::Level,
    outcome::{Log, Outcomes},
};

/// Osaka's limit on a transaction's gas (EIP-7825), which programs may go beyond: the limit is off for them.
const GAS_CAP: u64 = 1 << 24;

/// Runs the programs, and the state tests beside them.
pub(crate) fn run(runner: &mut Runner, data: &Path, around: &Surroundings) -> Result<()> {
    state_suite::run(runner, data, around, true)?;
    let mut running = Vec::new();
    source::visit(data, &mut |member| {
        for (name, text) in program::texts(member.text().unwrap_or_default())? {
            let reference = around.programs.get(&name);
            let fork = reference.map_or(Fork::Osaka, |reference| reference.fork);
            let id =
                CaseId { file: member.path.clone(), test: name, fork: fork.name().into(), indexes: Indexes::default() };
            if !runner.selection.takes(&id, Some(fork)) {
                continue;
            }
            let Some(reference) = reference else {
                runner.report.skip("no reference result to compare with");
                continue;
            };
            match program::parse(text.get(), fork) {
                Ok(program) => running.push(Running::new(id, program, reference.clone())),
                Err(why) => {
                    runner.report.judge(id.to_string(), Err(format!("cannot be parsed: {why}")));
                }
            }
        }
        Ok(())
    })?;
    // Every program's n-th transaction is in the n-th batch: each needs the state its predecessor left.
    let rounds = running.iter().map(|one| one.program.transactions.len()).max().unwrap_or_default();
    for round in 0..rounds {
        step(runner, &mut running, round)?;
    }
    for one in running {
        let verdict = one.verdict();
        let passed = runner.report.judge(one.id.to_string(), verdict);
        if passed && one.results.iter().all(|result| result.steps == 0) {
            runner.report.no_frame += 1;
        }
        let on_gpu = u64::from(!one.results.is_empty() && one.results.iter().all(|result| result.on_gpu));
        runner.report.on_gpu += on_gpu;
        runner.report.on_gpu_alone += u64::from(on_gpu > 0 && one.results.iter().all(|result| result.alone));
    }
    Ok(())
}

/// What one transaction came to.
struct Step {
    class: Class,
    status: String,
    gas: u64,
    steps: u64,
    output: Vec<u8>,
    logs: Vec<Log>,
    on_gpu: bool,
    /// No precompile of it was answered by the host.
    alone: bool,
}

/// A program on its way.
struct Running {
    id: CaseId,
    program: Program,
    reference: ProgramReference,
    state: State,
    results: Vec<Step>,
    stopped: Option<String>,
}

impl Running {
    fn new(id: CaseId, program: Program, reference: ProgramReference) -> Self {
        let state = program.pre.clone();
        Self { id, program, reference, state, results: Vec::new(), stopped: None }
    }

    /// The next transaction and its level. Beyond the gas cap only a call goes, and a call pays no fees.
    fn next(&self, round: usize) -> Option<Result<(&Sent, Level), String>> {
        if self.stopped.is_some() {
            return None;
        }
        Some(match self.program.transactions.get(round)? {
            Err(why) => Err(format!("transaction {round} has {why}")),
            Ok(sent) if self.reference.fork < Fork::Osaka || sent.gas <= GAS_CAP => Ok((sent, Level::Transaction)),
            Ok(sent) if sent.own.gas_price.is_zero() => Ok((sent, Level::Call)),
            Ok(_) => Err(format!("transaction {round} pays for more gas than Osaka allows one transaction")),
        })
    }

    fn verdict(&self) -> Result<(), String> {
        if let Some(why) = &self.stopped {
            return Err(why.clone());
        }
        if self.results.len() != self.reference.results.len() {
            let (found, expected) = (self.results.len(), self.reference.results.len());
            return Err(format!("{found} transactions, the reference has {expected}"));
        }
        for (index, (step, expected)) in self.results.iter().zip(&self.reference.results).enumerate() {
            compare(step, expected).map_err(|why| format!("transaction {index}: {why}"))?;
        }
        self.compare_state()
    }

    fn compare_state(&self) -> Result<(), String> {
        let nothing = FullAccount::default();
        let changed = self.program.pre.keys().chain(self.state.keys()).chain(self.reference.differences.keys());
        for address in changed {
            let before = self.program.pre.get(address).unwrap_or(&nothing);
            let found = self.state.get(address).unwrap_or(&nothing);
            let expected = self.reference.differences.get(address).cloned().unwrap_or_default();
            agrees(before, found, &expected).map_err(|why| format!("account {address}: {why}"))?;
        }
        Ok(())
    }
}

/// Whether an account is what its state before and the difference make it.
pub(super) fn agrees(before: &FullAccount, found: &FullAccount, expected: &Difference) -> Result<(), String> {
    if expected.deleted {
        let gone = found.is_empty() && found.storage.is_empty();
        return if gone { Ok(()) } else { Err("still there, but it must be gone".into()) };
    }
    let nonce = expected.nonce.unwrap_or(before.nonce);
    let balance = expected.balance.unwrap_or(before.balance);
    let code = expected.code_hash.unwrap_or_else(|| keccak256(&before.code));
    if found.nonce != nonce {
        return Err(format!("nonce {} instead of {nonce}", found.nonce));
    }
    if found.balance != balance {
        return Err(format!("balance {} instead of {balance}", found.balance));
    }
    if keccak256(&found.code) != code {
        return Err(format!("code that does not hash to {code}"));
    }
    let slots = before.storage.keys().chain(found.storage.keys()).chain(expected.storage.keys());
    for slot in slots {
        let value = |storage: &std::collections::BTreeMap<U256, U256>| storage.get(slot).copied();
        let wanted = value(&expected.storage).or_else(|| value(&before.storage)).unwrap_or_default();
        let found = value(&found.storage).unwrap_or_default();
        if found != wanted {
            return Err(format!("slot {slot:#x} is {found:#x} instead of {wanted:#x}"));
        }
    }
    Ok(())
}

fn compare(step: &Step, expected: &RunResult) -> Result<(), String> {
    let class = if step.class == Class::Success { "success" } else { step.class.name() };
    if class != expected.status {
        return Err(format!("ended as {}, the reference as {}", step.status, expected.status));
    }
    if let Some(reason) = expected.reason.as_ref().filter(|_| step.class == Class::Success)
        && !reason.eq_ignore_ascii_case(&step.status)
    {
        return Err(format!("ended as {}, the reference as {reason}", step.status));
    }
    if step.gas != expected.gas {
        return Err(format!("used {} gas, the reference {}", step.gas, expected.gas));
    }
    if expected.output.as_ref().is_some_and(|output| **output != *step.output) {
        return Err("the output differs from the reference".into());
    }
    if expected.logs.as_ref().is_some_and(|logs| *logs != step.logs) {
        return Err("the logs differ from the reference".into());
    }
    Ok(())
}

fn step(runner: &mut Runner, running: &mut [Running], round: usize) -> Result<()> {
    let mut assembly = Assembly::default();
    let mut rows = Vec::new();
    for (index, one) in running.iter_mut().enumerate() {
        match one.next(round) {
            None => {}
            Some(Err(why)) => one.stopped = Some(why),
            Some(Ok((sent, level))) => {
                let world = assembly.world(&one.state);
                let block = assembly.block(one.program.block.clone());
                assembly.send(sent, world, block, one.reference.fork, level);
                rows.push(index);
            }
        }
    }
    if assembly.is_empty() {
        return Ok(());
    }
    let outcomes = runner.execute(&assembly.finish())?;
    for (row, index) in rows.into_iter().enumerate() {
        running[index].take(&outcomes, row);
    }
    for (reason, count) in outcomes.summary().on_cpu {
        if reason != lanevm_core::Reason::None {
            *runner.report.escalated.entry(reason.label()).or_default() += count;
        }
    }
    Ok(())
}

impl Running {
    fn take(&mut self, outcomes: &Outcomes, row: usize) {
        let status = outcomes.status(row);
        if let Some(detail) = outcomes.detail(row) {
            self.stopped = Some(format!("ended as {status}: {detail}"));
        }
        let after = root::after(&self.state, &outcomes.changes(row));
        root::apply(&mut self.state, after);
        self.results.push(Step {
            class: status.class(),
            status: status.name().to_owned(),
            gas: outcomes.gas_used(row),
            steps: outcomes.steps(row),
            output: outcomes.output(row).to_vec(),
            logs: outcomes.logs(row),
            on_gpu: outcomes.executor(row) == lanevm_core::Executor::Gpu,
            alone: !outcomes.host_served(row),
        });
    }
}
