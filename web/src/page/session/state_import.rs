//! States of files: what was found in one, and laying it over or in the place of the state that stands here.

use std::{collections::BTreeMap, sync::Arc};

use lanevm_core::{
    Address,
    document::Account,
    reading::{PlainAccount, StateFound, read_state},
};
use leptos::prelude::*;

use super::Session;
use crate::{
    form::{Accounts, MOST_ROWS, Rows, number},
    protocol::ReadAs,
    words::state as words,
};

/// States of files.
#[derive(Clone, Copy)]
pub(crate) struct StateImport {
    /// What was found and waits for a choice, with the file's name.
    pub(crate) found: RwSignal<Option<Arc<(String, StateFound)>>>,
    /// Which state.
    pub(crate) chosen: RwSignal<usize>,
    /// What is wrong with a file.
    pub(crate) wrong: RwSignal<Option<String>>,
    /// What was done, in words.
    pub(crate) done: RwSignal<Option<String>>,
    /// The state before.
    pub(crate) before: RwSignal<Option<Arc<Rows>>>,
}

impl StateImport {
    pub(super) fn new() -> Self {
        Self {
            found: RwSignal::default(),
            chosen: RwSignal::default(),
            wrong: RwSignal::default(),
            done: RwSignal::default(),
            before: RwSignal::default(),
        }
    }
}

impl Session {
    /// Reads a dropped, opened or pasted state.
    pub(crate) fn read_state_file(self, name: &str, text: &str) {
        let import = self.import;
        import.done.set(None);
        if Self::is_long(text) {
            import.wrong.set(None);
            self.read_beside(name, text.to_owned(), ReadAs::State);
            return;
        }
        match read_state(text) {
            Ok(found) => self.found_state(name, found),
            Err(error) => {
                import.found.set(None);
                import.wrong.set(Some(format!(
                    "{}: {}",
                    crate::page::text::foreign(name),
                    crate::page::text::foreign(&error.to_string())
                )));
            }
        }
    }

    /// A state was found, and waits for a choice.
    pub(super) fn found_state(self, name: &str, found: StateFound) {
        let import = self.import;
        import.wrong.set(None);
        import.chosen.set(0);
        import.found.set(Some(Arc::new((name.to_owned(), found))));
    }

    /// Takes the state that was found: over what stands here, or in its place.
    pub(crate) fn take_state(self, replace: bool) {
        let import = self.import;
        let Some(found) = import.found.get_untracked() else { return };
        let Some(state) = found.1.states.get(import.chosen.get_untracked()) else { return };
        let before = self.draft.state();
        let merged = merge(if replace { Rows::default() } else { before.clone() }, &state.accounts, self.contract());
        self.draft.load_state(&merged);
        import.before.set(Some(Arc::new(before)));
        import.found.set(None);
        let slots: usize = state.accounts.values().map(|account| account.storage.len()).sum();
        import.done.set(Some(words::imported(state.accounts.len(), slots, replace)));
        self.check();
    }

    /// Puts back the state before the last import.
    pub(crate) fn undo_state(self) {
        if let Some(before) = self.import.before.get_untracked() {
            self.draft.load_state(&before);
            self.import.before.set(None);
            self.import.done.set(None);
            self.check();
        }
    }

    /// The contract's address, where it is one.
    pub(crate) fn contract(self) -> Option<Address> {
        self.draft.to.with_untracked(|to| number::parse_address(to).ok())
    }
}

/// A state with another laid over it.
fn merge(mut rows: Rows, found: &BTreeMap<Address, PlainAccount>, own: Option<Address>) -> Rows {
    let slots: usize = found.values().map(|account| account.storage.len()).sum();
    let here = |text: &str| if text.trim().is_empty() { own } else { number::parse_address(text).ok() };
    // What is found stands over rows of the same name.
    rows.accounts
        .retain(|row| number::parse_address(&row.address).map_or(true, |address| !found.contains_key(&address)));
    rows.slots.retain(|row| {
        let holder = here(&row.address).and_then(|address| found.get(&address));
        let slot = number::parse(&row.slot);
        holder.is_none_or(|holder| holder.difference && slot.map_or(true, |slot| !holder.storage.contains_key(&slot)))
    });
    let many = found.len() + rows.accounts.len() > MOST_ROWS || slots + rows.slots.len() > MOST_ROWS;
    if many || !rows.bulk.is_empty() {
        let bulk = Arc::make_mut(&mut rows.bulk);
        for (address, plain) in found {
            let mut made = Account::from(plain);
            if plain.difference
                && let Some(known) = bulk.get(address)
            {
                let mut storage = known.storage.clone();
                storage.append(&mut made.storage);
                made.storage = storage;
            }
            bulk.insert(*address, made);
        }
        return rows;
    }
    let accounts: Accounts = found.iter().map(|(address, plain)| (*address, plain.into())).collect();
    let mut keys = 0..;
    let mut more = Rows::of(&accounts, own, &mut || keys.next().unwrap_or_default());
    if !more.bulk.is_empty() {
        rows.bulk = more.bulk;
        return rows;
    }
    rows.accounts.append(&mut more.accounts);
    rows.slots.append(&mut more.slots);
    rows
}

#[cfg(test)]
mod tests {
    use lanevm_core::U256;

    use super::*;
    use crate::form::{AccountForm, SlotForm};

    fn found(text: &str) -> BTreeMap<Address, PlainAccount> {
        read_state(text).unwrap().states.remove(0).accounts
    }

    #[test]
    fn what_is_found_lies_over_rows() {
        let one = "0x0000000000000000000000000000000000000001";
        let rows = Rows {
            accounts: vec![AccountForm {
                address: one.into(),
                balance: "1".into(),
                nonce: "0".into(),
                ..Default::default()
            }],
            slots: vec![
                SlotForm { address: one.into(), slot: "1".into(), value: "1".into(), ..Default::default() },
                SlotForm { address: one.into(), slot: "2".into(), value: "2".into(), ..Default::default() },
            ],
            ..Rows::default()
        };
        let text = format!(r#"{{"{one}":{{"balance":"0x5","stateDiff":{{"0x{:064x}":"0x{:064x}"}}}}}}"#, 1, 9);
        let merged = merge(rows.clone(), &found(&text), None);
        assert_eq!(merged.accounts.len(), 1);
        assert_eq!(merged.accounts[0].balance, "5");
        let slots: Vec<_> = merged.slots.iter().map(|row| (row.slot.as_str(), row.value.as_str())).collect();
        assert_eq!(slots, [("2", "2"), ("0x1", "9")]);
        // A whole state says what is not there, too.
        let text = format!(r#"{{"{one}":{{"balance":"0x5","storage":{{}}}}}}"#);
        assert!(merge(rows, &found(&text), None).slots.is_empty());
    }

    #[test]
    fn much_is_kept_whole() {
        let many: BTreeMap<U256, U256> = (0..1_000_u64).map(|slot| (U256::from(slot), U256::from(1))).collect();
        let found =
            BTreeMap::from([(Address::repeat_byte(1), PlainAccount { storage: many, ..PlainAccount::default() })]);
        let merged = merge(Rows::default(), &found, None);
        assert!(merged.slots.is_empty());
        assert_eq!(merged.bulk[&Address::repeat_byte(1)].storage.len(), 1_000);
    }
}
