//! Sequences: sessions compared with revm, which runs the same calls one after another on one state of its own.

mod native;

use std::time::{Duration, Instant};

use lanevm_core::{Address, Batch, Bytes, Calls, Class, Control, Engine, Executor, Outcomes, Session};

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
    /// Calls whose lane the engine kept, the state with it, from before the call to after it.
    pub kept: u64,
    /// Lanes that stopped without an answer.
    pub stopped: u64,
    /// Gas of all calls.
    pub gas: u128,
    /// What the session took.
    pub session_time: Duration,
    /// What revm and comparing took.
    pub native_time: Duration,
}

/// When what lanes carry is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum States {
    /// After every step.
    EachStep,
    /// After the last.
    AtTheEnd,
}

/// Runs the steps in a session and, lane by lane, on revm's own state, and compares every outcome and the states.
///
/// # Errors
/// The first difference, in words, or what the engine refuses.
pub fn compare(
    engine: &mut dyn Engine,
    batch: &Batch,
    steps: impl IntoIterator<Item = Calls>,
    states: States,
) -> Result<Seen, String> {
    let mut session = Session::new(batch.clone()).map_err(|error| error.to_string())?;
    let mut natives: Vec<Native> =
        (0..session.lanes()).map(|lane| Native::of(session.tables(), session.world(lane))).collect();
    let mut seen = Seen::default();
    let mut reference = batch.clone();
    let mut control = Control::default();
    for step in steps {
        let number = session.steps();
        let begun = Instant::now();
        let run = session.run(engine, step.clone(), &mut control);
        let outcomes = pollster::block_on(run).map_err(|error| format!("step {number}: {error}"))?;
        seen.kept += session.kept_lanes() as u64;
        if states == States::EachStep {
            let settled = pollster::block_on(session.settle(engine, &control));
            settled.map_err(|error| format!("after step {number}: {error}"))?;
        }
        seen.session_time += begun.elapsed();
        let begun = Instant::now();
        reference.calls = step;
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
            seen.gas += u128::from(found.gas_used);
            seen.on_gpu += u64::from(outcomes.executor(lane) == Executor::Gpu);
            seen.classes[found.class as usize] += 1;
            if states == States::EachStep {
                same_state(&session, lane, native)
                    .map_err(|why| format!("after step {number}, lane {lane} ({}): {why}", call.fork))?;
            }
        }
        seen.native_time += begun.elapsed();
    }
    let begun = Instant::now();
    pollster::block_on(session.settle(engine, &control)).map_err(|error| format!("at the end: {error}"))?;
    seen.session_time += begun.elapsed();
    for (lane, native) in natives.iter().enumerate() {
        same_state(&session, lane, native).map_err(|why| format!("at the end, lane {lane}: {why}"))?;
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
