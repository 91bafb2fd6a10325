//! Call data of a step by function and arguments. Words that vary stay generators, so that a device can make them; what
//! varies otherwise is encoded here, lane by lane. What arguments mean is [`crate::abi`]'s.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use alloy_primitives::U256;
use serde_json::Value as Json;

use super::Lowering;
use crate::{
    abi::{Abi, AbiError, Bounds, CallPattern, Cause, Function, Place, Problem, Type, Value, Whole},
    call_data::{CallData, Part, Pattern},
    columns::ByteColumn,
    document::{
        AbiCall, DocumentError, Step, Variation, Vary,
        error::{quoted, segment, shown},
        object::{Object, Read, array, name},
    },
    template::{Distribution, Generator, Source},
};

/// Most bytes of call data of all lanes of a step whose arguments vary in ways that no device makes: texts, bytes, arrays.
pub const MAX_ENCODED: usize = 1 << 28;

/// The number that signed numbers are moved by, so that they order as unsigned ones do.
const BIAS: U256 = U256::from_limbs([0, 0, 0, 1 << 63]);

/// The column of a step's call data.
pub(super) fn lower(
    lowering: &Lowering<'_>,
    step: &Step,
    call: &AbiCall,
    path: &str,
) -> Result<CallData, DocumentError> {
    let function = function(lowering, step, call, path)?;
    let refused = |error: AbiError| refused(error, path);
    let pattern = function.pattern(&call.args).map_err(refused)?;
    let sources = pattern.places.iter().map(|place| source(lowering, place, path)).collect::<Result<Vec<_>, _>>()?;
    if pattern.whole.is_empty() {
        let parts = pattern.places.iter().zip(sources).map(|(place, source)| Part {
            offset: place.offset as u32,
            width: place.width as u8,
            source,
        });
        return Ok(CallData::of_pattern(Pattern::new(pattern.data, parts.collect()), lowering.lanes));
    }
    let wholes = pattern.whole.iter().map(|whole| choice(lowering, whole, path)).collect::<Result<Vec<_>, _>>()?;
    each(lowering, &function, call, &pattern, &sources, &wholes, path)
}

/// The data of each lane, encoded.
fn each(
    lowering: &Lowering<'_>,
    function: &Function,
    call: &AbiCall,
    pattern: &CallPattern,
    sources: &[Source],
    wholes: &[Choice],
    path: &str,
) -> Result<CallData, DocumentError> {
    let mut column = ByteColumn::default();
    let mut bytes = 0usize;
    for lane in 0..lowering.lanes as u32 {
        let mut words: VecDeque<(&Place, &Source)> = pattern.places.iter().zip(sources).collect();
        let mut wholes = wholes.iter();
        let data = function.encode_filled(&call.args, |hole| {
            // Holes come in the order in which the pattern had them.
            let word = if Bounds::of(hole.ty).is_some() { words.pop_front() } else { None };
            let value = match word {
                Some((place, source)) => Value::from_number(&place.ty, source.value(lane)),
                None => wholes.next().map(|choice| choice.value(lane)),
            };
            value.ok_or_else(|| AbiError { path: String::new(), cause: Cause::Mismatch(hole.ty.to_string()) })
        });
        let data = data.map_err(|error| refused(error, path))?;
        bytes += data.len();
        if bytes > MAX_ENCODED {
            let expected =
                format!("at most {MAX_ENCODED} bytes: fewer lanes, or texts, bytes and arrays that do not vary");
            return Err(DocumentError::at(
                format!("{path}.args"),
                format!("more than {MAX_ENCODED} bytes of call data in all lanes"),
                expected,
            ));
        }
        column.push(&data);
    }
    Ok(column.into())
}

/// The function that a step calls.
fn function(lowering: &Lowering<'_>, step: &Step, call: &AbiCall, path: &str) -> Result<Function, DocumentError> {
    let programs = &lowering.document.programs;
    let of = |name: &str| programs.get(name).and_then(|entry| entry.abi.as_ref().map(|abi| (abi, abi_path(name))));
    let given = match &call.abi {
        Some(Json::String(name)) => match (of(name), programs.contains_key(name)) {
            (Some(found), _) => Some(found),
            (None, true) => {
                return Err(DocumentError::at(format!("{path}.abi"), quoted(name), "a program that has an abi"));
            }
            (None, false) => {
                return Err(DocumentError::at(format!("{path}.abi"), quoted(name), "the name of a program, or an ABI"));
            }
        },
        Some(abi) => Some((abi, format!("{path}.abi"))),
        None => step.program.as_deref().and_then(of),
    };
    let at = format!("{path}.function");
    let Some((abi, abi_path)) = given else {
        // A signature says enough to encode arguments.
        let mut abi = Abi::parse(&call.function)
            .map_err(|error| DocumentError::at(&at, format!("{}: {error}", quoted(&call.function)), SIGNATURE))?;
        let one = if abi.functions.len() == 1 { abi.functions.pop() } else { None };
        return one.ok_or_else(|| DocumentError::at(&at, quoted(&call.function), SIGNATURE));
    };
    let abi = Abi::from_json(abi).map_err(|error| {
        let place = error.place.strip_prefix("abi").unwrap_or(&error.place);
        match error.problem {
            Problem::Found { found, expected } => DocumentError::at(format!("{abi_path}{place}"), found, expected),
            problem => DocumentError::at(format!("{abi_path}{place}"), problem, "a contract's ABI"),
        }
    })?;
    let found = abi.function(&call.function).cloned();
    found.map_err(|error| DocumentError::at(at, error, "the name or signature of a function of the ABI"))
}

