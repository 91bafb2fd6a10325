//! Ways made by hand, on the native adapter: every operation in every width, hashes, loops, storage and logs. The code that the
//! lanes would run otherwise is INVALID, so that no answer can come from anywhere else.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Account, Address, Batch, BlockEnv, Calls, Column, Fork, Level, Outcomes, Program, Status, Transaction, U256, World,
    cpu::CpuEngine,
    examples,
    gpu::{GpuEngine, GpuOptions, Ways},
    keccak256,
    paths::{
        Binary, End, Input, Item, Lane, LogEnd, Loop, Op, SlotEnd, Ternary, Unary, V, Variable, Visited, Walker, Way,
        arithmetic, build,
    },
};
use lanevm_tests::parity::{
    self, USUAL, dice::Dice, lockstep, payments, programs, societies, token::Token, varied::varied,
};
use pollster::block_on;

const TO: Address = Address::repeat_byte(0x11);
const CODE: [u8; 1] = [0xfe];
const GAS: u64 = 1_000_000;

/// A way in the making.
struct Making {
    way: Way,
}

impl Making {
    fn new() -> Self {
        let code = keccak256(CODE);
        let zero = V(0);
        Self {
            way: Way {
                fork: Fork::LATEST,
                code,
                ops: vec![Op::Constant(U256::ZERO)],
                items: Vec::new(),
                loops: Vec::new(),
                accounts: vec![Visited { address: TO, code, by: None }],
                lists: false,
                noted: None,
                end: End {
                    status: Status::Return,
                    gas_used: zero,
                    refund: zero,
                    steps: zero,
                    output: Vec::new(),
                    output_bytes: 0,
                    slots: Vec::new(),
                    touched: Vec::new(),
                    logs: Vec::new(),
                },
            },
        }
    }

    fn add(&mut self, op: Op) -> V {
        self.way.ops.push(op);
        V(self.way.ops.len() as u32 - 1)
    }

    fn constant(&mut self, value: u64) -> V {
        self.add(Op::Constant(U256::from(value)))
    }

    fn data(&mut self, at: u32) -> V {
        self.add(Op::Input(Input::CallData(at)))
    }

    fn binary(&mut self, op: Binary, a: V, b: V) -> V {
        self.add(Op::Binary(op, a, b))
    }

    /// Call data's word in four widths.
    fn narrowed(&mut self, at: u32) -> [V; 4] {
        let word = self.data(at);
        let masks = [U256::MAX >> 192, U256::MAX >> 224, U256::ONE];
        let [pair, limb, bit] = masks.map(|mask| {
            let mask = self.add(Op::Constant(mask));
            self.binary(Binary::And, mask, word)
        });
        let bit = self.add(Op::Unary(Unary::IsZero, bit));
        [word, pair, limb, bit]
    }

    fn output(&mut self, value: V) {
        self.way.end.output.push(value);
        self.way.end.output_bytes += 32;
    }
}

/// What the host makes of values of no loop.
fn values(way: &Way, data: &[u8]) -> Vec<U256> {
    let mut values: Vec<U256> = Vec::new();
    for op in &way.ops {
        let of = |v: &V| values[v.at()];
        let value = match op {
            Op::Constant(value) => *value,
            Op::Input(Input::CallData(at)) => {
                let mut word = [0; 32];
                for (byte, from) in word.iter_mut().zip(data.iter().skip(*at as usize)) {
                    *byte = *from;
                }
                U256::from_be_bytes(word)
            }
            Op::Input(Input::CallDataSize) => U256::from(data.len()),
            Op::Unary(op, a) => arithmetic::unary(*op, of(a)),
            Op::Binary(op, a, b) => arithmetic::binary(*op, of(a), of(b)),
            Op::Ternary(op, a, b, c) => arithmetic::ternary(*op, of(a), of(b), of(c), way.fork),
            Op::Keccak(words, bytes) => {
                let message: Vec<u8> = words.iter().flat_map(|v| of(v).to_be_bytes::<32>()).collect();
                keccak256(&message[..*bytes as usize]).into()
            }
            other => panic!("{other:?} is not the host's"),
        };
        values.push(value);
    }
    values
}

