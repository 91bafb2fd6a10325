//! Making a way again with what all its guards show: what the last guard says of a selector makes the ones before it needless.
//! Values are pure and a way is gone only where every guard holds, so each may count on all.

use std::collections::{HashMap, HashSet};

use super::{
    form::Form,
    ssa::{Item, Op, Unary, V, Way},
};

/// A guard outside loops.
#[derive(Clone, Copy, Debug)]
enum Fact {
    /// The first value is the second, a constant.
    Same(V, V),
    /// The value, which is 0 or 1, is 1.
    Holds(V),
    /// What cannot be counted on.
    Plain,
}

/// Makes the way again.
pub(super) fn settle(way: &mut Way) {
    let mut form = Form::new(way.fork);
    // What depends on a loop's variables is another value behind the loop than in its turns.
    let depends = way.depends();
    let facts: HashMap<V, Fact> = way
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Guard(v) => Some((*v, fact(way, *v, &depends))),
            Item::Loop(_) => None,
        })
        .collect();
    // By what a fact is about: the constant that it is.
    let told: HashMap<V, Option<V>> = facts
        .values()
        .filter_map(|fact| match fact {
            Fact::Same(v, constant) => Some((*v, Some(*constant))),
            Fact::Holds(v) => Some((*v, None)),
            Fact::Plain => None,
        })
        .collect();
    let mut made: Vec<V> = Vec::with_capacity(way.ops.len());
    for (at, op) in way.ops.iter().enumerate() {
        let v = again(&mut form, op, &made);
        made.push(v);
        let constant = match told.get(&V(at as u32)) {
            Some(Some(constant)) => {
                let Op::Constant(value) = way.ops[constant.at()] else { continue };
                form.number(value)
            }
            Some(None) if form.bits(v) <= 1 => form.small(1),
            _ => continue,
        };
        // What is known by other facts needs no pin, and must not be turned about.
        if form.constant(v).is_none() {
            form.pin(v, constant);
        }
    }
    let pins = form.pins();
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    for item in &way.items {
        let Item::Guard(v) = item else {
            items.push(*item);
            continue;
        };
        // A guard is computed as if nothing were known of what it tells.
        form.unpin(&HashMap::new());
        let guard = match facts.get(v) {
            Some(Fact::Same(about, constant)) => {
                let Op::Constant(value) = way.ops[constant.at()] else { continue };
                let constant = form.number(value);
                if value.is_zero() {
                    form.unary(Unary::IsZero, made[about.at()])
                } else {
                    form.binary(super::Binary::Eq, made[about.at()], constant)
                }
            }
            _ => made[v.at()],
        };
        let needless = form.constant(guard).is_some_and(|value| !value.is_zero());
        if !needless && seen.insert(guard) {
            items.push(Item::Guard(guard));
        }
    }
    form.unpin(&pins);
    way.replace(|v| form.resolve(made[v.at()]));
    way.items = items;
    for turned in &mut way.loops {
        for list in [&mut turned.before, &mut turned.after] {
            list.retain(
                |item| !matches!(item, Item::Guard(v) if form.constant(*v).is_some_and(|value| !value.is_zero())),
            );
        }
    }
    way.ops = form.ops;
}

fn fact(way: &Way, v: V, depends: &[u64]) -> Fact {
    let is_constant = |v: V| matches!(way.ops[v.at()], Op::Constant(_));
    let turns = |v: V| depends[v.at()] != 0;
    match way.ops[v.at()] {
        Op::Binary(super::Binary::Eq, a, b) if is_constant(b) && !turns(a) => Fact::Same(a, b),
        Op::Unary(Unary::IsZero, a) if !turns(a) => match zero(way) {
            Some(zero) => Fact::Same(a, zero),
            None => Fact::Plain,
        },
        _ if !turns(v) => Fact::Holds(v),
        _ => Fact::Plain,
    }
}

/// The constant zero, where the way has one.
fn zero(way: &Way) -> Option<V> {
    let at = way.ops.iter().position(|op| matches!(op, Op::Constant(value) if value.is_zero()))?;
    Some(V(at as u32))
}

fn again(form: &mut Form, op: &Op, made: &[V]) -> V {
    let moved = |v: &V| made[v.at()];
    match op {
        Op::Constant(value) => form.number(*value),
        Op::Input(input) => form.input(*input),
        Op::Unary(op, a) => form.unary(*op, moved(a)),
        Op::Binary(op, a, b) => form.binary(*op, moved(a), moved(b)),
        Op::Ternary(op, a, b, c) => form.ternary(*op, moved(a), moved(b), moved(c)),
        Op::Keccak(words, bytes) => form.keccak(words.iter().map(moved).collect(), *bytes),
        Op::Stored(account, key) => form.stored(*account, moved(key)),
        Op::Looked(look, account, word) => form.looked(*look, *account, moved(word)),
        Op::Variable(number, at) => form.variable(*number, *at),
    }
}
