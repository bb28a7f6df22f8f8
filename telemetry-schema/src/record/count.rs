//! Counts in the forms of other writers: an integer, or a float with an integral value, such as `12.0`. Other values
//! of a count are unusable, and the message about them names the key, the value and the expected values.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// Returns the integer that a float is. Up to 2^53 all integers are exact as floats.
pub fn count_of_float(float: f64) -> Option<u64> {
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an integer from 0 to 2^53"
    )]
    ((0.0..=MAX_EXACT).contains(&float) && float.fract() == 0.0).then_some(float as u64)
}

struct CountVisitor<T>(PhantomData<T>);

impl<T: TryFrom<u64>> Visitor<'_> for CountVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer that is not negative")
    }
    fn visit_u64<E: Error>(self, count: u64) -> Result<T, E> {
        let unusable = || E::invalid_value(Unexpected::Unsigned(count), &self);
        T::try_from(count).map_err(|_| unusable())
    }
    fn visit_f64<E: Error>(self, count: f64) -> Result<T, E> {
        let unusable = || E::invalid_value(Unexpected::Float(count), &self);
        let count = count_of_float(count).ok_or_else(unusable)?;
        T::try_from(count).map_err(|_| unusable())
    }
}

/// Deserializes a count, for `deserialize_with`.
pub(super) fn required<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_u64(CountVisitor(PhantomData))
}

/// Deserializes an optional count, for `deserialize_with`.
pub(super) fn optional<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    struct Count<T>(T);
    impl<'de, T: TryFrom<u64>> Deserialize<'de> for Count<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            required(deserializer).map(Self)
        }
    }
    let count = Option::<Count<T>>::deserialize(deserializer)?;
    Ok(count.map(|Count(count)| count))
}

/// A count or an amount that is valid JSON, but not a valid value of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableCount {
    /// The key.
    pub key: &'static str,
    /// The values that the key may have.
    pub expected: &'static str,
    found: FoundValue,
}

impl UnusableCount {
    /// Describes the value `json` of a key.
    pub(super) fn new(key: &'static str, expected: &'static str, json: &str) -> Self {
        Self {
            key,
            expected,
            found: FoundValue::of(json),
        }
    }
}

/// Formats as ``key `prompt_tokens` is -5, expected an integer from 0 to …``.
impl fmt::Display for UnusableCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found: &dyn fmt::Display = match &self.found {
            FoundValue::Number(digits) => digits,
            FoundValue::Boolean => &"a boolean",
            FoundValue::Text => &"a text",
            FoundValue::Array => &"an array",
            FoundValue::Object => &"an object",
        };
        write!(
            f,
            "key `{}` is {found}, expected {}",
            self.key, self.expected
        )
    }
}

/// A description of the value. Numbers are quoted; texts may contain secrets and are not quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FoundValue {
    Number(ShortNumber),
    Boolean,
    Text,
    Array,
    Object,
}

impl FoundValue {
    fn of(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'"') | None => Self::Text,
            Some(_) => Self::Number(ShortNumber::of(json)),
        }
    }
}

/// The beginning of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ShortNumber {
    digits: [u8; Self::MAX],
    len: u8,
    is_cut: bool,
}

impl ShortNumber {
    const MAX: usize = 24;

    fn of(json: &str) -> Self {
        let mut number = Self {
            digits: [0; Self::MAX],
            len: 0,
            is_cut: json.len() > Self::MAX,
        };
        for (slot, digit) in number.digits.iter_mut().zip(json.bytes()) {
            *slot = digit;
            number.len += 1;
        }
        number
    }
}

impl fmt::Display for ShortNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A number is ASCII.
        let digits = str::from_utf8(&self.digits[..self.len.into()]).unwrap_or_default();
        write!(f, "{digits}{}", if self.is_cut { "…" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use crate::record::{ParseRecordError, Record};

    fn parse(key: &str, value: &str) -> Result<Option<u64>, ParseRecordError> {
        let line = format!(r#"{{"ts":"2020-11-22T18:54:00Z","session_id":"s","{key}":{value}}}"#);
        match Record::parse(line.as_bytes())? {
            Record::Session(record) => Ok(record.prompt_tokens),
            _ => panic!("{line}"),
        }
    }

    #[test]
    fn an_integral_float_is_a_count() {
        for (value, count) in [
            ("12.0", 12),
            ("1.2e1", 12),
            ("12E0", 12),
            ("1200e-2", 12),
            ("-0.0", 0),
            ("-0", 0),
            ("0.0", 0),
            ("9007199254740992.0", 1 << 53),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse("prompt_tokens", value), Ok(Some(count)), "{value}");
        }
    }

    #[test]
    fn an_unusable_count_is_named_with_what_is_expected() {
        let integer = "expected an integer from 0 to 18446744073709551615";
        for (key, value, message) in [
            (
                "prompt_tokens",
                "-5",
                format!("key `prompt_tokens` is -5, {integer}"),
            ),
            (
                "completion_tokens",
                "1.5",
                format!("key `completion_tokens` is 1.5, {integer}"),
            ),
            (
                "total_tokens",
                "1e30",
                format!("key `total_tokens` is 1e30, {integer}"),
            ),
            (
                "total_tokens",
                "18446744073709551616",
                format!("key `total_tokens` is 18446744073709551616, {integer}"),
            ),
            (
                "cached_tokens",
                "123456789012345678901234567890",
                format!("key `cached_tokens` is 123456789012345678901234…, {integer}"),
            ),
            (
                "latency_ms",
                "\"NaN\"",
                format!("key `latency_ms` is a text, {integer}"),
            ),
            (
                "turn",
                "true",
                format!("key `turn` is a boolean, {integer}"),
            ),
            ("turn", "[1]", format!("key `turn` is an array, {integer}")),
            ("turn", "{}", format!("key `turn` is an object, {integer}")),
            (
                "attempt",
                "4294967296",
                "key `attempt` is 4294967296, expected an integer from 0 to 4294967295".to_owned(),
            ),
            (
                "cost_usd",
                "\"0.1\"",
                "key `cost_usd` is a text, expected an amount of dollars such as 0.00041"
                    .to_owned(),
            ),
        ] {
            let Err(ParseRecordError::UnusableCount(found)) = parse(key, value) else {
                panic!("{key} {value}");
            };
            assert_eq!(found.to_string(), message);
        }
    }

    #[test]
    fn invalid_json_and_other_errors_are_not_unusable_counts() {
        for (key, value) in [
            ("prompt_tokens", "NaN"),
            ("prompt_tokens", "-"),
            ("model", "5"),
        ] {
            assert_eq!(
                parse(key, value),
                Err(ParseRecordError::NotJson),
                "{key} {value}"
            );
        }
    }
}
