//! What the data of a document's lanes mean: the inputs that vary from lane to lane, and what return and revert data say by
//! the interface of the program called. Values are borrowed from the data, so that a million lanes are read without a copy.
//! It runs nothing and shows nothing.

use alloy_primitives::{Bytes, U256};

use crate::{
    abi::{Abi, Decoded, DecodedEvent, Function, Kind as AbiKind, Revert, Type, panic_words},
    alloy_primitives::B256,
    batch::Calls,
    call_data::{CallData, DataRef},
    document::{AbiCall, Calldata, Document, Step as DocumentStep, To, Vary},
    lane_columns::{Decode, Input},
    query::{Kind, Step, Value},
};

/// Most words of a result, or of arguments, that have a column of their own.
pub const MAX_HEADS: usize = 256;

const WORD: usize = 32;

/// A value that stands at a place of its own in encoded data: a word, or top-level bytes or text.
#[derive(Clone, Debug)]
struct Head {
    /// Name and index at each level.
    path: Vec<(String, u32)>,
    /// First byte of its word.
    offset: usize,
    ty: Type,
}

fn heads_of(params: &Type) -> Vec<Head> {
    fn walk(ty: &Type, path: &mut Vec<(String, u32)>, offset: usize, heads: &mut Vec<Head>) {
        let mut at = offset;
        for (index, field) in ty.fields().iter().enumerate() {
            if heads.len() >= MAX_HEADS {
                return;
            }
            path.push((field.name.to_string(), index as u32));
            value(&field.ty, path, at, heads);
            path.pop();
            at += if field.ty.is_dynamic() { WORD } else { field.ty.words() * WORD };
        }
    }
    fn value(ty: &Type, path: &mut Vec<(String, u32)>, offset: usize, heads: &mut Vec<Head>) {
        let direct = match ty.kind() {
            AbiKind::Bytes | AbiKind::String => path.len() == 1,
            _ => ty.is_word(),
        };
        match ty.kind() {
            _ if direct => heads.push(Head { path: path.clone(), offset, ty: ty.clone() }),
            // What is dynamic stands elsewhere, at another place in every lane.
            _ if ty.is_dynamic() => {}
            AbiKind::Tuple(_) => walk(ty, path, offset, heads),
            AbiKind::FixedArray(element, len) => {
                for index in 0..*len {
                    if heads.len() >= MAX_HEADS {
                        return;
                    }
                    path.push((String::new(), index as u32));
                    value(element, path, offset + index * element.words() * WORD, heads);
                    path.pop();
                }
            }
            _ => {}
        }
    }
    let mut heads = Vec::new();
    walk(params, &mut Vec::new(), 0, &mut heads);
    heads
}

impl Head {
    fn is(&self, steps: &[Step]) -> bool {
        self.path.len() == steps.len()
            && self.path.iter().zip(steps).all(|((name, index), step)| match step {
                Step::Name(wanted) => !name.is_empty() && name == wanted,
                Step::Index(wanted) => index == wanted,
            })
    }

    /// As a filter writes it: `.amount`, `[0]`, `.pair[1]`.
    fn written(&self) -> String {
        self.path
            .iter()
            .map(|(name, index)| if is_name(name) { format!(".{name}") } else { format!("[{index}]") })
            .collect()
    }

    const fn kind(&self) -> Kind {
        match self.ty.kind() {
            AbiKind::Uint(_) | AbiKind::Int(_) => Kind::Number,
            AbiKind::Bool => Kind::Bool,
            AbiKind::String => Kind::Text,
            _ => Kind::Bytes,
        }
    }

