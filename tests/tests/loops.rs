//! Loops of ways on the native adapter, against the CPU engine: those that one dispatch cannot turn to the end, in particular.
#![cfg(not(target_arch = "wasm32"))]

use std::{cell::Cell, rc::Rc};

use lanevm_core::{
    Account, Address, Batch, BlockEnv, CallData, Calls, Cancel, Column, Control, Engine, Fork, Outcomes, Program,
    Status, U256, World,
    assembly::assemble,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions, Ways},
    paths::build,
};
use lanevm_tests::parity::{USUAL, lockstep, run};
use pollster::block_on;

/// Turns of loops that one dispatch takes.
const DISPATCH: u64 = lanevm_shaders::layout::MAX_ITERATIONS as u64;

const TO: Address = Address::repeat_byte(0xc0);

fn engine() -> GpuEngine {
    let options = GpuOptions { ways: Ways::Wait, fill_garbage: true, ..USUAL };
    block_on(GpuEngine::new(options, Box::new(CpuEngine::new(1))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one")
}

/// Calls of a program, each with words of call data.
fn calls(text: &str, rows: &[Vec<u64>]) -> Batch {
    let code = assemble(text, Fork::LATEST).expect("text that assembles").code;
    let mut data = CallData::default();
    for row in rows {
        let bytes: Vec<u8> = row.iter().flat_map(|word| U256::from(*word).to_be_bytes::<32>()).collect();
        data.push(&bytes);
    }
    let account = Account { nonce: 1, balance: U256::from(7), code: Some(0), ..Account::default() };
    Batch {
        programs: vec![Program::new(code)],
        worlds: vec![World { accounts: [(TO, account)].into(), ..World::default() }],
        blocks: vec![BlockEnv::default()],
        calls: Calls {
            count: rows.len(),
            to: Column::All(Some(TO)),
            gas: Column::All(1 << 40),
            data,
            ..Calls::default()
        },
        ..Batch::default()
    }
}

/// Runs the calls by the ways of some of them, and holds every lane against the CPU engine; gives how many went one.
fn agrees(gpu: &mut GpuEngine, batch: &Batch, samples: &[usize], what: &str) -> u64 {
    let ways: Vec<_> =
        samples.iter().map(|row| build(batch, *row).unwrap_or_else(|why| panic!("{what}: {why}"))).collect();
    assert!(ways.iter().all(|way| !way.loops.is_empty()), "{what}: {}", ways[0]);
    let by_cpu = block_on(run(&mut CpuEngine::new(0), batch));
    let [cut, whole] = [Some(100), None].map(|cut| {
        gpu.cut_ways(cut);
        for judged in gpu.set_ways(ways.clone()) {
            judged.unwrap_or_else(|why| panic!("{what}, cut by {cut:?}: {why}"));
        }
        let by_gpu = block_on(run(gpu, batch));
        assert_eq!(gpu.way_refusals(), Vec::<String>::new(), "{what}, cut by {cut:?}");
        same(batch, &by_gpu, &by_cpu, &format!("{what}, cut by {cut:?}"));
        by_gpu.ways
    });
    // Lanes that hold one another up in loops in loops leave sooner or later as kernels are.
    assert!(
        cut == whole || what == "lanes that differ",
        "{what}: {cut} lanes go ways that are cut, {whole} whole ones"
    );
    whole
}

fn same(batch: &Batch, by_gpu: &Outcomes, by_cpu: &Outcomes, what: &str) {
    for row in 0..batch.len() {
        let (a, b) = (by_gpu.row(row), by_cpu.row(row));
        assert!(lockstep::same(&a, &b), "{what}, lane {row}\n gpu {a:?}\n cpu {b:?}");
    }
}

/// `n` turns of a sum and a counter.
const SUMS: &str = "
    PUSH0 PUSH0 PUSH0 CALLDATALOAD        ; sum, i, n
    loop: DUP1 DUP3 LT ISZERO PUSH @end JUMPI
    SWAP1 PUSH 1 ADD SWAP1                ; i + 1
    SWAP2 PUSH 7 ADD DUP2 XOR SWAP2       ; (sum + 7) ^ i
    PUSH @loop JUMP
    end: POP POP SELFBALANCE ADD PUSH0 MSTORE PUSH 32 PUSH0 RETURN";

#[test]
fn a_loop_goes_on_where_a_dispatch_stopped() {
    let mut gpu = engine();
    // Of the turns the first is a plain part of the way, and in the last no variable changes.
    let around = |n: u64| (n - 3..=n + 4).map(|n| vec![n]);
    let mut rows: Vec<Vec<u64>> = around(DISPATCH).chain(around(2 * DISPATCH)).collect();
    rows.extend([vec![9], vec![2], vec![1], vec![8], vec![70_000], vec![30_000]]);
    // Each sample steps no more than is looked at.
    let sample = rows.len() - 6;
    let batch = calls(SUMS, &rows);
    let went = agrees(&mut gpu, &batch, &[sample], "sums");
    assert_eq!(went, rows.len() as u64);
}

#[test]
fn no_turns_are_a_way_of_their_own() {
    let rows: Vec<Vec<u64>> = [0, 9, 0, 1, 70_000].iter().map(|n| vec![*n]).collect();
    assert_eq!(agrees(&mut engine(), &calls(SUMS, &rows), &[1], "no turns"), 3);
}

/// Lanes that part from the way behind a loop of several dispatches are as they began.
#[test]
fn lanes_leave_behind_long_loops() {
    let text = SUMS.replace("SELFBALANCE ADD", "DUP1 PUSH 1 AND PUSH @odd JUMPI") + " odd: INVALID";
    let rows: Vec<Vec<u64>> =
        [9, 8, 10, 11, 12, 60_001, 60_002, 60_003, 60_004, 130_001, 130_002].iter().map(|n| vec![*n]).collect();
    let batch = calls(&text, &rows);
    let expected = block_on(run(&mut CpuEngine::new(0), &batch));
    let ends: Vec<u8> = (0..rows.len()).map(|row| expected.status(row) as u8).collect();
    let alike = ends.iter().filter(|end| **end == ends[0]).count() as u64;
    assert!(alike < rows.len() as u64, "{ends:?}");
    let mut gpu = engine();
    assert_eq!(agrees(&mut gpu, &batch, &[0], "leaving"), alike);
    // Those that leave one way go the other, each for several dispatches.
    let other = ends[..5].iter().position(|end| *end != ends[0]).expect("both ends");
    assert_eq!(agrees(&mut gpu, &batch, &[0, other], "leaving for another"), rows.len() as u64);
    assert_eq!(agrees(&mut gpu, &batch, &[other, 0], "leaving for another"), rows.len() as u64);
}

/// The second loop takes up what the first came to, and both are stopped in.
#[test]
fn loops_follow_one_another() {
    let text = "
        PUSH0 PUSH0 CALLDATALOAD              ; a, n
        first: DUP1 ISZERO PUSH @between JUMPI
        SWAP1 PUSH 0x10001 MUL PUSH 3 ADD SWAP1 PUSH 1 SWAP1 SUB PUSH @first JUMP
        between: POP PUSH 32 CALLDATALOAD     ; a, m
        second: DUP1 ISZERO PUSH @end JUMPI
        SWAP1 DUP1 ADD DUP2 XOR SWAP1 PUSH 1 SWAP1 SUB PUSH @second JUMP
        end: POP PUSH0 MSTORE PUSH 32 PUSH0 RETURN";
    let mut rows = vec![vec![9, 9]];
    for n in [1, 20_000, 39_990, 60_003, 125_000] {
        rows.extend([1, 20_005, 60_001, 90_000].map(|m| vec![n, m]));
    }
    let went = agrees(&mut engine(), &calls(text, &rows), &[0], "two loops");
    assert_eq!(went, rows.len() as u64);
}

/// A turn that inner loops make too long for what is left of a dispatch is turned again in the next.
#[test]
fn turns_of_loops_in_loops_are_broken_off() {
    let text = "
        PUSH0 PUSH0 CALLDATALOAD              ; a, i
        outer: DUP1 ISZERO PUSH @end JUMPI
        PUSH 32 CALLDATALOAD                  ; a, i, j
        inner: DUP1 ISZERO PUSH @out JUMPI
        SWAP2 PUSH 5 MUL DUP3 ADD SWAP2 PUSH 1 SWAP1 SUB PUSH @inner JUMP
        out: POP PUSH 1 SWAP1 SUB PUSH @outer JUMP
        end: POP PUSH0 MSTORE PUSH 32 PUSH0 RETURN";
    // As many for each lane, so that none is held up by others.
    for (i, j) in [(9, 9), (40, 7_000), (3, 25_000), (300, 999)] {
        let mut rows = vec![vec![9, 9]];
        rows.extend((0..20).map(|_| vec![i, j]));
        assert_eq!(agrees(&mut engine(), &calls(text, &rows), &[0], "loops in loops"), 21, "{i} {j}");
    }
    // More than a loop's part of a dispatch in one turn is too much. Lanes that differ much may leave the way, and come to the same.
    let rows: Vec<Vec<u64>> =
        [(9, 9), (2, 70_000), (30, 9_000), (900, 70), (1, 59_000), (7, 31_000)].map(|(i, j)| vec![i, j]).into();
    assert!(agrees(&mut engine(), &calls(text, &rows), &[0], "lanes that differ") > 0);
}

/// The benchmark's: a product with a modulus and a power in each turn.
#[test]
fn heavy_turns() {
    let text = "
        PUSH 0x123456789abcdef0fedcba98765432100123456789abcdef PUSH0 CALLDATALOAD
        loop: DUP1 ISZERO PUSH @end JUMPI
        SWAP1 PUSH 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff43 DUP3 DUP3 MULMOD SWAP1 POP
        PUSH 1 OR PUSH 0xffff SWAP1 EXP SWAP1 PUSH 1 SWAP1 SUB PUSH @loop JUMP
        end: POP PUSH0 MSTORE PUSH 32 PUSH0 RETURN";
    let rows: Vec<Vec<u64>> = (1..60).map(|at| vec![at * 37]).collect();
    assert_eq!(agrees(&mut engine(), &calls(text, &rows), &[0], "heavy turns"), rows.len() as u64);
}

/// A run that is cancelled between the dispatches of a loop ends, and what had ended is right.
#[test]
fn long_loops_are_cancelled() {
    let mut gpu = engine();
    let mut rows: Vec<Vec<u64>> = vec![vec![9]; 2000];
    rows.extend((0..100).map(|_| vec![900_000]));
    let batch = calls(SUMS, &rows);
    agrees(&mut gpu, &calls(SUMS, &rows[..100]), &[0], "before");
    let whole = block_on(run(&mut CpuEngine::new(0), &batch));
    for at in [1, 2, 4, 7] {
        let turns = Rc::new(Cell::new(0));
        let (cancel, seen) = (Cancel::default(), Rc::clone(&turns));
        let stop = cancel.clone();
        let breathe = move || {
            seen.set(seen.get() + 1);
            if seen.get() == at {
                stop.cancel();
            }
            Box::pin(async {}) as _
        };
        let mut control = Control { cancel, breathe: Some(Rc::new(breathe)), ..Control::default() };
        let outcomes = block_on(gpu.run(&batch, &mut control)).expect("a batch that can run");
        for row in 0..rows.len() {
            let (is, expected) = (outcomes.row(row), whole.row(row));
            assert!(
                is.status == Some(Status::Unfinished) || lockstep::same(&is, &expected),
                "at {at}, lane {row}: {is:?}"
            );
        }
        assert!((2000..2100).any(|row| outcomes.status(row) == Status::Unfinished), "at {at}: nothing was cancelled");
    }
}
