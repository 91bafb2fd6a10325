//! Numbers as people type them: decimal with separators, hex, powers, units of ether. It knows nothing of fields.

use lanevm_core::{Address, U256, hexadecimal};

use crate::words::form as words;

/// Reads a number.
///
/// # Errors
/// In words, with what to write.
pub fn parse(text: &str) -> Result<U256, String> {
    let compact: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '_' && *c != ',').flat_map(char::to_lowercase).collect();
    if compact.is_empty() {
        return Err(words::nothing_written());
    }
    if let Some(digits) = compact.strip_prefix("0x") {
        if digits.is_empty() {
            return Err(words::NO_DIGITS.into());
        }
        if let Some(at) = digits.chars().position(|c| !c.is_ascii_hexdigit()) {
            let wrong = digits.chars().nth(at).unwrap_or_default();
            return Err(words::no_hex_digit(wrong, at + 1));
        }
        return U256::from_str_radix(digits, 16).map_err(|_| words::HEX_TOO_LONG.into());
    }
    for (unit, exponent) in [("gwei", 9), ("ether", 18), ("eth", 18), ("wei", 0)] {
        if let Some(amount) = compact.strip_suffix(unit) {
            return scaled(amount, exponent);
        }
    }
    if let Some((base, exponent)) = compact.split_once('^') {
        let (exponent, minus) = exponent.split_once('-').map_or((exponent, None), |(e, m)| (e, Some(m)));
        let base = decimal(base)?;
        let exponent = decimal(exponent)?;
        let minus = minus.map_or(Ok(U256::ZERO), decimal)?;
        // 2^256 - m is the one power past the word that means something in it.
        if base == U256::from(2) && exponent == U256::from(256) && !minus.is_zero() {
            return Ok(U256::ZERO.wrapping_sub(minus));
        }
        let power = base.checked_pow(exponent).ok_or(words::TOO_LARGE)?;
        return power.checked_sub(minus).ok_or_else(|| words::LESS_THAN_ZERO.into());
    }
    if let Some((mantissa, exponent)) = compact.split_once('e')
        && mantissa.starts_with(|first: char| first.is_ascii_digit() || first == '.')
    {
        let exponent = exponent.parse().map_err(|_| words::no_power_of_ten())?;
        return scaled(mantissa, exponent);
    }
    decimal(&compact)
}

fn decimal(text: &str) -> Result<U256, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let shown: String = text.chars().take(40).collect();
        return Err(words::no_number(&shown));
    }
    U256::from_str_radix(text, 10).map_err(|_| words::TOO_LARGE.into())
}

/// A decimal fraction times a power of ten; it must come out whole.
fn scaled(text: &str, exponent: u32) -> Result<U256, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let places = fraction.len() as u32;
    if places > exponent {
        return Err(words::too_many_decimals(exponent));
    }
    let digits = decimal(&format!("{whole}{fraction}"))?;
    U256::from(10)
        .checked_pow(U256::from(exponent - places))
        .and_then(|power| digits.checked_mul(power))
        .ok_or_else(|| words::TOO_LARGE.into())
}

/// Reads a number of at most 64 bits.
///
/// # Errors
/// In words.
pub fn parse_u64(text: &str) -> Result<u64, String> {
    u64::try_from(parse(text)?).map_err(|_| words::over_64_bits(u64::MAX))
}

/// Reads an address.
///
/// # Errors
/// In words.
pub fn parse_address(text: &str) -> Result<Address, String> {
    let bytes: [u8; 20] = hexadecimal::parse_exact(text.trim()).map_err(words::no_address)?;
    Ok(Address::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        for (text, value) in [
            ("0", "0"),
            ("1_000", "1000"),
            ("1,000 000", "1000000"),
            ("0x3E8", "1000"),
            ("1e18", "1000000000000000000"),
            ("1.5 ether", "1500000000000000000"),
            ("2 gwei", "2000000000"),
            ("7 wei", "7"),
            ("2^64-1", "18446744073709551615"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), value, "{text}");
        }
        assert_eq!(parse("2^256-1"), Ok(U256::MAX));
    }

    #[test]
    fn refuses_what_is_no_word() {
        for text in ["", "0x", "0xg", "-1", "1.5", "2^256", "1e80", "0.1 wei", "ten", "1e", "^", "2^-1", "0.5e0"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("ten").unwrap_err().starts_with("“ten” is not a number"));
        assert!(parse_u64("2^64").is_err());
        assert!(parse_address("0x12").is_err());
    }
}
