//! Whether lanes came to what a state test expects of them: the root of the state, the hash of the logs, a refusal. It runs
//! nothing, and knows a batch's states and outcomes only.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, keccak256};
use alloy_trie::{TrieAccount, root};
use lanevm_shaders::{Class, Fork, Status};
use thiserror::Error;

use crate::{
    batch::{Batch, CallRef},
    case::{exception, state_of},
    outcome::{Outcome, StateChanges},
    reading::TestExpected,
    state_root::{PlainState, apply, leaf, logs_hash},
};

/// What a state test expects of a lane. What is not there is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The state's root afterwards.
    pub root: Option<B256>,
    /// keccak-256 of the RLP list of logs.
    pub logs: Option<B256>,
    /// Why the transaction must be refused, where it must, by EEST's names.
    pub exception: Option<String>,
}

impl Expected {
    /// Whether there is anything to look at.
    pub const fn is_empty(&self) -> bool {
        self.root.is_none() && self.logs.is_none() && self.exception.is_none()
    }
}

impl From<&TestExpected> for Expected {
    fn from(case: &TestExpected) -> Self {
        Self { root: case.root, logs: case.logs, exception: case.exception.clone() }
    }
}

/// A lane that came to what was expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// Where it was refused for another reason than the one named: the two, by EEST's names.
    pub otherwise: Option<(&'static str, String)>,
}

/// How a lane came to something else.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Missed {
    /// It came to no answer of Ethereum's.
    #[error("it ended as {status}{}", .detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})")))]
    NoAnswer {
        /// How it ended.
        status: Status,
        /// What it says.
        detail: Option<String>,
    },
    /// It was refused.
    #[error("its transaction was rejected ({detail}), but must be executed")]
    Refused {
        /// Why.
        detail: String,
    },
    /// It was executed.
    #[error("its transaction was executed ({status}), but must be rejected: {exception}")]
    Executed {
        /// How it ended.
        status: Status,
        /// Why it must be refused.
        exception: String,
    },
    /// It logged something else.
    #[error("its logs hash to {found} in place of {expected} ({status}, gas {gas})")]
    Logs {
        /// The hash found.
        found: B256,
        /// The hash expected.
        expected: B256,
        /// How it ended.
        status: Status,
        /// Gas used.
        gas: u64,
    },
    /// It left another state.
    #[error("its state has the root {found} in place of {expected} ({status}, gas {gas})")]
    Root {
        /// The root found.
        found: B256,
        /// The root expected.
        expected: B256,
        /// How it ended.
        status: Status,
        /// Gas used.
        gas: u64,
    },
}

/// A state with the leaves of its trie, so that many lanes on it hash only what they changed.
#[derive(Debug)]
struct Hashed {
    state: PlainState,
    leaves: BTreeMap<Address, (B256, TrieAccount)>,
}

impl Hashed {
    fn of(state: PlainState) -> Self {
        let hash = |(address, account): (&Address, &_)| (*address, hashed(address, account));
        Self { leaves: state.iter().map(hash).collect(), state }
    }

    /// The root after changes.
    fn root(&self, changes: &StateChanges, touched: Option<Address>) -> B256 {
        let before = changes.keys().filter_map(|address| Some((*address, self.state.get(address)?.clone())));
        let mut changed: PlainState = before.collect();
        apply(&mut changed, changes);
        if let Some(touched) = touched.filter(|touched| !self.state.contains_key(touched)) {
            changed.entry(touched).or_default();
        }
        let is_same = |address: &Address| !changes.contains_key(address) && !changed.contains_key(address);
        let kept = self.leaves.iter().filter(|(address, _)| is_same(address)).map(|(_, leaf)| *leaf);
        root::state_root_unsorted(kept.chain(changed.iter().map(|(address, account)| hashed(address, account))))
    }
}

fn hashed(address: &Address, account: &crate::reading::PlainAccount) -> (B256, TrieAccount) {
    (keccak256(address), leaf(account.nonce, account.balance, &account.code, &account.storage))
}

/// Judges the lanes of a batch.
#[derive(Debug)]
pub struct Judge<'b> {
    batch: &'b Batch,
    worlds: BTreeMap<u32, Hashed>,
}

impl<'b> Judge<'b> {
    /// Worlds kept at a time: tests have one.
    const WORLDS: usize = 16;

