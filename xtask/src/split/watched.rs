//! A program that notes which of its functions are called.

use std::convert::Infallible;

use anyhow::Result;
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, Instruction, Module,
    reencode::{self, Reencode, utils},
};
use wasmparser::{FunctionBody, Parser};

use super::{FLAG, in_words, program::Program};

/// How the names of exports begin that say whether a function was called: behind it stands its number. They are globals, 1 from
/// the first call on.
const CALLED: &str = "called:";

/// The program while it is written.
struct Watched {
    imported: u32,
    functions: u32,
    globals: u32,
    written: u32,
}

impl Reencode for Watched {
    type Error = Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        utils::parse_global_section(self, globals, section)?;
        for _ in 0..self.functions {
            globals.global(FLAG, &ConstExpr::i32_const(0));
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        utils::parse_export_section(self, exports, section)?;
        for at in 0..self.functions {
            exports.export(&format!("{CALLED}{}", self.imported + at), ExportKind::Global, self.globals + at);
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        function
            .instruction(&Instruction::I32Const(1))
            .instruction(&Instruction::GlobalSet(self.globals + self.written));
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            function.instruction(&self.parse_instruction(&mut operators)?);
        }
        code.function(&function);
        self.written += 1;
        Ok(())
    }
}

/// Makes a program that notes which of its functions are called.
///
/// # Errors
/// The program is not one that `rustc` and `wasm-bindgen` make.
pub(crate) fn watched(wasm: &[u8]) -> Result<Vec<u8>> {
    let program = Program::read(wasm)?;
    let (functions, globals) = (u32::try_from(program.bodies.len())?, u32::try_from(program.globals.len())?);
    let mut watched = Watched { imported: program.imported, functions, globals, written: 0 };
    let mut module = Module::new();
    watched.parse_core_module(&mut module, Parser::new(0), wasm).map_err(in_words)?;
    Ok(module.finish())
}
