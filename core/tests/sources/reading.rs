//! Readers of program and state files: every format, every refusal, and files made to harm.

use std::time::Instant;

use lanevm_core::{
    Address, U256,
    reading::{
        BlockTag, CodeError, Constructor, Place, ProgramFormat, ReadErrorKind, StateFormat, WantedCall, cast_commands,
        read_program, read_state,
    },
};
use proptest::prelude::*;

const ABI: &str =
    r#"[{"type":"constructor","inputs":[{"name":"a","type":"uint256"}]},{"type":"function","name":"f","inputs":[]}]"#;
const HOLE: &str = "__$0123456789abcdef0123456789abcdef01$__";

fn foundry() -> String {
    format!(
        r#"{{"abi":{ABI},"bytecode":{{"object":"0x60{HOLE}00","sourceMap":"1:2","linkReferences":{{"src/Lib.sol":{{"Lib":[{{"start":1,"length":20}}]}}}}}},
        "deployedBytecode":{{"object":"0x6001600260","linkReferences":{{}},"immutableReferences":{{"17":[{{"start":1,"length":2}}]}}}},
        "metadata":{{"settings":{{"compilationTarget":{{"src/Token.sol":"Token"}}}}}}}}"#
    )
}

fn hardhat() -> String {
    format!(
        r#"{{"_format":"hh-sol-artifact-1","contractName":"Token","sourceName":"contracts/Token.sol","abi":{ABI},
        "bytecode":"0x6001","deployedBytecode":"0x60","linkReferences":{{}},"deployedLinkReferences":{{}}}}"#
    )
}

fn standard() -> String {
    r#"{"sources":{},"contracts":{"a.sol":{
        "A":{"abi":[],"evm":{"bytecode":{"object":"6001"},"deployedBytecode":{"object":"60"}}},
        "I":{"abi":[],"evm":{"bytecode":{"object":""},"deployedBytecode":{"object":""}}}},
        "b.sol":{"B":{"abi":[],"evm":{"bytecode":{"object":"6002"},"deployedBytecode":{"object":"61"}}}}}}"#
        .into()
}

