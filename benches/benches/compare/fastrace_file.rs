//! `fastrace` with a reporter that writes a JSON line per span, in the two ways of its use: a trace
//! for every span, which is handed over when it ends; and local spans, which stay in the thread
//! until their root ends, here after 500 spans (beyond 10,240 they are dropped).

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::future::FutureExt;
use fastrace::prelude::{LocalSpan, Span, SpanContext};

use crate::hand_written::escape;
use crate::peer::{Peer, Pending, body, source};

/// The spans of one trace.
const TRACE: u64 = 500;

struct JsonLines {
    file: File,
    buffer: Vec<u8>,
}

impl Reporter for JsonLines {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        self.buffer.clear();
        for span in &spans {
            let out = &mut self.buffer;
            let mut number = itoa::Buffer::new();
            out.extend_from_slice(b"{\"begin_ns\":");
            out.extend_from_slice(number.format(span.begin_time_unix_ns).as_bytes());
            out.extend_from_slice(b",\"type\":\"span\",\"name\":\"");
            escape(out, &span.name);
            out.extend_from_slice(b"\",\"trace_id\":\"");
            let _ = write!(out, "{:x}", span.trace_id.0);
            out.extend_from_slice(b"\",\"id\":");
            out.extend_from_slice(number.format(span.span_id.0).as_bytes());
            out.extend_from_slice(b",\"parent\":");
            out.extend_from_slice(number.format(span.parent_id.0).as_bytes());
            out.extend_from_slice(b",\"dur_ns\":");
            out.extend_from_slice(number.format(span.duration_ns).as_bytes());
            for (key, value) in &span.properties {
                out.extend_from_slice(b",\"");
                escape(out, key);
                out.extend_from_slice(b"\":\"");
                escape(out, value);
                out.push(b'"');
            }
            out.extend_from_slice(b"}\n");
        }
        self.file
            .write_all(&self.buffer)
            .expect("the file takes the lines");
    }
}

fn start(directory: &Path) {
    let file = File::create(directory.join("lines.jsonl")).expect("a file");
    let buffer = Vec::new();
    // The default of a second loses more spans of a sustained load. Telemetry guarantees 10 ms.
    let config = Config::default().report_interval(Duration::from_millis(10));
    fastrace::set_reporter(JsonLines { file, buffer }, config);
}

fn properties(source: &str, count: u64, ok: bool) -> [(&'static str, String); 3] {
    [
        ("source", source.to_owned()),
        ("count", count.to_string()),
        ("ok", ok.to_string()),
    ]
}

#[inline(never)]
async fn polled(left: u64) {
    let span = Span::root("bench.polled", SpanContext::random());
    Pending { left }.in_span(span).await;
}

/// A trace for every span.
pub(crate) struct Traces;

#[inline(never)]
fn trace_fields(source: &str, count: u64, ok: bool) -> u64 {
    let _span = Span::root("bench.fields", SpanContext::random())
        .with_properties(|| properties(source, count, ok));
    body(source, count, ok)
}

#[inline(never)]
fn trace_plain(count: u64) -> u64 {
    let _span = Span::root("bench.plain", SpanContext::random());
    body("", count, true)
}

impl Peer for Traces {
    const NAME: &'static str = "fastrace traces";
    type Running = ();

    fn start(directory: &Path) {
        start(directory);
    }

    fn finish((): ()) {
        fastrace::flush();
    }

    fn fields(calls: u64) {
        for count in 0..calls {
            black_box(trace_fields(source(), black_box(count), black_box(true)));
        }
    }

    fn plain(calls: u64) {
        for count in 0..calls {
            black_box(trace_plain(black_box(count)));
        }
    }

    fn polled(left: u64) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        Some(Box::pin(polled(left)))
    }
}

/// Local spans, 500 below each root.
pub(crate) struct Locals;

#[inline(never)]
fn local_fields(source: &str, count: u64, ok: bool) -> u64 {
    let _span = LocalSpan::enter_with_local_parent("bench.fields")
        .with_properties(|| properties(source, count, ok));
    body(source, count, ok)
}

#[inline(never)]
fn local_plain(count: u64) -> u64 {
    let _span = LocalSpan::enter_with_local_parent("bench.plain");
    body("", count, true)
}

fn in_traces(calls: u64, call: impl Fn(u64)) {
    let mut done = 0;
    while done < calls {
        let root = Span::root("bench.root", SpanContext::random());
        let _parent = root.set_local_parent();
        let end = calls.min(done + TRACE);
        (done..end).for_each(&call);
        done = end;
    }
}

impl Peer for Locals {
    const NAME: &'static str = "fastrace locals";
    type Running = ();

    fn start(directory: &Path) {
        start(directory);
    }

    fn finish((): ()) {
        fastrace::flush();
    }

    fn fields(calls: u64) {
        in_traces(calls, |count| {
            black_box(local_fields(source(), black_box(count), black_box(true)));
        });
    }

    /// Calls the function without a root span, which is how fastrace is disabled.
    fn fields_off(calls: u64) {
        for count in 0..calls {
            black_box(local_fields(source(), black_box(count), black_box(true)));
        }
    }

    fn plain(calls: u64) {
        in_traces(calls, |count| {
            black_box(local_plain(black_box(count)));
        });
    }
}
