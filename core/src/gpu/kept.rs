//! What lanes have stored, kept on the device between batches: buffers that belong to a session and not to a shard. It says
//! which calls can leave no more than storage behind them; running them is [`super::side`]'s.

use lanevm_shaders::{
    Fork,
    kept::{KEPT_KEY, KEPT_PLACES, KEPT_SLOTS, KEPT_VALUE, KEPT_WORDS},
};

use super::{
    device::{Fault, Gpu},
    inputs::LaneCall,
    results::{address_of, leaves_no_trace},
    shard::Shard,
    worlds::from_limbs,
};
use crate::{
    Batch, Level,
    keeper::{KeptLanes, KeptName, KeptSlot},
};

/// Most rows of one buffer.
const MOST_ROWS: u64 = 65_536;

/// The buffers of some kept lanes.
#[derive(Debug)]
pub(crate) struct Store {
    name: KeptName,
    /// Rows of each buffer; lane `l` has row `l % rows` of the buffer `l / rows`.
    rows: u32,
    chunks: Vec<wgpu::Buffer>,
}

impl Store {
    /// Buffers for lanes that carry nothing. `None` where there is no memory for them.
    pub(crate) async fn new(gpu: &Gpu, kept: &KeptLanes, garbage: Option<u32>) -> Option<Self> {
        use wgpu::BufferUsages as Usage;
        let each = u64::from(2 + KEPT_SLOTS * KEPT_WORDS);
        let most = ((gpu.binding_bytes() / 4).saturating_sub(u64::from(KEPT_PLACES)) / each).min(MOST_ROWS);
        let rows = u64::from(kept.lanes()).min(most).max(1);
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let chunks = (0..u64::from(kept.lanes()).div_ceil(rows)).map(|_| {
            let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("evm.kept"),
                size: (u64::from(KEPT_PLACES) + rows * each) * 4,
                usage: Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST,
                mapped_at_creation: false,
            });
            if let Some(seed) = garbage {
                gpu.fill_garbage(&buffer, seed);
            }
            gpu.queue.write_buffer(&buffer, 0, bytemuck::bytes_of(&(rows as u32)));
            gpu.queue.write_buffer(&buffer, (u64::from(KEPT_PLACES) + rows) * 4, &vec![0u8; rows as usize * 4]);
            buffer
        });
        let store = Self { name: kept.name(), rows: rows as u32, chunks: chunks.collect() };
        match scope.pop().await {
            Some(error) => {
                tracing::warn!(%error, lanes = kept.lanes(), "no memory to keep lanes on the device");
                None
            }
            None => Some(store),
        }
    }

    /// Whether the lanes are these.
    pub(crate) fn means(&self, kept: &KeptLanes) -> bool {
        self.name.means(kept)
    }

    /// Whether the lanes are still wanted.
    pub(crate) fn is_alive(&self) -> bool {
        self.name.is_alive()
    }

    /// Bytes of its buffers.
    pub(crate) fn bytes(&self) -> u64 {
        self.chunks.iter().map(wgpu::Buffer::size).sum()
    }

    /// Of lanes that ascend, how many from the first on stand in one buffer.
    pub(crate) fn together(&self, lanes: &[u32]) -> usize {
        let chunk = lanes.first().map_or(0, |lane| lane / self.rows);
        lanes.partition_point(|lane| lane / self.rows == chunk)
    }

    /// Names each lane of a shard its row; gives the group that the kernels of `kept.wesl` are bound to.
    pub(crate) fn place(&self, gpu: &Gpu, lanes: impl Iterator<Item = u32>) -> Option<wgpu::BindGroup> {
        let mut lanes = lanes.peekable();
        let buffer = &self.chunks[(lanes.peek()? / self.rows) as usize];
        let rows: Vec<u32> = lanes.map(|lane| lane % self.rows).collect();
        gpu.queue.write_buffer(buffer, u64::from(KEPT_PLACES) * 4, bytemuck::cast_slice(&rows));
        Some(gpu.bind("evm.kept", &gpu.kernels.queues, &[(0, buffer)]))
    }

    /// What lanes, which ascend, carry.
    pub(crate) async fn fetch(&self, gpu: &Gpu, lanes: &[u32], takes: bool) -> Result<Vec<Vec<KeptSlot>>, Fault> {
        let mut fetched = Vec::with_capacity(lanes.len());
        let mut rest = lanes;
        while !rest.is_empty() {
            let (now, behind) = rest.split_at(self.together(rest));
            rest = behind;
            let buffer = &self.chunks[(now[0] / self.rows) as usize];
            let rows = now.iter().map(|lane| (lane % self.rows) as usize);
            let stride = self.rows as usize;
            let counts = gpu.copy_out(buffer, u64::from(KEPT_PLACES + self.rows), u64::from(self.rows)).await?;
            let most = rows.clone().map(|row| counts[row].min(KEPT_SLOTS)).max().unwrap_or(0);
            let first = u64::from(KEPT_PLACES) + 2 * u64::from(self.rows);
            let words = u64::from(most * KEPT_WORDS) * u64::from(self.rows);
            let words = gpu.copy_out(buffer, first, words).await?;
            fetched.extend(rows.clone().map(|row| {
                let slot = |slot: u32| {
                    let limb = |at: u32| words[(slot * KEPT_WORDS + at) as usize * stride + row];
                    let limbs = |first: u32| std::array::from_fn::<u32, 8, _>(|at| limb(first + at as u32));
                    KeptSlot {
                        address: address_of(&limbs(0)),
                        slot: from_limbs(&limbs(KEPT_KEY)),
                        value: from_limbs(&limbs(KEPT_VALUE)),
                    }
                };
                (0..counts[row].min(KEPT_SLOTS)).map(slot).collect()
            }));
            if takes {
                let mut counts = counts;
                rows.for_each(|row| counts[row] = 0);
                gpu.queue.write_buffer(buffer, u64::from(KEPT_PLACES + self.rows) * 4, bytemuck::cast_slice(&counts));
            }
        }
        Ok(fetched)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.chunks.iter().for_each(wgpu::Buffer::destroy);
    }
}

/// Whether a call can leave nothing behind but storage, as far as its columns say.
pub(crate) fn may_keep(batch: &Batch, index: usize) -> bool {
    let calls = &batch.calls;
    *calls.level.get(index) == Level::Frame && calls.to.get(index).is_some() && calls.fork.get(index).0 >= Fork::London
}

/// Whether an opened call leaves nothing behind but storage, if the frames called do not. Its account exists by more than its
/// storage, which a create there would ask for (EIP-7610).
pub(crate) fn keeps(batch: &Batch, lane: &LaneCall) -> bool {
    let own = lane.opening.accounts.first().and_then(|own| own.state);
    let world = *batch.calls.world.get(lane.index);
    own.is_some_and(|state| {
        let address = &lane.opening.accounts[0].address;
        let code = batch.account(world, address).and_then(|account| account.code);
        state.nonce > 0 || code.is_some_and(|code| !batch.programs[code as usize].code().is_empty())
    }) && leaves_no_trace(lane, batch)
}

/// Writes what the lanes of a shard that has ended have come to.
pub(crate) fn settle(gpu: &Gpu, shard: &Shard, group: &wgpu::BindGroup, pipeline: &wgpu::ComputePipeline) {
    shard.write_plan(gpu, &shard.plan);
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        shard.bind_tables(&mut pass);
        pass.set_bind_group(2, group, &[]);
        pass.dispatch_workgroups(shard.groups(), 1, 1);
    }
    gpu.queue.submit([encoder.finish()]);
}
