//! Reading a form: every field is read, and everything wrong is told at once. It expands no calls.

use std::collections::btree_map::Entry;

use lanevm_core::{
    Absent, Account, Address, Batch, BlockEnv, Calls, Column, DataField, Fork, ForkColumn, Generator, Level, Limits,
    Program, Template, U256, World, batch::MAX_CALLS, hexadecimal,
};

use super::{FieldError, Form, Kind, Varying, number};

/// Most bytes of call data a lane may have here.
const MAX_CALL_DATA: usize = 16 << 20;

#[derive(Default)]
struct Reading {
    errors: Vec<FieldError>,
}

impl Reading {
    fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
    }

    fn take<T: Default>(&mut self, field: &str, read: Result<T, String>) -> T {
        read.unwrap_or_else(|message| {
            self.wrong(field, message);
            T::default()
        })
    }

    /// A value that varies. `bits` is what fits.
    fn varying(&mut self, field: &str, varying: &Varying, bits: usize) -> Generator {
        let word = |part: &str, text: &str, reading: &mut Self| {
            let read = number::parse(text).and_then(|value| {
                if value.bit_len() > bits {
                    return Err(format!("more than {bits} bits; at most {} bytes fit here", bits / 8));
                }
                Ok(value)
            });
            reading.take(&format!("{field}.{part}"), read)
        };
        match varying.kind {
            Kind::Fixed => Generator::Fixed(word("fixed", &varying.fixed, self)),
            Kind::Range => {
                let from = word("from", &varying.from, self);
                // A negative step counts down: values are modulo 2^256.
                let step = varying.step.trim();
                let step = match step.strip_prefix('-') {
                    Some(step) => number::parse(step).map(|step| U256::ZERO.wrapping_sub(step)),
                    None => number::parse(step),
                };
                Generator::Range { from, step: self.take(&format!("{field}.step"), step) }
            }
            Kind::List => {
                let mut values = Vec::new();
                for text in varying.list.split([',', ' ', '\n', '\t', ';']).filter(|text| !text.is_empty()) {
                    let before = self.errors.len();
                    values.push(word("list", text, self));
                    if self.errors.len() > before {
                        let place = values.len();
                        if let Some(error) = self.errors.last_mut() {
                            error.message = format!("value {place}: {}", error.message);
                        }
                        break;
                    }
                }
                if values.is_empty() {
                    self.wrong(format!("{field}.list"), "the list is empty; write values separated by commas");
                }
                Generator::List(values)
            }
            Kind::Random => {
                let (min, max) = (word("min", &varying.min, self), word("max", &varying.max, self));
                if min > max {
                    self.wrong(format!("{field}.min"), "the least value is over the greatest; swap them");
                }
                Generator::uniform(min, max)
            }
        }
    }
}

