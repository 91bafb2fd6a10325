//! Arguments for functions of an interface, drawn by type: small numbers, amounts and deadlines, the accounts at hand, data that is
//! itself a call of one of them. It knows types, not contracts.

use lanevm_core::{
    Address, U256,
    abi::{Field, Function, Kind, Param, Type, Value},
};

use crate::parity::dice::Dice;

/// The time that deadlines lie about: that of the blocks.
pub(super) const NOW: u64 = 1_700_000_000;

/// What arguments can name: accounts, and functions that data may call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast<'a> {
    pub(super) accounts: &'a [Address],
    pub(super) functions: &'a [Function],
}

impl Cast<'_> {
    /// One of the accounts, seldom one that is not there.
    pub(super) fn account(&self, dice: &mut Dice) -> Address {
        match dice.below(24) {
            0 => Address::ZERO,
            1 => Address::with_last_byte(1 + dice.below(9) as u8),
            2 => Address::repeat_byte(0x70 + dice.below(4) as u8),
            _ => self.accounts[dice.below(self.accounts.len() as u32) as usize],
        }
    }

    /// A value of each parameter.
    pub(super) fn parameters(&self, ty: &Type, dice: &mut Dice) -> Vec<Field> {
        self.fields(ty, dice, 0)
    }

    /// Some of the parameters drawn anew.
    pub(super) fn change(&self, ty: &Type, values: &mut [Field], dice: &mut Dice) {
        for (field, value) in ty.fields().iter().zip(values) {
            if dice.once_in(3) {
                value.value = self.value(&field.ty, dice, 0);
            }
        }
    }

    fn fields(&self, ty: &Type, dice: &mut Dice, depth: u32) -> Vec<Field> {
        let field = |field: &Param| Field { name: field.name.clone(), value: self.value(&field.ty, dice, depth) };
        ty.fields().iter().map(field).collect()
    }

    fn value(&self, ty: &Type, dice: &mut Dice, depth: u32) -> Value {
        match ty.kind() {
            Kind::Uint(bits) => Value::Uint(number(dice) & (U256::MAX >> (256 - usize::from(*bits)))),
            Kind::Int(bits) => {
                // Shifted back as a signed number, so that it is one of so many bits.
                let rest = 256 - usize::from(*bits);
                Value::Int((number(dice) << rest).arithmetic_shr(rest))
            }
            Kind::Address => Value::Address(self.account(dice)),
            Kind::Bool => Value::Bool(dice.once_in(2)),
            Kind::FixedBytes(width) => {
                let word = if dice.once_in(2) { U256::from(dice.below(3)) } else { dice.interesting() };
                Value::Bytes(word.to_be_bytes::<32>()[32 - usize::from(*width)..].to_vec())
            }
            Kind::Function => Value::Bytes(dice.word().to_be_bytes::<32>()[8..].to_vec()),
            Kind::Bytes => Value::Bytes(self.data(dice, depth)),
            Kind::String => Value::Text("lane ".repeat(dice.below(9) as usize)),
            Kind::Array(element) => {
                let len = dice.below(4);
                Value::Array((0..len).map(|_| self.value(element, dice, depth)).collect())
            }
            Kind::FixedArray(element, len) => {
                Value::Array((0..*len).map(|_| self.value(element, dice, depth)).collect())
            }
            Kind::Tuple(_) => Value::Tuple(self.fields(ty, dice, depth)),
        }
    }

    /// Nothing, a few bytes, or a call.
    fn data(&self, dice: &mut Dice, depth: u32) -> Vec<u8> {
        let calls = depth < 2 && !self.functions.is_empty();
        match dice.below(4) {
            0 => Vec::new(),
            1 => (0..dice.below(100)).map(|_| dice.bits() as u8).collect(),
            _ if calls => {
                let function = &self.functions[dice.below(self.functions.len() as u32) as usize];
                function.encode_values(&self.fields(&function.inputs, dice, depth + 1)).unwrap_or_default()
            }
            _ => vec![0; dice.below(70) as usize],
        }
    }
}

/// A number such as calls have.
fn number(dice: &mut Dice) -> U256 {
    match dice.below(12) {
        0..=4 => U256::from(dice.below(20)),
        5 | 6 => U256::from(1 + dice.below(50)) * U256::from(10).pow(U256::from(dice.below(20))),
        7 => U256::from(NOW + u64::from(dice.below(2000)) - 500),
        8 => U256::MAX >> dice.below(130) as usize,
        _ => dice.interesting(),
    }
}