const SIGNATURE: &str = "a signature such as f(uint256) where there is no ABI";

fn abi_path(name: &str) -> String {
    let name = segment(name);
    let dot = if name.starts_with('[') { "" } else { "." };
    format!("programs{dot}{name}.abi")
}

/// What is wrong with an argument, as the document says such things.
fn refused(error: AbiError, path: &str) -> DocumentError {
    let (found, mut expected) = apart(&error.cause);
    if matches!(error.cause, Cause::Kind { .. }) {
        expected.push_str(", or what generates it");
    }
    let dot = if error.path.is_empty() || error.path.starts_with('[') { "" } else { "." };
    DocumentError::at(format!("{path}{dot}{}", error.path), found, expected)
}

/// What was found, and what is expected.
fn apart(cause: &Cause) -> (String, String) {
    match cause {
        Cause::Count { found, expected } => (format!("{found} values"), expected.to_string()),
        Cause::Kind { found, ty, expected } => (found.clone(), format!("{ty}: {expected}")),
        Cause::Range { value, ty, min, max } => (value.clone(), format!("{ty}: {min} to {max}")),
        Cause::Hex(error) => (error.to_string(), "hex of the type's length".into()),
        Cause::Checksum(text) => {
            (format!("{text} with a wrong checksum"), "the checksum of EIP-55, or lower case".into())
        }
        Cause::NoField { field, known } => (format!("the field {}", quoted(field)), known.clone()),
        Cause::Missing(field) => (format!("no field {}", quoted(field)), "every field of the tuple".into()),
        other => (other.to_string(), "arguments within the bounds of ABI coding".into()),
    }
}

/// An error of a generator at a place of the arguments.
fn below(error: DocumentError, path: &str) -> DocumentError {
    let dot = if error.path.is_empty() || error.path.starts_with('[') { "" } else { "." };
    DocumentError { path: format!("{path}{dot}{}", error.path), ..error }
}

/// Reads a number of a type.
fn number(ty: &Type, json: &Json) -> Read<U256> {
    ty.number(json).map_err(|cause| {
        let (found, expected) = apart(&cause);
        DocumentError::here(found, expected)
    })
}

/// The values of a word that varies: numbers of its type, signed ones in two's complement.
fn source(lowering: &Lowering<'_>, place: &Place, path: &str) -> Result<Source, DocumentError> {
    let Place { ty, bounds, json, .. } = place;
    let path = format!("{path}.{}", place.path);
    let plain = || Vary::<U256>::read_with(json, &|json| number(ty, json)).map_err(|error| below(error, &path));
    if !bounds.signed {
        return lowering.source(&path, &plain()?, bounds.max);
    }
    // Columns hold words as they are, and random lengths are of numbers that have one.
    if json.get("column").is_some() {
        let vary = plain()?;
        columns(lowering, &vary, place, &path)?;
        return lowering.source(&path, &vary, U256::MAX);
    }
    ordered(json, ty, bounds).map_err(|error| below(error, &path))?;
    let biased = |json: &Json| number(ty, json).map(|number| number.wrapping_add(BIAS));
    let vary = Vary::<U256>::read_with(json, &biased).map_err(|error| below(error, &path))?;
    let vary = match vary {
        Vary::Varies { how: Variation::Random { dist: Distribution::LogUniform, min, max }, axis } => {
            let [min, max] = [min.unwrap_or(BIAS), max.unwrap_or(bounds.max.wrapping_add(BIAS))];
            if min < BIAS || max < min {
                let expected = "no negative number where lengths are random";
                return Err(DocumentError::at(format!("{path}.random.min"), shown(json), expected));
            }
            let [min, max] = [min, max].map(|bound| Some(bound.wrapping_sub(BIAS)));
            let how = Variation::Random { dist: Distribution::LogUniform, min, max };
            return lowering.source(&path, &Vary::Varies { how, axis }, bounds.max);
        }
        Vary::Varies { how: Variation::Random { dist, min, max }, axis } => {
            let min = Some(min.unwrap_or_else(|| bounds.min.wrapping_add(BIAS)));
            let max = Some(max.unwrap_or_else(|| bounds.max.wrapping_add(BIAS)));
            Vary::Varies { how: Variation::Random { dist, min, max }, axis }
        }
        other => other,
    };
    let source = lowering.source(&path, &vary, U256::MAX)?;
    // Only random lengths do not move, and those were settled above.
    source.less(BIAS).ok_or_else(|| DocumentError::at(&path, shown(json), "a generator of signed numbers"))
}

