//! The coordinator's end of the replaying worker: started at the first ask, asked in order, told of to the page. It knows
//! no run; the batch of one call that is recorded comes as bytes.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen_futures::spawn_local;

use super::{
    coordinator::post,
    replay::{Answer, Ask, Which},
};
use crate::{
    browser::worker::Peer,
    protocol::{ToPage, TraceAnswer},
    words::engine as words,
};

/// The worker, and what waits for it.
#[derive(Default)]
struct State {
    peer: Option<Peer>,
    listens: bool,
    /// Requests that wait until it listens.
    held: Vec<(Ask, Option<Vec<u8>>)>,
    /// What was asked and not answered.
    asked: Vec<Ask>,
    /// The lane that was asked for last: calls are made ready in any order.
    wanted: Option<Which>,
}

/// The replaying worker, started or not. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Replaying(Rc<RefCell<State>>);

/// Tells the page that what it asked will not be answered.
pub(super) fn refuse(ask: Ask, why: &str) {
    let message = match ask {
        Ask::Open((run, _, lane)) => ToPage::Trace { run, lane, trace: Err(why.into()) },
        Ask::About((run, _, lane), number, _) => {
            ToPage::Traced { run, lane, number, answer: TraceAnswer::Nowhere(None) }
        }
        Ask::File((_, _, lane)) => ToPage::TraceFile { lane, result: Err(why.into()) },
        Ask::Case((_, _, lane)) => ToPage::Case { lane, result: Err(why.into()) },
    };
    post(&message, None);
}

impl Replaying {
    /// Asks, with the call as a batch where that is needed.
    pub(super) fn ask(&self, ask: Ask, request: Option<Vec<u8>>) {
        let mut state = self.0.borrow_mut();
        if state.peer.is_none() {
            match self.start() {
                Ok(peer) => state.peer = Some(peer),
                Err(why) => return refuse(ask, &words::no_replay_worker(why)),
            }
        }
        // A lane that is opened takes the place of one that is being opened.
        if matches!(ask, Ask::Open(_)) {
            state.asked.retain(|asked| !matches!(asked, Ask::Open(_)));
        }
        state.asked.push(ask);
        if state.listens {
            state.send(ask, request.as_deref());
        } else {
            state.held.push((ask, request));
        }
    }

    /// Says what will be asked as soon as its call is ready.
    pub(super) fn expect(&self, ask: Ask) {
        if let Ask::Open(which) = ask {
            self.0.borrow_mut().wanted = Some(which);
        }
    }

    /// Whether it is still wanted.
    pub(super) fn wants(&self, ask: Ask) -> bool {
        match ask {
            Ask::Open(which) => self.0.borrow().wanted == Some(which),
            Ask::About(..) | Ask::File(_) | Ask::Case(_) => true,
        }
    }

    fn start(&self) -> Result<Peer, String> {
        let (hearing, failing) = (self.clone(), self.clone());
        Peer::start(
            super::REPLAY,
            move |json, bytes| hearing.hear(&json, bytes.as_deref()),
            move |why| {
                // The worker goes with what it was asked; the next ask starts another. Not dropped here, where its own
                // listener runs.
                let gone = std::mem::take(&mut *failing.0.borrow_mut());
                gone.asked.iter().for_each(|ask| refuse(*ask, &words::replay_failed(&why)));
                spawn_local(async move { drop(gone) });
            },
        )
    }

    fn hear(&self, json: &str, bytes: Option<&[u8]>) {
        let mut state = self.0.borrow_mut();
        let Ok(answer) = serde_json::from_str::<Answer>(json) else { return };
        match answer {
            Answer::Ready => {
                state.listens = true;
                for (ask, request) in std::mem::take(&mut state.held) {
                    state.send(ask, request.as_deref());
                }
            }
            Answer::Opened(which, trace) => {
                state.answered(|ask| matches!(ask, Ask::Open(asked) if *asked == which));
                post(&ToPage::Trace { run: which.0, lane: which.2, trace }, None);
            }
            Answer::About((run, step, lane), number, answer) => {
                let which: Which = (run, step, lane);
                state.answered(|ask| matches!(ask, Ask::About(asked, its, _) if *asked == which && *its == number));
                post(&ToPage::Traced { run, lane, number, answer }, None);
            }
            Answer::File(which, result) => {
                state.answered(|ask| matches!(ask, Ask::File(asked) if *asked == which));
                post(&ToPage::TraceFile { lane: which.2, result }, bytes);
            }
            Answer::Case(which, result) => {
                state.answered(|ask| matches!(ask, Ask::Case(asked) if *asked == which));
                post(&ToPage::Case { lane: which.2, result }, bytes);
            }
        }
    }
}

impl State {
    fn send(&self, ask: Ask, request: Option<&[u8]>) {
        if let Some(peer) = &self.peer {
            // These types have no map with keys that JSON refuses.
            peer.post(&serde_json::to_string(&ask).unwrap_or_default(), request);
        }
    }

    fn answered(&mut self, is: impl Fn(&Ask) -> bool) {
        if let Some(place) = self.asked.iter().position(is) {
            self.asked.remove(place);
        }
    }
}
