//! The parity body: what both engines must agree on, written once and run natively, in Node and in the browser. It holds
//! cases and comparisons; adapters and test runners are its callers'.

pub mod compiled;
pub mod dice;
pub mod hostile;
pub mod invariance;
pub mod largest;
pub mod lockstep;
pub mod payments;
pub mod precompiles;
pub mod programs;
pub mod resilience;
pub mod sessions;
pub mod societies;
pub mod templates;
pub mod token;
pub mod varied;
pub mod words;
mod writer;

use lanevm_core::{
    Batch, Cancel, Class, Control, Coverage, Engine, Executor, Observe, Outcomes, Status,
    cpu::CpuEngine,
    examples,
    gpu::{Faults, GpuEngine, GpuOptions, Ways},
    observation::Deed,
};

/// The options of tests: WebGPU's default limits and nothing more, and no lane handed to the CPU for being slow.
pub const USUAL: GpuOptions = GpuOptions {
    default_limits: true,
    keep_stragglers: true,
    shard_lanes: None,
    workgroup: None,
    rolled: None,
    fill_garbage: false,
    in_flight: None,
    faults: Faults { losses: 0, every: 0, most_lanes: 0 },
    measure: false,
    timestamps: false,
    ways: Ways::Off,
};

/// Runs a batch to its end.
///
/// # Panics
/// Where the engine refuses the batch.
pub async fn run(engine: &mut dyn Engine, batch: &Batch) -> Outcomes {
    engine.run(batch, &mut Control::default()).await.expect("a batch that can run")
}

/// The first step at which the device and the CPU engine differ on a call, in words.
pub async fn first_difference(gpu: &mut GpuEngine, batch: &Batch, index: usize) -> String {
    lockstep::compare(gpu, batch, index, lockstep::MOST_STEPS)
        .await
        .map_or_else(|why| why, |verdict| verdict.to_string())
}

/// Whether two halts may be one instruction's: where it lacks gas and something else besides, revm names the one or the
/// other by instruction. Both are the same class, and nothing else of the outcome may differ.
fn several_faults(a: Option<Status>, b: Option<Status>) -> bool {
    let halts = [a, b].iter().all(|status| status.is_some_and(|status| status.class() == Class::Halt));
    halts && [a, b].contains(&Some(Status::OutOfGas))
}

/// Compares what two engines made of a batch, row by row and by digest; says where the first difference is.
///
/// # Panics
/// At the first lane that differs, with its first differing step where the device can show it.
pub async fn assert_same(gpu: &mut GpuEngine, batch: &Batch, on_gpu: &Outcomes, on_cpu: &Outcomes, what: &str) {
    for row in 0..batch.len() {
        let (a, b) = (on_gpu.row(row), on_cpu.row(row));
        if !lockstep::same(&a, &b) {
            let why = first_difference(gpu, batch, row).await;
            let call = batch.call(row);
            panic!(
                "{what}, lane {row}: the engines differ\n gpu {a:?}\n cpu {b:?}\n {why}\n fork {} gas {} data {} code {:?}",
                call.fork,
                call.gas,
                hex::encode(call.data.bytes()),
                call.to
                    .and_then(|to| batch.account(call.world, &to))
                    .and_then(|account| account.code)
                    .map(|code| { hex::encode(batch.programs[code as usize].code()) }),
            );
        }
    }
    assert_eq!(on_gpu.digest(), on_cpu.digest(), "{what}: digests");
}

/// Runs a batch on the device and on the CPU engine, compares them as [`assert_same`] does, and gives the device's outcomes.
///
/// # Panics
/// At the first lane that differs, and where an engine refuses the batch.
pub async fn both_agree(gpu: &mut GpuEngine, batch: &Batch, what: &str) -> Outcomes {
    let on_gpu = run(gpu, batch).await;
    let on_cpu = run(&mut CpuEngine::new(0), batch).await;
    assert_same(gpu, batch, &on_gpu, &on_cpu, what).await;
    on_gpu
}

/// Every built-in example with `count` calls: all lanes on the device, digests equal.
pub async fn examples_agree(gpu: &mut GpuEngine, count: usize) {
    for example in examples::all() {
        let batch = example.batch(count).expect("a built-in example");
        let on_gpu = both_agree(gpu, &batch, example.id).await;
        let by_cpu = &on_gpu.summary().on_cpu;
        assert!(by_cpu.is_empty(), "{}: lanes answered by the CPU: {by_cpu:?}", example.id);
    }
}

/// Random programs, `count` from a seed: equal, and most of them wholly on the device.
pub async fn random_programs_agree(gpu: &mut GpuEngine, seed: u64, count: usize) {
    let batch = programs::batch(seed, count);
    let on_gpu = both_agree(gpu, &batch, &format!("random programs, seed {seed}")).await;
    let summary = on_gpu.summary();
    assert!(
        summary.on_gpu as usize * 10 >= count * 8,
        "of {count} random programs only {} ran on the device: {:?}",
        summary.on_gpu,
        summary.on_cpu
    );
    // A generator whose programs all end alike would test little.
    assert!(count < 500 || summary.by_status.len() >= 8, "too few ends: {:?}", summary.by_status);
}

