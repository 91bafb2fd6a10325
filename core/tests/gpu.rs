//! The GPU engine against the CPU engine on the built-in examples.

use lanevm_core::{Batch, Control, Engine, Executor, Outcomes, cpu::CpuEngine, examples, gpu::{GpuEngine, GpuOptions}};

fn run(engine: &mut dyn Engine, batch: &Batch) -> Outcomes {
    pollster::block_on(engine.run(batch, &mut Control::default())).expect("a batch that can run")
}

#[test]
fn examples_agree() {
    let mut gpu = match pollster::block_on(GpuEngine::new(GpuOptions { default_limits: true }, Box::new(CpuEngine::new(0)))) {
        Ok(gpu) => gpu,
        Err(error) => panic!("{error}"),
    };
    println!("{:?}", gpu.info());
    let mut cpu = CpuEngine::new(0);
    for example in examples::all() {
        let batch = example.batch(1000).expect("a valid example");
        let t = std::time::Instant::now();
        let on_gpu = run(&mut gpu, &batch);
        let tg = t.elapsed();
        let t = std::time::Instant::now();
        let on_cpu = run(&mut cpu, &batch);
        let tc = t.elapsed();
        println!("{}: gpu {:?} cpu {:?} {:?}", example.id, tg, tc, on_gpu.summary());
        for row in 0..batch.len() {
            let (mut a, b) = (on_gpu.row(row), on_cpu.row(row));
            assert_eq!(a.executor, Executor::Gpu);
            a.executor = b.executor;
            assert_eq!(a, b, "{} lane {row}", example.id);
        }
        assert_eq!(on_gpu.digest(), on_cpu.digest());
    }
}
