//! When the rest of the page's program is loaded: behind the first result, or soon where none is coming.

use futures_channel::oneshot;
use leptos::{prelude::*, task::spawn_local};

use super::{RunState, Session};
use crate::{
    browser::{rest, turn::after},
    words,
};

/// When no run is under way this long after the start, none is waited for, in milliseconds.
const QUIET: i32 = 1_000;

/// The longest wait behind that, in milliseconds.
const LONGEST: i32 = 5_000;

/// What the page has to do before its thread is free again when a result has come, in milliseconds.
const DRAWN: i32 = 100;

impl Session {
    /// Waits for the right moment, and loads it.
    pub(super) fn load_rest(self) {
        let (tell, told) = oneshot::channel();
        let tell = StoredValue::new_local(Some(tell));
        let now = move || {
            if let Some(tell) = tell.try_update_value(Option::take).flatten() {
                // Who waits lives as long as the page.
                tell.send(()).ok();
            }
        };
        Effect::new(move |_| {
            let ended = self.state.with(|state| !matches!(state, RunState::Idle) && !state.is_busy());
            if ended || self.summary.with(Option::is_some) {
                now();
            }
        });
        spawn_local(async move {
            after(QUIET).await;
            if self.state.with_untracked(RunState::is_busy) {
                after(LONGEST).await;
            }
            now();
        });
        spawn_local(async move {
            told.await.ok();
            after(DRAWN).await;
            if let Err(why) = rest::load().await {
                self.keep.wrong(words::page::not_whole(why));
            }
        });
    }
}
