//! What is typed, a signal a field, so that a keystroke redraws one field. Reading it is the form's.

use leptos::prelude::*;

use lanevm_core::Document;

use crate::form::{AccountForm, By, FieldForm, Form, Kind, SlotForm, Varying};

/// A value that may vary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VaryingDraft {
    pub(crate) kind: RwSignal<Kind>,
    pub(crate) fixed: RwSignal<String>,
    pub(crate) from: RwSignal<String>,
    pub(crate) to: RwSignal<String>,
    pub(crate) by: RwSignal<By>,
    pub(crate) amount: RwSignal<String>,
    pub(crate) list: RwSignal<String>,
    pub(crate) column: RwSignal<String>,
    pub(crate) min: RwSignal<String>,
    pub(crate) max: RwSignal<String>,
    pub(crate) log: RwSignal<bool>,
    pub(crate) axis: RwSignal<String>,
}

impl VaryingDraft {
    fn new(value: &Varying) -> Self {
        Self {
            kind: RwSignal::new(value.kind),
            fixed: RwSignal::new(value.fixed.clone()),
            from: RwSignal::new(value.from.clone()),
            to: RwSignal::new(value.to.clone()),
            by: RwSignal::new(value.by),
            amount: RwSignal::new(value.amount.clone()),
            list: RwSignal::new(value.list.clone()),
            column: RwSignal::new(value.column.clone()),
            min: RwSignal::new(value.min.clone()),
            max: RwSignal::new(value.max.clone()),
            log: RwSignal::new(value.log),
            axis: RwSignal::new(value.axis.clone()),
        }
    }

    fn load(self, value: &Varying) {
        self.kind.set(value.kind);
        self.fixed.set(value.fixed.clone());
        self.from.set(value.from.clone());
        self.to.set(value.to.clone());
        self.by.set(value.by);
        self.amount.set(value.amount.clone());
        self.list.set(value.list.clone());
        self.column.set(value.column.clone());
        self.min.set(value.min.clone());
        self.max.set(value.max.clone());
        self.log.set(value.log);
        self.axis.set(value.axis.clone());
    }

    fn form(self) -> Varying {
        Varying {
            kind: self.kind.get_untracked(),
            fixed: self.fixed.get_untracked(),
            from: self.from.get_untracked(),
            to: self.to.get_untracked(),
            by: self.by.get_untracked(),
            amount: self.amount.get_untracked(),
            list: self.list.get_untracked(),
            column: self.column.get_untracked(),
            min: self.min.get_untracked(),
            max: self.max.get_untracked(),
            log: self.log.get_untracked(),
            axis: self.axis.get_untracked(),
        }
    }
}

/// A part of the call data that varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldDraft {
    pub(crate) key: u32,
    pub(crate) name: RwSignal<String>,
    pub(crate) offset: RwSignal<String>,
    pub(crate) width: RwSignal<String>,
    pub(crate) value: VaryingDraft,
}

/// An account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountDraft {
    pub(crate) key: u32,
    pub(crate) address: RwSignal<String>,
    pub(crate) balance: RwSignal<String>,
    pub(crate) nonce: RwSignal<String>,
}

/// A storage slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotDraft {
    pub(crate) key: u32,
    pub(crate) address: RwSignal<String>,
    pub(crate) slot: RwSignal<String>,
    pub(crate) value: RwSignal<String>,
}

/// The whole draft.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) code: RwSignal<String>,
    pub(crate) to: RwSignal<String>,
    pub(crate) count: RwSignal<String>,
    pub(crate) seed: RwSignal<String>,
    pub(crate) fork: RwSignal<String>,
    pub(crate) max_steps: RwSignal<String>,
    pub(crate) number: RwSignal<String>,
    pub(crate) timestamp: RwSignal<String>,
    pub(crate) caller: VaryingDraft,
    pub(crate) value: VaryingDraft,
    pub(crate) gas: VaryingDraft,
    pub(crate) data: RwSignal<String>,
    pub(crate) fields: RwSignal<Vec<FieldDraft>>,
    pub(crate) accounts: RwSignal<Vec<AccountDraft>>,
    pub(crate) slots: RwSignal<Vec<SlotDraft>>,
    /// What the form has no field for.
    base: StoredValue<Document>,
    next_key: RwSignal<u32>,
    /// Who owns the rows' signals: not the button or the notice that had them loaded.
    owner: StoredValue<Option<Owner>>,
}

impl Draft {
    /// A draft that says what the form says.
    pub(crate) fn new(form: &Form) -> Self {
        let draft = Self {
            code: RwSignal::default(),
            to: RwSignal::default(),
            count: RwSignal::default(),
            seed: RwSignal::default(),
            fork: RwSignal::default(),
            max_steps: RwSignal::default(),
            number: RwSignal::default(),
            timestamp: RwSignal::default(),
            caller: VaryingDraft::new(&form.caller),
            value: VaryingDraft::new(&form.value),
            gas: VaryingDraft::new(&form.gas),
            data: RwSignal::default(),
            fields: RwSignal::default(),
            accounts: RwSignal::default(),
            slots: RwSignal::default(),
            base: StoredValue::new(form.base.clone()),
            next_key: RwSignal::new(0),
            owner: StoredValue::new(Owner::current()),
        };
        draft.load(form);
        draft
    }

