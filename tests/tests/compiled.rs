//! The engine that looks for ways itself, on the native adapter: what it finds, keeps and checks.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Batch, Control, Engine as _, Keep, Observe, U256,
    compiled::CompiledEngine,
    cpu::CpuEngine,
    examples,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::{Op, Search, Trodden, V, find},
};
use lanevm_tests::parity::{USUAL, run};
use pollster::block_on;

fn engine_of(ways: Ways, search: Search) -> CompiledEngine {
    let options = GpuOptions { ways, ..USUAL };
    let gpu = block_on(GpuEngine::new(options, Box::new(CpuEngine::new(1))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one");
    CompiledEngine::new(gpu, search)
}

/// One that looks for the ways of every batch, and waits for their kernels.
fn engine() -> CompiledEngine {
    engine_of(Ways::Wait, Search { least: 0, ..Search::default() })
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

/// The ways of transfers, of which the first says something else than `true`.
fn wrong_ways(batch: &Batch) -> Vec<Trodden> {
    let mut found = block_on(find(batch, Search::default(), &Control::default())).expect("the CPU engine runs").ways;
    let way = &mut found[0].way;
    way.ops.push(Op::Constant(U256::from(2)));
    way.end.output[0] = V(way.ops.len() as u32 - 1);
    found
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
fn short_batches_go_no_way() {
    assert_eq!(agrees(&mut engine(), &batch("erc20", 63)), 0);
}

#[test]
fn lanes_of_ways_are_observed() {
    let mut engine = engine();
    for (id, least) in [("erc20", 1000), ("fibonacci", 0)] {
        for observe in [(true, false), (false, true), (true, true)].map(|(path, coverage)| Observe { path, coverage }) {
            let batch = Batch { observe, ..batch(id, 1000) };
            let (by_ways, by_cpu) = (block_on(run(&mut engine, &batch)), block_on(run(&mut CpuEngine::new(0), &batch)));
            assert_eq!(by_ways.digest(), by_cpu.digest());
            assert!((0..batch.len()).all(|row| by_ways.path(row) == by_cpu.path(row)), "{id}");
            assert_eq!(by_ways.coverage, by_cpu.coverage, "{id}");
            // How often a loop turns is each lane's own, so that its way says nothing of a lane's path.
            assert!(by_ways.ways >= least, "{id}: {:?}", engine.last());
        }
    }
}

#[test]
fn lanes_go_ways_that_end_within_their_steps() {
    let mut engine = engine();
    let all = block_on(run(&mut CpuEngine::new(0), &batch("erc20", 1000)));
    let steps = all.steps(500);
    assert!((0..1000).all(|row| all.steps(row) == steps));
    for (most, gone) in [(steps + 1, 1000), (steps, 1000), (steps - 1, 0)] {
        let mut batch = batch("erc20", 1000);
        batch.limits.max_steps = Some(most);
        assert_eq!(agrees(&mut engine, &batch), gone, "{most} steps: {:?}", engine.last());
    }
}

#[test]
fn a_wrong_path_is_found_out() {
    let batch = Batch { observe: Observe { path: true, coverage: false }, ..batch("erc20", 1000) };
    let mut wrong = block_on(find(&batch, Search::default(), &Control::default())).expect("the CPU engine runs").ways;
    wrong[0].way.noted.as_mut().expect("it has no loops").path ^= 1;
    let mut engine = engine();
    assert!(engine.give(wrong).iter().all(Result::is_ok));
    assert_eq!(agrees(&mut engine, &batch), 0);
    assert!(engine.last().wrong > 0, "{:?}", engine.last());
}

#[test]
fn a_wrong_way_is_found_out_and_gone_no_more() {
    let batch = batch("erc20", 600);
    let found = wrong_ways(&batch);
    let mut engine = engine();
    assert!(engine.give(found).iter().all(Result::is_ok));
    assert_eq!(agrees(&mut engine, &batch), 0);
    assert!(engine.last().wrong > 0 && engine.last().difference.is_some(), "{:?}", engine.last());
    assert_eq!(agrees(&mut engine, &batch), 0);
    assert!(engine.info().details.iter().any(|(name, value)| name == "ways" && value.contains("wrong")));
    assert_eq!((engine.last().ways, engine.last().wrong), (0, 0));
}

#[test]
fn a_wrong_way_is_found_out_where_only_a_summary_is_kept() {
    let mut batch = batch("erc20", 600);
    let found = wrong_ways(&batch);
    batch.keep = Keep::Summary;
    let mut right = engine();
    assert_eq!(block_on(run(&mut right, &batch)).ways, 600);
    assert!(right.last().checked > 0 && right.last().wrong == 0, "{:?}", right.last());
    let mut engine = engine();
    assert!(engine.give(found).iter().all(Result::is_ok));
    let outcomes = block_on(run(&mut engine, &batch));
    assert!(outcomes.ways == 0 && outcomes.wrong_ways > 0);
    assert!(engine.last().wrong > 0, "{:?}", engine.last());
}

#[test]
fn ways_are_looked_for_when_calls_alike_have_come_often_enough() {
    let mut engine = engine_of(Ways::Wait, Search { least: 2_500, ..Search::default() });
    let (transfers, others) = (batch("erc20", 1000), batch("fibonacci", 1000));
    let mut ways = |batch| {
        assert_eq!(engine.last().wrong, 0);
        agrees(&mut engine, batch) > 0
    };
    assert_eq!([&transfers, &others, &transfers, &transfers].map(&mut ways), [false, false, false, true]);
}

#[test]
fn the_interpreter_works_until_kernels_are_built() {
    // Such lanes take the interpreter seconds, and a kernel a tenth of that.
    let mut engine = engine_of(Ways::Auto, Search { least: 0, ..Search::default() });
    let batch = batch("fibonacci", 6_000);
    let mut went = 0;
    for _ in 0..50 {
        went = agrees(&mut engine, &batch);
        if engine.last().coming == 0 && went > 0 {
            break;
        }
        assert!(engine.last().refused.is_empty() && engine.gpu().way_refusals().is_empty(), "{:?}", engine.last());
    }
    assert!(went >= 5_000, "{went}: {:?}", engine.last());
    // Kernels that are still being built when an engine goes do no harm.
    let mut another = engine_of(Ways::Auto, Search { least: 0, ..Search::default() });
    agrees(&mut another, &self::batch("erc20", 100));
}
