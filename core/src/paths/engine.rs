//! An engine that answers calls by ways alone, on the host: what ways are held to, by every test that an engine can take. It is
//! slow; nobody computes with it.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::B256;
use lanevm_shaders::Fork;

use super::{Lane, Unfit, Walker, Way, build, ssa::MOST_LISTED};
use crate::{
    Batch, Control, Engine, EngineError, EngineInfo, Keep, Outcomes, Progress, Reason,
    cpu::CpuEngine,
    engine::LocalFuture,
    gpu::{FirstCode, Opened, open},
};

/// Most ways of one program.
const MOST_WAYS: usize = 64;

/// Goes ways on the host; what has none is the CPU engine's.
#[derive(Debug, Default)]
pub struct WayEngine {
    cpu: CpuEngine,
    /// Whether every lane makes its own way, as tests of making them want it.
    each: bool,
    told: Told,
}

/// What a [`WayEngine`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Lanes that a way answered.
    pub lanes: u64,
    /// Of those, lanes of which the way was not made.
    pub others: u64,
    /// Ways made.
    pub ways: u64,
    /// Loops of them.
    pub loops: u64,
    /// Lanes of which none could be made, by why.
    pub unfit: BTreeMap<String, u64>,
}

impl Told {
    /// Adds what another engine did.
    pub fn add(&mut self, other: &Self) {
        self.lanes += other.lanes;
        self.others += other.others;
        self.ways += other.ways;
        self.loops += other.loops;
        for (why, count) in &other.unfit {
            *self.unfit.entry(why.clone()).or_default() += count;
        }
    }
}

impl WayEngine {
    /// An engine that tries the ways it has before it makes another; `each`: that makes one of every lane, and does not try.
    pub fn new(each: bool) -> Self {
        Self { each, ..Self::default() }
    }

    /// What it has done so far.
    pub const fn told(&self) -> &Told {
        &self.told
    }

    fn answer(&mut self, batch: &Batch, outcomes: &mut Outcomes, control: &mut Control) -> Vec<usize> {
        let mut ways: HashMap<(B256, Fork), Vec<Way>> = HashMap::new();
        let mut left = Vec::new();
        for index in 0..batch.len() {
            if control.cancel.is_cancelled() {
                break;
            }
            let Some(lane) = Lane::open(batch, index) else {
                let why = format!("{}: {}", Unfit::Entry, why_closed(batch, index));
                *self.told.unfit.entry(why).or_default() += 1;
                left.push(index);
                continue;
            };
            let known = ways.entry((lane.first_code().1, lane.fork())).or_default();
            if self.each {
                known.clear();
            }
            let gone = known.iter().find_map(|way| lane.go(way, &Walker::new(way)).ok());
            if let Some(outcome) = gone {
                self.told.lanes += 1;
                self.told.others += 1;
                outcomes.set(index, &outcome);
                continue;
            }
            if known.len() == MOST_WAYS {
                *self.told.unfit.entry(format!("its code has {MOST_WAYS} ways already")).or_default() += 1;
                left.push(index);
                continue;
            }
            match build(batch, index) {
                Ok(way) => match lane.go(&way, &Walker::new(&way)) {
                    Ok(outcome) => {
                        self.told.lanes += 1;
                        self.told.ways += 1;
                        self.told.loops += way.loops.len() as u64;
                        outcomes.set(index, &outcome);
                        known.push(way);
                    }
                    Err(refused) => {
                        *self.told.unfit.entry(format!("refused by its own way: {refused:?}")).or_default() += 1;
                        left.push(index);
                    }
                },
                Err(unfit) => {
                    *self.told.unfit.entry(unfit.to_string()).or_default() += 1;
                    left.push(index);
                }
            }
        }
        left
    }
}

/// Why no way can begin with a call.
fn why_closed(batch: &Batch, index: usize) -> &'static str {
    match open(batch, index) {
        Opened::Ended(_) => "it ends before any code",
        Opened::Left(Reason::Precompile(_)) => "it is one of a precompile",
        Opened::Left(_) => "it is not the device's",
        Opened::Lane(opening) => match opening.code {
            FirstCode::None => "it runs no code",
            FirstCode::Init => "it creates a contract",
            FirstCode::Program(_) if opening.slots.len() > MOST_LISTED => "its access list has too many slots",
            FirstCode::Program(_) => "its fork is an older one",
        },
    }
}

impl Engine for WayEngine {
    fn info(&self) -> EngineInfo {
        let Told { lanes, others, ways, loops, unfit } = &self.told;
        let counts = [("lanes", lanes), ("lanes on others' ways", others), ("ways", ways), ("loops", loops)];
        let mut details: Vec<_> = counts.map(|(name, count)| (name.to_owned(), count.to_string())).into();
        details.extend(unfit.iter().map(|(why, count)| (why.clone(), count.to_string())));
        EngineInfo { kind: "ways", adapter: "ways on the host".into(), details, ..self.cpu.info() }
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(async move {
            batch.validate()?;
            let mut outcomes = batch.outcomes();
            let left = self.answer(batch, &mut outcomes, control);
            let mut rest = batch.subset(&left);
            rest.keep = rest.keep.max(Keep::Status);
            let mut quiet = Control { cancel: control.cancel.clone(), ..Control::default() };
            let others = self.cpu.run(&rest, &mut quiet).await?;
            outcomes.merge(&left, &others, None);
            control.report(Progress { lanes: batch.len() as u64, done: batch.len() as u64, ..Progress::default() });
            Ok(outcomes)
        })
    }
}
