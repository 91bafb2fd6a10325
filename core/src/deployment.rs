//! Creation code run to the account that it makes: how immutables, constructors and libraries come into runtime code. The
//! reference engine runs it; nothing of the account is guessed.

use alloy_primitives::{Address, Bytes, U256};
use lanevm_shaders::{Class, Fork, Status};
use thiserror::Error;

use crate::{
    batch::{Batch, Calls, ForkColumn, Level, Limits},
    call_data::CallData,
    columns::{ByteColumn, Column},
    cpu,
    outcome::{AccountChange, StateChanges},
    program::{MAX_CODE, Program},
    world::{BlockEnv, World},
};

/// What is deployed, by whom, and in which surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Creation code.
    pub creation: Bytes,
    /// The constructor's arguments, encoded; they stand behind the creation code.
    pub arguments: Bytes,
    /// Who creates; the address follows from it and its nonce.
    pub deployer: Address,
    /// Wei given to the constructor.
    pub value: U256,
    /// Gas for the creation's frame. What a transaction costs beyond that is not charged.
    pub gas: u64,
    /// Most instructions that the constructor may take.
    pub max_steps: u64,
    /// The rules.
    pub fork: Fork,
    /// The block it runs in.
    pub block: BlockEnv,
    /// What stands in the world before, and the programs that its accounts name. The deployer need not be in it: it is given
    /// the value where it has less.
    pub world: World,
    /// The programs that the world's accounts name.
    pub programs: Vec<Program>,
}

impl Default for Deployment {
    fn default() -> Self {
        Self {
            creation: Bytes::new(),
            arguments: Bytes::new(),
            deployer: Address::repeat_byte(0xde),
            value: U256::ZERO,
            gas: 100_000_000,
            max_steps: 10_000_000,
            fork: Fork::LATEST,
            block: BlockEnv { gas_limit: 1 << 40, ..BlockEnv::default() },
            world: World::default(),
            programs: Vec::new(),
        }
    }
}

/// What a deployment made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The account's address.
    pub address: Address,
    /// Its runtime code, immutables set.
    pub code: Bytes,
    /// What became of the account: nonce, balance, storage.
    pub account: AccountChange,
    /// Everything else that the constructor changed, by account.
    pub others: StateChanges,
    /// Gas that the creation used.
    pub gas_used: u64,
}

/// Why there is no account.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DeployError {
    /// There is no creation code.
    #[error("there is no creation code to run; give runtime code directly, or an artifact with `bytecode`")]
    NoCode,
    /// Too much creation code.
    #[error("{bytes} bytes of creation code are more than the {MAX_CODE} that are run")]
    TooLong {
        /// Bytes given.
        bytes: usize,
    },
    /// The constructor did not succeed.
    #[error("the constructor ended as {}{}", .status, detail(.output))]
    Failed {
        /// How it ended.
        status: Status,
        /// What it returned: a revert's reason, to be decoded.
        output: Bytes,
    },
    /// The batch was refused.
    #[error("the deployment cannot be run: {0}")]
    Refused(String),
}

fn detail(output: &Bytes) -> String {
    if output.is_empty() {
        return String::new();
    }
    let shown = hex::encode(&output[..output.len().min(100)]);
    format!(" with 0x{shown}{}", if output.len() > 100 { "…" } else { "" })
}

/// Runs creation code.
///
/// # Errors
/// See [`DeployError`].
pub fn deploy(deployment: &Deployment) -> Result<Deployed, DeployError> {
    if deployment.creation.is_empty() {
        return Err(DeployError::NoCode);
    }
    let code: Vec<u8> = [deployment.creation.as_ref(), deployment.arguments.as_ref()].concat();
    if code.len() > MAX_CODE {
        return Err(DeployError::TooLong { bytes: code.len() });
    }
    let mut world = deployment.world.clone();
    let deployer = world.accounts.entry(deployment.deployer).or_default();
    deployer.balance = deployer.balance.max(deployment.value);
    let batch = Batch {
        programs: deployment.programs.clone(),
        worlds: vec![world],
        blocks: vec![deployment.block.clone()],
        calls: Calls {
            count: 1,
            fork: Column::All(ForkColumn(deployment.fork)),
            level: Column::All(Level::Frame),
            caller: Column::All(deployment.deployer),
            to: Column::All(None),
            value: Column::All(deployment.value),
            gas: Column::All(deployment.gas),
            data: CallData::from(ByteColumn::repeated(1, &code)),
            ..Calls::default()
        },
        limits: Limits { max_steps: Some(deployment.max_steps) },
        ..Batch::default()
    };
    let outcome = cpu::outcome(&batch, 0).map_err(|error| DeployError::Refused(error.to_string()))?;
    let status = outcome.status.unwrap_or(Status::Unfinished);
    let (Class::Success, Some(address)) = (status.class(), outcome.created) else {
        return Err(DeployError::Failed { status, output: outcome.output });
    };
    let mut others = outcome.changes;
    let account = others.remove(&address).unwrap_or_default();
    Ok(Deployed {
        address,
        code: account.code.clone().unwrap_or_default(),
        account,
        others,
        gas_used: outcome.gas_used,
    })
}
