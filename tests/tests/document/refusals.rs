//! Hostile and mistaken input: every one is refused with a message that names the place. The messages are a snapshot.

use std::fmt::Write as _;

use lanevm_core::document::{Document, MAX_BYTES, columns_from_csv, schema};
use serde_json::Value;

/// A document that is right, with one part of its text replaced.
fn with(part: &str, other: &str) -> String {
    let good = r#"{"lanevm":1,"hardfork":"osaka","chainId":"1","block":{"number":"7"},
        "state":{"absent":"empty","accounts":{"0x00000000000000000000000000000000000000aa":{"balance":"5","storage":{"0x1":"2"}}}},
        "programs":{"main":{"code":"0x00"}},"columns":{"amounts":["1","300"]},"axes":[{"name":"x","length":3}],"lanes":3,"seed":"9",
        "steps":[{"program":"main","gas":"100","value":"0","calldata":{"hex":"0x0011","fields":[{"offset":0,"width":2,"value":"1"}]}}],
        "ui":{"tab":1}}"#;
    assert!(good.contains(part), "{part}");
    let text = good.replacen(part, other, 1);
    assert!(text != good || part == other);
    text
}

/// What reading is to refuse, and whether the schema refuses it too. (It does not know duplicates or sums.)
fn malformed() -> Vec<(&'static str, String, bool)> {
    let value = |scalar: &str| with(r#""value":"0""#, &format!(r#""value":{scalar}"#));
    vec![
        ("empty text", String::new(), false),
        ("truncated", with("}", "}").split_at(300).0.to_owned(), false),
        ("text after", with("}", "}") + "x", false),
        ("not an object", "[]".into(), true),
        ("version missing", with(r#""lanevm":1,"#, ""), true),
        ("version newer", with(r#""lanevm":1"#, r#""lanevm":2,"novelty":[]"#), true),
        ("version as word", with(r#""lanevm":1"#, r#""lanevm":"one""#), true),
        ("hardfork missing", with(r#""hardfork":"osaka","#, ""), true),
        ("hardfork unknown", with("osaka", "atlantis"), true),
        ("unknown in document", with(r#""ui":"#, r#""iu":"#), true),
        ("unknown in block", with(r#""number""#, r#""nunber""#), true),
        ("unknown in state", with(r#""absent""#, r#""missing""#), true),
        ("unknown in account", with(r#""balance""#, r#""blance""#), true),
        ("unknown in program", with(r#""code":"0x00""#, r#""code":"0x00","size":1"#), true),
        ("unknown in axis", with(r#""length":3"#, r#""length":3,"step":1"#), true),
        ("unknown in step", with(r#""gas""#, r#""gasLimit""#), true),
        ("unknown in calldata", with(r#""hex":"0x0011""#, r#""hex":"0x0011","text":1"#), true),
        ("unknown in field", with(r#""width""#, r#""length""#), true),
        ("unknown generator", value(r#"{"rnage":["1","2"]}"#), true),
        ("two generators", value(r#"{"list":["1"],"fixed":"2"}"#), true),
        ("unknown in generator", value(r#"{"range":["1","2"],"by":1}"#), true),
        ("unknown in random", value(r#"{"random":{"minimum":"1"}}"#), true),
        ("from beside min", value(r#"{"random":{"from":["1"],"min":"0"}}"#), true),
        ("min over max", value(r#"{"random":{"min":"5","max":"4"}}"#), false),
        ("range of one", value(r#"{"range":["1"]}"#), true),
        ("range with a wrong bound", value(r#"{"range":["1","x"]}"#), true),
        ("step and count", value(r#"{"range":["1","9"],"step":"1","count":2}"#), false),
        ("step of zero", value(r#"{"range":["1","9"],"step":"0"}"#), false),
        ("empty list", value(r#"{"list":[]}"#), true),
        ("axis and zip", value(r#"{"list":["1"],"axis":"x","zip":true}"#), false),
        ("negative number", value("-1"), true),
        ("negative text", value(r#""-1""#), true),
        ("2^256", value(r#""115792089237316195423570985008687907853269984665640564039457584007913129639936""#), false),
        ("2^53", value("9007199254740992"), true),
        ("1e400", value("1e400"), false),
        ("1.5", value("1.5"), true),
        ("a word", value(r#""ten""#), true),
        ("true", value("true"), true),
        ("null", value("null"), true),
        ("gas of 2^64", with(r#""gas":"100""#, r#""gas":"18446744073709551616""#), false),
        ("short address", with("0x00000000000000000000000000000000000000aa", "0xaa"), false),
        (
            "address twice",
            with(r#""accounts":{"#, r#""accounts":{"0x00000000000000000000000000000000000000AA":{},"#),
            false,
        ),
        ("slot twice", with(r#""0x1":"2""#, r#""0x1":"2","0x01":"2""#), false),
        ("slot that is none", with(r#""0x1":"2""#, r#""one":"2""#), false),
        ("key twice", with(r#""lanes":3"#, r#""lanes":3,"lanes":4"#), false),
        ("key twice in ui", with(r#"{"tab":1}"#, r#"{"tab":{"a":1,"b":2,"a":3}}"#), false),
        ("odd hex", with("0x0011", "0x001"), false),
        ("hex of other letters", with("0x0011", "0x00zz"), true),
        ("unlinked code", with(r#""0x00""#, r#""0x73__$abc$__""#), true),
        ("code and program", with(r#""balance":"5""#, r#""code":"0x00","program":"main""#), false),
        ("no steps", r#"{"lanevm":1,"hardfork":"osaka","lanes":1,"steps":[]}"#.into(), true),
        ("lanes of zero", with(r#""lanes":3"#, r#""lanes":0"#), false),
        ("too many lanes", with(r#""lanes":3"#, r#""lanes":268435457"#), false),
        ("args without function", with(r#""hex":"0x0011","#, r#""args":[],"#), true),
        ("bidi and control", with(r#""absent""#, "\"\u{202e}evil\\u0007\\u0000\""), true),
        ("a long name", with(r#""absent""#, &format!("{:?}", "n".repeat(5_000))), true),
        ("deep nesting", "[".repeat(100_000), false),
        ("deep objects in ui", with(r#"{"tab":1}"#, &r#"{"a":"#.repeat(100)), false),
        ("too many values", with(r#"{"tab":1}"#, &format!("[{}0]", "0,".repeat(1 << 22))), false),
        ("too large", " ".repeat(MAX_BYTES + 1), false),
    ]
}

#[test]
fn malformed_documents_are_refused() {
    assert!(Document::from_json(&with("1", "1")).is_ok());
    let schema = jsonschema::validator_for(&schema::document()).unwrap();
    assert!(schema.is_valid(&serde_json::from_str(&with("1", "1")).unwrap()));
    let mut messages = String::new();
    for (name, text, by_schema) in malformed() {
        let error = Document::from_json(&text).expect_err(name);
        writeln!(messages, "{name}\n  {error}").unwrap();
        if by_schema {
            let value: Value = serde_json::from_str(&text).unwrap();
            assert!(!schema.is_valid(&value), "the schema accepts: {name}");
        }
    }
    insta::assert_snapshot!("malformed", messages);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let value = |scalar: &str| with(r#""value":"0""#, &format!(r#""value":{scalar}"#));
    let cases = [
        ("no such program", with(r#""program":"main""#, r#""program":"mian""#)),
        ("no such program of an account", with(r#""balance":"5""#, r#""program":"other""#)),
        ("neither program nor to", with(r#""program":"main","#, "")),
        (
            "both at level call",
            with(r#""program":"main""#, r#""program":"main","to":"0x00000000000000000000000000000000000000aa""#)
                .replace(r#""chainId""#, r#""level":"call","chainId""#),
        ),
        ("held by nobody at level call", with(r#""chainId""#, r#""level":"call","chainId""#)),
        ("a program and a create", with(r#""program":"main""#, r#""program":"main","to":null"#)),
        ("no such column", value(r#"{"column":"amonts"}"#)),
        ("no such axis", value(r#"{"list":["1"],"axis":"y"}"#)),
        ("axis of another length", value(r#"{"list":["1","2"],"axis":"x"}"#)),
        ("more lanes than points", with(r#""lanes":3"#, r#""lanes":4"#)),
        ("no lanes", with(r#""lanes":3,"#, "").replace(r#""axes":[{"name":"x","length":3}],"#, "")),
        (
            "too many points",
            with(r#""length":3}"#, r#""length":268435456},{"name":"y","length":2}"#).replace(r#""lanes":3,"#, ""),
        ),
        ("axis twice", with(r#""length":3}"#, r#""length":3},{"name":"x","length":3}"#)),
        ("field past the end", with(r#""offset":0"#, r#""offset":1"#)),
        ("value wider than its field", with(r#""value":"1""#, r#""value":"65536""#)),
        ("column wider than its field", with(r#""width":2,"value":"1""#, r#""width":1,"value":{"column":"amounts"}"#)),
        ("list wider than its field", with(r#""value":"1""#, r#""value":{"list":["1","65536"]}"#)),
        ("random wider than its field", with(r#""value":"1""#, r#""value":{"random":{"max":"65536"}}"#)),
        (
            "picking for too many",
            value(r#"{"random":{"from":["1","2"]}}"#)
                .replace(r#""axes":[{"name":"x","length":3}],"lanes":3"#, r#""lanes":5000000"#),
        ),
        (
            "one column for many",
            with(r#""amounts":["1","300"]"#, &format!(r#""amounts":[{}1]"#, "1,".repeat(1 << 20))).replace(
                r#""fields":["#,
                &format!(r#""fields":[{}"#, r#"{"offset":0,"width":1,"value":{"column":"amounts"}},"#.repeat(9)),
            ),
        ),
        (
            "many hashes in many blocks",
            with(
                r#""number":"7""#,
                &format!(
                    r#""number":{{"range":["0","5000"]}},"blockHashes":{{{}}}"#,
                    (0..5_000).map(|number| format!(r#""{number}":"{number:064x}""#)).collect::<Vec<_>>().join(",")
                ),
            )
            .replace(r#""axes":[{"name":"x","length":3}],"lanes":3"#, r#""lanes":5000"#),
        ),
        (
            "too many blocks",
            with(r#""number":"7""#, r#""number":{"range":["0","999999"]}"#)
                .replace(r#""axes":[{"name":"x","length":3}],"lanes":3"#, r#""lanes":1000000"#),
        ),
        (
            "too many values of state",
            with(r#""balance":"5""#, r#""balance":{"list":["1","2"]}"#)
                .replace(r#""axes":[{"name":"x","length":3}],"lanes":3"#, r#""lanes":268435456"#),
        ),
    ];
    let mut messages = String::new();
    for (name, text) in cases {
        let error = Document::from_json(&text).expect(name).prepare().expect_err(name);
        writeln!(messages, "{name}\n  {error}").unwrap();
    }
    insta::assert_snapshot!("unfit", messages);
}

#[test]
fn hostile_links_are_refused() {
    let pack = |bytes: &[u8]| {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(bytes, 9))
    };
    let good = Document::from_json(&with("1", "1")).unwrap().to_link_fragment();
    let bomb = pack(&vec![b' '; MAX_BYTES + 1]);
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    let cases = [
        ("nothing", "#".to_owned()),
        ("garbage", "#%%%".into()),
        ("garbage that is base64url", "#abcdefghijklmnop".into()),
        ("cut", good[..(good.len() / 2) & !3].into()),
        ("zip bomb", bomb),
        ("no text", pack(&[0xff; 10])),
        ("no JSON", pack(b"hello")),
        ("newer version", pack(br#"{"lanevm":3}"#)),
        ("short: unknown key", "#code=0x00&kode=1".into()),
        ("short: no code", "#calldata=0x00".into()),
        ("short: key twice", "#code=0x00&code=0x01".into()),
        ("short: odd hex", "#code=0x0".into()),
        ("short: bad escape", "#code=%zz".into()),
        ("short: bad caller", "#code=00&caller=0x12".into()),
        ("short: bad fork", "#code=00&fork=none".into()),
        ("short: bad gas", "#code=00&gas=-1".into()),
    ];
    let mut messages = String::new();
    for (name, link) in cases {
        writeln!(messages, "{name}\n  {}", Document::from_fragment(&link).expect_err(name)).unwrap();
    }
    insta::assert_snapshot!("links", messages);
}

#[test]
fn hostile_tables_are_refused() {
    let cases = [
        ("nothing", String::new()),
        ("names alone", "a,b\n".into()),
        ("no name", "a,\n1,2\n".into()),
        ("name twice", "a,a\n1,2\n".into()),
        ("too few cells", "a,b\n1,2\n3\n".into()),
        ("a word", "a,b\n1,2\n3,four\n".into()),
        ("a negative number", "a,b\n1,-2\n".into()),
        ("a quoted line", "a,b\n1,\"2\n3\"\n".into()),
        ("a formula", "a\n=1+1\n".into()),
        ("semicolons", "a;b\n1;2\n".into()),
        ("too many names", "a,".repeat(1_001)),
    ];
    let mut messages = String::new();
    for (name, text) in cases {
        writeln!(messages, "{name}\n  {}", columns_from_csv(&text).expect_err(name)).unwrap();
    }
    insta::assert_snapshot!("tables", messages);
    let columns = columns_from_csv("\u{feff}a, b\n1, 0x0f\n 2,\"3\"\n").unwrap();
    let found: Vec<String> = columns.iter().map(|(name, values)| format!("{name}: {values:?}")).collect();
    assert_eq!(found, ["a: [1, 2]", "b: [15, 3]"]);
}
