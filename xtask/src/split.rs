//! A built program in two parts: `first`, which is loaded at once, and `rest`, which is loaded behind it. The two share memory, tables and globals, so that they are one program as soon as the rest is there; a function that is not there yet is
//! a stub that has it loaded. This module knows WebAssembly and lists of names. Where the files lie is `parts`' business, and how
//! the rest is loaded is `web/src/browser/rest.js`'s.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

mod program;
mod watched;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use wasm_encoder::{
    self as encoder, BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, Module,
    RawSection, RefType, TableSection, TableType, ValType,
    reencode::{self, Reencode, utils},
};
use wasmparser::{Operator, Parser, Validator, WasmFeatures};

use program::Program;
pub(crate) use program::{hex, short, short_names};
pub(crate) use watched::watched;

/// The import that loads the rest at once: `web/src/browser/rest.js`.
const LOADER: &str = "loadRestNow";

/// The export that says whether the rest is there, an `i32`.
const READY: &str = "rest:ready";

/// How the export begins that says which rest a first part belongs to: behind it stands the file's hash.
const NAME: &str = "rest:";

/// What the rest imports everything from.
const FIRST: &str = "first";

/// A program's two parts.
#[derive(Debug)]
pub(crate) struct Parts {
    /// What is loaded at once.
    pub(crate) first: Vec<u8>,
    /// What is loaded behind it.
    pub(crate) rest: Vec<u8>,
    /// The hash that [`NAME`] has in the first part.
    pub(crate) hash: String,
}

/// Writes functions under other numbers, into a module with the same types, tables, memories and globals.
struct Renumbered<'m> {
    functions: &'m BTreeMap<u32, u32>,
}

impl Reencode for Renumbered<'_> {
    type Error = Missing;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Missing>> {
        self.functions.get(&function).copied().ok_or(reencode::Error::UserError(Missing(function)))
    }
}

/// A function that is in neither part.
#[derive(Debug, PartialEq, Eq)]
struct Missing(u32);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "function {} is in neither part", self.0)
    }
}

impl std::error::Error for Missing {}

/// The first part while it is written.
struct First<'p> {
    program: &'p Program<'p>,
    numbers: &'p BTreeMap<u32, u32>,
    /// Functions that are in the rest but named here, and their places in the table of those.
    stubs: &'p BTreeMap<u32, u32>,
    /// The program's own functions that stand in the first part, stubs among them, in order.
    kept: &'p [u32],
    /// What the rest imports: names, kinds and numbers, as of the whole program.
    shared: &'p [(String, ExportKind, u32)],
    loader: u32,
    hash: &'p str,
}

impl First<'_> {
    fn table(&self) -> u32 {
        self.program.tables.len() as u32
    }

    fn ready(&self) -> u32 {
        self.program.globals.len() as u32
    }

    fn stub(&self, function: u32, place: u32) -> Function {
        let kind = self.program.functions[function as usize];
        let mut stub = Function::new([]);
        stub.instruction(&Instruction::GlobalGet(self.ready()))
            .instruction(&Instruction::I32Eqz)
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::Call(self.numbers[&self.loader]))
            .instruction(&Instruction::End);
        for parameter in 0..self.program.parameters[kind as usize] {
            stub.instruction(&Instruction::LocalGet(parameter));
        }
        stub.instruction(&Instruction::I32Const(place.cast_signed()))
            .instruction(&Instruction::CallIndirect { type_index: kind, table_index: self.table() })
            .instruction(&Instruction::End);
        stub
    }
}

