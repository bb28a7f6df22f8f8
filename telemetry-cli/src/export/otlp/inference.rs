//! Requests to models as spans and log records, in the words of the `GenAI` conventions.
//!
//! Backends add up the usage of spans, so that it stands on exactly one span of each request. An amendment
//! is a separate span with the increase only; its kind is INTERNAL, so that it does not count as an inference.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span as OtlpSpan;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use telemetry_schema::record::{SessionRecord, Span};
use telemetry_schema::{Outcome, gen_ai};

use super::attribute::Attributes;
use super::ids::{SpanIds, hash_of, of_request, request_hash, span_of_hash, span_of_request};
use super::span::{self, body, nanos};

/// Returns the class of the error of a failed request.
pub(super) fn error_type<'a>(it: &'a SessionRecord<'_>) -> Option<&'a str> {
    let outcome = it.outcome.unwrap_or_default();
    let otherwise = match outcome {
        Outcome::Ok => return None,
        Outcome::Err => gen_ai::ERROR_OTHER,
        outcome => outcome.as_str(),
    };
    Some(it.error_class.as_deref().unwrap_or(otherwise))
}

/// Returns the attributes that all signals share.
pub(super) fn common(it: &SessionRecord<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.text(gen_ai::OPERATION_NAME, Some(gen_ai::CHAT));
    // Every request goes through LiteLLM. A provider behind the proxy is known from the model name only.
    attributes.text(gen_ai::PROVIDER_NAME, Some("litellm"));
    attributes.text(gen_ai::REQUEST_MODEL, it.model.as_deref());
    attributes.text(gen_ai::RESPONSE_MODEL, it.response_model.as_deref());
    attributes
}

/// Adds the tokens and the cost.
fn usage(attributes: &mut Attributes, it: &SessionRecord<'_>) {
    attributes.number(gen_ai::USAGE_INPUT_TOKENS, it.prompt_tokens);
    attributes.number(gen_ai::USAGE_OUTPUT_TOKENS, it.completion_tokens);
    attributes.number(gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, it.cached_tokens);
    attributes.number(
        gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS,
        it.cache_write_tokens,
    );
    attributes.number(gen_ai::USAGE_REASONING_OUTPUT_TOKENS, it.reasoning_tokens);
}

/// Adds the cost to a span: a double, which backends add up, beside the exact values.
fn cost(attributes: &mut Attributes, it: &SessionRecord<'_>) {
    let text = it.cost_usd.map(|cost| cost.to_string());
    let double = text.as_deref().and_then(|text| text.parse().ok());
    attributes.double(gen_ai::COST_USD, double);
    attributes.text(gen_ai::COST_USD_EXACT, text.as_deref());
    attributes.int(gen_ai::COST_NANO_USD, it.cost_usd.map(|cost| cost.0));
    attributes.text(gen_ai::COST_SOURCE, it.cost_source.as_deref());
    let mlflow = text.map(|cost| format!("{{\"total_cost\":{cost}}}"));
    attributes.text(gen_ai::MLFLOW_COST, mlflow.as_deref());
}

/// Adds the attributes that both the span and the log record of a request have, besides those of `common` and `usage`.
fn details(attributes: &mut Attributes, it: &SessionRecord<'_>) {
    attributes.text("telemetry.project", it.project.as_deref());
    attributes.text("user.id", it.user.as_deref());
    attributes.text(gen_ai::CONVERSATION_ID, Some(&it.session_id));
    attributes.text(gen_ai::RESPONSE_ID, it.request_id.as_deref());
    // Without an answer, the conventions require `error`.
    let failed = (!it.is_ok()).then_some("error");
    let reason = it.finish_reason.as_deref().or(failed);
    attributes.texts(
        gen_ai::RESPONSE_FINISH_REASONS,
        reason.as_ref().map(std::slice::from_ref),
    );
    let first_chunk = it.first_chunk_ms.map(seconds);
    attributes.double(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, first_chunk);
    attributes.text(
        gen_ai::REQUEST_REASONING_LEVEL,
        it.reasoning_effort.as_deref(),
    );
    // Absent means that the answer was not streamed.
    let stream = it.stream.filter(|stream| *stream);
    attributes.bool(gen_ai::REQUEST_STREAM, stream);
    attributes.text("session.id", Some(&it.session_id));
    attributes.number("turn", it.turn_number());
    attributes.number("request", it.request_number());
    attributes.number("attempt", it.attempt.map(u64::from));
    attributes.text("retry_cause", it.retry_cause.as_deref());
    attributes.text(gen_ai::ERROR_TYPE, error_type(it));
}

#[expect(
    clippy::cast_precision_loss,
    reason = "durations are far below 2^53 ms"
)]
pub(super) fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

