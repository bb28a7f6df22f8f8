//! OTLP as JSON lines, as the collector's file receiver reads them: a line is a request to export
//! traces, logs or metrics.
//!
//! Spans are spans, events are log records in them, and a request to a model is a log record with the
//! attributes of the conventions for generative AI, and adds to their counters. It is no span: the
//! span around it is one already, and backends add up what spans say.
//!
//! Ids are made of the name of the process's files, the span's session and its own id, so that a second
//! export has the same ones, and no other machine. A trace is what is below one root.

mod attribute;
mod id;
mod links;

mod usage;

use std::borrow::Cow;
use std::io::Write;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use telemetry_schema::record::{Event, Kind, Kinds, Record, Span, Timestamp};

use super::source::{Source, requests};
use crate::error::Error;
use crate::skipped::Skips;
use crate::spans::filter::failed;
use crate::spans::{Launch, launches, read};
use crate::terminal::Progress;
use attribute::Attributes;
use id::Ids;
use links::{Found, Links};

/// Who says it: the instrumentation scope.
const SCOPE: &str = "telemetry-runtime";
/// Spans in a line: collectors refuse requests of more than some megabytes.
const BATCH: usize = 200;

/// Writes all that is meant.
///
/// # Errors
///
/// Where a file cannot be read, and what `out` says.
pub fn write(source: &Source<'_>, skips: &mut Skips, out: &mut impl Write) -> Result<(), Error> {
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

/// What is made of a part of a file.
#[derive(Default)]
struct Made {
    spans: Vec<Value>,
    logs: Vec<Value>,
}

fn process(
    source: &Source<'_>,
    launch: &Launch,
    skips: &mut Skips,
    progress: &mut Progress,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut links = Links::default();
    let mut header = None;
    let first = |found: &mut (Vec<Found>, Option<Header>), record: Record<'_>| match record {
        Record::Span(span) => found.0.push(Found {
            id: span.id,
            parent: span.parent,
            session: span.session_id.as_deref().map(Into::into),
        }),
        Record::Header(it) => {
            found.1.get_or_insert_with(|| Header::of(it));
        }
        _ => {}
    };
    read::records(
        launch,
        Kinds::of(&[Kind::Span, Kind::Header]),
        // What is damaged is counted when it is read again.
        &mut Skips::default(),
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
    let header = header.unwrap_or_default();
    let ids = Ids::of(&launch.name, header.made);
    let of = Process { ids, links: &links };
    let filter = &source.filter;
    let each = |made: &mut Made, record: Record<'_>| match record {
        Record::Span(it) if filter.means(&it) => {
            made.spans.push(of.span(&it));
        }
        Record::Event(it)
            if !filter.is_selective() && filter.has(it.session_id.as_deref(), it.ts) =>
        {
            made.logs.push(of.event(&it));
        }
        _ => {}
    };
    let resource = header.resource();
    let kinds = Kinds::of(&[Kind::Span, Kind::Event]);
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

/// Who wrote the logs.
#[derive(Debug, Default)]
struct Header {
    made: Timestamp,
    app: Option<String>,
    version: Option<String>,
    os: Option<String>,
    arch: Option<String>,
    pid: Option<u32>,
}

impl Header {
    fn of(it: telemetry_schema::record::Header<'_>) -> Self {
        Self {
            made: it.ts,
            app: it.app.map(Cow::into_owned),
            version: it.app_version.map(Cow::into_owned),
            os: it.os.map(Cow::into_owned),
            arch: it.arch.map(Cow::into_owned),
            pid: Some(it.pid),
        }
    }

    fn resource(&self) -> Value {
        let mut attributes = Attributes::default();
        attributes.text(
            "service.name",
            Some(self.app.as_deref().unwrap_or("unknown_service")),
        );
        attributes.text("service.version", self.version.as_deref());
        attributes.text("os.type", self.os.as_deref());
        attributes.text("host.arch", self.arch.as_deref());
        attributes.number("process.pid", self.pid.map(u64::from));
        json!({"attributes": attributes.into_value()})
    }
}

fn scope() -> Value {
    json!({"name": SCOPE})
}

/// Nanoseconds since 1970, as JSON has 64-bit numbers in OTLP: a text. There is none before 1970.
fn nanos(time: Timestamp, later: u64) -> String {
    let start = u64::try_from(time.micros())
        .unwrap_or(0)
        .saturating_mul(1000);
    start.saturating_add(later).to_string()
}

/// 1 is ok, 2 an error.
fn status(it: &Span<'_>) -> Value {
    if !failed(it) {
        return json!({"code": 1});
    }
    let why = it.error.as_deref().or(it.outcome.as_deref());
    json!({"code": 2, "message": why.unwrap_or_default()})
}

/// The spans of one process.
#[derive(Clone, Copy)]
struct Process<'a> {
    ids: Ids,
    links: &'a Links,
}

impl Process<'_> {
    /// Of a span that one of this session names.
    fn id(self, id: u64, session: Option<&str>) -> String {
        self.ids.span(self.links.session(id, session), id)
    }

    /// Of the tree that it is in.
    fn trace(self, id: u64, session: Option<&str>) -> String {
        let root = self.links.root(id);
        self.ids.trace(self.links.session(root, session), root)
    }

    fn span(self, it: &Span<'_>) -> Value {
        let session = it.session_id.as_deref();
        let mut attributes = Attributes::default();
        attributes.fields(it.fields.map(telemetry_schema::record::Json::get));
        attributes.text("thread.name", it.thread.as_deref());
        attributes.text("session.id", it.session_id.as_deref());
        attributes.source(it.src.as_deref());
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
            "attributes": attributes.into_value(),
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
        let mut attributes = Attributes::default();
        attributes.fields(it.fields.map(telemetry_schema::record::Json::get));
        attributes.text("thread.name", it.thread.as_deref());
        attributes.text("session.id", it.session_id.as_deref());
        attributes.source(it.src.as_deref());
        let mut log = json!({
            "timeUnixNano": nanos(it.ts, 0),
            "observedTimeUnixNano": nanos(it.ts, 0),
            "severityNumber": severity,
            "severityText": level,
            "eventName": it.name,
            "body": {"stringValue": it.name},
            "attributes": attributes.into_value(),
        });
        if let Some(parent) = it.parent {
            let session = it.session_id.as_deref();
            log["traceId"] = self.trace(parent, session).into();
            log["spanId"] = self.id(parent, session).into();
        }
        log
    }
}
