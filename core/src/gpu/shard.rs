//! A shard: as many lanes of one tier as fit the device's buffers, run to their ends in bounded submits. It fills buffers,
//! submits rounds and reads counters; what a lane's words mean is [`super::results`]'.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use lanevm_shaders::{
    Fork,
    facts::Family,
    layout::{
        ACCOUNT_WORDS, CALL_WORDS, CODE_WORDS, COUNTERS, FRAME_FIELDS, Q_RAW_USED, Q_SERVICES, QUEUES, R_CODE,
        R_GAS_HI, R_GAS_LO, R_JOB_LEN, R_PHASE, R_STATE, REGISTERS, SCRATCH_WORDS, SLOT_WORDS, STATE_SERVICE,
        WORKGROUP,
    },
};

use super::{
    GpuOptions,
    codes::Registry,
    device::{Fault, Gpu},
    expansion::{self, Expansion, Size},
    inputs::{Inputs, LaneCall, inputs},
    layout::{Plan, Tier},
    pace::MOST_IN_FLIGHT,
    precompiles::has_kernel,
    services::{self, Service},
    tables::{Mark, Tables},
    ways::Going,
};
use crate::{B256, Batch, Control, engine::Slices};

/// Most lanes of a shard, so that a wide batch does not claim all of an adapter's memory at once.
const MOST_LANES: u64 = 65_536;

/// On software adapters a round over many lanes is long, and nothing is gained by more of them.
const MOST_LANES_SOFTWARE: u64 = 16_384;

/// Most words of decoded code that lanes of a shard can make: 32 MiB.
const MOST_CODE: u64 = 8 << 20;

/// Most codes that lanes of a shard can make.
const MOST_CODES: u64 = 1 << 16;

/// Most words of marks that all lanes of a shard have: 16 MiB. A lane by itself may have more.
const MOST_MARKS: u64 = 4 << 20;

/// Most marks of a lane: their numbers stand above instructions, in 24 bits.
const MOST_NUMBERS: usize = (1 << 24) - 2;

/// The words of a lane in each buffer.
fn lane_words(tier: &Tier) -> [u64; 5] {
    [
        u64::from(REGISTERS + tier.frames * FRAME_FIELDS + SCRATCH_WORDS),
        u64::from(tier.stack_items) * 8,
        u64::from(tier.memory_words) * 8,
        u64::from(overlay_words(tier)),
        u64::from(QUEUES * 2),
    ]
}

const fn overlay_words(tier: &Tier) -> u32 {
    tier.slots * SLOT_WORDS + tier.log_words + tier.accounts * ACCOUNT_WORDS + tier.journal * 2
}

/// Bytes one lane takes on the device in a tier, by buffer: `lanes`, `stack`, `memory`, `overlay`, `queues`.
pub fn lane_bytes(tier: &Tier) -> [u64; 5] {
    lane_words(tier).map(|words| words * 4)
}

/// Room for what lanes make at run time: words of decoded code, words of its bytes, codes.
#[derive(Clone, Copy, Debug, Default)]
struct Rooms {
    code: u64,
    raw: u64,
    codes: u64,
}

impl Rooms {
    fn new(tables: &Tables, tier: &Tier, lanes: u64) -> Self {
        if !tables.makes_code() {
            return Self::default();
        }
        // A lane can make what its memory holds, more than once.
        let code = (lanes * u64::from(tier.memory_words) * 32).clamp(1 << 16, MOST_CODE);
        Self { code, raw: code / 3, codes: (lanes * u64::from(tier.frames)).clamp(256, MOST_CODES) }
    }
}

/// The lanes of a shard to be, as far as they fit the device's buffers.
#[derive(Debug)]
pub(crate) struct Load {
    tier: Tier,
    most_lanes: u64,
    most_words: u64,
    host: u64,
    inputs: u64,
    /// What call data that the device makes takes; known with the first lane.
    made: Option<Size>,
    /// The lanes.
    pub(crate) lanes: Vec<LaneCall>,
}

