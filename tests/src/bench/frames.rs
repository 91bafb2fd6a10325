//! Workloads of several frames, from `examples/`: a token behind a proxy, a factory that creates. It measures nothing.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256, keccak256};
use lanevm_core::{
    examples::{self, CALLER, CONTRACT},
    hexadecimal,
    template::{DataField, Generator, Template},
};
use serde::Deserialize;

use crate::{
    fixtures::account::{FullAccount, State},
    parity::precompiles,
};

/// Where the code stands that others lend themselves.
const IMPLEMENTATION: Address = Address::repeat_byte(0x1a);

/// What `cargo xtask gen` writes of a contract, as far as it is needed here.
#[derive(Deserialize)]
struct Artefact {
    runtime: String,
    selectors: BTreeMap<String, String>,
}

/// An artefact that is compiled in.
///
/// # Panics
/// If it is none; a test reads every one.
fn artefact(json: &str) -> Artefact {
    serde_json::from_str(json).expect("artefacts are written by `cargo xtask gen`")
}

fn bytes(hex: &str) -> Vec<u8> {
    hexadecimal::parse(hex).expect("artefacts hold hex")
}

fn contract(code: impl Into<Bytes>) -> FullAccount {
    FullAccount { nonce: 1, code: code.into(), ..FullAccount::default() }
}

/// State, account called and calls of a workload.
pub(super) type Parts = (State, Address, Template);

/// `transfer` of the ERC-20 example through a proxy (EIP-1967): one delegated frame a call.
pub(super) fn proxy_transfer() -> Parts {
    let token = examples::by_id("erc20").expect("the token is an example");
    let code = bytes(&artefact(include_str!("../../../examples/generated/proxy.json")).runtime);
    let slot = U256::from_be_bytes(keccak256("eip1967.proxy.implementation").0) - U256::from(1);
    let mut proxy = contract(code);
    proxy.storage = token.accounts[&CONTRACT].storage.clone();
    proxy.storage.insert(slot, IMPLEMENTATION.into_word().into());
    let state = State::from([(CONTRACT, proxy), (IMPLEMENTATION, contract(bytes(&token.code)))]);
    (state, CONTRACT, token.template)
}

/// A factory that makes a minimal proxy (EIP-1167) by CREATE2, each call with its own salt.
pub(super) fn factory_create() -> Parts {
    let factory = artefact(include_str!("../../../examples/generated/factory.json"));
    let mut data = bytes(&factory.selectors["create(address,bytes32)"]);
    data.extend_from_slice(IMPLEMENTATION.into_word().as_slice());
    let salt = DataField::new("salt", data.len(), 32, Generator::uniform(U256::ZERO, U256::MAX));
    data.extend([0; 32]);
    let template = Template {
        seed: 1,
        caller: Generator::Fixed(CALLER.into_word().into()),
        gas: Generator::Fixed(U256::from(200_000)),
        data,
        fields: vec![salt],
        ..Template::default()
    };
    (State::from([(CONTRACT, contract(bytes(&factory.runtime)))]), CONTRACT, template)
}

/// Calls that recover a public key each: another message and another signature in every one, all of them valid.
pub(super) fn ecrecover() -> Parts {
    // calldatacopy(0, 0, calldatasize()); staticcall(gas(), 1, 0, calldatasize(), 0, 32); return(0, 32)
    let code = bytes("365f5f3760205f365f60015afa5060205ff3");
    let mut data = vec![0; 128];
    data[63] = 27;
    // With the generator's abscissa as `r` there is a key, whatever the message and `s` are.
    data[64..96].copy_from_slice(&precompiles::generator().to_be_bytes::<32>());
    let template = Template {
        seed: 1,
        caller: Generator::Fixed(CALLER.into_word().into()),
        gas: Generator::Fixed(U256::from(100_000)),
        data,
        fields: vec![
            DataField::new("hash", 0, 32, Generator::uniform(U256::ZERO, U256::MAX)),
            DataField::new("s", 96, 32, Generator::uniform(U256::from(1), precompiles::order() - U256::from(1))),
        ],
        ..Template::default()
    };
    (State::from([(CONTRACT, contract(code))]), CONTRACT, template)
}

#[cfg(test)]
mod tests {
    use lanevm_core::{
        Batch, Status,
        cpu::CpuEngine,
        engine::{Control, Engine as _},
        outcome::Outcomes,
    };

    use super::*;
    use crate::bench::workload::{Workload, frames};

    fn run(name: &str, calls: usize) -> (Batch, Outcomes) {
        let workload: Workload = frames().into_iter().find(|workload| workload.name == name).expect("a workload");
        let batch = workload.batch(calls).expect("a small batch");
        let outcomes = pollster::block_on(CpuEngine::new(1).run(&batch, &mut Control::default())).expect("a batch");
        (batch, outcomes)
    }

    #[test]
    fn transfers_through_the_proxy_change_the_proxys_storage() {
        let (batch, outcomes) = run("proxy_transfer", 5);
        let direct = examples::by_id("erc20").expect("the token is an example").batch(5).expect("a small batch");
        let direct = pollster::block_on(CpuEngine::new(1).run(&direct, &mut Control::default())).expect("a batch");
        for lane in 0..batch.len() {
            assert_eq!(outcomes.status(lane), Status::Return);
            assert_eq!(outcomes.changes(lane), direct.changes(lane));
            assert_eq!(outcomes.logs(lane), direct.logs(lane));
            assert_eq!(outcomes.output(lane), direct.output(lane));
            assert!(outcomes.gas_used(lane) > direct.gas_used(lane));
        }
    }

    #[test]
    fn every_call_recovers_a_key_of_its_own() {
        let (_, outcomes) = run("ecrecover", 50);
        let keys: std::collections::BTreeSet<Vec<u8>> = (0..50).map(|lane| outcomes.output(lane).to_vec()).collect();
        assert_eq!(keys.len(), 50);
        assert!(keys.iter().all(|key| key.len() == 32 && key[..12] == [0; 12]));
    }

    #[test]
    fn the_factory_creates_where_the_salt_says() {
        let (batch, outcomes) = run("factory_create", 5);
        for lane in 0..batch.len() {
            let salt: [u8; 32] = batch.calls.data.get(lane)[36..].try_into().expect("32 bytes");
            let init_code = [
                bytes("3d602d80600a3d3981f3363d3d373d3d3d363d73"),
                IMPLEMENTATION.to_vec(),
                bytes("5af43d82803e903d91602b57fd5bf3"),
            ]
            .concat();
            let address = CONTRACT.create2(salt, keccak256(&init_code));
            assert_eq!(outcomes.status(lane), Status::Return);
            assert_eq!(outcomes.output(lane)[12..], address[..]);
            let code = outcomes.changes(lane)[&address].code.clone().expect("code");
            assert_eq!(code[..], init_code[10..]);
        }
    }

    #[test]
    fn artefacts_are_of_these_sources() {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Source {
            source_keccak256: alloy_primitives::B256,
        }
        for (artefact, source) in [
            (include_str!("../../../examples/generated/proxy.json"), include_str!("../../../examples/proxy.sol")),
            (include_str!("../../../examples/generated/factory.json"), include_str!("../../../examples/factory.sol")),
        ] {
            let made: Source = serde_json::from_str(artefact).expect("an artefact");
            assert_eq!(made.source_keccak256, keccak256(source), "run `cargo xtask gen`");
        }
    }
}
