//! Documents that name functions, against batches made by hand, and what they refuse.

use std::fmt::Write as _;

use alloy_primitives::{I256, U256};
use pollster::block_on;
use serde_json::{Value as Json, json};

use crate::{
    Batch, Control, Engine as _, Generator, Template,
    abi::Abi,
    call_data::CallData,
    cpu::CpuEngine,
    document::{Document, Prepared},
    examples::{self, CALLER, CONTRACT, Example},
};

const SEED: u64 = 7;
const LANES: usize = 96;

/// A document in which the example's contract is called.
fn document(example: &Example, calldata: Json) -> Json {
    let accounts: serde_json::Map<String, Json> = example
        .accounts
        .iter()
        .map(|(address, account)| {
            let storage: serde_json::Map<String, Json> =
                account.storage.iter().map(|(slot, value)| (format!("{slot:#x}"), json!(value.to_string()))).collect();
            let mut entry = json!({"balance": account.balance.to_string(), "nonce": account.nonce, "storage": storage});
            if account.code.is_some() {
                entry["program"] = json!("contract");
            }
            (address.to_string(), entry)
        })
        .collect();
    json!({
        "lanevm": 1, "hardfork": "osaka", "level": "frame", "lanes": LANES, "seed": SEED,
        "state": {"accounts": accounts},
        "programs": {"contract": {"code": example.code, "abi": serde_json::from_str::<Json>(&example.abi).unwrap()}},
        "columns": {"small": ["1", "2", "115792089237316195423570985008687907853269984665640564039457584007913129639935"]},
        "axes": [],
        "steps": [{"program": "contract", "from": CALLER.to_string(), "gas": 120_000, "calldata": calldata}],
    })
}

fn prepare(json: &Json) -> Prepared {
    Document::from_json(&json.to_string()).expect("a document").prepare().expect("a document that fits together")
}

/// Has the step call the account and not the program, which has an ABI: a signature then stands for itself.
fn bare(json: &mut Json) {
    json["steps"][0]["to"] = json!(CONTRACT.to_string());
    json["steps"][0].as_object_mut().unwrap().remove("program");
}

/// The call data of each lane of a function that needs no ABI.
fn rows(calldata: Json) -> Vec<Vec<u8>> {
    let mut json = document(&examples::by_id("erc20").unwrap(), calldata);
    bare(&mut json);
    let prepared = prepare(&json);
    let data = &prepared.batch.calls.data;
    (0..data.len()).map(|lane| data.get(lane).into_owned()).collect()
}

/// One argument of one word, in each lane, as a signed number.
fn numbers(ty: &str, arg: Json) -> Vec<I256> {
    let rows = rows(
        json!({"abi": [{"type": "function", "name": "f", "inputs": [{"type": ty}]}], "function": "f", "args": [arg]}),
    );
    rows.iter().map(|row| I256::from_raw(U256::from_be_slice(&row[4..]))).collect()
}

fn signed(number: i64) -> I256 {
    I256::try_from(number).unwrap()
}

fn digest(batch: &Batch) -> crate::B256 {
    let outcomes = block_on(CpuEngine::new(1).run(batch, &mut Control::default())).expect("a run");
    assert_eq!(outcomes.len(), LANES);
    outcomes.digest()
}

#[test]
fn a_transfer_by_name_is_one_made_by_hand() {
    let example = examples::by_id("erc20").unwrap();
    let amount = json!({"range": ["0", "2000000000000000000000"], "count": 32});
    let calldata = json!({"function": "transfer", "args": [{"random": {"dist": "uniform", "min": 1}}, amount]});
    let prepared = prepare(&document(&example, calldata));
    assert!(prepared.batch.calls.data.generated().is_some(), "the device makes the words");

    // The same by the template's rules, with all bytes there.
    let template = Template { seed: SEED, count: LANES, ..Template::default() };
    let to = Generator::uniform(U256::from(1), U256::MAX >> 96);
    let to = template.source("steps[0].calldata.args[0]", &to).unwrap();
    let most = U256::from(2000) * U256::from(10).pow(U256::from(18));
    let amount = Generator::Steps { start: U256::ZERO, end: most, count: 32 };
    let amount = template.source("steps[0].calldata.args[1]", &amount).unwrap();
    let mut batch = example.batch(LANES).unwrap();
    batch.calls.gas = crate::Column::All(120_000);
    batch.calls.data = (0..LANES as u32)
        .map(|lane| {
            let mut row = vec![0xa9, 0x05, 0x9c, 0xbb];
            row.extend(to.value(lane).to_be_bytes::<32>());
            row.extend(amount.value(lane).to_be_bytes::<32>());
            row
        })
        .collect::<CallData>();
    assert_eq!(prepared.batch.calls.to, crate::Column::All(Some(CONTRACT)));
    let expected = digest(&batch);
    assert_eq!(digest(&prepared.batch), expected);
    // Half of the amounts are too much: the digest is of different ends.
    let outcomes = block_on(CpuEngine::new(1).run(&batch, &mut Control::default())).unwrap();
    let failed = (0..LANES).filter(|lane| outcomes.status(*lane) == crate::Status::Revert).count();
    assert!((1..LANES).contains(&failed), "{failed} of {LANES}");
    // What reverts said can be read.
    let abi = Abi::parse(&example.abi).unwrap();
    let row = prepared.batch.calls.data.get(5);
    let read = abi.function("transfer").unwrap().decode_inputs(&row);
    assert_eq!(read.values().unwrap()[1].value, crate::abi::Value::Uint(amount.value(5)));
}

