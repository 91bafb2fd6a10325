//! Exports: what a file holds of each kind of value, read back by rules of its own.

use lanevm_core::{
    U256,
    export::{Export, Field, Form, Format},
    query::{Column, Columns, Kind, STATUS_WORDS, Value},
};
use proptest::prelude::*;

struct Lanes {
    texts: Vec<String>,
}

impl Columns for Lanes {
    fn find(&mut self, _: &lanevm_core::query::Field) -> Option<Column> {
        None
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        match (column, row % 3) {
            (0, _) => Value::Number(row as i128),
            (1, 0) => Value::Code(2),
            (1, 1) => Value::Code(67),
            (1, _) => Value::Code(16),
            (2, 0) => Value::Signed(U256::MAX),
            (2, 1) => Value::Word(U256::MAX),
            (3, 0) => Value::Bytes(&[0xab, 0]),
            (4, 1) => Value::Bool(true),
            (5, _) => Value::Text(&self.texts[row]),
            _ => Value::Absent,
        }
    }
}

fn fields() -> Vec<Field> {
    let field = |name: &str, id, kind, form| Field { name: name.into(), column: Column { id, kind }, form };
    vec![
        field("lane", 0, Kind::Number, Form::Count),
        field("status", 1, Kind::Codes(&STATUS_WORDS), Form::Code),
        field("delta", 2, Kind::Number, Form::Integer),
        field("word", 2, Kind::Number, Form::Word),
        field("ret", 3, Kind::Bytes, Form::Plain),
        field("ok", 4, Kind::Bool, Form::Plain),
        field("reason, in words", 5, Kind::Text, Form::Plain),
    ]
}

#[test]
fn both_formats() {
    let texts = ["plain", "=1+1", "a \"b\", c\r\nd", "-5", "@x", "\tx", " padded", "", "\u{202e}abc"];
    let lanes = Lanes { texts: texts.map(String::from).to_vec() };
    let write = |format| {
        let mut export = Export::new(format, fields());
        let mut out = String::new();
        // In chunks.
        for row in 0..texts.len() as u32 {
            export.write(&lanes, [row], &mut out);
        }
        let mut whole = String::new();
        Export::new(format, fields()).write(&lanes, 0..texts.len() as u32, &mut whole);
        assert_eq!(out, whole);
        out
    };
    let ndjson = write(Format::Ndjson);
    insta::assert_snapshot!(format!("{}\n{ndjson}", write(Format::Csv).replace('\r', "<CR>")));
    for (line, text) in ndjson.lines().zip(texts) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["reason, in words"], text);
    }
    let mut empty = String::new();
    Export::new(Format::Csv, fields()).write(&lanes, [], &mut empty);
    assert_eq!(empty, "lane,status,delta,word,ret,ok,\"reason, in words\"\r\n");
}

/// Cells of a CSV text by RFC 4180.
fn read(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && characters.next_if_eq(&'\n').is_some() => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}

proptest! {
    #[test]
    fn text_comes_back_and_is_no_formula(text in "(?s).{0,20}", sign in "[-=+@\t]{0,1}") {
        let text = sign + &text;
        let lanes = Lanes { texts: vec![text.clone()] };
        let mut out = String::new();
        Export::new(Format::Csv, fields()).write(&lanes, [0], &mut out);
        let rows = read(&out);
        prop_assert_eq!(rows.len(), 2);
        prop_assert_eq!(rows[1].len(), 7);
        let cell = &rows[1][6];
        prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
        let guarded = format!("'{text}");
        prop_assert!(*cell == text || *cell == guarded);
        let mut out = String::new();
        Export::new(Format::Ndjson, fields()).write(&lanes, [0], &mut out);
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        prop_assert_eq!(value["reason, in words"].as_str().unwrap(), text);
    }
}
