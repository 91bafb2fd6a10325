//! Reading a form: every field is read, and everything wrong is told at once. What only the whole document shows is
//! [`Document::prepare`]'s, and comes back by [`Form::field_of`].

use std::collections::{BTreeMap, BTreeSet};

use lanevm_core::{
    Address, Document, DocumentError, Fork, U256,
    batch::MAX_CALLS,
    document::{Account, CallBytes, Calldata, Field, ProgramEntry, Scalar, Spacing, Step, To, Variation, Vary},
    hexadecimal,
    template::Distribution,
};

use super::{By, FieldError, Form, Kind, Varying, number, writing};

/// Most bytes of call data a lane may have here.
const MAX_CALL_DATA: usize = 16 << 20;

/// What the page's own program is called in a document that names none.
const PROGRAM: &str = "main";

#[derive(Default)]
struct Reading {
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
        return Err(format!("more than {bits} bits; at most {} bytes fit here", bits / 8));
    }
    Ok(T::of_word(word))
}

impl Reading {
    fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
    }

    fn take<T>(&mut self, field: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.wrong(field, message)).ok()
    }

    /// Values of a list, of which the first that is wrong is told.
    fn list<T: Scalar>(&mut self, field: &str, list: &str, bits: usize) -> Vec<T> {
        let mut values = Vec::new();
        for text in list.split([',', ' ', '\n', '\t', ';']).filter(|text| !text.is_empty()) {
            match scalar(text, bits) {
                Ok(value) => values.push(value),
                Err(why) => {
                    self.wrong(field, format!("value {}: {why}", values.len() + 1));
                    return values;
                }
            }
        }
        if values.is_empty() {
            self.wrong(field, "the list is empty; write values separated by commas");
        }
        values
    }

    /// A value that varies. `bits` is what fits.
    fn varying<T: Scalar>(&mut self, field: &str, varying: &Varying, bits: usize) -> Option<Vary<T>> {
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
                        let step = number::parse(text).and_then(|step| {
                            if step.is_zero() { Err("a step of zero goes nowhere".into()) } else { Ok(step) }
                        });
                        self.take(&at("amount"), step).map(Spacing::Step)
                    }
                    (By::Count, text) => {
                        let count = number::parse_u64(text).and_then(|count| match usize::try_from(count) {
                            Ok(count) if (1..=MAX_CALLS).contains(&count) => Ok(count),
                            _ => Err(format!("a range has 1 to {MAX_CALLS} values")),
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
                    self.wrong(at("column"), "name the column");
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
                // What is left out is all that fits here.
                let max = max
                    .or_else(|| (bits < T::MAX.bit_len()).then(|| T::of_word((U256::from(1) << bits) - U256::from(1))));
                if let (Some(min), Some(max)) = (&min, &max)
                    && min.word() > max.word()
                {
                    self.wrong(at("min"), "the least value is over the greatest; swap them");
                }
                let dist = if varying.log { Distribution::LogUniform } else { Distribution::Uniform };
                Variation::Random { dist, min, max }
            }
        };
        let axis = Some(varying.axis.trim().to_owned()).filter(|axis| !axis.is_empty());
        (self.errors.len() == before).then_some(Vary::Varies { how, axis })
    }

    /// A scalar that the state or the block holds: one value, or a generator as a document writes it.
    fn held<T: Scalar>(&mut self, field: &str, text: &str) -> Option<Vary<T>> {
        let text = text.trim();
        if text.starts_with('{') {
            let read = serde_json::from_str(text)
                .map_err(|error| format!("this is no generator: {error}"))
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
        if let Err(error) = self.limit() {
            reading.errors.push(error);
        }
        document.filter(|_| reading.errors.is_empty()).ok_or(reading.errors)
    }

    /// The error with the name of the form's field that stands for its path.
    pub fn field_of(&self, error: &DocumentError) -> FieldError {
        let path = error.path.as_str();
        let message = format!("found {}; expected {}", error.found, error.expected);
        let part = |rest: &str, name: &str| {
            // A generator's parts stand at its own words.
            let known = ["list", "column", "min", "max"].into_iter().find(|part| rest.contains(part));
            format!("{name}.{}", known.unwrap_or(if rest.contains("range") { "from" } else { "fixed" }))
        };
        let field = if let Some(rest) = path.strip_prefix("steps[0].") {
            if let Some(rest) = rest.strip_prefix("calldata.fields[") {
                let (index, rest) = rest.split_once(']').unwrap_or((rest, ""));
                let row = index.parse().ok().and_then(|index: usize| self.fields.get(index));
                row.map_or_else(
                    || "data".into(),
                    |row| match rest.strip_prefix(".value") {
                        Some(rest) => part(rest, &format!("fields.{}.value", row.key)),
                        None => format!("fields.{}.offset", row.key),
                    },
                )
            } else if let Some(rest) = rest.strip_prefix("from") {
                part(rest, "caller")
            } else if let Some(rest) = rest.strip_prefix("value") {
                part(rest, "value")
            } else if let Some(rest) = rest.strip_prefix("gas") {
                part(rest, "gas")
            } else if rest.starts_with("to") || rest.starts_with("program") {
                "to".into()
            } else {
                "data".into()
            }
        } else {
            match path.split(['.', '[']).next().unwrap_or_default() {
                "lanes" | "axes" => "count".into(),
                "hardfork" => "fork".into(),
                "programs" => "code".into(),
                "block" if path.contains("timestamp") => "timestamp".into(),
                "block" => "number".into(),
                "seed" => "seed".into(),
                _ => "document".into(),
            }
        };
        let shown = if field == "document" { format!("{path}: {message}") } else { message };
        FieldError { field, message: shown }
    }
}

