//! Bytes of a description read as values and columns. A length that does not fit is an error that names what it was.

use lanevm_core::{Address, B256, Column, U256};

use crate::fault::{Fault, Kind};

/// `N` bytes; `what` is named where they are not.
pub(crate) fn exact<const N: usize>(bytes: &[u8], what: &str) -> Result<[u8; N], Fault> {
    bytes.try_into().map_err(|_| Fault::new(Kind::Argument, format!("{what} has {} bytes, not {N}.", bytes.len())))
}

/// An address.
pub(crate) fn address(bytes: &[u8], what: &str) -> Result<Address, Fault> {
    exact::<20>(bytes, what).map(Address::from)
}

/// A 256-bit number, big-endian.
pub(crate) fn word(bytes: &[u8], what: &str) -> Result<U256, Fault> {
    exact::<32>(bytes, what).map(U256::from_be_bytes)
}

/// A hash.
pub(crate) fn hash(bytes: &[u8], what: &str) -> Result<B256, Fault> {
    exact::<32>(bytes, what).map(B256::from)
}

/// Values of `N` bytes, one after another.
pub(crate) fn each<const N: usize>(bytes: &[u8], what: &str) -> Result<Vec<[u8; N]>, Fault> {
    let (values, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(Fault::new(Kind::Argument, format!("{what} has {} bytes, not a multiple of {N}.", bytes.len())));
    }
    Ok(values.to_vec())
}

/// A column: one value for all, or one for each of `count` calls.
pub(crate) fn column<const N: usize, T>(
    bytes: &[u8],
    what: &str,
    count: usize,
    convert: impl Fn([u8; N]) -> T,
) -> Result<Column<T>, Fault> {
    let values = each::<N>(bytes, what)?;
    if let [value] = values.as_slice() {
        return Ok(Column::All(convert(*value)));
    }
    if values.len() != count {
        return Err(Fault::new(Kind::Argument, format!("{what} has {} values for {count} calls.", values.len())));
    }
    Ok(Column::Each(values.into_iter().map(convert).collect()))
}

/// What stands for no index.
const NONE: u32 = u32::MAX;

/// An index into a table, or none.
pub(crate) fn index(bytes: [u8; 4]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes)).filter(|&index| index != NONE)
}
