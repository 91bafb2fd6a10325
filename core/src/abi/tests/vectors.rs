//! Encodings that are known: the examples of Solidity's ABI specification, and data of well-known contracts.

use alloy_primitives::{B256, hex};
use serde_json::json;

use super::{args, function, words};
use crate::abi::{Abi, Decoded, Revert, RevertKind, Value};

/// The examples of <https://docs.soliditylang.org/en/latest/abi-spec.html#examples>.
#[test]
fn the_specifications_examples() {
    let baz = function("function baz(uint32 x, bool y) pure returns (bool r)");
    assert_eq!(
        hex::encode(baz.encode(&args(json!([69, true]))).unwrap()),
        "cdcd77c0\
         0000000000000000000000000000000000000000000000000000000000000045\
         0000000000000000000000000000000000000000000000000000000000000001"
    );
    let bar = function("bar(bytes3[2])");
    assert_eq!(
        hex::encode(bar.encode(&args(json!([["0x616263", "0x646566"]]))).unwrap()),
        "fce353f6\
         6162630000000000000000000000000000000000000000000000000000000000\
         6465660000000000000000000000000000000000000000000000000000000000"
    );
    let sam = function("sam(bytes,bool,uint[])");
    assert_eq!(
        hex::encode(sam.encode(&args(json!(["0x64617665", true, [1, "2", "0x3"]]))).unwrap()),
        "a5643bf2\
         0000000000000000000000000000000000000000000000000000000000000060\
         0000000000000000000000000000000000000000000000000000000000000001\
         00000000000000000000000000000000000000000000000000000000000000a0\
         0000000000000000000000000000000000000000000000000000000000000004\
         6461766500000000000000000000000000000000000000000000000000000000\
         0000000000000000000000000000000000000000000000000000000000000003\
         0000000000000000000000000000000000000000000000000000000000000001\
         0000000000000000000000000000000000000000000000000000000000000002\
         0000000000000000000000000000000000000000000000000000000000000003"
    );
    let f = function("f(uint256,uint32[],bytes10,bytes)");
    let data =
        f.encode(&args(json!(["0x123", ["0x456", "0x789"], "0x31323334353637383930", "0x48656c6c6f2c20776f726c6421"])));
    assert_eq!(
        hex::encode(data.unwrap()),
        "8be65246\
         0000000000000000000000000000000000000000000000000000000000000123\
         0000000000000000000000000000000000000000000000000000000000000080\
         3132333435363738393000000000000000000000000000000000000000000000\
         00000000000000000000000000000000000000000000000000000000000000e0\
         0000000000000000000000000000000000000000000000000000000000000002\
         0000000000000000000000000000000000000000000000000000000000000456\
         0000000000000000000000000000000000000000000000000000000000000789\
         000000000000000000000000000000000000000000000000000000000000000d\
         48656c6c6f2c20776f726c642100000000000000000000000000000000000000"
    );
    let g = function("g(uint256[][],string[])");
    assert_eq!(g.selector, [0x22, 0x89, 0xb1, 0x8c]);
    assert_eq!(
        hex::encode(&g.encode(&args(json!([[[1, 2], [3]], ["one", "two", "three"]]))).unwrap()[4..]),
        "0000000000000000000000000000000000000000000000000000000000000040\
         0000000000000000000000000000000000000000000000000000000000000140\
         0000000000000000000000000000000000000000000000000000000000000002\
         0000000000000000000000000000000000000000000000000000000000000040\
         00000000000000000000000000000000000000000000000000000000000000a0\
         0000000000000000000000000000000000000000000000000000000000000002\
         0000000000000000000000000000000000000000000000000000000000000001\
         0000000000000000000000000000000000000000000000000000000000000002\
         0000000000000000000000000000000000000000000000000000000000000001\
         0000000000000000000000000000000000000000000000000000000000000003\
         0000000000000000000000000000000000000000000000000000000000000003\
         0000000000000000000000000000000000000000000000000000000000000060\
         00000000000000000000000000000000000000000000000000000000000000a0\
         00000000000000000000000000000000000000000000000000000000000000e0\
         0000000000000000000000000000000000000000000000000000000000000003\
         6f6e650000000000000000000000000000000000000000000000000000000000\
         0000000000000000000000000000000000000000000000000000000000000003\
         74776f0000000000000000000000000000000000000000000000000000000000\
         0000000000000000000000000000000000000000000000000000000000000005\
         7468726565000000000000000000000000000000000000000000000000000000"
    );
}

#[test]
fn values_as_json() {
    let f = function(
        "function f() returns (int8 small, uint256 large, (address who, bytes4 what, bool)[] list, bytes raw, string text)",
    );
    let given = json!([
        -128,
        "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        [["0xd8da6bf26964af9d7eed9e03e53415d37aa96045", "0xdeadbeef", "false"]],
        "",
        "grüße"
    ]);
    let data = f.encode_outputs(&args(given)).unwrap();
    let Decoded::Values(fields) = f.decode_outputs(&data) else { panic!("not decoded") };
    let list: Vec<_> = fields.iter().map(|field| (&*field.name, field.value.to_json())).collect();
    assert_eq!(
        serde_json::to_value(&list).unwrap(),
        json!([
            ["small", "-128"],
            ["large", "115792089237316195423570985008687907853269984665640564039457584007913129639935"],
            // One field has no name: the tuple is an array.
            ["list", [["0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", "0xdeadbeef", false]]],
            ["raw", "0x"],
            ["text", "grüße"],
        ])
    );
    let named = function("function f() returns ((address who, uint256 amount) entry)");
    let data = named.encode_outputs(&args(json!([{"amount": 5, "who": format!("0x{}", "11".repeat(20))}]))).unwrap();
    assert_eq!(
        serde_json::to_value(named.decode_outputs(&data)).unwrap(),
        json!({"values": [{"name": "entry", "value": {"who": format!("0x{}", "11".repeat(20)), "amount": "5"}}]})
    );
}

