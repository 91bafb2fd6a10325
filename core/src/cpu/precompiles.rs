//! Single precompiles, run by themselves for lanes of the device that wait for one. It opens no frame and moves no value.

use alloy_primitives::{Address, Bytes};
use lanevm_shaders::{Class, Fork, Status};
use revm::{
    handler::precompile_output_to_interpreter_result,
    precompile::{PrecompileSpecId, Precompiles},
};

use super::{ending::status, environment::spec};

/// What came of a precompile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// `return`, or why it failed.
    pub(crate) status: Status,
    /// Gas left; a failure takes all.
    pub(crate) gas_left: u64,
    /// Output.
    pub(crate) output: Bytes,
}

/// Runs the precompile of a number with this much gas. Without such a precompile the answer is a failure.
pub(crate) fn run(fork: Fork, number: u16, input: &[u8], gas: u64) -> Answer {
    let failed = |status| Answer { status, gas_left: 0, output: Bytes::new() };
    let precompiles = Precompiles::new(PrecompileSpecId::from_spec_id(spec(fork)));
    let mut address = [0; 20];
    address[18..].copy_from_slice(&number.to_be_bytes());
    let Some(precompile) = precompiles.get(&Address::from(address)) else { return failed(Status::PrecompileError) };
    let Ok(output) = precompile.execute(input, gas, 0) else { return failed(Status::PrecompileError) };
    let result = precompile_output_to_interpreter_result(output, gas);
    let status = status(result.result);
    if status.class() == Class::Halt {
        return failed(status);
    }
    Answer { status, gas_left: result.gas.remaining(), output: result.output }
}
