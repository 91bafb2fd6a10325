//! How long kernels take until they are ready: built, and run for one workgroup, since some adapters compile only then.

use lanevm_shaders::{facts::Family, layout::QUEUES};
use web_time::Instant;

use super::GpuOptions;
use super::{
    Fault, GpuEngine,
    device::Gpu,
    inputs::LaneCall,
    layout::TIERS,
    opening::{Opened, open},
    precompiles::ON_DEVICE,
    shard::{Load, Shard},
    tables::Tables,
};
use crate::{Account, Address, Batch, BlockEnv, Calls, Column, Control, EngineError, Program, World, engine::Slices};

/// A kernel and the milliseconds until it was ready.
pub type KernelTime = (&'static str, f64);

/// Builds the kernels of these queues and runs each for one workgroup.
pub(crate) async fn make_ready(
    gpu: &Gpu,
    options: GpuOptions,
    families: &[bool; QUEUES as usize],
) -> Result<Vec<KernelTime>, Fault> {
    let batch = stop();
    let Opened::Lane(opening) = open(&batch, 0) else {
        return Err(Fault("a call of a program that stops is not the device's".into()));
    };
    let mut tables = Tables::new();
    let mut load = Load::new(gpu, options, TIERS[0], None);
    load.add(&batch, &mut tables, LaneCall { index: 0, opening: opening.into() })
        .map_err(|_| Fault("one lane does not fit the device's buffers".into()))?;
    let shard =
        Shard::new(gpu, options, &batch, &mut tables, TIERS[0], &load.lanes, 1, &mut Slices::new(&Control::default()))
            .await
            .map_err(|_| Fault("no seed spreads one key".into()))?;
    shard.write_plan(gpu, &shard.plan);
    let mut times = Vec::new();
    for family in Family::ALL {
        let queue = family as usize;
        if !families.get(queue).copied().unwrap_or_default() || family == Family::Precompile {
            continue;
        }
        let begun = Instant::now();
        let mut one = [false; QUEUES as usize];
        one[queue] = true;
        gpu.prepare(&one).await?;
        shard.dispatch_once(gpu, queue).await?;
        times.push((family.name(), begun.elapsed().as_secs_f64() * 1000.0));
    }
    if families[Family::Precompile as usize] {
        for (number, kernel) in ON_DEVICE {
            let begun = Instant::now();
            gpu.prepare_precompiles(&[number]).await?;
            shard.dispatch_precompile_once(gpu, number).await?;
            times.push((kernel.name, begun.elapsed().as_secs_f64() * 1000.0));
        }
    }
    Ok(times)
}

/// One call of a program that stops.
fn stop() -> Batch {
    let to = Address::repeat_byte(1);
    let account = Account { nonce: 1, code: Some(0), ..Account::default() };
    Batch {
        programs: vec![Program::new(vec![0])],
        worlds: vec![World { accounts: [(to, account)].into(), ..World::default() }],
        blocks: vec![BlockEnv::default()],
        calls: Calls { count: 1, to: Column::All(Some(to)), data: [[]; 1].iter().collect(), ..Calls::default() },
        ..Batch::default()
    }
}

impl GpuEngine {
    /// Makes every kernel ready that is not yet, and says how long each took; those that are ready take next to nothing.
    ///
    /// # Errors
    /// [`EngineError::Device`] where the device is lost or refuses a kernel.
    pub async fn make_ready(&mut self) -> Result<Vec<KernelTime>, EngineError> {
        make_ready(self.gpu()?, self.options, &[true; QUEUES as usize])
            .await
            .map_err(|Fault(why)| EngineError::Device(why))
    }

    /// How long each kernel took that the engine began with.
    pub fn ready(&self) -> &[KernelTime] {
        &self.ready
    }
}
