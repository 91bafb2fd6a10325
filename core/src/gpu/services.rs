//! Host services: precompiles run on the CPU for lanes that wait for them, thousands at once. It moves what they are passed and
//! what comes of it between the device and [`cpu::precompiles`], and knows no other instruction.

use lanevm_shaders::Fork;
use web_time::Instant;

use super::{
    device::{Fault, Gpu},
    layout::Plan,
    shard::Shard,
};
use crate::{
    Control,
    cpu::precompiles::{self, Answer},
};

/// Words of each lane that one dispatch moves: its loop's bound.
const WINDOW: u32 = 8192;

/// How long the host computes before the event loop gets a turn.
const SLICE_MS: u128 = 15;

/// Calls of precompiles that are worth more than one thread.
#[cfg(not(target_arch = "wasm32"))]
const WORTH_THREADS: usize = 16;

/// A lane that waits for a precompile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    pub(crate) lane: u32,
    pub(crate) fork: Fork,
    /// The precompile's number.
    pub(crate) number: u16,
    /// Bytes it is passed.
    pub(crate) len: u32,
    /// Gas it is given.
    pub(crate) gas: u64,
}

/// `Row` of `service.wesl`.
#[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Row {
    lane: u32,
    first: u32,
    len: u32,
    status: u32,
    gas: [u32; 2],
    padding: [u32; 2],
}

/// Cuts calls so that what each part passes fits a buffer of so many words.
pub(crate) fn parts(calls: &[Service], most_words: u64) -> Vec<&[Service]> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut words = 0;
    for (at, call) in calls.iter().enumerate() {
        let own = u64::from(call.len.div_ceil(4));
        if at > begin && words + own > most_words {
            parts.push(&calls[begin..at]);
            begin = at;
            words = 0;
        }
        words += own;
    }
    parts.push(&calls[begin..]);
    parts
}

fn dispatch(gpu: &Gpu, shard: &Shard, pipeline: &wgpu::ComputePipeline, rows: &[Row], packed: &wgpu::Buffer) {
    use wgpu::BufferUsages as Usage;
    // The kernel takes the length of the array for the number of rows, so that the buffer holds as many and no more.
    let bytes: &[u8] = bytemuck::cast_slice(rows);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("evm.service.rows"),
        size: bytes.len() as u64,
        usage: Usage::STORAGE | Usage::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, bytes);
    let group = gpu.bind("evm.service", &gpu.kernels.packing, &[(0, &buffer), (1, packed)]);
    let longest = rows.iter().map(|row| row.len.div_ceil(4)).max().unwrap_or_default();
    let mut start = 0;
    // Bounded by the longest over WINDOW; once where all are empty.
    loop {
        shard.write_plan(gpu, &Plan { gather_from: start, gather_words: WINDOW, ..shard.plan });
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(pipeline);
            for (index, group) in (0..).zip(shard.service_groups()) {
                pass.set_bind_group(index, group, &[]);
            }
            pass.set_bind_group(3, &group, &[]);
            pass.dispatch_workgroups((rows.len() as u32).div_ceil(shard.workgroup()), 1, 1);
        }
        gpu.queue.submit([encoder.finish()]);
        start += WINDOW;
        if start >= longest {
            break;
        }
    }
}

/// What precompiles are passed, one after the other, each from a word of four bytes on.
pub(crate) async fn pass(
    gpu: &Gpu,
    shard: &Shard,
    pipeline: &wgpu::ComputePipeline,
    calls: &[Service],
) -> Result<Vec<u32>, Fault> {
    use wgpu::BufferUsages as Usage;
    let mut total = 0;
    let mut rows = Vec::with_capacity(calls.len());
    for call in calls {
        rows.push(Row { lane: call.lane, first: total, len: call.len, ..Row::default() });
        total += call.len.div_ceil(4);
    }
    if total == 0 {
        return Ok(Vec::new());
    }
    let bytes = u64::from(total) * 4;
    let packed = gpu.buffer("evm.service.packed", bytes, Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST);
    let staging = gpu.buffer("evm.service.read", bytes, Usage::MAP_READ | Usage::COPY_DST);
    dispatch(gpu, shard, pipeline, &rows, &packed);
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(&packed, 0, &staging, 0, bytes);
    gpu.queue.submit([encoder.finish()]);
    gpu.read(&staging, bytes, bytemuck::pod_collect_to_vec::<u8, u32>).await
}

/// Runs the precompiles; `None` where the run is cancelled meanwhile.
pub(crate) async fn answers(calls: &[Service], inputs: &[u32], control: &Control) -> Option<Vec<Answer>> {
    let mut asked = Vec::with_capacity(calls.len());
    let mut at = 0;
    for call in calls {
        let words = &inputs[at..at + call.len.div_ceil(4) as usize];
        at += words.len();
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.truncate(call.len as usize);
        asked.push((call, bytes));
    }
    let cancel = &control.cancel;
    let run = |(call, input): &(&Service, Vec<u8>)| {
        (!cancel.is_cancelled()).then(|| precompiles::run(call.fork, call.number, input, call.gas))
    };
    #[cfg(not(target_arch = "wasm32"))]
    if asked.len() >= WORTH_THREADS {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = asked.len().div_ceil(threads);
        return std::thread::scope(|scope| {
            let workers: Vec<_> = asked
                .chunks(share)
                .map(|part| scope.spawn(move || part.iter().map(run).collect::<Option<Vec<_>>>()))
                .collect();
            let mut answers = Vec::with_capacity(asked.len());
            for worker in workers {
                match worker.join() {
                    Ok(part) => answers.extend(part?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Some(answers)
        });
    }
    let mut answers = Vec::with_capacity(asked.len());
    let mut slice = Instant::now();
    for call in &asked {
        answers.push(run(call)?);
        if slice.elapsed().as_millis() > SLICE_MS {
            control.breathe().await;
            slice = Instant::now();
        }
    }
    Some(answers)
}

/// Queues lanes for the kernels of the precompiles they wait for.
pub(crate) fn queue(gpu: &Gpu, shard: &Shard, pipeline: &wgpu::ComputePipeline, calls: &[Service]) {
    use wgpu::BufferUsages as Usage;
    let rows: Vec<Row> = calls.iter().map(|call| Row { lane: call.lane, ..Row::default() }).collect();
    let packed = gpu.buffer("evm.service.packed", 4, Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST);
    dispatch(gpu, shard, pipeline, &rows, &packed);
}

/// Gives the answers to their lanes, whose frames then end.
pub(crate) fn give(gpu: &Gpu, shard: &Shard, pipeline: &wgpu::ComputePipeline, calls: &[Service], answers: &[Answer]) {
    use wgpu::BufferUsages as Usage;
    let mut words = Vec::new();
    let mut rows = Vec::with_capacity(calls.len());
    for (call, answer) in calls.iter().zip(answers) {
        rows.push(Row {
            lane: call.lane,
            first: words.len() as u32,
            len: answer.output.len() as u32,
            status: u32::from(answer.status as u8),
            gas: [answer.gas_left as u32, (answer.gas_left >> 32) as u32],
            padding: [0; 2],
        });
        words.extend(super::decode::big_endian_words(&answer.output));
    }
    let bytes = (words.len() as u64 * 4).max(4);
    let packed = gpu.buffer("evm.service.packed", bytes, Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST);
    gpu.queue.write_buffer(&packed, 0, bytemuck::cast_slice(&words));
    dispatch(gpu, shard, pipeline, &rows, &packed);
}