fn build_info() -> String {
    format!(r#"{{"_format":"hh-sol-build-info-1","input":{{"language":"Solidity"}},"output":{}}}"#, standard())
}

const COMBINED: &str = r#"{"contracts":{"a.sol:A":{"abi":"[]","bin":"6001","bin-runtime":"60"}},"version":"0.8.30"}"#;

#[test]
fn every_program_format_is_recognised() {
    for (text, format, names) in [
        ("0x6001".to_owned(), ProgramFormat::Hex, vec!["Name"]),
        (" 60 01\n60ff ".into(), ProgramFormat::Hex, vec!["Name"]),
        ("\"0x6001\"".into(), ProgramFormat::Hex, vec!["Name"]),
        (format!("73{HOLE}63"), ProgramFormat::Hex, vec!["Name"]),
        ("add".into(), ProgramFormat::Assembly, vec!["Name"]),
        ("; twice\nPUSH 2 MUL".into(), ProgramFormat::Assembly, vec!["Name"]),
        (ABI.into(), ProgramFormat::Abi, vec!["Name"]),
        (format!(r#"{{"abi":{ABI}}}"#), ProgramFormat::Abi, vec!["Name"]),
        (foundry(), ProgramFormat::Foundry, vec!["Token"]),
        (hardhat(), ProgramFormat::Hardhat, vec!["Token"]),
        (standard(), ProgramFormat::StandardJson, vec!["A", "B"]),
        (build_info(), ProgramFormat::BuildInfo, vec!["A", "B"]),
        (COMBINED.into(), ProgramFormat::CombinedJson, vec!["A"]),
    ] {
        let found = read_program("out/Name.json", &text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(found.format, format, "{text}");
        assert_eq!(found.programs.iter().map(|program| program.name.as_str()).collect::<Vec<_>>(), names, "{text}");
    }
}

#[test]
fn artifacts_give_all_they_hold() {
    let found = read_program("x", &foundry()).unwrap();
    let mut token = found.programs.into_iter().next().unwrap();
    assert_eq!(token.source.as_deref(), Some("src/Token.sol"));
    assert_eq!(token.constructor, Constructor::Present { arguments: 1 });
    assert_eq!(token.abi.as_deref(), Some(ABI));
    assert!(token.needs_deployment());
    assert_eq!(token.immutables["17"], [Place { offset: 1, length: 2 }]);
    let creation = token.creation.as_mut().unwrap();
    assert_eq!(creation.links()[0].library, "src/Lib.sol:Lib");
    // What lacks an address gives no bytes.
    assert_eq!(creation.bytes(), Err(CodeError::Unlinked(vec!["src/Lib.sol:Lib".into()])));
    assert!(creation.link("Lib", Address::ZERO).is_err());
    creation.link("src/Lib.sol:Lib", Address::repeat_byte(0xab)).unwrap();
    assert_eq!(hex::encode(creation.bytes().unwrap()), format!("60{}00", "ab".repeat(20)));
    let hardhat = read_program("x", &hardhat()).unwrap().programs.remove(0);
    assert_eq!(hardhat.creation.unwrap().bytes().unwrap().as_ref(), [0x60, 1]);
    // Two holes of one library; without references it is called as its placeholder.
    let mut twice = read_program("x", &format!("0x73{HOLE}6073{HOLE}")).unwrap().programs.remove(0).runtime.unwrap();
    assert_eq!(twice.links()[0].places.len(), 2);
    twice.link(HOLE, Address::repeat_byte(1)).unwrap();
    assert_eq!(twice.bytes().unwrap().len(), 43);
    assert_eq!(read_program("x", COMBINED).unwrap().programs[0].constructor, Constructor::Absent);
}

fn refused_program(text: &str) -> String {
    let error = read_program("file.json", text).map(|_| ()).expect_err(text);
    format!("{}\n    {error}\n", text.chars().take(100).collect::<String>())
}

#[test]
fn programs_that_cannot_be_read_say_why() {
    let texts = [
        "",
        "   ",
        "0x600",
        "0x60zz",
        "hello world",
        "pragma solidity ^0.8.0; contract A {}",
        "{",
        "{}",
        "[]",
        "[1]",
        "{\"a\":1}",
        "[{\"address\":\"0x1\"}]",
        "{\"alloc\":{}}",
        "{\"accounts\":{}}",
        "{\"pre\":{}}",
        "{\"t\":{\"pre\":{}}}",
        "PUSH1 0x1234",
        "73__$short",
        "7__$0123456789abcdef0123456789abcdef01$__0",
        "{\"bytecode\":{\"object\":5}}",
        "{\"bytecode\":\"0x6\"}",
        "{\"bytecode\":{\"object\":\"zz\"}}",
        "{\"contracts\":{}}",
        "{\"contracts\":5}",
        "{\"contracts\":{\"a.sol\":5}}",
        "{\"errors\":[{\"severity\":\"error\",\"formattedMessage\":\"a.sol:1: no\"}]}",
        "{\"bytecode\":{\"object\":\"60\"},\"bytecode\":{}}",
        "{\"abi\":[]} x",
        "{\"bytecode\":{\"object\":\"73__$0123456789abcdef0123456789abcdef01$__\",\"linkReferences\":{\"a\":{\"B\":[{\"start\":0,\"length\":20}]}}}}",
        "{\"deployedBytecode\":{\"object\":\"6000\",\"immutableReferences\":{\"1\":[{\"start\":1,\"length\":32}]}}}",
        "{\"deployedBytecode\":{\"object\":\"6000\",\"immutableReferences\":{\"1\":[{\"start\":1}]}}}",
    ];
    insta::assert_snapshot!(texts.into_iter().map(refused_program).collect::<String>());
    let deep = "[".repeat(100_000);
    assert!(matches!(read_program("x", &deep).unwrap_err().kind, ReadErrorKind::Json { .. }));
    assert!(matches!(read_program("x", &"0".repeat(17 << 20)).unwrap_err().kind, ReadErrorKind::TooLong { .. }));
    let many = format!("[{}1]", "1,".repeat(7_000_000));
    assert!(read_program("x", &many).unwrap_err().to_string().contains("more than 4000000 values"));
}

const A: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "0xBbBBbbBbbBbBbbbbbBbBbBBBbbBBbBbBBbbbBbbb";

#[test]
fn every_state_format_is_recognised() {
    let account = r#"{"balance":"0x64","nonce":3,"code":"0x6001","storage":{"0x01":"0x02","0x03":"0x0"}}"#;
    let map = format!(r#"{{"{A}":{account}}}"#);
    let viem = format!(
        r#"[{{"address":"{A}","balance":"100","nonce":3,"code":"0x6001","state":[{{"slot":"0x01","value":"0x02"}}]}}]"#
    );
    let ox = format!(r#"{{"{A}":{{"balance":100,"nonce":"0x3","code":"0x6001","state":{{"0x01":"0x02"}}}}}}"#);
    let bare = format!(
        r#"{{"root":"ab","accounts":{{"{}":{{"balance":"100","nonce":3,"root":"x","codeHash":"y","code":"6001","storage":{{"{:064x}":"02"}}}}}}}}"#,
        &A[2..],
        1
    );
    for (text, format) in [
        (map.clone(), StateFormat::Accounts),
        (viem, StateFormat::ViemOverride),
        (ox, StateFormat::OverrideMap),
        (bare, StateFormat::Dump),
        (
            format!(r#"{{"block":{{"number":"0x1"}},"accounts":{map},"best_block_number":"0x1","blocks":[]}}"#),
            StateFormat::Dump,
        ),
        (format!(r#"{{"config":{{"chainId":1}},"alloc":{map},"difficulty":"0x1"}}"#), StateFormat::Genesis),
        (format!(r#"{{"pre":{map}}}"#), StateFormat::Pre),
        (format!(r#"{{"jsonrpc":"2.0","id":1,"result":{map}}}"#), StateFormat::Accounts),
    ] {
        let found = read_state(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(found.format, format, "{text}");
        let account = &found.states[0].accounts[&A.parse::<Address>().unwrap()];
        assert_eq!((account.nonce, account.balance), (3, U256::from(100)), "{text}");
        assert_eq!(account.code.as_ref(), [0x60, 1], "{text}");
        assert_eq!(account.storage.iter().collect::<Vec<_>>(), [(&U256::from(1), &U256::from(2))], "{text}");
        assert!(!account.difference);
    }
    // Geth's dump has bare hex digits; elsewhere bare digits are decimal.
    for (sibling, value) in [(r#","codeHash":"0x""#, 0x10), ("", 10)] {
        let found = read_state(&format!(r#"{{"{A}":{{"storage":{{"0x01":"10"}}{sibling}}}}}"#)).unwrap();
        assert_eq!(found.states[0].accounts.values().next().unwrap().storage[&U256::from(1)], U256::from(value));
    }
    let difference = read_state(&format!(r#"{{"{A}":{{"stateDiff":{{"0x01":"0x00"}}}}}}"#)).unwrap();
    let account = &difference.states[0].accounts[&A.parse::<Address>().unwrap()];
    assert!(account.difference);
    assert_eq!(account.storage[&U256::from(1)], U256::ZERO, "a difference's zero says something");
    assert_eq!(read_state("{}").unwrap().states[0].accounts.len(), 0);
}

#[test]
fn a_trace_of_differences_gives_both_states() {
    let text = format!(
        r#"{{"pre":{{"{A}":{{"balance":"0x5","nonce":1,"storage":{{"0x01":"0x02","0x04":"0x05"}}}},"{B}":{{"balance":"0x1"}}}},
        "post":{{"{A}":{{"balance":"0x4","storage":{{"0x01":"0x03"}}}}}}}}"#
    );
    let found = read_state(&text).unwrap();
    assert_eq!(found.format, StateFormat::PrestateDiff);
    let after = &found.states[1].accounts;
    let account = &after[&A.parse::<Address>().unwrap()];
    assert_eq!((account.nonce, account.balance), (1, U256::from(4)));
    assert_eq!(account.storage.iter().collect::<Vec<_>>(), [(&U256::from(1), &U256::from(3))]);
    assert_eq!(after.len(), 1, "the second account is gone");
}

#[test]
fn state_tests_are_listed() {
    let test = format!(
        r#"{{"env":{{}},"pre":{{"{A}":{{"balance":"0x01","code":"0x","nonce":"0x00","storage":{{}}}}}},"transaction":{{"data":["0x"]}},
        "post":{{"Cancun":[{{"hash":"0x","indexes":{{"data":0,"gas":1,"value":2}}}}],"Osaka":[{{"indexes":{{"data":1,"gas":0,"value":0}}}}]}}}}"#
    );
    let found = read_state(&format!(r#"{{"_info":{{}},"first":{test},"second":{test}}}"#)).unwrap();
    assert_eq!(found.format, StateFormat::StateTest);
    assert_eq!(
        found.states.iter().map(|state| state.name.as_deref().unwrap()).collect::<Vec<_>>(),
        ["first", "second"]
    );
    let cases = &found.states[0].cases;
    assert_eq!((cases[0].fork.as_str(), cases[0].data, cases[0].gas, cases[0].value), ("Cancun", 0, 1, 2));
    assert_eq!(cases[1].fork, "Osaka");
    assert_eq!(read_state(&test).unwrap().states[0].name, None);
}

/// Gzip whose content is stored, not packed: what every unpacker must read.
fn stored(content: &[u8], checksum: u32) -> String {
    let mut bytes = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff];
    bytes.extend_from_slice(b"state.json\0");
    bytes.push(1);
    bytes.extend_from_slice(&(content.len() as u16).to_le_bytes());
    bytes.extend_from_slice(&(!(content.len() as u16)).to_le_bytes());
    bytes.extend_from_slice(content);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
    format!("0x{}", hex::encode(bytes))
}

#[test]
fn packed_states_are_unpacked() {
    // crc32 of this text, by zlib.
    let (text, checksum) = (br#"{"accounts":{}}"#, CHECKSUM);
    for packed in [stored(text, checksum), format!("{:?}", stored(text, checksum))] {
        assert_eq!(read_state(&packed).unwrap().format, StateFormat::PackedDump);
    }
    let said = |text: &str| read_state(text).unwrap_err().to_string();
    assert_eq!(said(&stored(text, 1)), "the packed state cannot be unpacked: its checksum is wrong");
    let packed = stored(text, checksum);
    for end in (6..packed.len()).step_by(2) {
        assert!(read_state(&packed[..end]).is_err(), "cut off at {end}");
    }
    // 64 MiB of zeros and more, in blocks that repeat one byte: a bomb.
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    bomb.extend(miniz_oxide::deflate::compress_to_vec(&vec![b' '; 65 << 20], 9));
    bomb.extend([0; 8]);
    assert!(bomb.len() < 100_000);
    assert_eq!(read_state(&hex::encode(bomb)).unwrap_err().kind, ReadErrorKind::Bomb);
}

const CHECKSUM: u32 = 1691387721;

#[test]
fn states_that_cannot_be_read_say_where() {
    let account = |inner: &str| format!(r#"{{"{A}":{inner}}}"#);
    let texts = [
        String::new(),
        "hello".into(),
        "0x6001".into(),
        "5".into(),
        "[5]".into(),
        "[{}]".into(),
        r#"[{"address":"0x12"}]"#.into(),
        r#"{"abi":[]}"#.into(),
        r#"{"hello":1,"world":2}"#.into(),
        r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"no such method"}}"#.into(),
        format!(r#"{{"{A}":{{}},"{}":{{}}}}"#, A.replace('a', "A").replace("0x", "0X")),
        format!(r#"{{"{A}":{{}},"{A}":{{}}}}"#),
        format!(r#"{{"{A}":{{}},"{B}":{{}},"0x12":{{}}}}"#),
        account("5"),
        account(r#"{"nonce":-1}"#),
        account(r#"{"nonce":"0x10000000000000000"}"#),
        account(r#"{"balance":1e30}"#),
        account(r#"{"balance":1.5}"#),
        account(r#"{"balance":"ten"}"#),
        account(&format!(r#"{{"balance":"0x1{}"}}"#, "0".repeat(64))),
        account(&format!(r#"{{"balance":"{}"}}"#, "9".repeat(5_000))),
        account(r#"{"code":"0x6"}"#),
        account(r#"{"code":5}"#),
        account(r#"{"storage":5}"#),
        account(r#"{"storage":{"0x01":"0x","0x1":"0x2"}}"#),
        account(r#"{"storage":{"slot":"0x01"}}"#),
        account(r#"{"storage":{"0x01":"zz"}}"#),
        account(r#"{"state":{},"stateDiff":{}}"#),
        format!(r#"[{{"address":"{A}","stateDiff":[{{"slot":"0x1"}}]}}]"#),
        format!(r#"{{"alloc":{{"{A}":{{"storage":{{"0x01":[]}}}}}}}}"#),
        format!(r#"{{"t":{{"env":{{}},"pre":{{"{A}":{{"nonce":"x"}}}}}}}}"#),
        r#"{"t":{"env":{},"pre":{},"post":{"Osaka":[{"indexes":{"data":0,"gas":0}}]}}}"#.into(),
    ];
    let said: String = texts
        .iter()
        .map(|text| {
            let error = read_state(text).map(|_| ()).expect_err(text);
            format!("{}\n    {error}\n", text.chars().take(120).collect::<String>())
        })
        .collect();
    insta::assert_snapshot!(said);
}

#[test]
fn a_hundred_thousand_slots() {
    let slots: Vec<String> = (0..100_000).map(|slot| format!(r#""0x{slot:064x}":"0x{:064x}""#, slot + 1)).collect();
    let text = format!(r#"{{"{A}":{{"balance":"0x1","storage":{{{}}}}}}}"#, slots.join(","));
    let begun = Instant::now();
    let found = read_state(&text).unwrap();
    println!("a state of 100,000 slots, {} bytes: {:?}", text.len(), begun.elapsed());
    assert_eq!(found.states[0].accounts.values().next().unwrap().storage.len(), 100_000);
}

#[test]
fn lines_for_cast() {
    let call = WantedCall {
        from: Some(Address::repeat_byte(1)),
        to: Some(Address::repeat_byte(2)),
        data: vec![0xa9, 0x05],
        value: U256::from(10),
        gas: Some(100_000),
    };
    let accounts = [(Address::repeat_byte(2), vec![U256::ZERO, U256::MAX])];
    insta::assert_snapshot!(
        [
            cast_commands(Some(&call), &accounts, BlockTag::Number(23_000_000)),
            cast_commands(Some(&WantedCall::default()), &[], BlockTag::Latest),
            cast_commands(None, &[(Address::ZERO, vec![])], BlockTag::Finalized),
        ]
        .join("\n")
    );
}

proptest! {
    #[test]
    fn damaged_files_are_answered(which in 0..8usize, cuts in proptest::collection::vec((any::<u16>(), "[\\[\\]{}\":,0-9a-fx_$ ]{0,4}"), 1..6)) {
        let map = format!(r#"{{"{A}":{{"balance":"0x64","nonce":3,"code":"0x6001","storage":{{"0x01":"0x02"}}}}}}"#);
        let texts = [
            foundry(), hardhat(), standard(), build_info(), COMBINED.to_owned(), map.clone(),
            format!(r#"{{"pre":{map},"post":{map}}}"#),
            format!(r#"{{"t":{{"env":{{}},"pre":{map},"post":{{"Osaka":[{{"indexes":{{"data":0,"gas":0,"value":0}}}}]}}}}}}"#),
        ];
        let mut text = texts[which].clone();
        for (at, with) in cuts {
            let at = at as usize % text.len().max(1);
            let end = (at + with.len() / 2).min(text.len());
            text.replace_range(at..end, &with);
        }
        let _ = read_program("x", &text);
        let _ = read_state(&text);
    }

    #[test]
    fn any_text_is_answered(text in "(?s).{0,300}") {
        let _ = read_program("x", &text);
        let _ = read_state(&text);
    }

    #[test]
    fn any_gzip_is_answered(mut bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        bytes.splice(0..0, [0x1f, 0x8b, 8]);
        let _ = read_state(&hex::encode(bytes));
    }

    #[test]
    fn hex_is_read_as_it_is(code in proptest::collection::vec(any::<u8>(), 1..100)) {
        let text = hex::encode(&code);
        for text in [format!("0x{text}"), format!("0x{}", text.to_uppercase()), format!(" 0x{}\n", text.split_at(2).0.to_owned() + "\n " + text.split_at(2).1)] {
            let found = read_program("x", &text).unwrap();
            let bytes = found.programs[0].runtime.as_ref().unwrap().bytes().unwrap();
            prop_assert_eq!(bytes.as_ref(), code.as_slice());
        }
    }
}
