//! Sessions against revm running the same calls on one state of its own.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Account, Address, Batch, BlockEnv, ByteColumn, Calls, Class, Column, Control, Engine, Keep, Level, Outcomes,
    Program, Session, World,
    cpu::CpuEngine,
    gpu::{Faults, GpuEngine, GpuOptions},
};
use lanevm_tests::{
    parity::{USUAL, societies, token::Token},
    sequences::{States, compare, is_varied, without_bare_storage},
};

fn device() -> GpuEngine {
    device_with(USUAL)
}

fn device_with(options: GpuOptions) -> GpuEngine {
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
    let token = Token::new(1, 300);
    let steps = (0..100).map(|step| token.step(step));
    let seen = compare(&mut device(), &token.batch(), steps, States::AtTheEnd).unwrap_or_else(|why| panic!("{why}"));
    println!("{seen:?}");
    // Transactions and calls change nonces, and are carried by the host; frames are not.
    assert_eq!((seen.calls, seen.kept), (30_000, 10_000));
    assert_eq!(seen.on_gpu, seen.calls);
    assert!(seen.classes[Class::Success as usize] > 10_000 && seen.classes[Class::Revert as usize] > 3_000, "{seen:?}");
}

/// What lanes come to is compared when all steps have been run: the state of most is the device's until then, and that of
/// lanes which make accounts, send value or destroy themselves comes back on the way.
#[test]
fn societies_are_kept_until_they_change_accounts() {
    let mut gpu = device_with(GpuOptions { fill_garbage: true, ..USUAL });
    for seed in 21..=22 {
        let (mut batch, steps) = societies::sequences(seed, 300, 8);
        without_bare_storage(&mut batch);
        let seen =
            compare(&mut gpu, &batch, steps, States::AtTheEnd).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        println!("seed {seed}: {seen:?}");
        assert!(is_varied(&seen) && seen.kept > 0, "{seen:?}");
    }
}

/// Devices are lost while lanes' state is on them: the steps since are run again. Shards of odd sizes, and of one row.
#[test]
fn kept_lanes_outlive_their_device() {
    for (shard_lanes, losses, every) in [(Some(33), 3, 40), (Some(7), 1, 90), (None, 2, 9)] {
        let faults = Faults { losses, every, most_lanes: 0 };
        let mut gpu = device_with(GpuOptions { shard_lanes, faults, ..USUAL });
        let token = Token::at(&[Level::Frame], 3, 100);
        let steps = (0..12).map(|step| token.step(step));
        let seen = compare(&mut gpu, &token.batch(), steps, States::AtTheEnd).unwrap_or_else(|why| panic!("{why}"));
        println!("{} devices lost; {seen:?}", gpu.losses());
        assert!(gpu.losses() > 0 && seen.kept > 0 && seen.kept < seen.calls, "{} {seen:?}", gpu.losses());
    }
}

/// A contract that counts in the slot its call data names, and one that calls the account named, which counts in its first.
fn counters(lanes: usize) -> Batch {
    let counts = Program::new(vec![0x5f, 0x35, 0x54, 0x60, 1, 0x01, 0x5f, 0x35, 0x55, 0]);
    let calls = Program::new(vec![0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x35, 0x5a, 0xf1, 0]);
    let account = |code| Account { nonce: 1, code: Some(code), ..Account::default() };
    let mut world = World::default();
    world.accounts.insert(Address::repeat_byte(0x11), account(0));
    world.accounts.insert(Address::repeat_byte(0x22), account(1));
    for other in 0..40 {
        world.accounts.insert(Address::with_last_byte(0x80 + other), account(0));
    }
    let mut batch = Batch {
        programs: vec![counts, calls],
        worlds: vec![world],
        blocks: vec![BlockEnv::default()],
        ..Batch::default()
    };
    batch.calls = counting(lanes, 0, 0x11, |_| 0);
    batch
}

fn counting(lanes: usize, step: usize, target: u8, word: impl Fn(usize) -> u8) -> Calls {
    let mut data = ByteColumn::default();
    for lane in 0..lanes {
        data.push(Address::with_last_byte(word(lane * 3 + step)).into_word().as_slice());
    }
    Calls {
        count: lanes,
        caller: Column::All(Address::repeat_byte(0x33)),
        to: Column::All(Some(Address::repeat_byte(target))),
        gas: Column::All(200_000),
        data: data.into(),
        ..Calls::default()
    }
}

/// Lanes that come to have more slots, or slots of more accounts, than the device carries go home with all they have.
#[test]
fn lanes_that_outgrow_what_is_kept_go_home() {
    for (target, many) in [(0x11, 40), (0x22, 40), (0x22, 5)] {
        let batch = counters(9);
        // Every third lane stays with one slot.
        let steps = (0..36).map(|step| {
            counting(9, step, target, |at| 0x80 + if (at - step) / 3 % 3 == 0 { 0 } else { (at % many) as u8 })
        });
        let seen = compare(&mut device(), &batch, steps, States::AtTheEnd).unwrap_or_else(|why| panic!("{why}"));
        println!("{target:#x}, {many}: {seen:?}");
        assert_eq!((seen.calls, seen.on_gpu), (9 * 36, 9 * 36));
        let all_stay = seen.kept == seen.calls;
        assert_eq!(all_stay, many == 5, "{seen:?}");
        assert!(seen.kept >= 3 * 36, "{seen:?}");
    }
}

/// Whatever is kept of outcomes, and whichever engine the session goes on with, they are the same.
#[test]
fn a_session_goes_from_engine_to_engine() {
    let token = Token::new(5, 60);
    let run = |keep: Keep, engine_of: &dyn Fn(usize) -> usize| -> Vec<Outcomes> {
        let mut engines: [Box<dyn Engine>; 3] = [Box::new(CpuEngine::new(1)), Box::new(device()), Box::new(device())];
        let mut session = Session::new(Batch { keep, digest: true, ..token.batch() }).unwrap();
        (0..6)
            .map(|step| {
                let engine = engines[engine_of(step)].as_mut();
                pollster::block_on(session.run(engine, token.step(step), &mut Control::default())).unwrap()
            })
            .collect()
    };
    let plain = run(Keep::All, &|_| 0);
    for keep in [Keep::Summary, Keep::Status, Keep::Return, Keep::All] {
        for (name, engine_of) in [
            ("one device", &(|_| 1usize) as &dyn Fn(usize) -> usize),
            ("CPU and back", &|step| [1, 1, 0, 0, 1, 1][step]),
            ("two devices", &|step| [1, 1, 2, 2, 1, 0][step]),
        ] {
            for (step, (outcomes, expected)) in run(keep, engine_of).iter().zip(&plain).enumerate() {
                assert_eq!(outcomes.keep(), keep);
                assert_eq!(outcomes.digest(), expected.digest(), "{name}, {keep:?}, step {step}");
                assert_eq!(outcomes.summary().gas_total, expected.summary().gas_total, "{name}, {keep:?}, step {step}");
            }
        }
    }
}
