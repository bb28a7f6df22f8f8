//! The record of the session log: one request to a model.

use std::borrow::Cow;

use super::count::UnusableCount;
use super::declare::{ReadRecord, fields, key, reader, scanned_record};
use super::scan::{Scanner, each_top_level_value};
use super::value::{ReadValue as _, expected, fill_late, type_of};
use super::{NanoUsd, Timestamp};
use crate::Outcome;

scanned_record! {
    /// The usage of one request: a delta, never a running total. Sums of these records are [`Totals`](super::Totals).
    ///
    /// Every key but `ts` and `session_id` is absent where its value is unknown: unknown is not zero. Records of the
    /// older versions of the first host have `ts`, `session_id`, `model`, `reasoning_effort` and four token counts
    /// only.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct SessionRecord<'a> {
        /// When the request started.
        ts: Timestamp,
        /// The version of the schema.
        v: Option<u32>,
        /// The UUID of the session.
        session_id: Cow<'a, str>,
        /// The session that started this one, as a fork or a subagent.
        parent_session_id: Option<Cow<'a, str>>,
        /// The number of the turn in its session, from 1. Absent if the host marks no turns. In an older record, which has no
        /// `request`, the key has the number of the request.
        turn: Option<u64>,
        /// The number of the request in its session, from 1, failed requests included.
        request: Option<u64>,
        /// The provider's id of the request; `local-…` if the provider gave none.
        request_id: Option<Cow<'a, str>>,
        /// The requested model, otherwise the model that answered.
        model: Option<Cow<'a, str>>,
        /// The model that answered, as the answer names it.
        response_model: Option<Cow<'a, str>>,
        /// The requested reasoning effort.
        reasoning_effort: Option<Cow<'a, str>>,
        /// All input tokens, those read from and written to the cache included.
        prompt_tokens: Option<u64>,
        /// Input tokens read from the provider's cache.
        cached_tokens: Option<u64>,
        /// Input tokens written to the provider's cache.
        cache_write_tokens: Option<u64>,
        /// All output tokens, reasoning included.
        completion_tokens: Option<u64>,
        /// Output tokens spent on reasoning.
        reasoning_tokens: Option<u64>,
        /// All tokens, as the provider counts them.
        total_tokens: Option<u64>,
        /// The number of the attempt, from 1.
        attempt: Option<u32>,
        /// Why the previous attempt failed.
        retry_cause: Option<Cow<'a, str>>,
        /// Whether the answer was streamed.
        stream: Option<bool>,
        /// How the request ended. Only records of earlier writers lack it.
        outcome: Option<Outcome>,
        /// The time from the start of the request to its end, in milliseconds.
        latency_ms: Option<u64>,
        /// The time from the start of the request to the first token (text, reasoning or a tool call), in milliseconds.
        ttft_ms: Option<u64>,
        /// The cost of the request.
        cost_usd: Option<NanoUsd>,
        /// The source of the cost: `response_body`, `response_header`, …; `unpriced` if the cost is unknown.
        cost_source: Option<Cow<'a, str>>,
        /// Why the request was not answered: a word of a small vocabulary, such as `rate_limit`. Absent if the request
        /// was answered or the reason is unknown.
        error_class: Option<Cow<'a, str>>,
        /// Why the answer ended, in the provider's word: `stop`, `length`, `tool_calls`, ….
        finish_reason: Option<Cow<'a, str>>,
        /// The tier of service that answered: `default`, `flex`, `priority`, ….
        service_tier: Option<Cow<'a, str>>,
        /// The id of the deployment that the proxy chose.
        deployment_id: Option<Cow<'a, str>>,
        /// The model of the deployment, with the provider before a `/`; `model` may be an alias.
        deployment_model: Option<Cow<'a, str>>,
        /// The group from which the deployment was chosen; differs from `model` after a fallback.
        deployment_group: Option<Cow<'a, str>>,
        /// The proxy's id of the call, which the proxy's own logs contain.
        call_id: Option<Cow<'a, str>>,
        /// How often the proxy itself retried in the group that answered.
        proxy_retries: Option<u32>,
        /// The number of groups that failed in the proxy before the one that answered.
        proxy_fallbacks: Option<u32>,
        /// The cost that an answer from the proxy's cache saved; its `cost_usd` is 0.
        saved_usd: Option<NanoUsd>,
        /// The cost of 0 in the proxy's header that a price replaced.
        header_cost_usd: Option<NanoUsd>,
        /// The time from the start of the request to the first chunk of its stream, with or without content, in
        /// milliseconds.
        first_chunk_ms: Option<u64>,
        /// Whether the counts contradict each other; absent if not. See [`is_inconsistent`](Self::is_inconsistent).
        inconsistent: Option<bool>,
        /// Whether the record carries only the increase over the earlier record with the same request id, and is not a
        /// request; absent if not.
        amends: Option<bool>,
        /// Whether the record amends one without a cost, and carries the first known cost of the request; absent if not.
        first_cost: Option<bool>,
        /// Why the request is unpriced, or why its `saved_usd` is unknown.
        unpriced_reason: Option<Cow<'a, str>>,
        /// The W3C id of the trace, 32 hexadecimal digits.
        trace_id: Option<Cow<'a, str>>,
        /// The W3C id of the request's span, 16 hexadecimal digits. The debug log has this span if the function of the
        /// request has a span and the log was enabled.
        span_id: Option<Cow<'a, str>>,
        /// The W3C id of the span in which the request was made; absent if there was none.
        parent_span_id: Option<Cow<'a, str>>,
        /// `false` if the remote parent of the trace is not sampled; otherwise absent.
        sampled: Option<bool>,
        /// The project of the session, if the host names it.
        project: Option<Cow<'a, str>>,
        /// The user of the session, if the host names one.
        user: Option<Cow<'a, str>>,
    }
}

