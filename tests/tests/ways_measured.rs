//! What workloads come to by ways, for people: ignored unless asked for.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::{build, wgsl},
};
use lanevm_tests::{bench::workload, parity};
use pollster::block_on;

/// Prints what workloads come to by ways, beside the CPU engine: see `LANEVM_WAYS_CALLS` for how many calls.
#[test]
#[ignore = "measures"]
fn workloads_by_ways() {
    let calls = std::env::var("LANEVM_WAYS_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(16_384);
    let only = std::env::var("LANEVM_WAYS_ONLY").ok();
    let options = GpuOptions { ways: Ways::Auto, measure: true, ..GpuOptions::default() };
    let mut gpu = block_on(GpuEngine::new(options, Box::new(CpuEngine::new(0)))).expect("an adapter");
    let (_, workloads) = workload::load(None).expect("workloads");
    for workload in workloads.iter().filter(|workload| only.as_ref().is_none_or(|only| workload.name.contains(only))) {
        let mut batch = workload.batch(calls).expect("a workload");
        batch.keep = lanevm_core::Keep::Summary;
        let begun = std::time::Instant::now();
        let way = match build(&batch, 0) {
            Ok(way) => way,
            Err(why) => {
                println!("{}: no way: {why}", workload.name);
                continue;
            }
        };
        let made = begun.elapsed().as_secs_f64() * 1e3;
        let units = wgsl::units(&way);
        let text = wgsl::kernel(&way).map_or(0, |text| text.len());
        if let (Ok(folder), Ok(text)) = (std::env::var("LANEVM_WAYS_DUMP"), wgsl::kernel(&way)) {
            std::fs::write(format!("{folder}/{}.wgsl", workload.name), text).expect("a folder");
            std::fs::write(format!("{folder}/{}.txt", workload.name), format!("{way:#?}")).expect("a folder");
        }
        let judged = gpu.set_ways(vec![way]);
        let known = gpu.way_times().len();
        let by_gpu = block_on(parity::run(&mut gpu, &batch));
        let mut best = f64::MAX;
        for _ in 0..3 {
            block_on(parity::run(&mut gpu, &batch));
            best = best.min(gpu.timing().device);
        }
        let few = workload.batch(2_000.min(calls)).expect("a workload");
        let mut all = CpuEngine::new(0);
        block_on(parity::run(&mut all, &few));
        let begun = std::time::Instant::now();
        block_on(parity::run(&mut all, &few));
        let cpu = few.len() as f64 / begun.elapsed().as_secs_f64();
        println!(
            "{}: {} of {calls} by the way ({judged:?}), made in {made:.1} ms, {units} units, {text} bytes, ready after {:.0?} ms, \
             {:.0} calls/s resident, CPU engine on all cores {cpu:.0}, ratio {:.2}; refused {:?}",
            workload.name,
            by_gpu.ways,
            &gpu.way_times()[known..],
            calls as f64 / best,
            calls as f64 / best / cpu,
            gpu.way_refusals(),
        );
    }
}
