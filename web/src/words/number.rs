//! Numbers, rates and times as English writes them, and what is counted.

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
    if milliseconds >= 1e3 { format!("{:.2} s", milliseconds / 1e3) } else { format!("{milliseconds:.0} ms") }
}

/// So many of what has a word for one and a word for more.
pub(crate) fn counted(count: impl ToString, one: &str, many: &str) -> String {
    let count = count.to_string();
    let word = if count == "1" { one } else { many };
    format!("{} {word}", grouped(count))
}

/// Lanes, counted.
pub(crate) fn lanes(count: impl ToString) -> String {
    counted(count, "lane", "lanes")
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
    fn one_has_its_own_word() {
        assert_eq!(lanes(0), "0 lanes");
        assert_eq!(lanes(1), "1 lane");
        assert_eq!(counted(1_000, "byte", "bytes"), "1,000 bytes");
    }
}
