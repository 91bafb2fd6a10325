//! The program by which the device recovers public keys (ecrecover): instructions for the small machine of `recover.wesl`. It
//! holds formulas and constants of secp256k1, and runs nothing itself.

use lanevm_shaders::layout::{
    RECOVER_CONSTANTS, RECOVER_ENTRY_A, RECOVER_ENTRY_B, RECOVER_HASH, RECOVER_KIND, RECOVER_NOT_ZERO, RECOVER_ORDER,
    RECOVER_PARITY, RECOVER_R, RECOVER_REGISTERS, RECOVER_S, RECOVER_ZERO,
};

use super::worlds::limbs;
use crate::U256;

/// The field's prime, 2^256 - 2^32 - 977 (SEC 2, section 2.4.1).
const PRIME: U256 = U256::from_limbs([0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX]);

/// The group's order.
const ORDER: U256 = U256::from_limbs([0xbfd2_5e8c_d036_4141, 0xbaae_dce6_af48_a03b, 0xffff_ffff_ffff_fffe, u64::MAX]);

/// The generator.
const G: [U256; 2] = [
    U256::from_limbs([0x59f2_815b_16f8_1798, 0x029b_fcdb_2dce_28d9, 0x55a0_6295_ce87_0b07, 0x79be_667e_f9dc_bbac]),
    U256::from_limbs([0x9c47_d08f_fb10_d4b8, 0xfd17_b448_a685_5419, 0x5da4_fbfc_0e11_08a8, 0x483a_da77_26a3_c465]),
];

/// Turns of the program's loop: a bit of both scalars each.
const TURNS: u32 = 256;

// Registers. The table has four points in projective coordinates, by the bits of both scalars: nothing, G, R, their sum.
const TABLE: u32 = 0;
const ZERO: u32 = TABLE;
const ONE: u32 = TABLE + 1;
const G_POINT: Point = [TABLE + 3, TABLE + 4, TABLE + 5];
const R_POINT: Point = [TABLE + 6, TABLE + 7, TABLE + 8];
const SUM_POINT: Point = [TABLE + 9, TABLE + 10, TABLE + 11];
/// Three times the curve's constant, 7.
const B3: u32 = 12;
const SEVEN: u32 = 13;
/// 1 itself: a product with it leaves Montgomery's form.
const PLAIN_ONE: u32 = 14;
/// 2^512 modulo the prime and modulo the order: a product with it enters that form.
const ENTER: u32 = 15;
const ENTER_ORDER: u32 = 16;
const ACCUMULATOR: Point = [19, 20, 21];
const DOUBLED: Point = [27, 28, 29];
const TEMPORARIES: [u32; 5] = [22, 23, 24, 25, 26];
/// What powers keep their odd powers in.
const POWERS: [u32; 8] = [22, 23, 24, 25, 26, 27, 28, 29];
const SPARE: u32 = 30;
const OTHER_SPARE: u32 = 31;

type Point = [u32; 3];

#[derive(Clone, Copy)]
enum Kind {
    Product,
    Sum,
    Difference,
}

/// Where an operand stands.
#[derive(Clone, Copy)]
struct Operand {
    register: u32,
    /// Of the entry that the turn asks for; the register is the first entry's.
    entry: bool,
}

const fn at(register: u32) -> Operand {
    Operand { register, entry: false }
}

/// Instructions being written.
#[derive(Default)]
struct Writer {
    words: Vec<u32>,
    modulus: u32,
}

impl Writer {
    fn write(&mut self, kind: Kind, to: u32, a: Operand, b: Operand, flags: u32) {
        let entries = if a.entry { RECOVER_ENTRY_A } else { 0 } | if b.entry { RECOVER_ENTRY_B } else { 0 };
        let operands = a.register << 5 | b.register << 10;
        self.words.push(to | operands | (kind as u32) << RECOVER_KIND | self.modulus | entries | flags);
    }

    fn product(&mut self, to: u32, a: u32, b: u32) {
        self.write(Kind::Product, to, at(a), at(b), 0);
    }

    fn sum(&mut self, to: u32, a: u32, b: u32) {
        self.write(Kind::Sum, to, at(a), at(b), 0);
    }

    fn difference(&mut self, to: u32, a: u32, b: u32) {
        self.write(Kind::Difference, to, at(a), at(b), 0);
    }

