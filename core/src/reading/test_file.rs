//! Files of state tests (ethereum/tests, EEST) as documents: each fork of a test with its cases as lanes, at level
//! `transaction`. It runs nothing and checks no expectation; what a document cannot say is refused by name.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use lanevm_shaders::Fork;

use super::{
    MAX_TEXT,
    error::{ReadError, ReadErrorKind, cut},
    json::{self, At},
    quantity::{bytes, word},
    signed::signed_chain_id,
    state::{PlainAccount, accounts},
    state_test::is_test,
    test_transaction::{
        Sent, TestIndexes, TestTransaction, account, as_document, each, hash, member, read as transaction,
    },
};
use crate::{
    batch::{Level, Transaction},
    document::{self, BlobSchedule, Block, CallList, Calldata, Document, Hashes, Step, To, Variation, Vary},
    world,
};

/// Gas of one blob (EIP-4844).
const GAS_PER_BLOB: u64 = 1 << 17;

/// The base fee where a test of London or later names none: the convention of the state test tools.
const BASE_FEE: u64 = 10;

/// Most characters of a test's name that are kept: those of EEST tell its parameters.
const MAX_NAME: usize = 2_000;

/// Most cases of one file.
const MAX_CASES: usize = 100_000;

/// A file of state tests.
#[derive(Clone, Debug)]
pub struct TestFile {
    tests: Vec<Test>,
    choices: Vec<Choice>,
}

#[derive(Clone, Debug)]
struct Test {
    name: String,
    env: Env,
    config: Config,
    pre: BTreeMap<Address, PlainAccount>,
    transaction: TestTransaction,
    posts: Vec<Post>,
}

/// What a fork's rules lead to.
#[derive(Clone, Debug)]
struct Post {
    fork: String,
    cases: Vec<TestExpected>,
}

/// A case of a test, and what it must come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestExpected {
    /// Which elements of indexed fields it takes.
    pub indexes: TestIndexes,
    /// The state root afterwards.
    pub root: Option<B256>,
    /// keccak-256 of the RLP list of logs.
    pub logs: Option<B256>,
    /// Why the transaction must be refused, where it must.
    pub exception: Option<String>,
    /// The whole state afterwards, where the file has it.
    pub state: Option<BTreeMap<Address, PlainAccount>>,
    /// The chain that its signed bytes name.
    signed: Option<u64>,
}

/// Cases of one test that one document holds: those of a fork which differ only in data, gas limit and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The test's name.
    pub test: String,
    /// The fork as the file names it.
    pub fork: String,
    /// The cases, a lane each.
    pub cases: Vec<TestExpected>,
    /// Why they cannot be opened, where they cannot.
    pub refused: Option<String>,
    at: [usize; 2],
}

#[derive(Clone, Debug, Default)]
struct Env {
    number: U256,
    timestamp: U256,
    coinbase: Address,
    gas_limit: Option<U256>,
    difficulty: U256,
    random: Option<B256>,
    base_fee: Option<U256>,
    excess_blob_gas: Option<U256>,
    parent_excess_blob_gas: Option<U256>,
    parent_blob_gas_used: Option<U256>,
}

