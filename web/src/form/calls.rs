//! The steps of each lane: whom they call, and with what. Call data is a function and its arguments, or bytes with parts
//! laid over them; what was typed for the one stays while the other is chosen.

use std::collections::BTreeMap;

use lanevm_core::{
    Bytes, Document,
    abi::{Abi, Function},
    alloy_primitives::hex::encode_prefixed,
    document::{AbiCall, CallBytes, CallList, Calldata, Field, Step, To, Vary},
    hexadecimal,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::words::form as words;

use super::{FieldForm, Form, Kind, Varying, argument, number, program, reading::Reading};

/// Most bytes of call data a lane may have here.
const MAX_CALL_DATA: usize = 16 << 20;

/// Whom a step calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The account that holds the program.
    #[default]
    Contract,
    /// An account that is named, or varies.
    Account,
    /// Nobody: the call data is init code.
    Create,
}

impl Target {
    /// Every target, with its words.
    pub const ALL: [(Self, &str); 3] = [
        (Self::Contract, words::THE_CONTRACT),
        (Self::Account, words::AN_ACCOUNT),
        (Self::Create, words::A_NEW_CONTRACT),
    ];
}

/// An argument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArgForm {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// Whether it is one word: then `value` is what counts, otherwise `json`.
    pub word: bool,
    /// The value of one word.
    pub value: Varying,
    /// Any other value, as JSON.
    pub json: String,
}

/// A step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepForm {
    /// What errors name the row by.
    pub key: u32,
    /// Whom it calls.
    pub target: Target,
    /// The account, where it is named.
    pub to: Varying,
    /// Caller.
    pub caller: Varying,
    /// Value in wei.
    pub value: Varying,
    /// Gas limit.
    pub gas: Varying,
    /// The function called, by name or signature; empty is raw call data.
    pub function: String,
    /// Its arguments.
    pub args: Vec<ArgForm>,
    /// Raw call data, as hex.
    pub data: String,
    /// Parts of it that vary.
    pub fields: Vec<FieldForm>,
    /// What there is no field for.
    #[serde(with = "super::keeping::step")]
    pub base: Step,
}

impl ArgForm {
    /// The arguments of a function. What was typed for an argument of the same name and type stays.
    pub fn all(function: &Function, before: &[Self]) -> Vec<Self> {
        let field = |param: &lanevm_core::abi::Param| {
            let (name, ty) = (param.name.to_string(), param.ty.to_string());
            let known = before.iter().find(|arg| arg.name == name && arg.ty == ty);
            known.cloned().unwrap_or_else(|| Self {
                name,
                ty,
                word: param.ty.is_word(),
                value: argument::blank(&param.ty),
                json: argument::empty(&param.ty),
            })
        };
        function.inputs.fields().iter().map(field).collect()
    }

    /// The arguments of a document's call.
    fn of(function: &Function, values: &[Value]) -> Vec<Self> {
        let mut args = Self::all(function, &[]);
        for ((arg, param), value) in args.iter_mut().zip(function.inputs.fields()).zip(values) {
            if arg.word {
                arg.value = argument::of(&param.ty, value);
            } else {
                arg.json = serde_json::to_string(value).unwrap_or_default();
            }
        }
        args
    }
}

/// The interfaces that steps name.
pub(super) struct Abis<'f> {
    main: &'f str,
    own: Result<Option<(Value, Abi)>, String>,
    others: BTreeMap<&'f str, &'f Value>,
}

impl<'f> Abis<'f> {
    pub(super) fn of(form: &'f Form) -> Self {
        let others = form.base.programs.iter().filter_map(|(name, entry)| Some((name.as_str(), entry.abi.as_ref()?)));
        Self { main: &form.name, own: program::read_abi(&form.abi), others: others.collect() }
    }

    pub(super) fn of_document(document: &'f Document) -> Self {
        let others = document.programs.iter().filter_map(|(name, entry)| Some((name.as_str(), entry.abi.as_ref()?)));
        Self { main: "", own: Ok(None), others: others.collect() }
    }