    /// The sum of two points, by formulas without exceptions (Renes, Costello, Batina 2015, algorithm 7). `entry`: the second
    /// point is of the entry that the turn asks for. The result's registers are none of the operands'.
    fn add(&mut self, to: Point, a: Point, b: Point, entry: bool) {
        let [t0, t1, t2, t3, t4] = TEMPORARIES;
        let [x3, y3, z3] = to;
        let [x1, y1, z1] = a.map(at);
        let [x2, y2, z2] = b.map(|register| Operand { register, entry });
        self.write(Kind::Product, t0, x1, x2, 0);
        self.write(Kind::Product, t1, y1, y2, 0);
        self.write(Kind::Product, t2, z1, z2, 0);
        self.write(Kind::Sum, t3, x1, y1, 0);
        self.write(Kind::Sum, t4, x2, y2, 0);
        self.product(t3, t3, t4);
        self.sum(t4, t0, t1);
        self.difference(t3, t3, t4);
        self.write(Kind::Sum, t4, y1, z1, 0);
        self.write(Kind::Sum, x3, y2, z2, 0);
        self.product(t4, t4, x3);
        self.sum(x3, t1, t2);
        self.difference(t4, t4, x3);
        self.write(Kind::Sum, x3, x1, z1, 0);
        self.write(Kind::Sum, y3, x2, z2, 0);
        self.product(x3, x3, y3);
        self.sum(y3, t0, t2);
        self.difference(y3, x3, y3);
        self.sum(x3, t0, t0);
        self.sum(t0, x3, t0);
        self.product(t2, B3, t2);
        self.sum(z3, t1, t2);
        self.difference(t1, t1, t2);
        self.product(y3, B3, y3);
        self.product(x3, t4, y3);
        self.product(t2, t3, t1);
        self.difference(x3, t2, x3);
        self.product(y3, y3, t0);
        self.product(t1, t1, z3);
        self.sum(y3, t1, y3);
        self.product(t0, t0, t3);
        self.product(z3, z3, t4);
        self.sum(z3, z3, t0);
    }

    /// Twice a point (the same, algorithm 9).
    fn double(&mut self, to: Point, a: Point) {
        let [t0, t1, t2, ..] = TEMPORARIES;
        let [x3, y3, z3] = to;
        let [x, y, z] = a;
        self.product(t0, y, y);
        self.sum(z3, t0, t0);
        self.sum(z3, z3, z3);
        self.sum(z3, z3, z3);
        self.product(t1, y, z);
        self.product(t2, z, z);
        self.product(t2, B3, t2);
        self.product(x3, t2, z3);
        self.sum(y3, t0, t2);
        self.product(z3, t1, z3);
        self.sum(t1, t2, t2);
        self.sum(t2, t1, t2);
        self.difference(t0, t0, t2);
        self.product(y3, t0, y3);
        self.sum(y3, x3, y3);
        self.product(t1, x, y);
        self.product(x3, t0, t1);
        self.sum(x3, x3, x3);
    }

    /// A power other than the zeroth, by a window of four bits that slides over the exponent.
    fn power(&mut self, to: u32, base: u32, exponent: U256) {
        self.sum(POWERS[0], base, ZERO);
        self.product(to, base, base);
        for pair in POWERS.windows(2) {
            self.product(pair[1], pair[0], to);
        }
        let mut begun = false;
        let mut bit = exponent.bit_len();
        while bit > 0 {
            if !exponent.bit(bit - 1) {
                // The first bit is set, so that there is something to square.
                self.product(to, to, to);
                bit -= 1;
                continue;
            }
            let mut low = bit.saturating_sub(4);
            while !exponent.bit(low) {
                low += 1;
            }
            let window = (low..bit).rev().fold(0, |window, bit| window << 1 | usize::from(exponent.bit(bit)));
            if begun {
                for _ in low..bit {
                    self.product(to, to, to);
                }
                self.product(to, to, POWERS[window >> 1]);
            } else {
                self.sum(to, POWERS[window >> 1], ZERO);
                begun = true;
            }
            bit = low;
        }
    }
}

/// A number in Montgomery's form.
fn enter(value: U256, modulus: U256) -> U256 {
    value.mul_mod(power_of_two(256, modulus), modulus)
}

