//! What a run must survive without another answer: devices that are lost, memory that is refused, outcomes that are kept in
//! part, a cancel at any time. It knows nothing of what the lanes compute.

use std::{cell::Cell, collections::BTreeMap, rc::Rc};

use lanevm_core::{
    Batch, Cancel, Column, Control, Engine, Executor, Fork, ForkColumn, Keep, Outcomes, Program, Reason, Status,
    Summary,
    cpu::{self, CpuEngine},
    examples,
    gpu::{Faults, GpuEngine, GpuOptions},
};

use super::{hostile, programs, run, societies};

/// The batch's outcomes by status alone, with the digest.
fn lean(batch: Batch) -> Batch {
    Batch { keep: Keep::Status, digest: true, ..batch }
}

/// Rows by class.
fn classes(summary: &Summary) -> BTreeMap<u8, u64> {
    let mut classes = BTreeMap::new();
    for (status, rows) in &summary.by_status {
        *classes.entry(status.class() as u8).or_default() += rows;
    }
    classes
}

/// Finished lanes that the CPU answered because the device failed.
fn given_up(outcomes: &Outcomes) -> u64 {
    outcomes.summary().on_cpu.get(&Reason::Device).copied().unwrap_or_default()
}

/// A device that is lost `losses` times on the way through `lanes` transfers and as many lanes that stop at once: the
/// digest is that of an undisturbed run and of the CPU engine, every loss repeated lanes, and the CPU was given none.
pub async fn lost_devices_change_nothing(
    make: impl AsyncFn(GpuOptions) -> GpuEngine,
    options: GpuOptions,
    lanes: usize,
    losses: u32,
) {
    let transfer = examples::by_id("erc20").expect("the example");
    for (name, batch) in [("transfers", transfer.batch(lanes).expect("a batch")), ("stops", hostile::short(lanes))] {
        let batch = lean(batch);
        let expected = run(&mut CpuEngine::new(0), &batch).await.digest();
        let mut calm = make(options).await;
        assert_eq!(run(&mut calm, &batch).await.digest(), expected, "{name}, undisturbed");
        drop(calm);
        let mut hit = make(GpuOptions { faults: Faults { losses, every: 1, most_lanes: 0 }, ..options }).await;
        let outcomes = run(&mut hit, &batch).await;
        assert_eq!(outcomes.digest(), expected, "{name}, with {losses} losses");
        assert!(outcomes.repeated > 0, "{name}: no lane was begun again");
        assert_eq!(given_up(&outcomes), 0, "{name}: lanes were given to the CPU");
        assert_eq!(outcomes.summary().on_gpu, lanes as u64, "{name}: lanes on the device");
        assert_eq!(hit.losses(), losses, "{name}: losses");
    }
}

/// A device that has no memory for shards of more than 37 lanes: shards are halved until it has, and nothing else changes.
pub async fn refused_memory_changes_nothing(make: impl AsyncFn(GpuOptions) -> GpuEngine, options: GpuOptions) {
    let batch = societies::batch(31, 300);
    let expected = run(&mut CpuEngine::new(0), &batch).await.digest();
    let faults = Faults { most_lanes: 37, ..Faults::default() };
    let outcomes = run(&mut make(GpuOptions { faults, ..options }).await, &batch).await;
    assert_eq!(outcomes.digest(), expected);
    assert_eq!(given_up(&outcomes), 0);
}

/// Whatever is kept, what is kept is the same, and so are the summary and the digest; what is not kept comes back by
/// running the call again.
pub async fn what_is_kept_is_the_same(gpu: &mut GpuEngine, lanes: usize) {
    let batch = societies::batch(32, lanes);
    let whole = run(gpu, &batch).await;
    let all = whole.summary();
    for keep in [Keep::Summary, Keep::Status, Keep::Return, Keep::All] {
        for digest in [false, true] {
            let part = Batch { keep, digest, ..batch.clone() };
            for engine in [&mut *gpu as &mut dyn Engine, &mut CpuEngine::new(0)] {
                let on_gpu = engine.info().kind == "gpu";
                let found = run(engine, &part).await;
                let what = format!("{keep:?}, digest {digest}, gpu {on_gpu}");
                assert_eq!((found.len(), found.keep()), (lanes, keep), "{what}");
                let mut summary = found.summary();
                if keep == Keep::Summary {
                    assert_eq!(summary.gas_median, None, "{what}");
                    summary.gas_median = all.gas_median;
                }
                if !on_gpu {
                    (summary.on_gpu, summary.on_cpu) = (all.on_gpu, all.on_cpu.clone());
                    // Of several faults of one instruction each engine may name another.
                    assert_eq!(classes(&summary), classes(&all), "{what}");
                    summary.by_status.clone_from(&all.by_status);
                }
                assert_eq!(summary, all, "{what}");
                assert_eq!(found.has_digest(), digest || keep == Keep::All, "{what}");
                if found.has_digest() {
                    assert_eq!(found.digest(), whole.digest(), "{what}");
                }
                if keep == Keep::Summary {
                    assert!(found.statuses().is_empty(), "{what}");
                    continue;
                }
                for row in 0..lanes {
                    let (a, b) = (found.row(row), whole.row(row));
                    assert_eq!(
                        (a.status.map(Status::class), a.gas_used, a.refund, a.refund_granted, a.steps),
                        (b.status.map(Status::class), b.gas_used, b.refund, b.refund_granted, b.steps),
                        "{what}, lane {row}"
                    );
                    assert_eq!(a.created, b.created, "{what}, lane {row}");
                    if keep >= Keep::Return {
                        assert_eq!(a.output, b.output, "{what}, lane {row}");
                    }
                }
            }
        }
    }
    for row in (0..lanes).step_by(7) {
        let again = cpu::outcome(&batch, row).expect("a call of the batch");
        let kept = whole.row(row);
        assert_eq!((again.output, again.logs, again.changes), (kept.output, kept.logs, kept.changes), "lane {row}");
    }
}

