//! OTLP as JSON lines, for the collector's file receiver: each line is an export request of traces, logs
//! or metrics.
//!
//! Events are log records within their spans. A request to a model is the span that its record names, in the words of the
//! `GenAI` conventions; if the debug log does not have this span, it is made of the record. Besides, a request is a log
//! record, and increases the token counters.
//!
//! Ids are those of the records, so that a second export has equal ids, and another machine has different ones.
//!
//! | module | job |
//! |---|---|
//! | `attribute`, `links`, `ids`, `resource` | attributes; parents and sessions of spans; ids; the resource of a process |
//! | `span` | spans and events of the debug log |
//! | `inference`, `metrics` | requests as spans and log records; as metrics |
//! | `requests` | assignment of recorded spans to requests |

mod attribute;
mod ids;
mod inference;
mod links;
mod metrics;
mod requests;
mod resource;
#[cfg(feature = "otlp-send")]
pub mod send;
mod span;

use std::io::{self, Write};
use std::ops::ControlFlow;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as OtlpSpan};
use serde::Serialize;
use telemetry_schema::record::{Header, Record, RecordKind, RecordKinds};

use super::source::{ExportSource, requests as each_request};
use crate::error::Error;
use crate::skipped_lines::SkippedLines;
use crate::spans::{Launch, launches, read};
use crate::terminal::Progress;
use ids::LaunchIds;
#[cfg(feature = "parquet")]
pub(super) use ids::hash_of;
use inference::RecordedSpan;
use links::{Links, SpanId, SpanLink};
use requests::RequestIndex;
use resource::{ResourceSettings, Resources};

/// The number of spans in a line. Collectors reject requests of more than a few megabytes.
const BATCH: usize = 200;

/// Writes the selected spans, events and requests.
///
/// # Errors
///
/// Fails if a file cannot be read, the environment is invalid, or `out` cannot be written.
pub fn write(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut export = Export {
        settings: ResourceSettings::from_environment()?,
        resources: Resources::default(),
        requests: RequestIndex::default(),
    };
    // Damaged lines are counted when the requests are read again.
    each_request(source, &mut SkippedLines::default(), |record| {
        export.requests.add(record);
        Ok(())
    })?;
    let launches = launches(source.homes, &source.filter.period)?;
    let bytes: u64 = launches.iter().map(|launch| launch.bytes).sum();
    let mut progress = Progress::of(bytes.saturating_mul(2));
    for launch in &launches {
        export.launch(source, launch, skips, &mut progress, out)?;
    }
    each_request(source, skips, |record| export.request(record, out))
}

/// The encoded records of a part of a file.
#[derive(Default)]
struct EncodedChunk {
    spans: Vec<OtlpSpan>,
    logs: Vec<LogRecord>,
    /// The spans that are those of requests.
    joined: Vec<SpanId>,
}

/// The result of the first pass over the files of a process.
#[derive(Default)]
struct LaunchParts {
    links: Vec<SpanLink>,
    header: Option<Header<'static>>,
}

/// The state of an export.
struct Export {
    settings: ResourceSettings,
    resources: Resources,
    requests: RequestIndex,
}

