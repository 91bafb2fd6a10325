//! The built-in examples: contracts compiled from `examples/*.sol`, with a call, a world and inputs that vary. What runs
//! them, and how they are shown, is not here.

use std::{collections::BTreeMap, fmt};

use alloy_primitives::{Address, U256, keccak256};
use serde::Deserialize;

use crate::{
    batch::{Batch, ForkColumn, Level},
    columns::Column,
    document::{self, Document, Spacing, Variation, Vary},
    hexadecimal,
    program::Program,
    template::{DataField, Generator, Template, TemplateError},
    world::{Absent, Account, BlockEnv, World},
};

/// Calls that an example makes unless told otherwise.
pub const DEFAULT_COUNT: usize = 10_000;

/// The account that calls.
pub const CALLER: Address = Address::repeat_byte(0xca);

/// The account that holds the contract.
pub const CONTRACT: Address = Address::repeat_byte(0xc0);

/// One example: a contract, the state around it, and a call whose inputs vary from lane to lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// A short name that stays the same: what URLs and commands use.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it shows, in a sentence or two.
    pub summary: &'static str,
    /// The function called, as its signature.
    pub function: &'static str,
    /// The Solidity source.
    pub source: &'static str,
    /// The compiler that made the code, with its commit.
    pub compiler: String,
    /// The contract's ABI, as JSON.
    pub abi: String,
    /// The contract's runtime code, as hex with `0x`.
    pub code: String,
    /// The account called, which holds the code.
    pub to: Address,
    /// Caller, value, gas and call data.
    pub template: Template,
    /// The world. Account code `Some(0)` is [`Self::code`]; no other index occurs.
    pub accounts: BTreeMap<Address, Account>,
}

/// What `cargo xtask gen` writes of a contract; the rest of the file is for people.
#[derive(Deserialize)]
struct Artefact {
    abi: serde_json::Value,
    compiler: String,
    runtime: String,
    selectors: BTreeMap<String, String>,
    slots: BTreeMap<String, String>,
    #[cfg(test)]
    #[serde(rename = "sourceKeccak256")]
    source_hash: alloy_primitives::B256,
}

impl Artefact {
    /// Reads a committed artefact.
    ///
    /// # Panics
    /// If it is not one. The artefacts are compiled in, and the tests read every one.
    fn read(json: &str) -> Self {
        serde_json::from_str(json).expect("artefacts are written by `cargo xtask gen`")
    }

    /// The slot of a state variable.
    fn slot(&self, variable: &str) -> U256 {
        self.slots[variable].parse().expect("slots are decimal numbers")
    }
}

/// The slot of `key` in the mapping at `slot` (Solidity's storage layout: keccak-256 of key and slot, a word each).
pub fn mapping_slot(key: Address, slot: U256) -> U256 {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(key.into_word().as_slice());
    bytes[32..].copy_from_slice(&slot.to_be_bytes::<32>());
    keccak256(bytes).into()
}