    /// A judge of a batch's lanes.
    pub const fn new(batch: &'b Batch) -> Self {
        Self { batch, worlds: BTreeMap::new() }
    }

    /// Whether a lane came to what is expected of it.
    ///
    /// # Errors
    /// How it came to something else. A transaction that is refused meets an expectation without an exception where the root is
    /// that of the state before: old tests say a refusal by that alone, and no executed transaction leaves it.
    ///
    /// # Panics
    /// If the batch has no such lane.
    pub fn judge(&mut self, lane: usize, outcome: &Outcome, expected: &Expected) -> Result<Met, Missed> {
        let call = self.batch.call(lane);
        let status = outcome.status.unwrap_or(Status::Unfinished);
        let detail = || outcome.detail.clone().unwrap_or_default();
        match status.class() {
            Class::Success | Class::Revert | Class::Halt => {}
            Class::Rejected => return self.refused(&call, &detail(), expected),
            _ => return Err(Missed::NoAnswer { status, detail: outcome.detail.clone() }),
        }
        let gas = outcome.gas_used;
        if let Some(exception) = expected.exception.clone() {
            return Err(Missed::Executed { status, exception });
        }
        let logs = logs_hash(&outcome.logs);
        if let Some(expected) = expected.logs.filter(|expected| *expected != logs) {
            return Err(Missed::Logs { found: logs, expected, status, gas });
        }
        let Some(expected) = expected.root else { return Ok(Met::default()) };
        let found = self.hashed(call.world).root(&outcome.changes, touched(&call));
        if found == expected { Ok(Met::default()) } else { Err(Missed::Root { found, expected, status, gas }) }
    }

    fn refused(&mut self, call: &CallRef<'_>, detail: &str, expected: &Expected) -> Result<Met, Missed> {
        if let Some(root) = expected.root {
            let before = self.hashed(call.world);
            let nothing = StateChanges::default();
            if before.root(&nothing, None) != root && before.root(&nothing, touched(call)) != root {
                return Err(Missed::Refused { detail: detail.into() });
            }
        } else if expected.exception.is_none() {
            return Err(Missed::Refused { detail: detail.into() });
        }
        let found = exception(detail);
        let named = expected.exception.as_ref().filter(|names| {
            // The bare name says nothing more than that there is a reason.
            found.contains('.') && names.contains("TransactionException.") && names.split('|').all(|name| name != found)
        });
        Ok(Met { otherwise: named.map(|names| (found, names.clone())) })
    }

    fn hashed(&mut self, world: u32) -> &Hashed {
        if self.worlds.len() >= Self::WORLDS && !self.worlds.contains_key(&world) {
            self.worlds.clear();
        }
        self.worlds.entry(world).or_insert_with(|| Hashed::of(state_of(self.batch, world)))
    }
}

