//! Interfaces in all the ways that they are written.

use serde_json::json;

use super::function;
use crate::abi::{Abi, Guess, Mutability};

fn signatures(abi: &Abi) -> Vec<String> {
    abi.functions.iter().map(super::Function::signature).collect()
}

const LINES: &str = "
    // A token, and what else there is.
    constructor(string name, string symbol) payable
    function transfer(address to, uint256 amount) external returns (bool)
    function balanceOf(address) view returns (uint);
    struct Order { address payable maker; Asset[2] assets; bytes sig; }
    struct Asset { address token; uint96 amount; }
    function fill(Order calldata order, tuple(uint256 a, (bool b, bytes4)[] c) more) external payable virtual
    event Transfer(address indexed from, address indexed to, uint256 value)
    event Log(bytes32 indexed) anonymous
    error Paused()
    error Low(uint256 have, uint256 need)
    fallback() external payable
    receive() external payable
    ping()
";

#[test]
fn lines_are_read() {
    let abi = Abi::parse(LINES).unwrap();
    assert_eq!(
        signatures(&abi),
        [
            "transfer(address,uint256)",
            "balanceOf(address)",
            "fill((address,(address,uint96)[2],bytes),(uint256,(bool,bytes4)[]))",
            "ping()"
        ]
    );
    assert_eq!(abi.functions[0].selector, [0xa9, 0x05, 0x9c, 0xbb]);
    assert_eq!(abi.functions[1].mutability, Mutability::View);
    assert_eq!(abi.functions[2].mutability, Mutability::Payable);
    assert_eq!(&*abi.functions[2].inputs.fields()[1].name, "more");
    assert_eq!(abi.events.len(), 2);
    assert_eq!((abi.events[0].topics(), abi.events[1].topics()), (3, 1));
    assert_eq!(abi.errors.len(), 2);
    assert_eq!(abi.constructor.as_ref().unwrap().inputs.to_string(), "(string,string)");
    // As an array of lines, which ethers and viem take.
    let list: Vec<&str> = LINES.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(Abi::parse(&serde_json::to_string(&list).unwrap()).unwrap(), abi);
    // Line ends mean nothing.
    let line = LINES.replace("// A token, and what else there is.", "").replace('\n', " ");
    assert_eq!(Abi::parse(&line).unwrap(), abi);
}

#[test]
fn json_is_read() {
    let abi = json!([
        {"type": "constructor", "inputs": [{"name": "x", "type": "uint256"}], "stateMutability": "payable"},
        {"type": "function", "name": "fill", "stateMutability": "view", "inputs": [
            {"name": "order", "type": "tuple[2][]", "internalType": "struct Order[2][]", "components": [
                {"name": "maker", "type": "address"},
                {"name": "fee", "type": "tuple", "components": [{"name": "a", "type": "int8"}, {"type": "function"}]},
            ]},
        ], "outputs": [{"name": "", "type": "bool"}], "gas": 12},
        {"name": "old", "inputs": [], "constant": true},
        {"type": "event", "name": "E", "inputs": [{"name": "a", "type": "string", "indexed": true}], "anonymous": false},
        {"type": "error", "name": "Bad", "inputs": [{"name": "n", "type": "uint64"}]},
        {"type": "fallback", "stateMutability": "payable"},
        {"type": "receive", "stateMutability": "payable"},
        {"type": "function", "name": "odd", "inputs": [{"name": "x", "type": "fixed128x18"}]},
    ]);
    let read = Abi::parse(&abi.to_string()).unwrap();
    assert_eq!(signatures(&read), ["fill((address,(int8,function))[2][])", "old()"]);
    assert_eq!(read.functions[0].outputs.to_string(), "(bool)");
    assert_eq!(read.functions[1].mutability, Mutability::View);
    assert_eq!(read.events[0].signature(), "E(string)");
    assert_eq!(read.unusable.len(), 1);
    for artifact in [json!({"contractName": "C", "abi": abi}), json!({"abi": abi.to_string()})] {
        assert_eq!(Abi::parse(&artifact.to_string()).unwrap(), read);
    }
}

