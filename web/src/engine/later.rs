//! What waits for the first result: the rest of this program, and with it the GPU, which the first result can do without. It
//! does not wait for long, nor where the first run wants the GPU.

use std::{cell::RefCell, future::Future};

use futures::{FutureExt as _, future};
use futures_channel::oneshot;

use crate::browser::{rest, turn::after};

/// How long the page is given to show what it was told, in milliseconds.
const SHOWN: i32 = 200;

/// The end of the wait.
#[derive(Debug)]
pub(super) struct Later {
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
    pub(super) fn now(&self) {
        if let Some(tell) = self.tell.take() {
            // Nobody may wait.
            tell.send(()).ok();
        }
    }

    /// Waits, and then for the rest of the program.
    pub(super) fn come(&self) -> impl Future<Output = ()> + 'static {
        let told = self.told.clone();
        async move {
            told.await.ok();
            after(SHOWN).await;
            // What cannot be loaded now is loaded when it is called, or fails then.
            rest::load().await.ok();
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