#[test]
fn signed_numbers_vary_through_zero() {
    let expected: Vec<I256> = (-3..=3).cycle().take(LANES).map(signed).collect();
    assert_eq!(numbers("int16", json!({"range": [-3, "3"]})), expected);
    let expected: Vec<I256> = [10, 0, -10].into_iter().cycle().take(LANES).map(signed).collect();
    assert_eq!(numbers("int256", json!({"range": ["10", "-0xa"], "count": 3})), expected);
    assert_eq!(numbers("int256", json!({"range": [10, -14], "step": 10})), expected);
    let list: Vec<I256> = [-128, 127, 0].into_iter().cycle().take(LANES).map(signed).collect();
    assert_eq!(numbers("int8", json!({"list": ["-128", 127, 0]})), list);
    assert_eq!(numbers("int8", json!({"fixed": -7})), vec![signed(-7); LANES]);
    let column: Vec<I256> = [1, 2, -1].into_iter().cycle().take(LANES).map(signed).collect();
    assert_eq!(numbers("int8", json!({"column": "small"})), column);
    let picked = numbers("int8", json!({"random": {"from": [-5, 6]}}));
    assert!(picked.iter().all(|number| [signed(-5), signed(6)].contains(number)));
    assert!(picked.contains(&signed(-5)) && picked.contains(&signed(6)));
    let dice = numbers("int8", json!({"random": {"min": -2, "max": 1}}));
    let seen: std::collections::BTreeSet<I256> = dice.into_iter().collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1].map(signed));
    let all = numbers("int8", json!({"random": {}}));
    assert!(all.iter().all(|number| (signed(-128)..=signed(127)).contains(number)));
    assert!(all.iter().any(I256::is_negative) && all.iter().any(I256::is_positive));
    let long = numbers("int8", json!({"random": {"dist": "logUniform"}}));
    assert!(long.iter().all(|number| (signed(0)..=signed(127)).contains(number)));
    // The widest numbers there are.
    let wide = numbers("int256", json!({"random": {}}));
    assert!(wide.iter().any(I256::is_negative) && wide.iter().any(I256::is_positive));
}

#[test]
fn other_words_vary() {
    let call = |ty: &str, arg: Json| rows(json!({"function": format!("f({ty})"), "args": [arg]}));
    let bytes = call("bytes4", json!({"list": ["0xdeadbeef", "0x00000001"]}));
    assert_eq!(bytes[0][4..9], [0xde, 0xad, 0xbe, 0xef, 0]);
    assert_eq!(bytes[1][4..9], [0, 0, 0, 1, 0]);
    let flags = call("bool", json!({"list": [true, "false"]}));
    assert_eq!((flags[0][35], flags[1][35], flags[2][35]), (1, 0, 1));
    let addresses = call("address", json!({"range": [1, "3"]}));
    assert_eq!((addresses[0][35], addresses[1][35], addresses[3][35]), (1, 2, 1));
    let nested = rows(json!({
        "function": "f((uint8 a, uint8[] b) x)", "args": [{"a": {"range": [0, 255]}, "b": [1, {"list": [5, 6]}]}]
    }));
    let abi = Abi::parse("f((uint8 a, uint8[] b) x)").unwrap();
    let read = |lane: usize| serde_json::to_value(abi.functions[0].decode_inputs(&nested[lane])).unwrap();
    assert_eq!(read(3), json!({"values": [{"name": "x", "value": {"a": "3", "b": ["1", "6"]}}]}));
}

#[test]
fn texts_and_arrays_vary_on_the_host() {
    let rows = rows(json!({
        "function": "f(string,uint8,int8[],(bytes,bool))",
        "args": [
            {"list": ["a", "bb", ""]},
            {"range": [0, 255]},
            {"random": {"from": [[], [-1, 2]]}},
            [{"list": ["0x01", "0x"]}, true],
        ]
    }));
    let abi = Abi::parse("f(string,uint8,int8[],(bytes,bool))").unwrap();
    let mut lengths = std::collections::BTreeSet::new();
    for (lane, row) in rows.iter().enumerate() {
        let read = serde_json::to_value(abi.functions[0].decode_inputs(row)).unwrap();
        let value = |at: usize| &read["values"][at]["value"];
        assert_eq!(value(0), ["a", "bb", ""][lane % 3]);
        assert_eq!(value(1), &json!(lane.to_string()));
        assert!([json!([]), json!(["-1", "2"])].contains(value(2)));
        assert_eq!(value(3), &json!([if lane % 2 == 0 { "0x01" } else { "0x" }, true]));
        lengths.insert(row.len());
    }
    assert!(lengths.len() > 1);
}

