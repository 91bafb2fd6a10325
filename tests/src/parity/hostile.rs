//! Hostile input: calls that are meant to break an engine, each with the answer it must get.

use lanevm_core::{Account, Address, Batch, BlockEnv, CallData, Calls, Column, Program, Status, U256, World};

/// A call of one program at level `frame` on the newest fork.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it tries.
    pub name: &'static str,
    /// The program.
    pub code: Vec<u8>,
    /// Gas.
    pub gas: u64,
    /// Call data.
    pub data: Vec<u8>,
    /// How it must end.
    pub status: Status,
    /// Gas it must use, where that is known.
    pub gas_used: Option<u64>,
}

fn case(name: &'static str, code: Vec<u8>, gas: u64, status: Status, gas_used: Option<u64>) -> Case {
    Case { name, code, gas, data: Vec::new(), status, gas_used }
}

/// The cases.
pub fn cases() -> Vec<Case> {
    let pushes = |items: usize| vec![0x5f; items];
    let mut mstore_far = vec![0x60, 1, 0x68, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x52];
    mstore_far.push(0);
    vec![
        case("no code", vec![], 100, Status::Stop, Some(0)),
        case("PUSH32 cut short", vec![0x7f, 1, 2], 100, Status::Stop, Some(3)),
        case("PUSH1 without data", vec![0x60], 100, Status::Stop, Some(3)),
        case("jump into push data", vec![0x60, 4, 0x56, 0x60, 0x5b, 0], 100, Status::InvalidJump, Some(100)),
        case("jump past the end", vec![0x61, 0xff, 0xff, 0x56], 100, Status::InvalidJump, Some(100)),
        case("jump to 2^64", [vec![0x68, 1], vec![0; 8], vec![0x56]].concat(), 100, Status::InvalidJump, Some(100)),
        case("1,024 items", pushes(1024), 10_000, Status::Stop, Some(2048)),
        case("1,025 items", pushes(1025), 10_000, Status::StackOverflow, Some(10_000)),
        case("POP of nothing", vec![0x50], 100, Status::StackUnderflow, Some(100)),
        case("undefined byte", vec![0x0c], 100, Status::UndefinedOpcode, Some(100)),
        case("INVALID", vec![0xfe], 100, Status::InvalidOpcode, Some(100)),
        case("gas 2^53", vec![0x5a, 0], 1 << 53, Status::Stop, Some(2)),
        case("gas 2^64-1", vec![0x5a, 0], u64::MAX, Status::Stop, Some(2)),
        case("no gas", vec![0x5a], 0, Status::OutOfGas, Some(0)),
        case("MSTORE at 2^64", mstore_far, 1_000_000, Status::OutOfGas, Some(1_000_000)),
        case("MSTORE at 2^32", vec![0x60, 1, 0x64, 1, 0, 0, 0, 0, 0x52], 1_000_000, Status::OutOfGas, Some(1_000_000)),
        case(
            "RETURN of 2^255 bytes",
            [vec![0x7f, 0x80], vec![0; 31], vec![0x5f, 0xf3]].concat(),
            1000,
            Status::OutOfGas,
            Some(1000),
        ),
        case(
            "RETURN of nothing far out",
            [vec![0x5f, 0x7f, 0x80], vec![0; 31], vec![0xf3]].concat(),
            100,
            Status::Return,
            Some(5),
        ),
        Case {
            data: vec![0xab; 1 << 20],
            ..case(
                "1 MB of call data",
                vec![0x36, 0x60, 0x40, 0x52, 0x60, 0x20, 0x60, 0x40, 0xf3],
                1000,
                Status::Return,
                None,
            )
        },
        Case {
            data: vec![0xab; 1 << 20],
            ..case(
                "keccak of 1 MB",
                vec![0x36, 0x5f, 0x5f, 0x37, 0x36, 0x5f, 0x20, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3],
                5_000_000,
                Status::Return,
                None,
            )
        },
        case(
            "code over 24 KB",
            pushes(1024).into_iter().chain(vec![0x50; 1000]).chain(vec![0x5b; 30_000]).collect(),
            100_000,
            Status::Stop,
            Some(2048 + 2000 + 30_000),
        ),
    ]
}

/// The account called.
pub const TO: Address = Address::repeat_byte(0xc0);

/// All cases as one batch.
pub fn batch() -> Batch {
    let cases = cases();
    let mut batch = Batch { blocks: vec![BlockEnv::default()], ..Batch::default() };
    for (index, case) in cases.iter().enumerate() {
        batch.programs.push(Program::new(case.code.clone()));
        let account = Account { nonce: 1, code: Some(index as u32), ..Account::default() };
        batch.worlds.push(World { accounts: [(TO, account)].into(), ..World::default() });
    }
    batch.calls = Calls {
        count: cases.len(),
        world: Column::Each((0..cases.len() as u32).collect()),
        caller: Column::All(Address::repeat_byte(0xca)),
        to: Column::All(Some(TO)),
        gas: Column::Each(cases.iter().map(|case| case.gas).collect()),
        data: cases.iter().map(|case| &case.data).collect(),
        ..Calls::default()
    };
    batch
}

/// Whether a lane of [`some_endless`] has no end: all but every fourth.
pub const fn is_endless(lane: usize) -> bool {
    !lane.is_multiple_of(4)
}

/// Lanes of which three in four loop without end, on gas that lasts longer than anybody waits.
pub fn some_endless(lanes: usize) -> Batch {
    endless(lanes, u64::MAX, is_endless)
}

/// Lanes that all loop until 30 million gas are spent.
pub fn long(lanes: usize) -> Batch {
    endless(lanes, 30_000_000, |_| true)
}

/// Lanes that stop at once: many of them are many shards.
pub fn short(lanes: usize) -> Batch {
    endless(lanes, 1000, |_| false)
}

fn endless(lanes: usize, gas: u64, which: fn(usize) -> bool) -> Batch {
    // if calldata[31] { loop: jump loop } stop
    let code = vec![0x5f, 0x35, 0x60, 6, 0x57, 0x00, 0x5b, 0x60, 6, 0x56];
    let word = |set: bool| U256::from(u8::from(set)).to_be_bytes::<32>();
    let account = Account { nonce: 1, code: Some(0), ..Account::default() };
    Batch {
        programs: vec![Program::new(code)],
        worlds: vec![World { accounts: [(TO, account)].into(), ..World::default() }],
        blocks: vec![BlockEnv::default()],
        calls: Calls {
            count: lanes,
            caller: Column::All(Address::repeat_byte(0xca)),
            to: Column::All(Some(TO)),
            gas: Column::All(gas),
            data: (0..lanes).map(|lane| word(which(lane))).collect::<CallData>(),
            ..Calls::default()
        },
        ..Batch::default()
    }
}
