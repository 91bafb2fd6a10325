//! The engine that looks for ways itself, on the native adapter: what it finds, keeps and checks.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Batch, U256,
    compiled::CompiledEngine,
    cpu::CpuEngine,
    examples,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::{Op, Search, V, find},
};
use lanevm_tests::parity::{USUAL, run};
use pollster::block_on;

fn engine() -> CompiledEngine {
    let options = GpuOptions { ways: Ways::Auto, ..USUAL };
    let gpu = block_on(GpuEngine::new(options, Box::new(CpuEngine::new(1))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one");
    CompiledEngine::new(gpu, Search::default())
}

fn batch(id: &str, calls: usize) -> Batch {
    examples::by_id(id).and_then(|example| example.batch(calls).ok()).expect("a built-in example")
}

/// Runs a batch and holds its digest against the CPU engine's; gives the lanes that went ways.
fn agrees(engine: &mut CompiledEngine, batch: &Batch) -> u64 {
    let (by_ways, by_cpu) = (block_on(run(engine, batch)), block_on(run(&mut CpuEngine::new(0), batch)));
    assert_eq!(by_ways.digest(), by_cpu.digest());
    by_ways.ways
}

#[test]
fn ways_are_found_once_and_checked() {
    let mut engine = engine();
    for (id, least) in [("erc20", 1000), ("fibonacci", 900), ("erc20", 1000)] {
        let batch = batch(id, 1000);
        assert!(agrees(&mut engine, &batch) >= least, "{id}: {:?}", engine.last());
        let last = engine.last().clone();
        assert!(last.checked > 0 && last.wrong == 0 && last.refused.is_empty(), "{id}: {last:?}");
    }
    // The second time the transfers' way was at hand.
    assert!(engine.last().search == 0.0 && engine.last().kernels == 0.0, "{:?}", engine.last());
}

#[test]
fn short_and_observed_batches_go_no_way() {
    let mut engine = engine();
    assert_eq!(agrees(&mut engine, &batch("erc20", 100)), 0);
    let mut observed = batch("erc20", 1000);
    observed.observe.path = true;
    assert_eq!(agrees(&mut engine, &observed), 0);
}

#[test]
fn a_wrong_way_is_found_out_and_gone_no_more() {
    let batch = batch("erc20", 600);
    let mut found = block_on(find(&batch, Search::default())).expect("the CPU engine runs").ways;
    let way = &mut found[0].way;
    // A transfer that says something else than `true`.
    way.ops.push(Op::Constant(U256::from(2)));
    way.end.output[0] = V(way.ops.len() as u32 - 1);
    let mut engine = engine();
    assert!(engine.give(found).iter().all(Result::is_ok));
    assert_eq!(agrees(&mut engine, &batch), 0);
    assert!(engine.last().wrong > 0 && engine.last().difference.is_some(), "{:?}", engine.last());
    assert_eq!(agrees(&mut engine, &batch), 0);
    assert_eq!((engine.last().ways, engine.last().wrong), (0, 0));
}
