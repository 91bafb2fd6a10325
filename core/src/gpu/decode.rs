//! Programs and forks as the device reads them: a decoded word for each byte of code, a pool of push constants, the facts
//! of each instruction. It builds tables and knows no buffer.

use std::collections::HashMap;

use lanevm_shaders::{
    Fork, facts,
    layout::{
        FORK_PARAMETERS, P_COLD_SLOAD, P_COLD_SLOT, P_EXP_BYTE, P_SSTORE, P_SSTORE_CLEAR, P_SSTORE_NOOP,
        P_SSTORE_RESET, P_SSTORE_SET, SSTORE_LEGACY, SSTORE_NET,
    },
};

/// Bytes as big-endian words of four, the last padded with zeros.
pub(crate) fn big_endian_words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks(4).map(|chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        u32::from_be_bytes(word)
    })
}

/// A decoded program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// A word for each byte of code and one more, a STOP, which guarantees that every program ends. Bits 0 to 7 are the
    /// instruction; bits 8 and up are the number of a push's constant in the pool. A byte inside push data is INVALID, so
    /// that no jump lands on it.
    pub(crate) words: Vec<u32>,
    /// Push constants, eight big-endian words each.
    pub(crate) pool: Vec<u32>,
}

/// Decodes a program. Push data cut short by the end of the code reads as if zeros followed (Yellow Paper, 9.4.1).
pub(crate) fn decode(code: &[u8]) -> Decoded {
    const INVALID: u32 = 0xfe;
    let mut words = vec![INVALID; code.len() + 1];
    words[code.len()] = 0;
    let mut pool = Vec::new();
    let mut known: HashMap<[u8; 32], u32> = HashMap::new();
    let mut pc = 0;
    while pc < code.len() {
        let byte = code[pc];
        let mut word = u32::from(byte);
        let mut next = pc + 1;
        if (0x60..=0x7f).contains(&byte) {
            let width = usize::from(byte) - 0x5f;
            let mut value = [0; 32];
            let present = width.min(code.len() - next);
            value[32 - width..32 - width + present].copy_from_slice(&code[next..next + present]);
            let index = *known.entry(value).or_insert_with(|| {
                let index = (pool.len() / 8) as u32;
                pool.extend(big_endian_words(&value));
                index
            });
            word |= index << 8;
            next += width;
        }
        words[pc] = word;
        pc = next;
    }
    Decoded { words, pool }
}

/// The facts of a fork's instructions, by byte: static gas in bits 0 to 15, items needed in bits 16 to 20, items left in
/// bits 21 to 25, kernel family in bits 26 to 28, bit 29 where the fork defines the byte.
pub(crate) fn fork_facts(fork: Fork) -> [u32; 256] {
    let mut table = [0; 256];
    for op in facts::INSTRUCTIONS.iter().filter(|op| op.since <= fork) {
        table[usize::from(op.byte)] = u32::from(op.gas_in(fork))
            | u32::from(op.pops) << 16
            | u32::from(op.pushes) << 21
            | (op.family as u32) << 26
            | 1 << 29;
    }
    table
}

/// The parameters of a fork that are no static gas.
pub(crate) fn fork_parameters(fork: Fork) -> [u32; FORK_PARAMETERS as usize] {
    let mut table = [0; FORK_PARAMETERS as usize];
    // EIP-160.
    table[P_EXP_BYTE as usize] = if fork >= Fork::SpuriousDragon { 50 } else { 10 };
    let (rule, noop, set, reset, cold, clear) = if fork >= Fork::London {
        // EIP-2929, EIP-3529.
        (SSTORE_NET, 100, 20000, 2900, 2100, 4800)
    } else if fork >= Fork::Berlin {
        (SSTORE_NET, 100, 20000, 2900, 2100, 15000)
    } else if fork >= Fork::Istanbul {
        // EIP-2200.
        (SSTORE_NET, 800, 20000, 5000, 0, 15000)
    } else {
        (SSTORE_LEGACY, 5000, 20000, 5000, 0, 15000)
    };
    table[P_SSTORE as usize] = rule;
    table[P_SSTORE_NOOP as usize] = noop;
    table[P_SSTORE_SET as usize] = set;
    table[P_SSTORE_RESET as usize] = reset;
    table[P_COLD_SLOT as usize] = cold;
    table[P_SSTORE_CLEAR as usize] = clear;
    // A cold SLOAD costs 2,100, of which its static gas is 100.
    table[P_COLD_SLOAD as usize] = if fork >= Fork::Berlin { 2000 } else { 0 };
    table
}

/// Whether the device has the fork's rules. Constantinople alone meters SSTORE by EIP-1283, which no kernel knows.
pub(crate) const fn device_knows(fork: Fork) -> bool {
    !matches!(fork, Fork::Constantinople)
}

/// The round constants of keccak-f[1600], low half first (FIPS 202, section 3.2.5), from the linear feedback shift
/// register that defines them.
pub(crate) fn keccak_rounds() -> Vec<u32> {
    let mut register: u8 = 1;
    let mut words = Vec::with_capacity(48);
    for _ in 0..24 {
        let mut constant = 0u64;
        for power in 0..7 {
            if register & 1 == 1 {
                constant |= 1 << ((1 << power) - 1);
            }
            register = register << 1 ^ if register & 0x80 != 0 { 0x71 } else { 0 };
        }
        words.extend([constant as u32, (constant >> 32) as u32]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_data_is_no_instruction() {
        // PUSH2 5b5b, JUMPDEST, PUSH2 cut short.
        let decoded = decode(&[0x61, 0x5b, 0x5b, 0x5b, 0x61, 0x07]);
        assert_eq!(decoded.words, [0x61, 0xfe, 0xfe, 0x5b, 0x61 | 1 << 8, 0xfe, 0]);
        assert_eq!(decoded.pool[7], 0x5b5b);
        assert_eq!(decoded.pool[15], 0x0700);
    }

    #[test]
    fn keccak_constants_begin_and_end_as_the_standard_says() {
        let words = keccak_rounds();
        assert_eq!(words[..4], [1, 0, 0x8082, 0]);
        assert_eq!(words[46..], [0x8000_8008, 0x8000_0000]);
    }

    #[test]
    fn every_fork_has_facts_for_what_it_defines() {
        for fork in Fork::ALL {
            let table = fork_facts(fork);
            for byte in 0..=255u8 {
                assert_eq!(
                    table[usize::from(byte)] >> 29 == 1,
                    facts::instruction(byte, fork).is_some(),
                    "{fork} {byte:02x}"
                );
            }
        }
        assert_eq!(fork_facts(Fork::Berlin)[0x5f], 0);
        assert_ne!(fork_facts(Fork::Shanghai)[0x5f], 0);
    }
}
