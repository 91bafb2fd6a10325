//! Precompiles with kernels of their own: which there are, the tables they read, building them when a lane first waits for one.
//! It runs no precompile and knows no lane.

use lanevm_shaders::{
    Kernel,
    layout::{
        RECOVER_CONSTANTS, T_BLAKE, T_BLAKE_STATE, T_RECOVER, T_RECOVER_CONSTANTS, T_RECOVER_PROGRAM, T_RIPEMD,
        T_RIPEMD_ADD, T_SHA256, T_SHA256_STATE,
    },
};

use super::{
    device::{Fault, Gpu},
    recover,
};
use crate::U256;

/// The precompiles that the device runs, with their kernels.
pub(crate) const ON_DEVICE: [(u16, Kernel); 6] = [
    (1, lanevm_shaders::RECOVER),
    (2, lanevm_shaders::SHA256),
    (3, lanevm_shaders::RIPEMD160),
    (4, lanevm_shaders::IDENTITY),
    (5, lanevm_shaders::MODEXP),
    (9, lanevm_shaders::BLAKE2F),
];

/// Whether a kernel runs the precompile of this number.
pub(crate) fn has_kernel(number: u16) -> bool {
    ON_DEVICE.iter().any(|(known, _)| *known == number)
}

/// The first primes.
fn primes(count: usize) -> Vec<u64> {
    let mut primes: Vec<u64> = Vec::with_capacity(count);
    let mut number: u64 = 2;
    while primes.len() < count {
        if primes.iter().all(|prime| !number.is_multiple_of(*prime)) {
            primes.push(number);
        }
        number += 1;
    }
    primes
}

/// The first `bits` bits behind the point of a number's root of this degree, and what stands before the point above them.
fn root(number: u64, degree: usize, bits: usize) -> u64 {
    (U256::from(number) << (degree * bits)).root(degree).wrapping_to()
}

/// RIPEMD-160's steps: for both lines the message word and the rotation (Dobbertin, Bosselaers, Preneel 1996, appendix A).
fn ripemd_steps() -> Vec<u32> {
    const RHO: [usize; 16] = [7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8];
    // By round and message word.
    const ROTATIONS: [[u32; 16]; 5] = [
        [11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8],
        [12, 13, 11, 15, 6, 9, 9, 7, 12, 15, 11, 13, 7, 8, 7, 7],
        [13, 15, 14, 11, 7, 7, 6, 8, 13, 14, 13, 12, 5, 5, 6, 9],
        [14, 11, 12, 14, 8, 6, 5, 5, 15, 12, 15, 14, 9, 9, 8, 6],
        [15, 12, 13, 13, 9, 5, 8, 6, 14, 11, 12, 11, 8, 6, 5, 5],
    ];
    let mut left: [usize; 16] = std::array::from_fn(|step| step);
    let mut right: [usize; 16] = std::array::from_fn(|step| (9 * step + 5) % 16);
    let mut words = Vec::with_capacity(80);
    for rotations in ROTATIONS {
        for (left, right) in left.iter().zip(right) {
            words.push(*left as u32 | (right as u32) << 4 | rotations[*left] << 8 | rotations[right] << 12);
        }
        left = left.map(|word| RHO[word]);
        right = right.map(|word| RHO[word]);
    }
    words
}

/// For each half of BLAKE2b's ten rounds the order of the message words (RFC 7693, section 2.7).
fn blake_orders() -> Vec<u32> {
    const ORDERS: [u64; 10] = [
        0x0123_4567_89ab_cdef,
        0xea48_9fd6_1c02_b753,
        0xb8c0_52fd_ae36_7194,
        0x7931_dcbe_265a_40f8,
        0x9057_24af_e1bc_683d,
        0x2c6a_0b83_4d75_fe19,
        0xc51f_ed4a_0763_928b,
        0xdb7e_c139_50f4_862a,
        0x6fe9_b308_c2d7_14a5,
        0xa284_7615_fb9e_3cd0,
    ];
    // The first word named stands lowest: digits in the other order.
    let digits = |half: u32| (0..8).fold(0, |word, digit| word | (half >> (28 - 4 * digit) & 15) << (4 * digit));
    ORDERS.iter().flat_map(|order| [digits((order >> 32) as u32), digits(*order as u32)]).collect()
}

