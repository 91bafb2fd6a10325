//! A shard: as many lanes of one tier as fit the device's buffers, run to their ends in bounded submits. It fills buffers,
//! submits rounds and reads counters; what a lane's words mean is [`super::results`]'.

use std::collections::HashMap;

use lanevm_shaders::layout::{
    C_GAS_HI, C_GAS_LO, CALL_WORDS, CANARY, COUNTERS, ENV_ADDRESS, ENV_CALLER, ENV_CALLVALUE, ENV_GASPRICE, ENV_ORIGIN,
    ENV_SELFBALANCE, ENV_WORDS, F_ACCOUNT, F_BLOCK, F_CODE, F_CODE_LEN, F_CODE_POOL, F_CODE_RAW, F_DATA, F_DATA_LEN,
    F_ENV, F_FACTS, F_FLAGS, F_FORK, FLAG_PARTIAL, FRAME_FIELDS, Q_CANARY, Q_DONE, Q_LEFT, Q_ROUND, QUEUES, REGISTERS,
    SLOT_WORDS, WORKGROUP,
};
use web_time::Instant;

use super::{
    GpuOptions,
    classify::DeviceCall,
    decode::big_endian_words,
    device::{Fault, Gpu},
    layout::{Plan, SCRATCH_WORDS, Tier},
    pace::Pace,
    tables::Tables,
};
use crate::{Batch, Control, U256};

/// Frames a lane can have.
const FRAMES: u32 = 1;

/// Most lanes of a shard, so that a wide batch does not claim all of an adapter's memory at once.
const MOST_LANES: u64 = 65_536;

/// On software adapters a round over many lanes is long, and nothing is gained by more of them.
const MOST_LANES_SOFTWARE: u64 = 16_384;

/// The words of a lane in each buffer.
fn lane_words(tier: &Tier) -> [u64; 5] {
    [
        u64::from(REGISTERS + FRAMES * FRAME_FIELDS + SCRATCH_WORDS),
        u64::from(tier.stack_items) * 8,
        u64::from(tier.memory_words) * 8,
        u64::from(tier.slots * SLOT_WORDS + tier.log_words),
        u64::from(QUEUES * 2),
    ]
}

/// Bytes one lane takes on the device in a tier, by buffer: `lanes`, `stack`, `memory`, `overlay`, `queues`.
pub fn lane_bytes(tier: &Tier) -> [u64; 5] {
    lane_words(tier).map(|words| words * 4)
}

/// How many of the calls, in order, fit one shard; zero where not even the first does.
pub(crate) fn fitting(gpu: &Gpu, tables: &Tables, tier: &Tier, data_lens: impl Iterator<Item = usize>) -> usize {
    let most_words = gpu.binding_bytes() / 4;
    let [lanes, stack, memory, overlay, queues] = lane_words(tier);
    let wide = lanes.max(stack).max(overlay).max(u64::from(CALL_WORDS)).max(queues + 1);
    let software_cap = if gpu.info.software { MOST_LANES_SOFTWARE } else { MOST_LANES };
    let cap = ((most_words - u64::from(COUNTERS)) / wide).min(software_cap);
    let mut host = tables.host.len() as u64;
    let mut count = 0;
    for len in data_lens {
        host += u64::from(ENV_WORDS) * 8 + (len as u64).div_ceil(4) + 1;
        if count + 1 > cap || host + (count + 1) * memory > most_words {
            break;
        }
        count += 1;
    }
    count as usize
}

/// The buffers of a shard.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) plan: Plan,
    pub(crate) lanes: usize,
    plan_buffer: wgpu::Buffer,
    lanes_buffer: wgpu::Buffer,
    stack_buffer: wgpu::Buffer,
    queues_buffer: wgpu::Buffer,
    arguments: wgpu::Buffer,
    counters: wgpu::Buffer,
    tables_group: wgpu::BindGroup,
    pub(crate) lanes_group: wgpu::BindGroup,
    queues_group: wgpu::BindGroup,
    planning_group: wgpu::BindGroup,
    pub(crate) plan_group: wgpu::BindGroup,
}

