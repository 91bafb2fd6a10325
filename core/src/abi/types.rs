//! ABI types, small by construction: what exceeds the bounds cannot be made. It reads the names of types; how parameters
//! are written around them is [`super::json`]'s and [`super::lines`]'.

use std::{fmt, sync::Arc};

use super::{MAX_DEPTH, MAX_VALUES, cut, error::TypeError};

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `uint8` to `uint256`: its bits.
    Uint(u16),
    /// `int8` to `int256`: its bits.
    Int(u16),
    /// `address`.
    Address,
    /// `bool`.
    Bool,
    /// `bytes1` to `bytes32`: its bytes.
    FixedBytes(u8),
    /// `function`: an address and a selector, 24 bytes.
    Function,
    /// `bytes`.
    Bytes,
    /// `string`.
    String,
    /// `T[]`.
    Array(Arc<Type>),
    /// `T[n]`.
    FixedArray(Arc<Type>, usize),
    /// A struct's fields, or the parameters of an item.
    Tuple(Arc<[Param]>),
}

/// A parameter of an item, or a field of a tuple.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name; empty where it has none.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
}

/// A type within bounds: at most [`MAX_DEPTH`] levels, and at most [`MAX_VALUES`] parts and values that are always there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    kind: Kind,
    dynamic: bool,
    words: usize,
    values: usize,
    parts: usize,
    depth: usize,
}

fn bounded(number: u64, error: fn(u64) -> TypeError) -> Result<usize, TypeError> {
    if number > MAX_VALUES as u64 { Err(error(number)) } else { Ok(number as usize) }
}

impl Type {
    const fn leaf(kind: Kind, dynamic: bool) -> Self {
        Self { kind, dynamic, words: 1, values: 1, parts: 1, depth: 0 }
    }

