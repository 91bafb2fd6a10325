//! Making a way: a sample lane is gone through instruction by instruction, with a value for every word and, beside it, what
//! that value is for the sample. Where the lane could have done something else, a guard is left behind. The steps that the CPU
//! engine took are the guide; any disagreement with them ends the attempt.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use alloy_primitives::{B256, U256};
use lanevm_shaders::{Fork, Status};
use thiserror::Error;

use super::{
    cycles::Cycles,
    evaluate::{Leaves, Text, Values},
    form::Form,
    lane::Lane,
    memory::Cell,
    ssa::{Binary, End, Input, Item, LogEnd, Loop, Op, SlotEnd, Unary, V, Visited, Way, loop_bit},
};
use crate::{
    Batch, Observe,
    cpu::{Place, places},
    gpu::decode,
};

/// Most steps of a sample.
pub(super) const MOST_STEPS: usize = 1 << 20;

/// Most instructions that are gone through one by one, those of loops once or a few times.
const MOST_WALKED: u64 = 1 << 15;

/// Most values of a way.
const MOST_VALUES: usize = 1 << 16;

/// Most bytes of a frame's memory.
pub(super) const MOST_MEMORY: usize = 1 << 16;

/// Most bytes that are hashed, logged or given back at once.
pub(super) const MOST_BYTES: usize = 1 << 14;

/// Why no way could be made of a lane.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Unfit {
    /// The call ends before any code, creates a contract, or is not the device's.
    #[error("no way can begin with this call")]
    Entry,
    /// The batch bounds its lanes' steps, and this one comes to the bound, or it is in a loop, in which steps are not known
    /// beforehand.
    #[error("its steps are bounded")]
    Steps,
    /// An instruction that ways do not have.
    #[error("ways do not have the instruction 0x{0:02x}")]
    Opcode(u8),
    /// A call of the precompile with this number.
    #[error("ways do not call the precompile 0x{0:02x}")]
    Precompile(u16),
    /// A call that sends more than any balance holds.
    #[error("ways do not send value that no balance holds")]
    Value,
    /// A call of an account whose code is a delegation, or was set by an authorisation.
    #[error("ways do not follow delegations")]
    Delegation,
    /// The lane reads what its world does not hold.
    #[error("the lane reads what its world does not hold")]
    Missing,
    /// The lane runs out of gas.
    #[error("the lane runs out of gas")]
    Gas,
    /// The lane uses more memory, or more bytes at once, than ways do.
    #[error("the lane uses more memory than a way has")]
    Memory,
    /// The lane takes too many steps, even with its loops folded.
    #[error("the lane is too long")]
    Long,
    /// A loop does more than change words: only inside this module.
    #[error("a loop does more than change words")]
    Loop,
    /// What was made disagrees with what the CPU engine did.
    #[error("the way disagrees with the CPU engine: {0}")]
    Differs(&'static str),
}

impl From<Leaves> for Unfit {
    fn from(leaves: Leaves) -> Self {
        match leaves {
            Leaves::Unknown(_) => Self::Missing,
            Leaves::Guard(_) => Self::Differs("a guard fails for the sample"),
            Leaves::Turns(_) => Self::Long,
        }
    }
}

/// A number that grows as the way goes on: a part that is known and one that is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) fixed: u64,
    pub(super) moving: Option<V>,
}

impl Sum {
    pub(super) fn add(&mut self, form: &mut Form, v: V) {
        if let Some(value) = form.constant(v) {
            // Gas and refunds of single instructions are far below 2^64, and a sum that wraps is a number in two's complement.
            self.fixed = self.fixed.wrapping_add(value.as_limbs()[0]);
            return;
        }
        self.moving = Some(match self.moving {
            Some(moving) => form.binary(Binary::Add, moving, v),
            None => v,
        });
    }

    /// The whole; the known part is signed where `signed`.
    pub(super) fn total(self, form: &mut Form, signed: bool) -> V {
        let fixed = if signed && self.fixed >> 63 == 1 {
            U256::from(self.fixed.wrapping_neg()).wrapping_neg()
        } else {
            U256::from(self.fixed)
        };
        let fixed = form.number(fixed);
        match self.moving {
            Some(moving) => form.binary(Binary::Add, moving, fixed),
            None => fixed,
        }
    }
}

