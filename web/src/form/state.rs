//! The state that lanes begin with: rows for accounts and slots, laid over what is too much for rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use lanevm_core::{
    Address,
    alloy_primitives::hex::encode_prefixed,
    document::{Account, Scalar, Vary},
    hexadecimal,
};

use serde::{Deserialize, Serialize};

use crate::words::form as words;

use super::{decimal, number, reading::Reading, writing::hex};

/// Most rows that are edited one by one; a state with more is kept whole, and rows are laid over it.
pub const MOST_ROWS: usize = 200;

/// Longest code that is shown in an account's row.
const SHOWN_CODE: usize = 64;

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountForm {
    /// What errors name the row by.
    pub key: u32,
    /// Address.
    pub address: String,
    /// Balance in wei.
    pub balance: String,
    /// Nonce.
    pub nonce: String,
    /// Code as hex, or a program's name; empty is none.
    pub code: String,
}

/// A storage slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlotForm {
    /// What errors name the row by.
    pub key: u32,
    /// The account; empty is the contract.
    pub address: String,
    /// Slot.
    pub slot: String,
    /// Value.
    pub value: String,
}

/// Accounts by address.
pub type Accounts = BTreeMap<Address, Account>;

/// A state as the form has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rows {
    /// Accounts.
    pub accounts: Vec<AccountForm>,
    /// Storage.
    pub slots: Vec<SlotForm>,
    /// What is too much for rows. A row with the same address or slot is laid over it.
    #[serde(with = "super::keeping::accounts")]
    pub bulk: Arc<Accounts>,
}

/// The value that every lane has, as text; the generator as JSON where lanes differ.
fn scalar<T: Scalar>(vary: &Vary<T>) -> String {
    match vary {
        Vary::Fixed(value) => decimal(value.word()),
        varies => serde_json::to_string(varies).unwrap_or_default(),
    }
}

impl Rows {
    /// A state's rows. `to` is the account that holds the edited program.
    pub fn of(accounts: &Accounts, to: Option<Address>, next: &mut dyn FnMut() -> u32) -> Self {
        let slots: usize = accounts.values().map(|account| account.storage.len()).sum();
        let long = accounts.values().any(|account| account.code.len() > SHOWN_CODE * 200);
        if slots > MOST_ROWS || accounts.len() > MOST_ROWS || long {
            return Self { bulk: Arc::new(accounts.clone()), ..Self::default() };
        }
        let mut rows = Self::default();
        for (address, account) in accounts {
            let own = Some(*address) == to;
            for (slot, value) in &account.storage {
                rows.slots.push(SlotForm {
                    key: next(),
                    address: if own { String::new() } else { hex(address) },
                    slot: format!("{slot:#x}"),
                    value: scalar(value),
                });
            }
            let code = match &account.program {
                _ if own => String::new(),
                Some(program) => program.clone(),
                None if account.code.is_empty() => String::new(),
                None => encode_prefixed(&account.code),
            };
            rows.accounts.push(AccountForm {
                key: next(),
                address: hex(address),
                balance: scalar(&account.balance),
                nonce: scalar(&account.nonce),
                code,
            });
        }
        rows
    }

    /// Reads the rows. `own` is the account that holds the program of that name.
    pub(super) fn read(
        &self,
        own: Option<Address>,
        name: &str,
        programs: &BTreeSet<String>,
        reading: &mut Reading,
    ) -> Option<Accounts> {
        let before = reading.errors();
        let mut accounts = Accounts::clone(&self.bulk);
        let mut seen = BTreeSet::new();
        for row in &self.accounts {
            let at = |part: &str| format!("accounts.{}.{part}", row.key);
            let address = reading.take(&at("address"), number::parse_address(&row.address));
            let balance = reading.held(&at("balance"), &row.balance);
            let nonce = reading.held(&at("nonce"), &row.nonce);
            let code = reading.take(&at("code"), code(&row.code, programs));
            let (Some(address), Some(balance), Some(nonce), Some((code, program))) = (address, balance, nonce, code)
            else {
                continue;
            };
            if !seen.insert(address) {
                reading.wrong(at("address"), words::ACCOUNT_TWICE);
            }
            let account = accounts.entry(address).or_default();
            *account = Account { balance, nonce, code, program, storage: std::mem::take(&mut account.storage) };
        }
        if let Some(own) = own {
            let account: &mut Account = accounts.entry(own).or_default();
            account.program = Some(name.to_owned());
            account.code = Default::default();
        }
        let mut seen = BTreeSet::new();
        for row in &self.slots {
            let at = |part: &str| format!("slots.{}.{part}", row.key);
            let address = match (row.address.trim(), own) {
                ("", Some(own)) => Some(own),
                ("", None) => {
                    reading.wrong("to", words::NO_CONTRACT_ADDRESS);
                    None
                }
                (text, _) => reading.take(&at("address"), number::parse_address(text)),
            };
            let index = reading.take(&at("slot"), number::parse(&row.slot));
            let value = reading.held(&at("value"), &row.value);
            let (Some(address), Some(index), Some(value)) = (address, index, value) else { continue };
            if !seen.insert((address, index)) {
                reading.wrong(at("slot"), words::SLOT_TWICE);
            }
            accounts.entry(address).or_default().storage.insert(index, value);
        }
        (reading.errors() == before).then_some(accounts)
    }

    /// The field that a path below the accounts stands for.
    pub(super) fn field_of(&self, rest: &str, own: Option<Address>) -> Option<String> {
        let rest = rest.trim_start_matches('.');
        let address = number::parse_address(rest.get(..42)?).ok()?;
        let rest = rest.get(42..)?;
        if let Some(slot) = rest.strip_prefix(".storage.") {
            let slot = number::parse(slot.split(['.', '[']).next()?).ok()?;
            let row = self.slots.iter().find(|row| {
                let holder = if row.address.trim().is_empty() { own } else { number::parse_address(&row.address).ok() };
                holder == Some(address) && number::parse(&row.slot) == Ok(slot)
            })?;
            return Some(format!("slots.{}.value", row.key));
        }
        let row = self.accounts.iter().find(|row| number::parse_address(&row.address) == Ok(address))?;
        let part = ["balance", "nonce"].into_iter().find(|part| rest.contains(part)).unwrap_or("address");
        Some(format!("accounts.{}.{part}", row.key))
    }
}

fn code(text: &str, programs: &BTreeSet<String>) -> Result<(lanevm_core::Bytes, Option<String>), String> {
    let text = text.trim();
    if programs.contains(text) {
        return Ok((Default::default(), Some(text.to_owned())));
    }
    let code = hexadecimal::parse(text).map_err(words::neither_name_nor_hex)?;
    Ok((code.into(), None))
}
