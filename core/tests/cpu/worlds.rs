//! Worlds: differences on other worlds, missing state, block hashes, and the changes a call leaves.

use std::collections::BTreeMap;

use lanevm_core::{
    Absent, Account, Address, B256, Batch, BlockHashes, Column, ForkColumn, Level, Program, Status, U256, World,
    alloy_primitives::keccak256, call_data::CallData, shaders::Fork, world::BlobSchedule,
};

use crate::fixture::{CALLER, TARGET, asm, at, one, run};

/// Returns the slot named by the call data.
fn reader() -> Vec<u8> {
    asm("PUSH0 CALLDATALOAD SLOAD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN")
}

fn with_slot(mut batch: Batch, slot: u64) -> Batch {
    batch.calls.data = CallData::repeated(batch.len(), &B256::from(U256::from(slot))[..]);
    batch
}

#[test]
fn a_difference_is_laid_over_its_base() {
    let mut batch = with_slot(one(&reader()), 1);
    let slots = |pairs: &[(u64, u64)]| -> BTreeMap<U256, U256> {
        pairs.iter().map(|&(slot, value)| (U256::from(slot), U256::from(value))).collect()
    };
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().storage = slots(&[(1, 10), (2, 20), (3, 30)]);
    let code = batch.worlds[0].accounts[&TARGET].code;
    let account = Account { code, balance: U256::from(5), storage: slots(&[(1, 11), (2, 0)]), ..Account::default() };
    batch.worlds.push(World { base: Some(0), accounts: [(TARGET, account)].into(), ..World::default() });
    batch.calls.world = Column::All(1);
    for (slot, value) in [(1, 11), (2, 0), (3, 30), (4, 0)] {
        let outcomes = run(&with_slot(batch.clone(), slot));
        assert_eq!(U256::from_be_slice(outcomes.output(0)), U256::from(value), "slot {slot}");
    }
}

#[test]
fn what_a_partial_world_lacks_is_named() {
    let mut batch = with_slot(one(&reader()), 7);
    batch.worlds[0].absent = Absent::Unknown;
    let outcomes = run(&batch);
    assert_eq!(outcomes.status(0), Status::MissingState);
    let detail = outcomes.detail(0).unwrap();
    assert!(detail.contains(&TARGET.to_string()) && detail.contains("0x7"), "{detail}");
    let code = asm("PUSH20 0x5555555555555555555555555555555555555555 BALANCE");
    let mut batch = one(&code);
    batch.worlds[0].absent = Absent::Unknown;
    let outcomes = run(&batch);
    assert!(outcomes.detail(0).unwrap().contains("0x5555555555555555555555555555555555555555"));
    // Nothing of what the lane did before stands.
    assert!(outcomes.changes(0).is_empty());
}

#[test]
fn missing_state_in_an_inner_frame_ends_the_lane() {
    let inner = Address::repeat_byte(0x11);
    let mut batch = one(&asm(
        "PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH20 0x1111111111111111111111111111111111111111 PUSH2 9000 CALL STOP",
    ));
    let program = batch.add_program(Program::new(reader()));
    batch.worlds[0].accounts.insert(inner, Account { code: Some(program), ..Account::default() });
    assert_eq!(run(&batch).status(0), Status::Stop);
    batch.worlds[0].absent = Absent::Unknown;
    let outcomes = run(&batch);
    assert_eq!(outcomes.status(0), Status::MissingState);
    assert!(outcomes.detail(0).unwrap().contains(&inner.to_string()));
}

#[test]
fn block_hashes_have_a_window() {
    let ask = |number: u64, hashes: &BlockHashes| {
        let mut batch = with_slot(one(&asm("PUSH0 CALLDATALOAD BLOCKHASH PUSH0 MSTORE PUSH1 32 PUSH0 RETURN")), number);
        batch.blocks[0].hashes = hashes.clone();
        B256::from_slice(run(&batch).output(0))
    };
    let of_number = BlockHashes::OfNumber;
    for (number, hash) in [
        (999, keccak256("999")),
        (744, keccak256("744")),
        (743, B256::ZERO),
        (1000, B256::ZERO),
        (1001, B256::ZERO),
        (u64::MAX, B256::ZERO),
    ] {
        assert_eq!(ask(number, &of_number), hash, "{number}");
    }
    let one = B256::repeat_byte(1);
    let listed = BlockHashes::Listed([(999, one), (700, one)].into());
    assert_eq!((ask(999, &listed), ask(998, &listed), ask(700, &listed)), (one, B256::ZERO, B256::ZERO));
}