    fn value<'a>(&self, data: &'a [u8]) -> Option<Value<'a>> {
        let bytes: [u8; WORD] = data.get(self.offset..self.offset + WORD)?.try_into().ok()?;
        let word = U256::from_be_bytes(bytes);
        match self.ty.kind() {
            AbiKind::Bytes => Some(Value::Bytes(behind(data, word)?)),
            AbiKind::String => Some(Value::Text(std::str::from_utf8(behind(data, word)?).ok()?)),
            _ => self.word_value(word),
        }
    }

    /// The value of a word of a type that is one.
    fn word_value(&self, word: U256) -> Option<Value<'static>> {
        let whole: [u8; WORD] = word.to_be_bytes();
        let bytes = &whole;
        let low = |bits: usize| word.bit_len() <= bits;
        let first = |width: usize| bytes[width..].iter().all(|byte| *byte == 0);
        Some(match self.ty.kind() {
            AbiKind::Uint(bits) if low(usize::from(*bits)) => Value::Word(word),
            AbiKind::Int(bits) => {
                let above = usize::from(*bits) - 1;
                let sign = word.bit(255);
                // Every bit above the number's own is its sign.
                if (above..255).any(|bit| word.bit(bit) != sign) {
                    return None;
                }
                Value::Signed(word)
            }
            AbiKind::Bool if low(1) => Value::Bool(!word.is_zero()),
            AbiKind::Address if low(160) => {
                let mut short = [0; 32];
                short[..20].copy_from_slice(&whole[12..]);
                Value::Short(short, 20)
            }
            AbiKind::FixedBytes(width) if first(usize::from(*width)) => Value::Short(whole, *width),
            AbiKind::Function if first(24) => Value::Short(whole, 24),
            _ => return None,
        })
    }
}

/// The bytes whose length stands at an offset.
fn behind(data: &[u8], offset: U256) -> Option<&[u8]> {
    let offset = usize::try_from(offset).ok()?;
    let start = offset.checked_add(WORD)?;
    let len = usize::try_from(U256::from_be_slice(data.get(offset..start)?)).ok()?;
    data.get(start..start.checked_add(len)?)
}

/// Whether a filter can write it as a name.
fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    let begins = |character: char| character.is_ascii_alphabetic() || character == '_' || character == '$';
    characters.next().is_some_and(begins) && characters.all(|it| begins(it) || it.is_ascii_digit())
}

/// What the data of one step's lanes mean.
#[derive(Clone, Debug, Default)]
pub struct Meanings {
    abi: Option<Abi>,
    function: Option<Function>,
    returned: Vec<Head>,
    /// Arguments that are single words.
    arguments: Vec<Head>,
}

fn program_of<'d>(document: &'d Document, step: &'d DocumentStep) -> Option<&'d str> {
    step.program.as_deref().or_else(|| match &step.to {
        To::Account(Vary::Fixed(address)) => document.state.accounts.get(address)?.program.as_deref(),
        _ => None,
    })
}

/// The interface of the program that a step calls.
fn interface(document: &Document, step: &DocumentStep) -> Option<Abi> {
    let of = |name: &str| document.programs.get(name)?.abi.as_ref();
    let given = match &step.calldata {
        Calldata::Abi(AbiCall { abi: Some(serde_json::Value::String(name)), .. }) => of(name),
        Calldata::Abi(AbiCall { abi: Some(abi), .. }) => Some(abi),
        _ => program_of(document, step).and_then(of),
    };
    Abi::from_json(given?).ok()
}

impl Meanings {
    /// What the data of a step mean; of a step that there is not, nothing is known.
    pub fn of(document: &Document, step: usize, calls: &Calls) -> Self {
        let Some(step) = document.steps.get(step) else { return Self::default() };
        let abi = interface(document, step);
        let function = match &step.calldata {
            Calldata::Abi(call) => match &abi {
                Some(abi) => abi.function(&call.function).ok().cloned(),
                None => Abi::parse(&call.function).ok().and_then(|mut abi| abi.functions.pop()),
            },
            Calldata::Bytes(_) | Calldata::List(_) => {
                let selector = match &step.calldata {
                    Calldata::List(list) => shared_selector(&list.list),
                    _ => selector(&calls.data),
                };
                let known = |selector: [u8; 4]| abi.as_ref()?.functions.iter().find(|it| it.selector == selector);
                selector.and_then(known).cloned()
            }
        };
        Self::known(abi, function)
    }

