//! Going a way on the host: what the device's kernels are held to, and what says whether a lane of a sample goes it. It
//! schedules nothing.

use alloy_primitives::{Address, B256, Bytes, U256};
use lanevm_shaders::{Class, Fork, Status};
use thiserror::Error;

use super::{
    arithmetic::{binary, ternary, unary},
    form::hashed,
    ssa::{Input, Item, Look, Loop, Op, V, Way, loop_bit},
};

/// A lane, as a way asks for it.
pub trait Source {
    /// What the lane brings.
    fn input(&self, input: Input) -> U256;

    /// What its state says of a word.
    fn looked(&self, look: Look, account: u32, word: U256) -> U256;

    /// The slot of the account at a place, as the transaction found it; `None` where the lane's world does not say.
    fn stored(&self, account: u32, key: U256) -> Option<U256>;
}

/// The address in a word's low bits.
pub(super) fn short(word: U256) -> Address {
    Address::from_word(B256::from(word))
}

/// Why a lane does not go a way.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Leaves {
    /// A guard fails: its value's number.
    #[error("the guard of value {} fails", .0.0)]
    Guard(V),
    /// The lane's world does not say what a slot holds.
    #[error("the slot of value {} is unknown", .0.0)]
    Unknown(V),
    /// A loop does not end within its bound.
    #[error("loop {0} goes on for too long")]
    Turns(u32),
}

/// A log, with its account's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The account's place in [`Way::accounts`].
    pub account: u32,
    /// Topics.
    pub topics: Vec<U256>,
    /// Data.
    pub data: Bytes,
}

/// What a lane came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// How the first frame ended.
    pub status: Status,
    /// Gas that it used; of a halt it means nothing.
    pub gas_used: u64,
    /// The refund counter.
    pub refund: i64,
    /// Instructions of all frames.
    pub steps: u64,
    /// Return or revert data.
    pub output: Bytes,
    /// Slots that are other than before: the account's place, the slot, its value.
    pub slots: Vec<(u32, U256, U256)>,
    /// Accounts that were touched: the address, and the balance.
    pub touched: Vec<(Address, U256)>,
    /// Logs.
    pub logs: Vec<Logged>,
}

/// Values and loops of a way, or of one that is being made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) fork: Fork,
    pub(super) ops: &'a [Op],
    pub(super) loops: &'a [Loop],
    /// As [`Way::depends`] gives it.
    pub(super) depends: &'a [u64],
}

/// Values as far as they have been asked for.
#[derive(Debug)]
pub(super) struct Values {
    known: Vec<Option<U256>>,
    /// Turns of loops that are left, all loops together, and values that may be computed.
    turns: u32,
    work: u64,
}

/// Most turns of all loops that are gone for a lane.
const MOST_TURNS: u32 = 1 << 20;

/// Most values that are computed for a lane, those of each turn anew, or looked over to be.
const MOST_WORK: u64 = 1 << 26;

impl Values {
    pub(super) fn new() -> Self {
        Self { known: Vec::new(), turns: MOST_TURNS, work: MOST_WORK }
    }

    /// Begins to count anew.
    pub(super) const fn refill(&mut self) {
        self.turns = MOST_TURNS;
        self.work = MOST_WORK;
    }

    /// Counts so much work.
    fn spend(&mut self, work: u64, number: u32) -> Result<(), Leaves> {
        self.work = self.work.checked_sub(work).ok_or(Leaves::Turns(number))?;
        Ok(())
    }

    /// Forgets what depends on a loop's variables, so that they can change.
    pub(super) fn forget(&mut self, number: u32, depends: &[u64]) {
        let bit = loop_bit(number);
        for (known, depends) in self.known.iter_mut().zip(depends) {
            if depends & bit != 0 {
                *known = None;
            }
        }
    }

    pub(super) fn set(&mut self, v: V, value: U256) {
        if self.known.len() <= v.at() {
            self.known.resize(v.at() + 1, None);
        }
        self.known[v.at()] = Some(value);
    }

    fn get(&self, v: V) -> Option<U256> {
        self.known.get(v.at()).copied().flatten()
    }

