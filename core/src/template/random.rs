//! Random words by counter: Threefry-2x32-20 over a key of seed and field. It keeps no state, so that a lane's words do not
//! depend on what was drawn before; `docs/templates.md` says it for other languages.

use alloy_primitives::{U256, keccak256};

/// Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
pub const fn threefry(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [u32; 8] = [13, 15, 26, 6, 17, 29, 16, 24];
    let keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd1_1bda];
    let mut x = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    let mut round = 0;
    while round < 20 {
        x[0] = x[0].wrapping_add(x[1]);
        x[1] = x[1].rotate_left(ROTATIONS[round % 8]) ^ x[0];
        round += 1;
        if round.is_multiple_of(4) {
            let group = round / 4;
            x[0] = x[0].wrapping_add(keys[group % 3]);
            x[1] = x[1].wrapping_add(keys[(group + 1) % 3]).wrapping_add(group as u32);
        }
    }
    x
}

/// The key of a field's random values: the first eight bytes, as two big-endian words, of keccak-256 over the seed
/// (eight bytes, big-endian) and the field's name.
pub fn field_key(seed: u64, field: &str) -> [u32; 2] {
    let mut bytes = seed.to_be_bytes().to_vec();
    bytes.extend_from_slice(field.as_bytes());
    let hash = keccak256(bytes);
    let word = |at: usize| u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]);
    [word(0), word(4)]
}

/// 256 random bits of an index: four blocks of Threefry with counters `(index, 0..4)`, least significant limb first.
pub fn random_word(key: [u32; 2], index: u32) -> U256 {
    let mut limbs = [0; 4];
    for (block, limb) in limbs.iter_mut().enumerate() {
        let [low, high] = threefry(key, [index, block as u32]);
        *limb = u64::from(low) | u64::from(high) << 32;
    }
    U256::from_limbs(limbs)
}

/// The random number that chooses among lengths: the first word of block 4.
pub(super) const fn random_choice(key: [u32; 2], index: u32) -> u32 {
    threefry(key, [index, 4])[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Random123 distribution.
    #[test]
    fn threefry_known_answers() {
        assert_eq!(threefry([0, 0], [0, 0]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(threefry([!0, !0], [!0, !0]), [0x1cb9_96fc, 0xbb00_2be7]);
        assert_eq!(threefry([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3]), [0xc492_3a9c, 0x483d_f7a0]);
    }
}
