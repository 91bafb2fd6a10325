//! The form of a compiled way: 256-bit values, guards and loops, and what stands when the way ends. It holds numbers and
//! relations between them; it makes none ([`super::form`]), runs none ([`super::evaluate`]) and knows no device.
//!
//! Values are pure: what a value is depends on the lane's inputs, on the state before the transaction, and inside a loop on
//! the loop's variables, and on nothing else. So they may be computed in any order, as often as wanted, or never. Only guards
//! and loops have an order, and a way writes nothing before its last guard has held: a lane whose guard fails is where it
//! began.

use alloy_primitives::{Address, B256, U256};
use lanevm_shaders::{Fork, Status};

use crate::{Coverage, Limits, Observe};

/// A value's number: its place in [`Way::ops`]. What it is computed from has smaller numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct V(pub u32);

impl V {
    /// The number as an index.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// What a lane brings with it. Every one is a word of 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// The 32 bytes of call data from this offset on; zeros behind its end.
    CallData(u32),
    /// Bytes of call data.
    CallDataSize,
    /// The first frame's account.
    Address,
    /// The first frame's caller.
    Caller,
    /// The value sent to the first frame, in wei.
    CallValue,
    /// ORIGIN.
    Origin,
    /// GASPRICE.
    GasPrice,
    /// COINBASE.
    Coinbase,
    /// TIMESTAMP.
    Timestamp,
    /// NUMBER.
    Number,
    /// PREVRANDAO, or DIFFICULTY before the Merge.
    PrevRandao,
    /// GASLIMIT.
    GasLimit,
    /// CHAINID.
    ChainId,
    /// BASEFEE.
    BaseFee,
    /// BLOBBASEFEE.
    BlobBaseFee,
    /// Gas that the first frame begins with; below 2^64.
    Gas,
    /// The hash of the block so many, 1 to 256, before the call's; 0 where the block does not list it.
    BlockHash(u32),
    /// The transaction's blob hash with this number; 0 where it has none.
    BlobHash(u32),
}

/// Values of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// 1 for zero, otherwise 0.
    IsZero,
    /// All bits turned.
    Not,
    /// Leading zero bits; 256 for zero (EIP-7939).
    Clz,
    /// Bytes without leading zero bytes: what EXP's exponent costs by.
    ByteLength,
}

/// Values of two operands, in the order of the stack: the first is the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// Sum.
    Add,
    /// Product.
    Mul,
    /// Difference.
    Sub,
    /// Quotient; 0 where the divisor is 0.
    Div,
    /// Signed quotient.
    Sdiv,
    /// Remainder; 0 where the divisor is 0.
    Mod,
    /// Signed remainder.
    Smod,
    /// Power.
    Exp,
    /// The second operand's sign, at the byte that the first names, drawn out.
    SignExtend,
    /// 1 where the first is less.
    Lt,
    /// 1 where the first is more.
    Gt,
    /// As `Lt`, signed.
    Slt,
    /// As `Gt`, signed.
    Sgt,
    /// 1 where they are equal.
    Eq,
    /// Bits of both.
    And,
    /// Bits of either.
    Or,
    /// Bits of one.
    Xor,
    /// The byte of the second that the first names, from the most significant.
    Byte,
    /// The second shifted left by the first.
    Shl,
    /// The second shifted right by the first.
    Shr,
    /// The second shifted right by the first, its sign drawn in.
    Sar,
}

/// Values of three operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ternary {
    /// Sum of the first two, modulo the third.
    AddMod,
    /// Product of the first two, modulo the third.
    MulMod,
    /// The second where the first is not zero, otherwise the third.
    Select,
    /// What SSTORE costs beside a cold slot's price, of the value before the transaction, the value now and the new one
    /// (EIP-2200, EIP-2929).
    SstoreGas,
    /// What it adds to the refund counter, in two's complement (EIP-3529); operands as above.
    SstoreRefund,
}

/// What a lane's state says, as the first frame begins, of a word: of an address, or of a slot of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// The balance of the account at the address.
    Balance,
    /// Its nonce; below 2^64.
    Nonce,
    /// 1 where it is warm, otherwise 0.
    Warm,
    /// 1 where it is known to have no code, otherwise 0.
    Codeless,
    /// 1 where the slot is warm, since an access list names it, otherwise 0.
    WarmSlot,
}

/// How a value is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// This number.
    Constant(U256),
    /// What the lane brings.
    Input(Input),
    /// Of one operand.
    Unary(Unary, V),
    /// Of two.
    Binary(Binary, V, V),
    /// Of three.
    Ternary(Ternary, V, V, V),
    /// keccak-256 of so many bytes, which stand in words of 32, the last filled up with zeros.
    Keccak(Vec<V>, u32),
    /// The slot of the account at a place of [`Way::accounts`], as the transaction found it.
    Stored(u32, V),
    /// What the state says of a word: the address of the account at a place of [`Way::accounts`], or a slot of it.
    Looked(Look, u32, V),
    /// A variable of the loop with this number (by [`Way::loops`]): its place among the loop's.
    Variable(u32, u32),
}

