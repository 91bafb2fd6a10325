//! A test asked of a row, in three values: yes, no, and that the row lacks what it is asked for. Nothing is allocated for a row but
//! by `contains`.

use super::{
    check::{Number, Slice, Test},
    columns::{Columns, Value},
    number::Int,
    syntax::{Arithmetic, Comparison},
};

/// The answer; `None` where it depends on something that the row lacks. The recursion is as deep as the filter, which is
/// bounded.
pub(super) fn test<C: Columns + ?Sized>(test_: &Test, columns: &C, row: usize) -> Option<bool> {
    match test_ {
        Test::Constant(value) => Some(*value),
        Test::Column(column) => match columns.value(row, *column) {
            Value::Bool(value) => Some(value),
            _ => None,
        },
        Test::Has(column) => Some(columns.value(row, *column) != Value::Absent),
        Test::Not(inner) => test(inner, columns, row).map(|answer| !answer),
        Test::And(parts) => {
            let mut answer = Some(true);
            for part in parts {
                match test(part, columns, row) {
                    Some(false) => return Some(false),
                    None => answer = None,
                    Some(true) => {}
                }
            }
            answer
        }
        Test::Or(parts) => {
            let mut answer = Some(false);
            for part in parts {
                match test(part, columns, row) {
                    Some(true) => return Some(true),
                    None => answer = None,
                    Some(false) => {}
                }
            }
            answer
        }
        Test::Numbers(comparison, a, b) => {
            let (a, b) = (number(a, columns, row)?, number(b, columns, row)?);
            Some(match comparison {
                Comparison::Equal => a == b,
                Comparison::NotEqual => a != b,
                Comparison::Less => a < b,
                Comparison::LessOrEqual => a <= b,
                Comparison::Greater => a > b,
                Comparison::GreaterOrEqual => a >= b,
                Comparison::Contains => return None,
            })
        }
        Test::NumberIn(item, constants) => {
            let item = number(item, columns, row)?;
            Some(constants.binary_search(&item).is_ok())
        }
        Test::Codes(column, codes) => code(columns, row, *column).map(|code| codes >> code & 1 == 1),
        Test::SameCodes(a, b) => Some(code(columns, row, *a)? == code(columns, row, *b)?),
        Test::Same(a, b) => Some(slice(a, columns, row).as_bytes()? == slice(b, columns, row).as_bytes()?),
        Test::SameBools(a, b) => Some(test(a, columns, row)? == test(b, columns, row)?),
        Test::SliceIn(column, constants) => {
            let item = columns.value(row, *column);
            let item = item.as_bytes()?;
            Some(constants.binary_search_by(|constant| constant.as_slice().cmp(item)).is_ok())
        }
        Test::Contains(whole, part) => {
            Some(holds(slice(whole, columns, row).as_bytes()?, slice(part, columns, row).as_bytes()?))
        }
    }
}

/// The number; `None` where it depends on something that the row lacks. As deep as [`test`].
pub(super) fn number<C: Columns + ?Sized>(wanted: &Number, columns: &C, row: usize) -> Option<Int> {
    match wanted {
        Number::Constant(constant) => Some(*constant),
        Number::Column(column) => Int::of(columns.value(row, *column)),
        Number::Negative(inner) => number(inner, columns, row).map(Int::negated),
        Number::Arithmetic(operator, a, b) => {
            let (a, b) = (number(a, columns, row)?, number(b, columns, row)?);
            match operator {
                Arithmetic::Add => Some(a.plus(b)),
                Arithmetic::Subtract => Some(a.plus(b.negated())),
                Arithmetic::Multiply => Some(a.times(b)),
                Arithmetic::Divide => a.over(b),
                Arithmetic::Remainder => a.modulo(b),
            }
        }
    }
}

fn code<C: Columns + ?Sized>(columns: &C, row: usize, column: usize) -> Option<u8> {
    match columns.value(row, column) {
        Value::Code(code) if code < 128 => Some(code),
        _ => None,
    }
}

fn slice<'a, C: Columns + ?Sized>(wanted: &'a Slice, columns: &'a C, row: usize) -> Value<'a> {
    match wanted {
        Slice::Constant(constant) => Value::Bytes(constant),
        Slice::Column(column) => columns.value(row, *column),
    }
}

/// For each length of a part's beginning, how much of that beginning its end repeats (Knuth, Morris and Pratt): with it the
/// search below never looks at a byte of the whole twice, whatever lanes return.
fn repeats(part: &[u8]) -> Vec<usize> {
    let mut repeats = vec![0; part.len()];
    let mut matched = 0;
    for at in 1..part.len() {
        while matched > 0 && part[at] != part[matched] {
            matched = repeats[matched - 1];
        }
        matched += usize::from(part[at] == part[matched]);
        repeats[at] = matched;
    }
    repeats
}

/// Whether the bytes hold the part. The time is linear in both.
fn holds(whole: &[u8], part: &[u8]) -> bool {
    if part.len() <= 1 || part.len() > whole.len() {
        return part.first().is_none_or(|first| part.len() == 1 && whole.contains(first));
    }
    let repeats = repeats(part);
    let mut matched = 0;
    for byte in whole {
        while matched > 0 && part[matched] != *byte {
            matched = repeats[matched - 1];
        }
        matched += usize::from(part[matched] == *byte);
        if matched == part.len() {
            return true;
        }
    }
    false
}
