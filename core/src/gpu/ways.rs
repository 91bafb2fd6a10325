//! Ways on the device: their kernels, kept by text, and the lanes' going them before the first round. It makes no way and
//! writes no WGSL.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use alloy_primitives::{KECCAK256_EMPTY, keccak256};
use futures::FutureExt as _;
use lanevm_shaders::layout::{COUNTERS, PATH_SEED, Q_DONE, Q_LEFT, Q_PAUSED, R_STATE, STATE_DONE};
use web_time::Instant;

use super::{
    beside::{Coming, rest},
    device::{Fault, Gpu},
    layout::{TIERS, Tier},
    shard::Shard,
    tables::Tables,
};
use crate::{
    B256, Batch, Control, Coverage,
    paths::{
        Way,
        ssa::MOST_LISTED,
        wgsl::{self, MOST_ACCOUNTS, Room, Unfit},
    },
};

/// Whether lanes go ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ways {
    /// The interpreter takes all.
    #[default]
    Off,
    /// The ways that the engine was given, where lanes can go them. Their kernels are built beside the run, as far as the
    /// platform lets, and the interpreter takes lanes meanwhile.
    Auto,
    /// The same, but no lane begins before the kernels are built, so that it is known beforehand who answers which: for tests
    /// and benchmarks.
    Wait,
}

/// Words of `Place` in `way.wesl`.
const PLACE_WORDS: usize = CODES + MOST_ACCOUNTS;

/// Among them: the stretch's number in the shard, from 1 to 255, that of the way's first stretch, the most slots that may be warm
/// before it, the way's bit, what is noted of its lanes' path, and the codes' numbers.
const NUMBER: usize = 6;
const HEAD: usize = 7;
const LISTED: usize = 8;
const BIT: usize = 9;
const PATH: usize = 10;
const CODES: usize = 12;

/// Milliseconds that a dispatch of a way is to take: on software adapters, and on others.
const TARGET: [f64; 2] = [100.0, 30.0];

/// Lanes of a way's dispatch before it is known how long one takes.
const FIRST_LANES: u32 = 1024;

/// Where a device has more kernels than this, it lets go of all but those of the ways at hand.
const MOST_KERNELS: usize = 64;

/// Seconds for which whoever builds a kernel has cores left to it.
const PATIENCE: f64 = 4.0;

/// How much longer than it works the interpreter rests meanwhile on software adapters.
const REST: f64 = 3.0;

/// How long it rests at a stretch, in milliseconds.
const NAP: u32 = 4;

/// Lanes of a shard that are looked at for a sample of those which went ways.
const SAMPLE: u64 = 8;

/// A way and the texts of its kernels, one for each stretch.
#[derive(Debug)]
pub(crate) struct Given {
    way: Way,
    texts: Vec<Text>,
    room: Room,
    /// The first stretch in which lanes may stop within a loop.
    loops_from: Option<usize>,
}

/// A kernel's text, and its hash.
#[derive(Debug)]
struct Text {
    text: String,
    key: B256,
}

impl Given {
    /// `most`: units of a stretch, where they are not the usual ones.
    pub(crate) fn new(way: Way, most: Option<u64>) -> Result<Self, Unfit> {
        let kernels = wgsl::kernels(&way, most)?;
        let keyed = |text: String| Text { key: keccak256(&text), text };
        let texts = kernels.texts.into_iter().map(keyed).collect();
        Ok(Self { room: kernels.room, loops_from: kernels.loops_from, way, texts })
    }

    /// Whether lanes of a batch may go the way.
    pub(crate) fn suits(&self, batch: &Batch) -> bool {
        self.way.suits(batch.observe, batch.limits)
    }
}

/// The first tier in which there is room for ways, of those that hold many lanes; the first of all where none is.
pub(crate) fn first_tier(ways: &[Rc<Given>]) -> usize {
    let has_room = |tier: &Tier, room: &Room| {
        room.slots <= tier.slots
            && room.log_words <= tier.log_words
            && room.memory_words <= tier.memory_words
            && room.accounts <= tier.accounts
            && room.stack_items <= tier.stack_items
    };
    let tiers = &TIERS[..TIERS.len() - 1];
    tiers.iter().position(|tier| ways.iter().all(|given| has_room(tier, &given.room))).unwrap_or_default()
}

