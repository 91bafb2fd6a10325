//! A million lanes: how much memory a lane takes, by buffer, and whether runs leave any behind. It measures; what is run is
//! an example of the library.

use std::fmt::Write;

use lanevm_core::{B256, Batch, Control, Engine, Keep, Outcomes, examples, gpu::GpuEngine};
use web_time::Instant;

/// What one run came to.
#[derive(Clone, Debug)]
pub struct Run {
    /// Seconds from the batch to outcomes.
    pub seconds: f64,
    /// Bytes of the device's buffers that the engine holds.
    pub device: u64,
    /// Bytes of memory of the process, or of the WebAssembly instance; `None` where the system does not say.
    pub host: Option<u64>,
    /// Lanes that the device answered.
    pub on_gpu: u64,
    /// Lanes that were begun again because the device failed.
    pub repeated: u64,
    /// The digest, where it is asked for.
    pub digest: Option<B256>,
}

/// Memory that is in use now: of the process on Linux, of the instance in WebAssembly.
pub fn memory() -> Option<u64> {
    #[cfg(target_arch = "wasm32")]
    return Some(core::arch::wasm32::memory_size(0) as u64 * 65_536);
    #[cfg(not(target_arch = "wasm32"))]
    process_bytes("VmRSS:")
}

/// What Linux says of this process' memory under a name, in bytes.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn process_bytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The batch: `lanes` calls of an example.
///
/// # Panics
/// Where there is no such example.
pub fn batch(example: &str, lanes: usize, keep: Keep, digest: bool) -> Batch {
    let found = examples::by_id(example).unwrap_or_else(|| {
        let names: Vec<_> = examples::all().iter().map(|known| known.id).collect();
        panic!("there is no example `{example}`; there are {}", names.join(", "))
    });
    Batch { keep, digest, ..found.batch(lanes).expect("a built-in example") }
}

/// Runs a batch once.
///
/// # Panics
/// Where the engine refuses the batch, or a lane does not end.
pub async fn once(gpu: &mut GpuEngine, batch: &Batch) -> Run {
    let begun = Instant::now();
    let outcomes: Outcomes = gpu.run(batch, &mut Control::default()).await.expect("a batch that can run");
    let seconds = begun.elapsed().as_secs_f64();
    let summary = outcomes.summary();
    let ended = summary.on_gpu + summary.on_cpu.values().sum::<u64>();
    assert_eq!(ended, batch.len() as u64, "every lane ends: {:?}", summary.by_status);
    Run {
        seconds,
        device: gpu.buffers().iter().map(|(_, bytes)| bytes).sum(),
        host: memory(),
        on_gpu: summary.on_gpu,
        repeated: outcomes.repeated,
        digest: outcomes.has_digest().then(|| outcomes.digest()),
    }
}

/// The device's buffers, the largest first, and what each is of a lane of a shard of so many.
pub fn listing(gpu: &GpuEngine, lanes: u64) -> String {
    let mut text = String::new();
    let mut total = 0;
    for (name, bytes) in gpu.buffers() {
        total += bytes;
        if bytes >= lanes {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {name:<22} {:>12} bytes  {:>8.1} a lane", bytes, bytes as f64 / lanes as f64);
        }
    }
    let _ = writeln!(text, "  {:<22} {total:>12} bytes  {:>8.1} a lane", "all", total as f64 / lanes as f64);
    text
}
