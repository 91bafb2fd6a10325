//! The CPU workers as ports of core's pool. A worker starts when the first request comes for it, and stays.

use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot;
use lanevm_core::{
    EngineError,
    cpu::CpuEngine,
    engine::LocalFuture,
    pool::{PoolEngine, Port},
};

use crate::browser::{scope, worker::Peer};

/// What a CPU worker says when it listens.
pub(super) const READY: &str = "ready";

/// A request to it, and its answer.
pub(super) const RUN: &str = "run";

/// Asks it to end early.
pub(super) const CANCEL: &str = "cancel";

/// Most CPU workers, on however many cores.
const MOST: usize = 32;

/// How many CPU workers this machine gets.
pub(super) fn workers() -> usize {
    scope::cores().clamp(1, MOST)
}

#[derive(Default)]
struct State {
    peer: Option<Peer>,
    ready: Option<oneshot::Sender<Result<Vec<u8>, EngineError>>>,
    answer: Option<oneshot::Sender<Result<Vec<u8>, EngineError>>>,
}

/// One CPU worker, started or not. Clones are the same worker; only one of the pools that hold them runs at a time.
#[derive(Clone, Default)]
struct CpuPort(Rc<RefCell<State>>);

impl CpuPort {
    /// Starts the worker where it is not, and waits until it listens.
    async fn started(&self) -> Result<(), EngineError> {
        if self.0.borrow().peer.is_some() {
            return Ok(());
        }
        let (sender, receiver) = oneshot::channel();
        self.0.borrow_mut().ready = Some(sender);
        let (hear, fail) = (Rc::downgrade(&self.0), Rc::downgrade(&self.0));
        let peer = Peer::start(
            super::CPU,
            move |what, bytes| {
                let Some(state) = hear.upgrade() else { return };
                let waiting =
                    if what == READY { state.borrow_mut().ready.take() } else { state.borrow_mut().answer.take() };
                if let Some(waiting) = waiting {
                    // Who waited may have been cancelled.
                    drop(waiting.send(Ok(bytes.unwrap_or_default())));
                }
            },
            move |why| {
                let Some(state) = fail.upgrade() else { return };
                let mut state = state.borrow_mut();
                let why = EngineError::Device(format!("a CPU worker ended: {why}"));
                for waiting in [state.ready.take(), state.answer.take()].into_iter().flatten() {
                    drop(waiting.send(Err(why.clone())));
                }
            },
        )
        .map_err(EngineError::Device)?;
        self.0.borrow_mut().peer = Some(peer);
        receiver.await.map_err(|_| EngineError::Device("a CPU worker ended".into()))??;
        Ok(())
    }
}

impl Port for CpuPort {
    fn call(&self, request: Vec<u8>) -> LocalFuture<'_, Result<Vec<u8>, EngineError>> {
        Box::pin(async move {
            self.started().await?;
            let (sender, receiver) = oneshot::channel();
            {
                let mut state = self.0.borrow_mut();
                state.answer = Some(sender);
                if let Some(peer) = &state.peer {
                    peer.post(RUN, Some(&request));
                }
            }
            receiver.await.map_err(|_| EngineError::Device("a CPU worker ended".into()))?
        })
    }

    fn cancel(&self) -> bool {
        let state = self.0.borrow();
        // A worker still loading has no request yet; its answer would be waited for in vain.
        let Some(peer) = state.peer.as_ref().filter(|_| state.answer.is_some()) else { return false };
        peer.post(CANCEL, None);
        true
    }
}

/// Two pools over the same workers: one for runs on the CPU, one for what the GPU hands back. They never run at once.
pub(super) fn pools() -> (PoolEngine, PoolEngine) {
    let ports: Vec<CpuPort> = (0..workers()).map(|_| CpuPort::default()).collect();
    let pool = || {
        let ports = ports.iter().map(|port| Box::new(port.clone()) as Box<dyn Port>).collect();
        PoolEngine::new(ports, CpuEngine::new(1))
    };
    (pool(), pool())
}
