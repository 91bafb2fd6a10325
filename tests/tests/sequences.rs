//! Sessions against revm running the same calls on one state of its own.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Class,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
};
use lanevm_tests::{
    parity::societies,
    sequences::{States, compare, is_varied, token, without_bare_storage},
};

fn device() -> GpuEngine {
    let options = GpuOptions { default_limits: true, keep_stragglers: true, ..GpuOptions::default() };
    pollster::block_on(GpuEngine::new(options, Box::new(CpuEngine::new(0))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one")
}

#[test]
fn random_societies_on_the_cpu() {
    for seed in 1..=4 {
        let (mut batch, steps) = societies::sequences(seed, 400, 6);
        without_bare_storage(&mut batch);
        let seen = compare(&mut CpuEngine::new(0), &batch, steps, States::EachStep)
            .unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        println!("seed {seed}: {seen:?}");
        assert!(is_varied(&seen), "{seen:?}");
    }
}

#[test]
fn random_societies_on_the_device() {
    let mut gpu = device();
    for seed in 11..=12 {
        let (mut batch, steps) = societies::sequences(seed, 400, 6);
        without_bare_storage(&mut batch);
        let seen =
            compare(&mut gpu, &batch, steps, States::EachStep).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        println!("seed {seed}: {seen:?}");
        assert!(is_varied(&seen), "{seen:?}");
        assert!(seen.on_gpu * 100 >= seen.calls * 90, "{seen:?}");
    }
}

/// The sample of `cargo xtask sequences` that every test run takes.
#[test]
fn tokens_are_sent_a_hundred_times() {
    let token = token::Token::new(1, 300);
    let steps = (0..100).map(|step| token.step(step));
    let seen = compare(&mut device(), &token.batch(), steps, States::AtTheEnd).unwrap_or_else(|why| panic!("{why}"));
    println!("{seen:?}");
    assert_eq!(seen.calls, 30_000);
    assert_eq!(seen.on_gpu, seen.calls);
    assert!(seen.classes[Class::Success as usize] > 10_000 && seen.classes[Class::Revert as usize] > 3_000, "{seen:?}");
}
