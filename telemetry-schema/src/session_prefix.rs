//! The beginning of a session's id, by which hosts and readers find the session.

/// The least number of characters of a beginning: fewer would match a large part of a log.
pub const SHORTEST_PREFIX: usize = 4;

/// The lengths of the groups between the hyphens of an id, in hexadecimal digits.
pub const ID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Returns the hexadecimal digits of `text` in lower case, with hyphens where an id has them; `None` if `text` contains
/// anything else, too many digits, or too few.
#[must_use]
pub fn session_prefix(text: &str) -> Option<String> {
    let mut digits = text.trim().chars().filter(|found| *found != '-').peekable();
    let mut prefix = String::new();
    for group in ID_GROUPS {
        if digits.peek().is_some() && !prefix.is_empty() {
            prefix.push('-');
        }
        for digit in digits.by_ref().take(group) {
            let digit = digit
                .is_ascii_hexdigit()
                .then(|| digit.to_ascii_lowercase())?;
            prefix.push(digit);
        }
    }
    (digits.next().is_none() && prefix.len() >= SHORTEST_PREFIX).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_hyphens_lower_case_and_at_least_four_digits() {
        let of = |text: &str| session_prefix(text);
        assert_eq!(of(" 018F2b1e7c "), Some("018f2b1e-7c".to_owned()));
        assert_eq!(of("018f2b1e-"), Some("018f2b1e".to_owned()));
        assert_eq!(of("018f"), Some("018f".to_owned()));
        for text in ["018", "", "018g", "latest", &"0".repeat(33)] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
