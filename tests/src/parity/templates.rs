//! Call data made on the device: it must be the host's, byte for byte, whatever the shards.

use lanevm_core::{
    Account, Address, Axis, Batch, BlockEnv, Column, DataField, Engine, Executor, Generator, Level, Program, Status,
    Template, U256, World, gpu::GpuEngine,
};

use super::{both_agree, run};
use crate::vectors;

const TO: Address = Address::repeat_byte(0xee);

/// Returns its call data. Where the first word is odd it first reads far memory, so that the lane needs a larger tier.
const ECHO: &[u8] =
    &[0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x35, 0x60, 0x01, 0x16, 0x61, 0x0b, 0xb8, 0x02, 0x51, 0x50, 0x36, 0x5f, 0xf3];

/// The template's calls of a program.
fn batch(template: &Template, code: &[u8], level: Level) -> Batch {
    let mut batch = Batch {
        programs: vec![Program::new(code.to_vec())],
        worlds: vec![World {
            accounts: [(TO, Account { nonce: 1, code: Some(0), ..Account::default() })].into(),
            ..World::default()
        }],
        blocks: vec![BlockEnv::default()],
        calls: template.expand().expect("a template that is valid"),
        ..Batch::default()
    };
    batch.calls.to = Column::All(Some(TO));
    batch.calls.level = Column::All(level);
    batch
}

/// The same calls with every byte there.
fn stored(batch: &Batch) -> Batch {
    let mut stored = batch.clone();
    stored.calls.data = batch.calls.data.stored();
    stored
}

/// A template that uses every rule, at odd places, over several chunks of call data; its first word is odd in one call of
/// thirteen. `table` is the length of a list.
fn mixed(count: usize, table: usize) -> Template {
    let word = |value: u64| U256::from(value);
    let thirteenth = (0..13).map(|n| word(n / 12)).collect();
    Template {
        count,
        seed: 9,
        gas: Generator::Fixed(word(400_000)),
        data: (0..300u32).map(|byte| (byte * 7) as u8).collect(),
        fields: vec![
            DataField::new("range", 3, 17, Generator::Range { from: word(1) << 130, step: U256::MAX / word(3) }),
            DataField::new("odd", 31, 1, Generator::List(thirteenth)),
            DataField::new("uniform", 33, 32, Generator::uniform(word(77), U256::MAX / word(5))),
            DataField::new("long", 64, 20, Generator::log_uniform(word(1), U256::MAX)),
            DataField::new(
                "list",
                90,
                9,
                Generator::List((0..table as u64).map(|n| word(n).wrapping_mul(U256::MAX / word(7))).collect()),
            ),
            DataField::new("steps", 101, 32, Generator::Steps { start: U256::MAX, end: word(3), count: 1_001 }),
            DataField::new("slow", 140, 5, Generator::Range { from: word(5), step: word(1) << 33 }.along("slow")),
            DataField::new("fast", 143, 32, Generator::Column("c".into()).along("fast")),
            DataField::new("edge", 240, 32, Generator::uniform(U256::ZERO, U256::MAX)),
            DataField::new("over", 250, 3, Generator::Fixed(word(0xabcdef))),
            DataField::new("end", 299, 1, Generator::uniform(U256::ZERO, U256::MAX).along("fast")),
        ],
        axes: vec![Axis::new("slow", count.div_ceil(17)), Axis::new("fast", 17)],
        columns: [("c".to_owned(), (0..17).map(|n| U256::MAX - word(n * n)).collect())].into(),
        ..Template::default()
    }
}

/// `count` generated calls: the device's answers are those of stored call data, and the reference's.
pub async fn generated_calls_agree(gpu: &mut GpuEngine, count: usize, table: usize) {
    let made = batch(&mixed(count, table), ECHO, Level::Frame);
    let on_gpu = both_agree(gpu, &made, "generated calls").await;
    let outgrew: u64 = on_gpu.escalated.values().sum();
    assert_eq!(outgrew, count as u64 / 13, "one of thirteen needs a larger tier");
    assert!(on_gpu.summary().on_cpu.is_empty(), "{:?}", on_gpu.summary().on_cpu);
    for row in [0, 1, count / 2, count - 1] {
        assert_eq!(on_gpu.output(row), &*made.calls.data.get(row), "lane {row}");
    }
    let stored = run(gpu, &stored(&made)).await;
    assert_eq!(stored.digest(), on_gpu.digest(), "stored and generated call data");
}

/// Calls at level `call`, whose intrinsic gas depends on the bytes made, from senders that are made too.
pub async fn generated_calls_are_priced(gpu: &mut GpuEngine, count: usize) {
    let mut template = mixed(count, 5);
    template.caller = Generator::uniform(U256::from(1_000), U256::MAX);
    template.gas = Generator::Range { from: U256::from(22_000), step: U256::from(9) };
    let made = batch(&template, ECHO, Level::Call);
    let on_gpu = both_agree(gpu, &made, "generated calls at level call").await;
    let ended = on_gpu.summary().by_status;
    assert!(ended.contains_key(&Status::Return) && ended.len() > 1, "{ended:?}");
}

/// Init code that is made: the host makes it, and the device runs it.
pub async fn generated_creates_agree(gpu: &mut GpuEngine, count: usize) {
    // PUSH4 (made), PUSH0, MSTORE, RETURN of its last byte but one.
    let template = Template {
        count,
        gas: Generator::Fixed(U256::from(1_000_000)),
        data: vec![0x63, 0, 0, 0, 0, 0x5f, 0x52, 0x60, 1, 0x60, 30, 0xf3],
        fields: vec![DataField::new("x", 1, 4, Generator::Range { from: U256::ZERO, step: U256::from(0x33) })],
        ..Template::default()
    };
    let mut made = batch(&template, ECHO, Level::Frame);
    made.calls.to = Column::Each((0..count).map(|call| (call % 3 == 0).then_some(TO)).collect());
    let on_gpu = both_agree(gpu, &made, "generated creates").await;
    assert!((0..count).all(|row| on_gpu.executor(row) == Executor::Gpu));
}

/// A template of more parts in one place than the device takes: the host makes the bytes, and nothing else differs.
pub async fn crowded_templates_agree(gpu: &mut GpuEngine, count: usize) {
    let fields = (0..300)
        .map(|at| DataField::new(format!("x{at}"), at % 40, 1 + at % 9, Generator::uniform(U256::ZERO, U256::MAX)))
        .collect();
    let template = Template {
        count,
        gas: Generator::Fixed(U256::from(1_000_000)),
        data: vec![0; 64],
        fields,
        ..Template::default()
    };
    let made = batch(&template, ECHO, Level::Frame);
    let on_gpu = both_agree(gpu, &made, "a crowded template").await;
    assert!((0..count).all(|row| on_gpu.executor(row) == Executor::Gpu));
}

/// The committed values, made by an engine.
pub async fn vectors_agree(engine: &mut dyn Engine) {
    for (case, expected) in vectors::cases().iter().zip(vectors::committed()) {
        let template = Template { gas: Generator::Fixed(U256::from(1_000_000)), ..case.template.clone() };
        let outcomes = run(engine, &batch(&template, ECHO, Level::Frame).subset(&case.rows)).await;
        for (row, expected) in expected.iter().enumerate() {
            assert_eq!(outcomes.output(row), expected, "{}, row {}", case.name, case.rows[row]);
        }
    }
}