    /// A value, and all that it is computed from. Without recursion: ways are as long as their code is hostile.
    pub(super) fn value(&mut self, v: V, text: Text<'_>, source: &dyn Source) -> Result<U256, Leaves> {
        if let Some(value) = self.get(v) {
            return Ok(value);
        }
        let mut todo = vec![v];
        while let Some(&next) = todo.last() {
            if self.get(next).is_some() {
                todo.pop();
                continue;
            }
            let op = &text.ops[next.at()];
            let missing = todo.len();
            todo.extend(op.operands().into_iter().filter(|operand| self.get(*operand).is_none()));
            if todo.len() > missing {
                continue;
            }
            let get = |v: &V| self.get(*v).unwrap_or_default();
            let value = match op {
                Op::Constant(value) => *value,
                Op::Input(input) => source.input(*input),
                Op::Unary(op, a) => unary(*op, get(a)),
                Op::Binary(op, a, b) => binary(*op, get(a), get(b)),
                Op::Ternary(op, a, b, c) => ternary(*op, get(a), get(b), get(c), text.fork),
                Op::Keccak(words, bytes) => hashed(&words.iter().map(get).collect::<Vec<_>>(), *bytes),
                Op::Stored(account, key) => source.stored(*account, get(key)).ok_or(Leaves::Unknown(next))?,
                Op::Looked(look, account, word) => source.looked(*look, *account, get(word)),
                // Loops set their variables before anything asks for them.
                Op::Variable(number, _) => return Err(Leaves::Turns(*number)),
            };
            self.set(next, value);
            todo.pop();
        }
        Ok(self.get(v).unwrap_or_default())
    }
}

/// A way that lanes are taken along.
#[derive(Debug)]
pub struct Walker<'a> {
    way: &'a Way,
    depends: Vec<u64>,
    results: Vec<V>,
}

impl<'a> Walker<'a> {
    /// Ready for lanes.
    pub fn new(way: &'a Way) -> Self {
        Self { way, depends: way.depends(), results: way.results() }
    }

    /// Takes a lane along the way.
    ///
    /// # Errors
    /// [`Leaves`] where the lane does something else.
    pub fn go(&self, source: &dyn Source) -> Result<Reached, Leaves> {
        let way = self.way;
        let text = Text { fork: way.fork, ops: &way.ops, loops: &way.loops, depends: &self.depends };
        let mut values = Values::new();
        text.items(&way.items, &mut values, source)?;
        for v in &self.results {
            values.value(*v, text, source)?;
        }
        let end = &way.end;
        let get = |v: &V| values.get(*v).unwrap_or_default();
        let bytes = |words: &[V], len: u32| -> Bytes {
            let all: Vec<u8> = words.iter().flat_map(|v| get(v).to_be_bytes::<32>()).take(len as usize).collect();
            all.into()
        };
        let slots = end.slots.iter().filter(|slot| get(&slot.original) != get(&slot.current));
        Ok(Reached {
            status: end.status,
            gas_used: if end.status.class() == Class::Halt { 0 } else { get(&end.gas_used).saturating_to() },
            refund: get(&end.refund).as_limbs()[0] as i64,
            steps: get(&end.steps).saturating_to(),
            output: bytes(&end.output, end.output_bytes),
            slots: slots.map(|slot| (slot.account, get(&slot.key), get(&slot.current))).collect(),
            touched: end.touched.iter().map(|touched| (short(get(&touched.address)), get(&touched.balance))).collect(),
            logs: end
                .logs
                .iter()
                .map(|log| Logged {
                    account: log.account,
                    topics: log.topics.iter().map(get).collect(),
                    data: bytes(&log.data, log.bytes),
                })
                .collect(),
        })
    }
}

impl Text<'_> {
    /// Does what is done in order.
    pub(super) fn items(self, items: &[Item], values: &mut Values, source: &dyn Source) -> Result<(), Leaves> {
        for item in items {
            match item {
                Item::Guard(v) => {
                    if values.value(*v, self, source)?.is_zero() {
                        return Err(Leaves::Guard(*v));
                    }
                }
                Item::Loop(number) => self.turns(*number, values, source)?,
            }
        }
        Ok(())
    }

    fn turns(self, number: u32, values: &mut Values, source: &dyn Source) -> Result<(), Leaves> {
        let turned = &self.loops[number as usize];
        let mut now = Vec::with_capacity(turned.variables.len());
        for variable in &turned.variables {
            now.push(values.value(variable.first, self, source)?);
        }
        // Bounded by the loop's own number.
        for _ in 0..turned.most {
            values.turns = values.turns.checked_sub(1).ok_or(Leaves::Turns(number))?;
            values.spend(self.depends.len() as u64, number)?;
            values.forget(number, self.depends);
            for (variable, value) in turned.variables.iter().zip(&now) {
                values.set(variable.value, *value);
            }
            self.items(&turned.before, values, source)?;
            let leave = turned.leave.ok_or(Leaves::Turns(number))?;
            if !values.value(leave, self, source)?.is_zero() {
                return Ok(());
            }
            self.items(&turned.after, values, source)?;
            for (variable, value) in turned.variables.iter().zip(&mut now) {
                *value = values.value(variable.next, self, source)?;
            }
        }
        Err(Leaves::Turns(number))
    }
}