#[test]
fn text_that_is_no_utf_8_stays_bytes() {
    let f = function("function f() returns (string)");
    let data = words("20".repeat(0).as_str());
    assert!(f.decode_outputs(&data).values().is_none(), "no data for a string");
    let mut data = f.encode_outputs(&args(json!(["ab"]))).unwrap();
    data[64] = 0xff;
    assert_eq!(f.decode_outputs(&data).values().unwrap()[0].value, Value::Bytes(vec![0xff, b'b']));
}

#[test]
fn logs_of_both_transfers() {
    let abi = Abi::parse(
        "event Transfer(address indexed from, address indexed to, uint256 value)
         event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)
         event Named(string indexed name, string text, uint256[2] indexed pair)",
    )
    .unwrap();
    let topic: B256 = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef".parse().unwrap();
    let word = |low: u8| B256::with_last_byte(low);
    let erc20 = abi.decode_log(&[topic, word(1), word(2)], word(3).as_slice()).unwrap();
    assert_eq!(erc20.signature, "Transfer(address,address,uint256)");
    let names = |event: &crate::abi::DecodedEvent| -> Vec<(String, String)> {
        let fields = event.inputs.values().unwrap().iter();
        fields.map(|field| (field.name.to_string(), field.value.to_json().to_string())).collect()
    };
    assert_eq!(names(&erc20)[2], ("value".into(), "\"3\"".into()));
    let erc721 = abi.decode_log(&[topic, word(1), word(2), word(4)], &[]).unwrap();
    assert_eq!(names(&erc721)[2], ("tokenId".into(), "\"4\"".into()));
    // Two topics: neither, but the name is known.
    let odd = abi.decode_log(&[topic, word(1)], &[]).unwrap();
    assert_eq!(odd.name, "Transfer");
    assert!(odd.inputs.values().is_none());
    assert_eq!(abi.decode_log(&[word(9)], &[]), None);
    assert_eq!(abi.decode_log(&[], &[]), None);

    let event = abi.event("Named").unwrap();
    let data = function("f(string)").encode(&args(json!(["hi"]))).unwrap();
    let named = abi.decode_log(&[event.topic(), word(7), word(8)], &data[4..]).unwrap();
    let hash = |low: u8| json!({"hash": word(low).to_string()}).to_string();
    assert_eq!(names(&named), [("name".into(), hash(7)), ("text".into(), "\"hi\"".into()), ("pair".into(), hash(8))]);
}

#[test]
fn reverts_in_words() {
    let abi = Abi::parse("error InsufficientBalance(address who, uint256 available, uint256 required)\nerror Paused()")
        .unwrap();
    let said = |data: &[u8]| Revert::describe(data, Some(&abi)).words;
    assert_eq!(said(&[]), "reverted without a reason");
    assert_eq!(said(&[1, 2]), "reverted with 2 bytes, too few for an error");
    let text = function("Error(string)").encode(&args(json!(["too <b>late</b>"]))).unwrap();
    assert_eq!(said(&text), "too <b>late</b>");
    let panic = |code: u64| function("Panic(uint256)").encode(&args(json!([code]))).unwrap();
    for (code, words) in [
        (0x00, "panic 0x00: a panic that the compiler inserted"),
        (0x01, "panic 0x01: an assertion failed"),
        (0x11, "panic 0x11: an arithmetic operation overflowed or underflowed"),
        (0x12, "panic 0x12: a division or modulo by zero"),
        (0x21, "panic 0x21: a value that the enum does not have"),
        (0x22, "panic 0x22: a storage byte array that is encoded wrongly"),
        (0x31, "panic 0x31: pop on an empty array"),
        (0x32, "panic 0x32: an index out of bounds"),
        (0x41, "panic 0x41: too much memory, or an array that is too large"),
        (0x51, "panic 0x51: a call of a function variable that was never set"),
        (0x99, "panic 0x99: a code that Solidity does not use"),
    ] {
        assert_eq!(said(&panic(code)), words);
    }
    let paused = abi.error("Paused").unwrap().encode(&[]).unwrap();
    assert_eq!(said(&paused), "Paused()");
    let custom = abi.error("InsufficientBalance").unwrap();
    let data = custom.encode(&args(json!([format!("0x{}", "22".repeat(20)), 1, "2"]))).unwrap();
    assert_eq!(
        said(&data),
        "InsufficientBalance(who: 0x2222222222222222222222222222222222222222, available: 1, required: 2)"
    );
    assert_eq!(
        said(&data[..40]),
        "InsufficientBalance(address,uint256,uint256), not decoded: \
                                   (address,uint256,uint256) needs 96 bytes from byte 0 on; the data has 36"
    );
    assert_eq!(said(&[0xde, 0xad, 0xbe, 0xef, 0]), "an unknown error: 0xdeadbeef and 1 bytes");
    assert!(matches!(Revert::describe(&data, None).kind, RevertKind::Unknown { .. }));
}
