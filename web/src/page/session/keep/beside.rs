//! Long drafts are written and read in a worker: the page's thread has no time for megabytes of JSON.

use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot;

use crate::{
    browser::worker::Peer,
    engine::READING,
    form::{Form, packing},
    protocol::{ReadAs, Reading, ToReader},
    words::reading as words,
};

/// A draft of more text than this, in bytes, is long.
pub(super) const LONG: usize = 200_000;

type Answer = Result<(Reading, Vec<u8>), String>;

/// Asks a worker of its own one thing.
async fn ask(message: &ToReader, bytes: Vec<u8>) -> Answer {
    let json = serde_json::to_string(message).map_err(|error| error.to_string())?;
    let (tell, told) = oneshot::channel::<Answer>();
    let tell = Rc::new(RefCell::new(Some(tell)));
    let answered = move |tell: &RefCell<Option<oneshot::Sender<Answer>>>, answer| {
        if let Some(tell) = tell.take() {
            // Who asked waits for it.
            tell.send(answer).ok();
        }
    };
    let peer: Rc<RefCell<Option<Peer>>> = Rc::default();
    let (own, failing) = (Rc::downgrade(&peer), Rc::clone(&tell));
    let mut held = Some(bytes);
    let started = Peer::start(
        READING,
        move |said, bytes| match serde_json::from_str(&said) {
            Ok(Reading::Ready) => {
                if let (Some(held), Some(peer)) = (held.take(), own.upgrade())
                    && let Some(peer) = &*peer.borrow()
                {
                    peer.post(&json, Some(&held));
                }
            }
            Ok(Reading::Failed(why)) => answered(&tell, Err(why)),
            Ok(answer) => answered(&tell, Ok((answer, bytes.unwrap_or_default()))),
            Err(_) => answered(&tell, Err(words::NO_ANSWER.into())),
        },
        move |why| answered(&failing, Err(words::its_reader_ended(why))),
    )?;
    *peer.borrow_mut() = Some(started);
    let answer = told.await;
    drop(peer.take());
    answer.unwrap_or_else(|_| Err(words::NO_ANSWER.into()))
}

/// A draft as it is kept.
///
/// # Errors
/// The worker did not answer; in words.
pub(super) async fn written(form: Form) -> Result<String, String> {
    match ask(&ToReader::Keep, packing::pack(form)).await? {
        (Reading::Kept, bytes) => String::from_utf8(bytes).map_err(|error| error.to_string()),
        _ => Err(words::NO_ANSWER.into()),
    }
}

/// A draft as it was kept.
///
/// # Errors
/// It cannot be read, or the worker did not answer; in words.
pub(super) async fn read(text: String) -> Result<Form, String> {
    let message = ToReader::Read(ReadAs::Draft, String::new());
    let (_, bytes) = ask(&message, text.into_bytes()).await?;
    packing::unpack(&bytes).ok_or_else(|| words::NO_ANSWER.into())
}
