//! `exits_while_busy HOME`: calls `process::exit` while its threads record as fast as they can.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use telemetry_runtime::{Config, telemetry_span};

const THREADS: u64 = 3;

static RECORDED: AtomicU64 = AtomicU64::new(0);

#[telemetry_span("exits.busy", fields(n))]
fn busy(n: u64) {
    std::hint::black_box(n);
}

#[telemetry_span("exits.main", fields(n))]
fn main_step(n: u64) {
    std::hint::black_box(n);
}

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    let _session = telemetry_runtime::Session::start();
    for thread in 0..THREADS {
        let mut text = telemetry.tui_log();
        std::thread::spawn(move || {
            for n in 0_u64.. {
                busy(n);
                telemetry_runtime::record_usage(&serde_json::json!({
                    "id": format!("chatcmpl-{thread}-{n}"),
                    "model": "m",
                    "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
                }));
                writeln!(text, "line {n} of thread {thread}").expect("writing never fails");
                RECORDED.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    while RECORDED.load(Ordering::Relaxed) < 2 * THREADS {
        std::thread::yield_now();
    }
    (0..100).for_each(main_step);
    std::mem::forget(telemetry);
    std::process::exit(0);
}
