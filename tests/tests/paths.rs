//! Ways on the host against the CPU engine: made of every lane, and gone by others.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Account, Address, Batch, BlockEnv, CallData, Calls, Column, Program, U256, World, examples, paths::Told,
};
use lanevm_tests::{
    parity::{payments, programs, societies, token::Token, varied::varied},
    ways::{Compared, Place, Source, soak},
};

fn agree(batch: &Batch, each: bool, what: &str) -> Told {
    let mut compared = Compared::default();
    compared.compare(batch, each, what).expect("engines that run");
    assert!(compared.is_clean(), "{what}: {:?} {:?}", compared.shown, compared.faults());
    println!("{what}: {:?}", compared.told);
    compared.told
}

#[test]
fn examples_go_few_ways() {
    for (id, most) in [("erc20", 1), ("fibonacci", 4), ("counter", 2), ("keccak", 4)] {
        let batch = examples::by_id(id).and_then(|example| example.batch(200).ok()).expect("a built-in example");
        let told = agree(&batch, false, id);
        assert!(told.ways <= most && told.lanes == 200, "{id}: {told:?}");
    }
}

#[test]
fn random_programs_go_their_own_ways() {
    for seed in 1..=3 {
        let told = agree(&programs::batch(seed, 1500), true, "programs");
        assert!(told.lanes > 600 && told.loops > 20, "{told:?}");
        let told = agree(&societies::batch(seed, 1500), true, "societies");
        assert!(told.lanes > 100, "{told:?}");
        let told = agree(&payments::batch(seed, 300, 4, 2), true, "payments");
        assert!(told.lanes > 600, "{told:?}");
    }
}

#[test]
fn varied_calls_go_ways_of_others() {
    agree(&varied(&Token::new(9, 40).batch(), 50, 3), false, "varied token");
    for example in examples::all() {
        let batch = example.batch(20).expect("a built-in example");
        agree(&varied(&batch, 50, 5), false, example.id);
    }
}

/// The sample of `cargo xtask ways --soak` that every test run takes.
#[test]
fn varied_programs_go_ways_of_others() {
    let compared = soak(Source::Random, Place::Host, 16_000, 1, |_, _| {}).expect("engines that run");
    assert!(compared.is_clean(), "{:?} {:?}", compared.shown, compared.faults());
    let told = &compared.told;
    assert!(told.others > 2 * told.ways && told.ways > 300, "hardly a lane went another's way: {told:?}");
}

const TO: Address = Address::repeat_byte(0xc0);
const FAILS: Address = Address::repeat_byte(0xfe);

/// Calls of one program: their data and gas. A contract that halts at once stands at [`FAILS`].
fn calls(code: Vec<u8>, rows: &[(Vec<u8>, u64)]) -> Batch {
    let mut data = CallData::default();
    for (bytes, _) in rows {
        data.push(bytes);
    }
    let account = |code| Account { nonce: 1, code: Some(code), ..Account::default() };
    Batch {
        programs: vec![Program::new(code), Program::new(vec![0xfe])],
        worlds: vec![World { accounts: [(TO, account(0)), (FAILS, account(1))].into(), ..World::default() }],
        blocks: vec![BlockEnv::default()],
        calls: Calls {
            count: rows.len(),
            to: Column::All(Some(TO)),
            gas: Column::Each(rows.iter().map(|(_, gas)| *gas).collect()),
            data,
            ..Calls::default()
        },
        ..Batch::default()
    }
}

fn word(value: U256) -> Vec<u8> {
    value.to_be_bytes::<32>().to_vec()
}

/// Gas that has run out before a call must not come out as a huge number that calls which halt bring back into range.
#[test]
fn calls_see_that_there_is_gas() {
    // Each call divides what is left by 64: after some 41 of them a number of 256 bits is small.
    for count in 39..=44 {
        let mut code = Vec::new();
        for _ in 0..count {
            // CALL(CALLDATALOAD(0), FAILS, 0, 0, 0, 0, 0), POP.
            code.extend([0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x73]);
            code.extend(FAILS);
            code.extend([0x5f, 0x35, 0xf1, 0x50]);
        }
        code.push(0);
        let mut rows = vec![(word(U256::from(100)), 1_000_000)];
        rows.extend((0..400).map(|at| (word(U256::MAX), 1000 + at * 20)));
        let told = agree(&calls(code, &rows), false, "calls that halt");
        assert!(told.ways > 0, "{told:?}");
    }
}

/// What LOG and CREATE2 take last is missed last: their memory can fail before.
#[test]
fn topics_and_salts_are_missed_late() {
    // LOG1 and CREATE2 of 2^24 - 1 bytes without a topic or a salt, and of none.
    for code in [vec![0x62, 0xff, 0xff, 0xff, 0x5f, 0xa1], vec![0x5f, 0x5f, 0xa1]] {
        agree(&calls(code, &[(Vec::new(), 100_000_000), (Vec::new(), 1_000)]), false, "LOG1");
    }
    for code in [vec![0x62, 0xff, 0xff, 0xff, 0x5f, 0x5f, 0xf5], vec![0x5f, 0x5f, 0x5f, 0xf5], vec![0x5f, 0x5f, 0xf5]] {
        agree(&calls(code, &[(Vec::new(), 100_000_000), (Vec::new(), 40_000)]), false, "CREATE2");
    }
}