/// Summaries alone, of sweeps that the device reduces itself, are those of all rows.
pub async fn reduced_summaries_are_the_same(gpu: &mut GpuEngine, lanes: usize) {
    let mut batches = vec![("hostile input", hostile::batch()), ("single frames", programs::batch(33, lanes / 4))];
    for example in examples::all() {
        batches.push((example.id, example.batch(lanes).expect("a batch")));
    }
    // Gas from next to nothing to next to everything, so that every bin is met.
    let mut spread = hostile::short(lanes);
    let gas = |lane: usize| (u64::MAX >> (lane % 64)).wrapping_sub(lane as u64 / 64 * 0x9e37_79b9);
    spread.calls.gas = Column::Each((0..lanes).map(gas).collect());
    spread.programs = vec![Program::new(vec![0x5f, 0x35, 0x56])];
    batches.push(("invalid jumps on any gas", spread));
    for (name, batch) in batches {
        let all = run(gpu, &batch).await;
        let whole = all.summary();
        let summary = run(gpu, &Batch { keep: Keep::Summary, ..batch.clone() }).await.summary();
        assert_eq!(Summary { gas_median: whole.gas_median, ..summary }, whole, "{name}");
    }
    assert!(gpu.buffers().iter().any(|(buffer, _)| *buffer == "evm.reduced"), "nothing was reduced on the device");
}

/// A cancel asked for at a submit is answered before more than two further ones have ended, whatever the lanes do.
pub async fn cancels_are_answered_within_two_submits(gpu: &mut GpuEngine, lanes: usize) {
    let batch = hostile::some_endless(lanes);
    for at in [1, 2, 5, 9] {
        let cancel = Cancel::default();
        let stop = cancel.clone();
        let submits = Rc::new(Cell::new(0));
        let seen = Rc::clone(&submits);
        let mut control = Control {
            cancel,
            on_progress: Some(Box::new(move |progress| {
                seen.set(progress.submits);
                if progress.submits == at {
                    stop.cancel();
                }
            })),
            ..Control::default()
        };
        let outcomes = gpu.run(&batch, &mut control).await.expect("a batch that can run");
        let more = submits.get() - at;
        assert!(more <= 2, "cancelled at submit {at}, and {more} more ended");
        for row in 0..lanes {
            let status = outcomes.status(row);
            assert!(
                status == Status::Unfinished || (!hostile::is_endless(row) && status == Status::Stop),
                "lane {row}: {status}"
            );
        }
    }
}

/// Lanes that the device does not take are answered while it is at the others, and both end in their places.
pub async fn the_cpu_answers_beside_the_device(gpu: &mut GpuEngine, lanes: usize) {
    let (device, other) = (hostile::short(lanes), Fork::Constantinople);
    let forks = (0..lanes).map(|lane| ForkColumn(if lane % 3 == 0 { other } else { device.calls.fork.get(lane).0 }));
    let mut batch = device.clone();
    batch.calls.fork = Column::Each(forks.collect());
    let outcomes = run(gpu, &batch).await;
    for row in 0..lanes {
        let (executor, reason) =
            if row % 3 == 0 { (Executor::Cpu, Reason::Fork) } else { (Executor::Gpu, Reason::None) };
        assert_eq!((outcomes.executor(row), outcomes.reason(row)), (executor, reason), "lane {row}");
    }
    assert_eq!(outcomes.digest(), run(&mut CpuEngine::new(0), &batch).await.digest());
}
