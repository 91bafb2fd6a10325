//! Opcode and precompile vectors, each as one frame with exactly the gas it needs.

use std::path::Path;

use alloy_primitives::{Address, Bytes, U256};
use anyhow::Result;
use lanevm_core::{Class, Fork, batch::Level, facts, outcome::Outcomes, world::BlockEnv};
use serde_json::value::RawValue;

use super::{Runner, assembly::Assembly, is_full, selection::CaseId, surroundings::Surroundings};
use crate::{
    fixtures::{
        account::State,
        shape::{self, Shape},
        source::{self, Member},
        transaction::Indexes,
        vector,
    },
    rows::Row,
};

/// Gas for a precompile call that must fail: more than any of them costs, so that the failure is the input's.
const PLENTY: u64 = 100_000_000;

/// Runs the vectors.
pub(crate) fn run(runner: &mut Runner, data: &Path, _: &Surroundings) -> Result<()> {
    let mut chunk = Chunk::default();
    source::visit(data, &mut |member| {
        let Some(text) = member.text().filter(|text| text.contains("\"Expected")) else { return Ok(()) };
        let kind = match shape::shape(text) {
            Some(kind @ (Shape::OpcodeVectors | Shape::PrecompileVectors)) => kind,
            None if shape::seems_a_fixture(text) => {
                runner.report.judge(&member.path, Err("the file is no JSON".into()));
                return Ok(());
            }
            _ => return Ok(()),
        };
        let items: Vec<&RawValue> = serde_json::from_str(text)?;
        for (index, item) in items.into_iter().enumerate() {
            chunk.add(runner, &member, kind, index, item.get());
            if is_full(&chunk.assembly) {
                std::mem::take(&mut chunk).finish(runner)?;
            }
        }
        Ok(())
    })?;
    chunk.finish(runner)
}

/// What a call must come to.
enum Expected {
    /// Success with this output and exactly this gas.
    Output(Bytes, u64),
    /// A halt that takes all gas.
    Failure(u64),
}

#[derive(Default)]
struct Chunk {
    assembly: Assembly,
    place: Option<(u32, u32)>,
    pending: Vec<(CaseId, Expected)>,
}

/// A program that applies a binary instruction to two words and returns the result, and the gas it takes.
fn program(op: u8, x: U256, y: U256, fork: Fork) -> (Bytes, u64) {
    let mut code = Vec::with_capacity(80);
    for word in [x, y] {
        code.push(0x7f); // PUSH32
        code.extend_from_slice(&word.to_be_bytes::<32>());
    }
    code.push(op);
    // PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
    code.extend_from_slice(&[0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3]);
    let cost = |byte: u8| facts::instruction(byte, fork).map_or(0, |op| u64::from(op.gas_in(fork)));
    let mut gas = 2 * cost(0x7f) + cost(op) + 3 * cost(0x60) + cost(0x52) + 3 + cost(0xf3);
    if op == 0x0a {
        // EIP-160: 50 gas for each byte of the exponent, which is the second item.
        gas += 50 * x.bit_len().div_ceil(8) as u64;
    }
    (code.into(), gas)
}

