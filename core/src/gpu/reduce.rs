//! The summary of a shard, reduced on the device: counts, sums, extremes and the top rows come back, lanes do not. It is
//! for shards of which nothing else is kept and whose registers alone say what each lane used.

use lanevm_shaders::{
    Class, Status,
    layout::{R_GAS_HI, R_GAS_LO, R_STATUS, REDUCE_BINS, REDUCE_STRIP, REDUCE_STRIPS, REDUCE_WORDS},
};

use super::{
    closing::Finished,
    device::{Fault, Gpu},
    inputs::LaneCall,
    shard::Shard,
};
use crate::{
    Batch, Keep,
    summary::{Summary, TOP},
};

/// Whether the registers and the gas limit alone say what the lane used: there is no bill to settle and no code deployed.
fn is_plain(batch: &Batch, lane: &LaneCall) -> bool {
    lane.opening.bill.is_none() && !lane.opening.creates && lane.opening.gas == *batch.calls.gas.get(lane.index)
}

/// Whether a shard, all of whose lanes have ended on the device, can be reduced there.
pub(crate) fn applies(batch: &Batch, lanes: &[LaneCall]) -> bool {
    let mut last: Option<&LaneCall> = None;
    batch.keep == Keep::Summary
        && !batch.digest
        && lanes.iter().all(|lane| {
            let alike = lane.begins_as(last);
            last = Some(lane);
            alike || is_plain(batch, lane)
        })
}

/// What one strip of lanes came to.
struct Strip {
    counted: u32,
    most: u64,
    most_lane: u32,
    least: u64,
    gas: u128,
    steps: u128,
}

impl Strip {
    fn of(words: &[u32]) -> Self {
        let wide = |at: usize| u64::from(words[at]) | u64::from(words[at + 1]) << 32;
        let wider = |at: usize| u128::from(wide(at)) | u128::from(words[at + 2]) << 64;
        Self { counted: words[0], most: wide(1), most_lane: words[3], least: wide(4), gas: wider(6), steps: wider(9) }
    }
}

/// Reduces a shard.
pub(crate) async fn reduce(gpu: &Gpu, shard: &Shard, calls: &[LaneCall], batch: &Batch) -> Result<Summary, Fault> {
    use wgpu::BufferUsages as Usage;
    let strips = shard.lanes.div_ceil(REDUCE_STRIP as usize);
    let words = u64::from(REDUCE_STRIPS) + strips as u64 * u64::from(REDUCE_WORDS);
    let buffer = gpu.buffer("evm.reduced", words * 4, Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST);
    gpu.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&[0u32; REDUCE_STRIPS as usize]));
    let group = gpu.bind("evm.reduced", &gpu.kernels.queues, &[(0, &buffer)]);
    let pipeline = gpu.prepare_reduce().await?;
    shard.write_plan(gpu, &shard.plan);
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        shard.bind_tables(&mut pass);
        pass.set_bind_group(2, &group, &[]);
        pass.dispatch_workgroups((strips as u32).div_ceil(shard.workgroup()), 1, 1);
    }
    gpu.queue.submit([encoder.finish()]);
    let reduced = gpu.copy_out(&buffer, 0, words).await?;
    let (counts, rest) = reduced.split_at(REDUCE_STRIPS as usize);
    let mut summary = Summary::default();
    for (code, rows) in counts[..REDUCE_BINS as usize].iter().enumerate().filter(|(_, rows)| **rows > 0) {
        let Some(status) = Status::from_code(code as u8) else {
            return Err(Fault(format!("{rows} lanes ended with the unknown status {code}")));
        };
        summary.by_status.insert(status, u64::from(*rows));
    }
    for (bin, rows) in (0..).zip(&counts[REDUCE_BINS as usize..]).filter(|(_, rows)| **rows > 0) {
        summary.gas_histogram.add(bin, u64::from(*rows));
    }
    let strips: Vec<Strip> = rest.chunks(REDUCE_WORDS as usize).map(Strip::of).collect();
    summary.gas_min = u64::MAX;
    for strip in strips.iter().filter(|strip| strip.counted > 0) {
        summary.gas_min = summary.gas_min.min(strip.least);
        summary.gas_max = summary.gas_max.max(strip.most);
        summary.on_gpu += u64::from(strip.counted);
        summary.gas_total += strip.gas;
        summary.steps_total += strip.steps;
    }
    rank(gpu, shard, calls, batch, &strips, &mut summary).await?;
    Ok(summary)
}

/// Ranks the rows that used most. As many of the strips with the largest maxima as there are places hold all of them: a row
/// of another strip comes after each of those maxima.
async fn rank(
    gpu: &Gpu,
    shard: &Shard,
    calls: &[LaneCall],
    batch: &Batch,
    strips: &[Strip],
    summary: &mut Summary,
) -> Result<(), Fault> {
    let row = |lane: u32| calls[lane as usize].index;
    let mut order: Vec<(usize, &Strip)> = strips.iter().enumerate().filter(|(_, strip)| strip.counted > 0).collect();
    order.sort_by_key(|(_, strip)| (std::cmp::Reverse(strip.most), row(strip.most_lane)));
    order.truncate(TOP);
    let lanes_of = |strip: usize| {
        let first = strip * REDUCE_STRIP as usize;
        first..shard.lanes.min(first + REDUCE_STRIP as usize)
    };
    let ranges: Vec<(u64, u64)> = order
        .iter()
        .flat_map(|(strip, _)| {
            let lanes = lanes_of(*strip);
            let word = |register: u32| u64::from(register) * shard.lanes as u64 + lanes.start as u64;
            [R_STATUS, R_GAS_LO, R_GAS_HI].map(|register| (word(register), lanes.len() as u64))
        })
        .collect();
    let words = shard.read_lane_ranges(gpu, &ranges).await?;
    let mut rest = words.as_slice();
    for (strip, _) in &order {
        let lanes = lanes_of(*strip);
        let (part, behind) = rest.split_at(3 * lanes.len());
        rest = behind;
        for (at, lane) in lanes.clone().enumerate() {
            let [status, low, high] = [0, 1, 2].map(|register| part[register * lanes.len() + at]);
            let status = u8::try_from(status).ok().and_then(Status::from_code).unwrap_or(Status::Unfinished);
            let finished = Finished { gas_left: u64::from(low) | u64::from(high) << 32, ..Finished::of(status) };
            let call = &calls[lane];
            if status.class() != Class::Unfinished {
                summary.rank(call.opening.close_gas(batch, call.index, &finished).gas_used, call.index);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GasHistogram;

    /// The device's room for bins is as large as the histogram's largest bin.
    #[test]
    fn every_bin_has_room() {
        assert_eq!(u32::from(GasHistogram::bin(u64::MAX)) + 1, REDUCE_STRIPS - REDUCE_BINS);
        assert!(Status::ALL.iter().all(|status| (*status as u32) < REDUCE_BINS));
    }
}