    /// What data mean where all lanes call this function of an interface, or nobody knows which.
    pub fn of_function(abi: Abi, function: Option<Function>) -> Self {
        Self::known(Some(abi), function)
    }

    fn known(abi: Option<Abi>, function: Option<Function>) -> Self {
        let returned = function.as_ref().map(|function| heads_of(&function.outputs)).unwrap_or_default();
        let words =
            |function: &Function| heads_of(&function.inputs).into_iter().filter(|head| head.ty.is_word()).collect();
        let arguments = function.as_ref().map(words).unwrap_or_default();
        Self { abi, function, returned, arguments }
    }

    /// The interface, where there is one.
    pub const fn abi(&self) -> Option<&Abi> {
        self.abi.as_ref()
    }

    /// The function called, where it is the same in all lanes and known.
    pub const fn function(&self) -> Option<&Function> {
        self.function.as_ref()
    }

    /// The return values that have columns, as filters write them: `ret.amountOut`.
    pub fn returned_columns(&self) -> Vec<String> {
        self.returned.iter().map(|head| format!("ret{}", head.written())).collect()
    }

    /// The arguments that have columns, as filters write them (`arg.amountIn`), with the byte of the call data that each
    /// begins at.
    pub fn argument_columns(&self) -> Vec<(String, usize)> {
        self.arguments.iter().map(|head| (format!("arg{}", head.written()), head.offset + 4)).collect()
    }

    /// What a call that succeeded returned.
    pub fn result(&self, output: &[u8]) -> Option<Decoded> {
        self.function.as_ref().map(|function| function.decode_outputs(output))
    }

    /// What revert data say.
    pub fn revert(&self, output: &[u8]) -> Revert {
        Revert::describe(output, self.abi.as_ref())
    }

    /// What a log says.
    pub fn log(&self, topics: &[B256], data: &[u8]) -> Option<DecodedEvent> {
        self.abi.as_ref()?.decode_log(topics, data)
    }

    /// What varies in the call data of a step from lane to lane, in order: words and parts of words. A name that another
    /// column has gets `arg_` before it; one that a filter cannot write becomes `byte_` and the place.
    pub fn inputs(&self, document: &Document, step: usize, calls: &Calls) -> Vec<Input> {
        let arguments = &self.arguments;
        let argument = |offset: usize| arguments.iter().find(|head| head.offset + 4 == offset);
        let name_of = |head: &Head| {
            let last = head.path.last().map(|(name, _)| name.clone()).unwrap_or_default();
            Some(last).filter(|name| is_name(name))
        };
        let signed = |head: &Head| matches!(head.ty.kind(), AbiKind::Int(_));
        let mut found: Vec<(Option<String>, usize, usize, bool)> = Vec::new();
        match (document.steps.get(step).map(|step| &step.calldata), &calls.data) {
            (Some(Calldata::Bytes(bytes)), _) => {
                for field in bytes.fields.iter().filter(|field| !field.value.is_fixed()) {
                    let known = argument(field.offset).filter(|_| field.width == WORD);
                    let name = field.name.clone().or_else(|| known.and_then(name_of));
                    found.push((name, field.offset, field.width, known.is_some_and(signed)));
                }
            }
            (Some(Calldata::Abi(_)), CallData::Generated(data)) => {
                for part in data.pattern().parts().iter().filter(|part| part.source.constant().is_none()) {
                    let (offset, width) = (part.offset as usize, usize::from(part.width));
                    let known = argument(offset);
                    found.push((known.and_then(name_of), offset, width, known.is_some_and(signed)));
                }
            }
            (Some(Calldata::Abi(call)), CallData::Stored(_)) => {
                // Encoded lane by lane: words in the head keep their places.
                for head in arguments {
                    let [(_, index), ..] = head.path.as_slice() else { continue };
                    let varies = call.args.get(*index as usize).is_some_and(serde_json::Value::is_object);
                    if varies {
                        found.push((name_of(head), head.offset + 4, WORD, signed(head)));
                    }
                }
            }
            // Which of a list a lane has is told by the data as a whole.
            (Some(Calldata::List(_)) | None, _) => {}
        }
        let mut inputs: Vec<Input> = Vec::with_capacity(found.len());
        for (name, offset, width, signed) in found {
            let taken = |name: &String| {
                OWN_COLUMNS.contains(&name.as_str()) || inputs.iter().any(|input| input.name == *name) || !is_name(name)
            };
            let other = |name: String| if taken(&name) { format!("arg_{name}") } else { name };
            let name = name.map(other).filter(|name| !taken(name)).unwrap_or_else(|| format!("byte_{offset}"));
            inputs.push(Input { name, offset, width, signed });
        }
        inputs
    }
}

