//! An interface: its items, and how they are found by name, signature, selector or topic. What a name means where several
//! bear it, it does not guess.

use alloy_primitives::{B256, hex};
use serde::Serialize;
use serde_json::Value as Json;

use super::{
    Decoded, MAX_TEXT, cut,
    error::{AbiError, LookupError, ParseError, Problem},
    items::{Constructor, CustomError, Event, Function, Item, Mutability, Unusable},
    json, lines,
    types::Type,
};

/// What a contract offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abi {
    /// Its functions, in order.
    pub functions: Vec<Function>,
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Its errors, in order.
    pub errors: Vec<CustomError>,
    /// Its constructor, where it has one.
    pub constructor: Option<Constructor>,
    /// Items with types that are refused.
    pub unusable: Vec<Unusable>,
}

/// A log, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecodedEvent {
    /// The event's name.
    pub name: String,
    /// Name and types.
    pub signature: String,
    /// Its inputs in their order, or why there are none.
    pub inputs: Decoded,
}

impl Abi {
    /// Reads JSON (an array of items, an artifact, an array of lines) or human-readable lines.
    ///
    /// # Errors
    /// What is wrong, and where; see [`ParseError`]. A function or event of JSON whose types are refused is no error: it
    /// is listed in [`Self::unusable`].
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_TEXT {
            return Err(ParseError { place: "abi".into(), problem: Problem::TooMuchText(text.len()) });
        }
        if !text.trim_start().starts_with(['[', '{']) {
            return Ok(Self::of(lines::read(text, "")?));
        }
        let json: Json = serde_json::from_str(text).map_err(|error| ParseError {
            place: format!("line {}, column {}", error.line(), error.column()),
            problem: Problem::Json(cut(&error.to_string())),
        })?;
        Self::from_json(&json)
    }

    /// Reads JSON that is there already.
    ///
    /// # Errors
    /// See [`Self::parse`].
    pub fn from_json(json: &Json) -> Result<Self, ParseError> {
        json::read(json).map(Self::of)
    }

    fn of(items: Vec<Item>) -> Self {
        let mut abi = Self::default();
        for item in items {
            match item {
                Item::Function(function) => abi.functions.push(function),
                Item::Event(event) => abi.events.push(event),
                Item::Error(error) => abi.errors.push(error),
                Item::Constructor(constructor) => abi.constructor = Some(constructor),
                Item::Unusable(unusable) => abi.unusable.push(unusable),
                Item::Raw => {}
            }
        }
        abi
    }

    /// The function of that name, signature (`transfer(address,uint256)`) or selector (`0xa9059cbb`).
    ///
    /// # Errors
    /// If there is none, several, or one that cannot be used.
    pub fn function(&self, name: &str) -> Result<&Function, LookupError> {
        let all = self.functions.iter().map(|item| (item, item.name.as_str(), item.signature(), &item.selector[..]));
        self.find("function", name, all)
    }

    /// The event of that name, signature or topic.
    ///
    /// # Errors
    /// If there is none, several, or one that cannot be used.
    pub fn event(&self, name: &str) -> Result<&Event, LookupError> {
        let topics: Vec<B256> = self.events.iter().map(Event::topic).collect();
        let all = self.events.iter().zip(&topics);
        let all = all.map(|(item, topic)| (item, item.name.as_str(), item.signature().to_owned(), topic.as_slice()));
        self.find("event", name, all)
    }

    /// The error of that name, signature or selector.
    ///
    /// # Errors
    /// If there is none, several, or one that cannot be used.
    pub fn error(&self, name: &str) -> Result<&CustomError, LookupError> {
        let all = self.errors.iter().map(|item| (item, item.name.as_str(), item.signature(), &item.selector[..]));
        self.find("error", name, all)
    }

    /// Finds one item among (item, name, signature, selector or topic).
    fn find<'a, 'b, T: PartialEq>(
        &self,
        what: &'static str,
        name: &str,
        all: impl Iterator<Item = (&'a T, &'a str, String, &'b [u8])>,
    ) -> Result<&'a T, LookupError> {
        let plain: String = name.chars().filter(|character| !character.is_whitespace()).collect();
        let key = plain.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
        let (mut matches, mut known) = (Vec::<(&T, String)>::new(), Vec::new());
        for (item, own, signature, selector) in all {
            let is = match &key {
                Some(key) => key.as_slice() == selector,
                None if plain.contains('(') => plain == signature,
                None => plain == own,
            };
            // An item that is there twice is one; artifacts of diamonds are full of such.
            if is && !matches.iter().any(|(other, _)| *other == item) {
                matches.push((item, signature));
            } else {
                known.push(signature);
            }
        }
        match matches.len() {
            1 => Ok(matches[0].0),
            0 => {
                let own = plain.split('(').next().unwrap_or_default();
                if let Some(bad) = self.unusable.iter().find(|bad| bad.what == what && bad.name == own) {
                    let reason = format!("{}: {}", bad.place, bad.reason);
                    return Err(LookupError::Unusable { what, name: cut(name), reason });
                }
                let more = known.len().saturating_sub(12);
                let mut list: Vec<String> = known.iter().take(12).map(|signature| cut(signature)).collect();
                if more > 0 {
                    list.push(format!("and {more} more"));
                }
                let known = if list.is_empty() { "none".into() } else { list.join(", ") };
                Err(LookupError::Unknown { what, name: cut(name), known })
            }
            _ => {
                let candidates: Vec<String> = matches.iter().take(12).map(|(_, signature)| cut(signature)).collect();
                Err(LookupError::Ambiguous { name: cut(name), candidates: candidates.join(", ") })
            }
        }
    }

    /// The arguments of the constructor as bytes that are put behind the creation code.
    ///
    /// # Errors
    /// What is wrong with which argument. Without a constructor there are no arguments.
    pub fn encode_constructor(&self, args: &[Json]) -> Result<Vec<u8>, AbiError> {
        match &self.constructor {
            Some(constructor) => constructor.encode(args),
            None => Constructor { inputs: Type::none(), mutability: Mutability::NonPayable }.encode(args),
        }
    }

    /// What a log says, by its topics and data. `None` where no event of this interface has its first topic and as many
    /// topics. Anonymous events are tried only where asked for by name: any log could be one.
    pub fn decode_log(&self, topics: &[B256], data: &[u8]) -> Option<DecodedEvent> {
        let first = topics.first()?;
        let of = |event: &&Event| !event.anonymous && event.topic() == *first;
        let mut candidates = self.events.iter().filter(of);
        // Which inputs are indexed is no part of the topic: ERC-20 and ERC-721 have one Transfer each.
        let event = candidates.clone().find(|event| event.topics() == topics.len()).or_else(|| candidates.next())?;
        Some(DecodedEvent {
            name: event.name.clone(),
            signature: event.signature().to_owned(),
            inputs: event.decode(topics, data),
        })
    }
}
