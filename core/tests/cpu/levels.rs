//! The three levels: what each charges, checks and changes.

use lanevm_core::{
    Account, Address, B256, Column, ForkColumn, Level, Program, Status, Transaction, U256, call_data::CallData,
    shaders::Fork,
};

use crate::fixture::{CALLER, TARGET, asm, at, ether, run};

/// One into slot zero: 3 + 3 + 22,100 gas.
fn store() -> Vec<u8> {
    asm("PUSH1 1 PUSH1 0 SSTORE")
}

#[test]
fn frame_charges_the_code_alone() {
    let outcomes = run(&at(&store(), Level::Frame, Fork::Osaka));
    let row = outcomes.row(0);
    assert_eq!(row.status, Some(Status::Stop));
    assert_eq!((row.gas_used, row.steps), (22_106, 4));
    assert_eq!(row.changes.keys().collect::<Vec<_>>(), [&TARGET]);
    assert_eq!(row.changes[&TARGET].storage, [(U256::ZERO, U256::from(1))].into());
}

#[test]
fn call_adds_intrinsic_gas_and_takes_no_fee() {
    let mut batch = at(&store(), Level::Call, Fork::Osaka);
    batch.blocks[0].base_fee = 7;
    let row = run(&batch).row(0);
    assert_eq!(row.status, Some(Status::Stop));
    assert_eq!(row.gas_used, 43_106);
    assert_eq!(row.changes[&CALLER].balance, None);
    assert_eq!(row.changes[&CALLER].nonce, Some(1));
}

#[test]
fn transaction_takes_the_fee_and_pays_the_coinbase() {
    let mut batch = at(&store(), Level::Transaction, Fork::Osaka);
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
    let mut batch = at(&store(), Level::Transaction, Fork::Osaka);
    batch.blocks[0].base_fee = 7;
    let outcomes = run(&batch);
    assert_eq!(outcomes.status(0), Status::Rejected);
    assert!(outcomes.detail(0).unwrap().contains("basefee"), "{:?}", outcomes.detail(0));
    assert_eq!(outcomes.gas_used(0), 0);
    assert!(outcomes.changes(0).is_empty());
}

#[test]
fn origin_and_gas_price_of_a_frame_are_the_transactions_fields() {
    let code =
        asm("ORIGIN PUSH1 0 MSTORE GASPRICE PUSH1 32 MSTORE PUSH1 0 BLOBHASH PUSH1 64 MSTORE PUSH1 96 PUSH1 0 RETURN");
    let mut batch = at(&code, Level::Frame, Fork::Cancun);
    let origin = Address::repeat_byte(1);
    batch.transactions.push(Transaction {
        origin: Some(origin),
        gas_price: U256::from(5),
        blob_hashes: vec![B256::repeat_byte(9)],
        ..Transaction::default()
    });
    batch.calls.transaction = Column::All(Some(0));
    let output = run(&batch).output(0).to_vec();
    assert_eq!(output[12..32], origin[..]);
    assert_eq!(output[63], 5);
    assert_eq!(output[64..], [9; 32]);
}

#[test]
fn a_frame_warms_caller_target_and_coinbase() {
    // BALANCE of a warm account is 100 gas, of a cold one 2,600; PUSH20 3, POP 2.
    let gas = |address: Address, fork| {
        let code = asm(&format!("PUSH20 {} BALANCE", U256::from_be_slice(address.as_slice())));
        run(&at(&code, Level::Frame, fork)).gas_used(0) - 3
    };
    let coinbase = Address::repeat_byte(0xcb);
    assert_eq!(gas(CALLER, Fork::Osaka), 100);
    assert_eq!(gas(TARGET, Fork::Osaka), 100);
    assert_eq!(gas(coinbase, Fork::Osaka), 100);
    assert_eq!(gas(coinbase, Fork::London), 2600);
    assert_eq!(gas(Address::with_last_byte(1), Fork::London), 100);
    assert_eq!(gas(Address::repeat_byte(0x55), Fork::Osaka), 2600);
}

#[test]
fn a_program_runs_in_the_place_of_the_accounts_code() {
    let mut batch = at(&store(), Level::Frame, Fork::Osaka);
    let program = batch.add_program(Program::new(asm("ADDRESS PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN")));
    batch.calls.code = Column::All(Some(program));
    assert_eq!(run(&batch).output(0)[12..], TARGET[..]);
    // Even where a precompile stands.
    batch.calls.to = Column::All(Some(Address::with_last_byte(2)));
    assert_eq!(run(&batch).output(0)[31], 2);
}

#[test]
fn a_frame_calls_a_precompile() {
    let mut batch = at(&[], Level::Frame, Fork::Osaka);
    batch.calls.to = Column::All(Some(Address::with_last_byte(4)));
    batch.calls.data = CallData::repeated(1, b"same");
    let row = run(&batch).row(0);
    assert_eq!((row.status, row.gas_used, row.steps), (Some(Status::Return), 18, 0));
    assert_eq!(row.output[..], *b"same");
}

#[test]
fn a_frame_follows_a_delegation_from_prague_on() {
    let mut batch = at(&store(), Level::Frame, Fork::Prague);
    let delegation = batch.add_program(Program::new([&[0xef, 0x01, 0x00], &TARGET[..]].concat()));
    let authority = Address::repeat_byte(0xaa);
    batch.worlds[0].accounts.insert(authority, Account { nonce: 1, code: Some(delegation), ..Account::default() });
    batch.calls.to = Column::All(Some(authority));
    let row = run(&batch).row(0);
    assert_eq!(row.status, Some(Status::Stop));
    assert_eq!(row.changes[&authority].storage.len(), 1);
    batch.calls.fork = Column::All(ForkColumn(Fork::Cancun));
    assert_eq!(run(&batch).status(0), Status::UndefinedOpcode);
}