/// Columns that a filter means before any input of that name.
const OWN_COLUMNS: [&str; 24] = [
    "lane",
    "status",
    "gas",
    "gas_used",
    "gas_limit",
    "steps",
    "refund",
    "executed_on",
    "ret",
    "reason",
    "error",
    "caller",
    "to",
    "value",
    "logs",
    "slot",
    "balance",
    "balance_change",
    "nonce",
    "mapping",
    "arg",
    "other",
    "differs",
    "gas_delta",
];

/// The selector of all lanes; `None` where it varies, or there is none.
/// The selector that all of these have.
fn shared_selector(list: &[Bytes]) -> Option<[u8; 4]> {
    let first = list.first()?.first_chunk::<4>()?;
    list.iter().all(|data| data.first_chunk::<4>() == Some(first)).then_some(*first)
}

fn selector(data: &CallData) -> Option<[u8; 4]> {
    match data {
        CallData::Generated(data) => {
            let fixed = data.pattern().parts().iter().all(|part| part.offset >= 4);
            data.pattern().head().first_chunk::<4>().copied().filter(|_| fixed)
        }
        CallData::Stored(column) if column.is_empty() => None,
        CallData::Stored(column) => column.get(0).first_chunk::<4>().copied(),
    }
}

const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

impl Decode for Meanings {
    fn find(&self, steps: &[Step]) -> Option<(usize, Kind)> {
        if self.function.is_none() {
            // Without an interface, data are words.
            return match steps {
                [Step::Index(index)] if (*index as usize) < MAX_HEADS => Some((*index as usize, Kind::Number)),
                _ => None,
            };
        }
        let at = self.returned.iter().position(|head| head.is(steps))?;
        Some((at, self.returned[at].kind()))
    }

    fn returned<'a>(&'a self, output: &'a [u8], id: usize) -> Value<'a> {
        let value = match (&self.function, self.returned.get(id)) {
            (None, _) => output.get(id * WORD..(id + 1) * WORD).map(|word| Value::Word(U256::from_be_slice(word))),
            (Some(_), head) => head.and_then(|head| head.value(output)),
        };
        value.unwrap_or(Value::Absent)
    }

    fn reason<'a>(&'a self, output: &'a [u8]) -> Option<&'a str> {
        let (selector, rest) = output.split_first_chunk::<4>()?;
        match *selector {
            ERROR => std::str::from_utf8(behind(rest, U256::from_be_slice(rest.get(..WORD)?))?).ok(),
            PANIC => panic_words(U256::from_be_slice(rest.get(..WORD)?)),
            _ => None,
        }
    }

    fn error<'a>(&'a self, output: &'a [u8]) -> Option<&'a str> {
        let selector = *output.first_chunk::<4>()?;
        match selector {
            ERROR => Some("Error"),
            PANIC => Some("Panic"),
            _ => self.abi.as_ref()?.errors.iter().find(|error| error.selector == selector).map(|it| it.name.as_str()),
        }
    }

    fn find_argument(&self, steps: &[Step]) -> Option<(usize, Kind)> {
        let at = self.arguments.iter().position(|head| head.is(steps))?;
        Some((at, self.arguments[at].kind()))
    }