/// A parameter of the function called, by name, and how it varies.
struct Parameter(&'static str, Generator);

/// What is particular to an example.
struct Recipe {
    id: &'static str,
    title: &'static str,
    summary: &'static str,
    function: &'static str,
    source: &'static str,
    artefact: &'static str,
    gas: u64,
    parameters: Vec<Parameter>,
    /// The contract's storage.
    storage: fn(&Artefact) -> BTreeMap<U256, U256>,
}

impl Recipe {
    fn example(self) -> Example {
        let artefact = Artefact::read(self.artefact);
        let selector = hexadecimal::parse(&artefact.selectors[self.function]).expect("selectors are hex");
        let mut data = selector;
        let mut fields = Vec::new();
        for Parameter(name, generator) in self.parameters {
            fields.push(DataField::new(name, data.len(), 32, generator));
            data.extend([0; 32]);
        }
        let template = Template {
            count: DEFAULT_COUNT,
            seed: 1,
            caller: Generator::Fixed(CALLER.into_word().into()),
            gas: Generator::Fixed(U256::from(self.gas)),
            data,
            fields,
            ..Template::default()
        };
        let contract = Account { nonce: 1, balance: U256::ZERO, code: Some(0), storage: (self.storage)(&artefact) };
        let caller = Account { balance: ether(1), ..Account::default() };
        Example {
            id: self.id,
            title: self.title,
            summary: self.summary,
            function: self.function,
            source: self.source,
            compiler: artefact.compiler,
            abi: artefact.abi.to_string(),
            code: artefact.runtime,
            to: CONTRACT,
            template,
            accounts: BTreeMap::from([(CONTRACT, contract), (CALLER, caller)]),
        }
    }
}

/// Whole units of a token or coin with 18 decimals.
fn ether(units: u64) -> U256 {
    U256::from(units) * U256::from(10).pow(U256::from(18))
}

fn recipes() -> [Recipe; 4] {
    let tenth = ether(1) / U256::from(10);
    [
        Recipe {
            id: "erc20",
            title: "ERC-20 transfer",
            summary: "Each lane sends from the same 1,000 tokens: to an address of its own, a tenth of a token more than \
                      the lane before. The 10,000th sends all; later ones revert, since the balance does not suffice.",
            function: "transfer(address,uint256)",
            source: include_str!("../../examples/erc20.sol"),
            artefact: include_str!("../../examples/generated/erc20.json"),
            gas: 100_000,
            parameters: vec![
                Parameter("to", Generator::uniform(U256::from(1), U256::MAX >> 96)),
                Parameter("amount", Generator::Range { from: tenth, step: tenth }),
            ],
            storage: |artefact| {
                let held = ether(1000);
                BTreeMap::from([
                    (artefact.slot("totalSupply"), held),
                    (mapping_slot(CALLER, artefact.slot("balanceOf")), held),
                ])
            },
        },
        Recipe {
            id: "fibonacci",
            title: "Fibonacci",
            summary: "Each lane asks for another of the first 400 Fibonacci numbers. Those that do not fit 256 bits \
                      revert with Panic(0x11).",
            function: "fibonacci(uint256)",
            source: include_str!("../../examples/fibonacci.sol"),
            artefact: include_str!("../../examples/generated/fibonacci.json"),
            gas: 1_000_000,
            parameters: vec![Parameter("n", Generator::uniform(U256::ZERO, U256::from(399)))],
            storage: |_| BTreeMap::new(),
        },
        Recipe {
            id: "counter",
            title: "Storage counter",
            summary: "Each lane adds an amount to a counter in storage that stands at 995,000 and refuses to pass a \
                      million: the first adds nothing and is refused, and so is every lane past the 5,001st.",
            function: "add(uint256)",
            source: include_str!("../../examples/counter.sol"),
            artefact: include_str!("../../examples/generated/counter.json"),
            gas: 200_000,
            parameters: vec![Parameter("amount", Generator::Range { from: U256::ZERO, step: U256::from(1) })],
            storage: |artefact| BTreeMap::from([(artefact.slot("total"), U256::from(995_000))]),
        },
        Recipe {
            id: "keccak",
            title: "Keccak loop",
            summary: "Each lane hashes a random seed again and again: ten, twenty, fifty or a hundred rounds.",
            function: "chain(bytes32,uint256)",
            source: include_str!("../../examples/keccak.sol"),
            artefact: include_str!("../../examples/generated/keccak.json"),
            gas: 1_000_000,
            parameters: vec![
                Parameter("seed", Generator::uniform(U256::ZERO, U256::MAX)),
                Parameter("rounds", Generator::List([10, 20, 50, 100].map(U256::from).to_vec())),
            ],
            storage: |_| BTreeMap::new(),
        },
    ]
}

/// Every example, the one that is shown first in front.
pub fn all() -> Vec<Example> {
    recipes().into_iter().map(Recipe::example).collect()
}

/// The example of that id.
pub fn by_id(id: &str) -> Option<Example> {
    recipes().into_iter().find(|recipe| recipe.id == id).map(Recipe::example)
}

impl Example {
    /// The example as a batch of `count` calls: raw message calls by the newest fork's rules, on a closed world.
    ///
    /// # Errors
    /// If `count` is more than one batch holds, or its call data would be.
    pub fn batch(&self, count: usize) -> Result<Batch, TemplateError> {
        let calls = Template { count, ..self.template.clone() }.expand()?;
        let code = hexadecimal::parse(&self.code).expect("artefacts hold hex");
        let mut batch = Batch {
            programs: vec![Program::new(code)],
            worlds: vec![World { accounts: self.accounts.clone(), absent: Absent::Empty, ..World::default() }],
            blocks: vec![BlockEnv::default()],
            calls,
            ..Batch::default()
        };
        batch.calls.to = Column::All(Some(self.to));
        batch.calls.fork = Column::All(ForkColumn::default());
        batch.calls.level = Column::All(Level::Frame);
        Ok(batch)
    }
}

/// A generator as a document has it. Ranges go on as long as a million lanes.
fn vary(generator: &Generator) -> Vary<U256> {
    let how = match generator {
        Generator::Fixed(value) => return Vary::Fixed(*value),
        Generator::Range { from, step } => {
            Variation::Range { start: *from, end: *from + *step * U256::from(1_000_000), spacing: Spacing::Step(*step) }
        }
        Generator::List(values) => Variation::List(values.clone()),
        Generator::Random { min, max, dist } => Variation::Random { dist: *dist, min: Some(*min), max: Some(*max) },
        Generator::Steps { .. } | Generator::Column(_) | Generator::Along { .. } => {
            unreachable!("no example has such a generator")
        }
    };
    Vary::Varies { how, axis: None }
}

/// A generator as an argument has it. Bounds that are an argument's own are left out.
fn argument(generator: &Generator) -> serde_json::Value {
    let mut vary = vary(generator);
    if let Vary::Varies { how: Variation::Random { min, max, .. }, .. } = &mut vary {
        *min = min.filter(|min| !min.is_zero());
        *max = max.filter(|max| ![U256::MAX, U256::MAX >> 96].contains(max));
    }
    serde_json::to_value(vary).expect("scalars are JSON")
}

impl Example {
    /// The example as a document, of [`DEFAULT_COUNT`] lanes. Random values are others than those of [`Self::batch`]: a
    /// document names its fields otherwise.
    pub fn document(&self) -> Document {
        let Template { count, seed, caller, value, gas, fields, .. } = &self.template;
        let fixed = |generator: &Generator| match generator {
            Generator::Fixed(value) => *value,
            _ => unreachable!("in no example do caller and gas vary"),
        };
        let args = fields.iter().map(|field| argument(&field.generator)).collect();
        let call = document::AbiCall { abi: None, function: self.function.to_owned(), args };
        let step = document::Step {
            program: Some(self.id.to_owned()),
            from: Vary::Fixed(Address::from_word(fixed(caller).into())),
            value: vary(value),
            gas: Vary::Fixed(fixed(gas).saturating_to()),
            calldata: document::Calldata::Abi(call),
            ..document::Step::default()
        };
        let mut document = Document::new(ForkColumn::default().0, vec![step]);
        document.lanes = Some(*count);
        document.seed = *seed;
        let code = hexadecimal::parse(&self.code).expect("artefacts hold hex").into();
        let abi = serde_json::from_str(&self.abi).expect("artefacts hold JSON");
        document.programs.insert(self.id.to_owned(), document::ProgramEntry { code, abi: Some(abi) });
        for (address, account) in &self.accounts {
            let account = document::Account {
                balance: account.balance.into(),
                nonce: account.nonce.into(),
                program: account.code.map(|_| self.id.to_owned()),
                storage: account.storage.iter().map(|(slot, value)| (*slot, (*value).into())).collect(),
                ..document::Account::default()
            };
            document.state.accounts.insert(*address, account);
        }
        document
    }
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cpu::CpuEngine,
        engine::{Control, Engine as _},
        outcome::Outcomes,
    };
    use alloy_primitives::B256;
    use lanevm_shaders::Class;
    use std::collections::BTreeSet;

    fn run(id: &str, count: usize) -> Outcomes {
        let batch = by_id(id).unwrap().batch(count).unwrap();
        pollster::block_on(CpuEngine::new(1).run(&batch, &mut Control::default())).unwrap()
    }

    fn classes(outcomes: &Outcomes) -> Vec<Class> {
        outcomes.statuses().iter().map(|status| status.class()).collect()
    }

    fn word(bytes: &[u8]) -> U256 {
        U256::from_be_slice(bytes)
    }

    #[test]
    fn artefacts_are_of_these_sources() {
        for recipe in recipes() {
            let artefact = Artefact::read(recipe.artefact);
            let found = keccak256(recipe.source);
            assert_eq!(artefact.source_hash, found, "examples/{}.sol changed: run `cargo xtask gen`", recipe.id);
            assert!(artefact.selectors.contains_key(recipe.function), "{}: no {}", recipe.id, recipe.function);
        }
    }

    #[test]
    fn ids_name_their_example() {
        for example in all() {
            assert_eq!(by_id(example.id).as_ref(), Some(&example));
            assert_eq!(example.batch(3).unwrap().validate(), Ok(()));
            let document = example.document();
            assert_eq!(Document::from_json(&document.to_json()), Ok(document.clone()));
            let prepared = document.prepare().unwrap();
            assert_eq!(prepared.batch.validate(), Ok(()));
            assert_eq!(prepared.batch.len(), DEFAULT_COUNT);
            let fixed = |batch: &Batch| batch.calls.data.get(77)[..4].to_vec();
            assert_eq!(fixed(&prepared.batch), fixed(&example.batch(100).unwrap()), "{example}");
        }
        assert_eq!(by_id("no such example"), None);
    }

    #[test]
    fn transfers_differ_in_every_lane_and_move_the_amount() {
        let example = by_id("erc20").unwrap();
        let batch = example.batch(DEFAULT_COUNT).unwrap();
        let arguments = |lane: usize| {
            let data = batch.calls.data.get(lane);
            (data[4..36].to_vec(), data[36..].to_vec())
        };
        let recipients: BTreeSet<Vec<u8>> = (0..DEFAULT_COUNT).map(|lane| arguments(lane).0).collect();
        let amounts: BTreeSet<Vec<u8>> = (0..DEFAULT_COUNT).map(|lane| arguments(lane).1).collect();
        assert_eq!((recipients.len(), amounts.len()), (DEFAULT_COUNT, DEFAULT_COUNT));

        let outcomes = run("erc20", DEFAULT_COUNT + 1);
        assert_eq!(classes(&outcomes)[..DEFAULT_COUNT], vec![Class::Success; DEFAULT_COUNT]);
        assert_eq!(outcomes.status(DEFAULT_COUNT).class(), Class::Revert);
        for lane in [0, 4_711, DEFAULT_COUNT - 1] {
            let (to, amount) = arguments(lane);
            let changes = &outcomes.changes(lane)[&CONTRACT].storage;
            let slot = |account: Address| mapping_slot(account, U256::from(1));
            assert_eq!(changes[&slot(CALLER)], ether(1000) - word(&amount));
            assert_eq!(changes[&slot(Address::from_slice(&to[12..]))], word(&amount));
            let logs = outcomes.logs(lane);
            assert_eq!(logs[0].topics[0], keccak256("Transfer(address,address,uint256)"));
            assert_eq!(logs[0].data, amount);
            assert_eq!(word(outcomes.output(lane)), U256::from(1));
        }
    }

    #[test]
    fn fibonacci_overflows_at_370() {
        let mut batch = by_id("fibonacci").unwrap().batch(2).unwrap();
        let mut data = crate::call_data::CallData::default();
        for n in [369_u64, 370] {
            data.push(&[&batch.calls.data.get(0)[..4], &U256::from(n).to_be_bytes::<32>()].concat());
        }
        batch.calls.data = data;
        let outcomes = pollster::block_on(CpuEngine::new(1).run(&batch, &mut Control::default())).unwrap();
        assert_eq!(classes(&outcomes), [Class::Success, Class::Revert]);
        let (mut a, mut b) = (U256::ZERO, U256::from(1));
        for _ in 0..369 {
            (a, b) = (b, a.checked_add(b).unwrap());
        }
        assert_eq!(word(outcomes.output(0)), a);
        assert_eq!(a.checked_add(b), None, "the loop runs one sum ahead");
        assert_eq!(outcomes.output(1)[..4], keccak256("Panic(uint256)")[..4]);
    }

    #[test]
    fn the_counter_refuses_nothing_and_too_much() {
        let outcomes = run("counter", 5_002);
        let found = classes(&outcomes);
        assert_eq!(found[0], Class::Revert);
        assert!(found[1..=5_000].iter().all(|&class| class == Class::Success));
        assert_eq!(found[5_001], Class::Revert);
        assert_eq!(outcomes.changes(5_000)[&CONTRACT].storage[&U256::ZERO], U256::from(1_000_000));
    }

    #[test]
    fn the_chain_hashes_its_seed() {
        let batch = by_id("keccak").unwrap().batch(4).unwrap();
        let outcomes = run("keccak", 4);
        for (lane, rounds) in [10, 20, 50, 100].into_iter().enumerate() {
            let seed = B256::from_slice(&batch.calls.data.get(lane)[4..36]);
            let hash = (0..rounds).fold(seed, |hash, _| keccak256(hash));
            assert_eq!(outcomes.output(lane), hash.as_slice());
        }
    }
}
