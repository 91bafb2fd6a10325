//! Files of programs: what was found in one, and taking it over. A file is never run before its contract is chosen, and
//! what stood there before can be put back.

use std::sync::Arc;

use lanevm_core::{
    Address,
    abi::{Abi, Mutability},
    alloy_primitives::hex::encode_prefixed,
    reading::{Constructor, Found, FoundProgram, ProgramFormat, read_program},
};
use leptos::prelude::*;

use super::Session;
use crate::{
    form::{AccountForm, Form, SlotForm, number, program},
    page::text::{foreign, grouped},
    protocol::{Deploy, DeployedAccount, DeployedView, ReadAs, ToEngine},
    words::artifact as words,
};

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundFile {
    /// Its name.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) found: Found,
}

/// Where a deployment stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum DeployState {
    /// None.
    #[default]
    None,
    /// The worker runs it.
    Running,
    /// It failed, in words.
    Failed(String),
}

/// What a program field's text came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Origin {
    /// In words.
    pub(crate) words: String,
    /// The text that these words are of.
    pub(crate) code: String,
}

/// Files of programs.
#[derive(Clone, Copy)]
pub(crate) struct Intake {
    /// What was found and waits for a choice.
    pub(crate) file: RwSignal<Option<Arc<FoundFile>>>,
    /// Which contract.
    pub(crate) chosen: RwSignal<usize>,
    /// Why a file could not be read.
    pub(crate) wrong: RwSignal<Option<String>>,
    /// The deployment.
    pub(crate) deploy: RwSignal<DeployState>,
    /// What the code came from.
    pub(crate) origin: RwSignal<Origin>,
    /// The form before a file was taken.
    pub(crate) before: RwSignal<Option<Arc<Form>>>,
    /// The contract that is being deployed: its ABI, and words for it.
    pending: StoredValue<(Option<String>, String)>,
    ask: StoredValue<u32>,
    /// Code that was no file, to be kept where a file has none.
    last: StoredValue<String>,
    /// The text that was read last.
    read: StoredValue<String>,
}

impl Intake {
    pub(super) fn new() -> Self {
        Self {
            file: RwSignal::default(),
            chosen: RwSignal::default(),
            wrong: RwSignal::default(),
            deploy: RwSignal::default(),
            origin: RwSignal::default(),
            before: RwSignal::default(),
            pending: StoredValue::default(),
            ask: StoredValue::default(),
            last: StoredValue::default(),
            read: StoredValue::default(),
        }
    }
}