impl Reencode for First<'_> {
    type Error = Missing;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Missing>> {
        Renumbered { functions: self.numbers }.function_index(function)
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), reencode::Error<Missing>> {
        for function in self.kept {
            functions.function(self.program.functions[*function as usize]);
        }
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: wasmparser::TableSectionReader<'_>,
    ) -> Result<(), reencode::Error<Missing>> {
        utils::parse_table_section(self, tables, section)?;
        tables.table(of_functions(self.stubs.len() as u64));
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), reencode::Error<Missing>> {
        utils::parse_global_section(self, globals, section)?;
        globals.global(FLAG, &ConstExpr::i32_const(0));
        globals.global(GlobalType { mutable: false, ..FLAG }, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Missing>> {
        utils::parse_export_section(self, exports, section)?;
        for (name, kind, index) in self.shared {
            let index = if *kind == ExportKind::Func { self.numbers[index] } else { *index };
            exports.export(name, *kind, index);
        }
        exports.export(READY, ExportKind::Global, self.ready());
        exports.export(&format!("{NAME}{}", self.hash), ExportKind::Global, self.ready() + 1);
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        _: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), reencode::Error<Missing>> {
        for function in self.kept {
            match (self.stubs.get(function), self.program.body(*function)) {
                (Some(place), _) => {
                    code.function(&self.stub(*function, *place));
                }
                (None, Some(body)) => self.parse_function_body(code, body.clone())?,
                (None, None) => return Err(reencode::Error::UserError(Missing(*function))),
            }
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), reencode::Error<Missing>> {
        // Names have done their work.
        Ok(())
    }
}

const FLAG: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

const fn of_functions(minimum: u64) -> TableType {
    TableType { element_type: RefType::FUNCREF, table64: false, minimum, maximum: None, shared: false }
}

/// Splits a program. `is_first` says by a function's name whether it belongs to the first part.
///
/// # Errors
/// The program is not one that `rustc` and `wasm-bindgen` make, or has no import that loads the rest.
pub(crate) fn split(wasm: &[u8], is_first: impl Fn(&str) -> bool) -> Result<Parts> {
    let program = Program::read(wasm)?;
    ensure!(!program.names.is_empty(), "the program's functions have no names");
    ensure!(
        !program.tables.is_empty() && !program.globals.is_empty() && program.memories.len() == 1,
        "no tables or globals"
    );
    let loader = program.imports.iter().position(|import| import.name == LOADER);
    let loader = loader.with_context(|| format!("no import {LOADER} that loads the rest"))? as u32;
    let mut firsts = program.firsts(is_first);
    // What loads the rest cannot be in it.
    firsts.extend(calling(&program, loader)?);
    let rests: Vec<u32> = program.defined().filter(|index| !firsts.contains(index)).collect();
    ensure!(!rests.is_empty() && !firsts.is_empty(), "one of the parts is empty");

    let mut named = program.named.clone();
    for function in &firsts {
        named.extend(program.called(*function)?);
    }
    let stubs: BTreeMap<u32, u32> = rests.iter().copied().filter(|index| named.contains(index)).zip(0_u32..).collect();
    let kept: Vec<u32> =
        program.defined().filter(|index| firsts.contains(index) || stubs.contains_key(index)).collect();
    let numbers: BTreeMap<u32, u32> = (0..program.imported).chain(kept.iter().copied()).zip(0_u32..).collect();

    let mut wanted = BTreeSet::new();
    for function in &rests {
        wanted.extend(program.called(*function)?.into_iter().filter(|index| rests.binary_search(index).is_err()));
    }
    let shared = shared(&program, &wanted);
    let rest = rest(&program, &rests, &stubs, &shared)?;
    let hash = hex(&Sha256::digest(&rest)[..8]);

    let mut first = First {
        program: &program,
        numbers: &numbers,
        stubs: &stubs,
        kept: &kept,
        shared: &shared,
        loader,
        hash: &hash,
    };
    let mut module = Module::new();
    first.parse_core_module(&mut module, Parser::new(0), wasm).map_err(in_words)?;
    let parts = Parts { first: module.finish(), rest, hash };
    for part in [&parts.first, &parts.rest] {
        Validator::new_with_features(WasmFeatures::default()).validate_all(part).context("a part is not valid")?;
    }
    Ok(parts)
}

/// The functions that call one.
fn calling(program: &Program<'_>, callee: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for function in program.defined() {
        if program.called(function)?.contains(&callee) {
            found.push(function);
        }
    }
    Ok(found)
}

/// What the rest imports of the first part: memory, tables, globals, and the functions that it calls.
fn shared(program: &Program<'_>, wanted: &BTreeSet<u32>) -> Vec<(String, ExportKind, u32)> {
    let mut names = (0_u32..).map(|count| format!("${}", in_digits(count)));
    let mut shared = Vec::new();
    let mut share = |kind: ExportKind, index: u32| {
        let name = names.by_ref().find(|name| !program.exports.contains(&name.as_str()));
        shared.push((name.unwrap_or_default(), kind, index));
    };
    share(ExportKind::Memory, 0);
    // The last is the stubs' own.
    (0..=program.tables.len() as u32).for_each(|index| share(ExportKind::Table, index));
    (0..program.globals.len() as u32).for_each(|index| share(ExportKind::Global, index));
    wanted.iter().for_each(|index| share(ExportKind::Func, *index));
    shared
}

/// A number in digits and letters.
fn in_digits(number: u32) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    let mut left = number as usize;
    loop {
        digits.push(char::from(DIGITS[left % 36]));
        left /= 36;
        if left == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// Writes the rest.
fn rest(
    program: &Program<'_>,
    rests: &[u32],
    stubs: &BTreeMap<u32, u32>,
    shared: &[(String, ExportKind, u32)],
) -> Result<Vec<u8>> {
    let mut numbers = BTreeMap::new();
    let mut imports = ImportSection::new();
    let mut same = reencode::RoundtripReencoder;
    for (name, kind, index) in shared {
        let place = *index as usize;
        let entity = match kind {
            ExportKind::Memory => EntityType::Memory(same.memory_type(program.memories[place]).map_err(in_words)?),
            ExportKind::Table if place < program.tables.len() => {
                EntityType::Table(same.table_type(program.tables[place]).map_err(in_words)?)
            }
            ExportKind::Table => EntityType::Table(of_functions(stubs.len() as u64)),
            ExportKind::Global => EntityType::Global(same.global_type(program.globals[place]).map_err(in_words)?),
            _ => {
                numbers.insert(*index, numbers.len() as u32);
                EntityType::Function(program.functions[place])
            }
        };
        imports.import(FIRST, name, entity);
    }
    let imported = numbers.len() as u32;
    numbers.extend(rests.iter().copied().zip(imported..));
    let mut renumbered = Renumbered { functions: &numbers };

    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut declared = BTreeSet::new();
    for function in rests {
        functions.function(program.functions[*function as usize]);
        let body = program.body(*function).context("a function has no body")?;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            if let Operator::RefFunc { function_index } = operators.read()? {
                declared.insert(function_index);
            }
        }
        renumbered.parse_function_body(&mut code, body.clone()).map_err(in_words)?;
    }

    // The stubs' table, and in the program's own tables the functions themselves, so that calls by number take no detour.
    let mut elements = ElementSection::new();
    let stubbed: Vec<u32> = stubs.keys().map(|function| numbers[function]).collect();
    elements.active(
        Some(program.tables.len() as u32),
        &ConstExpr::i32_const(0),
        Elements::Functions(Cow::Owned(stubbed)),
    );
    for (table, place, entries) in &program.entries {
        let mut at = 0;
        for run in entries.chunk_by(|one, next| stubs.contains_key(one) == stubs.contains_key(next)) {
            if stubs.contains_key(&run[0]) {
                let own: Vec<u32> = run.iter().map(|function| numbers[function]).collect();
                let offset = ConstExpr::i32_const(place + at);
                elements.active(Some(*table), &offset, Elements::Functions(Cow::Owned(own)));
            }
            at += i32::try_from(run.len())?;
        }
    }
    if !declared.is_empty() {
        let own: Vec<u32> = declared.iter().map(|function| numbers[function]).collect();
        elements.declared(Elements::Functions(Cow::Owned(own)));
    }

    let mut module = Module::new();
    let types = RawSection { id: encoder::SectionId::Type.into(), data: program.type_section };
    module.section(&types).section(&imports).section(&functions).section(&elements).section(&code);
    Ok(module.finish())
}

/// What re-encoding says. Its errors are no more than their words here.
fn in_words<E: std::fmt::Display>(error: reencode::Error<E>) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

#[cfg(test)]
mod tests;
