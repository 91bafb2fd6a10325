//! Where a way is cut: what its kernels do in which order, which of them does what, and what they hand on in a lane's stack. It
//! writes no text.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{MOST_LIVE, MOST_STRETCHES, STRETCH_UNITS, Unfit, cost, operations};
use crate::paths::{
    ssa::{Binary, Item, Op, V, Way},
    widths::{Widths, tests},
};

/// What is known of a way before anything is written.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) way: &'a Way,
    pub(super) widths: Widths,
    /// By value, the loops that it depends on.
    pub(super) depends: Vec<u64>,
    /// Comparisons by which code asks whether a product has overflown: the factors.
    overflows: Vec<Option<(V, V)>>,
    /// What computing a value anew costs, with all it needs; nothing where that is too much, and it is handed on.
    again: Vec<Option<u64>>,
}

/// Most units of a value that is computed anew rather than handed on: a load of the stack costs half as much as one of call data.
const MOST_AGAIN: u64 = 60;

impl<'a> Facts<'a> {
    pub(super) fn of(way: &'a Way) -> Self {
        let overflows: Vec<_> = (0..way.ops.len()).map(|at| overflow(way, at)).collect();
        let mut facts =
            Self { way, widths: Widths::of(way), depends: way.depends(), overflows, again: vec![None; way.ops.len()] };
        for at in 0..way.ops.len() {
            let v = V(at as u32);
            let heavy = matches!(way.ops[at], Op::Stored(..) | Op::Looked(..) | Op::Keccak(..) | Op::Variable(..));
            facts.again[at] = if facts.is_free(v) && !matches!(way.ops[at], Op::Variable(..)) {
                Some(0)
            } else if heavy || facts.overflows[at].is_some() {
                None
            } else {
                let own = cost::operation(&way.ops[at], facts.widths.widths[at]);
                let all = way.ops[at].operands().iter().try_fold(own, |sum, v| Some(sum + facts.again[v.at()]?));
                all.filter(|sum| *sum <= MOST_AGAIN)
            };
        }
        facts
    }

    /// The factors of the product that a comparison asks about: whether it overflows.
    pub(super) fn overflow(&self, value: V) -> Option<(V, V)> {
        self.overflows[value.at()]
    }

    /// Whether nothing needs to be computed for a value.
    pub(super) fn is_free(&self, value: V) -> bool {
        matches!(self.way.ops[value.at()], Op::Constant(_) | Op::Variable(..))
            || self.widths.ranges[value.at()].value().is_some()
    }

    /// What is needed to compute a value.
    pub(super) fn operands(&self, value: V) -> Vec<V> {
        match self.overflow(value) {
            Some((a, b)) => vec![a, b],
            None => self.way.ops[value.at()].operands(),
        }
    }

    fn cost(&self, value: V) -> u64 {
        cost::operation(&self.way.ops[value.at()], self.widths.widths[value.at()])
    }
}

/// The factors x and y where a value is whether x * y / y is x: how code sees that a product has not overflown.
fn overflow(way: &Way, at: usize) -> Option<(V, V)> {
    let Op::Binary(Binary::Eq, p, q) = &way.ops[at] else { return None };
    [(p, q), (q, p)].into_iter().find_map(|(x, quotient)| {
        let Op::Binary(Binary::Div, product, y) = &way.ops[quotient.at()] else { return None };
        let Op::Binary(Binary::Mul, s, t) = &way.ops[product.at()] else { return None };
        ((s == x && t == y) || (s == y && t == x)).then_some((*x, *y))
    })
}

/// What a kernel does, in order.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Computes a value.
    Value(V),
    /// Computes heavy values of one kind at one place.
    Group(Vec<V>),
    /// The lane leaves unless the value is not zero.
    Guard(V),
    /// Turns a loop that is in no other, with the loops in it and the values of its turns.
    Loop { number: u32, loops: Vec<u32>, inside: Vec<V> },
}

/// A kernel's part of a way.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    pub(super) steps: Vec<Step>,
    /// What it takes over from those before, by place in the stack.
    pub(super) takes: Vec<(V, u32)>,
    /// What it hands on.
    pub(super) gives: Vec<(V, u32)>,
    /// Loops of those before.
    pub(super) behind: Vec<u32>,
    /// Accounts of the lane's overlay that it asks of; the first frame's own among them where it asks what that holds.
    pub(super) accounts: BTreeSet<u32>,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

/// A way cut into stretches.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) stretches: Vec<Stretch>,
    /// Places in the stack that are handed on.
    pub(super) live: u32,
}

