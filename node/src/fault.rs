//! Errors as the front takes them: a kind, which names a class there, and words. It decides nothing about them.

use std::cell::RefCell;

use lanevm_core::{BatchError, DocumentError, EngineError};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// The class that an error has in the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A name that is no hard fork.
    Hardfork,
    /// An argument that only the engine can judge.
    Argument,
    /// An interface, a function's name or its arguments.
    Abi,
    /// A document.
    Document,
    /// The batch as a whole.
    Batch,
    /// The engine could not be made.
    Setup,
    /// The device failed.
    Device,
}

/// An error on its way to the front.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fault {
    kind: Kind,
    message: String,
}

impl Fault {
    /// An error of this kind.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl From<BatchError> for Fault {
    fn from(error: BatchError) -> Self {
        Self::new(Kind::Batch, format!("The batch cannot be run: {error}."))
    }
}

impl From<DocumentError> for Fault {
    fn from(error: DocumentError) -> Self {
        Self::new(Kind::Document, format!("{error}."))
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Batch(error) => error.into(),
            EngineError::NoAdapter(_) => Self::new(Kind::Setup, error.to_string()),
            _ => Self::new(Kind::Device, error.to_string()),
        }
    }
}

impl From<serde_wasm_bindgen::Error> for Fault {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::new(Kind::Argument, format!("The description could not be read: {error}."))
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        serde_wasm_bindgen::to_value(&fault).unwrap_or_else(|_| Self::from_str(&fault.message))
    }
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps what panics say: the trap that follows says nothing.
pub(crate) fn keep_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.to_string();
        LAST_PANIC.with(|last| {
            if let Ok(mut last) = last.try_borrow_mut() {
                *last = Some(words);
            }
        });
    }));
}

/// What the last panic said.
pub(crate) fn last_panic() -> Option<String> {
    LAST_PANIC.with(|last| last.try_borrow().ok().and_then(|last| last.clone()))
}
