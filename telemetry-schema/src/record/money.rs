//! Money: an integer of nano-dollars in memory, an exact decimal of dollars in JSON.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::decimal::{self, ParseDecimalError};

/// US dollars in units of 10⁻⁹, up to nine billion dollars. Sums saturate: they never wrap.
///
/// ```
/// use telemetry_schema::record::NanoUsd;
/// let cost: NanoUsd = "4.499999999999999e-6".parse().unwrap(); // as LiteLLM writes it
/// assert_eq!(cost, NanoUsd(4_500));
/// assert_eq!(cost.to_string(), "0.0000045");
/// ```
///
/// Only `serde_json` is supported: other formats have no exact decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoUsd(pub i64);

/// The decimals of a nano-dollar.
const SCALE: i64 = 9;

impl NanoUsd {
    /// Returns the saturating sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self(0), Self::plus)
    }
}

impl fmt::Display for NanoUsd {
    /// Formats the shortest exact decimal: `0.00041`, `12`, `-0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let (whole, part) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        let digits = format!("{part:09}");
        let digits = digits.trim_end_matches('0');
        let point = if digits.is_empty() { "" } else { "." };
        f.pad_integral(self.0 >= 0, "", &format!("{whole}{point}{digits}"))
    }
}

/// Why a text is not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseNanoUsdError {
    /// The text is not a JSON number.
    NotANumber,
    /// The amount exceeds nine billion dollars.
    TooLarge,
}

impl fmt::Display for ParseNanoUsdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "expected a decimal number of dollars such as 0.00041 or 4.5e-6",
            Self::TooLarge => "the amount exceeds 9223372036 dollars",
        })
    }
}

impl std::error::Error for ParseNanoUsdError {}

impl FromStr for NanoUsd {
    type Err = ParseNanoUsdError;

    /// Parses a JSON number exactly and rounds it once, to the nearest nano-dollar, a half away from zero.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Rounding may add one.
        let max = i64::MAX as u128;
        let scaled = decimal::scaled(text, SCALE, max).map_err(|error| match error {
            ParseDecimalError::NotANumber => ParseNanoUsdError::NotANumber,
            ParseDecimalError::TooLarge => ParseNanoUsdError::TooLarge,
        })?;
        let nanos = scaled.units + u128::from(scaled.next_digit >= 5);
        let nanos = i64::try_from(nanos).map_err(|_| ParseNanoUsdError::TooLarge)?;
        Ok(Self(if scaled.negative { -nanos } else { nanos }))
    }
}

impl Serialize for NanoUsd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NanoUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        raw.get().parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{NanoUsd, ParseNanoUsdError};
    use proptest::prelude::*;

    #[test]
    fn costs_are_parsed_as_litellm_writes_them() {
        for (text, nanos) in [
            ("0.00031319999999999997", 313_200),
            ("4.499999999999999e-6", 4_500),
            ("4.5E-06", 4_500),
            ("0.0160602", 16_060_200),
            ("0", 0),
            ("0.0", 0),
            ("-0.5", -500_000_000),
            ("1e2", 100_000_000_000),
            ("5e-10", 1),
            ("4.9e-10", 0),
            ("1e-999999999999999999999", 0),
            ("0e999999999999999999999", 0),
            ("9223372036.854775807", i64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(NanoUsd(nanos)), "{text}");
        }
    }

    #[test]
    fn invalid_amounts_are_rejected() {
        for text in [
            "", "-", ".5", "1.", "01", "1e", "1e+", "+1", "NaN", "1 ", "0x1", "1e1.5", "١",
        ] {
            assert_eq!(
                text.parse::<NanoUsd>(),
                Err(ParseNanoUsdError::NotANumber),
                "{text}"
            );
        }
        for text in ["9223372036.8547758075", "1e10", "1e999999999999999999999"] {
            assert_eq!(
                text.parse::<NanoUsd>(),
                Err(ParseNanoUsdError::TooLarge),
                "{text}"
            );
        }
    }

    #[test]
    fn json_has_the_exact_decimal_and_not_a_float() {
        assert_eq!(serde_json::to_string(&NanoUsd(410_000)).unwrap(), "0.00041");
        assert_eq!(
            serde_json::to_string(&NanoUsd(i64::MAX)).unwrap(),
            "9223372036.854775807"
        );
        assert!(serde_json::from_str::<NanoUsd>("\"1\"").is_err());
    }

    proptest! {
        #[test]
        fn every_amount_is_parsed_back(nanos in any::<i64>()) {
            prop_assume!(nanos != i64::MIN);
            let json = serde_json::to_string(&NanoUsd(nanos)).unwrap();
            prop_assert_eq!(serde_json::from_str::<NanoUsd>(&json).unwrap(), NanoUsd(nanos));
        }

        #[test]
        fn any_decimal_is_the_nearest_nano_dollar(
            whole in 0_u64..1_000_000, part in 0_u64..1_000_000_000_000, shift in -4_i32..4,
        ) {
            // digits.digits e shift, computed here in units of 10^-16
            let text = format!("{whole}.{part:012}e{shift}");
            let sixteenths = (i128::from(whole) * 1_000_000_000_000 + i128::from(part))
                * 10_i128.pow(u32::try_from(shift + 4).unwrap());
            let expected = (sixteenths + 5_000_000) / 10_000_000;
            prop_assert_eq!(text.parse(), Ok(NanoUsd(i64::try_from(expected).unwrap())));
        }

        #[test]
        fn moving_the_point_does_not_change_the_amount(digits in "[1-9][0-9]{0,17}", zeros in 0_usize..300) {
            // 0.000ddd × 10^(zeros + len − 9) is ddd × 10^−9
            let power = i64::try_from(zeros + digits.len()).unwrap() - 9;
            let moved = format!("0.{}{digits}e{power}", "0".repeat(zeros));
            prop_assert_eq!(moved.parse::<NanoUsd>(), format!("{digits}e-9").parse());
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.eE]{0,30}") {
            let _ = text.parse::<NanoUsd>();
        }
    }
}