#[test]
fn a_frame_without_a_target_creates() {
    // Returns 32 zero bytes as the contract's code: 200 gas a byte.
    let mut batch = at(&[], Level::Frame, Fork::Osaka);
    batch.calls.to = Column::All(None);
    batch.calls.data = CallData::repeated(1, &asm("PUSH1 32 PUSH1 0 RETURN"));
    batch.worlds[0].accounts.get_mut(&CALLER).unwrap().nonce = 7;
    batch.calls.value = Column::All(U256::from(3));
    let row = run(&batch).row(0);
    let created = CALLER.create(7);
    assert_eq!((row.status, row.created), (Some(Status::Return), Some(created)));
    assert_eq!(row.gas_used, 3 + 3 + 3 + 6400);
    assert_eq!(row.changes[&CALLER].nonce, Some(8));
    let change = &row.changes[&created];
    assert_eq!((change.nonce, change.balance), (Some(1), Some(U256::from(3))));
    assert_eq!(change.code.as_ref().unwrap().len(), 32);
}

#[test]
fn a_refund_is_raw_in_a_frame_and_granted_in_a_transaction() {
    // Clears a slot: 3 + 3 + 5,000 gas, refund 4,800 (EIP-3529).
    for (level, used, granted) in [(Level::Frame, 5006, 0), (Level::Transaction, 21_000 + 5006 - 4800, 4800)] {
        let mut batch = at(&asm("PUSH1 0 PUSH1 0 SSTORE"), level, Fork::London);
        let target = batch.worlds[0].accounts.get_mut(&TARGET).unwrap();
        target.storage.insert(U256::ZERO, U256::from(1));
        let row = run(&batch).row(0);
        assert_eq!((row.gas_used, row.refund, row.refund_granted), (used, 4800, granted), "{level:?}");
    }
}

#[test]
fn the_floor_of_call_data_holds_in_a_transaction() {
    // EIP-7623: 100 bytes that are not zero cost 21,000 + 1,600, and at least 21,000 + 4,000.
    let mut batch = at(&[0x00], Level::Transaction, Fork::Prague);
    batch.calls.data = CallData::repeated(1, &[1; 100]);
    assert_eq!(run(&batch).gas_used(0), 25_000);
    batch.calls.fork = Column::All(ForkColumn(Fork::Cancun));
    assert_eq!(run(&batch).gas_used(0), 22_600);
}

#[test]
fn what_a_call_leaves_unchecked_a_transaction_rejects() {
    type Change = fn(&mut lanevm_core::Batch);
    let cases: &[(&str, Change)] = &[
        ("nonce", |batch| batch.transactions[0].nonce = Some(5)),
        ("gas limit", |batch| batch.blocks[0].gas_limit = 50_000),
        ("lack of funds", |batch| batch.transactions[0].gas_price = ether()),
        ("code", |batch| batch.worlds[0].accounts.get_mut(&CALLER).unwrap().code = Some(0)),
    ];
    for (word, change) in cases {
        for (level, status) in [(Level::Call, Status::Stop), (Level::Transaction, Status::Rejected)] {
            let mut batch = at(&asm("STOP"), level, Fork::Osaka);
            batch.transactions.push(Transaction::default());
            batch.calls.transaction = Column::All(Some(0));
            change(&mut batch);
            let outcomes = run(&batch);
            assert_eq!(outcomes.status(0), status, "{word}, {level:?}: {:?}", outcomes.detail(0));
            if status == Status::Rejected {
                let detail = outcomes.detail(0).unwrap().to_lowercase();
                assert!(detail.contains(word), "{detail}");
            }
        }
    }
}

#[test]
fn blobs_and_authorizations_need_their_fork_and_a_target() {
    for kind in [3, 4, 5] {
        let mut batch = at(&[], Level::Transaction, Fork::Shanghai);
        batch.transactions.push(Transaction { kind, ..Transaction::default() });
        batch.calls.transaction = Column::All(Some(0));
        assert_eq!(run(&batch).status(0), Status::Rejected, "type {kind} in Shanghai");
        batch.calls.fork = Column::All(ForkColumn(Fork::Osaka));
        batch.calls.to = Column::All(None);
        let outcomes = run(&batch);
        assert_eq!(outcomes.status(0), Status::Rejected, "type {kind} without a target");
        assert!(outcomes.detail(0).unwrap().contains("type"), "{:?}", outcomes.detail(0));
    }
}

#[test]
fn constantinople_meters_stores_by_eip_1283() {
    let code = asm("PUSH1 1 PUSH1 0 SSTORE PUSH1 0 PUSH1 0 SSTORE");
    for (fork, gas, refund) in [
        (Fork::Byzantium, 25_012, 15_000),
        (Fork::Constantinople, 20_212, 19_800),
        (Fork::Petersburg, 25_012, 15_000),
        (Fork::Istanbul, 20_812, 19_200),
    ] {
        let row = run(&at(&code, Level::Frame, fork)).row(0);
        assert_eq!((row.gas_used, row.refund), (gas, refund), "{fork}");
    }
}
