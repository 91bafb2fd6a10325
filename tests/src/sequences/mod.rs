//! Sequences: sessions compared with revm, which runs the same calls one after another on one state of its own.

mod native;

use lanevm_core::{Address, Batch, Bytes, Calls, Class, Control, Engine, Outcomes, Session};

pub use self::native::{Came, Held, Native};

/// The row as revm's words have it.
fn row(outcomes: &Outcomes, lane: usize) -> Came {
    Came {
        class: outcomes.status(lane).class(),
        gas_used: outcomes.gas_used(lane),
        output: Bytes::copy_from_slice(outcomes.output(lane)),
        logs: outcomes.logs(lane).into_iter().map(|log| (log.address, log.topics, log.data)).collect(),
    }
}

/// Gives every account that has storage, but neither nonce nor code, a nonce: revm lacks EIP-7610, which such accounts alone
/// show.
pub fn without_bare_storage(batch: &mut Batch) {
    for id in 0..batch.worlds.len() {
        let base = batch.worlds[id].base.map(|base| batch.worlds[base as usize].clone());
        for (address, account) in &mut batch.worlds[id].accounts {
            let below = base.as_ref().and_then(|base| base.accounts.get(address));
            let stores = !account.storage.is_empty() || below.is_some_and(|below| !below.storage.is_empty());
            let empty = account.code.is_none_or(|code| batch.programs[code as usize].code().is_empty());
            if stores && empty && account.nonce == 0 {
                account.nonce = 1;
            }
        }
    }
}

/// What a comparison saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Calls compared.
    pub calls: u64,
    /// Of these, calls that the device answered.
    pub on_gpu: u64,
    /// By class, in the order of [`Class`]'s codes.
    pub classes: [u64; 7],
    /// Lanes that stopped without an answer.
    pub stopped: u64,
}

/// Runs the steps in a session and, lane by lane, on revm's own state, and compares every outcome and the state at the end.
///
/// # Errors
/// The first difference, in words.
///
/// # Panics
/// Where the engine refuses a step.
pub fn compare(engine: &mut dyn Engine, batch: &Batch, steps: &[Calls]) -> Result<Seen, String> {
    let mut session = Session::new(batch.clone()).expect("a batch that is valid");
    let mut natives: Vec<Native> =
        (0..session.lanes()).map(|lane| Native::of(session.tables(), session.world(lane))).collect();
    let mut seen = Seen::default();
    for (number, step) in steps.iter().enumerate() {
        let outcomes = pollster::block_on(session.run(engine, step.clone(), &mut Control::default()))
            .expect("a step that can be run");
        let reference = Batch { calls: step.clone(), ..batch.clone() };
        for (lane, native) in natives.iter_mut().enumerate() {
            if session.stopped(lane).is_some() {
                continue;
            }
            let call = reference.call(lane);
            let code = call.code.map(|id| reference.programs[id as usize].code().clone());
            let (expected, found) = (native.call(&call, code), row(&outcomes, lane));
            if found != expected {
                return Err(format!(
                    "step {number}, lane {lane} ({:?}, {}): the session says {found:?} ({}, {:?}), revm {expected:?}",
                    call.level,
                    call.fork,
                    outcomes.status(lane),
                    outcomes.detail(lane),
                ));
            }
            seen.calls += 1;
            seen.on_gpu += u64::from(outcomes.executor(lane) == lanevm_core::Executor::Gpu);
            seen.classes[found.class as usize] += 1;
            same_state(&session, lane, native).map_err(|why| format!("after step {number}, lane {lane}: {why}"))?;
        }
    }
    seen.stopped = session.stopped_lanes() as u64;
    Ok(seen)
}

/// Compares what a lane carries with a state, account by account.
///
/// # Errors
/// The first difference, in words.
pub fn same_state(session: &Session, lane: usize, native: &Native) -> Result<(), String> {
    let carried = Native::of(session.tables(), session.world(lane));
    let mut addresses: Vec<&Address> = carried.accounts.keys().chain(native.accounts.keys()).collect();
    addresses.dedup();
    for address in addresses {
        let (found, expected) = (carried.accounts.get(address), native.accounts.get(address));
        if found != expected {
            return Err(format!("account {address}: the session holds {found:?}, revm {expected:?}"));
        }
        if let Some(expected) = expected {
            for (slot, value) in &expected.storage {
                let shown = session.tables().storage(session.world(lane), address, slot);
                if shown != Some(*value) {
                    return Err(format!(
                        "account {address}, slot {slot:#x}: shown as {shown:?}, revm holds {value:#x}"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Whether all classes that calls of random societies come to are among those seen.
pub fn is_varied(seen: &Seen) -> bool {
    [Class::Success, Class::Revert, Class::Halt, Class::Rejected].iter().all(|class| seen.classes[*class as usize] > 0)
}