fn engine() -> GpuEngine {
    let options = GpuOptions { ways: Ways::Wait, fill_garbage: true, ..USUAL };
    block_on(GpuEngine::new(options, Box::new(CpuEngine::new(1))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one")
}

fn batch(rows: &[Vec<u8>], storage: &[(U256, U256)]) -> Batch {
    let account = Account { nonce: 1, code: Some(0), storage: storage.iter().copied().collect(), ..Account::default() };
    Batch {
        programs: vec![Program::new(CODE.to_vec())],
        worlds: vec![World { accounts: [(TO, account)].into(), ..World::default() }],
        blocks: vec![BlockEnv::default()],
        calls: Calls {
            count: rows.len(),
            to: Column::All(Some(TO)),
            gas: Column::All(GAS),
            data: rows.iter().collect(),
            ..Calls::default()
        },
        ..Batch::default()
    }
}

/// Rows of three words with a taste for borders.
fn rows(seed: u64, count: u32) -> Vec<Vec<u8>> {
    (0..count)
        .map(|row| {
            let mut dice = Dice::new(seed, row);
            (0..3).flat_map(|_| dice.interesting().to_be_bytes::<32>()).collect()
        })
        .collect()
}

/// Runs a batch by a way, whole and cut into stretches; both come to the same.
fn go(gpu: &mut GpuEngine, way: &Way, batch: &Batch) -> Outcomes {
    let [whole, cut] = [None, Some(400)].map(|cut| {
        gpu.cut_ways(cut);
        for judged in gpu.set_ways(vec![way.clone()]) {
            judged.expect("a way that has a kernel");
        }
        let outcomes = block_on(parity::run(gpu, batch));
        assert_eq!(gpu.way_refusals(), Vec::<String>::new());
        outcomes
    });
    assert_eq!(cut.ways, whole.ways, "lanes that go the way when it is cut");
    assert!((0..batch.len()).all(|row| lockstep::same(&cut.row(row), &whole.row(row))), "cut or whole");
    whole
}

/// Holds a way of no loop against the host on rows; all of them go it.
fn agrees(gpu: &mut GpuEngine, name: &str, way: &Way, rows: &[Vec<u8>]) {
    let outcomes = go(gpu, way, &batch(rows, &[]));
    assert_eq!(outcomes.ways, rows.len() as u64, "{name}: lanes that went the way");
    for (row, data) in rows.iter().enumerate() {
        let values = values(way, data);
        let expected: Vec<u8> = way.end.output.iter().flat_map(|v| values[v.at()].to_be_bytes::<32>()).collect();
        assert_eq!(outcomes.status(row), way.end.status, "{name}: row {row}");
        for (at, (is, expected)) in outcomes.output(row).chunks(32).zip(expected.chunks(32)).enumerate() {
            let op = &way.ops[way.end.output[at].at()];
            assert_eq!(is, expected, "{name}: row {row}, word {at}, {op:?} of {data:02x?}");
        }
        assert_eq!(outcomes.output(row).len(), expected.len(), "{name}: row {row}");
    }
}

const UNARY: [Unary; 4] = [Unary::IsZero, Unary::Not, Unary::Clz, Unary::ByteLength];

const LIGHT: [Binary; 16] = [
    Binary::Add,
    Binary::Mul,
    Binary::Sub,
    Binary::Lt,
    Binary::Gt,
    Binary::Slt,
    Binary::Sgt,
    Binary::Eq,
    Binary::And,
    Binary::Or,
    Binary::Xor,
    Binary::Byte,
    Binary::Shl,
    Binary::Shr,
    Binary::Sar,
    Binary::SignExtend,
];

const HEAVY: [Binary; 5] = [Binary::Div, Binary::Mod, Binary::Sdiv, Binary::Smod, Binary::Exp];

#[test]
fn light_operations_in_every_width() {
    let mut gpu = engine();
    for (number, op) in LIGHT.into_iter().enumerate() {
        let mut making = Making::new();
        let (a, b) = (making.narrowed(0), making.narrowed(32));
        let by = making.constant(7);
        for a in a {
            for b in b {
                let value = making.binary(op, a, b);
                making.output(value);
            }
            for value in [making.binary(op, by, a), making.binary(op, a, by)] {
                making.output(value);
            }
        }
        agrees(&mut gpu, &format!("{op:?}"), &making.way, &rows(number as u64, 400));
    }
}

/// Of results that are looked at in part, no more is computed.
#[test]
fn operations_of_which_low_bits_are_wanted() {
    let mut gpu = engine();
    for mask in [U256::MAX >> 192, U256::MAX >> 224, U256::from(0xffff)] {
        let mut making = Making::new();
        let (a, b) = (making.narrowed(0), making.narrowed(32));
        let mask = making.add(Op::Constant(mask));
        let by = making.constant(13);
        for op in [Binary::Add, Binary::Mul, Binary::Sub, Binary::Or, Binary::Xor] {
            for (a, b) in [(a[0], b[0]), (a[0], b[2]), (a[1], b[1]), (a[3], b[0])] {
                let value = making.binary(op, a, b);
                let value = making.binary(Binary::And, value, mask);
                making.output(value);
            }
        }
        for a in a {
            let not = making.add(Op::Unary(Unary::Not, a));
            for value in [not, making.binary(Binary::Shl, by, a), making.binary(Binary::Shr, by, a)] {
                let value = making.binary(Binary::And, value, mask);
                making.output(value);
            }
        }
        agrees(&mut gpu, "low bits", &making.way, &rows(77, 400));
    }
}

#[test]
fn unary_operations_and_heavy_ones() {
    let mut gpu = engine();
    let mut making = Making::new();
    let a = making.narrowed(0);
    for op in UNARY {
        for a in a {
            let value = making.add(Op::Unary(op, a));
            making.output(value);
        }
    }
    agrees(&mut gpu, "unary", &making.way, &rows(99, 400));
    for op in HEAVY {
        let mut making = Making::new();
        let (a, b) = (making.narrowed(0), making.narrowed(32));
        let power = making.constant(1 << 20);
        for (a, b) in [(a[0], b[0]), (a[0], b[2]), (a[2], b[2]), (a[1], b[1])] {
            let value = making.binary(op, a, b);
            making.output(value);
        }
        let value = making.binary(op, a[0], power);
        making.output(value);
        agrees(&mut gpu, &format!("{op:?}"), &making.way, &rows(op as u64, 300));
    }
}

/// How code asks whether a product overflows.
#[test]
fn products_that_overflow() {
    let mut gpu = engine();
    let mut making = Making::new();
    let (a, b) = (making.narrowed(0), making.narrowed(32));
    let thousand = making.constant(1000);
    for x in a {
        for y in [b[0], b[1], b[2], b[3], thousand] {
            let product = making.binary(Binary::Mul, y, x);
            let quotient = making.binary(Binary::Div, product, y);
            let whole = making.binary(Binary::Eq, quotient, x);
            making.output(whole);
        }
    }
    agrees(&mut gpu, "overflow", &making.way, &rows(61, 2000));
}

/// What is left of gas is known to be there by the guard that asks for all of it.
#[test]
fn gas_is_narrow_where_a_guard_has_asked() {
    let mut gpu = engine();
    let mut making = Making::new();
    let word = making.narrowed(0)[2];
    let gas = making.add(Op::Input(Input::Gas));
    let (mask, base, six) = (making.constant(0xffff), making.constant(900_000), making.constant(6));
    let part = making.binary(Binary::And, word, mask);
    let cost = making.binary(Binary::Add, part, base);
    let lacks = making.binary(Binary::Lt, gas, cost);
    let has = making.add(Op::Unary(Unary::IsZero, lacks));
    making.way.items.push(Item::Guard(has));
    for less in [part, base, cost] {
        let left = making.binary(Binary::Sub, gas, less);
        let kept = making.binary(Binary::Shr, six, left);
        let given = making.binary(Binary::Sub, left, kept);
        making.output(left);
        making.output(given);
    }
    making.way.end.gas_used = cost;
    let rows = rows(62, 600);
    let mut batch = batch(&rows, &[]);
    batch.calls.gas = Column::Each((0..600).map(|row| 850_000 + row * 300).collect());
    let outcomes = go(&mut gpu, &making.way, &batch);
    let mut went = 0;
    for (row, data) in rows.iter().enumerate() {
        let gas = 850_000 + row as u64 * 300;
        let part = u64::from(u16::from_be_bytes([data[30], data[31]]));
        if gas < part + 900_000 {
            assert_eq!((outcomes.status(row), outcomes.gas_used(row)), (Status::InvalidOpcode, gas), "{row}");
            continue;
        }
        went += 1;
        let expected: Vec<u8> = [part, 900_000, part + 900_000]
            .into_iter()
            .flat_map(|less| [gas - less, gas - less - ((gas - less) >> 6)])
            .flat_map(|word| U256::from(word).to_be_bytes::<32>())
            .collect();
        assert_eq!(outcomes.output(row), expected, "{row}");
        assert_eq!(outcomes.gas_used(row), part + 900_000, "{row}");
    }
    assert!(went > 100 && went < 500, "{went}");
    assert_eq!(outcomes.ways, went);
}

/// A counter that falls to zero is narrow, and lanes of which it is not leave the way before they turn.
#[test]
fn a_counter_falls_to_zero() {
    let mut gpu = engine();
    let mut making = Making::new();
    let n = making.data(0);
    let one = making.constant(1);
    let [i, product] = [0, 1].map(|place| making.add(Op::Variable(0, place)));
    let next = making.binary(Binary::Sub, i, one);
    let multiplied = making.binary(Binary::Mul, product, i);
    let leave = making.add(Op::Unary(Unary::IsZero, i));
    making.way.loops.push(Loop {
        variables: vec![
            Variable { value: i, first: n, next },
            Variable { value: product, first: one, next: multiplied },
        ],
        leave: Some(leave),
        most: 60,
        ..Loop::default()
    });
    making.way.items.push(Item::Loop(0));
    making.output(product);
    making.output(i);
    let mut rows: Vec<Vec<u8>> = (0..80u64).map(|n| U256::from(n).to_be_bytes_vec()).collect();
    rows.push(U256::from_limbs([1 << 32, 0, 0, 0]).to_be_bytes_vec());
    rows.push(U256::from_limbs([0, 0, 0, 5]).to_be_bytes_vec());
    let outcomes = go(&mut gpu, &making.way, &batch(&rows, &[]));
    assert_eq!(outcomes.ways, 60);
    let mut product = U256::ONE;
    for n in 0..60u64 {
        product = product.wrapping_mul(U256::from(n.max(1)));
        let expected: Vec<u8> = [product, U256::ZERO].into_iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
        assert_eq!(outcomes.output(n as usize), expected, "{n}");
    }
}

#[test]
fn operations_of_three() {
    let mut gpu = engine();
    for op in [Ternary::AddMod, Ternary::MulMod, Ternary::Select, Ternary::SstoreGas, Ternary::SstoreRefund] {
        let mut making = Making::new();
        let (a, b, c) = (making.narrowed(0), making.narrowed(32), making.narrowed(64));
        for (a, b, c) in [(a[0], b[0], c[0]), (a[3], b[3], c[3]), (a[2], b[1], c[2])] {
            let value = making.add(Op::Ternary(op, a, b, c));
            making.output(value);
        }
        agrees(&mut gpu, &format!("{op:?}"), &making.way, &rows(5, 600));
    }
}

#[test]
fn hashes_of_one_to_three_hundred_bytes() {
    let mut gpu = engine();
    for lengths in [[1, 31, 32, 33], [64, 84, 135, 136], [137, 200, 271, 272], [0, 20, 96, 128]] {
        let mut making = Making::new();
        let words: Vec<V> = (0..10).map(|at| making.data(at * 9)).collect();
        let zero = V(0);
        for bytes in lengths {
            let mut message: Vec<V> = words[..(bytes as usize).div_ceil(32)].to_vec();
            // What is behind the end is zeros.
            if bytes % 32 != 0 {
                let by = making.constant(u64::from(256 - bytes % 32 * 8));
                let last = *message.last().unwrap_or(&zero);
                let down = making.binary(Binary::Shr, by, last);
                let up = making.binary(Binary::Shl, by, down);
                message.pop();
                message.push(up);
            }
            let hash = making.add(Op::Keccak(message, bytes));
            making.output(hash);
            let again = making.add(Op::Keccak(vec![hash, words[1]], 64));
            making.output(again);
        }
        agrees(&mut gpu, &format!("{lengths:?}"), &making.way, &rows(8, 200));
    }
}

/// Fibonacci by a loop: the counter is the call data's, and lanes that ask for too many turns leave the way.
#[test]
fn a_loop_turns_as_often_as_each_lane_asks() {
    let mut gpu = engine();
    let mut making = Making::new();
    let n = making.data(0);
    let one = making.constant(1);
    let [i, a, b] = [0, 1, 2].map(|place| making.add(Op::Variable(0, place)));
    let sum = making.binary(Binary::Add, a, b);
    let next = making.binary(Binary::Add, i, one);
    let goes = making.binary(Binary::Lt, i, n);
    let leave = making.add(Op::Unary(Unary::IsZero, goes));
    let steps = making.binary(Binary::Mul, i, n);
    making.way.loops.push(Loop {
        variables: vec![
            Variable { value: i, first: V(0), next },
            Variable { value: a, first: V(0), next: b },
            Variable { value: b, first: one, next: sum },
        ],
        leave: Some(leave),
        most: 500,
        ..Loop::default()
    });
    making.way.items.push(Item::Loop(0));
    making.output(a);
    making.output(sum);
    making.way.end.steps = steps;
    making.way.end.gas_used = i;
    let rows: Vec<Vec<u8>> = (0..520u64).map(|n| U256::from(n).to_be_bytes_vec()).collect();
    let outcomes = go(&mut gpu, &making.way, &batch(&rows, &[]));
    assert_eq!(outcomes.ways, 500);
    let (mut a, mut b) = (U256::ZERO, U256::ONE);
    for n in 0..500 {
        let output: Vec<u8> = [a, a.wrapping_add(b)].into_iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
        assert_eq!(outcomes.output(n), output, "{n}");
        assert_eq!((outcomes.gas_used(n), outcomes.steps(n)), (n as u64, (n * n) as u64));
        (a, b) = (b, a.wrapping_add(b));
    }
    for n in 500..520 {
        assert_eq!((outcomes.status(n), outcomes.gas_used(n)), (Status::InvalidOpcode, GAS), "{n}");
    }
}

/// Loops within a loop: what the inner one comes to is used behind both.
#[test]
fn loops_stand_in_loops() {
    let mut gpu = engine();
    let mut making = Making::new();
    let n = making.data(0);
    let one = making.constant(1);
    let i = making.add(Op::Variable(0, 0));
    let all = making.add(Op::Variable(0, 1));
    let j = making.add(Op::Variable(1, 0));
    let sum = making.add(Op::Variable(1, 1));
    let [next_i, next_j] = [i, j].map(|v| making.binary(Binary::Add, v, one));
    let next_sum = making.binary(Binary::Add, sum, i);
    let outer = making.binary(Binary::Eq, i, n);
    let inner = making.binary(Binary::Eq, j, i);
    let doubled = making.binary(Binary::Add, sum, sum);
    let bound = making.constant(100_000);
    let guard = making.binary(Binary::Lt, sum, bound);
    making.way.loops.push(Loop {
        variables: vec![
            Variable { value: i, first: V(0), next: next_i },
            Variable { value: all, first: V(0), next: sum },
        ],
        before: vec![Item::Loop(1), Item::Guard(guard)],
        leave: Some(outer),
        most: 60_000,
        ..Loop::default()
    });
    making.way.loops.push(Loop {
        variables: vec![
            Variable { value: j, first: V(0), next: next_j },
            Variable { value: sum, first: all, next: next_sum },
        ],
        leave: Some(inner),
        most: 60_000,
        ..Loop::default()
    });
    making.way.items.push(Item::Loop(0));
    making.output(sum);
    making.output(doubled);
    let rows: Vec<Vec<u8>> = (0..80u64).map(|n| U256::from(n).to_be_bytes_vec()).collect();
    let outcomes = go(&mut gpu, &making.way, &batch(&rows, &[]));
    // The sum of squares passes the guard's bound at 67.
    assert_eq!(outcomes.ways, 67);
    for n in 0..67u64 {
        let sum: u64 = (0..=n).map(|i| i * i).sum();
        let expected: Vec<u8> = [sum, sum * 2].into_iter().flat_map(|v| U256::from(v).to_be_bytes::<32>()).collect();
        assert_eq!(outcomes.output(n as usize), expected, "{n}");
    }
    // A loop that would take too many turns is left too, and ends.
    let many = [vec![0xff; 32], U256::from(1_000_000).to_be_bytes_vec()];
    assert_eq!(go(&mut gpu, &making.way, &batch(&many, &[])).ways, 0);
}

/// Slots are read from the world and written, and logs too, as the interpreter would.
#[test]
fn storage_and_logs() {
    let mut gpu = engine();
    let mut making = Making::new();
    let key = making.data(0);
    let amount = making.data(32);
    let mapped = making.add(Op::Keccak(vec![key, V(0)], 64));
    let [held, other] = [key, mapped].map(|key| making.add(Op::Stored(0, key)));
    let new = making.binary(Binary::Add, held, amount);
    let enough = making.binary(Binary::Lt, new, held);
    let enough = making.add(Op::Unary(Unary::IsZero, enough));
    let caller = making.add(Op::Input(Input::Caller));
    making.way.items.push(Item::Guard(enough));
    making.way.end.gas_used = making.add(Op::Ternary(Ternary::SstoreGas, held, held, new));
    making.way.end.refund = making.add(Op::Ternary(Ternary::SstoreRefund, held, held, new));
    making.way.end.steps = making.constant(77);
    making.way.end.slots = vec![
        SlotEnd { account: 0, key, original: held, current: new },
        SlotEnd { account: 0, key: mapped, original: other, current: amount },
    ];
    making.way.end.logs = vec![
        LogEnd { account: 0, topics: vec![caller, new], data: vec![amount, held], bytes: 45 },
        LogEnd { account: 0, topics: vec![], data: vec![], bytes: 0 },
    ];
    let way = making.way;
    let slot = |n: u64| U256::from(n) * U256::from(0x1_0000_0001_u64);
    let storage: Vec<(U256, U256)> = (1..50).map(|n| (slot(n), U256::from(n * n))).collect();
    let rows: Vec<Vec<u8>> = (0..100u64)
        .map(|n| {
            let amount = if n % 7 == 6 { U256::MAX - U256::from(5) } else { U256::from(n % 3) };
            [slot(n), amount].into_iter().flat_map(|word| word.to_be_bytes::<32>()).collect()
        })
        .collect();
    let batch = batch(&rows, &storage);
    let outcomes = go(&mut gpu, &way, &batch);
    let mut went = 0;
    for n in 0..100u64 {
        let row = n as usize;
        let held = if (1..50).contains(&n) { U256::from(n * n) } else { U256::ZERO };
        let amount = U256::from_be_slice(&rows[row][32..]);
        let Some(new) = held.checked_add(amount) else {
            assert_eq!((outcomes.status(row), outcomes.gas_used(row)), (Status::InvalidOpcode, GAS), "{n}");
            assert!(outcomes.logs(row).is_empty() && outcomes.changes(row).is_empty(), "{n}");
            continue;
        };
        went += 1;
        let mapped = keccak256([slot(n).to_be_bytes::<32>(), [0; 32]].concat());
        assert_eq!((outcomes.status(row), outcomes.steps(row)), (Status::Return, 77), "{n}");
        let gas = arithmetic::ternary(Ternary::SstoreGas, held, held, new, Fork::LATEST);
        assert_eq!(U256::from(outcomes.gas_used(row)), gas, "{n}");
        let changes = outcomes.changes(row);
        let mut expected = vec![(slot(n), new), (mapped.into(), amount)];
        expected.retain(|(key, value)| *value != if *key == slot(n) { held } else { U256::ZERO });
        expected.sort_unstable();
        let storage = changes.get(&TO).map(|change| change.storage.clone()).unwrap_or_default();
        assert_eq!(storage.into_iter().collect::<Vec<_>>(), expected, "{n}");
        let logs = outcomes.logs(row);
        assert_eq!(logs.len(), 2, "{n}");
        let data = [amount, held].into_iter().flat_map(|word| word.to_be_bytes::<32>()).collect::<Vec<_>>();
        assert_eq!((logs[0].address, logs[0].topics.len()), (TO, 2), "{n}");
        assert_eq!(U256::from_be_bytes(logs[0].topics[1].0), new, "{n}");
        assert_eq!(logs[0].data, data[..45], "{n}");
        assert!(logs[1].topics.is_empty() && logs[1].data.is_empty(), "{n}");
    }
    assert_eq!(outcomes.ways, went);
    assert!(!gpu.way_sample().is_empty() && gpu.way_sample().iter().all(|call| *call < 100));
    // What a partial world does not hold is for whoever can say so.
    let mut partial = batch.clone();
    partial.worlds[0].absent = lanevm_core::Absent::Unknown;
    let outcomes = block_on(parity::run(&mut gpu, &partial));
    assert_eq!(outcomes.ways, 0);
    // Lanes that the way says nothing of do not go it.
    let mut older = batch;
    older.calls.fork = Column::All(lanevm_core::ForkColumn(Fork::London));
    assert_eq!(block_on(parity::run(&mut gpu, &older)).ways, 0);
}

/// Ways of the first calls of a batch, each made where those before do not hold.
fn ways_of(batch: &Batch, calls: usize, most: usize) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for index in 0..batch.len().min(calls) {
        let Some(lane) = Lane::open(batch, index) else { continue };
        if ways.len() < most && ways.iter().all(|way| lane.go(way, &Walker::new(way)).is_err()) {
            ways.extend(build(batch, index));
        }
    }
    ways
}

/// Runs a batch with its own ways, whole and cut, and holds every lane against the CPU engine; gives how many went a way.
fn agrees_with_cpu(gpu: &mut GpuEngine, batch: &Batch, ways: Vec<Way>, what: &str) -> u64 {
    let by_cpu = block_on(parity::run(&mut CpuEngine::new(0), batch));
    let [whole, cut] = [None, Some(1_500)].map(|cut| {
        gpu.cut_ways(cut);
        let judged = gpu.set_ways(ways.clone());
        let unfit: Vec<_> = judged.iter().filter_map(|judged| judged.as_ref().err()).collect();
        let times = gpu.way_times().len();
        let by_gpu = block_on(parity::run(gpu, batch));
        assert_eq!(gpu.way_refusals(), Vec::<String>::new(), "{what}");
        for row in 0..batch.len() {
            let (a, b) = (by_gpu.row(row), by_cpu.row(row));
            assert!(lockstep::same(&a, &b), "{what}, cut by {cut:?}, lane {row}\n gpu {a:?}\n cpu {b:?}");
        }
        let (ready, went) = (&gpu.way_times()[times..], by_gpu.ways);
        println!("{what}: {went} lanes by {} ways, unfit {unfit:?}, ready after {ready:.0?} ms", ways.len());
        went
    });
    assert!(cut >= whole, "{what}: {cut} lanes go ways that are cut, {whole} whole ones");
    whole
}

#[test]
fn examples_go_their_ways() {
    let mut gpu = engine();
    for example in examples::all() {
        let batch = example.batch(300).expect("a built-in example");
        let ways = ways_of(&batch, 40, 4);
        let went = agrees_with_cpu(&mut gpu, &batch, ways, example.id);
        if ["erc20", "fibonacci", "counter"].contains(&example.id) {
            assert!(went > 100, "{}: {went} lanes went ways", example.id);
        }
    }
}

#[test]
fn the_token_goes_its_ways() {
    let batch = varied(&Token::new(9, 40).batch(), 50, 3);
    let ways = ways_of(&batch, 400, 8);
    let went = agrees_with_cpu(&mut engine(), &batch, ways, "token");
    assert!(went > 400, "{went} lanes went ways");
}

/// Each lane pays another account, and some have made the slot warm that they read.
#[test]
fn payees_and_listed_slots_may_be_any() {
    // CALL(GAS, CALLDATALOAD(32), CALLDATALOAD(0), 0, 0, 0, 0), SLOAD(CALLDATALOAD(0)), BALANCE(CALLDATALOAD(32)).
    let mut code = vec![0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x35, 0x60, 32, 0x35, 0x5a, 0xf1, 0x5f, 0x52, 0x5f, 0x35, 0x54];
    code.extend([0x60, 32, 0x52, 0x60, 32, 0x35, 0x31, 0x60, 64, 0x52, 0x60, 96, 0x5f, 0xf3]);
    let payee = |at: u64| U256::from(at) * U256::from(0x1_0000_0001_0000_u64);
    let words = |at: u64| [U256::from(at % 4), payee(at + 1)].into_iter().flat_map(|word| word.to_be_bytes::<32>());
    let rows: Vec<Vec<u8>> = (0..200).map(|at| words(at).collect()).collect();
    let mut batch = batch(&rows, &[(U256::from(1), U256::from(9))]);
    batch.programs[0] = Program::new(code);
    batch.worlds[0].accounts.get_mut(&TO).expect("the contract").balance = U256::from(2);
    let there = Account { nonce: 3, balance: U256::from(1), ..Account::default() };
    batch.worlds[0].accounts.insert(Address::from_word(payee(20).into()), there);
    let keys = vec![U256::from(1).into(), U256::from(7).into()];
    batch.transactions = vec![Transaction { kind: 1, access_list: vec![(TO, keys)], ..Transaction::default() }];
    batch.calls.transaction = Column::Each((0..200).map(|at| (at % 3 == 0).then_some(0)).collect());
    batch.calls.level = Column::All(Level::Call);
    // Nothing is sent, something, more than there is; where the first such call names no slots, with and without a list.
    let ways = ways_of(&batch, 20, 8);
    assert!(ways.len() <= 6 && ways.iter().any(|way| way.lists), "{} ways", ways.len());
    let went = agrees_with_cpu(&mut engine(), &batch, ways, "payees");
    assert_eq!(went, 200);
}

#[test]
fn random_programs_go_their_ways() {
    let mut gpu = engine();
    for seed in 1..=3u64 {
        let batch = varied(&programs::batch(seed, 8), 100, seed);
        let ways = ways_of(&batch, 800, 8);
        agrees_with_cpu(&mut gpu, &batch, ways, "programs");
        let batch = varied(&societies::batch(seed, 8), 100, seed);
        let ways = ways_of(&batch, 800, 8);
        agrees_with_cpu(&mut gpu, &batch, ways, "societies");
        let batch = payments::batch(seed, 8, 100, 8);
        let ways = ways_of(&batch, 800, 8);
        let went = agrees_with_cpu(&mut gpu, &batch, ways, "payments");
        assert!(went > 100, "{went} lanes went ways");
    }
}
