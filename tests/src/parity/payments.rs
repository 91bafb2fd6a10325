//! Random programs that pay, each called in many variations: value sent to accounts of every kind, from balances that hold it or
//! not, by calls of every kind; accounts looked at before and after; hashes of blocks and blobs; access lists. Amounts and payees are
//! constants, call data, or what the call brings. What a batch holds depends on its seed alone.

use lanevm_core::{
    Account, Address, B256, Batch, BlockEnv, BlockHashes, CallData, Calls, Column, Fork, ForkColumn, Level, Program,
    Transaction, U256, World,
};

use super::{dice::Dice, writer::Writer};

const OWN: Address = Address::repeat_byte(0xc0);
const SENDER: Address = Address::repeat_byte(0xca);
const COINBASE: Address = Address::repeat_byte(0xcb);

/// Accounts without code: one that is not there, one that is empty, one that has something, one that has sent something.
const PLAIN: [Address; 4] =
    [Address::repeat_byte(0x10), Address::repeat_byte(0x11), Address::repeat_byte(0x12), Address::repeat_byte(0x13)];

/// Contracts stand at this byte and the ones behind it.
const FIRST_CONTRACT: u8 = 0x20;

const FORKS: [Fork; 6] = [Fork::London, Fork::Paris, Fork::Shanghai, Fork::Cancun, Fork::Prague, Fork::Osaka];

/// What contracts do when they are paid.
fn contracts() -> Vec<Vec<u8>> {
    // CALL(GAS, who, what, 0, 0, 0, 0).
    let pay = |what: &[u8], who: &[u8]| [&[0x3d, 0x3d, 0x3d, 0x3d][..], what, who, &[0x5a, 0xf1]].concat();
    vec![
        // Stops.
        vec![0x00],
        // Stores what it was sent, and logs it.
        vec![0x34, 0x60, 0, 0x55, 0x34, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xa0, 0x00],
        // Reverts with what it has.
        vec![0x47, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xfd],
        // Halts.
        vec![0xfe],
        // Pays half of it back, and returns whether it could.
        [pay(&[0x60, 2, 0x34, 0x04], &[0x33]), vec![0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3]].concat(),
        // Returns what it has, was sent, and what its caller has.
        vec![0x47, 0x60, 0, 0x52, 0x34, 0x60, 32, 0x52, 0x33, 0x31, 0x60, 64, 0x52, 0x60, 96, 0x60, 0, 0xf3],
        // Pays all it has to an account that is not there, then reverts where it was sent an odd amount.
        [
            pay(&[0x47], &[&[0x73][..], PLAIN[0].as_slice()].concat()),
            vec![0x50, 0x60, 1, 0x34, 0x16, 0x15, 0x60, 0x2b, 0x57, 0x3d, 0x3d, 0xfd],
            vec![0x5b; 16],
        ]
        .concat(),
    ]
}

/// Puts an account's address on the stack.
fn whom(dice: &mut Dice, out: &mut Writer) {
    match dice.below(20) {
        0..=5 => out.address(dice.pick(&PLAIN)),
        6..=9 => out.address(Address::repeat_byte(FIRST_CONTRACT + dice.below(contracts().len() as u32) as u8)),
        10 => out.address(Address::with_last_byte(1 + dice.below(4) as u8)),
        11 => {
            let op = dice.pick(&[0x30, 0x32, 0x41]);
            out.op(op);
            out.height += 1;
        }
        12..=14 => {
            out.op(0x33);
            out.height += 1;
        }
        _ => argument(2 + u64::from(dice.below(2)), out),
    }
}

/// Puts a word of call data on the stack.
fn argument(number: u64, out: &mut Writer) {
    out.number(number * 32);
    out.op(0x35);
}

/// Puts an amount on the stack.
fn amount(dice: &mut Dice, out: &mut Writer) {
    match dice.below(8) {
        0 | 1 => out.number(0),
        2 => out.number(u64::from(dice.below(30))),
        3 => {
            let op = dice.pick(&[0x34, 0x47]);
            out.op(op);
            out.height += 1;
        }
        _ => argument(u64::from(dice.below(2)), out),
    }
}

/// Leaves the item on the stack in a word of memory.
fn keep(dice: &mut Dice, out: &mut Writer) {
    out.number(32 * u64::from(dice.below(8)));
    out.op(0x52);
    out.height -= 2;
}

