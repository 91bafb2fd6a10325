//! The device's half of a run: calls become lanes, lanes go through shards and tiers, and what a failed device left undone is
//! done again. It hands over what the device does not answer and refuses to answer it.

use std::rc::Rc;

use web_time::Instant;

use super::{
    GpuOptions,
    device::{Fault, Gpu},
    drill::{Drill, Moment},
    inputs::LaneCall,
    kept::{self, Store},
    layout::{KEPT_TIER, TIERS, Tier},
    needs::Needs,
    opening::{Opened, Opening, open},
    pace::Pace,
    reduce,
    results::{self, Harvest},
    run::Run,
    shard::{Crowded, Load, Shard},
    submits::Ended,
    tables::Tables,
    ways::{self, Given, Ways},
};
use crate::{EngineInfo, Reason, observation::Path};

/// Failures in a row, without a shard that was done, after which the CPU answers the rest.
const MOST_FAILURES: u32 = 12;

/// The device and what is known of it.
pub(crate) struct Side {
    pub(crate) gpu: Option<Gpu>,
    pub(crate) drill: Rc<Drill>,
    pub(crate) options: GpuOptions,
    pub(crate) info: EngineInfo,
    pub(crate) pace: Pace,
    pub(crate) nonce: u32,
    /// Failures since a shard was last done.
    pub(crate) failed: u32,
    /// Why the device last failed.
    pub(crate) failure: Option<String>,
    /// Lanes of a shard for which there was memory, where there once was none.
    pub(crate) most_lanes: Option<u32>,
    /// Lanes of the largest shard so far.
    pub(crate) largest_shard: u64,
    /// Ways that lanes may go.
    pub(crate) ways: Vec<Rc<Given>>,
    /// Most units of their stretches, where they are not the usual ones.
    pub(crate) stretch: Option<u64>,
    /// A few calls of the last batch that went ways.
    pub(crate) way_sample: Vec<usize>,
    /// What calls have come to need, by which they begin in a tier.
    pub(crate) needs: Needs,
    /// Whether the device failed in this run: what is repeated goes no ways, since a driver may not survive one.
    pub(crate) without_ways: bool,
}

/// Why a shard was not done.
enum Failure {
    /// There is no memory for so many lanes.
    Memory(String),
    /// The keys of its worlds collide whatever the seed.
    Crowded,
    /// The device is gone, or cannot be trusted.
    Device(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Device(fault)
    }
}

/// Lanes that outgrew their tier: the call, and what it had too little of.
type Outgrown = Vec<(usize, Reason)>;

impl Side {
    /// Runs a batch's calls through the tiers.
    pub(crate) async fn run(&mut self, run: &Run<'_>) {
        self.failed = 0;
        self.way_sample.clear();
        self.without_ways = false;
        let mut tables = Tables::of(run.batch);
        let lowest = if self.goes_ways(run) { ways::first_tier(&self.ways) } else { 0 };
        if let Err(Fault(why)) = self.device().await {
            tracing::warn!(why, "there is no device; the CPU answers");
            run.hand((0..run.batch.len()).map(|index| (index, Reason::Device)));
            return;
        }
        self.needs.begin(run.batch);
        // By tier: the calls that begin there.
        let mut later: [Vec<usize>; TIERS.len()] = Default::default();
        // The first tier takes the calls in order, so that their numbers need not be written down.
        let all = run.batch.len();
        let mut outgrown = self.run_tier(run, &mut tables, lowest, (all, &|at| at), &mut later).await;
        for number in lowest + 1..TIERS.len() {
            if run.is_cancelled() {
                return;
            }
            run.outcomes(|outcomes| {
                for (_, reason) in &outgrown {
                    *outcomes.escalated.entry(*reason).or_default() += 1;
                }
            });
            let mut calls = std::mem::take(&mut later[number]);
            calls.extend(outgrown.into_iter().map(|(index, _)| index));
            calls.sort_unstable();
            let listed: (usize, &dyn Fn(usize) -> usize) = (calls.len(), &|at| calls[at]);
            outgrown = self.run_tier(run, &mut tables, number, listed, &mut later).await;
        }
        run.hand(outgrown);
    }

    /// Whether lanes of a run may go ways.
    fn goes_ways(&self, run: &Run<'_>) -> bool {
        let batch = run.batch;
        let suits = |given: &Rc<Given>| given.suits(batch);
        self.options.ways != Ways::Off && !self.without_ways && self.ways.iter().any(suits)
    }

