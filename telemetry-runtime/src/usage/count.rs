//! The types that a `#[usage(…)]` field of a derived source may have.

use std::borrow::Cow;
use std::sync::Arc;

use super::{CostSource, Usage};

/// A number of tokens: any integer, an `f64` that is one, or an `Option` of one. A negative number, a fraction, or a number
/// above `u64::MAX` (as a float, above 2^53) is refused and counted in [`Usage::refused_counts`].
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
integers!(u16 u32 u64 u128 usize i16 i32 i64 i128 isize);

impl TokenCount for f64 {
    #[inline]
    fn token_count(&self) -> Result<Option<u64>, RefusedCount> {
        count_of_float(*self).map(Some).ok_or(RefusedCount)
    }
}

/// Returns the count that a float such as `12.0` is. Up to 2^53 all integers are exact as floats.
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

/// A cost in US dollars: `f64`, a number as text, or an `Option` of one. A negative cost, a cost that is not finite and
/// a text that is not a number are refused and counted in [`Usage::refused_counts`].
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

impl UsageCost for String {
    #[inline]
    fn dollars(&self) -> Option<f64> {
        self.as_str().dollars()
    }
}

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

/// Setters that the derive calls: one for each count of `#[usage(…)]`.
macro_rules! count_setters {
    ($($setter:ident)*) => {
        impl Usage {$(
            #[doc(hidden)]
            pub fn $setter(&mut self, count: &impl TokenCount) {
                match count.token_count() {
                    Ok(Some(count)) => self.$setter = Some(count),
                    Ok(None) => {}
                    Err(RefusedCount) => self.refused_counts = self.refused_counts.saturating_add(1),
                }
            }
        )*}
    };
}
count_setters!(
    prompt_tokens cached_tokens cache_write_tokens completion_tokens reasoning_tokens total_tokens
);

/// Setters of counts with a price of their own. Zero is unknown there.
macro_rules! factor_setters {
    ($($setter:ident)*) => {
        impl Usage {$(
            #[doc(hidden)]
            pub fn $setter(&mut self, count: &impl TokenCount) {
                match count.token_count() {
                    Ok(Some(count)) => self.factors.$setter = (count > 0).then_some(count),
                    Ok(None) => {}
                    Err(RefusedCount) => self.refused_counts = self.refused_counts.saturating_add(1),
                }
            }
        )*}
    };
}
factor_setters!(
    cache_write_1h_tokens audio_input_tokens image_input_tokens video_input_tokens cached_audio_tokens
    cached_image_tokens audio_output_tokens image_output_tokens video_output_tokens citation_tokens web_searches
    map_searches
);

macro_rules! factor_text_setters {
    ($($setter:ident)*) => {
        impl Usage {$(
            #[doc(hidden)]
            pub fn $setter(&mut self, text: &impl UsageText) {
                if let Some(text) = text.usage_text() {
                    self.factors.$setter = Some(text.to_owned());
                }
            }
        )*}
    };
}
factor_text_setters!(search_context_size speed inference_geo);

macro_rules! text_setters {
    ($($setter:ident)*) => {
        impl Usage {$(
            #[doc(hidden)]
            pub fn $setter(&mut self, text: &impl UsageText) {
                if let Some(text) = text.usage_text() {
                    self.$setter = Some(text.to_owned());
                }
            }
        )*}
    };
}
text_setters!(request_id model retry_cause finish_reason service_tier);

impl Usage {
    /// Returns what a derived source stated, if it contains tokens or a cost.
    #[doc(hidden)]
    pub fn of_whole(stated: Self) -> Option<Self> {
        (!stated.is_empty()).then_some(stated)
    }

    /// Returns what a derived source stated, if it contains anything but neither tokens nor a cost.
    #[doc(hidden)]
    pub fn of_part(stated: Self) -> Option<Self> {
        (stated.is_empty() && stated != Self::default()).then_some(stated)
    }

    #[doc(hidden)]
    pub fn cost(&mut self, cost: &impl UsageCost) {
        let Some(dollars) = cost.dollars() else {
            return;
        };
        match nanos_of_dollars(dollars) {
            Some(nanos) => {
                self.cost_nanos = Some(nanos);
                self.cost_source = Some(CostSource::ResponseBody);
            }
            None => self.refused_counts = self.refused_counts.saturating_add(1),
        }
    }

    /// Fills unknown values from a `#[usage]` field.
    #[doc(hidden)]
    pub fn nested(&mut self, source: &impl super::UsageSource) {
        if let Some(usage) = source.usage().or_else(|| source.partial()) {
            *self = std::mem::take(self).or(usage);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_cannot_be_counts_are_refused_and_counted() {
        let mut usage = Usage::default();
        usage.prompt_tokens(&-1_i64);
        usage.completion_tokens(&Some(u128::MAX));
        usage.total_tokens(&None::<u32>);
        usage.cached_tokens(&u64::MAX);
        assert_eq!(usage.refused_counts, 2);
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (None, None));
        assert_eq!(usage.cached_tokens, Some(u64::MAX));
    }

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
    fn a_cost_may_be_a_number_as_text() {
        let mut usage = Usage::default();
        usage.cost(&"0.0025");
        assert_eq!(
            (usage.cost_nanos, usage.refused_counts),
            (Some(2_500_000), 0)
        );
        for refused in ["", "NaN", "-1", "inf", "$1", "1,5"] {
            let mut usage = Usage::default();
            usage.cost(&Some(refused.to_owned()));
            assert_eq!(
                (usage.cost_nanos, usage.refused_counts),
                (None, 1),
                "{refused}"
            );
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
