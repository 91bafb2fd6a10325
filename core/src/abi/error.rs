//! What can be wrong with ABI text, arguments and data, in words that say where and what was found. It checks nothing.

use alloy_primitives::U256;
use thiserror::Error;

use super::{MAX_BYTES, MAX_DEPTH, MAX_ITEMS, MAX_TEXT, MAX_VALUES};

/// Why a type is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TypeError {
    /// A word that names no type.
    #[error("`{0}` is not a type")]
    Unknown(String),
    /// An integer of an impossible width.
    #[error("`{0}` is not a type: integers have 8 to 256 bits, in steps of 8")]
    Bits(String),
    /// Fixed bytes of an impossible width.
    #[error("`{0}` is not a type: fixed bytes are bytes1 to bytes32")]
    Bytes(String),
    /// A fixed-point number, which no compiler encodes.
    #[error("`{0}`: fixed-point numbers are not supported")]
    FixedPoint(String),
    /// Something other than `[]` or `[number]` behind a type.
    #[error("`{0}` behind a type; arrays are written [] or [number]")]
    Suffix(String),
    /// An array of length 0.
    #[error("an array of no elements has no encoding")]
    EmptyArray,
    /// A tuple without fields.
    #[error("a tuple without fields has no encoding")]
    EmptyTuple,
    /// Too many arrays and tuples inside one another.
    #[error("more than {MAX_DEPTH} arrays and tuples inside one another")]
    TooDeep,
    /// A type that always holds too much.
    #[error("a value of this type holds at least {0} values; at most {MAX_VALUES} are accepted")]
    TooManyValues(u64),
    /// A type with too many parts.
    #[error("this type has {0} parts; at most {MAX_VALUES} are accepted")]
    TooManyParts(u64),
    /// A struct that contains itself, other than through nothing.
    #[error("struct `{0}` contains itself")]
    Recursive(String),
}

/// What is wrong at a place of ABI text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// Too much text.
    #[error("{0} bytes of ABI are more than the {MAX_TEXT} that are accepted")]
    TooMuchText(usize),
    /// Too many items.
    #[error("more than {MAX_ITEMS} items")]
    TooManyItems,
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// Something else than what belongs there.
    #[error("found {found}; expected {expected}")]
    Found {
        /// What stands there.
        found: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// A type that is refused.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// Two structs of one name.
    #[error("struct `{0}` is there twice")]
    StructTwice(String),
    /// More than three indexed inputs, or four where the event is anonymous.
    #[error("{0} inputs are indexed; an event has at most {1} such")]
    Indexed(usize, usize),
}

/// Why ABI text is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place}: {problem}")]
pub struct ParseError {
    /// Where: `line 3, column 9` of lines, `abi[3].inputs[0].type` of JSON.
    pub place: String,
    /// What is wrong.
    pub problem: Problem,
}

/// Why a function, event or error was not found.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LookupError {
    /// Nothing of that name.
    #[error("no {what} `{name}`; there are: {known}")]
    Unknown {
        /// `function`, `event` or `error`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What is there.
        known: String,
    },
    /// Several of that name.
    #[error("`{name}` is one of several; say which: {candidates}")]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Their signatures.
        candidates: String,
    },
    /// It is there, but has a type that is refused.
    #[error("{what} `{name}` cannot be used: {reason}")]
    Unusable {
        /// `function`, `event` or `error`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// Why it cannot be used, and where that stands.
        reason: String,
    },
}