    fn key(self) -> u32 {
        self.next_key.update(|key| *key += 1);
        self.next_key.get_untracked()
    }

    /// Writes a form over the draft.
    pub(crate) fn load(self, form: &Form) {
        match self.owner.get_value() {
            Some(owner) => owner.with(|| self.load_owned(form)),
            None => self.load_owned(form),
        }
    }

    fn load_owned(self, form: &Form) {
        self.base.set_value(form.base.clone());
        self.code.set(form.code.clone());
        self.to.set(form.to.clone());
        self.count.set(form.count.clone());
        self.seed.set(form.seed.clone());
        self.fork.set(form.fork.clone());
        self.max_steps.set(form.max_steps.clone());
        self.number.set(form.number.clone());
        self.timestamp.set(form.timestamp.clone());
        self.caller.load(&form.caller);
        self.value.load(&form.value);
        self.gas.load(&form.gas);
        self.data.set(form.data.clone());
        self.fields.set(form.fields.iter().map(|row| self.field(row)).collect());
        self.accounts.set(form.accounts.iter().map(|row| self.account(row)).collect());
        self.slots.set(form.slots.iter().map(|row| self.slot(row)).collect());
    }

    fn field(self, row: &FieldForm) -> FieldDraft {
        FieldDraft {
            key: self.key(),
            name: RwSignal::new(row.name.clone()),
            offset: RwSignal::new(row.offset.clone()),
            width: RwSignal::new(row.width.clone()),
            value: VaryingDraft::new(&row.value),
        }
    }

    fn account(self, row: &AccountForm) -> AccountDraft {
        AccountDraft {
            key: self.key(),
            address: RwSignal::new(row.address.clone()),
            balance: RwSignal::new(row.balance.clone()),
            nonce: RwSignal::new(row.nonce.clone()),
        }
    }

    fn slot(self, row: &SlotForm) -> SlotDraft {
        SlotDraft {
            key: self.key(),
            address: RwSignal::new(row.address.clone()),
            slot: RwSignal::new(row.slot.clone()),
            value: RwSignal::new(row.value.clone()),
        }
    }

    /// Adds a varying part after the last one.
    pub(crate) fn add_field(self) {
        let read = |text: RwSignal<String>| text.with_untracked(|text| text.trim().parse::<usize>().unwrap_or(0));
        let fields = self.fields.get_untracked();
        let offset = fields.last().map_or(4, |last| read(last.offset) + read(last.width));
        let row = self.field(&FieldForm {
            name: format!("field {}", fields.len() + 1),
            offset: offset.to_string(),
            width: "32".into(),
            value: Varying { kind: Kind::Range, ..Varying::fixed("0") },
            ..FieldForm::default()
        });
        self.fields.update(|rows| rows.push(row));
    }

    /// Adds an account row.
    pub(crate) fn add_account(self) {
        let row = self.account(&AccountForm { balance: "0".into(), nonce: "0".into(), ..AccountForm::default() });
        self.accounts.update(|rows| rows.push(row));
    }

    /// Adds a storage row.
    pub(crate) fn add_slot(self) {
        let row = self.slot(&SlotForm { slot: "0".into(), value: "0".into(), ..SlotForm::default() });
        self.slots.update(|rows| rows.push(row));
    }

    /// The draft as a form.
    pub(crate) fn form(self) -> Form {
        Form {
            code: self.code.get_untracked(),
            to: self.to.get_untracked(),
            count: self.count.get_untracked(),
            seed: self.seed.get_untracked(),
            fork: self.fork.get_untracked(),
            max_steps: self.max_steps.get_untracked(),
            number: self.number.get_untracked(),
            timestamp: self.timestamp.get_untracked(),
            caller: self.caller.form(),
            value: self.value.form(),
            gas: self.gas.form(),
            data: self.data.get_untracked(),
            fields: self
                .fields
                .get_untracked()
                .iter()
                .map(|row| FieldForm {
                    key: row.key,
                    name: row.name.get_untracked(),
                    offset: row.offset.get_untracked(),
                    width: row.width.get_untracked(),
                    value: row.value.form(),
                })
                .collect(),
            accounts: self
                .accounts
                .get_untracked()
                .iter()
                .map(|row| AccountForm {
                    key: row.key,
                    address: row.address.get_untracked(),
                    balance: row.balance.get_untracked(),
                    nonce: row.nonce.get_untracked(),
                })
                .collect(),
            slots: self
                .slots
                .get_untracked()
                .iter()
                .map(|row| SlotForm {
                    key: row.key,
                    address: row.address.get_untracked(),
                    slot: row.slot.get_untracked(),
                    value: row.value.get_untracked(),
                })
                .collect(),
            base: self.base.get_value(),
        }
    }
}