/// Puts a way's steps into order.
struct Order<'a> {
    facts: &'a Facts<'a>,
    steps: Vec<Step>,
    costs: Vec<u64>,
    /// By value, whether a step computes it.
    done: Vec<bool>,
    groups: BTreeMap<(bool, u32), BTreeSet<V>>,
    group_of: Vec<Option<(bool, u32)>>,
    /// Values that are computed where they are used, as far as their cost has been counted.
    counted: Vec<bool>,
}

/// Finds what heavy values are computed together: those that are needed, outside of loops, with as many before them.
fn group(order: &mut Order<'_>) {
    let facts = order.facts;
    let way = facts.way;
    let mut needed = vec![false; way.ops.len()];
    let mut todo = way.results();
    todo.extend(tests(way));
    todo.extend(way.loops.iter().flat_map(|l| l.variables.iter().flat_map(|v| [v.first, v.next])));
    while let Some(value) = todo.pop() {
        if !std::mem::replace(&mut needed[value.at()], true) {
            todo.extend(facts.operands(value));
        }
    }
    let mut before = vec![0u32; way.ops.len()];
    for (at, op) in way.ops.iter().enumerate() {
        let most = op.operands().iter().map(|v| before[v.at()]).max().unwrap_or_default();
        let kind = match op {
            Op::Keccak(_, bytes) if *bytes < operations::RATE => true,
            Op::Stored(..) => false,
            _ => {
                before[at] = most;
                continue;
            }
        };
        before[at] = most + 1;
        if needed[at] && facts.depends[at] == 0 {
            order.groups.entry((kind, most)).or_default().insert(V(at as u32));
            order.group_of[at] = Some((kind, most));
        }
    }
    order.groups.retain(|_, group| group.len() > 1);
}

impl Order<'_> {
    fn push(&mut self, step: Step, own: u64, uses: &[V]) {
        // What is computed where it is used costs there first.
        let mut cost = own;
        let mut todo = uses.to_vec();
        while let Some(v) = todo.pop() {
            if self.facts.again[v.at()].is_some() && !std::mem::replace(&mut self.counted[v.at()], true) {
                cost += self.facts.cost(v);
                todo.extend(self.facts.operands(v));
            }
        }
        self.steps.push(step);
        self.costs.push(cost);
    }

    /// Computes a value and all it needs, as far as that is not done.
    fn value(&mut self, value: V) {
        let mut needed = BTreeSet::new();
        let mut todo = vec![value];
        while let Some(v) = todo.pop() {
            if !self.facts.is_free(v) && !self.done[v.at()] && needed.insert(v) {
                todo.extend(self.facts.operands(v));
            }
        }
        for v in needed {
            if self.done[v.at()] || self.facts.again[v.at()].is_some() {
                continue;
            }
            if let Some(group) = self.group_of[v.at()].and_then(|key| self.groups.remove(&key)) {
                let uses: Vec<V> = group.iter().flat_map(|v| self.facts.operands(*v)).collect();
                uses.iter().for_each(|v| self.value(*v));
                group.iter().for_each(|v| self.done[v.at()] = true);
                let first = group.first().map_or(0, |v| self.facts.cost(*v));
                let group: Vec<V> = group.into_iter().collect();
                self.push(Step::Group(group.clone()), first + 50 * group.len() as u64, &uses);
                continue;
            }
            self.done[v.at()] = true;
            let cost = self.facts.cost(v);
            self.push(Step::Value(v), cost, &self.facts.operands(v));
        }
    }

    fn turning(&mut self, number: u32) {
        let way = self.facts.way;
        let mut loops = vec![number];
        let mut at = 0;
        let mut roots = Vec::new();
        while let Some(number) = loops.get(at).copied() {
            let l = &way.loops[number as usize];
            loops.extend(l.before.iter().chain(&l.after).filter_map(|item| match item {
                Item::Guard(_) => None,
                Item::Loop(inner) => Some(*inner),
            }));
            roots.extend(l.needs());
            at += 1;
        }
        let own: u64 = loops.iter().fold(0, |bits, number| bits | (1 << (number & 63)));
        let mut seen = BTreeSet::new();
        let mut inside = Vec::new();
        while let Some(v) = roots.pop() {
            if !seen.insert(v) {
                continue;
            }
            if self.facts.depends[v.at()] & own == 0 {
                self.value(v);
            } else if !self.facts.is_free(v) {
                roots.extend(self.facts.operands(v));
                inside.push(v);
            }
        }
        let variables: usize = loops.iter().map(|number| way.loops[*number as usize].variables.len()).sum();
        let own = inside.iter().map(|v| self.facts.cost(*v)).sum::<u64>() + 60 + variables as u64 * 20;
        let uses: Vec<V> = seen.iter().copied().collect();
        self.push(Step::Loop { number, loops, inside }, own, &uses);
    }
}

