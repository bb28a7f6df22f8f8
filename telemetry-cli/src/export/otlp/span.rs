//! Spans and events of the debug log.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{Span as OtlpSpan, Status, status::StatusCode};
use telemetry_schema::record::{Event, Span, Timestamp};

use super::attribute::Attributes;
use super::ids::SpanIds;
use super::links::{SpanId, TraceId};
use crate::records::has_failed;

/// The name of the instrumentation scope.
const SCOPE: &str = "telemetry-runtime";

/// The flag of a span whose trace is sampled. Every exported span is.
const SAMPLED: u32 = 1;

/// Returns the instrumentation scope of all signals.
pub(super) fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: SCOPE.to_owned(),
        ..InstrumentationScope::default()
    }
}

/// Returns nanoseconds since 1970. Earlier times become 0.
pub(super) fn nanos(time: Timestamp, later: u64) -> u64 {
    let start = u64::try_from(time.micros())
        .unwrap_or(0)
        .saturating_mul(1000);
    start.saturating_add(later)
}

/// Returns a span of the given kind with the status of success.
pub(super) fn span(ids: &SpanIds, name: String, kind: SpanKind, time: (u64, u64)) -> OtlpSpan {
    OtlpSpan {
        trace_id: ids.trace.to_vec(),
        span_id: ids.span.to_vec(),
        parent_span_id: ids.parent.map(|parent| parent.to_vec()).unwrap_or_default(),
        flags: SAMPLED,
        name,
        kind: kind.into(),
        start_time_unix_nano: time.0,
        end_time_unix_nano: time.1,
        status: Some(Status {
            code: StatusCode::Ok.into(),
            ..Status::default()
        }),
        ..OtlpSpan::default()
    }
}

/// Returns the status of a failed operation.
pub(super) fn failure(message: &str) -> Status {
    Status {
        code: StatusCode::Error.into(),
        message: message.to_owned(),
    }
}

/// Returns the attributes of a span record.
pub(super) fn attributes(it: &Span<'_>) -> Attributes {
    let session = it.session_id.as_deref();
    let (thread, src) = (it.thread.as_deref(), it.src.as_deref());
    let mut attributes = Attributes::of_record(it.fields, thread, session, src);
    attributes.text("outcome", it.outcome.as_deref());
    attributes.text("return", it.ret.as_deref());
    attributes.number("busy_ns", it.busy_ns);
    attributes.number("polls", it.polls);
    attributes
}

/// Returns a span that is no request to a model.
pub(super) fn of_record(it: &Span<'_>, ids: &SpanIds) -> OtlpSpan {
    let time = (nanos(it.ts, 0), nanos(it.ts, it.dur_ns));
    let mut span = span(ids, it.name.to_string(), SpanKind::Internal, time);
    let mut attributes = attributes(it);
    if has_failed(it.outcome.as_deref()) {
        let why = it.error.as_deref().or(it.outcome.as_deref());
        span.status = Some(failure(why.unwrap_or_default()));
        attributes.text("error.type", it.outcome.as_deref());
    }
    span.attributes = attributes.into_list();
    span
}

/// Returns a body, which log records have for backends that show nothing else.
pub(super) fn body(text: &str) -> AnyValue {
    AnyValue {
        value: Some(Value::StringValue(text.to_owned())),
    }
}

/// Returns an event as a log record.
pub(super) fn of_event(
    it: &Event<'_>,
    within: Option<(TraceId, SpanId)>,
    uid: Option<u128>,
) -> LogRecord {
    let level = it.level.as_deref().unwrap_or("info");
    let severity = match level {
        "trace" => 1,
        "debug" => 5,
        "warn" => 13,
        "error" => 17,
        _ => 9,
    };
    let session = it.session_id.as_deref();
    let (thread, src) = (it.thread.as_deref(), it.src.as_deref());
    let mut attributes = Attributes::of_record(it.fields, thread, session, src);
    with_uid(&mut attributes, uid);
    let (trace_id, span_id) = within
        .map(|(trace, span)| (trace.to_vec(), span.to_vec()))
        .unwrap_or_default();
    LogRecord {
        time_unix_nano: nanos(it.ts, 0),
        observed_time_unix_nano: nanos(it.ts, 0),
        severity_number: severity,
        severity_text: level.to_owned(),
        body: Some(body(&it.name)),
        attributes: attributes.into_list(),
        trace_id,
        span_id,
        event_name: it.name.to_string(),
        ..LogRecord::default()
    }
}

/// Adds the stable id of a log record, by which a backend recognises a repetition.
pub(super) fn with_uid(attributes: &mut Attributes, uid: Option<u128>) {
    let uid = uid.map(|uid| format!("{uid:032x}"));
    attributes.text("log.record.uid", uid.as_deref());
}
