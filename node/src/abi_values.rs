//! ABI values as the front takes them: JSON in which an integer that JavaScript holds as a bigint is an object. What data mean
//! is `lanevm_core::abi`'s.

use lanevm_core::abi::{Field, Kind, Param, Type, Value};
use serde_json::{Value as Json, json};

/// Most bits of an integer that is a number and no bigint, as viem has it.
const NUMBER_BITS: u16 = 48;

/// What a function returned: nothing, its one value, or all of them in order.
pub(crate) fn returned(fields: &[Field], params: &[Param]) -> Json {
    let mut values = fields.iter().zip(params).map(|(field, param)| value(&field.value, &param.ty));
    match values.len() {
        0 => Json::Null,
        1 => values.next().unwrap_or_default(),
        _ => values.collect(),
    }
}

/// A value: integers of more than 48 bits are `{"": "decimal"}`, so that no tuple is taken for one.
fn value(of: &Value, ty: &Type) -> Json {
    match (of, ty.kind()) {
        (Value::Uint(_) | Value::Int(_), Kind::Uint(bits) | Kind::Int(bits)) => {
            let text = of.to_json();
            let small = text.as_str().filter(|_| *bits <= NUMBER_BITS).and_then(|text| text.parse::<i64>().ok());
            small.map_or_else(|| json!({ "": text }), Json::from)
        }
        (Value::Array(items), Kind::Array(of) | Kind::FixedArray(of, _)) => {
            items.iter().map(|item| value(item, of)).collect()
        }
        (Value::Tuple(fields), Kind::Tuple(params)) => {
            let mut values = fields.iter().zip(params.iter()).map(|(field, param)| value(&field.value, &param.ty));
            match of.to_json() {
                Json::Object(_) => {
                    Json::Object(params.iter().map(|param| param.name.to_string()).zip(values).collect())
                }
                _ => values.by_ref().collect(),
            }
        }
        (other, _) => other.to_json(),
    }
}
