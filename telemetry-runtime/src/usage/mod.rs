//! The usage that a model's answer states, and the types from which usage is read.
//!
//! Both builds share this module: [`Usage`] and [`UsageSource`] have no dependency.

#[cfg_attr(
    not(any(feature = "enabled", test)),
    expect(dead_code, reason = "without `enabled`, no record is made")
)]
mod convention;
mod count;
mod error_class;
mod factors;
mod headers;
#[cfg_attr(
    not(feature = "enabled"),
    expect(dead_code, reason = "without `enabled`, no answer is read")
)]
pub(crate) mod part;
mod rate_limit;
mod setters;
mod source;
pub mod stated;

#[cfg(feature = "enabled")]
pub(crate) use count::count_of_float;
pub use count::{TokenCount, UsageCost, UsageText};
pub use error_class::ErrorClass;
pub use factors::PriceFactors;
pub(crate) use part::Assembly;
pub use part::UsagePart;
pub use rate_limit::RateLimit;
pub use source::UsageSource;

use std::time::Duration;

/// Tokens and cost of one request, as far as they are known: a value that the provider did not state is
/// `None`, because unknown is not zero.
///
/// Prompt tokens include the cached ones, completion tokens include the reasoning ones.
///
/// A host begins with [`Usage::default`] and sets what it knows, by the setters or by the fields. A struct expression such as
/// `Usage { model, ..Default::default() }` does not compile outside of this crate (`E0639`), because the struct is
/// `#[non_exhaustive]`: further values are added to it without breaking hosts.
///
/// ```
/// use telemetry_runtime::Usage;
///
/// let usage = Usage::default()
///     .with_model("gpt-4o-mini")
///     .with_prompt_tokens(1_200)
///     .with_completion_tokens(350);
///
/// let mut same = Usage::default();
/// same.model = Some("gpt-4o-mini".to_owned());
/// same.prompt_tokens = Some(1_200);
/// same.completion_tokens = Some(350);
/// assert_eq!(usage, same);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// The provider's id of the request. Two usages of one session with equal ids are one request.
    pub request_id: Option<String>,
    /// The name of the model in the answer.
    pub model: Option<String>,
    /// All input tokens, cached and newly cached ones included.
    pub prompt_tokens: Option<u64>,
    /// Input tokens read from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// Input tokens written to the provider's cache.
    pub cache_write_tokens: Option<u64>,
    /// All output tokens, reasoning included.
    pub completion_tokens: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// The provider's own sum of the tokens.
    pub total_tokens: Option<u64>,
    /// The cost of the request, in nano-dollars.
    pub cost_nanos: Option<i64>,
    /// The source of the cost; `None` means `ResponseBody`. With `CacheHit`, the cost is what the
    /// answer from the proxy's cache would have cost; without a cost, it is calculated from prices.
    pub cost_source: Option<CostSource>,
    /// Which attempt this was, from 1.
    pub attempt: Option<u32>,
    /// The reason why the attempt before this one failed: a status such as `429`, or a word.
    pub retry_cause: Option<String>,
    /// Whether the answer was streamed.
    pub stream: Option<bool>,
    /// Time from the request to the first token: text, reasoning or a tool call.
    pub time_to_first_token: Option<Duration>,
    /// Time from the request to the first chunk, with or without content.
    pub time_to_first_chunk: Option<Duration>,
    /// The reason why the answer ended, as the provider states it: `stop`, `length`, `tool_calls`, ….
    pub finish_reason: Option<String>,
    /// The tier of service that answered: `default`, `flex`, `priority`, ….
    pub service_tier: Option<String>,
    /// The class of the error. It is recorded only if the request failed.
    pub error_class: Option<ErrorClass>,
    /// The id of the deployment that answered, as the proxy states it.
    pub deployment_id: Option<String>,
    /// The model of the deployment, with the provider before a `/`.
    pub deployment_model: Option<String>,
    /// The group of the deployment. After a fallback, this is not the requested group.
    pub deployment_group: Option<String>,
    /// The proxy's id of the call, which its own logs contain.
    pub call_id: Option<String>,
    /// The number of retries of the proxy in the group that answered.
    pub proxy_retries: Option<u32>,
    /// The number of groups that failed before the one that answered.
    pub proxy_fallbacks: Option<u32>,
    /// The factors of the price besides these counts.
    pub factors: PriceFactors,
    /// The rate limits that the headers of the answer state, for `/status`; see [`Usage::with_headers`].
    pub rate_limits: Vec<RateLimit>,
    /// The number of counts and costs that were refused: negative, fractional or too large.
    pub refused_counts: u32,
}

impl Usage {
    /// Returns whether neither a token count nor a cost is known.
    pub fn is_empty(&self) -> bool {
        !self.has_tokens() && self.cost_nanos.is_none()
    }

    /// Returns whether a count or a cost is known or was refused, so that this is the usage of an answer and not only its properties.
    pub(crate) fn is_of_answer(&self) -> bool {
        !self.is_empty() || self.refused_counts > 0
    }

    /// Returns whether any count of tokens is known.
    pub(crate) fn has_tokens(&self) -> bool {
        self.prompt_tokens.is_some()
            || self.completion_tokens.is_some()
            || self.total_tokens.is_some()
            || self.cached_tokens.is_some()
            || self.cache_write_tokens.is_some()
            || self.reasoning_tokens.is_some()
    }