/// A way's kernel on a device.
#[derive(Debug)]
pub(crate) struct WayKernel {
    pipeline: wgpu::ComputePipeline,
    /// Milliseconds that a lane takes, where it is known.
    each: Cell<Option<f64>>,
    /// Lanes of the last dispatch. The next has at most four times as many: lanes that leave at once tell little of others.
    last: Cell<u32>,
}

impl WayKernel {
    /// As many lanes as take so many milliseconds.
    fn lanes(&self, target: f64) -> u32 {
        let most = self.last.get().saturating_mul(4).max(FIRST_LANES);
        self.each.get().map_or(FIRST_LANES, |each| ((target / each.max(1e-7)).clamp(64.0, 1e9) as u32).min(most))
    }

    fn learn(&self, lanes: u32, milliseconds: f64) {
        self.last.set(lanes);
        let each = milliseconds / f64::from(lanes.max(1));
        self.each.set(Some(self.each.get().map_or(each, |known| known.midpoint(each))));
    }
}

/// How far a device is with a way's kernel.
pub(crate) enum Standing {
    /// It is being built, since then.
    Coming(Coming, Instant),
    /// It is built, and was begun then, but has not run yet.
    Come(wgpu::ComputePipeline, Instant),
    /// Lanes may go the way.
    Ready(Rc<WayKernel>),
    /// The device refuses it.
    Refused,
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Coming(..) => "Coming",
            Self::Come(..) => "Come",
            Self::Ready(_) => "Ready",
            Self::Refused => "Refused",
        })
    }
}

/// The kernels of ways on a device, by their texts' hashes.
pub(crate) type WayKernels = RefCell<HashMap<B256, Standing>>;

impl Gpu {
    /// Whether a kernel is built, as far as is known after a look at what has been meanwhile.
    fn look_at(&self, key: &B256) -> bool {
        let mut ways = self.ways.borrow_mut();
        let Some(standing) = ways.get_mut(key) else { return false };
        if let Standing::Coming(coming, begun) = standing {
            let Some(built) = coming.now_or_never() else { return false };
            let begun = *begun;
            *standing = self.judged(built, begun);
        }
        matches!(standing, Standing::Come(..) | Standing::Ready(_))
    }

    /// Whether kernels are all built. Each is looked at, for it is a look by which what has been built is noticed.
    fn are_built<'k>(&self, keys: impl Iterator<Item = &'k B256>) -> bool {
        keys.fold(true, |all, key| self.look_at(key) & all)
    }

    /// Whether a kernel is being built, and not for long.
    fn is_being_built(&self, key: &B256) -> bool {
        let soon = |begun: &Instant| begun.elapsed().as_secs_f64() < PATIENCE;
        !self.look_at(key) && matches!(self.ways.borrow().get(key), Some(Standing::Coming(_, begun)) if soon(begun))
    }

    fn judged(&self, built: Result<wgpu::ComputePipeline, String>, begun: Instant) -> Standing {
        match built {
            Ok(pipeline) => Standing::Come(pipeline, begun),
            Err(why) => {
                tracing::warn!(why, "the device refuses a way's kernel");
                self.way_refusals.borrow_mut().push(why);
                Standing::Refused
            }
        }
    }

    /// Lets go of kernels when there are many, but for those of the ways at hand.
    pub(crate) fn forget_ways(&self, keep: &[Rc<Given>]) {
        let mut ways = self.ways.borrow_mut();
        if ways.len() > MOST_KERNELS {
            ways.retain(|key, _| keep.iter().any(|given| given.texts.iter().any(|text| text.key == *key)));
        }
    }

    /// Whether kernels of a way are being built.
    pub(crate) fn is_coming(&self, given: &Given) -> bool {
        let ways = self.ways.borrow();
        let is = |what: fn(&Standing) -> bool| given.texts.iter().any(|text| ways.get(&text.key).is_some_and(what));
        is(|standing| matches!(standing, Standing::Coming(..))) && !is(|standing| matches!(standing, Standing::Refused))
    }
}

/// A stretch of a way that lanes of a shard may go. Those of a way follow one another.
#[derive(Debug)]
pub(crate) struct Going {
    kernel: Rc<WayKernel>,
    place: [u32; PLACE_WORDS],
    /// Whether lanes may stop in it, or come to it later than others.
    again: bool,
}

/// What came of the ways of a shard.
#[derive(Debug, Default)]
pub(crate) struct Went {
    /// Lanes that went one.
    pub(crate) lanes: u64,
    /// Some of them, by position in the shard.
    pub(crate) sample: Vec<usize>,
    /// Lanes that have ended or left.
    pub(crate) finished: u64,
    /// Whether none has left.
    pub(crate) whole: bool,
}

