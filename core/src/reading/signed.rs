//! What a signed transaction and a secret key say of themselves. It verifies no signature.

use alloy_primitives::{Address, B256, keccak256};
use alloy_rlp::Header;
use k256::ecdsa::SigningKey;

/// The address of a secret key.
///
/// # Errors
/// A key that is no scalar of the curve.
pub fn address_of(key: &B256) -> Result<Address, String> {
    let key = SigningKey::from_slice(key.as_slice()).map_err(|error| format!("the secret key is none: {error}"))?;
    let point = key.verifying_key().to_encoded_point(false);
    Ok(Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..]))
}

/// The chain id that a signed transaction names: the first field of a typed one, part of `v` of a legacy one (EIP-155).
/// `None` where there is none, or where the bytes are no transaction.
pub fn signed_chain_id(signed: &[u8]) -> Option<u64> {
    let item = |bytes: &mut &[u8]| -> Option<Option<u64>> {
        let header = Header::decode(bytes).ok()?;
        let payload = bytes.get(..header.payload_length)?;
        *bytes = &bytes[header.payload_length..];
        Some((!header.list && payload.len() <= 8).then(|| payload.iter().fold(0, |n, byte| n << 8 | u64::from(*byte))))
    };
    let typed = *signed.first()? < 0x80;
    let mut rest = if typed { &signed[1..] } else { signed };
    if !Header::decode(&mut rest).ok()?.list {
        return None;
    }
    if typed {
        return item(&mut rest)?;
    }
    for _ in 0..6 {
        item(&mut rest)?;
    }
    item(&mut rest)??.checked_sub(35).map(|v| v / 2)
}
