//! The CPU workers as ports of core's pool. A worker starts when the first request comes for it, and stays.

use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot;
use lanevm_core::{
    EngineError,
    cpu::CpuEngine,
    engine::LocalFuture,
    pool::{PoolEngine, Port},
};

use super::gate::Gate;
use crate::{
    browser::{scope, worker::Peer},
    words::engine as words,
};

/// What a CPU worker says when it listens.
pub(super) const READY: &str = "ready";

/// A request to it, and its answer.
pub(super) const RUN: &str = "run";

/// Asks it to end early.
pub(super) const CANCEL: &str = "cancel";

/// Asks it to pause between two slices.
pub(super) const PAUSE: &str = "pause";

/// Asks it to go on.
pub(super) const RESUME: &str = "resume";

/// Most CPU workers, on however many cores.
const MOST: usize = 32;

/// How many CPU workers this machine gets.
fn workers() -> usize {
    scope::cores().clamp(1, MOST)
}

type Waiter<T> = oneshot::Sender<Result<T, EngineError>>;

#[derive(Default)]
struct State {
    peer: Option<Peer>,
    /// Whether it can be sent requests: what is posted before that is lost.
    listens: bool,
    /// Why it answers no more.
    dead: Option<EngineError>,
    /// Who waits until it listens. Some may be gone, since a run can be cancelled before that.
    ready: Vec<Waiter<()>>,
    answer: Option<Waiter<Vec<u8>>>,
}

/// One CPU worker, started or not. Clones are the same worker; only one of the pools that hold them runs at a time.
#[derive(Clone)]
struct CpuPort {
    state: Rc<RefCell<State>>,
    gate: Gate,
}

fn ended() -> EngineError {
    EngineError::Worker(words::WORKER_ENDED.into())
}

impl CpuPort {
    /// Starts the worker where it is not, and waits until it listens.
    async fn started(&self) -> Result<(), EngineError> {
        let receiver = {
            let mut state = self.state.borrow_mut();
            if let Some(why) = &state.dead {
                return Err(why.clone());
            }
            if state.listens {
                return Ok(());
            }
            if state.peer.is_none() {
                state.peer = Some(self.start()?);
            }
            let (sender, receiver) = oneshot::channel();
            state.ready.push(sender);
            receiver
        };
        receiver.await.map_err(|_| ended())?
    }

    fn start(&self) -> Result<Peer, EngineError> {
        let (hear, fail) = (Rc::downgrade(&self.state), Rc::downgrade(&self.state));
        Peer::start(
            super::CPU,
            move |what, bytes| {
                let Some(state) = hear.upgrade() else { return };
                let mut state = state.borrow_mut();
                // Who waited may have been cancelled.
                if what == READY {
                    state.listens = true;
                    state.ready.drain(..).for_each(|waiting| drop(waiting.send(Ok(()))));
                } else if let Some(waiting) = state.answer.take() {
                    drop(waiting.send(Ok(bytes.unwrap_or_default())));
                }
            },
            move |why| {
                let Some(state) = fail.upgrade() else { return };
                let mut state = state.borrow_mut();
                let why = EngineError::Worker(words::worker_ended(why));
                state.ready.drain(..).for_each(|waiting| drop(waiting.send(Err(why.clone()))));
                if let Some(waiting) = state.answer.take() {
                    drop(waiting.send(Err(why.clone())));
                }
                state.dead = Some(why);
            },
        )
        .map_err(EngineError::Worker)
    }

    fn tell(&self, what: &str) {
        let state = self.state.borrow();
        if let Some(peer) = state.peer.as_ref().filter(|_| state.listens) {
            peer.post(what, None);
        }
    }
}

impl Port for CpuPort {
    fn call(&self, request: Vec<u8>) -> LocalFuture<'_, Result<Vec<u8>, EngineError>> {
        Box::pin(async move {
            self.started().await?;
            self.gate.wait().await;
            let (sender, receiver) = oneshot::channel();
            {
                let mut state = self.state.borrow_mut();
                if let Some(why) = &state.dead {
                    return Err(why.clone());
                }
                state.answer = Some(sender);
                if let Some(peer) = &state.peer {
                    peer.post(RUN, Some(&request));
                }
            }
            receiver.await.map_err(|_| ended())?
        })
    }

    fn cancel(&self) -> bool {
        // A worker still loading, or paused before it began, has no request yet; its answer would be waited for in vain.
        let asked = self.state.borrow().answer.is_some();
        if asked {
            self.tell(CANCEL);
        }
        asked
    }
}

/// The CPU workers of this page.
pub(super) struct CpuWorkers(Vec<CpuPort>);

impl CpuWorkers {
    /// As many as the machine gets; while the gate is closed they are sent nothing.
    pub(super) fn new(gate: &Gate) -> Self {
        let port = || CpuPort { state: Rc::default(), gate: gate.clone() };
        Self((0..workers()).map(|_| port()).collect())
    }

    /// A pool over them. Pools over the same workers never run at once.
    pub(super) fn pool(&self) -> PoolEngine {
        let ports = self.0.iter().map(|port| Box::new(port.clone()) as Box<dyn Port>).collect();
        PoolEngine::new(ports, CpuEngine::new(1))
    }

    /// Pauses what they are at, or lets it go on.
    pub(super) fn pause(&self, paused: bool) {
        self.0.iter().for_each(|port| port.tell(if paused { PAUSE } else { RESUME }));
    }
}
