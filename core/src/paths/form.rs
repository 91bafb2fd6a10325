//! A form under construction: values are made once each, folded as far as what is known of their bits allows. It knows
//! arithmetic and no instructions.

use std::collections::HashMap;

use alloy_primitives::{U256, keccak256};
use lanevm_shaders::Fork;

use super::{
    arithmetic::{binary, small, ternary, unary},
    ssa::{Binary, Input, Look, Op, Ternary, Unary, V},
    widths::look_bits,
};

/// The values of a way that is being made.
#[derive(Debug)]
pub(super) struct Form {
    fork: Fork,
    pub(super) ops: Vec<Op>,
    /// For each value the bits that may be set.
    may: Vec<U256>,
    known: HashMap<Op, V>,
    /// Values that a guard has shown to be equal to others.
    pinned: HashMap<V, V>,
    /// Foldings within foldings: a chain of hostile length is left as it is.
    depth: u32,
}

/// Most foldings within one another.
const MOST_DEPTH: u32 = 24;

/// The value of this many bits that are all set.
fn ones(bits: usize) -> U256 {
    match bits {
        0 => U256::ZERO,
        1..256 => (U256::ONE << bits) - U256::ONE,
        _ => U256::MAX,
    }
}

impl Form {
    pub(super) fn new(fork: Fork) -> Self {
        Self { fork, ops: Vec::new(), may: Vec::new(), known: HashMap::new(), pinned: HashMap::new(), depth: 0 }
    }

