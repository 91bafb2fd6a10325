//! Random programs: however calls are put on threads, and whatever ran before them on the same machine, the outcome is
//! that of the call alone.

use lanevm_core::{
    Account, Address, Batch, Column, ForkColumn, Level, Program, Transaction, U256, World, call_data::CallData,
    shaders::Fork,
};
use proptest::prelude::*;

use crate::fixture::{CALLER, TARGET, ether, one, run, run_on};

/// Instructions that take few operands and come often, so that programs get somewhere.
fn code() -> impl Strategy<Value = Vec<u8>> {
    let push = (0_u8..8).prop_map(|value| vec![0x60, value]);
    let address =
        prop_oneof![Just(TARGET), Just(CALLER), Just(Address::with_last_byte(3)), Just(Address::repeat_byte(9))];
    let push_address = address.prop_map(|address| [&[0x73], &address[..]].concat());
    let common = prop::sample::select(vec![
        0x01, 0x02, 0x03, 0x20, 0x30, 0x31, 0x33, 0x34, 0x35, 0x3b, 0x3f, 0x47, 0x51, 0x52, 0x53, 0x54, 0x55, 0x55,
        0x5a, 0x5c, 0x5d, 0x80, 0x81, 0x90, 0xa0, 0xa1, 0xf0, 0xf1, 0xf1, 0xf3, 0xf5, 0xfa, 0xfd, 0xff,
    ])
    .prop_map(|byte| vec![byte]);
    let any = any::<u8>().prop_map(|byte| vec![byte]);
    let word = prop_oneof![8 => push, 2 => push_address, 6 => common, 1 => any];
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

fn batch() -> impl Strategy<Value = Batch> {
    let rows =
        prop::collection::vec((0_u32..3, 0_u32..2, 0_usize..3, 0_u64..200_000, 0_u64..3, any::<[u8; 8]>()), 1..40);
    (prop::collection::vec(code(), 4), prop::sample::select(Fork::ALL.to_vec()), rows).prop_map(
        |(codes, fork, rows)| {
            let mut batch = one(&[]);
            for code in codes {
                batch.programs.push(Program::new(code));
            }
            let account = |code, slot: u64| Account {
                nonce: 1,
                balance: ether(),
                code: Some(code),
                storage: [(U256::from(slot), U256::from(7))].into(),
            };
            batch.worlds[0].accounts.insert(TARGET, account(1, 0));
            batch.worlds[0].accounts.insert(Address::repeat_byte(9), account(2, 1));
            batch.worlds[0].accounts.insert(Address::with_last_byte(3), Account::default());
            batch.worlds.push(World { base: Some(0), accounts: [(TARGET, account(3, 2))].into(), ..World::default() });
            batch.worlds.push(World { base: Some(1), accounts: [(CALLER, account(4, 3))].into(), ..World::default() });
            batch.transactions.push(Transaction { gas_price: U256::from(1), ..Transaction::default() });
            let calls = &mut batch.calls;
            calls.count = rows.len();
            calls.world = Column::Each(rows.iter().map(|row| row.0).collect());
            calls.to = Column::Each(rows.iter().map(|row| (row.1 == 0 || row.3 % 4 != 0).then_some(TARGET)).collect());
            let level = [Level::Frame, Level::Call, Level::Transaction];
            calls.level = Column::Each(rows.iter().map(|row| level[row.2]).collect());
            calls.gas = Column::Each(rows.iter().map(|row| row.3).collect());
            calls.value = Column::Each(rows.iter().map(|row| U256::from(row.4)).collect());
            calls.data = rows.iter().map(|row| row.5).collect::<CallData>();
            calls.transaction = Column::All(Some(0));
            calls.fork = Column::All(ForkColumn(fork));
            batch
        },
    )
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn what_ran_before_changes_nothing(batch in batch()) {
        let whole = run(&batch);
        for row in 0..batch.len() {
            let alone = run(&batch.subset(&[row]));
            prop_assert_eq!(whole.row(row), alone.row(0), "row {}", row);
        }
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn threads_change_nothing(batch in batch()) {
        // Many times the same rows: long enough for all threads to get some.
        let rows: Vec<usize> = (0..4000).map(|row| row % batch.len()).collect();
        let batch = batch.subset(&rows);
        prop_assert_eq!(run(&batch).digest(), run_on(&batch, 4).digest());
    }
}
