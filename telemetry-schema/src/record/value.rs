//! How the value of a key is read, by its type.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serializer};
use serde_json::value::RawValue;

use super::scan::Scanner;
use super::{NanoUsd, Timestamp};
use crate::Outcome;

/// A type of value.
pub(super) trait Value<'a>: Sized {
    fn read(scanner: &mut Scanner<'a>) -> Option<Self>;

    /// Reads it to where it belongs: most are too large for a register.
    #[inline]
    fn fill(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
        *self = Self::read(scanner)?;
        Some(())
    }
}

/// `null` reads as absent.
impl<'a, T: Value<'a>> Value<'a> for Option<T> {
    #[inline]
    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        if scanner.null() {
            return Some(None);
        }
        T::read(scanner).map(Some)
    }

    #[inline]
    fn fill(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
        if scanner.null() {
            return Some(());
        }
        let value = T::read(scanner)?;
        // A key twice was refused already. Without this, what is dropped here would have to be looked at.
        if self.is_some() {
            return None;
        }
        *self = Some(value);
        Some(())
    }
}

impl Value<'_> for u64 {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.unsigned()
    }
}

impl Value<'_> for u32 {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.unsigned()?.try_into().ok()
    }
}

impl Value<'_> for bool {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.boolean()
    }
}

impl<'a> Value<'a> for Cow<'a, str> {
    #[inline]
    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        scanner.string()
    }
}

impl Value<'_> for Timestamp {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        // As our writer writes it.
        if let Some([b'"', time @ .., b'"']) = scanner.ahead::<29>()
            && let Some(time) = Self::written(time)
        {
            scanner.step(29);
            return Some(time);
        }
        scanner.string()?.parse().ok()
    }
}

impl Value<'_> for NanoUsd {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        let text = scanner.raw_value()?;
        dollars(text).or_else(|| text.parse().ok())
    }
}

/// The amounts that our writer writes, from a dollar's billionth to 99 dollars; the others take the
/// long way.
#[inline]
fn dollars(text: &str) -> Option<NanoUsd> {
    let (whole, part) = text.split_once('.')?;
    if whole.len() > 2 || part.len() > 9 {
        return None;
    }
    let number = |digits: &str| {
        digits.bytes().try_fold(0_i64, |sum, digit| {
            let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
            Some(sum * 10 + digit)
        })
    };
    let power = 9 - u32::try_from(part.len()).ok()?;
    Some(NanoUsd(
        number(whole)? * 1_000_000_000 + number(part)? * 10_i64.pow(power),
    ))
}

impl Value<'_> for Outcome {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        if scanner.eat("\"ok\"") {
            return Some(Self::Ok);
        }
        scanner.value()
    }
}

/// A JSON value as it stands in the line, checked and not read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// The text.
    pub fn get(self) -> &'a str {
        self.0
    }
}

impl<'a> Value<'a> for Json<'a> {
    #[inline]
    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        scanner.raw_value().map(Self)
    }
}

#[cfg(test)]
proptest::proptest! {
    #[test]
    fn what_is_quickly_read_as_dollars_is_what_the_long_way_reads(text in "[0-9]{1,3}\\.[0-9]{1,10}") {
        let leading_zero = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
        if let Some(quick) = dollars(&text) && !leading_zero {
            proptest::prop_assert_eq!(text.parse(), Ok(quick));
        }
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(self.0)
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(raw.get()))
    }
}
