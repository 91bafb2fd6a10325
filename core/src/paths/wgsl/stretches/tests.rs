//! What stretches take over is what those before them handed on, and all that they need.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Step, cut, uses};
use crate::{
    examples,
    paths::{V, Way, build},
};

/// Ways of the built-in examples: transfers, loops, hashes.
fn ways() -> Vec<Way> {
    let batches = examples::all().iter().filter_map(|example| example.batch(8).ok()).collect::<Vec<_>>();
    batches.iter().flat_map(|batch| (0..batch.len()).filter_map(|call| build(batch, call).ok())).collect()
}

/// Whether a value can be computed of what is at hand, with no heavy work done twice.
fn is_at_hand(facts: &Facts<'_>, have: &BTreeSet<V>, value: V) -> bool {
    if have.contains(&value) || facts.widths.ranges[value.at()].value().is_some() {
        return true;
    }
    facts.again[value.at()].is_some() && facts.operands(value).into_iter().all(|v| is_at_hand(facts, have, v))
}

#[test]
fn stretches_take_over_what_they_need() {
    let ways = ways();
    assert!(ways.iter().any(|way| !way.loops.is_empty()) && ways.iter().any(|way| way.end.slots.len() > 1));
    let mut most_stretches = 0;
    for way in &ways {
        let facts = Facts::of(way);
        let Ok(whole) = cut(&facts, Some(u64::MAX)) else { continue };
        assert_eq!(whole.stretches.len(), 1);
        for most in [50, 300, 1_000, 3_000] {
            let Ok(cut) = cut(&facts, Some(most)) else { continue };
            let steps: usize = cut.stretches.iter().map(|stretch| stretch.steps.len()).sum();
            assert_eq!(steps, whole.stretches[0].steps.len(), "steps of a way cut by {most}\n{way}");
            most_stretches = most_stretches.max(cut.stretches.len());
            let mut stack: BTreeMap<u32, V> = BTreeMap::new();
            for (number, stretch) in cut.stretches.iter().enumerate() {
                assert_eq!((stretch.is_first, stretch.is_last), (number == 0, number + 1 == cut.stretches.len()));
                let mut have = BTreeSet::new();
                for (value, place) in &stretch.takes {
                    assert_eq!(stack.get(place), Some(value), "stretch {number} by {most}\n{way}");
                    have.insert(*value);
                }
                for step in &stretch.steps {
                    let own: Vec<V> = match step {
                        Step::Value(value) => vec![*value],
                        Step::Group(group) => group.clone(),
                        Step::Guard(_) => Vec::new(),
                        Step::Loop { loops, inside, .. } => {
                            let loops = loops.iter().map(|number| &way.loops[*number as usize]);
                            let variables = loops.flat_map(|l| l.variables.iter().map(|variable| variable.value));
                            variables.chain(inside.iter().copied()).collect()
                        }
                    };
                    for need in uses(&facts, step) {
                        assert!(
                            own.contains(&need) || is_at_hand(&facts, &have, need),
                            "{need:?} of {step:?} in stretch {number} by {most}\n{way}"
                        );
                    }
                    // What a turn computes is gone behind the loop, but for the variables.
                    let is_kept = |v: &V| !matches!(step, Step::Loop { inside, .. } if inside.contains(v));
                    have.extend(own.into_iter().filter(is_kept));
                }
                for (value, place) in &stretch.gives {
                    assert!(
                        have.contains(value) && *place < cut.live,
                        "{value:?} from stretch {number} by {most}\n{way}"
                    );
                    stack.insert(*place, *value);
                }
                if stretch.is_last {
                    assert!(way.results().into_iter().all(|v| is_at_hand(&facts, &have, v)), "by {most}\n{way}");
                }
            }
        }
    }
    assert!(most_stretches >= 4, "{most_stretches} stretches");
}
