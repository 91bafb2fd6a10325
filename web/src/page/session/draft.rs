//! What is typed, a signal a field, so that a keystroke redraws one field. Reading it is the form's.

use std::sync::Arc;

use lanevm_core::{Absent, Document, Level, document::Mode};
use leptos::prelude::*;

use super::step_draft::StepDraft;
use crate::{
    form::{
        AccountForm, Accounts, AxisForm, BlockForm, By, Columns, FieldForm, Form, Kind, Rows, SlotForm, StepForm,
        Varying, expected,
    },
    words::calls as words,
};

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
    pub(super) fn new(value: &Varying) -> Self {
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

    pub(crate) fn load(self, value: &Varying) {
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

    pub(super) fn form(self) -> Varying {
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

impl FieldDraft {
    pub(super) fn form(&self) -> FieldForm {
        FieldForm {
            key: self.key,
            name: self.name.get_untracked(),
            offset: self.offset.get_untracked(),
            width: self.width.get_untracked(),
            value: self.value.form(),
        }
    }
}

/// An account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountDraft {
    pub(crate) key: u32,
    pub(crate) address: RwSignal<String>,
    pub(crate) balance: RwSignal<String>,
    pub(crate) nonce: RwSignal<String>,
    pub(crate) code: RwSignal<String>,
}

/// A storage slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotDraft {
    pub(crate) key: u32,
    pub(crate) address: RwSignal<String>,
    pub(crate) slot: RwSignal<String>,
    pub(crate) value: RwSignal<String>,
}

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AxisDraft {
    pub(crate) key: u32,
    pub(crate) name: RwSignal<String>,
    pub(crate) length: RwSignal<String>,
}

/// The block.
#[derive(Clone, Copy)]
pub(crate) struct BlockDraft {
    pub(crate) number: VaryingDraft,
    pub(crate) timestamp: VaryingDraft,
    pub(crate) coinbase: VaryingDraft,
    pub(crate) base_fee: VaryingDraft,
    pub(crate) gas_limit: VaryingDraft,
    pub(crate) prev_randao: VaryingDraft,
    pub(crate) chain_id: VaryingDraft,
}

impl BlockDraft {
    fn new(block: &BlockForm) -> Self {
        Self {
            number: VaryingDraft::new(&block.number),
            timestamp: VaryingDraft::new(&block.timestamp),
            coinbase: VaryingDraft::new(&block.coinbase),
            base_fee: VaryingDraft::new(&block.base_fee),
            gas_limit: VaryingDraft::new(&block.gas_limit),
            prev_randao: VaryingDraft::new(&block.prev_randao),
            chain_id: VaryingDraft::new(&block.chain_id),
        }
    }

    fn load(self, block: &BlockForm) {
        self.number.load(&block.number);
        self.timestamp.load(&block.timestamp);
        self.coinbase.load(&block.coinbase);
        self.base_fee.load(&block.base_fee);
        self.gas_limit.load(&block.gas_limit);
        self.prev_randao.load(&block.prev_randao);
        self.chain_id.load(&block.chain_id);
    }

    fn form(self) -> BlockForm {
        BlockForm {
            number: self.number.form(),
            timestamp: self.timestamp.form(),
            coinbase: self.coinbase.form(),
            base_fee: self.base_fee.form(),
            gas_limit: self.gas_limit.form(),
            prev_randao: self.prev_randao.form(),
            chain_id: self.chain_id.form(),
        }
    }
}

/// The whole draft.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) code: RwSignal<String>,
    pub(crate) name: RwSignal<String>,
    pub(crate) abi: RwSignal<String>,
    pub(crate) to: RwSignal<String>,
    pub(crate) count: RwSignal<String>,
    pub(crate) seed: RwSignal<String>,
    pub(crate) fork: RwSignal<String>,
    pub(crate) max_steps: RwSignal<String>,
    pub(crate) level: RwSignal<Level>,
    pub(crate) mode: RwSignal<Mode>,
    pub(crate) absent: RwSignal<Absent>,
    pub(crate) block: BlockDraft,
    pub(crate) steps: RwSignal<Vec<StepDraft>>,
    /// The step that is edited, by its key.
    pub(crate) step: RwSignal<u32>,
    pub(crate) axes: RwSignal<Vec<AxisDraft>>,
    pub(crate) columns: RwSignal<Arc<Columns>>,
    pub(crate) accounts: RwSignal<Vec<AccountDraft>>,
    pub(crate) slots: RwSignal<Vec<SlotDraft>>,
    /// State that is too much for rows.
    pub(crate) bulk: RwSignal<Arc<Accounts>>,
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
            name: RwSignal::default(),
            abi: RwSignal::default(),
            to: RwSignal::default(),
            count: RwSignal::default(),
            seed: RwSignal::default(),
            fork: RwSignal::default(),
            max_steps: RwSignal::default(),
            level: RwSignal::default(),
            mode: RwSignal::default(),
            absent: RwSignal::default(),
            block: BlockDraft::new(&form.block),
            steps: RwSignal::default(),
            step: RwSignal::default(),
            axes: RwSignal::default(),
            columns: RwSignal::default(),
            accounts: RwSignal::default(),
            slots: RwSignal::default(),
            bulk: RwSignal::default(),
            base: StoredValue::new(form.base.clone()),
            next_key: RwSignal::new(0),
            owner: StoredValue::new(Owner::current()),
        };
        draft.load(form);
        draft
    }

    pub(super) fn key(self) -> u32 {
        self.next_key.update(|key| *key += 1);
        self.next_key.get_untracked()
    }

    /// The programs' names.
    pub(crate) fn programs(self) -> Vec<String> {
        self.name.with(|edited| self.base.with_value(|base| Form::programs(edited, base)))
    }

    /// Forgets what a state test expects of the lanes.
    pub(super) fn forget_test(self) {
        self.base.update_value(expected::forget);
    }

    /// Writes a form over the draft.
    pub(crate) fn load(self, form: &Form) {
        self.owned(|| self.load_owned(form));
    }

    /// Makes signals that live as long as the draft, whatever button or row asked for them.
    pub(super) fn owned<T>(self, make: impl FnOnce() -> T) -> T {
        match self.owner.get_value() {
            Some(owner) => owner.with(make),
            None => make(),
        }
    }

    fn load_owned(self, form: &Form) {
        self.base.set_value(form.base.clone());
        self.code.set(form.code.clone());
        self.name.set(form.name.clone());
        self.abi.set(form.abi.clone());
        self.to.set(form.to.clone());
        self.count.set(form.count.clone());
        self.seed.set(form.seed.clone());
        self.fork.set(form.fork.clone());
        self.max_steps.set(form.max_steps.clone());
        self.level.set(form.level);
        self.mode.set(form.mode);
        self.absent.set(form.absent);
        self.block.load(&form.block);
        let steps: Vec<StepDraft> = form.steps.iter().map(|step| StepDraft::new(self, step)).collect();
        self.step.set(steps.first().map(|step| step.key).unwrap_or_default());
        self.steps.set(steps);
        self.axes.set(form.axes.iter().map(|row| self.axis(row)).collect());
        self.columns.set(Arc::clone(&form.columns));
        self.load_state(&form.state);
    }

    /// Writes a state over the draft's.
    pub(crate) fn load_state(self, state: &Rows) {
        self.accounts.set(state.accounts.iter().map(|row| self.account(row)).collect());
        self.slots.set(state.slots.iter().map(|row| self.slot(row)).collect());
        self.bulk.set(Arc::clone(&state.bulk));
    }

    pub(super) fn field(self, row: &FieldForm) -> FieldDraft {
        self.owned(|| FieldDraft {
            key: self.key(),
            name: RwSignal::new(row.name.clone()),
            offset: RwSignal::new(row.offset.clone()),
            width: RwSignal::new(row.width.clone()),
            value: VaryingDraft::new(&row.value),
        })
    }

    fn axis(self, row: &AxisForm) -> AxisDraft {
        self.owned(|| AxisDraft {
            key: self.key(),
            name: RwSignal::new(row.name.clone()),
            length: RwSignal::new(row.length.clone()),
        })
    }

    fn account(self, row: &AccountForm) -> AccountDraft {
        self.owned(|| AccountDraft {
            key: self.key(),
            address: RwSignal::new(row.address.clone()),
            balance: RwSignal::new(row.balance.clone()),
            nonce: RwSignal::new(row.nonce.clone()),
            code: RwSignal::new(row.code.clone()),
        })
    }

    fn slot(self, row: &SlotForm) -> SlotDraft {
        self.owned(|| SlotDraft {
            key: self.key(),
            address: RwSignal::new(row.address.clone()),
            slot: RwSignal::new(row.slot.clone()),
            value: RwSignal::new(row.value.clone()),
        })
    }

    /// The step that is edited.
    pub(crate) fn edited(self) -> Option<StepDraft> {
        let key = self.step.get();
        self.steps.with(|steps| steps.iter().find(|step| step.key == key).or(steps.first()).copied())
    }

    /// The place of the step that is edited, from 0.
    pub(super) fn edited_place(self) -> usize {
        let key = self.step.get_untracked();
        self.steps.with_untracked(|steps| steps.iter().position(|step| step.key == key)).unwrap_or_default()
    }

    /// Edits the step at a place.
    pub(super) fn edit_place(self, place: usize) {
        if let Some(key) = self.steps.with_untracked(|steps| steps.get(place).map(|step| step.key)) {
            self.step.set(key);
        }
    }

    /// Adds a step behind the edited one: like it, or an empty call of the contract.
    pub(crate) fn add_step(self, like: Option<StepDraft>) {
        let steps = self.steps.get_untracked();
        let form = like.or(steps.last().copied()).map(StepDraft::form).unwrap_or_default();
        let blank = StepForm { caller: form.caller.clone(), gas: form.gas.clone(), ..StepForm::blank() };
        let step = StepDraft::new(self, if like.is_some() { &form } else { &blank });
        let behind = like.and_then(|like| steps.iter().position(|step| step.key == like.key)).unwrap_or(steps.len());
        self.steps.update(|steps| steps.insert((behind + 1).min(steps.len()), step));
        self.step.set(step.key);
    }

    /// Takes a step away, but for the last.
    pub(crate) fn remove_step(self, key: u32) {
        self.steps.update(|steps| {
            if steps.len() > 1 {
                steps.retain(|step| step.key != key);
            }
        });
        if self.steps.with_untracked(|steps| steps.iter().all(|step| step.key != self.step.get_untracked())) {
            self.step.set(self.steps.with_untracked(|steps| steps.first().map(|step| step.key).unwrap_or_default()));
        }
    }

    /// Moves a step one place up or down.
    pub(crate) fn move_step(self, key: u32, down: bool) {
        self.steps.update(|steps| {
            let Some(at) = steps.iter().position(|step| step.key == key) else { return };
            let to = if down { at + 1 } else { at.wrapping_sub(1) };
            if to < steps.len() {
                steps.swap(at, to);
            }
        });
    }

    /// Adds an axis.
    pub(crate) fn add_axis(self) {
        let name = words::axis(self.axes.with_untracked(Vec::len) + 1);
        let row = self.axis(&AxisForm { key: 0, name, length: "100".into() });
        self.axes.update(|rows| rows.push(row));
    }

    /// Puts an account in a row.
    pub(super) fn put_account(self, row: &AccountForm) {
        let row = self.account(row);
        self.accounts.update(|rows| rows.push(row));
    }

    /// Puts a slot in a row.
    pub(super) fn put_slot(self, row: &SlotForm) {
        let row = self.slot(row);
        self.slots.update(|rows| rows.push(row));
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

    /// The state as a form.
    pub(crate) fn state(self) -> Rows {
        Rows {
            accounts: self
                .accounts
                .get_untracked()
                .iter()
                .map(|row| AccountForm {
                    key: row.key,
                    address: row.address.get_untracked(),
                    balance: row.balance.get_untracked(),
                    nonce: row.nonce.get_untracked(),
                    code: row.code.get_untracked(),
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
            bulk: self.bulk.get_untracked(),
        }
    }

    /// The draft as a form.
    pub(crate) fn form(self) -> Form {
        Form {
            code: self.code.get_untracked(),
            name: self.name.get_untracked(),
            abi: self.abi.get_untracked(),
            to: self.to.get_untracked(),
            count: self.count.get_untracked(),
            seed: self.seed.get_untracked(),
            fork: self.fork.get_untracked(),
            max_steps: self.max_steps.get_untracked(),
            level: self.level.get_untracked(),
            mode: self.mode.get_untracked(),
            absent: self.absent.get_untracked(),
            block: self.block.form(),
            steps: self.steps.get_untracked().into_iter().map(StepDraft::form).collect(),
            axes: self
                .axes
                .get_untracked()
                .iter()
                .map(|row| AxisForm {
                    key: row.key,
                    name: row.name.get_untracked(),
                    length: row.length.get_untracked(),
                })
                .collect(),
            columns: self.columns.get_untracked(),
            state: self.state(),
            base: self.base.get_value(),
        }
    }
}
