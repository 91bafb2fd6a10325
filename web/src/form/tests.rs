//! Round trips and errors.

use lanevm_core::{Document, examples};

use super::*;

fn example(index: usize) -> Document {
    examples::all()[index].document()
}

/// A document as text, through the form and back.
fn round(text: &str) {
    let document = Document::from_json(text).unwrap();
    let form = Form::of(&document);
    // Arguments are free JSON, in which the order of keys says nothing.
    let value = |document: Document| serde_json::to_value(document).unwrap();
    assert_eq!(form.document().map(value), Ok(value(document)), "{form:#?}");
}

/// Reading an example's form gives the example's own document: the page runs what the other hosts run.
#[test]
fn examples_survive_the_form() {
    for example in examples::all() {
        let form = Form { count: "50".into(), ..Form::of(&example.document()) };
        assert_eq!(form.document().unwrap(), Document { lanes: Some(50), ..example.document() }, "{}", example.id);
    }
}

#[test]
fn every_generator_survives_the_form() {
    let generators = [
        r#""7""#,
        r#"{"range":["1","9"]}"#,
        r#"{"range":["1","9"],"step":"2"}"#,
        r#"{"range":["9","1"],"count":5}"#,
        r#"{"list":["1","2"]}"#,
        r#"{"column":"c"}"#,
        r#"{"random":{}}"#,
        r#"{"random":{"dist":"logUniform","max":"99","min":"3"}}"#,
        r#"{"random":{"from":["4","5"]}}"#,
        r#"{"range":["0","9"],"axis":"x"}"#,
    ];
    for generator in generators {
        round(&format!(
            r#"{{"lanevm":1,"hardfork":"osaka","chainId":{generator},"block":{{"number":{generator},"gasLimit":{generator}}},
                "programs":{{"p":{{"code":"0x00","abi":["function f(uint8 a, int16 b, uint32[] c) payable"]}}}},
                "columns":{{"c":["1","2","3","4","5","6","7","8","9","10"]}},"axes":[{{"name":"x","length":10}}],"lanes":10,
                "steps":[{{"program":"p","value":{generator},"gas":{generator},
                           "calldata":{{"hex":"0x0000","fields":[{{"offset":1,"width":1,"value":{generator}}}]}}}},
                         {{"program":"p","calldata":{{"function":"f","args":[{generator},{generator},["1",{generator}]]}}}}]}}"#
        ));
    }
}

#[test]
fn steps_and_what_surrounds_them_survive_the_form() {
    round(
        r#"{"lanevm":1,"hardfork":"cancun","level":"transaction","mode":"independent","chainId":"5",
            "block":{"coinbase":"0x0000000000000000000000000000000000000009","baseFeePerGas":"7","excessBlobGas":"3",
                     "prevRandao":"0x00000000000000000000000000000000000000000000000000000000000000aa"},
            "state":{"absent":"unknown","accounts":{
                "0x00000000000000000000000000000000000000a1":{"balance":"5","program":"a","storage":{"0x1":"2"}},
                "0x00000000000000000000000000000000000000b2":{"nonce":"1","program":"b"},
                "0x00000000000000000000000000000000000000c3":{"code":"0x6001"}}},
            "programs":{"a":{"code":"0x00"},"b":{"code":"0x01","abi":["function g(bool x, bytes4 y, string z)"]}},
            "lanes":3,"seed":"9",
            "steps":[{"program":"a"},
                     {"to":"0x00000000000000000000000000000000000000c3","value":"1"},
                     {"to":{"list":["0x00000000000000000000000000000000000000c3","0x00000000000000000000000000000000000000b2"]}},
                     {"program":"b","calldata":{"function":"g","args":[true,"0x01020304","text"]}},
                     {"to":null,"calldata":{"hex":"0x6000"}}]}"#,
    );
}

#[test]
fn errors_stand_at_their_field() {
    let mut form = Form::of(&example(0));
    form.code = "0x60zz".into();
    form.steps[0].gas.fixed = "lots".into();
    form.steps[0].args[1].value.amount = "many".into();
    let wrong = by_field(form.check());
    assert!(wrong["code"].contains("position 5"));
    let step = form.steps[0].key;
    assert!(wrong[&format!("steps.{step}.gas.fixed")].contains("lots"));
    assert!(wrong[&format!("steps.{step}.args.1.amount")].contains("many"), "{wrong:?}");
    assert_eq!(wrong.len(), 3, "{wrong:?}");
}

