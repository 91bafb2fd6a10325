//! The assembler and the disassembler: what they say, and that each undoes the other.

use lanevm_core::{
    Fork,
    assembly::{Disassembly, End, MAX_PROBLEMS, Reach, Severity, assemble, looks_like_assembly},
    facts::INSTRUCTIONS,
};
use proptest::prelude::*;

fn code(text: &str) -> Vec<u8> {
    assemble(text, Fork::LATEST).unwrap_or_else(|problems| panic!("{problems:?}")).code
}

fn problems(text: &str) -> String {
    let found = match assemble(text, Fork::London) {
        Ok(assembled) => assembled.warnings,
        Err(problems) => problems,
    };
    found.iter().map(|problem| format!("{problem} [to {}]\n", problem.columns.end)).collect()
}

fn text_of(code: &[u8], fork: Fork) -> String {
    Disassembly::new(code.to_vec(), fork).to_text()
}

#[test]
fn every_mnemonic_gives_its_byte_in_any_case() {
    for instruction in INSTRUCTIONS {
        let width = usize::from(instruction.immediate);
        let value = if width > 0 { "0x01" } else { "" };
        for name in [instruction.name.to_owned(), instruction.name.to_lowercase()] {
            let code = code(&format!("{name} {value}"));
            assert_eq!(code.len(), 1 + width);
            assert_eq!(code[0], instruction.byte);
            assert!(width == 0 || code[width] == 1);
        }
    }
    for (alias, byte) in [("SHA3", 0x20), ("difficulty", 0x44), ("RANDOM", 0x44), ("suicide", 0xff)] {
        assert_eq!(code(alias), [byte]);
    }
}

#[test]
fn a_loop_with_labels_and_comments() {
    let text = "
        ; counts down from ten
        PUSH 10
    loop:               // [n]
        PUSH1 1  SWAP1  SUB
        DUP1 PUSH @loop JUMPI   # until zero
        STOP
        .data 0xdeadbeef
    ";
    let assembled = assemble(text, Fork::LATEST).unwrap();
    assert_eq!(hex::encode(&assembled.code), "600a5b600190038060025700deadbeef");
    assert_eq!(assembled.labels, [("loop".to_owned(), 2)]);
    assert_eq!(assembled.warnings, []);
    // A byte inside a push belongs to the push's line.
    assert_eq!([0, 1, 2, 3, 9, 11, 15].map(|pc| assembled.line_of(pc)), [3, 3, 4, 5, 6, 7, 8].map(Some));
    assert_eq!(assembled.line_of(assembled.code.len() as u32), None);
    assert_eq!(assembled.pc_of(5), Some(3));
    assert_eq!(assembled.pc_of(2), None);
}

#[test]
fn the_compilers_one_line_output_is_read() {
    assert_eq!(
        code("PUSH1 0x80 PUSH1 0x40 MSTORE CALLVALUE DUP1 ISZERO"),
        [0x60, 0x80, 0x60, 0x40, 0x52, 0x34, 0x80, 0x15]
    );
}

#[test]
fn pushes_take_the_fewest_bytes() {
    assert_eq!(code("PUSH 0"), [0x5f]);
    assert_eq!(assemble("PUSH 0", Fork::London).unwrap().code, [0x60, 0]);
    assert_eq!(code("PUSH 255 PUSH 256 PUSH 1_000"), [0x60, 255, 0x61, 1, 0, 0x61, 3, 0xe8]);
    assert_eq!(code("PUSH3 0x00ff"), [0x62, 0, 0, 0xff]);
    assert_eq!(code(&format!("PUSH 0x{}12", "0".repeat(1_000))), [0x60, 0x12]);
    assert_eq!(code(&format!("PUSH {}12", "0".repeat(1_000))), [0x60, 12]);
    assert!(assemble(&"9".repeat(100), Fork::LATEST).is_err());
    assert_eq!(code(&format!("PUSH 0x{}", "f".repeat(64))).len(), 33);
    assert_eq!(code(".mark here PUSH4 here"), [0x63, 0, 0, 0, 0]);
}

