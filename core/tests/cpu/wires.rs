//! Batches and outcomes through bytes and back.

use std::collections::BTreeMap;

use lanevm_core::{
    Absent, Account, Address, Axis, B256, Batch, BlockEnv, BlockHashes, Calls, Column, DataField, Generator, Level,
    Program, Template, Transaction, U256, World, batch::Authorization, call_data::CallData, observation::Observe, wire,
    world::BlobSchedule,
};

use crate::fixture::{CALLER, TARGET, one, run};

/// A batch in which every table has entries that some calls use and some do not.
fn varied() -> Batch {
    let mut batch = one(&[0x60, 1, 0x60, 0, 0x55]);
    let other = batch.add_program(Program::new(vec![0x60, 0, 0x60, 0, 0xa0]));
    let unused = batch.add_program(Program::new(vec![0xfe]));
    let storage = BTreeMap::from([(U256::ZERO, U256::from(9))]);
    let account = Account { nonce: 3, code: Some(other), storage, ..Account::default() };
    batch.worlds.push(World {
        accounts: [(TARGET, Account { code: Some(unused), ..Account::default() })].into(),
        ..World::default()
    });
    batch.worlds.push(World {
        base: Some(0),
        accounts: [(TARGET, account)].into(),
        dropped: [TARGET, Address::repeat_byte(5)].into(),
        absent: Absent::Unknown,
    });
    batch.blocks.push(BlockEnv {
        hashes: BlockHashes::OfNumber,
        blob_schedule: Some(BlobSchedule { max: 3, update_fraction: 7 }),
        ..BlockEnv::default()
    });
    batch.transactions.push(Transaction::default());
    batch.transactions.push(Transaction {
        kind: 4,
        nonce: Some(1),
        origin: Some(CALLER),
        priority_fee: Some(U256::from(2)),
        chain_id: Some(5),
        access_list: vec![(TARGET, vec![B256::repeat_byte(1)])],
        blob_hashes: vec![B256::repeat_byte(2)],
        authorizations: vec![Authorization {
            chain_id: U256::from(1),
            address: Address::repeat_byte(4),
            nonce: 6,
            y_parity: 1,
            r: U256::from(7),
            s: U256::from(8),
        }],
        ..Transaction::default()
    });
    let calls = &mut batch.calls;
    calls.count = 4;
    calls.world = Column::Each(vec![0, 1, 2, 2]);
    calls.block = Column::Each(vec![0, 1, 1, 0]);
    calls.level = Column::Each(vec![Level::Frame, Level::Call, Level::Frame, Level::Frame]);
    calls.transaction = Column::Each(vec![None, Some(1), Some(1), Some(0)]);
    calls.code = Column::Each(vec![Some(1), None, None, None]);
    calls.data = CallData::empty(4);
    calls.data.set(2, &[1, 2, 3]);
    batch.limits.max_steps = Some(1000);
    batch.observe = Observe { path: true, coverage: true };
    batch
}

#[test]
fn a_batch_survives() {
    let batch = varied();
    let rows: Vec<usize> = (0..batch.len()).collect();
    let back = wire::decode_batch(&wire::encode_batch(&batch, &rows)).unwrap();
    assert_eq!(back, batch.subset(&rows));
    assert_eq!(back.worlds, batch.worlds);
    assert_eq!(run(&back).digest(), run(&batch).digest());
}

#[test]
fn a_subset_keeps_what_its_rows_use_and_nothing_else() {
    let batch = varied();
    let part = batch.subset(&[3, 2]);
    assert_eq!((part.programs.len(), part.worlds.len(), part.blocks.len(), part.transactions.len()), (2, 2, 2, 2));
    assert_eq!(part.worlds[1].base, Some(0));
    let (whole, part) = (run(&batch), run(&part));
    assert_eq!(part.row(0), whole.row(3));
    assert_eq!(part.row(1), whole.row(2));
}

