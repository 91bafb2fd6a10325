//! JSON ABI, as compilers write it: an array of items, an artifact with one, or an array of human-readable lines. Fields
//! that say nothing to an encoder (`internalType`, `gas`, `devdoc`) are passed over.

use alloy_primitives::hex;
use serde_json::{Map, Value as Json};

use super::{
    MAX_DEPTH, MAX_ITEMS, cut,
    error::{ParseError, Problem, TypeError},
    items::{Constructor, CustomError, Event, EventInput, Function, Item, Mutability, Unusable},
    lines,
    scan::{MAX_NAME, is_name},
    types::{Param, Type},
};

/// What was found, in words: a text is shown, of other things only what they are.
pub(super) fn found(json: &Json) -> String {
    match json {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => cut(&value.to_string()),
        Json::String(text) => format!("{:?}", cut(text)),
        Json::Array(list) => format!("an array of {}", list.len()),
        Json::Object(fields) if fields.is_empty() => "an empty object".into(),
        Json::Object(fields) => {
            let names: Vec<&str> = fields.keys().take(4).map(String::as_str).collect();
            format!("an object with {}{}", cut(&names.join(", ")), if fields.len() > 4 { ", …" } else { "" })
        }
    }
}

fn wrong(place: &str, json: Option<&Json>, expected: &'static str) -> ParseError {
    let found = json.map_or_else(|| "nothing".into(), found);
    ParseError { place: place.to_owned(), problem: Problem::Found { found, expected } }
}

/// A type that is refused, and where; or something that is no ABI at all.
enum Failure {
    Refused(String, TypeError),
    Broken(ParseError),
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self::Broken(error)
    }
}

impl Failure {
    fn refused(place: &str) -> impl Fn(TypeError) -> Self + '_ {
        move |reason| Self::Refused(place.to_owned(), reason)
    }
}

/// Reads an ABI, or the `abi` of an artifact.
pub(super) fn read(json: &Json) -> Result<Vec<Item>, ParseError> {
    let list = match json {
        Json::Array(list) => list,
        Json::Object(artifact) => match artifact.get("abi") {
            Some(Json::Array(list)) => list,
            Some(Json::String(text)) => return nested(text),
            other => return Err(wrong("abi", other, "an array of items, or an artifact with a field `abi`")),
        },
        other => return Err(wrong("abi", Some(other), "an array of items, or an artifact with a field `abi`")),
    };
    if list.len() > MAX_ITEMS {
        return Err(ParseError { place: "abi".into(), problem: Problem::TooManyItems });
    }
    if !list.is_empty() && list.iter().all(Json::is_string) {
        return human(list);
    }
    list.iter().enumerate().map(|(index, json)| item(json, &format!("abi[{index}]"))).collect()
}

/// The ABI inside a text, as some artifacts have it.
fn nested(text: &str) -> Result<Vec<Item>, ParseError> {
    match serde_json::from_str(text) {
        Ok(json @ Json::Array(_)) => read(&json),
        Ok(json) => Err(wrong("abi", Some(&json), "an array of items")),
        Err(error) => Err(ParseError { place: "abi".into(), problem: Problem::Json(error.to_string()) }),
    }
}

/// Human-readable lines in an array: structs may be named across them, so they are read as one text.
fn human(list: &[Json]) -> Result<Vec<Item>, ParseError> {
    // An element is one line of the text, so that a place's line is the element's number from 1.
    let text: Vec<String> = list.iter().filter_map(Json::as_str).map(|line| line.replace('\n', " ")).collect();
    lines::read(&text.join("\n"), "abi, ")
}

fn item(json: &Json, place: &str) -> Result<Item, ParseError> {
    const TYPES: &str = "`function`, `event`, `error`, `constructor`, `fallback` or `receive`";
    let Json::Object(fields) = json else { return Err(wrong(place, Some(json), "an object with `type` and `name`")) };
    let what = match fields.get("type") {
        // The oldest compilers left it out.
        None => "function",
        Some(Json::String(text)) => match text.as_str() {
            "function" => "function",
            "event" => "event",
            "error" => "error",
            "constructor" => "constructor",
            "fallback" | "receive" => return Ok(Item::Raw),
            _ => return Err(wrong(&format!("{place}.type"), fields.get("type"), TYPES)),
        },
        other => return Err(wrong(&format!("{place}.type"), other, TYPES)),
    };
    let name = if what == "constructor" { "" } else { name(fields, place)? };
    match usable(what, name, fields, place) {
        Ok(item) => Ok(item),
        Err(Failure::Broken(error)) => Err(error),
        Err(Failure::Refused(place, reason)) => {
            Ok(Item::Unusable(Unusable { what, name: name.to_owned(), place, reason }))
        }
    }
}

