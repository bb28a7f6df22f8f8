//! Spans and events of the debug log.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{Span as OtlpSpan, Status, status::StatusCode};
use telemetry_schema::gen_ai;
use telemetry_schema::record::{Event, Span, Timestamp};

use super::attribute::Attributes;
use super::ids::SpanIds;
use super::links::{SpanId, TraceId};
use crate::records::{has_failed, operation_name};

/// The name of the instrumentation scope.
const SCOPE: &str = "telemetry-runtime";

/// The flag of a span whose trace is sampled.
const SAMPLED: u32 = 1;

/// Returns the flags of a record: sampled, unless the record says that the remote parent of the trace is not.
pub(super) fn flags(sampled: Option<bool>) -> u32 {
    if sampled == Some(false) { 0 } else { SAMPLED }
}

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

/// Returns a span of the debug log that does not belong to a request.
pub(super) fn of_record(it: &Span<'_>, ids: &SpanIds) -> OtlpSpan {
    let time = (nanos(it.ts, 0), nanos(it.ts, it.dur_ns));
    let mut attributes = attributes(it);
    let name = match operation(it, &mut attributes) {
        Some(name) => name,
        None => it.name.to_string(),
    };
    let mut span = span(ids, name, SpanKind::Internal, time);
    if has_failed(it.outcome.as_deref()) {
        let why = it.error.as_deref().or(it.outcome.as_deref());
        span.status = Some(failure(why.unwrap_or_default()));
        attributes.text("error.type", it.outcome.as_deref());
    }
    span.attributes = attributes.into_list();
    span.flags = flags(it.sampled);
    span
}

/// Adds the attributes of an operation of an agent, and returns the name of its span.
fn operation(it: &Span<'_>, attributes: &mut Attributes) -> Option<String> {
    let present = |text: Option<&'_ str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let (tool, agent) = (present(it.tool.as_deref()), present(it.agent.as_deref()));
    let name = operation_name(it.operation.as_deref(), tool.as_deref(), agent.as_deref())?;
    attributes.text(gen_ai::OPERATION_NAME, it.operation.as_deref());
    attributes.text(gen_ai::TOOL_NAME, tool.as_deref());
    attributes.text(gen_ai::AGENT_NAME, agent.as_deref());
    attributes.text(gen_ai::CONVERSATION_ID, it.session_id.as_deref());
    attributes.text(gen_ai::SPAN_NAME, Some(&it.name));
    Some(name)
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
