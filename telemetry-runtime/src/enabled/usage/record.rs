//! From what was seen to a record: who is asked for what, and what is recorded at all.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use telemetry_schema::record::{NanoUsd, RequestOutcome, SessionRecord, Timestamp, VERSION};

use super::scope::{self, Scope};
use super::text;
use crate::build::caught::caught;
use crate::build::stats;
use crate::usage::{CostSource, ErrorClass, Usage, UsageSource};
use crate::{Outcome, Session};

/// What a value says.
struct Seen {
    usages: Vec<Usage>,
    /// What it says of the request beside.
    partial: Option<Usage>,
    failed: bool,
    /// The call saw a part of the request only: its own duration says nothing.
    part: bool,
}

/// Asks a host's own code.
fn look(source: &(impl UsageSource + ?Sized)) -> Option<Seen> {
    caught(|| {
        let mut usages = Vec::new();
        source.each_usage(&mut |usage| usages.push(usage));
        Seen {
            usages,
            partial: source.partial(),
            failed: source.failed(),
            part: source.is_part(),
        }
    })
}

/// The annotated function returned this value.
pub(super) fn returned(scope: &Arc<Scope>, value: &(impl UsageSource + ?Sized)) {
    if let Some(seen) = look(value) {
        record(scope, seen);
    }
}

/// A handler was told this value.
pub(super) fn told(scope: &Arc<Scope>, value: &(impl UsageSource + ?Sized)) {
    if let Some(seen) = look(value) {
        record(scope, Seen { part: true, ..seen });
    }
}

/// The annotated function did not return.
pub(super) fn failed(scope: &Arc<Scope>, outcome: Outcome) {
    let around = scope::around(scope);
    failure(scope, &around, outcome, false);
}

fn record(scope: &Arc<Scope>, seen: Seen) {
    let around = scope::around(scope);
    let outcome = if seen.failed {
        Outcome::Err
    } else {
        Outcome::Ok
    };
    if let Some(partial) = seen.partial {
        // Of a request that goes on after this call, the function around knows the rest.
        let ends = seen.failed || !seen.usages.is_empty();
        match around.first() {
            Some(request) if !ends => request.add_note(partial),
            _ => scope.add_note(partial),
        }
    }
    if seen.usages.is_empty() && seen.failed {
        failure(scope, &around, outcome, seen.part);
    }
    for usage in seen.usages {
        // Without an id of its own it is the sum, or the copy, of what was recorded inside.
        if usage.request_id.is_none() && scope.has_recorded_usage() {
            continue;
        }
        write(scope, &around, usage, outcome, seen.part);
        note(scope, &around, true);
    }
}

fn failure(scope: &Arc<Scope>, around: &[Arc<Scope>], outcome: Outcome, part: bool) {
    // Inside, the error was recorded already, or a request that was answered before it.
    if !scope.has_recorded() {
        write(scope, around, Usage::default(), outcome, part);
        note(scope, around, false);
    }
}

fn note(scope: &Scope, around: &[Arc<Scope>], with_usage: bool) {
    scope.note_recorded(with_usage);
    for scope in around {
        scope.note_recorded(with_usage);
    }
}