    /// The device, asked for again where the last one was lost.
    async fn device(&mut self) -> Result<(), Fault> {
        if self.gpu.as_ref().is_some_and(|gpu| gpu.lost().is_none()) {
            return Ok(());
        }
        self.gpu = None;
        let gpu = Gpu::new(self.options, Rc::clone(&self.drill)).await.map_err(|error| Fault(error.to_string()))?;
        self.pace = Pace::new(gpu.info.software, self.options.in_flight);
        self.info = gpu.info.clone();
        self.gpu = Some(gpu);
        Ok(())
    }

    /// Runs calls, so many and each by its place, in a tier by its number, and gives those that outgrew it. Calls that are
    /// better begun in a larger one are put off.
    async fn run_tier(
        &mut self,
        run: &Run<'_>,
        tables: &mut Tables,
        number: usize,
        (count, call): (usize, &dyn Fn(usize) -> usize),
        later: &mut [Vec<usize>; TIERS.len()],
    ) -> Outgrown {
        let tier = TIERS[number];
        let mut outgrown = Vec::new();
        let mut at = 0;
        while at < count && !run.is_cancelled() {
            let begun = Instant::now();
            let Some(gpu) = self.gpu.as_ref() else {
                run.hand((at..count).map(|at| (call(at), Reason::Device)));
                return outgrown;
            };
            let load = Load::new(gpu, self.options, tier, self.most_lanes);
            let begins = |index| {
                let begins = self.needs.tier(run.batch, index);
                if begins > number {
                    later[begins].push(index);
                }
                begins <= number
            };
            let (lanes, looked) = load_lanes(run, tables, load, count - at, |next| call(at + next), begins).await;
            at += looked;
            run.time(|timing| timing.opening += begun.elapsed().as_secs_f64());
            if lanes.is_empty() {
                continue;
            }
            let (indices, before): (Vec<usize>, usize) =
                (lanes.iter().map(|lane| lane.index).collect(), outgrown.len());
            self.run_lanes(run, tables, tier, lanes, &mut outgrown).await;
            if outgrown.len() > before && number + 1 < TIERS.len() {
                let outgrew: Vec<usize> = outgrown[before..].iter().map(|(index, _)| *index).collect();
                self.needs.learn(run.batch, number + 1, indices.into_iter(), &outgrew);
            }
        }
        outgrown
    }

    /// Runs calls of lanes that carry storage from batch to batch: `lanes[i]` is call `i`'s. What the device does not answer
    /// is handed over, and its lane carries what it did before.
    pub(crate) async fn run_kept(&mut self, run: &Run<'_>, store: &Store, lanes: &[u32]) -> Result<(), Fault> {
        let batch = run.batch;
        let (calls, others): (Vec<usize>, Vec<usize>) =
            (0..batch.len()).partition(|index| kept::may_keep(batch, *index));
        run.hand(others.into_iter().map(|index| (index, Reason::Level)));
        let lanes_of_calls: Vec<u32> = calls.iter().map(|index| lanes[*index]).collect();
        let mut tables = Tables::of(batch);
        let mut at = 0;
        while at < calls.len() && !run.is_cancelled() {
            let begun = Instant::now();
            let gpu = self.gpu.as_ref().filter(|gpu| gpu.lost().is_none());
            let gpu = gpu.ok_or_else(|| Fault("the device was lost".to_owned()))?;
            let load = Load::new(gpu, self.options, KEPT_TIER, self.most_lanes);
            let together = store.together(&lanes_of_calls[at..]);
            let (loaded, looked) =
                load_lanes(run, &mut tables, load, together, |next| calls[at + next], |_| true).await;
            // Lanes that begin alike are judged alike.
            let mut last: Option<(Rc<Opening>, bool)> = None;
            let (shard, others): (Vec<_>, Vec<_>) = loaded.into_iter().partition(|lane| {
                let known = last.as_ref().filter(|(opening, _)| Rc::ptr_eq(opening, &lane.opening));
                let keeps = known.map_or_else(|| kept::keeps(batch, lane), |(_, keeps)| *keeps);
                last = Some((Rc::clone(&lane.opening), keeps));
                keeps
            });
            run.hand(others.into_iter().map(|lane| (lane.index, Reason::Target)));
            let group = store.place(gpu, shard.iter().map(|lane| lanes[lane.index]));
            at += looked;
            run.time(|timing| timing.opening += begun.elapsed().as_secs_f64());
            if group.is_none() {
                continue;
            }
            match self.run_shard(run, &mut tables, KEPT_TIER, &shard, group).await {
                Ok((_, harvest)) => {
                    run.hand(harvest.left.iter().map(|(lane, why)| (shard[*lane].index, *why)));
                    run.hand(harvest.not_kept.iter().map(|lane| (shard[*lane].index, Reason::Slots)));
                    if !run.is_cancelled() {
                        run.hand(harvest.unfinished.iter().map(|lane| (shard[*lane].index, Reason::Straggler)));
                    }
                }
                Err(Failure::Crowded) => run.hand(shard.iter().map(|lane| (lane.index, Reason::Probes))),
                Err(Failure::Memory(why)) => {
                    tracing::warn!(why, lanes = shard.len(), "no memory for a shard of kept lanes");
                    run.hand(shard.iter().map(|lane| (lane.index, Reason::Device)));
                }
                Err(Failure::Device(fault)) => {
                    self.gpu = None;
                    return Err(fault);
                }
            }
        }
        Ok(())
    }

