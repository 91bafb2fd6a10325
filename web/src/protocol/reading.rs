//! The messages between the page and the worker that reads files. The page sends [`ToReader`], a text as bytes beside the
//! first; the worker answers each with one [`Reading`]. The page ends the worker to cancel.

use serde::{Deserialize, Serialize};

/// What the page asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToReader {
    /// Read the text beside this, which has a name.
    Read(ReadAs, String),
    /// Make the document of a choice of the state tests read last.
    Open(usize),
    /// Write the form beside this, by [`crate::form::packing`], as drafts are kept.
    Keep,
}

/// What a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadAs {
    /// A document.
    Document,
    /// A file of state tests.
    Tests,
    /// A state.
    State,
    /// A file of programs.
    Programs,
    /// A draft that was kept.
    Draft,
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    /// The worker listens.
    Ready,
    /// What can be opened of a file of state tests.
    Tests(Vec<TestChoice>),
    /// A document as a form, by [`crate::form::packing`], beside this.
    Form {
        /// The document's title, where it has one.
        title: Option<String>,
    },
    /// States of a file, by [`crate::form::packing`], beside this.
    States {
        /// The format, in words.
        format: String,
    },
    /// Programs of a file, by [`crate::form::packing`], beside this.
    Programs,
    /// A draft as it is kept, beside this.
    Kept,
    /// Why there is nothing, in words.
    Failed(String),
}

/// Cases of a state test that one document holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestChoice {
    /// The test's name.
    pub test: String,
    /// The fork, as the file names it.
    pub fork: String,
    /// Lanes.
    pub lanes: usize,
    /// Lanes whose transaction must be refused.
    pub rejected: usize,
    /// Why it cannot be opened.
    pub refused: Option<String>,
}
