//! Random societies hit everything they must, told from what really ran on the CPU engine.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::cpu::CpuEngine;
use lanevm_tests::{
    coverage,
    parity::{self, societies},
};

/// The lanes that must cover the list.
const LANES: usize = 10_000;

/// Lanes that must hit each item.
const LEAST: usize = 3;

#[test]
fn the_must_hit_list_is_covered() {
    let batch = societies::batch(1, LANES);
    let outcomes = pollster::block_on(parity::run(&mut CpuEngine::new(0), &batch));
    let summary = outcomes.summary();
    println!("{LANES} lanes, {:.0} steps each: {:?}", summary.steps_total as f64 / LANES as f64, summary.by_status);
    let counts = coverage::count(&batch, &outcomes);
    for (item, lanes) in &counts {
        println!("{lanes:6}  {item}");
    }
    let missed: Vec<_> = counts.iter().filter(|(_, lanes)| **lanes < LEAST).collect();
    assert!(missed.is_empty(), "hit by fewer than {LEAST} of {LANES} lanes: {missed:?}");
}