fn statement(dice: &mut Dice, out: &mut Writer) {
    match dice.below(20) {
        0..=9 => {
            let op = dice.pick(&[0xf1, 0xf1, 0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xfa]);
            for most in [3, 9, 4, 9] {
                out.number(32 * u64::from(dice.below(most)));
            }
            if op < 0xf4 {
                amount(dice, out);
            }
            whom(dice, out);
            if dice.once_in(4) {
                out.number(dice.pick(&[0, 100, 2300, 30_000]));
            } else {
                out.op(0x5a);
            }
            out.op(op);
            out.height = 1;
            if dice.once_in(4) {
                // As contracts do: what cannot be paid is reverted.
                out.op(0x80);
                let label = out.push_label();
                out.ops(&[0x57, 0x3d, 0x60, 0, 0x60, 0, 0x3e, 0x3d, 0x60, 0, 0xfd], 1);
                out.land(label);
            }
            keep(dice, out);
        }
        10..=13 => {
            let op = dice.pick(&[0x31, 0x31, 0x3b, 0x3f, 0x3f]);
            whom(dice, out);
            out.op(op);
            keep(dice, out);
        }
        14 => {
            out.op(0x47);
            out.height += 1;
            keep(dice, out);
        }
        15 => {
            out.number(u64::from(dice.below(70)));
            out.number(u64::from(dice.below(20)));
            out.number(u64::from(dice.below(200)));
            whom(dice, out);
            out.op(0x3c);
            out.height = 0;
        }
        16 => {
            if dice.once_in(2) {
                out.number(dice.pick(&[0, 1, 2, 255, 256, 257]));
                out.op(0x43);
                out.op(0x03);
            } else {
                argument(0, out);
            }
            out.op(0x40);
            keep(dice, out);
        }
        17 => {
            out.number(u64::from(dice.below(4)));
            out.op(0x49);
            keep(dice, out);
        }
        18 => {
            argument(4, out);
            out.op(0x54);
            keep(dice, out);
        }
        _ => {
            argument(u64::from(dice.below(2)), out);
            argument(4, out);
            out.op(0x55);
            out.height = 0;
        }
    }
}

fn program(dice: &mut Dice) -> Vec<u8> {
    let mut out = Writer::default();
    // Who is called with less than the first frame's data takes the money and stops: no recursion.
    out.ops(&[0x60, 128, 0x36, 0x11], 1);
    let label = out.push_label();
    out.ops(&[0x57, 0x00], 0);
    out.land(label);
    for _ in 0..2 + dice.below(7) {
        statement(dice, &mut out);
    }
    out.number(288);
    out.number(0);
    out.op(if dice.once_in(8) { 0xfd } else { 0xf3 });
    out.finish()
}

fn world(dice: &mut Dice, own: u32) -> World {
    let holding = |balance: u32| Account { balance: U256::from(balance), ..Account::default() };
    let mut accounts = vec![
        (
            OWN,
            Account {
                nonce: 1,
                code: Some(own),
                storage: [(U256::from(1), U256::from(5))].into(),
                ..holding(dice.below(40))
            },
        ),
        (SENDER, Account { nonce: 7, ..holding(u32::MAX) }),
        (PLAIN[1], Account::default()),
        (PLAIN[2], if dice.once_in(12) { Account { balance: U256::MAX, ..Account::default() } } else { holding(7) }),
        (PLAIN[3], Account { nonce: 1, ..Account::default() }),
    ];
    for code in 0..contracts().len() as u32 {
        let address = Address::repeat_byte(FIRST_CONTRACT + code as u8);
        accounts.push((address, Account { nonce: 1, code: Some(code), ..holding(dice.below(9)) }));
    }
    if dice.once_in(3) {
        accounts.push((COINBASE, holding(3)));
    }
    World { accounts: accounts.into_iter().collect(), ..World::default() }
}

