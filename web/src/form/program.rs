//! The text of a program and of its ABI: hex or assembly to bytes, JSON or lines to an interface. Files of compilers are
//! taken apart elsewhere; what they hold comes here as hex.

use lanevm_core::{
    Fork,
    abi::Abi,
    assembly::{self, Problem, assemble},
    hexadecimal,
};
use serde_json::Value;

use crate::words::form as words;

/// Most problems that one message lists.
const LISTED: usize = 3;

/// What a program's text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Hex digits.
    Hex(Vec<u8>),
    /// Assembly, with what is doubtful in it.
    Assembly(Vec<u8>, Vec<Problem>),
}

impl Source {
    /// The code.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Hex(bytes) | Self::Assembly(bytes, _) => bytes,
        }
    }
}

/// Why a program's text is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoCode {
    /// A reason for the whole, in words.
    Text(String),
    /// Assembly with problems, each with its place.
    Assembly(Vec<Problem>),
}

impl NoCode {
    /// In words.
    pub fn message(&self) -> String {
        match self {
            Self::Text(message) => message.clone(),
            Self::Assembly(problems) => {
                let errors = || problems.iter().filter(|problem| problem.severity() == assembly::Severity::Error);
                let shown: Vec<String> = errors()
                    .take(LISTED)
                    .map(|problem| words::problem_at(problem.line, problem.columns.start, &problem.kind))
                    .collect();
                let more = errors().count().saturating_sub(LISTED);
                let more = if more > 0 { words::and_more(more) } else { String::new() };
                format!("{}.{more}", shown.join(". "))
            }
        }
    }
}

/// Whether a text is a file of JSON, which is taken apart before it is code.
pub fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
}

/// Reads a program's text.
///
/// # Errors
/// It is neither hex nor assembly without errors.
pub fn read(text: &str, fork: Fork) -> Result<Source, NoCode> {
    if is_json(text) {
        return Err(NoCode::Text(words::FILE_NOT_TAKEN.into()));
    }
    if assembly::looks_like_assembly(text) {
        return match assemble(text, fork) {
            Ok(made) => Ok(Source::Assembly(made.code, made.warnings)),
            Err(problems) => Err(NoCode::Assembly(problems)),
        };
    }
    hexadecimal::parse(text).map(Source::Hex).map_err(|error| NoCode::Text(error.to_string()))
}

/// The ABI of a text, and as a document has it.
///
/// # Errors
/// In words.
pub fn read_abi(text: &str) -> Result<Option<(Value, Abi)>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let abi = Abi::parse(text).map_err(|error| error.to_string())?;
    let json = if is_json(text) {
        let value: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
        match value {
            Value::Object(mut fields) => fields.remove("abi").unwrap_or_default(),
            list => list,
        }
    } else {
        // Structs may stand on several lines: as one text they stay together.
        Value::Array(vec![Value::String(text.to_owned())])
    };
    Ok(Some((json, abi)))
}

/// A document's ABI as text.
pub(super) fn abi_text(abi: &Value) -> String {
    let lines = abi.as_array().map(|items| items.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    match lines {
        Some(Some(lines)) if !lines.is_empty() => lines.join("\n"),
        _ => serde_json::to_string_pretty(abi).unwrap_or_default(),
    }
}

/// The constructor's arguments, encoded. `typed` are words as people type them, and JSON for all else.
///
/// # Errors
/// Which argument is wrong, counted from 0, and why.
pub fn constructor_arguments(abi: &Abi, typed: &[String]) -> Result<Vec<u8>, (usize, String)> {
    let inputs = abi.constructor.as_ref().map_or(&[][..], |constructor| constructor.inputs.fields());
    let mut values = Vec::with_capacity(inputs.len());
    for (index, (param, text)) in inputs.iter().zip(typed).enumerate() {
        let value = if param.ty.is_word() {
            super::argument::word(&param.ty, text)
        } else {
            serde_json::from_str(text).map_err(words::no_json)
        };
        values.push(value.map_err(|why| (index, why))?);
    }
    abi.encode_constructor(&values).map_err(|error| {
        let index = error.path.split(['[', ']']).nth(1).and_then(|index| index.parse().ok()).unwrap_or(0);
        (index, error.to_string())
    })
}

/// What stands in the field of a constructor's argument before anything is typed.
pub fn first_value(ty: &lanevm_core::abi::Type) -> String {
    if ty.is_word() { super::argument::blank(ty).fixed } else { super::argument::empty(ty) }
}
