//! The gate that a run passes between its slices: closed, it pauses the run. It knows no engine, and stops nothing by
//! itself.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_channel::oneshot;
use web_time::{Duration, Instant};

use crate::browser::turn::turn;

/// A gate. Clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Gate(Rc<State>);

#[derive(Default)]
struct State {
    /// Since when it is closed.
    closed: Cell<Option<Instant>>,
    rested: Cell<Duration>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Gate {
    /// Lets nobody through from now on.
    pub(super) fn close(&self) {
        if self.0.closed.get().is_none() {
            self.0.closed.set(Some(Instant::now()));
        }
    }

    /// Lets everybody through again.
    pub(super) fn open(&self) {
        if self.0.closed.get().is_some() {
            self.0.rested.set(self.rested());
            self.0.closed.set(None);
        }
        for waiting in self.0.waiting.take() {
            // Who waited may be gone.
            waiting.send(()).ok();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.closed.get().is_some()
    }

    /// How long it was closed, in all.
    pub(super) fn rested(&self) -> Duration {
        self.0.rested.get() + self.0.closed.get().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Ends at once where the gate is open, else when it opens.
    pub(super) async fn wait(&self) {
        while self.is_closed() {
            let (sender, receiver) = oneshot::channel();
            self.0.waiting.borrow_mut().push(sender);
            receiver.await.ok();
        }
    }

    /// Gives the event loop its turn, and waits while the gate is closed.
    pub(super) async fn pass(&self) {
        turn().await;
        self.wait().await;
    }
}
