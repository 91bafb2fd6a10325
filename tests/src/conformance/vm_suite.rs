//! VMTests: one frame each, under Frontier's rules.

use std::{collections::HashMap, path::Path};

use anyhow::Result;
use lanevm_core::{
    Class, Fork,
    batch::{Level, Transaction},
    outcome::Outcomes,
};
use serde_json::value::RawValue;

use super::{Runner, assembly::Assembly, is_full, root, selection::CaseId, surroundings::Surroundings};
use crate::{
    fixtures::{
        account::State,
        shape::{self, Shape},
        source,
        transaction::Indexes,
        vm_test::{self, Exec, VmTest},
    },
    rows::Row,
};

/// Runs the VMTests.
pub(crate) fn run(runner: &mut Runner, data: &Path, _: &Surroundings) -> Result<()> {
    let mut chunk = Chunk::default();
    source::visit(data, &mut |member| {
        let Some(text) = member.text().filter(|text| text.contains("\"exec\"")) else { return Ok(()) };
        match shape::shape(text) {
            Some(Shape::VmTests) => {}
            None if shape::seems_a_fixture(text) => {
                runner.report.judge(&member.path, Err("the file is no JSON".into()));
                return Ok(());
            }
            _ => return Ok(()),
        }
        let tests: HashMap<String, &RawValue> = serde_json::from_str(text)?;
        let mut tests: Vec<_> = tests.into_iter().filter(|(_, test)| test.get().contains("\"exec\"")).collect();
        tests.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, test) in tests {
            let id = CaseId {
                file: member.path.clone(),
                test: name,
                fork: Fork::Frontier.name().into(),
                indexes: Indexes::default(),
            };
            if !runner.selection.takes(&id, Some(Fork::Frontier)) {
                continue;
            }
            match vm_test::parse(test.get()).and_then(|test| chunk.add(runner, &id, test)) {
                Ok(()) => {}
                Err(why) => {
                    runner.report.judge(id.to_string(), Err(format!("cannot be parsed: {why}")));
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
    pending: Vec<(CaseId, VmTest, State)>,
}

impl Chunk {
    fn add(&mut self, runner: &mut Runner, id: &CaseId, test: VmTest) -> Result<(), String> {
        if test.unexecuted > 0 {
            runner.report.skip("sub calls that the old harness recorded in `callcreates` and did not execute");
            return Ok(());
        }
        // The old harness showed CALLVALUE and moved nothing. A frame moves the value: so the caller is given it and the
        // account called starts with as much less, and the code sees the balances of `pre`.
        let mut state = test.pre.clone();
        let exec = &test.exec;
        if pays_another(exec) {
            let target = state.entry(exec.address).or_default();
            target.balance = target
                .balance
                .checked_sub(exec.value)
                .ok_or("the value is more than the account called holds: the harness moved none, a frame does")?;
            let caller = state.entry(exec.caller).or_default();
            caller.balance = caller.balance.checked_add(exec.value).ok_or("the caller's balance overflows")?;
            // A nonce, which no code can see, keeps the caller from being empty once it has paid.
            caller.nonce = caller.nonce.saturating_add(1);
        }
        let world = self.assembly.world(&state);
        let block = self.assembly.block(test.block.clone());
        let code = Some(self.assembly.program(&exec.code));
        let own = Transaction { origin: Some(exec.origin), gas_price: exec.gas_price, ..Transaction::default() };
        self.assembly.call(Row {
            world,
            block,
            fork: Fork::Frontier,
            level: Level::Frame,
            caller: exec.caller,
            to: Some(exec.address),
            code,
            value: exec.value,
            gas: exec.gas,
            data: &exec.data,
            own: Some(own),
        });
        self.pending.push((id.clone(), test, state));
        Ok(())
    }

    fn finish(self, runner: &mut Runner) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let outcomes = runner.execute(&self.assembly.finish())?;
        for (row, (id, test, world)) in self.pending.iter().enumerate() {
            let passed = runner.report.judge(id.to_string(), judge(test, world, &outcomes, row));
            runner.report.count_row(&outcomes, row, passed);
        }
        Ok(())
    }
}

/// Whether the caller pays a value to another account, and is given it, and a nonce, for that.
fn pays_another(exec: &Exec) -> bool {
    exec.caller != exec.address && !exec.value.is_zero()
}

fn judge(test: &VmTest, world: &State, outcomes: &Outcomes, row: usize) -> Result<(), String> {
    let status = outcomes.status(row);
    let detail = outcomes.detail(row).map(|detail| format!(": {detail}")).unwrap_or_default();
    let Some(left) = &test.left else {
        return match (status.class(), outcomes.gas_used(row) == test.exec.gas) {
            (Class::Halt, true) => Ok(()),
            (Class::Halt, false) => Err(format!("halted ({status}) with gas left")),
            _ => Err(format!("ended as {status}{detail}, but it must halt")),
        };
    };
    if status.class() != Class::Success {
        return Err(format!("ended as {status}{detail}, but it must succeed"));
    }
    let gas = test.exec.gas - outcomes.gas_used(row);
    if let Some(expected) = left.gas.filter(|expected| *expected != gas) {
        return Err(format!("{gas} gas is left instead of {expected}"));
    }
    if let Some(expected) = left.out.as_ref().filter(|expected| ***expected != *outcomes.output(row)) {
        let found = alloy_primitives::hex::encode_prefixed(outcomes.output(row));
        return Err(format!("output {found} instead of {expected}"));
    }
    let logs = root::logs_hash(&outcomes.logs(row));
    if let Some(expected) = left.logs.filter(|expected| *expected != logs) {
        return Err(format!("logs hash to {logs} instead of {expected}"));
    }
    let mut state = world.clone();
    root::apply(&mut state, root::after(world, &outcomes.changes(row)));
    if let Some(caller) = state.get_mut(&test.exec.caller).filter(|_| pays_another(&test.exec)) {
        caller.nonce = caller.nonce.saturating_sub(1);
    }
    // The harness kept no accounts without content, and the value's way through the caller leaves one.
    state.retain(|_, account| !(account.is_empty() && account.storage.is_empty()));
    let mut expected = left.post.clone();
    expected.retain(|_, account| !(account.is_empty() && account.storage.is_empty()));
    let words = root::differences(&expected, &state);
    if words.is_empty() { Ok(()) } else { Err(words) }
}
