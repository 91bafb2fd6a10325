//! Input made to cost much: nothing is allocated for it, and work is counted, not timed.

use alloy_primitives::U256;
use serde_json::{Value as Json, json};

use super::{args, function};
use crate::abi::{Abi, Cause, Decoded, MAX_BYTES, MAX_VALUES, Problem, TypeError, decode::Reader, error::DecodeError};

fn word(value: usize) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

/// Arrays of `fan` elements `levels` deep that all share the next level's bytes: `fan ^ levels` values in little data.
fn bomb(levels: usize, fan: usize) -> Vec<u8> {
    let mut data = word(32).to_vec();
    for level in 0..levels {
        data.extend(word(fan));
        for _ in 0..fan {
            // Offsets count from the first head behind the length; the next level stands behind all heads.
            data.extend(word(if level + 1 < levels { fan * 32 } else { 7 }));
        }
    }
    data
}

#[test]
fn arrays_that_share_their_elements_take_linear_work() {
    for levels in 1..=16 {
        let f = function(&format!("f(uint256{})", "[]".repeat(levels)));
        let data = bomb(levels, 10);
        let mut reader = Reader::new(&data);
        let result = reader.tuple(&f.inputs, f.inputs.fields(), 0);
        let values: usize =
            (0..=levels as u32).map(|level| 10usize.saturating_pow(level)).fold(0, usize::saturating_add);
        if values <= MAX_VALUES {
            assert!(result.is_ok(), "{levels} levels: {result:?}");
            assert_eq!(reader.steps, values);
        } else {
            assert_eq!(result, Err(DecodeError::TooManyValues), "{levels} levels");
            assert!(reader.steps <= MAX_VALUES, "{} steps for {levels} levels", reader.steps);
        }
    }
}

#[test]
fn offsets_to_themselves_end() {
    // Every word is an offset back to the begin, or a length of one.
    let f = function(&format!("f(uint256{})", "[]".repeat(16)));
    for value in [0usize, 1, 32, usize::MAX] {
        let data = word(value).repeat(64);
        let mut reader = Reader::new(&data);
        let _ = reader.tuple(&f.inputs, f.inputs.fields(), 0);
        assert!(reader.steps <= MAX_VALUES, "{} steps of words {value}", reader.steps);
    }
}

#[test]
fn lengths_are_not_believed() {
    let f = function("f(uint256[])");
    for len in [U256::MAX, U256::from(u64::MAX), U256::from(1) << 251, U256::from(3)] {
        let mut data = word(32).to_vec();
        data.extend(len.to_be_bytes::<32>());
        data.extend([0; 64]);
        assert!(matches!(f.inputs.decode(&data), Err(DecodeError::Short { .. })), "{len}");
    }
    let g = function("g(bytes)");
    let mut data = word(32).to_vec();
    data.extend(U256::MAX.to_be_bytes::<32>());
    assert!(matches!(g.inputs.decode(&data), Err(DecodeError::Short { .. })));
    let mut data = U256::MAX.to_be_bytes::<32>().to_vec();
    data.extend([0; 64]);
    assert!(matches!(g.inputs.decode(&data), Err(DecodeError::Offset { .. })));
}

#[test]
fn texts_that_share_their_bytes_are_counted() {
    let f = function("f(bytes[])");
    let (count, len) = (64, 1 << 15);
    let mut data = word(32).to_vec();
    data.extend(word(count));
    for _ in 0..count {
        data.extend(word(count * 32));
    }
    data.extend(word(len));
    data.resize(data.len() + len, 1);
    assert_eq!(f.inputs.decode(&data), Err(DecodeError::TooManyBytes));
    // Half as many are just within the bound.
    let mut half = data.clone();
    half[32..64].copy_from_slice(&word(count / 2));
    assert!(f.inputs.decode(&half).is_ok());
    assert_eq!(count / 2 * len, MAX_BYTES);
}

#[test]
fn long_data_is_shown_cut() {
    let f = function("function f() returns (bool)");
    let Decoded::Undecoded { hex, .. } = f.decode_outputs(&vec![2; MAX_BYTES + 1]) else { panic!("decoded") };
    assert_eq!(hex.chars().count(), 2 + 2 * MAX_BYTES + 1);
    assert!(hex.ends_with('…'));
}

