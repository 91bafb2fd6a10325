//! How wide the values of a way are: between which numbers each lies, and how many of its bits anyone looks at. It knows no
//! shader.

use alloy_primitives::U256;
use lanevm_shaders::layout::MAX_ITERATIONS;

use super::{
    arithmetic::{binary, ternary, unary},
    ssa::{Binary, Input, Item, Look, Loop, Op, Ternary, Unary, V, Variable, Way},
};

/// What a kernel holds a value in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// A truth.
    Bit,
    /// 32 bits.
    Limb,
    /// 64 bits.
    Pair,
    /// 256 bits.
    Word,
}

impl Width {
    /// The least that holds numbers up to this one.
    fn of(most: U256) -> Self {
        match most.bit_len() {
            0..=32 => Self::Limb,
            33..=64 => Self::Pair,
            _ => Self::Word,
        }
    }
}

/// Between which numbers a value lies, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub low: U256,
    /// The most.
    pub high: U256,
}

impl Range {
    const ALL: Self = Self { low: U256::ZERO, high: U256::MAX };

    const fn exactly(value: U256) -> Self {
        Self { low: value, high: value }
    }

    const fn up_to(high: U256) -> Self {
        Self { low: U256::ZERO, high }
    }

    fn bits(bits: usize) -> Self {
        Self::up_to(ones(bits))
    }

    /// The number, where there is but one.
    pub fn value(&self) -> Option<U256> {
        (self.low == self.high).then_some(self.low)
    }