/// The least share of random societies that the device answers itself, in percent.
pub const SOCIETIES_ON_DEVICE: usize = 95;

/// Random societies, `count` from a seed: equal, and as many of them wholly on the device as must be.
pub async fn random_societies_agree(gpu: &mut GpuEngine, seed: u64, count: usize) {
    let batch = societies::batch(seed, count);
    let on_gpu = both_agree(gpu, &batch, &format!("random societies, seed {seed}")).await;
    let summary = on_gpu.summary();
    assert!(
        summary.on_gpu as usize * 100 >= count * SOCIETIES_ON_DEVICE,
        "of {count} random societies only {} ran on the device: {:?}",
        summary.on_gpu,
        summary.on_cpu
    );
    assert!(count < 500 || summary.by_status.len() >= 12, "too few ends: {:?}", summary.by_status);
}

/// Calls of each precompile that the device runs, `count` each: equal, on the device, and none answered by the host.
pub async fn precompiles_agree(gpu: &mut GpuEngine, seed: u64, count: usize) {
    for number in precompiles::ON_DEVICE {
        precompile_agrees(gpu, number, seed, count).await;
    }
}

/// The same for one precompile.
pub async fn precompile_agrees(gpu: &mut GpuEngine, number: u8, seed: u64, count: usize) {
    let what = format!("precompile {number}, seed {seed}");
    let batch = precompiles::batch(&precompiles::cases(number, seed, count, 32));
    let on_gpu = both_agree(gpu, &batch, &what).await;
    let summary = on_gpu.summary();
    assert_eq!(summary.on_gpu as usize, count, "{what}: {:?}", summary.on_cpu);
    assert!(on_gpu.host_services.is_empty(), "{what}: {:?}", on_gpu.host_services);
    assert!((0..count).all(|row| !on_gpu.host_served(row)), "{what}: a lane was served by the host");
    // The first word says whether the precompile succeeded; both must happen often enough to mean something.
    let good = (0..count).filter(|row| on_gpu.output(*row)[31] == 1).count();
    let with_output = (0..count).filter(|row| on_gpu.output(*row).len() > 96).count();
    assert!(good * 2 > count && good * 100 < count * 99, "{what}: {good} of {count} succeeded");
    assert!(with_output * 4 > count, "{what}: {with_output} of {count} had output");
}

/// MODEXP of numbers on both sides of what its kernel takes: equal, each lane answered by the one that can.
pub async fn large_powers_agree(gpu: &mut GpuEngine, seed: u64, count: usize) {
    let batch = precompiles::batch(&precompiles::cases(5, seed, count, 64));
    let on_gpu = both_agree(gpu, &batch, "large powers").await;
    let served = (0..count).filter(|row| on_gpu.host_served(*row)).count();
    assert!(served * 10 > count && served * 10 < count * 9, "{served} of {count} were served by the host");
    assert_eq!(on_gpu.host_services, [(5, served as u64)].into());
}

/// A batch in which every lane calls ecrecover stays on the device.
pub async fn recoveries_stay_on_the_device(gpu: &mut GpuEngine, count: usize) {
    let batch = precompiles::recoveries(7, count);
    let on_gpu = both_agree(gpu, &batch, "recoveries").await;
    let summary = on_gpu.summary();
    assert_eq!(summary.on_gpu as usize, count, "{:?}", summary.on_cpu);
    assert!(on_gpu.host_services.is_empty(), "{:?}", on_gpu.host_services);
    let keys = (0..count).filter(|row| on_gpu.output(*row).len() == 32).count();
    assert!(keys * 3 > count && keys * 3 < count * 2, "{keys} keys");
}

