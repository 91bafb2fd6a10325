//! EVM assembly: text to code ([`assemble`]) and code to rows, blocks and text ([`Disassembly`]). `docs/assembly.md` is the
//! language. It runs nothing, and it judges no code: any bytes can be disassembled, and assembled again from their text.

mod blocks;
mod disassembly;
mod error;
mod layout;
mod lexer;
mod names;
mod parser;
mod text;

use lanevm_shaders::Fork;

pub use self::{
    blocks::{Block, End},
    disassembly::{Disassembly, Reach, Row},
    error::{MAX_PROBLEMS, Problem, ProblemKind, Severity},
    names::mnemonic,
};

/// Longest text that is assembled, in bytes.
pub const MAX_TEXT: usize = 16 * 1024 * 1024;

/// What a text was assembled to. There is code only where no problem is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembled {
    /// The code.
    pub code: Vec<u8>,
    /// Where each instruction and each piece of data begins, in the order of the code.
    pub places: Vec<Place>,
    /// Labels with the offset they stand at, in the order of the text.
    pub labels: Vec<(String, u32)>,
    /// What is doubtful, in the order of the text; none of it is an error.
    pub warnings: Vec<Problem>,
}

/// Where something of the text came to stand in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset of its first byte.
    pub pc: u32,
    /// Line of the text, from 1.
    pub line: u32,
}

impl Assembled {
    /// The line that the byte at `pc` comes from; `None` past the end.
    pub fn line_of(&self, pc: u32) -> Option<u32> {
        if pc as usize >= self.code.len() {
            return None;
        }
        let after = self.places.partition_point(|place| place.pc <= pc);
        after.checked_sub(1).map(|index| self.places[index].line)
    }

    /// Where the code of a line begins; `None` for a line without code.
    pub fn pc_of(&self, line: u32) -> Option<u32> {
        // Code stands in the order of the text, so lines never go down.
        let first = self.places.partition_point(|place| place.line < line);
        self.places.get(first).filter(|place| place.line == line).map(|place| place.pc)
    }
}

/// Assembles a text. The fork decides how zero is pushed (PUSH0 exists from Shanghai on, EIP-3855) and which instructions
/// are warned of; it forbids none.
///
/// # Errors
/// All problems of the text, in its order, warnings among them, at most [`MAX_PROBLEMS`]; at least one is an error.
pub fn assemble(text: &str, fork: Fork) -> Result<Assembled, Vec<Problem>> {
    let mut problems = error::Problems::default();
    if text.len() > MAX_TEXT {
        problems.add(1, 1..2, ProblemKind::TextTooLong { bytes: text.len() });
        return Err(problems.finish());
    }
    let program = parser::parse(text, fork, &mut problems);
    let assembled = layout::lay_out(&program, &mut problems);
    let problems = problems.finish();
    if problems.iter().any(|problem| problem.severity() == Severity::Error) {
        return Err(problems);
    }
    Ok(Assembled { warnings: problems, ..assembled })
}

/// Whether a text looks like assembly: its first word that is not a comment is a mnemonic, a label or a directive.
pub fn looks_like_assembly(text: &str) -> bool {
    lexer::first_word(text).is_some_and(|word| {
        word.ends_with(':') || parser::is_directive(&word) || names::byte_of(&word).is_some() || names::is_push(&word)
    })
}
