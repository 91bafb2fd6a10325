//! Arguments of a function: typed text to JSON, as a document has it, and back. Which values a type has is core's to say.

use lanevm_core::{
    U256,
    abi::{Kind as TypeKind, Type},
    batch::MAX_CALLS,
};
use serde_json::{Map, Value, json};

use crate::words::form as words;

use super::{By, Kind, Varying, decimal, number, reading::Reading};

/// A value of one word as people type it.
pub(super) fn word(ty: &Type, text: &str) -> Result<Value, String> {
    let text = text.trim();
    let value = match ty.kind() {
        TypeKind::Uint(_) => Value::String(number::parse(text)?.to_string()),
        TypeKind::Int(_) => match text.strip_prefix(['-', '−']) {
            Some(rest) => Value::String(format!("-{}", number::parse(rest)?)),
            None => Value::String(number::parse(text)?.to_string()),
        },
        TypeKind::Bool => match text.to_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text.into()),
        },
        // Long digits are hex, as they must be; short ones and powers are numbers.
        _ if text.starts_with("0x") || text.is_empty() => Value::String(text.into()),
        _ => {
            number::parse(text).map_or_else(|_| Value::String(text.into()), |number| Value::String(number.to_string()))
        }
    };
    ty.number(&value).map_err(|cause| cause.to_string())?;
    Ok(value)
}

/// A value as text.
fn text(ty: &Type, value: &Value) -> String {
    match value {
        Value::String(text) if matches!(ty.kind(), TypeKind::Uint(_) | TypeKind::Int(_)) => {
            let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
            number::parse(digits).map_or_else(|_| text.clone(), |number| format!("{sign}{}", decimal(number)))
        }
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => other.to_string(),
    }
}

/// The least and the greatest value of a type, as people would write them.
fn ends(ty: &Type) -> (String, String) {
    lanevm_core::abi::Bounds::of(ty).map_or_else(
        || ("0".into(), "0".into()),
        |bounds| {
            let show = |value: U256| {
                if bounds.signed { bounds.show(value) } else { decimal(value) }
            };
            (show(bounds.min), show(bounds.max))
        },
    )
}

/// A word that does not vary yet.
pub(super) fn blank(ty: &Type) -> Varying {
    let fixed = match ty.kind() {
        TypeKind::Address => "0x0000000000000000000000000000000000000000".into(),
        TypeKind::Bool => "false".into(),
        TypeKind::FixedBytes(width) => format!("0x{}", "00".repeat(usize::from(*width))),
        TypeKind::Function => format!("0x{}", "00".repeat(24)),
        _ => "0".into(),
    };
    let to = if matches!(ty.kind(), TypeKind::Uint(_) | TypeKind::Int(_)) { "100".into() } else { ends(ty).1 };
    Varying { to, min: String::new(), max: String::new(), ..Varying::fixed(fixed) }
}

/// The value of a type that is no word, before anything is typed.
pub(super) fn empty(ty: &Type) -> String {
    match ty.kind() {
        TypeKind::String => "\"\"".into(),
        TypeKind::Bytes => "\"0x\"".into(),
        TypeKind::Array(_) => "[]".into(),
        TypeKind::FixedArray(element, len) => {
            let one = empty(element);
            format!("[{}]", vec![one.as_str(); (*len).min(100)].join(", "))
        }
        TypeKind::Tuple(_) => {
            let fields: Vec<String> = ty.fields().iter().map(|field| empty(&field.ty)).collect();
            format!("[{}]", fields.join(", "))
        }
        _ => serde_json::to_string(&blank(ty).fixed).unwrap_or_default(),
    }
}

/// An argument of one word, as a document has it.
pub(super) fn of(ty: &Type, value: &Value) -> Varying {
    generator(ty, value).unwrap_or_else(|| Varying { fixed: text(ty, value), ..blank(ty) })
}

