//! A step as it is typed, a signal a field.

use leptos::prelude::*;

use lanevm_core::{abi::Function, document::Step};

use super::draft::{Draft, FieldDraft, VaryingDraft};
use crate::{
    form::{ArgForm, FieldForm, Kind, StepForm, Target, Varying},
    words::calls as words,
};

/// An argument.
#[derive(Clone, Copy)]
pub(crate) struct ArgDraft {
    pub(crate) name: StoredValue<String>,
    pub(crate) ty: StoredValue<String>,
    pub(crate) word: bool,
    pub(crate) value: VaryingDraft,
    pub(crate) json: RwSignal<String>,
}

impl ArgDraft {
    fn new(arg: &ArgForm) -> Self {
        Self {
            name: StoredValue::new(arg.name.clone()),
            ty: StoredValue::new(arg.ty.clone()),
            word: arg.word,
            value: VaryingDraft::new(&arg.value),
            json: RwSignal::new(arg.json.clone()),
        }
    }

    fn form(self) -> ArgForm {
        ArgForm {
            name: self.name.get_value(),
            ty: self.ty.get_value(),
            word: self.word,
            value: self.value.form(),
            json: self.json.get_untracked(),
        }
    }
}

/// A step.
#[derive(Clone, Copy)]
pub(crate) struct StepDraft {
    pub(crate) key: u32,
    pub(crate) target: RwSignal<Target>,
    pub(crate) to: VaryingDraft,
    pub(crate) caller: VaryingDraft,
    pub(crate) value: VaryingDraft,
    pub(crate) gas: VaryingDraft,
    pub(crate) function: RwSignal<String>,
    pub(crate) args: RwSignal<Vec<ArgDraft>>,
    pub(crate) data: RwSignal<String>,
    pub(crate) fields: RwSignal<Vec<FieldDraft>>,
    base: StoredValue<Step>,
}

impl StepDraft {
    pub(super) fn new(draft: Draft, step: &StepForm) -> Self {
        draft.owned(|| Self {
            key: draft.key(),
            target: RwSignal::new(step.target),
            to: VaryingDraft::new(&step.to),
            caller: VaryingDraft::new(&step.caller),
            value: VaryingDraft::new(&step.value),
            gas: VaryingDraft::new(&step.gas),
            function: RwSignal::new(step.function.clone()),
            args: RwSignal::new(step.args.iter().map(ArgDraft::new).collect()),
            data: RwSignal::new(step.data.clone()),
            fields: RwSignal::new(step.fields.iter().map(|row| draft.field(row)).collect()),
            base: StoredValue::new(step.base.clone()),
        })
    }

    pub(super) fn form(self) -> StepForm {
        StepForm {
            key: self.key,
            target: self.target.get_untracked(),
            to: self.to.form(),
            caller: self.caller.form(),
            value: self.value.form(),
            gas: self.gas.form(),
            function: self.function.get_untracked(),
            args: self.args.get_untracked().into_iter().map(ArgDraft::form).collect(),
            data: self.data.get_untracked(),
            fields: self.fields.get_untracked().iter().map(FieldDraft::form).collect(),
            base: self.base.get_value(),
        }
    }

    /// The program that the step names, where it is not the one that is edited.
    pub(crate) fn other_program(self) -> Option<String> {
        self.base.with_value(|base| base.program.clone())
    }

    /// Calls another function; what was typed for arguments of the same name and type stays.
    pub(crate) fn call(self, draft: Draft, function: &Function) {
        let before: Vec<ArgForm> = self.args.get_untracked().into_iter().map(ArgDraft::form).collect();
        self.function.set(function.signature());
        self.args.set(draft.owned(|| ArgForm::all(function, &before).iter().map(ArgDraft::new).collect()));
    }

    /// Adds a varying part after the last one.
    pub(crate) fn add_field(self, draft: Draft) {
        let read = |text: RwSignal<String>| text.with_untracked(|text| text.trim().parse::<usize>().unwrap_or(0));
        let fields = self.fields.get_untracked();
        let offset = fields.last().map_or(4, |last| read(last.offset) + read(last.width));
        let row = draft.field(&FieldForm {
            name: words::field(fields.len() + 1),
            offset: offset.to_string(),
            width: "32".into(),
            value: Varying { kind: Kind::Range, ..Varying::fixed("0") },
            ..FieldForm::default()
        });
        self.fields.update(|rows| rows.push(row));
    }
}
