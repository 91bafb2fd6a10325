//! The parity body on WebGPU in a dedicated worker of a headless browser.
#![cfg(target_arch = "wasm32")]

use lanevm_core::{
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions, Ways},
};
use lanevm_tests::parity::{self, USUAL, compiled, invariance, sessions, templates, words};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

async fn device() -> GpuEngine {
    device_with(USUAL).await
}

async fn device_with(options: GpuOptions) -> GpuEngine {
    GpuEngine::new(options, Box::new(CpuEngine::new(1)))
        .await
        .expect("a WebGPU adapter; `cargo xtask test` starts the browser with a software one")
}

#[wasm_bindgen_test]
async fn examples() {
    parity::examples_agree(&mut device().await, 256).await;
}

#[wasm_bindgen_test]
async fn random_programs() {
    parity::random_programs_agree(&mut device().await, 101, 200).await;
}

#[wasm_bindgen_test]
async fn random_societies() {
    parity::random_societies_agree(&mut device().await, 101, 200).await;
}

#[wasm_bindgen_test]
async fn digests_do_not_depend_on_order() {
    invariance::digests_do_not_depend_on_order(&mut device().await, 102, 40).await;
}

#[wasm_bindgen_test]
async fn digests_do_not_depend_on_options() {
    invariance::digests_do_not_depend_on_options(device_with, 103, 40, false).await;
}

#[wasm_bindgen_test]
async fn sessions_on_the_device() {
    sessions::sessions_agree(&mut device().await, 104, 60, 4).await;
}

#[wasm_bindgen_test]
async fn hostile_input() {
    parity::hostile_input_agrees(&mut device().await).await;
}

#[wasm_bindgen_test]
async fn largest_input() {
    parity::largest_input_agrees(&mut device().await).await;
}

#[wasm_bindgen_test]
async fn cancelled_runs_keep_what_is_finished() {
    parity::cancel_keeps_the_finished(&mut device().await, 1000).await;
}

#[wasm_bindgen_test]
async fn generated_calls() {
    templates::vectors_agree(&mut device().await).await;
    templates::generated_calls_agree(&mut device().await, 1_300, 400).await;
}

#[wasm_bindgen_test]
async fn ways_come_beside_the_run() {
    let gpu = device_with(GpuOptions { ways: Ways::Auto, ..USUAL }).await;
    let said = compiled::ways_come_beside_the_run(gpu, 1_000).await;
    console_log!("{said}");
}

#[wasm_bindgen_test]
async fn word_operations() {
    words::assert_words(&device().await, &words::operations(2, 4000)).await;
}

// The last test is the first to run: on a fresh profile, with nothing before it.
#[wasm_bindgen_test]
async fn kernels_get_ready() {
    console_log!("{}", parity::kernels_get_ready(&mut device().await).await);
}