/// Call data; `alike`: amounts and payees are mostly of one kind, so that many calls go one way.
fn data(dice: &mut Dice, alike: bool) -> Vec<u8> {
    let mut words = Vec::new();
    for _ in 0..2 {
        words.push(if dice.once_in(if alike { 60 } else { 12 }) {
            dice.interesting()
        } else {
            U256::from(if alike { 1 + dice.below(3) } else { dice.below(24) })
        });
    }
    for _ in 0..2 {
        let contract = Address::repeat_byte(FIRST_CONTRACT + dice.below(contracts().len() as u32) as u8);
        let fresh = Address::repeat_byte(0x80 + dice.below(60) as u8);
        let few = Address::with_last_byte(dice.below(6) as u8);
        let payee = match dice.below(if alike { 800 } else { 24 }) {
            0 => OWN,
            1 => SENDER,
            2 => few,
            3..=5 => contract,
            6..=12 => dice.pick(&PLAIN),
            _ => fresh,
        };
        let word = U256::from_be_slice(payee.as_slice());
        words.push(if dice.once_in(10) { word | (dice.word() << 160) } else { word });
    }
    words.push(U256::from(if alike { 0 } else { dice.below(3) }));
    words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect()
}

/// What calls name of transactions, beside none: lists of slots and accounts, and blob hashes.
fn transactions() -> Vec<Transaction> {
    let plain = || Transaction { max_fee_per_blob_gas: U256::from(1_000), ..Transaction::default() };
    let keys = |keys: &[u64]| keys.iter().map(|key| B256::from(U256::from(*key))).collect::<Vec<_>>();
    vec![
        Transaction { kind: 1, access_list: vec![(OWN, keys(&[0, 1])), (PLAIN[0], keys(&[1]))], ..plain() },
        Transaction {
            kind: 1,
            access_list: vec![(OWN, keys(&[2])), (Address::repeat_byte(0x21), keys(&[0]))],
            ..plain()
        },
        Transaction { kind: 1, access_list: vec![(PLAIN[2], Vec::new())], ..plain() },
    ]
}

/// `programs` random programs as one batch, each called `times` times; so many of eight programs are called mostly alike.
pub fn batch(seed: u64, programs: usize, times: usize, steady: u32) -> Batch {
    let mut batch = Batch { programs: contracts().into_iter().map(Program::new).collect(), ..Batch::default() };
    batch.transactions = transactions();
    batch
        .transactions
        .push(Transaction { blob_hashes: vec![B256::repeat_byte(1), B256::repeat_byte(2)], ..Transaction::default() });
    for number in [300u64, 40, 0] {
        let listed = (0..number).step_by(3).map(|at| (at, B256::from(U256::from(at * 77 + 1)))).collect();
        let hashes = if number == 40 { BlockHashes::OfNumber } else { BlockHashes::Listed(listed) };
        batch.blocks.push(BlockEnv { number: U256::from(number), coinbase: COINBASE, hashes, ..BlockEnv::default() });
    }
    let mut bytes = CallData::default();
    let (mut worlds, mut blocks, mut forks, mut levels) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut gas, mut value, mut callers, mut sent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..programs as u32 {
        let mut dice = Dice::new(seed ^ 0x9a7, number);
        let own = batch.programs.len() as u32;
        batch.programs.push(Program::new(program(&mut dice)));
        let fork = dice.pick(&FORKS);
        let level = dice.pick(&[Level::Frame, Level::Frame, Level::Call]);
        let first_world = batch.worlds.len() as u32;
        for _ in 0..3 {
            let world = world(&mut dice, own);
            batch.worlds.push(world);
        }
        let alike = dice.below(8) < steady;
        for _ in 0..times {
            bytes.push(&data(&mut dice, alike));
            let other = !alike && dice.once_in(4);
            worlds.push(first_world + if other { dice.below(3) } else { 0 });
            blocks.push(if other { dice.below(3) } else { 0 });
            forks.push(ForkColumn(fork));
            levels.push(level);
            gas.push(if dice.once_in(12) { 22_000 + u64::from(dice.below(90_000)) } else { 500_000 });
            value.push(U256::from(if alike { 3 } else { dice.below(4) }));
            callers.push(if dice.once_in(if alike { 60 } else { 6 }) { dice.pick(&[OWN, PLAIN[2]]) } else { SENDER });
            let listed = level != Level::Frame && dice.once_in(3);
            let blobs = level == Level::Frame && dice.once_in(2);
            sent.push(if listed { Some(dice.below(3)) } else { blobs.then_some(3) });
        }
    }
    batch.calls = Calls {
        count: worlds.len(),
        world: Column::Each(worlds),
        block: Column::Each(blocks),
        fork: Column::Each(forks),
        level: Column::Each(levels),
        caller: Column::Each(callers),
        to: Column::All(Some(OWN)),
        value: Column::Each(value),
        gas: Column::Each(gas),
        data: bytes,
        transaction: Column::Each(sent),
        ..Calls::default()
    };
    batch
}