/// How a shard's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Every lane ended or left.
    All,
    /// The run was cancelled: some lanes go on no more.
    Cancelled,
    /// Few lanes are left, and the CPU will end them sooner.
    Stragglers,
}

/// Few lanes keep a device from using its width, while one core of a CPU steps a single lane some ten to a hundred times
/// faster than a device does. So many lanes or fewer, for so many seconds, are handed over.
const STRAGGLERS: [(u64, f64); 2] = [(8, 0.5), (256, 3.0)];

/// The parts of the buffers that differ from lane to lane: call records, and the host's part of `memory`.
struct Inputs {
    records: Vec<u32>,
    host: Vec<u32>,
}

fn inputs(batch: &Batch, tables: &mut Tables, calls: &[(usize, DeviceCall)]) -> Inputs {
    let mut records = Vec::with_capacity(calls.len() * CALL_WORDS as usize);
    let mut host = tables.host.clone();
    // Lanes of a sweep share their environment, and often their call data.
    let mut environments: HashMap<[U256; ENV_WORDS as usize], u32> = HashMap::new();
    let mut datas: HashMap<(u64, u32), u32> = HashMap::new();
    for (row, device_call) in calls {
        let call = batch.call(*row);
        let program = tables.program(batch, device_call.program);
        let fork = tables.fork(call.fork);
        let block = tables.block(batch, *batch.calls.block.get(*row), call.fork);
        let account = tables.builder.account(batch, call.world, device_call.to);
        let origin = call.transaction.and_then(|tx| tx.origin).unwrap_or(call.caller);
        let word = |address: crate::Address| U256::from_be_slice(address.as_slice());
        let mut env = [U256::ZERO; ENV_WORDS as usize];
        env[ENV_ADDRESS as usize] = word(device_call.to);
        env[ENV_CALLER as usize] = word(call.caller);
        env[ENV_CALLVALUE as usize] = call.value;
        env[ENV_ORIGIN as usize] = word(origin);
        env[ENV_GASPRICE as usize] = super::classify::gas_price(&call);
        env[ENV_SELFBALANCE as usize] = device_call.balance;
        let env_at = *environments.entry(env).or_insert_with(|| {
            let at = host.len() as u32;
            for value in env {
                host.extend(big_endian_words(&value.to_be_bytes::<32>()));
            }
            at
        });
        let data_at = *datas.entry(batch.calls.data.range(*row)).or_insert_with(|| {
            let at = host.len() as u32;
            host.extend(big_endian_words(call.data));
            at
        });
        let mut record = [0; CALL_WORDS as usize];
        record[F_CODE as usize] = program.code;
        record[F_CODE_LEN as usize] = program.len;
        record[F_CODE_RAW as usize] = program.raw;
        record[F_CODE_POOL as usize] = program.pool;
        record[F_DATA as usize] = data_at;
        record[F_DATA_LEN as usize] = call.data.len() as u32;
        record[F_ENV as usize] = env_at;
        record[F_BLOCK as usize] = block;
        record[F_ACCOUNT as usize] = account;
        record[F_FLAGS as usize] = if device_call.partial { FLAG_PARTIAL } else { 0 };
        record[F_FACTS as usize] = fork.facts;
        record[F_FORK as usize] = fork.parameters;
        record[(FRAME_FIELDS + C_GAS_LO) as usize] = call.gas as u32;
        record[(FRAME_FIELDS + C_GAS_HI) as usize] = (call.gas >> 32) as u32;
        records.extend(record);
    }
    Inputs { records, host }
}

