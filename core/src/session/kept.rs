//! What a session knows of lanes whose state an engine keeps: which they are, and how to come by their state where the engine
//! loses it: a checkpoint, and the steps since. It refuses to know how the engine keeps them.

use super::{Step, state::State};
use crate::{
    batch::Calls,
    engine::{Control, Engine, EngineError},
    keeper::{Keeper, KeptError, KeptLanes, KeptRun, KeptSlot},
    outcome::{AccountChange, Keep, Outcomes, StateChanges},
};

/// Steps after which what lanes carry is fetched, so that no more have to be run again.
const MOST_STEPS: usize = 64;

/// Calls of steps to be run again after which it is, too.
const MOST_CALLS: usize = 4 << 20;

/// A step that has been run.
#[derive(Debug)]
struct Past {
    calls: Calls,
    /// Lanes whose call the engine answered. They ascend.
    lanes: Vec<u32>,
}

/// Lanes whose state an engine keeps.
#[derive(Debug)]
pub(super) struct Kept {
    name: KeptLanes,
    /// Lanes that carry something there, or would if they stored something. The others' worlds are all that they carry.
    lanes: Vec<bool>,
    /// What lanes carried before the first of the steps remembered, by lane; nothing where there is no entry.
    checkpoint: Vec<Vec<KeptSlot>>,
    past: Vec<Past>,
}

/// Slots as changes of a world.
fn changes_of(slots: &[KeptSlot]) -> StateChanges {
    let mut changes = StateChanges::new();
    for slot in slots {
        let change: &mut AccountChange = changes.entry(slot.address).or_default();
        change.storage.insert(slot.slot, slot.value);
    }
    changes
}

impl Kept {
    /// Asks an engine to keep lanes from now on. `None` where it does not.
    pub(super) async fn begin(keeper: &mut dyn Keeper, lanes: usize) -> Option<Self> {
        let name = KeptLanes::new(u32::try_from(lanes).ok()?);
        let begun = keeper.begin(&name).await;
        begun.then(|| Self { name, lanes: vec![true; lanes], checkpoint: Vec::new(), past: Vec::new() })
    }

    /// How many lanes' state is not the session's.
    pub(super) fn count(&self) -> usize {
        self.lanes.iter().filter(|kept| **kept).count()
    }

    /// Whether there are steps that may be run again.
    pub(super) const fn remembers(&self) -> bool {
        !self.past.is_empty()
    }

    /// Makes the engine's lanes nobody's, so that the steps are run again when their state is next needed.
    pub(super) fn forget(&mut self) {
        self.name = KeptLanes::new(self.name.lanes());
    }

    /// Runs the calls on the tables in those of the lanes that are kept, and enters the answers into the outcomes. Lanes that
    /// the engine leaves are kept no more: what they carried is in their worlds.
    pub(super) async fn run(
        &mut self,
        keeper: &mut dyn Keeper,
        state: &mut State,
        running: &[usize],
        outcomes: &mut Outcomes,
        control: &mut Control,
    ) -> Result<Step, KeptError> {
        let (away, mut home): (Vec<usize>, Vec<usize>) = running.iter().partition(|lane| self.lanes[**lane]);
        if away.is_empty() {
            return Ok(Step { home, answered: Vec::new() });
        }
        let rows: Vec<u32> = away.iter().map(|&lane| lane as u32).collect();
        let on_ended = control.hear_part(&away);
        let ran = if away.len() == self.lanes.len() && outcomes.keep() >= Keep::Status {
            keeper.run_kept(&self.name, &state.batch, &rows, control).await
        } else {
            keeper.run_kept(&self.name, &state.batch.part(&away), &rows, control).await
        };
        control.on_ended = on_ended;
        let KeptRun { outcomes: part, left } = ran?;
        let left: Vec<usize> = left.into_iter().map(|call| away[call]).collect();
        self.take_back(keeper, state, &left).await?;
        state.put_again();
        let mut answered = Vec::with_capacity(away.len() - left.len());
        for (row, &lane) in away.iter().enumerate() {
            if self.lanes[lane] && !state.stop(lane, part.status(row)) {
                answered.push(lane);
            }
        }
        if left.is_empty() && away.len() == self.lanes.len() && part.keep() == outcomes.keep() {
            *outcomes = part;
        } else {
            outcomes.merge(&away, &part, None);
        }
        home.extend(left);
        home.sort_unstable();
        Ok(Step { home, answered })
    }

