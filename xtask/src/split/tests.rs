//! Programs of a few functions, split and watched, and run by Node.

use std::{fs, process::Command};

use encoder::{MemorySection, MemoryType, NameMap, NameSection};

use super::{program::plain, *};

/// Seven functions, of which `one`, `three`, `five` and `keep` are called first: `one` calls `two`, `five` calls `four` by
/// its place in a table, and `four` calls `two`. `three` counts its calls.
fn program() -> Vec<u8> {
    let mut types = encoder::TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import("m", LOADER, EntityType::Function(0));
    let mut functions = FunctionSection::new();
    for kind in [1, 1, 1, 1, 1, 0] {
        functions.function(kind);
    }
    let mut tables = TableSection::new();
    tables.table(of_functions(3));
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
    let mut globals = GlobalSection::new();
    globals.global(FLAG, &ConstExpr::i32_const(0));
    let mut exports = ExportSection::new();
    exports.export("one", ExportKind::Func, 1).export("five", ExportKind::Func, 5);
    exports.export("count", ExportKind::Global, 0).export("memory", ExportKind::Memory, 0);
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i32_const(1), Elements::Functions(Cow::Borrowed(&[3, 4])));
    let mut code = CodeSection::new();
    let x = Instruction::LocalGet(0);
    let number = Instruction::I32Const;
    let bodies: [&[Instruction<'_>]; 6] = [
        &[x.clone(), Instruction::Call(2)],
        &[x.clone(), Instruction::Call(3), number(100), Instruction::I32Add],
        &[
            Instruction::GlobalGet(0),
            number(1),
            Instruction::I32Add,
            Instruction::GlobalSet(0),
            x.clone(),
            number(1),
            Instruction::I32Add,
        ],
        &[x.clone(), x.clone(), Instruction::I32Add, Instruction::Call(2)],
        &[x.clone(), number(2), Instruction::CallIndirect { type_index: 1, table_index: 0 }],
        &[Instruction::Call(0)],
    ];
    for body in bodies {
        let mut function = Function::new([]);
        body.iter().for_each(|instruction| {
            function.instruction(instruction);
        });
        code.function(function.instruction(&Instruction::End));
    }
    let mut names = NameMap::new();
    let called = ["load", "a[0123456789abcdef]::one", "a::two", "a::three", "a::four", "a::five.llvm.12", "a::keep"];
    for (index, name) in (0_u32..).zip(called) {
        names.append(index, name);
    }
    let mut section = NameSection::new();
    section.functions(&names);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories).section(&globals);
    module.section(&exports).section(&elements).section(&code).section(&section);
    module.finish()
}

fn node(name: &str, files: &[(&str, &[u8])], script: &str) -> String {
    let folder = std::env::temp_dir().join(format!("lanevm-split-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (file, bytes) in files {
        fs::write(folder.join(file), bytes).unwrap();
    }
    let script = format!("const read = (name) => new WebAssembly.Module(require('fs').readFileSync(name));{script}");
    let output = Command::new("node").args(["-e", &script]).current_dir(&folder).output().unwrap();
    fs::remove_dir_all(folder).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn two_parts_are_one_program() {
    let first = ["a::one", "a::three", "a::five"];
    let parts = split(&program(), |name| first.contains(&name)).unwrap();
    let said = node(
        "parts",
        &[("first.wasm", &parts.first), ("rest.wasm", &parts.rest)],
        "let loads = 0, first;
        const load = () => {
            loads += 1;
            new WebAssembly.Instance(read('rest.wasm'), { first });
            first['rest:ready'].value = 1;
        };
        first = new WebAssembly.Instance(read('first.wasm'), { m: { loadRestNow: load } }).exports;
        const { one, five, count } = first;
        console.log(loads, one(5), loads, five(5), count.value, loads, Object.keys(first).filter((key) => key.startsWith('rest:')).join());",
    );
    assert_eq!(said, format!("0 106 1 111 2 1 rest:ready,rest:{}", parts.hash));
}

#[test]
fn calls_are_noted_by_function() {
    let watched = watched(&program()).unwrap();
    let said = node(
        "watched",
        &[("watched.wasm", &watched)],
        "const { one, ...more } = new WebAssembly.Instance(read('watched.wasm'), { m: { loadRestNow() {} } }).exports;
        one(5);
        console.log([1, 2, 3, 4, 5, 6].map((at) => more[`called:${at}`].value).join());",
    );
    assert_eq!(said, "1,1,1,0,0,0");
    assert_eq!(short_names(&watched).unwrap()[&5], short("a::five"));
}

#[test]
fn a_program_that_cannot_load_its_rest_is_refused() {
    let wasm = program();
    assert!(split(&wasm, |_| true).unwrap_err().to_string().contains("empty"));
    let at = wasm.windows(LOADER.len()).position(|window| window == LOADER.as_bytes()).unwrap();
    let mut other = wasm.clone();
    other[at] = b'x';
    assert!(split(&other, |_| false).unwrap_err().to_string().contains("no import"));
    assert!(split(b"\0asm\x01\0\0\0", |_| false).unwrap_err().to_string().contains("no names"));
}

#[test]
fn names_lose_what_differs_from_machine_to_machine() {
    assert_eq!(plain("core[c5930c85a12de822]::fmt::write"), "core::fmt::write");
    assert_eq!(plain("<[u8] as a::T<[u32; 4]>>::f"), "<[u8] as a::T<[u32; 4]>>::f");
    assert_eq!(plain("f.llvm.123"), "f");
    assert_eq!(short("a[0123456789abcdef]::b"), short("a::b"));
}