impl Shard {
    /// Fills the buffers for these calls, which [`fitting`] has measured. The tables hold everything the calls use.
    pub(crate) fn new(
        gpu: &Gpu,
        batch: &Batch,
        tables: &mut Tables,
        tier: Tier,
        calls: &[(usize, DeviceCall)],
        nonce: u32,
    ) -> Self {
        use wgpu::BufferUsages as Usage;
        let lanes = calls.len();
        let Inputs { records, host } = inputs(batch, tables, calls);
        let words = lane_words(&tier).map(|words| words * lanes as u64 * 4);
        let storage = Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST;
        let upload = |label: &'static str, content: &[u32]| {
            let buffer = gpu.buffer(label, content.len() as u64 * 4, storage);
            gpu.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(content));
            buffer
        };
        let code = upload("evm.code", &tables.code);
        let worlds = upload("evm.worlds", &tables.worlds.words);
        let call_records = upload("evm.inputs", &records);
        let max_steps = batch.limits.max_steps.unwrap_or(u64::MAX);
        let plan = Plan {
            lanes: lanes as u32,
            stack_items: tier.stack_items,
            memory_words: tier.memory_words,
            slots: tier.slots,
            log_words: tier.log_words,
            memory_base: host.len() as u32,
            fuel: 0,
            world_mask: tables.worlds.mask,
            world_seed: tables.worlds.seed,
            world_probes: tables.worlds.probes,
            max_steps_lo: max_steps as u32,
            max_steps_hi: (max_steps >> 32) as u32,
            nonce,
            keccak_rounds: tables.keccak_rounds,
            scratch: REGISTERS + FRAMES * FRAME_FIELDS,
            ..Plan::default()
        };
        let plan_buffer = gpu.buffer("evm.plan", size_of::<Plan>() as u64, Usage::UNIFORM | Usage::COPY_DST);
        let lanes_buffer = gpu.buffer("evm.lanes", words[0], storage);
        let stack = gpu.buffer("evm.stack", words[1], storage);
        let memory = gpu.buffer("evm.memory", host.len() as u64 * 4 + words[2], storage);
        gpu.queue.write_buffer(&memory, 0, bytemuck::cast_slice(&host));
        let overlay = gpu.buffer("evm.overlay", words[3], storage);
        let queues_buffer = gpu.buffer("evm.queues", u64::from(COUNTERS) * 4 + words[4], storage);
        // The counters alone must start at zero: lengths say what of the rest is valid.
        gpu.queue.write_buffer(&queues_buffer, 0, bytemuck::cast_slice(&[0u32; COUNTERS as usize]));
        let arguments = gpu.buffer("evm.arguments", u64::from(QUEUES) * 12, Usage::STORAGE | Usage::INDIRECT);
        let counters = gpu.buffer("evm.counters", u64::from(COUNTERS) * 4, Usage::MAP_READ | Usage::COPY_DST);
        let kernels = &gpu.kernels;
        Self {
            tables_group: gpu.bind(
                "evm.tables",
                &kernels.tables,
                &[(0, &code), (1, &worlds), (2, &call_records), (3, &plan_buffer)],
            ),
            lanes_group: gpu.bind(
                "evm.lanes",
                &kernels.lanes,
                &[(0, &lanes_buffer), (1, &stack), (2, &memory), (3, &overlay)],
            ),
            queues_group: gpu.bind("evm.queues", &kernels.queues, &[(0, &queues_buffer)]),
            planning_group: gpu.bind("evm.planning", &kernels.planning, &[(0, &queues_buffer), (1, &arguments)]),
            plan_group: gpu.bind("evm.plan", &kernels.plan_only, &[(3, &plan_buffer)]),
            plan,
            lanes,
            plan_buffer,
            lanes_buffer,
            stack_buffer: stack,
            queues_buffer,
            arguments,
            counters,
        }
    }

    /// Writes the plan; it holds from the next submit on.
    pub(crate) fn write_plan(&self, gpu: &Gpu, plan: &Plan) {
        gpu.queue.write_buffer(&self.plan_buffer, 0, bytemuck::bytes_of(plan));
    }

    async fn read_words(&self, gpu: &Gpu, source: &wgpu::Buffer, words: u64) -> Result<Vec<u32>, Fault> {
        if words == 0 {
            return Ok(Vec::new());
        }
        let bytes = words * 4;
        let staging = gpu.buffer("evm.read", bytes, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(source, 0, &staging, 0, bytes);
        gpu.queue.submit([encoder.finish()]);
        gpu.read(&staging, bytes, bytemuck::pod_collect_to_vec::<u8, u32>).await
    }

    /// The first words of every lane's part of `lanes`: word `w` of lane `l` is at `w * lanes + l`.
    pub(crate) async fn read_lanes(&self, gpu: &Gpu, words: u64) -> Result<Vec<u32>, Fault> {
        self.read_words(gpu, &self.lanes_buffer, words * self.lanes as u64).await
    }

    /// The lowest stack items of a shard of one lane, eight limbs each.
    pub(crate) async fn read_stack(&self, gpu: &Gpu, items: u64) -> Result<Vec<u32>, Fault> {
        self.read_words(gpu, &self.stack_buffer, items * 8).await
    }

    /// Workgroups of a dispatch over all lanes.
    pub(crate) fn groups(&self) -> u32 {
        self.plan.lanes.div_ceil(WORKGROUP)
    }

    fn record(&self, gpu: &Gpu, first: bool, rounds: u32) -> wgpu::CommandBuffer {
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("evm.rounds") });
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            let bind = |pass: &mut wgpu::ComputePass<'_>| {
                pass.set_bind_group(0, &self.tables_group, &[]);
                pass.set_bind_group(1, &self.lanes_group, &[]);
                pass.set_bind_group(2, &self.queues_group, &[]);
            };
            if first {
                pass.set_pipeline(&gpu.kernels.init);
                bind(&mut pass);
                pass.dispatch_workgroups(self.groups(), 1, 1);
            }
            for _ in 0..rounds {
                pass.set_pipeline(&gpu.kernels.plan_light);
                pass.set_bind_group(0, &self.planning_group, &[]);
                pass.dispatch_workgroups(1, 1, 1);
                pass.set_pipeline(&gpu.kernels.served[0]);
                bind(&mut pass);
                pass.dispatch_workgroups_indirect(&self.arguments, 0);
                pass.set_pipeline(&gpu.kernels.plan_families);
                pass.set_bind_group(0, &self.planning_group, &[]);
                pass.dispatch_workgroups(1, 1, 1);
                for (queue, pipeline) in gpu.kernels.served.iter().enumerate().skip(1) {
                    pass.set_pipeline(pipeline);
                    bind(&mut pass);
                    pass.dispatch_workgroups_indirect(&self.arguments, queue as u64 * 12);
                }
            }
        }
        encoder.copy_buffer_to_buffer(&self.queues_buffer, 0, &self.counters, 0, u64::from(COUNTERS) * 4);
        encoder.finish()
    }

    /// Submits rounds until every lane has ended or left, or the run is cancelled. `ended` hears how many have after each.
    pub(crate) async fn run(
        &self,
        gpu: &Gpu,
        options: GpuOptions,
        pace: &mut Pace,
        control: &mut Control,
        mut ended: impl FnMut(&mut Control, u64),
    ) -> Result<Ended, Fault> {
        let mut first = true;
        let mut rounds = 0u32;
        // When each bound on stragglers was first met.
        let mut few_since = STRAGGLERS.map(|_| None);
        loop {
            if control.cancel.is_cancelled() {
                return Ok(Ended::Cancelled);
            }
            self.write_plan(gpu, &Plan { fuel: pace.fuel, ..self.plan });
            let started = Instant::now();
            gpu.queue.submit([self.record(gpu, first, pace.rounds)]);
            rounds = rounds.wrapping_add(pace.rounds);
            let counters =
                gpu.read(&self.counters, u64::from(COUNTERS) * 4, bytemuck::pod_collect_to_vec::<u8, u32>).await?;
            if counters[Q_ROUND as usize] != rounds || counters[Q_CANARY as usize] != CANARY ^ rounds {
                let why = gpu.lost().unwrap_or_else(|| {
                    "its counters do not hold what the kernels write; it may have run out of memory".to_owned()
                });
                return Err(Fault(why));
            }
            if !first {
                pace.learn(started.elapsed().as_secs_f64() * 1000.0);
            }
            first = false;
            let finished = u64::from(counters[Q_DONE as usize]) + u64::from(counters[Q_LEFT as usize]);
            ended(control, finished);
            if finished >= self.lanes as u64 {
                return Ok(Ended::All);
            }
            let active = self.lanes as u64 - finished;
            for ((few, seconds), since) in STRAGGLERS.into_iter().zip(&mut few_since) {
                if active <= few
                    && !options.keep_stragglers
                    && since.get_or_insert(started).elapsed().as_secs_f64() > seconds
                {
                    return Ok(Ended::Stragglers);
                }
            }
            control.breathe().await;
        }
    }
}
