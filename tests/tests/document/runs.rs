//! Documents that are run: grids, generators, blocks and states of each lane, steps; against batches made by hand.

use std::collections::BTreeMap;

use lanevm_core::{
    Account, Address, Axis, Batch, BlockEnv, Calls, Column, Control, DataField, Engine as _, Generator, Level,
    Outcomes, Program, Template, U256, World,
    cpu::CpuEngine,
    document::{Document, PROGRAM_ADDRESS},
    run_sequence,
};
use pollster::block_on;
use serde_json::{Value, json};

/// Returns the sum of the first two words of its call data.
const SUM: &str = "0x6020356000350160005260206000f3";

/// Returns NUMBER, CHAINID, the caller's BALANCE and slot 5, a word each.
const ENVIRONMENT: &str = "0x43600052466020523331604052600554606052 60806000f3";

/// Adds the first word of its call data to slot 0, and returns what it then holds.
const COUNT: &str = "0x6000356000540180600055 60005260206000f3";

fn document(value: &Value) -> Document {
    let document = Document::from_json(&value.to_string()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(Document::from_json(&document.to_json()).as_ref(), Ok(&document));
    document
}

fn run(document: &Document) -> Vec<Outcomes> {
    let prepared = document.prepare().unwrap_or_else(|error| panic!("{error}"));
    block_on(prepared.run(&mut CpuEngine::new(1), &mut Control::default())).unwrap()
}

fn words(outcomes: &Outcomes, lane: usize) -> Vec<U256> {
    outcomes.output(lane).chunks(32).map(U256::from_be_slice).collect()
}

fn word(value: u64) -> U256 {
    U256::from(value)
}

#[test]
fn a_grid_is_the_batch_made_by_hand() {
    let grid = document(&json!({
        "lanevm": 1, "hardfork": "osaka",
        "programs": { "sum": { "code": SUM } },
        "axes": [{ "name": "a", "length": 7 }, { "name": "b", "length": 5 }],
        "steps": [{ "program": "sum", "gas": 100_000, "calldata": { "hex": "00".repeat(64), "fields": [
            { "offset": 0, "value": { "range": ["100", "160"], "step": "10", "axis": "a" } },
            { "offset": 32, "value": { "range": ["9", "1"], "axis": "b" } },
        ] } }],
    }));
    let steps = |start: u64, end: u64, count, axis: &str| {
        Generator::Steps { start: word(start), end: word(end), count }.along(axis)
    };
    let template = Template {
        count: 35,
        gas: Generator::Fixed(word(100_000)),
        data: vec![0; 64],
        fields: vec![
            DataField { name: "a".into(), offset: 0, width: 32, generator: steps(100, 160, 7, "a") },
            DataField { name: "b".into(), offset: 32, width: 32, generator: steps(9, 1, 5, "b") },
        ],
        axes: vec![Axis::new("a", 7), Axis::new("b", 5)],
        ..Template::default()
    };
    let by_hand = Batch {
        programs: vec![Program::from_hex(SUM).unwrap()],
        worlds: vec![World::default()],
        blocks: vec![BlockEnv::default()],
        calls: Calls {
            to: Column::All(Some(PROGRAM_ADDRESS)),
            code: Column::All(Some(0)),
            level: Column::All(Level::Frame),
            ..template.expand().unwrap()
        },
        ..Batch::default()
    };
    let found = run(&grid).remove(0);
    let expected = block_on(CpuEngine::new(1).run(&by_hand, &mut Control::default())).unwrap();
    assert_eq!(found.digest(), expected.digest());
    for (lane, sum) in (0..7).flat_map(|a| (0..5).map(move |b| 100 + 10 * a + 9 - 2 * b)).enumerate() {
        assert_eq!(words(&found, lane), [word(sum)]);
    }
}

/// Every generator, in every scalar of a call; the names that seed random values are the paths.
#[test]
fn generators_of_calls_are_those_of_templates() {
    let address = |byte: u8| Address::repeat_byte(byte).to_string();
    let varied = document(&json!({
        "lanevm": 1, "hardfork": "osaka", "lanes": 50, "seed": "7", "columns": { "gas": ["30000", 40_000, "0xc350"] },
        "state": { "accounts": { address(0xaa): { "code": SUM } } },
        "steps": [{
            "from": { "random": { "from": [address(1), address(2), address(3)] } },
            "to": { "list": [address(0xaa), address(0xab)] },
            "value": { "random": { "dist": "logUniform", "max": "0" } },
            "gas": { "column": "gas" },
            "calldata": { "hex": "00".repeat(64), "fields": [
                { "name": "x", "offset": 31, "width": 1, "value": { "random": { "min": 3, "max": 200 } } },
                { "offset": 32, "value": { "range": ["5", "1"], "step": 2, "zip": true } },
            ] },
        }],
    }));
    let prepared = varied.prepare().unwrap();
    let template = Template { count: 50, seed: 7, ..Template::default() };
    let random =
        |field: &str, min: u64, max: u64| template.source(field, &Generator::uniform(word(min), word(max))).unwrap();
    let (who, x) = (random("steps[0].from", 0, 2), random("steps[0].calldata.fields[0].value", 3, 200));
    let calls = &prepared.batch.calls;
    assert!(calls.data.generated().is_some(), "words are left to the device");
    for lane in 0..50 {
        assert_eq!(*calls.caller.get(lane), Address::repeat_byte(1 + who.value(lane as u32).to::<u8>()));
        assert_eq!(*calls.to.get(lane), Some(Address::repeat_byte(0xaa + (lane % 2) as u8)));
        assert_eq!(*calls.gas.get(lane), [30_000, 40_000, 50_000][lane % 3]);
        assert_eq!(*calls.value.get(lane), U256::ZERO);
        let data = calls.data.get(lane);
        assert_eq!(U256::from_be_slice(&data[..32]), x.value(lane as u32));
        assert_eq!(U256::from_be_slice(&data[32..]), word([5, 3, 1][lane % 3]));
    }
    let found = run(&varied).remove(0);
    assert_eq!(words(&found, 0), [x.value(0) + word(5)]);
    assert!(words(&found, 1).is_empty(), "no code there");
}

#[test]
fn blocks_and_states_of_each_lane() {
    let caller = Address::repeat_byte(0xca).to_string();
    let held = Address::repeat_byte(0xee).to_string();
    for level in ["frame", "call", "transaction"] {
        let varied = document(&json!({
            "lanevm": 1, "hardfork": "osaka", "level": level, "lanes": 60, "chainId": { "list": ["1", "10"] },
            "block": { "number": { "range": [100, 102], "step": 1 } },
            "programs": { "environment": { "code": ENVIRONMENT } },
            "state": { "accounts": {
                &caller: { "balance": { "list": [7, 8, 9, 10] } },
                &held: { "program": "environment", "nonce": 1, "storage": { "5": { "list": ["0", "50", "500"] }, "6": "1" } },
            } },
            "steps": [{ "program": "environment", "from": caller }],
        }));
        // A transaction names its chain in its own fields, and these name none.
        let prepared = varied.prepare().unwrap();
        assert_eq!(prepared.batch.blocks.len(), 6);
        assert_eq!(prepared.batch.worlds.len(), 1 + 12);
        assert_eq!(*prepared.batch.calls.to.get(0), Some(Address::repeat_byte(0xee)));
        let found = run(&varied).remove(0);
        for lane in 0..60 {
            let at = |values: &[u64]| word(values[lane % values.len()]);
            let expected = [at(&[100, 101, 102]), at(&[1, 10]), at(&[7, 8, 9, 10]), at(&[0, 50, 500])];
            assert_eq!(words(&found, lane), expected, "{level}, lane {lane}");
        }
    }
}

fn counting(mode: &str) -> Document {
    let add = |amount: Value| json!({ "program": "count", "calldata": { "hex": "00".repeat(32), "fields": [{ "offset": 0, "value": amount }] } });
    document(&json!({
        "lanevm": 1, "hardfork": "cancun", "mode": mode, "lanes": 4,
        "programs": { "count": { "code": COUNT } },
        "state": { "accounts": { PROGRAM_ADDRESS.to_string(): { "program": "count", "storage": { "0x0": { "list": [10, 20] } } } } },
        "steps": [add(json!(1)), add(json!({ "range": [0, 3] })), add(json!("0x64"))],
    }))
}

#[test]
fn a_sequence_is_the_session_made_by_hand() {
    let counting = counting("sequence");
    let data = |amounts: [u64; 4]| amounts.iter().map(|amount| word(*amount).to_be_bytes::<32>()).collect();
    let step = |amounts| Calls {
        count: 4,
        fork: Column::All(lanevm_core::ForkColumn(lanevm_core::Fork::Cancun)),
        to: Column::All(Some(PROGRAM_ADDRESS)),
        gas: Column::All(1 << 24),
        world: Column::Each(vec![0, 1, 0, 1]),
        data: data(amounts),
        ..Calls::default()
    };
    let steps = [step([1; 4]), step([0, 1, 2, 3]), step([100; 4])];
    let world = |held: u64| {
        let storage = BTreeMap::from([(U256::ZERO, word(held))]);
        let account = Account { code: Some(0), storage, ..Account::default() };
        World { accounts: BTreeMap::from([(PROGRAM_ADDRESS, account)]), ..World::default() }
    };
    let batch = Batch {
        programs: vec![Program::from_hex(COUNT).unwrap()],
        worlds: vec![world(10), world(20)],
        blocks: vec![BlockEnv::default()],
        calls: steps[0].clone(),
        ..Batch::default()
    };
    let expected = block_on(run_sequence(&mut CpuEngine::new(1), batch, steps, &mut Control::default())).unwrap();
    let found = run(&counting);
    assert_eq!(found.len(), 3);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.digest(), expected.digest());
    }
    let last: Vec<U256> = (0..4).flat_map(|lane| words(&found[2], lane)).collect();
    assert_eq!(last, [111, 122, 113, 124].map(word));
}

