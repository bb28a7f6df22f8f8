//! Totals over session records.

use std::cmp::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{NanoUsd, SessionRecord};

/// Declares [`Totals`] and its form in a rollup record, where money is a decimal of dollars and time is
/// milliseconds.
macro_rules! totals {
    ($(
        $(#[doc = $doc:literal])*
        $(#[serde $record_form:tt])?
        $field:ident: $type:ty,
    )*) => {
        /// Totals over requests. A kind of tokens that no provider reported counts as 0. Sums saturate:
        /// they never wrap.
        ///
        /// Fields may be added; construct a value with `..Totals::default()`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct Totals {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        #[derive(Serialize, Deserialize)]
        #[serde(remote = "Totals")]
        pub(super) struct RollupTotals {
            $(#[serde(default)] $(#[serde $record_form])? $field: $type,)*
        }

        impl Totals {
            /// Adds other totals to these.
            pub fn add(&mut self, other: &Self) {
                $(self.$field = self.$field.saturating_add(other.$field);)*
            }

            /// Returns whether a sum has reached the limit of its type, so that it may be too small.
            pub fn is_saturated(&self) -> bool {
                $(self.$field == <$type>::MAX)||*
            }
        }
    };
}

totals! {
    /// Requests with the outcome `ok`.
    #[serde(rename = "turns")]
    answered: u64,
    /// All requests, failed and cancelled ones included.
    requests: u64,
    /// Requests that failed or were cancelled.
    failures: u64,
    /// Requests that were a second or later attempt.
    retries: u64,
    /// Input tokens, cached ones included.
    prompt_tokens: u64,
    /// Input tokens read from the provider's cache.
    cached_tokens: u64,
    /// Input tokens of the consistent requests that reported their cached tokens: the divisor of the cache hit rate.
    cache_reported_prompt_tokens: u64,
    /// Input tokens written to the provider's cache.
    cache_write_tokens: u64,
    /// Output tokens, reasoning included.
    completion_tokens: u64,
    /// Output tokens spent on reasoning.
    reasoning_tokens: u64,
    /// All tokens, as the providers count them.
    total_tokens: u64,
    /// The cost of the priced requests, in nano-dollars.
    #[serde(rename = "cost_usd", with = "dollars")]
    cost_nanos: i64,
    /// The part of the cost that was calculated from a table of prices, in nano-dollars. The proxy reported
    /// the rest.
    #[serde(rename = "calculated_cost_usd", with = "dollars")]
    calculated_cost_nanos: i64,
    /// The cost that answers from the proxy's cache saved, in nano-dollars. It was not charged.
    #[serde(rename = "saved_usd", with = "dollars")]
    saved_nanos: i64,
    /// Requests whose cost was unknown when they were recorded: they used tokens, or were answered without any
    /// count of tokens. See [`unpriced`](Self::unpriced).
    unpriced_requests: u64,
    /// Requests that were recorded without a cost, and whose cost a later record brought.
    priced_later_requests: u64,
    /// Requests whose counts contradict each other; they are excluded from rates.
    inconsistent_requests: u64,
    /// The cached tokens that are excluded from rates: those of inconsistent requests and of amendments.
    inconsistent_cached_tokens: u64,
    /// The time spent in requests. Rollup records hold milliseconds.
    #[serde(rename = "api_ms", with = "milliseconds")]
    api_time: Duration,
}

impl Totals {
    /// Returns the number of requests whose cost is unknown.
    pub fn unpriced(&self) -> u64 {
        self.unpriced_requests
            .saturating_sub(self.priced_later_requests)
    }

    /// Returns the part of the input that was read from the provider's cache, from 0 to 1, over the
    /// consistent requests that reported cached tokens; `None` where no request did.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn cache_hit_rate(&self) -> Option<f64> {
        let reported = self.cache_reported_prompt_tokens;
        let cached = self
            .cached_tokens
            .saturating_sub(self.inconsistent_cached_tokens);
        (reported > 0).then(|| cached as f64 / reported as f64)
    }
}

/// Returns the cost of the priced requests of a sum; `None` if every request that has to be paid is unpriced, because that
/// cost is unknown and not zero.
pub fn known_cost(totals: &Totals) -> Option<NanoUsd> {
    (totals.cost_nanos != 0 || totals.unpriced() == 0).then_some(NanoUsd(totals.cost_nanos))
}

/// Compares the totals of two models, or of other groups of requests, in the order of every output: the highest cost first,
/// then the most tokens, then by name.
pub fn compare_totals(
    (name, totals): (&str, &Totals),
    (other, others): (&str, &Totals),
) -> Ordering {
    let size = |totals: &Totals| (totals.cost_nanos, totals.total_tokens);
    size(others)
        .cmp(&size(totals))
        .then_with(|| name.cmp(other))
}

impl SessionRecord<'_> {
    /// Returns the totals of this request alone. A record that amends another one adds tokens and cost, and is no
    /// request; its tokens are excluded from rates, because they cannot be divided by those of the request.
    pub fn totals(&self) -> Totals {
        if self.is_amendment() {
            return self.totals_of_amendment();
        }
        let of = |count: Option<u64>| count.unwrap_or(0);
        let ok = self.is_ok();
        let is_inconsistent = self.is_inconsistent();
        let cost = self.cost_usd.unwrap_or_default().0;
        Totals {
            answered: u64::from(ok),
            requests: 1,
            failures: u64::from(!ok),
            retries: u64::from(self.attempt.is_some_and(|attempt| attempt > 1)),
            prompt_tokens: of(self.prompt_tokens),
            cached_tokens: of(self.cached_tokens),
            cache_reported_prompt_tokens: if is_inconsistent {
                0
            } else {
                of(self.cached_tokens.and(self.prompt_tokens))
            },
            cache_write_tokens: of(self.cache_write_tokens),
            completion_tokens: of(self.completion_tokens),
            reasoning_tokens: of(self.reasoning_tokens),
            total_tokens: self.total(),
            cost_nanos: cost,
            calculated_cost_nanos: if self.is_cost_calculated() { cost } else { 0 },
            saved_nanos: self.saved_usd.unwrap_or_default().0,
            unpriced_requests: u64::from(self.is_unpriced()),
            priced_later_requests: 0,
            inconsistent_requests: u64::from(is_inconsistent),
            inconsistent_cached_tokens: if is_inconsistent {
                of(self.cached_tokens)
            } else {
                0
            },
            api_time: Duration::from_millis(of(self.latency_ms)),
        }
    }
}

impl SessionRecord<'_> {
    fn totals_of_amendment(&self) -> Totals {
        let of = |count: Option<u64>| count.unwrap_or(0);
        let cost = self.cost_usd.unwrap_or_default().0;
        Totals {
            prompt_tokens: of(self.prompt_tokens),
            cached_tokens: of(self.cached_tokens),
            inconsistent_cached_tokens: of(self.cached_tokens),
            cache_write_tokens: of(self.cache_write_tokens),
            completion_tokens: of(self.completion_tokens),
            reasoning_tokens: of(self.reasoning_tokens),
            total_tokens: self.total(),
            cost_nanos: cost,
            calculated_cost_nanos: if self.is_cost_calculated() { cost } else { 0 },
            saved_nanos: self.saved_usd.unwrap_or_default().0,
            unpriced_requests: u64::from(self.makes_unpriced()),
            priced_later_requests: u64::from(self.first_cost == Some(true)),
            ..Totals::default()
        }
    }
}

/// Nano-dollars as an exact decimal of dollars.
mod dollars {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::NanoUsd;

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn serialize<S: Serializer>(nanos: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        NanoUsd(*nanos).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        NanoUsd::deserialize(deserializer).map(|dollars| dollars.0)
    }
}

/// A duration as whole milliseconds.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        u64::try_from(time.as_millis())
            .unwrap_or(u64::MAX)
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}
