//! What a model's answer says of its own usage, and where it is read from.
//!
//! The same in both builds: [`Usage`] and [`UsageSource`] have no dependency.

mod count;
mod headers;
mod source;

pub use count::{TokenCount, UsageCost, UsageText};
pub use source::UsageSource;

use std::time::Duration;

/// Tokens and cost of one request, as far as they are known: what the provider did not say stays
/// `None`, because unknown is not zero.
///
/// Prompt tokens include the cached ones, completion tokens include the reasoning ones.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// The provider's id of the request. Two usages of one session with the same id are one turn.
    pub request_id: Option<String>,
    /// The model that answered, as the answer names it.
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
    /// The provider's own sum.
    pub total_tokens: Option<u64>,
    /// What the request cost, in nano-dollars, as the answer's body says.
    pub cost_nanos: Option<i64>,
    /// Where the cost is from; `response_body` unless the host says otherwise.
    pub cost_source: Option<CostSource>,
    /// Which attempt this was, from 1.
    pub attempt: Option<u32>,
    /// Why the attempt before this one failed: a status such as `429`, or a word.
    pub retry_cause: Option<String>,
    /// Whether the answer was streamed.
    pub stream: Option<bool>,
    /// Time from the request to the first token.
    pub time_to_first_token: Option<Duration>,
    /// Counts that were refused: negative, fractional or too large.
    pub refused_counts: u32,
}

impl Usage {
    /// Whether the value said anything about tokens or money.
    pub fn is_empty(&self) -> bool {
        self.prompt_tokens.is_none()
            && self.completion_tokens.is_none()
            && self.total_tokens.is_none()
            && self.cached_tokens.is_none()
            && self.cache_write_tokens.is_none()
            && self.reasoning_tokens.is_none()
            && self.cost_nanos.is_none()
    }

    /// Fills what is unknown here with what `other` knows.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        fn fill<T>(slot: &mut Option<T>, value: Option<T>) {
            if slot.is_none() {
                *slot = value;
            }
        }
        fill(&mut self.request_id, other.request_id);
        fill(&mut self.model, other.model);
        fill(&mut self.prompt_tokens, other.prompt_tokens);
        fill(&mut self.cached_tokens, other.cached_tokens);
        fill(&mut self.cache_write_tokens, other.cache_write_tokens);
        fill(&mut self.completion_tokens, other.completion_tokens);
        fill(&mut self.reasoning_tokens, other.reasoning_tokens);
        fill(&mut self.total_tokens, other.total_tokens);
        if self.cost_nanos.is_none() {
            self.cost_nanos = other.cost_nanos;
            self.cost_source = other.cost_source;
        }
        fill(&mut self.attempt, other.attempt);
        fill(&mut self.retry_cause, other.retry_cause);
        fill(&mut self.stream, other.stream);
        fill(&mut self.time_to_first_token, other.time_to_first_token);
        self.refused_counts = self.refused_counts.saturating_add(other.refused_counts);
        self
    }
}

/// Where the cost of a request is from. The first that knows wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CostSource {
    /// `usage.cost` in the answer's body: LiteLLM stamps it on the last chunk of a stream.
    ResponseBody,
    /// The `x-litellm-response-cost` header.
    ResponseHeader,
    /// The `x-litellm-response-cost` header of an answer from LiteLLM's own cache: what the answer
    /// cost when it was made.
    CacheHit,
    /// Nobody knows; the record has no cost.
    Unpriced,
}

impl CostSource {
    /// As records write it: `response_body`, `response_header`, `cache_hit` or `unpriced`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResponseBody => "response_body",
            Self::ResponseHeader => "response_header",
            Self::CacheHit => "cache_hit",
            Self::Unpriced => "unpriced",
        }
    }
}
