//! A few keys, the same everywhere, and authorisations signed with them (EIP-7702). They guard nothing.

use std::sync::OnceLock;

use alloy_rlp::{Encodable, Header};
use k256::ecdsa::SigningKey;
use lanevm_core::{Address, U256, batch::Authorization, keccak256};

/// How many keys there are.
pub(super) const COUNT: u8 = 5;

fn all() -> &'static [(SigningKey, Address)] {
    static KEYS: OnceLock<Vec<(SigningKey, Address)>> = OnceLock::new();
    KEYS.get_or_init(|| {
        (0..COUNT)
            .map(|number| {
                let secret = keccak256([0x6b, number]);
                let key = SigningKey::from_slice(secret.as_slice()).expect("a hash is a scalar but for one in 2^128");
                let point = key.verifying_key().to_encoded_point(false);
                let address = Address::from_word(keccak256(&point.as_bytes()[1..]));
                (key, address)
            })
            .collect()
    })
}

/// The address of a key.
pub(super) fn address(number: u8) -> Address {
    all()[usize::from(number % COUNT)].1
}

/// An authorisation by a key.
pub(super) fn sign(number: u8, chain_id: U256, address: Address, nonce: u64) -> Authorization {
    let mut fields = Vec::new();
    chain_id.encode(&mut fields);
    address.encode(&mut fields);
    nonce.encode(&mut fields);
    let mut message = vec![5];
    Header { list: true, payload_length: fields.len() }.encode(&mut message);
    message.extend_from_slice(&fields);
    let (signature, parity) = all()[usize::from(number % COUNT)]
        .0
        .sign_prehash_recoverable(keccak256(message).as_slice())
        .expect("a hash of 32 bytes can be signed");
    let (r, s) = (signature.r().to_bytes(), signature.s().to_bytes());
    Authorization {
        chain_id,
        address,
        nonce,
        y_parity: parity.to_byte(),
        r: U256::from_be_slice(&r),
        s: U256::from_be_slice(&s),
    }
}
