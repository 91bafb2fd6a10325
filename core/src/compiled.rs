//! The GPU engine with ways: it looks for those of a batch, gives them to the device, and holds some of the lanes that went one
//! against the CPU engine. What the device does is [`crate::gpu`]'s, how ways are made [`crate::paths`]'.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use lanevm_shaders::layout::WORKGROUP;
use web_time::Instant;

use crate::{
    Batch, Control, Engine, EngineError, EngineInfo, Keep, Outcomes,
    cpu::CpuEngine,
    engine::LocalFuture,
    gpu::{GpuEngine, Timing},
    keeper::Keeper,
    paths::{Lane, Search, Trodden, Walker, agree, find, spread, wgsl::Unfit},
};

/// Batches of fewer calls go no ways: they would not fill one workgroup of a kernel.
const LEAST_CALLS: usize = WORKGROUP as usize;

/// How many times as many calls alike must come after a search before another is worth it.
const GROWTH: u64 = 8;

/// Most kinds of calls that are told apart.
const MOST_KINDS: usize = 256;

/// Most ways that are kept.
const MOST_KEPT: usize = 16;

/// What the last run did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LastRun {
    /// Lanes that went ways.
    pub lanes: u64,
    /// Ways that were given to the device.
    pub ways: usize,
    /// Milliseconds that looking for ways took; 0 where those at hand were enough.
    pub search: f64,
    /// Milliseconds from when the building of kernels was begun that became ready until they were. The interpreter worked
    /// meanwhile, unless the engine was made with [`crate::gpu::Ways::Wait`].
    pub kernels: f64,
    /// Ways whose kernels were still being built when it ended.
    pub coming: usize,
    /// Why ways have no kernel.
    pub refused: Vec<String>,
    /// Why no way could be made of calls that were tried.
    pub unfit: Vec<String>,
    /// Lanes that were held against the CPU engine.
    pub checked: usize,
    /// Lanes among them that were wrong: then no lane goes a way any more, and the batch was run again without.
    pub wrong: usize,
    /// The first of them, in words.
    pub difference: Option<String>,
    /// How long its parts took on the device.
    pub timing: Timing,
}

/// How often calls of a kind have come.
#[derive(Clone, Copy, Debug)]
struct Interest {
    /// Since the last search for their ways.
    calls: u64,
    /// As many are worth one.
    wanted: u64,
}

/// Runs batches on the GPU, by ways where there are any. The GPU engine must have been made with
/// [`crate::gpu::Ways::Auto`] or [`crate::gpu::Ways::Wait`].
///
/// It looks for ways when so many calls alike - of the same programs, fork and functions - have come that a search and kernels
/// are worth it ([`Search::least`]), in one batch or many. Where no way serves them, it looks again after eight times as many.
#[derive(Debug)]
pub struct CompiledEngine {
    gpu: GpuEngine,
    search: Search,
    known: Vec<Trodden>,
    last: LastRun,
    interest: HashMap<u64, Interest>,
    /// Whether a way was found to be wrong.
    distrusted: bool,
}

impl CompiledEngine {
    /// Puts ways in front of a GPU engine.
    pub fn new(gpu: GpuEngine, search: Search) -> Self {
        Self { gpu, search, known: Vec::new(), last: LastRun::default(), interest: HashMap::new(), distrusted: false }
    }

    /// Gives ways that were made before, in place of those at hand. They are trusted as little as others: lanes that go them are
    /// held against the CPU engine. Says of each why it has no kernel, where it has none.
    pub fn give(&mut self, ways: Vec<Trodden>) -> Vec<Result<(), Unfit>> {
        let judged = self.gpu.set_ways(ways.iter().map(|trodden| trodden.way.clone()).collect());
        self.known =
            ways.into_iter().zip(&judged).filter(|(_, judged)| judged.is_ok()).map(|(trodden, _)| trodden).collect();
        judged
    }

    /// The GPU engine.
    pub const fn gpu(&self) -> &GpuEngine {
        &self.gpu
    }

    /// What the last run did.
    pub const fn last(&self) -> &LastRun {
        &self.last
    }

    /// Whether the ways at hand hold for most of a batch.
    fn is_known(&self, batch: &Batch) -> bool {
        let walkers: Vec<_> = self.known.iter().map(|trodden| (&trodden.way, Walker::new(&trodden.way))).collect();
        let rows = spread(batch.len(), self.search.sample.min((batch.len() / 64).max(8)));
        let goes = |row: &&usize| {
            let lane = Lane::open(batch, **row);
            lane.is_some_and(|lane| walkers.iter().any(|(way, walker)| lane.go(way, walker).is_ok()))
        };
        rows.iter().filter(goes).count() * 8 >= rows.len() * 7
    }