    /// Returns the counts by which usages are distinguished where an id is missing.
    pub(crate) fn counts(&self) -> [Option<u64>; 3] {
        [
            self.prompt_tokens,
            self.completion_tokens,
            self.total_tokens,
        ]
    }

    /// Returns whether both usages have an id, and the ids differ.
    pub(crate) fn is_of_another(&self, other: &Self) -> bool {
        let (own, other) = (&self.request_id, &other.request_id);
        let is_known = |id: &Option<String>| id.as_deref().is_some_and(|id| !id.is_empty());
        is_known(own) && is_known(other) && own != other
    }

    /// Completes the usage by that of an earlier item of the request. A known count, also a cost, is not
    /// replaced by zero, and a total is not combined with later counts that it does not belong to.
    #[must_use]
    pub(crate) fn after(mut self, mut earlier: Self) -> Self {
        let has_counts = [self.prompt_tokens, self.completion_tokens]
            .iter()
            .any(|count| count.is_some_and(|count| count > 0));
        if has_counts && self.total_tokens.is_none() {
            earlier.total_tokens = None;
        }
        let counts = [
            (&mut self.prompt_tokens, earlier.prompt_tokens),
            (&mut self.cached_tokens, earlier.cached_tokens),
            (&mut self.cache_write_tokens, earlier.cache_write_tokens),
            (&mut self.completion_tokens, earlier.completion_tokens),
            (&mut self.reasoning_tokens, earlier.reasoning_tokens),
            (&mut self.total_tokens, earlier.total_tokens),
        ];
        for (count, earlier) in counts {
            if *count == Some(0) && earlier.is_some() {
                *count = earlier;
            }
        }
        if self.cost_nanos == Some(0) && earlier.cost_nanos.is_some_and(|cost| cost > 0) {
            self.cost_nanos = None;
        }
        self.or(earlier)
    }

    /// Fills unknown values with those of `other`; an empty text is unknown. The refused counts of both are added up. If
    /// `other` is from a cache, the cost source is [`CostSource::CacheHit`] also where the cost is known.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        fn fill<T>(slot: &mut Option<T>, value: Option<T>) {
            if slot.is_none() {
                *slot = value;
            }
        }
        /// An empty text is unknown.
        fn fill_text(slot: &mut Option<String>, value: Option<String>) {
            if slot.as_deref().is_none_or(str::is_empty) {
                *slot = value;
            }
        }
        fill_text(&mut self.request_id, other.request_id);
        fill_text(&mut self.model, other.model);
        fill(&mut self.prompt_tokens, other.prompt_tokens);
        fill(&mut self.cached_tokens, other.cached_tokens);
        fill(&mut self.cache_write_tokens, other.cache_write_tokens);
        fill(&mut self.completion_tokens, other.completion_tokens);
        fill(&mut self.reasoning_tokens, other.reasoning_tokens);
        fill(&mut self.total_tokens, other.total_tokens);
        if self.cost_nanos.is_none() {
            self.cost_nanos = other.cost_nanos;
            fill(&mut self.cost_source, other.cost_source);
        } else if other.cost_source == Some(CostSource::CacheHit) {
            self.cost_source = other.cost_source;
        }
        fill(&mut self.attempt, other.attempt);
        fill_text(&mut self.retry_cause, other.retry_cause);
        fill(&mut self.stream, other.stream);
        fill(&mut self.time_to_first_token, other.time_to_first_token);
        fill(&mut self.time_to_first_chunk, other.time_to_first_chunk);
        fill_text(&mut self.finish_reason, other.finish_reason);
        fill_text(&mut self.service_tier, other.service_tier);
        fill(&mut self.error_class, other.error_class);
        fill_text(&mut self.deployment_id, other.deployment_id);
        fill_text(&mut self.deployment_model, other.deployment_model);
        fill_text(&mut self.deployment_group, other.deployment_group);
        fill_text(&mut self.call_id, other.call_id);
        fill(&mut self.proxy_retries, other.proxy_retries);
        fill(&mut self.proxy_fallbacks, other.proxy_fallbacks);
        self.factors = self.factors.or(other.factors);
        if self.rate_limits.is_empty() {
            self.rate_limits = other.rate_limits;
        }
        self.refused_counts = self.refused_counts.saturating_add(other.refused_counts);
        self
    }
}

/// The source of a request's cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CostSource {
    /// `usage.cost` in the answer's body. LiteLLM writes it into the last chunk of a stream.
    ResponseBody,
    /// The `x-litellm-response-cost` header.
    ResponseHeader,
    /// The answer is from LiteLLM's own cache (`x-litellm-cache-key`). Its record has the cost
    /// 0, and the cost of the cached answer as `saved_usd`.
    CacheHit,
    /// `[telemetry.pricing."MODEL"]` of the configuration.
    UserPrice,
    /// The price map that `[telemetry.pricing]` names.
    PriceMap,
    /// The cost is unknown, because no source has one. The record has no cost.
    Unpriced,
}

impl CostSource {
    /// Returns the text of a record: `response_body`, `response_header`, `cache_hit`, `user_price`,
    /// `price_map` or `unpriced`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResponseBody => "response_body",
            Self::ResponseHeader => "response_header",
            Self::CacheHit => "cache_hit",
            Self::UserPrice => "user_price",
            Self::PriceMap => "price_map",
            Self::Unpriced => "unpriced",
        }
    }
}

#[cfg(all(test, feature = "enabled"))]
mod tests;
