//! Loops: finding them in the steps that a lane took, and going through one turn for all of them. A loop that does more than
//! change words is gone through turn by turn.

use std::collections::{HashMap, HashSet};

use super::{
    build::{Builder, MOST_STEPS, Region, State, Unfit},
    evaluate::{Leaves, Text},
    memory::{cells, joined},
    ssa::{Binary, Item, Loop, Unary, V, Variable},
};
use crate::cpu::Place;

/// Most turns of a loop: what a sample of most steps can take, and more.
const MOST_TURNS: u32 = MOST_STEPS as u32;

/// So many turns alike make a loop.
const LEAST_TURNS: usize = 6;

/// So often the set of what changes may grow.
const MOST_ATTEMPTS: usize = 12;

/// Most variables of a loop.
const MOST_VARIABLES: usize = 64;

const JUMPDEST: u8 = 0x5b;
const JUMPI: u8 = 0x57;

/// A part of the steps that repeats itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cycle {
    /// The first step of the second turn.
    start: usize,
    /// Steps of a turn.
    period: usize,
    /// The JUMPI by which the last turn leaves.
    exit: usize,
}

/// The cycles of a lane, by the step at which the second turn begins.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    by_start: HashMap<usize, Cycle>,
    /// Those that are being gone through, and those that turned out to do more than change words.
    closed: HashSet<usize>,
    /// Where the turns end that are being gone through, outer ones first.
    ends: Vec<usize>,
}

impl Cycles {
    /// Finds what repeats itself, outer loops and inner ones.
    pub(super) fn of(places: &[Place]) -> Self {
        let mut next = vec![0; places.len()];
        let mut seen: HashMap<Place, usize> = HashMap::new();
        for (at, place) in places.iter().enumerate().rev() {
            if place.op == JUMPDEST {
                next[at] = seen.insert(*place, at).unwrap_or(0);
            }
        }
        let mut by_start = HashMap::new();
        // Comparing is bounded: code can be made so that almost everything repeats itself almost.
        let mut budget = 64 * places.len() + 1024;
        let mut at = 0;
        let mut skip: Option<(usize, usize)> = None;
        while at < places.len() {
            if let Some((from, to)) = skip.filter(|(from, _)| at >= *from) {
                debug_assert!(from <= to, "a cycle ends behind its beginning");
                at = to;
                skip = None;
                continue;
            }
            let start = next[at];
            if start > at
                && let Some(cycle) = cycle(places, at, start, &mut budget)
            {
                by_start.insert(start, cycle);
                let body = start + cycle.period;
                // Of turns that are alike the first two are looked into.
                skip = skip.or(Some((body, cycle.exit + 1)));
            }
            at += 1;
        }
        Self { by_start, ..Self::default() }
    }
}

fn cycle(places: &[Place], first: usize, start: usize, budget: &mut usize) -> Option<Cycle> {
    let period = start - first;
    let depth = places[first].depth;
    let mut at = start;
    while at < places.len() && places[at] == places[at - period] && places[at].depth >= depth {
        at += 1;
        *budget = budget.checked_sub(1)?;
    }
    let exit = at - 1;
    let turns = (at - start) / period;
    let leaves = at < places.len() && places[exit].op == JUMPI && places[exit].depth == depth;
    if !leaves || turns < LEAST_TURNS || places[at].depth != depth {
        return None;
    }
    let stays = places[first..start].iter().all(|place| place.depth >= depth);
    stays.then_some(Cycle { start, period, exit })
}

/// What a loop may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// An item of the stack, from the bottom.
    Stack(usize),
    /// The 32 bytes of memory from here on.
    Word(usize),
    /// What the met slot with this number holds.
    Slot(usize),
    /// Gas used, as far as it is not known.
    Gas,
    /// The refund counter, as far as it is not known, and what of it is.
    Refund,
    /// Steps, as far as they are not known.
    Steps,
}

/// The state at the loop's exit, and what told.
struct Exit {
    state: State,
    leave: V,
    before: Vec<Item>,
}