#[test]
fn errors_of_documents_come_back_to_their_field() {
    let mut form = Form::of(&example(0));
    form.columns = Arc::default();
    form.steps[0].args[1].value = Varying { kind: Kind::Column, column: "none".into(), ..Varying::fixed("1") };
    let error = form.document().unwrap().prepare().unwrap_err();
    let key = form.steps[0].key;
    assert_eq!(form.field_of(&error).field, format!("steps.{key}.args.1.column"), "{error}");
    form.steps[0].args[1].value = Varying::fixed("2");
    form.block.number = Varying { kind: Kind::Column, column: "none".into(), ..Varying::fixed("1") };
    let error = form.document().unwrap().prepare().unwrap_err();
    assert_eq!(form.field_of(&error).field, "block.number.column", "{error}");
}

#[test]
fn any_bytes_are_a_program() {
    for code in ["", "0x", "60", "7f00", "fe", "5b 5b\n5b"] {
        let form = Form { code: code.into(), ..Form::of(&example(0)) };
        assert_eq!(form.check(), [], "{code}");
    }
}

#[test]
fn assembly_is_a_program_and_is_kept() {
    let text = "start:\n  PUSH start ; again\n  JUMP\n";
    let form = Form { code: text.into(), ..Form::of(&example(0)) };
    let document = form.document().unwrap();
    assert_eq!(document.programs[&form.name].code.to_vec(), [0x5b, 0x60, 0, 0x56]);
    assert_eq!(Form::of(&document).code, text);
    let form = Form { code: "start:\n  PUHS start\n".into(), ..form };
    let wrong = by_field(form.check());
    assert!(wrong["code"].starts_with("line 2, column 3"), "{wrong:?}");
}

#[test]
fn arguments_are_typed_as_people_type_them() {
    let mut document = example(0);
    document.programs.get_mut("erc20").unwrap().abi =
        Some(serde_json::json!(["function f(int8 a, address b, bytes2 c, bool d, (uint8, bytes)[] e)"]));
    document.steps[0].calldata = lanevm_core::document::Calldata::Abi(lanevm_core::document::AbiCall {
        function: "f".into(),
        args: serde_json::from_str(r#"["0","0x00000000000000000000000000000000000000c3","0x0000",false,[]]"#).unwrap(),
        ..Default::default()
    });
    let mut form = Form::of(&document);
    assert_eq!(form.document().unwrap().to_json(), document.to_json());
    let step = form.steps[0].key;
    for (index, good, bad) in [
        (0, "-1_0", "128"),
        (1, "0x00000000000000000000000000000000000000C3", "0x12"),
        (2, "0xabcd", "0xab"),
        (3, "true", "7"),
    ] {
        form.steps[0].args[index].value.fixed = bad.into();
        let wrong = by_field(form.check());
        assert!(wrong.contains_key(&format!("steps.{step}.args.{index}.fixed")), "{bad}: {wrong:?}");
        form.steps[0].args[index].value.fixed = good.into();
        assert_eq!(form.check(), [], "{good}");
    }
    form.steps[0].args[4].json = "[[1, ".into();
    assert!(by_field(form.check()).contains_key(&format!("steps.{step}.args.4")));
    form.steps[0].args[4].json = r#"[["1", "0x00"]]"#.into();
    assert!(form.document().unwrap().prepare().is_ok());
}

#[test]
fn great_states_are_kept_whole_and_rows_lie_over_them() {
    let mut document = example(2);
    let account = document.state.accounts.values_mut().find(|account| account.program.is_some()).unwrap();
    for slot in 1_000..101_000_u64 {
        account.storage.insert(U256::from(slot), U256::from(slot).into());
    }
    let mut form = Form::of(&document);
    assert!(form.state.slots.is_empty());
    assert_eq!(form.document().as_ref(), Ok(&document));
    form.state.slots.push(SlotForm { key: 9, address: String::new(), slot: "1000".into(), value: "77".into() });
    let read = form.document().unwrap();
    let account = read.state.accounts.values().find(|account| account.program.is_some()).unwrap();
    assert_eq!(account.storage[&U256::from(1_000)], U256::from(77).into());
    assert_eq!(account.storage.len(), 100_001);
}

#[test]
fn pictures_are_of_the_values_that_run() {
    let document = example(3);
    let form = Form::of(&document);
    let pictures = pictures::pictures(&form, &document);
    let key = form.steps[0].key;
    let rounds = &pictures[&format!("steps.{key}.args.1")];
    assert_eq!((rounds.min, rounds.max, rounds.different), (U256::from(10), U256::from(100), 4));
    assert_eq!(rounds.bins.iter().sum::<u32>() as usize, pictures::LANES);
    let seed = &pictures[&format!("steps.{key}.args.0")];
    assert!(seed.bins.iter().all(|count| *count > 10), "{seed:?}");
    assert_eq!(pictures.len(), 2);
}

/// Two steps of two programs.
const TWO: &str = r#"{"lanevm":1,"hardfork":"osaka","lanes":2,"programs":{
    "first":{"code":"0x6001"},"second":{"code":"0x6002"}},
    "steps":[{"program":"first"},{"program":"second","calldata":{"hex":"0x01"}}]}"#;

