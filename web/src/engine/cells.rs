//! Values of lanes as people read them. A contract's own text is cut and made harmless here, before any of it is sent.

use std::fmt::Write;

use lanevm_core::{
    U256,
    abi::{Field, Value as AbiValue},
    alloy_primitives::hex::encode_prefixed,
    query::{Int, Kind, Value},
};

use crate::form::decimal;

/// Most characters of a contract's text that are shown.
const TEXT: usize = 200;

/// Most bytes of a cell that are shown.
const BYTES: usize = 32;

/// Most values of a result or an event that are listed.
const VALUES: usize = 100;

/// Text that a contract or a file chose: at most 200 characters, with control characters and those that change the direction
/// of writing as escapes.
pub(super) fn printable(text: &str) -> String {
    let mut out = String::new();
    for (at, character) in text.chars().enumerate() {
        if at == TEXT {
            out.push('…');
            break;
        }
        let turns = matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        );
        if turns || character.is_control() {
            // Writing to a string does not fail.
            let _ = write!(out, "{}", character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// A value in a cell; `None` where the lane has none.
pub(super) fn cell(value: Value<'_>, kind: Kind) -> Option<String> {
    Some(match value {
        Value::Absent => return None,
        Value::Word(word) => decimal(word),
        // Counts stand as they are; what is computed can be long.
        Value::Number(small) if small.unsigned_abs() < 1_000_000_000 => small.to_string(),
        Value::Number(_) | Value::Signed(_) => number(Int::of(value)?),
        Value::Bool(value) => value.to_string(),
        Value::Text(text) => printable(text),
        Value::Code(code) => match kind {
            Kind::Codes(words) => {
                let single = words.iter().find(|word| word.codes == 1 << (code & 127));
                single.map_or_else(|| code.to_string(), |word| word.name.replace('_', " "))
            }
            _ => code.to_string(),
        },
        Value::Bytes(_) | Value::Short(..) => {
            let bytes = value.as_bytes()?;
            let cut = if bytes.len() > BYTES { "…" } else { "" };
            format!("{}{cut}", encode_prefixed(&bytes[..bytes.len().min(BYTES)]))
        }
    })
}

/// A value as a literal of the filter language; `None` where it has none.
pub(super) fn literal(value: Value<'_>) -> Option<String> {
    Some(match value {
        Value::Text(text) if text.len() <= 1024 => {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
            format!("\"{escaped}\"")
        }
        Value::Bool(value) => value.to_string(),
        Value::Bytes(_) | Value::Short(..) => encode_prefixed(value.as_bytes().filter(|bytes| bytes.len() <= 1024)?),
        Value::Absent | Value::Text(_) | Value::Code(_) => return None,
        number => Int::of(number)?.to_string(),
    })
}

fn said(value: &AbiValue) -> String {
    match value {
        AbiValue::Uint(word) => decimal(*word),
        AbiValue::Text(text) => format!("“{}”", printable(text)),
        other => match other.to_json() {
            serde_json::Value::String(text) => printable(&text),
            json => printable(&json.to_string()),
        },
    }
}

/// Names and values of a call, a result or an event.
pub(super) fn fields(fields: &[Field]) -> Vec<(String, String)> {
    let name = |at: usize, name: &str| if name.is_empty() { format!("[{at}]") } else { printable(name) };
    let each = fields.iter().take(VALUES).enumerate();
    each.map(|(at, field)| (name(at, &field.name), said(&field.value))).collect()
}

/// A number for people.
pub(super) fn number(value: Int) -> String {
    let negative = value < Int::ZERO;
    let magnitude = if negative { value.negated() } else { value };
    match magnitude.to_string().parse::<U256>() {
        Ok(word) => format!("{}{}", if negative { "-" } else { "" }, decimal(word)),
        Err(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_harmless() {
        assert_eq!(printable("a\u{202e}b\nc"), "a\\u{202e}b\\u{a}c");
        assert_eq!(printable(&"x".repeat(10_000)).chars().count(), TEXT + 1);
        assert_eq!(printable("<b>ä漢"), "<b>ä漢");
    }

    #[test]
    fn negative_numbers_are_as_short_as_others() {
        let long = Value::Number(-1_500_000_000_000_000_000);
        assert_eq!(cell(long, Kind::Number).as_deref(), Some("-1.5e18"));
        assert_eq!(cell(Value::Number(-7), Kind::Number).as_deref(), Some("-7"));
        assert_eq!(cell(Value::Signed(U256::MAX), Kind::Number).as_deref(), Some("-1"));
    }

    #[test]
    fn literals_are_read_back() {
        assert_eq!(literal(Value::Text("a\"b\\")).as_deref(), Some("\"a\\\"b\\\\\""));
        assert_eq!(literal(Value::Signed(U256::MAX)).as_deref(), Some("-1"));
        assert_eq!(literal(Value::Bytes(&[1, 2])).as_deref(), Some("0x0102"));
    }
}
