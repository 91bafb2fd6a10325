//! Leaving out of a way what nothing needs. Numbers of values stay in order.

use super::ssa::{Item, Op, V, Way};

/// Leaves out values, and variables of loops, that neither a guard nor the end needs.
pub(super) fn prune(way: &mut Way) {
    let mut needed = vec![false; way.ops.len()];
    let mut todo = way.results();
    let mut pending = vec![&way.items];
    while let Some(items) = pending.pop() {
        for item in items {
            match item {
                Item::Guard(v) => todo.push(*v),
                Item::Loop(number) => {
                    let turned = &way.loops[*number as usize];
                    todo.extend(turned.leave);
                    pending.extend([&turned.before, &turned.after]);
                }
            }
        }
    }
    while let Some(v) = todo.pop() {
        if std::mem::replace(&mut needed[v.at()], true) {
            continue;
        }
        if let Op::Variable(number, at) = way.ops[v.at()] {
            let variable = &way.loops[number as usize].variables[at as usize];
            todo.extend([variable.first, variable.next]);
        }
        todo.extend(way.ops[v.at()].operands());
    }
    // Variables that nothing needs.
    let mut kept_variables: Vec<Vec<u32>> = Vec::new();
    for turned in &mut way.loops {
        let mut kept = 0;
        kept_variables.push(
            turned
                .variables
                .iter()
                .map(|variable| {
                    let here = kept;
                    kept += u32::from(needed[variable.value.at()]);
                    here
                })
                .collect(),
        );
        turned.variables.retain(|variable| needed[variable.value.at()]);
    }
    let mut numbers = vec![V(u32::MAX); way.ops.len()];
    let mut ops = Vec::new();
    for (at, op) in way.ops.drain(..).enumerate() {
        if !needed[at] {
            continue;
        }
        numbers[at] = V(ops.len() as u32);
        let moved = |v: V| numbers[v.at()];
        ops.push(match op {
            Op::Unary(op, a) => Op::Unary(op, moved(a)),
            Op::Binary(op, a, b) => Op::Binary(op, moved(a), moved(b)),
            Op::Ternary(op, a, b, c) => Op::Ternary(op, moved(a), moved(b), moved(c)),
            Op::Keccak(words, bytes) => Op::Keccak(words.into_iter().map(moved).collect(), bytes),
            Op::Stored(account, key) => Op::Stored(account, moved(key)),
            Op::Variable(number, at) => Op::Variable(number, kept_variables[number as usize][at as usize]),
            op => op,
        });
    }
    way.ops = ops;
    let moved = |v: &mut V| *v = numbers[v.at()];
    let items = |items: &mut Vec<Item>| {
        for item in items {
            if let Item::Guard(v) = item {
                moved(v);
            }
        }
    };
    items(&mut way.items);
    for turned in &mut way.loops {
        items(&mut turned.before);
        items(&mut turned.after);
        // A loop that an attempt left behind is in no list of items.
        turned.leave = turned.leave.map(|v| numbers[v.at()]);
        for variable in &mut turned.variables {
            moved(&mut variable.value);
            moved(&mut variable.first);
            moved(&mut variable.next);
        }
    }
    let end = &mut way.end;
    for v in [&mut end.gas_used, &mut end.refund, &mut end.steps] {
        moved(v);
    }
    end.output.iter_mut().for_each(moved);
    for slot in &mut end.slots {
        moved(&mut slot.key);
        moved(&mut slot.original);
        moved(&mut slot.current);
    }
    for log in &mut end.logs {
        log.topics.iter_mut().for_each(moved);
        log.data.iter_mut().for_each(moved);
    }
}
