//! Sessions on the device against the same on the CPU: each step's digest, and what lanes hold at the end, wherever their
//! state was meanwhile.

use lanevm_core::{Batch, Calls, Control, Keep, Level, Session, cpu::CpuEngine, gpu::GpuEngine};

use super::{societies, token::Token};

async fn agree(gpu: &mut GpuEngine, batch: &Batch, steps: &[Calls], what: &str) -> u64 {
    let batch = Batch { keep: Keep::Return, digest: true, ..batch.clone() };
    let mut cpu = CpuEngine::new(0);
    let mut control = Control::default();
    let mut session = Session::new(batch.clone()).expect("valid tables");
    let mut reference = Session::new(batch).expect("valid tables");
    let mut kept = 0;
    for (number, step) in steps.iter().enumerate() {
        let found = session.run(gpu, step.clone(), &mut control).await.expect("a step that can run");
        let expected = reference.run(&mut cpu, step.clone(), &mut control).await.expect("a step that can run");
        assert_eq!(found.digest(), expected.digest(), "{what}, step {number}");
        kept += session.kept_lanes() as u64;
    }
    session.settle(gpu, &control).await.expect("state that can be fetched");
    for lane in 0..session.lanes() {
        assert_eq!(session.stopped(lane), reference.stopped(lane), "{what}, lane {lane}");
        let [found, expected] = [&session, &reference].map(|session| (session.tables(), session.world(lane)));
        let world = &expected.0.worlds[expected.1 as usize];
        for (address, account) in &world.accounts {
            let same = found.0.account(found.1, address).map(|found| (found.nonce, found.balance));
            assert_eq!(same, Some((account.nonce, account.balance)), "{what}, lane {lane}, {address}");
            for (slot, value) in &account.storage {
                let stored = found.0.storage(found.1, address, slot);
                assert_eq!(stored, Some(*value), "{what}, lane {lane}, {address}, slot {slot}");
            }
        }
    }
    kept
}

/// A token sent about in raw frames, whose state stays on the device, and random societies, which go home.
///
/// # Panics
/// At the first difference, and where no lane is kept.
pub async fn sessions_agree(gpu: &mut GpuEngine, seed: u64, lanes: usize, steps: usize) {
    let token = Token::at(&[Level::Frame], seed, lanes);
    let calls: Vec<Calls> = (0..steps).map(|step| token.step(step)).collect();
    let kept = agree(gpu, &token.batch(), &calls, "token").await;
    assert_eq!(kept, (lanes * steps) as u64, "a token's lanes stay on the device");
    let (batch, calls) = societies::sequences(seed, lanes, steps.min(3));
    agree(gpu, &batch, &calls, "societies").await;
}