fn read(form: &Form, reading: &mut Reading) -> Option<Document> {
    let mut document = form.base.clone();
    let code = hexadecimal::parse(&form.code).map_err(|error| error.to_string());
    let code = reading.take("code", code);
    let to = reading.take("to", number::parse_address(&form.to));
    let fork = Fork::parse(&form.fork).ok_or_else(|| "no such fork; choose one of the list".to_owned());
    let fork = reading.take("fork", fork);
    let lanes = match form.count.trim() {
        "" if !document.axes.is_empty() => Some(None),
        text => {
            let count = number::parse_u64(text).and_then(|count| match usize::try_from(count) {
                Ok(0) => Err("at least one lane".into()),
                Ok(count) if count <= MAX_CALLS => Ok(Some(count)),
                _ => Err(format!("more than the {MAX_CALLS} calls that one batch can hold")),
            });
            reading.take("count", count)
        }
    };
    let seed = reading.take("seed", number::parse_u64(&form.seed));
    let number = reading.held("number", &form.number);
    let timestamp = reading.held("timestamp", &form.timestamp);
    let from = reading.varying("caller", &form.caller, 160);
    let value = reading.varying("value", &form.value, 256);
    let gas = reading.varying("gas", &form.gas, 64);
    let calldata = calldata(form, reading);
    let base = document.steps.first().cloned().unwrap_or_default();
    let name =
        base.program.clone().or_else(|| document.programs.keys().next().cloned()).unwrap_or_else(|| PROGRAM.into());
    let held = writing::target(&document, &base);
    let accounts = accounts(form, to?, &name, held, reading);
    let step = Step {
        program: Some(name.clone()),
        to: if document.level == lanevm_core::Level::Frame && base.to == To::Unsaid {
            To::Unsaid
        } else {
            base.to.clone()
        },
        from: from?,
        value: value?,
        gas: gas?,
        calldata: calldata?,
        transaction: base.transaction.clone(),
    };
    let step = match &step.to {
        To::Account(_) => Step { to: To::Account(Vary::Fixed(to?)), program: base.program, ..step },
        To::Create => Step { program: None, ..step },
        To::Unsaid => step,
    };
    match document.steps.first_mut() {
        Some(first) => *first = step,
        None => document.steps.push(step),
    }
    let entry = document.programs.entry(name);
    let changed = code?.into();
    entry
        .and_modify(|program| program.code = Clone::clone(&changed))
        .or_insert_with(|| ProgramEntry { code: Clone::clone(&changed), abi: None });
    document.hardfork = fork?;
    document.lanes = lanes?;
    document.seed = seed?;
    document.block.number = number?;
    document.block.timestamp = timestamp?;
    document.state.accounts = accounts?;
    Some(document)
}