impl Export {
    fn launch(
        &mut self,
        source: &ExportSource<'_>,
        launch: &Launch,
        skips: &mut SkippedLines,
        progress: &mut Progress,
        out: &mut impl Write,
    ) -> Result<(), Error> {
        let mut links = Links::default();
        let mut header = None;
        let first = |found: &mut LaunchParts, record: Record<'_>| match record {
            Record::Span(span) => found.links.push(SpanLink {
                id: span.id,
                parent: span.parent,
                session: span.session_id.as_deref().map(Into::into),
                ids: ids::recorded(&span),
            }),
            Record::Header(it) => {
                found.header.get_or_insert_with(|| owned(&it));
            }
            _ => {}
        };
        read::records(
            launch,
            RecordKinds::of(&[RecordKind::Span, RecordKind::Header]),
            // Damaged lines are counted when the file is read again.
            &mut SkippedLines::default(),
            progress,
            first,
            |parts| {
                header = header.take().or(parts.header);
                for span in parts.links {
                    links.add(span);
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        links.find_roots();
        let resource = self.settings.of(header.as_ref());
        if let Some(header) = &header {
            self.resources.add(header, &resource);
        }
        let ids = LaunchIds::of(&launch.name, header.as_ref());
        let filter = &source.filter;
        let requests = &self.requests;
        let each = |made: &mut EncodedChunk, record: Record<'_>| match record {
            Record::Span(it) if filter.matches(&it) => {
                let ids = ids.of_span(&it, &links);
                let span = requests.with_request(ids.span, |request| {
                    inference::span(request, RecordedSpan::Joined(&it, &ids))
                });
                if span.is_some() {
                    made.joined.push(ids.span);
                }
                made.spans
                    .push(span.unwrap_or_else(|| span::of_record(&it, &ids)));
            }
            Record::Event(it)
                if !filter.is_selective()
                    && filter.matches_record(it.session_id.as_deref(), it.ts) =>
            {
                let session = it.session_id.as_deref();
                let of_parent = || Some(ids.of_parent(it.parent?, session, &links));
                let within = ids.of_event(&it).or_else(of_parent);
                made.logs.push(span::of_event(&it, within, None));
            }
            _ => {}
        };
        let kinds = RecordKinds::of(&[RecordKind::Span, RecordKind::Event]);
        let mut joined = Vec::new();
        read::records(launch, kinds, skips, progress, each, |made| {
            joined.extend(made.joined);
            for spans in batches(made.spans) {
                line(out, &traces(resource.clone(), spans))?;
            }
            for logs in batches(made.logs) {
                line(out, &self::logs(resource.clone(), logs))?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.requests.joined(joined);
        Ok(())
    }

    fn request(
        &self,
        record: &telemetry_schema::record::SessionRecord<'_>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let resource = self.resources.of_request(record, &self.settings);
        if let Some(recorded) = self.requests.recorded_span(record) {
            let span = inference::span(record, recorded);
            line(out, &traces(resource.clone(), vec![span]))?;
        }
        line(out, &logs(resource.clone(), vec![inference::log(record)]))?;
        let deltas = metrics::deltas(record);
        if deltas.is_empty() {
            return Ok(());
        }
        line(out, &metrics_request(resource, deltas))
    }
}

/// Returns a copy of a header that borrows nothing.
pub(super) fn owned(it: &Header<'_>) -> Header<'static> {
    let text = |text: &Option<std::borrow::Cow<'_, str>>| {
        text.as_deref().map(|text| text.to_owned().into())
    };
    Header {
        ts: it.ts,
        v: it.v,
        pid: it.pid,
        app: text(&it.app),
        app_version: text(&it.app_version),
        session_id: text(&it.session_id),
        os: text(&it.os),
        arch: text(&it.arch),
        launch_id: text(&it.launch_id),
        ..Header::default()
    }
}

/// Divides a list into parts of [`BATCH`] elements.
fn batches<T>(list: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rest = list.into_iter();
    std::iter::from_fn(move || {
        let batch: Vec<T> = rest.by_ref().take(BATCH).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

fn line(out: &mut impl Write, request: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, request)?;
    out.write_all(b"\n")
}

fn traces(resource: Resource, spans: Vec<OtlpSpan>) -> ExportTraceServiceRequest {
    let scope_spans = ScopeSpans {
        scope: Some(span::scope()),
        spans,
        ..ScopeSpans::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![scope_spans],
            ..ResourceSpans::default()
        }],
    }
}

fn logs(resource: Resource, log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = ScopeLogs {
        scope: Some(span::scope()),
        log_records,
        ..ScopeLogs::default()
    };
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource),
            scope_logs: vec![scope_logs],
            ..ResourceLogs::default()
        }],
    }
}

fn metrics_request(resource: Resource, metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    let scope_metrics = ScopeMetrics {
        scope: Some(span::scope()),
        metrics,
        ..ScopeMetrics::default()
    };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![scope_metrics],
            ..ResourceMetrics::default()
        }],
    }
}
