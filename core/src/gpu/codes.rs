//! The codes of a batch as the device knows them: decoded words, bytes, and a registry by hash in which code made at run time
//! finds its like. It knows no account.

use std::collections::HashMap;

use lanevm_shaders::layout::{CODE_PROBES, CODE_READY, CODE_WORDS, K_CODE, K_HASH, K_LEN, K_RAW, K_STATE};

use super::{
    decode::{big_endian_words, decode, fuse},
    worlds::limbs,
};
use crate::{B256, Bytes, U256};

/// Where a code stands in the buffers `code` and `memory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodePlace {
    pub(crate) code: u32,
    pub(crate) len: u32,
    pub(crate) raw: u32,
}

/// The codes that the host knows.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    places: HashMap<B256, CodePlace>,
    /// Which bytes are instructions of any of them.
    used: Vec<bool>,
}

/// The registry of codes as a shard begins with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    /// Records of [`CODE_WORDS`] words.
    pub(crate) words: Vec<u32>,
    /// How many there is room for, a power of two, less one.
    pub(crate) mask: u32,
    numbers: HashMap<B256, u32>,
}

impl Codes {
    /// The place of a code; one that is new is decoded to the ends of the two buffers.
    /// `fuses`: its pushes are joined with what follows them.
    pub(crate) fn place(
        &mut self,
        hash: B256,
        bytes: &[u8],
        fuses: bool,
        code: &mut Vec<u32>,
        raw: &mut Vec<u32>,
    ) -> CodePlace {
        if let Some(place) = self.places.get(&hash) {
            return *place;
        }
        let place = CodePlace { code: code.len() as u32, len: bytes.len() as u32, raw: raw.len() as u32 };
        let mut words = decode(bytes);
        self.used.resize(256, false);
        for word in &words {
            self.used[*word as usize & 255] = true;
        }
        if fuses {
            fuse(&mut words, bytes);
        }
        code.extend(words);
        raw.extend(big_endian_words(bytes));
        self.places.insert(hash, place);
        place
    }

    /// The place of a code that is known.
    pub(crate) fn place_of(&self, hash: &B256) -> Option<CodePlace> {
        self.places.get(hash).copied()
    }

    /// Whether any code has this instruction.
    pub(crate) fn uses(&self, byte: u8) -> bool {
        self.used.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// How many codes there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The registry of these codes with room for as many again as `room` says.
    pub(crate) fn registry(&self, room: u32) -> Registry {
        let mut size = ((self.places.len() + room as usize) * 2).next_power_of_two().max(16);
        loop {
            if let Some(registry) = self.try_registry(size) {
                return registry;
            }
            size *= 2;
        }
    }

    fn try_registry(&self, size: usize) -> Option<Registry> {
        let mask = size - 1;
        let mut registry =
            Registry { words: vec![0; size * CODE_WORDS as usize], mask: mask as u32, numbers: HashMap::new() };
        for (hash, place) in self.places.iter().filter(|(_, place)| place.len > 0) {
            let key = limbs(&U256::from_be_bytes(hash.0));
            let mut entry = key[0] as usize & mask;
            let mut probes = 1;
            while registry.words[entry * CODE_WORDS as usize + K_STATE as usize] != 0 {
                entry = (entry + 1) & mask;
                probes += 1;
                if probes > CODE_PROBES {
                    return None;
                }
            }
            let record = &mut registry.words[entry * CODE_WORDS as usize..][..CODE_WORDS as usize];
            record[K_STATE as usize] = CODE_READY;
            record[K_CODE as usize] = place.code;
            record[K_LEN as usize] = place.len;
            record[K_RAW as usize] = place.raw;
            record[K_HASH as usize..][..8].copy_from_slice(&key);
            registry.numbers.insert(*hash, entry as u32 + 1);
        }
        Some(registry)
    }
}

impl Registry {
    /// The device's number of a code; 0 for no code.
    pub(crate) fn number(&self, hash: &B256) -> u32 {
        self.numbers.get(hash).copied().unwrap_or_default()
    }
}

/// The bytes of a code, from a registry as read back and the two parts of the buffer `memory` that hold codes: the host's,
/// and from word `made_at` on that of codes made at run time. Call data that the device makes may stand between them.
pub(crate) fn bytes_of_code(registry: &[u32], host: &[u32], made: &[u32], made_at: u32, number: u32) -> Option<Bytes> {
    let at = (number.checked_sub(1)? * CODE_WORDS) as usize;
    let record = registry.get(at..at + CODE_WORDS as usize)?;
    let len = record[K_LEN as usize] as usize;
    let from = record[K_RAW as usize] as usize;
    let (part, from) = match from.checked_sub(made_at as usize) {
        None => (host, from),
        Some(from) => (made, from),
    };
    let words = part.get(from..from + len.div_ceil(4))?;
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.truncate(len);
    Some(bytes.into())
}
