//! Words of a run: its bar, its pace, its notes, and why it does not begin.

use std::fmt::Display;

use super::number::{counted, grouped, lanes, time};

pub(crate) const A_MOMENT_LEFT: &str = "a moment left";
pub(crate) const VERY_LONG_LEFT: &str = "more than 100 h left";

pub(crate) fn lanes_ended(done: impl Display, lanes: impl Display) -> String {
    format!("{done} of {lanes} lanes ended")
}

pub(crate) fn calls_a_second(lanes: impl Display, rate: impl Display, left: impl Display) -> String {
    format!("{lanes} · {rate} calls/s · {left}")
}

pub(crate) fn left_unknown(lanes: impl Display) -> String {
    format!("{lanes} · time left not known yet")
}

pub(crate) fn seconds_left(seconds: f64) -> String {
    format!("about {seconds:.0} s left")
}

pub(crate) fn minutes_left(minutes: f64) -> String {
    format!("about {minutes:.0} min left")
}

pub(crate) fn hours_left(hours: f64) -> String {
    format!("about {hours:.0} h left")
}

pub(crate) const CALLS: &str = "Calls";
pub(crate) const RUN_KEYS: &str = "Ctrl+Enter or ⌘+Enter";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const RESUME: &str = "Resume";
pub(crate) const STARTING: &str = "Starting…";
pub(crate) const LANES_ENDED: &str = "Lanes ended";
pub(crate) const PAUSED_BEFORE_PACE: &str = "Paused · ";
pub(crate) const PREPARING: &str = "Preparing";
pub(crate) const PREPARING_THE_CALLS: &str = "Preparing the calls…";
pub(crate) const READY: &str = "Ready.";
pub(crate) const DONE: &str = "Done. Change anything and run again.";
pub(crate) const CANCELLED: &str = "Cancelled. Lanes that had ended keep their outcome.";
pub(crate) const PAUSED: &str = "Paused.";
pub(crate) const PART_ENDED_END: &str = "lanes ended.";
pub(crate) const RUNNING: &str = "Running.";
pub(crate) const RUN: &str = "Run";

pub(crate) fn part_ended(part: impl Display) -> String {
    format!("{part} % of lanes ended.")
}

pub(crate) const ABOUT_THIS_RUN: &str = "About this run";
pub(crate) const NONE_ON_BOTH: &str = "GPU and CPU: no lane ended on both.";
pub(crate) const LANES_THAT_DIFFER: &str = "Lanes that differ";
pub(crate) const GPU: &str = "GPU";
pub(crate) const CPU: &str = "CPU";

pub(crate) fn more_differ(lanes: impl Display) -> String {
    format!("{lanes} more differ.")
}

pub(crate) fn side(name: impl Display, status: impl Display, gas: impl Display, digest: impl Display) -> String {
    format!("{name}: {status}, gas {gas}, {digest}")
}

pub(crate) fn lane(lane: impl Display) -> String {
    format!("Lane {lane}")
}

pub(crate) fn lane_step(lane: impl Display, step: impl Display) -> String {
    format!("Lane {lane}, step {step}")
}

pub(crate) const PROGRAM_NEEDS_CORRECTION: &str = "Nothing was run: one field needs a correction, marked in “Program”.";
pub(crate) const NO_SUCH_ENGINE: &str = "Nothing was run: the engine chosen is not there.";
pub(crate) const CALLS_NEED_CORRECTION: &str = "Nothing was run: one field needs a correction, marked in “Calls”.";
pub(crate) const LOADED_AN_EXAMPLE: &str = "Loaded an example";
pub(crate) const EXAMPLE_TOOK_PLACE: &str = "The example took the place of what you had changed.";

pub(crate) fn nothing_was_run(why: impl Display) -> String {
    format!("Nothing was run: {why}")
}

pub(crate) fn fields_need_correction(count: impl Display) -> String {
    format!("Nothing was run: {count} fields need a correction; each is marked.")
}

pub(crate) fn worker_ended(why: impl Display) -> String {
    format!("The engine's worker ended: {why}. What you typed is still here; reload the page to start another.")
}

pub(crate) fn cpu_before_gpu(ended: u64) -> String {
    format!("The CPU ended {} before the GPU was ready.", lanes(ended))
}

pub(crate) fn cpu_while_gpu(ended: u64, handed: u64) -> String {
    format!("The CPU ended {} while the GPU got ready; {} went on there.", lanes(ended), lanes(handed))
}

pub(crate) fn gpu_lost(repeated: u64) -> String {
    format!("The GPU was lost and asked for again; {} begun again.", lanes_were(repeated))
}

pub(crate) fn wrong_ways(found: u64) -> String {
    format!(
        "A compiled path answered {} wrongly, as a check against the CPU showed: all lanes were run again without compiled \
         paths, which are off until the page is loaded anew. Please report it.",
        lanes(found)
    )
}

pub(crate) fn gpu_failed(on_cpu: u64) -> String {
    format!("The GPU failed; {} answered by the CPU instead.", lanes_were(on_cpu))
}

fn lanes_were(count: u64) -> String {
    counted(count, "lane was", "lanes were")
}

pub(crate) fn read_outside(count: u64) -> String {
    format!(
        "{} read outside the given state, and ended there: add what is missing, or let absent state be empty.",
        lanes(count)
    )
}

pub(crate) fn equal(compared: u64) -> String {
    format!("GPU and CPU are equal: {}, same status, gas and digest.", lanes(compared))
}

pub(crate) fn differ(differ: u64, compared: u64) -> String {
    format!("GPU and CPU differ in {} of {}.", lanes(differ), grouped(compared))
}

/// How long both engines took, in milliseconds, and which was faster.
pub(crate) fn times(gpu: f64, cpu: f64) -> String {
    let faster = if gpu <= cpu {
        format!("the GPU ×{:.1}", cpu / gpu.max(1e-3))
    } else {
        format!("the CPU ×{:.1}", gpu / cpu.max(1e-3))
    };
    format!("GPU {}, CPU {}: {faster}.", time(gpu), time(cpu))
}
