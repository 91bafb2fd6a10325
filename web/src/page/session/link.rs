//! The wire to the engine's worker. What is sent before the worker listens waits here.

use std::{cell::RefCell, rc::Rc};

use crate::{
    browser::worker::Peer,
    engine::ENGINE,
    protocol::{ToEngine, ToPage},
};

use super::Session;

#[derive(Default)]
struct Outbox {
    listens: bool,
    held: Vec<String>,
}

/// The worker, started.
pub(super) struct Link {
    peer: Rc<RefCell<Option<Peer>>>,
    outbox: Rc<RefCell<Outbox>>,
}

impl Link {
    /// Starts the worker; the session hears what it says.
    pub(super) fn start(session: Session) -> Result<Self, String> {
        let peer: Rc<RefCell<Option<Peer>>> = Rc::default();
        let outbox: Rc<RefCell<Outbox>> = Rc::default();
        let (sending, box_of_peer) = (Rc::clone(&outbox), Rc::downgrade(&peer));
        let started = Peer::start(
            ENGINE,
            move |json, bytes| {
                let Ok(message) = serde_json::from_str::<ToPage>(&json) else { return };
                if matches!(message, ToPage::Ready) {
                    let held = {
                        let mut outbox = sending.borrow_mut();
                        outbox.listens = true;
                        std::mem::take(&mut outbox.held)
                    };
                    if let Some(peer) = box_of_peer.upgrade()
                        && let Some(peer) = &*peer.borrow()
                    {
                        held.iter().for_each(|json| peer.post(json, None));
                    }
                }
                session.hear(message, bytes);
            },
            move |why| session.worker_lost(&why),
        )?;
        *peer.borrow_mut() = Some(started);
        Ok(Self { peer, outbox })
    }

    /// Sends a message, now or as soon as the worker listens.
    pub(super) fn send(&self, message: &ToEngine) {
        // These types have no map with keys that JSON refuses.
        let json = serde_json::to_string(message).unwrap_or_default();
        let mut outbox = self.outbox.borrow_mut();
        if outbox.listens {
            if let Some(peer) = &*self.peer.borrow() {
                peer.post(&json, None);
            }
        } else {
            outbox.held.push(json);
        }
    }
}
