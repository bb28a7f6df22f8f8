//! The types that a `#[usage(…)]` field of a derived source may have.

use std::borrow::Cow;
use std::sync::Arc;

use super::{CostSource, Usage};

/// A number of tokens: any integer, or an `Option` of one. A negative number, or one above
/// `u64::MAX`, is refused: counted in [`Usage::refused_counts`], never guessed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no token count",
    label = "expected an integer, or an `Option` of one"
)]
pub trait TokenCount {
    /// The count; `None` where the provider did not say. `Err` where the number is no count.
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
    message = "`{Self}` is no text",
    label = "expected `String`, `&str`, `Cow<str>`, `Box<str>`, `Arc<str>`, or an `Option` of one"
)]
pub trait UsageText {
    /// The text; `None` where there is none.
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

/// A cost in US dollars: `f64`, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no cost",
    label = "expected dollars as `f64`, or an `Option` of it"
)]
pub trait UsageCost {
    /// Dollars; `None` where unknown.
    #[doc(hidden)]
    fn dollars(&self) -> Option<f64>;
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

/// Dollars as a float to integer nano-dollars. `None` for what is negative, not finite, or beyond
/// nine billion dollars.
pub(crate) fn nanos_of_dollars(dollars: f64) -> Option<i64> {
    let nanos = (dollars * 1e9).round();
    // 2^63 is exact as a float, and i64::MAX is not.
    #[allow(clippy::cast_possible_truncation)]
    (0.0..9_223_372_036_854_775_808.0)
        .contains(&nanos)
        .then_some(nanos as i64)
}

/// What the derive calls: one setter for each `#[usage(…)]` word.
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
    /// What a derived source said, where that is a usage.
    #[doc(hidden)]
    pub fn of_whole(said: Self) -> Option<Self> {
        (!said.is_empty()).then_some(said)
    }

    /// What a derived source said, where that is something and no usage.
    #[doc(hidden)]
    pub fn of_part(said: Self) -> Option<Self> {
        (said.is_empty() && said != Self::default()).then_some(said)
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

    /// What a `#[usage]` field says, under what this value said itself.
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
    fn what_cannot_be_a_count_is_refused_and_counted() {
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
