//! A stated sample of every suite on the CPU engine (the cases whose names hash smallest), and every suite whole on the GPU
//! engine. It needs the shared fixtures and says so where they are absent.

#![cfg(not(target_arch = "wasm32"))]

use lanevm_tests::{
    conformance::{self, EngineKind, Options, Suite},
    fixtures::source,
};

fn sample(suite: Suite, limit: usize) {
    if !source::default_data().is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let options = Options { engine: EngineKind::Cpu, suite, data: None, fork: None, limit: Some(limit) };
    let report = conformance::run(&options).expect("fixtures that can be read");
    println!("{}", report.text());
    assert_eq!(report.failed, 0, "{}", report.text());
    assert_eq!(report.cases, limit as u64, "{}", report.text());
}

#[test]
fn vm_tests() {
    sample(Suite::Vmtests, 100);
}

#[test]
fn vectors() {
    sample(Suite::Vectors, 300);
}

#[test]
fn state_tests() {
    sample(Suite::Statetests, 500);
}

#[test]
fn bench_programs() {
    sample(Suite::Bench, 20);
}

#[test]
fn mainnet_transactions() {
    sample(Suite::MainnetTx, 5);
}

/// A whole suite on the GPU engine: no case fails, and of those that execute so many in a hundred run on the device alone.
fn whole_on_gpu(suite: Suite, on_device: u64) {
    if !source::default_data().is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let options = Options { engine: EngineKind::Gpu, suite, data: None, fork: None, limit: None };
    let report = conformance::run(&options).expect("fixtures that can be read, and an adapter");
    println!("{}", report.text());
    assert_eq!(report.failed, 0, "{}", report.text());
    let executed = report.cases - report.rejected - report.no_frame;
    assert!(report.on_gpu * 100 >= executed * on_device, "{}", report.text());
}

/// One after the other: each keeps all cores busy.
#[test]
fn every_suite_on_the_gpu() {
    whole_on_gpu(Suite::Vmtests, 90);
    // Single instructions alone: the precompiles' vectors have no frame.
    whole_on_gpu(Suite::Vectors, 99);
    whole_on_gpu(Suite::Bench, 80);
    // Transactions older than London are the CPU's.
    whole_on_gpu(Suite::MainnetTx, 60);
    whole_on_gpu(Suite::Statetests, 98);
}
