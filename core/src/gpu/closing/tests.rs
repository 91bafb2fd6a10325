//! Lanes that end with accounts and slots of their own, closed against changes written out by hand.

use std::collections::BTreeMap;

use lanevm_shaders::Status;

use super::{FinalAccount, FinalCode, FinalState, Finished};
use crate::{
    Account, Address, Batch, BlockEnv, Bytes, Calls, Column, Level, Program, Transaction, U256, World,
    gpu::opening::{Opened, Opening, open},
    outcome::AccountChange,
};

const SENDER: Address = Address::repeat_byte(1);
const TARGET: Address = Address::repeat_byte(2);
const CHILD: Address = Address::repeat_byte(3);
const COINBASE: Address = Address::repeat_byte(4);
const EMPTY: Address = Address::repeat_byte(5);

/// A transaction of 100,000 gas at 10 wei, 3 of them for the coinbase, that sends 50 wei to a contract.
fn batch() -> Batch {
    let mut batch = Batch::default();
    let code = batch.add_program(Program::new(vec![0x00]));
    let account = |balance: u64, code| Account { nonce: 1, balance: U256::from(balance), code, ..Account::default() };
    let accounts = [
        (SENDER, account(1_000_100, None)),
        (TARGET, account(7, Some(code))),
        (COINBASE, account(0, None)),
        (EMPTY, Account::default()),
    ];
    batch.worlds.push(World { accounts: accounts.into(), ..World::default() });
    batch.blocks.push(BlockEnv { coinbase: COINBASE, base_fee: 7, ..BlockEnv::default() });
    batch.transactions.push(Transaction { gas_price: U256::from(10), ..Transaction::default() });
    batch.calls = Calls {
        count: 1,
        level: Column::All(Level::Transaction),
        caller: Column::All(SENDER),
        to: Column::All(Some(TARGET)),
        value: Column::All(U256::from(50)),
        gas: Column::All(100_000),
        transaction: Column::All(Some(0)),
        ..Calls::default()
    };
    batch.calls.data.push(&[]);
    batch
}

fn opening(batch: &Batch) -> Opening {
    match open(batch, 0) {
        Opened::Lane(opening) => *opening,
        other => panic!("{other:?}"),
    }
}

fn last(address: Address, nonce: u64, balance: u64, code: FinalCode) -> FinalAccount {
    let state = FinalState { nonce, balance: U256::from(balance), code };
    FinalAccount { address, state: Some(state), touched: true, destroyed: false }
}

/// What a lane left that created an account, stored in it and in its own, and touched an empty one.
fn busy(opening: &Opening, status: Status) -> Finished<'static> {
    let known: Vec<Address> = opening.accounts.iter().map(|known| known.address).collect();
    assert_eq!(known, [TARGET, SENDER, COINBASE]);
    Finished {
        gas_left: 20_000,
        refund: 4_800,
        steps: 9,
        output: &[1, 2],
        accounts: vec![
            last(TARGET, 2, 52, FinalCode::AsInWorld),
            last(SENDER, 2, 50, FinalCode::AsInWorld),
            FinalAccount { address: COINBASE, state: None, touched: false, destroyed: false },
            last(CHILD, 1, 5, FinalCode::Bytes(Bytes::from_static(&[0xfe]))),
            last(EMPTY, 0, 0, FinalCode::AsInWorld),
        ],
        slots: vec![
            (3, U256::ZERO, U256::from(8)),
            (0, U256::from(1), U256::from(9)),
            (4, U256::from(1), U256::from(9)),
        ],
        ..Finished::of(status)
    }
}

#[test]
fn what_a_lane_changed_stands_beside_its_fees() {
    let batch = batch();
    let opening = opening(&batch);
    assert_eq!(opening.gas, 79_000);
    let outcome = opening.close(&batch, 0, busy(&opening, Status::Return));
    // 80,000 spent, 4,800 of them refunded.
    assert_eq!((outcome.gas_used, outcome.refund, outcome.refund_granted), (75_200, 4_800, 4_800));
    assert_eq!((outcome.steps, outcome.output.as_ref()), (9, &[1, 2][..]));
    let stored = |key: u64, value: u64| BTreeMap::from([(U256::from(key), U256::from(value))]);
    let expected = [
        (
            SENDER,
            AccountChange { nonce: Some(2), balance: Some(U256::from(50 + 24_800 * 10)), ..AccountChange::default() },
        ),
        (
            TARGET,
            AccountChange {
                nonce: Some(2),
                balance: Some(U256::from(52)),
                storage: stored(1, 9),
                ..AccountChange::default()
            },
        ),
        (
            CHILD,
            AccountChange {
                nonce: Some(1),
                balance: Some(U256::from(5)),
                code: Some(Bytes::from_static(&[0xfe])),
                storage: stored(0, 8),
                ..AccountChange::default()
            },
        ),
        (COINBASE, AccountChange { balance: Some(U256::from(75_200 * 3)), ..AccountChange::default() }),
        (EMPTY, AccountChange { removed: true, ..AccountChange::default() }),
    ];
    assert_eq!(outcome.changes, expected.into());
}

#[test]
fn a_failed_lane_leaves_fees_and_nonce_alone() {
    let batch = batch();
    let opening = opening(&batch);
    for (status, gas_used, output) in [(Status::Revert, 80_000, &[1, 2][..]), (Status::OutOfGas, 100_000, &[][..])] {
        let outcome = opening.close(&batch, 0, busy(&opening, status));
        assert_eq!((outcome.gas_used, outcome.refund, outcome.refund_granted), (gas_used, 0, 0));
        assert_eq!(outcome.output.as_ref(), output);
        let left = U256::from(1_000_100 - gas_used * 10);
        let expected = [
            (SENDER, AccountChange { nonce: Some(2), balance: Some(left), ..AccountChange::default() }),
            (COINBASE, AccountChange { balance: Some(U256::from(gas_used * 3)), ..AccountChange::default() }),
        ];
        assert_eq!(outcome.changes, expected.into());
    }
}

#[test]
fn an_account_that_destroyed_itself_keeps_nothing() {
    let batch = batch();
    let opening = opening(&batch);
    let mut finished = busy(&opening, Status::SelfDestruct);
    finished.accounts[0].destroyed = true;
    finished.accounts[3].destroyed = true;
    let outcome = opening.close(&batch, 0, finished);
    assert_eq!(outcome.changes[&TARGET], AccountChange { removed: true, ..AccountChange::default() });
    // It came into being and went in one transaction.
    assert!(!outcome.changes.contains_key(&CHILD));
}

#[test]
fn a_lane_that_did_not_end_has_no_outcome_but_its_steps() {
    let batch = batch();
    let opening = opening(&batch);
    let outcome = opening.close(&batch, 0, busy(&opening, Status::StepLimit));
    assert_eq!((outcome.steps, outcome.gas_used, outcome.refund), (9, 0, 0));
    assert!(outcome.changes.is_empty() && outcome.output.is_empty());
}
