//! Where a shard's call template stands in the buffer `inputs`, for the kernel that makes call data. It holds numbers and no
//! code.

indices! {
    /// Head of a template in the buffer `inputs`. All places are words of that buffer, but for the first.
    Template, TEMPLATE_WORDS {
        /// First word of the first lane's call data, in the buffer `memory`.
        T_AT,
        /// Words of call data of a lane.
        T_GAP,
        /// The call data before parts are laid over it, as big-endian words.
        T_HEAD,
        /// For each chunk of [`CHUNK_WORDS`] words, and once more behind the last: where the list of its parts begins. The
        /// entries of those lists say where each part's words (`G_`) begin.
        T_CHUNKS,
        /// Row of lane 0 where lanes follow one another.
        T_FIRST,
        /// Each lane's row; 0 where they follow one another.
        T_ROWS,
        /// Limbs of a word: a count that no compiler sees through, so that loops over it stay loops.
        T_LIMBS,
        /// Rounds of Threefry, as above.
        T_ROUNDS,
    }
}

indices! {
    /// Words of a varying part of the call data.
    Generator, GENERATOR_WORDS {
        /// A `RULE_` code.
        G_RULE,
        /// First byte.
        G_OFFSET,
        /// Bytes.
        G_WIDTH,
        /// By what the row is divided, and then reduced, to become the index.
        G_STRIDE,
        /// As above.
        G_MODULUS,
        /// Key of random values.
        G_KEY_0,
        /// As above.
        G_KEY_1,
        /// Blocks of Threefry that are needed.
        G_BLOCKS,
        /// The part of a step: `G_REST * index / G_PARTS`.
        G_REST,
        /// As above.
        G_PARTS,
        /// Digits of four bits of that product that are divided; 0 where there is no such part.
        G_DIGITS,
        /// 1 where the part of a step is taken away.
        G_DOWN,
        /// Least length in bits.
        G_BITS,
        /// How many lengths there are.
        G_LENGTHS,
        /// First value of a table.
        G_TABLE,
        /// Limbs of each value of it.
        G_TABLE_LIMBS,
        /// 1 where the table holds a value for each lane of the shard.
        G_BY_LANE,
        /// Value of index 0, or least value; eight limbs.
        G_BASE,
        /// As above.
        G_BASE_1,
        /// As above.
        G_BASE_2,
        /// As above.
        G_BASE_3,
        /// As above.
        G_BASE_4,
        /// As above.
        G_BASE_5,
        /// As above.
        G_BASE_6,
        /// As above.
        G_BASE_7,
        /// What an index adds, or how many values there are (0 is 2^256), or the greatest value; eight limbs.
        G_FACTOR,
        /// As above.
        G_FACTOR_1,
        /// As above.
        G_FACTOR_2,
        /// As above.
        G_FACTOR_3,
        /// As above.
        G_FACTOR_4,
        /// As above.
        G_FACTOR_5,
        /// As above.
        G_FACTOR_6,
        /// As above.
        G_FACTOR_7,
    }
}

/// Words of call data that one invocation of the expanding kernel makes.
pub const CHUNK_WORDS: u32 = 64;

/// Most parts of one chunk: with them an invocation runs some 41,000 loop iterations.
pub const CHUNK_PARTS: u32 = 280;

/// `base + factor * index` and the part of a step.
pub const RULE_AFFINE: u32 = 0;

/// Uniform between two bounds.
pub const RULE_UNIFORM: u32 = 1;

/// Of random length between two bounds.
pub const RULE_LOG_UNIFORM: u32 = 2;

/// The value at the index.
pub const RULE_TABLE: u32 = 3;

/// Names and values of the constants above.
pub(crate) const NAMES: &[&[(&str, u32)]] = &[
    Template::NAMES,
    Generator::NAMES,
    &[
        ("CHUNK_WORDS", CHUNK_WORDS),
        ("RULE_AFFINE", RULE_AFFINE),
        ("RULE_UNIFORM", RULE_UNIFORM),
        ("RULE_LOG_UNIFORM", RULE_LOG_UNIFORM),
        ("RULE_TABLE", RULE_TABLE),
    ],
];