impl Op {
    /// The values it is computed from; those that a variable takes on stand in its loop.
    pub fn operands(&self) -> Vec<V> {
        match self {
            Self::Constant(_) | Self::Input(_) | Self::Variable(..) => Vec::new(),
            Self::Unary(_, a) | Self::Stored(_, a) | Self::Looked(_, _, a) => vec![*a],
            Self::Binary(_, a, b) => vec![*a, *b],
            Self::Ternary(_, a, b, c) => vec![*a, *b, *c],
            Self::Keccak(words, _) => words.clone(),
        }
    }

    /// The same of other values.
    pub(super) fn of(self, mut other: impl FnMut(V) -> V) -> Self {
        match self {
            Self::Unary(op, a) => Self::Unary(op, other(a)),
            Self::Binary(op, a, b) => Self::Binary(op, other(a), other(b)),
            Self::Ternary(op, a, b, c) => Self::Ternary(op, other(a), other(b), other(c)),
            Self::Keccak(words, bytes) => Self::Keccak(words.into_iter().map(other).collect(), bytes),
            Self::Stored(account, key) => Self::Stored(account, other(key)),
            Self::Looked(look, account, word) => Self::Looked(look, account, other(word)),
            op @ (Self::Constant(_) | Self::Input(_) | Self::Variable(..)) => op,
        }
    }
}

/// The bit of a loop in a set of loops; those past the 64th share the last.
pub(super) const fn loop_bit(number: u32) -> u64 {
    1 << if number < 63 { number } else { 63 }
}

/// What is done in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// The lane leaves the way unless this value is not zero.
    Guard(V),
    /// The loop with this number is run to its end. Behind it, its variables are what they were in the last turn.
    Loop(u32),
}

/// A variable of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The value that stands for it.
    pub value: V,
    /// What it is in the first turn.
    pub first: V,
    /// What it is in the turn after this one. Variables change all at once.
    pub next: V,
}

/// A loop: in each turn the guards of `before`, then it ends if `leave` is not zero, then the guards of `after`, then the
/// variables change. The lane leaves the way where the loop has not ended after `most` turns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loop {
    /// What changes from turn to turn.
    pub variables: Vec<Variable>,
    /// In every turn, the last too.
    pub before: Vec<Item>,
    /// Not zero in the last turn.
    pub leave: Option<V>,
    /// In every turn but the last.
    pub after: Vec<Item>,
    /// Most turns.
    pub most: u32,
}

impl Loop {
    /// What its turns need: of its guards and its end, and what its variables begin with and become. Not that of loops in it.
    pub(super) fn needs(&self) -> impl Iterator<Item = V> {
        let guards = self.before.iter().chain(&self.after).filter_map(|item| match item {
            Item::Guard(v) => Some(*v),
            Item::Loop(_) => None,
        });
        guards.chain(self.leave).chain(self.variables.iter().flat_map(|variable| [variable.first, variable.next]))
    }
}

/// An account that a way looks at, or runs the code of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visited {
    /// Its address; where [`Self::by`] says it, that of the call that the way was made of.
    pub address: Address,
    /// keccak-256 of the code that it must have in the lane's world; of no bytes where it must have none.
    pub code: B256,
    /// Its address where that may be another for each lane. Guards see that it is none of the others, has no code and is far
    /// from precompiles.
    pub by: Option<V>,
}

/// A slot as a way leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotEnd {
    /// The account's place in [`Way::accounts`].
    pub account: u32,
    /// The slot.
    pub key: V,
    /// Before the transaction.
    pub original: V,
    /// At the end.
    pub current: V,
}

/// An account that calls sent value to or from, or called without its having code: it is touched (EIP-161).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountEnd {
    /// Its place in [`Way::accounts`].
    pub account: u32,
    /// Its address.
    pub address: V,
    /// Its balance at the end.
    pub balance: V,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// The account's place in [`Way::accounts`].
    pub account: u32,
    /// Topics.
    pub topics: Vec<V>,
    /// Data, in words of 32 bytes, the last filled up with zeros.
    pub data: Vec<V>,
    /// Bytes of it.
    pub bytes: u32,
}

/// What stands when a way has been gone to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How the first frame ended.
    pub status: Status,
    /// Gas that the first frame used. A guard has seen that it had so much. Of a halt, which takes all there is, it means
    /// nothing.
    pub gas_used: V,
    /// The refund counter, in two's complement; zero unless the first frame succeeded.
    pub refund: V,
    /// Instructions of all frames.
    pub steps: V,
    /// Return or revert data, in words of 32 bytes, the last filled up with zeros.
    pub output: Vec<V>,
    /// Bytes of it.
    pub output_bytes: u32,
    /// Slots that were written, in the order of the first writing; empty unless the first frame succeeded. No slot twice.
    pub slots: Vec<SlotEnd>,
    /// Accounts that were touched; empty unless the first frame succeeded. No account twice.
    pub touched: Vec<AccountEnd>,
    /// Logs; empty unless the first frame succeeded.
    pub logs: Vec<LogEnd>,
}