fn power_of_two(exponent: u64, modulus: U256) -> U256 {
    U256::from(2).pow_mod(U256::from(exponent), modulus)
}

/// What the first registers begin with, eight limbs each.
pub(crate) fn constants() -> Vec<u32> {
    let mut registers = [U256::ZERO; RECOVER_CONSTANTS as usize];
    let one = enter(U256::from(1), PRIME);
    for register in [ONE, G_POINT[2], R_POINT[2]] {
        registers[register as usize] = one;
    }
    registers[G_POINT[0] as usize] = enter(G[0], PRIME);
    registers[G_POINT[1] as usize] = enter(G[1], PRIME);
    registers[B3 as usize] = enter(U256::from(21), PRIME);
    registers[SEVEN as usize] = enter(U256::from(7), PRIME);
    registers[PLAIN_ONE as usize] = U256::from(1);
    registers[ENTER as usize] = power_of_two(512, PRIME);
    registers[ENTER_ORDER as usize] = power_of_two(512, ORDER);
    registers.iter().flat_map(limbs).collect()
}

/// The program.
#[derive(Debug)]
pub(crate) struct Recovery {
    /// Its instructions.
    pub(crate) words: Vec<u32>,
    /// The first of its loop.
    pub(crate) loop_at: u32,
    /// How many the loop has.
    pub(crate) loop_len: u32,
    /// How often it turns.
    pub(crate) turns: u32,
}

/// Writes the program: from the hash, r and s in their registers to the public key's x and y. It fails by an instruction whose
/// result must be zero and is not, or the other way round.
pub(crate) fn program() -> Recovery {
    let mut w = Writer { modulus: RECOVER_ORDER, ..Writer::default() };
    // u1 = -hash / r and u2 = s / r modulo the order: plain numbers times 1 / r in Montgomery's form are plain.
    w.product(OTHER_SPARE, RECOVER_R, ENTER_ORDER);
    w.power(SPARE, OTHER_SPARE, ORDER - U256::from(2));
    w.product(RECOVER_S, RECOVER_S, SPARE);
    w.product(RECOVER_HASH, RECOVER_HASH, SPARE);
    w.difference(RECOVER_HASH, ZERO, RECOVER_HASH);
    // R: x is r, and y a root of x^3 + 7 where there is one.
    w.modulus = 0;
    let [x, y, _] = R_POINT;
    w.product(x, RECOVER_R, ENTER);
    w.product(SPARE, x, x);
    w.product(SPARE, SPARE, x);
    w.sum(OTHER_SPARE, SPARE, SEVEN);
    w.power(y, OTHER_SPARE, (PRIME >> 2) + U256::from(1));
    w.product(SPARE, y, y);
    w.write(Kind::Difference, SPARE, at(SPARE), at(OTHER_SPARE), RECOVER_ZERO);
    w.product(SPARE, y, PLAIN_ONE);
    w.write(Kind::Difference, SPARE, at(ZERO), at(SPARE), RECOVER_PARITY);
    w.product(y, SPARE, ENTER);
    w.add(SUM_POINT, G_POINT, R_POINT, false);
    // u1 * G + u2 * R, both at once from the top bit down.
    let [x, y, z] = ACCUMULATOR;
    w.sum(x, ZERO, ZERO);
    w.sum(y, ONE, ZERO);
    w.sum(z, ZERO, ZERO);
    let loop_at = w.words.len() as u32;
    w.double(DOUBLED, ACCUMULATOR);
    w.add(ACCUMULATOR, DOUBLED, [TABLE, TABLE + 1, TABLE + 2], true);
    let loop_len = w.words.len() as u32 - loop_at;
    // The point itself; there is none at infinity.
    w.write(Kind::Sum, OTHER_SPARE, at(z), at(ZERO), RECOVER_NOT_ZERO);
    w.power(SPARE, OTHER_SPARE, PRIME - U256::from(2));
    for (to, coordinate) in [(RECOVER_HASH, x), (RECOVER_S, y)] {
        w.product(to, coordinate, SPARE);
        w.product(to, to, PLAIN_ONE);
    }
    Recovery { words: w.words, loop_at, loop_len, turns: TURNS }
}

