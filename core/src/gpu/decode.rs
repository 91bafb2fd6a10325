//! Programs and forks as the device reads them: a decoded word for each byte of code, the facts of each instruction. It
//! builds tables and knows no buffer. `decode.wesl` decodes code made at run time in the same way.

use lanevm_shaders::{
    Fork, facts,
    layout::{
        FORK_PARAMETERS, P_COLD_ACCOUNT, P_COLD_SLOAD, P_COLD_SLOT, P_DELEGATIONS, P_DESTROY_NEW_ONLY, P_EXP_BYTE,
        P_INITCODE_MOST, P_INITCODE_WORD, P_MODEXP, P_PRECOMPILE_FAR, P_PRECOMPILES, P_SSTORE, P_SSTORE_CLEAR,
        P_SSTORE_NOOP, P_SSTORE_RESET, P_SSTORE_SET, SSTORE_LEGACY, SSTORE_NET,
    },
};

use super::opening::precompiles_of;

/// Bytes as big-endian words of four, the last padded with zeros.
pub(crate) fn big_endian_words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks(4).map(|chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        u32::from_be_bytes(word)
    })
}

/// Decodes a program: a word for each byte of code and one more, a STOP, which guarantees that every program ends. A byte
/// inside push data is INVALID, so that no jump lands on it.
pub(crate) fn decode(code: &[u8]) -> Vec<u32> {
    const INVALID: u32 = 0xfe;
    let mut words = vec![INVALID; code.len() + 1];
    words[code.len()] = 0;
    let mut pc = 0;
    while pc < code.len() {
        let byte = code[pc];
        words[pc] = u32::from(byte);
        pc += 1 + usize::from(byte.saturating_sub(0x5f).min(32)) * usize::from((0x60..=0x7f).contains(&byte));
    }
    words
}

/// Instructions that a push before them is run with in one turn of the step kernel: they take the constant from the top and
/// belong to that kernel in every fork. Those of the second list load a field of bytes themselves, or look at their operand
/// before fields are loaded, so that the constant must stand in the decoded word.
const TAKES_ANY: &[u8] = &[0x01, 0x03, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d];
const TAKES_SHORT: &[u8] = &[0x15, 0x19, 0x35, 0x51, 0x52, 0x53, 0x56, 0x57];

/// Joins pushes with the instruction that takes what they push: above a push stand that instruction, in bits 8 to 15, and a
/// constant of one or two bytes, in bits 16 to 31. A jump to the second finds it as before. Code made at run time goes
/// without.
pub(crate) fn fuse(words: &mut [u32], code: &[u8]) {
    let mut pc = 0;
    while pc < code.len() {
        let push = usize::from(code[pc].saturating_sub(0x5f)).min(33) % 33;
        let next = pc + 1 + push;
        if push > 0
            && let Some(follower) = code.get(next)
            && (TAKES_ANY.contains(follower) || (push <= 2 && TAKES_SHORT.contains(follower)))
        {
            let short = code[pc + 1..next].iter().take(2).fold(0, |value, byte| value << 8 | u32::from(*byte));
            words[pc] |= u32::from(*follower) << 8 | if push <= 2 { short << 16 } else { 0 };
        }
        pc = next;
    }
}

/// The facts of a fork's instructions, by byte: static gas in bits 0 to 15, items needed in bits 16 to 20, items left in
/// bits 21 to 25, kernel family in bits 26 to 29, bit 30 where the fork defines the byte, bit 31 where it changes state.
pub(crate) fn fork_facts(fork: Fork) -> [u32; 256] {
    let mut table = [0; 256];
    for op in facts::INSTRUCTIONS.iter().filter(|op| op.since <= fork) {
        table[usize::from(op.byte)] = u32::from(op.gas_in(fork))
            | u32::from(op.pops) << 16
            | u32::from(op.pushes) << 21
            | (op.family_in(fork) as u32) << 26
            | 1 << 30
            | u32::from(op.changes_state()) << 31;
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
    table[P_COLD_ACCOUNT as usize] = if fork >= Fork::Berlin { 2500 } else { 0 };
    let (last, far) = precompiles_of(fork);
    table[P_PRECOMPILES as usize] = u32::from(last);
    table[P_PRECOMPILE_FAR as usize] = far.map_or(0, u32::from);
    // EIP-3860. Before it, gas alone bounds init code.
    let (most, word) = if fork >= Fork::Shanghai { (49_152, 2) } else { (u32::MAX, 0) };
    table[P_INITCODE_MOST as usize] = most;
    table[P_INITCODE_WORD as usize] = word;
    table[P_DESTROY_NEW_ONLY as usize] = u32::from(fork >= Fork::Cancun);
    table[P_DELEGATIONS as usize] = u32::from(fork >= Fork::Prague);
    table[P_MODEXP as usize] = u32::from(fork >= Fork::Osaka);
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
        assert_eq!(decode(&[0x61, 0x5b, 0x5b, 0x5b, 0x61, 0x07]), [0x61, 0xfe, 0xfe, 0x5b, 0x61, 0xfe, 0]);
        // PUSH0 has none; PUSH32 cut short by the end.
        assert_eq!(decode(&[0x5f, 0x5b, 0x7f, 0x5b]), [0x5f, 0x5b, 0x7f, 0xfe, 0]);
    }

    /// Those that take a push's constant are the step kernel's in every fork, and take their operands from the top alone.
    #[test]
    fn pushes_are_joined_with_what_takes_their_constant() {
        let fused = |code: &[u8]| {
            let mut words = decode(code);
            fuse(&mut words, code);
            assert!(words.iter().zip(decode(code)).all(|(fused, plain)| fused & 255 == plain));
            words
        };
        // PUSH1 07 ADD; PUSH2 0102 JUMP; PUSH3 010203 AND.
        assert_eq!(fused(&[0x60, 7, 0x01])[0], 0x60 | 0x01 << 8 | 7 << 16);
        assert_eq!(fused(&[0x61, 1, 2, 0x56])[0], 0x61 | 0x56 << 8 | 0x0102 << 16);
        assert_eq!(fused(&[0x62, 1, 2, 3, 0x16])[0], 0x62 | 0x16 << 8);
        // Jumps far out; two pushes; what is no push; pushes cut short, and before the end of the code.
        for code in [&[0x62, 1, 2, 3, 0x56][..], &[0x60, 1, 0x60], &[0x5f, 0x01], &[0x01, 0x01], &[0x61, 1], &[0x60, 1]]
        {
            assert_eq!(fused(code)[0] >> 8, 0, "{code:x?}");
        }
        for byte in [TAKES_ANY, TAKES_SHORT].concat() {
            for op in facts::INSTRUCTIONS.iter().filter(|op| op.byte == byte) {
                assert!(op.family == facts::Family::Light && (1..=2).contains(&op.pops) && op.pushes <= 1, "{op:?}");
                assert_eq!(op.pushes, u8::from(!matches!(byte, 0x52 | 0x53 | 0x56 | 0x57)), "{op:?}");
            }
        }
        // What the step kernel takes for granted.
        for fork in Fork::ALL {
            let gas = |byte: usize| fork_facts(fork)[byte] & 0xffff;
            assert!((0x60..=0x7f).all(|push| gas(push) == 3) && gas(0x5b) == 1, "{fork}");
        }
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
                    table[usize::from(byte)] >> 30 & 1 == 1,
                    facts::instruction(byte, fork).is_some(),
                    "{fork} {byte:02x}"
                );
            }
        }
        assert_eq!(fork_facts(Fork::Berlin)[0x5f], 0);
        assert_ne!(fork_facts(Fork::Shanghai)[0x5f], 0);
    }
}