/// What of a step's needs steps before it may have computed.
fn uses(facts: &Facts<'_>, step: &Step) -> Vec<V> {
    let mut todo = match step {
        Step::Value(v) => facts.operands(*v),
        Step::Group(group) => group.iter().flat_map(|v| facts.operands(*v)).collect(),
        Step::Guard(v) => vec![*v],
        Step::Loop { loops, inside, .. } => {
            let turned = loops.iter().flat_map(|number| facts.way.loops[*number as usize].needs());
            turned.chain(inside.iter().flat_map(|v| facts.operands(*v))).collect()
        }
    };
    stored(facts, &mut todo)
}

/// Of values those that are handed on, where they are to be had later, and what the others are computed of.
fn stored(facts: &Facts<'_>, todo: &mut Vec<V>) -> Vec<V> {
    let mut seen = BTreeSet::new();
    let mut stored = Vec::new();
    while let Some(v) = todo.pop() {
        if facts.widths.ranges[v.at()].value().is_some() || !seen.insert(v) {
            continue;
        }
        if facts.again[v.at()].is_some() {
            todo.extend(facts.operands(v));
        } else {
            stored.push(v);
        }
    }
    stored
}

/// Cuts a way into stretches of [`STRETCH_UNITS`] at most, where a step has not more by itself, or of as many as are asked for, as
/// far as there may be so many stretches.
pub(super) fn cut(facts: &Facts<'_>, asked: Option<u64>) -> Result<Cut, Unfit> {
    let way = facts.way;
    let count = way.ops.len();
    let mut order = Order {
        facts,
        steps: Vec::new(),
        costs: Vec::new(),
        done: vec![false; count],
        groups: BTreeMap::new(),
        group_of: vec![None; count],
        counted: vec![false; count],
    };
    group(&mut order);
    for item in &way.items {
        match item {
            Item::Guard(v) => {
                order.value(*v);
                order.push(Step::Guard(*v), 3, &[*v]);
            }
            Item::Loop(number) => order.turning(*number),
        }
    }
    let results = way.results();
    for v in &results {
        order.value(*v);
    }
    let Order { steps, mut costs, .. } = order;
    // Behind the last step stands the end.
    costs.push(cost::end(way));
    let most = asked.map_or(STRETCH_UNITS, |most| most.max(costs.iter().sum::<u64>() / (MOST_STRETCHES / 2)));
    let mut made: HashMap<V, usize> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Value(v) => drop(made.insert(*v, at)),
            Step::Group(group) => made.extend(group.iter().map(|v| (*v, at))),
            Step::Guard(_) => {}
            Step::Loop { loops, .. } => {
                let variables = loops.iter().flat_map(|number| &way.loops[*number as usize].variables);
                made.extend(variables.map(|variable| (variable.value, at)));
            }
        }
    }
    // By place, what the step there needs of those before it.
    let mut needs: Vec<Vec<V>> = steps.iter().map(|step| uses(facts, step)).collect();
    needs.push(stored(facts, &mut results.clone()));
    for (at, needs) in needs.iter_mut().enumerate() {
        needs.retain(|v| made.get(v).is_some_and(|made| *made < at));
    }
    let mut last: HashMap<V, usize> = HashMap::new();
    for (at, needs) in needs.iter().enumerate() {
        last.extend(needs.iter().map(|v| (*v, at)));
    }
    let ends = ends(&costs, &live(&made, &last, costs.len()), most)?;
    let cut = stretches(facts, steps, &needs, &made, &last, &ends);
    if cut.live > MOST_LIVE { Err(Unfit::Live(cut.live)) } else { Ok(cut) }
}

/// By place of a cut, how many values live there.
fn live(made: &HashMap<V, usize>, last: &HashMap<V, usize>, places: usize) -> Vec<i64> {
    let mut live = vec![0i64; places + 1];
    for (v, last) in last {
        live[made[v] + 1] += 1;
        live[last + 1] -= 1;
    }
    for at in 1..live.len() {
        live[at] += live[at - 1];
    }
    live
}