    fn either(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    fn is_positive(&self) -> bool {
        !self.high.bit(255)
    }
}

/// What is known of all values of a way.
#[derive(Clone, Debug)]
pub struct Widths {
    /// By value.
    pub ranges: Vec<Range>,
    /// What each is to be held in, by value.
    pub widths: Vec<Width>,
}

/// Most turns that all loops of a kernel's invocation take together: lavapipe ends them after some 65,535.
pub(super) const MOST_TURNS: u64 = MAX_ITERATIONS as u64;

/// Most turns that a loop takes, in all invocations together.
pub(super) fn most_turns(l: &Loop) -> u64 {
    u64::from(l.most)
}

/// Rounds after which the variables of loops are widened, and after which nothing more is asked of them.
const PATIENCE: (usize, usize) = (4, 40);

/// Most values of a sum that a variable's next value is taken apart into.
const SUMMANDS: u32 = 24;

impl Widths {
    /// Measures a way.
    pub fn of(way: &Way) -> Self {
        let least_gas = least_gas(way, &ranges(way, U256::ZERO));
        let ranges = ranges(way, least_gas);
        let widths = wanted(way, &ranges);
        Self { ranges, widths }
    }
}

fn ranges(way: &Way, least_gas: U256) -> Vec<Range> {
    let mut variables: Vec<Vec<Option<Range>>> = way.loops.iter().map(|l| vec![None; l.variables.len()]).collect();
    let mut round = 0;
    loop {
        let ranges = pass(way, &variables, least_gas);
        let mut stable = true;
        for (number, l) in way.loops.iter().enumerate() {
            for (place, variable) in l.variables.iter().enumerate() {
                let Some(mut new) = variable_range(way, &ranges, l, variable) else { continue };
                let old = variables[number][place];
                if let Some(old) = old {
                    new = new.either(old);
                }
                if old == Some(new) {
                    continue;
                }
                stable = false;
                if round >= PATIENCE.0 {
                    let width = [32, 64, 256].into_iter().find(|bits| new.high.bit_len() <= *bits);
                    new = Range::bits(width.unwrap_or(256));
                }
                if round >= PATIENCE.1 {
                    new = Range::ALL;
                }
                variables[number][place] = Some(new);
            }
        }
        if stable {
            return ranges.into_iter().map(|range| range.unwrap_or(Range::ALL)).collect();
        }
        round += 1;
    }
}

/// What a lane that gets through has of gas at least: the most that a guard of the way asks for by itself. Only differences
/// from it may count on that, or guards would be taken for what they are to see to.
fn least_gas(way: &Way, ranges: &[Range]) -> U256 {
    let mut by_gas: Vec<bool> = Vec::with_capacity(way.ops.len());
    for op in &way.ops {
        // What variables come to be is not looked at.
        let own = matches!(op, Op::Input(Input::Gas) | Op::Variable(..));
        by_gas.push(own || op.operands().iter().any(|v| by_gas[v.at()]));
    }
    let is_gas = |v: &V| matches!(way.ops[v.at()], Op::Input(Input::Gas));
    let asked = way.items.iter().filter_map(|item| {
        let Item::Guard(guard) = item else { return None };
        let Op::Unary(Unary::IsZero, lacks) = &way.ops[guard.at()] else { return None };
        let cost = match &way.ops[lacks.at()] {
            Op::Binary(Binary::Lt, gas, cost) if is_gas(gas) => cost,
            Op::Binary(Binary::Gt, cost, gas) if is_gas(gas) => cost,
            _ => return None,
        };
        (!by_gas[cost.at()]).then(|| ranges[cost.at()].low)
    });
    asked.max().unwrap_or_default()
}

/// The ranges of all values, given those of variables; nothing where a variable is not known yet.
fn pass(way: &Way, variables: &[Vec<Option<Range>>], least_gas: U256) -> Vec<Option<Range>> {
    let mut ranges: Vec<Option<Range>> = Vec::with_capacity(way.ops.len());
    for op in &way.ops {
        let of = |v: &V| ranges[v.at()];
        let range = match op {
            Op::Constant(value) => Some(Range::exactly(*value)),
            Op::Input(input) => Some(input_range(*input)),
            Op::Variable(number, place) => variables[*number as usize][*place as usize],
            Op::Keccak(..) | Op::Stored(..) => Some(Range::ALL),
            Op::Looked(look, ..) => Some(Range::bits(look_bits(*look))),
            Op::Unary(op, a) => of(a).map(|a| unary_range(*op, a)),
            Op::Binary(Binary::Sub, a, b) => of(a).zip(of(b)).map(|(mut from, less)| {
                if matches!(way.ops[a.at()], Op::Input(Input::Gas)) {
                    from.low = from.low.max(least_gas);
                }
                match &way.ops[b.at()] {
                    // A part of itself: the sixty-fourth of gas that a frame keeps (EIP-150).
                    Op::Binary(Binary::Shr, _, whole) if whole == a => Range::up_to(from.high),
                    _ => binary_range(Binary::Sub, from, less),
                }
            }),
            Op::Binary(op, a, b) => of(a).zip(of(b)).map(|(a, b)| binary_range(*op, a, b)),
            Op::Ternary(op, a, b, c) => of(a).zip(of(b)).zip(of(c)).map(|((a, b), c)| ternary_range(way, *op, a, b, c)),
        };
        ranges.push(range);
    }
    ranges
}

/// What a variable can be, by induction over the turns where that says more than its next value by itself.
fn variable_range(way: &Way, ranges: &[Option<Range>], l: &Loop, variable: &Variable) -> Option<Range> {
    let first = ranges[variable.first.at()]?;
    if let Some(down) = counts_down(way, ranges, l, variable, first) {
        return Some(down);
    }
    let Some(next) = ranges[variable.next.at()] else { return Some(first) };
    let mut left = SUMMANDS;
    let risen = rise(way, ranges, variable.next, variable.value, &mut left)
        .and_then(|step| step.checked_mul(U256::from(most_turns(l))))
        .and_then(|all| all.checked_add(first.high));
    match risen {
        Some(high) if high < next.high || next.high == U256::MAX => Some(Range { low: first.low, high }),
        _ => Some(first.either(next)),
    }
}

/// By how much a value is more than a variable, at most, where it is a sum of it and others.
fn rise(way: &Way, ranges: &[Option<Range>], value: V, variable: V, left: &mut u32) -> Option<U256> {
    if value == variable {
        return Some(U256::ZERO);
    }
    *left = left.checked_sub(1)?;
    match &way.ops[value.at()] {
        Op::Binary(Binary::Add, a, b) => [(a, b), (b, a)].into_iter().find_map(|(sum, other)| {
            let step = ranges[other.at()]?.high;
            rise(way, ranges, *sum, variable, left)?.checked_add(step)
        }),
        Op::Ternary(Ternary::Select, _, a, b) => {
            Some(rise(way, ranges, *a, variable, left)?.max(rise(way, ranges, *b, variable, left)?))
        }
        _ => None,
    }
}

/// The range of a variable that falls by one in each turn, where no turn follows that in which it is zero.
fn counts_down(way: &Way, ranges: &[Option<Range>], l: &Loop, variable: &Variable, first: Range) -> Option<Range> {
    let by = |v: &V, value: U256| ranges[v.at()].and_then(|range| range.value()) == Some(value);
    let falls = match &way.ops[variable.next.at()] {
        Op::Binary(Binary::Sub, a, one) => *a == variable.value && by(one, U256::ONE),
        Op::Binary(Binary::Add, a, b) => {
            (*a == variable.value && by(b, U256::MAX)) || (*b == variable.value && by(a, U256::MAX))
        }
        _ => false,
    };
    if !falls {
        return None;
    }
    if counts_to_zero(way, l, variable) {
        // It falls to zero in as many turns as it is, and a kernel sees beforehand to it that these are not too many.
        return Some(Range::up_to(first.high.min(U256::from(most_turns(l).saturating_sub(1)))));
    }
    let stays = |what: V| {
        l.leave.is_some_and(|leave| shows(way, ranges, leave, false, what))
            || l.after.iter().chain(&l.before).any(|item| match item {
                Item::Guard(guard) => shows(way, ranges, *guard, true, what),
                Item::Loop(_) => false,
            })
    };
    if stays(variable.value) {
        return Some(Range::up_to(first.high));
    }
    // The test may look at what the variable comes to be; then it must begin above zero.
    (stays(variable.next) && !first.low.is_zero()).then_some(Range { low: U256::ONE, high: first.high })
}

/// Whether a loop ends in the turn in which a variable is zero, and in no other.
fn ends_at_zero(way: &Way, l: &Loop, variable: &Variable) -> bool {
    let Some(mut leave) = l.leave else { return false };
    let is_zero = |v: &V| matches!(way.ops[v.at()], Op::Constant(value) if value.is_zero());
    // Bounded by the value's number: operands have smaller ones.
    loop {
        match &way.ops[leave.at()] {
            Op::Unary(Unary::IsZero, a) if *a == variable.value => return true,
            Op::Binary(Binary::Eq, a, b) => {
                return (*a == variable.value && is_zero(b)) || (*b == variable.value && is_zero(a));
            }
            Op::Unary(Unary::IsZero, a) => match &way.ops[a.at()] {
                Op::Unary(Unary::IsZero, b) => leave = *b,
                _ => return false,
            },
            _ => return false,
        }
    }
}

/// Whether a variable falls by one to the zero at which its loop ends: it takes as many turns as it is, and one.
pub(super) fn counts_to_zero(way: &Way, l: &Loop, variable: &Variable) -> bool {
    let by = |v: &V, value: U256| matches!(way.ops[v.at()], Op::Constant(constant) if constant == value);
    let falls = match &way.ops[variable.next.at()] {
        Op::Binary(Binary::Sub, a, one) => *a == variable.value && by(one, U256::ONE),
        Op::Binary(Binary::Add, a, b) => {
            (*a == variable.value && by(b, U256::MAX)) || (*b == variable.value && by(a, U256::MAX))
        }
        _ => false,
    };
    falls && ends_at_zero(way, l, variable)
}

/// Whether a value that is true, or is not, shows that another is not zero.
fn shows(way: &Way, ranges: &[Option<Range>], mut value: V, mut is_true: bool, what: V) -> bool {
    // Bounded by the value's number: operands have smaller ones.
    loop {
        if value == what {
            return is_true;
        }
        let zero = |v: &V| ranges[v.at()].is_some_and(|range| range.high.is_zero());
        match &way.ops[value.at()] {
            Op::Unary(Unary::IsZero, a) => {
                value = *a;
                is_true = !is_true;
            }
            Op::Binary(Binary::Eq, a, b) => {
                return !is_true && ((*a == what && zero(b)) || (*b == what && zero(a)));
            }
            Op::Binary(Binary::Lt, _, b) => return is_true && *b == what,
            Op::Binary(Binary::Gt, a, _) => return is_true && *a == what,
            _ => return false,
        }
    }
}

fn input_range(input: Input) -> Range {
    match input {
        Input::CallDataSize => Range::bits(32),
        Input::Address | Input::Caller | Input::Origin | Input::Coinbase => Range::bits(160),
        // Of block times and numbers the kernel sees to it.
        Input::Timestamp | Input::Number | Input::GasLimit | Input::ChainId | Input::Gas => Range::bits(64),
        _ => Range::ALL,
    }
}

/// Bits that hold what a look gives.
pub(super) const fn look_bits(look: Look) -> usize {
    match look {
        Look::Balance => 256,
        Look::Nonce => 64,
        Look::Warm | Look::Codeless | Look::WarmSlot => 1,
    }
}

/// The most that so many bits hold.
fn ones(bits: usize) -> U256 {
    if bits == 0 { U256::ZERO } else { U256::MAX >> (256 - bits) }
}

fn unary_range(op: Unary, a: Range) -> Range {
    if let Some(a) = a.value() {
        return Range::exactly(unary(op, a));
    }
    match op {
        Unary::IsZero if !a.low.is_zero() => Range::exactly(U256::ZERO),
        Unary::IsZero => Range::bits(1),
        Unary::Not => Range { low: !a.high, high: !a.low },
        Unary::Clz => Range { low: U256::from(a.high.leading_zeros()), high: U256::from(a.low.leading_zeros()) },
        Unary::ByteLength => Range { low: U256::from(a.low.byte_len()), high: U256::from(a.high.byte_len()) },
    }
}

fn binary_range(op: Binary, a: Range, b: Range) -> Range {
    if let Some((a, b)) = a.value().zip(b.value()) {
        return Range::exactly(binary(op, a, b));
    }
    let bits = a.high.bit_len().max(b.high.bit_len());
    let truth = |always: bool, never: bool| match (always, never) {
        (true, _) => Range::exactly(U256::ONE),
        (_, true) => Range::exactly(U256::ZERO),
        _ => Range::bits(1),
    };
    match op {
        Binary::Add => {
            a.high.checked_add(b.high).map_or(Range::ALL, |high| Range { low: a.low.wrapping_add(b.low), high })
        }
        Binary::Mul => {
            a.high.checked_mul(b.high).map_or(Range::ALL, |high| Range { low: a.low.wrapping_mul(b.low), high })
        }
        Binary::Sub if a.low >= b.high => Range { low: a.low - b.high, high: a.high - b.low },
        Binary::Div => Range::up_to(a.high / b.low.max(U256::ONE)),
        Binary::Sdiv if a.is_positive() && b.is_positive() => Range::up_to(a.high / b.low.max(U256::ONE)),
        Binary::Mod => Range::up_to(a.high.min(b.high.saturating_sub(U256::ONE))),
        Binary::Smod if a.is_positive() && b.is_positive() => {
            Range::up_to(a.high.min(b.high.saturating_sub(U256::ONE)))
        }
        Binary::Lt => truth(a.high < b.low, a.low >= b.high),
        Binary::Gt => truth(a.low > b.high, a.high <= b.low),
        Binary::Eq => truth(false, a.high < b.low || b.high < a.low),
        Binary::Slt | Binary::Sgt => Range::bits(1),
        Binary::And => Range::up_to(a.high.min(b.high)),
        Binary::Or => Range { low: a.low.max(b.low), high: ones(bits) },
        Binary::Xor => Range::up_to(ones(bits)),
        Binary::Byte => Range::up_to(U256::from(255).min(b.high)),
        Binary::Shr => Range::up_to(binary(Binary::Shr, a.low, b.high)),
        Binary::Sar if b.is_positive() => Range::up_to(binary(Binary::Shr, a.low, b.high)),
        Binary::Shl if a.high < U256::from(256 - b.high.bit_len()) => Range::up_to(b.high << a.high.to::<usize>()),
        Binary::SignExtend => {
            // What is positive as it is drawn out stays as it is.
            let stays = a.low >= U256::from(31) || b.high.bit_len() <= 8 * a.low.to::<usize>() + 7;
            if stays { b } else { Range::ALL }
        }
        _ => Range::ALL,
    }
}

fn ternary_range(way: &Way, op: Ternary, a: Range, b: Range, c: Range) -> Range {
    if let ((Some(a), Some(b)), Some(c)) = ((a.value(), b.value()), c.value()) {
        return Range::exactly(ternary(op, a, b, c, way.fork));
    }
    match op {
        Ternary::AddMod | Ternary::MulMod => Range::up_to(c.high.saturating_sub(U256::ONE)),
        Ternary::Select if !a.low.is_zero() => b,
        Ternary::Select if a.high.is_zero() => c,
        Ternary::Select => b.either(c),
        Ternary::SstoreGas => Range::bits(16),
        Ternary::SstoreRefund => Range::ALL,
    }
}

/// The values that decide whether and how lanes go on: of guards, and by which loops end. Loops that no item names have none.
pub(super) fn tests(way: &Way) -> Vec<V> {
    let mut tests = Vec::new();
    let mut todo: Vec<&Item> = way.items.iter().collect();
    while let Some(item) = todo.pop() {
        match item {
            Item::Guard(guard) => tests.push(*guard),
            Item::Loop(number) => {
                let l = &way.loops[*number as usize];
                tests.extend(l.leave);
                todo.extend(l.before.iter().chain(&l.after));
            }
        }
    }
    tests
}

/// What values are to be held in: as wide as they can be, or as anyone looks at them.
fn wanted(way: &Way, ranges: &[Range]) -> Vec<Width> {
    let mut looked = vec![Width::Limb; way.ops.len()];
    let guards = tests(way);
    let end = &way.end;
    let counts = [end.gas_used, end.refund, end.steps];
    for (value, width) in counts
        .into_iter()
        .map(|v| (v, Width::Pair))
        .chain(guards.into_iter().chain(way.results().into_iter().skip(counts.len())).map(|v| (v, Width::Word)))
    {
        looked[value.at()] = looked[value.at()].max(width);
    }
    loop {
        let before = looked.clone();
        for (at, op) in way.ops.iter().enumerate().rev() {
            let own = looked[at].min(Width::of(ranges[at].high));
            let mut look = |v: &V, width: Width| looked[v.at()] = looked[v.at()].max(width);
            match op {
                Op::Constant(_) | Op::Input(_) => {}
                Op::Variable(number, place) => {
                    let variable = way.loops[*number as usize].variables[*place as usize];
                    // What counts turns is looked at as a whole before them.
                    let counts = counts_to_zero(way, &way.loops[*number as usize], &variable);
                    look(&variable.first, if counts { Width::Word } else { own });
                    look(&variable.next, own);
                }
                Op::Unary(Unary::Not, a) => look(a, own),
                Op::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::And | Binary::Or | Binary::Xor, a, b) => {
                    look(a, own);
                    look(b, own);
                }
                Op::Binary(Binary::Shl, by, a) => {
                    look(by, Width::Word);
                    look(a, own);
                }
                Op::Ternary(Ternary::Select, a, b, c) => {
                    look(a, Width::Word);
                    look(b, own);
                    look(c, own);
                }
                other => other.operands().iter().for_each(|v| look(v, Width::Word)),
            }
        }
        if before == looked {
            break;
        }
    }
    let mut widths: Vec<Width> = Vec::with_capacity(way.ops.len());
    for (at, op) in way.ops.iter().enumerate() {
        let is_truth = |v: &V| widths[v.at()] == Width::Bit;
        let truth = match op {
            Op::Unary(Unary::IsZero, _)
            | Op::Binary(Binary::Lt | Binary::Gt | Binary::Slt | Binary::Sgt | Binary::Eq, ..) => true,
            Op::Binary(Binary::And | Binary::Or | Binary::Xor, a, b) => is_truth(a) && is_truth(b),
            _ => false,
        };
        widths.push(if truth { Width::Bit } else { looked[at].min(Width::of(ranges[at].high)) });
    }
    widths
}
