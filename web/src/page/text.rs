//! Hex and statuses as the page writes them.

use lanevm_core::{Class, Status};

pub(crate) use crate::words::number::{grouped, rate, time};
use crate::words::results as words;

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
