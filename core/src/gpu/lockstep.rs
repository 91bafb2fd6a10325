//! One lane stopped after a number of steps and read out, so that tests can find the first step at which the device and
//! the CPU engine differ.

use lanevm_shaders::layout::{
    R_GAS_HI, R_GAS_LO, R_MEM, R_PC, R_REFUND_HI, R_REFUND_LO, R_SP, R_STATE, R_STATUS, R_STEPS_HI, R_STEPS_LO,
    REGISTERS, STATE_DONE,
};

use super::{
    Fault, GpuEngine, classify::classify, layout::TIERS, pace::Pace, shard::Shard, tables::Tables, worlds::from_limbs,
};
use crate::{Batch, Control, EngineError, Limits, Reason, Status, U256};

/// A lane's state between two instructions, or at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneState {
    /// How the lane ended; `step_limit` where it was stopped; `None` where it left the device.
    pub status: Option<Status>,
    /// Program counter.
    pub pc: u64,
    /// Gas left.
    pub gas: u64,
    /// The stack, its top last.
    pub stack: Vec<U256>,
    /// Bytes of memory.
    pub memory_size: u64,
    /// The refund counter.
    pub refund: i64,
    /// Steps taken.
    pub steps: u64,
}

impl GpuEngine {
    /// Runs one call of a batch for at most `steps` instructions on the device and reads the lane out.
    ///
    /// # Errors
    /// The reason in words where the device does not take the call, or the device's own failure.
    pub async fn lane_after(&mut self, batch: &Batch, index: usize, steps: u64) -> Result<LaneState, EngineError> {
        let call = classify(batch, &batch.call(index)).map_err(|reason: Reason| {
            EngineError::Device(format!("the device does not take the call: {}", reason.label()))
        })?;
        let mut one = batch.subset(&[index]);
        one.limits = Limits { max_steps: Some(steps) };
        let call_of_one = classify(&one, &one.call(0)).unwrap_or(call);
        let fault = |Fault(why): Fault| EngineError::Device(why);
        let gpu = self.gpu()?;
        let mut tables = Tables::new();
        let row = one.call(0);
        tables.program(&one, call_of_one.program);
        tables.fork(row.fork);
        tables.block(&one, 0, row.fork);
        tables.builder.account(&one, row.world, call_of_one.to);
        tables.finish(1);
        let tier = TIERS[TIERS.len() - 1];
        let shard = Shard::new(gpu, &one, &mut tables, tier, &[(0, call_of_one)], 7);
        let mut pace = Pace::new(gpu.info.software);
        shard.run(gpu, self.options, &mut pace, &mut Control::default(), |_, _| {}).await.map_err(fault)?;
        let registers = shard.read_lanes(gpu, u64::from(REGISTERS)).await.map_err(fault)?;
        let wide = |low: u32, high: u32| u64::from(registers[low as usize]) | u64::from(registers[high as usize]) << 32;
        let stack = shard.read_stack(gpu, u64::from(registers[R_SP as usize])).await.map_err(fault)?;
        Ok(LaneState {
            status: (registers[R_STATE as usize] == STATE_DONE)
                .then(|| Status::from_code(registers[R_STATUS as usize] as u8))
                .flatten(),
            pc: u64::from(registers[R_PC as usize]),
            gas: wide(R_GAS_LO, R_GAS_HI),
            stack: stack.chunks(8).map(from_limbs).collect(),
            memory_size: u64::from(registers[R_MEM as usize]) * 32,
            refund: wide(R_REFUND_LO, R_REFUND_HI) as i64,
            steps: wide(R_STEPS_LO, R_STEPS_HI),
        })
    }
}
