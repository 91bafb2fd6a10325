//! Programs in whatever people paste: which format it is, and what it holds. Artifacts of compilers are `artifact`'s.

use std::collections::BTreeMap;

use lanevm_shaders::Fork;
use serde::{Deserialize, Serialize};

use super::{
    MAX_TEXT, artifact,
    code::{Code, CodeError, Place},
    error::{ReadError, ReadErrorKind},
    json::{self, Json},
};
use crate::assembly::{assemble, looks_like_assembly};

/// A format of programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProgramFormat {
    /// Hex text.
    Hex,
    /// Assembly text (`docs/assembly.md`).
    Assembly,
    /// An artifact of Foundry.
    Foundry,
    /// An artifact of Hardhat or Truffle.
    Hardhat,
    /// A build-info file of Hardhat or Foundry: input and output of the compiler.
    BuildInfo,
    /// The Solidity compiler's standard JSON output.
    StandardJson,
    /// The Solidity compiler's `--combined-json` output.
    CombinedJson,
    /// An ABI alone.
    Abi,
}

impl ProgramFormat {
    /// The format's name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Assembly => "EVM assembly",
            Self::Foundry => "a Foundry artifact",
            Self::Hardhat => "a Hardhat artifact",
            Self::BuildInfo => "a build-info file",
            Self::StandardJson => "solc's standard JSON output",
            Self::CombinedJson => "solc's combined JSON output",
            Self::Abi => "an ABI",
        }
    }
}

/// Whether a contract has a constructor that takes arguments or does more than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Constructor {
    /// The ABI says so.
    Present {
        /// How many arguments it takes.
        arguments: usize,
    },
    /// The ABI has none: the contract is created without arguments.
    Absent,
    /// There is no ABI.
    Unknown,
}

/// A program that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundProgram {
    /// Its name: the contract's, or the file's.
    pub name: String,
    /// The source file it was compiled from.
    pub source: Option<String>,
    /// Code that creates it.
    pub creation: Option<Code>,
    /// Code that runs once it is created. Bare hex and assembly are taken for this.
    pub runtime: Option<Code>,
    /// Its ABI, as JSON.
    pub abi: Option<String>,
    /// Where in the runtime code the constructor puts immutables, by the compiler's number for each.
    pub immutables: BTreeMap<String, Vec<Place>>,
    /// Whether it has a constructor.
    pub constructor: Constructor,
}

impl FoundProgram {
    /// A program of runtime code alone.
    fn bare(name: &str, code: Code) -> Self {
        Self {
            name: name.to_owned(),
            source: None,
            creation: None,
            runtime: Some(code),
            abi: None,
            immutables: BTreeMap::new(),
            constructor: Constructor::Unknown,
        }
    }

    /// Whether the runtime code as it stands is not what runs: it lacks immutables, so the creation code must be run.
    pub fn needs_deployment(&self) -> bool {
        !self.immutables.is_empty()
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The format.
    pub format: ProgramFormat,
    /// The programs, in the order of the file. Interfaces and abstract contracts, which have no code, are left out where
    /// others have some.
    pub programs: Vec<FoundProgram>,
}

/// Finds the programs of a text. `name` is the file's, or what a program without a name shall be called.
///
/// # Errors
/// Says what is wrong and where, or what is read here.
pub fn read_program(name: &str, text: &str) -> Result<Found, ReadError> {
    if text.len() > MAX_TEXT {
        return Err(ReadError::whole(ReadErrorKind::TooLong { bytes: text.len() }));
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ReadError::whole(ReadErrorKind::Empty));
    }
    let name = stem(name);
    if text.starts_with(['{', '[']) {
        return artifact::read(name, &json::parse(text)?);
    }
    let found = |format, code| Found { format, programs: vec![FoundProgram::bare(name, code)] };
    // `ADD` is hex digits too, and so is `db`: words of assembly are assembly.
    if looks_like_assembly(text) && !text.starts_with("__") {
        let assembled =
            assemble(text, Fork::LATEST).map_err(|problems| ReadError::whole(ReadErrorKind::Assembly(problems)))?;
        return Ok(found(ProgramFormat::Assembly, Code::new(assembled.code)));
    }
    if looks_like_hex(text) {
        let code = Code::parse(text).map_err(|error| ReadError::whole(ReadErrorKind::Code(error)))?;
        return Ok(found(ProgramFormat::Hex, code));
    }
    let solidity = ["pragma solidity", "contract ", "SPDX-License-Identifier", "interface ", "library "];
    if solidity.iter().any(|word| text.contains(word)) {
        let instead = "compile it, and drop the artifact";
        return Err(ReadError::whole(ReadErrorKind::Elsewhere { found: "Solidity source", instead }));
    }
    let what = "hex, EVM assembly, a Foundry or Hardhat artifact, build-info, solc's JSON output, or an ABI";
    Err(ReadError::whole(ReadErrorKind::Unknown(what.into())))
}

/// Whether most of the beginning is hex digits, so that a message about the others is of use.
fn looks_like_hex(text: &str) -> bool {
    let start: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).take(64).collect();
    let prefixed = matches!(start.as_slice(), ['0', 'x' | 'X', ..]);
    let others = start.iter().filter(|c| !c.is_ascii_hexdigit() && !matches!(c, '_' | '$')).count();
    prefixed || others * 8 <= start.len()
}

/// A file's name without folders and its last ending.
fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

/// Code of a member's text; none for an empty one.
pub(super) fn code(at: json::At<'_>) -> Result<Option<Code>, ReadError> {
    let text = match at.json {
        Json::Null => return Ok(None),
        _ => at.text()?,
    };
    let code = Code::parse(text).map_err(|error: CodeError| at.error(ReadErrorKind::Code(error)))?;
    Ok(Some(code).filter(|code| !code.is_empty()))
}
