//! One lane stopped after a number of steps and read out, so that tests can find the first step at which the device and
//! the CPU engine differ.

use lanevm_shaders::layout::{
    F_STACK, FRAME_FIELDS, R_DEPTH, R_GAS_HI, R_GAS_LO, R_MEM, R_PC, R_REFUND_HI, R_REFUND_LO, R_SP, R_STATE, R_STATUS,
    R_STEPS_HI, R_STEPS_LO, REGISTERS, STATE_DONE,
};

use super::{
    Fault, GpuEngine,
    inputs::LaneCall,
    layout::TIERS,
    opening::{Opened, open},
    pace::Pace,
    shard::{Load, Shard},
    stragglers::Rate,
    tables::Tables,
    worlds::from_limbs,
};
use crate::{Batch, Control, EngineError, Limits, Status, U256, engine::Slices};

/// A lane's state between two instructions, or at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneState {
    /// How the lane ended; `step_limit` where it was stopped; `None` where it left the device.
    pub status: Option<Status>,
    /// Depth of the running frame; the first is 0.
    pub depth: u64,
    /// Program counter.
    pub pc: u64,
    /// Gas left to that frame.
    pub gas: u64,
    /// That frame's stack, its top last.
    pub stack: Vec<U256>,
    /// Bytes of that frame's memory.
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
        let mut one = batch.subset(&[index]);
        one.limits = Limits { max_steps: Some(steps) };
        let opening = match open(&one, 0) {
            Opened::Lane(opening) => opening,
            Opened::Ended(outcome) => {
                let status = outcome.status.unwrap_or(Status::Unfinished);
                return Err(EngineError::Device(format!("the call ends before its first frame: {status}")));
            }
            Opened::Left(reason) => {
                return Err(EngineError::Device(format!("the device does not take the call: {}", reason.label())));
            }
        };
        let fault = |Fault(why): Fault| EngineError::Device(why);
        let gpu = self.gpu()?;
        let mut tables = Tables::new();
        let tier = TIERS[TIERS.len() - 1];
        let mut load = Load::new(gpu, self.options, tier, None);
        load.add(&one, &mut tables, LaneCall { index: 0, opening: opening.into() })
            .map_err(|_| EngineError::Device("the call does not fit the device's buffers".into()))?;
        let shard = Shard::new(
            gpu,
            self.options,
            &one,
            &mut tables,
            tier,
            &load.lanes,
            7,
            &mut Slices::new(&Control::default()),
        )
        .await
        .map_err(|_| EngineError::Device("no seed spreads the keys of the call's worlds".into()))?;
        shard.prepare(gpu).await.map_err(fault)?;
        let mut pace = Pace::new(gpu.info.software, self.options.in_flight);
        shard.run(gpu, self.options, &mut pace, Rate::default(), &Control::default(), |_| {}).await.map_err(fault)?;
        let registers = shard.read_lanes(gpu, u64::from(REGISTERS)).await.map_err(fault)?;
        let wide = |low: u32, high: u32| u64::from(registers[low as usize]) | u64::from(registers[high as usize]) << 32;
        let depth = registers[R_DEPTH as usize];
        let frames = shard.read_lanes(gpu, u64::from(REGISTERS + (depth + 1) * FRAME_FIELDS)).await.map_err(fault)?;
        let first = frames[(REGISTERS + depth * FRAME_FIELDS + F_STACK) as usize];
        let items = u64::from(registers[R_SP as usize]);
        let stack = shard.read_stack(gpu, u64::from(first), items).await.map_err(fault)?;
        Ok(LaneState {
            status: (registers[R_STATE as usize] == STATE_DONE)
                .then(|| Status::from_code(registers[R_STATUS as usize] as u8))
                .flatten(),
            depth: u64::from(depth),
            pc: u64::from(registers[R_PC as usize]),
            gas: wide(R_GAS_LO, R_GAS_HI),
            stack: stack.chunks(8).map(from_limbs).collect(),
            memory_size: u64::from(registers[R_MEM as usize]) * 32,
            refund: wide(R_REFUND_LO, R_REFUND_HI) as i64,
            steps: wide(R_STEPS_LO, R_STEPS_HI),
        })
    }
}