fn usable(what: &str, name: &str, fields: &Map<String, Json>, place: &str) -> Result<Item, Failure> {
    let problem = |problem| match problem {
        Problem::Type(reason) => Failure::Refused(place.to_owned(), reason),
        problem => Failure::Broken(ParseError { place: place.to_owned(), problem }),
    };
    if what == "event" {
        let at = format!("{place}.inputs");
        let list = list(fields, "inputs", &at)?;
        let params = params(list, &at, 0)?;
        let mut inputs = Vec::with_capacity(params.len());
        for ((index, json), param) in list.iter().enumerate().zip(params) {
            inputs.push(EventInput { param, indexed: flag(json, "indexed", &format!("{at}[{index}]"))? });
        }
        let anonymous = fields.get("anonymous").is_some_and(|value| value == &Json::Bool(true));
        return Event::new(name, inputs, anonymous).map(Item::Event).map_err(problem);
    }
    let inputs = parameters(fields, "inputs", place)?;
    Ok(match what {
        "error" => Item::Error(CustomError::new(name, inputs)),
        "constructor" => Item::Constructor(Constructor { inputs, mutability: mutability(fields, place)? }),
        _ => {
            let outputs = parameters(fields, "outputs", place)?;
            let function = Function::new(name, inputs, outputs, mutability(fields, place)?);
            let guessed = fields.get("guessed") == Some(&Json::Bool(true));
            let selector = if guessed { selector(fields, place)? } else { None };
            Item::Function(Function { guessed, selector: selector.unwrap_or(function.selector), ..function })
        }
    })
}

fn name<'a>(fields: &'a Map<String, Json>, place: &str) -> Result<&'a str, ParseError> {
    match fields.get("name") {
        Some(Json::String(name)) if is_name(name) => Ok(name),
        other => Err(wrong(&format!("{place}.name"), other, "a name of letters, digits, _ and $, at most 256 bytes")),
    }
}

/// The array of that name; none where it is left out, as older compilers and people do.
fn list<'a>(fields: &'a Map<String, Json>, key: &str, place: &str) -> Result<&'a [Json], ParseError> {
    match fields.get(key) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(list)) => Ok(list),
        other => Err(wrong(place, other, "an array of parameters")),
    }
}

fn flag(json: &Json, key: &str, place: &str) -> Result<bool, ParseError> {
    match json.get(key) {
        None => Ok(false),
        Some(Json::Bool(value)) => Ok(*value),
        other => Err(wrong(&format!("{place}.{key}"), other, "true or false")),
    }
}

fn parameters(fields: &Map<String, Json>, key: &str, place: &str) -> Result<Type, Failure> {
    let place = format!("{place}.{key}");
    let params = params(list(fields, key, &place)?, &place, 0)?;
    Type::parameters(params).map_err(Failure::refused(&place))
}

fn params(list: &[Json], place: &str, depth: usize) -> Result<Vec<Param>, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::Refused(place.to_owned(), TypeError::TooDeep));
    }
    let read = |(index, json): (usize, &Json)| param(json, &format!("{place}[{index}]"), depth);
    list.iter().enumerate().map(read).collect()
}

fn param(json: &Json, place: &str, depth: usize) -> Result<Param, Failure> {
    let Json::Object(fields) = json else {
        return Err(wrong(place, Some(json), "an object with `name` and `type`").into());
    };
    let name = match fields.get("name") {
        None | Some(Json::Null) => "",
        Some(Json::String(name)) if name.len() <= MAX_NAME => name.as_str(),
        other => return Err(wrong(&format!("{place}.name"), other, "a text of at most 256 bytes").into()),
    };
    let at = format!("{place}.type");
    let Some(Json::String(text)) = fields.get("type") else {
        return Err(wrong(&at, fields.get("type"), "the name of a type").into());
    };
    let (base, suffix) = text.split_at(text.find('[').unwrap_or(text.len()));
    let base = if base == "tuple" {
        let inner = format!("{place}.components");
        match fields.get("components") {
            Some(Json::Array(list)) => {
                Type::tuple(params(list, &inner, depth + 1)?).map_err(Failure::refused(&inner))?
            }
            other => return Err(wrong(&inner, other, "an array of the tuple's fields").into()),
        }
    } else {
        Type::named(base).map_err(Failure::refused(&at))?
    };
    Ok(Param { name: name.into(), ty: base.with_suffix(suffix).map_err(Failure::refused(&at))? })
}

/// The selector of a function that was guessed: its name may be made up.
fn selector(fields: &Map<String, Json>, place: &str) -> Result<Option<[u8; 4]>, ParseError> {
    let Some(json) = fields.get("selector") else { return Ok(None) };
    let bytes = json.as_str().and_then(|text| text.strip_prefix("0x")).and_then(|digits| {
        let mut bytes = [0; 4];
        hex::decode_to_slice(digits, &mut bytes).ok().map(|()| bytes)
    });
    let expected = "`0x` and 8 hex digits";
    bytes.map(Some).ok_or_else(|| wrong(&format!("{place}.selector"), Some(json), expected))
}

fn mutability(fields: &Map<String, Json>, place: &str) -> Result<Mutability, ParseError> {
    const EXPECTED: &str = "`pure`, `view`, `nonpayable` or `payable`";
    let set = |key: &str| fields.get(key) == Some(&Json::Bool(true));
    match fields.get("stateMutability") {
        Some(Json::String(text)) => match text.as_str() {
            "pure" => Ok(Mutability::Pure),
            "view" => Ok(Mutability::View),
            "nonpayable" => Ok(Mutability::NonPayable),
            "payable" => Ok(Mutability::Payable),
            _ => Err(wrong(&format!("{place}.stateMutability"), fields.get("stateMutability"), EXPECTED)),
        },
        // Before Solidity 0.4.16 there were two flags.
        None if set("payable") => Ok(Mutability::Payable),
        None if set("constant") => Ok(Mutability::View),
        None => Ok(Mutability::NonPayable),
        other => Err(wrong(&format!("{place}.stateMutability"), other, EXPECTED)),
    }
}
