//! What is read of a program before it is written anew: its sections, who calls whom, and names. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use wasmparser::{ElementItems, ElementKind, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};

/// What is read of a program before anything is written.
pub(super) struct Program<'a> {
    /// The section of types, as it stands.
    pub(super) type_section: &'a [u8],
    /// How many parameters a function has, by its type.
    pub(super) parameters: Vec<u32>,
    pub(super) imports: Vec<wasmparser::Import<'a>>,
    /// The type of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    pub(super) imported: u32,
    pub(super) tables: Vec<wasmparser::TableType>,
    pub(super) memories: Vec<wasmparser::MemoryType>,
    pub(super) globals: Vec<wasmparser::GlobalType>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// Functions that are named by exports, the start, elements of tables and initial values.
    pub(super) named: BTreeSet<u32>,
    /// Entries of tables that stand at fixed places: table, place, functions.
    pub(super) entries: Vec<(u32, i32, Vec<u32>)>,
    pub(super) names: BTreeMap<u32, &'a str>,
    pub(super) exports: Vec<&'a str>,
}

impl<'a> Program<'a> {
    pub(super) fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut program = Self {
            type_section: &[],
            parameters: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            imported: 0,
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            bodies: Vec::new(),
            named: BTreeSet::new(),
            entries: Vec::new(),
            names: BTreeMap::new(),
            exports: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let Payload::TypeSection(section) = &payload {
                program.type_section = wasm.get(section.range()).unwrap_or_default();
            }
            program.section(payload)?;
        }
        Ok(program)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for kind in group?.into_types() {
                        let wasmparser::CompositeInnerType::Func(function) = &kind.composite_type.inner else {
                            bail!("a type that is no function's");
                        };
                        self.parameters.push(u32::try_from(function.params().len())?);
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let TypeRef::Func(kind) = import.ty else {
                        bail!("an import that is no function: {}", import.name)
                    };
                    self.functions.push(kind);
                    self.imports.push(import);
                }
                self.imported = u32::try_from(self.imports.len())?;
            }
            Payload::FunctionSection(section) => {
                for kind in section {
                    self.functions.push(kind?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    self.globals.push(global.ty);
                    self.named.extend(functions_of(global.init_expr.get_operators_reader())?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports.push(export.name);
                    if export.kind == ExternalKind::Func {
                        self.named.insert(export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => {
                self.named.insert(func);
            }
            Payload::ElementSection(section) => {
                for element in section {
                    self.element(element?)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::TagSection(_) => bail!("exceptions are not known here"),
            Payload::CustomSection(section) => {
                if let wasmparser::KnownCustom::Name(names) = section.as_known() {
                    for part in names {
                        if let wasmparser::Name::Function(map) = part? {
                            for naming in map {
                                let naming = naming?;
                                self.names.insert(naming.index, naming.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn element(&mut self, element: wasmparser::Element<'a>) -> Result<()> {
        let mut functions = Vec::new();
        match element.items {
            ElementItems::Functions(section) => {
                for function in section {
                    functions.push(function?);
                }
            }
            ElementItems::Expressions(_, section) => {
                for expression in section {
                    let found = functions_of(expression?.get_operators_reader())?;
                    ensure!(found.len() == 1, "an element of a table is not one function");
                    functions.extend(found);
                }
            }
        }
        self.named.extend(&functions);
        if let ElementKind::Active { table_index, offset_expr } = element.kind
            && let Operator::I32Const { value } = offset_expr.get_operators_reader().read()?
        {
            self.entries.push((table_index.unwrap_or(0), value, functions));
        }
        Ok(())
    }

    pub(super) fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get(function.checked_sub(self.imported)? as usize)
    }

    /// The functions that a body names.
    pub(super) fn called(&self, function: u32) -> Result<Vec<u32>> {
        self.body(function).map_or_else(|| Ok(Vec::new()), |body| functions_of(body.get_operators_reader()?))
    }

    pub(super) fn defined(&self) -> std::ops::Range<u32> {
        self.imported..self.imported + self.bodies.len() as u32
    }

    /// Which of the program's own functions belong to the first part. Those without a name do.
    pub(super) fn firsts(&self, is_first: impl Fn(&str) -> bool) -> BTreeSet<u32> {
        self.defined().filter(|index| self.names.get(index).is_none_or(|name| is_first(&plain(name)))).collect()
    }
}

fn functions_of(mut operators: wasmparser::OperatorsReader<'_>) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    while !operators.eof() {
        match operators.read()? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => found.push(function_index),
            _ => {}
        }
    }
    Ok(found)
}

/// A function's name without what a compiler and a place on a disk put into it: hashes of crates, `core[1f2e…]::fmt`, and what
/// stands behind `.llvm.`.
pub(super) fn plain(name: &str) -> String {
    let name = name.find(".llvm.").map_or(name, |at| &name[..at]);
    let mut plain = String::with_capacity(name.len());
    for (count, part) in name.split('[').enumerate() {
        let rest = part.split_once(']').filter(|(hash, _)| is_hash(hash)).map(|(_, rest)| rest);
        if count > 0 && rest.is_none() {
            plain.push('[');
        }
        plain.push_str(rest.filter(|_| count > 0).unwrap_or(part));
    }
    plain
}

fn is_hash(text: &str) -> bool {
    (8..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// How a name stands in a list: eight hexadecimal digits of its hash. Names take ten times the room.
pub(crate) fn short(name: &str) -> String {
    hex(&Sha256::digest(plain(name))[..4])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The [`short`] names of a program's functions by their number.
///
/// # Errors
/// It is no program.
pub(crate) fn short_names(wasm: &[u8]) -> Result<BTreeMap<u32, String>> {
    Ok(Program::read(wasm)?.names.iter().map(|(index, name)| (*index, short(name))).collect())
}