#[test]
fn independent_steps_begin_with_the_pre_state() {
    let found = run(&counting("independent"));
    let counts = |step: usize| (0..4).flat_map(|lane| words(&found[step], lane)).collect::<Vec<_>>();
    assert_eq!(counts(0), [11, 21, 11, 21].map(word));
    assert_eq!(counts(1), [10, 21, 12, 23].map(word));
    assert_eq!(counts(2), [110, 120, 110, 120].map(word));
}

#[test]
fn the_short_form_is_a_document() {
    let caller = Address::repeat_byte(0xca);
    let link = format!(
        "#code={SUM}&calldata={:064x}{:064x}&caller={caller}&value=0x5&fork=London&level=call&gas=90000",
        40, 2
    );
    let document = Document::from_fragment(&link).unwrap();
    let found = run(&document).remove(0);
    assert_eq!(words(&found, 0), [word(42)]);
    assert_eq!(Document::from_fragment(&document.to_link_fragment()), Ok(document));
    assert_eq!(Document::from_fragment("code=%30x%30%30").unwrap().programs["main"].code.len(), 1);
}

/// A million lanes cost no more than what is written.
#[test]
fn lanes_are_not_filled_in() {
    let many = document(&json!({
        "lanevm": 1, "hardfork": "osaka", "lanes": 1 << 28, "programs": { "sum": { "code": SUM } },
        "steps": [{ "program": "sum", "from": { "random": {} }, "value": { "range": [0, "0xffffffffffffffffffffffffffffffff"] },
            "calldata": { "hex": "00".repeat(64), "fields": [{ "offset": 0, "value": { "random": {} } }] } }],
    }));
    let calls = many.prepare().unwrap().batch.calls;
    assert_eq!(calls.data.len(), 1 << 28);
    assert_eq!(*calls.value.get((1 << 28) - 1), word((1 << 28) - 1));
}

