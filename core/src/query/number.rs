//! Whole numbers of any sign and at most 1,024 bits, without an allocation. Who builds expressions makes sure that no result
//! can need more; nothing here wraps unseen.

use std::cmp::Ordering;

use alloy_primitives::U256;
use ruint::Uint;

use super::columns::Value;

/// Most bits that a result can have.
pub const MAX_BITS: usize = 1024;

type Magnitude = Uint<MAX_BITS, 16>;

/// A number: small ones, which are most, are fast. Each number has one form only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Int {
    /// What 128 bits with a sign hold.
    Small(i128),
    /// All others, as sign and magnitude.
    Wide(bool, Magnitude),
}

impl Int {
    /// Zero.
    pub const ZERO: Self = Self::Small(0);

    fn new(negative: bool, magnitude: Magnitude) -> Self {
        if magnitude.bit_len() <= 127 {
            let small = magnitude.to::<i128>();
            return Self::Small(if negative { -small } else { small });
        }
        Self::Wide(negative, magnitude)
    }

    fn parts(self) -> (bool, Magnitude) {
        match self {
            Self::Small(small) => (small < 0, Magnitude::from(small.unsigned_abs())),
            Self::Wide(negative, magnitude) => (negative, magnitude),
        }
    }

    /// An unsigned word.
    pub fn of_word(word: U256) -> Self {
        match i128::try_from(word) {
            Ok(small) => Self::Small(small),
            Err(_) => Self::Wide(false, Magnitude::from(word)),
        }
    }

    /// A signed word, as two's complement.
    pub fn of_signed(word: U256) -> Self {
        if word.bit(255) { Self::new(true, Magnitude::from(word.wrapping_neg())) } else { Self::of_word(word) }
    }

    /// The number of a value; `None` for one that is none.
    pub fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Number(small) => Some(Self::Small(small)).filter(|_| small > i128::MIN).or_else(|| {
                // Its magnitude has 128 bits; one form for each number.
                Some(Self::Wide(true, Magnitude::from(small.unsigned_abs())))
            }),
            Value::Word(word) => Some(Self::of_word(word)),
            Value::Signed(word) => Some(Self::of_signed(word)),
            _ => None,
        }
    }

    /// The number as a value; `None` where 256 bits, with a sign where it is negative, do not hold it.
    pub fn value(self) -> Option<Value<'static>> {
        match self {
            Self::Small(small) => Some(Value::Number(small)),
            Self::Wide(false, magnitude) => (magnitude.bit_len() <= 256).then(|| Value::Word(magnitude.to::<U256>())),
            Self::Wide(true, magnitude) => {
                let least = Magnitude::from(1) << 255;
                (magnitude <= least).then(|| Value::Signed(magnitude.to::<U256>().wrapping_neg()))
            }
        }
    }

    /// Bits of the magnitude.
    pub fn bits(self) -> usize {
        match self {
            Self::Small(small) => 128 - small.unsigned_abs().leading_zeros() as usize,
            Self::Wide(_, magnitude) => magnitude.bit_len(),
        }
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        let (negative, magnitude) = self.parts();
        Self::new(!negative, magnitude)
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(sum) = a.checked_add(b).filter(|sum| *sum > i128::MIN)
        {
            return Self::Small(sum);
        }
        let ((a_negative, a), (b_negative, b)) = (self.parts(), other.parts());
        if a_negative == b_negative {
            Self::new(a_negative, a.saturating_add(b))
        } else if a >= b {
            Self::new(a_negative, a - b)
        } else {
            Self::new(b_negative, b - a)
        }
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(product) = a.checked_mul(b).filter(|product| *product > i128::MIN)
        {
            return Self::Small(product);
        }
        let ((a_negative, a), (b_negative, b)) = (self.parts(), other.parts());
        Self::new(a_negative != b_negative, a.saturating_mul(b))
    }

    /// The quotient, rounded towards zero as SDIV does; `None` for a division by zero.
    pub fn over(self, other: Self) -> Option<Self> {
        self.divided(other).map(|(quotient, _)| quotient)
    }

    /// What a division rounded towards zero leaves, with the sign of the dividend as SMOD does; `None` for a division by
    /// zero.
    pub fn modulo(self, other: Self) -> Option<Self> {
        self.divided(other).map(|(_, rest)| rest)
    }

    fn divided(self, other: Self) -> Option<(Self, Self)> {
        if other == Self::ZERO {
            return None;
        }
        if let (Self::Small(a), Self::Small(b)) = (self, other) {
            return Some((Self::Small(a / b), Self::Small(a % b)));
        }
        let ((a_negative, a), (b_negative, b)) = (self.parts(), other.parts());
        let (quotient, rest) = a.div_rem(b);
        Some((Self::new(a_negative != b_negative, quotient), Self::new(a_negative, rest)))
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Self::Small(a), Self::Small(b)) = (self, other) {
            return a.cmp(b);
        }
        let ((a_negative, a), (b_negative, b)) = (self.parts(), other.parts());
        match (a_negative, b_negative) {
            (false, false) => a.cmp(&b),
            (true, true) => b.cmp(&a),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl std::fmt::Display for Int {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Small(small) => small.fmt(f),
            Self::Wide(negative, magnitude) => write!(f, "{}{magnitude}", if *negative { "-" } else { "" }),
        }
    }
}