/// Calls of a template that uses every rule.
fn generated(count: usize) -> Batch {
    let field = |at: usize, generator| DataField::new(format!("x{at}"), at * 32, 32, generator);
    let word = U256::from;
    let template = Template {
        count,
        gas: Generator::Range { from: word(50_000), step: word(3) },
        data: vec![1; 192],
        fields: vec![
            field(0, Generator::Range { from: word(5), step: U256::MAX }),
            field(1, Generator::uniform(word(5), U256::MAX)),
            field(2, Generator::log_uniform(word(5), U256::MAX)),
            field(3, Generator::Steps { start: U256::MAX, end: word(9), count: 77 }),
            field(4, Generator::List((0..40).map(word).collect())),
            field(5, Generator::Fixed(word(8)).along("a")),
        ],
        axes: vec![Axis::new("a", count)],
        ..Template::default()
    };
    // Returns its call data.
    let batch = one(&[0x36, 0x5f, 0x5f, 0x37, 0x36, 0x5f, 0xf3]);
    let calls = template.expand().unwrap();
    Batch { calls: Calls { to: batch.calls.to.clone(), caller: batch.calls.caller.clone(), ..calls }, ..batch }
}

#[test]
fn generated_calls_survive_as_rows_or_as_a_pattern() {
    let batch = generated(900);
    for (rows, short) in [
        ((0..900).collect::<Vec<_>>(), true),
        ((100..300).rev().collect(), true),
        (vec![7, 899], false),
        (vec![], true),
    ] {
        let message = wire::encode_batch(&batch, &rows);
        assert_eq!(message.len() < 8_000, short || rows.len() < 10, "{} bytes", message.len());
        let back = wire::decode_batch(&message).unwrap();
        assert_eq!(back.calls.data.generated().is_some(), short && !rows.is_empty());
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(back.calls.data.get(at), batch.calls.data.get(*row));
            assert_eq!(back.calls.gas.get(at), batch.calls.gas.get(*row));
        }
        assert_eq!(run(&back).digest(), run(&batch.subset(&rows)).digest());
    }
    let mut stored = batch.clone();
    stored.calls.data = batch.calls.data.stored();
    assert_eq!(run(&batch).digest(), run(&stored).digest());
}

#[test]
fn no_rows_make_a_whole_message() {
    let back = wire::decode_batch(&wire::encode_batch(&varied(), &[])).unwrap();
    assert!(back.is_empty());
}

#[test]
fn outcomes_survive() {
    let outcomes = run(&varied());
    let back = wire::decode_reply(&wire::encode_reply(&Ok(outcomes.clone()))).unwrap();
    for row in 0..outcomes.len() {
        assert_eq!(back.row(row), outcomes.row(row));
        assert_eq!(back.path(row), outcomes.path(row));
    }
    assert_eq!(back.digest(), outcomes.digest());
    assert!(outcomes.path(0).is_some() && outcomes.coverage.counts().count() > 0);
    assert_eq!(back.coverage, outcomes.coverage);
}

#[test]
fn every_truncation_and_every_changed_byte_gets_an_answer() {
    let batch = varied();
    let made: Vec<usize> = (0..30).map(|row| row * 2).collect();
    for message in [
        wire::encode_batch(&batch, &[0, 1, 2, 3]),
        wire::encode_batch(&generated(60), &made),
        wire::encode_reply(&Ok(run(&batch))),
    ] {
        for end in 0..message.len() {
            assert!(wire::decode_batch(&message[..end]).is_err());
            assert!(wire::decode_reply(&message[..end]).is_err());
        }
        for at in 0..message.len() {
            let mut changed = message.clone();
            changed[at] ^= 0xff;
            if let Ok(batch) = wire::decode_batch(&changed) {
                batch.validate().unwrap();
                (0..batch.len().min(30)).for_each(|row| drop(batch.calls.data.get(row)));
            }
            if let Ok(outcomes) = wire::decode_reply(&changed) {
                (0..outcomes.len()).for_each(|row| drop(outcomes.row(row)));
            }
        }
    }
}
