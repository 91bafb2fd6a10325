//! Call templates: the committed values, and call data made on the native adapter.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Engine,
    cpu::CpuEngine,
    engine::Control,
    gpu::{GpuEngine, GpuOptions},
};
use lanevm_tests::{bench::workload, parity::templates, vectors};
use pollster::block_on;

fn device(options: GpuOptions) -> GpuEngine {
    let options = GpuOptions { default_limits: true, keep_stragglers: true, ..options };
    block_on(GpuEngine::new(options, Box::new(CpuEngine::new(0))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one")
}

/// `LANEVM_WRITE_VECTORS=1` writes the file instead.
#[test]
fn vectors_are_as_committed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/template.json");
    let text = vectors::text();
    if std::env::var_os("LANEVM_WRITE_VECTORS").is_some() {
        std::fs::write(path, text).expect("the file can be written");
    } else {
        assert!(text == vectors::COMMITTED, "{path} is not what the library gives; if it is to change, write it anew");
    }
}

#[test]
fn vectors_on_the_cpu() {
    block_on(templates::vectors_agree(&mut CpuEngine::new(0)));
}

#[test]
fn vectors_on_the_device() {
    block_on(templates::vectors_agree(&mut device(GpuOptions { fill_garbage: true, ..GpuOptions::default() })));
}

#[test]
fn a_hundred_thousand_generated_calls() {
    block_on(templates::generated_calls_agree(&mut device(GpuOptions::default()), 100_000, 5_003));
}

/// Odd shards, small workgroups, garbage in every buffer, and a list longer than a shard.
#[test]
fn generated_calls_in_any_shards() {
    for (lanes, workgroup, count) in [(777, 32, 5_000), (1, 64, 40), (4_001, 128, 9_001)] {
        let options = GpuOptions {
            shard_lanes: Some(lanes),
            workgroup: Some(workgroup),
            fill_garbage: true,
            ..GpuOptions::default()
        };
        block_on(templates::generated_calls_agree(&mut device(options), count, 1_234));
    }
}

#[test]
fn generated_calls_are_priced() {
    block_on(templates::generated_calls_are_priced(&mut device(GpuOptions::default()), 3_000));
}

#[test]
fn generated_creates() {
    block_on(templates::generated_creates_agree(&mut device(GpuOptions::default()), 1_000));
}

#[test]
fn crowded_templates() {
    block_on(templates::crowded_templates_agree(&mut device(GpuOptions::default()), 500));
}

/// Bytes of code that lanes make stand behind the call data that the device makes.
#[test]
fn codes_made_behind_generated_call_data() {
    let (_, workloads) = workload::load(None).expect("workloads");
    let factory = workloads.into_iter().find(|workload| workload.name == "factory_create").expect("the factory");
    let batch = factory.batch(400).expect("a small batch");
    let run = |engine: &mut dyn Engine| block_on(engine.run(&batch, &mut Control::default())).expect("a batch");
    let (cpu, gpu) = (run(&mut CpuEngine::new(0)), run(&mut device(GpuOptions::default())));
    assert_eq!(gpu.summary().on_gpu, 400, "{:?}", gpu.summary().on_cpu);
    assert_eq!(gpu.repeated, 0);
    assert_eq!(gpu.digest(), cpu.digest());
}