impl Load {
    pub(crate) fn new(gpu: &Gpu, options: GpuOptions, tier: Tier, most_lanes: Option<u32>) -> Self {
        let most_words = gpu.binding_bytes() / 4;
        let [lanes, stack, memory, overlay, queues] = lane_words(&tier);
        let wide = lanes.max(stack).max(memory).max(overlay).max(u64::from(CALL_WORDS)).max(queues);
        let usual = if gpu.info.software { MOST_LANES_SOFTWARE } else { MOST_LANES };
        let cap = options.shard_lanes.map_or(usual, u64::from).min(most_lanes.map_or(u64::MAX, u64::from)).max(1);
        Self {
            tier,
            most_lanes: (most_words / wide).min(cap),
            most_words,
            host: 0,
            inputs: 0,
            made: None,
            lanes: Vec::new(),
        }
    }

    /// Whether no more lanes may be added.
    pub(crate) fn is_full(&self) -> bool {
        self.lanes.len() as u64 >= self.most_lanes
    }

    /// Adds a lane and what it uses to the tables, or gives the lane back where there is no room for it.
    pub(crate) fn add(&mut self, batch: &Batch, tables: &mut Tables, lane: LaneCall) -> Result<(), LaneCall> {
        let lanes = self.lanes.len() as u64 + 1;
        if self.lanes.is_empty() {
            self.made = expansion::size(batch);
        }
        let template = self.made.map_or(0, |size| size.input_words(lanes));
        let alike = lane.begins_as(self.lanes.last());
        let known = alike || lane.enter(batch, tables);
        let host = self.host + lane.host_words(batch, alike);
        let inputs = self.inputs + lane.input_words(alike);
        let rooms = Rooms::new(tables, &self.tier, lanes);
        let [_, _, memory, overlay, queues] = lane_words(&self.tier);
        let marks = u64::from(tables.mark_words());
        let registry = (tables.codes() as u64 + rooms.codes + 16) * 4 * u64::from(CODE_WORDS);
        let fits = known
            && lanes <= self.most_lanes
            && (lanes == 1 || lanes * marks <= MOST_MARKS)
            && lanes * (overlay + marks) <= self.most_words
            && tables.marks().len() <= MOST_NUMBERS
            && tables.host.len() as u64 + host + rooms.raw + lanes * memory <= self.most_words
            && tables.code.len() as u64 + rooms.code <= self.most_words
            && tables.worlds.words() * 2 <= self.most_words
            && u64::from(COUNTERS) + lanes * (queues + 1) + registry <= self.most_words
            && inputs + template <= self.most_words;
        if !fits {
            return Err(lane);
        }
        self.host = host;
        self.inputs = inputs;
        self.lanes.push(lane);
        Ok(())
    }
}

/// No seed spreads the keys of a shard's worlds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowded;

/// One dispatch of a round: the kernel of a queue, or the one that plans.
pub(super) struct Dispatch<'a> {
    pipeline: &'a wgpu::ComputePipeline,
    pub(super) queue: Option<usize>,
}