#[test]
fn call_data_far_out_are_zeros() {
    // CALLDATACOPY(0, 2^64 - 32, 64), and by CALLDATALOAD; returns what came.
    let mut code = vec![0x60, 64, 0x67];
    code.extend([0xff; 7]);
    code.extend([0xe0, 0x5f, 0x37, 0x67]);
    code.extend([0xff; 8]);
    code.extend([0x35, 0x60, 64, 0x52, 0x60, 96, 0x5f, 0xf3]);
    let told = agree(&calls(code, &[(vec![0xaa; 64], 100_000), (vec![0xbb; 64], 100_000)]), false, "far data");
    assert_eq!((told.lanes, told.ways), (2, 1), "{told:?}");
}

#[test]
fn chains_of_any_length_are_folded_without_recursion() {
    // CALLDATALOAD(0), then `DUP1 ISZERO OR` again and again, then a shift that drops what came.
    let mut code = vec![0x5f, 0x35];
    for _ in 0..8000 {
        code.extend([0x80, 0x15, 0x17]);
    }
    code.extend([0x60, 1, 0x1c, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]);
    let told = agree(&calls(code, &[(word(U256::from(6)), 1_000_000), (word(U256::MAX), 1_000_000)]), false, "a chain");
    assert_eq!(told.lanes, 2, "{told:?}");
}

/// A slot that each turn meets again, another each time, is no part of a loop; the turns are gone through one by one.
#[test]
fn slots_met_again_are_no_loop() {
    // SLOAD(0) to SLOAD(9); i = 0; do { SLOAD(i); i++ } while (CALLDATALOAD(0) > i).
    let mut code = Vec::new();
    for slot in 0..10 {
        code.extend([0x60, slot, 0x54, 0x50]);
    }
    let again = 2 + code.len() as u8;
    code.extend([0x60, 0, 0x5b, 0x80, 0x54, 0x50, 0x60, 1, 0x01, 0x80, 0x5f, 0x35, 0x11, 0x60, again, 0x57, 0x00]);
    let rows: Vec<_> = [9, 9, 10, 8].map(|turns| (word(U256::from(turns)), 100_000)).into();
    let told = agree(&calls(code, &rows), false, "slots met again");
    assert_eq!((told.lanes, told.ways, told.loops), (4, 3, 0), "{told:?}");
}

/// Loops within loops are turned so often together, and no more.
#[test]
fn lanes_do_not_turn_for_ever() {
    // for (i = CALLDATALOAD(0); i != 0; i--) for (j = CALLDATALOAD(32); j != 0; j--) {}
    let code = vec![
        0x5f, 0x35, // i
        0x5b, // 2: outer
        0x80, 0x15, 0x60, 0x1b, 0x57, // to the end where i is 0
        0x60, 32, 0x35, // j
        0x5b, // 11: inner
        0x80, 0x15, 0x60, 0x15, 0x57, // to 21 where j is 0
        0x60, 1, 0x90, 0x03, // j - 1
        0x60, 0x0b, 0x56, // again
        0x5b, 0x50, 0x60, 1, 0x90, 0x03, 0x60, 0x02, 0x56, 0x5b, 0x00,
    ];
    // Where labels stand follows from the bytes, not from counting.
    let mut code = code;
    let inner = code.iter().enumerate().filter(|(_, byte)| **byte == 0x5b).map(|(at, _)| at as u8).collect::<Vec<_>>();
    let [outer, again, out, end] = inner[..] else { panic!("four labels") };
    code[6] = end;
    code[15] = out;
    code[22] = again;
    let last = code.len() - 4;
    code[last] = outer;
    let data = |n: u64, m: u64| [word(U256::from(n)), word(U256::from(m))].concat();
    let rows = [(data(10, 10), 1_000_000), (data(9, 12), 1_000_000), (data(49_999, 49_999), 1_000_000)];
    let told = agree(&calls(code, &rows), false, "loops within loops");
    assert!(told.loops > 0, "{told:?}");
}

/// Whom a call pays may be another for every lane: one way holds for all that are alike.
#[test]
fn payees_may_be_anyone() {
    // CALL(GAS, CALLDATALOAD(32), CALLDATALOAD(0), 0, 0, 0, 0), then its result and the payee's balance are returned.
    let mut code = vec![0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x35, 0x60, 32, 0x35, 0x5a, 0xf1, 0x5f, 0x52];
    code.extend([0x60, 32, 0x35, 0x31, 0x60, 32, 0x52, 0x60, 64, 0x5f, 0xf3]);
    let payee = |at: u64| word(U256::from(at) * U256::from(0x1_0000_0001_0000_u64));
    let rows: Vec<_> = (0..60).map(|at| ([word(U256::from(at % 7)), payee(at + 1)].concat(), 100_000)).collect();
    let mut batch = calls(code, &rows);
    let world = batch.worlds[0].accounts.get_mut(&TO).expect("the contract");
    world.balance = U256::from(5);
    let told = agree(&batch, false, "payees");
    // Nothing is sent, something is, more is than there is.
    assert_eq!((told.lanes, told.ways), (60, 3), "{told:?}");
    // Some are there already, some are the contract itself, the caller, a precompile or another contract.
    let there = Account { nonce: 1, balance: U256::from(3), ..Account::default() };
    for at in [5u64, 6, 7, 8] {
        let address = Address::from_slice(&payee(at)[12..]);
        batch.worlds[0].accounts.insert(address, there.clone());
    }
    let others = [TO, FAILS, Address::ZERO, Address::with_last_byte(4), Address::with_last_byte(9)];
    let data: Vec<_> = others
        .iter()
        .flat_map(|to| (0..3u64).map(|value| [word(U256::from(value)), to.into_word().to_vec()].concat()))
        .collect();
    for row in &data {
        batch.calls.data.push(row);
    }
    batch.calls.count += data.len();
    batch.calls.gas = Column::All(100_000);
    agree(&batch, false, "payees of all kinds");
}
