//! What the workers say.

use std::fmt::Display;

pub(crate) const WAITING_FOR_KERNELS: &str = "waiting for the GPU's kernels";
pub(crate) const CANCELLED_BEFORE_IT_BEGAN: &str = "cancelled before it began";
pub(crate) const NO_STEP: &str = "the document has no step";
pub(crate) const SECOND_WHEN_READY: &str = "the second of two runs, as soon as the GPU is ready";

pub(crate) fn no_adapter(why: impl Display) -> String {
    // What follows names the systems that a browser's program was never built for.
    let why = why.to_string();
    format!("the browser has WebGPU, but gives no adapter: {}", why.split(';').next().unwrap_or_default())
}

pub(crate) fn not_whole(why: impl Display) -> String {
    format!("a part of the engine could not be loaded ({why}), reload the page for it")
}

pub(crate) fn no_gpu(why: impl Display) -> String {
    format!("there is no GPU to run on: {why}. Choose “auto” or “CPU”")
}

pub(crate) fn until_gpu(name: impl Display) -> String {
    format!("{name}, until the GPU is ready")
}

pub(crate) fn has_become_ready(name: impl Display) -> String {
    format!("{name}, which has become ready")
}

pub(crate) fn first_of_two(name: impl Display) -> String {
    format!("{name}, the first of two runs")
}

pub(crate) fn second_of_two(name: impl Display) -> String {
    format!("{name}, the second of two runs")
}

pub(crate) const NO_SUCH_STEP: &str = "no such step";

pub(crate) fn constructor_ended(status: impl Display, words: impl Display) -> String {
    format!("the constructor ended as {status}: {words}")
}

pub(crate) const LANES_GONE: &str = "these lanes are there no more; run again";
pub(crate) const STOPPED: &str = "stopped";
pub(crate) const NO_PARQUET: &str = "the page has no writer of Parquet";

pub(crate) const WORKER_ENDED: &str = "a CPU worker ended";

pub(crate) fn worker_ended(why: impl Display) -> String {
    format!("a CPU worker ended: {why}")
}

pub(crate) const NEEDS_CORRECTION: &str = "A field needs a correction first; it is marked.";

pub(crate) const NO_RUN_BEFORE: &str = "there is no run before this one; change something and run again";
pub(crate) const NO_STEP_BEFORE: &str = "the run before had no such step";

pub(crate) const BY_GPU: &str = "Answered by the GPU";
pub(crate) const BY_CPU: &str = "Answered by the CPU";
pub(crate) const NOTHING: &str = "nothing";

pub(crate) fn by_cpu(reason: impl Display) -> String {
    format!("Answered by the CPU: {reason}")
}

pub(crate) fn bytes_and_data(bytes: impl Display, data: impl Display) -> String {
    format!("{bytes} bytes: {data}")
}

pub(crate) fn no_numbers(column: impl Display) -> String {
    format!("`{column}` is no number; choose a column of numbers")
}

pub(crate) const NO_FORM: &str = "there is no form to keep";
pub(crate) const NO_TESTS_READ: &str = "no file of state tests was read";
pub(crate) const BACKEND: &str = "backend";
pub(crate) const ACCOUNT: &str = "account";
pub(crate) const STORAGE: &str = "storage";
pub(crate) const NONCE: &str = "nonce";
pub(crate) const BALANCE: &str = "balance";
pub(crate) const CODE: &str = "code";
pub(crate) const THERE: &str = "there";
pub(crate) const REMOVED: &str = "removed";
pub(crate) const CLEARED: &str = "cleared";

pub(crate) const CUT_BY_STEPS: &str = "a recording has no more steps";
pub(crate) const CUT_BY_MEMORY: &str = "the rest would hold too much memory";
pub(crate) const CUT_BY_CANCELLING: &str = "the recording was cancelled";

pub(crate) fn lane(lane: impl Display) -> String {
    format!("lane {lane}")
}

pub(crate) fn no_replay_worker(why: impl Display) -> String {
    format!("no worker to replay it: {why}")
}

pub(crate) fn replay_failed(why: impl Display) -> String {
    format!("the replay failed: {why}")
}

pub(crate) fn bytes(bytes: impl Display) -> String {
    format!("{bytes} bytes")
}
