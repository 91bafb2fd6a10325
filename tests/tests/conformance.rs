//! A stated sample of every suite on the CPU engine: the cases whose names hash smallest. It needs the shared fixtures
//! and says so where they are absent.

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
