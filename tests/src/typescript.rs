//! TypeScript types of a JSON Schema, as far as our schemas go: what it does not know it refuses. It writes no code that
//! runs.

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

type Fields = Map<String, Value>;

/// Widest line.
const WIDTH: usize = 120;

/// The types of a schema's root, by the name of its title, and of its definitions.
///
/// # Errors
/// A form of schema that is not known here.
pub fn types(schema: &Value, head: &str) -> Result<String> {
    let root = schema.as_object().context("a schema is an object")?;
    let title = root.get("title").and_then(Value::as_str).context("the root has a title")?;
    let mut text = format!("// {head}\n");
    declare(&mut text, title, root)?;
    for (name, definition) in root.get("$defs").and_then(Value::as_object).into_iter().flatten() {
        declare(&mut text, name, definition.as_object().with_context(|| format!("{name} is no object"))?)?;
    }
    Ok(text)
}

fn declare(text: &mut String, name: &str, schema: &Fields) -> Result<()> {
    text.push('\n');
    comment(text, "", schema);
    if schema.contains_key("properties") {
        text.push_str(&format!("export interface {name} {}\n", object(schema, "").context(name.to_owned())?));
    } else {
        text.push_str(&format!("export type {name} ={}\n", union(schema, "").context(name.to_owned())?));
    }
    Ok(())
}

/// The description as a comment before what it describes.
fn comment(text: &mut String, indent: &str, schema: &Fields) {
    let Some(description) = schema.get("description").and_then(Value::as_str) else { return };
    let words = description.split_whitespace();
    let mut lines = vec![String::new()];
    for word in words {
        let last = lines.last_mut().expect("there is one from the start");
        if !last.is_empty() && indent.len() + 7 + last.len() + 1 + word.len() > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    if let [line] = lines.as_slice() {
        text.push_str(&format!("{indent}/** {line} */\n"));
        return;
    }
    text.push_str(&format!("{indent}/**\n"));
    for line in lines {
        text.push_str(&format!("{indent} * {line}\n"));
    }
    text.push_str(&format!("{indent} */\n"));
}

/// An alternative's types, on one line or on one each.
fn union(schema: &Fields, indent: &str) -> Result<String> {
    let within = format!("{indent}  ");
    let mut types = Vec::new();
    if let Some(options) = options(schema) {
        for option in options {
            let one = of(option, &format!("{within}  "))?;
            if !types.contains(&one) {
                types.push(one);
            }
        }
    } else if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        types.extend(words.iter().map(literal));
    } else {
        return Ok(format!(" {}", of_fields(schema, indent)?));
    }
    let line = format!(" {}", types.join(" | "));
    if line.len() < WIDTH - 40 && !line.contains('\n') {
        return Ok(line);
    }
    Ok(types.iter().map(|one| format!("\n{within}| {one}")).collect())
}

/// A value as a type.
fn literal(value: &Value) -> String {
    value.to_string().replace('"', "'")
}

fn options(schema: &Fields) -> Option<&Vec<Value>> {
    ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key)).and_then(Value::as_array)
}

fn object(schema: &Fields, indent: &str) -> Result<String> {
    let within = format!("{indent}  ");
    let required = |name: &str| {
        schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known == name))
    };
    let mut text = String::from("{\n");
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(fields) = property.as_object() {
            comment(&mut text, &within, fields);
        }
        let optional = if required(name) { "" } else { "?" };
        let kind = match property.as_object() {
            Some(fields) if options(fields).is_some() => union(fields, &within)?,
            _ => format!(" {}", of(property, &within)?),
        };
        text.push_str(&format!("{within}{name}{optional}:{kind}\n"));
    }
    text.push_str(&format!("{indent}}}"));
    Ok(text)
}

fn of(schema: &Value, indent: &str) -> Result<String> {
    match schema {
        Value::Bool(true) => Ok("unknown".into()),
        Value::Object(fields) => of_fields(fields, indent),
        other => bail!("a schema that is {other}"),
    }
}

fn of_fields(schema: &Fields, indent: &str) -> Result<String> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return Ok(reference.rsplit('/').next().unwrap_or_default().to_owned());
    }
    if let Some(value) = schema.get("const") {
        return Ok(literal(value));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Ok(values.iter().map(literal).collect::<Vec<_>>().join(" | "));
    }
    if options(schema).is_some() {
        return Ok(union(schema, indent)?.trim_start().to_owned());
    }
    let items = |indent: &str| schema.get("items").map_or_else(|| Ok("unknown".into()), |items| of(items, indent));
    match schema.get("type").and_then(Value::as_str) {
        None => Ok("unknown".into()),
        Some("string") => Ok("string".into()),
        Some("integer" | "number") => Ok("number".into()),
        Some("boolean") => Ok("boolean".into()),
        Some("null") => Ok("null".into()),
        Some("array") if schema.get("maxItems") == Some(&Value::from(2)) => {
            let item = items(indent)?;
            Ok(format!("readonly [{item}, {item}]"))
        }
        Some("array") => Ok(format!("readonly {}[]", items(indent)?)),
        Some("object") if schema.contains_key("properties") => object(schema, indent),
        Some("object") => match schema.get("additionalProperties") {
            Some(values) => Ok(format!("Readonly<Record<string, {}>>", of(values, indent)?)),
            None => Ok("Readonly<Record<string, unknown>>".into()),
        },
        Some(other) => bail!("the type {other:?}"),
    }
}