// Every register has an item of the stack.
const _: () = assert!(OTHER_SPARE < RECOVER_REGISTERS && RECOVER_R == ACCUMULATOR[0]);

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;
    use lanevm_shaders::Fork;

    use super::*;
    use crate::cpu::precompiles;

    /// What the kernel does, with the host's arithmetic.
    fn run(hash: U256, odd: bool, r: U256, s: U256) -> Option<[U256; 2]> {
        let program = program();
        let mut registers = [U256::ZERO; RECOVER_REGISTERS as usize];
        for (register, value) in registers.iter_mut().zip(constants().chunks(8)) {
            *register = crate::gpu::worlds::from_limbs(value);
        }
        registers[RECOVER_HASH as usize] = hash;
        registers[RECOVER_S as usize] = s;
        registers[RECOVER_R as usize] = r;
        let inverses = [PRIME, ORDER].map(|modulus| power_of_two(256, modulus).inv_mod(modulus).expect("a prime"));
        let (at, len) = (program.loop_at as usize, program.loop_len as usize);
        let head = (0..at).map(|index| (index, 0));
        let middle = (0..program.turns).rev().flat_map(|bit| (at..at + len).map(move |index| (index, bit as usize)));
        let tail = (at + len..program.words.len()).map(|index| (index, 0));
        for (index, bit) in head.chain(middle).chain(tail) {
            let word = program.words[index];
            let entry = 3
                * (usize::from(registers[RECOVER_HASH as usize].bit(bit))
                    + 2 * usize::from(registers[RECOVER_S as usize].bit(bit)));
            let place =
                |shift: u32, flag: u32| (word >> shift & 31) as usize + if word & flag != 0 { entry } else { 0 };
            let a = registers[place(5, RECOVER_ENTRY_A)];
            let b = registers[place(10, RECOVER_ENTRY_B)];
            let order = word & RECOVER_ORDER != 0;
            let modulus = if order { ORDER } else { PRIME };
            let mut result = match word >> RECOVER_KIND & 3 {
                0 => a.mul_mod(b, modulus).mul_mod(inverses[usize::from(order)], modulus),
                1 => a.add_mod(b, modulus),
                _ => a.add_mod(modulus - b, modulus),
            };
            if word & RECOVER_PARITY != 0 && b.bit(0) == odd {
                result = b;
            }
            if word & RECOVER_ZERO != 0 && !result.is_zero() || word & RECOVER_NOT_ZERO != 0 && result.is_zero() {
                return None;
            }
            registers[(word & 31) as usize] = result;
        }
        Some([registers[RECOVER_HASH as usize], registers[RECOVER_S as usize]])
    }

    #[test]
    fn the_program_recovers_what_the_precompile_does() {
        let mut seed = 1u64;
        let mut word = || {
            U256::from_be_bytes(
                keccak256({
                    seed += 1;
                    seed.to_be_bytes()
                })
                .0,
            )
        };
        let mut found = 0;
        for case in 0..24 {
            let (mut hash, r, mut s, odd) = (word(), word() % ORDER, word() % ORDER, case % 2 == 1);
            match case {
                20 => hash = U256::MAX,
                21 => hash = U256::ZERO,
                22 => s = U256::from(1),
                23 => s = ORDER - U256::from(1),
                _ => {}
            }
            let v = U256::from(27 + u64::from(odd));
            let input: Vec<u8> = [hash, v, r, s].iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
            let answer = precompiles::run(Fork::Cancun, 1, &input, 3000);
            let expected = run(hash, odd, r, s).map(|[x, y]| {
                let key: Vec<u8> = [x, y].iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
                let mut hash = keccak256(key);
                hash.0[..12].fill(0);
                hash.to_vec()
            });
            found += usize::from(expected.is_some());
            assert_eq!(expected.unwrap_or_default(), answer.output.to_vec(), "case {case}");
        }
        assert!((4..20).contains(&found), "{found} keys");
    }

    /// R = G and hash = s, so that u1 G + u2 R is nothing.
    #[test]
    fn the_point_at_infinity_is_no_key() {
        let odd = G[1].bit(0);
        let s = U256::from(12345);
        assert_eq!(run(s, odd, G[0], s), None);
        // The sum's operands are equal here, which other formulas do not bear.
        assert!(run(ORDER - s, odd, G[0], s).is_some());
    }
}
