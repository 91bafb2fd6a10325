//! Answers do not depend on how a batch runs: not on the order of its lanes, nor on how it is cut, nor on the sizes of
//! shards and workgroups, nor on what stood in the buffers. It compares the device with itself and with the CPU engine.

use lanevm_core::{
    Batch, Outcomes,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
};

use super::{assert_same, dice::Dice, lockstep::same, programs, run, societies};

/// The batches that are run in every way: societies, and a few single frames, some of which go on for long.
fn batches(seed: u64, count: usize) -> [(&'static str, Batch); 2] {
    [("societies", societies::batch(seed, count)), ("single frames", programs::batch(seed, count / 8))]
}

/// The numbers below `count` in some order.
fn shuffled(seed: u64, count: usize) -> Vec<usize> {
    let mut dice = Dice::new(seed, 0x5f1e);
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at, dice.below(at as u32 + 1) as usize);
    }
    order
}

/// The same rows, whoever answered them.
fn assert_rows(found: &Outcomes, expected: &Outcomes, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: rows");
    for row in 0..found.len() {
        // Which lanes the CPU is given may depend on how the device was filled; what it answers may not.
        let (a, b) = (found.row(row), expected.row(row));
        assert!(same(&a, &b), "{what}, lane {row}:\n{a:?}\n{b:?}");
    }
    assert_eq!(found.digest(), expected.digest(), "{what}: digests");
}

/// Lanes in another order, and batches cut in several ways, come to the same answers and digests.
pub async fn digests_do_not_depend_on_order(gpu: &mut GpuEngine, seed: u64, count: usize) {
    for (name, batch) in batches(seed, count) {
        let count = batch.len();
        let expected = run(&mut CpuEngine::new(0), &batch).await;
        let whole = run(gpu, &batch).await;
        assert_same(gpu, &batch, &whole, &expected, name).await;

        let order = shuffled(seed, count);
        let other = batch.subset(&order);
        let on_gpu = run(gpu, &other).await;
        let mut back = Outcomes::unfinished(count);
        back.merge(&order, &on_gpu, None);
        assert_rows(&back, &expected, &format!("{name}, shuffled and put back"));
        let on_cpu = run(&mut CpuEngine::new(0), &other).await;
        assert_eq!(on_gpu.digest(), on_cpu.digest(), "{name}, shuffled: digests");

        for size in [1 + count / 2, 1 + count / 5] {
            let mut joined = Outcomes::unfinished(count);
            for part in (0..count).collect::<Vec<_>>().chunks(size) {
                joined.merge(part, &run(gpu, &batch.subset(part)).await, None);
            }
            assert_rows(&joined, &expected, &format!("{name}, in batches of {size}"));
        }
    }
}

/// Ways to run on a device that must make no difference, by name.
fn ways() -> Vec<(&'static str, GpuOptions)> {
    let usual = super::USUAL;
    vec![
        ("as usual", usual),
        ("shards of 17 lanes", GpuOptions { shard_lanes: Some(17), ..usual }),
        ("shards of 128 lanes", GpuOptions { shard_lanes: Some(128), ..usual }),
        ("workgroups of 32", GpuOptions { workgroup: Some(32), ..usual }),
        ("workgroups of 64", GpuOptions { workgroup: Some(64), ..usual }),
        ("workgroups of 128", GpuOptions { workgroup: Some(128), ..usual }),
        ("garbage in every buffer", GpuOptions { fill_garbage: true, ..usual }),
        (
            "garbage, small shards and workgroups",
            GpuOptions { fill_garbage: true, shard_lanes: Some(60), workgroup: Some(32), ..usual },
        ),
        ("memory limb by limb", GpuOptions { rolled: Some(true), ..usual }),
        ("memory at once", GpuOptions { rolled: Some(false), ..usual }),
        ("two submits in flight", GpuOptions { in_flight: Some(2), ..usual }),
        ("stragglers handed over", GpuOptions { keep_stragglers: false, ..usual }),
    ]
}

/// Shards and workgroups of any size, on buffers that hold anything, come to the same answers and digests. `make` makes an
/// engine; `every` way is tried, or two that differ from the usual in everything (each builds all kernels anew, which takes
/// seconds in a browser).
pub async fn digests_do_not_depend_on_options(
    make: impl AsyncFn(GpuOptions) -> GpuEngine,
    seed: u64,
    count: usize,
    every: bool,
) {
    let batches = batches(seed, count);
    let mut expected = Vec::new();
    for (_, batch) in &batches {
        expected.push(run(&mut CpuEngine::new(0), batch).await);
    }
    let few = ["workgroups of 128", "garbage, small shards and workgroups"];
    for (way, options) in ways().into_iter().filter(|(way, _)| every || few.contains(way)) {
        let mut gpu = make(options).await;
        for ((name, batch), expected) in batches.iter().zip(&expected) {
            let found = run(&mut gpu, batch).await;
            assert_same(&mut gpu, batch, &found, expected, &format!("{name}, {way}")).await;
        }
    }
}
