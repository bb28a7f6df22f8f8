//! Parsers of the numbers on the command line. Their errors name the values that are expected, behind clap's naming of the option and of
//! the value that was found.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use telemetry_schema::record::{NanoUsd, ParseNanoUsdError};

/// Parses a whole number that counts something, from 0 on.
pub(super) fn from_zero(text: &str) -> Result<usize, String> {
    whole(text, &(0..=usize::MAX))
}

/// Parses the number of a turn or of a request, from 1 on.
pub(super) fn ordinal(text: &str) -> Result<u64, String> {
    whole(text, &(1..=u64::MAX))
}

/// Parses a number of rows or of periods, from 1 on.
pub(super) fn from_one(text: &str) -> Result<u32, String> {
    whole(text, &(1..=u32::MAX))
}

/// Parses an amount of dollars, from 0 on.
pub(super) fn amount(text: &str) -> Result<NanoUsd, String> {
    match text.parse() {
        Ok(amount) if amount >= NanoUsd(0) => Ok(amount),
        Err(ParseNanoUsdError::TooLarge) => Err(ParseNanoUsdError::TooLarge.to_string()),
        _ => Err("expected an amount of dollars, at least 0, such as 5 or 0.25".to_owned()),
    }
}

fn whole<T>(text: &str, allowed: &RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (allowed.start(), allowed.end());
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_too_large = is_number && digits.bytes().any(|byte| byte != b'0');
        if is_too_large {
            format!("expected a whole number from {least} to {most}")
        } else {
            format!("expected a whole number, at least {least}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_of_its_range_is_refused_with_the_range() {
        assert_eq!(ordinal("1"), Ok(1));
        assert_eq!(from_zero("0"), Ok(0));
        assert_eq!(from_one("4294967295"), Ok(u32::MAX));
        let least = "expected a whole number, at least 1".to_owned();
        for text in ["", "x", "0", "00", "-1", "1.5", "1e3", " 1", "½"] {
            assert_eq!(ordinal(text), Err(least.clone()), "{text}");
        }
        assert_eq!(
            from_one("4294967296"),
            Err("expected a whole number from 1 to 4294967295".to_owned())
        );
    }

    #[test]
    fn an_amount_is_not_negative() {
        assert_eq!(amount("0"), Ok(NanoUsd(0)));
        assert_eq!(amount("0.25"), Ok(NanoUsd(250_000_000)));
        for text in ["-1", "$5", "", "five"] {
            let expected = "expected an amount of dollars, at least 0, such as 5 or 0.25";
            assert_eq!(amount(text), Err(expected.to_owned()), "{text}");
        }
        assert!(amount("1e30").unwrap_err().contains("exceeds"));
    }
}