#[derive(Clone, Debug, Default)]
struct Config {
    chain_id: Option<U256>,
    schedules: Vec<(String, Schedule)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Schedule {
    target: Option<U256>,
    max: Option<U256>,
    fraction: Option<U256>,
}

fn env(at: At<'_>) -> Result<Env, ReadError> {
    at.object()?;
    let number = |key| member(at, key, word);
    Ok(Env {
        number: number("currentNumber")?.unwrap_or_default(),
        timestamp: number("currentTimestamp")?.unwrap_or_default(),
        coinbase: member(at, "currentCoinbase", account)?.unwrap_or_default(),
        gas_limit: number("currentGasLimit")?,
        difficulty: number("currentDifficulty")?.unwrap_or_default(),
        random: member(at, "currentRandom", hash)?,
        base_fee: number("currentBaseFee")?,
        excess_blob_gas: number("currentExcessBlobGas")?,
        parent_excess_blob_gas: number("parentExcessBlobGas")?,
        parent_blob_gas_used: number("parentBlobGasUsed")?,
    })
}

fn config(at: At<'_>) -> Result<Config, ReadError> {
    let key = if at.json.get("chainid").is_some() { "chainid" } else { "chainId" };
    let schedules = member(at, "blobSchedule", |at| {
        let mut found = Vec::new();
        for (name, value) in at.object()? {
            let way = at.key(name);
            let at = At::step(value, &way);
            let number = |key| member(at, key, word);
            let (target, max) = (number("target")?, number("max")?);
            found.push((name.clone(), Schedule { target, max, fraction: number("baseFeeUpdateFraction")? }));
        }
        Ok(found)
    })?;
    Ok(Config { chain_id: member(at, key, word)?, schedules: schedules.unwrap_or_default() })
}

fn indexes(at: At<'_>) -> Result<TestIndexes, ReadError> {
    let place = |key| Ok(member(at, key, super::quantity::narrow)?.unwrap_or_default() as usize);
    Ok(TestIndexes { data: place("data")?, gas: place("gas")?, value: place("value")? })
}

fn expected(at: At<'_>) -> Result<TestExpected, ReadError> {
    at.object()?;
    let signed = member(at, "txbytes", bytes)?;
    Ok(TestExpected {
        indexes: member(at, "indexes", indexes)?.unwrap_or_default(),
        root: member(at, "hash", hash)?,
        logs: member(at, "logs", hash)?,
        exception: member(at, "expectException", |at| Ok(at.text()?.chars().take(MAX_NAME).collect()))?,
        state: member(at, "state", accounts)?,
        signed: signed.and_then(|signed| signed_chain_id(&signed)),
    })
}

fn test(at: At<'_>, name: &str, left: &mut usize) -> Result<Test, ReadError> {
    let missing = |key| at.error(ReadErrorKind::Missing(key));
    let mut posts = Vec::new();
    member(at, "post", |at| {
        for (fork, cases) in at.object()? {
            let way = at.key(fork);
            let cases = each(At::step(cases, &way), expected)?;
            *left = left.checked_sub(cases.len()).ok_or_else(|| {
                let found = format!("more than {MAX_CASES} cases");
                at.error(ReadErrorKind::Wrong { found, wanted: "a file of fewer tests" })
            })?;
            posts.push(Post { fork: fork.clone(), cases });
        }
        Ok(())
    })?
    .ok_or_else(|| missing("post"))?;
    Ok(Test {
        name: name.chars().take(MAX_NAME).collect(),
        env: member(at, "env", env)?.ok_or_else(|| missing("env"))?,
        config: member(at, "config", config)?.unwrap_or_default(),
        pre: member(at, "pre", accounts)?.ok_or_else(|| missing("pre"))?,
        transaction: member(at, "transaction", transaction)?.ok_or_else(|| missing("transaction"))?,
        posts,
    })
}

/// The rules that a fork's name means: forks of blob parameters have Osaka's, a change at a block has none of its own.
fn rules(name: &str) -> Result<Fork, String> {
    if let Some(fork) = Fork::parse(name) {
        return Ok(fork);
    }
    if name.strip_prefix("BPO").is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())) {
        return Ok(Fork::Osaka);
    }
    let name = cut(name);
    if name.contains("To") && name.contains("At") {
        return Err(format!("{name} is a change of rules at a block, which a single transaction does not have"));
    }
    Err(format!("the fork {name} is not known here"))
}

/// Whether a text is worth being read as a file of state tests: it names what every one has.
pub fn seems_state_tests(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        && ["\"pre\"", "\"env\"", "\"transaction\"", "\"post\""].iter().all(|name| text.contains(name))
        && !text.contains("\"lanevm\"")
}