/// Where the span of a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum RecordedSpan<'a> {
    /// The debug log has the span, and the request's span is this one.
    Joined(&'a Span<'a>, &'a SpanIds),
    /// The debug log does not have the span.
    Missing,
    /// The span is exported already, without the request, which becomes a span below it.
    Exported,
}

/// Returns the span of a request. An amendment has a span below that of its request.
pub(super) fn span(it: &SessionRecord<'_>, recorded: RecordedSpan<'_>) -> OtlpSpan {
    if it.is_amendment() {
        return amendment(it);
    }
    let own = of_request(it);
    let (ids, time, mut attributes) = match recorded {
        RecordedSpan::Joined(record, ids) => {
            let time = (nanos(record.ts, 0), nanos(record.ts, record.dur_ns));
            let mut attributes = span::attributes(record);
            attributes.text(gen_ai::SPAN_NAME, Some(&record.name));
            (*ids, time, attributes)
        }
        RecordedSpan::Missing => (own, times(it), Attributes::default()),
        RecordedSpan::Exported => (below(&own, it), times(it), Attributes::default()),
    };
    let name = match it.model.as_deref() {
        Some(model) => format!("{} {model}", gen_ai::CHAT),
        None => gen_ai::CHAT.to_owned(),
    };
    let mut span = span::span(&ids, name, SpanKind::Client, time);
    attributes.extend(common(it));
    usage(&mut attributes, it);
    details(&mut attributes, it);
    cost(&mut attributes, it);
    span.attributes = attributes.into_list();
    span.flags = span::flags(it.sampled);
    if let Some(error) = error_type(it) {
        span.status = Some(span::failure(error));
    }
    span
}

fn times(it: &SessionRecord<'_>) -> (u64, u64) {
    (nanos(it.ts, 0), nanos(it.end(), 0))
}

/// Returns the ids of a span below the one that the record names.
fn below(own: &SpanIds, it: &SessionRecord<'_>) -> SpanIds {
    SpanIds {
        trace: own.trace,
        span: span_of_hash(hash_of(&[&own.span, &request_hash(it).to_be_bytes()])),
        parent: Some(own.span),
    }
}

fn amendment(it: &SessionRecord<'_>) -> OtlpSpan {
    let mut ids = below(&of_request(it), it);
    if span_of_request(it).is_none() {
        ids.parent = None;
    }
    let end = nanos(it.end(), 0);
    let name = gen_ai::EVENT_AMENDMENT.to_owned();
    let mut span = span::span(&ids, name, SpanKind::Internal, (end, end));
    let mut attributes = Attributes::default();
    attributes.text(gen_ai::REQUEST_MODEL, it.model.as_deref());
    attributes.text(gen_ai::CONVERSATION_ID, Some(&it.session_id));
    attributes.text(gen_ai::RESPONSE_ID, it.request_id.as_deref());
    attributes.text("session.id", Some(&it.session_id));
    attributes.bool("amends", it.amends);
    usage(&mut attributes, it);
    cost(&mut attributes, it);
    span.attributes = attributes.into_list();
    span
}

/// Returns the request, or the increase of its counts, as a log record.
pub(super) fn log(it: &SessionRecord<'_>) -> LogRecord {
    let mut attributes = common(it);
    usage(&mut attributes, it);
    details(&mut attributes, it);
    // The names of the session log, for those who read its lines.
    attributes.text("reasoning_effort", it.reasoning_effort.as_deref());
    attributes.bool("stream", it.stream);
    attributes.number("latency_ms", it.latency_ms);
    attributes.number("ttft_ms", it.ttft_ms);
    // As text, since a float would not be exact.
    let cost = it.cost_usd.map(|cost| cost.to_string());
    attributes.text("cost_usd", cost.as_deref());
    attributes.text("cost_source", it.cost_source.as_deref());
    let saved = it.saved_usd.map(|saved| saved.to_string());
    attributes.text("saved_usd", saved.as_deref());
    attributes.bool("inconsistent", it.inconsistent);
    attributes.bool("amends", it.amends);
    span::with_uid(&mut attributes, Some(request_hash(it)));
    let time = nanos(it.end(), 0);
    // An amendment does not count as an inference.
    let event = if it.is_amendment() {
        gen_ai::EVENT_AMENDMENT
    } else {
        gen_ai::EVENT_OPERATION_DETAILS
    };
    let ids = of_request(it);
    LogRecord {
        time_unix_nano: time,
        observed_time_unix_nano: time,
        severity_number: if it.is_ok() { 9 } else { 17 },
        severity_text: if it.is_ok() { "info" } else { "error" }.to_owned(),
        event_name: event.to_owned(),
        body: Some(body(event)),
        trace_id: ids.trace.to_vec(),
        span_id: ids.span.to_vec(),
        flags: span::flags(it.sampled),
        attributes: attributes.into_list(),
        ..LogRecord::default()
    }
}