#[test]
fn a_blob_schedule_sets_the_blob_base_fee() {
    let mut batch = at(&asm("BLOBBASEFEE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"), Level::Frame, Fork::Cancun);
    let fee = |batch: &Batch| U256::from_be_slice(run(batch).output(0));
    assert_eq!(fee(&batch), U256::from(1));
    batch.blocks[0].excess_blob_gas = 10_000_000;
    assert_eq!(fee(&batch), U256::from(19));
    batch.calls.fork = Column::All(ForkColumn(Fork::Prague));
    assert_eq!(fee(&batch), U256::from(7));
    batch.blocks[0].blob_schedule = Some(BlobSchedule { max: 9, update_fraction: 10_000_000 });
    assert_eq!(fee(&batch), U256::from(2));
    for (excess_blob_gas, update_fraction) in [(u64::MAX, 1), (u64::MAX, 3_338_477), (0, 0)] {
        batch.blocks[0].excess_blob_gas = excess_blob_gas;
        batch.blocks[0].blob_schedule = Some(BlobSchedule { max: 9, update_fraction });
        assert_eq!(run(&batch).status(0), Status::HostLimit);
    }
}

/// EIP-7610: a create meets an account that has storage, but neither code nor nonce.
#[test]
fn a_create_collides_with_storage() {
    let mut batch = at(&[], Level::Frame, Fork::Osaka);
    batch.calls.to = Column::All(None);
    let created = CALLER.create(0);
    let mut held = Account { balance: U256::from(1), ..Account::default() };
    batch.worlds[0].accounts.insert(created, held.clone());
    assert_eq!(run(&batch).status(0), Status::Return);
    held.storage.insert(U256::ZERO, U256::from(1));
    batch.worlds[0].accounts.insert(created, held);
    let row = run(&batch).row(0);
    assert_eq!((row.status, row.gas_used), (Some(Status::CreateCollision), 100_000));
    assert_eq!(row.changes.keys().collect::<Vec<_>>(), [&CALLER], "the nonce alone moved");
    // A slot that a difference clears is no storage.
    let cleared = Account { storage: [(U256::ZERO, U256::ZERO)].into(), ..Account::default() };
    batch.worlds.push(World { base: Some(0), accounts: [(created, cleared)].into(), ..World::default() });
    batch.calls.world = Column::All(1);
    assert_eq!(run(&batch).status(0), Status::Return);
}

/// The same from an inner frame, whose gas is gone and whose creator goes on.
#[test]
fn an_inner_create_collides_with_storage() {
    let mut batch = one(&asm("PUSH0 PUSH0 PUSH0 CREATE PUSH0 MSTORE GAS PUSH1 32 MSTORE PUSH1 64 PUSH0 RETURN"));
    batch.worlds[0].accounts.get_mut(&TARGET).unwrap().nonce = 1;
    let held = Account { storage: [(U256::ZERO, U256::from(1))].into(), ..Account::default() };
    batch.worlds[0].accounts.insert(TARGET.create(1), held);
    let row = run(&batch).row(0);
    assert_eq!(row.output[..32], [0; 32]);
    // 100,000 - 6 - 32,000 = 67,994, of which a 64th stays: 1,062. Then PUSH0, MSTORE and GAS: 2 + 6 + 2.
    assert_eq!(U256::from_be_slice(&row.output[32..]), U256::from(67_994 / 64 - 10));
    assert_eq!(row.changes[&TARGET].nonce, Some(2));
}

#[test]
fn an_empty_account_that_is_touched_goes() {
    let mut batch = at(&asm("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH1 0x99 GAS CALL"), Level::Frame, Fork::Osaka);
    let empty = Address::with_last_byte(0x99);
    assert!(run(&batch).changes(0).is_empty(), "what was not there cannot go");
    batch.worlds[0].accounts.insert(empty, Account::default());
    assert!(run(&batch).changes(0)[&empty].removed);
}

#[test]
fn before_eip_161_an_empty_account_comes_into_being() {
    let code = asm("PUSH1 0 PUSH1 0 PUSH1 0 PUSH1 0 PUSH1 0 PUSH1 0x99 PUSH1 0 CALL");
    let changes = run(&at(&code, Level::Frame, Fork::Homestead)).changes(0);
    let change = &changes[&Address::with_last_byte(0x99)];
    assert_eq!((change.balance, change.nonce, change.removed), (Some(U256::ZERO), None, false));
}

#[test]
fn a_self_destruct_removes_until_cancun() {
    let code = asm("PUSH1 0x99 SELFDESTRUCT");
    for (fork, removed) in [(Fork::Shanghai, true), (Fork::Cancun, false)] {
        let mut batch = at(&code, Level::Frame, fork);
        batch.worlds[0].accounts.get_mut(&TARGET).unwrap().balance = U256::from(4);
        let changes = run(&batch).changes(0);
        assert_eq!(changes[&TARGET].removed, removed, "{fork}");
        assert_eq!(changes[&Address::with_last_byte(0x99)].balance, Some(U256::from(4)));
        if !removed {
            assert_eq!(changes[&TARGET].balance, Some(U256::ZERO));
        }
    }
}

#[test]
fn a_slot_written_and_restored_is_no_change() {
    let row = run(&one(&asm("PUSH1 1 PUSH0 SSTORE PUSH0 PUSH0 SSTORE"))).row(0);
    assert!(row.changes.is_empty());
}