/// Reads a file of state tests.
///
/// # Errors
/// Says what is wrong and where, or that there is no state test.
pub fn read_state_tests(text: &str) -> Result<TestFile, ReadError> {
    if text.len() > MAX_TEXT {
        return Err(ReadError::whole(ReadErrorKind::TooLong { bytes: text.len() }));
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ReadError::whole(ReadErrorKind::Empty));
    }
    let tree = json::parse(text)?;
    let top = At::top(&tree);
    let mut left = MAX_CASES;
    let mut tests = Vec::new();
    if is_test(&tree) && tree.get("transaction").is_some() {
        tests.push(test(top, "", &mut left)?);
    } else {
        for (name, value) in top.object()? {
            if name != "_info" && is_test(value) && value.get("transaction").is_some() {
                let way = top.key(name);
                tests.push(test(At::step(value, &way), name, &mut left)?);
            }
        }
    }
    if tests.is_empty() {
        return Err(ReadError::whole(ReadErrorKind::Unknown("JSON without a state test".into())));
    }
    let mut choices = Vec::new();
    for (index, test) in tests.iter().enumerate() {
        for (post, of) in test.posts.iter().enumerate() {
            test.group(of, [index, post], &mut choices)?;
        }
    }
    Ok(TestFile { tests, choices })
}

impl TestFile {
    /// What can be opened, in the order of the file.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The document of a choice: a lane for each of its cases.
    ///
    /// # Errors
    /// What a document cannot say, or that there is no such choice.
    pub fn document(&self, choice: usize) -> Result<Document, String> {
        let choice = self.choices.get(choice).ok_or("there is no such choice")?;
        if let Some(why) = &choice.refused {
            return Err(why.clone());
        }
        let test = &self.tests[choice.at[0]];
        test.document(choice)
    }
}

/// What a document of a test has that does not vary: cases that share it are lanes of one document.
type Shared = Result<Transaction, String>;

impl Test {
    fn chain_id(&self) -> u64 {
        self.config.chain_id.and_then(|id| u64::try_from(id).ok()).unwrap_or(1)
    }