/// The buffers of a shard.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) plan: Plan,
    pub(crate) lanes: usize,
    /// The registry as the shard began with it.
    pub(crate) registry: Registry,
    /// The host's part of `memory`.
    pub(crate) host: Vec<u32>,
    forks: Vec<Fork>,
    /// Precompiles whose kernels lanes of the shard have waited for, a bit each.
    pub(crate) precompiles: Cell<u32>,
    families: [bool; QUEUES as usize],
    /// What a lane's marks say.
    pub(crate) marks: Vec<Mark>,
    observed: bool,
    workgroup: u32,
    expansion: Option<Expansion>,
    /// What its lanes carry from batch to batch, where they do.
    pub(super) kept: Option<wgpu::BindGroup>,
    /// Ways that its lanes may go.
    pub(super) ways: Vec<Going>,
    /// Where coverage is wanted: the marks of lanes that ended by a way, by its number.
    pub(super) noted: HashMap<u32, Vec<usize>>,
    /// Texts of each way that its lanes may go once its kernels are built.
    pub(super) ways_coming: Vec<Vec<B256>>,
    overlay_buffer: wgpu::Buffer,
    memory_buffer: wgpu::Buffer,
    plan_buffer: wgpu::Buffer,
    lanes_buffer: wgpu::Buffer,
    stack_buffer: wgpu::Buffer,
    queues_buffer: wgpu::Buffer,
    arguments: wgpu::Buffer,
    /// One for each submit in flight.
    pub(super) counters: [wgpu::Buffer; MOST_IN_FLIGHT],
    tables_group: wgpu::BindGroup,
    decoding_group: wgpu::BindGroup,
    pub(crate) lanes_group: wgpu::BindGroup,
    queues_group: wgpu::BindGroup,
    planning_group: wgpu::BindGroup,
    pub(crate) plan_group: wgpu::BindGroup,
}

