//! Many workers: the same outcomes as one engine, whoever dies or is cancelled.

use std::{
    cell::Cell,
    future::{poll_fn, ready},
    rc::Rc,
    task::Poll,
};

use lanevm_core::{
    Batch, Cancel, Column, Control, Engine, EngineError, Status,
    call_data::CallData,
    cpu::CpuEngine,
    engine::LocalFuture,
    pool::{PoolEngine, Port, serve},
};

use crate::fixture::{one, run};

/// A worker on this thread, which dies at its n-th request.
struct Here {
    left: Cell<usize>,
    served: Rc<Cell<usize>>,
}

impl Port for Here {
    fn call(&self, request: Vec<u8>) -> LocalFuture<'_, Result<Vec<u8>, EngineError>> {
        if self.left.get() == 0 {
            return Box::pin(ready(Err(EngineError::Worker("gone".into()))));
        }
        self.left.set(self.left.get() - 1);
        self.served.set(self.served.get() + 1);
        Box::pin(async move {
            // A worker does not answer before its caller waits: others get their turn.
            let mut waited = false;
            poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            Ok(serve(&request, &mut CpuEngine::new(1)).await)
        })
    }
}

/// A worker that never answers.
struct Silent;

impl Port for Silent {
    fn call(&self, _request: Vec<u8>) -> LocalFuture<'_, Result<Vec<u8>, EngineError>> {
        Box::pin(std::future::pending())
    }
}

/// A worker that answers rubbish.
struct Rubbish;

impl Port for Rubbish {
    fn call(&self, request: Vec<u8>) -> LocalFuture<'_, Result<Vec<u8>, EngineError>> {
        Box::pin(ready(Ok(request)))
    }
}

fn here(lives: usize, served: &Rc<Cell<usize>>) -> Box<dyn Port> {
    Box::new(Here { left: Cell::new(lives), served: served.clone() })
}

/// Calls that store the first byte of their data.
fn many(count: usize) -> Batch {
    let mut batch = one(&[0x5f, 0x35, 0x60, 0, 0x55]);
    batch.calls.count = count;
    batch.calls.data = (0..count).map(|call| (call as u32).to_be_bytes()).collect::<CallData>();
    batch
}

fn run_pool(ports: Vec<Box<dyn Port>>, batch: &Batch) -> (usize, lanevm_core::Outcomes) {
    let mut pool = PoolEngine::new(ports, CpuEngine::new(1));
    let outcomes = pollster::block_on(pool.run(batch, &mut Control::default())).unwrap();
    (pool.workers(), outcomes)
}

#[test]
fn workers_share_a_batch() {
    let batch = many(500);
    let (first, second) = (Rc::default(), Rc::default());
    let (workers, outcomes) = run_pool(vec![here(99, &first), here(99, &second)], &batch);
    assert_eq!(workers, 2);
    assert!(first.get() > 0 && second.get() > 0);
    assert_eq!(outcomes.digest(), run(&batch).digest());
}

#[test]
fn a_dying_worker_loses_nothing() {
    let batch = many(500);
    let served = Rc::default();
    let (workers, outcomes) = run_pool(vec![here(1, &served), here(99, &served)], &batch);
    assert_eq!(workers, 1);
    assert_eq!(outcomes.digest(), run(&batch).digest());
}

#[test]
fn when_all_workers_die_the_local_engine_ends_the_batch() {
    let batch = many(500);
    let served = Rc::default();
    let (workers, outcomes) = run_pool(vec![here(1, &served), here(0, &served), Box::new(Rubbish)], &batch);
    assert_eq!((workers, served.get()), (0, 1));
    assert_eq!(outcomes.digest(), run(&batch).digest());
}

#[test]
fn cancel_does_not_wait_for_a_silent_worker() {
    let batch = many(500);
    let served = Rc::default();
    let cancel = Cancel::default();
    let mut control = Control { cancel: cancel.clone(), ..Control::default() };
    control.on_progress = Some(Box::new(move |progress| {
        if progress.done > 0 {
            cancel.cancel();
        }
    }));
    let mut pool = PoolEngine::new(vec![Box::new(Silent), here(1, &served)], CpuEngine::new(1));
    let outcomes = pollster::block_on(pool.run(&batch, &mut control)).unwrap();
    let ended = outcomes.statuses().iter().filter(|&&status| status == Status::Stop).count();
    assert!(ended > 0 && ended < 500, "{ended}");
    assert_eq!(pool.workers(), 2);
}

#[test]
fn a_bad_request_is_answered() {
    let answer = pollster::block_on(serve(b"nonsense", &mut CpuEngine::new(1)));
    let error = lanevm_core::wire::decode_reply(&answer).unwrap_err();
    assert!(matches!(error, EngineError::Worker(_)), "{error}");
    let mut batch = many(1);
    batch.calls.gas = Column::All(1);
    assert_eq!(run(&batch).status(0), Status::OutOfGas);
}

/// Who hears how calls ended hears each once, by its row, whoever ran it.
#[test]
fn every_end_is_told_once() {
    let batch = many(500);
    let expected = run(&batch);
    let served = Rc::default();
    let dying = || -> Vec<Box<dyn Port>> { vec![here(1, &served), here(0, &served), Box::new(Rubbish)] };
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(CpuEngine::new(1)),
        Box::new(CpuEngine::new(3)),
        Box::new(PoolEngine::new(vec![here(99, &served), here(99, &served)], CpuEngine::new(1))),
        Box::new(PoolEngine::new(dying(), CpuEngine::new(1))),
    ];
    for engine in &mut engines {
        let heard: Rc<std::cell::RefCell<Vec<(usize, Status)>>> = Rc::default();
        let hears = Rc::clone(&heard);
        let mut control =
            Control { on_ended: Some(Rc::new(move |calls| hears.borrow_mut().extend(calls))), ..Control::default() };
        pollster::block_on(engine.run(&batch, &mut control)).unwrap();
        assert!(control.on_ended.is_some(), "who hears is put back");
        let mut heard = heard.take();
        heard.sort_unstable_by_key(|(row, _)| *row);
        let all: Vec<_> = expected.statuses().iter().copied().enumerate().collect();
        assert_eq!(heard, all, "{:?}", engine.info());
    }
}
