//! What people drop or paste: program files ([`read_program`]), state files ([`read_state`]) and state tests
//! ([`read_state_tests`]), recognised by what is in them, and the lines that fetch a state ([`cast_commands`]). `docs/reading.md` lists the formats. It runs nothing and
//! fetches nothing.

mod artifact;
mod cast;
mod code;
mod error;
mod gzip;
mod json;
mod program;
mod quantity;
mod signed;
mod state;
mod state_test;
mod test_file;
mod test_transaction;

pub use self::{
    cast::{BlockTag, WantedCall, cast_commands},
    code::{Code, CodeError, Link, Place},
    error::{ReadError, ReadErrorKind},
    program::{Constructor, Found, FoundProgram, ProgramFormat, read_program},
    signed::{address_of, signed_chain_id},
    state::{PlainAccount, StateFormat, StateFound, StateNamed, read_state},
    state_test::TestCase,
    test_file::{Choice, TestExpected, TestFile, read_state_tests, seems_state_tests},
    test_transaction::TestIndexes,
};

/// Longest text that is read, in bytes.
pub const MAX_TEXT: usize = 16 * 1024 * 1024;

/// Most bytes that a packed state is unpacked to.
pub const MAX_UNPACKED: usize = 64 * 1024 * 1024;