impl Chunk {
    fn add(&mut self, runner: &mut Runner, member: &Member, kind: Shape, index: usize, text: &str) {
        let stem = member.stem();
        let id = |test: String, fork: Fork| CaseId {
            file: member.path.clone(),
            test,
            fork: fork.name().into(),
            indexes: Indexes { data: index, ..Indexes::default() },
        };
        let outcome = match kind {
            Shape::OpcodeVectors => {
                let id = id(stem.to_owned(), Fork::Osaka);
                if !runner.selection.takes(&id, Some(Fork::Osaka)) {
                    return;
                }
                match vector::opcode_of(stem).ok_or_else(|| format!("the file's name, {stem}, names no instruction")) {
                    Ok(op) => vector::opcode_vector(text).map(|vector| self.add_opcode(&id, op, &vector)),
                    Err(why) => Err(why),
                }
                .map_err(|why| (id, why))
            }
            _ => {
                let target = vector::precompile_of(stem);
                let fork = target.map_or(Fork::Osaka, |(_, fork)| fork);
                let parsed = vector::precompile_vector(text);
                let name = parsed.as_ref().map(|vector| vector.name.clone()).unwrap_or_default();
                let id = id(name, fork);
                if !runner.selection.takes(&id, Some(fork)) {
                    return;
                }
                match (target, parsed) {
                    (Some((number, fork)), Ok(vector)) => {
                        self.add_precompile(&id, number, fork, vector);
                        Ok(())
                    }
                    (None, _) => Err((id, format!("the file's name, {stem}, names no precompile"))),
                    (_, Err(why)) => Err((id, why)),
                }
            }
        };
        if let Err((id, why)) = outcome {
            runner.report.judge(id.to_string(), Err(format!("cannot be parsed: {why}")));
        }
    }

    fn place(&mut self) -> (u32, u32) {
        let assembly = &mut self.assembly;
        *self.place.get_or_insert_with(|| (assembly.world(&State::new()), assembly.block(BlockEnv::default())))
    }

    fn add_opcode(&mut self, id: &CaseId, op: u8, vector: &vector::OpcodeVector) {
        let fork = Fork::Osaka;
        let (code, gas) = program(op, vector.x, vector.y, fork);
        let code = Some(self.assembly.program(&code));
        self.call(fork, Address::repeat_byte(0xcc), code, gas, &[]);
        let output = Bytes::from(vector.expected.to_be_bytes::<32>());
        self.pending.push((id.clone(), Expected::Output(output, gas)));
    }

    fn add_precompile(&mut self, id: &CaseId, number: u16, fork: Fork, vector: vector::PrecompileVector) {
        let gas = vector.expected.as_ref().map_or(PLENTY, |(_, gas)| *gas);
        let address = Address::left_padding_from(&number.to_be_bytes());
        self.call(fork, address, None, gas, &vector.input);
        let expected = match vector.expected {
            Some((output, gas)) => Expected::Output(output, gas),
            None => Expected::Failure(gas),
        };
        self.pending.push((id.clone(), expected));
    }

    fn call(&mut self, fork: Fork, to: Address, code: Option<u32>, gas: u64, data: &[u8]) {
        let (world, block) = self.place();
        self.assembly.call(Row {
            world,
            block,
            fork,
            level: Level::Frame,
            caller: Address::repeat_byte(0x11),
            to: Some(to),
            code,
            value: U256::ZERO,
            gas,
            data,
            own: None,
        });
    }

    fn finish(self, runner: &mut Runner) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let outcomes = runner.execute(&self.assembly.finish())?;
        for (row, (id, expected)) in self.pending.iter().enumerate() {
            let passed = runner.report.judge(id.to_string(), judge(expected, &outcomes, row));
            runner.report.count_row(&outcomes, row, passed);
        }
        Ok(())
    }
}

fn judge(expected: &Expected, outcomes: &Outcomes, row: usize) -> Result<(), String> {
    let status = outcomes.status(row);
    let gas = outcomes.gas_used(row);
    match expected {
        Expected::Failure(all) if status.class() == Class::Halt && gas == *all => Ok(()),
        Expected::Failure(all) => Err(format!("ended as {status} with {gas} of {all} gas used, but it must fail")),
        Expected::Output(..) if status.class() != Class::Success => {
            Err(format!("ended as {status}, but it must succeed"))
        }
        Expected::Output(_, exact) if gas != *exact => Err(format!("used {gas} gas instead of {exact}")),
        Expected::Output(output, _) if **output != *outcomes.output(row) => {
            let found = alloy_primitives::hex::encode_prefixed(outcomes.output(row));
            Err(format!("output {found} instead of {output}"))
        }
        Expected::Output(..) => Ok(()),
    }
}