#[test]
fn label_pushes_grow_until_all_fit() {
    // 250 labels stand so that each push that grows moves the next label over 255.
    for padding in 150..260 {
        let body: String = (0..20).map(|i| format!("PUSH @l{i} JUMP\n")).collect();
        let labels: String = (0..20).map(|i| format!("l{i}:\n")).collect();
        let text = format!("{body} {} {labels}", "STOP ".repeat(padding));
        let assembled = assemble(&text, Fork::LATEST).unwrap();
        for (name, offset) in &assembled.labels {
            assert_eq!(assembled.code[*offset as usize], 0x5b, "{name}");
        }
        let disassembly = Disassembly::new(assembled.code.clone(), Fork::LATEST);
        let pushes = disassembly.rows().iter().filter(|row| matches!(row.byte, 0x60 | 0x61)).collect::<Vec<_>>();
        for (push, (_, offset)) in pushes.iter().zip(&assembled.labels) {
            let value = disassembly.immediate(push).iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
            assert_eq!(value, *offset);
            assert_eq!(push.byte, if *offset > 255 { 0x61 } else { 0x60 }, "the fewest bytes");
        }
    }
}

#[test]
fn all_problems_are_said_with_their_place() {
    let text = "
PUHS1 0x60
  PUSH1 0x1234 ; too wide
PUSH1
ADD 5
12
PUSH ff
jump_to here
loop: JUMPDEST
loop:
PUSH @lop JUMP
PUSH0 CLZ
.date 0x00
.data 60
.data
.mark
§
PUSH 0xzz
PUSH 0x10000000000000000000000000000000000000000000000000000000000000000
PUSH1 @
";
    insta::assert_snapshot!(problems(text));
}

#[test]
fn problems_are_bounded() {
    let found = assemble(&"NOPE ".repeat(10_000), Fork::LATEST).unwrap_err();
    assert_eq!(found.len(), 100);
    assert_eq!(found[99].kind.to_string(), "there are more problems; mend these first");
    // Warnings never hide code: there is all of it.
    let assembled = assemble(&"PUSH0 ".repeat(10_000), Fork::London).unwrap();
    assert_eq!(assembled.code.len(), 10_000);
    assert!(assembled.warnings.len() < MAX_PROBLEMS);
    let both = assemble(&format!("{} NOPE", "PUSH0 ".repeat(10_000)), Fork::London).unwrap_err();
    assert_eq!(both.iter().filter(|problem| problem.severity() == Severity::Error).count(), 1);
    assert!(assemble(&" ".repeat(16 * 1024 * 1024 + 1), Fork::LATEST).is_err());
}

#[test]
fn hostile_labels_end_soon() {
    // Each push's growth moves the next one's label over a boundary: more rounds than are granted.
    let mut text = String::new();
    for i in 0..20_000 {
        text.push_str(&format!("PUSH @l{i}\n"));
    }
    text.push_str(&"STOP\n".repeat(65_536 - 60_000 - 200));
    for i in 0..20_000 {
        text.push_str(&format!("l{i}:\n"));
    }
    let assembled = assemble(&text, Fork::LATEST).unwrap();
    for (_, offset) in assembled.labels {
        assert_eq!(assembled.code[offset as usize], 0x5b);
    }
}

#[test]
fn rows_say_what_a_reader_needs() {
    let code = code(
        "
        PUSH @over JUMP
        INVALID
    over:
        CALLDATASIZE PUSH 0x99 JUMPI
        PUSH 0 CALLDATALOAD JUMP
    back:
        STOP
        .data 0xfe7f01",
    );
    let disassembly = Disassembly::new(code.clone(), Fork::LATEST);
    let rows: String = disassembly
        .rows()
        .iter()
        .map(|row| {
            format!(
                "{:04x} {:<12} {:<6} gas {:?} block {} {:?}{}{}{}\n",
                row.pc,
                disassembly.name(row),
                hex::encode(disassembly.immediate(row)),
                disassembly.gas(row),
                row.block,
                disassembly.reach(row),
                if disassembly.is_jumpdest(row) { " jumpdest" } else { "" },
                if disassembly.is_known_target(row) { " target" } else { "" },
                match disassembly.lacking(row) {
                    0 => String::new(),
                    lacking => format!(" lacks {lacking}"),
                },
            )
        })
        .collect();
    let blocks: String = disassembly.blocks().iter().map(|block| format!("{block:?}\n")).collect();
    insta::assert_snapshot!(format!("{rows}\n{blocks}\n{}", disassembly.to_text()));
    assert_eq!(disassembly.row_at(1), Some(0));
    assert_eq!(disassembly.row_at(code.len() as u32), None);
    assert_eq!(disassembly.data_from(), code.len() as u32 - 3);
    // PUSH0 is Shanghai's.
    let london = Disassembly::new(vec![0x5f], Fork::London);
    assert_eq!(london.name(&london.rows()[0]), "0x5f");
    assert_eq!(london.gas(&london.rows()[0]), None);
    assert_eq!(london.blocks()[0].end, End::Stop);
    // SLOAD costs what the fork says.
    let gas = |fork| Disassembly::new(vec![0x54], fork).blocks()[0].gas;
    assert_eq!([Fork::Frontier, Fork::Istanbul, Fork::Osaka].map(gas), [50, 800, 100]);
}

