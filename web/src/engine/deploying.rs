//! Creation code run in the worker, and what it made as the page shows it.

use lanevm_core::{
    Address, Fork, StateChanges, U256,
    abi::{Abi, Revert},
    alloy_primitives::hex::encode_prefixed,
    deployment::{self, DeployError, Deployment},
    hexadecimal,
    outcome::AccountChange,
};

use crate::{
    protocol::{Deploy, DeployedAccount, DeployedView},
    words::engine as words,
};

fn account(address: Address, change: &AccountChange) -> DeployedAccount {
    DeployedAccount {
        address: format!("{address:#x}"),
        balance: change.balance.unwrap_or_default().to_string(),
        nonce: change.nonce.unwrap_or_default().to_string(),
        code: change.code.as_ref().map(encode_prefixed).unwrap_or_default(),
        storage: change
            .storage
            .iter()
            .filter(|(_, value)| **value != U256::ZERO)
            .map(|(slot, value)| (format!("{slot:#x}"), format!("{value:#x}")))
            .collect(),
    }
}

fn others(changes: &StateChanges, deployer: Address) -> Vec<DeployedAccount> {
    let kept = changes.iter().filter(|(address, change)| **address != deployer && !change.removed);
    kept.map(|(address, change)| account(*address, change)).collect()
}

/// Runs creation code.
pub(super) fn deploy(what: &Deploy) -> Result<DeployedView, String> {
    let hex = |text: &str| hexadecimal::parse(text).map_err(|error| error.to_string());
    let deployment = Deployment {
        creation: hex(&what.creation)?.into(),
        arguments: hex(&what.arguments)?.into(),
        fork: Fork::parse(&what.fork).unwrap_or(Fork::LATEST),
        ..Deployment::default()
    };
    let made = deployment::deploy(&deployment).map_err(|error| match &error {
        DeployError::Failed { status, output } if !output.is_empty() => {
            let words = Revert::describe(output, Abi::parse(&what.abi).ok().as_ref()).words;
            words::constructor_ended(status, words)
        }
        _ => error.to_string(),
    })?;
    let contract = DeployedAccount { code: encode_prefixed(&made.code), ..account(made.address, &made.account) };
    Ok(DeployedView { contract, others: others(&made.others, deployment.deployer), gas: made.gas_used })
}