/// Code of a frame.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) bytes: alloy_primitives::Bytes,
    /// A word for each byte and one more, as the device decodes it: no jump lands on push data.
    pub(super) decoded: Vec<u32>,
}

/// Where a frame's call data come from.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// The lane brings them.
    First,
    /// The caller's memory.
    Cells(Rc<Vec<Cell>>),
}

/// A slot that the way has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) account: u32,
    pub(super) transient: bool,
    pub(super) key: V,
    pub(super) original: V,
    pub(super) current: V,
    pub(super) warm: bool,
    pub(super) written: bool,
}

/// What a frame that fails takes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct World {
    pub(super) slots: Vec<Slot>,
    /// By place: whether the way has made the account warm.
    pub(super) warm: Vec<bool>,
    /// Accounts that calls have touched, by place, and what each has.
    pub(super) moved: Vec<(u32, V)>,
    pub(super) logs: Vec<LogEnd>,
    pub(super) refund: Sum,
}

impl World {
    /// About so many words are copied with it.
    pub(super) fn words(&self) -> usize {
        let logs: usize = self.logs.iter().map(|log| 8 + log.topics.len() + log.data.len()).sum();
        self.slots.len() * 4 + self.moved.len() + logs
    }
}

/// A frame.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) code: Rc<Code>,
    pub(super) pc: usize,
    pub(super) stack: Vec<V>,
    pub(super) memory: Vec<Cell>,
    /// The account whose storage it sees, by place.
    pub(super) account: u32,
    pub(super) caller: V,
    pub(super) value: V,
    pub(super) data: Data,
    pub(super) is_static: bool,
    /// Gas it began with.
    pub(super) gas: V,
    /// What of it its caller did not pay: a call that sends value gives so much.
    pub(super) stipend: u64,
    pub(super) used: Sum,
    pub(super) returned: Rc<Vec<Cell>>,
    /// Where its caller wants the output: offset and bytes.
    pub(super) out: (usize, usize),
    /// What stood when it began.
    pub(super) undo: World,
    /// Gas used when it last stored something: more than the stipend must have been left then (EIP-2200).
    pub(super) stored: Option<Sum>,
}

/// All that changes as the way goes on.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) frames: Vec<Frame>,
    pub(super) world: World,
    pub(super) steps: Sum,
}

/// Guards and loops in order, of the way or of a part of an open loop.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    /// The open loop that it is a part of.
    pub(super) of: Option<u32>,
    pub(super) items: Vec<Item>,
    pub(super) guards: HashSet<V>,
}

/// A way being made.
pub(super) struct Builder<'a> {
    pub(super) lane: &'a Lane<'a>,
    pub(super) fork: Fork,
    pub(super) form: Form,
    pub(super) state: State,
    pub(super) accounts: Vec<Visited>,
    pub(super) regions: Vec<Region>,
    pub(super) loops: Vec<Loop>,
    /// For each value the loops it depends on, those around them too.
    pub(super) depends: Vec<u64>,
    pub(super) values: Values,
    pub(super) places: Vec<Place>,
    /// The next of them.
    pub(super) at: usize,
    pub(super) cycles: Cycles,
    pub(super) walked: u64,
    /// Decoded code of frames below the first, by hash.
    pub(super) codes: HashMap<B256, Rc<Code>>,
    pub(super) end: Option<End>,
}

