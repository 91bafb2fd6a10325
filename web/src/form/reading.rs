//! Reading a form: every field is read, and everything wrong is told at once. What only the whole document shows is
//! [`Document::prepare`]'s, and comes back by [`Form::field_of`].

use std::collections::BTreeSet;

use lanevm_core::{
    Axis, Document, DocumentError, Fork,
    batch::MAX_CALLS,
    document::{ProgramEntry, Scalar, Spacing, Variation, Vary},
    template::Distribution,
};
use serde_json::{Map, Value};

use crate::words::form as words;

use super::{
    By, FieldError, Form, Kind, Target, Varying,
    calls::{Abis, part},
    number, program,
};

/// Where the page keeps assembly in a document, which itself has bytes only.
pub(super) const SOURCE: &str = "source";

#[derive(Default)]
pub(super) struct Reading {
    errors: Vec<FieldError>,
}

/// A scalar as people type it.
fn scalar<T: Scalar>(text: &str, bits: usize) -> Result<T, String> {
    let address = T::MAX.bit_len() == 160;
    let word = if address && text.trim().starts_with("0x") {
        number::parse_address(text)?.into_word().into()
    } else {
        number::parse(text)?
    };
    if word.bit_len() > bits.min(T::MAX.bit_len()) {
        let bits = bits.min(T::MAX.bit_len());
        return Err(words::over_bits(bits, bits / 8));
    }
    Ok(T::of_word(word))
}

impl Reading {
    /// How much is wrong so far.
    pub(super) const fn errors(&self) -> usize {
        self.errors.len()
    }

    pub(super) fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
    }

    pub(super) fn take<T>(&mut self, field: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.wrong(field, message)).ok()
    }

    /// Values of a list, of which the first that is wrong is told.
    fn list<T: Scalar>(&mut self, field: &str, list: &str, bits: usize) -> Vec<T> {
        let mut values = Vec::new();
        for text in list.split([',', ' ', '\n', '\t', ';']).filter(|text| !text.is_empty()) {
            match scalar(text, bits) {
                Ok(value) => values.push(value),
                Err(why) => {
                    self.wrong(field, words::value_wrong(values.len() + 1, why));
                    return values;
                }
            }
        }
        if values.is_empty() {
            self.wrong(field, words::LIST_EMPTY);
        }
        values
    }

    /// A value that varies. `bits` is what fits.
    pub(super) fn varying<T: Scalar>(&mut self, field: &str, varying: &Varying, bits: usize) -> Option<Vary<T>> {
        let before = self.errors.len();
        let at = |part: &str| format!("{field}.{part}");
        let how = match varying.kind {
            Kind::Fixed => return self.take(&at("fixed"), scalar(&varying.fixed, bits)).map(Vary::Fixed),
            Kind::Range => {
                let start = self.take(&at("from"), scalar(&varying.from, bits));
                let end = self.take(&at("to"), scalar(&varying.to, bits));
                let spacing = match (varying.by, varying.amount.trim()) {
                    (_, "") => Some(Spacing::Open),
                    (By::Step, text) => {
                        let step = number::parse(text)
                            .and_then(|step| if step.is_zero() { Err(words::STEP_OF_ZERO.into()) } else { Ok(step) });
                        self.take(&at("amount"), step).map(Spacing::Step)
                    }
                    (By::Count, text) => {
                        let count = number::parse_u64(text).and_then(|count| match usize::try_from(count) {
                            Ok(count) if (1..=MAX_CALLS).contains(&count) => Ok(count),
                            _ => Err(words::range_length(MAX_CALLS)),
                        });
                        self.take(&at("amount"), count).map(Spacing::Count)
                    }
                };
                Variation::Range { start: start?, end: end?, spacing: spacing? }
            }
            Kind::List => Variation::List(self.list(&at("list"), &varying.list, bits)),
            Kind::Pick => Variation::Pick(self.list(&at("list"), &varying.list, bits)),
            Kind::Column => {
                let column = varying.column.trim();
                if column.is_empty() {
                    self.wrong(at("column"), words::NAME_THE_COLUMN);
                }
                Variation::Column(column.to_owned())
            }
            Kind::Random => {
                let bound = |text: &str, reading: &mut Self, part: &str| match text.trim() {
                    "" => Some(None),
                    text => reading.take(&at(part), scalar::<T>(text, bits)).map(Some),
                };
                let min = bound(&varying.min, self, "min");
                let max = bound(&varying.max, self, "max");
                let (min, max) = (min?, max?);
                if let (Some(min), Some(max)) = (&min, &max)
                    && min.word() > max.word()
                {
                    self.wrong(at("min"), words::LEAST_OVER_GREATEST);
                }
                let dist = if varying.log { Distribution::LogUniform } else { Distribution::Uniform };
                Variation::Random { dist, min, max }
            }
        };
        let axis = Some(varying.axis.trim().to_owned()).filter(|axis| !axis.is_empty());
        (self.errors.len() == before).then_some(Vary::Varies { how, axis })
    }

    /// A scalar that the state or the block holds: one value, or a generator as a document writes it.
    pub(super) fn held<T: Scalar>(&mut self, field: &str, text: &str) -> Option<Vary<T>> {
        let text = text.trim();
        if text.starts_with('{') {
            let read = serde_json::from_str(text)
                .map_err(words::this_is_no_generator)
                .and_then(|value| Vary::read(&value).map_err(|error| error.to_string()));
            return self.take(field, read);
        }
        self.take(field, scalar(text, 256)).map(Vary::Fixed)
    }
}

