//! Requests to models, with the attribute names of the `GenAI` conventions.

use serde_json::{Value, json};
use telemetry_schema::gen_ai;
use telemetry_schema::record::SessionRecord;

use super::attribute::Attributes;
use super::id::Ids;
use super::{nanos, scope};

fn resource() -> Value {
    let mut attributes = Attributes::default();
    attributes.text("service.name", Some(super::SCOPE));
    json!({"attributes": attributes})
}

/// Returns the class of the error of a failed request.
fn error_type<'a>(it: &'a SessionRecord<'_>) -> Option<&'a str> {
    (!it.is_ok()).then(|| it.error_class.as_deref().unwrap_or("_OTHER"))
}

/// Returns the attributes that log records and metrics share.
fn common(it: &SessionRecord<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.text(gen_ai::OPERATION_NAME, Some(gen_ai::CHAT));
    // Every request goes through LiteLLM. The model name tells the provider behind it, if any.
    attributes.text(gen_ai::PROVIDER_NAME, Some("litellm"));
    attributes.text(gen_ai::REQUEST_MODEL, it.model.as_deref());
    attributes.text(gen_ai::RESPONSE_MODEL, it.response_model.as_deref());
    attributes
}

/// The name of the event that carries the increase of a request's counts.
const AMENDMENT: &str = "telemetry.usage.amendment";

/// The request, or the increase of its counts, as a log record.
pub(super) fn log(it: &SessionRecord<'_>) -> Value {
    let mut attributes = common(it);
    attributes.text(gen_ai::CONVERSATION_ID, Some(&it.session_id));
    attributes.text(gen_ai::RESPONSE_ID, it.request_id.as_deref());
    let reasons = it.finish_reason.as_deref();
    let reasons = reasons.map(|reason| json!({"values": [{"stringValue": reason}]}));
    attributes.add(gen_ai::RESPONSE_FINISH_REASONS, "arrayValue", reasons);
    attributes.number(gen_ai::USAGE_INPUT_TOKENS, it.prompt_tokens);
    attributes.number(gen_ai::USAGE_OUTPUT_TOKENS, it.completion_tokens);
    attributes.number(gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, it.cached_tokens);
    attributes.number(
        gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS,
        it.cache_write_tokens,
    );
    attributes.number(gen_ai::USAGE_REASONING_OUTPUT_TOKENS, it.reasoning_tokens);
    attributes.text("session.id", Some(&it.session_id));
    attributes.number("turn", it.turn_number());
    attributes.number("request", it.request_number());
    attributes.text("reasoning_effort", it.reasoning_effort.as_deref());
    attributes.number("attempt", it.attempt.map(u64::from));
    attributes.text("retry_cause", it.retry_cause.as_deref());
    attributes.add("stream", "boolValue", it.stream);
    attributes.number("latency_ms", it.latency_ms);
    attributes.number("ttft_ms", it.ttft_ms);
    let first_chunk = it.first_chunk_ms.map(seconds);
    attributes.add(
        gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK,
        "doubleValue",
        first_chunk,
    );
    // As text, since a float would not be exact.
    let cost = it.cost_usd.map(|cost| cost.to_string());
    attributes.text("cost_usd", cost.as_deref());
    attributes.text("cost_source", it.cost_source.as_deref());
    let saved = it.saved_usd.map(|saved| saved.to_string());
    attributes.text("saved_usd", saved.as_deref());
    attributes.add("inconsistent", "boolValue", it.inconsistent);
    attributes.add("amends", "boolValue", it.amends);
    attributes.text("error.type", error_type(it));
    let time = it.end();
    // An amendment does not count as an inference.
    let event = if it.is_amendment() {
        AMENDMENT
    } else {
        gen_ai::EVENT_OPERATION_DETAILS
    };
    json!({"resourceLogs": [{"resource": resource(), "scopeLogs": [{"scope": scope(), "logRecords": [{
        "timeUnixNano": nanos(time, 0),
        "observedTimeUnixNano": nanos(time, 0),
        "severityNumber": if it.is_ok() { 9 } else { 17 },
        "severityText": if it.is_ok() { "info" } else { "error" },
        "eventName": event,
        "body": {"stringValue": event},
        "traceId": Ids::trace_of(&it.session_id),
        "attributes": attributes,
    }]}]}]})
}

/// Returns the request's increase of the token counters, and its duration; `None` if the record has neither.
pub(super) fn metrics(it: &SessionRecord<'_>) -> Option<Value> {
    let (start, end) = (nanos(it.ts, 0), nanos(it.end(), 0));
    let counters = [
        (gen_ai::METRIC_INPUT_TOKENS, it.prompt_tokens),
        (gen_ai::METRIC_OUTPUT_TOKENS, it.completion_tokens),
        (gen_ai::METRIC_CACHE_READ_INPUT_TOKENS, it.cached_tokens),
        (
            gen_ai::METRIC_CACHE_WRITE_INPUT_TOKENS,
            it.cache_write_tokens,
        ),
        (gen_ai::METRIC_REASONING_OUTPUT_TOKENS, it.reasoning_tokens),
    ];
    let mut metrics: Vec<Value> = Vec::new();
    for (name, count) in counters {
        let Some(count) = count.filter(|count| i64::try_from(*count).is_ok()) else {
            continue;
        };
        let mut attributes = common(it);
        attributes.text(gen_ai::TOKEN_MODALITY, Some(gen_ai::UNKNOWN));
        metrics.push(json!({"name": name, "unit": "{token}", "sum": {
            // 1 is DELTA.
            "aggregationTemporality": 1,
            "isMonotonic": true,
            "dataPoints": [{
                "attributes": attributes,
                "startTimeUnixNano": start,
                "timeUnixNano": end,
                "asInt": count.to_string(),
            }],
        }}));
    }
    if let Some(millis) = it.latency_ms {
        let mut attributes = common(it);
        attributes.text("error.type", error_type(it));
        metrics.push(
            json!({"name": gen_ai::METRIC_DURATION, "unit": "s", "histogram": {
                "aggregationTemporality": 1,
                "dataPoints": [duration(millis, &start, &end, &attributes)],
            }}),
        );
    }
    (!metrics.is_empty()).then(|| {
        json!({"resourceMetrics": [{"resource": resource(), "scopeMetrics": [{"scope": scope(), "metrics": metrics}]}]})
    })
}

/// The bucket boundaries that the conventions recommend, in milliseconds.
const BOUNDS: [u32; 14] = [
    10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240, 20_480, 40_960, 81_920,
];

#[expect(
    clippy::cast_precision_loss,
    reason = "durations are far below 2^53 ms"
)]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

fn duration(millis: u64, start: &str, end: &str, attributes: &Attributes) -> Value {
    let bucket = BOUNDS
        .iter()
        .take_while(|bound| millis > u64::from(**bound))
        .count();
    let counts: Vec<String> = (0..=BOUNDS.len())
        .map(|at| u8::from(at == bucket).to_string())
        .collect();
    let bounds: Vec<f64> = BOUNDS
        .iter()
        .map(|bound| f64::from(*bound) / 1000.0)
        .collect();
    json!({
        "attributes": attributes,
        "startTimeUnixNano": start,
        "timeUnixNano": end,
        "count": "1",
        "sum": seconds(millis),
        "bucketCounts": counts,
        "explicitBounds": bounds,
    })
}
