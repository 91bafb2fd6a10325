//! Contracts of others under calls that vary: each is deployed among a few more, brought to a state by calls one after the other,
//! and then called many times by its interface. What a batch is depends on the contracts and a seed alone. It judges nothing.

mod arguments;

use std::path::Path;

use anyhow::{Result, ensure};
use lanevm_core::{
    Address, Batch, BlockEnv, Bytes, Class, Fork, Level, U256,
    abi::{Abi, Field, Function, Mutability},
    cpu,
    deployment::{Deployment, deploy},
    outcome::StateChanges,
    reading::read_program,
};

use self::arguments::{Cast, NOW};
use crate::{
    conformance::{assembly::Assembly, root},
    fixtures::{
        account::{FullAccount, State},
        source,
    },
    parity::dice::Dice,
    rows::Row,
};

/// Accounts without code, of which the first deploys.
const PEOPLE: [Address; 4] =
    [Address::repeat_byte(0xca), Address::repeat_byte(0xa1), Address::repeat_byte(0xa2), Address::repeat_byte(0xa3)];

/// Contracts that stand beside the one under test.
const NEIGHBOURS: u32 = 3;

/// Calls that bring it to a state.
const EARLIER: usize = 48;

/// How often arguments are drawn until the CPU engine says that a constructor or a function takes them.
const TRIALS: usize = 12;

/// Functions of a batch, and how many calls of one follow each other.
const FUNCTIONS: usize = 4;
const ROW: usize = 256;

/// Gas of a call that shall not lack any.
const GAS: u64 = 2_000_000;

/// The rules, the latest more often.
const FORKS: [Fork; 7] =
    [Fork::London, Fork::Paris, Fork::Shanghai, Fork::Cancun, Fork::Prague, Fork::Osaka, Fork::Osaka];

/// A contract with its interface.
#[derive(Clone, Debug)]
struct Contract {
    name: String,
    abi: Abi,
    creation: Option<Bytes>,
    runtime: Bytes,
}

/// Contracts with interfaces, as files hold them.
#[derive(Clone, Debug)]
pub struct Contracts(Vec<Contract>);

/// A contract and its neighbours, deployed.
struct Stage {
    state: State,
    accounts: Vec<Address>,
    /// Of all contracts there, for data that calls them.
    functions: Vec<Function>,
    at: Address,
}

/// A call but for what all have.
#[derive(Clone)]
struct Call {
    from: Address,
    data: Vec<u8>,
    value: U256,
}

impl Contracts {
    /// Reads those of a path, or of the shared fixtures beside the repository.
    ///
    /// # Errors
    /// See [`Self::read`].
    pub fn at(data: Option<&Path>) -> Result<Self> {
        data.map_or_else(|| Self::read(&source::default_data().join("contracts.tar.zst")), Self::read)
    }

    /// Reads every contract with an interface, runtime code and no unlinked library below a path.
    ///
    /// # Errors
    /// Files that cannot be read, or none with such a contract.
    pub fn read(data: &Path) -> Result<Self> {
        let mut found = Vec::new();
        source::visit(data, &mut |member| {
            let Some(text) = member.text().filter(|text| text.contains("deployedBytecode")) else { return Ok(()) };
            let Ok(read) = read_program(&member.path, text) else { return Ok(()) };
            for program in read.programs {
                let abi = program.abi.as_deref().and_then(|abi| Abi::parse(abi).ok());
                let runtime = program.runtime.as_ref().and_then(|code| code.bytes().ok());
                let (Some(abi), Some(runtime)) = (abi, runtime) else { continue };
                if !abi.functions.is_empty() && !runtime.is_empty() {
                    let creation = program.creation.as_ref().and_then(|code| code.bytes().ok());
                    found.push(Contract { name: program.name, abi, creation, runtime });
                }
            }
            Ok(())
        })?;
        ensure!(!found.is_empty(), "{}: no file with a contract's `abi` and `deployedBytecode`", data.display());
        Ok(Self(found))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A batch of so many calls of a few functions of one contract, with the contract's name. More calls begin with the same.
    pub fn batch(&self, seed: u64, calls: usize) -> (String, Batch) {
        let mut dice = Dice::new(seed, 0xc0de);
        // Every contract has its turn, and each turn its own neighbours, state and calls.
        let contract = &self.0[(seed % self.0.len() as u64) as usize];
        let mut stage = self.stage(contract, &mut dice);
        stage.live(&contract.abi, &mut dice);
        (contract.name.clone(), stage.batch(&contract.abi, &mut dice, seed, calls))
    }

    fn stage(&self, contract: &Contract, dice: &mut Dice) -> Stage {
        let rich = FullAccount { balance: U256::from(10).pow(U256::from(24)), ..FullAccount::default() };
        let state = PEOPLE.iter().map(|address| (*address, rich.clone())).collect();
        let mut stage = Stage { state, accounts: PEOPLE.to_vec(), functions: Vec::new(), at: Address::ZERO };
        for _ in 0..NEIGHBOURS {
            stage.add(&self.0[dice.below(self.0.len() as u32) as usize], dice);
        }
        stage.add(contract, dice);
        stage
    }
}

impl Stage {
    fn cast(&self) -> Cast<'_> {
        Cast { accounts: &self.accounts, functions: &self.functions }
    }