#[test]
fn types_out_of_bounds_are_refused_before_anything_is_made() {
    let problem = |text: &str| Abi::parse(text).expect_err("a type out of bounds").problem;
    assert_eq!(problem("f(uint256[1000000000])"), Problem::Type(TypeError::TooManyValues(1_000_000_001)));
    assert_eq!(problem("f(uint8[99999999999999999999999])"), Problem::Type(TypeError::TooManyValues(u64::MAX)));
    let halves = format!("f(uint8{})", "[2]".repeat(16));
    assert!(matches!(problem(&halves), Problem::Type(TypeError::TooManyValues(_))), "2^16 values");
    assert_eq!(problem(&format!("f(uint8{})", "[]".repeat(17))), Problem::Type(TypeError::TooDeep));
    assert_eq!(problem(&format!("f{}", "(".repeat(100_000))), Problem::Type(TypeError::TooDeep));
    assert_eq!(problem(&format!("f({}uint8{})", "(".repeat(17), ")".repeat(17))), Problem::Type(TypeError::TooDeep));
    assert!(Abi::parse(&format!("f({}uint8{})", "(".repeat(16), ")".repeat(16))).is_ok());
    assert!(matches!(problem(&"[".repeat(100_000)), Problem::Json(_)));

    // A billion laughs: each struct holds the one before ten times.
    let mut text = "struct S0 { uint8[] a; }\n".to_owned();
    for level in 1..=12 {
        text += &format!("struct S{level} {{ {} }}\n", format!("S{} a; ", level - 1).repeat(10));
    }
    text += "function f(S12 laughs)";
    assert!(matches!(problem(&text), Problem::Type(TypeError::TooManyValues(_) | TypeError::TooManyParts(_))));
    // The same through arrays, which hold no value of their own.
    let text = text.replace(" a; ", "[] a; ").replace("uint8[][] a", "uint8[] a");
    assert!(matches!(problem(&text), Problem::Type(TypeError::TooManyParts(_))));
    assert_eq!(
        problem("struct A { B b; }\nstruct B { A[] a; }\nfunction f(A a)"),
        Problem::Type(TypeError::Recursive("A".into()))
    );

    // In JSON the rest of the interface stays.
    let abi = json!([
        {"type": "function", "name": "bad", "inputs": [{"type": "uint256[1000000000]"}]},
        {"type": "function", "name": "good", "inputs": []},
    ]);
    let abi = Abi::parse(&abi.to_string()).unwrap();
    assert_eq!((abi.functions.len(), abi.unusable.len()), (1, 1));
    assert_eq!(
        abi.function("bad").unwrap_err().to_string(),
        "function `bad` cannot be used: abi[0].inputs[0].type: a value of this type holds at least 1000000001 values; at \
         most 10000 are accepted"
    );
}

#[test]
fn deep_tuples_of_json_are_refused() {
    let mut param = json!({"name": "a", "type": "uint8"});
    for _ in 0..40 {
        param = json!({"name": "a", "type": "tuple", "components": [param]});
    }
    let abi = json!([{"type": "function", "name": "f", "inputs": [param]}]);
    let abi = Abi::parse(&abi.to_string()).unwrap();
    assert_eq!(abi.unusable[0].reason, TypeError::TooDeep);
}

#[test]
fn arguments_out_of_bounds_are_refused() {
    let f = function("f(uint8[][])");
    let many: Json = vec![vec![1; 100]; 101].into();
    let error = f.encode(&[many]).unwrap_err();
    assert_eq!((error.path.as_str(), error.cause), ("args[0][98]", Cause::TooManyValues));
    let g = function("g(string,bytes)");
    let error = g.encode(&args(json!(["x".repeat(MAX_BYTES), "0x00"]))).unwrap_err();
    assert!(matches!(error.cause, Cause::TooManyBytes(_)), "{error}");
    let fits = g.encode(&args(json!(["x".repeat(MAX_BYTES - 160), "0x"]))).unwrap();
    assert_eq!(fits.len(), 4 + MAX_BYTES - 32);
    // Numbers of a million digits are not computed.
    let h = function("h(uint256)");
    let error = h.encode(&args(json!(["9".repeat(1_000_000)]))).unwrap_err();
    assert!(matches!(error.cause, Cause::Range { .. }));
    assert_eq!(h.encode(&args(json!([format!("{}7", "0".repeat(1_000))]))).unwrap()[35], 7);
}
