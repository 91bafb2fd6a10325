//! Ways whose kernels are built beside the run: until they are ready the interpreter answers, and nothing but who answers
//! changes.

use std::fmt::Write as _;

use lanevm_core::{compiled::CompiledEngine, cpu::CpuEngine, examples, gpu::GpuEngine, paths::Search};

use super::run;

/// Most batches until kernels must be ready.
const PATIENCE: usize = 60;

/// Runs batches of a kind until all their lanes go ways, and holds every digest against the CPU engine's. `gpu` must have been
/// made with [`lanevm_core::gpu::Ways::Auto`]. Says how long searches took, and kernels until they were ready.
///
/// # Panics
/// Where the engines differ, a kernel is refused, or none gets ready.
pub async fn ways_come_beside_the_run(gpu: GpuEngine, lanes: usize) -> String {
    let mut engine = CompiledEngine::new(gpu, Search { least: 0, ..Search::default() });
    let mut said = String::new();
    for id in ["erc20", "fibonacci"] {
        let batch = examples::by_id(id).and_then(|example| example.batch(lanes).ok()).expect("a built-in example");
        let digest = run(&mut CpuEngine::new(1), &batch).await.digest();
        let (mut search, mut kernels) = (0.0, 0.0);
        let mut batches = 0;
        loop {
            assert_eq!(run(&mut engine, &batch).await.digest(), digest, "{id}: {:?}", engine.last());
            batches += 1;
            let last = engine.last();
            assert!(last.wrong == 0 && last.refused.is_empty() && engine.gpu().way_refusals().is_empty(), "{last:?}");
            search += last.search;
            kernels += last.kernels;
            if last.lanes * 10 >= lanes as u64 * 9 && last.coming == 0 {
                break;
            }
            assert!(batches < PATIENCE, "{id}: {last:?}");
        }
        let ways = engine.last().ways;
        let _ = writeln!(
            said,
            "{id}: {ways} ways at hand, searched {search:.0} ms, kernels {kernels:.0} ms in all, from batch {batches} on"
        );
    }
    said
}
