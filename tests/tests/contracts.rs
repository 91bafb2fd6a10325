//! Contracts of others under varied calls: samples of `cargo xtask soak --kind contracts` and `cargo xtask ways --soak --contracts`.
//! Skipped without fixtures.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_tests::{
    contracts::Contracts,
    fixtures::source,
    soak::{self, Kind, Options},
    ways::{self, Place, Source},
};

/// The fixtures' contracts; none, with a word about it, where there are none.
fn contracts() -> Option<Contracts> {
    if !source::default_data().exists() {
        println!("skipped: no fixtures");
        return None;
    }
    Some(Contracts::at(None).expect("fixtures that can be read"))
}

#[test]
fn more_calls_begin_with_the_same() {
    let Some(contracts) = contracts() else { return };
    let ((few_name, few), (name, more)) = (contracts.batch(9, 40), contracts.batch(9, 700));
    assert_eq!((few_name, &few), (name, &more.subset(&(0..40).collect::<Vec<_>>())));
    assert!((0..40).any(|row| few.calls.data.get(row) != more.calls.data.get(row + 600)));
}

/// Each of the contracts once.
#[test]
fn contracts_go_ways_on_the_host() {
    let Some(contracts) = contracts() else { return };
    let lanes = 2048 * contracts.len() as u64;
    let compared =
        ways::soak(Source::Contracts(&contracts), Place::Host, lanes, 1, |_, _| {}).expect("engines that run");
    assert!(compared.is_clean(), "{:?} {:?}", compared.shown, compared.faults());
    assert!(compared.successes * 2 > compared.lanes, "most calls fail: {} of {lanes}", compared.successes);
    assert!(compared.told.lanes * 4 > compared.lanes * 3, "few lanes have ways: {:?}", compared.told);
}

#[test]
fn contracts_go_ways_on_the_device() {
    let Some(contracts) = contracts() else { return };
    let compared = ways::soak(Source::Contracts(&contracts), Place::Device { stretch: None }, 16_000, 9, |_, _| {})
        .expect("engines that run");
    assert!(compared.is_clean(), "{:?} {:?} {:?}", compared.shown, compared.faults(), compared.refusals);
    assert!(compared.told.lanes * 2 > compared.lanes, "few lanes went ways: {:?}", compared.told);
}

/// Each of the contracts once, on the interpreter.
#[test]
fn contracts_are_interpreted() {
    let Some(contracts) = contracts() else { return };
    let options = Options {
        programs: 1024 * contracts.len() as u64,
        seed: 1,
        kind: Kind::Contracts,
        data: None,
        lanes: 1024,
        log: None,
        shown: 3,
    };
    let totals = soak::soak(&options, |line| println!("{line}")).expect("engines that run");
    assert!(totals.is_clean() && totals.on_gpu * 10 > totals.lanes * 9, "{totals:?}");
}