    /// The edited program's ABI, as a document has it.
    pub(super) fn own(&self) -> Result<Option<&Value>, String> {
        self.own.as_ref().map(|own| own.as_ref().map(|(json, _)| json)).map_err(Clone::clone)
    }

    /// The function that a step calls.
    fn function(&self, call: &AbiCall, program: Option<&str>) -> Result<Function, String> {
        let find = |abi: &Abi| abi.function(&call.function).cloned().map_err(|error| error.to_string());
        let name = match &call.abi {
            Some(Value::String(name)) => Some(name.as_str()),
            Some(abi) => return Abi::from_json(abi).map_err(|error| error.to_string()).and_then(|abi| find(&abi)),
            None => program,
        };
        if name.is_none_or(|name| name == self.main) {
            match &self.own {
                Ok(Some((_, abi))) => return find(abi),
                Err(why) => return Err(words::abi_unreadable(why)),
                Ok(None) => {}
            }
        }
        if let Some(abi) = name.and_then(|name| self.others.get(name)) {
            return Abi::from_json(abi).map_err(|error| error.to_string()).and_then(|abi| find(&abi));
        }
        let alone = Abi::parse(&call.function).ok().and_then(|mut abi| abi.functions.pop());
        alone.ok_or_else(|| words::NO_ABI.into())
    }
}

impl StepForm {
    /// A step of a document. `main` is the edited program's name.
    pub(super) fn of(step: &Step, main: &str, abis: &Abis<'_>, next: &mut dyn FnMut() -> u32) -> Self {
        let own = step.program.as_deref() == Some(main);
        let target = match &step.to {
            To::Create => Target::Create,
            To::Account(_) => Target::Account,
            To::Unsaid => Target::Contract,
        };
        let to = match &step.to {
            To::Account(to) => Varying::of(to, super::writing::hex),
            _ => Varying::of(&Vary::Fixed(Default::default()), super::writing::hex),
        };
        let word = |value: &lanevm_core::U256| super::decimal(*value);
        let mut form = Self {
            key: next(),
            target,
            to,
            caller: Varying::of(&step.from, super::writing::hex),
            value: Varying::of(&step.value, word),
            gas: Varying::of(&step.gas, |gas| super::decimal(lanevm_core::U256::from(*gas))),
            base: Step { calldata: Calldata::default(), ..step.clone() },
            ..Self::default()
        };
        if own || step.to == To::Create {
            form.base.program = form.base.program.filter(|_| target == Target::Account);
        }
        match &step.calldata {
            Calldata::Bytes(bytes) => {
                form.data = encode_prefixed(&bytes.hex);
                let fields = bytes.fields.iter().map(|field| FieldForm {
                    key: next(),
                    name: field.name.clone().unwrap_or_default(),
                    offset: field.offset.to_string(),
                    width: field.width.to_string(),
                    value: Varying::of(&field.value, word),
                });
                form.fields = fields.collect();
            }
            Calldata::List(list) => {
                // One alone is what plain call data are.
                form.data = listed(&list.list);
                // The axis has no field.
                form.base.calldata = step.calldata.clone();
            }
            Calldata::Abi(call) => {
                form.function.clone_from(&call.function);
                if let Ok(function) = abis.function(call, step.program.as_deref()) {
                    form.args = ArgForm::of(&function, &call.args);
                }
                // Which interface is meant, and arguments that no function takes, stay as they are.
                form.base.calldata = Calldata::Abi(call.clone());
            }
        }
        form
    }

    /// A call of the contract without data.
    pub fn blank() -> Self {
        let mut keys = || 0;
        Self::of(&Step::default(), "", &Abis { main: "", own: Ok(None), others: BTreeMap::new() }, &mut keys)
    }

