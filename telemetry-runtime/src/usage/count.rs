//! The types that a `#[usage(…)]` field of a derived source may have.

use std::borrow::Cow;
use std::sync::Arc;

/// A number of tokens: any integer, an `f64` that is one, or an `Option` of one. A negative number, a fraction, or a number
/// above `u64::MAX` (as a float, above 2^53) is refused and counted in [`Usage::refused_counts`](crate::Usage::refused_counts).
/// `None` is an unknown number.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a token count",
    label = "expected an integer, or an `Option` of one"
)]
pub trait TokenCount {
    /// Returns the count, `None` if the provider did not state it, or an error if the number cannot be a
    /// count.
    #[doc(hidden)]
    fn token_count(&self) -> Result<Option<u64>, RefusedCount>;
}

/// A number that cannot be a count of tokens.
#[doc(hidden)]
#[derive(Debug)]
pub struct RefusedCount;

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl TokenCount for $ty {
            #[inline]
            fn token_count(&self) -> Result<Option<u64>, RefusedCount> {
                u64::try_from(*self).map(Some).map_err(|_| RefusedCount)
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl TokenCount for f64 {
    #[inline]
    fn token_count(&self) -> Result<Option<u64>, RefusedCount> {
        count_of_float(*self).map(Some).ok_or(RefusedCount)
    }
}

/// Converts a float such as `12.0` to a count. Returns `None` for a fraction, and outside of 0 to 2^53, up to which all
/// integers are exact as floats.
pub(crate) fn count_of_float(float: f64) -> Option<u64> {
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an integer from 0 to 2^53"
    )]
    ((0.0..=MAX_EXACT).contains(&float) && float.fract() == 0.0).then_some(float as u64)
}

impl<T: TokenCount> TokenCount for Option<T> {
    #[inline]
    fn token_count(&self) -> Result<Option<u64>, RefusedCount> {
        self.as_ref().map_or(Ok(None), TokenCount::token_count)
    }
}

impl<T: TokenCount + ?Sized> TokenCount for &T {
    #[inline]
    fn token_count(&self) -> Result<Option<u64>, RefusedCount> {
        (**self).token_count()
    }
}

/// A model's name or a request's id: a string type, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text",
    label = "expected `String`, `&str`, `Cow<str>`, `Box<str>`, `Arc<str>`, or an `Option` of one"
)]
pub trait UsageText {
    /// Returns the text, if there is one.
    #[doc(hidden)]
    fn usage_text(&self) -> Option<&str>;
}

impl UsageText for str {
    #[inline]
    fn usage_text(&self) -> Option<&str> {
        Some(self)
    }
}

macro_rules! texts {
    ($($ty:ty)*) => {$(
        impl UsageText for $ty {
            #[inline]
            fn usage_text(&self) -> Option<&str> {
                Some(self)
            }
        }
    )*};
}
texts!(String Box<str> Arc<str> Cow<'_, str>);

impl<T: UsageText> UsageText for Option<T> {
    #[inline]
    fn usage_text(&self) -> Option<&str> {
        self.as_ref().and_then(UsageText::usage_text)
    }
}

impl<T: UsageText + ?Sized> UsageText for &T {
    #[inline]
    fn usage_text(&self) -> Option<&str> {
        (**self).usage_text()
    }
}

/// A cost in US dollars: `f64`, a number as text, or an `Option` of one. A negative cost, a cost that is not finite or above
/// nine billion dollars, and a text that is not a number are refused and counted in [`Usage::refused_counts`](crate::Usage::refused_counts).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a cost",
    label = "expected dollars as `f64` or as text, or an `Option` of it"
)]
pub trait UsageCost {
    /// Returns the cost in dollars; `None` if it is unknown. NaN is refused.
    #[doc(hidden)]
    fn dollars(&self) -> Option<f64>;
}

impl UsageCost for str {
    #[inline]
    fn dollars(&self) -> Option<f64> {
        Some(self.trim().parse().unwrap_or(f64::NAN))
    }
}

macro_rules! costs_as_text {
    ($($ty:ty)*) => {$(
        impl UsageCost for $ty {
            #[inline]
            fn dollars(&self) -> Option<f64> {
                str::dollars(self)
            }
        }
    )*};
}
costs_as_text!(String Box<str> Arc<str> Cow<'_, str>);

impl<T: UsageCost + ?Sized> UsageCost for &T {
    #[inline]
    fn dollars(&self) -> Option<f64> {
        (**self).dollars()
    }
}

impl UsageCost for f64 {
    #[inline]
    fn dollars(&self) -> Option<f64> {
        Some(*self)
    }
}

impl<T: UsageCost> UsageCost for Option<T> {
    #[inline]
    fn dollars(&self) -> Option<f64> {
        self.as_ref().and_then(UsageCost::dollars)
    }
}

/// Converts dollars to integer nano-dollars. Returns `None` if the value is negative, not finite, or
/// above nine billion dollars.
pub(crate) fn nanos_of_dollars(dollars: f64) -> Option<i64> {
    let nanos = (dollars * 1e9).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "2^63 is exact as a float, and every integral float below it is an i64"
    )]
    (0.0..9_223_372_036_854_775_808.0)
        .contains(&nanos)
        .then_some(nanos as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_a_count_if_it_is_an_exact_integer() {
        for (float, count) in [
            (12.0, Some(12)),
            (-0.0, Some(0)),
            (9_007_199_254_740_992.0, Some(1 << 53)),
        ] {
            assert_eq!(float.token_count().ok(), Some(count), "{float}");
        }
        for refused in [-1.0, 0.5, 1e16, f64::NAN, f64::INFINITY] {
            assert!(refused.token_count().is_err(), "{refused}");
        }
    }

    #[test]
    fn dollars_become_the_nearest_nano_dollar() {
        assert_eq!(nanos_of_dollars(4.499_999_999_999_999e-6), Some(4_500));
        assert_eq!(
            nanos_of_dollars(0.000_313_199_999_999_999_97),
            Some(313_200)
        );
        assert_eq!(nanos_of_dollars(0.0), Some(0));
        for refused in [-1e-9, f64::NAN, f64::INFINITY, 1e10] {
            assert_eq!(nanos_of_dollars(refused), None, "{refused}");
        }
    }
}