impl SessionRecord<'_> {
    /// Returns a text that every line contains whose session id begins with `beginning`; to be searched for with
    /// [`Records::containing`](super::Records::containing).
    pub fn needle(beginning: &str) -> String {
        format!("session_id\":\"{beginning}")
    }

    /// Returns the number of the request in its session. Older records have it in the key `turn`.
    pub fn request_number(&self) -> Option<u64> {
        self.request.or(self.turn)
    }

    /// Returns the number of the turn in its session, if the host marks turns.
    pub fn turn_number(&self) -> Option<u64> {
        self.turn.filter(|_| self.request.is_some())
    }

    /// Returns whether the record only increases the counts of an earlier one, and is not a request.
    pub fn is_amendment(&self) -> bool {
        self.amends == Some(true)
    }

    /// Returns whether the record amends a priced request whose cost is unknown from then on. If the record changes the cost as
    /// well, it has the reason.
    pub fn makes_unpriced(&self) -> bool {
        let source = self.cost_source.as_deref();
        let is_unpriced = match self.cost_usd {
            None => source == Some("unpriced"),
            Some(_) => self.unpriced_reason.is_some() && source != Some("cache_hit"),
        };
        self.is_amendment() && is_unpriced
    }

    /// Returns whether the request was answered.
    pub fn is_ok(&self) -> bool {
        self.outcome.unwrap_or_default() == Outcome::Ok
    }

    /// Returns when the request ended; without a known latency, when it started.
    pub fn end(&self) -> Timestamp {
        let micros = self.latency_ms.unwrap_or(0).saturating_mul(1000);
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.ts.micros().saturating_add(micros))
    }

    /// Returns whether the counts of tokens contradict each other, so that no rate can be calculated from them: the record is
    /// marked, or more tokens are cached than the prompt has.
    pub fn is_inconsistent(&self) -> bool {
        let exceeds = |part: Option<u64>, whole: Option<u64>| matches!((part, whole), (Some(part), Some(whole)) if part > whole);
        // The increase of a part may exceed that of the whole.
        let is_request = !self.is_amendment();
        self.inconsistent == Some(true)
            || is_request && exceeds(self.cached_tokens, self.prompt_tokens)
    }

    /// Returns whether the cost was calculated from a table of prices rather than reported by the proxy.
    pub fn is_cost_calculated(&self) -> bool {
        !matches!(
            self.cost_source.as_deref(),
            None | Some("response_body" | "response_header" | "cache_hit" | "unpriced")
        )
    }

    /// Returns whether any count of tokens is known and not zero.
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

    /// Returns whether the request was answered, and neither its tokens nor its cost are known; `false` for an amendment.
    pub fn is_uncounted(&self) -> bool {
        let counts = [
            self.prompt_tokens,
            self.completion_tokens,
            self.total_tokens,
        ];
        self.is_ok()
            && !self.is_amendment()
            && self.cost_usd.is_none()
            && counts.iter().all(Option::is_none)
    }

    /// Returns whether the cost of a request is unknown although it used tokens, or may have used some. Records of earlier writers that
    /// have no counts do not state that they are unpriced.
    pub(super) fn is_unpriced(&self) -> bool {
        let is_stated = self.cost_source.as_deref() == Some("unpriced");
        self.cost_usd.is_none() && (is_stated || self.has_tokens())
    }

    /// Returns the output tokens per second: of a stream, from the first token to the end; of a plain answer, over
    /// the whole request. `None` if the counts are unknown or inconsistent, the times are unknown, or no time passed. The
    /// time to the first chunk, which may bring no token, is not used.
    ///
    /// The rate is not a key of the record, because it could then disagree with the keys from which it follows.
    pub fn tokens_per_second(&self) -> Option<f64> {
        if self.is_inconsistent() {
            return None;
        }
        let ttft_ms = match self.ttft_ms {
            None if self.stream == Some(true) => return None,
            known => known.unwrap_or(0),
        };
        let writing_ms = self.latency_ms?.checked_sub(ttft_ms)?;
        let tokens = self.completion_tokens?;
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
        (writing_ms > 0).then(|| tokens as f64 * 1000.0 / writing_ms as f64)
    }

    /// Returns the provider's count of all tokens; without one, prompt plus completion tokens.
    pub fn total(&self) -> u64 {
        self.total_tokens.unwrap_or_else(|| {
            let of = |count: Option<u64>| count.unwrap_or(0);
            of(self.prompt_tokens).saturating_add(of(self.completion_tokens))
        })
    }
}
