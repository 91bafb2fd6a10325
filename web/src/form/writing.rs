//! A document as a form: every field as people would type it. It loses nothing that the form has a field for, and keeps the
//! document beside for what it has none for.

use std::sync::Arc;

use lanevm_core::{
    Address, B256, Document, U256,
    alloy_primitives::hex::encode_prefixed,
    document::{Step, To, Vary},
};
use serde_json::Value;

use crate::words::form as words;

use super::{
    AxisForm, BlockForm, FieldError, Form, Rows, StepForm, Varying, calls::Abis, decimal, program, reading::SOURCE,
};

/// What the page's own program is called in a document that names none.
const PROGRAM: &str = "main";

/// Where the page keeps which program is edited, and the assembly of the others, in a document.
const EDITED: &str = "edited";
const SOURCES: &str = "sources";

pub(super) fn hex(address: &Address) -> String {
    format!("{address:#x}")
}

impl Form {
    /// The form of a document. The program that is edited is the one that it says, or that its first step runs.
    pub fn of(document: &Document) -> Self {
        let said = document.ui.as_ref().and_then(|ui| ui.get(EDITED)).and_then(Value::as_str);
        let said = said.filter(|name| document.programs.contains_key(*name));
        Self::of_edited(document, said.map_or_else(|| edited(document), str::to_owned))
    }

    fn of_edited(document: &Document, name: String) -> Self {
        let mut keys = 0..;
        let mut next = move || keys.next().unwrap_or_default();
        let to = holder(document, &name);
        let code = code(document, &name, to);
        let abi = document.programs.get(&name).and_then(|entry| entry.abi.as_ref());
        let fork = document.hardfork;
        let source = document.ui.as_ref().and_then(|ui| ui.get(SOURCE)).and_then(Value::as_str);
        let source = source.filter(|text| program::read(text, fork).is_ok_and(|made| *made.bytes() == code));
        let word = |value: &U256| decimal(*value);
        let small = |value: &u64| decimal(U256::from(*value));
        let block = &document.block;
        let abis = Abis::of_document(document);
        let steps = document.steps.iter().map(|step| StepForm::of(step, &name, &abis, &mut next)).collect();
        let axes = document.axes.iter().map(|axis| AxisForm {
            key: next(),
            name: axis.name.clone(),
            length: axis.len.to_string(),
        });
        let axes = axes.collect();
        let mut base = document.clone();
        base.state.accounts.clear();
        base.columns.clear();
        base.programs.remove(&name);
        Self {
            code: source.map_or_else(|| encode_prefixed(&code), str::to_owned),
            abi: abi.map(program::abi_text).unwrap_or_default(),
            to: to.as_ref().map(hex).unwrap_or_default(),
            count: document.lanes.map(|lanes| lanes.to_string()).unwrap_or_default(),
            seed: document.seed.to_string(),
            fork: fork.name().into(),
            max_steps: document.limits.steps.map(|steps| steps.to_string()).unwrap_or_default(),
            level: document.level,
            mode: document.mode,
            absent: document.state.absent,
            block: BlockForm {
                number: Varying::of(&block.number, word),
                timestamp: Varying::of(&block.timestamp, word),
                coinbase: Varying::of(&block.coinbase, hex),
                base_fee: Varying::of(&block.base_fee_per_gas, small),
                gas_limit: Varying::of(&block.gas_limit, small),
                prev_randao: Varying::of(&block.prev_randao, |hash: &B256| decimal((*hash).into())),
                chain_id: Varying::of(&document.chain_id, small),
            },
            steps,
            axes,
            columns: Arc::new(document.columns.clone()),
            state: Rows::of(&document.state.accounts, to, &mut next),
            name,
            base,
        }
    }
}

/// A field of what the page keeps in a document.
fn kept<'u>(ui: &'u mut Option<Value>, field: &str) -> Option<&'u mut Value> {
    ui.get_or_insert_with(|| Value::Object(Default::default())).as_object_mut()?.get_mut(field)
}