/// Before which steps the way is cut, and its end: stretches are about as long as one another, and cuts are where little lives.
fn ends(costs: &[u64], live: &[i64], most: u64) -> Result<Vec<usize>, Unfit> {
    let total: u64 = costs.iter().sum();
    let count = total.div_ceil(most.max(1)).max(1);
    if count > MOST_STRETCHES || costs.iter().any(|cost| *cost > cost::MOST_UNITS) {
        return Err(Unfit::Units(total));
    }
    let mut ends = Vec::new();
    let (mut from, mut rest) = (0, total);
    while rest > most && from + 1 < costs.len() {
        let target = rest / rest.div_ceil(most.max(1)).max(1);
        let mut sum = 0;
        let mut best: Option<(i64, u64, usize)> = None;
        for at in from + 1..costs.len() {
            sum += costs[at - 1];
            // The first step may be more by itself.
            if sum > most && best.is_some() {
                break;
            }
            if sum * 4 >= target * 3 || at + 1 == costs.len() || sum + costs[at] > most {
                let better = best.is_none_or(|(least, ..)| live[at] < least);
                if better {
                    best = Some((live[at], sum, at));
                }
            }
            if sum > most {
                break;
            }
        }
        let Some((_, sum, at)) = best else { break };
        ends.push(at);
        from = at;
        rest -= sum;
    }
    ends.push(costs.len());
    if ends.len() as u64 > MOST_STRETCHES { Err(Unfit::Units(total)) } else { Ok(ends) }
}

fn stretches(
    facts: &Facts<'_>,
    steps: Vec<Step>,
    needs: &[Vec<V>],
    made: &HashMap<V, usize>,
    last: &HashMap<V, usize>,
    ends: &[usize],
) -> Cut {
    let way = facts.way;
    let mut places: HashMap<V, u32> = HashMap::new();
    let (mut free, mut live): (BTreeSet<u32>, u32) = (BTreeSet::new(), 0);
    let mut behind: Vec<u32> = Vec::new();
    let mut steps = steps.into_iter();
    let mut cut: Vec<Stretch> = Vec::new();
    let mut from = 0;
    for (number, end) in ends.iter().copied().enumerate() {
        let taken: BTreeSet<V> = needs[from..end].iter().flatten().copied().filter(|v| made[v] < from).collect();
        let mut stretch = Stretch {
            takes: taken.iter().map(|v| (*v, places[v])).collect(),
            behind: behind.clone(),
            is_first: number == 0,
            is_last: number + 1 == ends.len(),
            ..Stretch::default()
        };
        stretch.steps.extend(steps.by_ref().take(end.min(needs.len() - 1) - from));
        // Places of what is used no more are free: all is loaded before anything is stored.
        let over: Vec<V> = places.keys().copied().filter(|v| last[v] < end).collect();
        free.extend(over.iter().filter_map(|v| places.remove(v)));
        let given = |v: &V| (from..end).contains(&made[v]) && last[v] >= end;
        let gives: BTreeSet<V> = last.keys().copied().filter(given).collect();
        for v in gives {
            let place = free.pop_first().unwrap_or_else(|| {
                live += 1;
                live - 1
            });
            places.insert(v, place);
            stretch.gives.push((v, place));
        }
        for step in &stretch.steps {
            if let Step::Loop { loops, .. } = step {
                behind.extend(loops);
            }
        }
        stretch.accounts = accounts(way, &stretch);
        cut.push(stretch);
        from = end;
    }
    // What no one asks of is looked up all the same: it must have the code that the way knows.
    let seen: BTreeSet<u32> = cut.iter().flat_map(|stretch| &stretch.accounts).copied().collect();
    if let Some(first) = cut.first_mut() {
        first.accounts.extend((1..way.accounts.len() as u32).filter(|account| !seen.contains(account)));
    }
    Cut { stretches: cut, live }
}

/// The accounts that a stretch asks of. What stands in slots of the first frame's own needs no look at the overlay.
fn accounts(way: &Way, stretch: &Stretch) -> BTreeSet<u32> {
    let mut values: Vec<V> = Vec::new();
    for step in &stretch.steps {
        match step {
            Step::Value(v) => values.push(*v),
            Step::Group(group) => values.extend(group),
            Step::Guard(_) => {}
            Step::Loop { inside, .. } => values.extend(inside),
        }
    }
    let asked = values.iter().filter_map(|v| match way.ops[v.at()] {
        Op::Stored(account, _) => Some(account).filter(|account| *account != 0),
        Op::Looked(_, account, _) => Some(account),
        _ => None,
    });
    let mut accounts: BTreeSet<u32> = asked.collect();
    if stretch.is_last {
        let end = &way.end;
        let ends = end.slots.iter().map(|slot| slot.account).chain(end.touched.iter().map(|touched| touched.account));
        let ends = ends.chain(end.logs.iter().map(|log| log.account));
        accounts.extend(ends.filter(|account| *account != 0));
    }
    accounts
}

impl Stretch {
    /// Whether it has loops.
    pub(super) fn turns(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Loop { .. }))
    }
}

#[cfg(test)]
mod tests;
