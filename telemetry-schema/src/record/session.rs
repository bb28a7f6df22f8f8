//! The record of the session log: one request to a model.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{NanoUsd, Timestamp, text};
use crate::Outcome;

/// One request's own usage: a delta, never a running total. Sums of these records are totals.
///
/// Every key but the first three is absent where it is unknown: unknown is not zero. The records of
/// the first user's older versions have `ts`, `session_id`, `model`, `reasoning_effort` and four
/// token counts only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord<'a> {
    /// When the request started.
    pub ts: Timestamp,
    /// The version of the schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v: Option<u32>,
    /// The session's UUID.
    #[serde(borrow)]
    pub session_id: Cow<'a, str>,
    /// The session that this one was started from: a fork's, a subagent's.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_session_id: Option<Cow<'a, str>>,
    /// Which request of the session it was, from 1, failed ones counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u64>,
    /// The provider's id of the request; `local-…` where it gave none.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub request_id: Option<Cow<'a, str>>,
    /// The model asked for, else the one that answered.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub model: Option<Cow<'a, str>>,
    /// The model that answered, as the answer names it.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub response_model: Option<Cow<'a, str>>,
    /// The reasoning effort asked for.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub reasoning_effort: Option<Cow<'a, str>>,
    /// All input tokens, cached and newly cached ones included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Input tokens read from the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Input tokens written to the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// All output tokens, reasoning included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// Output tokens spent on reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// The provider's own sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tokens: Option<u64>,
    /// Which attempt it was, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Why the attempt before it failed.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub retry_cause: Option<Cow<'a, str>>,
    /// Whether the answer was streamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// How it ended; absent means `ok`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// From its start to its end, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// From its start to the first token, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<u64>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<NanoUsd>,
    /// Who said so: `response_body`, `response_header`, …, or `unpriced` for nobody.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub cost_source: Option<Cow<'a, str>>,
    /// Why it was not answered: a word of a small vocabulary, such as `rate_limit`; absent where it was
    /// answered, and where nobody said why not.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub error_class: Option<Cow<'a, str>>,
    /// Why the answer ended, in the provider's word: `stop`, `length`, `tool_calls`, ….
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub finish_reason: Option<Cow<'a, str>>,
    /// The tier of service that answered: `default`, `flex`, `priority`, ….
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub service_tier: Option<Cow<'a, str>>,
    /// The id of the deployment that the proxy chose.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deployment_id: Option<Cow<'a, str>>,
    /// Its model, with the provider before a `/`, where `model` is an alias.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deployment_model: Option<Cow<'a, str>>,
    /// The group that it was chosen from; another than `model` after a fallback.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deployment_group: Option<Cow<'a, str>>,
    /// The proxy's id of the call, by which its own logs know it.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub call_id: Option<Cow<'a, str>>,
    /// How often the proxy itself asked again, in the group that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_retries: Option<u32>,
    /// How many groups the proxy gave up before the one that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_fallbacks: Option<u32>,
}

impl SessionRecord<'_> {
    /// Whether it was answered.
    pub fn is_ok(&self) -> bool {
        self.outcome.unwrap_or_default() == Outcome::Ok
    }

    /// When it ended; where its latency is not known, when it started.
    pub fn end(&self) -> Timestamp {
        let micros = self.latency_ms.unwrap_or(0).saturating_mul(1000);
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.ts.micros().saturating_add(micros))
    }

    /// Whether its cost was calculated from a table of prices rather than said by the proxy.
    pub fn is_cost_calculated(&self) -> bool {
        !matches!(
            self.cost_source.as_deref(),
            None | Some("response_body" | "response_header" | "cache_hit" | "unpriced")
        )
    }

    /// Whether any count of tokens is known, and not zero.
    pub fn has_tokens(&self) -> bool {
        [
            self.prompt_tokens,
            self.completion_tokens,
            self.total_tokens,
        ]
        .into_iter()
        .flatten()
        .any(|count| count > 0)
    }

    /// Output tokens per second: of a stream, from its first token to its end; of a plain answer, over
    /// the whole request. `None` where the counts or the times are unknown, or no time passed.
    ///
    /// Not stored: what two keys say already could only disagree with them.
    pub fn tokens_per_second(&self) -> Option<f64> {
        let writing_ms = self.latency_ms?.checked_sub(self.ttft_ms.unwrap_or(0))?;
        let tokens = self.completion_tokens?;
        // Exact below 2^53.
        #[allow(clippy::cast_precision_loss)]
        (writing_ms > 0).then(|| tokens as f64 * 1000.0 / writing_ms as f64)
    }

    /// The provider's own sum; where it gave none, the sum of prompt and completion.
    pub fn total(&self) -> u64 {
        self.total_tokens.unwrap_or_else(|| {
            let of = |count: Option<u64>| count.unwrap_or(0);
            of(self.prompt_tokens).saturating_add(of(self.completion_tokens))
        })
    }
}
