//! Tests of the ABI door.
