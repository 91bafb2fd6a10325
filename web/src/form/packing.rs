//! Forms and states as bytes that are read back in little time: what the worker that reads files hands to the page. Both are of
//! one build, so that nothing else reads it.

use std::collections::BTreeMap;

use lanevm_core::{
    Address, U256,
    document::{Account, Scalar, Vary},
    reading::{Found, PlainAccount, StateNamed, TestCase},
};
use serde_json::Value;

use super::{Accounts, Form};

#[derive(Default)]
struct Out(Vec<u8>);

impl Out {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&(count as u32).to_le_bytes());
    }

    fn word(&mut self, word: U256) {
        let bytes = word.to_be_bytes::<32>();
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(32);
        self.0.push((32 - first) as u8);
        self.0.extend_from_slice(&bytes[first..]);
    }

    /// A length over 32 says that what follows is a generator.
    fn vary<T: Scalar>(&mut self, vary: &Vary<T>) {
        match vary {
            Vary::Fixed(value) => self.word(value.word()),
            varies => {
                self.0.push(255);
                self.bytes(&serde_json::to_vec(varies).unwrap_or_default());
            }
        }
    }
}

struct In<'b>(&'b [u8]);

impl<'b> In<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn count(&mut self) -> Option<usize> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?) as usize)
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    fn word_of(&mut self, length: u8) -> Option<U256> {
        U256::try_from_be_slice(self.take(usize::from(length))?)
    }

    fn word(&mut self) -> Option<U256> {
        let length = self.take(1)?[0];
        self.word_of(length)
    }

    fn vary<T: Scalar>(&mut self) -> Option<Vary<T>> {
        match self.take(1)?[0] {
            255 => Vary::read(&serde_json::from_slice::<Value>(self.bytes()?).ok()?).ok(),
            length => self.word_of(length).map(|word| Vary::Fixed(T::of_word(word))),
        }
    }
}

/// A form as bytes.
pub fn pack(mut form: Form) -> Vec<u8> {
    let bulk = std::mem::take(&mut form.state.bulk);
    let mut out = Out::default();
    out.bytes(&serde_json::to_vec(&form).unwrap_or_default());
    out.count(bulk.len());
    for (address, account) in &*bulk {
        out.0.extend_from_slice(address.as_slice());
        out.vary(&account.balance);
        out.vary(&account.nonce);
        out.bytes(&account.code);
        out.bytes(account.program.as_deref().unwrap_or_default().as_bytes());
        out.count(account.storage.len());
        for (slot, value) in &account.storage {
            out.word(*slot);
            out.vary(value);
        }
    }
    out.0
}

/// The form that [`pack`] wrote; `None` for other bytes.
pub fn unpack(bytes: &[u8]) -> Option<Form> {
    let mut read = In(bytes);
    let mut form: Form = serde_json::from_slice(read.bytes()?).ok()?;
    let mut bulk = Accounts::new();
    for _ in 0..read.count()? {
        let address = Address::from_slice(read.take(20)?);
        let (balance, nonce) = (read.vary()?, read.vary()?);
        let code = read.bytes()?.to_vec().into();
        let program = Some(read.text()?).filter(|name| !name.is_empty());
        let slots = read.count()?;
        // Slots come in order, which a map is made of at once.
        let slots: Option<Vec<(U256, Vary<U256>)>> = (0..slots).map(|_| Some((read.word()?, read.vary()?))).collect();
        bulk.insert(address, Account { balance, nonce, code, program, storage: slots?.into_iter().collect() });
    }
    form.state.bulk = bulk.into();
    Some(form)
}

/// Programs of a file as bytes.
pub fn pack_programs(found: &Found) -> Vec<u8> {
    // Nothing of it is what postcard refuses.
    postcard::to_allocvec(found).unwrap_or_default()
}

/// The programs that [`pack_programs`] wrote; `None` for other bytes.
pub fn unpack_programs(bytes: &[u8]) -> Option<Found> {
    postcard::from_bytes(bytes).ok()
}

/// States of a file as bytes.
pub fn pack_states(states: &[StateNamed]) -> Vec<u8> {
    let mut out = Out::default();
    out.count(states.len());
    for StateNamed { name, accounts, cases } in states {
        out.bytes(name.as_deref().unwrap_or_default().as_bytes());
        out.count(cases.len());
        for TestCase { fork, data, gas, value } in cases {
            out.bytes(fork.as_bytes());
            for index in [data, gas, value] {
                out.word(U256::from(*index));
            }
        }
        out.count(accounts.len());
        for (address, account) in accounts {
            out.0.extend_from_slice(address.as_slice());
            out.word(account.balance);
            out.word(U256::from(account.nonce));
            out.bytes(&account.code);
            out.0.push(u8::from(account.difference));
            out.count(account.storage.len());
            for (slot, value) in &account.storage {
                out.word(*slot);
                out.word(*value);
            }
        }
    }
    out.0
}

