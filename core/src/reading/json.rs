//! JSON as a tree that keeps the order and refuses what JSON's readers pass over: a key that stands twice. Nesting and the
//! number of values are bounded.

use std::{cell::Cell, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::error::{ReadError, ReadErrorKind, cut};

/// Most values of one text, objects and lists among them. (Nesting is bounded by `serde_json` at 128.)
const MAX_VALUES: usize = 4_000_000;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As far as it is exact.
    Number(serde_json::Number),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

struct Seed<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        self.0.set(self.0.get() + 1);
        if self.0.get() > MAX_VALUES {
            return Err(de::Error::custom(format!("more than {MAX_VALUES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        serde_json::Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number without a value"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Seed(self.0))? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries: Vec<(String, Json)> = Vec::new();
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(de::Error::custom(format!("the key `{}` stands twice in one object", cut(&key))));
            }
            entries.push((key, map.next_value_seed(Seed(self.0))?));
        }
        Ok(Json::Object(entries))
    }
}

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Json, ReadError> {
    let count = Cell::new(0);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Seed(&count).deserialize(&mut deserializer).and_then(|json| deserializer.end().map(|()| json));
    parsed.map_err(|error| {
        let said = error.to_string();
        let what = said.split(" at line ").next().unwrap_or_default();
        let kind = ReadErrorKind::Json { line: error.line(), column: error.column(), what: cut(what) };
        ReadError::whole(kind)
    })
}

impl Json {
    /// What it is, for messages.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => format!("the number {}", cut(&number.to_string())),
            Self::Text(text) => format!("the text {:?}", cut(text)),
            Self::List(_) => "a list".into(),
            Self::Object(_) => "an object".into(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) const fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As JSON text without white space.
    pub(super) fn write(&self, out: &mut String) {
        // Strings cannot fail to be written as JSON.
        let quote = |text: &str| serde_json::to_string(text).unwrap_or_default();
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => out.push_str(&quote(text)),
            Self::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(&quote(key));
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A value and the way to it. The way costs nothing until an error is made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) json: &'a Json,
    way: Option<&'a Way<'a>>,
}

/// A step of the way to a value, and the steps before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way<'a> {
    before: Option<&'a Self>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    pub(super) const fn top(json: &'a Json) -> Self {
        Self { json, way: None }
    }

    /// The way to a member; pass it to [`Self::step`].
    pub(super) const fn key(&self, key: &'a str) -> Way<'a> {
        Way { before: self.way, step: Step::Key(key) }
    }

    pub(super) const fn index(&self, index: usize) -> Way<'a> {
        Way { before: self.way, step: Step::Index(index) }
    }

    /// Another value, at the end of a way.
    pub(super) const fn step(json: &'a Json, way: &'a Way<'a>) -> Self {
        Self { json, way: Some(way) }
    }

    pub(super) fn path(&self) -> String {
        let mut steps = Vec::new();
        let mut way = self.way;
        while let Some(Way { before, step }) = way {
            steps.push(match step {
                Step::Index(index) => format!("[{index}]"),
                Step::Key(key) if is_name(key) => format!(".{key}"),
                Step::Key(key) => format!("[{:?}]", cut(key)),
            });
            way = *before;
        }
        steps.reverse();
        format!("${}", steps.concat())
    }

    pub(super) fn error(&self, kind: ReadErrorKind) -> ReadError {
        ReadError { path: Some(self.path()), kind }
    }

    pub(super) fn wrong(&self, wanted: &'static str) -> ReadError {
        self.error(ReadErrorKind::Wrong { found: self.json.shown(), wanted })
    }

    pub(super) fn object(&self) -> Result<&'a [(String, Json)], ReadError> {
        match self.json {
            Json::Object(entries) => Ok(entries),
            _ => Err(self.wrong("an object")),
        }
    }

    pub(super) fn text(&self) -> Result<&'a str, ReadError> {
        self.json.text().ok_or_else(|| self.wrong("a text"))
    }
}

fn is_name(key: &str) -> bool {
    key.len() <= 40
        && key.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_')
        && key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}