/// Makes a way of a call of a valid batch: what this call does, for all that do the same.
///
/// # Errors
/// [`Unfit`] where the call does what no way can.
pub fn build(batch: &Batch, index: usize) -> Result<Way, Unfit> {
    let lane = Lane::open(batch, index).ok_or(Unfit::Entry)?;
    let places = places(batch, index, MOST_STEPS).map_err(|_| Unfit::Entry)?.ok_or(Unfit::Long)?;
    // A lane that has executed as many may have been ended by that.
    if batch.limits.max_steps.is_some_and(|most| places.len() as u64 >= most) {
        return Err(Unfit::Steps);
    }
    let (bytes, hash) = lane.first_code();
    let code = Rc::new(Code { bytes: bytes.clone(), decoded: decode(bytes) });
    let fork = lane.fork();
    let mut form = Form::new(fork);
    let (caller, value, gas) = (form.input(Input::Caller), form.input(Input::CallValue), form.input(Input::Gas));
    let world = World { warm: vec![true], ..World::default() };
    let first = Frame {
        code,
        pc: 0,
        stack: Vec::new(),
        memory: Vec::new(),
        account: 0,
        caller,
        value,
        data: Data::First,
        is_static: false,
        gas,
        stipend: 0,
        used: Sum::default(),
        returned: Rc::default(),
        out: (0, 0),
        undo: world.clone(),
        stored: None,
    };
    let cycles = Cycles::of(&places);
    let mut builder = Builder {
        fork,
        form,
        state: State { frames: vec![first], world, steps: Sum::default() },
        accounts: vec![Visited { address: lane.address(), code: hash, by: None }],
        regions: vec![Region::default()],
        loops: Vec::new(),
        depends: Vec::new(),
        values: Values::new(),
        places,
        at: 0,
        cycles,
        walked: 0,
        codes: HashMap::new(),
        end: None,
        lane: &lane,
    };
    builder.run()?;
    let way = builder.finish(hash)?;
    if way.suits(Observe::default(), batch.limits) { Ok(way) } else { Err(Unfit::Steps) }
}

