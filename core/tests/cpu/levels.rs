//! The three levels: what each charges, checks and changes.

use lanevm_core::{Column, Level, Status, Transaction, U256, shaders::Fork};

use crate::fixture::{CALLER, TARGET, at, ether, run};

/// PUSH1 1 PUSH1 0 SSTORE: 3 + 3 + 22,100 gas.
const STORE: &[u8] = &[0x60, 1, 0x60, 0, 0x55];

#[test]
fn frame_charges_the_code_alone() {
    let outcomes = run(&at(STORE, Level::Frame, Fork::Osaka));
    let row = outcomes.row(0);
    assert_eq!(row.status, Some(Status::Stop));
    assert_eq!((row.gas_used, row.steps), (22_106, 4));
    assert_eq!(row.changes.keys().collect::<Vec<_>>(), [&TARGET]);
    assert_eq!(row.changes[&TARGET].storage, [(U256::ZERO, U256::from(1))].into());
}

#[test]
fn call_adds_intrinsic_gas_and_takes_no_fee() {
    let mut batch = at(STORE, Level::Call, Fork::Osaka);
    batch.blocks[0].base_fee = 7;
    let row = run(&batch).row(0);
    assert_eq!(row.status, Some(Status::Stop));
    assert_eq!(row.gas_used, 43_106);
    assert_eq!(row.changes[&CALLER].balance, None);
    assert_eq!(row.changes[&CALLER].nonce, Some(1));
}

#[test]
fn transaction_takes_the_fee_and_pays_the_coinbase() {
    let mut batch = at(STORE, Level::Transaction, Fork::Osaka);
    batch.blocks[0].base_fee = 7;
    batch.transactions.push(Transaction { gas_price: U256::from(10), ..Transaction::default() });
    batch.calls.transaction = Column::All(Some(0));
    let row = run(&batch).row(0);
    assert_eq!(row.status, Some(Status::Stop));
    assert_eq!(row.gas_used, 43_106);
    assert_eq!(row.changes[&CALLER].balance, Some(ether() - U256::from(431_060)));
    assert_eq!(row.changes[&CALLER].nonce, Some(1));
    assert_eq!(row.changes[&batch.blocks[0].coinbase].balance, Some(U256::from(43_106 * 3)));
}

#[test]
fn a_price_below_the_base_fee_is_rejected_with_its_reason() {
    let mut batch = at(STORE, Level::Transaction, Fork::Osaka);
    batch.blocks[0].base_fee = 7;
    let outcomes = run(&batch);
    assert_eq!(outcomes.status(0), Status::Rejected);
    assert!(outcomes.detail(0).unwrap().contains("basefee"), "{:?}", outcomes.detail(0));
    assert_eq!(outcomes.gas_used(0), 0);
    assert!(outcomes.changes(0).is_empty());
}