#[test]
fn every_program_can_be_edited() {
    let document = Document::from_json(TWO).unwrap();
    let form = Form::of(&document);
    assert_eq!(
        (form.name.as_str(), Form::programs(&form.name, &form.base)),
        ("first", vec!["first".to_owned(), "second".to_owned()])
    );
    // Assembly is put aside with its program, and comes back with it.
    let typed = Form { code: "PUSH1 5 // five".into(), ..form };
    let mut second = typed.editing("second").unwrap();
    assert_eq!((second.name.as_str(), second.code.as_str()), ("second", "0x6002"));
    second.code = "0x6003".into();
    let made = second.document().unwrap();
    assert_eq!(made.programs["first"].code[..], [0x60, 5]);
    assert_eq!(made.programs["second"].code[..], [0x60, 3]);
    assert_eq!(made.steps, document.steps);
    // A kept form opens where it was left.
    assert_eq!(Form::of(&made).name, "second");
    let first = second.editing("first").unwrap();
    assert_eq!(first.code, "PUSH1 5 // five");
    let made = first.document().unwrap();
    assert_eq!(made.ui.unwrap(), serde_json::json!({ "source": "PUSH1 5 // five" }));
    // What cannot be read is not put aside, and a program that is not there is not edited.
    let wrong = Form { code: "0x6".into(), ..second.clone() };
    assert_eq!(wrong.editing("first").unwrap_err()[0].field, "code");
    assert!(second.editing("third").is_err());
}

#[test]
fn a_limit_of_instructions_travels_with_the_document() {
    let mut form = Form { max_steps: "1000".into(), ..Form::of(&example(0)) };
    let document = form.document().unwrap();
    assert_eq!(document.limits.steps, Some(1000));
    assert_eq!(Form::of(&document).max_steps, "1000");
    form.max_steps = "many".into();
    assert_eq!(form.document().unwrap_err()[0].field, "max_steps");
    form.max_steps = String::new();
    assert_eq!(form.document(), Ok(example(0)));
}

#[test]
fn call_data_in_turn_survive_the_form() {
    round(
        r#"{"lanevm":1,"hardfork":"osaka","axes":[{"name":"a","length":2}],"steps":[{"to":null,
        "calldata":{"list":["0x","0x0102"],"axis":"a"}}]}"#,
    );
    let mut form = Form::of(&Document::from_json(TWO).unwrap());
    form.steps[1].data = "0x01, 0x, 0203".into();
    let made = form.document().unwrap();
    assert_eq!(Form::of(&made).steps[1].data, "0x01, 0x, 0x0203");
    form.steps[1].data = "0x01, zz".into();
    assert!(form.document().unwrap_err()[0].message.starts_with("call data 2: "));
}
