//! Artifacts of Foundry, Hardhat and the Solidity compiler: their shapes, and the programs in them.

use std::collections::BTreeMap;

use super::{
    code::{Code, Link, Place},
    error::{ReadError, ReadErrorKind, cut},
    json::{At, Json},
    program::{Constructor, Found, FoundProgram, ProgramFormat, code},
    quantity::narrow,
};

/// The programs of a JSON text.
pub(super) fn read(name: &str, json: &Json) -> Result<Found, ReadError> {
    let top = At::top(json);
    let elsewhere = |found| {
        let instead = "it belongs to the state, not to the program";
        Err(ReadError::whole(ReadErrorKind::Elsewhere { found, instead }))
    };
    if let Json::List(items) = json {
        let is_abi = !items.is_empty() && items.iter().all(|item| item.get("type").is_some_and(|t| t.text().is_some()));
        if is_abi {
            return Ok(Found { format: ProgramFormat::Abi, programs: vec![program(name, Some(json))] });
        }
        if items.iter().any(|item| item.get("address").is_some()) {
            return elsewhere("a list of accounts");
        }
        return Err(ReadError::whole(ReadErrorKind::Unknown("a list that is no ABI".into())));
    }
    let contracts = |format, at: At<'_>| compiled(format, at);
    if let Some(output) = json.get("output")
        && output.is_object()
    {
        let way = top.key("output");
        return contracts(ProgramFormat::BuildInfo, At::step(output, &way));
    }
    if json.get("contracts").is_some() || json.get("errors").is_some_and(|errors| matches!(errors, Json::List(_))) {
        return contracts(ProgramFormat::StandardJson, top);
    }
    match json.get("bytecode") {
        Some(Json::Object(_)) => foundry(name, top),
        Some(Json::Text(_)) => hardhat(name, top),
        _ => match (json.get("deployedBytecode"), json.get("abi")) {
            (Some(Json::Object(_)), _) => foundry(name, top),
            (Some(Json::Text(_)), _) => hardhat(name, top),
            (_, Some(abi @ Json::List(_))) => {
                Ok(Found { format: ProgramFormat::Abi, programs: vec![program(name, Some(abi))] })
            }
            _ if json.get("alloc").is_some() => elsewhere("a genesis file"),
            _ if json.get("accounts").is_some() => elsewhere("a dump of a state"),
            _ if json.get("pre").is_some() => elsewhere("a state"),
            _ => {
                let entries = top.object()?;
                if entries.iter().any(|(_, value)| value.get("pre").is_some()) {
                    return elsewhere("a state test");
                }
                if !entries.is_empty() && entries.iter().all(|(key, _)| super::quantity::address(key).is_some()) {
                    return elsewhere("a state");
                }
                let keys: Vec<String> = entries.iter().take(5).map(|(key, _)| format!("`{}`", cut(key))).collect();
                let what = if keys.is_empty() {
                    "an empty object".into()
                } else {
                    format!("an object with {}", keys.join(", "))
                };
                Err(ReadError::whole(ReadErrorKind::Unknown(what)))
            }
        },
    }
}

/// A program with this ABI and no code yet.
fn program(name: &str, abi: Option<&Json>) -> FoundProgram {
    let constructor = match abi {
        Some(Json::List(items)) => {
            let found = items.iter().find(|item| item.get("type").and_then(Json::text) == Some("constructor"));
            found.map_or(Constructor::Absent, |item| Constructor::Present {
                arguments: match item.get("inputs") {
                    Some(Json::List(inputs)) => inputs.len(),
                    _ => 0,
                },
            })
        }
        _ => Constructor::Unknown,
    };
    let abi = abi.filter(|abi| matches!(abi, Json::List(_))).map(|abi| {
        let mut text = String::new();
        abi.write(&mut text);
        text
    });
    FoundProgram {
        name: name.to_owned(),
        source: None,
        creation: None,
        runtime: None,
        abi,
        immutables: BTreeMap::new(),
        constructor,
    }
}

