//! Properties that records of several types have.

use telemetry_schema::gen_ai;
use telemetry_schema::record::{Record, Timestamp};

/// The prefix of the `cause` of a `lost` record about rate-limited records.
pub(crate) const LIMITED: &str = "max_per_second: ";
/// The prefix of the `cause` of a `lost` record about records that sampling omitted.
pub(crate) const SAMPLED: &str = "sample: ";
/// The `cause` of a `lost` record about answers that are in the record of an earlier request with their id.
pub(crate) const REPEATED: &str = "repeated request id";

/// Returns the time of a record: the start of a span or request, the last request of a rollup. `None` for
/// a type without a time.
pub(crate) fn time_of(record: &Record<'_>) -> Option<Timestamp> {
    Some(match record {
        Record::Header(it) => it.ts,
        Record::Span(it) => it.ts,
        Record::SpanStart(it) => it.ts,
        Record::Event(it) => it.ts,
        Record::Lost(it) => it.ts,
        Record::Session(it) => it.ts,
        Record::Rollup(it) => it.last,
        Record::Folded(it) => it.ts,
        Record::FoldedBatch(it) => it.ts,
        Record::RollupDays(it) => it.through,
        Record::Screen(it) => it.ts,
        _ => return None,
    })
}

/// Returns the session of a record.
pub(crate) fn session_of<'a>(record: &'a Record<'_>) -> Option<&'a str> {
    match record {
        Record::Header(it) => it.session_id.as_deref(),
        Record::Span(it) => it.session_id.as_deref(),
        Record::SpanStart(it) => it.session_id.as_deref(),
        Record::Event(it) => it.session_id.as_deref(),
        Record::Session(it) => Some(&it.session_id),
        Record::Rollup(it) => Some(&it.session_id),
        Record::Screen(it) => it.session_id.as_deref(),
        _ => None,
    }
}

/// Returns the session that started the session of a record.
pub(crate) fn parent_of<'a>(record: &'a Record<'_>) -> Option<&'a str> {
    match record {
        Record::Session(it) => it.parent_session_id.as_deref(),
        Record::Rollup(it) => it.parent_session_id.as_deref(),
        _ => None,
    }
}

/// Returns the end of a span that starts at `start` and takes `nanos` nanoseconds, to the microsecond.
pub(crate) fn end_of(start: Timestamp, nanos: u64) -> Timestamp {
    let micros = i64::try_from(nanos / 1000).unwrap_or(i64::MAX);
    Timestamp::from_micros(start.micros().saturating_add(micros))
}

/// Returns whether an outcome is present and not `ok`.
pub(crate) fn has_failed(outcome: Option<&str>) -> bool {
    outcome.is_some_and(|outcome| outcome != "ok")
}

/// Returns the operation of a span with its name, as the conventions for generative AI name the span: `execute_tool TOOL` or
/// `invoke_agent AGENT`. `None` for a span without an operation.
pub(crate) fn operation_name(
    operation: Option<&str>,
    tool: Option<&str>,
    agent: Option<&str>,
) -> Option<String> {
    let operation = operation?;
    let name = if operation == gen_ai::EXECUTE_TOOL {
        tool
    } else {
        agent
    };
    Some(match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{operation} {name}"),
        None => operation.to_owned(),
    })
}

/// Returns the number of threads that read logs.
pub(crate) fn thread_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