    fn argument(&self, data: DataRef<'_>, id: usize) -> Value<'static> {
        let value = self.arguments.get(id).and_then(|head| head.word_value(data.number(head.offset + 4, WORD)?));
        value.unwrap_or(Value::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(line: &str) -> Meanings {
        let abi = Abi::parse(line).unwrap();
        let function = abi.functions.first().cloned();
        let returned = heads_of(&function.as_ref().unwrap().outputs);
        Meanings { abi: Some(abi), function, returned, arguments: Vec::new() }
    }

    fn step(name: &str) -> Step {
        Step::Name(name.into())
    }

    #[test]
    fn return_values_are_found_by_name_and_place() {
        let meanings = function("function f() returns (int8 a, (address who, uint256[2] pair) s, string note, bool)");
        let named: Vec<_> = meanings.returned_columns();
        assert_eq!(named, ["ret.a", "ret.s.who", "ret.s.pair[0]", "ret.s.pair[1]", "ret.note", "ret[3]"]);
        let mut data = vec![0xff; 32];
        for word in [7_u64, 8, 9, 192, 1, 2] {
            data.extend(U256::from(word).to_be_bytes::<32>());
        }
        data.extend(b"ok");
        let value = |steps: &[Step]| {
            let (id, _) = meanings.find(steps).unwrap();
            meanings.returned(&data, id)
        };
        assert_eq!(value(&[step("a")]), Value::Signed(U256::MAX));
        assert_eq!(value(&[step("s"), step("pair"), Step::Index(1)]), Value::Word(U256::from(9)));
        assert_eq!(value(&[Step::Index(2)]), Value::Text("ok"));
        assert_eq!(value(&[Step::Index(3)]), Value::Bool(true));
        assert!(meanings.find(&[step("b")]).is_none());
    }

    /// Whatever a contract gives back, reading it ends, and what is no value of the type is none.
    #[test]
    fn data_of_other_types_have_no_values() {
        let meanings = function("function f() returns (uint8 a, bytes b, bool c)");
        for data in [vec![], vec![0xff; 31], vec![0xff; 96], vec![0xff; 200]] {
            for id in 0..3 {
                assert_eq!(meanings.returned(&data, id), Value::Absent, "{id} of {} bytes", data.len());
            }
            assert_eq!((meanings.reason(&data), meanings.error(&data)), (None, None));
        }
        let mut error = ERROR.to_vec();
        error.extend([0xff; 64]);
        assert_eq!((meanings.reason(&error), meanings.error(&error)), (None, Some("Error")));
    }

    #[test]
    fn arguments_are_read_from_call_data() {
        let document: Document = Document::from_json(
            r#"{"lanevm": 1, "hardfork": "prague", "lanes": 2, "programs": {"p": {"code": "0x00"}},
                "steps": [{"program": "p", "calldata": {"function": "f(int8 a, address who, bytes b, bool on)",
                    "args": ["-3", "0x00000000000000000000000000000000000000bb", "0x01", true]}}]}"#,
        )
        .unwrap_or_else(|error| panic!("{error}"));
        let prepared = document.prepare().unwrap();
        let meanings = Meanings::of(&document, 0, prepared.step(0));
        let names: Vec<String> = meanings.argument_columns().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["arg.a", "arg.who", "arg.on"]);
        let value = |name: &str| {
            let (id, _) = meanings.find_argument(&[step(name)]).unwrap();
            meanings.argument(prepared.step(0).data.row(1), id)
        };
        assert_eq!(value("a"), Value::Signed(U256::MAX - U256::from(2)));
        assert_eq!(value("who").as_bytes().map(|bytes| bytes[19]), Some(0xbb));
        assert_eq!(value("on"), Value::Bool(true));
        assert!(meanings.find_argument(&[step("b")]).is_none());
    }

    #[test]
    fn an_example_says_what_varies_and_what_returns() {
        for example in crate::examples::all() {
            let document = example.document();
            let prepared = document.prepare().unwrap();
            let meanings = Meanings::of(&document, 0, prepared.step(0));
            assert!(meanings.function().is_some(), "{}", example.id);
            let inputs = meanings.inputs(&document, 0, prepared.step(0));
            assert!(inputs.iter().any(|input| !input.name.starts_with("byte_")), "{}: {inputs:?}", example.id);
        }
    }
}
