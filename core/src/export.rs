//! Lanes as CSV or NDJSON, by one list of columns and in chunks: what is written of a lane, and how. Which columns lanes have
//! is `query::Columns`'.

use std::fmt::Write;

use crate::query::{Column, Columns, Int, Kind, Value};

/// How a column's values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A count that is a number in NDJSON too: lane, gas used. Counts over 2^53 need a reader of 64-bit integers.
    Count,
    /// A decoded integer: decimal digits, in NDJSON as a text.
    Integer,
    /// A number as a word of 32 bytes: `0x` and 64 hex digits; negative ones as two's complement.
    Word,
    /// Bytes as `0x` and hex digits; text as it is; true and false as such.
    Plain,
    /// A code as its word: the first of the column's words that means this code alone.
    Code,
}

/// A column of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, in the first line or as a key.
    pub name: String,
    /// The column.
    pub column: Column,
    /// How it is written.
    pub form: Form,
}

/// What a column's values are, for formats that have types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An unsigned integer of 64 bits.
    Count,
    /// An integer of at most 256 bits and a sign, as decimal digits.
    Integer,
    /// Bytes as `0x` and hex digits.
    Hex,
    /// Text.
    Text,
    /// One of a few words.
    Word,
    /// True or false.
    Bool,
}

impl Field {
    /// The type of the column's values, each of which may be absent.
    pub const fn ty(&self) -> Type {
        match (self.column.kind, self.form) {
            (Kind::Number, Form::Count) => Type::Count,
            (Kind::Number, Form::Word) | (Kind::Bytes, _) => Type::Hex,
            (Kind::Number, _) => Type::Integer,
            (Kind::Bool, _) => Type::Bool,
            (Kind::Text, _) => Type::Text,
            (Kind::Codes(_), _) => Type::Word,
        }
    }

    /// Appends a value as files have it, without quotes or guards; whether there is one.
    pub fn text(&self, value: Value<'_>, out: &mut String) -> bool {
        !matches!(write_value(self, value, out), Written::Absent)
    }
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180: lines end with CR LF, a first line of names, absent values are empty. Text that a spreadsheet would take for
    /// a formula begins with an apostrophe.
    Csv,
    /// A JSON object a line; absent values are null.
    Ndjson,
}

/// Writes lanes.
#[derive(Clone, Debug)]
pub struct Export {
    format: Format,
    fields: Vec<Field>,
    begun: bool,
}

impl Export {
    /// An export of these columns.
    pub const fn new(format: Format, fields: Vec<Field>) -> Self {
        Self { format, fields, begun: false }
    }

    /// Appends some rows: call it with chunk after chunk. The first call writes the first line, and so does one without rows.
    pub fn write<C: Columns + ?Sized>(&mut self, columns: &C, rows: impl IntoIterator<Item = u32>, out: &mut String) {
        if !std::mem::replace(&mut self.begun, true) && self.format == Format::Csv {
            for (index, field) in self.fields.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                cell(&field.name, out);
            }
            out.push_str("\r\n");
        }
        let mut value = String::new();
        for row in rows {
            if self.format == Format::Ndjson {
                out.push('{');
            }
            for (index, field) in self.fields.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                value.clear();
                let written = write_value(field, columns.value(row as usize, field.column.id), &mut value);
                match self.format {
                    Format::Csv => match written {
                        Written::Text => cell(&value, out),
                        Written::Bare | Written::Quoted => out.push_str(&value),
                        Written::Absent => {}
                    },
                    Format::Ndjson => {
                        json_text(&field.name, out);
                        out.push(':');
                        match written {
                            Written::Text | Written::Quoted => json_text(&value, out),
                            Written::Bare => out.push_str(&value),
                            Written::Absent => out.push_str("null"),
                        }
                    }
                }
            }
            out.push_str(if self.format == Format::Csv { "\r\n" } else { "}\n" });
        }
    }
}

/// What was written of a value.
enum Written {
    /// Nothing.
    Absent,
    /// What JSON writes without quotes.
    Bare,
    /// Digits and letters of ours, which CSV need not guard.
    Quoted,
    /// Text that may be anything.
    Text,
}

fn write_value(field: &Field, value: Value<'_>, out: &mut String) -> Written {
    // Writing to a string does not fail.
    match (value, field.form) {
        (Value::Absent, _) => return Written::Absent,
        (Value::Bytes(_) | Value::Short(..), _) => {
            out.push_str("0x");
            out.push_str(&hex::encode(value.as_bytes().unwrap_or_default()));
            return Written::Quoted;
        }
        (Value::Text(text), _) => {
            out.push_str(text);
            return Written::Text;
        }
        (Value::Bool(value), _) => {
            out.push_str(if value { "true" } else { "false" });
            return Written::Bare;
        }
        (Value::Code(code), _) => {
            let Kind::Codes(words) = field.column.kind else { return Written::Absent };
            // A word of this code alone says more than one of its class.
            let single = words.iter().find(|word| word.codes == 1u128 << (code & 127));
            let word = single.or_else(|| words.iter().find(|word| word.codes >> (code & 127) & 1 == 1));
            let Some(word) = word else { return Written::Absent };
            out.push_str(word.name);
            return Written::Quoted;
        }
        (Value::Word(word) | Value::Signed(word), Form::Word) => {
            let _ = write!(out, "{word:#066x}");
            return Written::Quoted;
        }
        (Value::Number(small), Form::Word) => {
            let word = alloy_primitives::U256::from(small.unsigned_abs());
            let _ = write!(out, "{:#066x}", if small < 0 { word.wrapping_neg() } else { word });
            return Written::Quoted;
        }
        _ => {}
    }
    let Some(number) = Int::of(value) else { return Written::Absent };
    let _ = write!(out, "{number}");
    if field.form == Form::Count { Written::Bare } else { Written::Quoted }
}

/// A cell of text: quoted where RFC 4180 asks for it, and guarded where a spreadsheet would take it for a formula.
fn cell(text: &str, out: &mut String) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if !formula && !text.contains([',', '"', '\r', '\n', '\'']) && text.trim() == text {
        return out.push_str(text);
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    for character in text.chars() {
        if character == '"' {
            out.push('"');
        }
        out.push(character);
    }
    out.push('"');
}

/// A JSON text.
fn json_text(text: &str, out: &mut String) {
    // A string can always be written as JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
