//! `handler_records HOME`: a host whose signal handler records spans, which interrupts its thread at any place of telemetry.
//! Prints how often the handler ran, how many spans the host recorded, and its health.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_event, telemetry_span};
use writer_tests::os;

static HANDLED: AtomicU64 = AtomicU64::new(0);
static DONE: AtomicBool = AtomicBool::new(false);

#[telemetry_span("handler.span", fields(n = 1))]
fn handled() {
    HANDLED.fetch_add(1, Ordering::Relaxed);
    telemetry_event!("handler.event");
}

extern "C" fn handler(_: i32) {
    handled();
}

#[telemetry_span("host.work", fields(n))]
fn work(n: u64) {
    std::hint::black_box(n);
}

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    handled();
    os::on_signal(handler);
    let host = os::this_thread();
    let signals = std::thread::spawn(move || {
        while !DONE.load(Ordering::Relaxed) {
            os::signal(host);
            std::thread::yield_now();
        }
    });
    // Holds the locks that the host waits for, so that signals interrupt a host that waits.
    let telemetry = std::sync::Arc::new(telemetry);
    let contends = std::thread::spawn({
        let telemetry = std::sync::Arc::clone(&telemetry);
        move || {
            while !DONE.load(Ordering::Relaxed) {
                telemetry.flush(Duration::from_mins(1));
            }
        }
    });
    let mut n = 0;
    loop {
        let handled = HANDLED.load(Ordering::Relaxed);
        if handled >= 20_000 {
            break;
        }
        // Where the thread that sends signals seldom runs, the log would grow to hundreds of megabytes.
        if n > 1_000 + 4 * handled {
            std::thread::yield_now();
            continue;
        }
        work(n);
        n += 1;
        if n.is_multiple_of(50) {
            telemetry.flush(Duration::from_mins(1));
            telemetry.health();
        }
    }
    DONE.store(true, Ordering::Relaxed);
    signals.join().expect("no panic");
    contends.join().expect("no panic");
    telemetry.flush(Duration::from_mins(1));
    let health = telemetry.health();
    let by_cause: Vec<_> = health.lost_by_cause.keys().cloned().collect();
    let handled = HANDLED.load(Ordering::Relaxed);
    println!("{handled} {n} {} {}", health.lost, by_cause.join(","));
    // Every record is written or counted: a span and an event of each signal, and the spans of the host.
    assert_eq!(health.written + health.lost, 2 * handled + n);
}