    fn sent(&self, case: &TestExpected) -> Result<Result<Sent, &'static str>, ReadError> {
        self.transaction
            .sent(case.indexes, self.chain_id(), case.signed)
            .map_err(|kind| ReadError { path: Some(format!("$[{:?}].post", cut(&self.name))), kind })
    }

    /// Sorts the cases of a fork into choices.
    fn group(&self, post: &Post, at: [usize; 2], choices: &mut Vec<Choice>) -> Result<(), ReadError> {
        let mut groups: Vec<(Shared, Vec<TestExpected>)> = Vec::new();
        for case in &post.cases {
            let shared = match (rules(&post.fork), self.sent(case)?) {
                (Err(why), _) => Err(why),
                (_, Err(why)) => Err(format!("no client can decode the transaction: {why}")),
                (_, Ok(sent)) => Ok(sent.own),
            };
            match groups.iter_mut().find(|(known, _)| *known == shared) {
                Some((_, cases)) => cases.push(case.clone()),
                None => groups.push((shared, vec![case.clone()])),
            }
        }
        for (shared, cases) in groups {
            let (test, fork) = (self.name.clone(), post.fork.clone());
            choices.push(Choice { test, fork, cases, refused: shared.err(), at });
        }
        Ok(())
    }

    fn schedule(&self, name: &str, fork: Fork) -> Option<Schedule> {
        let exact = self.config.schedules.iter().find(|(key, _)| key == name);
        let same = || self.config.schedules.iter().find(|(key, _)| Fork::parse(key) == Some(fork));
        exact.or_else(same).map(|(_, schedule)| *schedule)
    }

    fn block(&self, name: &str, fork: Fork) -> Result<Block, String> {
        let env = &self.env;
        let narrow = |value: U256| u64::try_from(value).ok();
        let saturating = |value: U256| narrow(value).unwrap_or(u64::MAX);
        let schedule = self.schedule(name, fork);
        let named = schedule.and_then(|schedule| {
            Some(world::BlobSchedule { max: narrow(schedule.max?)?, update_fraction: narrow(schedule.fraction?)? })
        });
        let named = named.filter(|named| fork >= Fork::Cancun && *named != world::BlobSchedule::of(fork));
        let small = 1..=document::MAX_NUMBER;
        if named.is_some_and(|named| !small.contains(&named.update_fraction) || named.max > document::MAX_NUMBER) {
            return Err("blob parameters that a document cannot say".into());
        }
        let target = schedule.and_then(|schedule| narrow(schedule.target?));
        let target = target.unwrap_or(if fork >= Fork::Prague { 6 } else { 3 });
        let excess = match (env.excess_blob_gas, env.parent_excess_blob_gas) {
            (Some(excess), _) => narrow(excess).ok_or("an excess blob gas of more than 64 bits")?,
            (None, Some(parent)) => {
                let used = env.parent_blob_gas_used.map_or(0, saturating);
                saturating(parent).saturating_add(used).saturating_sub(target.saturating_mul(GAS_PER_BLOB))
            }
            (None, None) => 0,
        };
        let base_fee = if fork < Fork::London {
            0
        } else {
            env.base_fee.map_or(Some(BASE_FEE), narrow).ok_or("a base fee of more than 64 bits")?
        };
        Ok(Block {
            number: env.number.into(),
            timestamp: env.timestamp.into(),
            coinbase: env.coinbase.into(),
            gas_limit: env.gas_limit.map_or(u64::MAX, saturating).into(),
            base_fee_per_gas: base_fee.into(),
            difficulty: env.difficulty.into(),
            prev_randao: env.random.unwrap_or_else(|| B256::from(env.difficulty)).into(),
            excess_blob_gas: excess.into(),
            blob_schedule: named
                .map(|named| BlobSchedule { max: named.max, base_fee_update_fraction: named.update_fraction }),
            block_hashes: Hashes::OfNumber,
        })
    }

    fn document(&self, choice: &Choice) -> Result<Document, String> {
        let fork = rules(&choice.fork)?;
        let sent = |case| match self.sent(case) {
            Ok(sent) => sent.map_err(str::to_owned),
            Err(error) => Err(error.to_string()),
        };
        let sent: Vec<Sent> = choice.cases.iter().map(sent).collect::<Result<_, _>>()?;
        let first = sent.first().ok_or("no case")?;
        let chain_id = self.chain_id();
        let step = Step {
            to: first.to.map_or(To::Create, |to| To::Account(Vary::Fixed(to))),
            from: first.from.into(),
            value: in_turn(sent.iter().map(|sent| sent.value)),
            gas: in_turn(sent.iter().map(|sent| sent.gas)),
            calldata: if sent.iter().all(|other| other.data == first.data) {
                first.data.clone().into()
            } else {
                Calldata::List(CallList { list: sent.iter().map(|sent| sent.data.clone()).collect(), axis: None })
            },
            transaction: Some(as_document(&first.own, chain_id)?),
            ..Step::default()
        };
        let mut document = Document::new(fork, vec![step]);
        document.level = Level::Transaction;
        document.chain_id = chain_id.into();
        document.block = self.block(&choice.fork, fork)?;
        document.lanes = Some(sent.len());
        document.state.accounts = self.pre.iter().map(|(address, plain)| (*address, plain.into())).collect();
        if document.state.accounts.len() > document::MAX_ACCOUNTS {
            return Err(format!("more than {} accounts", document::MAX_ACCOUNTS));
        }
        Ok(document)
    }
}

/// One value, where it is but one, or these in turn.
fn in_turn<T: PartialEq + Copy>(values: impl Iterator<Item = T>) -> Vary<T> {
    let values: Vec<T> = values.collect();
    match values.as_slice() {
        [first, rest @ ..] if rest.iter().all(|value| value == first) => Vary::Fixed(*first),
        _ => Vary::Varies { how: Variation::List(values), axis: None },
    }
}

impl From<&PlainAccount> for document::Account {
    fn from(plain: &PlainAccount) -> Self {
        Self {
            balance: plain.balance.into(),
            nonce: plain.nonce.into(),
            code: plain.code.clone(),
            program: None,
            storage: plain.storage.iter().map(|(slot, value)| (*slot, Vary::Fixed(*value))).collect(),
        }
    }
}
