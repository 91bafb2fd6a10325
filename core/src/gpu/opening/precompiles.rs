//! Which addresses are precompiles in a fork. It computes none of them.

use lanevm_shaders::Fork;

use crate::Address;

/// The highest precompile of a fork, besides P256VERIFY.
const fn last(fork: Fork) -> u16 {
    match fork {
        Fork::Frontier | Fork::Homestead | Fork::Tangerine | Fork::SpuriousDragon => 4,
        Fork::Byzantium | Fork::Constantinople | Fork::Petersburg => 8,
        Fork::Istanbul | Fork::Berlin | Fork::London | Fork::Paris | Fork::Shanghai => 9,
        Fork::Cancun => 10,
        Fork::Prague | Fork::Osaka => 17,
    }
}

/// P256VERIFY (EIP-7951), from Osaka on.
const P256VERIFY: u16 = 0x100;

/// The highest precompile from 1 on, and a further one by itself.
pub(in crate::gpu) fn precompiles_of(fork: Fork) -> (u16, Option<u16>) {
    (last(fork), (fork >= Fork::Osaka).then_some(P256VERIFY))
}

/// The number of the precompile at an address in a fork.
pub(crate) fn precompile(address: Address, fork: Fork) -> Option<u16> {
    let bytes = address.as_slice();
    if bytes[..18].iter().any(|byte| *byte != 0) {
        return None;
    }
    let number = u16::from_be_bytes([bytes[18], bytes[19]]);
    let exists = (1..=last(fork)).contains(&number) || (number == P256VERIFY && fork >= Fork::Osaka);
    exists.then_some(number)
}