/// What is wrong with an argument.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Cause {
    /// More or fewer arguments, elements or fields than the type has.
    #[error("{found} values given; {expected} needed")]
    Count {
        /// Values given.
        found: usize,
        /// Values needed.
        expected: usize,
    },
    /// A JSON value of another kind.
    #[error("found {found}; {ty} is written as {expected}")]
    Kind {
        /// What was found.
        found: String,
        /// The type.
        ty: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// A number outside the type's range.
    #[error("{value} does not fit {ty}: it goes from {min} to {max}")]
    Range {
        /// The number.
        value: String,
        /// The type.
        ty: String,
        /// Its least value.
        min: String,
        /// Its greatest value.
        max: String,
    },
    /// Hex that cannot be read.
    #[error("{0}")]
    Hex(#[from] crate::hexadecimal::HexError),
    /// An address in mixed case whose case does not agree with its checksum.
    #[error("the checksum of address {0} is wrong (EIP-55); write it in lower case to skip the check")]
    Checksum(String),
    /// A field that the tuple does not have.
    #[error("no field `{field}`; the fields are: {known}")]
    NoField {
        /// The field given.
        field: String,
        /// The tuple's.
        known: String,
    },
    /// A field that is missing.
    #[error("field `{0}` is missing")]
    Missing(String),
    /// An object for a tuple whose fields cannot be told by name.
    #[error("this tuple's fields have no names, or a name twice; write it as an array")]
    Unnamed,
    /// Too many values.
    #[error("more than {MAX_VALUES} values")]
    TooManyValues,
    /// Too many bytes.
    #[error("{0} bytes of encoding are more than the {MAX_BYTES} that are accepted")]
    TooManyBytes(usize),
    /// A value that is not of its type. Only values that were made by hand can be.
    #[error("the value is no {0}")]
    Mismatch(String),
}

/// Why arguments cannot be encoded.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: {cause}")]
pub struct AbiError {
    /// Which argument: `args[1][0].amount`.
    pub path: String,
    /// What is wrong.
    pub cause: Cause,
}

impl Cause {
    /// The error at its innermost place; the path grows as it goes up.
    pub(super) const fn here(self) -> AbiError {
        AbiError { path: String::new(), cause: self }
    }
}

impl AbiError {
    /// The error as one of element `index` of what encloses it.
    pub(super) fn at(mut self, index: usize) -> Self {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }

    /// The error as one of the field of that name.
    pub(super) fn field(mut self, name: &str) -> Self {
        self.path.insert_str(0, &format!(".{name}"));
        self
    }

    /// The error as one of what is called so.
    pub(super) fn of(mut self, name: &str) -> Self {
        self.path.insert_str(0, name);
        self
    }
}

/// Why data is not decoded.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// The data ends too early.
    #[error("{what} needs {need} bytes from byte {at} on; the data has {len}")]
    Short {
        /// The type.
        what: String,
        /// First byte.
        at: usize,
        /// Bytes needed.
        need: U256,
        /// Bytes there are.
        len: usize,
    },
    /// An offset that points past the data.
    #[error("the offset at byte {at} is {offset:#x}, past the data's {len} bytes")]
    Offset {
        /// Where the offset stands.
        at: usize,
        /// The offset.
        offset: U256,
        /// Bytes there are.
        len: usize,
    },
    /// A word that is no value of its type. Solidity's decoder reverts on such.
    #[error("the word {word:#x} at byte {at} is no {what}")]
    Dirty {
        /// The type.
        what: String,
        /// Where the word stands.
        at: usize,
        /// The word.
        word: U256,
    },
    /// Too many values.
    #[error("more than {MAX_VALUES} values")]
    TooManyValues,
    /// Too many bytes in them.
    #[error("more than {MAX_BYTES} bytes in values")]
    TooManyBytes,
    /// Data of another function, event or error.
    #[error("the data begins with {found}, not with {expected}")]
    Selector {
        /// The first bytes.
        found: String,
        /// The selector.
        expected: String,
    },
    /// A log of another event.
    #[error("the first topic is {found:#x}, not {expected:#x}")]
    Topic {
        /// The log's.
        found: U256,
        /// The event's.
        expected: U256,
    },
    /// A log with another number of topics.
    #[error("{found} topics where {expected} are needed")]
    Topics {
        /// Topics there are.
        found: usize,
        /// Topics needed.
        expected: usize,
    },
}