impl Builder<'_> {
    /// Goes through a loop that begins here, if there is one that can be.
    pub(super) fn try_loop(&mut self) -> Result<bool, Unfit> {
        let Some(cycle) = self.cycles.by_start.get(&self.at).copied() else { return Ok(false) };
        // A loop that is entered elsewhere than at its head repeats itself from there, too: its own turn is no loop in it.
        let stays = self.cycles.ends.last().is_none_or(|end| cycle.exit < *end);
        if !stays || !self.cycles.closed.insert(self.at) {
            return Ok(false);
        }
        self.spend(self.copied())?;
        let (state, pins, regions) = (self.state.clone(), self.form.pins(), self.regions.clone());
        let (accounts, loops, at) = (self.accounts.len(), self.loops.len(), self.at);
        match self.fold(cycle) {
            Ok(()) => {
                // A turn of a loop around it may come here again.
                self.cycles.closed.remove(&at);
                Ok(true)
            }
            Err(Unfit::Loop) => {
                self.state = state;
                self.form.unpin(&pins);
                self.regions = regions;
                self.accounts.truncate(accounts);
                self.loops.truncate(loops);
                self.at = at;
                Ok(false)
            }
            Err(unfit) => Err(unfit),
        }
    }

    /// About so many words are copied with the state.
    fn copied(&self) -> usize {
        let State { frames, world, .. } = &self.state;
        frames.iter().map(|frame| frame.memory.len() + frame.stack.len() + frame.undo.words()).sum::<usize>()
            + world.words()
    }

    fn fold(&mut self, cycle: Cycle) -> Result<(), Unfit> {
        let number = self.loops.len() as u32;
        self.loops.push(Loop::default());
        let (begin, pins, regions) = (self.state.clone(), self.form.pins(), self.regions.clone());
        let mut spots: Vec<Spot> = Vec::new();
        for _ in 0..MOST_ATTEMPTS {
            self.spend(2 * self.copied())?;
            self.state = begin.clone();
            self.form.unpin(&pins);
            self.regions.clone_from(&regions);
            self.loops.truncate(number as usize + 1);
            self.at = cycle.start;
            self.values.forget(number, &self.depends);
            self.regions.push(Region { of: Some(number), ..Region::default() });
            let zero = self.number(alloy_primitives::U256::ZERO);
            let mut variables = vec![self.variable(number, 0, zero)?];
            for (at, spot) in spots.iter().enumerate() {
                let first = self.read(*spot);
                let variable = self.variable(number, at as u32 + 1, first)?;
                self.write(*spot, variable.value);
                variables.push(variable);
            }
            let turn = self.state.clone();
            let exit = self.turn(cycle)?;
            let grown = self.changed(&turn, &mut spots)?;
            if !grown {
                // Nothing that changes tells when to leave.
                if self.form.constant(exit.leave).is_some() || !self.turns(exit.leave) {
                    return Err(Unfit::Loop);
                }
                return self.close(number, cycle, &begin, variables, &spots, exit);
            }
            if spots.len() > MOST_VARIABLES {
                return Err(Unfit::Loop);
            }
        }
        Err(Unfit::Loop)
    }

    fn variable(&mut self, number: u32, at: u32, first: V) -> Result<Variable, Unfit> {
        let sample = self.sample(first)?;
        let value = self.form.variable(number, at);
        self.depend();
        self.values.set(value, sample);
        Ok(Variable { value, first, next: value })
    }

    /// Goes through one turn.
    fn turn(&mut self, cycle: Cycle) -> Result<Exit, Unfit> {
        let end = cycle.start + cycle.period;
        self.cycles.ends.push(end);
        let exit = self.turn_to(cycle, end);
        self.cycles.ends.pop();
        exit
    }

    fn turn_to(&mut self, cycle: Cycle, end: usize) -> Result<Exit, Unfit> {
        let leaves_at = cycle.start + (cycle.exit - cycle.start) % cycle.period;
        let mut exit = None;
        while self.at < end {
            if self.at == leaves_at {
                exit = Some(self.leave()?);
            } else {
                self.turn_or_step()?;
            }
            if self.end.is_some() {
                return Err(Unfit::Loop);
            }
        }
        if self.at != end {
            return Err(Unfit::Loop);
        }
        exit.ok_or(Unfit::Loop)
    }

    /// The JUMPI that leaves in the last turn.
    fn leave(&mut self) -> Result<Exit, Unfit> {
        let (target, condition) = self.branch()?;
        let on = self.places[self.at].pc;
        let jumps = on as usize == target;
        let condition = self.form.resolve(condition);
        let leave = if jumps { self.form.unary(Unary::IsZero, condition) } else { condition };
        let state = self.state.clone();
        self.frame().pc = on as usize;
        let region = self.regions.last_mut().ok_or(Unfit::Loop)?;
        let before = std::mem::take(&mut region.items);
        Ok(Exit { state, leave, before })
    }

    fn read(&mut self, spot: Spot) -> V {
        let zero = self.form.small(0);
        match spot {
            Spot::Stack(at) => self.frame().stack[at],
            Spot::Word(at) => {
                let word = self.frame().memory[at..at + 32].to_vec();
                joined(&mut self.form, &word)
            }
            Spot::Slot(at) => self.state.world.slots[at].current,
            Spot::Gas => self.frame().used.moving.unwrap_or(zero),
            Spot::Refund => self.state.world.refund.total(&mut self.form, true),
            Spot::Steps => self.state.steps.moving.unwrap_or(zero),
        }
    }

    fn write(&mut self, spot: Spot, v: V) {
        match spot {
            Spot::Stack(at) => self.frame().stack[at] = v,
            Spot::Word(at) => self.frame().memory.splice(at..at + 32, cells(v)).for_each(drop),
            Spot::Slot(at) => self.state.world.slots[at].current = v,
            Spot::Gas => self.frame().used.moving = Some(v),
            Spot::Refund => self.state.world.refund = super::build::Sum { fixed: 0, moving: Some(v) },
            Spot::Steps => self.state.steps.moving = Some(v),
        }
    }

    /// Adds what the turn changed to the spots; false where it was known already.
    fn changed(&mut self, turn: &State, spots: &mut Vec<Spot>) -> Result<bool, Unfit> {
        let known = spots.len();
        let State { frames, world, steps } = &self.state;
        if frames.len() != turn.frames.len() || frames.is_empty() {
            return Err(Unfit::Loop);
        }
        let (now, then) = (&frames[frames.len() - 1], &turn.frames[frames.len() - 1]);
        let keeps = now.pc == then.pc
            && now.stack.len() == then.stack.len()
            && now.memory.len() == then.memory.len()
            && now.returned == then.returned
            && world.warm == turn.world.warm
            && world.logs == turn.world.logs
            && world.slots.len() == turn.world.slots.len();
        if !keeps {
            return Err(Unfit::Loop);
        }
        let mut found = Vec::new();
        for at in 0..now.stack.len() {
            if self.form.resolve(now.stack[at]) != self.form.resolve(then.stack[at]) {
                found.push(Spot::Stack(at));
            }
        }
        let mut at = 0;
        while at < now.memory.len() {
            if now.memory[at] == then.memory[at] {
                at += 1;
                continue;
            }
            // Whole words alone: the last that was written begins where its first byte stands.
            let (v, byte) = now.memory[at];
            let Some(begin) = at.checked_sub(usize::from(byte)) else { return Err(Unfit::Loop) };
            let whole = now.memory.len() >= begin + 32 && now.memory[begin..begin + 32].iter().copied().eq(cells(v));
            if !whole {
                return Err(Unfit::Loop);
            }
            found.push(Spot::Word(begin));
            at = begin + 32;
        }
        for (at, (now, then)) in world.slots.iter().zip(&turn.world.slots).enumerate() {
            if (now.account, now.key, now.original, now.warm, now.written)
                != (then.account, then.key, then.original, then.warm, then.written)
            {
                return Err(Unfit::Loop);
            }
            if now.current != then.current {
                found.push(Spot::Slot(at));
            }
        }
        if now.used.moving != then.used.moving {
            found.push(Spot::Gas);
        }
        if world.refund != turn.world.refund {
            found.push(Spot::Refund);
        }
        if steps.moving != turn.steps.moving {
            found.push(Spot::Steps);
        }
        for spot in found {
            if spots.contains(&spot) {
                continue;
            }
            // Words that lie across each other cannot both be carried.
            let across = |other: &Spot| matches!((other, spot), (Spot::Word(a), Spot::Word(b)) if a.abs_diff(b) < 32);
            if spots.iter().any(across) {
                return Err(Unfit::Loop);
            }
            spots.push(spot);
        }
        Ok(spots.len() > known)
    }

    /// Puts the loop down and goes on behind it.
    fn close(
        &mut self,
        number: u32,
        cycle: Cycle,
        begin: &State,
        mut variables: Vec<Variable>,
        spots: &[Spot],
        exit: Exit,
    ) -> Result<(), Unfit> {
        let count = variables[0].value;
        let one = self.form.small(1);
        variables[0].next = self.form.binary(Binary::Add, count, one);
        for (variable, spot) in variables[1..].iter_mut().zip(spots) {
            let next = self.read(*spot);
            variable.next = self.form.resolve(next);
        }
        let each_gas = self.frame().used.fixed.wrapping_sub(begin.frames[begin.frames.len() - 1].used.fixed);
        let each_steps = self.state.steps.fixed - begin.steps.fixed;
        let stores = self.frame().stored != begin.frames[begin.frames.len() - 1].stored;
        let after = self.regions.pop().map(|region| region.items).unwrap_or_default();
        self.loops[number as usize] =
            Loop { variables, before: exit.before, leave: Some(exit.leave), after, most: MOST_TURNS };
        let Some(region) = self.regions.last_mut() else { return Err(Unfit::Loop) };
        region.items.push(Item::Loop(number));
        self.state = exit.state;
        for (each, steps) in [(each_gas, false), (each_steps, true)] {
            let each = self.form.small(each);
            let all = self.form.binary(Binary::Mul, count, each);
            let Self { form, state, .. } = self;
            let last = state.frames.len() - 1;
            let sum = if steps { &mut state.steps } else { &mut state.frames[last].used };
            sum.add(form, all);
        }
        if stores || self.frame().stored != begin.frames[begin.frames.len() - 1].stored {
            // What was left at the last store of all turns is more than what is left here: a lane that has less leaves.
            let used = self.frame().used;
            self.frame().stored = Some(used);
        }
        self.at = cycle.exit + 1;
        let pc = self.places.get(self.at).map_or(0, |place| place.pc as usize);
        self.frame().pc = pc;
        // From here on the loop's variables are what they were in the sample's last turn.
        self.depend();
        let text = Text { fork: self.fork, ops: &self.form.ops, loops: &self.loops, depends: &self.depends };
        let source = self.lane.source(&self.accounts);
        self.values.refill();
        // What the second turn had to be, a later one may not be: then each goes on its own.
        text.items(&[Item::Loop(number)], &mut self.values, &source).map_err(|leaves| match leaves {
            Leaves::Guard(_) => Unfit::Loop,
            leaves => leaves.into(),
        })
    }
}
