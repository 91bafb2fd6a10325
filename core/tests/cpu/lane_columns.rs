//! Columns of lanes that were run, creation code that is deployed, and filters asked of real outcomes.

use lanevm_core::{
    Address, Batch, Calls, DataField, Executor, Fork, Generator, Keep, Template, U256,
    alloy_primitives::keccak256,
    assembly::assemble,
    deployment::{DeployError, Deployment, deploy},
    export::{Export, Format, Type},
    lane_columns::{Decode, Input, LaneColumns},
    lane_file,
    lane_meaning::Meanings,
    query::{Columns, Int, Kind, Query, Step, Terms, Value, column},
};

use crate::fixture::{CALLER, TARGET, one, run};

struct Words;

impl Decode for Words {
    fn find(&self, steps: &[Step]) -> Option<(usize, Kind)> {
        (steps == [Step::Name("out".into())] || steps == [Step::Index(0)]).then_some((0, Kind::Number))
    }

    fn returned<'a>(&'a self, output: &'a [u8], _: usize) -> Value<'a> {
        output.get(..32).and_then(U256::try_from_be_slice).map_or(Value::Absent, Value::Word)
    }

    fn reason<'a>(&'a self, output: &'a [u8]) -> Option<&'a str> {
        (output.len() == 1).then_some("one byte")
    }

    fn error<'a>(&'a self, output: &'a [u8]) -> Option<&'a str> {
        (output.len() == 1).then_some("Byte")
    }
}

/// Stores its argument in slot 1, logs it, and returns its double; reverts with one byte where it is over 5.
fn batch(keep: Keep) -> Batch {
    let text = "
        PUSH 5 PUSH 4 CALLDATALOAD GT PUSH @over JUMPI
        PUSH 4 CALLDATALOAD DUP1 PUSH 1 SSTORE
        DUP1 PUSH 0 PUSH 0 LOG1
        PUSH 1 SHL PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN
    over:
        PUSH 1 PUSH 0 REVERT";
    let mut batch = one(&assemble(text, Fork::LATEST).unwrap().code);
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().storage.insert(U256::from(1), U256::from(77));
    let template = Template {
        count: 8,
        caller: Generator::Fixed(U256::from_be_slice(CALLER.as_slice())),
        gas: Generator::Fixed(U256::from(100_000)),
        data: vec![0; 36],
        fields: vec![DataField {
            name: "amount".into(),
            offset: 4,
            width: 32,
            generator: Generator::Range { from: U256::ZERO, step: U256::from(1) },
        }],
        ..Template::default()
    };
    batch.calls = Calls { to: batch.calls.to.clone(), ..template.expand().unwrap() };
    batch.keep = keep;
    batch
}

fn inputs() -> Vec<Input> {
    let input = |name: &str, offset, width, signed| Input { name: name.into(), offset, width, signed };
    vec![input("amount", 4, 32, false), input("low", 35, 1, true), input("past", 5, 32, false)]
}

#[test]
fn filters_are_asked_of_lanes() {
    let batch = batch(Keep::All);
    let outcomes = run(&batch);
    let mut columns = LaneColumns::new(&batch, &outcomes, inputs(), Some(&Words));
    for (text, expected) in [
        ("status == success", vec![0, 1, 2, 3, 4, 5]),
        ("status == revert and reason == 'one byte' and error == 'Byte'", vec![6, 7]),
        ("ret.out == amount * 2 and lane == amount", vec![0, 1, 2, 3, 4, 5]),
        ("ret[0] > 6", vec![4, 5]),
        ("not (ret.out > 6)", vec![0, 1, 2, 3]),
        ("low == amount", (0..8).collect()),
        ("has(past)", vec![]),
        // A revert undoes what was stored; the world's value stands.
        ("slot('1') == 77", vec![6, 7]),
        ("slot('0x1') == amount", vec![0, 1, 2, 3, 4, 5]),
        ("slot('0x1') == 0", vec![0]),
        ("slot('0x7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a', '0x2') == 0", (0..8).collect()),
        ("balance('0xcacacacacacacacacacacacacacacacacacacaca') == 1 ether", (0..8).collect()),
        ("nonce('0x0000000000000000000000000000000000000001') == 0", (0..8).collect()),
        ("logs == 1 and logs[0].topic0 == 0x0000000000000000000000000000000000000000000000000000000000000003", vec![3]),
        ("has(logs[1].data) or has(logs[0].topic1)", vec![]),
        ("logs[0].address == to and logs[0].data == ret", vec![]),
        ("caller == 0xcacacacacacacacacacacacacacacacacacacaca and value == 0", (0..8).collect()),
        ("gas_limit == 100000 and gas < gas_limit", (0..8).collect()),
        ("executed_on == cpu and steps > 5 and gas > 20", (0..8).collect()),
    ] {
        let query = Query::new(text, &mut columns).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(query.select(&columns, 0..8), expected, "{text}");
    }
    assert_eq!(outcomes.executor(0), Executor::Cpu);
}

