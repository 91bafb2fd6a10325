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
fn hexadecimal_names_need_no_prefix_to_be_names() {
    // A function whose name could be hex is found by name.
    assert_eq!(Abi::parse("deadbeef()").unwrap().function("deadbeef").unwrap(), &function("deadbeef()"));
}
