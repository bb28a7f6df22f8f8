//! Reading the value of a key, by its type.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serializer};
use serde_json::value::RawValue;

use super::scan::Scanner;
use super::{NanoUsd, Timestamp};
use crate::Outcome;

/// A type that is read from a [`Scanner`].
pub(super) trait ReadValue<'a>: Sized {
    /// The values of a count or an amount, for a message; `None` for other types.
    const EXPECTED: Option<&'static str> = None;

    fn read(scanner: &mut Scanner<'a>) -> Option<Self>;

    /// Reads the value into its field, since most types are too large for a register.
    #[inline]
    fn fill(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
        *self = Self::read(scanner)?;
        Some(())
    }
}

/// Reads the value of a key that is not at the place where our writer has it.
// Not inlined: the reader of a record would have the code of each key twice.
#[inline(never)]
pub(super) fn fill_late<'a, T: ReadValue<'a>>(
    slot: &mut T,
    scanner: &mut Scanner<'a>,
) -> Option<()> {
    slot.fill(scanner)
}

/// Returns the type of a field.
pub(super) const fn type_of<R, T>(_: fn(&mut R) -> &mut T) -> PhantomData<T> {
    PhantomData
}

/// Returns the expected values of a count, if `json` is not one of them.
// Not inlined: a record has many fields and few types.
#[inline(never)]
pub(super) fn expected<'a, T: ReadValue<'a>>(
    _: PhantomData<T>,
    json: &'a str,
) -> Option<&'static str> {
    let expected = T::EXPECTED?;
    let scanner = &mut Scanner::new(json);
    let is_read = T::read(scanner).is_some() && scanner.end().is_some();
    (!is_read).then_some(expected)
}

/// `null` reads as absent.
impl<'a, T: ReadValue<'a>> ReadValue<'a> for Option<T> {
    const EXPECTED: Option<&'static str> = T::EXPECTED;

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
        // Duplicate keys are rejected before. The check lets the compiler omit the drop of an old value.
        if self.is_some() {
            return None;
        }
        *self = Some(value);
        Some(())
    }
}

impl ReadValue<'_> for u64 {
    const EXPECTED: Option<&'static str> = Some("an integer from 0 to 18446744073709551615");

    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.unsigned()
    }
}

impl ReadValue<'_> for u32 {
    const EXPECTED: Option<&'static str> = Some("an integer from 0 to 4294967295");

    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.unsigned()?.try_into().ok()
    }
}

impl ReadValue<'_> for bool {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.boolean()
    }
}

impl<'a> ReadValue<'a> for Cow<'a, str> {
    #[inline]
    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        scanner.string()
    }
}

impl ReadValue<'_> for Timestamp {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        // The form in which the runtime writes a time.
        if let Some([b'"', time @ .., b'"']) = scanner.ahead::<29>()
            && let Some(time) = Self::parse_canonical(time)
        {
            scanner.step(29);
            return Some(time);
        }
        scanner.string()?.parse().ok()
    }
}

impl ReadValue<'_> for NanoUsd {
    const EXPECTED: Option<&'static str> = Some("an amount of dollars such as 0.00041");

    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        let text = scanner.raw_value()?;
        parse_short_amount(text).or_else(|| text.parse().ok())
    }
}

/// Parses amounts with a point, at most two digits before it and at most nine after it. Other amounts are parsed by
/// `FromStr`.
#[inline]
fn parse_short_amount(text: &str) -> Option<NanoUsd> {
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

impl ReadValue<'_> for Outcome {
    #[inline]
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        if scanner.eat("\"ok\"") {
            return Some(Self::Ok);
        }
        scanner.value()
    }
}

/// The text of a JSON value: valid JSON that is not parsed further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Returns the text.
    pub fn get(self) -> &'a str {
        self.0
    }
}

impl<'a> ReadValue<'a> for Json<'a> {
    #[inline]
    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        scanner.raw_value().map(Self)
    }
}

#[cfg(test)]
proptest::proptest! {
    #[test]
    fn short_amounts_are_parsed_like_any_amount(text in "[0-9]{1,3}\\.[0-9]{1,10}") {
        let leading_zero = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
        if let Some(quick) = parse_short_amount(&text) && !leading_zero {
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
