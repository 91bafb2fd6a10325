//! A shard's way through the device: submits of rounds, at most two in flight, until every lane has ended or left. It moves
//! counters and decides nothing about lanes.

use std::collections::{BTreeMap, VecDeque};

use lanevm_shaders::layout::{
    CANARY, COUNTERS, Q_CANARY, Q_DONE, Q_LEFT, Q_ROUND, Q_SERVICES, R_STATE, R_STEPS_HI, R_STEPS_LO, RESULT_REGISTERS,
    STATE_DONE, STATE_LEFT,
};
use web_time::Instant;

use super::{
    GpuOptions,
    device::{Fault, Gpu},
    drill::Moment,
    layout::Plan,
    pace::{MOST_IN_FLIGHT, Pace},
    shard::Shard,
    stragglers::{Rate, Stragglers},
    ways::Went,
};
use crate::Control;

/// How a shard's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Every lane ended or left.
    All,
    /// The run was cancelled: some lanes go on no more.
    Cancelled,
    /// Few lanes are left, and the CPU is predicted to end them sooner.
    Stragglers,
    /// A way has become ready that the lanes can go: they begin anew, and nothing that they did counts.
    Anew,
}

/// What came of a shard's submits.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) ended: Ended,
    /// Whether every lane ended on the device, so that none has left it.
    pub(crate) whole: bool,
    /// Precompiles that the host ran, by number.
    pub(crate) served: BTreeMap<u16, u64>,
    /// What came of ways.
    pub(crate) went: Went,
    /// Rounds that were recorded, and the submits they were in.
    pub(crate) rounds: u32,
    pub(crate) submits: usize,
}

/// A submit under way.
struct Flight {
    /// Rounds recorded so far, this submit's included.
    rounds: u32,
    /// Which of the counters' buffers it copies to.
    slot: usize,
    first: bool,
    index: wgpu::SubmissionIndex,
}

impl Shard {
    /// Submits rounds until every lane has ended or left, or the run is cancelled. `ended` hears how many have after each
    /// submit. A cancel is answered when the submits in flight have ended, which are two at most.
    pub(crate) async fn run(
        &self,
        gpu: &Gpu,
        options: GpuOptions,
        pace: &mut Pace,
        rate: Rate,
        control: &Control,
        mut ended: impl FnMut(u64),
    ) -> Result<Course, Fault> {
        let mut went = Went::default();
        if !self.ways.is_empty() {
            went = self.go_ways(gpu, control).await?;
            ended(went.finished);
            control.turn().await;
            if went.finished >= self.lanes as u64 {
                return Ok(Course {
                    ended: Ended::All,
                    whole: went.whole,
                    served: BTreeMap::new(),
                    went,
                    rounds: 0,
                    submits: 0,
                });
            }
        }
        let begun = Instant::now();
        let now = |begun: &Instant| begun.elapsed().as_secs_f64() * 1e3;
        let mut flights: VecDeque<Flight> = VecDeque::with_capacity(MOST_IN_FLIGHT);
        let mut rounds = 0u32;
        let mut submits = 0usize;
        let mut stragglers = Stragglers::default();
        let mut served = BTreeMap::new();
        let mut whole = false;
        // Set while lanes wait for the host or the run comes to an end: what is in flight lands, and nothing new departs.
        let mut landing = None;
        pace.begin();
        loop {
            if control.cancel.is_cancelled() {
                landing = Some(Ended::Cancelled);
            }
            while landing.is_none() && pace.has_room() {
                let work = pace.submit(now(&begun));
                self.write_plan(gpu, &Plan { fuel: work.fuel, ..self.plan });
                rounds = rounds.wrapping_add(work.rounds);
                let (first, slot) = (submits == 0, submits % MOST_IN_FLIGHT);
                let index = gpu.queue.submit([self.record(gpu, first && self.ways.is_empty(), work.rounds, slot)]);
                flights.push_back(Flight { rounds, slot, first, index });
                submits += 1;
                gpu.drill(Moment::Submitted);
            }
            let Some(flight) = flights.pop_front() else {
                let ended = landing.unwrap_or(Ended::Cancelled);
                return Ok(Course { ended, whole, served, went, rounds, submits });
            };
            let counters = self.counters(gpu, &flight).await?;
            let took = pace.end(now(&begun), !flight.first);
            let finished = u64::from(counters[Q_DONE as usize]) + u64::from(counters[Q_LEFT as usize]);
            ended(finished);
            control.turn().await;
            if landing.is_some() && !flights.is_empty() {
                continue;
            }
            if finished >= self.lanes as u64 {
                landing = Some(Ended::All);
                whole = counters[Q_LEFT as usize] == 0;
                continue;
            }
            if counters[Q_SERVICES as usize] > 0 && landing != Some(Ended::Cancelled) {
                // The list is whole when nothing is in flight.
                let last = self.land(gpu, pace, &begun, &mut flights).await?;
                let waiting = last.as_ref().unwrap_or(&counters)[Q_SERVICES as usize];
                let known = self.precompiles.get();
                match self.serve(gpu, control, waiting).await? {
                    Some(counts) => {
                        for (number, count) in counts {
                            *served.entry(number).or_default() += count;
                        }
                    }
                    None => landing = Some(Ended::Cancelled),
                }
                if self.precompiles.get() != known {
                    pace.begin_anew();
                }
                continue;
            }
            if landing.is_none() {
                self.leave_cores(gpu, control, took).await;
            }
            let active = self.lanes as u64 - finished;
            // A way is so much quicker that even half of the lanes' work is well lost. What went ways is quickly done again.
            if landing.is_none() && finished.saturating_sub(went.finished) < active && self.could_go(gpu) {
                landing = Some(Ended::Anew);
                continue;
            }
            if !options.keep_stragglers
                && landing.is_none()
                && let Some(waited) = stragglers.look(active, begun.elapsed().as_secs_f64())
                && Stragglers::go(waited, self.steps_of_active(gpu).await?, rate)
            {
                landing = Some(Ended::Stragglers);
            }
        }
    }

