//! Properties that records of several types have.

use telemetry_schema::record::{Record, Timestamp};

/// The prefix of the `cause` of a `lost` record about rate-limited records.
pub(crate) const LIMITED: &str = "max_per_second: ";
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

/// Returns the number of threads that read logs.
pub(crate) fn thread_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
