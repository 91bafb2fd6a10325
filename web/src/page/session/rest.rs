//! The rest of the page's program is loaded behind the first result. Where it does not come, that is said.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};

use super::{RunState, Session};
use crate::{later::Later, words};

impl Session {
    /// Waits for the right moment, and loads it.
    pub(super) fn load_rest(self) {
        let later = Rc::new(Later::default());
        let ends = Rc::clone(&later);
        Effect::new(move |_| {
            let ended = self.state.with(|state| !matches!(state, RunState::Idle) && !state.is_busy());
            if ended || self.summary.with(Option::is_some) {
                ends.now();
            }
        });
        let come = later.come();
        spawn_local(async move { later.end(|| self.state.with_untracked(RunState::is_busy)).await });
        spawn_local(async move {
            if let Err(why) = come.await {
                self.keep.wrong(words::page::not_whole(why));
            }
        });
    }
}