    /// Waits for all that is in flight; gives the counters of the last.
    async fn land(
        &self,
        gpu: &Gpu,
        pace: &mut Pace,
        begun: &Instant,
        flights: &mut VecDeque<Flight>,
    ) -> Result<Option<Vec<u32>>, Fault> {
        let mut last = None;
        while let Some(flight) = flights.pop_front() {
            last = Some(self.counters(gpu, &flight).await?);
            pace.end(begun.elapsed().as_secs_f64() * 1e3, false);
        }
        Ok(last)
    }

    /// The counters after a submit; a fault where the device did not write what its kernels write.
    async fn counters(&self, gpu: &Gpu, flight: &Flight) -> Result<Vec<u32>, Fault> {
        let bytes = u64::from(COUNTERS) * 4;
        gpu.drill(Moment::Mapping);
        let take = bytemuck::pod_collect_to_vec::<u8, u32>;
        let counters = gpu.read_after(&self.counters[flight.slot], bytes, Some(flight.index.clone()), take).await?;
        if counters[Q_ROUND as usize] != flight.rounds || counters[Q_CANARY as usize] != CANARY ^ flight.rounds {
            return Err(Fault(gpu.lost().unwrap_or_else(|| {
                "its counters do not hold what the kernels write; it may have run out of memory".to_owned()
            })));
        }
        Ok(counters)
    }

    /// Steps that the lanes which have not ended have taken together.
    async fn steps_of_active(&self, gpu: &Gpu) -> Result<u64, Fault> {
        let words = self.read_lanes(gpu, u64::from(RESULT_REGISTERS)).await?;
        let word = |lane: usize, register: u32| words[register as usize * self.lanes + lane];
        Ok((0..self.lanes)
            .filter(|lane| ![STATE_DONE, STATE_LEFT].contains(&word(*lane, R_STATE)))
            .map(|lane| u64::from(word(lane, R_STEPS_LO)) | u64::from(word(lane, R_STEPS_HI)) << 32)
            .fold(0, u64::saturating_add))
    }
}