/// What the kernels read, as `T_` says.
pub(crate) fn tables() -> Vec<u32> {
    let recovery = recover::program();
    let ripemd_adds = [0, 2, 3, 5, 7].map(|of| if of == 0 { 0 } else { root(of, 2, 30) as u32 });
    let ripemd_others = [2, 3, 5, 7, 0].map(|of| if of == 0 { 0 } else { root(of, 3, 30) as u32 });
    let parts: [(u32, Vec<u32>); 9] = [
        (T_SHA256, primes(64).into_iter().map(|prime| root(prime, 3, 32) as u32).collect()),
        (T_SHA256_STATE, primes(8).into_iter().map(|prime| root(prime, 2, 32) as u32).collect()),
        (T_RIPEMD, ripemd_steps()),
        (T_RIPEMD_ADD, ripemd_adds.into_iter().zip(ripemd_others).flat_map(|(left, right)| [left, right]).collect()),
        (T_BLAKE, blake_orders()),
        (
            T_BLAKE_STATE,
            primes(8)
                .into_iter()
                .map(|prime| root(prime, 2, 64))
                .flat_map(|word| [word as u32, (word >> 32) as u32])
                .collect(),
        ),
        (T_RECOVER, vec![recovery.words.len() as u32, recovery.loop_at, recovery.loop_len, recovery.turns]),
        (T_RECOVER_CONSTANTS, recover::constants()),
        (T_RECOVER_PROGRAM, recovery.words),
    ];
    let mut words = Vec::new();
    for (place, part) in parts {
        debug_assert_eq!(words.len(), place as usize, "a table stands where its number says");
        words.extend(part);
    }
    words
}

// Eight limbs a register stand between the program's registers and the program.
const _: () = assert!(T_RECOVER_PROGRAM == T_RECOVER_CONSTANTS + RECOVER_CONSTANTS * 8);

impl Gpu {
    /// Builds the kernels of these precompiles, as far as they are not there yet.
    pub(crate) async fn prepare_precompiles(&self, numbers: &[u16]) -> Result<(), Fault> {
        for ((number, kernel), built) in ON_DEVICE.iter().zip(&self.kernels.precompiles) {
            if numbers.contains(number) {
                self.prepare_in(built, *kernel).await?;
            }
        }
        Ok(())
    }

    /// The kernels built of the precompiles whose bits are set.
    pub(crate) fn precompile_kernels(&self, mask: u32) -> impl Iterator<Item = &wgpu::ComputePipeline> {
        ON_DEVICE
            .iter()
            .zip(&self.kernels.precompiles)
            .filter(move |((number, _), _)| mask >> number & 1 == 1)
            .filter_map(|(_, built)| built.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_begin_and_end_as_the_standards_say() {
        let tables = tables();
        let at = |place: u32| tables[place as usize];
        assert_eq!([at(T_SHA256), at(T_SHA256 + 63)], [0x428a_2f98, 0xc671_78f2]);
        assert_eq!([at(T_SHA256_STATE), at(T_SHA256_STATE + 7)], [0x6a09_e667, 0x5be0_cd19]);
        assert_eq!([at(T_RIPEMD_ADD + 8), at(T_RIPEMD_ADD + 1)], [0xa953_fd4e, 0x50a2_8be6]);
        assert_eq!([at(T_BLAKE_STATE), at(T_BLAKE_STATE + 1)], [0xf3bc_c908, 0x6a09_e667]);
        assert_eq!(at(T_BLAKE), 0x7654_3210);
    }
}
