//! Golden vectors of the digest. `docs/digest_vectors.py` makes them, sharing no code with the crate.

use lanevm_core::{
    Address, B256, Bytes, Outcome, Outcomes, Status, U256,
    alloy_primitives::b256,
    digest::{digest, leaf},
    outcome::{AccountChange, Log},
};

const LEAVES: [B256; 5] = [
    b256!("e44b7d6d0e9a5da577bca01c977620c4d429ca7367cac46898a9f8c612022d48"),
    b256!("a2026348e6cac4d49e34ea6258b7acce06479ad382a7cad3b1f49b7ac7a5f656"),
    b256!("31c041227cf42d3e3a59a45ed5bc41de2766e7408b96ff1c099d8ec5dae59582"),
    b256!("c467f8125d8b37bd8e308e08f58b0befb7e91aa36bde69c66a828058b1d1a35d"),
    b256!("d45fd79c4816fcc45321725efd3290ab00efb1ffeb100ca054d35b929a4d3868"),
];

const DIGESTS: [B256; 6] = [
    b256!("e0f414b2d094f90de13c922ebbc9c268e6fda7dd98269fe8253daf23e62497ad"),
    b256!("0d2b642d0c49134f2f2723e3a310f491e2f1eda59d1d5607b1175546fb5a0967"),
    b256!("437f8ac2760747d1383998bec828873b421e4cddd5e2b6e61c180903a6174ee3"),
    b256!("557fd1ea85f737af04bec7e09ac0c53183735e891d7d20bb6cc1dc7bec2e2dd3"),
    b256!("208ee073ff1fc005de0643693c630f59661bbbc3cb1fc855a98758321cde21a8"),
    b256!("c362dada03543ae5a1c0931037cec8107a741950035fe1dd46d1b5c806bcb265"),
];

fn outcomes() -> Vec<Outcome> {
    let (a, b) = (Address::repeat_byte(0xaa), Address::repeat_byte(0xbb));
    let word = |n: u64| B256::from(U256::from(n));
    let ended = |status, gas_used| Outcome { status: Some(status), gas_used, ..Outcome::default() };
    let changed = AccountChange {
        nonce: Some(1),
        balance: Some(U256::from(10).pow(U256::from(18))),
        storage: [(U256::ZERO, U256::from(5)), (U256::from(1), U256::ZERO)].into(),
        ..AccountChange::default()
    };
    let removed = AccountChange { removed: true, ..AccountChange::default() };
    let rebuilt = AccountChange {
        storage_cleared: true,
        code: Some(Bytes::from_static(&[0x60, 0])),
        storage: [(U256::MAX, U256::MAX)].into(),
        ..AccountChange::default()
    };
    vec![
        ended(Status::Stop, 21_000),
        Outcome {
            refund: 4800,
            output: Bytes::from_static(&[1, 2, 3]),
            logs: vec![
                Log { address: a, topics: vec![word(1), word(2)], data: Bytes::from_static(&[0xff]) },
                Log { address: b, topics: Vec::new(), data: Bytes::new() },
            ],
            changes: [(a, changed), (b, removed)].into(),
            // What the digest must not see.
            steps: 77,
            refund_granted: 4800,
            ..ended(Status::Return, 50_000)
        },
        Outcome { output: Bytes::from_static(b"reason"), ..ended(Status::Revert, 30_000) },
        ended(Status::StackUnderflow, u64::MAX),
        Outcome { refund: -15_000, changes: [(a, rebuilt)].into(), ..ended(Status::SelfDestruct, 1) },
    ]
}

#[test]
fn golden_vectors() {
    let outcomes = outcomes();
    for count in 0..=outcomes.len() {
        let mut rows = Outcomes::unfinished(count);
        outcomes[..count].iter().enumerate().for_each(|(row, outcome)| rows.set(row, outcome));
        assert_eq!(digest(&rows), DIGESTS[count], "{count} rows");
        for row in 0..count {
            assert_eq!(leaf(&rows, row), LEAVES[row], "row {row}");
            assert_eq!(rows.row(row), outcomes[row], "the encoding keeps everything");
        }
    }
}

#[test]
fn rows_in_another_order_have_another_digest() {
    let mut outcomes = outcomes();
    outcomes.swap(0, 1);
    let mut rows = Outcomes::unfinished(2);
    outcomes[..2].iter().enumerate().for_each(|(row, outcome)| rows.set(row, outcome));
    assert_ne!(digest(&rows), DIGESTS[2]);
}