#[test]
fn functions_are_found() {
    let abi = Abi::parse("f(uint256)\nf(address)\ng()\ng()\nfunction h(uint8)").unwrap();
    assert_eq!(abi.function("h").unwrap().signature(), "h(uint8)");
    assert_eq!(abi.function("f(uint256)").unwrap().signature(), "f(uint256)");
    assert_eq!(abi.function(" f( address ) ").unwrap().signature(), "f(address)");
    let selector = alloy_primitives::hex::encode_prefixed(abi.functions[1].selector);
    assert_eq!(abi.function(&selector).unwrap().signature(), "f(address)");
    // The same function twice is one.
    assert_eq!(abi.function("g").unwrap().signature(), "g()");
    assert_eq!(abi.function("f").unwrap_err().to_string(), "`f` is one of several; say which: f(uint256), f(address)");
    assert_eq!(
        abi.function("f(bool)").unwrap_err().to_string(),
        "no function `f(bool)`; there are: f(uint256), f(address), g(), g(), h(uint8)"
    );
    let abi = Abi::parse("event E(uint256 indexed a)\nerror Bad()").unwrap();
    assert_eq!(abi.event("E").unwrap(), abi.event(&abi.events[0].topic().to_string()).unwrap());
    assert_eq!(abi.error("0x9c3ae7ee").unwrap_err().to_string(), "no error `0x9c3ae7ee`; there are: Bad()");
}

#[test]
fn guesses_are_functions_of_their_selectors() {
    let guess = Guess {
        signature: String::new(),
        selector: [0xa9, 0x05, 0x9c, 0xbb],
        arguments: "address,(uint256,bytes)[]".into(),
        mutability: Mutability::View,
    };
    let abi = Abi::from_guesses(std::slice::from_ref(&guess)).unwrap();
    let f = abi.function("0xa9059cbb").unwrap();
    assert_eq!(f, abi.function("f_a9059cbb").unwrap());
    assert_eq!((f.selector, f.mutability), (guess.selector, Mutability::View));
    let wrong = Guess { arguments: "address,nothing".into(), ..guess };
    assert_eq!(
        Abi::from_guesses(&[wrong]).unwrap_err().to_string(),
        "guess 0, line 1, column 29: `nothing` is not a type"
    );
}

#[test]
fn guesses_are_written_and_read_again() {
    let guess = |selector: u32, arguments: &str, signature: &str| Guess {
        selector: selector.to_be_bytes(),
        arguments: arguments.into(),
        mutability: Mutability::Payable,
        signature: signature.into(),
    };
    let abi = Abi::from_guesses(&[
        // The common signature's types count, since it has the selector.
        guess(0xa905_9cbb, "address,bytes32", "transfer(address,uint256)"),
        guess(0x1234_5678, "(uint256[],(bool,bytes)[3])[2][],address", ""),
        // A signature of another selector says nothing.
        guess(0x1234_5679, "uint8", "transfer(address,uint256)"),
        guess(0x1234_567a, "", "no signature"),
    ])
    .unwrap();
    let known = ["transfer(address,uint256)", "f_12345678((uint256[],(bool,bytes)[3])[2][],address)"];
    assert_eq!(signatures(&abi), [known[0], known[1], "f_12345679(uint8)", "f_1234567a()"]);
    let json = abi.guessed_json();
    assert_eq!(Abi::from_json(&json).unwrap(), abi);
    assert_eq!(json[2]["selector"], "0x12345679");
    assert_eq!(abi.function("0x12345679").unwrap().encode(&[json!(1)]).unwrap()[..4], [0x12, 0x34, 0x56, 0x79]);
    // Without the mark, names are what they hash to; with it, a selector is one.
    let mut given = json.clone();
    given[2].as_object_mut().unwrap().remove("guessed");
    assert_ne!(Abi::from_json(&given).unwrap().functions[2].selector, abi.functions[2].selector);
    for bad in [json!("0x123456"), json!("12345678"), json!(7), json!("0x123456789a")] {
        let mut given = json.clone();
        given[0]["selector"] = bad;
        assert!(Abi::from_json(&given).unwrap_err().to_string().starts_with("abi[0].selector: "));
    }
}

#[test]
fn hexadecimal_names_need_no_prefix_to_be_names() {
    // A function whose name could be hex is found by name.
    assert_eq!(Abi::parse("deadbeef()").unwrap().function("deadbeef").unwrap(), &function("deadbeef()"));
}
