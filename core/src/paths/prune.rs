//! Leaving out of a way what nothing needs. Numbers of values stay in order.

use super::{
    ssa::{Op, V, Way},
    widths::tests,
};

/// Leaves out values, and variables of loops, that neither a guard nor the end needs.
pub(super) fn prune(way: &mut Way) {
    let mut needed = vec![false; way.ops.len()];
    let mut todo = way.results();
    todo.extend(tests(way));
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
        ops.push(match op {
            Op::Variable(number, at) => Op::Variable(number, kept_variables[number as usize][at as usize]),
            op => op.of(|v| numbers[v.at()]),
        });
    }
    way.ops = ops;
    way.replace(|v| numbers[v.at()]);
}