    /// Reads the step. `to` is the account that holds the program, where that has to be said.
    pub(super) fn read(
        &self,
        main: &str,
        to: Option<lanevm_core::Address>,
        abis: &Abis<'_>,
        reading: &mut Reading,
    ) -> Option<Step> {
        let at = |part: &str| format!("steps.{}.{part}", self.key);
        let from = reading.varying(&at("caller"), &self.caller, 160);
        let value = reading.varying(&at("value"), &self.value, 256);
        let gas = reading.varying(&at("gas"), &self.gas, 64);
        let (program, target) = match self.target {
            Target::Create => (None, Some(To::Create)),
            Target::Account => (self.base.program.clone(), reading.varying(&at("to"), &self.to, 160).map(To::Account)),
            Target::Contract => match to {
                Some(to) => (None, Some(To::Account(Vary::Fixed(to)))),
                None => (Some(self.base.program.clone().unwrap_or_else(|| main.to_owned())), Some(To::Unsaid)),
            },
        };
        let named = program.as_deref().or((self.target != Target::Create).then_some(main));
        let calldata =
            if self.function.trim().is_empty() { self.bytes(reading) } else { self.call(named, abis, reading) };
        Some(Step {
            program,
            to: target?,
            from: from?,
            value: value?,
            gas: gas?,
            calldata: calldata?,
            ..self.base.clone()
        })
    }

    fn call(&self, program: Option<&str>, abis: &Abis<'_>, reading: &mut Reading) -> Option<Calldata> {
        let at = |part: &str| format!("steps.{}.{part}", self.key);
        let known = match &self.base.calldata {
            Calldata::Abi(call) => call.abi.clone(),
            Calldata::Bytes(_) | Calldata::List(_) => None,
        };
        // Where the step's own program is not named, its interface is.
        let mut call = AbiCall { abi: known, function: self.function.trim().to_owned(), args: Vec::new() };
        let function = reading.take(&at("function"), abis.function(&call, program))?;
        let inputs = function.inputs.fields();
        let same = inputs.len() == self.args.len()
            && inputs.iter().zip(&self.args).all(|(param, arg)| param.ty.to_string() == arg.ty);
        if !same {
            let signature = function.signature();
            reading.wrong(at("function"), words::other_arguments(signature));
            return None;
        }
        let before = reading.errors();
        for (index, (param, arg)) in inputs.iter().zip(&self.args).enumerate() {
            let field = at(&format!("args.{index}"));
            let value = if arg.word {
                reading.argument(&field, &param.ty, &arg.value)
            } else {
                let read = serde_json::from_str(&arg.json)
                    .map_err(|error| words::no_json_of(error, &arg.ty, argument::empty(&param.ty)));
                reading.take(&field, read)
            };
            call.args.push(value.unwrap_or_default());
        }
        if program.is_none() && call.abi.is_none() || self.target == Target::Account && self.base.program.is_none() {
            call.abi =
                call.abi.or_else(|| abis.own().ok().flatten().is_some().then(|| Value::String(abis.main.into())));
        }
        (reading.errors() == before).then_some(Calldata::Abi(call))
    }

