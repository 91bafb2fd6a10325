//! Who signed an authorisation (EIP-7702). Whether it is applied is the opening's to say.

use alloy_rlp::{Encodable, Header};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

use crate::{Address, B256, U256, batch::Authorization, keccak256};

/// What a signed authorisation's message begins with.
const MAGIC: u8 = 0x05;

/// Half the order of secp256k1: a signature's s must not be greater (EIP-2).
const HALF_ORDER: U256 = U256::from_limbs([0xdfe9_2f46_681b_20a0, 0x5d57_6e73_57a4_501d, u64::MAX, u64::MAX >> 1]);

/// The hash that the authority signs.
pub(super) fn signed_hash(authorization: &Authorization) -> B256 {
    let Authorization { chain_id, address, nonce, .. } = authorization;
    let mut message = vec![MAGIC];
    let payload_length = chain_id.length() + address.length() + nonce.length();
    Header { list: true, payload_length }.encode(&mut message);
    chain_id.encode(&mut message);
    address.encode(&mut message);
    nonce.encode(&mut message);
    keccak256(message)
}

/// The authority; `None` where the signature is none.
pub(super) fn authority(authorization: &Authorization) -> Option<Address> {
    if authorization.s > HALF_ORDER {
        return None;
    }
    let is_odd = match authorization.y_parity {
        0 => false,
        1 => true,
        _ => return None,
    };
    let signature =
        Signature::from_scalars(authorization.r.to_be_bytes::<32>(), authorization.s.to_be_bytes::<32>()).ok()?;
    let hash = signed_hash(authorization);
    let key = VerifyingKey::recover_from_prehash(hash.as_slice(), &signature, RecoveryId::new(is_odd, false)).ok()?;
    Some(Address::from_raw_public_key(&key.to_encoded_point(false).as_bytes()[1..]))
}
