//! The CPU engine on many workers: a batch is cut into slices, every worker is kept busy, and outcomes are put back by
//! row. It knows workers only as ports that take bytes and answer bytes; threads and messages are the host's.

use std::{cell::RefCell, time::Duration};

use futures::future::{Either, join_all, select};
use lanevm_shaders::Status;
use web_time::Instant;

use crate::{
    batch::Batch,
    cpu::{CpuEngine, REVM_VERSION},
    engine::{Control, Engine, EngineError, EngineInfo, LocalFuture, Progress},
    outcome::Outcomes,
    wire,
};

/// A worker with an engine of its own, which answers a request with [`serve`].
pub trait Port {
    /// Sends a request and gives the answer. One request is under way at a time.
    fn call(&self, request: Vec<u8>) -> LocalFuture<'_, Result<Vec<u8>, EngineError>>;

    /// Asks the worker to end the request under way with what it has; whether it will. Where it will not, its answer is
    /// not waited for.
    fn cancel(&self) -> bool {
        false
    }
}

/// How long a worker should be busy with one slice.
const SLICE: Duration = Duration::from_millis(100);

/// Calls of a worker's first slice, when nothing is known of their length.
const FIRST: usize = 32;

/// Most calls of one slice.
const MOST: usize = 8192;

/// The CPU engine on many workers.
pub struct PoolEngine {
    ports: Vec<Box<dyn Port>>,
    local: CpuEngine,
}

impl std::fmt::Debug for PoolEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolEngine").field("ports", &self.ports.len()).field("local", &self.local).finish()
    }
}

/// What the workers of one run share.
struct Run<'a> {
    batch: &'a Batch,
    /// The first row that was not handed out.
    next: usize,
    /// Slices of workers that died.
    again: Vec<Vec<usize>>,
    outcomes: Outcomes,
    progress: Progress,
    control: &'a mut Control,
}

impl Run<'_> {
    /// Rows for a worker that should take `most` of them, of `workers` workers.
    fn take(&mut self, most: usize, workers: usize) -> Option<Vec<usize>> {
        if self.control.cancel.is_cancelled() {
            return None;
        }
        if let Some(rows) = self.again.pop() {
            return Some(rows);
        }
        let left = self.batch.len() - self.next;
        // The last rows are shared out, so that no worker ends long after the others.
        let count = most.min(left.div_ceil(workers)).min(left);
        let rows: Vec<usize> = (self.next..self.next + count).collect();
        self.next += count;
        (!rows.is_empty()).then_some(rows)
    }

    fn put(&mut self, rows: &[usize], part: &Outcomes) {
        self.control.tell(rows.iter().copied().zip(part.statuses().iter().copied()));
        self.outcomes.merge(rows, part, None);
        let ended = part.statuses().iter().filter(|&&status| status != Status::Unfinished).count();
        self.progress.done += ended as u64;
        self.progress.steps += (0..part.len()).map(|row| part.steps(row)).sum::<u64>();
        self.control.report(self.progress);
    }
}

impl PoolEngine {
    /// An engine over these workers. What they leave undone, `local` does.
    pub fn new(ports: Vec<Box<dyn Port>>, local: CpuEngine) -> Self {
        Self { ports, local }
    }

    /// Workers that have not died.
    pub fn workers(&self) -> usize {
        self.ports.len()
    }

    /// Adds a worker.
    pub fn add(&mut self, port: Box<dyn Port>) {
        self.ports.push(port);
    }
}

/// Feeds one worker until nothing is left; whether it lives.
async fn feed(port: &dyn Port, workers: usize, run: &RefCell<Run<'_>>) -> bool {
    let mut most = FIRST;
    let (batch, cancel) = {
        let run = run.borrow();
        (run.batch, run.control.cancel.clone())
    };
    loop {
        // A statement of its own: no borrow may be held while waiting.
        let taken = run.borrow_mut().take(most, workers);
        let Some(rows) = taken else { return true };
        let begun = Instant::now();
        let request = wire::encode_batch(batch, &rows);
        let answer = match select(port.call(request), Box::pin(cancel.cancelled())).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), call)) => {
                if !port.cancel() {
                    return true;
                }
                call.await
            }
        };
        let part = answer.and_then(|answer| wire::decode_reply(&answer));
        match part {
            Ok(part) if part.len() == rows.len() => {
                run.borrow_mut().put(&rows, &part);
                let seconds = begun.elapsed().as_secs_f64().max(1e-6);
                most = ((rows.len() as f64 * SLICE.as_secs_f64() / seconds) as usize).clamp(1, MOST);
            }
            _ => {
                run.borrow_mut().again.push(rows);
                return false;
            }
        }
    }
}

impl Engine for PoolEngine {
    fn info(&self) -> EngineInfo {
        let workers = self.ports.len();
        EngineInfo {
            adapter: format!("revm {REVM_VERSION}, {workers} {}", if workers == 1 { "worker" } else { "workers" }),
            ..self.local.info()
        }
    }

    fn run<'a>(
        &'a mut self,
        batch: &'a Batch,
        control: &'a mut Control,
    ) -> LocalFuture<'a, Result<Outcomes, EngineError>> {
        Box::pin(async move {
            if self.ports.is_empty() {
                return self.local.run(batch, control).await;
            }
            batch.validate()?;
            let run = RefCell::new(Run {
                batch,
                next: 0,
                again: Vec::new(),
                outcomes: batch.outcomes(),
                progress: Progress { lanes: batch.len() as u64, ..Progress::default() },
                control,
            });
            let workers = self.ports.len();
            let lives = join_all(self.ports.iter().map(|port| feed(&**port, workers, &run))).await;
            let mut lives = lives.into_iter();
            self.ports.retain(|_| lives.next().unwrap_or(false));
            let Run { next, again, mut outcomes, mut progress, control, .. } = run.into_inner();
            let rows: Vec<usize> = again.into_iter().flatten().chain(next..batch.len()).collect();
            if !rows.is_empty() && !control.cancel.is_cancelled() {
                // Without the progress of a part being taken for the whole's.
                let on_progress = control.on_progress.take();
                let on_ended = control.hear_part(&rows);
                let part = self.local.run(&batch.part(&rows), control).await;
                (control.on_progress, control.on_ended) = (on_progress, on_ended);
                let part = part?;
                outcomes.merge(&rows, &part, None);
                progress.done += part.statuses().iter().filter(|&&status| status != Status::Unfinished).count() as u64;
            }
            control.report(progress);
            Ok(outcomes)
        })
    }
}

/// Answers a request on a worker's own engine. Whatever the request holds, there is an answer.
pub async fn serve(request: &[u8], engine: &mut CpuEngine) -> Vec<u8> {
    serve_controlled(request, engine, &mut Control::default()).await
}

/// [`serve`], for a worker that can be cancelled or must let its event loop run.
pub async fn serve_controlled(request: &[u8], engine: &mut CpuEngine, control: &mut Control) -> Vec<u8> {
    let reply = match wire::decode_batch(request) {
        Ok(batch) => engine.run(&batch, control).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    wire::encode_reply(&reply)
}