impl Builder<'_> {
    fn run(&mut self) -> Result<(), Unfit> {
        while self.end.is_none() {
            self.turn_or_step()?;
        }
        if self.at != self.places.len() {
            return Err(Unfit::Differs("the way ends before the lane"));
        }
        Ok(())
    }

    fn finish(mut self, code: B256) -> Result<Way, Unfit> {
        let (Some(end), Some(region)) = (self.end.take(), self.regions.pop()) else {
            return Err(Unfit::Differs("the way has no end"));
        };
        let mut way = Way {
            fork: self.fork,
            code,
            ops: std::mem::take(&mut self.form.ops),
            items: region.items,
            loops: std::mem::take(&mut self.loops),
            accounts: std::mem::take(&mut self.accounts),
            lists: !self.lane.opening.slots.is_empty(),
            end,
            noted: None,
        };
        super::settle::settle(&mut way);
        super::prune::prune(&mut way);
        Ok(way)
    }

    /// Goes through one instruction, or through all turns of a loop that begins here.
    pub(super) fn turn_or_step(&mut self) -> Result<(), Unfit> {
        if self.try_loop()? {
            return Ok(());
        }
        self.walked += 1;
        if self.walked > MOST_WALKED || self.form.ops.len() > MOST_VALUES {
            return Err(Unfit::Long);
        }
        self.step()
    }

    /// Counts work that is not an instruction: so many words are copied.
    pub(super) fn spend(&mut self, words: usize) -> Result<(), Unfit> {
        self.walked += words as u64 / 64;
        if self.walked > MOST_WALKED { Err(Unfit::Long) } else { Ok(()) }
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        let last = self.state.frames.len() - 1;
        &mut self.state.frames[last]
    }

    /// What a value is for the sample.
    pub(super) fn sample(&mut self, v: V) -> Result<U256, Unfit> {
        let v = self.form.resolve(v);
        if let Some(value) = self.form.constant(v) {
            return Ok(value);
        }
        self.depend();
        let text = Text { fork: self.fork, ops: &self.form.ops, loops: &self.loops, depends: &self.depends };
        let source = self.lane.source(&self.accounts);
        self.values.refill();
        Ok(self.values.value(v, text, &source)?)
    }

    /// Brings what values depend on up to date.
    pub(super) fn depend(&mut self) {
        for at in self.depends.len()..self.form.ops.len() {
            let op = &self.form.ops[at];
            let own = match op {
                Op::Variable(number, _) => {
                    let around = self.regions.iter().filter_map(|region| region.of);
                    around.fold(loop_bit(*number), |all, number| all | loop_bit(number))
                }
                _ => 0,
            };
            let depends = op.operands().iter().fold(own, |all, v| all | self.depends[v.at()]);
            self.depends.push(depends);
        }
    }

    /// Whether a value changes with the variables of an open loop.
    pub(super) fn turns(&mut self, v: V) -> bool {
        self.depend();
        let open = self.regions.iter().filter_map(|region| region.of).fold(0, |all, number| all | loop_bit(number));
        self.depends[v.at()] & open != 0
    }

    /// Leaves a guard behind: the value is not zero. It stands as far out as it can.
    pub(super) fn guard(&mut self, v: V) -> Result<(), Unfit> {
        let v = self.form.resolve(v);
        if let Some(value) = self.form.constant(v) {
            return if value.is_zero() { Err(Unfit::Differs("a guard that never holds")) } else { Ok(()) };
        }
        self.depend();
        let depends = self.depends[v.at()];
        let innermost = self.regions.iter().rposition(|region| region.of.is_none_or(|of| depends & loop_bit(of) != 0));
        let region = innermost.unwrap_or(0);
        if self.regions[..=region].iter().any(|region| region.guards.contains(&v)) {
            return Ok(());
        }
        self.regions[region].guards.insert(v);
        self.regions[region].items.push(Item::Guard(v));
        if !self.turns(v) {
            self.learn(v);
        }
        Ok(())
    }

    /// What follows from a guard.
    fn learn(&mut self, v: V) {
        match self.form.ops[v.at()] {
            Op::Binary(Binary::Eq, a, b) if self.form.constant(b).is_some() => self.form.pin(a, b),
            Op::Unary(Unary::IsZero, a) => {
                let zero = self.form.small(0);
                self.form.pin(a, zero);
            }
            _ => {}
        }
        if self.form.bits(v) == 1 {
            let one = self.form.small(1);
            self.form.pin(v, one);
        }
    }

    /// Guards that a value is what it is for the sample, and gives that.
    pub(super) fn pin(&mut self, v: V) -> Result<U256, Unfit> {
        let v = self.form.resolve(v);
        if let Some(value) = self.form.constant(v) {
            return Ok(value);
        }
        if self.turns(v) {
            return Err(Unfit::Loop);
        }
        let value = self.sample(v)?;
        let number = self.form.number(value);
        let same = self.form.binary(Binary::Eq, v, number);
        self.guard(same)?;
        // An equality may have been told in other words.
        self.form.pin(v, number);
        Ok(value)
    }

    /// Guards that a condition is as it is for the sample, and gives that.
    pub(super) fn decide(&mut self, v: V) -> Result<bool, Unfit> {
        let holds = !self.sample(v)?.is_zero();
        let guard = if holds { v } else { self.form.unary(Unary::IsZero, v) };
        self.guard(guard)?;
        Ok(holds)
    }

    pub(super) fn number(&mut self, value: impl Into<U256>) -> V {
        self.form.number(value.into())
    }

    /// Gas left to the running frame.
    pub(super) fn gas_left(&mut self) -> Result<V, Unfit> {
        if self.regions.len() > 1 {
            // What a turn has used so far is known only when the loop is.
            return Err(Unfit::Loop);
        }
        let (gas, used) = (self.frame().gas, self.frame().used);
        let used = used.total(&mut self.form, false);
        Ok(self.form.binary(Binary::Sub, gas, used))
    }

    /// Puts the end of the first frame down.
    pub(super) fn end_first(&mut self, status: Status, output: &[Cell]) {
        let used = self.frame().used.total(&mut self.form, false);
        let steps = self.state.steps.total(&mut self.form, false);
        let succeeded = status.class() == lanevm_shaders::Class::Success;
        let zero = self.form.small(0);
        let refund = if succeeded { self.state.world.refund.total(&mut self.form, true) } else { zero };
        let world = &self.state.world;
        let (slots, logs) = if succeeded {
            let written = world.slots.iter().filter(|slot| slot.written && !slot.transient);
            let slots = written.map(|slot| SlotEnd {
                account: slot.account,
                key: slot.key,
                original: slot.original,
                current: slot.current,
            });
            (slots.collect(), world.logs.clone())
        } else {
            (Vec::new(), Vec::new())
        };
        let touched = if succeeded { self.touched() } else { Vec::new() };
        let words = super::memory::words(&mut self.form, output);
        self.end = Some(End {
            status,
            gas_used: used,
            refund,
            steps,
            output: words,
            output_bytes: output.len() as u32,
            slots,
            touched,
            logs,
        });
    }
}
