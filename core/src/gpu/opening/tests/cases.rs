//! Random calls at every level and fork, most of them sound in most respects: a call with five faults only shows the
//! first. It holds no expectation.

use lanevm_shaders::Fork;

use super::{
    super::{PLAIN, authorization, gas},
    dice::Dice,
    surroundings::{Cast, PLAIN_PROGRAMS, block, nonce, programs, world},
};
use crate::{
    Address, B256, Batch, BlockEnv, ByteColumn, Calls, Column, ForkColumn, Level, Limits, Transaction, U256, World,
    batch::Authorization,
};

/// Calls of one batch.
pub(super) const CALLS: usize = 250;

fn authorization(
    dice: &mut Dice,
    cast: &Cast,
    call: &Row,
    tx: &Transaction,
    world: &World,
    chain_id: u64,
) -> Authorization {
    let called = cast.keys.iter().find(|(_, address)| call.to == Some(*address)).filter(|_| dice.once_in(2));
    let (key, authority) = called.unwrap_or(&cast.keys[dice.below(cast.keys.len() as u64) as usize]);
    let own = world.accounts.get(authority).map_or(0, |account| account.nonce);
    let mut signed = Authorization {
        chain_id: U256::from(dice.pick(&[0, chain_id, chain_id, chain_id, 99])),
        address: if dice.once_in(6) { Address::ZERO } else { cast.address(dice) },
        // The sender's was raised; so was one's who was there before.
        nonce: match dice.below(6) {
            0 => own.wrapping_add(dice.below(3)),
            _ => {
                let before = tx.authorizations.iter().filter(|signed| signed.nonce >= own).count() as u64;
                own.wrapping_add(u64::from(call.caller == *authority)).wrapping_add(before * dice.below(2))
            }
        },
        y_parity: 0,
        r: U256::ZERO,
        s: U256::ZERO,
    };
    let (signature, id) = key.sign_prehash_recoverable(authorization::signed_hash(&signed).as_slice()).unwrap();
    signed.y_parity = id.to_byte();
    signed.r = U256::from_be_slice(&signature.r().to_bytes());
    signed.s = U256::from_be_slice(&signature.s().to_bytes());
    match dice.below(24) {
        0 => signed.y_parity ^= 1,
        1 => signed.y_parity = 2,
        2 => signed.r = U256::ZERO,
        3 => signed.s = U256::MAX - signed.s,
        4 => {
            // The same signature with its other s, which EIP-2 forbids.
            let order = (U256::from_be_bytes(B256::repeat_byte(0xff).0) >> 128 << 128) - (U256::from(1) << 128)
                + U256::from(0xbaae_dce6_af48_a03b_bfd2_5e8c_d036_4141_u128);
            signed.s = order - signed.s;
            signed.y_parity ^= 1;
        }
        _ => {}
    }
    signed
}

fn transaction(dice: &mut Dice, cast: &Cast, call: &Row, worlds: &[World], blocks: &[BlockEnv]) -> Transaction {
    let block = &blocks[call.block as usize];
    let world = &worlds[call.world as usize];
    let newest = match call.fork {
        Fork::Prague | Fork::Osaka => 4,
        Fork::Cancun => 3,
        _ => 2,
    };
    let mut tx = Transaction {
        kind: dice.below(newest + 1) as u8,
        nonce: world.accounts.get(&call.caller).map(|account| account.nonce),
        gas_price: U256::from(block.base_fee) + U256::from(dice.below(100)),
        chain_id: (!dice.once_in(2)).then_some(block.chain_id),
        ..Transaction::default()
    };
    if newest == 4 && call.to.is_some() && dice.once_in(3) {
        tx.kind = 4;
    }
    if dice.once_in(20) {
        tx.kind = dice.below(6) as u8;
    }
    if call.to.is_none() && tx.kind > 2 && !dice.once_in(10) {
        tx.kind = 2;
    }
    match dice.below(12) {
        0 => tx.nonce = Some(nonce(dice)),
        1..=6 => tx.nonce = None,
        _ => {}
    }
    tx.origin = dice.once_in(2).then(|| cast.address(dice));
    tx.priority_fee = (!dice.once_in(3)).then(|| U256::from(dice.below(100)));
    if let Some(priority) = tx.priority_fee
        && !dice.once_in(20)
    {
        tx.gas_price += priority;
    }
    match dice.below(40) {
        0 => tx.gas_price = U256::from(u128::MAX) + U256::from(dice.below(2)),
        1 => tx.gas_price = U256::from(1) << dice.pick(&[100, 110, 120, 200]),
        2 => tx.gas_price = U256::from(block.base_fee.saturating_sub(1)),
        3 => tx.priority_fee = Some(U256::MAX),
        4 => tx.chain_id = Some(2),
        _ => {}
    }
    if tx.kind != 0 || dice.once_in(10) {
        for _ in 0..dice.below(4) {
            let slots = (0..dice.below(3)).map(|_| B256::with_last_byte(dice.below(2) as u8)).collect();
            let address = match call.to.filter(|_| dice.once_in(2)) {
                Some(to) => to,
                None => cast.address(dice),
            };
            tx.access_list.push((address, slots));
        }
        if dice.once_in(40) {
            tx.access_list.extend((0..40).map(|n| (Address::repeat_byte(n % 30 + 1), vec![B256::ZERO])));
        }
    }
    if tx.kind == 3 || dice.once_in(16) {
        for _ in 0..dice.pick(&[0, 1, 1, 1, 2, 6, 7]) {
            let mut hash = B256::repeat_byte(dice.below(256) as u8);
            hash[0] = u8::from(!dice.once_in(20));
            tx.blob_hashes.push(hash);
        }
        tx.max_fee_per_blob_gas = match dice.below(10) {
            0 => U256::from(dice.below(3)),
            1 => U256::from(1) << dice.pick(&[100, 111, 127, 130, 250]),
            _ => U256::from(u64::MAX),
        };
    }
    if tx.kind == 4 || dice.once_in(30) {
        for _ in 0..dice.pick(&[0, 1, 1, 2, 2, 3]) {
            let signed = authorization(dice, cast, call, &tx, world, block.chain_id);
            tx.authorizations.push(signed);
        }
    }
    tx
}

