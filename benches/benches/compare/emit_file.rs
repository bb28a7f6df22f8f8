//! `emit` and `emit_file`.

use std::hint::black_box;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use crate::peer::{Peer, Pending, body, source};

pub(crate) struct EmitFile;

#[inline(never)]
#[emit::span("bench.fields", source, count, ok)]
fn fields(source: &str, count: u64, ok: bool) -> u64 {
    body(source, count, ok)
}

#[inline(never)]
#[emit::span("bench.plain")]
fn plain(count: u64) -> u64 {
    body("", count, true)
}

#[inline(never)]
#[emit::span("bench.polled")]
async fn polled(left: u64) {
    Pending { left }.await;
}

impl Peer for EmitFile {
    const NAME: &'static str = "emit_file";
    type Running = Box<dyn FnOnce()>;

    fn start(directory: &Path) -> Box<dyn FnOnce()> {
        let files = emit_file::set(directory.join("lines.jsonl")).spawn();
        let running = emit::setup().emit_to(files).init();
        Box::new(move || {
            running.blocking_flush(Duration::from_mins(1));
        })
    }

    fn finish(flush: Box<dyn FnOnce()>) {
        flush();
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