/// The coinbase before EIP-161: fees of nothing bring it into being, and nothing takes it away.
fn touched(call: &CallRef<'_>) -> Option<Address> {
    (call.fork < Fork::SpuriousDragon).then_some(call.block.coinbase)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{U256, address, b256};

    use super::*;
    use crate::{
        case::state_test,
        cpu,
        document::Prepared,
        outcome::AccountChange,
        reading::{PlainAccount, read_state_tests},
    };

    /// Stores the first word of its call data under slot 0; reverts where there is none.
    const TEST: &str = r#"{"storing": {
        "env": {"currentNumber": "0x1", "currentTimestamp": "0x3e8", "currentGasLimit": "0x5f5e100", "currentBaseFee": "0xa",
            "currentCoinbase": "0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0", "currentDifficulty": "0x0",
            "currentRandom": "0x0000000000000000000000000000000000000000000000000000000000000000"},
        "pre": {
            "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b": {"nonce": "0x0", "balance": "0x3635c9adc5dea00000", "code": "0x", "storage": {}},
            "0x1000000000000000000000000000000000000000": {"nonce": "0x1", "balance": "0x0", "storage": {},
                "code": "0x36600757600080fd5b60003560005560015f52600160205fa100"}},
        "transaction": {"nonce": "0x0", "to": "0x1000000000000000000000000000000000000000", "gasPrice": "0xa",
            "gasLimit": ["0x186a0", "0x1"], "value": ["0x0"],
            "data": ["0x", "0x0000000000000000000000000000000000000000000000000000000000000005"],
            "sender": "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b",
            "secretKey": "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8"},
        "post": {"Shanghai": [
            {"indexes": {"data": 0, "gas": 0, "value": 0}},
            {"indexes": {"data": 1, "gas": 0, "value": 0}},
            {"indexes": {"data": 1, "gas": 1, "value": 0}}]}}}"#;

    fn opened(text: &str) -> (Prepared, Vec<Expected>) {
        let file = read_state_tests(text).unwrap();
        let expected = file.choices()[0].cases.iter().map(Expected::from).collect();
        (file.document(0).unwrap().prepare().unwrap(), expected)
    }

    #[test]
    fn lanes_meet_the_tests_that_are_written_of_them_and_no_others() {
        let (all, _) = opened(TEST);
        for lane in 0..3 {
            let written = state_test(&all.batch, lane, "one").unwrap().json;
            let (one, expected) = opened(&written);
            let [expected] = expected.as_slice() else { panic!("{written}") };
            let outcome = cpu::outcome(&one.batch, 0).unwrap();
            let judged = |outcome: &Outcome, expected: &Expected| Judge::new(&one.batch).judge(0, outcome, expected);
            assert_eq!(judged(&outcome, expected), Ok(Met::default()), "{written}");

            let other = Some(B256::repeat_byte(7));
            let root = judged(&outcome, &Expected { root: other, ..expected.clone() }).unwrap_err();
            let logs = judged(&outcome, &Expected { logs: other, ..expected.clone() });
            let refusal = "TransactionException.NONCE_IS_MAX".to_owned();
            let refused = judged(&outcome, &Expected { exception: Some(refusal.clone()), ..expected.clone() });
            if lane == 2 {
                // Of one that is refused only the root counts, and the reason that is named.
                assert!(matches!(root, Missed::Refused { .. }), "{root}");
                assert_eq!(logs, Ok(Met::default()));
                let otherwise = ("TransactionException.INTRINSIC_GAS_TOO_LOW", refusal);
                assert_eq!(refused, Ok(Met { otherwise: Some(otherwise) }));
            } else {
                let words = root.to_string();
                assert!(matches!(root, Missed::Root { .. }) && words.contains("in place of 0x07070707"), "{words}");
                assert!(matches!(logs, Err(Missed::Logs { .. })), "{logs:?}");
                assert!(matches!(refused, Err(Missed::Executed { .. })), "{refused:?}");
                let mut changed = outcome.clone();
                changed.changes.entry(Address::ZERO).or_default().balance = Some(U256::ONE);
                assert!(matches!(judged(&changed, expected), Err(Missed::Root { .. })));
            }
            let unended = Outcome { status: Some(Status::Unfinished), ..outcome };
            assert!(matches!(judged(&unended, expected), Err(Missed::NoAnswer { .. })));
        }
    }

    #[test]
    fn roots_are_those_of_the_whole_state() {
        let account = |nonce: u64| PlainAccount { nonce, ..PlainAccount::default() };
        let state: PlainState = (1..40).map(|byte| (Address::repeat_byte(byte), account(byte.into()))).collect();
        let [gone, new, other] = [3, 200, 9].map(Address::repeat_byte);
        let changes = StateChanges::from([
            (gone, AccountChange { removed: true, ..AccountChange::default() }),
            (new, AccountChange { nonce: Some(4), ..AccountChange::default() }),
            (other, AccountChange { storage: [(U256::ONE, U256::ONE)].into(), ..AccountChange::default() }),
        ]);
        let hashed = Hashed::of(state.clone());
        let mut after = state;
        apply(&mut after, &changes);
        assert_eq!(hashed.root(&changes, Some(other)), crate::state_root::state_root(&after));
        let coinbase = Address::repeat_byte(77);
        after.insert(coinbase, PlainAccount::default());
        assert_eq!(hashed.root(&changes, Some(coinbase)), crate::state_root::state_root(&after));
    }

    #[test]
    fn an_empty_state_has_the_root_that_everybody_knows() {
        let nothing = Hashed::of(PlainState::new());
        let root = b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
        assert_eq!(nothing.root(&StateChanges::default(), None), root);
        let coinbase = address!("c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0");
        assert_ne!(nothing.root(&StateChanges::default(), Some(coinbase)), root);
    }
}
