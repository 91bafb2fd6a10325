//! Numbers, hex and statuses as the page writes them.

use lanevm_core::{Class, Status};

use crate::words::results as words;

/// A number with thousands apart.
pub(crate) fn grouped(digits: impl ToString) -> String {
    let digits = digits.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("−", digits));
    let mut out = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A rate, as “1.2 M calls/s”.
pub(crate) fn rate(count: u64, milliseconds: f64) -> String {
    let rate = count as f64 / (milliseconds / 1e3).max(1e-6);
    match rate {
        rate if rate >= 1e6 => format!("{:.2} M", rate / 1e6),
        rate if rate >= 1e5 => format!("{:.0} k", rate / 1e3),
        rate if rate >= 1e3 => format!("{:.1} k", rate / 1e3),
        rate => format!("{rate:.0}"),
    }
}

/// A time, as “1.2 s”.
pub(crate) fn time(milliseconds: f64) -> String {
    if milliseconds >= 1e3 { format!("{:.2} s", milliseconds / 1e3) } else { words::milliseconds(milliseconds) }
}

/// Long hex with its middle left out.
pub(crate) fn short(hex: &str) -> String {
    shorter(hex, 10, 6)
}

/// The same for a table's narrow cells.
pub(crate) fn narrow(hex: &str) -> String {
    shorter(hex, 6, 4)
}

fn shorter(hex: &str, head: usize, tail: usize) -> String {
    if hex.len() > head + tail + 2 && hex.starts_with("0x") && hex.is_ascii() {
        format!("{}…{}", &hex[..head], &hex[hex.len() - tail..])
    } else {
        hex.to_owned()
    }
}

/// Most characters shown of text that others wrote.
const FOREIGN: usize = 200;

/// Text that others wrote, as it may be shown: characters that control, or that turn the direction of what follows, stand
/// escaped, and it is cut.
pub(crate) fn foreign(text: &str) -> String {
    let mut out = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == FOREIGN {
            out.push('…');
            break;
        }
        let turns = matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if turns || character.is_control() {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// A status as the filter language writes it.
pub(crate) fn status_name(code: u8) -> &'static str {
    Status::from_code(code).map_or("unfinished", Status::name)
}

/// A status' word for people.
pub(crate) fn status_word(code: u8) -> String {
    Status::from_code(code).map_or_else(|| words::unknown_status(code), |status| status.name().replace('_', " "))
}

/// A status' word with its class, where that is another word.
pub(crate) fn status_words(code: u8) -> String {
    let word = status_word(code);
    match Status::from_code(code).map(Status::class) {
        Some(class @ (Class::Success | Class::Revert | Class::Halt)) if class.name() != word => {
            format!("{word} · {}", class.name())
        }
        _ => word,
    }
}

/// The kind of a status, as the style sheet names its colour.
pub(crate) fn status_kind(code: u8) -> &'static str {
    match Status::from_code(code) {
        Some(Status::OutOfGas) => "gas",
        Some(status) => match status.class() {
            Class::Success => "success",
            Class::Revert => "revert",
            Class::Unfinished => "unfinished",
            _ => "halt",
        },
        None => "halt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(-4800), "−4,800");
    }

    #[test]
    fn foreign_text_neither_controls_nor_turns() {
        assert_eq!(foreign("plain <b>é</b>"), "plain <b>é</b>");
        assert_eq!(foreign("a\u{202e}b\n\u{7f}"), "a\\u{202e}b\\u{a}\\u{7f}");
        assert_eq!(foreign(&"x".repeat(201)), format!("{}…", "x".repeat(200)));
        assert_eq!(foreign(&"x".repeat(200)), "x".repeat(200));
    }

    #[test]
    fn hex_is_shortened_in_the_middle() {
        assert_eq!(short("0x1234"), "0x1234");
        assert_eq!(short("0xcacacacacacacacacacacacacacacacacacacaca"), "0xcacacaca…cacaca");
    }
}
