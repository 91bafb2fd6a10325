//! Every message, as people read it.

use std::fmt::Write as _;

use alloy_primitives::B256;
use serde_json::{Value as Json, json};

use super::{args, function};
use crate::abi::{Abi, Decoded};

fn listed(of: impl IntoIterator<Item = (String, String)>) -> String {
    of.into_iter().fold(String::new(), |mut text, (input, message)| {
        // A string takes what is written to it.
        let _ = writeln!(text, "{input}\n    {message}");
        text
    })
}

#[test]
fn of_interfaces() {
    let cases = [
        "function",
        "function f",
        "function f(uint7)",
        "function f(uint264 a)",
        "function f(uint08 a)",
        "function f(bytes33 a)",
        "function f(uint257[])",
        "function f(fixed128x18 a)",
        "function f(IERC20 token)",
        "function f(uint256[-1] a)",
        "function f(uint256[x] a)",
        "function f(uint256[0] a)",
        "function f(uint256[2 a)",
        "function f(uint256 a b)",
        "function f(uint256,)",
        "function f(uint256 indexed a)",
        "function f(() a)",
        "function 1f()",
        "function f()\n  function g(uint256 a) returns uint256",
        "event E(uint256 indexed a, uint256 indexed b, uint256 indexed c, uint256 indexed d)",
        "modifier m()",
        "{",
        "{}",
        "[5]",
        "[[]]",
        "[{\"type\": \"method\", \"name\": \"f\"}]",
        "[{\"type\": \"function\"}]",
        "[{\"type\": \"function\", \"name\": \"f g\"}]",
        "[{\"type\": \"function\", \"name\": \"f\", \"inputs\": {}}]",
        "[{\"type\": \"function\", \"name\": \"f\", \"inputs\": [\"uint256\"]}]",
        "[{\"type\": \"function\", \"name\": \"f\", \"inputs\": [{\"name\": \"a\"}]}]",
        "[{\"type\": \"function\", \"name\": \"f\", \"inputs\": [{\"type\": \"tuple\"}]}]",
        "[{\"type\": \"function\", \"name\": \"f\", \"stateMutability\": \"free\"}]",
        "[{\"type\": \"event\", \"name\": \"e\", \"inputs\": [{\"type\": \"bool\", \"indexed\": 1}]}]",
        "[\"function f()\", \"function g(uint7)\"]",
        "struct S { uint256 a }",
        "struct S { uint256 a; }\nstruct S { uint256 a; }",
        "struct S { S[] a; }",
        "function f(uint256 ☃)",
        "<script>alert(1)</script>",
    ];
    let message = |text: &str| match Abi::parse(text) {
        Ok(abi) => format!("accepted: {abi:?}"),
        Err(error) => error.to_string(),
    };
    insta::assert_snapshot!(listed(cases.map(|text| (text.replace('\n', "⏎"), message(text)))));
}

#[test]
fn of_types_in_json() {
    let types =
        ["uint7", "tuple[", "uint256[]x", "uint256[0]", "ufixed8x1", "Foo.Bar storage", "bytes0", "uint256[][", ""];
    let message = |ty: &str| {
        let text = json!([{"type": "function", "name": "f", "inputs": [{"type": ty, "components": []}]}]);
        match Abi::from_json(&text) {
            Ok(abi) => abi.function("f").map_or_else(|error| error.to_string(), |_| "accepted".into()),
            Err(error) => error.to_string(),
        }
    };
    insta::assert_snapshot!(listed(types.map(|ty| (ty.to_owned(), message(ty)))));
}

