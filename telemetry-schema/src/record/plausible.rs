//! Values that no request and no span can have.
//!
//! Sums saturate, so a single damaged line with a count of 2^64 − 1 would hide all others in a sum. The limits are far above
//! any request and far below those of the integers.

use super::{NanoUsd, Rollup, SessionRecord, Span, Totals};

/// The most tokens of a request.
const TOKENS: u64 = 1_000_000_000_000;
/// The highest cost of a request: a million dollars.
const COST: i64 = 1_000_000 * 1_000_000_000;
/// The longest request: a year, in milliseconds.
const MILLIS: u64 = 366 * 24 * 3600 * 1000;
/// The factor by which the sums of a day, session and model may exceed the limits of a request.
const REQUESTS: u64 = 1000;

impl SessionRecord<'_> {
    /// Returns the record without the values that no request can have; `None` if all values are plausible.
    ///
    /// The limits are 10^12 tokens of each kind, a million dollars and a year. The cost of a request is not negative; that of an
    /// amendment may be.
    #[must_use]
    pub fn without_implausible(&self) -> Option<Self> {
        let mut plausible = self.clone();
        let mut found = false;
        for count in [
            &mut plausible.prompt_tokens,
            &mut plausible.cached_tokens,
            &mut plausible.cache_write_tokens,
            &mut plausible.completion_tokens,
            &mut plausible.reasoning_tokens,
            &mut plausible.total_tokens,
        ] {
            found |= count.take_if(|count| *count > TOKENS).is_some();
        }
        for cost in [&mut plausible.cost_usd, &mut plausible.saved_usd] {
            found |= cost
                .take_if(|cost| self.is_implausible_cost(*cost))
                .is_some();
        }
        for time in [&mut plausible.latency_ms, &mut plausible.ttft_ms] {
            found |= time.take_if(|time| *time > MILLIS).is_some();
        }
        found.then_some(plausible)
    }

    /// Returns whether a value is beyond the limits of [`without_implausible`](Self::without_implausible). Does not allocate.
    pub fn is_implausible(&self) -> bool {
        let tokens = [
            self.prompt_tokens,
            self.cached_tokens,
            self.cache_write_tokens,
            self.completion_tokens,
            self.reasoning_tokens,
            self.total_tokens,
        ];
        let costs = [self.cost_usd, self.saved_usd];
        let times = [self.latency_ms, self.ttft_ms];
        tokens.into_iter().flatten().any(|count| count > TOKENS)
            || costs
                .into_iter()
                .flatten()
                .any(|cost| self.is_implausible_cost(cost))
            || times.into_iter().flatten().any(|time| time > MILLIS)
    }

    /// Only an amendment is negative: it lowers the cost of an earlier record.
    fn is_implausible_cost(&self, cost: NanoUsd) -> bool {
        cost.0.unsigned_abs() > COST.unsigned_abs() || (cost.0 < 0 && !self.is_amendment())
    }
}

impl Span<'_> {
    /// Returns whether the span is longer than a year.
    pub fn is_implausible(&self) -> bool {
        self.dur_ns > MILLIS * 1_000_000
    }
}

impl Rollup<'_> {
    /// Returns whether a sum exceeds a thousand times the limits of a request.
    pub fn is_implausible(&self) -> bool {
        let Totals {
            prompt_tokens,
            cached_tokens,
            cache_write_tokens,
            completion_tokens,
            reasoning_tokens,
            total_tokens,
            cost_nanos,
            saved_nanos,
            ..
        } = self.sums;
        let tokens = [
            prompt_tokens,
            cached_tokens,
            cache_write_tokens,
            completion_tokens,
            reasoning_tokens,
            total_tokens,
        ];
        let most = COST.unsigned_abs() * REQUESTS;
        tokens.iter().any(|count| *count > TOKENS * REQUESTS)
            || [cost_nanos, saved_nanos]
                .iter()
                .any(|cost| cost.unsigned_abs() > most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_beyond_the_limits_are_removed() {
        let mut record = SessionRecord {
            prompt_tokens: Some(TOKENS),
            cost_usd: Some(NanoUsd(COST)),
            latency_ms: Some(MILLIS),
            ..SessionRecord::default()
        };
        assert!(!record.is_implausible());
        assert_eq!(record.without_implausible(), None);
        record.completion_tokens = Some(u64::MAX);
        assert!(record.is_implausible());
        let plausible = record.without_implausible().unwrap();
        assert_eq!(
            (plausible.prompt_tokens, plausible.completion_tokens),
            (Some(TOKENS), None)
        );
        for cost in [i64::MIN, -1] {
            record.cost_usd = Some(NanoUsd(cost));
            assert_eq!(record.without_implausible().unwrap().cost_usd, None);
        }
        let mut amendment = SessionRecord {
            amends: Some(true),
            cost_usd: Some(NanoUsd(-1)),
            ..SessionRecord::default()
        };
        assert!(!amendment.is_implausible());
        amendment.cost_usd = Some(NanoUsd(-COST - 1));
        assert!(amendment.is_implausible());
    }
}
