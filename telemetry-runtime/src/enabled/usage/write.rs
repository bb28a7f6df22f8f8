//! The record of a request: put together from what its answer says, what was noted while it was in
//! flight, and what the attributes around say; then written.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_schema::record::{NanoUsd, RequestOutcome, SessionRecord, Timestamp, VERSION};

use super::pricing;
use super::scope::Scope;
use super::text;
use crate::enabled::{session, stats};
use crate::usage::{CostSource, ErrorClass, Usage};
use crate::{Outcome, Session};

/// How a request ended.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    /// The call saw a part of the request only.
    pub(super) part: bool,
    /// A handler was told of it.
    pub(super) told: bool,
    /// Now, if `None`.
    pub(super) at: Option<Instant>,
}

impl Ending {
    pub(super) fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            part: false,
            told: false,
            at: None,
        }
    }
}

/// A request and the ones around it, the innermost first.
struct Chain<'a> {
    own: &'a Scope,
    around: &'a [Arc<Scope>],
}

impl<'a> Chain<'a> {
    fn scopes(&self) -> impl Iterator<Item = &'a Scope> {
        let around = self.around.iter().map(|scope| &**scope);
        std::iter::once(self.own).chain(around)
    }

    fn said<T>(&self, what: impl FnMut(&'a Scope) -> Option<T>) -> Option<T> {
        self.scopes().find_map(what)
    }

    /// The usage with all that was noted.
    fn complete(&self, usage: Usage) -> Usage {
        self.scopes()
            .fold(usage, |usage, scope| match scope.take_note() {
                Some(noted) => usage.completed_by(noted),
                None => usage,
            })
    }

    /// The id that an attribute said, else one that is made, so that every reader knows the record
    /// again.
    fn id(&self, outcome: Outcome) -> Cow<'a, str> {
        // A failed attempt must not use up the id that an outer loop gave to the whole request.
        let may_take = if outcome == Outcome::Ok {
            usize::MAX
        } else {
            1
        };
        let said = self.scopes().take(may_take).find_map(Scope::take_id);
        said.map_or_else(
            || Cow::Owned(format!("local-{}", session::fresh_uuid())),
            Cow::Borrowed,
        )
    }

    /// What began when the request did: a part of one began when the function around did.
    fn timed(&self, part: bool) -> Option<&'a Scope> {
        if part {
            self.around.first().map(|scope| &**scope)
        } else {
            Some(self.own)
        }
    }
}

/// Writes the record, unless the session has it already.
pub(super) fn write(scope: &Scope, around: &[Arc<Scope>], usage: Usage, ending: Ending) {
    let chain = Chain { own: scope, around };
    let usage = chain.complete(usage);
    let session = chain
        .said(|scope| scope.said.session.clone())
        .unwrap_or_else(Session::current_or_start);
    let session_id = session.id().to_string();
    let refused = usage.refused_counts;
    let (mut record, refused_cost) = record_of(&chain, usage, ending, &session_id);
    if session.record(&mut record) {
        stats::Counter::RefusedCounts.add(refused.saturating_add(u32::from(refused_cost)).into());
    }
}

/// The record, and whether its cost was refused.
fn record_of<'a>(
    chain: &Chain<'a>,
    usage: Usage,
    Ending {
        outcome, part, at, ..
    }: Ending,
    session_id: &'a str,
) -> (SessionRecord<'a>, bool) {
    let timed = chain.timed(part);
    let answered_by = stored(usage.model);
    let mut record = SessionRecord {
        ts: Timestamp::from(timed.unwrap_or(chain.own).start),
        v: Some(VERSION),
        session_id: Cow::Borrowed(session_id),
        parent_session_id: None,
        turn: None,
        request_id: Some(
            stored_as(usage.request_id, text::storable_id).unwrap_or_else(|| chain.id(outcome)),
        ),
        model: chain
            .said(|scope| scope.said.model.as_deref().map(Cow::Borrowed))
            .or_else(|| answered_by.clone()),
        response_model: answered_by,
        reasoning_effort: chain.said(|scope| scope.said.effort.as_deref().map(Cow::Borrowed)),
        prompt_tokens: usage.prompt_tokens,
        cached_tokens: usage.cached_tokens,
        cache_write_tokens: usage.cache_write_tokens,
        completion_tokens: usage.completion_tokens,
        reasoning_tokens: usage.reasoning_tokens,
        total_tokens: usage.total_tokens,
        attempt: usage
            .attempt
            .filter(|attempt| *attempt > 0)
            .or_else(|| chain.said(|scope| scope.said.attempt)),
        retry_cause: stored(usage.retry_cause)
            .or_else(|| chain.said(|scope| scope.said.retry_cause.as_deref().map(Cow::Borrowed))),
        stream: usage.stream,
        outcome: Some(written(outcome)),
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
        deployment_model: stored(usage.deployment_model),
        deployment_group: stored(usage.deployment_group),
        call_id: stored(usage.call_id),
        proxy_retries: usage.proxy_retries,
        proxy_fallbacks: usage.proxy_fallbacks,
    };
    let refused_cost = price(&mut record, usage.cost_nanos, usage.cost_source);
    (record, refused_cost)
}

/// Puts the cost in, as the answer said it, else at the prices in force; says whether what the answer
/// said is no cost that can be.
fn price(record: &mut SessionRecord<'_>, nanos: Option<i64>, source: Option<CostSource>) -> bool {
    let cost = nanos.filter(|nanos| *nanos >= 0);
    // LiteLLM writes a cost of 0 into the headers of every error.
    let said = cost.filter(|nanos| *nanos > 0 || record.is_ok() || record.has_tokens());
    let said = said.map(|nanos| {
        let source = source.unwrap_or(CostSource::ResponseBody);
        (NanoUsd(nanos), source.as_str())
    });
    let calculated = || {
        let (cost, whose) = pricing::cost(record)?;
        // Of the proxy's cache, whoever prices it.
        let is_hit = source == Some(CostSource::CacheHit);
        Some((
            cost,
            if is_hit {
                CostSource::CacheHit.as_str()
            } else {
                whose
            },
        ))
    };
    let priced = match said {
        None if record.has_tokens() => calculated(),
        said => said,
    };
    let unpriced = record.has_tokens().then_some(CostSource::Unpriced.as_str());
    record.cost_usd = priced.map(|(cost, _)| cost);
    let source = priced.map(|(_, source)| source).or(unpriced);
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

fn written(outcome: Outcome) -> RequestOutcome {
    match outcome {
        Outcome::Ok => RequestOutcome::Ok,
        Outcome::Err => RequestOutcome::Err,
        Outcome::Panic => RequestOutcome::Panic,
        Outcome::Cancelled => RequestOutcome::Cancelled,
    }
}

/// What is known, else what the outcome says by itself.
fn error_class(outcome: Outcome, known: Option<ErrorClass>) -> Option<ErrorClass> {
    match outcome {
        Outcome::Ok => None,
        Outcome::Err => known,
        Outcome::Cancelled => known.or(Some(ErrorClass::Cancelled)),
        Outcome::Panic => Some(ErrorClass::Panic),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
