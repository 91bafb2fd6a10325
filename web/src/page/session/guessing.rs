//! Functions of a program without an ABI, guessed from its bytecode by a worker that is loaded when it is asked for. What it
//! finds becomes an ABI that says so. Bytecode is hostile: the worker is ended when it takes too long.

use lanevm_core::{
    Fork,
    abi::{Abi, Guess, Mutability},
    alloy_primitives::hex,
};
use leptos::prelude::*;
use serde::Deserialize;

use super::Session;
use crate::{
    browser::{chunk, turn::after, worker::Peer},
    form::program,
    page::text::{foreign, grouped},
    words::program as words,
};

/// How long bytecode is looked at, in milliseconds.
const PATIENCE: i32 = 20_000;

/// Longest code that is looked at, in bytes: far above what a chain takes.
const MOST: usize = 1 << 20;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Guessed {
    /// Nothing was asked for.
    #[default]
    Nothing,
    /// The worker looks.
    Looking,
    /// What came of it, in words.
    Said(String),
}

/// What the worker says.
#[derive(Debug, Deserialize)]
enum Answer {
    Found(Vec<Found>),
    Failed(String),
}

/// A function as the worker found it.
#[derive(Debug, Deserialize)]
struct Found {
    selector: String,
    arguments: String,
    mutability: String,
    signature: String,
}

impl Found {
    fn guess(self) -> Option<Guess> {
        let mut selector = [0; 4];
        hex::decode_to_slice(self.selector, &mut selector).ok()?;
        let mutability = match self.mutability.as_str() {
            "pure" => Mutability::Pure,
            "view" => Mutability::View,
            "payable" => Mutability::Payable,
            _ => Mutability::NonPayable,
        };
        let guess = Guess { selector, arguments: self.arguments, mutability, signature: self.signature };
        // Types that are none are no guess.
        Abi::from_guesses(std::slice::from_ref(&guess)).is_ok().then_some(guess)
    }
}

/// Guessed functions.
#[derive(Clone, Copy)]
pub(crate) struct Guessing {
    /// Where it stands.
    pub(crate) state: RwSignal<Guessed>,
    worker: StoredValue<Option<Peer>, LocalStorage>,
    /// Counts what was asked, so that what comes late is known to be late.
    asked: StoredValue<u32>,
}

impl Guessing {
    pub(super) fn new() -> Self {
        Self { state: RwSignal::default(), worker: StoredValue::new_local(None), asked: StoredValue::default() }
    }

    /// Ends the worker, with these words.
    fn end(self, state: Guessed) {
        self.asked.update_value(|asked| *asked += 1);
        self.state.set(state);
        // Not here, where its own listener may run.
        let worker = self.worker.try_update_value(Option::take).flatten();
        leptos::task::spawn_local(async move { drop(worker) });
    }
}

impl Session {
    /// Looks for functions in the program's code, and makes an ABI of them where there is none.
    pub(crate) fn guess_functions(self) {
        let guessing = self.guessing;
        let fork = Fork::parse(&self.draft.fork.get_untracked()).unwrap_or(Fork::LATEST);
        let code = self.draft.code.with_untracked(|text| match program::read(text, fork) {
            Ok(source) if source.bytes().len() > MOST => Err(words::longer_than(grouped(MOST))),
            Ok(source) => Ok(hex::encode(source.bytes())),
            Err(why) => Err(why.message()),
        });
        let begun = code.and_then(|code| {
            let address = chunk::address("functions")?;
            guessing.asked.update_value(|asked| *asked += 1);
            let asked = guessing.asked.get_value();
            let worker = Peer::of_script(
                &address,
                "lanevm functions",
                move |json, _| {
                    if guessing.asked.get_value() == asked {
                        let words = self.guessed(&json);
                        guessing.end(Guessed::Said(words));
                    }
                },
                move |why| {
                    if guessing.asked.get_value() == asked {
                        guessing.end(Guessed::Said(words::nothing_guessed(foreign(&why))));
                    }
                },
            )?;
            worker.post(&serde_json::to_string(&code).unwrap_or_default(), None);
            guessing.worker.set_value(Some(worker));
            guessing.state.set(Guessed::Looking);
            leptos::task::spawn_local(async move {
                after(PATIENCE).await;
                if guessing.asked.try_get_value() == Some(asked) {
                    guessing.end(Guessed::Said(words::no_end(PATIENCE / 1_000)));
                }
            });
            Ok(())
        });
        if let Err(why) = begun {
            guessing.end(Guessed::Said(words::nothing_guessed(why)));
        }
    }

    /// Ends the search.
    pub(crate) fn stop_guessing(self) {
        self.guessing.end(Guessed::Said(words::GUESSING_STOPPED.into()));
    }

    /// Takes what the worker found, and says what came of it.
    fn guessed(self, json: &str) -> String {
        let found = match serde_json::from_str(json) {
            Ok(Answer::Found(found)) => found,
            Ok(Answer::Failed(why)) => return words::nothing_guessed(foreign(&why)),
            Err(_) => return words::NO_ANSWER.into(),
        };
        // What somebody gave meanwhile is better than a guess.
        if self.abi.with_untracked(|abi| abi.as_ref().map_or(true, |abi| !abi.functions.is_empty())) {
            return words::ABI_CAME.into();
        }
        let guesses: Vec<Guess> = found.into_iter().filter_map(Found::guess).collect();
        let Ok(abi) = Abi::from_guesses(&guesses) else { return words::NOTHING_GUESSED.into() };
        if abi.functions.is_empty() {
            return words::NO_FUNCTIONS.into();
        }
        let named = abi.functions.iter().filter(|function| !function.name.starts_with("f_")).count();
        self.take_interface(Some(&abi.guessed_json().to_string()));
        self.check();
        words::were_guessed(abi.functions.len(), named)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Found};

    #[test]
    fn an_answer_is_read_and_nonsense_in_it_left_out() {
        let json = r#"{"Found": [
            {"selector": "a9059cbb", "arguments": "address,uint256", "mutability": "view", "signature": "transfer(address,uint256)"},
            {"selector": "a9059c", "arguments": "", "mutability": "view", "signature": ""},
            {"selector": "a9059cbc", "arguments": "address,<b>", "mutability": "view", "signature": ""}
        ]}"#;
        let Ok(Answer::Found(found)) = serde_json::from_str(json) else { panic!("this is an answer") };
        let guesses: Vec<_> = found.into_iter().filter_map(Found::guess).collect();
        assert_eq!(guesses.len(), 1);
        assert_eq!(guesses[0].selector, [0xa9, 0x05, 0x9c, 0xbb]);
    }

    /// Each name stands at the selector that it hashes to.
    #[test]
    fn common_signatures_have_their_selectors() {
        let text = include_str!("../../../js/signatures.js");
        let mut count = 0;
        for line in text.lines().filter_map(|line| line.strip_prefix("  '")) {
            let (selector, rest) = line.split_once("': '").unwrap();
            let found = Found {
                selector: selector.into(),
                arguments: "bytes31".into(),
                mutability: "view".into(),
                signature: rest.strip_suffix("',").unwrap().into(),
            };
            let signature = found.signature.clone();
            let abi = lanevm_core::abi::Abi::from_guesses(&[found.guess().unwrap()]).unwrap();
            assert_eq!(abi.functions[0].signature(), signature);
            count += 1;
        }
        assert!(count > 100);
    }
}
