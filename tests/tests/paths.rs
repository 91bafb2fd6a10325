//! Ways on the host against the CPU engine: made of every lane, and gone by others.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Batch,
    cpu::CpuEngine,
    examples,
    paths::{Told, WayEngine},
};
use lanevm_tests::parity::{lockstep, programs, run, societies, token::Token, varied::varied};
use pollster::block_on;

fn agree(batch: &Batch, each: bool, what: &str) -> Told {
    let mut ways = WayEngine::new(each);
    let (by_ways, by_cpu) = (block_on(run(&mut ways, batch)), block_on(run(&mut CpuEngine::new(0), batch)));
    for row in 0..batch.len() {
        let (a, b) = (by_ways.row(row), by_cpu.row(row));
        assert!(lockstep::same(&a, &b), "{what}, lane {row}\n way {a:?}\n cpu {b:?}");
    }
    println!("{what}: {:?}", ways.told());
    for why in ways.told().unfit.keys() {
        assert!(!why.contains("disagrees") && !why.contains("refused"), "{what}: {why}");
    }
    ways.told().clone()
}

#[test]
fn examples_go_ways() {
    for example in examples::all() {
        let batch = example.batch(200).expect("a built-in example");
        agree(&batch, false, example.id);
    }
}

#[test]
fn the_token_goes_ways() {
    agree(&Token::new(5, 300).batch(), false, "token");
}

#[test]
fn random_programs_go_ways() {
    for seed in 1..=3 {
        agree(&programs::batch(seed, 1500), true, "programs");
    }
}

#[test]
fn random_societies_go_ways() {
    for seed in 1..=3 {
        agree(&societies::batch(seed, 1500), true, "societies");
    }
}

#[test]
fn varied_calls_go_ways_of_others() {
    for seed in 1..=2 {
        let told = agree(&varied(&programs::batch(seed, 250), 30, seed), false, "varied programs");
        assert!(told.others > told.ways, "hardly a lane went another's way: {told:?}");
        agree(&varied(&societies::batch(seed, 250), 30, seed), false, "varied societies");
    }
    agree(&varied(&Token::new(9, 40).batch(), 50, 3), false, "varied token");
    for example in examples::all() {
        let batch = example.batch(20).expect("a built-in example");
        agree(&varied(&batch, 50, 5), false, example.id);
    }
}