/// The states that [`pack_states`] wrote; `None` for other bytes.
pub fn unpack_states(bytes: &[u8]) -> Option<Vec<StateNamed>> {
    let mut read = In(bytes);
    let mut states = Vec::new();
    for _ in 0..read.count()? {
        let name = Some(read.text()?).filter(|name| !name.is_empty());
        let mut cases = Vec::new();
        for _ in 0..read.count()? {
            let fork = read.text()?;
            let mut index = || read.word().map(|index| index.saturating_to());
            cases.push(TestCase { fork, data: index()?, gas: index()?, value: index()? });
        }
        let mut accounts = BTreeMap::new();
        for _ in 0..read.count()? {
            let address = Address::from_slice(read.take(20)?);
            let (balance, nonce) = (read.word()?, read.word()?.saturating_to());
            let code = read.bytes()?.to_vec().into();
            let difference = read.take(1)?[0] != 0;
            let slots = read.count()?;
            let slots: Option<Vec<(U256, U256)>> = (0..slots).map(|_| Some((read.word()?, read.word()?))).collect();
            let storage = slots?.into_iter().collect();
            accounts.insert(address, PlainAccount { nonce, balance, code, storage, difference });
        }
        states.push(StateNamed { name, accounts, cases });
    }
    Some(states)
}

#[cfg(test)]
mod tests {
    use lanevm_core::{Document, examples, reading::read_state};

    use super::*;

    #[test]
    fn forms_are_read_back() {
        for example in examples::all() {
            let form = Form::of(&example.document());
            assert_eq!(unpack(&pack(form.clone())), Some(form));
        }
        let slots: Vec<String> = (0..1_000).map(|slot| format!(r#""{slot}":"{}""#, slot * 7 % 5)).collect();
        let text = format!(
            r#"{{"lanevm":1,"hardfork":"osaka","lanes":9,"steps":[{{"to":"0x{one}"}}],"state":{{"accounts":{{
                "0x{one}":{{"balance":{{"range":["1","9"]}},"nonce":"7","code":"0x6001","storage":{{{}}}}}}}}}}}"#,
            slots.join(","),
            one = "11".repeat(20),
        );
        let form = Form::of(&Document::from_json(&text).unwrap());
        assert!(!form.state.bulk.is_empty());
        let packed = pack(form.clone());
        assert_eq!(unpack(&packed), Some(form));
        for end in [0, 3, 4, packed.len() / 2, packed.len() - 1] {
            assert_eq!(unpack(&packed[..end]), None);
        }
    }

    #[test]
    fn states_are_read_back() {
        let text = format!(
            r#"{{"0x{}":{{"balance":"0x5","nonce":2,"code":"0x60","stateDiff":{{"0x{:064x}":"0x{:064x}"}}}}}}"#,
            "22".repeat(20),
            1,
            9
        );
        let one = read_state(&text).unwrap();
        let test = format!(
            r#"{{"t":{{"env":{{}},"pre":{text},"post":{{"Cancun":[{{"indexes":{{"data":3,"gas":0,"value":1}}}}]}}}}}}"#
        );
        for found in [one, read_state(&test).unwrap()] {
            let packed = pack_states(&found.states);
            assert_eq!(unpack_states(&packed), Some(found.states));
            assert_eq!(unpack_states(&packed[..packed.len() - 1]), None);
        }
    }

    #[test]
    fn programs_come_back() {
        let artifact = r#"{"contracts":{"a.sol":{"A":{"abi":[{"type":"constructor","inputs":[{"type":"uint256","name":"n"}]}],
            "evm":{"bytecode":{"object":"6001__$1234567890123456789012345678901234$__00"},"deployedBytecode":{"object":"6000",
            "immutableReferences":{"7":[{"start":1,"length":1}]}}}}}}}"#;
        for (name, text) in [
            ("a.json", artifact),
            ("b", "0x6001"),
            ("c.json", r#"[{"type":"function","name":"f","inputs":[],"outputs":[]}]"#),
        ] {
            let found = lanevm_core::reading::read_program(name, text).unwrap();
            let packed = pack_programs(&found);
            assert_eq!(unpack_programs(&packed), Some(found));
            assert_eq!(unpack_programs(&packed[..packed.len() - 1]), None);
        }
    }
}
