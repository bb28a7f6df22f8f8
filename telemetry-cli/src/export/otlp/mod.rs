//! OTLP as JSON lines, for the collector's file receiver: each line is an export request of traces, logs
//! or metrics.
//!
//! Events are log records within their spans. A request to a model is a log record with the attributes of the
//! `GenAI` conventions, and increases the token counters. It is not written as another span, as backends would
//! count it in addition to the span around it.
//!
//! Ids are hashes of the name of the process's files, the span's session and the span's number. So a second
//! export has equal ids, and another machine has different ones. A trace consists of a root span and the
//! spans below it.

mod attribute;
mod id;
mod links;

mod usage;

use std::io::Write;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use telemetry_schema::record::{Event, Header, Record, RecordKind, RecordKinds, Span, Timestamp};

use super::source::{ExportSource, requests};
use crate::error::Error;
use crate::records::has_failed;
use crate::skipped_lines::SkippedLines;
use crate::spans::{Launch, launches, read};
use crate::terminal::Progress;
use attribute::Attributes;
use id::Ids;
use links::{Links, SpanLink};

/// The name of the instrumentation scope.
const SCOPE: &str = "telemetry-runtime";
/// The number of spans in a line. Collectors reject requests of more than a few megabytes.
const BATCH: usize = 200;

/// Writes the selected spans, events and requests.
///
/// # Errors
///
/// Fails if a file cannot be read or `out` cannot be written.
pub fn write(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    out: &mut impl Write,
) -> Result<(), Error> {
    let launches = launches(source.homes, &source.filter.period)?;
    let bytes: u64 = launches.iter().map(|launch| launch.bytes).sum();
    let mut progress = Progress::of(bytes.saturating_mul(2));
    for launch in &launches {
        process(source, launch, skips, &mut progress, out)?;
    }
    requests(source, skips, |record| {
        writeln!(out, "{}", usage::log(record))?;
        match usage::metrics(record) {
            Some(metrics) => writeln!(out, "{metrics}"),
            None => Ok(()),
        }
    })
}

/// The encoded records of a part of a file.
#[derive(Default)]
struct EncodedChunk {
    spans: Vec<Value>,
    logs: Vec<Value>,
}

