//! What waits for the first result: the rest of this program, and what can only begin with it. The page has one such wait, and
//! so has the engine's worker. It does not last long, nor where nothing is under way, and whoever needs the rest ends it.

use std::{cell::RefCell, future::Future};

use futures::{FutureExt as _, future};
use futures_channel::oneshot;

use crate::browser::{rest, turn::after};

/// When no run is under way this long after the start, none is waited for, in milliseconds.
const QUIET: i32 = 1_000;

/// The longest wait behind that, in milliseconds.
const LONGEST: i32 = 5_000;

/// How long the page is given to show what it has, in milliseconds.
const SHOWN: i32 = 200;

/// The end of the wait.
#[derive(Debug)]
pub(crate) struct Later {
    tell: RefCell<Option<oneshot::Sender<()>>>,
    told: future::Shared<oneshot::Receiver<()>>,
}

impl Default for Later {
    fn default() -> Self {
        let (tell, told) = oneshot::channel();
        Self { tell: RefCell::new(Some(tell)), told: told.shared() }
    }
}

impl Later {
    /// The wait is over.
    pub(crate) fn now(&self) {
        if let Some(tell) = self.tell.take() {
            // Nobody may wait.
            tell.send(()).ok();
        }
    }

    /// Ends the wait in good time, whatever comes of the run that may be under way.
    pub(crate) async fn end(&self, is_busy: impl Fn() -> bool) {
        after(QUIET).await;
        if is_busy() {
            after(LONGEST).await;
        }
        self.now();
    }

    /// Waits, and then for the rest of the program; says why it could not be loaded, where it could not.
    pub(crate) fn come(&self) -> impl Future<Output = Result<(), String>> + use<> {
        let told = self.told.clone();
        async move {
            told.await.ok();
            after(SHOWN).await;
            rest::load().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_wait_are_told_once() {
        let later = Later::default();
        let waits = later.told.clone();
        assert!(waits.clone().now_or_never().is_none());
        later.now();
        later.now();
        assert!(waits.now_or_never().is_some() && later.told.clone().now_or_never().is_some());
    }
}