/// A way through code, compiled: what one lane did, made good for every lane for which the guards hold.
///
/// A lane may go it where its first frame is a message call that runs the code with the hash [`Self::code`] under
/// [`Self::fork`], where no slot is warm as that frame begins or [`Self::lists`] says that the way asks for those, and where
/// each of [`Self::accounts`] but the first has the code that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The rules.
    pub fork: Fork,
    /// keccak-256 of the first frame's code.
    pub code: B256,
    /// Values, by number.
    pub ops: Vec<Op>,
    /// Guards and loops, in order.
    pub items: Vec<Item>,
    /// Loops, by number.
    pub loops: Vec<Loop>,
    /// Accounts that the way looks at, calls or pays, of which slots are read or written, which log, or whose code is run. The
    /// first is the first frame's own; its address is [`Input::Address`], and what stands here is what the guards demand where
    /// another of a known address stands beside it. Where the code at that address is looked at, the account stands here once
    /// more.
    pub accounts: Vec<Visited>,
    /// Whether lanes may begin with warm slots: there must be no more than [`MOST_LISTED`].
    pub lists: bool,
    /// The end.
    pub end: End,
    /// What every lane that goes the way is observed to do, where it is the same for all and known.
    pub noted: Option<Noted>,
}

/// What is observed of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The hash of the blocks it enters.
    pub path: u32,
    /// What it counts for.
    pub coverage: Coverage,
}

/// Most slots that access lists make warm for a lane that goes a way.
pub const MOST_LISTED: usize = 64;

impl Way {
    /// The instructions that lanes execute on it, where all execute as many.
    pub fn steps(&self) -> Option<u64> {
        match self.ops[self.end.steps.at()] {
            Op::Constant(steps) => u64::try_from(steps).ok(),
            _ => None,
        }
    }

    /// Whether lanes of a batch may go it: what is to be noted of them is known, and they end within the batch's steps.
    pub fn suits(&self, observe: Observe, limits: Limits) -> bool {
        let ends = |most: u64| self.steps().is_some_and(|steps| steps <= most);
        (!observe.any() || self.noted.is_some()) && limits.max_steps.is_none_or(ends)
    }

    /// The values that the end needs, and slots that were read, whether or not anything came of them: a partial world may not
    /// hold them.
    pub fn results(&self) -> Vec<V> {
        let end = &self.end;
        let mut values = vec![end.gas_used, end.refund, end.steps];
        let is_read = |at: &usize| matches!(self.ops[*at], Op::Stored(..));
        values.extend((0..self.ops.len()).filter(is_read).map(|at| V(at as u32)));
        values.extend(self.accounts.iter().filter_map(|visited| visited.by));
        values.extend(&end.output);
        for slot in &end.slots {
            values.extend([slot.key, slot.original, slot.current]);
        }
        values.extend(end.touched.iter().flat_map(|touched| [touched.address, touched.balance]));
        for log in &end.logs {
            values.extend(&log.topics);
            values.extend(&log.data);
        }
        values
    }

    /// Puts other values in the place of those that guards, loops and the end name. What values are made of stays.
    pub(super) fn replace(&mut self, other: impl Fn(V) -> V) {
        let replace = |v: &mut V| *v = other(*v);
        let guards = |items: &mut Vec<Item>| {
            for item in items {
                if let Item::Guard(v) = item {
                    replace(v);
                }
            }
        };
        guards(&mut self.items);
        for turned in &mut self.loops {
            guards(&mut turned.before);
            guards(&mut turned.after);
            turned.leave.iter_mut().for_each(replace);
            for variable in &mut turned.variables {
                [&mut variable.value, &mut variable.first, &mut variable.next].into_iter().for_each(replace);
            }
        }
        let end = &mut self.end;
        [&mut end.gas_used, &mut end.refund, &mut end.steps].into_iter().for_each(replace);
        end.output.iter_mut().for_each(replace);
        for slot in &mut end.slots {
            [&mut slot.key, &mut slot.original, &mut slot.current].into_iter().for_each(replace);
        }
        for touched in &mut end.touched {
            [&mut touched.address, &mut touched.balance].into_iter().for_each(replace);
        }
        self.accounts.iter_mut().filter_map(|visited| visited.by.as_mut()).for_each(replace);
        for log in &mut end.logs {
            log.topics.iter_mut().chain(&mut log.data).for_each(replace);
        }
    }

    /// For each value the loops whose variables it depends on, as a set of bits by the loop's number; loops past the 64th
    /// share the last bit.
    pub fn depends(&self) -> Vec<u64> {
        let mut depends: Vec<u64> = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            let own = if let Op::Variable(number, _) = op { loop_bit(*number) } else { 0 };
            depends.push(op.operands().iter().fold(own, |all, v| all | depends[v.at()]));
        }
        depends
    }
}