/// A call being drawn.
struct Row {
    world: u32,
    block: u32,
    fork: Fork,
    level: Level,
    caller: Address,
    to: Option<Address>,
}

/// A batch of random calls.
pub(super) fn batch(seed: u64) -> Batch {
    let dice = &mut Dice::new(seed);
    let cast = Cast::new();
    let mut batch = Batch { programs: programs(&cast), ..Batch::default() };
    let programs = batch.programs.len() as u64;
    for id in 0..6 {
        let base = (id > 2).then(|| dice.below(id) as u32);
        batch.worlds.push(world(dice, &cast, programs, base));
    }
    batch.blocks = (0..4).map(|_| block(dice, &cast)).collect();
    batch.limits = Limits { max_steps: dice.once_in(8).then(|| dice.below(4)) };
    let mut data = ByteColumn::empty(CALLS);
    let mut columns: [Vec<u32>; 2] = Default::default();
    let (mut forks, mut levels, mut callers, mut targets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut codes, mut values, mut gases, mut transactions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for index in 0..CALLS {
        let row = Row {
            world: dice.below(6) as u32,
            block: dice.below(4) as u32,
            fork: match dice.below(12) {
                0 => Fork::ALL[dice.below(Fork::ALL.len() as u64) as usize],
                n => dice
                    .pick(&[Fork::London, Fork::Shanghai, Fork::Cancun, Fork::Prague, Fork::Osaka][n as usize / 4..]),
            },
            level: dice.pick(&[Level::Frame, Level::Call, Level::Transaction, Level::Transaction]),
            caller: cast.sender(dice),
            to: (!dice.once_in(4)).then(|| cast.address(dice)),
        };
        let is_fee_free = row.level != Level::Transaction;
        if !dice.once_in(16) {
            let tx = transaction(dice, &cast, &row, &batch.worlds, &batch.blocks);
            transactions.push(Some(batch.transactions.len() as u32));
            batch.transactions.push(tx);
        } else {
            transactions.push(None);
        }
        let own = batch.account(row.world, &row.caller).map_or(U256::ZERO, |account| account.balance);
        values.push(match dice.below(if is_fee_free { 12 } else { 60 }) {
            0 => own,
            1 => own.saturating_add(U256::from(1)),
            2 => U256::MAX,
            n if n % 3 == 0 => U256::from(1 + dice.below(1000)),
            _ => U256::ZERO,
        });
        gases.push(match dice.below(24) {
            0 => 21_000 + dice.below(1000),
            1 => 53_000 + dice.below(40),
            2 => (1 << 24) + dice.below(2),
            3 => u64::MAX - dice.below(2),
            4 => dice.below(60),
            5 => 2300 + dice.below(12),
            6 => 30_000_000 + dice.below(2),
            7 => 40_000 + dice.below(20_000),
            _ => 100_000 + dice.below(500_000),
        });
        let bytes = if row.to.is_none() {
            match dice.below(20) {
                0 => vec![0; 49_152 + dice.below(2) as usize],
                n => batch.programs[n as usize % PLAIN_PROGRAMS as usize].code().to_vec(),
            }
        } else {
            (0..dice.pick(&[0, 4, 40, 400, 4000])).map(|_| (dice.below(3) * 100) as u8).collect()
        };
        data.set(index, &bytes);
        codes.push((row.to.is_some() && dice.once_in(3)).then(|| dice.below(programs) as u32));
        columns[0].push(row.world);
        columns[1].push(row.block);
        forks.push(ForkColumn(row.fork));
        levels.push(row.level);
        callers.push(row.caller);
        targets.push(row.to);
    }
    let [worlds, blocks] = columns;
    let chosen = gases.clone();
    batch.calls = Calls {
        count: CALLS,
        world: Column::Each(worlds),
        block: Column::Each(blocks),
        fork: Column::Each(forks),
        level: Column::Each(levels),
        caller: Column::Each(callers),
        to: Column::Each(targets),
        code: Column::Each(codes),
        value: Column::Each(values),
        gas: Column::Each(gases),
        data: data.into(),
        transaction: Column::Each(transactions),
    };
    tighten(dice, &mut batch, chosen);
    batch
}

/// Gives many calls just about the gas that they need.
fn tighten(dice: &mut Dice, batch: &mut Batch, mut gases: Vec<u64>) {
    for (index, gas) in gases.iter_mut().enumerate() {
        let call = batch.call(index);
        if call.level == Level::Frame || dice.once_in(3) {
            continue;
        }
        let upfront = gas::upfront(&call, call.transaction.unwrap_or(&PLAIN));
        let more = match dice.below(16) {
            0..3 => 0,
            3..6 => dice.below(12),
            6 => 200 + dice.below(30),
            7 => 2300 + dice.below(12),
            8 => 5000 + dice.below(12),
            9 => 30_000 + dice.below(12),
            _ => dice.below(200_000),
        };
        *gas = upfront.intrinsic.max(upfront.floor) + more;
        if dice.once_in(24) {
            *gas = upfront.intrinsic.max(upfront.floor) - 1;
        }
        if dice.once_in(24) {
            *gas = upfront.intrinsic - 1;
        }
    }
    batch.calls.gas = Column::Each(gases);
}