impl Shard {
    /// Fills the buffers for lanes that a [`Load`] has measured.
    #[expect(clippy::too_many_arguments, reason = "the parts of an engine are borrowed one by one")]
    pub(crate) async fn new(
        gpu: &Gpu,
        options: GpuOptions,
        batch: &Batch,
        tables: &mut Tables,
        tier: Tier,
        calls: &[LaneCall],
        nonce: u32,
        slices: &mut Slices<'_>,
    ) -> Result<Self, Crowded> {
        use wgpu::BufferUsages as Usage;
        let lanes = calls.len();
        let rooms = Rooms::new(tables, &tier, lanes as u64);
        let registry = tables.registry(rooms.codes as u32);
        let worlds = tables
            .worlds
            .build(nonce ^ 0x5bd1_e995, |program| registry.number(&batch.programs[program as usize].hash()))
            .ok_or(Crowded)?;
        let Inputs { words: input_words, host, record_gap, expansion } =
            inputs(batch, tables, &registry, calls, expansion::size(batch), slices).await;
        let mut words = lane_words(&tier).map(|words| words * lanes as u64);
        words[3] += u64::from(tables.mark_words()) * lanes as u64;
        let storage = Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST;
        let buffer = |label: &'static str, words: u64, content: &[u32]| {
            let buffer = gpu.buffer(label, words.max(content.len() as u64) * 4, storage);
            if options.fill_garbage {
                gpu.fill_garbage(&buffer, nonce);
            }
            gpu.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(content));
            buffer
        };
        let code = buffer("evm.code", tables.code.len() as u64 + rooms.code, &tables.code);
        let worlds_buffer = buffer("evm.worlds", 0, &worlds.words);
        let call_records = buffer("evm.inputs", 0, &input_words);
        let max_steps = batch.limits.max_steps.unwrap_or(u64::MAX);
        // Call data that the device makes stands behind what the host sends.
        let made = expansion.map_or(0, |expansion| u64::from(expansion.gap) * lanes as u64);
        let raw_at = (host.len() as u64 + made) as u32;
        let accounts_at = tier.slots * SLOT_WORDS + tier.log_words;
        let registry_at = COUNTERS + words[4] as u32;
        let plan = Plan {
            lanes: lanes as u32,
            stack_items: tier.stack_items,
            memory_words: tier.memory_words,
            slots: tier.slots,
            log_words: tier.log_words,
            memory_base: raw_at + rooms.raw as u32,
            fuel: 0,
            world_mask: worlds.slot_mask,
            world_seed: worlds.seed,
            world_probes: worlds.slot_probes,
            max_steps_lo: max_steps as u32,
            max_steps_hi: (max_steps >> 32) as u32,
            nonce,
            keccak_rounds: tables.keccak_rounds,
            scratch: REGISTERS + tier.frames * FRAME_FIELDS,
            frames: tier.frames,
            accounts: tier.accounts,
            journal: tier.journal,
            accounts_at,
            journal_at: accounts_at + tier.accounts * ACCOUNT_WORDS,
            account_table: worlds.account_table,
            account_mask: worlds.account_mask,
            account_probes: worlds.account_probes,
            account_records: worlds.account_records,
            world_bases: worlds.bases,
            world_chain: worlds.chain,
            registry: registry_at,
            registry_mask: registry.mask,
            registry_room: rooms.codes as u32,
            code_at: tables.code.len() as u32,
            code_room: rooms.code as u32,
            raw_at,
            raw_room: rooms.raw as u32,
            cover_at: overlay_words(&tier),
            cover_words: tables.mark_words(),
            services: registry_at + registry.words.len() as u32,
            precompile_tables: tables.precompiles,
            record_gap,
            template_at: expansion.map_or(0, |expansion| expansion.at),
            ..Plan::default()
        };
        let plan_buffer = gpu.buffer("evm.plan", size_of::<Plan>() as u64, Usage::UNIFORM | Usage::COPY_DST);
        let lanes_buffer = buffer("evm.lanes", words[0], &[]);
        let stack = buffer("evm.stack", words[1], &[]);
        let memory = buffer("evm.memory", u64::from(raw_at) + rooms.raw + words[2], &host);
        let overlay = buffer("evm.overlay", words[3], &[]);
        // No lane has been anywhere.
        let unmarked = vec![0u32; plan.cover_words as usize * lanes];
        gpu.queue.write_buffer(&overlay, u64::from(plan.cover_at) * lanes as u64 * 4, bytemuck::cast_slice(&unmarked));
        // The counters must start at zero and the registry as the host knows it: lengths say what of the rest is valid.
        let queue_words = u64::from(registry_at) + registry.words.len() as u64 + lanes as u64;
        let queues_buffer = buffer("evm.queues", queue_words, &[0; COUNTERS as usize]);
        gpu.queue.write_buffer(&queues_buffer, u64::from(registry_at) * 4, bytemuck::cast_slice(&registry.words));
        let arguments = gpu.buffer("evm.arguments", u64::from(QUEUES) * 12, Usage::STORAGE | Usage::INDIRECT);
        let counters = ["evm.counters.0", "evm.counters.1"]
            .map(|label| gpu.buffer(label, u64::from(COUNTERS) * 4, Usage::MAP_READ | Usage::COPY_DST));
        let kernels = &gpu.kernels;
        Ok(Self {
            tables_group: gpu.bind(
                "evm.tables",
                &kernels.tables,
                &[(0, &code), (1, &worlds_buffer), (2, &call_records), (3, &plan_buffer)],
            ),
            decoding_group: gpu.bind("evm.decoding", &kernels.decoding, &[(0, &code)]),
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
            registry,
            host,
            forks: calls.iter().map(|call| batch.calls.fork.get(call.index).0).collect(),
            precompiles: Cell::new(0),
            families: tables.families(),
            marks: tables.marks().to_vec(),
            observed: batch.observe.any(),
            overlay_buffer: overlay,
            workgroup: options.workgroup.unwrap_or(WORKGROUP),
            expansion,
            kept: None,
            ways: Vec::new(),
            noted: HashMap::new(),
            ways_coming: Vec::new(),
            memory_buffer: memory,
            plan_buffer,
            lanes_buffer,
            stack_buffer: stack,
            queues_buffer,
            arguments,
            counters,
        })
    }

    /// The registry and the bytes of code made at run time, as they stand now.
    pub(crate) async fn read_codes(&self, gpu: &Gpu) -> Result<(Vec<u32>, Vec<u32>), Fault> {
        let at = u64::from(self.plan.registry);
        let words = u64::from(self.plan.registry_mask + 1) * u64::from(CODE_WORDS);
        let registry = gpu.copy_out(&self.queues_buffer, at, words).await?;
        let counters = gpu.copy_out(&self.queues_buffer, 0, u64::from(COUNTERS)).await?;
        let used = counters[Q_RAW_USED as usize].min(self.plan.raw_room);
        let raw = gpu.copy_out(&self.memory_buffer, u64::from(self.plan.raw_at), u64::from(used)).await?;
        Ok((registry, raw))
    }

    /// Invocations of a workgroup.
    pub(crate) const fn workgroup(&self) -> u32 {
        self.workgroup
    }

    /// Builds the kernels that the shard needs, as far as they are not there yet.
    pub(crate) async fn prepare(&self, gpu: &Gpu) -> Result<(), Fault> {
        gpu.prepare(&self.families).await?;
        if self.observed {
            gpu.prepare_observed().await?;
        }
        if self.expansion.is_some() {
            gpu.prepare_expand().await?;
        }
        if self.kept.is_some() {
            gpu.prepare_kept().await?;
        }
        Ok(())
    }

    /// Writes the plan, with the precompiles that lanes are to be queued for; it holds from the next submit on.
    pub(crate) fn write_plan(&self, gpu: &Gpu, plan: &Plan) {
        let plan = &Plan { precompiles: self.precompiles.get(), ..*plan };
        gpu.queue.write_buffer(&self.plan_buffer, 0, bytemuck::bytes_of(plan));
    }

    /// Ranges of words of `lanes`, first word and number, one after the other.
    pub(super) async fn read_lane_ranges(&self, gpu: &Gpu, ranges: &[(u64, u64)]) -> Result<Vec<u32>, Fault> {
        gpu.copy_out_ranges(&self.lanes_buffer, ranges).await
    }

    /// The first words of every lane's part of `lanes`: word `w` of lane `l` is at `w * lanes + l`.
    pub(crate) async fn read_lanes(&self, gpu: &Gpu, words: u64) -> Result<Vec<u32>, Fault> {
        gpu.copy_out(&self.lanes_buffer, 0, words * self.lanes as u64).await
    }

    /// Every lane's marks: word `w` of lane `l` is at `w * lanes + l`.
    pub(crate) async fn read_marks(&self, gpu: &Gpu) -> Result<Vec<u32>, Fault> {
        let lanes = self.lanes as u64;
        let first = u64::from(self.plan.cover_at) * lanes;
        gpu.copy_out(&self.overlay_buffer, first, u64::from(self.plan.cover_words) * lanes).await
    }

    /// Stack items of a shard of one lane from item `first` of its arena on, eight limbs each.
    pub(crate) async fn read_stack(&self, gpu: &Gpu, first: u64, items: u64) -> Result<Vec<u32>, Fault> {
        gpu.copy_out(&self.stack_buffer, first * 8, items * 8).await
    }

    /// Workgroups of a dispatch over all lanes.
    pub(crate) fn groups(&self) -> u32 {
        self.plan.lanes.div_ceil(self.workgroup)
    }

    /// Has the lanes begin, with their call data.
    pub(super) fn begin(&self, gpu: &Gpu, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&gpu.kernels.init);
        self.bind(pass, 0);
        pass.dispatch_workgroups(self.groups(), 1, 1);
        if let (Some(expansion), Some(expand)) = (self.expansion, gpu.kernels.expand.get()) {
            pass.set_pipeline(expand);
            pass.dispatch_workgroups(self.groups(), expansion.chunks, 1);
        }
    }

    /// The counters and queues.
    pub(super) const fn queues(&self) -> &wgpu::Buffer {
        &self.queues_buffer
    }

    /// The dispatches of a round, in order.
    pub(super) fn round<'a>(&self, gpu: &'a Gpu) -> Vec<Dispatch<'a>> {
        let mut round = vec![Dispatch { pipeline: &gpu.kernels.plan_light, queue: None }];
        for (queue, pipeline) in gpu.kernels.served.iter().enumerate().filter(|(queue, _)| self.dispatches(*queue)) {
            let watches = self.observed && queue == Family::Light as usize;
            let pipeline = if watches { &gpu.kernels.observed } else { pipeline };
            let Some(pipeline) = pipeline.get() else { continue };
            round.push(Dispatch { pipeline, queue: Some(queue) });
            if queue == Family::Light as usize {
                round.push(Dispatch { pipeline: &gpu.kernels.plan_families, queue: None });
            }
        }
        let precompiles = gpu.precompile_kernels(self.precompiles.get());
        round.extend(precompiles.map(|pipeline| Dispatch { pipeline, queue: Some(Family::Precompile as usize) }));
        round
    }

    /// Records one dispatch of a round.
    pub(super) fn dispatch(&self, pass: &mut wgpu::ComputePass<'_>, dispatch: &Dispatch<'_>) {
        pass.set_pipeline(dispatch.pipeline);
        if let Some(queue) = dispatch.queue {
            self.bind(pass, queue);
            pass.dispatch_workgroups_indirect(&self.arguments, queue as u64 * 12);
        } else {
            pass.set_bind_group(0, &self.planning_group, &[]);
            pass.dispatch_workgroups(1, 1, 1);
        }
    }

    /// Records rounds, after which the counters are copied to their buffer `slot`. `first`: the lanes begin.
    pub(super) fn record(&self, gpu: &Gpu, first: bool, rounds: u32, slot: usize) -> wgpu::CommandBuffer {
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("evm.rounds") });
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            if first {
                self.begin(gpu, &mut pass);
                if let (Some(kept), Some([begin, _])) = (&self.kept, gpu.kernels.kept.get()) {
                    pass.set_pipeline(begin);
                    pass.set_bind_group(2, kept, &[]);
                    pass.dispatch_workgroups(self.groups(), 1, 1);
                }
            }
            let round = self.round(gpu);
            for _ in 0..rounds {
                for dispatch in &round {
                    self.dispatch(&mut pass, dispatch);
                }
            }
        }
        encoder.copy_buffer_to_buffer(&self.queues_buffer, 0, &self.counters[slot], 0, u64::from(COUNTERS) * 4);
        encoder.finish()
    }

    /// Whether the kernel of a queue has a place in every round: ecrecover has keccak hash.
    fn dispatches(&self, queue: usize) -> bool {
        self.families[queue] || (queue == Family::Keccak as usize && self.precompiles.get() & 1 << 1 != 0)
    }

    /// Dispatches the kernel of a queue for one workgroup and waits until it has run. No lane waits there as long as the
    /// shard has not begun.
    pub(crate) async fn dispatch_once(&self, gpu: &Gpu, queue: usize) -> Result<(), Fault> {
        self.dispatch_alone(gpu, gpu.kernels.served[queue].get(), queue).await
    }

    /// The same for the kernel of a precompile.
    pub(crate) async fn dispatch_precompile_once(&self, gpu: &Gpu, number: u16) -> Result<(), Fault> {
        let pipeline = gpu.precompile_kernels(1 << number).next();
        self.dispatch_alone(gpu, pipeline, Family::Precompile as usize).await
    }

    async fn dispatch_alone(
        &self,
        gpu: &Gpu,
        pipeline: Option<&wgpu::ComputePipeline>,
        queue: usize,
    ) -> Result<(), Fault> {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        if let Some(pipeline) = pipeline {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(pipeline);
            self.bind(&mut pass, queue);
            pass.dispatch_workgroups(1, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&self.queues_buffer, 0, &self.counters[0], 0, u64::from(COUNTERS) * 4);
        gpu.queue.submit([encoder.finish()]);
        gpu.read(&self.counters[0], u64::from(COUNTERS) * 4, |_| ()).await
    }

    /// Binds the tables and the lanes, for kernels with a third group of their own.
    pub(super) fn bind_tables(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_bind_group(0, &self.tables_group, &[]);
        pass.set_bind_group(1, &self.lanes_group, &[]);
    }

    /// Binds what the kernel of a queue reads and writes.
    pub(super) fn bind(&self, pass: &mut wgpu::ComputePass<'_>, queue: usize) {
        pass.set_bind_group(0, &self.tables_group, &[]);
        pass.set_bind_group(1, &self.lanes_group, &[]);
        pass.set_bind_group(2, &self.queues_group, &[]);
        if queue == Family::Decode as usize {
            // This kernel writes the code that the others read.
            pass.set_bind_group(0, &self.plan_group, &[]);
            pass.set_bind_group(3, &self.decoding_group, &[]);
        }
    }

    /// Runs the precompiles that lanes wait for, or has kernels of their own take the lanes; either way they go on. Gives how
    /// often the host ran each; `None` where the run was cancelled before all had.
    pub(super) async fn serve(
        &self,
        gpu: &Gpu,
        control: &Control,
        count: u32,
    ) -> Result<Option<BTreeMap<u16, u64>>, Fault> {
        let waiting = gpu.copy_out(&self.queues_buffer, u64::from(self.plan.services), u64::from(count)).await?;
        let registers = self.read_lanes(gpu, u64::from(REGISTERS)).await?;
        let register = |lane: u32, register: u32| registers[register as usize * self.lanes + lane as usize];
        let mut calls = Vec::with_capacity(waiting.len());
        let mut taken = Vec::new();
        for lane in waiting {
            if lane as usize >= self.lanes || register(lane, R_STATE) != STATE_SERVICE {
                return Err(Fault(format!("lane {lane} is listed as waiting and does not wait")));
            }
            let by_kernel = has_kernel(register(lane, R_CODE) as u16) && register(lane, R_PHASE) == 0;
            // A kernel that has begun and lists the lane leaves it to the host.
            let list = if by_kernel { &mut taken } else { &mut calls };
            list.push(Service {
                lane,
                fork: self.forks[lane as usize],
                number: register(lane, R_CODE) as u16,
                len: register(lane, R_JOB_LEN),
                gas: u64::from(register(lane, R_GAS_LO)) | u64::from(register(lane, R_GAS_HI)) << 32,
            });
        }
        gpu.queue.write_buffer(&self.queues_buffer, u64::from(Q_SERVICES) * 4, bytemuck::bytes_of(&0u32));
        let [pack, unpack, take] = gpu.prepare_service().await?;
        if !taken.is_empty() {
            let numbers: BTreeSet<u16> = taken.iter().map(|call| call.number).collect();
            let numbers: Vec<u16> = numbers.into_iter().collect();
            gpu.prepare_precompiles(&numbers).await?;
            self.precompiles.set(numbers.iter().fold(self.precompiles.get(), |mask, number| mask | 1 << number));
            if self.dispatches(Family::Keccak as usize) {
                let mut keccak = [false; QUEUES as usize];
                keccak[Family::Keccak as usize] = true;
                gpu.prepare(&keccak).await?;
            }
            services::queue(gpu, self, take, &taken);
        }
        if calls.is_empty() {
            return Ok(Some(BTreeMap::new()));
        }
        // As many at a time as one chunk holds; a single one is never larger than its tier's memory.
        for part in services::parts(&calls, gpu.binding_bytes() / 4) {
            let inputs = services::pass(gpu, self, pack, part).await?;
            let Some(answers) = services::answers(part, &inputs, control).await else { return Ok(None) };
            services::give(gpu, self, unpack, part, &answers);
        }
        let mut counts = BTreeMap::new();
        for call in &calls {
            *counts.entry(call.number).or_default() += 1;
        }
        Ok(Some(counts))
    }

    /// The groups of the kernel that serves precompiles, but for its own.
    pub(crate) const fn service_groups(&self) -> [&wgpu::BindGroup; 3] {
        [&self.plan_group, &self.lanes_group, &self.queues_group]
    }
}