#[test]
fn jumps_are_followed_through_copies_and_swaps() {
    let ends =
        |text: &str| Disassembly::new(code(text), Fork::LATEST).blocks().iter().map(|b| b.end).collect::<Vec<_>>();
    assert_eq!(ends("PUSH @a PUSH 7 SWAP1 JUMP a: STOP"), [End::Jump(1), End::Stop]);
    assert_eq!(ends("PUSH @a DUP1 POP JUMP a: STOP")[0], End::Jump(1));
    assert_eq!(ends("PUSH @a PUSH 1 ADD JUMP a: STOP")[0], End::Unknown { next: None });
    assert_eq!(ends("PUSH 1 JUMP STOP")[0], End::Nowhere { next: None });
    assert_eq!(ends("DUP1 PUSH @a JUMPI STOP a: STOP")[0], End::Branch { taken: 2, next: Some(1) });
    assert_eq!(ends("a: PUSH @a JUMPI"), [End::Branch { taken: 0, next: None }]);
    assert_eq!(ends("PUSH 1 PUSH 5 JUMPI ADD"), [End::Nowhere { next: Some(1) }, End::CodeEnd]);
    assert_eq!(ends(""), []);
    let data = Disassembly::new(vec![0x60, 4, 0x56, 0xfe, 0xfe], Fork::LATEST);
    assert_eq!(data.reach(&data.rows()[2]), Reach::Data);
}

#[test]
fn assembly_is_told_from_other_text() {
    for text in ["; hello\n\nPUSH1 1", "start:", ".data 0x00", "stop", "PUSH @x", "// only\nADD"] {
        assert!(looks_like_assembly(text), "{text}");
    }
    for text in ["", "6080", "0x60", "{}", "hello world", "pragma solidity ^0.8.0;"] {
        assert!(!looks_like_assembly(text), "{text}");
    }
}

proptest! {
    #[test]
    fn text_of_any_code_assembles_to_it(code in proptest::collection::vec(any::<u8>(), 0..600), old in any::<bool>()) {
        let fork = if old { Fork::Frontier } else { Fork::LATEST };
        let text = text_of(&code, fork);
        prop_assert_eq!(&assemble(&text, fork).unwrap().code, &code);
        prop_assert_eq!(&assemble(&text, Fork::LATEST).unwrap().code, &code);
    }

    #[test]
    fn code_with_many_jumps_comes_back(parts in proptest::collection::vec(0..6u8, 0..200), to in any::<u8>()) {
        let mut code = Vec::new();
        for part in parts {
            code.extend(match part {
                0 => vec![0x5b],
                1 => vec![0x60, to, 0x56],
                2 => vec![0x61, 0, to, 0x57],
                3 => vec![0x5f, 0x56],
                4 => vec![0x63, 0, 0, 0, 3, 0x57],
                _ => vec![0x7f, 0x5b, 0x56],
            });
        }
        let text = text_of(&code, Fork::LATEST);
        prop_assert_eq!(assemble(&text, Fork::LATEST).unwrap().code, code);
    }

    #[test]
    fn any_text_is_answered(text in "(?s).{0,200}") {
        let _ = assemble(&text, Fork::LATEST);
    }

    #[test]
    fn any_words_are_answered(words in proptest::collection::vec("(PUSH[0-9]{0,2}|@?[a-z]{1,3}:?|0x[0-9a-f]{0,70}|[0-9]{1,3}|\\.data|db|\\.mark|JUMP|\n| )", 0..60)) {
        let _ = assemble(&words.join(" "), Fork::LATEST);
        let _ = assemble(&words.concat(), Fork::London);
    }
}
