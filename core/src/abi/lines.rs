//! Human-readable ABI: Solidity's own headers of functions, events, errors and structs. It reads no bodies and no
//! contracts; a function's name alone, as in `transfer(address,uint256)`, is a function too.

use std::collections::BTreeMap;

use super::{
    MAX_DEPTH, MAX_ITEMS, cut,
    error::{ParseError, Problem, TypeError},
    items::{Constructor, CustomError, Event, EventInput, Function, Item, Mutability},
    scan::{Scanner, Token},
    types::{Param, Type},
};

/// A parameter as it is written, its type not looked up.
#[derive(Clone, Debug)]
struct Written<'a> {
    base: Base<'a>,
    suffix: String,
    name: &'a str,
    indexed: bool,
    at: usize,
}

#[derive(Clone, Debug)]
enum Base<'a> {
    Named(&'a str),
    Tuple(Vec<Written<'a>>),
}

/// A struct: not looked at yet, being looked at, or known.
#[derive(Clone, Debug)]
enum Struct<'a> {
    Written(Vec<Written<'a>>),
    Open,
    Known(Type),
}

/// What follows a function's parameters without meaning anything to a caller.
const IGNORED: [&str; 6] = ["external", "public", "internal", "private", "virtual", "override"];
const PARAMETER_END: &str = "`,` or `)` behind a parameter";

/// Reads all items of a text. `prefix` begins each error's place.
pub(super) fn read(text: &str, prefix: &str) -> Result<Vec<Item>, ParseError> {
    let structs = structs(text, prefix)?;
    let mut reader = Reader { scanner: Scanner::new(text, prefix), structs };
    let mut items = Vec::new();
    // Bounded by the text: each item takes a word.
    while reader.scanner.peek() != Token::End {
        if reader.scanner.sign(';') {
            continue;
        }
        if items.len() >= MAX_ITEMS {
            return Err(reader.scanner.error(reader.scanner.place(), Problem::TooManyItems));
        }
        items.extend(reader.item()?);
    }
    Ok(items)
}

/// The structs of a text, which items before and behind them may name.
fn structs<'a>(text: &'a str, prefix: &'a str) -> Result<BTreeMap<&'a str, Struct<'a>>, ParseError> {
    let mut scanner = Scanner::new(text, prefix);
    let mut structs = BTreeMap::new();
    // Bounded by the text: each turn takes a token.
    while scanner.peek() != Token::End {
        if !scanner.word("struct") {
            scanner.take();
            continue;
        }
        let at = scanner.place();
        let name = scanner.name("a struct's name")?;
        let fields = fields(&mut scanner)?;
        if structs.len() >= MAX_ITEMS {
            return Err(scanner.error(at, Problem::TooManyItems));
        }
        if structs.insert(name, Struct::Written(fields)).is_some() {
            return Err(scanner.error(at, Problem::StructTwice(cut(name))));
        }
    }
    Ok(structs)
}

/// The fields of a struct.
fn fields<'a>(scanner: &mut Scanner<'a>) -> Result<Vec<Written<'a>>, ParseError> {
    scanner.expect('{', "`{` and the struct's fields")?;
    let mut fields = Vec::new();
    while !scanner.sign('}') {
        fields.push(parameter(scanner, 0)?);
        scanner.expect(';', "`;` behind a field")?;
    }
    Ok(fields)
}

/// Parameters in parentheses; the opening one was taken.
fn parameters<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Vec<Written<'a>>, ParseError> {
    if depth > MAX_DEPTH {
        return Err(scanner.error(scanner.place(), TypeError::TooDeep));
    }
    let mut list = Vec::new();
    if scanner.sign(')') {
        return Ok(list);
    }
    loop {
        list.push(parameter(scanner, depth)?);
        if scanner.sign(')') {
            return Ok(list);
        }
        scanner.expect(',', PARAMETER_END)?;
    }
}

fn parameter<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Written<'a>, ParseError> {
    let at = scanner.place();
    let word = match scanner.peek() {
        Token::Word(word) => {
            scanner.take();
            Some(word)
        }
        Token::Sign('(') => None,
        _ => return Err(scanner.found("a type")),
    };
    let base = match word {
        None | Some("tuple") => {
            scanner.expect('(', "`(` and the tuple's fields")?;
            Base::Tuple(parameters(scanner, depth + 1)?)
        }
        Some(name) => Base::Named(name),
    };
    let mut suffix = String::new();
    while scanner.sign('[') {
        suffix.push('[');
        if let Token::Word(len) = scanner.peek() {
            suffix.push_str(len);
            scanner.take();
        }
        scanner.expect(']', "`]` behind an array's length")?;
        suffix.push(']');
    }
    let mut written = Written { base, suffix, name: "", indexed: false, at };
    loop {
        match scanner.peek() {
            Token::Word("memory" | "calldata" | "storage") => {}
            Token::Word("payable") if matches!(written.base, Base::Named("address")) => {}
            Token::Word("indexed") => written.indexed = true,
            _ => break,
        }
        scanner.take();
    }
    if let Token::Word(_) = scanner.peek() {
        written.name = scanner.name("a parameter's name")?;
    }
    Ok(written)
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    structs: BTreeMap<&'a str, Struct<'a>>,
}

impl<'a> Reader<'a> {
    fn error(&self, at: usize, problem: impl Into<Problem>) -> ParseError {
        self.scanner.error(at, problem)
    }