fn generator(ty: &Type, value: &Value) -> Option<Varying> {
    let fields = value.as_object()?;
    let known = |names: &[&str]| fields.keys().all(|key| names.contains(&key.as_str()));
    let mut varying = blank(ty);
    varying.axis = fields.get("axis").and_then(Value::as_str).unwrap_or_default().to_owned();
    let listed = |values: &Value| -> Option<String> {
        let values: Vec<String> = values.as_array()?.iter().map(|value| text(ty, value)).collect();
        Some(values.join(", "))
    };
    if let Some(fixed) = fields.get("fixed").filter(|_| known(&["fixed"])) {
        varying.fixed = text(ty, fixed);
    } else if let Some([from, to]) = fields.get("range").and_then(Value::as_array).map(Vec::as_slice)
        && known(&["range", "step", "count", "axis"])
    {
        varying.kind = Kind::Range;
        (varying.from, varying.to) = (text(ty, from), text(ty, to));
        let amount = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (varying.by, varying.amount) = match (fields.get("step"), fields.get("count")) {
            (Some(step), None) => {
                let step = amount(step);
                (By::Step, number::parse(&step).map_or(step, decimal))
            }
            (None, Some(count)) => (By::Count, amount(count)),
            (None, None) => (By::Step, String::new()),
            (Some(_), Some(_)) => return None,
        };
    } else if let Some(list) = fields.get("list").filter(|_| known(&["list", "axis"])) {
        varying.kind = Kind::List;
        varying.list = listed(list)?;
    } else if let Some(column) = fields.get("column").filter(|_| known(&["column", "axis"])) {
        varying.kind = Kind::Column;
        varying.column = column.as_str()?.to_owned();
    } else if let Some(random) = fields.get("random").and_then(Value::as_object).filter(|_| known(&["random", "axis"]))
    {
        if let Some(values) = random.get("from") {
            varying.kind = Kind::Pick;
            varying.list = listed(values)?;
        } else {
            varying.kind = Kind::Random;
            varying.log = random.get("dist").and_then(Value::as_str) == Some("logUniform");
            let bound = |key: &str| random.get(key).map(|value| text(ty, value)).unwrap_or_default();
            (varying.min, varying.max) = (bound("min"), bound("max"));
        }
    } else {
        return None;
    }
    Some(varying)
}

impl Reading {
    /// An argument of one word.
    pub(super) fn argument(&mut self, field: &str, ty: &Type, varying: &Varying) -> Option<Value> {
        let at = |part: &str| format!("{field}.{part}");
        let mut made = Map::new();
        match varying.kind {
            // What the kinds do not say can be written as documents write it.
            Kind::Fixed if varying.fixed.trim_start().starts_with('{') => {
                let read = serde_json::from_str(&varying.fixed).map_err(words::this_is_no_generator);
                return self.take(&at("fixed"), read);
            }
            Kind::Fixed => return self.take(&at("fixed"), word(ty, &varying.fixed)),
            Kind::Range => {
                let from = self.take(&at("from"), word(ty, &varying.from));
                let to = self.take(&at("to"), word(ty, &varying.to));
                let amount = varying.amount.trim();
                let amount = match varying.by {
                    _ if amount.is_empty() => Some(None),
                    By::Step => {
                        let step = number::parse(amount)
                            .and_then(|step| if step.is_zero() { Err(words::STEP_OF_ZERO.into()) } else { Ok(step) });
                        self.take(&at("amount"), step).map(|step| Some(("step", json!(step.to_string()))))
                    }
                    By::Count => {
                        let count = number::parse_u64(amount).and_then(|count| {
                            let fits = (1..=MAX_CALLS as u64).contains(&count);
                            if fits { Ok(count) } else { Err(words::range_length(MAX_CALLS)) }
                        });
                        self.take(&at("amount"), count).map(|count| Some(("count", json!(count))))
                    }
                };
                made.insert("range".into(), json!([from?, to?]));
                if let Some((key, value)) = amount? {
                    made.insert(key.into(), value);
                }
            }
            Kind::List | Kind::Pick => {
                let mut values = Vec::new();
                for text in varying.list.split([',', ' ', '\n', '\t', ';']).filter(|text| !text.is_empty()) {
                    match word(ty, text) {
                        Ok(value) => values.push(value),
                        Err(why) => {
                            self.wrong(at("list"), words::value_wrong(values.len() + 1, why));
                            return None;
                        }
                    }
                }
                if values.is_empty() {
                    self.wrong(at("list"), words::LIST_EMPTY);
                    return None;
                }
                if varying.kind == Kind::List {
                    made.insert("list".into(), Value::Array(values));
                } else {
                    made.insert("random".into(), json!({ "from": values }));
                }
            }
            Kind::Column => {
                let column = varying.column.trim();
                if column.is_empty() {
                    self.wrong(at("column"), words::NAME_THE_COLUMN);
                    return None;
                }
                made.insert("column".into(), json!(column));
            }
            Kind::Random => {
                let mut random = Map::new();
                if varying.log {
                    random.insert("dist".into(), json!("logUniform"));
                }
                for (key, typed) in [("min", &varying.min), ("max", &varying.max)] {
                    if !typed.trim().is_empty() {
                        random.insert(key.into(), self.take(&at(key), word(ty, typed))?);
                    }
                }
                made.insert("random".into(), Value::Object(random));
            }
        }
        let axis = varying.axis.trim();
        if !axis.is_empty() {
            made.insert("axis".into(), json!(axis));
        }
        Some(Value::Object(made))
    }
}
