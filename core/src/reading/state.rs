//! States in whatever nodes, tools and tests write: which format it is, and its accounts. It decides nothing about what is
//! absent; that is the caller's.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};

use super::{
    MAX_TEXT,
    error::{ReadError, ReadErrorKind, cut},
    gzip,
    json::{self, At, Json},
    quantity::{address, bytes, narrow, storage_word, word},
    state_test::{self, TestCase},
};
use crate::hexadecimal;

/// A format of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFormat {
    /// A list of accounts with `address`, as viem takes state overrides.
    ViemOverride,
    /// Accounts by address with `state` or `stateDiff`, as ox and `eth_call` take state overrides.
    OverrideMap,
    /// Accounts by address: geth's prestateTracer, a state test's `pre`, a genesis file's inner part, ox.
    Accounts,
    /// `pre` and `post` of geth's prestateTracer in diff mode.
    PrestateDiff,
    /// What `anvil --dump-state` writes, geth's `dump`, and the like: accounts by address under `accounts`.
    Dump,
    /// That, packed: what `anvil_dumpState` answers.
    PackedDump,
    /// A genesis file with `alloc`.
    Genesis,
    /// One state under `pre`.
    Pre,
    /// State tests, with a state and cases each.
    StateTest,
}

impl StateFormat {
    /// Every format.
    pub const ALL: [Self; 9] = [
        Self::ViemOverride,
        Self::OverrideMap,
        Self::Accounts,
        Self::PrestateDiff,
        Self::Dump,
        Self::PackedDump,
        Self::Genesis,
        Self::Pre,
        Self::StateTest,
    ];

    /// The format's name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ViemOverride => "viem's state override",
            Self::OverrideMap => "a state override by address",
            Self::Accounts => "accounts by address (prestateTracer, alloc, pre)",
            Self::PrestateDiff => "prestateTracer in diff mode",
            Self::Dump => "a state dump",
            Self::PackedDump => "a packed state dump of anvil",
            Self::Genesis => "a genesis file",
            Self::Pre => "a test's pre-state",
            Self::StateTest => "state tests",
        }
    }
}

/// An account as a file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainAccount {
    /// Nonce; zero where the file has none.
    pub nonce: u64,
    /// Balance in wei; zero where the file has none.
    pub balance: U256,
    /// Code; empty where the file has none.
    pub code: Bytes,
    /// Slots that are not zero.
    pub storage: BTreeMap<U256, U256>,
    /// The file gives a difference: it has `stateDiff`, and slots it does not name are not known to be zero.
    pub difference: bool,
}

/// A state of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateNamed {
    /// What the file calls it: a test's name, `pre`, `post`; `None` where there is but one.
    pub name: Option<String>,
    /// Its accounts.
    pub accounts: BTreeMap<Address, PlainAccount>,
    /// Cases that run on it, for a state test.
    pub cases: Vec<TestCase>,
}

/// What was found: at least one state, to be chosen from where there are several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFound {
    /// The format.
    pub format: StateFormat,
    /// The states.
    pub states: Vec<StateNamed>,
}

impl StateFound {
    fn one(format: StateFormat, accounts: BTreeMap<Address, PlainAccount>) -> Self {
        Self { format, states: vec![StateNamed { name: None, accounts, cases: Vec::new() }] }
    }
}

/// Finds the states of a text.
///
/// # Errors
/// Says what is wrong and where, or what is read here.
pub fn read_state(text: &str) -> Result<StateFound, ReadError> {
    if text.len() > MAX_TEXT {
        return Err(ReadError::whole(ReadErrorKind::TooLong { bytes: text.len() }));
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ReadError::whole(ReadErrorKind::Empty));
    }
    if !text.starts_with(['{', '[', '"']) {
        return packed(text);
    }
    let json = json::parse(text)?;
    // Whole answers of a node are pasted as often as what is in them.
    if json.get("jsonrpc").is_some() {
        if let Some(error) = json.get("error") {
            let mut said = String::new();
            error.write(&mut said);
            return Err(ReadError::whole(ReadErrorKind::Node(cut(&said))));
        }
        if let Some(result) = json.get("result") {
            let top = At::top(&json);
            let way = top.key("result");
            return found(At::step(result, &way));
        }
    }
    found(At::top(&json))
}

