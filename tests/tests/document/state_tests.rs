//! State tests as documents: every lane of every file comes to what its case comes to by the conformance runner's own reader,
//! or is refused by a named reason; and a lane written as a state test is read back as the same lane.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use lanevm_core::{
    Batch, Class, Control, Engine, Fork, Level, Outcomes, Status,
    alloy_primitives::keccak256,
    case::{CaseError, state_test},
    cpu::CpuEngine,
    digest,
    document::{Document, Hashes, Step, To, Vary},
    examples,
    reading::{Choice, TestFile, read_state_tests, seems_state_tests},
};
use lanevm_tests::{
    conformance::{self, EngineKind, Options, Suite, assembly::Assembly},
    fixtures::{
        shape::{self, Shape},
        source,
        state_test::{self, Rules, StateCase, StateTest},
    },
};
use serde_json::value::RawValue;

/// One file of so many is looked at, by the hash of its path, unless `LANEVM_EVERY_STATE_TEST` is set.
const ONE_OF: u8 = 16;

#[derive(Debug, Default)]
struct Counts {
    files: u64,
    refused_files: BTreeMap<String, u64>,
    documents: u64,
    lanes: u64,
    rejected: u64,
    refused: BTreeMap<String, u64>,
}

fn run(batch: &Batch) -> Outcomes {
    pollster::block_on(CpuEngine::default().run(batch, &mut Control::default())).unwrap()
}

/// Numbers and names of foreign texts left out, so that reasons can be counted.
fn kind(reason: &str) -> String {
    let words = reason.split_whitespace().map(|word| if word.bytes().any(|b| b.is_ascii_digit()) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// The same case by the other reader.
fn known<'t>(
    test: &'t StateTest,
    choice: &Choice,
    taken: &mut HashMap<String, Vec<bool>>,
    lane: usize,
) -> &'t StateCase {
    let expected = &choice.cases[lane];
    let of_fork: Vec<&StateCase> = test.cases.iter().filter(|case| case.fork == choice.fork).collect();
    let taken = taken.entry(choice.fork.clone()).or_insert_with(|| vec![false; of_fork.len()]);
    let at = of_fork.iter().zip(taken.iter()).position(|(case, taken)| {
        let own = (case.indexes.data, case.indexes.gas, case.indexes.value);
        !taken
            && own == (expected.indexes.data, expected.indexes.gas, expected.indexes.value)
            && Some(case.root) == expected.root
            && case.logs == expected.logs
            && case.exception.is_some() == expected.exception.is_some()
    });
    let at = at.unwrap_or_else(|| panic!("{} {}: lane {lane} is no case of the file", choice.test, choice.fork));
    taken[at] = true;
    of_fork[at]
}

fn check(file: &TestFile, tests: &BTreeMap<String, StateTest>, path: &str, counts: &mut Counts) {
    let mut taken: HashMap<&str, HashMap<String, Vec<bool>>> = HashMap::new();
    for (index, choice) in file.choices().iter().enumerate() {
        let test = tests.iter().find(|(name, _)| **name == choice.test).map(|(_, test)| test);
        let test = test.unwrap_or_else(|| panic!("{path}: no test {}", choice.test));
        let taken = taken.entry(&choice.test).or_default();
        let cases: Vec<&StateCase> = (0..choice.cases.len()).map(|lane| known(test, choice, taken, lane)).collect();
        let document = match file.document(index) {
            Ok(document) => document,
            Err(why) => {
                *counts.refused.entry(kind(&why)).or_default() += cases.len() as u64;
                // Nothing that the runner runs is refused without a reason of its own.
                let runs = cases.iter().any(|case| matches!(case.rules, Rules::Known(..)) && case.transaction.is_ok());
                assert!(!runs || why.contains("type"), "{path} {}: {why}", choice.test);
                continue;
            }
        };
        let read = Document::from_json(&document.to_json());
        assert_eq!(read.as_ref(), Ok(&document), "{path}");
        let prepared = document.prepare().unwrap_or_else(|error| panic!("{path} {}: {error}", choice.test));
        let found = run(&prepared.batch);
        let mut assembly = Assembly::default();
        let world = assembly.world(&Arc::clone(&test.pre));
        for case in &cases {
            let (Rules::Known(fork, block), Ok(sent)) = (&case.rules, &case.transaction) else {
                panic!("{path} {}: a document of what the runner does not run", choice.test);
            };
            let block = assembly.block(block.as_ref().clone());
            assembly.send(sent, world, block, *fork, Level::Transaction);
        }
        let wanted = run(&assembly.finish());
        assert_eq!(found.len(), wanted.len(), "{path} {}", choice.test);
        for lane in 0..found.len() {
            let at = || format!("{path} {} {} lane {lane}", choice.test, choice.fork);
            assert_eq!(found.status(lane), wanted.status(lane), "{}", at());
            assert_eq!(found.gas_used(lane), wanted.gas_used(lane), "{}", at());
            assert_eq!(digest::leaf(&found, lane), digest::leaf(&wanted, lane), "{}", at());
            counts.rejected += u64::from(found.status(lane).class() == Class::Rejected);
        }
        counts.documents += 1;
        counts.lanes += found.len() as u64;
    }
}

