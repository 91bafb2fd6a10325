//! Names of instructions as people write them: mnemonics in any case, old names beside new ones, and the nearest name to a
//! misspelt one. Facts of instructions are `lanevm_shaders::facts`'.

use lanevm_shaders::facts::{INSTRUCTIONS, Instruction};

/// Other names of instructions, with the name in the table of facts.
const ALIASES: &[(&str, &str)] =
    &[("SHA3", "KECCAK256"), ("DIFFICULTY", "PREVRANDAO"), ("RANDOM", "PREVRANDAO"), ("SUICIDE", "SELFDESTRUCT")];

/// The instruction of a mnemonic, in any case; aliases are followed. Fork-blind: mnemonics never changed their byte.
pub fn mnemonic(word: &str) -> Option<&'static Instruction> {
    byte_of(word).and_then(|byte| INSTRUCTIONS.iter().find(|instruction| instruction.byte == byte))
}

/// The byte of a mnemonic.
pub(super) fn byte_of(word: &str) -> Option<u8> {
    // No name is longer; a word of megabytes is not copied.
    if word.len() > 16 {
        return None;
    }
    let upper = word.to_ascii_uppercase();
    let name = ALIASES.iter().find(|(alias, _)| *alias == upper).map_or(upper.as_str(), |(_, name)| *name);
    INSTRUCTIONS.iter().find(|instruction| instruction.name == name).map(|instruction| instruction.byte)
}

/// Whether the word is PUSH without a width.
pub(super) const fn is_push(word: &str) -> bool {
    word.eq_ignore_ascii_case("PUSH")
}

/// The mnemonic nearest to a word; `None` where none is near.
pub(super) fn nearest_mnemonic(word: &str) -> Option<String> {
    let names = INSTRUCTIONS.iter().map(|instruction| instruction.name);
    nearest(&word.to_ascii_uppercase(), names.chain(ALIASES.iter().map(|(alias, _)| *alias)).chain(["PUSH"]))
}

/// Most names that are compared with a misspelt one.
const MOST_COMPARED: usize = 2_000;

/// The nearest of some names: at most a third of the letters differ; `None` where none is that near.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    if !(2..=32).contains(&word.len()) {
        return None;
    }
    let allowed = (word.len() / 3).max(1);
    names
        .take(MOST_COMPARED)
        .filter(|name| name.len().abs_diff(word.len()) <= allowed)
        .map(|name| (distance(word.as_bytes(), name.as_bytes()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Letters to change, add, remove or swap with their neighbour to get from one word to the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let changed = above[j] + usize::from(left != right);
            let mut least = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_name_instructions_of_the_table() {
        for (alias, name) in ALIASES {
            assert!(INSTRUCTIONS.iter().any(|instruction| instruction.name == *name), "{alias} is {name}");
            assert!(INSTRUCTIONS.iter().all(|instruction| instruction.name != *alias), "{alias} is a name already");
        }
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest_mnemonic("calldatalaod").as_deref(), Some("CALLDATALOAD"));
        assert_eq!(nearest_mnemonic("PUHS1").as_deref(), Some("PUSH1"));
        assert_eq!(nearest_mnemonic("hello"), None);
        assert_eq!(distance(b"", b"abc"), 3);
    }
}