fn foundry(name: &str, top: At<'_>) -> Result<Found, ReadError> {
    // The contract's own name stands in its metadata, where there is any.
    let target = top.json.get("metadata").and_then(|metadata| metadata.get("settings")?.get("compilationTarget"));
    let target = match target {
        Some(Json::Object(entries)) => entries.first().and_then(|(file, name)| Some((file.as_str(), name.text()?))),
        _ => None,
    };
    let mut found = program(target.map_or(name, |(_, name)| name), top.json.get("abi"));
    found.source = target.map(|(file, _)| file.to_owned());
    objects(&mut found, top)?;
    Ok(Found { format: ProgramFormat::Foundry, programs: vec![found] })
}

/// `bytecode` and `deployedBytecode` as objects, with their references.
fn objects(found: &mut FoundProgram, at: At<'_>) -> Result<(), ReadError> {
    for (key, runtime) in [("bytecode", false), ("deployedBytecode", true)] {
        let Some(part @ Json::Object(_)) = at.json.get(key) else { continue };
        let way = at.key(key);
        let part_at = At::step(part, &way);
        let Some(object) = part.get("object") else { continue };
        let object_way = part_at.key("object");
        let mut code = code(At::step(object, &object_way))?;
        if let Some(references) = part.get("linkReferences") {
            let way = part_at.key("linkReferences");
            name_links(&mut code, At::step(references, &way))?;
        }
        if runtime {
            if let Some(references) = part.get("immutableReferences") {
                let way = part_at.key("immutableReferences");
                found.immutables = immutables(code.as_ref(), At::step(references, &way))?;
            }
            found.runtime = code;
        } else {
            found.creation = code;
        }
    }
    Ok(())
}

fn hardhat(name: &str, top: At<'_>) -> Result<Found, ReadError> {
    let text = |key| top.json.get(key).and_then(Json::text);
    let mut found = program(text("contractName").unwrap_or(name), top.json.get("abi"));
    found.source = text("sourceName").or_else(|| text("sourcePath")).map(str::to_owned);
    let parts = [("bytecode", "linkReferences", false), ("deployedBytecode", "deployedLinkReferences", true)];
    for (key, references, runtime) in parts {
        let Some(part) = top.json.get(key) else { continue };
        let way = top.key(key);
        let mut code = code(At::step(part, &way))?;
        if let Some(links) = top.json.get(references) {
            let way = top.key(references);
            name_links(&mut code, At::step(links, &way))?;
        }
        if runtime { found.runtime = code } else { found.creation = code }
    }
    if let Some(references) = top.json.get("immutableReferences") {
        let way = top.key("immutableReferences");
        found.immutables = immutables(found.runtime.as_ref(), At::step(references, &way))?;
    }
    Ok(Found { format: ProgramFormat::Hardhat, programs: vec![found] })
}

/// The contracts of a compiler's output.
fn compiled(format: ProgramFormat, top: At<'_>) -> Result<Found, ReadError> {
    let mut programs = Vec::new();
    let mut format = format;
    if let Some(contracts) = top.json.get("contracts") {
        let way = top.key("contracts");
        let at = At::step(contracts, &way);
        for (file, inner) in at.object()? {
            let way = at.key(file);
            let at = At::step(inner, &way);
            if inner.get("bin").is_some() || inner.get("bin-runtime").is_some() {
                format = ProgramFormat::CombinedJson;
                programs.push(combined(file, at)?);
                continue;
            }
            for (name, contract) in at.object()? {
                let way = at.key(name);
                let at = At::step(contract, &way);
                let mut found = program(name, contract.get("abi"));
                found.source = Some(file.clone());
                if let Some(evm) = contract.get("evm") {
                    let way = at.key("evm");
                    objects(&mut found, At::step(evm, &way))?;
                }
                programs.push(found);
            }
        }
    }
    let has_code = |program: &FoundProgram| program.creation.is_some() || program.runtime.is_some();
    if programs.iter().any(has_code) {
        programs.retain(has_code);
        return Ok(Found { format, programs });
    }
    if let Some(Json::List(errors)) = top.json.get("errors") {
        let failed = errors.iter().find(|error| error.get("severity").and_then(Json::text) == Some("error"));
        if let Some(error) = failed {
            let said = error.get("formattedMessage").or_else(|| error.get("message")).and_then(Json::text);
            let said: String = said.unwrap_or("it gave no reason").trim().chars().take(200).collect();
            return Err(ReadError::whole(ReadErrorKind::Compiler(said)));
        }
    }
    if programs.is_empty() {
        return Err(top.error(ReadErrorKind::Missing("contracts")));
    }
    Ok(Found { format, programs })
}