/// The batch without its calls' values, and the template of those.
pub(super) fn read(form: &Form) -> Result<(Batch, Template), Vec<FieldError>> {
    let mut reading = Reading::default();
    let code = Program::from_hex(&form.code);
    let code = code.map_err(|error| error.to_string());
    let code = reading.take("code", code.map(Some));
    let to = reading.take("to", number::parse_address(&form.to));
    let fork = Fork::parse(&form.fork).unwrap_or_else(|| {
        reading.wrong("fork", "no such fork; choose one of the list");
        Fork::LATEST
    });
    let count = number::parse_u64(&form.count).and_then(|count| match usize::try_from(count) {
        Ok(count) if count <= MAX_CALLS => Ok(count),
        _ => Err(format!("more than the {MAX_CALLS} calls that one batch can hold")),
    });
    let data = hexadecimal::parse(&form.data).map_err(|error| error.to_string()).and_then(|data| {
        if data.len() > MAX_CALL_DATA {
            return Err(format!("{} bytes are more than the {MAX_CALL_DATA} accepted here", data.len()));
        }
        Ok(data)
    });
    let data_is_read = data.is_ok();
    let mut template = Template {
        count: reading.take("count", count),
        seed: reading.take("seed", number::parse_u64(&form.seed)),
        caller: reading.varying("caller", &form.caller, 160),
        value: reading.varying("value", &form.value, 256),
        gas: reading.varying("gas", &form.gas, 64),
        data: reading.take("data", data),
        ..Template::default()
    };
    for field in &form.fields {
        let at = |part: &str| format!("fields.{}.{part}", field.key);
        let width = number::parse_u64(&field.width).and_then(|width| {
            if (1..=32).contains(&width) { Ok(width as usize) } else { Err("a field holds 1 to 32 bytes".into()) }
        });
        let width_is_read = width.is_ok();
        let width = reading.take(&at("width"), width);
        let offset = number::parse_u64(&field.offset).and_then(|offset| {
            let end = offset.saturating_add(width as u64);
            if data_is_read && width_is_read && end > template.data.len() as u64 {
                return Err(format!(
                    "from byte {offset} the field ends at byte {end}, past the {} bytes of call data; lengthen the call \
                     data or move it",
                    template.data.len()
                ));
            }
            Ok(offset as usize)
        });
        let offset = reading.take(&at("offset"), offset);
        let generator = reading.varying(&at("value"), &field.value, if width == 0 { 256 } else { width * 8 });
        template.fields.push(DataField { name: field.name.clone(), offset, width, generator });
    }
    let max_steps = match form.max_steps.trim() {
        "" => None,
        text => Some(reading.take("max_steps", number::parse_u64(text))),
    };
    let block = BlockEnv {
        number: reading.take("number", number::parse(&form.number)),
        timestamp: reading.take("timestamp", number::parse(&form.timestamp)),
        ..BlockEnv::default()
    };
    let world = accounts(form, to, &mut reading);
    if !reading.errors.is_empty() {
        return Err(reading.errors);
    }
    let batch = Batch {
        programs: code.into_iter().collect(),
        worlds: vec![world],
        blocks: vec![block],
        calls: Calls {
            to: Column::All(Some(to)),
            fork: Column::All(ForkColumn(fork)),
            level: Column::All(Level::Frame),
            ..Calls::default()
        },
        limits: Limits { max_steps },
        ..Batch::default()
    };
    Ok((batch, template))
}

fn accounts(form: &Form, to: Address, reading: &mut Reading) -> World {
    let mut world = World { absent: Absent::Empty, ..World::default() };
    for account in &form.accounts {
        let at = |part: &str| format!("accounts.{}.{part}", account.key);
        let address = reading.take(&at("address"), number::parse_address(&account.address).map(Some));
        let held = Account {
            balance: reading.take(&at("balance"), number::parse(&account.balance)),
            nonce: reading.take(&at("nonce"), number::parse_u64(&account.nonce)),
            ..Account::default()
        };
        if let Some(address) = address
            && world.accounts.insert(address, held).is_some()
        {
            reading.wrong(at("address"), "this account stands above already; remove one of the two rows");
        }
    }
    world.accounts.entry(to).or_default().code = Some(0);
    for slot in &form.slots {
        let at = |part: &str| format!("slots.{}.{part}", slot.key);
        let address = match slot.address.trim() {
            "" => Some(to),
            text => reading.take(&at("address"), number::parse_address(text).map(Some)),
        };
        let index = reading.take(&at("slot"), number::parse(&slot.slot).map(Some));
        let value = reading.take(&at("value"), number::parse(&slot.value));
        let (Some(address), Some(index)) = (address, index) else { continue };
        let storage = &mut world.accounts.entry(address).or_default().storage;
        match storage.entry(index) {
            Entry::Occupied(_) => {
                reading.wrong(at("slot"), "this slot stands above already; remove one of the two rows")
            }
            // A zero in a whole world is the same as no slot.
            Entry::Vacant(_) if value.is_zero() => {}
            Entry::Vacant(free) => {
                free.insert(value);
            }
        }
    }
    world
}
