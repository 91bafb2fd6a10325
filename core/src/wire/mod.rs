//! Batches and outcomes as bytes, for a worker on the other side of a message. The encoding is compact and versioned; it
//! is for one build to talk to itself, not for keeping. Decoding judges every byte: what it accepts can be run or read.

mod batch;
mod data;
mod reply;

use std::borrow::Cow;

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    batch::BatchError,
    columns::{ByteColumn, Column},
};

pub use self::{
    batch::{decode_batch, encode_batch},
    reply::{decode_reply, encode_reply},
};

/// The version of the encoding, in every message.
pub const VERSION: u8 = 2;

const MAGIC: [u8; 3] = *b"lvm";

/// Why bytes are no message.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// Not a message of this kind and version.
    #[error("not a {expected} message of version {VERSION}")]
    Header {
        /// What was expected.
        expected: &'static str,
    },
    /// The bytes end too soon, or go on, or hold a value out of its range.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// The batch is whole but cannot be run.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

fn malformed(what: impl ToString) -> WireError {
    WireError::Malformed(what.to_string())
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Batch = 1,
    Reply = 2,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Reply => "reply",
        }
    }
}

fn seal(kind: Kind, body: &impl Serialize) -> Vec<u8> {
    let mut message = MAGIC.to_vec();
    message.extend([kind as u8, VERSION]);
    // Writing to a vector cannot fail, and the bodies hold nothing that postcard refuses.
    postcard::to_extend(body, message).expect("a body that can be written")
}

fn unseal<'a, T: Deserialize<'a>>(kind: Kind, message: &'a [u8]) -> Result<T, WireError> {
    let header = [MAGIC[0], MAGIC[1], MAGIC[2], kind as u8, VERSION];
    let body = message.strip_prefix(&header).ok_or(WireError::Header { expected: kind.name() })?;
    let (value, rest) = postcard::take_from_bytes(body).map_err(malformed)?;
    if rest.is_empty() { Ok(value) } else { Err(malformed("bytes after its end")) }
}

type Word = [u8; 32];
type Place = [u8; 20];

fn word(value: U256) -> Word {
    value.to_le_bytes()
}

fn number(word: Word) -> U256 {
    U256::from_le_bytes(word)
}

#[derive(Serialize, Deserialize)]
enum WireColumn<T> {
    All(T),
    Each(Vec<T>),
}

impl<T> WireColumn<T> {
    fn of<S>(column: &Column<S>, convert: impl Fn(&S) -> T) -> Self {
        match column {
            Column::All(value) => Self::All(convert(value)),
            Column::Each(values) => Self::Each(values.iter().map(convert).collect()),
            Column::Generated(values) => Self::Each((0..values.len()).map(|row| convert(&values.get(row))).collect()),
        }
    }

    fn column<S>(self, convert: impl Fn(T) -> Option<S>) -> Result<Column<S>, WireError> {
        let out_of_range = || malformed("a column's value is out of its range");
        Ok(match self {
            Self::All(value) => Column::All(convert(value).ok_or_else(out_of_range)?),
            Self::Each(values) => {
                Column::Each(values.into_iter().map(convert).collect::<Option<_>>().ok_or_else(out_of_range)?)
            }
        })
    }
}

#[derive(Serialize, Deserialize)]
struct WireBytes<'a> {
    ranges: Vec<(u64, u32)>,
    #[serde(borrow, with = "serde_bytes")]
    bytes: Cow<'a, [u8]>,
}

impl<'a> WireBytes<'a> {
    fn of(column: &'a ByteColumn) -> Self {
        let ranges = (0..column.len()).map(|row| column.range(row)).collect();
        Self { ranges, bytes: Cow::Borrowed(column.bytes()) }
    }

    /// The same, of a column that goes away.
    fn into_owned<'b>(self) -> WireBytes<'b> {
        WireBytes { ranges: self.ranges, bytes: Cow::Owned(self.bytes.into_owned()) }
    }

    fn column(self) -> Result<ByteColumn, WireError> {
        ByteColumn::from_parts(self.ranges, self.bytes.into_owned())
            .ok_or_else(|| malformed("a row is not within its bytes"))
    }
}