#[test]
fn every_case_opens_as_a_lane_or_is_refused_by_name() {
    if !source::default_data().is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let every = std::env::var_os("LANEVM_EVERY_STATE_TEST").is_some();
    let mut counts = Counts::default();
    source::visit(&source::default_data(), &mut |member| {
        let Some(text) = member.text() else { return Ok(()) };
        if !seems_state_tests(text) || shape::shape(text) != Some(Shape::StateTests) {
            return Ok(());
        }
        if !every && keccak256(&member.path)[0] % ONE_OF != 0 {
            return Ok(());
        }
        counts.files += 1;
        match read_state_tests(text) {
            Ok(file) => {
                let raw: HashMap<String, &RawValue> = serde_json::from_str(text)?;
                let whole = raw.into_iter().filter(|(_, test)| test.get().contains("\"post\""));
                let tests = whole.map(|(name, test)| (name, state_test::parse(test.get()).unwrap())).collect();
                check(&file, &tests, &member.path, &mut counts);
            }
            Err(why) => {
                *counts.refused_files.entry(kind(&why.to_string())).or_default() += 1;
                println!("{}: {why}", member.path);
            }
        }
        Ok(())
    })
    .unwrap();
    println!("{counts:#?}");
    assert!(counts.lanes > 1_000 && counts.rejected > 10, "{counts:?}");
    assert!(counts.refused_files.is_empty(), "{counts:?}");
}

/// The lane that a written case is read back as.
fn read_back(json: &str) -> (Batch, Choice) {
    let file = read_state_tests(json).unwrap();
    let [choice] = file.choices() else { panic!("one case: {json}") };
    (file.document(0).unwrap().prepare().unwrap().batch, choice.clone())
}