/// Sets it, or takes it away.
fn keep(ui: &mut Option<Value>, field: &str, value: Option<Value>) {
    let fields = ui.get_or_insert_with(|| Value::Object(Default::default()));
    if let Some(fields) = fields.as_object_mut() {
        match value {
            Some(value) => drop(fields.insert(field.into(), value)),
            None => drop(fields.remove(field)),
        }
        if fields.is_empty() {
            *ui = None;
        }
    }
}

impl Form {
    /// The names of a form's programs: the one that is edited, and those of what it has no field for.
    pub fn programs(edited: &str, base: &Document) -> Vec<String> {
        let mut names: Vec<String> = base.programs.keys().cloned().collect();
        if let Err(place) = names.binary_search_by(|name| name.as_str().cmp(edited)) {
            names.insert(place, edited.to_owned());
        }
        names
    }

    /// The same form with another program in the place of the one that is edited. Assembly is kept beside each.
    ///
    /// # Errors
    /// Everything that is wrong with what is typed: a program is put aside only as it can be read.
    pub fn editing(&self, name: &str) -> Result<Self, Vec<FieldError>> {
        let mut document = self.document()?;
        if !document.programs.contains_key(name) {
            let message = words::no_program(name);
            return Err(vec![FieldError { field: "code".into(), message }]);
        }
        let source = kept(&mut document.ui, SOURCE).map(Value::take);
        let mut sources = match kept(&mut document.ui, SOURCES).map(Value::take) {
            Some(Value::Object(sources)) => sources,
            _ => Default::default(),
        };
        if let Some(source) = source {
            sources.insert(self.name.clone(), source);
        }
        let source = sources.remove(name);
        keep(&mut document.ui, SOURCE, source);
        keep(&mut document.ui, SOURCES, (!sources.is_empty()).then_some(Value::Object(sources)));
        let usual = edited(&document) == name;
        keep(&mut document.ui, EDITED, (!usual).then(|| name.into()));
        Ok(Self::of_edited(&document, name.to_owned()))
    }
}

/// The program that is edited: that of the first step that names one, or that the account called holds.
fn edited(document: &Document) -> String {
    let held = |step: &Step| match &step.to {
        To::Account(Vary::Fixed(to)) => document.state.accounts.get(to).and_then(|account| account.program.clone()),
        _ => None,
    };
    let named = document.steps.iter().find_map(|step| step.program.clone().or_else(|| held(step)));
    let held = || {
        // Code that stands at the account itself gets a name of its own.
        let step = document.steps.first()?;
        let To::Account(Vary::Fixed(to)) = &step.to else { return None };
        let account = document.state.accounts.get(to)?;
        (!account.code.is_empty()).then(|| unused(document))
    };
    named.or_else(held).or_else(|| document.programs.keys().next().cloned()).unwrap_or_else(|| PROGRAM.into())
}

/// A name that no program has.
fn unused(document: &Document) -> String {
    let numbered = (2..).map(|number| format!("{PROGRAM} {number}"));
    let mut names = std::iter::once(PROGRAM.to_owned()).chain(numbered);
    names.find(|name| !document.programs.contains_key(name)).unwrap_or_default()
}

/// The account that holds the program: the one that a step calls, or the first.
fn holder(document: &Document, name: &String) -> Option<Address> {
    let holds = |address: &Address| {
        document.state.accounts.get(address).is_some_and(|account| {
            account.program.as_ref() == Some(name)
                || (!document.programs.contains_key(name) && !account.code.is_empty())
        })
    };
    let called = document.steps.iter().find_map(|step| match &step.to {
        To::Account(Vary::Fixed(to)) if holds(to) => Some(*to),
        _ => None,
    });
    let first = || {
        let mut all = document.state.accounts.iter();
        all.find(|(_, account)| account.program.as_ref() == Some(name)).map(|(address, _)| *address)
    };
    called.or_else(first)
}

fn code(document: &Document, name: &str, to: Option<Address>) -> Vec<u8> {
    let held = || to.and_then(|to| document.state.accounts.get(&to)).map(|account| account.code.to_vec());
    document.programs.get(name).map(|entry| entry.code.to_vec()).or_else(held).unwrap_or_default()
}
