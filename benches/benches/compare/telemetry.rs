//! Telemetry, the library of this project.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::pin::Pin;

use telemetry_runtime::{Config, Telemetry, telemetry_span};

use crate::peer::{Peer, Pending, body, source};

pub(crate) struct Ours;

#[inline(never)]
#[telemetry_span("bench.fields", fields(source, count, ok))]
fn fields(source: &str, count: u64, ok: bool) -> u64 {
    body(source, count, ok)
}

#[inline(never)]
#[telemetry_span("bench.plain")]
fn plain(count: u64) -> u64 {
    body("", count, true)
}

#[inline(never)]
#[telemetry_span("bench.polled")]
async fn polled(left: u64) {
    Pending { left }.await;
}

fn start(directory: &Path, table: &str) -> Telemetry {
    fs::write(directory.join("config.toml"), table).expect("a writable directory");
    let config = Config::load(directory).expect("a valid configuration");
    telemetry_runtime::init(config).expect("telemetry starts")
}

impl Peer for Ours {
    const NAME: &'static str = "telemetry";
    type Running = Telemetry;

    fn start(directory: &Path) -> Telemetry {
        start(directory, "[telemetry]\nenabled = true\n")
    }

    fn finish(telemetry: Telemetry) {
        drop(telemetry);
    }

    fn start_off(directory: &Path) -> Option<Telemetry> {
        Some(start(directory, "[telemetry]\nenabled = false\n"))
    }

    fn start_filtered(directory: &Path) -> Option<Telemetry> {
        let table =
            "[telemetry]\nenabled = true\n[telemetry.logs.debug]\nexclude = [\"bench.*\"]\n";
        Some(start(directory, table))
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