fn combined(key: &str, at: At<'_>) -> Result<FoundProgram, ReadError> {
    let (file, name) = key.rsplit_once(':').map_or((None, key), |(file, name)| (Some(file), name));
    // Old compilers write the ABI as a text of JSON.
    let parsed = match at.json.get("abi") {
        Some(Json::Text(text)) => Some(super::json::parse(text)?),
        _ => None,
    };
    let mut found = program(name, parsed.as_ref().or_else(|| at.json.get("abi")));
    found.source = file.map(str::to_owned);
    for (key, runtime) in [("bin", false), ("bin-runtime", true)] {
        let Some(part) = at.json.get(key) else { continue };
        let way = at.key(key);
        let code = code(At::step(part, &way))?;
        if runtime { found.runtime = code } else { found.creation = code }
    }
    Ok(found)
}

fn place(at: At<'_>) -> Result<Place, ReadError> {
    let mut parts = [0; 2];
    for (part, key) in parts.iter_mut().zip(["start", "length"]) {
        let value = at.json.get(key).ok_or_else(|| at.error(ReadErrorKind::Missing(key)))?;
        let way = at.key(key);
        let at = At::step(value, &way);
        *part = usize::try_from(narrow(at)?).map_err(|_| at.wrong("a place in the code"))?;
    }
    Ok(Place { offset: parts[0], length: parts[1] })
}

fn places(at: At<'_>) -> Result<Vec<Place>, ReadError> {
    let Json::List(items) = at.json else { return Err(at.wrong("a list of places")) };
    let read = |(index, item)| {
        let way = at.index(index);
        place(At::step(item, &way))
    };
    items.iter().enumerate().map(read).collect()
}

/// Gives the placeholders of code the names of `linkReferences`: file, library, places.
fn name_links(code: &mut Option<Code>, at: At<'_>) -> Result<(), ReadError> {
    let mut links = Vec::new();
    for (file, libraries) in at.object()? {
        let way = at.key(file);
        let at = At::step(libraries, &way);
        for (library, found) in at.object()? {
            let way = at.key(library);
            links.push(Link { library: format!("{file}:{library}"), places: places(At::step(found, &way))? });
        }
    }
    match code {
        Some(code) if !code.links().is_empty() => {
            code.name_links(links).map_err(|error| at.error(ReadErrorKind::Code(error)))
        }
        // References of code that was linked already say nothing.
        _ => Ok(()),
    }
}

fn immutables(code: Option<&Code>, at: At<'_>) -> Result<BTreeMap<String, Vec<Place>>, ReadError> {
    let mut found = BTreeMap::new();
    let length = code.map_or(0, Code::len);
    for (id, item) in at.object()? {
        let way = at.key(id);
        let at = At::step(item, &way);
        let places = places(at)?;
        if places.iter().any(|place| place.offset.checked_add(place.length).is_none_or(|end| end > length)) {
            return Err(at.wrong("places within the code"));
        }
        found.insert(id.clone(), places);
    }
    Ok(found)
}