fn write(scope: &Scope, around: &[Arc<Scope>], usage: Usage, outcome: Outcome, part: bool) {
    let chain = || std::iter::once(scope).chain(around.iter().map(|scope| &**scope));
    let usage = chain().fold(usage, |usage, scope| match scope.take_note() {
        Some(noted) => usage.completed_by(noted),
        None => usage,
    });
    let storable = |text: Option<String>, as_stored: fn(&str) -> String| {
        text.filter(|text| !text.is_empty())
            .map(|text| as_stored(&text))
    };
    let has_tokens = usage.has_tokens();
    let word = |text| storable(text, text::storable).map(Cow::Owned);
    let session = chain()
        .find_map(|scope| scope.said.session.clone())
        .unwrap_or_else(Session::current_or_start);
    let session_id = session.id().to_string();
    let answered_by = storable(usage.model, text::storable);
    let asked = chain().find_map(|scope| scope.said.model.as_deref());
    let effort = chain().find_map(|scope| scope.said.effort.as_deref());
    let cause = storable(usage.retry_cause, text::storable);
    let cause = cause
        .as_deref()
        .or_else(|| chain().find_map(|scope| scope.said.retry_cause.as_deref()));
    let attempt = usage
        .attempt
        .filter(|attempt| *attempt > 0)
        .or_else(|| chain().find_map(|scope| scope.said.attempt));
    let request_id = storable(usage.request_id, text::storable_id);
    // A failed attempt must not use up the id that an outer loop gave to the whole request.
    let may_take = if outcome == Outcome::Ok {
        usize::MAX
    } else {
        1
    };
    let request_id = match &request_id {
        Some(id) => Cow::Borrowed(id.as_str()),
        None => chain()
            .take(may_take)
            .find_map(Scope::take_id)
            .map_or_else(made_id, Cow::Borrowed),
    };
    // A part of a request began when the request did.
    let timed = if part {
        around.first().map(|scope| &**scope)
    } else {
        Some(scope)
    };
    let cost = usage.cost_nanos.filter(|nanos| *nanos >= 0);
    let refused_cost = u32::from(cost != usage.cost_nanos);
    // LiteLLM writes a cost of 0 into the headers of every error.
    let cost = cost.filter(|nanos| *nanos > 0 || outcome == Outcome::Ok || has_tokens);
    let mut record = SessionRecord {
        ts: Timestamp::from(timed.unwrap_or(scope).start),
        v: Some(VERSION),
        session_id: Cow::Borrowed(&session_id),
        parent_session_id: None,
        turn: None,
        request_id: Some(request_id),
        model: asked.or(answered_by.as_deref()).map(Cow::Borrowed),
        response_model: answered_by.as_deref().map(Cow::Borrowed),
        reasoning_effort: effort.map(Cow::Borrowed),
        prompt_tokens: usage.prompt_tokens,
        cached_tokens: usage.cached_tokens,
        cache_write_tokens: usage.cache_write_tokens,
        completion_tokens: usage.completion_tokens,
        reasoning_tokens: usage.reasoning_tokens,
        total_tokens: usage.total_tokens,
        attempt,
        retry_cause: cause.map(Cow::Borrowed),
        stream: usage.stream,
        outcome: Some(match outcome {
            Outcome::Ok => RequestOutcome::Ok,
            Outcome::Err => RequestOutcome::Err,
            Outcome::Panic => RequestOutcome::Panic,
            Outcome::Cancelled => RequestOutcome::Cancelled,
        }),
        latency_ms: timed.map(|scope| millis(scope.began.elapsed())),
        ttft_ms: usage.time_to_first_token.map(millis),
        cost_usd: cost.map(NanoUsd),
        cost_source: None,
        error_class: error_class(outcome, usage.error_class)
            .map(|class| Cow::Borrowed(class.as_str())),
        finish_reason: word(usage.finish_reason),
        service_tier: word(usage.service_tier),
        deployment_id: word(usage.deployment_id),
        deployment_model: word(usage.deployment_model),
        deployment_group: word(usage.deployment_group),
        call_id: word(usage.call_id),
        proxy_retries: usage.proxy_retries,
        proxy_fallbacks: usage.proxy_fallbacks,
    };
    let source = match cost {
        Some(_) => Some(usage.cost_source.unwrap_or(CostSource::ResponseBody)),
        None if record.has_tokens() => Some(CostSource::Unpriced),
        None => None,
    };
    record.cost_source = source.map(|source| Cow::Borrowed(source.as_str()));
    if session.record(&mut record) {
        stats::REFUSED_COUNTS.add(usage.refused_counts.saturating_add(refused_cost).into());
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

/// An id for a request whose provider gave none, so that every reader knows the record again.
fn made_id<'a>() -> Cow<'a, str> {
    Cow::Owned(format!("local-{}", uuid::Uuid::now_v7()))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
