//! Program and state files of the fixtures: all are read, taken apart and put together again. Skipped without fixtures.

#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Address, Fork,
    assembly::{Disassembly, assemble},
    deployment::{Deployment, deploy},
    keccak256,
    reading::{Constructor, FoundProgram, StateFormat, read_program, read_state},
};
use lanevm_tests::fixtures::source::{self, Member};

/// Every file of an archive; none, with a word about it, where there are no fixtures.
fn files(archive: &str) -> Vec<Member> {
    let path = source::default_data().join(archive);
    let mut found = Vec::new();
    if !path.exists() {
        println!("skipped: no fixtures at {}", path.display());
        return found;
    }
    source::visit(&path, &mut |member| {
        found.push(member);
        Ok(())
    })
    .expect("the fixtures are whole");
    assert!(!found.is_empty());
    found
}

fn programs(archive: &str) -> Vec<FoundProgram> {
    let mut found = Vec::new();
    for file in files(archive).iter().filter(|file| file.text().is_some_and(|text| text.contains("deployedBytecode"))) {
        let text = file.text().unwrap_or_default();
        match read_program(&file.path, text) {
            Ok(read) => found.extend(read.programs),
            Err(error) => panic!("{}: {error}", file.path),
        }
    }
    found
}

#[test]
fn contracts_come_back_from_their_text() {
    let mut bytes = 0;
    for mut program in programs("contracts.tar.zst") {
        for code in [&mut program.creation, &mut program.runtime].into_iter().flatten() {
            for library in code.links().iter().map(|link| link.library.clone()).collect::<Vec<_>>() {
                code.link(&library, Address::repeat_byte(0x11)).unwrap();
            }
            let code = code.bytes().unwrap();
            bytes += code.len();
            for fork in [Fork::Frontier, Fork::LATEST] {
                let disassembly = Disassembly::new(code.clone(), fork);
                let text = disassembly.to_text();
                let again = assemble(&text, Fork::LATEST).unwrap_or_else(|p| panic!("{}: {}", program.name, p[0]));
                assert_eq!(again.code, code.as_ref(), "{}", program.name);
            }
        }
    }
    println!("{bytes} bytes of contracts, each twice");
}

#[test]
fn contracts_without_arguments_deploy_to_their_runtime_code() {
    let (mut deployed, mut equal, mut refused) = (0, 0, Vec::new());
    for program in programs("contracts.tar.zst") {
        let (Some(creation), Some(runtime)) = (&program.creation, &program.runtime) else { continue };
        let takes_none = matches!(program.constructor, Constructor::Absent | Constructor::Present { arguments: 0 });
        let (true, Ok(creation), Ok(runtime)) = (takes_none, creation.bytes(), runtime.bytes()) else { continue };
        let made = match deploy(&Deployment { creation, ..Deployment::default() }) {
            Ok(made) => made,
            Err(error) => {
                refused.push(format!("{}: {error}", program.name));
                continue;
            }
        };
        deployed += 1;
        assert_eq!(made.code.len(), runtime.len(), "{}", program.name);
        // Only what the compiler left as zeros is set: immutables, and a library's own address.
        let changed = made.code.iter().zip(&runtime).all(|(made, file)| made == file || *file == 0);
        assert!(changed, "{}", program.name);
        equal += usize::from(keccak256(&made.code) == keccak256(&runtime));
        // EIP-161 begins at 1; a constructor may create more contracts.
        assert!(made.account.nonce >= Some(1), "{}", program.name);
    }
    println!("{deployed} deployed, {equal} to the runtime code of their file as it stands; the others set zeros of it");
    // A pool's constructor asks its factory, which does not stand here.
    assert!(refused.iter().all(|why| why == "UniswapV3Pool: the constructor ended as revert"), "{refused:?}");
}

#[test]
fn state_tests_are_read() {
    let mut cases = 0;
    for file in files("bench.tar.zst") {
        let Some(text) = file.text().filter(|text| text.contains("\"post\"") && text.contains("\"pre\"")) else {
            continue;
        };
        let found = read_state(text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        assert_eq!(found.format, StateFormat::StateTest, "{}", file.path);
        for state in found.states {
            assert!(!state.accounts.is_empty(), "{}", file.path);
            cases += state.cases.len();
        }
    }
    println!("{cases} cases");
}