    /// Deploys a contract; one whose constructor takes no arguments that are drawn stands there as its runtime code.
    fn add(&mut self, contract: &Contract, dice: &mut Dice) {
        let made = contract.creation.as_ref().and_then(|creation| {
            (0..TRIALS).find_map(|_| {
                let fields = contract.abi.constructor.as_ref().map(|constructor| {
                    self.cast()
                        .parameters(&constructor.inputs, dice)
                        .iter()
                        .map(|field| field.value.to_json())
                        .collect()
                });
                let arguments: Vec<serde_json::Value> = fields.unwrap_or_default();
                let arguments = contract.abi.encode_constructor(&arguments).ok()?.into();
                let mut assembly = Assembly::default();
                assembly.world(&self.state);
                let around = assembly.finish();
                deploy(&Deployment {
                    creation: creation.clone(),
                    arguments,
                    deployer: PEOPLE[0],
                    block: block(NOW),
                    world: around.worlds[0].clone(),
                    programs: around.programs,
                    ..Deployment::default()
                })
                .ok()
            })
        });
        self.at = if let Some(made) = made {
            let mut changes = made.others;
            changes.insert(made.address, made.account);
            self.apply(&changes);
            made.address
        } else {
            let address = Address::repeat_byte(0x40 + self.accounts.len() as u8);
            self.state
                .insert(address, FullAccount { nonce: 1, code: contract.runtime.clone(), ..FullAccount::default() });
            address
        };
        self.accounts.push(self.at);
        self.functions.extend(contract.abi.functions.iter().cloned());
    }

    fn apply(&mut self, changes: &StateChanges) {
        let after = root::after(&self.state, changes);
        root::apply(&mut self.state, after);
    }

    fn call(&self, function: &Function, values: &[Field], dice: &mut Dice) -> Call {
        let pays = function.mutability == Mutability::Payable && !dice.once_in(3) || dice.once_in(60);
        Call {
            // Owners are who deployed.
            from: if dice.once_in(2) { PEOPLE[0] } else { dice.pick(&PEOPLE) },
            data: function.encode_values(values).unwrap_or_default(),
            value: if pays { U256::from(dice.below(1_000_000)) } else { U256::ZERO },
        }
    }

    /// What the CPU engine makes of one call.
    fn outcome(&self, call: &Call, fork: Fork) -> lanevm_core::Outcome {
        let mut assembly = Assembly::default();
        let world = assembly.world(&self.state);
        let block = assembly.block(block(NOW));
        assembly.call(self.row(call, world, block, fork, Level::Frame, GAS));
        cpu::outcome(&assembly.finish(), 0).unwrap_or_default()
    }

    fn row<'a>(&self, call: &'a Call, world: u32, block: u32, fork: Fork, level: Level, gas: u64) -> Row<'a> {
        Row {
            world,
            block,
            fork,
            level,
            caller: call.from,
            to: Some(self.at),
            code: None,
            value: call.value,
            gas,
            data: &call.data,
            own: None,
        }
    }

    /// Arguments that the function takes, where some are found.
    fn taken(&self, function: &Function, fork: Fork, dice: &mut Dice) -> (Vec<Field>, Call) {
        let mut drawn = None;
        for _ in 0..TRIALS {
            let values = self.cast().parameters(&function.inputs, dice);
            let call = self.call(function, &values, dice);
            let takes = self.outcome(&call, fork).status.is_some_and(|status| status.class() == Class::Success);
            drawn = Some((values, call));
            if takes {
                break;
            }
        }
        drawn.expect("at least one trial")
    }

    /// Calls its functions one after the other.
    fn live(&mut self, abi: &Abi, dice: &mut Dice) {
        for _ in 0..EARLIER {
            let function = &abi.functions[dice.below(abi.functions.len() as u32) as usize];
            if matches!(function.mutability, Mutability::Pure | Mutability::View) {
                continue;
            }
            let values = self.cast().parameters(&function.inputs, dice);
            let call = self.call(function, &values, dice);
            let outcome = self.outcome(&call, Fork::LATEST);
            // One that destroys the contract would leave nothing to call.
            if outcome.changes.get(&self.at).is_none_or(|change| !change.removed) {
                self.apply(&outcome.changes);
            }
        }
    }

    fn batch(&self, abi: &Abi, dice: &mut Dice, seed: u64, calls: usize) -> Batch {
        let mut assembly = Assembly::default();
        let world = assembly.world(&self.state);
        let blocks = [NOW, NOW + 300].map(|time| assembly.block(block(time)));
        let fork = dice.pick(&FORKS);
        let level = dice.pick(&[Level::Frame, Level::Call, Level::Transaction]);
        let bases: [_; FUNCTIONS] = std::array::from_fn(|_| {
            let function = &abi.functions[dice.below(abi.functions.len() as u32) as usize];
            (function, self.taken(function, fork, dice))
        });
        for number in 0..calls {
            let mut dice = Dice::new(seed ^ 0xca11, number as u32);
            let (function, (base, first)) = &bases[number / ROW % FUNCTIONS];
            let mut call = first.clone();
            if !dice.once_in(8) {
                let mut values = base.clone();
                self.cast().change(&function.inputs, &mut values, &mut dice);
                let drawn = self.call(function, &values, &mut dice);
                call.data = drawn.data;
                if dice.once_in(12) {
                    (call.from, call.value) = (drawn.from, drawn.value);
                }
            }
            let gas = if dice.once_in(40) { 21_000 + u64::from(dice.below(80_000)) } else { GAS };
            let block = blocks[usize::from(dice.once_in(6))];
            assembly.call(self.row(&call, world, block, fork, level, gas));
        }
        assembly.finish()
    }
}

fn block(time: u64) -> BlockEnv {
    BlockEnv { number: U256::from(18_000_000), timestamp: U256::from(time), gas_limit: 1 << 40, ..BlockEnv::default() }
}