/// The state of hex text: a packed dump.
fn packed(text: &str) -> Result<StateFound, ReadError> {
    let unknown = |what: &str| ReadError::whole(ReadErrorKind::Unknown(what.into()));
    let Ok(bytes) = hexadecimal::parse(text) else {
        return Err(unknown("text that is neither JSON nor the hex of a packed state"));
    };
    if !bytes.starts_with(&gzip::MAGIC) {
        return Err(unknown("hex that is no packed state; code belongs to the program"));
    }
    let unpacked = gzip::unpack(&bytes)?;
    let text = String::from_utf8(unpacked).map_err(|_| ReadError::whole(ReadErrorKind::Packed("it holds no text")))?;
    let json = json::parse(&text)?;
    let found = found(At::top(&json))?;
    Ok(StateFound { format: StateFormat::PackedDump, ..found })
}

fn found(at: At<'_>) -> Result<StateFound, ReadError> {
    let member = |key| at.json.get(key).filter(|member| member.is_object());
    match at.json {
        Json::Text(text) => packed(text),
        Json::List(items) => {
            let mut accounts = BTreeMap::new();
            for (index, item) in items.iter().enumerate() {
                let way = at.index(index);
                let at = At::step(item, &way);
                let name = item.get("address").ok_or_else(|| at.error(ReadErrorKind::Missing("address")))?;
                let way = at.key("address");
                add(&mut accounts, At::step(name, &way), name.text().unwrap_or_default(), at)?;
            }
            Ok(StateFound::one(StateFormat::ViemOverride, accounts))
        }
        Json::Object(entries) => {
            for (key, format) in [("alloc", StateFormat::Genesis), ("accounts", StateFormat::Dump)] {
                if let Some(inner) = member(key) {
                    let way = at.key(key);
                    return Ok(StateFound::one(format, accounts(At::step(inner, &way))?));
                }
            }
            if let Some(pre) = member("pre") {
                if state_test::is_test(at.json) {
                    return Ok(StateFound {
                        format: StateFormat::StateTest,
                        states: vec![state_test::read(at, None)?],
                    });
                }
                let way = at.key("pre");
                let pre = accounts(At::step(pre, &way))?;
                let Some(post) = member("post") else { return Ok(StateFound::one(StateFormat::Pre, pre)) };
                let way = at.key("post");
                let post = after(&pre, At::step(post, &way))?;
                let named = |name: &str, accounts| StateNamed { name: Some(name.into()), accounts, cases: Vec::new() };
                let states = vec![named("pre", pre), named("post", post)];
                return Ok(StateFound { format: StateFormat::PrestateDiff, states });
            }
            let is_test = |(key, value): &&(String, Json)| key != "_info" && state_test::is_test(value);
            if entries.iter().any(|entry| is_test(&entry)) {
                let mut states = Vec::new();
                for (name, test) in entries.iter().filter(is_test) {
                    let way = at.key(name);
                    states.push(state_test::read(At::step(test, &way), Some(name))?);
                }
                return Ok(StateFound { format: StateFormat::StateTest, states });
            }
            let addresses = entries.iter().filter(|(key, _)| address(key).is_some()).count();
            if addresses * 2 > entries.len() || entries.is_empty() {
                let overrides = |(_, value): &(String, Json)| value.get("state").or(value.get("stateDiff")).is_some();
                let overriding = entries.iter().any(overrides);
                let format = if overriding { StateFormat::OverrideMap } else { StateFormat::Accounts };
                return Ok(StateFound::one(format, accounts(at)?));
            }
            if ["abi", "bytecode", "contracts", "output"].iter().any(|key| at.json.get(key).is_some()) {
                let instead = "it belongs to the program, not to the state";
                let kind = ReadErrorKind::Elsewhere { found: "a compiler's file", instead };
                return Err(ReadError::whole(kind));
            }
            let keys: Vec<String> = entries.iter().take(5).map(|(key, _)| format!("`{}`", cut(key))).collect();
            Err(at.error(ReadErrorKind::Unknown(format!("an object with {}", keys.join(", ")))))
        }
        _ => Err(at.wrong("a state")),
    }
}

