//! The parity body on the native adapter.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Control, Engine, Fork, Reason, Status, U256,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions, probe::WordOperation},
};
use lanevm_tests::{
    fixtures::{source, vector},
    parity::{
        self, USUAL, hostile, invariance,
        precompiles::{self, Case, ON_DEVICE},
        resilience, sessions, words,
    },
};
use pollster::block_on;
use proptest::prelude::*;

/// A device with WebGPU's default limits and nothing more.
fn device() -> GpuEngine {
    block_on(device_with(USUAL))
}

async fn device_with(options: GpuOptions) -> GpuEngine {
    GpuEngine::new(options, Box::new(CpuEngine::new(0)))
        .await
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one")
}

#[test]
fn sessions_on_the_device() {
    block_on(sessions::sessions_agree(&mut device(), 104, 300, 8));
}

#[test]
fn examples() {
    block_on(parity::examples_agree(&mut device(), 1000));
}

#[test]
fn random_programs() {
    let mut gpu = device();
    for seed in 1..=3 {
        block_on(parity::random_programs_agree(&mut gpu, seed, 1500));
    }
}

/// The sample of `cargo xtask soak` that every test run takes: 20,000 societies.
#[test]
fn random_societies() {
    let mut gpu = device();
    for seed in 1..=5 {
        block_on(parity::random_societies_agree(&mut gpu, seed, 4000));
    }
}

#[test]
fn digests_do_not_depend_on_order() {
    block_on(invariance::digests_do_not_depend_on_order(&mut device(), 11, 300));
}

#[test]
fn digests_do_not_depend_on_options() {
    block_on(invariance::digests_do_not_depend_on_options(device_with, 12, 300, true));
}

#[test]
fn observation() {
    block_on(parity::observation_agrees(&mut device(), 1, 600));
}

#[test]
fn hostile_input() {
    block_on(parity::hostile_input_agrees(&mut device()));
}

#[test]
fn hash_precompiles() {
    let mut gpu = device();
    for number in [2, 3, 4, 9] {
        block_on(parity::precompile_agrees(&mut gpu, number, 1, 3000));
    }
}

#[test]
fn ecrecover() {
    block_on(parity::precompile_agrees(&mut device(), 1, 2, 1200));
}

#[test]
fn modexp() {
    let mut gpu = device();
    block_on(parity::precompile_agrees(&mut gpu, 5, 3, 3000));
    block_on(parity::large_powers_agree(&mut gpu, 4, 500));
}

#[test]
fn recoveries_stay_on_the_device() {
    block_on(parity::recoveries_stay_on_the_device(&mut device(), 1000));
}

/// Every official vector of a precompile that the device runs, through a contract that calls it: with exactly its gas, and with
/// one less. Larger numbers of MODEXP are the host's.
#[test]
fn official_precompile_vectors() {
    let data = source::default_data();
    if !data.exists() {
        println!("not run: there are no fixtures at {}", data.display());
        return;
    }
    let mut cases = Vec::new();
    let mut expected = Vec::new();
    source::visit(&data, &mut |member| {
        let Some((number, fork)) = vector::precompile_of(member.stem()) else { return Ok(()) };
        let Some(number) = u8::try_from(number).ok().filter(|number| ON_DEVICE.contains(number)) else { return Ok(()) };
        let Some(text) = member.text().filter(|text| text.contains("\"Expected")) else { return Ok(()) };
        for item in serde_json::from_str::<Vec<&serde_json::value::RawValue>>(text)? {
            let vector = vector::precompile_vector(item.get()).expect("a vector");
            // Calls before London are the CPU engine's.
            let known = fork >= Fork::Berlin;
            let fork = fork.max(Fork::London);
            let gas = vector.expected.as_ref().map_or(1_000_000, |(_, gas)| *gas);
            for gas in [gas, gas.saturating_sub(1)] {
                let input = vector.input.to_vec();
                cases.push(Case { number, fork, op: 0xfa, gas, taken: 32, input });
            }
            expected.push(known.then_some(vector.expected));
        }
        Ok(())
    })
    .expect("fixtures that can be read");
    assert!(cases.len() > 150, "{} calls", cases.len());
    let mut gpu = device();
    let batch = precompiles::batch(&cases);
    let on_gpu = block_on(parity::both_agree(&mut gpu, &batch, "official vectors"));
    for (row, expected) in expected.into_iter().enumerate() {
        let Some(expected) = expected else { continue };
        let (exact, short) = (on_gpu.output(row * 2), on_gpu.output(row * 2 + 1));
        assert_eq!(exact[31] == 1, expected.is_some(), "vector {row}");
        if let Some((output, gas)) = expected {
            assert_eq!(exact[96..], output, "vector {row}");
            assert_eq!(short[31] == 1, gas == 0, "vector {row} with one gas less");
        }
    }
    assert!(on_gpu.host_services.keys().all(|number| *number == 5), "{:?}", on_gpu.host_services);
    for (row, case) in cases.iter().enumerate() {
        assert!(case.number == 5 || on_gpu.reason(row) == Reason::None, "vector {row}: {:?}", on_gpu.reason(row));
    }
}