    /// The constant that a value is, if it is one.
    pub(super) fn constant(&self, v: V) -> Option<U256> {
        match self.ops[v.at()] {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// What a value is known to be.
    pub(super) fn resolve(&self, v: V) -> V {
        self.pinned.get(&v).copied().unwrap_or(v)
    }

    /// From here on, `v` is `to`: a guard has seen it.
    pub(super) fn pin(&mut self, v: V, to: V) {
        if v != to {
            self.pinned.insert(v, to);
        }
    }

    /// What guards have shown so far.
    pub(super) fn pins(&self) -> HashMap<V, V> {
        self.pinned.clone()
    }

    /// Goes back to what guards had shown.
    pub(super) fn unpin(&mut self, pins: &HashMap<V, V>) {
        self.pinned.clone_from(pins);
    }

    /// Most bits that a value has.
    pub(super) fn bits(&self, v: V) -> usize {
        self.may[v.at()].bit_len()
    }

    pub(super) fn number(&mut self, value: U256) -> V {
        self.entered(Op::Constant(value), value)
    }

    pub(super) fn small(&mut self, value: u64) -> V {
        self.number(U256::from(value))
    }

    pub(super) fn input(&mut self, input: Input) -> V {
        let bits = match input {
            Input::Address | Input::Caller | Input::Origin | Input::Coinbase => 160,
            Input::CallDataSize => 32,
            Input::Gas | Input::GasLimit | Input::BaseFee | Input::ChainId => 64,
            Input::GasPrice | Input::BlobBaseFee => 256,
            _ => 256,
        };
        self.made(Op::Input(input), ones(bits))
    }

    /// A loop's variable: a value of its own.
    pub(super) fn variable(&mut self, number: u32, at: u32) -> V {
        self.made(Op::Variable(number, at), U256::MAX)
    }

    pub(super) fn stored(&mut self, account: u32, key: V) -> V {
        let key = self.resolve(key);
        self.made(Op::Stored(account, key), U256::MAX)
    }

    /// The word is taken as it is, so that one account is looked at by one word.
    pub(super) fn looked(&mut self, look: Look, account: u32, word: V) -> V {
        self.made(Op::Looked(look, account, word), ones(look_bits(look)))
    }

    pub(super) fn keccak(&mut self, words: Vec<V>, bytes: u32) -> V {
        let words: Vec<V> = words.into_iter().map(|v| self.resolve(v)).collect();
        let known: Option<Vec<U256>> = words.iter().map(|v| self.constant(*v)).collect();
        if let Some(words) = known {
            return self.number(hashed(&words, bytes));
        }
        self.made(Op::Keccak(words, bytes), U256::MAX)
    }

    pub(super) fn unary(&mut self, op: Unary, a: V) -> V {
        let a = self.resolve(a);
        if let Some(known) = self.constant(a) {
            return self.number(unary(op, known));
        }
        let may = match op {
            Unary::IsZero => {
                // Twice is once, for what is 0 or 1.
                if let Op::Unary(Unary::IsZero, inner) = self.ops[a.at()] {
                    let inner = self.resolve(inner);
                    if self.bits(inner) <= 1 {
                        return inner;
                    }
                }
                U256::ONE
            }
            Unary::Not => {
                if let Op::Unary(Unary::Not, inner) = self.ops[a.at()] {
                    return inner;
                }
                U256::MAX
            }
            Unary::Clz => U256::from(511),
            Unary::ByteLength => U256::from(63),
        };
        self.made(Op::Unary(op, a), may)
    }

    pub(super) fn binary(&mut self, op: Binary, a: V, b: V) -> V {
        let (mut a, mut b) = (self.resolve(a), self.resolve(b));
        let commutes = matches!(op, Binary::Add | Binary::Mul | Binary::And | Binary::Or | Binary::Xor | Binary::Eq);
        // Constants stand second where the order is free, otherwise the older value first.
        if commutes && (self.constant(a).is_some(), a) > (self.constant(b).is_some(), b) {
            (a, b) = (b, a);
        }
        if let (Some(x), Some(y)) = (self.constant(a), self.constant(b)) {
            return self.number(binary(op, x, y));
        }
        if self.depth < MOST_DEPTH {
            self.depth += 1;
            let simpler = self.simpler(op, a, b);
            self.depth -= 1;
            if let Some(v) = simpler {
                return v;
            }
        }
        let may = self.bits_of(op, a, b);
        self.made(Op::Binary(op, a, b), may)
    }

    /// A value that this one is equal to, and that is there already or is simpler.
    fn simpler(&mut self, op: Binary, a: V, b: V) -> Option<V> {
        let zero = U256::ZERO;
        let (x, y) = (self.constant(a), self.constant(b));
        let same = a == b;
        match op {
            Binary::Add => {
                let y = y?;
                if y == zero {
                    return Some(a);
                }
                if let Op::Binary(Binary::Add, inner, more) = self.ops[a.at()] {
                    let more = self.constant(more)?;
                    let sum = self.number(y.wrapping_add(more));
                    return Some(self.binary(Binary::Add, inner, sum));
                }
                None
            }
            Binary::Sub => {
                if same {
                    return Some(self.number(zero));
                }
                if let Some(y) = y {
                    let minus = self.number(y.wrapping_neg());
                    // A sum with a constant: sums of sums meet there. A subtraction of a small number is kept, since its
                    // bounds say more.
                    if y == zero || matches!(self.ops[a.at()], Op::Binary(Binary::Add, ..)) {
                        return Some(self.binary(Binary::Add, a, minus));
                    }
                }
                if let Op::Binary(Binary::Add, first, second) = self.ops[a.at()] {
                    if first == b {
                        return Some(second);
                    }
                    if second == b {
                        return Some(first);
                    }
                }
                None
            }
            Binary::Mul => {
                let y = y?;
                if y == zero {
                    return Some(b);
                }
                if y == U256::ONE {
                    return Some(a);
                }
                self.power(y).map(|by| self.binary(Binary::Shl, by, a))
            }
            Binary::Div => {
                if x == Some(zero) || y == Some(zero) {
                    return Some(self.number(zero));
                }
                if y == Some(U256::ONE) {
                    return Some(a);
                }
                self.power(y?).map(|by| self.binary(Binary::Shr, by, a))
            }
            Binary::Mod => {
                let y = y?;
                if y <= U256::ONE {
                    return Some(self.number(zero));
                }
                self.power(y)?;
                let mask = self.number(y - U256::ONE);
                Some(self.binary(Binary::And, a, mask))
            }
            Binary::Exp => {
                if y == Some(zero) {
                    return Some(self.number(U256::ONE));
                }
                if y == Some(U256::ONE) {
                    return Some(a);
                }
                // 2 and 256 to a power are shifts.
                if x == Some(U256::from(2)) {
                    let one = self.number(U256::ONE);
                    return Some(self.binary(Binary::Shl, b, one));
                }
                if x == Some(U256::from(256)) && self.bits(b) <= 32 {
                    let (three, one) = (self.small(3), self.number(U256::ONE));
                    let by = self.binary(Binary::Shl, three, b);
                    return Some(self.binary(Binary::Shl, by, one));
                }
                None
            }
            Binary::Lt => self.less(a, b),
            Binary::Gt => self.less(b, a).or_else(|| Some(self.binary(Binary::Lt, b, a))),
            Binary::Slt | Binary::Sgt if same => Some(self.number(zero)),
            Binary::Sgt => Some(self.binary(Binary::Slt, b, a)),
            Binary::Eq => {
                if same {
                    return Some(self.number(U256::ONE));
                }
                let y = y?;
                if y & !self.may[a.at()] != zero {
                    return Some(self.number(zero));
                }
                if y == zero {
                    return Some(self.unary(Unary::IsZero, a));
                }
                if y == U256::ONE && self.bits(a) == 1 {
                    return Some(a);
                }
                None
            }
            Binary::And => {
                if same {
                    return Some(a);
                }
                let y = y?;
                let may = self.may[a.at()];
                if may & y == zero {
                    return Some(self.number(zero));
                }
                if may & !y == zero {
                    return Some(a);
                }
                if let Op::Binary(Binary::And, inner, mask) = self.ops[a.at()]
                    && let Some(mask) = self.constant(mask)
                {
                    let both = self.number(mask & y);
                    return Some(self.binary(Binary::And, inner, both));
                }
                // Of parts joined, those that the mask leaves.
                if let Op::Binary(Binary::Or, first, second) = self.ops[a.at()] {
                    let left = [first, second].map(|part| self.may[part.at()] & y);
                    if left.contains(&zero) {
                        let part = if left[0] == zero { second } else { first };
                        return Some(self.binary(Binary::And, part, b));
                    }
                }
                None
            }
            Binary::Or => {
                if same || y == Some(zero) {
                    return Some(a);
                }
                (y == Some(U256::MAX)).then_some(b)
            }
            Binary::Xor => {
                if same {
                    return Some(self.number(zero));
                }
                if y == Some(U256::MAX) {
                    return Some(self.unary(Unary::Not, a));
                }
                (y == Some(zero)).then_some(a)
            }
            Binary::Shl | Binary::Shr => self.shifted(op, a, b),
            Binary::Sar => {
                let by = small(x?, 256)?;
                // Without a sign it is a plain shift.
                (by == 0 || self.bits(b) < 256).then(|| self.binary(Binary::Shr, a, b))
            }
            Binary::Byte => {
                let Some(at) = small(x?, 32) else { return Some(self.number(zero)) };
                let (by, mask) = (self.small(248 - 8 * at as u64), self.small(255));
                let down = self.binary(Binary::Shr, by, b);
                Some(self.binary(Binary::And, down, mask))
            }
            Binary::SignExtend => {
                let Some(at) = small(x?, 31) else { return Some(b) };
                (self.bits(b) < at * 8 + 8).then_some(b)
            }
            Binary::Sdiv | Binary::Smod | Binary::Slt => None,
        }
    }

    /// The exponent of a power of two.
    fn power(&mut self, value: U256) -> Option<V> {
        (value.count_ones() == 1).then(|| self.small(value.trailing_zeros() as u64))
    }

    /// `a < b`, where it can be said.
    fn less(&mut self, a: V, b: V) -> Option<V> {
        let (most_a, most_b) = (self.may[a.at()], self.may[b.at()]);
        if a == b || most_b.is_zero() || self.constant(a).is_some_and(|a| a >= most_b) {
            return Some(self.number(U256::ZERO));
        }
        if self.constant(b).is_some_and(|b| most_a < b) {
            return Some(self.number(U256::ONE));
        }
        // Less than one is zero; more than zero is not zero.
        if self.constant(b) == Some(U256::ONE) {
            return Some(self.unary(Unary::IsZero, a));
        }
        if self.constant(a) == Some(U256::ZERO) {
            let zero = self.unary(Unary::IsZero, b);
            return Some(self.unary(Unary::IsZero, zero));
        }
        None
    }

    fn shifted(&mut self, op: Binary, by: V, value: V) -> Option<V> {
        let Some(known) = self.constant(by) else {
            return (self.constant(value) == Some(U256::ZERO)).then_some(value);
        };
        let Some(distance) = small(known, 256) else { return Some(self.number(U256::ZERO)) };
        if distance == 0 {
            return Some(value);
        }
        let may = self.may[value.at()];
        let left = if op == Binary::Shl { may << distance } else { may >> distance };
        if left.is_zero() {
            return Some(self.number(U256::ZERO));
        }
        if let Op::Binary(inner @ (Binary::Shl | Binary::Shr), other, from) = self.ops[value.at()] {
            let other = small(self.constant(other)?, 256)?;
            if inner == op {
                let both = self.small((distance + other) as u64);
                return Some(self.binary(op, both, from));
            }
            if other == distance {
                // There and back: the bits that fall off are gone.
                let mask = if op == Binary::Shr { ones(256 - distance) } else { !ones(distance) };
                let mask = self.number(mask);
                return Some(self.binary(Binary::And, from, mask));
            }
        }
        // Of parts joined, those that are left.
        if let Op::Binary(Binary::Or, first, second) = self.ops[value.at()] {
            let gone = [first, second].map(|part| {
                let may = self.may[part.at()];
                (if op == Binary::Shl { may << distance } else { may >> distance }).is_zero()
            });
            if gone[0] || gone[1] {
                let part = if gone[0] { second } else { first };
                return Some(self.binary(op, by, part));
            }
        }
        None
    }

    /// The bits that may be set in a value of two operands.
    fn bits_of(&self, op: Binary, a: V, b: V) -> U256 {
        let (x, y) = (self.may[a.at()], self.may[b.at()]);
        let longer = x.bit_len().max(y.bit_len());
        match op {
            Binary::Add => ones((longer + 1).min(256)),
            Binary::Mul => ones((x.bit_len() + y.bit_len()).min(256)),
            Binary::Div => ones(x.bit_len()),
            Binary::Mod => ones(x.bit_len().min(y.bit_len())),
            Binary::And => x & y,
            Binary::Or | Binary::Xor => x | y,
            Binary::Lt | Binary::Gt | Binary::Slt | Binary::Sgt | Binary::Eq => U256::ONE,
            Binary::Byte => U256::from(255),
            Binary::Shl => match self.constant(a).and_then(|by| small(by, 256)) {
                Some(by) => y << by,
                None => U256::MAX,
            },
            Binary::Shr => match self.constant(a).and_then(|by| small(by, 256)) {
                Some(by) => y >> by,
                None => ones(y.bit_len()),
            },
            Binary::Sub | Binary::Sdiv | Binary::Smod | Binary::Exp | Binary::SignExtend | Binary::Sar => U256::MAX,
        }
    }

    pub(super) fn ternary(&mut self, op: Ternary, a: V, b: V, c: V) -> V {
        let [a, b, c] = [a, b, c].map(|v| self.resolve(v));
        if let (Some(x), Some(y), Some(z)) = (self.constant(a), self.constant(b), self.constant(c)) {
            return self.number(ternary(op, x, y, z, self.fork));
        }
        let may = match op {
            Ternary::Select => {
                if b == c {
                    return b;
                }
                if let Some(known) = self.constant(a) {
                    return if known.is_zero() { c } else { b };
                }
                self.may[b.at()] | self.may[c.at()]
            }
            Ternary::SstoreGas => {
                // What is written is what is there.
                if b == c {
                    return self.number(ternary(op, U256::ZERO, U256::ZERO, U256::ZERO, self.fork));
                }
                ones(15)
            }
            Ternary::SstoreRefund => {
                if b == c {
                    return self.number(U256::ZERO);
                }
                U256::MAX
            }
            Ternary::AddMod | Ternary::MulMod => {
                if self.constant(c).is_some_and(|c| c <= U256::ONE) {
                    return self.number(U256::ZERO);
                }
                ones(self.bits(c))
            }
        };
        self.made(Op::Ternary(op, a, b, c), may)
    }

    /// The value of an operation; a value that can only be zero is the constant.
    fn made(&mut self, op: Op, may: U256) -> V {
        if may.is_zero() {
            return self.number(U256::ZERO);
        }
        let v = self.entered(op, may);
        self.resolve(v)
    }

    fn entered(&mut self, op: Op, may: U256) -> V {
        if let Some(v) = self.known.get(&op) {
            return *v;
        }
        let v = V(self.ops.len() as u32);
        self.ops.push(op.clone());
        self.may.push(may);
        self.known.insert(op, v);
        v
    }
}

/// keccak-256 of the first `bytes` of words.
pub(super) fn hashed(words: &[U256], bytes: u32) -> U256 {
    let all: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
    keccak256(&all[..bytes as usize]).into()
}