impl Form {
    /// The document that the form stands for.
    ///
    /// # Errors
    /// Everything that is wrong, by field.
    pub fn document(&self) -> Result<Document, Vec<FieldError>> {
        let mut reading = Reading::default();
        let document = read(self, &mut reading);
        document.filter(|_| reading.errors.is_empty()).ok_or(reading.errors)
    }

    /// The fork chosen; the newest where it is none.
    pub fn fork(&self) -> Fork {
        Fork::parse(&self.fork).unwrap_or(Fork::LATEST)
    }

    /// The error with the name of the form's field that stands for its path.
    pub fn field_of(&self, error: &DocumentError) -> FieldError {
        let path = error.path.as_str();
        let message = words::found_expected(&error.found, &error.expected);
        let field = self.field_of_path(path).unwrap_or_else(|| "document".into());
        let shown = if field == "document" { format!("{path}: {message}") } else { message };
        FieldError { field, message: shown }
    }

    fn field_of_path(&self, path: &str) -> Option<String> {
        if let Some(rest) = path.strip_prefix("steps[") {
            let (index, rest) = rest.split_once(']')?;
            let step = self.steps.get(index.parse::<usize>().ok()?)?;
            return Some(step.field_of(rest.trim_start_matches('.')));
        }
        if let Some(rest) = path.strip_prefix("block.") {
            let block = &self.block;
            let fields = [
                ("number", "number", &block.number),
                ("timestamp", "timestamp", &block.timestamp),
                ("coinbase", "coinbase", &block.coinbase),
                ("gasLimit", "gas_limit", &block.gas_limit),
                ("baseFeePerGas", "base_fee", &block.base_fee),
                ("prevRandao", "prev_randao", &block.prev_randao),
            ];
            let known = fields.into_iter().find_map(|(word, name, value)| {
                rest.strip_prefix(word).map(|rest| part(rest, value, &format!("block.{name}")))
            });
            return Some(known.unwrap_or_else(|| "block.number.fixed".into()));
        }
        if let Some(rest) = path.strip_prefix("state.accounts") {
            return self.state.field_of(rest, number::parse_address(&self.to).ok());
        }
        if let Some(rest) = path.strip_prefix("axes[") {
            let row = rest.split(']').next()?.parse().ok().and_then(|index: usize| self.axes.get(index));
            return Some(row.map_or_else(|| "count".into(), |row| format!("axes.{}.length", row.key)));
        }
        Some(
            match path.split(['.', '[']).next().unwrap_or_default() {
                "lanes" | "axes" => "count",
                "hardfork" => "fork",
                "programs" if path.contains("abi") => "abi",
                "programs" => "code",
                "chainId" => return Some(part(path, &self.block.chain_id, "block.chain_id")),
                "seed" => "seed",
                "limits" => "max_steps",
                "columns" => "columns",
                _ => return None,
            }
            .into(),
        )
    }
}

