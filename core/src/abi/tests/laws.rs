//! Laws over random types and values, with alloy's coder as the second opinion.

use alloy_dyn_abi::{DynSolType, DynSolValue};
use alloy_primitives::{Address, B256, I256, U256};
use proptest::{collection::vec, prelude::*};
use serde_json::Value as Json;

use super::function;
use crate::{
    abi::{Abi, Decoded, Kind, Type, Value},
    template::random_word,
};

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        (1u16..=32).prop_map(|bytes| format!("uint{}", bytes * 8)),
        (1u16..=32).prop_map(|bytes| format!("int{}", bytes * 8)),
        (1u16..=32).prop_map(|bytes| format!("bytes{bytes}")),
        Just("address".to_owned()),
        Just("bool".to_owned()),
        Just("bytes".to_owned()),
        Just("string".to_owned()),
    ]
}

/// Types up to four levels deep.
fn ty() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("{inner}[]")),
            (inner.clone(), 1usize..4).prop_map(|(inner, len)| format!("{inner}[{len}]")),
            vec(inner, 1..4).prop_map(|fields| format!("({})", fields.join(","))),
        ]
    })
}

/// A value of a type, drawn from a counter.
fn value(ty: &Type, draw: &mut dyn FnMut() -> U256) -> Value {
    let short = |draw: &mut dyn FnMut() -> U256| draw().as_limbs()[0] as usize % 4;
    match ty.kind() {
        Kind::Uint(bits) => Value::Uint(draw() >> (256 - usize::from(*bits))),
        // The sign goes down with the shift.
        Kind::Int(bits) => Value::Int(draw().arithmetic_shr(256 - usize::from(*bits))),
        Kind::Address => Value::Address(Address::from_word(draw().into())),
        Kind::Bool => Value::Bool(draw().bit(0)),
        Kind::FixedBytes(width) => Value::Bytes(draw().to_be_bytes::<32>()[..usize::from(*width)].to_vec()),
        Kind::Function => Value::Bytes(draw().to_be_bytes::<32>()[..24].to_vec()),
        Kind::Bytes => Value::Bytes(B256::from(draw())[..short(draw) * 8 + 1].repeat(short(draw))),
        Kind::String => Value::Text("añ☃".repeat(short(draw) * 5)),
        Kind::Array(element) => Value::Array((0..short(draw)).map(|_| value(element, draw)).collect()),
        Kind::FixedArray(element, len) => Value::Array((0..*len).map(|_| value(element, draw)).collect()),
        Kind::Tuple(params) => {
            let field = |param: &crate::abi::Param, draw: &mut dyn FnMut() -> U256| crate::abi::Field {
                name: param.name.clone(),
                value: value(&param.ty, draw),
            };
            Value::Tuple(params.iter().map(|param| field(param, draw)).collect())
        }
    }
}

/// The value as alloy has it.
fn other(ty: &Type, value: &Value) -> DynSolValue {
    let list = |element: &Type, list: &[Value]| list.iter().map(|value| other(element, value)).collect();
    match (ty.kind(), value) {
        (Kind::Uint(bits), Value::Uint(word)) => DynSolValue::Uint(*word, usize::from(*bits)),
        (Kind::Int(bits), Value::Int(word)) => DynSolValue::Int(I256::from_raw(*word), usize::from(*bits)),
        (Kind::Address, Value::Address(address)) => DynSolValue::Address(*address),
        (Kind::Bool, Value::Bool(value)) => DynSolValue::Bool(*value),
        (Kind::FixedBytes(_), Value::Bytes(bytes)) => {
            DynSolValue::FixedBytes(B256::right_padding_from(bytes), bytes.len())
        }
        (Kind::Bytes, Value::Bytes(bytes)) => DynSolValue::Bytes(bytes.clone()),
        (Kind::String, Value::Text(text)) => DynSolValue::String(text.clone()),
        (Kind::Array(element), Value::Array(values)) => DynSolValue::Array(list(element, values)),
        (Kind::FixedArray(element, _), Value::Array(values)) => DynSolValue::FixedArray(list(element, values)),
        (Kind::Tuple(params), Value::Tuple(fields)) => {
            DynSolValue::Tuple(params.iter().zip(fields).map(|(param, field)| other(&param.ty, &field.value)).collect())
        }
        (kind, value) => panic!("{value:?} is no {kind:?}"),
    }
}

fn draws(seed: u64) -> impl FnMut() -> U256 {
    let mut index = 0;
    move || {
        index += 1;
        // Small values, large ones and those near the ends.
        let word = random_word([seed as u32, (seed >> 32) as u32], index);
        match index % 5 {
            0 => U256::ZERO,
            1 => U256::MAX,
            _ => word,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn encodes_as_alloy_does_and_decodes_what_it_encoded(types in vec(ty(), 0..4), seed in any::<u64>()) {
        let f = function(&format!("function f({})", types.join(",")));
        let mut draw = draws(seed);
        let whole = value(&f.inputs, &mut draw);
        let Value::Tuple(fields) = &whole else { panic!("no parameters") };
        let data = f.encode_values(fields).unwrap();

        let theirs = other(&f.inputs, &whole);
        prop_assert_eq!(&data[4..], theirs.abi_encode_params());
        prop_assert_eq!(f.decode_inputs(&data), Decoded::Values(fields.clone()));

        // The JSON is read as the same values.
        let json: Vec<Json> = fields.iter().map(|field| field.value.to_json()).collect();
        prop_assert_eq!(f.encode(&json).unwrap(), data);
    }

    /// Of damaged data, what is decoded here is what alloy decodes.
    #[test]
    fn damaged_data_is_refused_or_read_alike(
        types in vec(ty(), 1..3), seed in any::<u64>(), at in any::<proptest::sample::Index>(), byte in any::<u8>(),
        cut in 0usize..3
    ) {
        let f = function(&format!("function f({})", types.join(",")));
        let Value::Tuple(fields) = value(&f.inputs, &mut draws(seed)) else { panic!("no parameters") };
        let mut data = f.encode_values(&fields).unwrap().split_off(4);
        let at = at.index(data.len());
        data[at] = byte;
        data.truncate(data.len() - cut.min(data.len()) * 16);
        let theirs = DynSolType::Tuple(types.iter().map(|ty| DynSolType::parse(ty).unwrap()).collect());
        if let (Ok(ours), Ok(theirs)) = (f.inputs.decode(&data), theirs.abi_decode_params(&data)) {
            let ours = Value::Tuple(ours);
            // Alloy makes lossy text of bytes that are none.
            if !format!("{theirs:?}").contains('\u{fffd}') {
                prop_assert_eq!(other(&f.inputs, &ours), theirs);
            }
        }
    }

    #[test]
    fn any_data_is_decoded_or_refused(data in vec(any::<u8>(), 0..400), ty in ty()) {
        let f = function(&format!("function f({ty})"));
        let _ = f.inputs.decode(&data);
        let _ = crate::abi::Revert::describe(&data, None);
    }

    #[test]
    fn any_text_is_an_interface_or_refused(text in "\\PC{0,80}") {
        let _ = Abi::parse(&text);
    }

    #[test]
    fn any_words_are_an_interface_or_refused(
        words in vec(proptest::sample::select(vec![
            "function", "event", "error", "struct", "constructor", "f", "S", "(", ")", "[", "]", "{", "}", ",", ";", "3",
            "uint256", "tuple", "indexed", "returns", "view", "[]", "\n", "bytes", "anonymous", "//",
        ]), 0..40)
    ) {
        let _ = Abi::parse(&words.join(" "));
    }
}