/// A folder of files that the conformance runner passes.
fn pass(files: &[String], name: &str) {
    let folder = std::env::temp_dir().join(format!("lanevm-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (index, file) in files.iter().enumerate() {
        std::fs::write(folder.join(format!("{index}.json")), file).unwrap();
    }
    let data = Some(folder.clone());
    let options = Options { engine: EngineKind::Cpu, suite: Suite::Statetests, data, fork: None, limit: None };
    let report = conformance::run(&options).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((report.passed, report.failed), (files.len() as u64, 0), "{}", report.text());
}

/// A lane of a state test, written as one, expects what the file it came from expects, and runs as the lane did.
#[test]
fn lanes_of_state_tests_are_written_as_they_were() {
    if !source::default_data().is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let (mut written, mut refused) = (Vec::new(), BTreeMap::<String, u64>::new());
    source::visit(&source::default_data(), &mut |member| {
        let Some(text) = member.text() else { return Ok(()) };
        let taken = keccak256(&member.path)[1] % 64 == 0 && text.len() < 1 << 20;
        if !taken || member.root.contains("bench") || !seems_state_tests(text) {
            return Ok(());
        }
        let Ok(file) = read_state_tests(text) else { return Ok(()) };
        for (index, choice) in file.choices().iter().enumerate() {
            let Ok(document) = file.document(index) else { continue };
            let batch = document.prepare().unwrap().batch;
            // The first lane and the last stand for the others.
            for lane in std::collections::BTreeSet::from([0, batch.len() - 1]) {
                let at = format!("{} {} {} lane {lane}", member.path, choice.test, choice.fork);
                let case = match state_test(&batch, lane, &format!("lane {lane}")) {
                    Ok(case) => case,
                    Err(why) => {
                        *refused.entry(kind(&why.to_string())).or_default() += 1;
                        continue;
                    }
                };
                let (back, expected) = read_back(&case.json);
                let (one, again) = (run(&batch.subset(&[lane])), run(&back));
                assert_eq!(digest::leaf(&one, 0), digest::leaf(&again, 0), "{at}");
                let (known, own) = (&choice.cases[lane], &expected.cases[0]);
                assert_eq!((own.root, own.logs), (known.root, known.logs), "{at}");
                assert_eq!(own.exception.is_some(), one.status(0) == Status::Rejected, "{at}");
                written.push(case.json);
            }
        }
        Ok(())
    })
    .unwrap();
    println!("{} lanes written, refused: {refused:#?}", written.len());
    assert!(written.len() > 100 && refused.is_empty(), "{refused:?}");
    pass(&written, "written");
}

/// Message calls become transactions where that changes nothing that can be seen.
#[test]
fn lanes_of_examples_are_written_as_transactions() {
    let mut written = Vec::new();
    for example in examples::all() {
        let document = Document { lanes: Some(20), ..example.document() };
        let prepared = document.prepare().unwrap();
        for lane in [0, 7, 19] {
            let batch = pollster::block_on(prepared.lane(prepared.steps() - 1, lane)).unwrap();
            let case = state_test(&batch, 0, example.id).unwrap_or_else(|why| panic!("{} {lane}: {why}", example.id));
            let (back, expected) = read_back(&case.json);
            let (one, again) = (run(&batch), run(&back));
            assert_eq!(one.status(0), again.status(0), "{} {lane}", example.id);
            assert_eq!(one.output(0), again.output(0), "{} {lane}", example.id);
            assert_eq!(one.logs(0), again.logs(0), "{} {lane}", example.id);
            assert_eq!(one.steps(0), again.steps(0), "{} {lane}", example.id);
            assert!(expected.cases[0].exception.is_none() && !case.notes.is_empty());
            written.push(case.json);
        }
    }
    pass(&written, "examples");
}

fn refusal(document: &Document) -> CaseError {
    state_test(&document.prepare().unwrap().batch, 0, "refused").unwrap_err()
}

/// A lane that a transaction does not do as well is refused with what is otherwise.
#[test]
fn what_is_no_transaction_is_refused() {
    let run_code = |code: &'static [u8]| {
        let to = To::Account(Vary::Fixed([0xaa; 20].into()));
        let mut document = Document::new(Fork::Osaka, vec![Step { to, ..Step::default() }]);
        let account = lanevm_core::document::Account { code: code.into(), ..Default::default() };
        document.state.accounts.insert([0xaa; 20].into(), account);
        document
    };
    let ends = |document: &Document| refusal(document).to_string();
    // GAS is returned: a transaction cannot have 2^24 and its intrinsic gas under Osaka.
    let gas = ends(&run_code(&[0x5a, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]));
    assert!(gas.contains("returns other data"), "{gas}");
    // A base fee that a price of nothing does not pay.
    let mut priced = run_code(&[0x00]);
    priced.block.base_fee_per_gas = 7.into();
    let said = ends(&priced);
    assert!(said.contains("rejected") && said.contains("basefee"), "{said}");
    // BLOCKHASH of a block that is listed: state tests have hashes of their own.
    let mut hashed = run_code(&[0x5f, 0x40, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]);
    hashed.block.number = lanevm_core::U256::from(1).into();
    hashed.block.block_hashes = Hashes::Listed([(0, lanevm_core::B256::repeat_byte(7))].into());
    let said = ends(&hashed);
    assert!(said.contains("returns other data"), "{said}");
    // State that is not known.
    let mut unknown = run_code(&[0x5f, 0x54]);
    unknown.state.absent = lanevm_core::Absent::Unknown;
    assert!(matches!(refusal(&unknown), CaseError::NoAnswer { status: Status::MissingState, .. }));
    // A limit that the lane comes to.
    let mut limited = run_code(&[0x5b, 0x5f, 0x56]);
    limited.limits.steps = Some(100);
    assert!(matches!(refusal(&limited), CaseError::NoAnswer { status: Status::StepLimit, .. }));
}