/// Accounts by address.
pub(super) fn accounts(at: At<'_>) -> Result<BTreeMap<Address, PlainAccount>, ReadError> {
    let mut found = BTreeMap::new();
    for (name, value) in at.object()? {
        let way = at.key(name);
        let at = At::step(value, &way);
        add(&mut found, at, name, at)?;
    }
    Ok(found)
}

/// Adds an account; two spellings of one address are an error.
fn add(accounts: &mut BTreeMap<Address, PlainAccount>, place: At<'_>, name: &str, at: At<'_>) -> Result<(), ReadError> {
    let Some(key) = address(name) else {
        let found = format!("the text {:?}", cut(name));
        return Err(place.error(ReadErrorKind::Wrong { found, wanted: "an address (40 hex digits)" }));
    };
    if accounts.insert(key, account(at)?).is_some() {
        return Err(place.error(ReadErrorKind::Twice { what: "the account", name: cut(name) }));
    }
    Ok(())
}

fn account(at: At<'_>) -> Result<PlainAccount, ReadError> {
    let mut found = PlainAccount::default();
    let mut has_storage = false;
    // Geth's `dump` has hashes beside, and storage words of bare hex digits.
    let dumped = at.json.get("codeHash").or_else(|| at.json.get("root")).is_some();
    for (key, value) in at.object()? {
        let way = at.key(key);
        let at_value = At::step(value, &way);
        if *value == Json::Null {
            continue;
        }
        match key.as_str() {
            "nonce" => found.nonce = narrow(at_value)?,
            "balance" => found.balance = word(at_value)?,
            "code" => found.code = bytes(at_value)?.into(),
            "storage" | "state" | "stateDiff" => {
                if std::mem::replace(&mut has_storage, true) {
                    return Err(at.error(ReadErrorKind::BothStates));
                }
                found.difference = key == "stateDiff";
                found.storage = storage(at_value, dumped)?;
                found.storage.retain(|_, value| found.difference || !value.is_zero());
            }
            // Hashes and roots that follow from the rest, and fields of formats to come.
            _ => {}
        }
    }
    Ok(found)
}

/// Storage: words by slot, or a list of `slot` and `value`.
fn storage(at: At<'_>, dumped: bool) -> Result<BTreeMap<U256, U256>, ReadError> {
    let mut slots = BTreeMap::new();
    let mut set = |at: At<'_>, name: &str, value: At<'_>| -> Result<(), ReadError> {
        let slot = storage_word(at, name, dumped)?;
        let word = match value.json {
            Json::Text(text) => storage_word(value, text, dumped)?,
            _ => word(value)?,
        };
        match slots.insert(slot, word) {
            None => Ok(()),
            Some(_) => Err(at.error(ReadErrorKind::Twice { what: "the slot", name: cut(name) })),
        }
    };
    match at.json {
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let way = at.index(index);
                let at = At::step(item, &way);
                let member = |key| item.get(key).ok_or_else(|| at.error(ReadErrorKind::Missing(key)));
                let (slot, value) = (member("slot")?, member("value")?);
                let (slot_way, value_way) = (at.key("slot"), at.key("value"));
                let slot_at = At::step(slot, &slot_way);
                set(slot_at, slot_at.text()?, At::step(value, &value_way))?;
            }
        }
        _ => {
            for (name, value) in at.object()? {
                let way = at.key(name);
                let at = At::step(value, &way);
                set(at, name, at)?;
            }
        }
    }
    Ok(slots)
}

/// The state behind a call, as the tracer's diff mode says it: `post` names the fields that changed; a slot of `pre` that
/// `post`'s account lacks has become zero, and an account that `post` lacks is gone.
fn after(pre: &BTreeMap<Address, PlainAccount>, at: At<'_>) -> Result<BTreeMap<Address, PlainAccount>, ReadError> {
    let mut changed = accounts(at)?;
    for (name, value) in at.object()? {
        let Some((before, after)) = address(name).and_then(|key| Some((pre.get(&key)?, changed.get_mut(&key)?))) else {
            continue;
        };
        if value.get("nonce").is_none() {
            after.nonce = before.nonce;
        }
        if value.get("balance").is_none() {
            after.balance = before.balance;
        }
        if value.get("code").is_none() {
            after.code = before.code.clone();
        }
    }
    Ok(changed)
}