/// What a kernel is told of the shard; nothing where no lane of it can go the way.
fn place(way: &Way, tables: &Tables, shard: &Shard) -> Option<[u32; PLACE_WORDS]> {
    let mut place = [0; PLACE_WORDS];
    place[2] = tables.place_of(&way.code)?.code;
    place[3] = tables.fork_place(way.fork)?.facts;
    place[4] = 8;
    place[5] = 1;
    place[PATH] = way.noted.as_ref().map_or(0, |noted| noted.path ^ PATH_SEED);
    place[LISTED] = if way.lists { MOST_LISTED as u32 } else { 0 };
    for (at, account) in way.accounts.iter().enumerate().skip(1) {
        if account.code != KECCAK256_EMPTY {
            place[CODES + at] = match shard.registry.number(&account.code) {
                0 => return None,
                number => number,
            };
        }
    }
    Some(place)
}

impl Shard {
    /// Enters the ways that lanes of the shard may go, as far as their kernels are ready; the building of others is begun.
    /// `waits`: until all are.
    pub(crate) async fn enter_ways(
        &mut self,
        gpu: &Gpu,
        batch: &Batch,
        tables: &Tables,
        ways: &[Rc<Given>],
        waits: bool,
    ) -> Result<(), Fault> {
        let suiting = ways.iter().filter(|given| given.suits(batch));
        let places: Vec<_> = suiting.filter_map(|given| Some((given, place(&given.way, tables, self)?))).collect();
        for text in places.iter().flat_map(|(given, _)| &given.texts) {
            let begin = || Standing::Coming(gpu.way_beside(&text.text), Instant::now());
            gpu.ways.borrow_mut().entry(text.key).or_insert_with(begin);
        }
        for (number, (given, mut place)) in places.into_iter().enumerate() {
            let Some(kernels) = self.way_kernels(gpu, given, waits).await? else {
                if gpu.is_coming(given) {
                    self.ways_coming.push(given.texts.iter().map(|text| text.key).collect());
                }
                continue;
            };
            let head = self.ways.len() + 1;
            // Lanes stop in a way whose stretches all have numbers, or in none of it.
            let is_numbered = head + kernels.len() <= 256;
            if batch.observe.coverage {
                // Lanes that ended by it are known by its number.
                if !is_numbered {
                    continue;
                }
                let marks = given.way.noted.as_ref().map(|noted| self.marks_of(&noted.coverage)).unwrap_or_default();
                self.noted.insert(head as u32, marks);
            }
            place[BIT] = 1 << (number % 16);
            for (at, kernel) in kernels.into_iter().enumerate() {
                if is_numbered {
                    (place[NUMBER], place[HEAD]) = ((head + at) as u32, head as u32);
                }
                let again = given.loops_from.is_some_and(|from| at >= from);
                self.ways.push(Going { kernel, place, again });
            }
        }
        if !self.ways.is_empty() {
            gpu.prepare_admit().await?;
            self.plan.ways = self.ways.len() as u32;
        }
        Ok(())
    }

    /// The marks of a lane that does what one lane of a coverage did.
    fn marks_of(&self, coverage: &Coverage) -> Vec<usize> {
        let done: HashSet<_> = coverage.counts().map(|(program, pc, deed, _)| (program, pc, deed)).collect();
        (0..self.marks.len()).filter(|mark| done.contains(&self.marks[*mark])).collect()
    }

    /// Whether a way has become ready that lanes of this shard could go, and which was not when they began.
    pub(crate) fn could_go(&self, gpu: &Gpu) -> bool {
        self.ways_coming.iter().any(|keys| gpu.are_built(keys.iter()))
    }

    /// Rests on a software adapter while kernels are being built that lanes could go: the interpreter, which has worked for so
    /// many milliseconds, takes the cores that this needs, and a way is so much quicker that they are well left to it.
    pub(crate) async fn leave_cores(&self, gpu: &Gpu, control: &Control, worked: f64) {
        let begun = Instant::now();
        while gpu.info.software
            && !control.cancel.is_cancelled()
            && begun.elapsed().as_secs_f64() * 1e3 < worked * REST
            && !self.could_go(gpu)
            && self.ways_coming.iter().flatten().any(|key| gpu.is_being_built(key))
        {
            rest(NAP).await;
        }
    }

