//! Code as compilers hand it out: perhaps with holes where libraries' addresses belong. Unlinked code gives no bytes.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{hexadecimal::HexError, program::MAX_CODE};

/// A range of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// First byte.
    pub offset: usize,
    /// Bytes.
    pub length: usize,
}

/// A library whose address the code lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its name as the compiler's references have it, `file:Library`, or the placeholder where there are none.
    pub library: String,
    /// Where its address belongs, in order; each place has 20 bytes.
    pub places: Vec<Place>,
}

/// What is wrong with code.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CodeError {
    /// It is not hex.
    #[error("{0}")]
    Hex(HexError),
    /// A placeholder at an odd digit, or cut off.
    #[error("the library placeholder at position {0} is damaged; it has 40 characters and begins at a whole byte")]
    Placeholder(usize),
    /// A reference to where no placeholder is.
    #[error("the references name bytes {offset} to {end} for `{library}`, where the code has no placeholder")]
    Reference {
        /// The library, cut to 80 characters.
        library: String,
        /// First byte.
        offset: usize,
        /// Byte behind the last.
        end: usize,
    },
    /// Libraries without addresses.
    #[error("the code is not linked; give addresses of {}", .0.join(", "))]
    Unlinked(Vec<String>),
    /// No such library.
    #[error("the code needs no library `{0}`")]
    NoLibrary(String),
}

/// Code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Placeholders are zeros here.
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
    links: Vec<Link>,
}

/// Characters of a placeholder.
const PLACEHOLDER: usize = 40;

impl Code {
    /// Code of these bytes.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, links: Vec::new() }
    }

    /// Reads hex, with or without `0x`, white space, quotes around it, and placeholders such as `__$…$__` (Solidity 0.5 and
    /// later) or `__file.sol:Library____` (before).
    ///
    /// # Errors
    /// Says which character is wrong; positions count characters from 1.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut code = Self::default();
        let mut links: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        let mut half = None;
        let mut count = 0;
        let mut begun = false;
        let mut characters = text.chars().zip(1..).peekable();
        while let Some((character, position)) = characters.next() {
            if character.is_whitespace() || matches!(character, '"' | '\'') {
                continue;
            }
            if !begun && character == '0' && characters.peek().is_some_and(|(next, _)| matches!(next, 'x' | 'X')) {
                characters.next();
                begun = true;
                continue;
            }
            begun = true;
            if character == '_' {
                let mut name = String::from('_');
                while name.len() < PLACEHOLDER {
                    match characters.next() {
                        Some((next, _)) if next.is_ascii_graphic() => name.push(next),
                        _ => return Err(CodeError::Placeholder(position)),
                    }
                }
                if half.is_some() || !name.starts_with("__") {
                    return Err(CodeError::Placeholder(position));
                }
                let place = Place { offset: code.bytes.len(), length: 20 };
                links.entry(name).or_default().push(place);
                code.bytes.extend_from_slice(&[0; 20]);
                continue;
            }
            let Some(digit) = character.to_digit(16) else {
                return Err(CodeError::Hex(HexError::NotHex { character, position }));
            };
            count += 1;
            half = match half {
                None => Some((digit << 4) as u8),
                Some(high) => {
                    code.bytes.push(high | digit as u8);
                    None
                }
            };
        }
        if half.is_some() {
            return Err(CodeError::Hex(HexError::OddLength { digits: count }));
        }
        if code.bytes.len() > MAX_CODE {
            return Err(CodeError::Hex(HexError::TooLong { bytes: code.bytes.len(), most: MAX_CODE }));
        }
        code.links = links.into_iter().map(|(library, places)| Link { library, places }).collect();
        Ok(code)
    }

    /// Gives placeholders the names that the compiler's references have for them.
    pub(super) fn name_links(&mut self, named: Vec<Link>) -> Result<(), CodeError> {
        let mut places: BTreeMap<Place, String> = BTreeMap::new();
        for link in &self.links {
            places.extend(link.places.iter().map(|place| (*place, link.library.clone())));
        }
        for link in named {
            for place in &link.places {
                let Some(name) = places.get_mut(place) else {
                    return Err(CodeError::Reference {
                        library: link.library.chars().take(80).collect(),
                        offset: place.offset,
                        end: place.offset.saturating_add(place.length),
                    });
                };
                name.clone_from(&link.library);
            }
        }
        let mut links: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (place, library) in places {
            links.entry(library).or_default().push(place);
        }
        self.links = links.into_iter().map(|(library, places)| Link { library, places }).collect();
        Ok(())
    }

    /// How many bytes the code has.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no code, as for an interface.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Libraries whose addresses the code lacks, by name.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Puts a library's address wherever the code lacks it.
    ///
    /// # Errors
    /// [`CodeError::NoLibrary`].
    pub fn link(&mut self, library: &str, address: Address) -> Result<(), CodeError> {
        let Some(index) = self.links.iter().position(|link| link.library == library) else {
            return Err(CodeError::NoLibrary(library.chars().take(80).collect()));
        };
        for place in self.links.remove(index).places {
            self.bytes[place.offset..place.offset + place.length].copy_from_slice(address.as_slice());
        }
        Ok(())
    }

    /// The code's bytes, once all libraries have their addresses.
    ///
    /// # Errors
    /// [`CodeError::Unlinked`].
    pub fn bytes(&self) -> Result<Bytes, CodeError> {
        if !self.links.is_empty() {
            return Err(CodeError::Unlinked(self.links.iter().map(|link| link.library.clone()).collect()));
        }
        Ok(Bytes::copy_from_slice(&self.bytes))
    }
}
