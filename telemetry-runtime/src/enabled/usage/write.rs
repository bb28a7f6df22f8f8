//! Making and writing the record of a request: from its answer, from the notes that were added while the request was in flight,
//! and from the attributes of the functions around it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_schema::pricing::Unpriced;
use telemetry_schema::record::{NanoUsd, SessionRecord, Timestamp, VERSION};

use super::known;
use super::pricing;
use super::scope::{RequestAttributes, RequestScope};
use super::text;
use crate::enabled::session::AmendedBy;
use crate::enabled::{session, stats, turn};
use crate::usage::{CostSource, ErrorClass, PriceFactors, Usage, UsagePart};
use crate::{Outcome, Session};

/// How a request ended.
#[derive(Clone, Copy)]
pub(super) struct RequestEnding {
    pub(super) outcome: Outcome,
    /// Whether the call is only a part of the request.
    pub(super) is_part: bool,
    /// Whether a handler reported the usage.
    pub(super) by_handler: bool,
    /// The time of the end; `None` is now.
    pub(super) at: Option<Instant>,
}

impl RequestEnding {
    pub(super) fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            is_part: false,
            by_handler: false,
            at: None,
        }
    }
}

/// A request and the requests around it, the innermost first.
struct ScopeChain<'a> {
    own: &'a RequestScope,
    around: &'a [Arc<RequestScope>],
}

impl<'a> ScopeChain<'a> {
    fn scopes(&self) -> impl Iterator<Item = &'a RequestScope> {
        let around = self.around.iter().map(|scope| &**scope);
        std::iter::once(self.own).chain(around)
    }

    /// Returns a value of the innermost attribute that has it.
    fn attribute<T>(&self, get: impl Fn(&'a RequestAttributes) -> Option<T>) -> Option<T> {
        self.scopes().find_map(|scope| get(&scope.attributes))
    }

    /// Returns a text of the innermost attribute that has it.
    fn text_attribute(
        &self,
        get: impl Fn(&'a RequestAttributes) -> &'a Option<String>,
    ) -> Option<Cow<'a, str>> {
        self.attribute(|attributes| get(attributes).as_deref().map(Cow::Borrowed))
    }

    /// Completes a usage by the notes of all scopes.
    fn complete(&self, request: UsagePart) -> UsagePart {
        let complete = |request, scope: &RequestScope| scope.complete(request);
        self.scopes().fold(request, complete)
    }

    /// Returns the id of an attribute, otherwise a new one, so that every reader recognises the record.
    fn request_id(&self, outcome: Outcome) -> Cow<'a, str> {
        // A failed attempt must not use the id that an outer loop gave to the whole request.
        let depth = if outcome == Outcome::Ok {
            usize::MAX
        } else {
            1
        };
        let id = self.scopes().take(depth).find_map(RequestScope::take_id);
        id.map_or_else(
            || Cow::Owned(format!("local-{}", session::new_uuid())),
            Cow::Borrowed,
        )
    }

    /// Returns the scope that began when the request began, if there is one. A request that is known in
    /// part began when the function around that part began.
    fn timed(&self, is_part: bool) -> Option<&'a RequestScope> {
        if is_part {
            self.around.first().map(|scope| &**scope)
        } else {
            Some(self.own)
        }
    }
}

/// Writes the record, unless the session has recorded the request already. A request that was in flight
/// during a fork is recorded by the parent alone. Returns the id of the record.
pub(super) fn write(
    scope: &RequestScope,
    around: &[Arc<RequestScope>],
    request: UsagePart,
    ending: RequestEnding,
) -> Option<String> {
    if !scope.is_of_this_process() {
        return None;
    }
    let chain = ScopeChain { own: scope, around };
    let mut request = chain.complete(request);
    let rate_limits = std::mem::take(&mut request.usage.rate_limits);
    let session = chain
        .attribute(|attributes| attributes.session.clone())
        .unwrap_or_else(Session::current_or_start);
    session.note_rate_limits(rate_limits);
    pricing::read_map_in_background();
    let session_id = session.id().to_string();
    let request_id = stored_as(request.usage.request_id.take(), text::storable_id)
        .unwrap_or_else(|| chain.request_id(ending.outcome));
    let mut amended_by = AmendedBy::Increase;
    if ending.outcome == Outcome::Ok {
        let is_more;
        (request, is_more) = known::complete(&session_id, &request_id, request);
        amended_by = match is_more {
            true if ending.by_handler => AmendedBy::Property,
            true => AmendedBy::Cost,
            false => AmendedBy::Increase,
        };
    }
    let usage = request.finish();
    let refused = usage.refused_counts;
    let (mut record, refused_cost) = record_of(&chain, usage, request_id, ending, &session_id);
    let turn_of = |scope: &RequestScope| turn::number_in(scope.turn.as_ref(), session.id());
    record.turn = chain.scopes().find_map(turn_of);
    if session.record(&mut record, amended_by) {
        stats::Counter::RefusedCounts.add(refused.saturating_add(u32::from(refused_cost)).into());
    }
    record.request_id.map(Cow::into_owned)
}