    /// Runs lanes as one shard, or as several where the device fails: a lost device is asked for again, and a shard for
    /// which there is no memory, or which loses the device twice, is halved. What was harvested is never repeated.
    async fn run_lanes(
        &mut self,
        run: &Run<'_>,
        tables: &mut Tables,
        tier: Tier,
        lanes: Vec<LaneCall>,
        outgrown: &mut Outgrown,
    ) {
        let mut todo = vec![lanes];
        while let Some(mut now) = todo.pop() {
            if run.is_cancelled() {
                return;
            }
            let done = match self.device().await {
                Ok(()) => self.run_shard(run, tables, tier, &now, None).await,
                Err(fault) => Err(Failure::Device(fault)),
            };
            let failure = match done {
                Ok((Ended::Anew, _)) => {
                    todo.push(now);
                    continue;
                }
                Ok((ended, harvest)) => {
                    self.failed = 0;
                    let (stay, leave): (Vec<_>, Vec<_>) = harvest
                        .left
                        .into_iter()
                        .map(|(lane, why)| (now[lane].index, why))
                        .partition(|(_, why)| outgrows(*why));
                    outgrown.extend(stay);
                    run.hand(leave);
                    if ended == Ended::Stragglers {
                        run.hand(harvest.unfinished.iter().map(|lane| (now[*lane].index, Reason::Straggler)));
                    }
                    continue;
                }
                Err(failure) => failure,
            };
            if matches!(failure, Failure::Crowded) {
                run.hand(now.iter().map(|lane| (lane.index, Reason::Probes)));
                continue;
            }
            self.failed += 1;
            let halve = match &failure {
                Failure::Crowded => false,
                Failure::Memory(why) => {
                    tracing::warn!(why, lanes = now.len(), "no memory for a shard; it is halved");
                    self.most_lanes = Some((now.len() / 2).max(1) as u32);
                    true
                }
                Failure::Device(Fault(why)) => {
                    tracing::warn!(why, lanes = now.len(), "the device failed; its lanes are begun again");
                    self.failure = Some(why.clone());
                    self.gpu = None;
                    self.without_ways = true;
                    run.outcomes(|outcomes| outcomes.repeated += now.len() as u64);
                    self.failed > 1
                }
            };
            if self.failed > MOST_FAILURES || (now.len() == 1 && matches!(failure, Failure::Memory(_))) {
                tracing::warn!("the CPU answers what the device does not get done");
                let left = std::iter::once(&now).chain(&todo).flatten();
                run.hand(left.map(|lane| (lane.index, Reason::Device)));
                return;
            }
            if halve && now.len() > 1 {
                let second = now.split_off(now.len() / 2);
                todo.push(second);
            }
            todo.push(now);
        }
    }

