//! Objects and arrays of a JSON tree, read field by field: what is missing, unknown or of another kind is named with its
//! path. It knows no field's meaning.

use serde_json::{Map, Value};

use super::error::{DocumentError, listed, quoted, shown};

/// What reading gives.
pub(super) type Read<T> = Result<T, DocumentError>;

/// An object of which every field must be asked for.
pub(super) struct Object<'a> {
    fields: &'a Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'a> Object<'a> {
    /// The object that a value is.
    pub(super) fn of(value: &'a Value, what: &str) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self { fields, known: Vec::new() }),
            other => Err(DocumentError::here(shown(other), format!("{what}, an object"))),
        }
    }

    /// Whether a field is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// A field that may be left out.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Read<T>,
    ) -> Read<Option<T>> {
        self.known.push(name);
        self.fields.get(name).map(|value| read(value).map_err(|error| error.within(name))).transpose()
    }

    /// A field that must be there.
    pub(super) fn required<T>(&mut self, name: &'static str, read: impl FnOnce(&'a Value) -> Read<T>) -> Read<T> {
        let found = || if self.fields.is_empty() { "nothing".into() } else { shown_names(self.fields) };
        let missing = DocumentError::here(found(), format!("the field {}", quoted(name)));
        self.optional(name, read)?.ok_or(missing)
    }

    /// Refuses fields that were not asked for.
    pub(super) fn done(self) -> Read<()> {
        match self.fields.keys().find(|name| !self.known.contains(&name.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(DocumentError::here(
                "a field of this name, which means nothing here",
                format!("only {}", listed(&self.known, "and")),
            )
            .within(unknown)),
        }
    }
}

fn shown_names(fields: &Map<String, Value>) -> String {
    let names: Vec<String> = fields.keys().take(8).map(|name| quoted(name)).collect();
    format!("only {}", listed(&names, "and"))
}

/// The items of an array.
pub(super) fn array<T>(value: &Value, what: &str, most: usize, read: impl Fn(&Value) -> Read<T>) -> Read<Vec<T>> {
    let Value::Array(items) = value else {
        return Err(DocumentError::here(shown(value), format!("{what}, an array")));
    };
    if items.len() > most {
        return Err(DocumentError::here(format!("{} items", items.len()), format!("at most {most}")));
    }
    items.iter().enumerate().map(|(index, item)| read(item).map_err(|error| error.within_index(index))).collect()
}

/// The entries of an object whose names are chosen by its writer, each read with its name.
pub(super) fn entries<K: Ord, T>(
    value: &Value,
    what: &str,
    most: usize,
    read: impl Fn(&str, &Value) -> Read<(K, T)>,
) -> Read<std::collections::BTreeMap<K, T>> {
    let Value::Object(fields) = value else {
        return Err(DocumentError::here(shown(value), format!("{what}, an object")));
    };
    if fields.len() > most {
        return Err(DocumentError::here(format!("{} entries", fields.len()), format!("at most {most}")));
    }
    let mut read_so_far = std::collections::BTreeMap::new();
    for (name, value) in fields {
        let (key, item) = read(name, value).map_err(|error| error.within(name))?;
        if read_so_far.insert(key, item).is_some() {
            let again = DocumentError::here("the same as an entry before it, written otherwise", "every entry once");
            return Err(again.within(name));
        }
    }
    Ok(read_so_far)
}

/// A text.
pub(super) fn text(value: &Value) -> Read<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(DocumentError::here(shown(other), "text")),
    }
}

/// Most bytes of a name.
pub(super) const MAX_NAME: usize = 200;

/// A name: text of 1 to [`MAX_NAME`] bytes.
pub(super) fn name(value: &Value) -> Read<String> {
    let name = text(value)?;
    named(&name).map(|()| name)
}

/// Checks a name that stands as one.
pub(super) fn named(name: &str) -> Read<()> {
    if (1..=MAX_NAME).contains(&name.len()) {
        return Ok(());
    }
    Err(DocumentError::here(format!("a name of {} bytes", name.len()), format!("1 to {MAX_NAME} bytes")))
}

/// A whole number from `least` to `most`, as a JSON number or as text.
pub(super) fn count(value: &Value, least: u64, most: u64) -> Read<u64> {
    super::scalar::quantity(value)
        .ok()
        .and_then(|number| u64::try_from(number).ok())
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| DocumentError::here(shown(value), format!("a whole number from {least} to {most}")))
}

/// One of some words.
pub(super) fn one_of<T: Copy>(value: &Value, words: &[(&str, T)]) -> Read<T> {
    let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<String> = words.iter().map(|(word, _)| quoted(word)).collect();
        DocumentError::here(shown(value), listed(&words, "or"))
    })
}