/// In a later step, what that step leaves alone is as the steps before left it.
#[test]
fn later_steps_look_through_to_earlier_ones() {
    let batch = batch(Keep::All);
    let earlier = [run(&batch)];
    let mut quiet = batch.clone();
    quiet.programs = vec![lanevm_core::Program::new(assemble("STOP", Fork::LATEST).unwrap().code)];
    let outcomes = run(&quiet);
    let mut columns = LaneColumns::new(&quiet, &outcomes, inputs(), None).after(&earlier);
    for (text, expected) in [("slot('1') == amount", vec![0, 1, 2, 3, 4, 5]), ("slot('1') == 77", vec![6, 7])] {
        let query = Query::new(text, &mut columns).unwrap();
        assert_eq!(query.select(&columns, 0..8), expected, "{text}");
    }
}

/// A table's head is the name of a column, and says so where it is not.
#[test]
fn columns_are_found_by_their_text() {
    let batch = batch(Keep::All);
    let outcomes = run(&batch);
    let mut columns = LaneColumns::new(&batch, &outcomes, inputs(), Some(&Words));
    let slot = column(" slot('1') ", &mut columns).unwrap();
    assert_eq!((slot.kind, columns.value(3, slot.id)), (Kind::Number, Value::Word(U256::from(3))));
    for text in ["", "gas + 1", "gass", "slot(1", "not gas", "5"] {
        assert!(column(text, &mut columns).is_err(), "{text}");
    }
    assert!(column("gass", &mut columns).unwrap_err().to_string().contains("did you mean `gas`?"));
}

#[test]
fn what_is_not_kept_is_said() {
    let batch = batch(Keep::Status);
    let outcomes = run(&batch);
    let mut columns = LaneColumns::new(&batch, &outcomes, inputs(), None);
    assert!(Query::new("gas > 5 and amount < 3", &mut columns).is_ok());
    for text in [
        "slot('1') == 1",
        "logs == 1",
        "ret == 0x",
        "ret[0] == 1",
        "reason == 'x'",
        "logs[0].foo == 1",
        "slot('zz') == 1",
    ] {
        let error = Query::new(text, &mut columns).expect_err(text).to_string();
        assert!(error.contains(": "), "{error}");
    }
}

#[test]
fn generated_numbers_are_the_bytes() {
    let batch = batch(Keep::Status);
    for row in 0..8 {
        let data = batch.calls.data.row(row);
        let bytes = data.bytes();
        for (offset, width) in [(0, 4), (0, 32), (3, 2), (4, 32), (20, 16), (35, 1), (36, 0)] {
            let expected = U256::try_from_be_slice(&bytes[offset..offset + width]);
            assert_eq!(data.number(offset, width), expected, "{offset} {width}");
        }
        assert_eq!(data.number(5, 32), None);
        assert_eq!(data.number(usize::MAX, 2), None);
    }
}

#[test]
fn creation_code_gives_the_account() {
    // Its runtime code is one byte, its argument; slot 0 holds the value sent.
    let text = "CALLVALUE PUSH 0 SSTORE
        PUSH 1 PUSH 1 CODESIZE SUB PUSH 0 CODECOPY PUSH 1 PUSH 0 RETURN";
    let creation = assemble(text, Fork::LATEST).unwrap().code;
    let deployment = Deployment {
        creation: creation.into(),
        arguments: vec![0x5b].into(),
        value: U256::from(9),
        ..Deployment::default()
    };
    let made = deploy(&deployment).unwrap();
    assert_eq!(made.code.as_ref(), [0x5b]);
    assert_eq!(made.account.storage[&U256::ZERO], U256::from(9));
    assert_eq!((made.account.balance, made.account.nonce), (Some(U256::from(9)), Some(1)));
    assert_eq!(made.address, Address::repeat_byte(0xde).create(0));
    assert!(made.others.contains_key(&Address::repeat_byte(0xde)));

    let code = |text: &str| Deployment {
        creation: assemble(text, Fork::LATEST).unwrap().code.into(),
        ..Deployment::default()
    };
    let failed = deploy(&code("PUSH 1 PUSH 0 REVERT")).unwrap_err();
    assert_eq!(failed.to_string(), "the constructor ended as revert with 0x00");
    // A constructor that never ends is stopped by its steps or its gas.
    assert!(matches!(deploy(&code("a: PUSH @a JUMP")), Err(DeployError::Failed { .. })));
    assert_eq!(deploy(&Deployment::default()), Err(DeployError::NoCode));
    // Nothing is deployed: an account without code.
    assert_eq!(deploy(&code("STOP")).unwrap().code.len(), 0);
}