    /// The type of that name without arrays: `uint256`, `bytes4`, `string`. `uint`, `int` and `byte` stand for what they do
    /// in Solidity.
    ///
    /// # Errors
    /// If there is no such type.
    pub fn named(name: &str) -> Result<Self, TypeError> {
        let number = |digits: &str| -> Option<u16> {
            let plain =
                !digits.starts_with('0') && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| plain)
        };
        let bits = |digits: &str| match digits {
            "" => Ok(256),
            _ => number(digits)
                .filter(|bits| bits.is_multiple_of(8) && (8..=256).contains(bits))
                .ok_or_else(|| TypeError::Bits(cut(name))),
        };
        let numeric = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        Ok(match name {
            "address" => Self::leaf(Kind::Address, false),
            "bool" => Self::leaf(Kind::Bool, false),
            "string" => Self::leaf(Kind::String, true),
            "bytes" => Self::leaf(Kind::Bytes, true),
            "function" => Self::leaf(Kind::Function, false),
            "byte" => Self::leaf(Kind::FixedBytes(1), false),
            _ => match (name.strip_prefix("uint"), name.strip_prefix("int"), name.strip_prefix("bytes")) {
                (Some(digits), ..) if numeric(digits) => Self::leaf(Kind::Uint(bits(digits)?), false),
                (_, Some(digits), _) if numeric(digits) => Self::leaf(Kind::Int(bits(digits)?), false),
                (.., Some(digits)) if numeric(digits) => {
                    let width = number(digits).filter(|width| (1..=32).contains(width));
                    Self::leaf(Kind::FixedBytes(width.ok_or_else(|| TypeError::Bytes(cut(name)))? as u8), false)
                }
                _ if name.starts_with("fixed") || name.starts_with("ufixed") => {
                    return Err(TypeError::FixedPoint(cut(name)));
                }
                _ => return Err(TypeError::Unknown(cut(name))),
            },
        })
    }

    /// `T[]`.
    ///
    /// # Errors
    /// If it is nested too deeply.
    pub fn array(element: Self) -> Result<Self, TypeError> {
        Ok(Self {
            dynamic: true,
            words: 1,
            values: 1,
            parts: bounded(element.parts as u64 + 1, TypeError::TooManyParts)?,
            depth: element.deeper()?,
            kind: Kind::Array(Arc::new(element)),
        })
    }

    /// `T[len]`.
    ///
    /// # Errors
    /// If it is nested too deeply, has no elements or too many.
    pub fn fixed_array(element: Self, len: u64) -> Result<Self, TypeError> {
        if len == 0 {
            return Err(TypeError::EmptyArray);
        }
        let values = bounded(len.saturating_mul(element.values as u64).saturating_add(1), TypeError::TooManyValues)?;
        // What has few values has few words: each value is at most one.
        let len = len as usize;
        Ok(Self {
            dynamic: element.dynamic,
            words: if element.dynamic { 1 } else { len * element.words },
            values,
            parts: bounded(element.parts as u64 + 1, TypeError::TooManyParts)?,
            depth: element.deeper()?,
            kind: Kind::FixedArray(Arc::new(element), len),
        })
    }

    /// A tuple of these fields.
    ///
    /// # Errors
    /// If it has no fields, too many, or is nested too deeply.
    pub fn tuple(fields: Vec<Param>) -> Result<Self, TypeError> {
        if fields.is_empty() {
            return Err(TypeError::EmptyTuple);
        }
        let mut tuple = Self::parameters(fields)?;
        tuple.depth = tuple.deeper()?;
        Ok(tuple)
    }

    /// No parameters.
    pub fn none() -> Self {
        Self { kind: Kind::Tuple(Arc::from([])), dynamic: false, words: 0, values: 1, parts: 1, depth: 0 }
    }

    /// The parameters of an item, which are encoded as a tuple is. There may be none, and they are no level of their own.
    ///
    /// # Errors
    /// If there are too many.
    pub fn parameters(fields: Vec<Param>) -> Result<Self, TypeError> {
        let sum = |of: fn(&Self) -> usize| fields.iter().map(|field| of(&field.ty) as u64).sum::<u64>() + 1;
        let dynamic = fields.iter().any(|field| field.ty.dynamic);
        Ok(Self {
            dynamic,
            words: if dynamic { 1 } else { fields.iter().map(|field| field.ty.words).sum() },
            values: bounded(sum(|ty| ty.values), TypeError::TooManyValues)?,
            parts: bounded(sum(|ty| ty.parts), TypeError::TooManyParts)?,
            depth: fields.iter().map(|field| field.ty.depth).max().unwrap_or(0),
            kind: Kind::Tuple(fields.into()),
        })
    }

    /// The type with arrays behind it, written `[2][]`.
    ///
    /// # Errors
    /// If that is no list of arrays, or a type out of bounds.
    pub fn with_suffix(mut self, suffix: &str) -> Result<Self, TypeError> {
        let mut rest = suffix;
        while !rest.is_empty() {
            let wrong = || TypeError::Suffix(cut(suffix));
            let (len, behind) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(wrong)?;
            if !len.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(wrong());
            }
            self = match len {
                "" => Self::array(self)?,
                // A length past 2^64 is past any bound.
                len => Self::fixed_array(self, len.parse().unwrap_or(u64::MAX))?,
            };
            rest = behind;
        }
        Ok(self)
    }

    const fn deeper(&self) -> Result<usize, TypeError> {
        if self.depth < MAX_DEPTH { Ok(self.depth + 1) } else { Err(TypeError::TooDeep) }
    }

    /// What it is.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether its encoding stands behind the head, where an offset tells its place.
    pub const fn is_dynamic(&self) -> bool {
        self.dynamic
    }

    /// Whether it is one word, always: an integer, address, bool, fixed bytes or function.
    pub const fn is_word(&self) -> bool {
        !matches!(self.kind, Kind::Bytes | Kind::String | Kind::Array(_) | Kind::FixedArray(..) | Kind::Tuple(_))
    }

    /// Words in the head of what encloses it.
    pub const fn words(&self) -> usize {
        self.words
    }

    /// The fields of a tuple or the parameters of an item; none of another type.
    pub fn fields(&self) -> &[Param] {
        match &self.kind {
            Kind::Tuple(fields) => fields,
            _ => &[],
        }
    }

    /// Words of the head that its fields take together.
    pub(super) fn head_words(&self) -> usize {
        self.fields().iter().map(|field| field.ty.words).sum()
    }
}

/// The canonical name, as signatures have it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Uint(bits) => write!(f, "uint{bits}"),
            Kind::Int(bits) => write!(f, "int{bits}"),
            Kind::Address => f.write_str("address"),
            Kind::Bool => f.write_str("bool"),
            Kind::FixedBytes(width) => write!(f, "bytes{width}"),
            Kind::Function => f.write_str("function"),
            Kind::Bytes => f.write_str("bytes"),
            Kind::String => f.write_str("string"),
            Kind::Array(element) => write!(f, "{element}[]"),
            Kind::FixedArray(element, len) => write!(f, "{element}[{len}]"),
            Kind::Tuple(fields) => {
                f.write_str("(")?;
                for (at, field) in fields.iter().enumerate() {
                    if at > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{}", field.ty)?;
                }
                f.write_str(")")
            }
        }
    }
}
