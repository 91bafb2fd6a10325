//! Ways on the host against the CPU engine: made of every lane, and gone by others.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{Batch, examples, paths::Told};
use lanevm_tests::{
    parity::{programs, societies, token::Token, varied::varied},
    ways::{Compared, soak},
};

fn agree(batch: &Batch, each: bool, what: &str) -> Told {
    let mut compared = Compared::default();
    compared.compare(batch, each, what).expect("engines that run");
    assert!(compared.is_clean(), "{what}: {:?} {:?}", compared.shown, compared.faults());
    println!("{what}: {:?}", compared.told);
    compared.told
}

#[test]
fn examples_go_few_ways() {
    for (id, most) in [("erc20", 1), ("fibonacci", 4), ("counter", 2), ("keccak", 4)] {
        let batch = examples::by_id(id).and_then(|example| example.batch(200).ok()).expect("a built-in example");
        let told = agree(&batch, false, id);
        assert!(told.ways <= most && told.lanes == 200, "{id}: {told:?}");
    }
}

#[test]
fn random_programs_go_their_own_ways() {
    for seed in 1..=3 {
        let told = agree(&programs::batch(seed, 1500), true, "programs");
        assert!(told.lanes > 600 && told.loops > 20, "{told:?}");
        let told = agree(&societies::batch(seed, 1500), true, "societies");
        assert!(told.lanes > 100, "{told:?}");
    }
}

#[test]
fn varied_calls_go_ways_of_others() {
    agree(&varied(&Token::new(9, 40).batch(), 50, 3), false, "varied token");
    for example in examples::all() {
        let batch = example.batch(20).expect("a built-in example");
        agree(&varied(&batch, 50, 5), false, example.id);
    }
}

/// The sample of `cargo xtask ways --soak` that every test run takes.
#[test]
fn varied_programs_go_ways_of_others() {
    let compared = soak(16_000, 1, |_| {}).expect("engines that run");
    assert!(compared.is_clean(), "{:?} {:?}", compared.shown, compared.faults());
    let told = &compared.told;
    assert!(told.others > 2 * told.ways && told.ways > 300, "hardly a lane went another's way: {told:?}");
}