/// Own columns: expressions of columns, exact, signed where they come out so, absent where 256 bits do not hold them.
#[test]
fn own_columns_are_computed() {
    let batch = batch(Keep::All);
    let outcomes = run(&batch);
    let mut columns = Terms::new(LaneColumns::new(&batch, &outcomes, inputs(), Some(&Words)));
    let mut value = |text: &str, row: usize| {
        let column = columns.column(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        match columns.value(row, column.id) {
            Value::Absent => "none".to_owned(),
            Value::Bool(value) => value.to_string(),
            value => Int::of(value).unwrap().to_string(),
        }
    };
    for (text, row, expected) in [
        ("ret.out - amount", 3, "3"),
        ("amount - ret.out", 3, "-3"),
        // A lane that reverted returned nothing.
        ("amount - ret.out", 7, "none"),
        ("ret.out > 4", 3, "true"),
        ("ret.out > 4", 7, "none"),
        ("amount / (amount - 3)", 3, "none"),
        ("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff + amount", 0, &U256::MAX.to_string()),
        ("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff + amount", 1, "none"),
        ("-(0x8000000000000000000000000000000000000000000000000000000000000000) - amount", 1, "none"),
        ("slot(1) - 70", 6, "7"),
        ("slot(to, 0x1) - slot(1)", 3, "0"),
        ("balance_change(caller)", 0, "0"),
        ("balance(caller)", 0, "1000000000000000000"),
        ("balance_change(0x7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a)", 2, "0"),
        ("mapping(9, caller, amount)", 2, "0"),
        ("5", 1, "5"),
    ] {
        assert_eq!(value(text, row), expected, "{text} of lane {row}");
    }
    for text in ["gass + 1", "'text'", "", "a = ", "gas = 5", "or = 5", "amount = 1", "mapping(1)", "mapping(1, gass)"]
    {
        assert!(columns.column(text).is_err(), "{text}");
    }
    let error = columns.column("twice  = 2 * amuont").unwrap_err();
    assert_eq!(error.columns, 14..20, "{error}");
}

/// A name of one's own is a column wherever columns are named, but in another own column.
#[test]
fn own_columns_have_names() {
    let batch = batch(Keep::All);
    let outcomes = run(&batch);
    let mut columns = Terms::new(LaneColumns::new(&batch, &outcomes, inputs(), Some(&Words)));
    let gain = columns.column("gain = ret.out - amount").unwrap();
    assert_eq!(columns.value(4, gain.id), Value::Number(4));
    assert!(columns.column("gain = 5").unwrap_err().to_string().contains("another name"));
    assert!(columns.column("more = gain + 1").is_err());
    let query = Query::new("gain > 3 and gain + 1 < 6", &mut columns).unwrap();
    assert_eq!(query.select(&columns, 0..8), [4]);
    let sum = columns.column("gain * 2").unwrap();
    assert_eq!(columns.value(5, sum.id), Value::Number(10));
    assert!(columns.column("giin").unwrap_err().to_string().contains("did you mean `gain`?"));
}

/// A mapping's value stands where Solidity puts it.
#[test]
fn mappings_are_read_by_key() {
    let mut batch = batch(Keep::All);
    let mut preimage = [0; 64];
    preimage[12..32].copy_from_slice(CALLER.as_slice());
    preimage[63] = 3;
    let slot = keccak256(preimage);
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().storage.insert(slot.into(), U256::from(99));
    let mut nested = [0; 64];
    nested[31] = 2;
    nested[32..].copy_from_slice(slot.as_slice());
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().storage.insert(keccak256(nested).into(), U256::from(98));
    let outcomes = run(&batch);
    let mut columns = LaneColumns::new(&batch, &outcomes, inputs(), None);
    for (text, expected) in [
        ("mapping(3, caller) == 99", (0..8).collect::<Vec<u32>>()),
        ("mapping(to, 3, 0xcacacacacacacacacacacacacacacacacacacaca) == 99", (0..8).collect()),
        ("mapping(3, caller, amount) == 98", vec![2]),
        ("mapping(caller, 3, caller) == 0", (0..8).collect()),
    ] {
        let query = Query::new(text, &mut columns).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(query.select(&columns, 0..8), expected, "{text}");
    }
}

/// What `other.` names is the same lane's in the run beside.
#[test]
fn two_runs_are_one_table() {
    let before = batch(Keep::All);
    let mut now = before.clone();
    // Another program stands there: it returns without storing anything where the argument is under 3.
    let text = "PUSH 3 PUSH 4 CALLDATALOAD LT PUSH @under JUMPI
        PUSH 4 CALLDATALOAD DUP1 PUSH 1 SSTORE
        DUP1 PUSH 0 PUSH 0 LOG1
        PUSH 1 SHL PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN
    under:
        PUSH 4 CALLDATALOAD PUSH 1 SHL PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN";
    now.programs = vec![lanevm_core::Program::new(assemble(text, Fork::LATEST).unwrap().code)];
    now.calls.count = 8;
    let (first, second) = (run(&before), run(&now));
    let other = || LaneColumns::new(&before, &first, inputs(), Some(&Words));
    let mut columns = Terms::new(LaneColumns::new(&now, &second, inputs(), Some(&Words)).beside(other()));
    for (text, expected) in [
        ("differs", (0..8).filter(|row| *row < 3 || *row > 5).collect::<Vec<u32>>()),
        ("status != other.status", vec![6, 7]),
        ("other.status == revert", vec![6, 7]),
        ("ret == other.ret", vec![0, 1, 2, 3, 4, 5]),
        ("ret.out != other.ret.out", vec![]),
        ("slot(1) != other.slot(1)", vec![0, 1, 2, 6, 7]),
        ("logs[0].topic0 == other.logs[0].topic0", vec![3, 4, 5]),
        ("gas_delta == gas - other.gas", (0..8).collect()),
        ("gas_delta < 0", vec![0, 1, 2]),
        ("gas_delta == 0 and not differs", vec![3, 4, 5]),
    ] {
        let query = Query::new(text, &mut columns).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(query.select(&columns, 0..8), expected, "{text}");
    }
    let delta = columns.column("gas_delta").unwrap();
    assert!(matches!(columns.value(0, delta.id), Value::Number(delta) if delta < 0));
    // `other` has no other, and without a run beside there is none.
    assert!(Query::new("other.differs", &mut columns).is_err());
    assert!(Query::new("other.other.gas == 1", &mut columns).is_err());
    let error = Query::new("differs", &mut other()).unwrap_err().to_string();
    assert!(error.contains("run before"), "{error}");
    // Lanes that the other run does not have are not compared.
    let few = before.subset(&[0, 1]);
    let outcomes = run(&few);
    let other = LaneColumns::new(&few, &outcomes, inputs(), None);
    let mut columns = LaneColumns::new(&now, &second, inputs(), None).beside(other);
    let query = Query::new("has(differs)", &mut columns).unwrap();
    assert_eq!(query.select(&columns, 0..8), [0, 1]);
    let query = Query::new("has(other.gas)", &mut columns).unwrap();
    assert_eq!(query.select(&columns, 0..8), [0, 1]);
}

/// The one schema of files: names, types, arguments and results decoded, and one's own columns.
#[test]
fn a_file_has_decoded_fields() {
    let document = lanevm_core::examples::all().remove(0).document();
    let prepared = document.prepare().unwrap();
    let batch = prepared.batch.subset(&[0, 7]);
    let meanings = Meanings::of(&document, 0, prepared.step(0));
    let inputs = meanings.inputs(&document, 0, prepared.step(0));
    let outcomes = run(&batch);
    let mut columns = Terms::new(LaneColumns::new(&batch, &outcomes, inputs.clone(), Some(&meanings)));
    columns.column("gain = amount - 2 * arg.amount").unwrap();
    let own = ["gain = amount - 2 * arg.amount", "amount > 5", "no_such + 1", "ret"].map(String::from);
    let fields = lane_file::fields(&mut columns, &inputs, &meanings, &own);
    let schema: Vec<(&str, Type)> = fields.iter().map(|field| (field.name.as_str(), field.ty())).collect();
    for wanted in [
        ("lane", Type::Count),
        ("status", Type::Word),
        ("caller", Type::Hex),
        ("amount", Type::Integer),
        ("ret", Type::Hex),
        ("ret[0]", Type::Bool),
        ("error", Type::Text),
        ("reason", Type::Text),
        ("gain", Type::Integer),
        ("amount > 5", Type::Bool),
    ] {
        assert!(schema.contains(&wanted), "{wanted:?} in {schema:?}");
    }
    let names: std::collections::BTreeSet<&str> = schema.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), schema.len(), "no name stands twice: {schema:?}");
    assert!(!names.contains("no_such + 1") && !names.contains("arg.amount"));
    let mut out = String::new();
    Export::new(Format::Ndjson, fields.clone()).write(&columns, 0..2, &mut out);
    for line in out.lines() {
        let lane: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(lane["ret[0]"], true);
        assert_eq!(lane["gain"], format!("-{}", lane["amount"].as_str().unwrap()));
        assert_eq!(lane["error"], serde_json::Value::Null);
    }
    // What a format with types reads, value by value.
    let gain = fields.iter().find(|field| field.name == "gain").unwrap();
    let mut text = String::new();
    assert!(gain.text(columns.value(1, gain.column.id), &mut text) && text.starts_with('-'), "{text}");
    let error = fields.iter().find(|field| field.name == "error").unwrap();
    assert!(!error.text(columns.value(1, error.column.id), &mut text));
}