/// Returns GASPRICE and ORIGIN, a word each.
const PRICE: &str = "0x3a60005232602052 60406000f3";

#[test]
fn transactions_of_each_lane() {
    let (from, origin) = (Address::repeat_byte(0xca), Address::repeat_byte(0xcb));
    let held = Address::repeat_byte(0xee).to_string();
    let priced = |level: &str, transaction: Value| {
        document(&json!({
            "lanevm": 1, "hardfork": "osaka", "level": level, "lanes": 6, "block": { "baseFeePerGas": 7 },
            "programs": { "price": { "code": PRICE } },
            "state": { "accounts": { &held: { "program": "price" }, from.to_string(): { "balance": "0xffffffffffffffff" } } },
            "steps": [{ "program": "price", "from": from.to_string(), "transaction": transaction }],
        }))
    };
    let check = |document: &Document, prices: [u64; 3], origin: Address| {
        let found = run(document).remove(0);
        for lane in 0..6 {
            let expected = [word(prices[lane % 3]), origin.into_word().into()];
            assert_eq!(words(&found, lane), expected, "lane {lane}: {:?}", found.row(lane));
        }
    };
    check(&priced("transaction", json!({ "gasPrice": { "list": [7, 8, 9] }, "nonce": 0 })), [7, 8, 9], from);
    let fees = json!({ "maxFeePerGas": { "list": [7, 9, 20] }, "maxPriorityFeePerGas": 3, "accessList": [{ "address": held }] });
    let fees = priced("transaction", fees);
    assert_eq!(fees.prepare().unwrap().batch.transactions.len(), 3);
    check(&fees, [7, 9, 10], from);
    check(&priced("frame", json!({ "gasPrice": 5, "origin": origin.to_string() })), [5; 3], origin);
    let refused = [
        (priced("frame", json!({ "nonce": 1 })), "steps[0].transaction.nonce"),
        (priced("call", json!({ "origin": held })), "steps[0].transaction.origin"),
        (priced("call", json!({ "gasPrice": 1, "maxFeePerGas": 1 })), "steps[0].transaction.gasPrice"),
        (priced("call", json!({ "maxPriorityFeePerGas": 1 })), "steps[0].transaction.maxPriorityFeePerGas"),
    ];
    for (document, path) in refused {
        assert_eq!(document.prepare().unwrap_err().path, path);
    }
}
