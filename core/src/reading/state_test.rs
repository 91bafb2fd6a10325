//! State tests (ethereum/tests, EEST): the state each begins with, and the cases it has. What a case does is left to whoever
//! runs it.

use super::{
    error::{ReadError, ReadErrorKind, cut},
    json::{At, Json},
    quantity::narrow,
    state::{StateNamed, accounts},
};

/// A case of a state test: under a fork, with one of the transaction's data, gas limits and values each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// The fork as the file names it.
    pub fork: String,
    /// Index into the transaction's data.
    pub data: u64,
    /// Index into its gas limits.
    pub gas: u64,
    /// Index into its values.
    pub value: u64,
}

/// Most cases of one test that are listed.
const MAX_CASES: usize = 100_000;

/// Whether a value is a state test.
pub(super) fn is_test(json: &Json) -> bool {
    json.get("pre").is_some_and(Json::is_object) && (json.get("transaction").is_some() || json.get("env").is_some())
}

/// Reads a test.
pub(super) fn read(at: At<'_>, name: Option<&str>) -> Result<StateNamed, ReadError> {
    let pre = at.json.get("pre").ok_or_else(|| at.error(ReadErrorKind::Missing("pre")))?;
    let way = at.key("pre");
    let mut state = StateNamed { name: name.map(cut), accounts: accounts(At::step(pre, &way))?, cases: Vec::new() };
    let Some(post @ Json::Object(_)) = at.json.get("post") else { return Ok(state) };
    let way = at.key("post");
    let at = At::step(post, &way);
    for (fork, cases) in at.object()? {
        let way = at.key(fork);
        let at = At::step(cases, &way);
        // Fixtures of other kinds have a state here.
        let Json::List(items) = cases else { continue };
        for (index, item) in items.iter().enumerate() {
            if state.cases.len() == MAX_CASES {
                return Ok(state);
            }
            let way = at.index(index);
            let at = At::step(item, &way);
            let Some(indexes) = item.get("indexes") else { continue };
            let way = at.key("indexes");
            let at = At::step(indexes, &way);
            let mut read = [0; 3];
            for (value, key) in read.iter_mut().zip(["data", "gas", "value"]) {
                let json = indexes.get(key).ok_or_else(|| at.error(ReadErrorKind::Missing(key)))?;
                let way = at.key(key);
                *value = narrow(At::step(json, &way))?;
            }
            let [data, gas, value] = read;
            state.cases.push(TestCase { fork: cut(fork), data, gas, value });
        }
    }
    Ok(state)
}