/// Makes the record, and returns whether the cost of the answer was refused.
fn record_of<'a>(
    chain: &ScopeChain<'a>,
    usage: Usage,
    request_id: Cow<'a, str>,
    RequestEnding {
        outcome,
        is_part,
        at,
        ..
    }: RequestEnding,
    session_id: &'a str,
) -> (SessionRecord<'a>, bool) {
    let timed = chain.timed(is_part);
    let is_inconsistent = usage.is_inconsistent();
    let answered_by = stored_as(usage.model, text::storable_model);
    let mut record = SessionRecord {
        ts: Timestamp::from(timed.unwrap_or(chain.own).start),
        v: Some(VERSION),
        session_id: Cow::Borrowed(session_id),
        parent_session_id: None,
        turn: None,
        request: None,
        request_id: Some(request_id),
        model: chain
            .text_attribute(|attributes| &attributes.model)
            .or_else(|| answered_by.clone()),
        response_model: answered_by,
        reasoning_effort: chain.text_attribute(|attributes| &attributes.effort),
        prompt_tokens: usage.prompt_tokens,
        cached_tokens: usage.cached_tokens,
        cache_write_tokens: usage.cache_write_tokens,
        completion_tokens: usage.completion_tokens,
        reasoning_tokens: usage.reasoning_tokens,
        total_tokens: usage.total_tokens,
        attempt: usage
            .attempt
            .filter(|attempt| *attempt > 0)
            .or_else(|| chain.attribute(|attributes| attributes.attempt)),
        retry_cause: stored(usage.retry_cause)
            .or_else(|| chain.text_attribute(|attributes| &attributes.retry_cause)),
        stream: usage.stream,
        outcome: Some(outcome),
        latency_ms: timed.map(|scope| {
            let end = at.unwrap_or_else(Instant::now);
            millis(end.saturating_duration_since(scope.began))
        }),
        ttft_ms: usage.time_to_first_token.map(millis),
        cost_usd: None,
        cost_source: None,
        error_class: error_class(outcome, usage.error_class)
            .map(|class| Cow::Borrowed(class.as_str())),
        finish_reason: stored(usage.finish_reason),
        service_tier: stored(usage.service_tier),
        deployment_id: stored(usage.deployment_id),
        deployment_model: stored_as(usage.deployment_model, text::storable_model),
        deployment_group: stored_as(usage.deployment_group, text::storable_model),
        call_id: stored(usage.call_id),
        proxy_retries: usage.proxy_retries,
        proxy_fallbacks: usage.proxy_fallbacks,
        saved_usd: None,
        header_cost_usd: None,
        first_chunk_ms: usage.time_to_first_chunk.map(millis),
        inconsistent: is_inconsistent.then_some(true),
        amends: None,
        first_cost: None,
        unpriced_reason: None,
        trace_id: None,
        span_id: None,
        parent_span_id: None,
        sampled: None,
        project: None,
        user: None,
    };
    timed.unwrap_or(chain.own).span.write(&mut record);
    let refused_cost = price(
        &mut record,
        &usage.factors,
        usage.cost_nanos,
        usage.cost_source,
    );
    (record, refused_cost)
}

/// Sets the cost to 0 for an answer from the proxy's cache, otherwise to that of the answer, otherwise to that of the prices in force. Returns whether the
/// cost of the answer was refused because it is negative.
fn price(
    record: &mut SessionRecord<'_>,
    factors: &PriceFactors,
    nanos: Option<i64>,
    source: Option<CostSource>,
) -> bool {
    let cost = nanos.filter(|nanos| *nanos >= 0);
    // LiteLLM writes a cost of 0 into the headers of every error.
    let stated = cost.filter(|nanos| *nanos > 0 || record.is_ok() || record.has_tokens());
    let stated = stated.map(|nanos| {
        let source = source.unwrap_or(CostSource::ResponseBody);
        (NanoUsd(nanos), source.as_str())
    });
    let is_from_header = source == Some(CostSource::ResponseHeader);
    let is_hit = source == Some(CostSource::CacheHit);
    let is_zero = (is_from_header || is_hit) && nanos == Some(0) && record.has_tokens();
    let against_zero = if is_zero {
        pricing::cost_against_zero(record, factors)
    } else {
        None
    };
    record.header_cost_usd = (against_zero.is_some() && is_from_header).then_some(NanoUsd(0));
    let cost_of_prices = match (against_zero, stated) {
        (None, None) if record.is_uncounted() => Some(Err(Unpriced::UnknownCounts)),
        (None, None) if record.has_tokens() => Some(pricing::cost(record, factors)),
        (against_zero, _) => against_zero,
    };
    let (priced, unpriced) = match cost_of_prices {
        Some(Ok(cost)) => (Some(cost), None),
        Some(Err(reason)) => (None, Some(reason)),
        None => (stated, None),
    };
    let unpriced = unpriced.map(|reason| text::storable(&reason.to_string()));
    record.unpriced_reason = unpriced.map(Cow::Owned);
    if is_hit {
        // The proxy charges nothing for an answer from its cache.
        record.cost_usd = Some(NanoUsd(0));
        record.saved_usd = priced.map(|(cost, _)| cost);
        record.cost_source = Some(Cow::Borrowed(CostSource::CacheHit.as_str()));
        return cost != nanos;
    }
    record.cost_usd = priced.map(|(cost, _)| cost);
    let source = match priced {
        Some((_, source)) => Some(source),
        None if record.has_tokens() || record.is_uncounted() => Some(CostSource::Unpriced.as_str()),
        None => None,
    };
    record.cost_source = source.map(Cow::Borrowed);
    cost != nanos
}

fn stored<'a>(text: Option<String>) -> Option<Cow<'a, str>> {
    stored_as(text, text::storable)
}

fn stored_as<'a>(text: Option<String>, as_stored: fn(&str) -> String) -> Option<Cow<'a, str>> {
    let text = text.filter(|text| !text.is_empty())?;
    Some(Cow::Owned(as_stored(&text)))
}

/// Returns the class of a failure: the known one, otherwise the one that follows from the outcome.
fn error_class(outcome: Outcome, known: Option<ErrorClass>) -> Option<ErrorClass> {
    match outcome {
        Outcome::Ok => None,
        Outcome::Err | Outcome::Unknown => known,
        Outcome::Cancelled => known.or(Some(ErrorClass::Cancelled)),
        Outcome::Panic => Some(ErrorClass::Panic),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