#[test]
fn kernels_get_ready() {
    println!("{}", block_on(parity::kernels_get_ready(&mut device())));
}

#[test]
fn largest_input() {
    block_on(parity::largest_input_agrees(&mut device()));
}

#[test]
fn cancelled_runs_keep_what_is_finished() {
    block_on(parity::cancel_keeps_the_finished(&mut device(), 10_000));
}

/// The options of [`device`].
#[test]
fn ten_lost_devices_change_nothing() {
    let options = GpuOptions { shard_lanes: Some(1000), ..USUAL };
    block_on(resilience::lost_devices_change_nothing(device_with, options, 10_000, 10));
}

#[test]
fn refused_memory_changes_nothing() {
    block_on(resilience::refused_memory_changes_nothing(device_with, USUAL));
}

#[test]
fn what_is_kept_is_the_same() {
    block_on(resilience::what_is_kept_is_the_same(&mut device(), 300));
}

#[test]
fn reduced_summaries_are_the_same() {
    block_on(resilience::reduced_summaries_are_the_same(&mut device(), 2000));
}

#[test]
fn cancels_are_answered_within_two_submits() {
    block_on(resilience::cancels_are_answered_within_two_submits(&mut device(), 1000));
    let mut two = block_on(device_with(GpuOptions { in_flight: Some(2), ..USUAL }));
    block_on(resilience::cancels_are_answered_within_two_submits(&mut two, 1000));
}

#[test]
fn the_cpu_answers_beside_the_device() {
    block_on(resilience::the_cpu_answers_beside_the_device(&mut device(), 3000));
}

#[test]
fn four_long_lanes_end_rightly() {
    let batch = hostile::long(4);
    let outcomes = block_on(parity::run(&mut device(), &batch));
    for row in 0..4 {
        assert_eq!(outcomes.status(row), Status::OutOfGas);
        assert_eq!(outcomes.gas_used(row), 30_000_000);
        assert_eq!(outcomes.reason(row), Reason::None);
    }
}

#[test]
fn no_lanes_are_no_error() {
    let batch = hostile::long(0);
    let outcomes = block_on(device().run(&batch, &mut Control::default())).expect("an empty batch");
    assert!(outcomes.is_empty());
}

#[test]
fn a_million_lanes_run_in_shards() {
    let batch = hostile::short(1_000_000);
    let mut gpu = device();
    let on_gpu = block_on(parity::run(&mut gpu, &batch));
    let summary = on_gpu.summary();
    assert_eq!(summary.on_gpu, 1_000_000, "{:?}", summary.on_cpu);
    assert_eq!(summary.by_status, [(Status::Stop, 1_000_000)].into());
    assert_eq!(on_gpu.digest(), block_on(parity::run(&mut CpuEngine::new(0), &batch)).digest());
}

#[test]
fn word_operations() {
    let gpu = device();
    block_on(words::assert_words(&gpu, &words::operations(1, 50_000)));
}

/// Operands that are interesting together, not only each by itself.
fn operand() -> impl Strategy<Value = U256> {
    prop_oneof![
        any::<[u64; 4]>().prop_map(U256::from_limbs),
        (any::<u64>(), 0usize..256).prop_map(|(bits, shift)| U256::from(bits) << shift),
        (0usize..256, any::<bool>()).prop_map(|(bit, less)| {
            let power = U256::from(1) << bit;
            if less { power - U256::from(1) } else { power }
        }),
        (any::<[u64; 4]>(), 0usize..256).prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift),
    ]
}

#[test]
fn word_laws_on_the_device() {
    let gpu = device();
    let operation = (0..words::OPERATIONS.len(), operand(), operand(), operand())
        .prop_map(|(op, a, b, c)| WordOperation { op: words::OPERATIONS[op], operands: [a, b, c] });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 24, ..ProptestConfig::default() });
    runner
        .run(&prop::collection::vec(operation, 512), |operations| {
            let found = block_on(gpu.probe_words(&operations)).expect("a device that runs the probe");
            for (operation, found) in operations.iter().zip(found) {
                prop_assert_eq!(found, words::expected(operation), "{:x?}", operation);
            }
            Ok(())
        })
        .expect("the device computes as the host does");
}