fn calldata(form: &Form, reading: &mut Reading) -> Option<Calldata> {
    if let Some(Step { calldata: abi @ Calldata::Abi(_), .. }) = form.base.steps.first()
        && form.data.trim().is_empty()
    {
        return Some(abi.clone());
    }
    let data = hexadecimal::parse(&form.data).map_err(|error| error.to_string()).and_then(|data| {
        if data.len() > MAX_CALL_DATA {
            return Err(format!("{} bytes are more than the {MAX_CALL_DATA} accepted here", data.len()));
        }
        Ok(data)
    });
    let data = reading.take("data", data);
    let mut fields = Vec::with_capacity(form.fields.len());
    for field in &form.fields {
        let at = |part: &str| format!("fields.{}.{part}", field.key);
        let width = number::parse_u64(&field.width).and_then(|width| {
            if (1..=32).contains(&width) { Ok(width as usize) } else { Err("a field holds 1 to 32 bytes".into()) }
        });
        let width = reading.take(&at("width"), width);
        let offset = number::parse_u64(&field.offset).and_then(|offset| {
            let end = offset.saturating_add(width.unwrap_or(1) as u64);
            match &data {
                Some(data) if end > data.len() as u64 => Err(format!(
                    "from byte {offset} the field ends at byte {end}, past the {} bytes of call data; lengthen the call \
                     data or move it",
                    data.len()
                )),
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

/// The state's accounts. `held` is the account called as the base has it.
fn accounts(
    form: &Form,
    to: Address,
    program: &str,
    held: Option<Address>,
    reading: &mut Reading,
) -> Option<BTreeMap<Address, Account>> {
    let before = reading.errors.len();
    let mut accounts = BTreeMap::new();
    for account in &form.accounts {
        let at = |part: &str| format!("accounts.{}.{part}", account.key);
        let address = reading.take(&at("address"), number::parse_address(&account.address));
        let balance = reading.held(&at("balance"), &account.balance);
        let nonce = reading.held(&at("nonce"), &account.nonce);
        let (Some(address), Some(balance), Some(nonce)) = (address, balance, nonce) else { continue };
        let (code, named) = form
            .base
            .state
            .accounts
            .get(&address)
            .map(|known| (known.code.clone(), known.program.clone()))
            .unwrap_or_default();
        let program = named.filter(|_| Some(address) != held);
        let account = Account { balance, nonce, code, program, storage: BTreeMap::new() };
        if accounts.insert(address, account).is_some() {
            reading.wrong(at("address"), "this account stands above already; remove one of the two rows");
        }
    }
    let own: &mut Account = accounts.entry(to).or_default();
    own.program = Some(program.to_owned());
    own.code = Default::default();
    let mut seen = BTreeSet::new();
    for slot in &form.slots {
        let at = |part: &str| format!("slots.{}.{part}", slot.key);
        let address = match slot.address.trim() {
            "" => Some(to),
            text => reading.take(&at("address"), number::parse_address(text)),
        };
        let index = reading.take(&at("slot"), number::parse(&slot.slot));
        let value = reading.held(&at("value"), &slot.value);
        let (Some(address), Some(index), Some(value)) = (address, index, value) else { continue };
        if !seen.insert((address, index)) {
            reading.wrong(at("slot"), "this slot stands above already; remove one of the two rows");
        }
        accounts.entry(address).or_default().storage.insert(index, value);
    }
    (reading.errors.len() == before).then_some(accounts)
}