    /// The kernels of a way, ready. Nothing while one is being built, and where the device refuses one.
    async fn way_kernels(&self, gpu: &Gpu, given: &Given, waits: bool) -> Result<Option<Vec<Rc<WayKernel>>>, Fault> {
        if !waits && !gpu.are_built(given.texts.iter().map(|text| &text.key)) {
            return Ok(None);
        }
        let mut kernels = Vec::with_capacity(given.texts.len());
        // They were begun together.
        let mut slowest: Option<f64> = None;
        for text in &given.texts {
            let Some((kernel, milliseconds)) = self.way_kernel(gpu, text, waits).await? else { return Ok(None) };
            kernels.push(kernel);
            slowest = milliseconds.into_iter().chain(slowest).reduce(f64::max);
        }
        if let Some(milliseconds) = slowest {
            tracing::debug!(milliseconds, kernels = kernels.len(), "a way is ready");
            gpu.way_times.borrow_mut().push(milliseconds);
        }
        Ok(Some(kernels))
    }

    /// A kernel, ready: it has run for no lane, since some adapters compile only then; and the milliseconds since it was begun,
    /// where it became ready just now. Nothing while it is being built, and where the device refuses it.
    async fn way_kernel(
        &self,
        gpu: &Gpu,
        text: &Text,
        waits: bool,
    ) -> Result<Option<(Rc<WayKernel>, Option<f64>)>, Fault> {
        gpu.look_at(&text.key);
        let known = gpu.ways.borrow_mut().remove(&text.key);
        let known = match known {
            Some(Standing::Coming(coming, begun)) if waits => Some(gpu.judged(coming.await, begun)),
            known => known,
        };
        let (standing, kernel) = match known {
            Some(Standing::Come(pipeline, begun)) => {
                let kernel = WayKernel { pipeline, each: Cell::new(None), last: Cell::new(0) };
                let going = Going { kernel: Rc::new(kernel), place: [0; PLACE_WORDS], again: false };
                self.go(gpu, &[(&going, 0, 0)], false, false, false).await?;
                let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
                tracing::debug!(milliseconds, bytes = text.text.len(), "a way's kernel is ready");
                (Standing::Ready(Rc::clone(&going.kernel)), Some((going.kernel, Some(milliseconds))))
            }
            Some(Standing::Ready(kernel)) => (Standing::Ready(Rc::clone(&kernel)), Some((kernel, None))),
            Some(Standing::Coming(coming, begun)) => (Standing::Coming(coming, begun), None),
            Some(Standing::Refused) | None => (Standing::Refused, None),
        };
        gpu.ways.borrow_mut().insert(text.key, standing);
        Ok(kernel)
    }

    /// Has the lanes begin and go the ways; those that go none are queued for the first round.
    pub(crate) async fn go_ways(&self, gpu: &Gpu, control: &Control) -> Result<Went, Fault> {
        let target = TARGET[usize::from(!gpu.info.software)];
        self.write_plan(gpu, &self.plan);
        let lanes = self.plan.lanes;
        let mut begins = true;
        let mut paused = 0;
        let mut counters = Vec::new();
        let mut parts: Vec<(&Going, u32, u32)> = Vec::new();
        let mut todo: Vec<(&Going, u32)> = self.ways.iter().rev().map(|going| (going, 0)).collect();
        while let Some((going, first)) = todo.pop() {
            // What is known to be short goes together; what is not is measured by itself.
            let spent: f64 = parts
                .iter()
                .map(|(going, _, count)| going.kernel.each.get().unwrap_or(target) * f64::from(*count))
                .sum();
            if !parts.is_empty() && (spent >= target * 0.75 || going.kernel.each.get().is_none()) {
                counters = self.go_through(gpu, &parts, begins, &mut paused, control).await?;
                parts.clear();
                begins = false;
                control.turn().await;
                if control.cancel.is_cancelled() {
                    break;
                }
            }
            let count = going.kernel.lanes(target).min(lanes - first).max(1);
            parts.push((going, first, count));
            if first + count < lanes {
                todo.push((going, first + count));
            }
        }
        if parts.iter().any(|(going, ..)| going.again) {
            self.go_through(gpu, &parts, begins, &mut paused, control).await?;
            parts.clear();
            begins = false;
        }
        let sampled = self.go(gpu, &parts, begins, true, true).await?;
        if !sampled.is_empty() {
            counters = sampled;
        }
        let counter = |at: u32| u64::from(counters.get(at as usize).copied().unwrap_or_default());
        let went = counter(Q_DONE);
        let count = SAMPLE.min(self.lanes as u64);
        let places: Vec<u64> = (0..count).map(|at| at * self.lanes as u64 / count).collect();
        let mut sample = Vec::new();
        if went > 0 {
            let first = u64::from(R_STATE) * self.lanes as u64;
            let ranges: Vec<(u64, u64)> = places.iter().map(|lane| (first + lane, 1)).collect();
            let states = self.read_lane_ranges(gpu, &ranges).await?;
            let went = places.iter().zip(states).filter(|(_, state)| *state == STATE_DONE);
            sample.extend(went.map(|(lane, _)| *lane as usize));
        }
        Ok(Went { lanes: went, sample, finished: went + counter(Q_LEFT), whole: counter(Q_LEFT) == 0 })
    }

