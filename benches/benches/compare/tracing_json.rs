//! `tracing` with the JSON format of `tracing-subscriber` and the thread of `tracing-appender`. A
//! line is written when a span closes.

use std::hint::black_box;
use std::path::Path;
use std::pin::Pin;

use tracing::instrument;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::peer::{Peer, Pending, body, source};

pub(crate) struct TracingJson;

#[inline(never)]
#[instrument(name = "bench.fields", skip_all, fields(source, count, ok))]
fn fields(source: &str, count: u64, ok: bool) -> u64 {
    body(source, count, ok)
}

#[inline(never)]
#[instrument(name = "bench.plain", skip_all)]
fn plain(count: u64) -> u64 {
    body("", count, true)
}

#[inline(never)]
#[instrument(name = "bench.polled", skip_all)]
async fn polled(left: u64) {
    Pending { left }.await;
}

fn start(directory: &Path, level: LevelFilter) -> WorkerGuard {
    let file = tracing_appender::rolling::never(directory, "lines.jsonl");
    // Not lossy: a caller that is too fast waits, so that no line is lost, as in telemetry.
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(file);
    tracing_subscriber::fmt()
        .json()
        .with_max_level(level)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(writer)
        .init();
    guard
}

impl Peer for TracingJson {
    const NAME: &'static str = "tracing json";
    type Running = WorkerGuard;

    fn start(directory: &Path) -> WorkerGuard {
        start(directory, LevelFilter::INFO)
    }

    fn finish(guard: WorkerGuard) {
        drop(guard);
    }

    fn start_filtered(directory: &Path) -> Option<WorkerGuard> {
        Some(start(directory, LevelFilter::WARN))
    }

    fn fields(calls: u64) {
        for count in 0..calls {
            black_box(fields(source(), black_box(count), black_box(true)));
        }
    }

    fn plain(calls: u64) {
        for count in 0..calls {
            black_box(plain(black_box(count)));
        }
    }

    fn polled(left: u64) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        Some(Box::pin(polled(left)))
    }
}
