//! Names of instructions as people write them: mnemonics in any case, old names beside new ones, and the nearest name to a
//! misspelt one. Facts of instructions are `lanevm_shaders::facts`'.

use lanevm_shaders::facts::{INSTRUCTIONS, Instruction};

use crate::nearest::nearest;

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
    }
}