    /// Reads an item; `None` where it is a struct.
    fn item(&mut self) -> Result<Option<Item>, ParseError> {
        const EXPECTED: &str =
            "`function`, `event`, `error`, `constructor`, `struct` or a signature such as f(uint256)";
        let at = self.scanner.place();
        let Token::Word(keyword) = self.scanner.peek() else { return Err(self.scanner.found(EXPECTED)) };
        let mut behind = self.scanner.clone();
        behind.take();
        let bare = behind.peek() == Token::Sign('(');
        if !bare && !matches!(keyword, "function" | "event" | "error" | "struct") {
            return Err(self.scanner.found(EXPECTED));
        }
        Ok(Some(match keyword {
            "struct" => {
                self.scanner.take();
                let name = self.scanner.name("a struct's name")?;
                fields(&mut self.scanner)?;
                // Looked at even where nothing names it, so that a wrong one is told.
                self.known(name, at, 0)?;
                return Ok(None);
            }
            "constructor" => {
                self.scanner.take();
                let (inputs, _) = self.inputs(false)?;
                let (mutability, _) = self.modifiers(false)?;
                Item::Constructor(Constructor { inputs, mutability })
            }
            "fallback" | "receive" => {
                self.scanner.take();
                self.inputs(false)?;
                self.modifiers(true)?;
                Item::Raw
            }
            "event" if !bare => {
                self.scanner.take();
                let name = self.scanner.name("an event's name")?;
                let (inputs, indexed) = self.inputs(true)?;
                let anonymous = self.scanner.word("anonymous");
                let both = inputs.fields().iter().cloned().zip(indexed);
                let inputs = both.map(|(param, indexed)| EventInput { param, indexed }).collect();
                Item::Event(Event::new(name, inputs, anonymous).map_err(|problem| self.error(at, problem))?)
            }
            "error" if !bare => {
                self.scanner.take();
                let name = self.scanner.name("an error's name")?;
                Item::Error(CustomError::new(name, self.inputs(false)?.0))
            }
            _ => {
                if !bare {
                    self.scanner.take();
                }
                let name = self.scanner.name("a function's name")?;
                let (inputs, _) = self.inputs(false)?;
                let (mutability, outputs) = self.modifiers(true)?;
                Item::Function(Function::new(name, inputs, outputs, mutability))
            }
        }))
    }

    /// Parameters with their parentheses, and which are indexed.
    fn inputs(&mut self, event: bool) -> Result<(Type, Vec<bool>), ParseError> {
        let at = self.scanner.place();
        self.scanner.expect('(', "`(` and the parameters")?;
        let list = parameters(&mut self.scanner, 0)?;
        if let Some(written) = list.iter().find(|written| written.indexed && !event) {
            let expected = "a parameter; only an event's are indexed";
            return Err(self.error(written.at, Problem::Found { found: "`indexed`".into(), expected }));
        }
        let indexed = list.iter().map(|written| written.indexed).collect();
        let params = self.params(&list, 0)?;
        let inputs = Type::parameters(params).map_err(|error| self.error(at, error))?;
        Ok((inputs, indexed))
    }

    /// What stands behind a function's parameters.
    fn modifiers(&mut self, returns: bool) -> Result<(Mutability, Type), ParseError> {
        let mut mutability = Mutability::NonPayable;
        loop {
            match self.scanner.peek() {
                Token::Word("pure") => mutability = Mutability::Pure,
                Token::Word("view" | "constant") => mutability = Mutability::View,
                Token::Word("payable") => mutability = Mutability::Payable,
                Token::Word("nonpayable") => mutability = Mutability::NonPayable,
                Token::Word(word) if IGNORED.contains(&word) => {}
                _ => break,
            }
            self.scanner.take();
        }
        let outputs = if returns && self.scanner.word("returns") { self.inputs(false)?.0 } else { Type::none() };
        Ok((mutability, outputs))
    }

    fn params(&mut self, list: &[Written<'a>], depth: usize) -> Result<Vec<Param>, ParseError> {
        list.iter().map(|written| Ok(Param { name: written.name.into(), ty: self.ty(written, depth)? })).collect()
    }

    /// The type of a parameter. Depth counts tuples and structs inside one another.
    fn ty(&mut self, written: &Written<'a>, depth: usize) -> Result<Type, ParseError> {
        let at = written.at;
        if depth > MAX_DEPTH {
            return Err(self.error(at, TypeError::TooDeep));
        }
        let base = match &written.base {
            Base::Tuple(list) => {
                let params = self.params(list, depth + 1)?;
                Type::tuple(params).map_err(|error| self.error(at, error))?
            }
            Base::Named(name) if self.structs.contains_key(name) => self.known(name, at, depth + 1)?,
            Base::Named(name) => Type::named(name).map_err(|error| self.error(at, error))?,
        };
        base.with_suffix(&written.suffix).map_err(|error| self.error(at, error))
    }

    /// The struct of that name. Each is looked at once; what names it again shares it.
    fn known(&mut self, name: &'a str, at: usize, depth: usize) -> Result<Type, ParseError> {
        let fields = match self.structs.insert(name, Struct::Open) {
            Some(Struct::Written(fields)) => fields,
            Some(Struct::Known(ty)) => {
                self.structs.insert(name, Struct::Known(ty.clone()));
                return Ok(ty);
            }
            // It is always one of the map's: the third is a struct inside itself.
            Some(Struct::Open) | None => return Err(self.error(at, TypeError::Recursive(cut(name)))),
        };
        let params = self.params(&fields, depth)?;
        let ty = Type::tuple(params).map_err(|error| self.error(at, error))?;
        self.structs.insert(name, Struct::Known(ty.clone()));
        Ok(ty)
    }
}