fn read(form: &Form, reading: &mut Reading) -> Option<Document> {
    let mut document = form.base.clone();
    let fork = Fork::parse(&form.fork).ok_or_else(|| words::NO_SUCH_FORK.to_owned());
    let fork = reading.take("fork", fork);
    let source = program::read(&form.code, form.fork()).map_err(|why| why.message());
    let source = reading.take("code", source);
    let to = match form.to.trim() {
        "" => Some(None),
        text => reading.take("to", number::parse_address(text)).map(Some),
    };
    let lanes = match form.count.trim() {
        "" if !form.axes.is_empty() => Some(None),
        text => {
            let count = number::parse_u64(text).and_then(|count| match usize::try_from(count) {
                Ok(0) => Err(words::AT_LEAST_ONE_LANE.into()),
                Ok(count) if count <= MAX_CALLS => Ok(Some(count)),
                _ => Err(words::too_many_calls(MAX_CALLS)),
            });
            reading.take("count", count)
        }
    };
    let seed = reading.take("seed", number::parse_u64(&form.seed));
    let limit = reading.take("max_steps", form.limit());
    let abis = Abis::of(form);
    let abi = reading.take("abi", abis.own().map(|abi| abi.cloned()));
    let block = block(form, &mut document, reading);
    let axes = axes(form, reading);
    let mut programs: BTreeSet<String> = form.base.programs.keys().cloned().collect();
    programs.insert(form.name.clone());
    let accounts = to.and_then(|to| form.state.read(to, &form.name, &programs, reading));
    // One of several accounts with the program has to be named.
    let several = |accounts: &super::state::Accounts| {
        accounts.values().filter(|account| account.program.as_ref() == Some(&form.name)).count() > 1
    };
    let named = accounts.as_ref().filter(|accounts| several(accounts)).and(to.flatten());
    let steps: Vec<_> = form.steps.iter().map(|step| step.read(&form.name, named, &abis, reading)).collect::<Vec<_>>();
    let steps: Option<Vec<_>> = steps.into_iter().collect();
    let source = source?;
    let used = !source.bytes().is_empty()
        || to.flatten().is_some()
        || form.steps.iter().any(|step| step.target == Target::Contract);
    if used {
        let code = source.bytes().to_vec().into();
        document.programs.insert(form.name.clone(), ProgramEntry { code, abi: abi? });
    }
    keep_source(&mut document, matches!(source, program::Source::Assembly(..)).then_some(form.code.as_str()));
    block?;
    document.hardfork = fork?;
    document.level = form.level;
    document.mode = form.mode;
    document.state.absent = form.absent;
    document.lanes = lanes?;
    document.seed = seed?;
    document.limits.steps = limit?;
    document.axes = axes?;
    document.columns = super::Columns::clone(&form.columns);
    document.state.accounts = accounts?;
    document.steps = steps?;
    Some(document)
}

/// Keeps assembly beside the code that came of it.
fn keep_source(document: &mut Document, source: Option<&str>) {
    let mut fields = match document.ui.take() {
        Some(Value::Object(fields)) => fields,
        Some(other) => {
            document.ui = Some(other);
            return;
        }
        None => Map::new(),
    };
    match source {
        Some(source) => drop(fields.insert(SOURCE.into(), Value::String(source.into()))),
        None => drop(fields.remove(SOURCE)),
    }
    document.ui = (!fields.is_empty()).then_some(Value::Object(fields));
}

fn block(form: &Form, document: &mut Document, reading: &mut Reading) -> Option<()> {
    let at = |part: &str| format!("block.{part}");
    let number = reading.varying(&at("number"), &form.block.number, 256);
    let timestamp = reading.varying(&at("timestamp"), &form.block.timestamp, 256);
    let coinbase = reading.varying(&at("coinbase"), &form.block.coinbase, 160);
    let gas_limit = reading.varying(&at("gas_limit"), &form.block.gas_limit, 64);
    let base_fee = reading.varying(&at("base_fee"), &form.block.base_fee, 64);
    let prev_randao = reading.varying(&at("prev_randao"), &form.block.prev_randao, 256);
    let chain_id = reading.varying(&at("chain_id"), &form.block.chain_id, 64);
    let block = &mut document.block;
    block.number = number?;
    block.timestamp = timestamp?;
    block.coinbase = coinbase?;
    block.gas_limit = gas_limit?;
    block.base_fee_per_gas = base_fee?;
    block.prev_randao = prev_randao?;
    document.chain_id = chain_id?;
    Some(())
}

fn axes(form: &Form, reading: &mut Reading) -> Option<Vec<Axis>> {
    let mut axes = Vec::with_capacity(form.axes.len());
    for row in &form.axes {
        let name = row.name.trim();
        if name.is_empty() {
            reading.wrong(format!("axes.{}.name", row.key), words::AXIS_NEEDS_NAME);
        }
        let length = number::parse_u64(&row.length).and_then(|length| match usize::try_from(length) {
            Ok(length) if (1..=MAX_CALLS).contains(&length) => Ok(length),
            _ => Err(words::axis_length(MAX_CALLS)),
        });
        let length = reading.take(&format!("axes.{}.length", row.key), length);
        axes.push(length.map(|len| Axis { name: name.to_owned(), len }));
    }
    axes.into_iter().collect()
}