    fn bytes(&self, reading: &mut Reading) -> Option<Calldata> {
        if self.data.contains(',') {
            return self.list(reading);
        }
        let data = hexadecimal::parse(&self.data).map_err(|error| error.to_string()).and_then(|data| {
            if data.len() > MAX_CALL_DATA {
                return Err(words::too_much_data(data.len(), MAX_CALL_DATA));
            }
            Ok(data)
        });
        let data = reading.take(&format!("steps.{}.data", self.key), data);
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let at = |part: &str| format!("steps.{}.fields.{}.{part}", self.key, field.key);
            let width = number::parse_u64(&field.width).and_then(|width| {
                if (1..=32).contains(&width) { Ok(width as usize) } else { Err(words::FIELD_WIDTH.into()) }
            });
            let width = reading.take(&at("width"), width);
            let offset = number::parse_u64(&field.offset).and_then(|offset| {
                let end = offset.saturating_add(width.unwrap_or(1) as u64);
                match &data {
                    Some(data) if end > data.len() as u64 => Err(words::field_past_end(offset, end, data.len())),
                    _ => Ok(offset as usize),
                }
            });
            let offset = reading.take(&at("offset"), offset);
            let value = reading.varying(&at("value"), &field.value, width.map_or(256, |width| width * 8));
            let name = Some(field.name.trim().to_owned()).filter(|name| !name.is_empty());
            if let (Some(offset), Some(width), Some(value)) = (offset, width, value) {
                fields.push(Field { name, offset, width, value });
            }
        }
        Some(Calldata::Bytes(CallBytes { hex: data?.into(), fields }))
    }

    /// Call data in turn, with commas between them.
    fn list(&self, reading: &mut Reading) -> Option<Calldata> {
        let field = format!("steps.{}.data", self.key);
        if !self.fields.is_empty() {
            reading.wrong(field, words::PARTS_OVER_ONE);
            return None;
        }
        let one = |(place, text): (usize, &str)| {
            hexadecimal::parse(text.trim()).map(Into::into).map_err(|error| words::call_data_wrong(place + 1, error))
        };
        let list = self.data.split(',').enumerate().map(one).collect::<Result<Vec<_>, _>>();
        let axis = match &self.base.calldata {
            Calldata::List(list) => list.axis.clone(),
            _ => None,
        };
        Some(Calldata::List(CallList { list: reading.take(&field, list)?, axis }))
    }

    /// The field that a path below the step stands for.
    pub(super) fn field_of(&self, rest: &str) -> String {
        let at = |part: &str| format!("steps.{}.{part}", self.key);
        if let Some(rest) = rest.strip_prefix("calldata.fields[") {
            let (index, rest) = rest.split_once(']').unwrap_or((rest, ""));
            let row = index.parse().ok().and_then(|index: usize| self.fields.get(index));
            return row.map_or_else(
                || at("data"),
                |row| match rest.strip_prefix(".value") {
                    Some(rest) => part(rest, &row.value, &at(&format!("fields.{}.value", row.key))),
                    None => at(&format!("fields.{}.offset", row.key)),
                },
            );
        }
        if let Some(rest) = rest.strip_prefix("calldata.args[") {
            let (index, rest) = rest.split_once(']').unwrap_or((rest, ""));
            let name = at(&format!("args.{index}"));
            let arg = index.parse().ok().and_then(|index: usize| self.args.get(index));
            return arg.map_or_else(
                || at("function"),
                |arg| if arg.word { part(rest, &arg.value, &name) } else { name.clone() },
            );
        }
        for (word, name, value) in [
            ("from", "caller", &self.caller),
            ("value", "value", &self.value),
            ("gas", "gas", &self.gas),
            ("to", "to", &self.to),
        ] {
            if let Some(rest) = rest.strip_prefix(word) {
                return if name == "to" && self.target != Target::Account {
                    "to".into()
                } else {
                    part(rest, value, &at(name))
                };
            }
        }
        match rest {
            rest if rest.starts_with("program") => "to".into(),
            rest if rest.starts_with("calldata") && !self.function.trim().is_empty() => at("function"),
            _ => at("data"),
        }
    }
}

/// Call data as they are typed: with commas between them.
fn listed(list: &[Bytes]) -> String {
    list.iter().map(encode_prefixed).collect::<Vec<_>>().join(", ")
}

/// The part of a varying field that a path below it stands for.
pub(super) fn part(rest: &str, value: &Varying, name: &str) -> String {
    let part = match value.kind {
        Kind::Fixed => "fixed",
        Kind::Range if rest.contains("range[1]") => "to",
        Kind::Range if rest.contains("step") || rest.contains("count") => "amount",
        Kind::Range => "from",
        Kind::List | Kind::Pick => "list",
        Kind::Column => "column",
        Kind::Random if rest.contains("max") => "max",
        Kind::Random => "min",
    };
    format!("{name}.{part}")
}