    /// Whether so many calls of this batch's kind have come that looking for their ways is worth it.
    fn is_worth_it(&mut self, batch: &Batch) -> bool {
        let kind = kind(batch);
        if self.interest.len() >= MOST_KINDS && !self.interest.contains_key(&kind) {
            self.interest.clear();
        }
        let new = Interest { calls: 0, wanted: self.search.least };
        let interest = self.interest.entry(kind).or_insert(new);
        interest.calls = interest.calls.saturating_add(batch.len() as u64);
        let worth = interest.calls >= interest.wanted;
        if worth {
            *interest = Interest { calls: 0, wanted: interest.wanted.saturating_mul(GROWTH) };
        }
        worth
    }

    /// Gives the device the ways of a batch.
    async fn prepare(&mut self, batch: &Batch, control: &Control) -> Result<(), EngineError> {
        if (!self.known.is_empty() && self.is_known(batch)) || !self.is_worth_it(batch) {
            self.last.ways = self.known.len();
            return Ok(());
        }
        let begun = Instant::now();
        let found = find(batch, self.search, control).await?;
        self.last.search = begun.elapsed().as_secs_f64() * 1e3;
        self.last.unfit = found.unfit.into_keys().collect();
        // The newest in front: they are this batch's.
        let mut ways = found.ways;
        ways.extend(self.known.drain(..).filter(|old| old.way.fork == batch.call(0).fork));
        ways.truncate(MOST_KEPT);
        let judged = self.give(ways);
        self.last.refused = judged.iter().filter_map(|judged| judged.as_ref().err()).map(ToString::to_string).collect();
        self.last.ways = self.known.len();
        Ok(())
    }

    /// Holds lanes that went ways against the CPU engine.
    async fn check(&mut self, batch: &Batch, outcomes: &Outcomes) -> Result<(), EngineError> {
        let rows = self.gpu.way_sample().to_vec();
        let mut sample = batch.subset(&rows);
        // A summary tells nothing of lanes: these go their ways once more.
        let mut by_ways = None;
        if outcomes.keep() == Keep::Summary {
            sample.keep = Keep::All;
            by_ways = Some(self.gpu.run(&sample, &mut Control::default()).await?);
        }
        let expected = CpuEngine::new(1).run(&sample, &mut Control::default()).await?;
        self.last.checked = rows.len();
        for (at, row) in rows.iter().enumerate() {
            let way = by_ways.as_ref().map_or_else(|| outcomes.row(*row), |by_ways| by_ways.row(at));
            let cpu = expected.row(at);
            let noted = by_ways.as_ref().map_or_else(|| outcomes.path(*row), |by_ways| by_ways.path(at));
            let path = expected.path(at);
            if !agree(&way, &cpu) || noted != path {
                self.last.wrong += 1;
                let words = || format!("call {row}\n way {way:?}, path {noted:?}\n cpu {cpu:?}, path {path:?}");
                self.last.difference.get_or_insert_with(words);
            }
        }
        Ok(())
    }

    async fn run_batch(&mut self, batch: &Batch, control: &mut Control) -> Result<Outcomes, EngineError> {
        batch.validate()?;
        self.last = LastRun::default();
        if batch.len() >= LEAST_CALLS && !self.distrusted {
            self.prepare(batch, control).await?;
        }
        let built = self.gpu.way_times().len();
        let outcomes = self.gpu.run(batch, control).await?;
        self.last.kernels = self.gpu.way_times().get(built..).unwrap_or_default().iter().sum();
        self.last.coming = self.gpu.ways_coming();
        self.last.timing = self.gpu.timing();
        self.last.lanes = outcomes.ways;
        if outcomes.ways == 0 || control.cancel.is_cancelled() {
            return Ok(outcomes);
        }
        self.check(batch, &outcomes).await?;
        if self.last.wrong == 0 {
            return Ok(outcomes);
        }
        tracing::error!(
            lanes = self.last.wrong,
            "ways come to something else than the CPU engine; none is gone any more"
        );
        self.distrusted = true;
        self.known.clear();
        self.gpu.set_ways(Vec::new());
        let mut outcomes = self.gpu.run(batch, control).await?;
        outcomes.wrong_ways = self.last.wrong as u64;
        Ok(outcomes)
    }
}

/// What tells calls apart that have the same ways from others, as far as a few of them show.
fn kind(batch: &Batch) -> u64 {
    let mut hasher = DefaultHasher::new();
    batch.hash_programs(&mut hasher);
    batch.call(0).fork.hash(&mut hasher);
    let function = |row: usize| batch.call(row).data.number(0, 4);
    spread(batch.len(), 8).into_iter().map(function).collect::<BTreeSet<_>>().hash(&mut hasher);
    hasher.finish()
}

impl Engine for CompiledEngine {
    fn keeper(&mut self) -> Option<&mut dyn Keeper> {
        self.gpu.keeper()
    }

    fn info(&self) -> EngineInfo {
        let mut info = self.gpu.info();
        let ways = if self.distrusted { "none: one was wrong".to_owned() } else { self.known.len().to_string() };
        info.details.push(("ways".into(), ways));
        info
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(self.run_batch(batch, control))
    }
}