/// Random programs and societies, observed: every lane takes the same path on both engines, and the same lanes come to the
/// same blocks and branches. What is observed changes no outcome.
pub async fn observation_agrees(gpu: &mut GpuEngine, seed: u64, count: usize) {
    for (what, mut batch) in [
        ("examples", examples::all()[0].batch(count).expect("a built-in example")),
        ("random programs", programs::batch(seed, count)),
        ("random societies", societies::batch(seed, count)),
    ] {
        let unseen = run(gpu, &batch).await;
        batch.observe = Observe { path: true, coverage: true };
        let on_gpu = run(gpu, &batch).await;
        let on_cpu = run(&mut CpuEngine::new(0), &batch).await;
        assert_same(gpu, &batch, &on_gpu, &on_cpu, what).await;
        assert_eq!(unseen.digest(), on_gpu.digest(), "{what}: observing changed an outcome");
        assert!((0..batch.len()).all(|row| unseen.path(row).is_none()) && unseen.coverage == Coverage::default());
        for row in 0..batch.len() {
            let (a, b) = (on_gpu.path(row), on_cpu.path(row));
            assert!(a.is_some() && a == b, "{what}, lane {row}: paths {a:x?} and {b:x?}, {:?}", on_gpu.row(row));
        }
        if on_gpu.coverage != on_cpu.coverage {
            let (a, b): (Vec<_>, Vec<_>) = (on_gpu.coverage.counts().collect(), on_cpu.coverage.counts().collect());
            let on_one: Vec<_> =
                a.iter().filter(|x| !b.contains(x)).chain(b.iter().filter(|x| !a.contains(x))).collect();
            panic!("{what}: coverage differs at {} places: {:?}", on_one.len(), &on_one[..on_one.len().min(4)]);
        }
        let entered = on_gpu.coverage.counts().filter(|(_, _, deed, _)| *deed == Deed::Entered).count();
        let paths: std::collections::BTreeSet<_> = (0..batch.len()).map(|row| on_gpu.path(row)).collect();
        println!("{what}: {} paths, {entered} blocks", paths.len());
        // Transfers that all succeed take one path.
        assert!((paths.len() > count / 10 || what == "examples") && entered > 20, "{what}");
        let half = Batch { observe: Observe { path: true, coverage: false }, ..batch.clone() };
        let half = run(gpu, &half).await;
        assert!((0..batch.len()).all(|row| half.path(row) == on_cpu.path(row)), "{what}: paths alone");
        assert_eq!(half.coverage, Coverage::default(), "{what}");
    }
}

/// Every hostile case: the engines agree, the answer is the one that is known, and the device gives it.
pub async fn hostile_input_agrees(gpu: &mut GpuEngine) {
    let batch = hostile::batch();
    let on_gpu = both_agree(gpu, &batch, "hostile input").await;
    for (row, case) in hostile::cases().iter().enumerate() {
        assert_eq!(on_gpu.status(row), case.status, "{}", case.name);
        if let Some(gas_used) = case.gas_used {
            assert_eq!(on_gpu.gas_used(row), gas_used, "{}", case.name);
        }
        assert_eq!(on_gpu.executor(row), Executor::Gpu, "{}: {:?}", case.name, on_gpu.reason(row));
    }
}

/// Every kernel family at its largest legal input: the engines agree, no lane fails, and the device answers.
pub async fn largest_input_agrees(gpu: &mut GpuEngine) {
    let batch = largest::batch();
    let on_gpu = both_agree(gpu, &batch, "largest input").await;
    for (row, case) in largest::cases().iter().enumerate() {
        assert_eq!(on_gpu.status(row).class(), Class::Success, "{}: {}", case.name, on_gpu.status(row));
        assert!(on_gpu.steps(row) >= case.least_steps, "{}: {} steps", case.name, on_gpu.steps(row));
        assert_eq!(on_gpu.executor(row), Executor::Gpu, "{} ({}): {:?}", case.name, case.kernel, on_gpu.reason(row));
    }
}

/// Every kernel becomes ready: built, and run for one workgroup. The times, in words.
pub async fn kernels_get_ready(gpu: &mut GpuEngine) -> String {
    let began_with = gpu.ready().to_vec();
    let all = gpu.make_ready().await.expect("kernels that can be built");
    assert_eq!(all.len(), 18, "a kernel for each queue and each precompile: {all:?}");
    let words = |times: &[(&str, f64)]| {
        let each: Vec<String> = times.iter().map(|(name, ms)| format!("{name} {ms:.0}")).collect();
        format!("{:.0} ms ({})", times.iter().map(|(_, ms)| ms).sum::<f64>(), each.join(", "))
    };
    let later: Vec<_> = all.into_iter().filter(|(name, _)| began_with.iter().all(|(known, _)| known != name)).collect();
    format!("kernels ready: base set {}, the others {}", words(&began_with), words(&later))
}

/// A run of lanes without end: progress is reported, a cancel keeps what has finished and leaves the rest unfinished.
pub async fn cancel_keeps_the_finished(gpu: &mut GpuEngine, lanes: usize) {
    let batch = hostile::some_endless(lanes);
    let cancel = Cancel::default();
    let stop = cancel.clone();
    let heard = std::rc::Rc::new(std::cell::Cell::new(0u64));
    let hears = heard.clone();
    let mut control = Control {
        cancel,
        on_progress: Some(Box::new(move |progress| {
            hears.set(hears.get() + 1);
            if progress.done > 0 && progress.submits >= 4 {
                stop.cancel();
            }
        })),
        ..Control::default()
    };
    let outcomes = gpu.run(&batch, &mut control).await.expect("a batch that can run");
    assert!(heard.get() >= 4, "progress was reported {} times", heard.get());
    for row in 0..lanes {
        let endless = hostile::is_endless(row);
        let expected = if endless { Status::Unfinished } else { Status::Stop };
        assert_eq!(outcomes.status(row), expected, "lane {row}");
    }
}