/// Checks that the bounds of random numbers are in order, in words of the numbers themselves.
fn ordered(json: &Json, ty: &Type, bounds: &Bounds) -> Read<()> {
    let Some(random) = json.get("random") else { return Ok(()) };
    let bound = |key: &str| random.get(key).and_then(|json| ty.number(json).ok());
    let [min, max] = [bound("min").unwrap_or(bounds.min), bound("max").unwrap_or(bounds.max)];
    if min.wrapping_add(BIAS) <= max.wrapping_add(BIAS) {
        return Ok(());
    }
    let expected = format!("at most max, which is {}", bounds.show(max));
    Err(DocumentError::here(bounds.show(min), expected).within("min").within("random"))
}

/// Checks the values of a column for a signed type.
fn columns(lowering: &Lowering<'_>, vary: &Vary<U256>, place: &Place, path: &str) -> Result<(), DocumentError> {
    let Vary::Varies { how: Variation::Column(name), .. } = vary else { return Ok(()) };
    let values = lowering.document.columns.get(name).map(Vec::as_slice).unwrap_or_default();
    let Some(row) = values.iter().position(|value| !place.bounds.holds(*value)) else { return Ok(()) };
    let (min, max) = (place.bounds.show(place.bounds.min), place.bounds.show(place.bounds.max));
    let expected = format!("{}: {min} to {max} in two's complement, as {path} takes it", place.ty);
    let name = segment(name);
    let dot = if name.starts_with('[') { "" } else { "." };
    Err(DocumentError::at(format!("columns{dot}{name}[{row}]"), values[row], expected))
}

/// Values of which each lane has one.
struct Choice {
    values: Vec<Value>,
    which: Source,
}

impl Choice {
    fn value(&self, lane: u32) -> Value {
        self.values[self.which.value(lane).to::<usize>()].clone()
    }
}

/// What a value that is no word is in each lane: one of a list, in turn, along an axis or at random.
fn choice(lowering: &Lowering<'_>, whole: &Whole, path: &str) -> Result<Choice, DocumentError> {
    let path = format!("{path}.{}", whole.path);
    let (values, axis, random) = choices(whole).map_err(|error| below(error, &path))?;
    let generator = if random {
        Generator::uniform(U256::ZERO, U256::from(values.len() - 1))
    } else {
        Generator::List((0..values.len()).map(U256::from).collect())
    };
    let generator = match axis {
        Some(axis) => generator.along(axis),
        None => generator,
    };
    Ok(Choice { values, which: lowering.made(&path, &generator)? })
}

/// The values, the axis, and whether they are picked at random.
fn choices(whole: &Whole) -> Read<(Vec<Value>, Option<String>, bool)> {
    let value = |json: &Json| {
        whole.ty.read(json).map_err(|error| {
            let (found, expected) = apart(&error.cause);
            DocumentError::at(error.path, found, expected)
        })
    };
    let list = |json: &Json| match array(json, "values", crate::abi::MAX_VALUES, value)? {
        list if list.is_empty() => Err(DocumentError::here("an array of 0", "at least one value")),
        list => Ok(list),
    };
    let kinds = format!("list, random.from or fixed, which are what makes a value of type {}", whole.ty);
    let mut object = Object::of(&whole.json, "a generator")?;
    let fixed = object.optional("fixed", value)?;
    let given = object.optional("list", list)?;
    let picked = object.optional("random", |json| {
        let mut random = Object::of(json, "random values")?;
        let values = random.required("from", list)?;
        random.done().map(|()| values)
    })?;
    let axis = object.optional("axis", name)?;
    match (fixed, given, picked) {
        (Some(value), None, None) => object.done().map(|()| (vec![value], None, false)),
        (None, Some(values), None) => object.done().map(|()| (values, axis, false)),
        (None, None, Some(values)) => object.done().map(|()| (values, axis, true)),
        _ => Err(DocumentError::here(shown(&whole.json), kinds)),
    }
}