    async fn run_shard(
        &mut self,
        run: &Run<'_>,
        tables: &mut Tables,
        tier: Tier,
        lanes: &[LaneCall],
        kept: Option<wgpu::BindGroup>,
    ) -> Result<(Ended, Harvest), Failure> {
        let Some(gpu) = &self.gpu else { return Err(Failure::Device(Fault("there is no device".into()))) };
        let begun = Instant::now();
        self.nonce = self.nonce.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
        if gpu.refuses(lanes.len()) {
            return Err(Failure::Memory("refused on purpose".into()));
        }
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let shard = Shard::new(gpu, self.options, run.batch, tables, tier, lanes, self.nonce, &mut run.slices()).await;
        if let Some(error) = scope.pop().await {
            gpu.empty_pool();
            return Err(Failure::Memory(error.to_string()));
        }
        let mut shard = shard.map_err(|Crowded| Failure::Crowded)?;
        shard.kept = kept;
        shard.prepare(gpu).await?;
        if shard.kept.is_none() && self.goes_ways(run) {
            shard.enter_ways(gpu, run.batch, tables, &self.ways, self.options.ways == Ways::Wait).await?;
        }
        if self.options.measure {
            gpu.settle().await?;
        }
        self.largest_shard = self.largest_shard.max(lanes.len() as u64);
        let running = Instant::now();
        run.time(|timing| timing.filling += (running - begun).as_secs_f64());
        let course = shard
            .run(gpu, self.options, &mut self.pace, run.rate.get(), run.control, |ended| {
                run.submitted();
                run.report(ended);
            })
            .await?;
        let harvesting = Instant::now();
        run.time(|timing| {
            timing.device += (harvesting - running).as_secs_f64();
            timing.rounds += u64::from(course.rounds);
            timing.submits += course.submits as u64;
            timing.fuel = self.pace.fuel();
        });
        if course.ended == Ended::Anew {
            return Ok((course.ended, Harvest::default()));
        }
        gpu.drill(Moment::Harvest);
        if let Some(group) = &shard.kept {
            let [_, settle] = gpu.prepare_kept().await?;
            kept::settle(gpu, &shard, group, settle);
        }
        let harvest = if course.whole
            && shard.kept.is_none()
            && course.served.is_empty()
            && !run.batch.observe.any()
            && course.ended == Ended::All
            && reduce::applies(run.batch, lanes)
        {
            let part = reduce::reduce(gpu, &shard, lanes, run.batch).await?;
            run.outcomes(|outcomes| outcomes.absorb(&part));
            run.ended(lanes.len() as u64);
            Harvest::default()
        } else {
            results::harvest(gpu, &shard, lanes, run).await?
        };
        run.time(|timing| timing.harvest += harvesting.elapsed().as_secs_f64());
        // Lanes of a shard that fails before are begun again.
        self.way_sample.extend(course.went.sample.iter().map(|lane| lanes[*lane].index));
        run.outcomes(|outcomes| {
            outcomes.ways += course.went.lanes;
            for (number, count) in course.served {
                *outcomes.host_services.entry(number).or_default() += count;
            }
        });
        Ok((course.ended, harvest))
    }
}

/// Opens as many of `count` calls, in order, as fit one shard, but for those that do not begin here by what `begins` says.
/// Calls that end before their first frame, or are not the device's, are settled here. Gives the lanes and how many calls were
/// looked at.
pub(crate) async fn load_lanes(
    run: &Run<'_>,
    tables: &mut Tables,
    mut load: Load,
    count: usize,
    call: impl Fn(usize) -> usize,
    mut begins: impl FnMut(usize) -> bool,
) -> (Vec<LaneCall>, usize) {
    let batch = run.batch;
    tables.begin_shard();
    let mut slices = run.slices();
    let mut looked = 0;
    while looked < count && !load.is_full() {
        if looked % 64 == 63 {
            slices.end().await;
            if run.is_cancelled() {
                return (Vec::new(), looked);
            }
        }
        let index = call(looked);
        if !begins(index) {
            looked += 1;
            continue;
        }
        let alike = load.lanes.last().filter(|last| batch.opens_alike(last.index, index));
        let opened = match alike {
            Some(last) => Ok(Rc::clone(&last.opening)),
            None => match open(batch, index) {
                Opened::Lane(opening) => Ok(opening.into()),
                other => Err(other),
            },
        };
        match opened {
            Ok(opening) => {
                if let Err(lane) = load.add(batch, tables, LaneCall { index, opening }) {
                    if !load.lanes.is_empty() {
                        break;
                    }
                    // The tables may be full of what earlier shards needed.
                    *tables = Tables::of(run.batch);
                    if load.add(batch, tables, lane).is_err() {
                        run.hand([(index, Reason::Input)]);
                    }
                }
            }
            Err(Opened::Ended(outcome)) => {
                run.settle(index, &outcome);
                if batch.observe.path {
                    run.outcomes(|outcomes| outcomes.set_path(index, Path::default().0));
                }
            }
            Err(Opened::Left(reason)) => run.hand([(index, reason)]),
            Err(Opened::Lane(_)) => {}
        }
        looked += 1;
    }
    (load.lanes, looked)
}

/// Whether a lane that left for this reason is run again in the next tier.
const fn outgrows(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Stack
            | Reason::Memory
            | Reason::Slots
            | Reason::Logs
            | Reason::Frames
            | Reason::Accounts
            | Reason::Journal
            | Reason::Code
    )
}