/// The format as people call it, for the beginning of a sentence.
fn format_word(format: ProgramFormat) -> String {
    let name = format.name();
    let name = name.strip_prefix("a ").or_else(|| name.strip_prefix("an ")).unwrap_or(name);
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Session {
    /// Reads the program field where it holds a file, and remembers it where it does not.
    pub(super) fn look_at_code(self) {
        let intake = self.intake;
        let text = self.draft.code.get_untracked();
        if !program::is_json(&text) {
            intake.last.set_value(text);
        } else if intake.read.with_value(|read| *read != text) {
            intake.read.set_value(text.clone());
            self.read_file(words::THE_TEXT, &text);
        }
    }

    /// Reads a dropped, opened or pasted program.
    pub(crate) fn read_file(self, name: &str, text: &str) {
        let intake = self.intake;
        intake.wrong.set(None);
        intake.deploy.set(DeployState::None);
        if self.read_tests(name, text) {
            intake.file.set(None);
            self.leave_pasted();
            return;
        }
        if Self::is_long(text) && program::is_json(text) {
            intake.file.set(None);
            self.read_beside(name, text.to_owned(), ReadAs::Programs);
            return;
        }
        match read_program(name, text) {
            // Plain text of a file is what would have been typed.
            Ok(Found { format: ProgramFormat::Hex | ProgramFormat::Assembly, .. }) => {
                self.remember();
                self.draft.code.set(text.to_owned());
                intake.file.set(None);
                self.check();
            }
            Ok(found) => self.found_programs(name, found),
            Err(error) => {
                intake.file.set(None);
                intake.wrong.set(Some(format!("{}: {}", foreign(name), foreign(&error.to_string()))));
                // Assembly with errors is shown where it can be mended.
                if let lanevm_core::reading::ReadErrorKind::Assembly(_) = error.kind {
                    intake.wrong.set(None);
                    self.remember();
                    self.draft.code.set(text.to_owned());
                    self.check();
                }
            }
        }
    }

    /// Shows what was found in a file, and takes it over where there is nothing to choose.
    pub(super) fn found_programs(self, name: &str, found: Found) {
        let plain = match found.programs.as_slice() {
            [one] => is_plain(one),
            _ => false,
        };
        let abi_alone = found.format == ProgramFormat::Abi;
        self.intake.chosen.set(0);
        self.intake.file.set(Some(Arc::new(FoundFile { name: name.to_owned(), found })));
        if abi_alone {
            self.take_abi();
        } else if plain {
            self.take_bare(&[]);
        }
    }

    fn remember(self) {
        let mut form = self.draft.form();
        // A file that was pasted is not what stood there before.
        if program::is_json(&form.code) {
            form.code = self.intake.last.get_value();
        }
        self.intake.before.set(Some(Arc::new(form)));
    }

    /// Puts back what stood there before a file was taken.
    pub(crate) fn put_back(self) {
        if let Some(form) = self.intake.before.get_untracked() {
            self.draft.load(&form);
            self.intake.before.set(None);
            self.intake.origin.set(Origin::default());
            self.intake.file.set(None);
            self.check();
        }
    }

    /// A file that was pasted is no code: what stood there before does again.
    pub(super) fn leave_pasted(self) {
        if self.draft.code.with_untracked(|code| program::is_json(code)) {
            self.draft.code.set(self.intake.last.get_value());
        }
    }

    /// Leaves a file that was found.
    pub(crate) fn leave_file(self) {
        self.intake.file.set(None);
        self.intake.wrong.set(None);
        self.leave_pasted();
        self.check();
    }

    fn chosen_program(self) -> Option<(String, FoundProgram)> {
        let file = self.intake.file.get_untracked()?;
        let chosen = file.found.programs.get(self.intake.chosen.get_untracked())?.clone();
        Some((format_word(file.found.format), chosen))
    }

    /// Takes only the interface of what was found.
    pub(crate) fn take_abi(self) {
        let Some((_, chosen)) = self.chosen_program() else { return };
        self.remember();
        self.leave_pasted();
        self.take_interface(chosen.abi.as_deref());
        self.intake.file.set(None);
        self.check();
    }

    /// Takes the runtime code as it stands. `libraries` are the addresses of the libraries that it lacks.
    pub(crate) fn take_bare(self, libraries: &[(String, String)]) {
        let Some((format, chosen)) = self.chosen_program() else { return };
        let Some(mut code) = chosen.runtime else { return };
        let linked = link(&mut code, libraries).and_then(|()| code.bytes().map_err(|error| error.to_string()));
        match linked {
            Ok(bytes) => {
                let name = foreign(&chosen.name);
                let words = words::code_of(format, name, grouped(bytes.len()));
                let bare = if chosen.immutables.is_empty() { "" } else { words::IMMUTABLES_ZERO };
                self.remember();
                self.take_code(&encode_prefixed(&bytes), chosen.abi.as_deref(), format!("{words}{bare}."));
                self.clear_contract_storage();
                self.intake.file.set(None);
                self.check();
            }
            Err(why) => self.intake.wrong.set(Some(why)),
        }
    }

    fn take_code(self, code: &str, abi: Option<&str>, words: String) {
        self.draft.code.set(code.to_owned());
        self.intake.origin.set(Origin { words, code: code.to_owned() });
        self.take_interface(abi);
    }

    /// Takes an interface, and makes calls of it.
    pub(super) fn take_interface(self, abi: Option<&str>) {
        let Some(text) = abi else { return };
        let pretty = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|value| serde_json::to_string_pretty(&value).ok());
        self.draft.abi.set(pretty.unwrap_or_else(|| text.to_owned()));
        let Ok(abi) = Abi::parse(text) else { return };
        // Steps that call what is not there any more call what is.
        let first = abi
            .functions
            .iter()
            .find(|function| !matches!(function.mutability, Mutability::Pure | Mutability::View))
            .or(abi.functions.first());
        for step in self.draft.steps.get_untracked() {
            let named = step.function.get_untracked();
            let raw = named.is_empty() && !step.data.with_untracked(|data| data.trim_start_matches("0x").is_empty());
            match (abi.function(&named), first) {
                _ if raw => {}
                (Ok(function), _) | (Err(_), Some(function)) => step.call(self.draft, function),
                (Err(_), None) => {}
            }
        }
    }

    fn clear_contract_storage(self) {
        let own = self.draft.to.with_untracked(|to| number::parse_address(to).ok());
        let of = |text: &str| if text.trim().is_empty() { own } else { number::parse_address(text).ok() };
        self.draft.slots.update(|rows| rows.retain(|row| row.address.with_untracked(|text| of(text)) != own));
        if let Some(own) = own
            && self.draft.bulk.with_untracked(|bulk| bulk.contains_key(&own))
        {
            self.draft.bulk.update(|bulk| drop(Arc::make_mut(bulk).remove(&own)));
        }
    }

    /// Runs the creation code. Errors stand at the argument: `intake.argument.0`.
    pub(crate) fn deploy(self, libraries: &[(String, String)], arguments: &[String]) {
        let intake = self.intake;
        let Some((format, chosen)) = self.chosen_program() else { return };
        let Some(mut code) = chosen.creation else {
            intake.wrong.set(Some(words::NO_CREATION_CODE.into()));
            return;
        };
        let linked = link(&mut code, libraries).and_then(|()| code.bytes().map_err(|error| error.to_string()));
        let creation = match linked {
            Ok(bytes) => bytes,
            Err(why) => {
                intake.wrong.set(Some(why));
                return;
            }
        };
        let abi = chosen.abi.clone().unwrap_or_default();
        let encoded = match Abi::parse(&abi) {
            Ok(abi) => program::constructor_arguments(&abi, arguments),
            Err(_) => Ok(Vec::new()),
        };
        match encoded {
            Ok(arguments) => {
                intake.wrong.set(None);
                intake.deploy.set(DeployState::Running);
                intake.pending.set_value((chosen.abi, format!("{format}, {}", foreign(&chosen.name))));
                intake.ask.update_value(|ask| *ask += 1);
                self.send(&ToEngine::Deploy {
                    ask: intake.ask.get_value(),
                    what: Deploy {
                        creation: encode_prefixed(&creation),
                        arguments: encode_prefixed(&arguments),
                        fork: self.draft.fork.get_untracked(),
                        abi,
                    },
                });
            }
            Err((index, why)) => {
                self.errors.update(|errors| drop(errors.insert(format!("intake.argument.{index}"), why)))
            }
        }
    }

    pub(super) fn deployed(self, ask: u32, result: Result<Box<DeployedView>, String>) {
        let intake = self.intake;
        if ask != intake.ask.get_value() || intake.deploy.get_untracked() != DeployState::Running {
            return;
        }
        let made = match result {
            Ok(made) => made,
            Err(why) => {
                intake.deploy.set(DeployState::Failed(foreign(&why)));
                return;
            }
        };
        intake.deploy.set(DeployState::None);
        self.remember();
        let (abi, name) = intake.pending.get_value();
        let bytes = made.contract.code.len().saturating_sub(2) / 2;
        let slots = made.contract.storage.len();
        let words = words::deployed(&name, bytes, slots, made.gas);
        self.clear_contract_storage();
        let (old, new) = (self.draft.to.get_untracked(), made.contract.address.clone());
        self.draft.accounts.update(|rows| {
            rows.retain(|row| {
                let same = |text: &str| {
                    row.address.with_untracked(|at| number::parse_address(at) == number::parse_address(text))
                };
                !same(&old) && !same(&new)
            });
        });
        self.draft.to.set(new);
        self.take_code(&made.contract.code.clone(), abi.as_deref(), words);
        self.put_account(&made.contract, true);
        for other in &made.others {
            self.put_account(other, false);
        }
        intake.file.set(None);
        self.check();
    }

    fn put_account(self, account: &DeployedAccount, own: bool) {
        let address = number::parse_address(&account.address).unwrap_or(Address::ZERO);
        self.draft.put_account(&AccountForm {
            key: 0,
            address: account.address.clone(),
            balance: account.balance.clone(),
            nonce: account.nonce.clone(),
            code: if own { String::new() } else { account.code.clone() },
        });
        for (slot, value) in &account.storage {
            self.draft.put_slot(&SlotForm {
                key: 0,
                address: if own { String::new() } else { format!("{address:#x}") },
                slot: slot.clone(),
                value: value.clone(),
            });
        }
    }
}

/// Whether the runtime code runs as it stands, so that there is nothing to choose.
fn is_plain(program: &FoundProgram) -> bool {
    let linked = program.runtime.as_ref().is_some_and(|code| code.links().is_empty());
    let idle = program.creation.is_none() || program.constructor == Constructor::Absent;
    linked && idle && !program.needs_deployment()
}

fn link(code: &mut lanevm_core::reading::Code, libraries: &[(String, String)]) -> Result<(), String> {
    for (library, typed) in libraries {
        if code.links().iter().any(|link| link.library == *library) {
            let address = number::parse_address(typed).map_err(|why| words::library_wrong(foreign(library), why))?;
            code.link(library, address).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
