//! `burst HOME THREADS SPANS`: threads record as fast as they can. Prints by how many bytes the memory grew at most, and
//! the counts of `health()`.

use std::path::Path;
use std::thread::Builder;
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_span};
use writer_tests::os;

#[telemetry_span("burst.step", fields(n))]
fn step(n: u64) {
    std::hint::black_box(n);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("home");
    let mut number = || -> u64 {
        arguments
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a number")
    };
    let (threads, spans) = (number(), number());
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    let before = os::resident_bytes();
    let mut running: Vec<_> = (0..threads)
        .map(|thread| {
            Builder::new()
                .name(format!("burst-{thread}"))
                .spawn(move || (0..spans).for_each(step))
                .expect("a thread")
        })
        .collect();
    let mut peak = before;
    while running.iter().any(|thread| !thread.is_finished()) {
        peak = peak.max(os::resident_bytes());
        std::thread::sleep(Duration::from_millis(1));
    }
    running
        .drain(..)
        .for_each(|thread| thread.join().expect("no panic"));
    assert!(telemetry.flush(Duration::from_mins(1)));
    let health = telemetry.health();
    println!("{} {} {}", peak - before, health.written, health.lost);
}