#[test]
fn of_arguments() {
    let f = "f(uint8 a)";
    let cases: Vec<(&str, Json)> = vec![
        (f, json!([])),
        (f, json!([1, 2])),
        (f, json!([256])),
        (f, json!(["-1"])),
        (f, json!([1.5])),
        (f, json!([1e30])),
        (f, json!([""])),
        (f, json!(["0x"])),
        (f, json!(["12ab"])),
        (f, json!([null])),
        (f, json!([true])),
        (f, json!([{"range": [1, 2]}])),
        (f, json!([[1]])),
        ("f(int8)", json!([128])),
        ("f(int8)", json!(["-129"])),
        ("f(int8)", json!(["-0x81"])),
        ("f(int256)", json!(["0x8000000000000000000000000000000000000000000000000000000000000000"])),
        ("f(uint256)", json!([format!("0x1{}", "0".repeat(64))])),
        ("f(address)", json!(["0x1234"])),
        ("f(address)", json!([5])),
        ("f(address)", json!(["0xd8dA6BF26964aF9D7eEd9e03E53415D37aA9604X"])),
        ("f(address)", json!(["0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045"])),
        ("f(bool)", json!([1])),
        ("f(bool)", json!(["yes"])),
        ("f(bytes4)", json!(["0x123456"])),
        ("f(bytes4)", json!(["0x1234567"])),
        ("f(bytes4)", json!([1])),
        ("f(bytes)", json!(["0xzz"])),
        ("f(bytes)", json!([[1, 2]])),
        ("f(string)", json!([5])),
        ("f(string)", json!([{"list": ["a", "b"]}])),
        ("f(uint8[2])", json!([[1]])),
        ("f(uint8[])", json!(["1,2"])),
        ("f(uint8[][])", json!([[[1], [2, 300]]])),
        ("f((address to, uint96 amount)[2] pays)", json!([[[format!("0x{:040}", 1), 5], {"to": "0x1", "amount": 5}]])),
        ("f(uint8,(address to, uint96 amount)[] pays)", json!([1, [{"to": format!("0x{:040}", 1), "amount": -5}]])),
        ("f((uint8 a, uint8 b) x)", json!([{"a": 1}])),
        ("f((uint8 a, uint8 b) x)", json!([{"a": 1, "b": 2, "c<b>": 3}])),
        ("f((uint8 a, uint8) x)", json!([{"a": 1}])),
        ("f((uint8 a, uint8 a) x)", json!([{"a": 1}])),
        ("f((uint8 a, uint8 b) x)", json!([[1]])),
        ("f((uint8 a, uint8 b) x)", json!([5])),
    ];
    let message = |header: &str, values: &Json| match function(header).encode(&args(values.clone())) {
        Ok(data) => format!("accepted: {}", alloy_primitives::hex::encode(data)),
        Err(error) => error.to_string(),
    };
    insta::assert_snapshot!(listed(
        cases.iter().map(|(header, values)| { (format!("{header} <- {values}"), message(header, values)) })
    ));
}

#[test]
fn of_data() {
    let f = |ty: &str| function(&format!("function f() returns ({ty})"));
    let cases = [
        ("uint8", "".to_owned()),
        ("uint8", "ff".repeat(32)),
        ("int8", format!("{:0>64}", "80")),
        ("bool", format!("{:0>64}", "2")),
        ("address", format!("01{:0>62}", "2")),
        ("bytes4", format!("{:0<64}", "0102030405")),
        ("function", "01".repeat(32)),
        ("uint8,uint8", "00".repeat(40)),
        ("bytes", format!("{:0>64}", "40")),
        ("bytes", format!("{:0>64}", "20")),
        ("bytes", format!("{:0>64}{:0>64}", "20", "1")),
        ("uint8[]", format!("{:0>64}{:0>64}", "20", "1000000")),
        ("uint8[4][]", format!("{:0>64}{:0>64}{}", "20", "2", "00".repeat(240))),
    ];
    let message = |ty: &str, data: &str| match f(ty).decode_outputs(&super::words(data)) {
        Decoded::Values(values) => format!("accepted: {values:?}"),
        Decoded::Undecoded { reason, .. } => reason.to_string(),
    };
    let mut text = listed(cases.iter().map(|(ty, data)| (format!("{ty} <- {data}"), message(ty, data))));
    let abi = Abi::parse("event E(bool indexed a)\nfunction g(uint8)").unwrap();
    let event = abi.event("E").unwrap();
    let reason = |decoded: Decoded| match decoded {
        Decoded::Values(values) => format!("accepted: {values:?}"),
        Decoded::Undecoded { reason, .. } => reason.to_string(),
    };
    text += &listed([
        ("no topics".into(), reason(event.decode(&[], &[]))),
        ("another topic".into(), reason(event.decode(&[B256::ZERO, B256::ZERO], &[]))),
        ("a dirty topic".into(), reason(event.decode(&[event.topic(), event.topic()], &[]))),
        ("another selector".into(), reason(abi.functions[0].decode_inputs(&[1, 2, 3, 4, 5]))),
        ("no selector".into(), reason(abi.functions[0].decode_inputs(&[1, 2, 3]))),
    ]);
    insta::assert_snapshot!(text);
}
