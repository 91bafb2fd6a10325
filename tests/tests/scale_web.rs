//! Many lanes in a browser's worker: memory that stays flat, an event loop that is never kept waiting for long, and devices
//! lost on the way. `cargo xtask scale --browser` runs a million of them; every test run a sample.
#![cfg(target_arch = "wasm32")]

use std::rc::Rc;

use lanevm_core::{
    Control, Engine, Keep,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
};
use lanevm_tests::{
    parity::{USUAL, resilience},
    scale,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen(inline_js = "
let worst = 0, last = 0, timer;
export function watch() {
    worst = 0;
    last = performance.now();
    timer = setInterval(() => {
        const now = performance.now();
        worst = Math.max(worst, now - last);
        last = now;
    }, 1);
}
export function longest_wait() {
    clearInterval(timer);
    return Math.max(worst, performance.now() - last);
}
export function turn() {
    return new Promise((resolve) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
            channel.port1.close();
            resolve();
        };
        channel.port2.postMessage(0);
    });
}
")]
extern "C" {
    fn watch();
    fn longest_wait() -> f64;
    async fn turn();
}

/// A number that the build was told, or the sample's.
fn told(text: Option<&str>, sample: usize) -> usize {
    text.and_then(|text| text.parse().ok()).unwrap_or(sample)
}

async fn device_with(options: GpuOptions) -> GpuEngine {
    GpuEngine::new(options, Box::new(CpuEngine::new(1)))
        .await
        .expect("a WebGPU adapter; `cargo xtask test` starts the browser with a software one")
}

/// Runs of many transfers, of which the status is kept: memory does not grow after the second.
#[wasm_bindgen_test]
async fn memory_stays_flat() {
    let lanes = told(option_env!("LANEVM_SCALE_LANES"), 20_000);
    let runs = told(option_env!("LANEVM_SCALE_RUNS"), 3);
    let mut gpu = device_with(USUAL).await;
    let batch = scale::batch("erc20", lanes, Keep::Status, false);
    let mut settled: Option<scale::Run> = None;
    for at in 1..=runs {
        let run = scale::once(&mut gpu, &batch).await;
        console_log!(
            "run {at}: {lanes} lanes in {:.1} s, {} on the device; device {} KiB, wasm {} KiB",
            run.seconds,
            run.on_gpu,
            run.device >> 10,
            run.host.unwrap_or_default() >> 10
        );
        if at == 2 {
            settled = Some(run.clone());
        }
        if let Some(settled) = &settled {
            assert_eq!((run.device, run.host), (settled.device, settled.host), "memory grew");
        }
    }
    console_log!("{}", scale::listing(&gpu, gpu.largest_shard()));
}

/// How long the worker's event loop waits at most while a batch runs, all outcomes kept. Printed, not judged: how busy the
/// machine is decides over it too.
#[wasm_bindgen_test]
async fn the_event_loop_gets_its_turns() {
    let lanes = told(option_env!("LANEVM_SCALE_LANES"), 20_000).min(200_000);
    let mut gpu = device_with(USUAL).await;
    let batch = scale::batch("erc20", lanes, Keep::All, false);
    for what in ["first run", "second run"] {
        let mut control = Control { breathe: Some(Rc::new(|| Box::pin(turn()))), ..Control::default() };
        turn().await;
        watch();
        let outcomes = gpu.run(&batch, &mut control).await.expect("a batch that can run");
        let longest = longest_wait();
        assert_eq!(outcomes.len(), lanes);
        console_log!("{what}: {lanes} lanes, the event loop waited {longest:.1} ms at most; {:?}", gpu.timing());
    }
}

#[wasm_bindgen_test]
async fn lost_devices_change_nothing() {
    let losses = told(option_env!("LANEVM_SCALE_LOSSES"), 4);
    let lanes = told(option_env!("LANEVM_SCALE_LANES"), 600);
    let options = if lanes > 20_000 { USUAL } else { GpuOptions { shard_lanes: Some(100), ..USUAL } };
    resilience::lost_devices_change_nothing(device_with, options, lanes, losses as u32).await;
}

#[wasm_bindgen_test]
async fn what_is_kept_is_the_same() {
    resilience::what_is_kept_is_the_same(&mut device_with(USUAL).await, 40).await;
    resilience::reduced_summaries_are_the_same(&mut device_with(USUAL).await, 200).await;
}
