//! Patterns: what stands where, and that laying a number there is what encoding it is.

use alloy_primitives::{I256, U256};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{args, function};
use crate::abi::{Bounds, Value};

/// The pattern's bytes with numbers laid over them, as a device does.
fn laid(pattern: &crate::abi::CallPattern, numbers: &[U256]) -> Vec<u8> {
    let mut data = pattern.data.clone();
    for (place, number) in pattern.places.iter().zip(numbers) {
        let bytes = number.to_be_bytes::<32>();
        data[place.offset..place.offset + place.width].copy_from_slice(&bytes[32 - place.width..]);
    }
    data
}

#[test]
fn words_that_vary_have_places() {
    let f = function(
        "f(address to, uint96[] amounts, (bytes4 tag, (bool yes, int16 delta) inner, bytes raw)[] list, function back)",
    );
    let hole = |name: &str| json!({ "column": name });
    let given = args(json!([
        hole("to"),
        [1, hole("amount"), 3],
        [
            {"tag": hole("tag"), "inner": [hole("yes"), -1], "raw": "0x010203"},
            {"tag": "0x01020304", "inner": {"delta": hole("delta"), "yes": true}, "raw": "0x"}
        ],
        hole("back"),
    ]));
    let pattern = f.pattern(&given).unwrap();
    let places: Vec<_> = pattern.places.iter().map(|place| (place.path.as_str(), place.width)).collect();
    assert_eq!(
        places,
        [
            ("args[0]", 32),
            ("args[1][1]", 32),
            ("args[2][0].tag", 4),
            ("args[2][0].inner[0]", 32),
            ("args[2][1].inner.delta", 32),
            ("args[3]", 24),
        ]
    );
    assert!(pattern.whole.is_empty());
    assert!(pattern.places.iter().all(|place| place.json.get("column").is_some()));
    let numbers = [
        U256::from(0xaa),
        U256::from(7),
        U256::from(0xdead_beef_u64),
        U256::from(1),
        U256::MAX - U256::from(4),
        U256::from(9),
    ];
    let plain = args(json!([
        format!("0x{:0>40}", "aa"),
        [1, 7, 3],
        [
            {"tag": "0xdeadbeef", "inner": [true, -1], "raw": "0x010203"},
            {"tag": "0x01020304", "inner": {"delta": -5, "yes": true}, "raw": "0x"}
        ],
        format!("0x{:0>48}", "9"),
    ]));
    assert_eq!(laid(&pattern, &numbers), f.encode(&plain).unwrap());
    // Filled one by one on the host, the same comes out.
    let mut next = numbers.iter();
    let filled = f.encode_filled(&given, |hole| Ok(Value::from_number(hole.ty, *next.next().unwrap()).unwrap()));
    assert_eq!(filled.unwrap(), f.encode(&plain).unwrap());
}

#[test]
fn what_is_no_word_varies_as_a_whole() {
    let f = function("f(string,uint256,uint8[2],bytes[])");
    let hole = json!({"list": []});
    let given = [hole.clone(), hole.clone(), hole.clone(), json!(["0x01", hole])];
    let pattern = f.pattern(&given).unwrap();
    let whole: Vec<_> = pattern.whole.iter().map(|whole| (whole.path.as_str(), whole.ty.to_string())).collect();
    assert_eq!(whole, [("args[0]", "string".into()), ("args[2]", "uint8[2]".into()), ("args[3][1]", "bytes".into())]);
    assert_eq!(pattern.places.len(), 1);
    assert_eq!((pattern.places[0].path.as_str(), pattern.places[0].offset), ("args[1]", 36));
    let mut values = vec![
        Value::Bytes(vec![5; 40]),
        Value::Array(vec![Value::Uint(U256::from(1)), Value::Uint(U256::from(2))]),
        Value::Uint(U256::from(6)),
        Value::Text("hi".into()),
    ];
    let data = f.encode_filled(&given, |_| Ok(values.pop().unwrap())).unwrap();
    let plain = f.encode(&args(json!(["hi", 6, [1, 2], ["0x01", format!("0x{}", "05".repeat(40))]]))).unwrap();
    assert_eq!(data, plain);
    // A value of another type is refused, not written.
    let error = f.encode_filled(&given, |_| Ok(Value::Bool(true))).unwrap_err();
    assert_eq!(error.to_string(), "args: the value is no string");
}

#[test]
fn the_numbers_of_types() {
    let bounds = |ty: &str| Bounds::of(&function(&format!("f({ty})")).inputs.fields()[0].ty).unwrap();
    let shown = |ty: &str| (bounds(ty).show(bounds(ty).min), bounds(ty).show(bounds(ty).max));
    assert_eq!(shown("uint8"), ("0".into(), "255".into()));
    assert_eq!(shown("int8"), ("-128".into(), "127".into()));
    assert_eq!(shown("bool"), ("0".into(), "1".into()));
    assert_eq!(bounds("int256").max, I256::MAX.into_raw());
    assert_eq!(bounds("int256").min, I256::MIN.into_raw());
    assert_eq!(bounds("uint256").max, U256::MAX);
    assert_eq!(bounds("address").max, U256::MAX >> 96);
    assert_eq!(bounds("bytes32").max, U256::MAX);
    assert_eq!(bounds("bytes3").max, U256::from(0x00ff_ffff));
    assert_eq!(Bounds::of(&function("f(string)").inputs.fields()[0].ty), None);
}

proptest! {
    #[test]
    fn a_place_holds_what_encoding_writes(types in proptest::collection::vec(proptest::sample::select(vec![
        "uint8", "int64", "uint256", "int256", "address", "bool", "bytes1", "bytes20", "bytes32",
    ]), 1..6), seed in any::<u64>()) {
        let f = function(&format!("f(string,{})", types.join(",")));
        let mut given = vec![json!("text")];
        given.extend(types.iter().map(|_| json!({"hole": 1})));
        let pattern = f.pattern(&given).unwrap();
        let mut numbers = Vec::new();
        let mut plain: Vec<Json> = vec![json!("text")];
        for (index, place) in pattern.places.iter().enumerate() {
            let word = crate::template::random_word([seed as u32, (seed >> 32) as u32], index as u32);
            let number = if place.bounds.signed {
                word.arithmetic_shr(256 - (place.bounds.max.bit_len() + 1))
            } else {
                word >> (256 - place.bounds.max.bit_len())
            };
            prop_assert!(place.bounds.holds(number));
            plain.push(Value::from_number(&place.ty, number).unwrap().to_json());
            numbers.push(number);
        }
        prop_assert_eq!(laid(&pattern, &numbers), f.encode(&plain).unwrap());
    }
}