    /// Remembers a step whose calls the engine has answered in those lanes.
    pub(super) async fn remember(&mut self, keeper: &mut dyn Keeper, calls: Calls, answered: Vec<usize>) {
        let lanes = answered.into_iter().map(|lane| lane as u32).collect();
        self.past.push(Past { calls, lanes });
        if self.past.len() < MOST_STEPS && self.past.len() * self.lanes.len() < MOST_CALLS {
            return;
        }
        let kept = self.kept();
        // Where they are lost, whoever next needs them hears of it.
        if let Ok(fetched) = keeper.fetch(&self.name, &kept, false).await {
            self.checkpoint = vec![Vec::new(); self.lanes.len()];
            for (lane, slots) in kept.into_iter().zip(fetched) {
                self.checkpoint[lane as usize] = slots;
            }
            self.past.clear();
        }
    }

    fn kept(&self) -> Vec<u32> {
        self.lanes.iter().zip(0..).filter(|(kept, _)| **kept).map(|(_, lane)| lane).collect()
    }

    /// Takes back what lanes carry: it is in their worlds from then on.
    async fn take_back(
        &mut self,
        keeper: &mut dyn Keeper,
        state: &mut State,
        lanes: &[usize],
    ) -> Result<(), KeptError> {
        let rows: Vec<u32> = lanes.iter().map(|&lane| lane as u32).collect();
        let fetched = keeper.fetch(&self.name, &rows, true).await?;
        state.carry(lanes.iter().zip(&fetched).map(|(&lane, slots)| (lane, changes_of(slots))));
        for &lane in lanes {
            self.lanes[lane] = false;
        }
        Ok(())
    }

    /// Ends the keeping: every lane's state is in its world. Where the engine does not have it (a lost device, another
    /// engine), the steps since the last checkpoint are run again.
    ///
    /// # Errors
    /// The engine's. Nothing has changed then.
    pub(super) async fn end(
        &mut self,
        engine: &mut dyn Engine,
        state: &mut State,
        control: &Control,
    ) -> Result<(), EngineError> {
        let lanes: Vec<usize> = self.kept().into_iter().map(|lane| lane as usize).collect();
        if let Some(keeper) = engine.keeper() {
            match self.take_back(keeper, state, &lanes).await {
                Ok(()) => {
                    state.put_again();
                    return Ok(());
                }
                Err(KeptError::Engine(error)) => return Err(error),
                Err(KeptError::Lost(why)) => tracing::warn!(why, lanes = lanes.len(), "kept lanes are run again"),
            }
        }
        // On a copy, so that nothing has happened where the engine fails here too.
        let mut again = state.clone();
        let carried = lanes.iter().filter_map(|&lane| self.checkpoint.get(lane).map(|slots| (lane, changes_of(slots))));
        again.carry(carried);
        for past in &self.past {
            let ran: Vec<usize> =
                past.lanes.iter().map(|&lane| lane as usize).filter(|&lane| self.lanes[lane]).collect();
            again.put(past.calls.clone());
            // It has been answered once: nobody can cancel that, and it is no progress.
            let mut quiet = Control { breathe: control.breathe.clone(), ..Control::default() };
            let outcomes = engine.run(&again.part(&ran), &mut quiet).await?;
            again.fold(&ran, &outcomes);
        }
        again.batch.calls = std::mem::take(&mut state.batch.calls);
        again.put_again();
        *state = again;
        Ok(())
    }
}