fn process(
    source: &ExportSource<'_>,
    launch: &Launch,
    skips: &mut SkippedLines,
    progress: &mut Progress,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut links = Links::default();
    let mut header = None;
    let first = |found: &mut (Vec<SpanLink>, Option<(Timestamp, Value)>), record: Record<'_>| {
        match record {
            Record::Span(span) => found.0.push(SpanLink {
                id: span.id,
                parent: span.parent,
                session: span.session_id.as_deref().map(Into::into),
            }),
            Record::Header(it) => {
                found.1.get_or_insert_with(|| (it.ts, resource(Some(&it))));
            }
            _ => {}
        }
    };
    read::records(
        launch,
        RecordKinds::of(&[RecordKind::Span, RecordKind::Header]),
        // Damaged lines are counted when the file is read again.
        &mut SkippedLines::default(),
        progress,
        first,
        |(spans, found)| {
            header = header.take().or(found);
            for span in spans {
                links.add(span);
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    links.find_roots();
    let (made, resource) = header.unwrap_or_else(|| (Timestamp::default(), resource(None)));
    let ids = Ids::of(&launch.name, made);
    let of = LaunchEncoder { ids, links: &links };
    let filter = &source.filter;
    let each = |made: &mut EncodedChunk, record: Record<'_>| match record {
        Record::Span(it) if filter.matches(&it) => {
            made.spans.push(of.span(&it));
        }
        Record::Event(it)
            if !filter.is_selective() && filter.matches_record(it.session_id.as_deref(), it.ts) =>
        {
            made.logs.push(of.event(&it));
        }
        _ => {}
    };
    let kinds = RecordKinds::of(&[RecordKind::Span, RecordKind::Event]);
    read::records(launch, kinds, skips, progress, each, |made| {
        for spans in made.spans.chunks(BATCH) {
            let line = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope(), "spans": spans}]}]});
            writeln!(out, "{line}")?;
        }
        for logs in made.logs.chunks(BATCH) {
            let line = json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": scope(), "logRecords": logs}]}]});
            writeln!(out, "{line}")?;
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Returns the resource of a process, whose log may have no header.
fn resource(header: Option<&Header<'_>>) -> Value {
    let mut attributes = Attributes::default();
    let app = header.and_then(|it| it.app.as_deref());
    attributes.text("service.name", Some(app.unwrap_or("unknown_service")));
    if let Some(it) = header {
        attributes.text("service.version", it.app_version.as_deref());
        attributes.text("os.type", it.os.as_deref());
        attributes.text("host.arch", it.arch.as_deref());
        attributes.number("process.pid", Some(u64::from(it.pid)));
    }
    json!({"attributes": attributes})
}

fn scope() -> Value {
    json!({"name": SCOPE})
}

/// Returns nanoseconds since 1970 as text, the OTLP form of 64-bit numbers. Earlier times become 0.
fn nanos(time: Timestamp, later: u64) -> String {
    let start = u64::try_from(time.micros())
        .unwrap_or(0)
        .saturating_mul(1000);
    start.saturating_add(later).to_string()
}

/// Returns the status of a span: code 1 is ok, code 2 is an error.
fn status(it: &Span<'_>) -> Value {
    if !has_failed(it.outcome.as_deref()) {
        return json!({"code": 1});
    }
    let why = it.error.as_deref().or(it.outcome.as_deref());
    json!({"code": 2, "message": why.unwrap_or_default()})
}

/// Encodes the spans and events of one process.
#[derive(Clone, Copy)]
struct LaunchEncoder<'a> {
    ids: Ids,
    links: &'a Links,
}

impl LaunchEncoder<'_> {
    /// Returns the id of a span that a record of the session `session` refers to.
    fn id(self, id: u64, session: Option<&str>) -> String {
        self.ids.span(self.links.session(id, session), id)
    }

    /// Returns the trace id of the tree that contains a span.
    fn trace(self, id: u64, session: Option<&str>) -> String {
        let root = self.links.root(id);
        self.ids.trace(self.links.session(root, session), root)
    }

    fn span(self, it: &Span<'_>) -> Value {
        let session = it.session_id.as_deref();
        let (thread, src) = (it.thread.as_deref(), it.src.as_deref());
        let mut attributes = Attributes::of_record(it.fields, thread, session, src);
        attributes.text("outcome", it.outcome.as_deref());
        attributes.text("return", it.ret.as_deref());
        attributes.number("busy_ns", it.busy_ns);
        attributes.number("polls", it.polls);
        let mut span = json!({
            "traceId": self.trace(it.id, session),
            "spanId": self.ids.span(session, it.id),
            "name": it.name,
            "kind": 1,
            "startTimeUnixNano": nanos(it.ts, 0),
            "endTimeUnixNano": nanos(it.ts, it.dur_ns),
            "attributes": attributes,
            "status": status(it),
        });
        if let Some(parent) = it.parent {
            span["parentSpanId"] = self.id(parent, session).into();
        }
        span
    }

    fn event(self, it: &Event<'_>) -> Value {
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
        let attributes = Attributes::of_record(it.fields, thread, session, src);
        let mut log = json!({
            "timeUnixNano": nanos(it.ts, 0),
            "observedTimeUnixNano": nanos(it.ts, 0),
            "severityNumber": severity,
            "severityText": level,
            "eventName": it.name,
            "body": {"stringValue": it.name},
            "attributes": attributes,
        });
        if let Some(parent) = it.parent {
            log["traceId"] = self.trace(parent, session).into();
            log["spanId"] = self.id(parent, session).into();
        }
        log
    }
}