    /// Has parts of ways gone to their ends: again, while lanes stop within their loops. Gives the counters then.
    async fn go_through(
        &self,
        gpu: &Gpu,
        parts: &[(&Going, u32, u32)],
        begins: bool,
        paused: &mut u32,
        control: &Control,
    ) -> Result<Vec<u32>, Fault> {
        let mut counters = self.go(gpu, parts, begins, false, true).await?;
        // Lanes that go on in a loop come late to all that is behind it, to the next way too where they leave this one.
        let looping: Vec<_> = parts.iter().skip_while(|(going, ..)| !going.again).copied().collect();
        // Stops are counted on and on. Every dispatch takes each lane that goes on by a turn at least.
        while counters.get(Q_PAUSED as usize).is_some_and(|stops| std::mem::replace(paused, *stops) != *stops) {
            control.turn().await;
            if control.cancel.is_cancelled() {
                break;
            }
            counters = self.go(gpu, &looping, false, false, false).await?;
        }
        Ok(counters)
    }

    /// Dispatches parts of ways - from a lane on, so many - and waits; gives the counters then. `begins`: the lanes begin.
    /// `admits`: those that have gone no way are queued. `learns`: the lanes have not been in these ways before.
    async fn go(
        &self,
        gpu: &Gpu,
        parts: &[(&Going, u32, u32)],
        begins: bool,
        admits: bool,
        learns: bool,
    ) -> Result<Vec<u32>, Fault> {
        use wgpu::BufferUsages as Usage;
        // Each part has its own place in the buffer, at the offset that bindings must have.
        let gap = 256;
        let bytes = (parts.len() as u64).max(16) * gap;
        let buffer = gpu.buffer("evm.way.place", bytes, Usage::UNIFORM | Usage::COPY_DST);
        let mut groups = Vec::with_capacity(parts.len());
        for (at, (going, first, count)) in parts.iter().enumerate() {
            let mut words = going.place;
            words[0] = *first;
            words[1] = *count;
            gpu.queue.write_buffer(&buffer, at as u64 * gap, bytemuck::cast_slice(&words));
            groups.push(gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("evm.way.place"),
                layout: &gpu.kernels.way,
                entries: &[wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: &buffer,
                        offset: at as u64 * gap,
                        size: wgpu::BufferSize::new(PLACE_WORDS as u64 * 4),
                    }),
                }],
            }));
        }
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("evm.ways") });
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            if begins {
                self.begin(gpu, &mut pass);
            }
            for ((going, _, count), group) in parts.iter().zip(&groups) {
                pass.set_pipeline(&going.kernel.pipeline);
                self.bind(&mut pass, 0);
                pass.set_bind_group(3, group, &[]);
                pass.dispatch_workgroups(count.div_ceil(self.workgroup()).max(1), 1, 1);
            }
            if let (true, Some(admit)) = (admits, gpu.kernels.admit.get()) {
                pass.set_pipeline(admit);
                self.bind(&mut pass, 0);
                pass.dispatch_workgroups(self.groups(), 1, 1);
            }
        }
        let staging = &self.counters[0];
        encoder.copy_buffer_to_buffer(self.queues(), 0, staging, 0, u64::from(COUNTERS) * 4);
        let begun = Instant::now();
        gpu.queue.submit([encoder.finish()]);
        let counters = gpu.read(staging, u64::from(COUNTERS) * 4, bytemuck::pod_collect_to_vec::<u8, u32>).await?;
        let lanes: u32 = parts.iter().map(|(_, _, count)| *count).sum();
        if lanes > 0 && learns {
            // Parts of one submit are told apart by what was known of them.
            let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
            for (going, _, count) in parts {
                going.kernel.learn(*count, milliseconds * f64::from(*count) / f64::from(lanes));
            }
        }
        Ok(counters)
    }
}