#[test]
fn an_argument_along_an_axis() {
    let mut json = document(
        &examples::by_id("erc20").unwrap(),
        json!({"function": "f(string,uint8)", "args": [
            {"list": ["x", "y"], "axis": "text"}, {"range": [7, 9], "axis": "number"}
        ]}),
    );
    bare(&mut json);
    json["axes"] = json!([{"name": "text", "length": 2}, {"name": "number", "length": 3}]);
    json.as_object_mut().unwrap().remove("lanes");
    let prepared = prepare(&json);
    let abi = Abi::parse("f(string,uint8)").unwrap();
    let seen: Vec<String> = (0..prepared.batch.calls.count)
        .map(|lane| {
            let read = abi.functions[0].decode_inputs(&prepared.batch.calls.data.get(lane));
            read.values().unwrap().iter().map(|field| field.value.to_json().to_string()).collect()
        })
        .collect();
    assert_eq!(seen, [r#""x""7""#, r#""x""8""#, r#""x""9""#, r#""y""7""#, r#""y""8""#, r#""y""9""#]);
}

#[test]
fn what_is_refused() {
    let example = examples::by_id("erc20").unwrap();
    let to = format!("0x{}", "11".repeat(20));
    let transfer = |args: Json| json!({"function": "transfer", "args": args});
    let of = |header: &str, args: Json| json!({"function": header, "args": args});
    let cases = [
        transfer(json!([to])),
        transfer(json!([to, "-1"])),
        transfer(json!([to, {"range": [1, -1]}])),
        transfer(json!([to, {"list": []}])),
        transfer(json!([to, {"list": [1, "0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"]}])),
        transfer(json!([to, {"lists": [1]}])),
        transfer(json!([{"list": [to, "0x12"]}, 1])),
        transfer(json!([{"random": {"max": "0xffffffffffffffffffffffffffffffffffffffffff"}}, 1])),
        transfer(json!([{"column": "small"}, 1])),
        transfer(json!([{"column": "none"}, 1])),
        transfer(json!([to, {"range": [1, 2], "axis": "none"}])),
        json!({"function": "mint", "args": []}),
        json!({"function": "transfer(uint256)", "args": []}),
        json!({"abi": "nobody", "function": "f"}),
        json!({"abi": [{"type": "function", "name": "f", "inputs": [{"type": "tuple"}]}], "function": "f"}),
        json!({"abi": [{"type": "function", "name": "f", "inputs": [{"type": "uint7"}]}], "function": "f"}),
        json!({"abi": ["f(uint8)", "f(int8)"], "function": "f"}),
        of("f(int8)", json!([{"range": [-129, 0]}])),
        of("f(int8)", json!([{"random": {"min": 3, "max": -3}}])),
        of("f(int8)", json!([{"random": {"min": 128}}])),
        of("f(int8)", json!([{"random": {"dist": "logUniform", "min": -1}}])),
        of("f(int8)", json!([{"random": {"from": [1, 200]}}])),
        of("f(int256,uint8[2])", json!([{"column": "small"}, [1, {"column": "small"}]])),
        of("f((uint8 a)[] list)", json!([[{"a": {"range": [1, 256]}}]])),
        of("f((uint8 a)[] list)", json!([[{"b": 1}]])),
        of("f(string)", json!([{"column": "small"}])),
        of("f(string)", json!([{"range": [1, 2]}])),
        of("f(string)", json!([{"list": ["a", 5]}])),
        of("f(string[])", json!([{"list": [["a"], ["b", null]]}])),
        of("f(string)", json!([{"list": ["a"], "axis": "none"}])),
        of("f(string)", json!([{"list": ["a".repeat(500_000)]}])),
        of("f(string)", json!([{"list": ["a".repeat(2_000_000)]}])),
    ];
    let text = cases.into_iter().fold(String::new(), |mut text, calldata| {
        let shown: String = calldata.to_string().chars().take(140).collect();
        let mut json = document(&example, calldata);
        if json["steps"][0]["calldata"]["function"].as_str().is_some_and(|name| name.starts_with("f(")) {
            bare(&mut json);
        }
        let result = Document::from_json(&json.to_string()).and_then(|document| document.prepare().map(drop));
        let message = result.map_or_else(|error| error.to_string(), |()| "accepted".into());
        // A string takes what is written to it.
        let _ = writeln!(text, "{shown}\n    {message}");
        text
    });
    insta::assert_snapshot!(text);
}

#[test]
fn call_data_of_all_lanes_is_bounded() {
    let mut json = document(
        &examples::by_id("erc20").unwrap(),
        json!({"abi": ["f(string)"], "function": "f", "args": [{"list": ["a".repeat(1_000_000)]}]}),
    );
    json["lanes"] = json!(1_000_000);
    let error = Document::from_json(&json.to_string()).unwrap().prepare().unwrap_err();
    assert_eq!(
        error.to_string(),
        "steps[0].calldata.args: found more than 268435456 bytes of call data in all lanes; expected at most 268435456 \
         bytes: fewer lanes, or texts, bytes and arrays that do not vary"
    );
}
